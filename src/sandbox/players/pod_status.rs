//! The status of a pod as a kubelet writes it. Pure: pod and circumstances in, status out.

use serde_json::Value;
use serde_json::json;

use super::look;
use super::options::PodFailure;
use crate::sandbox::usage;

/// How far a pod has come.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Phase {
    /// Something it mounts is missing: its containers are being created.
    Mounting,
    /// A container's environment names something that is missing; the kubelet's message.
    Misconfigured(String),
    Failing(PodFailure),
    Running,
    Succeeded,
    /// Ended with this exit code.
    Failed(i64),
}

/// Where a pod runs.
pub(super) struct Place<'a> {
    pub host_ip: &'a str,
    pub pod_ip: &'a str,
}

/// The whole status of a placed pod. Times that stand in the present status are kept.
pub(super) fn status(pod: &Value, phase: &Phase, place: &Place<'_>, log: &str) -> Value {
    let started = Some(look::text(pod, "/status/startTime")).filter(|time| !time.is_empty());
    let started = started.map_or_else(look::now, str::to_owned);
    let init_done = !matches!(phase, Phase::Mounting | Phase::Misconfigured(_));
    let init_done = init_done && !matches!(phase, Phase::Failing(PodFailure::ImagePull) if has_plain_init(pod));
    let containers = look::items(pod, "/spec/containers");
    let statuses: Vec<Value> = containers.iter().map(|one| container(pod, one, phase, false, log)).collect();
    let inits = look::items(pod, "/spec/initContainers");
    let init_statuses: Vec<Value> = inits.iter().map(|one| container(pod, one, phase, true, log)).collect();
    let ready = statuses.iter().all(|one| one["ready"] == true);
    let gates_open = look::items(pod, "/spec/readinessGates")
        .iter()
        .all(|gate| look::condition_holds(pod, look::text(gate, "/conditionType")));
    let not_ready: Vec<&str> =
        statuses.iter().filter(|one| one["ready"] != true).map(|one| look::text(one, "/name")).collect();
    let unready = format!("containers with unready status: [{}]", not_ready.join(" "));
    let finished = matches!(phase, Phase::Succeeded | Phase::Failed(_));
    let mut conditions = look::items(pod, "/status/conditions").to_vec();
    let mut set = |kind: &str, holds: bool, reason: &str, message: &str| {
        let (reason, message) = if holds && !finished { ("", "") } else { (reason, message) };
        put_condition(&mut conditions, kind, holds, reason, message);
    };
    let (why, words) = match phase {
        Phase::Succeeded => ("PodCompleted", ""),
        Phase::Failed(_) => ("PodFailed", ""),
        _ => ("ContainersNotReady", unready.as_str()),
    };
    set("PodReadyToStartContainers", !finished && *phase != Phase::Mounting, "", "");
    let init_reason = if matches!(phase, Phase::Succeeded) { "PodCompleted" } else { "ContainersNotInitialized" };
    set("Initialized", init_done, init_reason, if init_done { "" } else { "containers with incomplete status" });
    set("Ready", ready && gates_open, if ready { "ReadinessGatesNotReady" } else { why }, words);
    set("ContainersReady", ready, why, words);
    put_condition(&mut conditions, "PodScheduled", true, "", "");
    let mut status = json!({
        "phase": match phase {
            Phase::Mounting | Phase::Misconfigured(_) | Phase::Failing(PodFailure::ImagePull) => "Pending",
            Phase::Succeeded => "Succeeded",
            Phase::Failed(_) => "Failed",
            Phase::Failing(_) | Phase::Running => "Running",
        },
        "conditions": conditions,
        "hostIP": place.host_ip, "hostIPs": [{"ip": place.host_ip}],
        "startTime": started,
        "containerStatuses": statuses,
        "qosClass": usage::quality(pod),
    });
    if *phase != Phase::Mounting {
        status["podIP"] = place.pod_ip.into();
        status["podIPs"] = json!([{"ip": place.pod_ip}]);
    }
    if !init_statuses.is_empty() {
        status["initContainerStatuses"] = init_statuses.into();
    }
    status
}

/// The status of a pod no node fits.
pub(super) fn unschedulable(pod: &Value, message: &str) -> Value {
    let mut conditions = look::items(pod, "/status/conditions").to_vec();
    put_condition(&mut conditions, "PodScheduled", false, "Unschedulable", message);
    json!({"phase": "Pending", "conditions": conditions, "qosClass": usage::quality(pod)})
}

fn put_condition(conditions: &mut Vec<Value>, kind: &str, holds: bool, reason: &str, message: &str) {
    let status = if holds { "True" } else { "False" };
    let old = conditions.iter().position(|one| one["type"] == kind);
    let same = |one: &Value| {
        one["status"] == status && look::text(one, "/reason") == reason && look::text(one, "/message") == message
    };
    if old.is_some_and(|at| same(&conditions[at])) {
        return;
    }
    let unchanged = old.map(|at| &conditions[at]).filter(|one| one["status"] == status);
    let since = unchanged.map_or_else(look::now, |one| look::text(one, "/lastTransitionTime").to_owned());
    let mut condition = json!({"type": kind, "status": status, "lastProbeTime": null, "lastTransitionTime": since});
    for (key, text) in [("reason", reason), ("message", message)] {
        if !text.is_empty() {
            condition[key] = text.into();
        }
    }
    match old {
        Some(at) => conditions[at] = condition,
        None => conditions.push(condition),
    }
}

fn container(pod: &Value, container: &Value, phase: &Phase, init: bool, log: &str) -> Value {
    let (name, image) = (look::text(container, "/name"), look::text(container, "/image"));
    let id = look::short_hash(&format!("{}/{name}", look::uid(pod)), 24);
    let list = if init { "/status/initContainerStatuses" } else { "/status/containerStatuses" };
    let before = look::items(pod, list).iter().find(|one| one["name"] == name);
    let time = |pointer: &str| {
        let known = before.map(|one| look::text(one, pointer)).filter(|time| !time.is_empty());
        known.map_or_else(look::now, str::to_owned)
    };
    let sidecar = init && container["restartPolicy"] == "Always";
    let ended = |code: i64, reason: &str| {
        json!({"terminated": {"exitCode": code, "reason": reason, "containerID": format!("containerd://{id}"),
            "startedAt": time("/state/terminated/startedAt"), "finishedAt": time("/state/terminated/finishedAt")}})
    };
    let waiting = |reason: &str, message: &str| {
        let mut state = json!({"waiting": {"reason": reason}});
        if !message.is_empty() {
            state["waiting"]["message"] = message.into();
        }
        state
    };
    let running = || json!({"running": {"startedAt": time("/state/running/startedAt")}});
    let (state, ready) = match phase {
        Phase::Mounting if init || !has_plain_init(pod) => (waiting("ContainerCreating", ""), false),
        Phase::Mounting => (waiting("PodInitializing", ""), false),
        Phase::Misconfigured(message) => (waiting("CreateContainerConfigError", message), false),
        _ if init && !sidecar => (ended(0, "Completed"), true),
        Phase::Failing(PodFailure::ImagePull) => {
            (waiting("ImagePullBackOff", &format!("Back-off pulling image \"{image}\"")), false)
        }
        Phase::Failing(PodFailure::CrashLoop) if !init => {
            let whole = format!(
                "back-off 5m0s restarting failed container={name} pod={}_{}",
                look::name(pod),
                look::namespace(pod)
            );
            (waiting("CrashLoopBackOff", &format!("{whole}({})", look::uid(pod))), false)
        }
        Phase::Failing(fault) => (running(), *fault != PodFailure::NeverReady || init),
        Phase::Running => (running(), true),
        Phase::Succeeded => (ended(0, "Completed"), false),
        Phase::Failed(code) => (ended(*code, "Error"), false),
    };
    let started = !state["running"].is_null();
    let placed = started || !state["terminated"].is_null();
    let mut last_state = json!({});
    let mut restarts = 0;
    if matches!(phase, Phase::Failing(PodFailure::CrashLoop)) && !init {
        let known = before.map(|one| one["lastState"].clone()).filter(|state| !state["terminated"].is_null());
        last_state = known.unwrap_or_else(|| {
            json!({"terminated": {"exitCode": 1, "reason": "Error", "message": log, "startedAt": look::now(),
                "finishedAt": look::now(), "containerID": format!("containerd://{id}")}})
        });
        restarts = 5;
    }
    json!({
        "name": name, "image": image,
        "imageID": if placed { format!("{}@sha256:{:0>64}", image.split('@').next().unwrap_or(image), "0") } else { String::new() },
        "containerID": if placed { format!("containerd://{id}") } else { String::new() },
        "ready": ready, "started": started, "restartCount": restarts, "state": state, "lastState": last_state,
    })
}

fn has_plain_init(pod: &Value) -> bool {
    look::items(pod, "/spec/initContainers").iter().any(|one| one["restartPolicy"] != "Always")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod() -> Value {
        json!({"metadata": {"name": "a", "namespace": "n", "uid": "u"},
            "spec": {"containers": [{"name": "c", "image": "i:1"}], "initContainers": [{"name": "p", "image": "j"}]}})
    }

    fn check(phase: Phase, expected: &[(&str, Value)]) {
        let place = Place { host_ip: "10.0.0.1", pod_ip: "10.244.0.2" };
        let status = status(&pod(), &phase, &place, "boom");
        for (pointer, value) in expected {
            assert_eq!(status.pointer(pointer).unwrap_or(&Value::Null), value, "{phase:?} {pointer}");
        }
        let mut known = pod();
        known["status"] = status.clone();
        let again = super::status(&known, &phase, &place, "boom");
        assert_eq!(again, status, "{phase:?}: saying it again changes nothing");
    }

    #[test]
    fn phases() {
        check(
            Phase::Running,
            &[
                ("/phase", json!("Running")),
                ("/containerStatuses/0/ready", json!(true)),
                ("/initContainerStatuses/0/state/terminated/reason", json!("Completed")),
                ("/podIP", json!("10.244.0.2")),
                ("/qosClass", json!("BestEffort")),
            ],
        );
        check(
            Phase::Mounting,
            &[
                ("/phase", json!("Pending")),
                ("/containerStatuses/0/state/waiting/reason", json!("PodInitializing")),
                ("/initContainerStatuses/0/state/waiting/reason", json!("ContainerCreating")),
                ("/podIP", Value::Null),
            ],
        );
        check(
            Phase::Failing(PodFailure::CrashLoop),
            &[
                ("/containerStatuses/0/state/waiting/reason", json!("CrashLoopBackOff")),
                ("/containerStatuses/0/lastState/terminated/message", json!("boom")),
                ("/containerStatuses/0/restartCount", json!(5)),
            ],
        );
        check(
            Phase::Failing(PodFailure::ImagePull),
            &[("/phase", json!("Pending")), ("/containerStatuses/0/state/waiting/reason", json!("ImagePullBackOff"))],
        );
        check(Phase::Failing(PodFailure::NeverReady), &[("/containerStatuses/0/ready", json!(false))]);
        check(Phase::Succeeded, &[("/containerStatuses/0/state/terminated/exitCode", json!(0))]);
    }
}
