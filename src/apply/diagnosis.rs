//! Why something did not become ready, in lines for a person: pods, events, the tail of a log.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::OwnerHealth;
use super::context::Context;
use crate::object::GroupVersionKind;
use crate::object::Object;
use crate::object::ObjectId;
use crate::object::ReadinessRule;
use crate::object::Selector;
use crate::object::deletion;
use crate::object::pod_trouble;
use crate::object::readiness;
use crate::provider::kubernetes::Cluster;
use crate::provider::kubernetes::Happening;

const LOG_LINES: usize = 10;
const EVENTS: usize = 5;
/// A diagnosis must not make a failure take longer than this.
const WITHIN: Duration = Duration::from_secs(10);

/// Lines about an object that is not ready; none where nothing could be found out.
pub(super) async fn diagnose(context: &Context, id: &ObjectId) -> Vec<String> {
    tokio::time::timeout(WITHIN, gather(context, id)).await.unwrap_or_default()
}

async fn gather(context: &Context, id: &ObjectId) -> Vec<String> {
    let cluster = &context.cluster;
    let Ok(resource) = context.resource(id).await else { return Vec::new() };
    let Ok(Some(object)) = cluster.get(&resource, &id.namespace, &id.name).await else { return Vec::new() };
    let mut lines = Vec::new();
    if let Some(selector) = selector(&object)
        && let Ok(pods) = cluster.pods(&id.namespace, &selector).await
    {
        if let Some(pod) = worst(&pods) {
            lines.extend(about_pod(cluster, pod).await);
        } else {
            lines.push("it has no pods".to_owned());
        }
    }
    lines.extend(about_space(cluster, &object, &context.plan.readiness).await);
    if id.kind == "Pod" {
        lines.extend(about_pod(cluster, &object).await);
    } else {
        lines.extend(events(cluster, &object).await);
    }
    lines
}

/// What does not serve by more than this is not asked about: the first tell enough.
const ASKED: usize = 20;

/// Adds to what does not serve what is to be found out about it: what its pods say, and what is wrong with its namespace.
pub async fn explain(
    cluster: &Cluster,
    owners: &mut [OwnerHealth],
    live: &BTreeMap<ObjectId, Object>,
    rules: &[ReadinessRule],
) {
    let unready = owners.iter_mut().flat_map(|owner| &mut owner.unready).take(ASKED);
    let work = unready.filter_map(|one| Some((live.get(&one.id)?, one))).map(|(object, one)| async move {
        one.detail = tokio::time::timeout(WITHIN, in_short(cluster, object, rules)).await.unwrap_or_default();
    });
    futures::future::join_all(work).await;
}

/// As [`gather`], without logs.
async fn in_short(cluster: &Cluster, object: &Object, rules: &[ReadinessRule]) -> Vec<String> {
    let mut lines = about_space(cluster, object, rules).await;
    if let Some(selector) = selector(object)
        && let Ok(pods) = cluster.pods(object.namespace(), &selector).await
    {
        match worst(&pods) {
            Some(pod) => {
                lines.push(format!("pod {}: {}", pod.name(), readiness(pod, &[]).reason()));
                lines.extend(claims(cluster, pod).await);
            }
            // What made none says why in an event: a quota, a webhook.
            None if pods.is_empty() => {
                lines.push("it has no pods".to_owned());
                lines.extend(events(cluster, object).await);
            }
            None => {}
        }
    }
    lines
}

/// What is wrong with a namespace: the object itself, or the one that its controller makes of it.
async fn about_space(cluster: &Cluster, object: &Object, rules: &[ReadinessRule]) -> Vec<String> {
    if object.id().group_kind() == "Namespace" {
        return cluster.holders(object).await;
    }
    let Some((rule, held)) = rules.iter().find_map(|rule| Some((rule, rule.held_by(&object.id())?))) else {
        return Vec::new();
    };
    let Ok(resource) = cluster.resource(&GroupVersionKind::new("", "v1", "Namespace")).await else { return Vec::new() };
    let Ok(Some(space)) = cluster.get(&resource, "", &held.name).await else { return Vec::new() };
    if space.is_deleting() {
        let mut lines = vec![format!("{held} is {}", deletion(&space))];
        lines.extend(cluster.holders(&space).await);
        return lines;
    }
    rule.stranger(object, &space).map(|owner| format!("{held} {owner}")).into_iter().collect()
}

/// What selects the pods of a workload.
fn selector(object: &Object) -> Option<String> {
    // A Job whose selector is left to the server is known by the label of its pods.
    let otherwise = || (object.kind() == "Job").then(|| format!("job-name={}", object.name()));
    Selector::of_pods(object).map(|selector| selector.to_string()).or_else(otherwise)
}

/// The pod to show: one that is not ready, rather one with a known trouble, the youngest of those.
fn worst(pods: &[Object]) -> Option<&Object> {
    let unready = pods.iter().filter(|pod| !readiness(pod, &[]).is_current());
    unready.max_by_key(|pod| (pod_trouble(pod).is_some(), pod.text("/metadata/creationTimestamp").to_owned()))
}

async fn about_pod(cluster: &Cluster, pod: &Object) -> Vec<String> {
    let state = readiness(pod, &[]);
    let mut lines = vec![format!("pod {}: {}", pod.name(), state.reason())];
    lines.extend(events(cluster, pod).await);
    lines.extend(claims(cluster, pod).await);
    let Some((container, previous)) = container(pod) else { return lines };
    let tail = cluster.log_tail(pod.namespace(), pod.name(), &container, LOG_LINES, previous).await;
    if let Ok(tail) = tail
        && !tail.is_empty()
    {
        lines.push(format!("last lines of container {container}:"));
        lines.extend(tail.into_iter().map(|line| format!("  {line}")));
    }
    lines
}

/// Claims that keep a pod from its node, and why they are not bound.
async fn claims(cluster: &Cluster, pod: &Object) -> Vec<String> {
    let kind = GroupVersionKind::new("", "v1", "PersistentVolumeClaim");
    let Ok(resource) = cluster.resource(&kind).await else { return Vec::new() };
    let mut lines = Vec::new();
    for name in claim_names(pod) {
        match cluster.get(&resource, pod.namespace(), &name).await {
            Ok(Some(claim)) if claim.text("/status/phase") != "Bound" => {
                lines.push(format!("claim {name}: {}", readiness(&claim, &[]).reason()));
                lines.extend(events(cluster, &claim).await);
            }
            Ok(None) => lines.push(format!("claim {name}: there is none of that name")),
            _ => {}
        }
    }
    lines
}

/// The claims of a pod that has no node yet; with one they are bound.
fn claim_names(pod: &Object) -> Vec<String> {
    if !pod.text("/spec/nodeName").is_empty() {
        return Vec::new();
    }
    let volumes = pod.get("/spec/volumes").and_then(Value::as_array).into_iter().flatten();
    let names = volumes.filter_map(|volume| {
        let named = volume.pointer("/persistentVolumeClaim/claimName").and_then(Value::as_str).map(str::to_owned);
        // A claim that lives with its pod is named after both.
        let of_pod = volume.get("ephemeral").and_then(|_| volume.get("name")).and_then(Value::as_str);
        named.or_else(|| of_pod.map(|volume| format!("{}-{volume}", pod.name())))
    });
    names.collect()
}

/// The container to read the log of, and whether its last life is the one that tells.
fn container(pod: &Object) -> Option<(String, bool)> {
    let statuses = |pointer: &str| pod.get(pointer).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let all = statuses("/status/initContainerStatuses").iter().chain(statuses("/status/containerStatuses"));
    let mut unready = all.filter(|c| {
        let done = c.pointer("/state/terminated/exitCode").and_then(Value::as_i64) == Some(0);
        c.get("ready").and_then(Value::as_bool) != Some(true) && !done
    });
    // One that has run has something to say.
    let ran = |c: &&Value| {
        let died = c.pointer("/lastState/terminated").is_some();
        died || c.pointer("/state/running").is_some() || c.pointer("/state/terminated").is_some()
    };
    let chosen = unready.rfind(ran)?;
    let name = chosen.get("name").and_then(Value::as_str)?;
    Some((name.to_owned(), chosen.pointer("/state/waiting").is_some()))
}

async fn events(cluster: &Cluster, object: &Object) -> Vec<String> {
    let found = cluster.happenings(object, EVENTS).await.unwrap_or_default();
    // A claim that waits for somebody to make its volume says so without a warning.
    let all = object.kind() == "PersistentVolumeClaim";
    found.iter().filter(|h| h.warning || all).map(event_line).collect()
}

fn event_line(event: &Happening) -> String {
    let times = if event.count > 1 { format!(" ({} times)", event.count) } else { String::new() };
    format!("event {}: {}{times}", event.reason, event.message)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn claims_that_a_pod_waits_for() {
        let with = |node: &str| {
            let volumes = json!([{"name": "a", "persistentVolumeClaim": {"claimName": "data"}},
                {"name": "b", "ephemeral": {"volumeClaimTemplate": {}}}, {"name": "c", "emptyDir": {}}]);
            let spec = json!({"nodeName": node, "volumes": volumes});
            let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}, "spec": spec});
            claim_names(&Object::from_value(pod).unwrap())
        };
        assert_eq!(with(""), ["data", "web-b"]);
        assert_eq!(with("node"), [] as [String; 0]);
    }

    fn pod(name: &str, status: Value) -> Object {
        Object::from_value(json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "status": status}))
            .unwrap()
    }

    #[test]
    fn the_pod_and_the_container_that_tell_most() {
        let fine = pod("fine", json!({"conditions": [{"type": "Ready", "status": "True"}]}));
        let starting = pod("starting", json!({"phase": "Running"}));
        let crashing = pod(
            "crashing",
            json!({"containerStatuses": [
                {"name": "proxy", "ready": true, "state": {"running": {}}},
                {"name": "web", "ready": false, "state": {"waiting": {"reason": "CrashLoopBackOff"}},
                    "lastState": {"terminated": {"exitCode": 1}}}]}),
        );
        let name = |pods: &[Object]| worst(pods).map(|pod| pod.name().to_owned());
        assert_eq!(name(std::slice::from_ref(&fine)), None);
        assert_eq!(name(&[fine.clone(), starting.clone()]), Some("starting".into()));
        assert_eq!(name(&[fine.clone(), crashing.clone(), starting]), Some("crashing".into()));
        assert_eq!(container(&crashing), Some(("web".into(), true)));
        assert_eq!(container(&fine), None);
    }
}
