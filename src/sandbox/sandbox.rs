//! The sandbox as the rest of the program sees it: open it, talk to it as to any cluster, disturb it.

use std::collections::BTreeMap;
use std::future::Future;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use http::Request;
use http_body_util::BodyExt;
use serde_json::Value;

use super::Faults;
use super::Identity;
use super::SandboxError;
use super::Serving;
use super::http::reply::ReplyBody;
use super::serve;
use super::serve::Patience;
use super::server::Server;
use super::storage::DirectoryLock;
use super::write;
use crate::object::Object;
use crate::object::ObjectId;

/// How a sandbox behaves from its start.
#[derive(Clone, Debug)]
pub struct SandboxOptions {
    /// Every answer waits so long.
    pub latency: Duration,
    /// How long a watch without news waits before it sends a bookmark to those who asked for them.
    pub bookmark_interval: Duration,
    /// Makes the namespaces a cluster is born with (`default`, `kube-system`, `kube-public`, `kube-node-lease`).
    pub with_namespaces: bool,
    /// What the server says that it is, as `v1.31.4`. It serves the same kinds whatever it says.
    pub kubernetes_version: String,
}

/// The version that the server's behaviour was held against.
pub const KUBERNETES_VERSION: &str = "v1.31.4";

impl Default for SandboxOptions {
    fn default() -> Self {
        Self {
            latency: Duration::ZERO,
            bookmark_interval: Duration::from_secs(30),
            with_namespaces: true,
            kubernetes_version: KUBERNETES_VERSION.to_owned(),
        }
    }
}

/// An embedded API server. Clones are handles on the same one.
#[derive(Clone, Debug)]
pub struct Sandbox {
    server: Arc<Server>,
}

impl Sandbox {
    /// Opens the sandbox of a directory, or one in memory that ends with its last handle.
    ///
    /// In a directory every acknowledged write survives the end of the process, `kill -9` too; a second process is
    /// refused with the name of the holder.
    pub fn open(directory: Option<&Path>, options: SandboxOptions) -> Result<Self, SandboxError> {
        let server = Arc::new(Server::open(directory, &options)?);
        write::settle(&server);
        Ok(Self { server })
    }

    /// Deletes the directory of a sandbox without reading what is in it, so that a damaged one goes too. One that is in
    /// use is refused.
    pub fn remove(directory: &Path) -> Result<(), SandboxError> {
        let lock = directory.join("lock");
        if lock.is_symlink() {
            // Somebody put it there, and nobody of ours holds it.
            std::fs::remove_file(&lock).map_err(SandboxError::file("delete", &lock))?;
        }
        let _lock = DirectoryLock::take(directory)?;
        std::fs::remove_dir_all(directory).map_err(SandboxError::file("delete", directory))
    }

    /// A client of the administrator, in process. Must be called inside a Tokio runtime.
    pub fn client(&self) -> kube::Client {
        self.client_as(Identity::admin())
    }

    /// A client with an identity of its own, as players have.
    pub fn client_as(&self, identity: Identity) -> kube::Client {
        let server = self.server.clone();
        let service = tower::service_fn(move |request: Request<kube::client::Body>| {
            let (server, identity) = (server.clone(), identity.clone());
            async move {
                let (parts, body) = request.into_parts();
                let bytes = body.collect_bytes().await.map_err(|error| std::io::Error::other(error.to_string()))?;
                server.handle(Request::from_parts(parts, bytes), identity).await
            }
        });
        kube::Client::new(service, "default")
    }

    /// Answers a request as whoever it comes from.
    ///
    /// # Errors
    /// The connection is lost, which only an injected fault makes.
    pub(super) async fn handle(
        &self,
        request: Request<bytes::Bytes>,
        identity: Identity,
    ) -> Result<http::Response<ReplyBody>, std::io::Error> {
        self.server.handle(request, identity).await
    }

    /// What the server says that it is from now on, as after an upgrade.
    pub(super) fn set_kubernetes_version(&self, version: &str) {
        self.server.set_kubernetes_version(version);
    }

    /// How many requests were answered so far, by all clients.
    pub fn requests(&self) -> u64 {
        self.server.counters().total()
    }

    /// The same by verb and resource (`patch deployments.apps`; `get /version` for other paths).
    pub fn requests_by_kind(&self) -> BTreeMap<String, u64> {
        self.server.counters().by_kind()
    }

    /// Delays, refusals and lost connections, from now on.
    pub fn faults(&self) -> &Faults {
        self.server.faults()
    }

    /// Puts a program behind a Service that webhook configurations and CRD conversions name.
    ///
    /// `handler` gets the path and the AdmissionReview or ConversionReview, and answers one. It is reached only while
    /// an EndpointSlice or Endpoints of the Service holds a ready address; otherwise the connection is refused.
    pub fn register_webhook<F, A>(&self, namespace: &str, service: &str, handler: F)
    where
        F: Fn(String, Value) -> A + Send + Sync + 'static,
        A: Future<Output = Value> + Send + 'static,
    {
        self.server.backends().register(namespace, service, handler);
    }

    /// Lets every Service that has no program of its own answer webhooks: all is allowed, as soon as it has a ready
    /// address. What the platform's own webhooks would check or change is not played.
    pub fn agree_by_default(&self) {
        self.server.backends().agree_by_default();
    }

    /// Takes the program behind a Service away.
    pub fn unregister_webhook(&self, namespace: &str, service: &str) {
        self.server.backends().unregister(namespace, service);
    }

    /// Serves kubectl and others over TLS on `address` (port 0: any), and writes a kubeconfig with the
    /// administrator's client certificate to `kubeconfig` (mode 0600).
    pub async fn serve(&self, address: SocketAddr, kubeconfig: &Path) -> Result<Serving, SandboxError> {
        self.serve_with(address, kubeconfig, Patience::default()).await
    }

    /// The same for peers who may take so long.
    pub(super) async fn serve_with(
        &self,
        address: SocketAddr,
        kubeconfig: &Path,
        patience: Patience,
    ) -> Result<Serving, SandboxError> {
        serve::serve(self.server.clone(), address, kubeconfig, patience).await
    }

    /// Removes every object, on disk too; what a cluster is born with is made anew. Watches are told.
    pub fn reset(&self) -> Result<(), SandboxError> {
        self.server.reset()
    }

    /// Puts objects of another cluster into an empty one, as they are: identity, owners of fields and status included.
    /// Nothing is asked of admission, and nobody acts on it before players are started. Gives those of kinds that are
    /// not served here.
    ///
    /// # Errors
    /// The disk is full.
    pub fn take_in(&self, objects: Vec<Object>) -> Result<Vec<ObjectId>, SandboxError> {
        let unknown = write::take_in(&self.server, objects)?;
        write::settle(&self.server);
        Ok(unknown)
    }

    /// The newest resourceVersion of all: it stands still while nobody writes.
    pub fn revision(&self) -> u64 {
        self.server.store().revision()
    }

    /// Answers one HTTP request without a client between, for tests of the protocol itself.
    pub async fn request(
        &self,
        request: Request<bytes::Bytes>,
    ) -> Result<(http::StatusCode, bytes::Bytes), std::io::Error> {
        let response = self.server.handle(request, Identity::admin()).await?;
        let status = response.status();
        Ok((status, response.into_body().collect().await?.to_bytes()))
    }
}
