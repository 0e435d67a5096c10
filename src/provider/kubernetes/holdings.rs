//! What objects that may go hold: custom resources of a definition, claims and resources in a namespace.

use std::collections::BTreeMap;

use futures::StreamExt;
use futures::TryStreamExt;
use futures::stream;

use super::Cluster;
use super::ClusterError;
use super::Resource;
use crate::object::GroupVersionKind;
use crate::object::INSTALLATION_LABEL;
use crate::object::Object;
use crate::object::ObjectId;

/// Requests in flight at once.
const AT_ONCE: usize = 12;

impl Cluster {
    /// The objects whole, by id; those that are gone are left out.
    pub async fn read(&self, ids: Vec<ObjectId>) -> Result<BTreeMap<ObjectId, Object>, ClusterError> {
        let kinds = self.kinds().await?;
        let reads = ids.into_iter().filter_map(|id| {
            let gvk = GroupVersionKind::new(id.group.clone(), String::new(), id.kind.clone());
            Some((id, kinds.nearest(&gvk)?.clone()))
        });
        let found = stream::iter(reads).map(|(id, resource)| async move {
            Ok::<_, ClusterError>(self.get(&resource, &id.namespace, &id.name).await?.map(|object| (id, object)))
        });
        found.buffer_unordered(AT_ONCE).try_filter_map(|found| async move { Ok(found) }).try_collect().await
    }

    /// What each of these definitions, namespaces and profiles holds that is not ours, as people say it: `3 Notebooks`,
    /// `20Gi of data in claim alice/home`. Every one of them has an entry, an empty one where it holds nothing.
    ///
    /// One LIST a definition (metadata only) and one of all claims.
    pub async fn holdings(&self, ids: Vec<ObjectId>) -> Result<BTreeMap<ObjectId, Vec<String>>, ClusterError> {
        let mut holdings: BTreeMap<ObjectId, Vec<String>> = ids.iter().map(|id| (id.clone(), Vec::new())).collect();
        if ids.is_empty() {
            return Ok(holdings);
        }
        let kinds = self.kinds().await?;
        let definitions: Vec<(ObjectId, Resource)> = ids
            .iter()
            .filter(|id| id.kind == "CustomResourceDefinition")
            .filter_map(|id| {
                let (plural, group) = id.name.split_once('.')?;
                let served = kinds.iter().find(|resource| resource.group == group && resource.plural == plural)?;
                Some((id.clone(), served.clone()))
            })
            .collect();
        let lists = stream::iter(definitions)
            .map(|(id, resource)| async move {
                let (objects, _) = self.list_metadata(&resource, "", &format!("!{INSTALLATION_LABEL}")).await?;
                Ok::<_, ClusterError>((id, resource.kind, objects))
            })
            .buffer_unordered(AT_ONCE);
        let mut in_namespace: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
        for (id, kind, objects) in lists.try_collect::<Vec<_>>().await? {
            for object in &objects {
                *in_namespace.entry(object.namespace().to_owned()).or_default().entry(kind.clone()).or_default() += 1;
            }
            if !objects.is_empty() {
                holdings.entry(id).or_default().push(count(objects.len(), &kind));
            }
        }
        if ids.iter().any(|id| id.kind == "Namespace" || id.kind == "Profile") {
            let claims = kinds.nearest(&GroupVersionKind::new("", "v1", "PersistentVolumeClaim"));
            let claims = match claims {
                Some(resource) => self.list(resource, "", &format!("!{INSTALLATION_LABEL}")).await?.0,
                None => Vec::new(),
            };
            for id in ids.iter().filter(|id| id.kind == "Namespace" || id.kind == "Profile") {
                let entry = holdings.entry(id.clone()).or_default();
                for claim in claims.iter().filter(|claim| claim.namespace() == id.name) {
                    let size = match claim.text("/status/capacity/storage") {
                        "" => claim.text("/spec/resources/requests/storage"),
                        size => size,
                    };
                    entry.push(format!("{size} of data in claim {}/{}", claim.namespace(), claim.name()));
                }
                let resources = in_namespace.get(&id.name).into_iter().flatten();
                entry.extend(resources.map(|(kind, number)| count(*number, kind)));
            }
        }
        Ok(holdings)
    }
}

fn count(number: usize, kind: &str) -> String {
    if number == 1 { format!("1 {kind}") } else { format!("{number} {kind}s") }
}
