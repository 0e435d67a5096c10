//! The programs behind webhooks: handlers by the Service that a webhook configuration names. Which requests they get
//! is for `webhooks`.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use serde_json::Value;

type Answer = Pin<Box<dyn Future<Output = Value> + Send>>;
type Handler = Arc<dyn Fn(String, Value) -> Answer + Send + Sync>;

/// The registered handlers.
#[derive(Clone, Default)]
pub struct Backends(Arc<Mutex<HashMap<(String, String), Handler>>>);

impl Backends {
    /// Puts `handler` behind the Service `namespace`/`service`; it gets the path and the review, and answers a review.
    pub fn register<F, A>(&self, namespace: &str, service: &str, handler: F)
    where
        F: Fn(String, Value) -> A + Send + Sync + 'static,
        A: Future<Output = Value> + Send + 'static,
    {
        let handler: Handler = Arc::new(move |path, review| Box::pin(handler(path, review)));
        self.lock().insert((namespace.to_owned(), service.to_owned()), handler);
    }

    /// Takes the handler of a Service away; calls are refused from now on.
    pub fn unregister(&self, namespace: &str, service: &str) {
        self.lock().remove(&(namespace.to_owned(), service.to_owned()));
    }

    /// Whether a handler is behind a Service.
    pub fn contains(&self, namespace: &str, service: &str) -> bool {
        self.get(namespace, service).is_some()
    }

    pub(super) fn get(&self, namespace: &str, service: &str) -> Option<Handler> {
        self.lock().get(&(namespace.to_owned(), service.to_owned())).cloned()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<(String, String), Handler>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Backends {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.lock().keys()).finish()
    }
}
