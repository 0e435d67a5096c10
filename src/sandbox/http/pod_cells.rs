//! How ready a pod is, what it is doing and how often it began anew, as `kubectl get pods` says it.

use serde_json::Value;

use super::cells::age;
use super::cells::or_none;
use super::json_path::find;
use super::json_path::text;

/// `ready`, `status`, `restarts` or `gates` of a pod.
pub fn show(what: &str, pod: &Value) -> String {
    let statuses = find(pod, ".status.containerStatuses[*]");
    match what {
        "ready" => {
            let ready = statuses.iter().filter(|status| status["ready"] == true).count();
            format!("{ready}/{}", find(pod, ".spec.containers[*]").len())
        }
        "restarts" => restarts(&statuses),
        "gates" => {
            let gates = find(pod, ".spec.readinessGates[*].conditionType");
            let held = |gate: &&&Value| {
                find(pod, ".status.conditions[*]").iter().any(|one| &&one["type"] == *gate && one["status"] == "True")
            };
            if gates.is_empty() {
                or_none(String::new())
            } else {
                format!("{}/{}", gates.iter().filter(held).count(), gates.len())
            }
        }
        _ => status(pod, &statuses),
    }
}

fn restarts(statuses: &[&Value]) -> String {
    let count = statuses.iter().filter_map(|status| status["restartCount"].as_i64()).sum::<i64>();
    let ends = statuses.iter().filter_map(|status| status["lastState"]["terminated"]["finishedAt"].as_str());
    match ends.max() {
        Some(last) if count > 0 => format!("{count} ({} ago)", age(last)),
        _ => count.to_string(),
    }
}

fn status(pod: &Value, statuses: &[&Value]) -> String {
    if pod["metadata"].get("deletionTimestamp").is_some() {
        return "Terminating".to_owned();
    }
    if let Some(initializing) = initializing(pod) {
        return initializing;
    }
    let reason = |status: &&Value| {
        let state = &status["state"];
        let reason = state["waiting"]["reason"].as_str().or_else(|| state["terminated"]["reason"].as_str());
        reason.map(str::to_owned)
    };
    let runs = statuses.iter().any(|status| status["state"].get("running").is_some());
    // A container that ended beside one that runs does not end the pod.
    let told = statuses.iter().find_map(reason).filter(|reason| reason != "Completed" || !runs);
    let phase = pod["status"]["reason"].as_str().or_else(|| pod["status"]["phase"].as_str()).unwrap_or("Unknown");
    told.unwrap_or_else(|| phase.to_owned())
}

/// `Init:0/2`, `Init:CrashLoopBackOff`; `None` once all init containers are done.
fn initializing(pod: &Value) -> Option<String> {
    let all = find(pod, ".spec.initContainers[*]").len();
    for (index, status) in find(pod, ".status.initContainerStatuses[*]").into_iter().enumerate() {
        let state = &status["state"];
        let stays = find(pod, ".spec.initContainers[*]").get(index).is_some_and(|one| one["restartPolicy"] == "Always");
        if state["terminated"]["exitCode"] == 0 || stays && status["started"] == true {
            continue;
        }
        if let Some(terminated) = state.get("terminated") {
            let why = Some(text(&terminated["reason"])).filter(|why| !why.is_empty());
            return Some(format!("Init:{}", why.unwrap_or_else(|| format!("ExitCode:{}", terminated["exitCode"]))));
        }
        let why = state["waiting"]["reason"].as_str().filter(|why| *why != "PodInitializing");
        return Some(why.map_or_else(|| format!("Init:{index}/{all}"), |why| format!("Init:{why}")));
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn statuses() {
        let check = |status: Value, expected: &str| {
            let pod =
                json!({"metadata": {}, "spec": {"containers": [{}], "initContainers": [{}, {}]}, "status": status});
            assert_eq!(show("status", &pod), expected, "{pod}");
        };
        check(json!({"phase": "Running"}), "Running");
        check(json!({"phase": "Failed", "reason": "Evicted"}), "Evicted");
        let waits = json!({"state": {"waiting": {"reason": "ImagePullBackOff"}}});
        check(json!({"phase": "Pending", "containerStatuses": [waits]}), "ImagePullBackOff");
        let done = json!({"state": {"terminated": {"reason": "Completed", "exitCode": 0}}});
        let runs = json!({"state": {"running": {}}});
        check(json!({"phase": "Running", "containerStatuses": [done, runs]}), "Running");
        check(json!({"phase": "Succeeded", "containerStatuses": [done]}), "Completed");
        let begins = json!({"state": {"waiting": {"reason": "PodInitializing"}}});
        check(json!({"phase": "Pending", "initContainerStatuses": [done, begins]}), "Init:1/2");
        check(json!({"phase": "Pending", "initContainerStatuses": [waits, begins]}), "Init:ImagePullBackOff");
        check(json!({"phase": "Running", "initContainerStatuses": [done, done]}), "Running");
        let deleting = json!({"metadata": {"deletionTimestamp": "x"}});
        assert_eq!(show("status", &deleting), "Terminating");
    }
}
