//! Finds the objects that a step of a hop is about, and writes into them.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Cluster;
use super::ClusterError;
use super::Patience;
use super::Resource;
use super::call::Call;
use super::write::MERGE;
use crate::catalog::Subject;
use crate::object::GroupVersionKind;
use crate::object::Object;

/// Under which steps of a hop write: what they set is not what the configuration wants, and an apply may take it over.
const HOP_MANAGER: &str = "stackwright-upgrade";

impl Cluster {
    /// The kind that a step is about, as it is served; `None` where it is not.
    pub async fn served_kind(&self, group: &str, kind: &str) -> Result<Option<Resource>, ClusterError> {
        Ok(self.kinds().await?.preferred(group, kind).cloned())
    }

    /// The objects that are meant, in the order of their names. None where their kind is not served.
    ///
    /// # Errors
    /// The cluster cannot be reached, or forbids it.
    pub async fn find(&self, subject: &Subject) -> Result<Vec<Object>, ClusterError> {
        let mut found = Vec::new();
        for (group, kind) in &subject.kinds {
            if let Some(resource) = self.served_kind(group, kind).await? {
                found.extend(self.find_of(&resource, subject).await?);
            }
        }
        if !subject.namespace_labels.is_empty() && !found.is_empty() {
            let namespaces = self.resource(&GroupVersionKind::new("", "v1", "Namespace")).await?;
            let (meant, _) = self.list_metadata(&namespaces, "", &subject.namespace_selector()).await?;
            let meant: BTreeSet<&str> = meant.iter().map(Object::name).collect();
            found.retain(|object| meant.contains(object.namespace()));
        }
        found.sort_by_key(Object::id);
        Ok(found)
    }

    async fn find_of(&self, resource: &Resource, subject: &Subject) -> Result<Vec<Object>, ClusterError> {
        let is_placed = !resource.namespaced || !subject.namespace.is_empty();
        let mut found = Vec::new();
        if is_placed && !subject.names.is_empty() {
            for name in &subject.names {
                found.extend(self.get(resource, &subject.namespace, name).await?);
            }
        } else {
            match self.list(resource, &subject.namespace, &subject.selector()).await {
                Ok((objects, _)) => found.extend(objects),
                // It went while it was asked for.
                Err(error) if error.is_not_found() => {}
                Err(error) => return Err(error),
            }
        }
        found.retain(|object| {
            let labelled = subject.labels.iter().all(|(key, value)| object.label(key) == Some(value));
            let named = subject.names.is_empty() || subject.names.iter().any(|name| name == object.name());
            labelled && named && subject.means(object)
        });
        Ok(found)
    }

    /// Merges values into an object, or into one of its parts. `None` where it is gone.
    ///
    /// # Errors
    /// 409 where `patch` names a resourceVersion that is not the newest, and all others.
    pub async fn merge(
        &self,
        resource: &Resource,
        namespace: &str,
        name: &str,
        part: &str,
        patch: Value,
        patience: Patience,
    ) -> Result<Option<Object>, ClusterError> {
        let mut call = Call::patch(resource, namespace, name, MERGE, patch).with("fieldManager", HOP_MANAGER);
        if !part.is_empty() {
            call.path.push_str(&format!("/{part}"));
        }
        match self.transport.send(&call, patience, Some(&resource.id(namespace, name))).await {
            Ok(value) => self.answered(resource, name, value).map(Some),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }
}
