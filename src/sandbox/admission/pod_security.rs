//! Pod Security where the level of a namespace rises: as on a real server its pods stay, and warnings name those that would not
//! come again. New pods are not judged here.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use serde_json::Value;

use crate::object::pod_security::ENFORCE;
use crate::object::pod_security::ENFORCE_VERSION;
use crate::object::pod_security::Level;
use crate::object::pod_security::violations;
use crate::sandbox::kinds::Resource;
use crate::sandbox::server::Server;

/// What the server says of an update of a namespace.
pub fn warnings(server: &Server, resource: &Resource, old: Option<&Value>, new: &Value) -> Vec<String> {
    let Some(old) = old.filter(|_| resource.group.is_empty() && resource.kind == "Namespace") else {
        return Vec::new();
    };
    let (before, after) = (Policy::of(old), Policy::of(new));
    let is_looser = before.version == after.version && after.level <= before.level;
    if after == before || after.level == Level::Privileged || is_looser {
        return Vec::new();
    }
    let namespace = new["metadata"]["name"].as_str().unwrap_or_default();
    let pods = server.store().list("", "pods", namespace, None).0;
    let found = told(pods.iter().map(|pod| &*pod.value), after.level);
    if found.is_empty() {
        return found;
    }
    let level = format!("{}:{}", after.level.as_str(), after.version);
    let first =
        format!("existing pods in namespace \"{namespace}\" violate the new PodSecurity enforce level \"{level}\"");
    std::iter::once(first).chain(found).collect()
}

#[derive(Debug, PartialEq, Eq)]
struct Policy<'a> {
    level: Level,
    version: &'a str,
}

impl<'a> Policy<'a> {
    fn of(namespace: &'a Value) -> Self {
        let label = |name: &str| namespace["metadata"]["labels"][name].as_str();
        Self {
            level: label(ENFORCE).and_then(Level::from_name).unwrap_or_default(),
            version: label(ENFORCE_VERSION).unwrap_or("latest"),
        }
    }
}

/// One line for all pods of which the same is to be said, by the name of the first.
fn told<'a>(pods: impl Iterator<Item = &'a Value>, level: Level) -> Vec<String> {
    // One pod of each controller is looked at before the others of it.
    let mut controllers = BTreeSet::new();
    let (first, others): (Vec<&Value>, Vec<&Value>) = pods.partition(|pod| {
        let owners = pod["metadata"]["ownerReferences"].as_array().into_iter().flatten();
        let controller = owners.filter(|owner| owner["controller"] == true).find_map(|owner| owner["uid"].as_str());
        controller.is_none_or(|uid| controllers.insert(uid))
    });
    let mut by_reason: BTreeMap<String, (&str, usize)> = BTreeMap::new();
    for pod in first.into_iter().chain(others) {
        let reasons = violations(pod, level);
        if !reasons.is_empty() {
            let name = pod["metadata"]["name"].as_str().unwrap_or_default();
            by_reason.entry(reasons.join(", ")).or_insert((name, 0)).1 += 1;
        }
    }
    let mut lines: Vec<String> = by_reason
        .into_iter()
        .map(|(reasons, (name, pods))| match pods {
            1 => format!("{name}: {reasons}"),
            2 => format!("{name} (and 1 other pod): {reasons}"),
            more => format!("{name} (and {} other pods): {reasons}", more - 1),
        })
        .collect();
    lines.sort();
    lines
}
