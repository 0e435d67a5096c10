//! StatefulSets: numbered pods with claims of their own, one after the other, and their status.

use std::collections::HashMap;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::error::PlayerError;
use super::look;
use super::pods;
use super::pods::NewPod;
use super::pods::Refusal;
use super::replica_sets;
use super::runner::Next;
use super::runner::Player;
use super::runner::Stage;
use super::world::Change;
use super::world::Key;
use super::world::World;

pub(super) struct StatefulSets;

const KIND: &str = "statefulsets.apps";
const REVISIONS: &str = "controllerrevisions.apps";
const REVISION_LABEL: &str = "controller-revision-hash";

impl Player for StatefulSets {
    fn watches(&self) -> &'static [&'static str] {
        &[KIND, "pods", "serviceaccounts", REVISIONS, "persistentvolumeclaims"]
    }

    fn keys(&self, world: &World, change: &Change) -> Vec<Key> {
        replica_sets::keys_of_owner(world, change, KIND, "StatefulSet")
    }

    fn act<'a>(&'a self, stage: &'a Stage, key: &'a Key) -> BoxFuture<'a, Result<Next, PlayerError>> {
        act(stage, key).boxed()
    }
}

async fn act(stage: &Stage, key: &Key) -> Result<Next, PlayerError> {
    let Some(set) = stage.world.get(KIND, &key.namespace, &key.name) else { return Ok(None) };
    if look::is_deleting(&set) {
        return Ok(None);
    }
    let revision = ensure_revision(stage, &set, KIND).await?;
    let failure = step(stage, &set, &revision).await?;
    report(stage, &set, &revision).await?;
    if let Some(refusal) = failure {
        let text = format!("create Pod in StatefulSet {} failed error: {}", look::name(&set), refusal.message);
        stage.events.record("statefulset-controller", &set, "Warning", "FailedCreate", &text);
        return refusal.outcome();
    }
    Ok(None)
}

/// Makes the ControllerRevision of the present template unless it is there; its name.
pub(super) async fn ensure_revision(stage: &Stage, set: &Value, kind: &str) -> Result<String, PlayerError> {
    let hash = look::short_hash(&look::canonical(&set["spec"]["template"]), 10);
    let name = format!("{}-{hash}", look::name(set));
    let namespace = look::namespace(set);
    if stage.world.get(REVISIONS, namespace, &name).is_some() || !stage.world.is_listed(REVISIONS) {
        return Ok(name);
    }
    let known = stage.world.controlled(REVISIONS, namespace, look::uid(set));
    // A true controller names it after a digest of its own.
    let template = &set["spec"]["template"];
    let same = known.iter().find(|one| look::same_template(&one["data"]["spec"]["template"], template, ""));
    if let Some(same) = same {
        return Ok(look::name(same).to_owned());
    }
    let number = known.iter().filter_map(|one| look::number(one, "/revision")).max().unwrap_or(0).saturating_add(1);
    let mut labels = look::mapping(set, "/spec/template/metadata/labels").cloned().unwrap_or_default();
    labels.insert(REVISION_LABEL.into(), if kind == KIND { name.as_str() } else { hash.as_str() }.into());
    let revision = json!({
        "apiVersion": "apps/v1", "kind": "ControllerRevision",
        "metadata": {"name": name, "namespace": namespace, "labels": labels,
            "ownerReferences": [look::owner_reference(set)]},
        "data": {"spec": {"template": set["spec"]["template"]}},
        "revision": number,
    });
    stage.api.create(REVISIONS, &revision).await?;
    Ok(name)
}

/// The present pods by their number.
fn numbered(stage: &Stage, set: &Value) -> HashMap<i64, Arc<Value>> {
    let pods = stage.world.controlled("pods", look::namespace(set), look::uid(set));
    let number = |pod: &Value| look::name(pod).rsplit_once('-').and_then(|(_, number)| number.parse().ok());
    pods.into_iter().filter_map(|pod| Some((number(&pod)?, pod))).collect()
}

/// Creates, deletes or replaces what comes next; returns why a pod was refused, if one was.
async fn step(stage: &Stage, set: &Value, revision: &str) -> Result<Option<Refusal>, PlayerError> {
    let wanted = look::number(set, "/spec/replicas").unwrap_or(1);
    let start = look::number(set, "/spec/ordinals/start").unwrap_or(0);
    let parallel = set["spec"]["podManagementPolicy"] == "Parallel";
    let present = numbered(stage, set);
    for number in start..start + wanted {
        match present.get(&number) {
            None => {
                ensure_claims(stage, set, number).await?;
                if let Err(refusal) = create(stage, set, number, revision).await? {
                    return Ok(Some(refusal));
                }
                if !parallel {
                    return Ok(None);
                }
            }
            Some(pod) if matches!(look::text(pod, "/status/phase"), "Succeeded" | "Failed") => {
                pods::delete(stage, pod).await?;
            }
            Some(pod) if !parallel && (look::is_deleting(pod) || !pods::is_ready(pod)) => {
                // A broken pod of an old template is replaced even though it never became ready.
                if !look::is_deleting(pod) && is_stale(set, pod, number, revision) {
                    pods::delete(stage, pod).await?;
                }
                return Ok(None);
            }
            Some(_) => {}
        }
    }
    let mut surplus: Vec<_> = present.iter().filter(|(number, _)| !(start..start + wanted).contains(number)).collect();
    surplus.sort_by_key(|(number, _)| std::cmp::Reverse(**number));
    for (_, pod) in surplus {
        if !look::is_deleting(pod) {
            pods::delete(stage, pod).await?;
        }
        if !parallel {
            return Ok(None);
        }
    }
    // Update from the highest number down, one at a time.
    for number in (start..start + wanted).rev() {
        let Some(pod) = present.get(&number) else { return Ok(None) };
        if look::is_deleting(pod) {
            return Ok(None);
        }
        if is_stale(set, pod, number, revision) {
            pods::delete(stage, pod).await?;
            return Ok(None);
        }
        if !pods::is_ready(pod) {
            return Ok(None);
        }
    }
    Ok(None)
}

/// Whether a pod must be replaced because its template is an old one.
fn is_stale(set: &Value, pod: &Value, number: i64, revision: &str) -> bool {
    let strategy = &set["spec"]["updateStrategy"];
    let partition = look::number(strategy, "/rollingUpdate/partition").unwrap_or(0);
    strategy["type"] != "OnDelete" && number >= partition && look::label(pod, REVISION_LABEL) != Some(revision)
}

async fn ensure_claims(stage: &Stage, set: &Value, number: i64) -> Result<(), PlayerError> {
    for template in look::items(set, "/spec/volumeClaimTemplates") {
        let name = claim_name(set, template, number);
        if stage.world.get("persistentvolumeclaims", look::namespace(set), &name).is_some() {
            continue;
        }
        let mut labels = look::mapping(template, "/metadata/labels").cloned().unwrap_or_default();
        labels.extend(look::mapping(set, "/spec/selector/matchLabels").cloned().unwrap_or_default());
        let claim = json!({
            "apiVersion": "v1", "kind": "PersistentVolumeClaim",
            "metadata": {"name": name, "namespace": look::namespace(set), "labels": labels,
                "annotations": look::mapping(template, "/metadata/annotations").cloned().unwrap_or_default()},
            "spec": template["spec"],
        });
        stage.api.create("persistentvolumeclaims", &claim).await?;
    }
    Ok(())
}

fn claim_name(set: &Value, template: &Value, number: i64) -> String {
    format!("{}-{}-{number}", look::name(template), look::name(set))
}

async fn create(stage: &Stage, set: &Value, number: i64, revision: &str) -> Result<Result<(), Refusal>, PlayerError> {
    let name = format!("{}-{number}", look::name(set));
    let mut spec = Map::new();
    spec.insert("hostname".into(), name.as_str().into());
    // A set may have no Service of its own; Kubernetes 1.33 says so in its documents too.
    if let Some(service) = set["spec"]["serviceName"].as_str() {
        spec.insert("subdomain".into(), service.into());
    }
    let claims = look::items(set, "/spec/volumeClaimTemplates");
    if !claims.is_empty() {
        let mut volumes = look::items(set, "/spec/template/spec/volumes").to_vec();
        for template in claims {
            volumes.retain(|volume| volume["name"] != look::name(template));
            let claim = claim_name(set, template, number);
            volumes.push(json!({"name": look::name(template), "persistentVolumeClaim": {"claimName": claim}}));
        }
        spec.insert("volumes".into(), volumes.into());
    }
    let labels = vec![
        (REVISION_LABEL, revision.to_owned()),
        ("statefulset.kubernetes.io/pod-name", name.clone()),
        ("apps.kubernetes.io/pod-index", number.to_string()),
    ];
    pods::create(stage, set, &set["spec"]["template"], NewPod { name, labels, spec }).await
}

async fn report(stage: &Stage, set: &Value, revision: &str) -> Result<(), PlayerError> {
    let wanted = look::number(set, "/spec/replicas").unwrap_or(1);
    let pods: Vec<_> = numbered(stage, set).into_values().filter(|pod| pods::is_active(pod)).collect();
    let tally = pods::tally(&pods, look::number(set, "/spec/minReadySeconds").unwrap_or(0));
    let of = |wanted: &str| pods.iter().filter(|pod| look::label(pod, REVISION_LABEL) == Some(wanted)).count() as i64;
    let updated = of(revision);
    let known = look::text(set, "/status/currentRevision");
    let complete = updated == wanted && tally.total == wanted && tally.ready == wanted;
    let current = if known.is_empty() || complete { revision } else { known };
    let status = pods::without_zeros(
        json!({
            "observedGeneration": set["metadata"]["generation"], "replicas": tally.total,
            "readyReplicas": tally.ready, "availableReplicas": tally.available, "currentReplicas": of(current),
            "updatedReplicas": updated, "currentRevision": current, "updateRevision": revision, "collisionCount": 0,
        }),
        &["replicas", "availableReplicas", "collisionCount"],
    );
    stage.api.set_status(KIND, set, status).await
}
