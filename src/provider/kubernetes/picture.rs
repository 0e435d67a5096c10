//! All that a cluster holds, for a copy of it: every object of every kind that can be listed, custom ones with their
//! definitions. Reads only.

use std::collections::BTreeMap;

use futures::StreamExt;
use futures::stream;
use serde_json::Value;

use super::Cluster;
use super::ClusterError;
use super::Kinds;
use super::Resource;
use crate::object::GroupVersionKind;
use crate::object::Object;

/// What a cluster held, kind by kind: other people went on working meanwhile.
#[derive(Clone, Debug, Default)]
pub struct Picture {
    /// As `v1.31.4`.
    pub version: String,
    pub objects: Vec<Object>,
    /// Kinds that could not be listed (`Kind.group`), with the reason.
    pub unseen: BTreeMap<String, String>,
}

/// What passes by itself, by group and kind: nobody decides anything by it.
const PASSING: [(&str, &str); 3] = [("", "Event"), ("events.k8s.io", "Event"), ("", "ComponentStatus")];

impl Cluster {
    /// Everything there is, by one LIST a kind. Objects of custom kinds are read in the version they are stored in, where
    /// that is served.
    ///
    /// # Errors
    /// The cluster cannot be reached, or does not tell what it serves. Kinds that it does not let us list are told in the
    /// picture.
    pub async fn picture(&self) -> Result<Picture, ClusterError> {
        let version = self.version().await?;
        let mut all = Vec::new();
        let unseen = self.each_kind(|objects| all.extend(objects)).await?;
        Ok(Picture { version, objects: all, unseen })
    }

    /// As [`Self::picture`], kind by kind, definitions first; for whoever does not keep them all. Gives the kinds that could
    /// not be listed.
    ///
    /// # Errors
    /// As there.
    pub async fn each_kind(&self, mut take: impl FnMut(Vec<Object>)) -> Result<BTreeMap<String, String>, ClusterError> {
        let kinds = self.kinds().await?;
        let crd = GroupVersionKind::new("apiextensions.k8s.io", "v1", "CustomResourceDefinition");
        let (definitions, _) = self.list(&self.resource(&crd).await?, "", "").await?;
        let stored = stored_versions(&definitions);
        take(definitions);
        let mut unseen = BTreeMap::new();
        let wanted = listed(&kinds, &stored).into_iter().filter(|resource| resource.gvk() != crd);
        let lists = wanted.map(|resource| async move {
            let listed = self.list(&resource, "", "").await;
            (resource, listed)
        });
        let mut lists = stream::iter(lists).buffered(self.at_once);
        while let Some((resource, listed)) = lists.next().await {
            match listed {
                Ok((objects, _)) => take(objects),
                // Its definition went meanwhile, it has no lists, or we may not: the rest is there all the same.
                Err(error) if error.refusal().is_some() => {
                    unseen.insert(resource.id("", "").group_kind(), error.to_string());
                }
                Err(error) => return Err(error),
            }
        }
        Ok(unseen)
    }
}

/// The version that each custom kind is stored in, by group and kind.
fn stored_versions(definitions: &[Object]) -> BTreeMap<(String, String), String> {
    let stored = definitions.iter().filter_map(|crd| {
        let versions = crd.get("/spec/versions").and_then(Value::as_array)?;
        let stored = versions.iter().find(|version| version["storage"] == true)?;
        let kind = (crd.text("/spec/group").to_owned(), crd.text("/spec/names/kind").to_owned());
        Some((kind, stored["name"].as_str()?.to_owned()))
    });
    stored.collect()
}

/// Each kind that can be listed, once.
fn listed(kinds: &Kinds, stored: &BTreeMap<(String, String), String>) -> Vec<Resource> {
    let mut found: BTreeMap<(String, String), Resource> = BTreeMap::new();
    for resource in kinds.iter() {
        let key = (resource.group.clone(), resource.kind.clone());
        let is_listed = resource.verbs.is_empty() || resource.verbs.iter().any(|verb| verb == "list");
        if !is_listed || PASSING.contains(&(resource.group.as_str(), resource.kind.as_str())) {
            continue;
        }
        let is_stored = stored.get(&key).is_some_and(|version| *version == resource.version);
        // The preferred version comes first.
        if is_stored || !found.contains_key(&key) {
            found.insert(key, resource.clone());
        }
    }
    found.into_values().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_kind_once_in_the_version_it_is_stored_in() {
        let mut kinds = Kinds::default();
        let mut serve = |group: &str, version: &str, kind: &str, verbs: &[&str]| {
            kinds.insert(Resource {
                group: group.into(),
                version: version.into(),
                kind: kind.into(),
                plural: "xs".into(),
                namespaced: true,
                verbs: verbs.iter().map(|verb| (*verb).to_owned()).collect(),
            });
        };
        serve("", "v1", "Event", &["list"]);
        serve("", "v1", "Binding", &["create"]);
        serve("", "v1", "Pod", &["list"]);
        serve("a.example", "v2", "A", &["list"]);
        serve("a.example", "v1", "A", &["list"]);
        serve("b.example", "v2", "B", &[]);
        serve("b.example", "v1", "B", &[]);
        let crd = json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": "xs.a.example"}, "spec": {"group": "a.example", "names": {"kind": "A"},
            "versions": [{"name": "v2", "storage": false}, {"name": "v1", "storage": true}]}});
        let stored = stored_versions(&[Object::from_value(crd).expect("an object")]);
        let found: Vec<String> = listed(&kinds, &stored).iter().map(|one| one.gvk().to_string()).collect();
        let expected = [("", "v1", "Pod"), ("a.example", "v1", "A"), ("b.example", "v2", "B")];
        assert_eq!(
            found,
            expected.map(|(group, version, kind)| GroupVersionKind::new(group, version, kind).to_string())
        );
    }
}
