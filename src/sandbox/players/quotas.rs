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
use crate::sandbox::usage;

pub(super) struct Quotas;

const KIND: &str = "resourcequotas";

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

/// How much of an amount the objects of a namespace use, added to `none`.
fn used(world: &World, namespace: &str, amount: &str, none: Quantity) -> Quantity {
    let objects = world.list(usage::kind_of(amount), namespace);
    let sum = objects.iter().map(|object| usage::of(object, amount)).fold(0, i128::saturating_add);
    none.plus(Quantity::from_nanos(sum))
}
