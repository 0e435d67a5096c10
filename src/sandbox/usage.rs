//! What objects use of the amounts that a ResourceQuota can limit, read from the objects alone. Who adds up and who
//! refuses is elsewhere: the `quotas` player and `admission::quota`.

use serde_json::Map;
use serde_json::Value;

use crate::object::schema::Quantity;

/// Amounts that count the objects of a kind by an old name; `count/PLURAL.GROUP` works for all.
const COUNTED: [&str; 7] =
    ["configmaps", "persistentvolumeclaims", "replicationcontrollers", "resourcequotas", "secrets", "services", "pods"];
const CLAIMS: &str = "persistentvolumeclaims";
const OF_CLASS: &str = ".storageclass.storage.k8s.io/";

/// The kind whose objects use an amount (`pods`, `deployments.apps`).
pub fn kind_of(amount: &str) -> &str {
    if COUNTED.contains(&amount) {
        return amount;
    }
    match amount.strip_prefix("count/") {
        Some(kind) => kind,
        None if amount.starts_with("services.") => "services",
        None if amount == "requests.storage" || amount.contains(OF_CLASS) => CLAIMS,
        None => "pods",
    }
}

/// How much an object of that kind uses of an amount, in units of 10⁻⁹.
pub fn of(object: &Value, amount: &str) -> i128 {
    const ONE: i128 = 1_000_000_000;
    if amount.starts_with("count/") {
        return ONE;
    }
    match kind_of(amount) {
        "pods" if !holds(object) => 0,
        kind if kind == amount => ONE,
        "services" => ONE * of_service(object, amount),
        CLAIMS => {
            let class = amount.split_once(OF_CLASS);
            let claims_class = object["spec"]["storageClassName"].as_str().unwrap_or_default();
            match class {
                Some((class, _)) if class != claims_class => 0,
                Some((_, CLAIMS)) => ONE,
                _ => nanos(&object["spec"]["resources"]["requests"]["storage"]),
            }
        }
        _ => of_pod(object, amount),
    }
}

fn of_service(service: &Value, amount: &str) -> i128 {
    let spec = &service["spec"];
    let ports = spec["ports"].as_array().map(Vec::as_slice).unwrap_or_default();
    let count = match (amount, spec["type"].as_str()) {
        ("services.loadbalancers", Some("LoadBalancer")) => 1,
        ("services.nodeports", Some("LoadBalancer")) if spec["allocateLoadBalancerNodePorts"] == false => {
            ports.iter().filter(|port| port["nodePort"].as_i64().unwrap_or_default() > 0).count()
        }
        ("services.nodeports", Some("LoadBalancer" | "NodePort")) => ports.len(),
        _ => 0,
    };
    i128::try_from(count).unwrap_or(i128::MAX)
}

/// Containers run together, those that prepare one after the other; a pod needs the larger of both.
fn of_pod(pod: &Value, amount: &str) -> i128 {
    let (list, name) = match amount.split_once('.') {
        Some(("limits", name)) => ("limits", name),
        Some(("requests", name)) => ("requests", name),
        _ => ("requests", amount),
    };
    let of = |container: &Value| nanos(&container["resources"][list][name]);
    let sidecar = |container: &&Value| container["restartPolicy"] == "Always";
    let together = containers(pod, "containers").iter().chain(containers(pod, "initContainers").iter().filter(sidecar));
    let together = together.map(of).fold(0, i128::saturating_add);
    let before = containers(pod, "initContainers").iter().filter(|one| !sidecar(one)).map(of).max().unwrap_or(0);
    together.max(before).saturating_add(nanos(&pod["spec"]["overhead"][name]))
}

/// A pod that has ended uses nothing.
fn holds(pod: &Value) -> bool {
    !matches!(pod["status"]["phase"].as_str(), Some("Succeeded" | "Failed"))
}

/// The containers of a pod in `containers` or `initContainers`.
pub fn containers<'a>(pod: &'a Value, list: &str) -> &'a [Value] {
    pod["spec"][list].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// The quality of service a pod gets: what its processors and memory say.
pub fn quality(pod: &Value) -> &'static str {
    let all = || containers(pod, "containers").iter().chain(containers(pod, "initContainers"));
    let amounts = |container: &Value, list: &str| -> Map<String, Value> {
        let amounts = container["resources"][list].as_object().cloned().unwrap_or_default();
        amounts
            .into_iter()
            .filter(|(name, amount)| matches!(name.as_str(), "cpu" | "memory") && nanos(amount) > 0)
            .collect()
    };
    if all().all(|one| amounts(one, "limits").is_empty() && amounts(one, "requests").is_empty()) {
        return "BestEffort";
    }
    let guaranteed = all().all(|one| {
        let (limits, requests) = (amounts(one, "limits"), amounts(one, "requests"));
        limits.len() == 2
            && limits.iter().all(|(name, limit)| requests.get(name).is_none_or(|wanted| nanos(wanted) == nanos(limit)))
    });
    if guaranteed { "Guaranteed" } else { "Burstable" }
}

fn nanos(amount: &Value) -> i128 {
    Quantity::from_json(amount).map_or(0, Quantity::nanos)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn amounts() {
        let pod = json!({"spec": {
            "containers": [{"resources": {"requests": {"cpu": "1", "nvidia.com/gpu": "2"}, "limits": {"cpu": "2"}}},
                {"resources": {"requests": {"cpu": "500m"}}}],
            "initContainers": [{"resources": {"requests": {"cpu": "4", "memory": "1Gi"}}},
                {"restartPolicy": "Always", "resources": {"requests": {"memory": "2Gi"}}}]}});
        let milli = |number: i128| number * 1_000_000;
        let check = |object: &Value, amount: &str, expected: i128| assert_eq!(of(object, amount), expected, "{amount}");
        check(&pod, "cpu", milli(4000));
        check(&pod, "requests.memory", milli(1000) * 2 * 1024 * 1024 * 1024);
        check(&pod, "limits.cpu", milli(2000));
        check(&pod, "requests.nvidia.com/gpu", milli(2000));
        check(&pod, "pods", milli(1000));
        let mut ended = pod.clone();
        ended["status"] = json!({"phase": "Succeeded"});
        check(&ended, "pods", 0);
        check(&ended, "cpu", 0);
        check(&ended, "count/pods", milli(1000));
        let claim = json!({"spec": {"storageClassName": "fast", "resources": {"requests": {"storage": "5"}}}});
        check(&claim, "requests.storage", milli(5000));
        check(&claim, "fast.storageclass.storage.k8s.io/requests.storage", milli(5000));
        check(&claim, "slow.storageclass.storage.k8s.io/requests.storage", 0);
        check(&claim, "fast.storageclass.storage.k8s.io/persistentvolumeclaims", milli(1000));
        check(&claim, CLAIMS, milli(1000));
        let service = json!({"spec": {"type": "LoadBalancer", "ports": [{}, {}]}});
        check(&service, "services", milli(1000));
        check(&service, "services.loadbalancers", milli(1000));
        check(&service, "services.nodeports", milli(2000));
    }

    #[test]
    fn qualities() {
        let check = |resources: Value, expected: &str| {
            let pod = json!({"spec": {"containers": [{"resources": resources}]}});
            assert_eq!(quality(&pod), expected, "{pod}");
        };
        check(json!({}), "BestEffort");
        check(json!({"requests": {"nvidia.com/gpu": 1}}), "BestEffort");
        check(json!({"requests": {"cpu": 1}}), "Burstable");
        check(json!({"limits": {"cpu": 1, "memory": 1}}), "Guaranteed");
        check(json!({"limits": {"cpu": 1, "memory": 2}, "requests": {"memory": 1}}), "Burstable");
    }
}
