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
use super::discovery;
use super::transport::Transport;
use crate::object::GroupVersionKind;
use crate::object::Object;
use crate::object::ObjectId;

/// As an apply has changes in flight.
const AT_ONCE: usize = 16;

/// A cluster that can be asked and told. Clones are cheap and share connection, counter and discovery.
#[derive(Clone)]
pub struct Cluster {
    pub(super) transport: Transport,
    description: String,
    cautions: Arc<[String]>,
    /// Requests in flight at once while much is asked.
    pub(super) at_once: usize,
    kinds: Arc<AsyncMutex<Option<Arc<Kinds>>>>,
    version: Arc<OnceLock<String>>,
}

impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cluster").field("description", &self.description).finish_non_exhaustive()
    }
}

impl Cluster {
    /// Over any client; `description` is how people are told of it (`sandbox`).
    pub fn from_client(client: kube::Client, description: impl Into<String>) -> Self {
        let description = description.into();
        Self::new(client, description.clone(), description.clone(), description, Vec::new())
    }

    /// `route` is the address as errors name it, with what is on the way there.
    pub(super) fn new(
        client: kube::Client,
        address: String,
        route: String,
        description: String,
        cautions: Vec<String>,
    ) -> Self {
        Self {
            transport: Transport::new(client, address, route),
            description,
            cautions: cautions.into(),
            at_once: AT_ONCE,
            kinds: Arc::default(),
            version: Arc::default(),
        }
    }

    /// The same cluster, telling `watcher` of every retry made through this handle, and trying nothing again once
    /// `impatience` is cancelled.
    pub fn watched(&self, watcher: impl Fn(Retried) + Send + Sync + 'static, impatience: CancellationToken) -> Self {
        Self { transport: self.transport.watched(Arc::new(watcher), impatience), ..self.clone() }
    }

    /// The same cluster, of which at most so much is asked at once.
    pub fn asked_at_most(self, at_once: usize) -> Self {
        Self { at_once: at_once.max(1), ..self }
    }

    /// `context prod`
    pub fn description(&self) -> &str {
        &self.description
    }

    /// What is dangerous about the way to the cluster, for people to be told every time: a certificate that is not
    /// checked, credentials in clear.
    pub fn cautions(&self) -> Vec<String> {
        self.cautions.to_vec()
    }

    /// Address of the API server, or the description of an embedded one.
    pub fn address(&self) -> &str {
        self.transport.address()
    }

    /// Now by the server's clock, to a second; `None` where it has not told.
    pub fn server_time(&self) -> Option<jiff::Timestamp> {
        self.transport.server_time()
    }

    /// What the server has warned of since the last time this was asked: each warning is told once.
    pub fn take_warnings(&self) -> Vec<String> {
        self.transport.take_warnings()
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
            Ok(value) => self.answered(resource, name, value).map(Some),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What a server gives as an object of a kind. Items of lists come without kind, metadata-only ones with another.
    ///
    /// # Errors
    /// It is of another kind, or no object.
    pub(super) fn object(&self, resource: &Resource, mut value: Value) -> Result<Object, ClusterError> {
        let nonsense =
            |reason: String| ClusterError::Nonsense { what: format!("read {}", resource.group_plural()), reason };
        if let Some(map) = value.as_object_mut() {
            let kind = map.get("kind").and_then(Value::as_str).unwrap_or_default();
            if !["", &resource.kind, "PartialObjectMetadata"].contains(&kind) {
                return Err(nonsense(format!("expected {}, got {}", article(&resource.kind), described(kind))));
            }
            map.insert("apiVersion".into(), resource.gvk().api_version().into());
            map.insert("kind".into(), resource.kind.clone().into());
        }
        Object::from_value(value).map_err(|e| nonsense(e.to_string()))
    }

    /// The answer to a request about one object: that one and no other.
    pub(super) fn answered(&self, resource: &Resource, name: &str, value: Value) -> Result<Object, ClusterError> {
        let object = self.object(resource, value)?;
        if object.name() == name {
            return Ok(object);
        }
        Err(ClusterError::Nonsense {
            what: format!("read {} {name}", resource.group_plural()),
            reason: format!("the object in it is named {}", described(object.name())),
        })
    }

    /// The resource and call parameters of an object to be sent.
    pub(super) async fn place(&self, object: &Object) -> Result<(Resource, ObjectId), ClusterError> {
        let resource = self.resource(&object.gvk()).await?;
        let id = resource.id(object.namespace(), object.name());
        Ok((resource, id))
    }
}

/// `a Secret`, `an Event`
pub(super) fn article(kind: &str) -> String {
    let article = if kind.starts_with(['A', 'E', 'I', 'O', 'U']) { "an" } else { "a" };
    format!("{article} {kind}")
}

/// A server's text in an error: quoted, and no longer than a name can be.
pub(super) fn described(text: &str) -> String {
    format!("{:?}", text.chars().take(80).collect::<String>())
}
