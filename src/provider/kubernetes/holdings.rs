//! What would go with objects that go: custom resources of a CRD, everything of value in a namespace.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use futures::StreamExt;
use futures::stream;

use super::Cluster;
use super::ClusterError;
use super::Kinds;
use super::Resource;
use crate::object::Object;
use crate::object::ObjectId;
use crate::object::Selector;
use crate::plan::is_tool;

/// Built-in kinds whose objects are of value when nobody else made them. Pods and ReplicaSets belong to these.
const VALUABLE: &[(&str, &str)] = &[
    ("", "ConfigMap"),
    ("", "PersistentVolumeClaim"),
    ("", "Secret"),
    ("apps", "DaemonSet"),
    ("apps", "Deployment"),
    ("apps", "StatefulSet"),
    ("batch", "CronJob"),
    ("batch", "Job"),
];

impl Cluster {
    /// What the given CRDs, namespaces and profiles (whose namespace has their name) hold that does not carry our
    /// label and that no controller made, as `3 Notebooks` or `20Gi of data in claim alice/home`. One LIST a kind.
    /// An id that could not be looked into has no entry.
    pub async fn holdings(
        &self,
        ids: &[ObjectId],
        selector: &str,
    ) -> Result<BTreeMap<ObjectId, Vec<String>>, ClusterError> {
        let kinds = self.kinds().await?;
        let (definitions, spaces): (Vec<&ObjectId>, Vec<&ObjectId>) =
            ids.iter().partition(|id| id.kind == "CustomResourceDefinition");
        let defined: BTreeMap<&ObjectId, Resource> =
            definitions.iter().filter_map(|id| Some((*id, defined(&kinds, &id.name)?))).collect();
        let mut wanted: BTreeMap<String, Resource> =
            defined.values().map(|resource| (resource.group_plural(), resource.clone())).collect();
        if !spaces.is_empty() {
            wanted.extend(valuable(&kinds).into_iter().map(|resource| (resource.group_plural(), resource)));
        }
        let lists = stream::iter(wanted.into_values().map(|resource| async move {
            let listed = match resource.kind.as_str() {
                "PersistentVolumeClaim" => self.list(&resource, "", "").await,
                _ => self.list_metadata(&resource, "", "").await,
            };
            (resource, listed)
        }));
        let mut found: BTreeMap<String, Vec<Object>> = BTreeMap::new();
        let mut blind: BTreeSet<String> = BTreeSet::new();
        for (resource, listed) in lists.buffer_unordered(self.at_once).collect::<Vec<_>>().await {
            match listed {
                Ok((objects, _)) => {
                    let foreign = objects.into_iter().filter(|object| is_of_value(object, selector));
                    found.insert(resource.group_plural(), foreign.collect());
                }
                Err(error) if error.refusal().is_some() => {
                    blind.insert(resource.group_plural());
                }
                Err(error) => return Err(error),
            }
        }
        let mut holdings = BTreeMap::new();
        for id in definitions {
            match defined.get(id) {
                Some(resource) => {
                    if let Some(objects) = found.get(&resource.group_plural()) {
                        holdings.insert(id.clone(), texts(objects.iter()));
                    }
                }
                // Not served: nothing can be in it.
                None => {
                    holdings.insert(id.clone(), Vec::new());
                }
            }
        }
        if blind.is_empty() {
            for id in spaces {
                let inside = found.values().flatten().filter(|object| object.namespace() == id.name);
                holdings.insert(id.clone(), texts(inside));
            }
        }
        Ok(holdings)
    }

    /// Objects whole that were observed as metadata only: singly, or many of a kind by one LIST.
    pub async fn read(&self, ids: &[ObjectId], selector: &str) -> Result<BTreeMap<ObjectId, Object>, ClusterError> {
        let kinds = self.kinds().await?;
        let mut by_kind: BTreeMap<(&str, &str), Vec<&ObjectId>> = BTreeMap::new();
        for id in ids {
            by_kind.entry((&id.group, &id.kind)).or_default().push(id);
        }
        let mut found = BTreeMap::new();
        for ((group, kind), mut ids) in by_kind {
            let Some(resource) = kinds.preferred(group, kind) else { continue };
            if ids.len() > self.at_once {
                let (objects, _) = self.list(resource, "", selector).await?;
                found.extend(objects.into_iter().map(|object| (object.id(), object)));
                ids.retain(|id| !found.contains_key(*id));
            }
            found.extend(self.ask_singly(resource, &ids).await?);
        }
        found.retain(|id, _| ids.contains(id));
        Ok(found)
    }
}

/// The kind that a CRD of this name (`<plural>.<group>`) defines.
fn defined(kinds: &Kinds, name: &str) -> Option<Resource> {
    kinds.iter().find(|resource| !resource.group.is_empty() && resource.group_plural() == name).cloned()
}

/// The kinds to look through for what a namespace holds: those of the table, and all custom ones.
fn valuable(kinds: &Kinds) -> Vec<Resource> {
    let listable = kinds.iter().filter(|r| r.namespaced && r.verbs.iter().any(|verb| verb == "list"));
    let mut seen = BTreeSet::new();
    let chosen = listable.filter(|resource| {
        let built_in = !resource.group.contains('.') || resource.group.ends_with(".k8s.io");
        let listed = VALUABLE.contains(&(resource.group.as_str(), resource.kind.as_str()));
        // The preferred version comes first.
        (listed || !built_in) && seen.insert(resource.group_plural())
    });
    chosen.cloned().collect()
}

/// Kinds that controllers make by the dozen without saying so: of value is what a person has made.
const MADE_BY_THE_DOZEN: &[&str] = &["ConfigMap", "Secret"];

/// What people's own programs call themselves, beside the tools they use: an API server names a field manager after the
/// client.
const CLIENTS: &[&str] = &["Mozilla", "OpenAPI-Generator", "curl", "okhttp", "python-requests"];

/// Whether a person has made the object, by hand or by a program.
fn is_made_by_a_person(object: &Object) -> bool {
    let managers = object.get("/metadata/managedFields").and_then(|managers| managers.as_array());
    let mut names = managers.into_iter().flatten().filter_map(|manager| manager.get("manager")?.as_str());
    names.any(|name| is_tool(name) || CLIENTS.contains(&name))
}

fn is_of_value(object: &Object, selector: &str) -> bool {
    if MADE_BY_THE_DOZEN.contains(&object.kind()) && !is_made_by_a_person(object) {
        return false;
    }
    let ours = !selector.is_empty() && Selector::of_text(selector).selects_object(object);
    let made = object.get("/metadata/ownerReferences").and_then(|r| r.as_array()).is_some_and(|r| !r.is_empty());
    !ours && !made && !object.is_deleting()
}

/// `20Gi of data in claim alice/home` for each claim, `3 Notebooks` for the rest.
fn texts<'a>(objects: impl Iterator<Item = &'a Object>) -> Vec<String> {
    let mut texts = Vec::new();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for object in objects {
        if object.kind() != "PersistentVolumeClaim" {
            *counts.entry(object.kind()).or_default() += 1;
            continue;
        }
        let size = [object.text("/status/capacity/storage"), object.text("/spec/resources/requests/storage")];
        let size = size.into_iter().find(|size| !size.is_empty()).unwrap_or("some");
        texts.push(format!("{size} of data in claim {}/{}", object.namespace(), object.name()));
    }
    texts.extend(counts.into_iter().map(|(kind, count)| match count {
        1 => format!("1 {kind}"),
        count => format!("{count} {kind}s"),
    }));
    texts
}
