//! Deployments, StatefulSets, DaemonSets, ReplicaSets and Jobs.

use serde_json::Value;

use super::Readiness;
use super::conditions::condition;
use super::conditions::number;
use super::conditions::stale;
use crate::object::Object;

fn wanted(object: &Object) -> i64 {
    object.get("/spec/replicas").and_then(Value::as_i64).unwrap_or(1)
}

fn waits(text: String) -> Readiness {
    Readiness::InProgress(text)
}

fn unseen(object: &Object) -> Option<Readiness> {
    if object.get("/status/observedGeneration").is_none() {
        return Some(waits("its controller has not seen it yet".into()));
    }
    stale(object)
}

pub(super) fn deployment(object: &Object) -> Readiness {
    if let Some(unseen) = unseen(object) {
        return unseen;
    }
    let wanted = wanted(object);
    let status = |field: &str| number(object, &format!("/status/{field}"));
    let (updated, all, available) = (status("updatedReplicas"), status("replicas"), status("availableReplicas"));
    let progress = if updated < wanted {
        format!("{updated} of {wanted} replicas updated")
    } else if all > updated {
        format!("{} old replicas still to end", all - updated)
    } else if available < updated {
        format!("{available} of {updated} replicas available")
    } else {
        return Readiness::Current;
    };
    match condition(object, "Progressing") {
        // The one reason that means the deadline has passed (apps/v1 DeploymentProgressing).
        Some(c) if c.status() == "False" && c.reason() == "ProgressDeadlineExceeded" => {
            Readiness::Failed(format!("{progress}; no progress within {} s", deadline(object)))
        }
        _ => match condition(object, "ReplicaFailure") {
            Some(c) if c.is_true() => Readiness::Failed(format!("{progress}; {}", c.words())),
            _ => waits(progress),
        },
    }
}

fn deadline(object: &Object) -> i64 {
    // 600 is the API's default.
    object.get("/spec/progressDeadlineSeconds").and_then(Value::as_i64).unwrap_or(600)
}

pub(super) fn stateful_set(object: &Object) -> Readiness {
    // With OnDelete the controller replaces no pods, so the update never completes by itself.
    let on_delete = object.text("/spec/updateStrategy/type") == "OnDelete";
    if let Some(unseen) = unseen(object) {
        return unseen;
    }
    let wanted = wanted(object);
    let status = |field: &str| number(object, &format!("/status/{field}"));
    if status("readyReplicas") < wanted {
        return waits(format!("{} of {wanted} replicas ready", status("readyReplicas")));
    }
    if status("replicas") > wanted {
        return waits(format!("{} replicas still to end", status("replicas") - wanted));
    }
    let updating = wanted - number(object, "/spec/updateStrategy/rollingUpdate/partition").clamp(0, wanted);
    let partitioned = updating < wanted;
    if !on_delete && status("updatedReplicas") < updating {
        return waits(format!("{} of {updating} replicas updated", status("updatedReplicas")));
    }
    let (current, update) = (object.text("/status/currentRevision"), object.text("/status/updateRevision"));
    if !on_delete && !partitioned && current != update {
        return waits(format!("{} of {wanted} replicas updated", status("updatedReplicas")));
    }
    Readiness::Current
}

pub(super) fn daemon_set(object: &Object) -> Readiness {
    if let Some(unseen) = unseen(object) {
        return unseen;
    }
    let status = |field: &str| number(object, &format!("/status/{field}"));
    let wanted = status("desiredNumberScheduled");
    let on_delete = object.text("/spec/updateStrategy/type") == "OnDelete";
    if !on_delete && status("updatedNumberScheduled") < wanted {
        return waits(format!("{} of {wanted} nodes updated", status("updatedNumberScheduled")));
    }
    if status("numberAvailable") < wanted {
        return waits(format!("available on {} of {wanted} nodes", status("numberAvailable")));
    }
    Readiness::Current
}

pub(super) fn replica_set(object: &Object) -> Readiness {
    if let Some(unseen) = unseen(object) {
        return unseen;
    }
    let wanted = wanted(object);
    let available = number(object, "/status/availableReplicas");
    if available < wanted {
        let progress = format!("{available} of {wanted} replicas available");
        return match condition(object, "ReplicaFailure") {
            Some(c) if c.is_true() => Readiness::Failed(format!("{progress}; {}", c.words())),
            _ => waits(progress),
        };
    }
    let all = number(object, "/status/replicas");
    if all > wanted { waits(format!("{} replicas still to end", all - wanted)) } else { Readiness::Current }
}

pub(super) fn job(object: &Object) -> Readiness {
    if let Some(failed) = condition(object, "Failed").filter(|c| c.is_true()) {
        return Readiness::Failed(failed.words().to_owned());
    }
    if condition(object, "Complete").is_some_and(|c| c.is_true()) {
        return Readiness::Current;
    }
    if object.get("/spec/suspend").and_then(Value::as_bool) == Some(true) {
        return waits("suspended".into());
    }
    let wanted = object.get("/spec/completions").and_then(Value::as_i64).unwrap_or(1);
    let (done, active) = (number(object, "/status/succeeded"), number(object, "/status/active"));
    let failed = match number(object, "/status/failed") {
        0 => String::new(),
        n => format!(", {n} failed"),
    };
    waits(format!("{done} of {wanted} completions, {active} running{failed}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::check;

    #[test]
    fn deployments() {
        let deployment =
            |replicas: i64, status: serde_json::Value| json!({"spec": {"replicas": replicas}, "status": status});
        let check = |rest, expected| check("apps/v1", "Deployment", rest, expected);
        check(json!({}), "its controller has not seen it yet");
        check(deployment(2, json!({"observedGeneration": 1})), "its controller has not seen the change yet");
        check(
            deployment(
                2,
                json!({"observedGeneration": 2, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 1}),
            ),
            "1 of 2 replicas available",
        );
        check(
            deployment(
                2,
                json!({"observedGeneration": 2, "replicas": 2, "updatedReplicas": 1, "availableReplicas": 2}),
            ),
            "1 of 2 replicas updated",
        );
        check(
            deployment(
                2,
                json!({"observedGeneration": 2, "replicas": 3, "updatedReplicas": 2, "availableReplicas": 3}),
            ),
            "1 old replicas still to end",
        );
        check(
            deployment(
                1,
                json!({"observedGeneration": 2, "replicas": 1, "updatedReplicas": 1, "availableReplicas": 1}),
            ),
            "",
        );
        check(deployment(0, json!({"observedGeneration": 2})), "");
        check(
            deployment(
                1,
                json!({"observedGeneration": 2, "replicas": 1, "updatedReplicas": 1, "conditions": [
                {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}]}),
            ),
            "!0 of 1 replicas available; no progress within 600 s",
        );
        check(
            deployment(
                1,
                json!({"observedGeneration": 2, "conditions": [
                {"type": "ReplicaFailure", "status": "True", "message": "exceeded quota"}]}),
            ),
            "!0 of 1 replicas updated; exceeded quota",
        );
    }

    #[test]
    fn stateful_sets() {
        let check =
            |spec, status, expected| check("apps/v1", "StatefulSet", json!({"spec": spec, "status": status}), expected);
        let status = |ready: i64, updated: i64, revision: &str| {
            json!({"observedGeneration": 2, "replicas": 3, "readyReplicas": ready, "updatedReplicas": updated,
                "currentRevision": "a", "updateRevision": revision})
        };
        check(json!({"replicas": 3}), status(1, 3, "a"), "1 of 3 replicas ready");
        check(json!({"replicas": 3}), status(3, 2, "b"), "2 of 3 replicas updated");
        check(json!({"replicas": 3}), status(3, 3, "a"), "");
        check(json!({"replicas": 2}), status(3, 3, "a"), "1 replicas still to end");
        let partition = json!({"replicas": 3, "updateStrategy": {"rollingUpdate": {"partition": 2}}});
        check(partition.clone(), status(3, 0, "b"), "0 of 1 replicas updated");
        check(partition, status(3, 1, "b"), "");
        check(json!({"replicas": 3, "updateStrategy": {"type": "OnDelete"}}), status(3, 0, "b"), "");
    }

    #[test]
    fn daemon_sets_and_replica_sets() {
        let daemon = |status, expected| check("apps/v1", "DaemonSet", json!({"status": status}), expected);
        daemon(json!({"observedGeneration": 2, "desiredNumberScheduled": 0}), "");
        daemon(
            json!({"observedGeneration": 2, "desiredNumberScheduled": 3, "updatedNumberScheduled": 3, "numberAvailable": 2}),
            "available on 2 of 3 nodes",
        );
        daemon(json!({"observedGeneration": 2, "desiredNumberScheduled": 3}), "0 of 3 nodes updated");
        let set = |status, expected| check("apps/v1", "ReplicaSet", json!({"status": status}), expected);
        set(json!({"observedGeneration": 2}), "0 of 1 replicas available");
        set(json!({"observedGeneration": 2, "availableReplicas": 1, "replicas": 1}), "");
    }

    #[test]
    fn jobs() {
        let check =
            |spec, status, expected| check("batch/v1", "Job", json!({"spec": spec, "status": status}), expected);
        check(json!({}), json!({}), "0 of 1 completions, 0 running");
        check(
            json!({"completions": 2}),
            json!({"succeeded": 1, "active": 1, "failed": 1}),
            "1 of 2 completions, 1 running, 1 failed",
        );
        check(json!({}), json!({"conditions": [{"type": "Complete", "status": "True"}]}), "");
        check(
            json!({}),
            json!({"conditions": [{"type": "Failed", "status": "True", "message": "Job has reached the specified backoff limit"}]}),
            "!Job has reached the specified backoff limit",
        );
        check(json!({"suspend": true}), json!({}), "suspended");
    }
}
