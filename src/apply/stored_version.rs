//! Brings the objects of a kind to another stored version.
//!
//! A definition cannot drop a version that objects may still be stored in. So the new version is made the stored one while
//! the old one is still known, every object is written once as it is, and only then the list of stored versions is cut
//! down: that list says what may lie in the store, and cutting it down first makes every LIST of the kind fail.

use std::time::Duration;

use futures::StreamExt;
use futures::stream;
use serde_json::Value;
use serde_json::json;

use super::step::StepTrouble;
use super::step::Surroundings;
use crate::catalog::HopStep;
use crate::object::Object;
use crate::provider::kubernetes::ClusterError;
use crate::provider::kubernetes::Patience;
use crate::provider::kubernetes::Resource;

/// Objects written at once.
const AT_ONCE: usize = 8;
/// How often a write that somebody overtook is tried.
const ATTEMPTS: usize = 8;
/// A server goes by a changed definition a moment later; until then it writes what it wrote before.
const ROUNDS: [Duration; 3] = [Duration::from_millis(300), Duration::from_millis(900), Duration::from_secs(2)];

/// Makes `version` the only stored version of the definition that the step names. Gives what was done.
pub(super) async fn bring(around: &Surroundings, step: &HopStep, version: &str) -> Result<String, StepTrouble> {
    let resource = around.definitions().await?;
    let name = &step.name;
    for _ in 0..ATTEMPTS {
        around.check_interrupt()?;
        let Some(definition) = around.cluster.get(&resource, "", name).await? else {
            return Ok("not there".to_owned());
        };
        let versions = definition.get("/spec/versions").and_then(Value::as_array).cloned().unwrap_or_default();
        let is = |known: &Value, key: &str| known.get(key) == Some(&Value::Bool(true));
        let named = versions.iter().find(|known| known.get("name").and_then(Value::as_str) == Some(version));
        let Some(named) = named.filter(|known| is(known, "served")) else {
            return Err(StepTrouble::Failed(format!("{name} does not serve {version}")));
        };
        let stored = stored_versions(&definition);
        if is(named, "storage") && stored == [version] {
            return Ok(format!("only {version} is stored"));
        }
        if !is(named, "storage") {
            let next: Vec<Value> = versions.iter().map(|known| storing(known, version)).collect();
            let patch = json!({
                "metadata": {"resourceVersion": definition.resource_version()}, "spec": {"versions": next},
            });
            match around.cluster.merge(&resource, "", name, "", patch, around.patience()).await {
                Err(error) if error.is_conflict() => continue,
                done => drop(done?),
            }
        }
        let rewritten = rewrite(around, &definition, version).await?;
        let patch = |definition: &Object| {
            json!({
                "metadata": {"resourceVersion": definition.resource_version()},
                "status": {"storedVersions": [version]},
            })
        };
        let Some(now) = around.cluster.get(&resource, "", name).await? else { return Ok("not there".to_owned()) };
        match around.cluster.merge(&resource, "", name, "status", patch(&now), around.patience()).await {
            Err(error) if error.is_conflict() => continue,
            done => drop(done?),
        }
        return Ok(format!("{rewritten} objects are stored in {version}, before in {}", stored.join(", ")));
    }
    Err(StepTrouble::Failed(format!("{name} changes too fast")))
}

fn stored_versions(definition: &Object) -> Vec<String> {
    let stored = definition.get("/status/storedVersions").and_then(Value::as_array);
    stored.into_iter().flatten().filter_map(|version| version.as_str().map(str::to_owned)).collect()
}

/// A version of a definition where `version` is the one that is stored.
fn storing(known: &Value, version: &str) -> Value {
    let mut next = known.clone();
    next["storage"] = (known.get("name").and_then(Value::as_str) == Some(version)).into();
    next
}

/// Writes every object of a kind as it is. Gives how many there are.
async fn rewrite(around: &Surroundings, definition: &Object, version: &str) -> Result<usize, StepTrouble> {
    let gvk = crate::object::GroupVersionKind::new(
        definition.text("/spec/group"),
        version,
        definition.text("/spec/names/kind"),
    );
    let resource = around.cluster.resource(&gvk).await?;
    let (objects, _) = around.cluster.list(&resource, "", "").await?;
    let count = objects.len();
    let mut open = objects;
    for pause in ROUNDS.into_iter().map(Some).chain([None]) {
        let writes = stream::iter(open.into_iter().map(|object| write(around, &resource, object)));
        let written: Vec<Result<Option<Object>, StepTrouble>> = writes.buffer_unordered(AT_ONCE).collect().await;
        open = written.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
        // What a write leaves as it was is stored in the new version already, or was written by the old definition.
        let Some(pause) = pause.filter(|_| !open.is_empty()) else { break };
        around.pause(pause).await?;
    }
    Ok(count)
}

/// Writes one object as it is; gives it back where the server did not take that for a change.
async fn write(around: &Surroundings, resource: &Resource, object: Object) -> Result<Option<Object>, StepTrouble> {
    let mut live = object;
    for _ in 0..ATTEMPTS {
        around.check_interrupt()?;
        match around.cluster.replace(&live, Patience::write(around.wait_timeout)).await {
            Ok(stored) if stored.resource_version() == live.resource_version() => return Ok(Some(stored)),
            Ok(_) => return Ok(None),
            Err(error) if error.is_not_found() => return Ok(None),
            Err(error) if error.is_conflict() => {
                match around.cluster.get(resource, live.namespace(), live.name()).await? {
                    Some(now) => live = now,
                    None => return Ok(None),
                }
            }
            Err(error) => return Err(error.into()),
        }
    }
    let what = format!("write {}: it changes too fast", live.id());
    Err(ClusterError::TimedOut { what, after: around.wait_timeout }.into())
}
