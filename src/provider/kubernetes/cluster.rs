//! The cluster itself: a client, what it is called, and what it serves.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::OnceLock;

use futures::lock::Mutex as AsyncMutex;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::ClusterError;
use super::Kinds;
use super::Patience;
use super::Resource;
use super::Retried;
use super::call::Call;
use super::call::METADATA_LIST;
use super::discovery;
use super::transport::Transport;
use crate::object::GroupVersionKind;
use crate::object::Object;
use crate::object::ObjectId;

/// A cluster that can be asked and told. Clones are cheap and share connection, counter and discovery.
#[derive(Clone)]
pub struct Cluster {
    pub(super) transport: Transport,
    description: String,
    kinds: Arc<AsyncMutex<Option<Arc<Kinds>>>>,
    version: Arc<OnceLock<String>>,
}

impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cluster").field("description", &self.description).finish_non_exhaustive()
    }
}

/// Objects asked for at once. 500 is kubectl's page.
const PAGE: usize = 500;

impl Cluster {
    /// Over any client; `description` is how people are told of it (`sandbox`).
    pub fn from_client(client: kube::Client, description: impl Into<String>) -> Self {
        let description = description.into();
        Self::new(client, description.clone(), description)
    }

    pub(super) fn new(client: kube::Client, address: String, description: String) -> Self {
        Self { transport: Transport::new(client, address), description, kinds: Arc::default(), version: Arc::default() }
    }

    /// The same cluster, telling `watcher` of every retry made through this handle, and trying nothing again once
    /// `impatience` is cancelled.
    pub fn watched(&self, watcher: impl Fn(Retried) + Send + Sync + 'static, impatience: CancellationToken) -> Self {
        Self { transport: self.transport.watched(Arc::new(watcher), impatience), ..self.clone() }
    }

    /// `context prod`
    pub fn description(&self) -> &str {
        &self.description
    }

    /// Address of the API server, or the description of an embedded one.
    pub fn address(&self) -> &str {
        self.transport.address()
    }

    /// Now by the server's clock, to a second; `None` where it has not told.
    pub fn server_time(&self) -> Option<jiff::Timestamp> {
        self.transport.server_time()
    }

    /// How many requests were sent so far, by verb: get, list, watch, create, update, patch, delete, log.
    pub fn requests(&self) -> BTreeMap<&'static str, u64> {
        self.transport.counts()
    }

    /// The server's version, as `v1.31.4`. One attempt: it is the first thing asked, and a wrong address shows here.
    pub async fn version(&self) -> Result<String, ClusterError> {
        if let Some(known) = self.version.get() {
            return Ok(known.clone());
        }
        let answer = self.transport.send(&Call::path("/version"), Patience::GREETING, None).await?;
        match answer.get("gitVersion").and_then(Value::as_str) {
            Some(version) => Ok(self.version.get_or_init(|| version.to_owned()).clone()),
            None => Err(ClusterError::Nonsense {
                what: "get /version".into(),
                reason: "it has no gitVersion; is this the address of a Kubernetes API server?".into(),
            }),
        }
    }

    /// The kinds served, asked once.
    pub async fn kinds(&self) -> Result<Arc<Kinds>, ClusterError> {
        let mut kinds = self.kinds.lock().await;
        if let Some(kinds) = &*kinds {
            return Ok(kinds.clone());
        }
        let found = Arc::new(discovery::discover(&self.transport).await?);
        *kinds = Some(found.clone());
        Ok(found)
    }

    /// Asks again which kinds are served, as after CRDs were made. Callers that come with the same `seen` while one
    /// is asking share its answer.
    pub async fn refresh_kinds(&self, seen: &Arc<Kinds>) -> Result<Arc<Kinds>, ClusterError> {
        let mut kinds = self.kinds.lock().await;
        if let Some(kinds) = &*kinds
            && !Arc::ptr_eq(kinds, seen)
        {
            return Ok(kinds.clone());
        }
        let found = Arc::new(discovery::discover(&self.transport).await?);
        *kinds = Some(found.clone());
        Ok(found)
    }

    /// The kind as served, exactly in this version.
    ///
    /// # Errors
    /// `UnknownKind` where it is not served.
    pub async fn resource(&self, gvk: &GroupVersionKind) -> Result<Resource, ClusterError> {
        let kinds = self.kinds().await?;
        kinds.exact(gvk).cloned().ok_or_else(|| ClusterError::UnknownKind { kind: gvk.to_string() })
    }

    /// One object; `None` where there is none.
    pub async fn get(&self, resource: &Resource, namespace: &str, name: &str) -> Result<Option<Object>, ClusterError> {
        let id = resource.id(namespace, name);
        match self.transport.send(&Call::get(resource, namespace, name), Patience::READ, Some(&id)).await {
            Ok(value) => self.object(resource, value).map(Some),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// All objects of a kind (of one namespace where it is not empty) and the resourceVersion they stand for.
    /// `selector` is a label selector; empty for all.
    pub async fn list(
        &self,
        resource: &Resource,
        namespace: &str,
        selector: &str,
    ) -> Result<(Vec<Object>, String), ClusterError> {
        self.list_as(resource, namespace, selector, false).await
    }

    /// As [`Self::list`], metadata only: a fraction of the bytes for CRDs.
    pub async fn list_metadata(
        &self,
        resource: &Resource,
        namespace: &str,
        selector: &str,
    ) -> Result<(Vec<Object>, String), ClusterError> {
        self.list_as(resource, namespace, selector, true).await
    }

    async fn list_as(
        &self,
        resource: &Resource,
        namespace: &str,
        selector: &str,
        metadata: bool,
    ) -> Result<(Vec<Object>, String), ClusterError> {
        let mut call = Call::list(resource, namespace);
        if !selector.is_empty() {
            call = call.with("labelSelector", selector);
        }
        if metadata {
            call = call.accepting(METADATA_LIST);
        }
        let mut objects = Vec::new();
        let mut next = String::new();
        let mut paged = true;
        loop {
            let mut page = call.clone();
            if paged {
                page = page.with("limit", PAGE.to_string());
            }
            if !next.is_empty() {
                page = page.with("continue", next.clone());
            }
            let mut answer = match self.transport.send(&page, Patience::READ, None).await {
                Ok(answer) => answer,
                // The continuation outlived the server's history: once more, in one piece.
                Err(error) if paged && error.refusal().is_some_and(|r| r.code == 410) => {
                    (paged, next) = (false, String::new());
                    objects.clear();
                    continue;
                }
                Err(error) => return Err(error),
            };
            if let Some(Value::Array(items)) = answer.get_mut("items").map(Value::take) {
                for item in items {
                    objects.push(self.object(resource, item)?);
                }
            }
            let metadata = answer.get("metadata");
            let text = |key: &str| metadata.and_then(|m| m.get(key)).and_then(Value::as_str).unwrap_or_default();
            next = text("continue").to_owned();
            if next.is_empty() {
                return Ok((objects, text("resourceVersion").to_owned()));
            }
        }
    }

    /// An answer as an object. Items of lists come without kind, metadata-only ones with another.
    pub(super) fn object(&self, resource: &Resource, mut value: Value) -> Result<Object, ClusterError> {
        if let Some(map) = value.as_object_mut() {
            map.insert("apiVersion".into(), resource.gvk().api_version().into());
            map.insert("kind".into(), resource.kind.clone().into());
        }
        Object::from_value(value).map_err(|e| ClusterError::Nonsense {
            what: format!("read {}", resource.group_plural()),
            reason: e.to_string(),
        })
    }

    /// The resource and call parameters of an object to be sent.
    pub(super) async fn place(&self, object: &Object) -> Result<(Resource, ObjectId), ClusterError> {
        let resource = self.resource(&object.gvk()).await?;
        let id = resource.id(object.namespace(), object.name());
        Ok((resource, id))
    }
}
