//! HorizontalPodAutoscalers without metrics: targets stay within their bounds, and the status says so.

use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::Value;
use serde_json::json;

use super::error::PlayerError;
use super::look;
use super::runner::Next;
use super::runner::Player;
use super::runner::Stage;
use super::world::Change;
use super::world::Key;
use super::world::World;

pub(super) struct Scaling;

const KIND: &str = "horizontalpodautoscalers.autoscaling";

impl Player for Scaling {
    fn watches(&self) -> &'static [&'static str] {
        &[KIND, "deployments.apps", "statefulsets.apps"]
    }

    fn keys(&self, world: &World, change: &Change) -> Vec<Key> {
        if &*change.key.kind == KIND {
            // Another one of the same target may have come or gone.
            let new =
                change.gone || change.before.as_deref().is_none_or(|before| before["spec"] != change.object["spec"]);
            let others = world.list(KIND, &change.key.namespace);
            let others = others.iter().filter(|_| new).map(|one| Key::new(KIND, look::namespace(one), look::name(one)));
            return std::iter::once(change.key.clone()).chain(others).collect();
        }
        let scalers = world.list(KIND, &change.key.namespace);
        let meant = scalers.iter().filter(|one| look::text(one, "/spec/scaleTargetRef/name") == change.key.name);
        meant.map(|one| Key::new(KIND, look::namespace(one), look::name(one))).collect()
    }

    fn act<'a>(&'a self, stage: &'a Stage, key: &'a Key) -> BoxFuture<'a, Result<Next, PlayerError>> {
        act(stage, key).boxed()
    }
}

async fn act(stage: &Stage, key: &Key) -> Result<Next, PlayerError> {
    let Some(scaler) = stage.world.get(KIND, &key.namespace, &key.name) else { return Ok(None) };
    if look::is_deleting(&scaler) {
        return Ok(None);
    }
    let reference = &scaler["spec"]["scaleTargetRef"];
    let kind = stage.world.kind_of(look::text(reference, "/apiVersion"), look::text(reference, "/kind"));
    let name = look::text(reference, "/name");
    let target = kind.as_ref().and_then(|kind| stage.world.get(kind, &key.namespace, name));
    let mut conditions = look::items(&scaler, "/status/conditions").to_vec();
    let (Some(kind), Some(target)) = (kind, target) else {
        let text = format!("the HPA controller was unable to get the target's current scale: \"{name}\" not found");
        look::set_condition(&mut conditions, "AbleToScale", "False", "FailedGetScale", &text);
        let status = json!({"conditions": conditions, "currentMetrics": null, "desiredReplicas": 0});
        return patch_status(stage, &scaler, status).await;
    };
    if let Some(rivals) = rivals(&stage.world, &scaler) {
        // Each would undo what the other did.
        let text = format!("pods by selector of {name} are controlled by multiple HPAs: [{rivals}]");
        look::set_condition(
            &mut conditions,
            "AbleToScale",
            "True",
            "SucceededGetScale",
            "the HPA controller was able to get the target's current scale",
        );
        look::set_condition(&mut conditions, "ScalingActive", "False", "AmbiguousSelector", &text);
        let status = json!({"conditions": conditions, "desiredReplicas": 0,
            "currentReplicas": look::number(&target, "/status/replicas").unwrap_or(0)});
        return patch_status(stage, &scaler, status).await;
    }
    let current = look::number(&target, "/spec/replicas").unwrap_or(1);
    let least = look::number(&scaler, "/spec/minReplicas").unwrap_or(1);
    let most = look::number(&scaler, "/spec/maxReplicas").unwrap_or(least);
    // Zero switches scaling off.
    let desired = if current == 0 { 0 } else { current.clamp(least, most.max(least)) };
    if desired != current {
        stage.api.patch(&kind, &target, "", json!({"spec": {"replicas": desired}})).await?;
    }
    let ready = "recommended size matches current size";
    look::set_condition(&mut conditions, "AbleToScale", "True", "ReadyForNewScale", ready);
    let found = "the HPA was able to successfully calculate a replica count";
    look::set_condition(&mut conditions, "ScalingActive", "True", "ValidMetricFound", found);
    let within = "the desired count is within the acceptable range";
    look::set_condition(&mut conditions, "ScalingLimited", "False", "DesiredWithinRange", within);
    let status = json!({"conditions": conditions, "desiredReplicas": desired,
        "currentReplicas": look::number(&target, "/status/replicas").unwrap_or(0)});
    patch_status(stage, &scaler, status).await
}

/// All autoscalers of the same target, where there are several.
fn rivals(world: &World, scaler: &Value) -> Option<String> {
    let target = |one: &Value| {
        let part = |name: &str| look::text(one, &format!("/spec/scaleTargetRef/{name}")).to_owned();
        (part("apiVersion"), part("kind"), part("name"))
    };
    let mut all = world.list(KIND, look::namespace(scaler));
    all.retain(|one| target(one) == target(scaler) && !look::is_deleting(one));
    let names: Vec<String> = all.iter().map(|one| format!("{}/{}", look::namespace(one), look::name(one))).collect();
    (names.len() > 1).then(|| names.join(" "))
}

/// Writes what differs; a field that the server leaves out when it is zero does not count.
async fn patch_status(stage: &Stage, scaler: &Value, status: Value) -> Result<Next, PlayerError> {
    let same = status.as_object().into_iter().flatten().all(|(key, value)| {
        let known = &scaler["status"][key];
        known == value || known.is_null() && *value == 0
    });
    if !same {
        stage.api.patch(KIND, scaler, "status", json!({"status": status})).await?;
    }
    Ok(None)
}
