//! What all controllers that make pods share: building one from a template, counting, ranking for deletion.

use std::sync::Arc;

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::error::PlayerError;
use super::look;
use super::runner::Next;
use super::runner::Stage;

/// What a new pod gets beside its template.
#[derive(Default)]
pub(super) struct NewPod {
    pub name: String,
    pub labels: Vec<(&'static str, String)>,
    /// Merged over the template's spec.
    pub spec: Map<String, Value>,
}

/// Why a pod was not made.
pub(super) struct Refusal {
    pub message: String,
    /// The server refused it and may change its mind; else something is missing whose coming is heard of.
    pub by_server: bool,
}

impl Refusal {
    /// What an owner ends with after it has told of the refusal: tried again soon, then ever later.
    pub fn outcome(self) -> Result<Next, PlayerError> {
        if self.by_server { Err(PlayerError::Refused(self.message)) } else { Ok(None) }
    }
}

/// Creates a pod from the template of its owner; the inner error says why it was refused.
pub(super) async fn create(
    stage: &Stage,
    owner: &Value,
    template: &Value,
    new: NewPod,
) -> Result<Result<(), Refusal>, PlayerError> {
    let namespace = look::namespace(owner);
    let mut spec = look::mapping(template, "/spec").cloned().unwrap_or_default();
    spec.extend(new.spec);
    let account = spec.get("serviceAccountName").and_then(Value::as_str).unwrap_or("default").to_owned();
    let missing =
        stage.world.is_listed("serviceaccounts") && stage.world.get("serviceaccounts", namespace, &account).is_none();
    if missing {
        let name = &new.name;
        let message = format!(
            "pods \"{name}\" is forbidden: error looking up service account {namespace}/{account}: serviceaccount \
             \"{account}\" not found"
        );
        return Ok(Err(Refusal { message, by_server: false }));
    }
    let mut metadata = json!({
        "name": new.name, "namespace": namespace, "ownerReferences": [look::owner_reference(owner)],
        "labels": template["metadata"]["labels"].as_object().cloned().unwrap_or_default(),
    });
    for (key, value) in new.labels {
        metadata["labels"][key] = value.into();
    }
    if let Some(annotations) = look::mapping(template, "/metadata/annotations") {
        metadata["annotations"] = annotations.clone().into();
    }
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec});
    match stage.api.create("pods", &pod).await {
        Ok(_) => Ok(Ok(())),
        // Refused for what it is (quota, policy, webhook): the owner tells, and tries again.
        Err(error) if matches!(error.code(), 400 | 403 | 422 | 500) => {
            Ok(Err(Refusal { message: error.message(), by_server: true }))
        }
        Err(error) => Err(error),
    }
}

/// Deletes a pod with the grace period it asks for.
pub(super) async fn delete(stage: &Stage, pod: &Value) -> Result<(), PlayerError> {
    stage.api.delete("pods", pod, json!({})).await
}

/// Whether a pod still counts: neither on its way out nor finished.
pub(super) fn is_active(pod: &Value) -> bool {
    !look::is_deleting(pod) && !matches!(look::text(pod, "/status/phase"), "Succeeded" | "Failed")
}

pub(super) fn is_ready(pod: &Value) -> bool {
    look::condition_holds(pod, "Ready")
}

/// Whether a pod has been ready for so many seconds; otherwise how many are left.
pub(super) fn availability(pod: &Value, min_ready_seconds: i64) -> Result<(), Option<f64>> {
    let ready =
        look::items(pod, "/status/conditions").iter().find(|one| one["type"] == "Ready" && one["status"] == "True");
    let Some(ready) = ready else { return Err(None) };
    if min_ready_seconds == 0 {
        return Ok(());
    }
    let left = min_ready_seconds as f64 - look::seconds_since(look::text(ready, "/lastTransitionTime")).unwrap_or(0.0);
    if left <= 0.0 { Ok(()) } else { Err(Some(left)) }
}

/// How many pods are ready and available, and when (in seconds) the next becomes available.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub total: i64,
    pub ready: i64,
    pub available: i64,
    pub next: Option<f64>,
}

pub(super) fn tally(pods: &[Arc<Value>], min_ready_seconds: i64) -> Tally {
    let mut tally = Tally { total: pods.len() as i64, ..Tally::default() };
    for pod in pods {
        tally.ready += i64::from(is_ready(pod));
        match availability(pod, min_ready_seconds) {
            Ok(()) => tally.available += 1,
            Err(Some(left)) => tally.next = Some(tally.next.map_or(left, |next: f64| next.min(left))),
            Err(None) => {}
        }
    }
    tally
}

/// Which pods to delete first: those not placed, then those not ready, then the youngest.
pub(super) fn rank_for_deletion(pods: &mut [Arc<Value>]) {
    pods.sort_by_key(|pod| {
        let placed = !look::text(pod, "/spec/nodeName").is_empty();
        let created = look::text(pod, "/metadata/creationTimestamp").to_owned();
        (placed, is_ready(pod), std::cmp::Reverse(created), std::cmp::Reverse(look::name(pod).to_owned()))
    });
}

/// An int-or-percent of a total, rounded up or down.
pub(super) fn share(value: &Value, total: i64, up: bool) -> i64 {
    match value {
        Value::Number(number) => number.as_i64().unwrap_or(0),
        Value::String(text) => {
            let percent: i64 = text.trim_end_matches('%').parse().unwrap_or(0);
            let product = percent.saturating_mul(total);
            if up { product.saturating_add(99).div_euclid(100) } else { product.div_euclid(100) }
        }
        _ => 0,
    }
}

/// A status without the counts that are zero, which typed servers leave out.
pub(super) fn without_zeros(mut status: Value, kept: &[&str]) -> Value {
    if let Some(map) = status.as_object_mut() {
        map.retain(|key, value| kept.contains(&key.as_str()) || *value != 0);
    }
    status
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares() {
        for (value, total, up, expected) in [
            (json!("25%"), 1, true, 1),
            (json!("25%"), 1, false, 0),
            (json!("25%"), 4, true, 1),
            (json!("50%"), 3, false, 1),
            (json!(2), 10, false, 2),
            (json!(null), 10, false, 0),
        ] {
            assert_eq!(share(&value, total, up), expected, "{value} of {total}");
        }
    }
}
