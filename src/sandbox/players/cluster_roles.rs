//! ClusterRoles that gather the rules of others by label.

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

pub(super) struct ClusterRoles;

const KIND: &str = "clusterroles.rbac.authorization.k8s.io";

impl Player for ClusterRoles {
    fn watches(&self) -> &'static [&'static str] {
        &[KIND]
    }

    fn keys(&self, world: &World, change: &Change) -> Vec<Key> {
        // A role may gather from one that gathers itself, so any change may concern any gathering role.
        let gathers = |role: &&std::sync::Arc<Value>| {
            let own = look::name(role) == change.key.name;
            own || selectors(role).iter().any(|one| {
                let matches = |role: &Value| look::selects(Some(one), look::mapping(role, "/metadata/labels"));
                matches(&change.object) || change.before.as_deref().is_some_and(matches)
            })
        };
        let roles = world.list(KIND, "");
        let gathering = roles.iter().filter(|role| !selectors(role).is_empty()).filter(gathers);
        gathering.map(|role| Key::new(KIND, "", look::name(role))).collect()
    }

    fn act<'a>(&'a self, stage: &'a Stage, key: &'a Key) -> BoxFuture<'a, Result<Next, PlayerError>> {
        async move {
            let Some(role) = stage.world.get(KIND, "", &key.name) else { return Ok(None) };
            if look::is_deleting(&role) || selectors(&role).is_empty() {
                return Ok(None);
            }
            let rules = gathered(&stage.world, &role);
            if look::items(&role, "/rules") != rules {
                stage.api.patch(KIND, &role, "", json!({"rules": rules})).await?;
            }
            Ok(None)
        }
        .boxed()
    }
}

fn selectors(role: &Value) -> &[Value] {
    look::items(role, "/aggregationRule/clusterRoleSelectors")
}

/// The rules of all roles that match, each once, in the order of selectors and names.
fn gathered(world: &World, role: &Value) -> Vec<Value> {
    let mut rules: Vec<Value> = Vec::new();
    for selector in selectors(role) {
        for other in world.list(KIND, "") {
            let matches = look::selects(Some(selector), look::mapping(&other, "/metadata/labels"));
            if !matches || look::name(&other) == look::name(role) {
                continue;
            }
            for rule in look::items(&other, "/rules") {
                if !rules.contains(rule) {
                    rules.push(rule.clone());
                }
            }
        }
    }
    rules
}
