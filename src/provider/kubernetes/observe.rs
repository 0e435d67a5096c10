//! What is there: one LIST a kind, however many objects are wanted.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use futures::StreamExt;
use futures::TryStreamExt;
use futures::stream;

use super::Cluster;
use super::ClusterError;
use super::Kinds;
use super::Resource;
use crate::object::GroupVersionKind;
use crate::object::Object;
use crate::object::ObjectId;
use crate::object::Selector;
use crate::plan::DesiredObject;
use crate::plan::Observation;
use crate::plan::Record;

/// What to look for.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// Identities of the desired objects with the version each is written in.
    pub wanted: BTreeMap<ObjectId, GroupVersionKind>,
    /// The inventory; its objects are looked for too.
    pub records: BTreeMap<ObjectId, Record>,
    /// Revision of the inventory, handed on.
    pub revision: u64,
    /// Selects the objects that carry our label: `key=value`, several joined by commas. Empty only in tests.
    pub selector: String,
    /// Kinds (`Kind.group`) to list by label although nothing of them is wanted or recorded: `verify` names all.
    pub further: BTreeSet<String>,
}

impl Question {
    pub fn new(
        desired: &[DesiredObject],
        records: BTreeMap<ObjectId, Record>,
        revision: u64,
        selector: impl Into<String>,
    ) -> Self {
        let wanted = desired.iter().map(|d| (d.object.id(), d.object.gvk())).collect();
        Self { wanted, records, revision, selector: selector.into(), further: BTreeSet::new() }
    }

    /// Every kind to list once, in the version it is wanted in, with the ids looked for.
    fn by_kind(&self, kinds: &Kinds) -> Vec<(Resource, BTreeSet<ObjectId>)> {
        let mut found: BTreeMap<GroupVersionKind, (Resource, BTreeSet<ObjectId>)> = BTreeMap::new();
        let mut version_of: BTreeMap<(&str, &str), GroupVersionKind> = BTreeMap::new();
        for (id, gvk) in &self.wanted {
            version_of.entry((&id.group, &id.kind)).or_insert_with(|| gvk.clone());
            // A version that is not served (yet) cannot be listed; the preferred one at least shows what is there.
            let Some(resource) = kinds.nearest(gvk) else { continue };
            let entry = found.entry(resource.gvk()).or_insert_with(|| (resource.clone(), BTreeSet::new()));
            entry.1.insert(id.clone());
        }
        for (id, record) in &self.records {
            if self.wanted.contains_key(id) {
                continue;
            }
            let written = GroupVersionKind::from_api_version(&record.api_version, &id.kind);
            let gvk = version_of.get(&(id.group.as_str(), id.kind.as_str())).cloned().unwrap_or(written);
            let Some(resource) = kinds.nearest(&gvk) else { continue };
            let entry = found.entry(resource.gvk()).or_insert_with(|| (resource.clone(), BTreeSet::new()));
            entry.1.insert(id.clone());
        }
        for resource in kinds.iter() {
            let known = found.keys().any(|gvk| gvk.group == resource.group && gvk.kind == resource.kind);
            let listable = resource.verbs.iter().any(|verb| verb == "list");
            if !known && listable && self.further.contains(&resource.id("", "").group_kind()) {
                found.insert(resource.gvk(), (resource.clone(), BTreeSet::new()));
            }
        }
        found.into_values().collect()
    }
}

/// What was listed before it was known what is wanted: by the version of a kind, its objects with our label.
#[derive(Debug, Default)]
pub struct Listed(BTreeMap<GroupVersionKind, BTreeMap<ObjectId, Object>>);

/// So many lists are read at once: more only queue in the server's own fairness.
const LISTS: usize = 12;
/// Up to this many objects of a kind that the labelled LIST does not show are asked for one by one.
const SINGLY: usize = 4;

impl Cluster {
    /// Looks at everything wanted or recorded, and at everything that carries our label among those kinds.
    ///
    /// Where something is recorded, each kind is listed by label, and what is missing then is asked for (one by one,
    /// or by one more LIST). A fresh installation lists without label, to find what may be adopted. CRDs come as
    /// metadata. Where a LIST of the whole cluster is forbidden, the namespaces in question are listed, then objects
    /// asked for singly.
    ///
    /// # Errors
    /// The cluster cannot be reached, or forbids even single objects.
    pub async fn observe(&self, question: Question) -> Result<Observation, ClusterError> {
        self.observe_beside(question, Listed::default()).await
    }

    /// What [`Cluster::observe`] would list first of what is recorded, for the time in which it is found out what is
    /// wanted. Asks nothing where nothing is recorded.
    ///
    /// # Errors
    /// As of [`Cluster::observe`].
    pub async fn list_recorded(&self, question: &Question) -> Result<Listed, ClusterError> {
        if question.records.is_empty() {
            return Ok(Listed::default());
        }
        let kinds = self.kinds().await?;
        let by_kind = question.by_kind(&kinds);
        let lists: Vec<_> = by_kind
            .iter()
            .map(|(resource, ids)| async move {
                let found = self.look(resource, ids, &question.selector).await?;
                Ok::<_, ClusterError>((resource.gvk(), found))
            })
            .collect();
        let listed = stream::iter(lists).buffer_unordered(self.at_once.min(LISTS)).try_collect().await?;
        Ok(Listed(listed))
    }

    /// As [`Cluster::observe`], where some of it was listed already.
    pub async fn observe_beside(&self, question: Question, mut listed: Listed) -> Result<Observation, ClusterError> {
        let (server_version, kinds) = futures::try_join!(self.version(), self.kinds())?;
        let fresh = question.records.is_empty();
        let by_kind = question.by_kind(&kinds);
        let selector = question.selector.as_str();
        // Made before they are awaited: a lazy stream that borrows cannot be sent to another thread.
        let lists: Vec<_> = by_kind
            .iter()
            .map(|(resource, ids)| (resource, ids, listed.0.remove(&resource.gvk())))
            .map(|(resource, ids, listed)| async move {
                let selector = if fresh { "" } else { selector };
                let mut found = match listed {
                    Some(found) => found,
                    None => self.look(resource, ids, selector).await?,
                };
                let missing: Vec<&ObjectId> = ids.iter().filter(|id| !found.contains_key(*id)).collect();
                if !selector.is_empty() && !missing.is_empty() {
                    found.extend(self.look_again(resource, &missing).await?);
                }
                Ok::<_, ClusterError>(found)
            })
            .collect();
        let mut live = BTreeMap::new();
        let mut lists = stream::iter(lists).buffer_unordered(self.at_once.min(LISTS));
        while let Some(found) = lists.try_next().await? {
            live.extend(found);
        }
        drop(lists);
        live.retain(|id, object| {
            question.wanted.contains_key(id)
                || question.records.contains_key(id)
                || (!selector.is_empty() && Selector::of_text(selector).selects_object(object))
        });
        Ok(Observation {
            live,
            served: kinds.names(),
            records: question.records,
            revision: question.revision,
            server_version,
            ..Observation::default()
        })
    }

    async fn look(
        &self,
        resource: &Resource,
        ids: &BTreeSet<ObjectId>,
        selector: &str,
    ) -> Result<BTreeMap<ObjectId, Object>, ClusterError> {
        let listable = resource.verbs.is_empty() || resource.verbs.iter().any(|verb| verb == "list");
        let listed = if listable { Some(self.list_kind(resource, "", selector).await) } else { None };
        match listed {
            Some(Ok(objects)) => return Ok(objects),
            Some(Err(error)) if !error.is_forbidden() => return Err(error),
            _ => {}
        }
        let namespaces: BTreeSet<&str> = ids.iter().map(|id| id.namespace.as_str()).filter(|n| !n.is_empty()).collect();
        let mut found = BTreeMap::new();
        let mut singly: Vec<&ObjectId> = ids.iter().filter(|id| id.namespace.is_empty()).collect();
        for namespace in namespaces {
            let listed = if listable { Some(self.list_kind(resource, namespace, selector).await) } else { None };
            match listed {
                Some(Ok(objects)) => found.extend(objects),
                Some(Err(error)) if !error.is_forbidden() => return Err(error),
                _ => singly.extend(ids.iter().filter(|id| id.namespace == namespace)),
            }
        }
        found.extend(self.ask_singly(resource, &singly).await?);
        Ok(found)
    }

    async fn look_again(
        &self,
        resource: &Resource,
        missing: &[&ObjectId],
    ) -> Result<BTreeMap<ObjectId, Object>, ClusterError> {
        if missing.len() > SINGLY {
            match self.list_kind(resource, "", "").await {
                Err(error) if error.is_forbidden() => {}
                other => return other,
            }
        }
        self.ask_singly(resource, missing).await
    }

    pub(super) async fn ask_singly(
        &self,
        resource: &Resource,
        ids: &[&ObjectId],
    ) -> Result<BTreeMap<ObjectId, Object>, ClusterError> {
        let asked: Vec<_> = ids
            .iter()
            .map(|id| async move {
                let object = self.get(resource, &id.namespace, &id.name).await?;
                Ok::<_, ClusterError>(object.map(|object| ((*id).clone(), object)))
            })
            .collect();
        let found: Vec<_> = stream::iter(asked).buffer_unordered(self.at_once).try_collect().await?;
        Ok(found.into_iter().flatten().collect())
    }

    async fn list_kind(
        &self,
        resource: &Resource,
        namespace: &str,
        selector: &str,
    ) -> Result<BTreeMap<ObjectId, Object>, ClusterError> {
        let (objects, _) = if resource.kind == "CustomResourceDefinition" {
            self.list_metadata(resource, namespace, selector).await?
        } else {
            self.list(resource, namespace, selector).await?
        };
        Ok(objects.into_iter().map(|object| (object.id(), object)).collect())
    }
}

#[cfg(test)]
mod tests {

    use super::*;

    #[test]
    fn each_kind_is_listed_once() {
        let mut kinds = Kinds::default();
        for (group, version, kind) in
            [("", "v1", "Secret"), ("apps", "v1", "Deployment"), ("a", "v2", "A"), ("a", "v1", "A")]
        {
            kinds.insert(Resource {
                group: group.into(),
                version: version.into(),
                kind: kind.into(),
                plural: kind.to_lowercase(),
                namespaced: true,
                verbs: vec!["list".into()],
            });
        }
        let id = |group: &str, kind: &str, name: &str| ObjectId::new(group, kind, "n", name);
        let mut question = Question::default();
        let gvk = |group: &str, version: &str, kind: &str| GroupVersionKind::new(group, version, kind);
        question.wanted.insert(id("", "Secret", "a"), gvk("", "v1", "Secret"));
        question.wanted.insert(id("a", "A", "a"), gvk("a", "v1", "A"));
        question.wanted.insert(id("new", "New", "a"), gvk("new", "v1", "New"));
        let record = |version: &str| Record { api_version: version.into(), ..Record::default() };
        question.records.insert(id("", "Secret", "b"), record("v1"));
        question.records.insert(id("a", "A", "b"), record("a/v2"));
        let listed = question.by_kind(&kinds);
        let listed: Vec<(String, usize)> =
            listed.into_iter().map(|(r, ids)| (r.gvk().to_string(), ids.len())).collect();
        assert_eq!(listed, [("v1 Secret".to_owned(), 2), ("a/v1 A".to_owned(), 2)]);
    }
}
