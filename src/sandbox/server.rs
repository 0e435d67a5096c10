//! The server: one request in, one answer out. It counts, disturbs and directs; what is done is in the folders beside.

use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::RwLock;
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt;
use http::Request;
use http::Response;
use serde_json::json;

use super::Fault;
use super::Faults;
use super::Identity;
use super::SandboxError;
use super::SandboxOptions;
use super::admission::Backends;
use super::counters::Counters;
use super::http::Failure;
use super::http::Query;
use super::http::ReplyBody;
use super::http::reply;
use super::http::request;
use super::http::route;
use super::kinds::CustomKind;
use super::kinds::Registry;
use super::storage::Key;
use super::storage::Store;
use super::tokens::Tokens;
use super::write;

/// An API server with its store.
#[derive(Debug)]
pub struct Server {
    store: Store,
    registry: RwLock<Arc<Registry>>,
    /// Held while the registry is made anew, so that two changes of CRDs do not lose one another.
    registry_writer: Mutex<()>,
    faults: Faults,
    counters: Counters,
    backends: Backends,
    tokens: Tokens,
    bookmark_interval: Duration,
    kubernetes_version: RwLock<String>,
    with_namespaces: bool,
    /// Held while the address and ports of a Service are chosen and stored.
    allocation: Mutex<()>,
}

impl Server {
    pub fn open(directory: Option<&Path>, options: &SandboxOptions) -> Result<Self, SandboxError> {
        let server = Self {
            store: Store::open(directory)?,
            registry: RwLock::new(Arc::new(Registry::built_in())),
            registry_writer: Mutex::new(()),
            faults: Faults::default(),
            counters: Counters::default(),
            backends: Backends::default(),
            tokens: Tokens::default(),
            bookmark_interval: options.bookmark_interval,
            kubernetes_version: RwLock::new(options.kubernetes_version.clone()),
            with_namespaces: options.with_namespaces,
            allocation: Mutex::new(()),
        };
        server.faults.set_latency(options.latency);
        for crd in server.store.list("apiextensions.k8s.io", "customresourcedefinitions", "", None).0 {
            server.crd_changed(&crd.key.name, Some(&crd.value));
        }
        server.born()?;
        Ok(server)
    }

    pub fn store(&self) -> &Store {
        &self.store
    }

    pub fn registry(&self) -> Arc<Registry> {
        self.registry.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    pub fn backends(&self) -> &Backends {
        &self.backends
    }

    pub fn allocation(&self) -> &Mutex<()> {
        &self.allocation
    }

    pub fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    /// Who holds a token, and for which of the audiences it is; `None` where it is not ours, has expired, is for somebody
    /// else, or its ServiceAccount is gone.
    pub fn authenticate(&self, token: &str, audiences: &[String]) -> Option<(Identity, Vec<String>)> {
        let claims = self.tokens.read(token)?;
        let meant: Vec<String> = audiences.iter().filter(|one| claims.audiences.contains(one)).cloned().collect();
        let key = Key {
            group: String::new(),
            plural: "serviceaccounts".into(),
            namespace: claims.namespace.clone(),
            name: claims.name.clone(),
        };
        let account = self.store.get(&key).filter(|account| account.uid() == claims.uid)?;
        (!meant.is_empty()).then(|| (Identity::service_account(&account.key.namespace, &account.key.name), meant))
    }

    pub fn kubernetes_version(&self) -> String {
        self.kubernetes_version.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn set_kubernetes_version(&self, version: &str) {
        version.clone_into(&mut self.kubernetes_version.write().unwrap_or_else(PoisonError::into_inner));
    }

    pub fn bookmark_interval(&self) -> Duration {
        self.bookmark_interval
    }

    /// Answers a request. The error is a lost connection, which only an injected fault makes.
    pub async fn handle(
        self: &Arc<Self>,
        request: Request<Bytes>,
        identity: Identity,
    ) -> Result<Response<ReplyBody>, std::io::Error> {
        let target = request::target(request.uri().path());
        let query = Query::parse(request.uri().query().unwrap_or_default());
        let (verb, resource) = match &target {
            Some(target) => (request::verb(request.method(), target, &query), target.plural.clone()),
            None => ("get", request.uri().path().to_owned()),
        };
        let what = match &target {
            Some(target) => super::http::qualified(&target.plural, &target.group),
            None => resource.clone(),
        };
        self.counters.count(format!("{verb} {what}"));
        let latency = self.faults.latency();
        if !latency.is_zero() {
            tokio::time::sleep(latency).await;
        }
        let fault = self.faults.strike(verb, &resource);
        if fault.is_none_or(Fault::lets_through) {
            let answer = route::answer(self, request, target, query, verb, identity);
            // A fault of ours in one request ends that request, not the connection with all others on it.
            let answer = AssertUnwindSafe(answer).catch_unwind().await.unwrap_or_else(|_| Err(Failure::panicked()));
            if fault.is_none() {
                let mut answer = answer.unwrap_or_else(|failure| reply::failure(&failure));
                reply::date(&mut answer);
                return Ok(answer);
            }
        }
        let Some(injected) = fault.and_then(Fault::answer) else { return Err(Fault::lost()) };
        let mut failure = Failure::new(injected.code, injected.reason, injected.message);
        failure.retry_after = injected.retry_after;
        Ok(reply::failure(&failure))
    }

    /// Brings what is served in line with a CRD that was written (`Some`) or removed.
    pub fn crd_changed(&self, name: &str, crd: Option<&serde_json::Value>) {
        let _writer = self.registry_writer.lock().unwrap_or_else(PoisonError::into_inner);
        // A CRD whose schema cannot be read was refused when it was written; an older file may still hold one.
        let custom = crd
            .filter(|crd| write::crd::is_established(crd))
            .and_then(|crd| CustomKind::from_crd(crd).ok())
            .map(Arc::new);
        let next = Arc::new(self.registry().with_custom(name, custom));
        *self.registry.write().unwrap_or_else(PoisonError::into_inner) = next;
    }

    /// Removes everything and starts as on the first day.
    pub fn reset(&self) -> Result<(), SandboxError> {
        self.store.clear()?;
        let _writer = self.registry_writer.lock().unwrap_or_else(PoisonError::into_inner);
        *self.registry.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(Registry::built_in());
        self.born()
    }

    /// Makes what a cluster is born with where it is missing.
    fn born(&self) -> Result<(), SandboxError> {
        if !self.with_namespaces {
            return Ok(());
        }
        for name in ["default", "kube-system", "kube-public", "kube-node-lease"] {
            write::seed(
                self,
                "",
                "namespaces",
                json!({
                    "apiVersion": "v1", "kind": "Namespace",
                    "metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name}},
                    "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"},
                }),
            )?;
        }
        Ok(())
    }
}
