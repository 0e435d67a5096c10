//! Discovery documents: which groups, versions and resources are served, in the old form and the aggregated one.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;
use serde_json::json;

use crate::sandbox::kinds::Registry;
use crate::sandbox::kinds::Resource;

/// `/version`, of a server that says it is `v1.31.4`.
pub fn version(version: &str) -> Value {
    let mut numbers = version.trim_start_matches('v').split('.');
    let (major, minor) = (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default());
    json!({
        "major": major, "minor": minor, "gitVersion": format!("{version}+stackwright-sandbox"), "gitCommit": "", "gitTreeState": "clean",
        "buildDate": "2024-12-10T23:31:21Z", "goVersion": "go1.22.9", "compiler": "none", "platform": "linux/amd64",
    })
}

/// The groups with their versions, preferred first.
fn groups(registry: &Registry) -> BTreeMap<String, Vec<String>> {
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for resource in registry.all() {
        let versions = groups.entry(resource.group.clone()).or_default();
        if !versions.contains(&resource.version) {
            versions.push(resource.version.clone());
        }
    }
    for versions in groups.values_mut() {
        versions.sort_by_key(|version| std::cmp::Reverse(priority(version)));
    }
    groups
}

/// The order of Kubernetes versions: v2 before v1 before v2beta1 before v1alpha1 before anything else.
fn priority(version: &str) -> (u8, u64, u64, std::cmp::Reverse<String>) {
    let parse = || -> Option<(u8, u64, u64)> {
        let rest = version.strip_prefix('v')?;
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let major = rest[..digits].parse().ok()?;
        let rest = &rest[digits..];
        if rest.is_empty() {
            return Some((3, major, 0));
        }
        let (rank, minor) = match (rest.strip_prefix("beta"), rest.strip_prefix("alpha")) {
            (Some(minor), _) => (2, minor),
            (_, Some(minor)) => (1, minor),
            _ => return None,
        };
        Some((rank, major, if minor.is_empty() { 0 } else { minor.parse().ok()? }))
    };
    let (rank, major, minor) = parse().unwrap_or((0, 0, 0));
    (rank, major, minor, std::cmp::Reverse(version.to_owned()))
}

/// `/api`.
pub fn core_versions() -> Value {
    json!({"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []})
}

/// `/apis`.
pub fn group_list(registry: &Registry) -> Value {
    let groups = groups(registry);
    let named: Vec<Value> = groups.iter().filter(|(name, _)| !name.is_empty()).map(|(n, v)| group(n, v)).collect();
    json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": named})
}

/// `/apis/GROUP`.
pub fn one_group(registry: &Registry, name: &str) -> Option<Value> {
    let groups = groups(registry);
    let mut value = group(name, groups.get(name).filter(|_| !name.is_empty())?);
    value["kind"] = "APIGroup".into();
    value["apiVersion"] = "v1".into();
    Some(value)
}

fn group(name: &str, versions: &[String]) -> Value {
    let entry = |version: &String| json!({"groupVersion": format!("{name}/{version}"), "version": version});
    let all: Vec<Value> = versions.iter().map(entry).collect();
    json!({"name": name, "versions": all, "preferredVersion": all.first()})
}

/// `/api/v1`, `/apis/GROUP/VERSION`.
pub fn resource_list(registry: &Registry, group: &str, version: &str) -> Option<Value> {
    let of = |resource: &&Arc<Resource>| resource.group == group && resource.version == version;
    let mut resources = Vec::new();
    for resource in registry.all().filter(of) {
        let mut entry = json!({
            "name": resource.plural, "singularName": resource.singular, "namespaced": resource.namespaced,
            "kind": resource.kind, "verbs": resource.verbs,
        });
        if !resource.short_names.is_empty() {
            entry["shortNames"] = json!(resource.short_names);
        }
        if !resource.categories.is_empty() {
            entry["categories"] = json!(resource.categories);
        }
        entry["storageVersionHash"] = "".into();
        resources.push(entry);
        for sub in &resource.subresources {
            let mut entry = json!({
                "name": format!("{}/{}", resource.plural, sub.name), "singularName": "",
                "namespaced": resource.namespaced, "kind": sub.gvk.kind, "verbs": sub.verbs,
            });
            if sub.gvk.group != resource.group || sub.gvk.version != resource.version {
                entry["group"] = sub.gvk.group.clone().into();
                entry["version"] = sub.gvk.version.clone().into();
            }
            resources.push(entry);
        }
    }
    if resources.is_empty() {
        return None;
    }
    let group_version = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
    Some(json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": resources}))
}

/// `/api` or `/apis` as aggregated discovery, in its version `v2` or `v2beta1`.
pub fn aggregated(registry: &Registry, core: bool, version: &str) -> Value {
    let items: Vec<Value> = groups(registry)
        .iter()
        .filter(|(name, _)| name.is_empty() == core)
        .map(|(name, versions)| {
            let versions: Vec<Value> = versions
                .iter()
                .map(|v| json!({"version": v, "resources": aggregated_resources(registry, name, v), "freshness": "Current"}))
                .collect();
            json!({"metadata": {"name": name, "creationTimestamp": null}, "versions": versions})
        })
        .collect();
    json!({
        "kind": "APIGroupDiscoveryList", "apiVersion": format!("apidiscovery.k8s.io/{version}"),
        "metadata": {}, "items": items,
    })
}

fn aggregated_resources(registry: &Registry, group: &str, version: &str) -> Vec<Value> {
    let of = |resource: &&Arc<Resource>| resource.group == group && resource.version == version;
    let kind = |g: &str, v: &str, k: &str| json!({"group": g, "version": v, "kind": k});
    registry
        .all()
        .filter(of)
        .map(|resource| {
            let subresources: Vec<Value> = resource
                .subresources
                .iter()
                .map(|sub| {
                    json!({
                        "subresource": sub.name, "verbs": sub.verbs,
                        "responseKind": kind(&sub.gvk.group, &sub.gvk.version, &sub.gvk.kind),
                    })
                })
                .collect();
            let mut entry = json!({
                "resource": resource.plural, "responseKind": kind(group, version, &resource.kind),
                "scope": if resource.namespaced { "Namespaced" } else { "Cluster" },
                "singularResource": resource.singular, "verbs": resource.verbs,
            });
            for (name, list) in [("shortNames", &resource.short_names), ("categories", &resource.categories)] {
                if !list.is_empty() {
                    entry[name] = json!(list);
                }
            }
            if !subresources.is_empty() {
                entry["subresources"] = subresources.into();
            }
            entry
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_in_the_order_of_kubernetes() {
        let mut versions = ["v1alpha1", "v1", "v1beta1", "v2", "v1beta2", "other", "v10"];
        versions.sort_by_key(|version| std::cmp::Reverse(priority(version)));
        assert_eq!(versions, ["v10", "v2", "v1", "v1beta2", "v1beta1", "v1alpha1", "other"]);
    }
}
