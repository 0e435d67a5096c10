//! Which amounts a ResourceQuota may limit.

use serde_json::Value;

use super::labels;
use crate::object::schema::FieldError;
use crate::object::schema::Quantity;

/// Amounts of the server's own that are no amounts of containers.
const COUNTED: [&str; 9] = [
    "configmaps",
    "persistentvolumeclaims",
    "pods",
    "replicationcontrollers",
    "resourcequotas",
    "secrets",
    "services",
    "services.loadbalancers",
    "services.nodeports",
];
/// Amounts of containers; with `requests.` and `limits.` before them too.
const OF_CONTAINERS: [&str; 3] = ["cpu", "ephemeral-storage", "memory"];

/// What is wrong with the limits of a quota.
pub fn check(quota: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for (amount, limit) in quota["spec"]["hard"].as_object().into_iter().flatten() {
        let path = format!("spec.hard[{amount}]");
        let malformed = labels::check_key(amount, &path);
        if malformed.is_empty() && !amount.contains('/') && !is_standard(amount) {
            for detail in
                ["must be a standard resource type or fully qualified", "must be a standard resource for quota"]
            {
                errors.push(FieldError::invalid_name(&path, amount, detail));
            }
        }
        let mut wrong = |value: &Value, detail: &str| errors.push(FieldError::invalid(&path, value, detail));
        if let Ok(quantity) = Quantity::from_json(limit) {
            let text = Value::from(quantity.to_string());
            if quantity.nanos() < 0 {
                wrong(&text, "must be greater than or equal to 0");
            } else if COUNTED.contains(&amount.as_str()) && quantity.nanos() % 1_000_000_000 != 0 {
                wrong(&text, "must be an integer");
            }
        }
        errors.extend(malformed);
    }
    errors
}

fn is_standard(amount: &str) -> bool {
    let bare = amount.strip_prefix("requests.").or_else(|| amount.strip_prefix("limits.")).unwrap_or(amount);
    COUNTED.contains(&amount)
        || OF_CONTAINERS.contains(&bare)
        || amount == "requests.storage"
        || amount.strip_prefix("requests.").unwrap_or(amount).starts_with("hugepages-")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_amounts_a_server_counts() {
        let check = |amount: &str, limit: &str, expected: &[&str]| {
            let found: Vec<String> =
                check(&json!({"spec": {"hard": {amount: limit}}})).iter().map(ToString::to_string).collect();
            assert_eq!(found, expected, "{amount}");
        };
        for amount in [
            "cpu",
            "requests.cpu",
            "limits.ephemeral-storage",
            "requests.storage",
            "pods",
            "services.nodeports",
            "requests.nvidia.com/gpu",
            "count/deployments.apps",
            "fast.storageclass.storage.k8s.io/requests.storage",
            "hugepages-2Mi",
        ] {
            check(amount, "5", &[]);
        }
        for amount in ["gpu", "cpus", "limits.storage", "requests.pods"] {
            let begin = format!("spec.hard[{amount}]: Invalid value: {amount}: ");
            let first = format!("{begin}must be a standard resource type or fully qualified");
            check(amount, "5", &[&first, &format!("{begin}must be a standard resource for quota")]);
        }
        check("pods", "1500m", &["spec.hard[pods]: Invalid value: \"1500m\": must be an integer"]);
        check("cpu", "-1", &["spec.hard[cpu]: Invalid value: \"-1\": must be greater than or equal to 0"]);
    }
}
