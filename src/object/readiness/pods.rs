//! Pods, and what keeps a container from running.

use serde_json::Value;

use super::Readiness;
use super::conditions::condition;
use crate::object::Object;

/// Waiting reasons of containers that do not pass without somebody doing something. `CrashLoopBackOff` is not one:
/// many programs crash until what they need serves.
const FATAL: &[&str] = &["ErrImageNeverPull", "InvalidImageName", "CreateContainerConfigError", "CreateContainerError"];

pub(super) fn pod(object: &Object) -> Readiness {
    match object.text("/status/phase") {
        "Succeeded" => return Readiness::Current,
        "Failed" => {
            let reason =
                [object.text("/status/message"), object.text("/status/reason")].into_iter().find(|t| !t.is_empty());
            let trouble = pod_trouble(object).map(|(text, _)| text);
            return Readiness::Failed(
                trouble.or(reason.map(str::to_owned)).unwrap_or_else(|| "its containers failed".into()),
            );
        }
        _ => {}
    }
    if condition(object, "Ready").is_some_and(|c| c.is_true()) {
        return Readiness::Current;
    }
    match pod_trouble(object) {
        Some((text, true)) => Readiness::Failed(text),
        Some((text, false)) => Readiness::InProgress(text),
        None if object.text("/status/phase") == "Running" => Readiness::InProgress("running, not ready yet".into()),
        None => Readiness::InProgress("its containers are being started".into()),
    }
}

/// What is wrong with a pod, in one line, and whether it is certain not to pass: `container web: ImagePullBackOff
/// (Back-off pulling image "x")`. `None` where nothing is known to be wrong.
pub fn pod_trouble(object: &Object) -> Option<(String, bool)> {
    if let Some(scheduled) = condition(object, "PodScheduled").filter(|c| c.status() == "False") {
        return Some((format!("cannot be scheduled: {}", scheduled.words()), false));
    }
    let statuses = |pointer: &str| object.get(pointer).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let containers = statuses("/status/initContainerStatuses").iter().chain(statuses("/status/containerStatuses"));
    containers.filter_map(container_trouble).max_by_key(|(_, fatal)| *fatal)
}

fn container_trouble(container: &Value) -> Option<(String, bool)> {
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let name = text(container, "name");
    let restarts = container.get("restartCount").and_then(Value::as_u64).unwrap_or(0);
    if let Some(waiting) = container.pointer("/state/waiting") {
        let reason = text(waiting, "reason");
        if ["", "ContainerCreating", "PodInitializing"].contains(&reason.as_str()) {
            return None;
        }
        let last = container.pointer("/lastState/terminated").map(|last| ended(last, restarts)).unwrap_or_default();
        let said = text(waiting, "message");
        let more = match (last.is_empty(), said.is_empty()) {
            // That it backs off is told by the reason; why it ended is the news.
            (false, _) if reason == "CrashLoopBackOff" => last,
            (false, false) => format!("{said}; before that {last}"),
            (false, true) => last,
            (true, _) => said,
        };
        let more = if more.is_empty() { String::new() } else { format!(" ({more})") };
        return Some((format!("container {name}: {reason}{more}"), FATAL.contains(&reason.as_str())));
    }
    let terminated = container.pointer("/state/terminated")?;
    let failed = terminated.get("exitCode").and_then(Value::as_i64) != Some(0);
    failed.then(|| (format!("container {name}: {}", ended(terminated, restarts)), false))
}

/// `OOMKilled, exit code 137, restarted 3 times`, and the last line of what it said itself (`terminationMessagePath`).
fn ended(terminated: &Value, restarts: u64) -> String {
    let mut text = terminated.get("reason").and_then(Value::as_str).unwrap_or("ended").to_owned();
    if let Some(code) = terminated.get("exitCode").and_then(Value::as_i64) {
        text.push_str(&format!(", exit code {code}"));
    }
    match restarts {
        0 => {}
        1 => text.push_str(", restarted once"),
        times => text.push_str(&format!(", restarted {times} times")),
    }
    let message = terminated.get("message").and_then(Value::as_str).unwrap_or_default();
    if let Some(last) = message.lines().map(str::trim).rfind(|line| !line.is_empty()) {
        text.push_str(&format!(": {last}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::check;

    #[test]
    fn pods() {
        let check = |status, expected| check("v1", "Pod", json!({"status": status}), expected);
        let waiting = |reason: &str, message: &str| {
            json!({"phase": "Pending", "containerStatuses": [
                {"name": "web", "state": {"waiting": {"reason": reason, "message": message}}}]})
        };
        check(json!({"phase": "Succeeded"}), "");
        check(json!({"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}), "");
        check(json!({"phase": "Running"}), "running, not ready yet");
        check(waiting("ContainerCreating", ""), "its containers are being started");
        check(waiting("ImagePullBackOff", "Back-off"), "container web: ImagePullBackOff (Back-off)");
        check(waiting("InvalidImageName", "x"), "!container web: InvalidImageName (x)");
        check(
            json!({"phase": "Running", "containerStatuses": [{"name": "web",
                "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s"}},
                "lastState": {"terminated": {"reason": "OOMKilled", "exitCode": 137}}}]}),
            "container web: CrashLoopBackOff (OOMKilled, exit code 137)",
        );
        check(
            json!({"phase": "Running", "containerStatuses": [{"name": "web", "restartCount": 7,
                "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s"}},
                "lastState": {"terminated": {"reason": "Error", "exitCode": 1, "message": "starting\nno such table\n"}}}]}),
            "container web: CrashLoopBackOff (Error, exit code 1, restarted 7 times: no such table)",
        );
        check(
            json!({"phase": "Running", "containerStatuses": [{"name": "web", "restartCount": 1,
                "state": {"waiting": {"reason": "ErrImagePull", "message": "not found"}},
                "lastState": {"terminated": {"reason": "Error", "exitCode": 2}}}]}),
            "container web: ErrImagePull (not found; before that Error, exit code 2, restarted once)",
        );
        check(
            json!({"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False",
                "reason": "Unschedulable", "message": "0/2 nodes are available: 2 Insufficient cpu."}]}),
            "cannot be scheduled: 0/2 nodes are available: 2 Insufficient cpu.",
        );
        check(json!({"phase": "Failed", "reason": "Evicted", "message": "low on memory"}), "!low on memory");
    }
}
