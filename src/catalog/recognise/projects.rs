//! Profiles: a user's own namespace or a project, with its quota and who else may work there.

use std::collections::BTreeMap;

use serde_json::Map;
use serde_json::Value;

use super::Found;
use super::Live;

/// What the access management calls the roles it gives.
const ROLES: [&str; 3] = ["view", "edit", "admin"];

/// The answers of all profiles.
///
/// # Arguments
///
/// * `people`: what was found of people; who has a namespace of their own is among it.
pub fn projects(people: &Found, live: &Live) -> Found {
    let mut found = Found::default();
    let own: BTreeMap<&str, &str> = people.answers.iter().filter_map(|(key, _)| own_namespace(people, key)).collect();
    for profile in live.of("Profile") {
        let name = profile.name();
        let owner = profile.text("/spec/owner/name").to_lowercase();
        let contributors = contributors(live, name, &owner);
        let quota = profile.get("/spec/resourceQuotaSpec/hard").and_then(Value::as_object).cloned().unwrap_or_default();
        let spec = profile.get("/spec").and_then(Value::as_object);
        let others =
            spec.into_iter().flat_map(Map::keys).filter(|key| !["owner", "resourceQuotaSpec"].contains(&key.as_str()));
        for other in others {
            found.remarks.push(format!("Profile {name}: spec.{other} is not taken over, and stays as it is."));
        }
        let is_own = own.get(name).is_some_and(|email| *email == owner);
        let prefix = match is_own && contributors.is_empty() {
            true => format!("users.{name}."),
            false => {
                if is_own {
                    found.answer(format!("users.{name}.namespace"), false);
                }
                found.answer(format!("profiles.{name}.owner"), owner);
                format!("profiles.{name}.")
            }
        };
        if !quota.is_empty() {
            found.answer(format!("{prefix}quota"), Value::Object(quota));
        }
        if !contributors.is_empty() {
            found.answer(format!("{prefix}contributors"), Value::Object(contributors));
        }
    }
    found
}

/// Name and e-mail of a user who has a namespace of their own, of the answer that says so.
fn own_namespace<'a>(people: &'a Found, key: &'a str) -> Option<(&'a str, &'a str)> {
    let name = key.strip_prefix("users.")?.strip_suffix(".namespace")?;
    let value = |wanted: &str| people.answers.iter().find(|(key, _)| key == wanted).map(|(_, given)| &given.value);
    if value(key) != Some(&Value::Bool(true)) {
        return None;
    }
    let email = value(&format!("users.{name}.email"))?.as_str()?;
    Some((name, email))
}

/// Who beside the owner may work in a namespace, as its access management notes it.
fn contributors(live: &Live, namespace: &str, owner: &str) -> Map<String, Value> {
    let bindings = live.of("RoleBinding").filter(|binding| binding.namespace() == namespace);
    let people =
        bindings.filter_map(|binding| Some((binding.annotation("user")?.to_lowercase(), binding.annotation("role")?)));
    let others = people.filter(|(email, role)| email != owner && ROLES.contains(role));
    others.map(|(email, role)| (email, Value::from(role))).collect()
}
