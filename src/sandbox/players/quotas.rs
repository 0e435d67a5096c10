//! ResourceQuotas: what a namespace may use and uses is told in their status. Nothing is refused here: that is admission.

use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::Map;
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
use crate::object::schema::Quantity;

pub(super) struct Quotas;

const KIND: &str = "resourcequotas";

/// Amounts that count the objects of a kind by an old name; `count/PLURAL.GROUP` works for all.
const COUNTED: [(&str, &str); 7] = [
    ("configmaps", "configmaps"),
    ("persistentvolumeclaims", "persistentvolumeclaims"),
    ("replicationcontrollers", "replicationcontrollers"),
    ("resourcequotas", KIND),
    ("secrets", "secrets"),
    ("services", "services"),
    ("pods", "pods"),
];

impl Player for Quotas {
    /// Everything: a quota may count the objects of any kind.
    fn watches(&self) -> &'static [&'static str] {
        &[]
    }

    fn keys(&self, world: &World, change: &Change) -> Vec<Key> {
        if change.key.namespace.is_empty() {
            return Vec::new();
        }
        let quotas = world.list(KIND, &change.key.namespace);
        quotas.iter().map(|quota| Key::new(KIND, look::namespace(quota), look::name(quota))).collect()
    }

    fn act<'a>(&'a self, stage: &'a Stage, key: &'a Key) -> BoxFuture<'a, Result<Next, PlayerError>> {
        async move {
            let quota = stage.world.get(KIND, &key.namespace, &key.name).filter(|quota| !look::is_deleting(quota));
            let Some(quota) = quota else { return Ok(None) };
            let Some(hard) = look::mapping(&quota, "/spec/hard") else { return Ok(None) };
            let used: Map<String, Value> = hard
                .iter()
                .filter_map(|(name, limit)| {
                    let limit = Quantity::from_json(limit).ok()?;
                    // Written in the suffixes of the limit.
                    let none = limit.minus(limit);
                    Some((name.clone(), used(&stage.world, &key.namespace, name, none).to_string().into()))
                })
                .collect();
            stage.api.set_status(KIND, &quota, json!({"hard": hard, "used": used})).await.map(|()| None)
        }
        .boxed()
    }
}

/// How much of a resource the objects of a namespace use, added to `none`.
fn used(world: &World, namespace: &str, resource: &str, none: Quantity) -> Quantity {
    let whole = |count: usize| none.plus(Quantity::from_nanos(count as i128 * 1_000_000_000));
    let counted = COUNTED.iter().find(|(name, _)| *name == resource).map(|(_, kind)| *kind);
    if let Some(kind) = counted.or_else(|| resource.strip_prefix("count/")) {
        let all = world.list(kind, namespace);
        return whole(all.iter().filter(|object| kind != "pods" || holds(object)).count());
    }
    if let Some(kind) = resource.strip_prefix("services.") {
        let kind = if kind == "loadbalancers" { "LoadBalancer" } else { "NodePort" };
        return whole(world.list("services", namespace).iter().filter(|one| one["spec"]["type"] == kind).count());
    }
    if resource.ends_with("requests.storage") {
        let class = resource.strip_suffix(".storageclass.storage.k8s.io/requests.storage");
        let claims = world.list("persistentvolumeclaims", namespace);
        let meant = claims.iter().filter(|claim| class.is_none_or(|class| claim["spec"]["storageClassName"] == class));
        return meant.fold(none, |sum, claim| add(sum, &claim["spec"]["resources"]["requests"]["storage"]));
    }
    let (list, name) = match resource.split_once('.') {
        Some(("limits", name)) => ("limits", name),
        Some(("requests", name)) => ("requests", name),
        _ => ("requests", resource),
    };
    let pods = world.list("pods", namespace);
    let containers = pods.iter().filter(|pod| holds(pod)).flat_map(|pod| look::items(pod, "/spec/containers"));
    containers.fold(none, |sum, container| add(sum, &container["resources"][list][name]))
}

fn add(sum: Quantity, amount: &Value) -> Quantity {
    Quantity::from_json(amount).map_or(sum, |amount| sum.plus(amount))
}

/// A pod that has ended uses nothing.
fn holds(pod: &Value) -> bool {
    !matches!(look::text(pod, "/status/phase"), "Succeeded" | "Failed")
}
