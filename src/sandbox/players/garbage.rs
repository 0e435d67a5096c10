//! What goes with its owner: background, foreground and orphaning deletion, as owner references ask for.

use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

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

#[derive(Default)]
pub(super) struct Garbage {
    index: Mutex<Index>,
}

/// Who belongs to whom, by uid.
#[derive(Default)]
struct Index {
    dependents: HashMap<String, HashSet<Key>>,
    gone: HashSet<String>,
}

const FOREGROUND: &str = "foregroundDeletion";
const ORPHAN: &str = "orphan";
/// So many uids of gone owners are remembered; older ones are asked for at the server.
const GONE_LIMIT: usize = 50_000;

impl Player for Garbage {
    fn watches(&self) -> &'static [&'static str] {
        &[]
    }

    fn keys(&self, world: &World, change: &Change) -> Vec<Key> {
        let mut index = self.index();
        let owners = look::items(&change.object, "/metadata/ownerReferences");
        let uid = look::uid(&change.object);
        if change.gone {
            let mut keys: Vec<Key> = index.dependents.remove(uid).into_iter().flatten().collect();
            if index.gone.len() > GONE_LIMIT {
                index.gone.clear();
            }
            index.gone.insert(uid.to_owned());
            for owner in owners {
                if let Some(dependents) = index.dependents.get_mut(look::text(owner, "/uid")) {
                    dependents.remove(&change.key);
                }
                // An owner that waits for its dependents looks again.
                keys.extend(key_of(world, owner, &change.key.namespace));
            }
            return keys;
        }
        for owner in owners {
            index.dependents.entry(look::text(owner, "/uid").to_owned()).or_default().insert(change.key.clone());
        }
        let waits = look::is_deleting(&change.object) && waits_for(&change.object).is_some();
        let is_new = !owners.is_empty() && change.before.is_none();
        if waits || is_new { vec![change.key.clone()] } else { Vec::new() }
    }

    fn act<'a>(&'a self, stage: &'a Stage, key: &'a Key) -> BoxFuture<'a, Result<Next, PlayerError>> {
        async move {
            let Some(object) = stage.world.get(&key.kind, &key.namespace, &key.name) else { return Ok(None) };
            if look::is_deleting(&object) {
                return self.release(stage, key, &object).await.map(|()| None);
            }
            self.collect(stage, key, &object).await.map(|()| None)
        }
        .boxed()
    }
}

impl Garbage {
    fn index(&self) -> MutexGuard<'_, Index> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Deletes or frees the dependents of an object that is going, then lets it go.
    async fn release(&self, stage: &Stage, key: &Key, object: &Value) -> Result<(), PlayerError> {
        let Some(finalizer) = waits_for(object) else { return Ok(()) };
        let uid = look::uid(object);
        let keys: Vec<Key> = self.index().dependents.get(uid).into_iter().flatten().cloned().collect();
        let dependents: Vec<(Key, Arc<Value>)> = keys
            .into_iter()
            .filter_map(|key| Some((key.clone(), stage.world.get(&key.kind, &key.namespace, &key.name)?)))
            .filter(|(_, one)| owners(one).iter().any(|owner| owner["uid"] == uid))
            .collect();
        if finalizer == FOREGROUND && !dependents.is_empty() {
            for (key, one) in dependents.iter().filter(|(_, one)| !look::is_deleting(one)) {
                stage.api.delete(&key.kind, one, json!({"propagationPolicy": "Foreground"})).await?;
            }
            return Ok(());
        }
        for (key, one) in dependents {
            let kept: Vec<&Value> = owners(&one).iter().filter(|owner| owner["uid"] != uid).collect();
            stage.api.patch(&key.kind, &one, "", json!({"metadata": {"ownerReferences": kept}})).await?;
        }
        let finalizers = look::items(object, "/metadata/finalizers");
        let kept: Vec<&Value> = finalizers.iter().filter(|one| **one != finalizer).collect();
        stage.api.patch(&key.kind, object, "", json!({"metadata": {"finalizers": kept}})).await.map(|_| ())
    }

    /// Deletes an object none of whose owners is there any more.
    async fn collect(&self, stage: &Stage, key: &Key, object: &Value) -> Result<(), PlayerError> {
        if owners(object).is_empty() {
            return Ok(());
        }
        for owner in owners(object) {
            if self.is_there(stage, owner, &key.namespace).await? {
                return Ok(());
            }
        }
        stage.api.delete(&key.kind, object, json!({"propagationPolicy": "Background"})).await
    }

    async fn is_there(&self, stage: &Stage, owner: &Value, namespace: &str) -> Result<bool, PlayerError> {
        let uid = look::text(owner, "/uid");
        if self.index().gone.contains(uid) {
            return Ok(false);
        }
        let Some(key) = key_of(&stage.world, owner, namespace) else {
            // A kind nobody serves: nothing is known, nothing is deleted.
            return Ok(true);
        };
        if stage.world.get(&key.kind, &key.namespace, &key.name).is_some_and(|found| look::uid(&found) == uid) {
            return Ok(true);
        }
        // The copy may lag behind: only the server knows.
        let Some(info) = stage.world.info(&key.kind) else { return Ok(true) };
        match stage.api.send("GET", &info.path(&key.namespace, &key.name, ""), "application/json", None).await {
            Ok(found) => Ok(look::uid(&found) == uid),
            Err(error) if error.code() == 404 => Ok(false),
            Err(error) => Err(error),
        }
    }
}

fn owners(object: &Value) -> &[Value] {
    look::items(object, "/metadata/ownerReferences")
}

/// The finalizer by which an object waits for its dependents.
fn waits_for(object: &Value) -> Option<&'static str> {
    let finalizers = look::items(object, "/metadata/finalizers");
    [ORPHAN, FOREGROUND].into_iter().find(|wanted| finalizers.iter().any(|one| one == wanted))
}

/// An owner is in the namespace of what it owns, or in none.
fn key_of(world: &World, owner: &Value, namespace: &str) -> Option<Key> {
    let kind = world.kind_of(look::text(owner, "/apiVersion"), look::text(owner, "/kind"))?;
    let namespaced = world.info(&kind)?.namespaced;
    let namespace = if namespaced { namespace } else { "" };
    Some(Key::new(&kind, namespace, look::text(owner, "/name")))
}
