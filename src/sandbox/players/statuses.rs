//! Kinds whose controllers need only say that all is well; which and what is in `data/statuses.txt`.

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

pub(super) struct Statuses {
    rows: Vec<(&'static str, Value)>,
    kinds: &'static [&'static str],
}

/// What a real server does itself.
const OF_SERVER: &str = "apiservices.apiregistration.k8s.io";

impl Statuses {
    /// Of custom kinds, whose controllers are programs of the platform.
    pub fn of_programs() -> Self {
        // The list lives as long as the program, and there is one.
        static KINDS: std::sync::OnceLock<Vec<&'static str>> = std::sync::OnceLock::new();
        let rows: Vec<(&'static str, Value)> = rows().filter(|(kind, _)| *kind != OF_SERVER).collect();
        let kinds = KINDS.get_or_init(|| rows.iter().map(|(kind, _)| *kind).collect());
        Self { rows, kinds }
    }

    /// Of the server's own kinds.
    pub fn of_server() -> Self {
        Self { rows: rows().filter(|(kind, _)| *kind == OF_SERVER).collect(), kinds: &[OF_SERVER] }
    }
}

fn rows() -> impl Iterator<Item = (&'static str, Value)> {
    let lines = include_str!("data/statuses.txt").lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| {
        let (kind, status) = line.split_once(' ')?;
        Some((kind, serde_json::from_str(status).ok()?))
    })
}

impl Player for Statuses {
    fn watches(&self) -> &'static [&'static str] {
        self.kinds
    }

    fn keys(&self, _: &World, change: &Change) -> Vec<Key> {
        vec![change.key.clone()]
    }

    fn act<'a>(&'a self, stage: &'a Stage, key: &'a Key) -> BoxFuture<'a, Result<Next, PlayerError>> {
        async move {
            let object = stage.world.get(&key.kind, &key.namespace, &key.name);
            let Some(object) = object.filter(|one| !look::is_deleting(one)) else { return Ok(None) };
            let Some((_, wanted)) = self.rows.iter().find(|(kind, _)| **kind == *key.kind) else { return Ok(None) };
            let mut conditions = look::items(&object, "/status/conditions").to_vec();
            let mut changed = false;
            for one in look::items(wanted, "/conditions") {
                let text = |field: &str| look::text(one, field);
                changed |= look::set_condition(
                    &mut conditions,
                    text("/type"),
                    text("/status"),
                    text("/reason"),
                    text("/message"),
                );
            }
            let mut status = wanted.clone();
            if changed {
                status["conditions"] = conditions.into();
            }
            let differs =
                |(field, value): (&String, &Value)| field != "conditions" && object["status"][field] != *value;
            if changed || status.as_object().is_some_and(|map| map.iter().any(differs)) {
                stage.api.patch(&key.kind, &object, "status", json!({"status": status})).await?;
            }
            Ok(None)
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_whole() {
        let lines = include_str!("data/statuses.txt").lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(rows().count(), lines);
    }
}
