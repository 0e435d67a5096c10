//! The programs behind webhooks: handlers by the Service that a webhook configuration names. Which requests they get
//! is for `webhooks`.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use serde_json::Value;
use serde_json::json;

type Answer = Pin<Box<dyn Future<Output = Value> + Send>>;
type Handler = Arc<dyn Fn(String, Value) -> Answer + Send + Sync>;

/// The registered handlers.
#[derive(Clone, Default)]
pub struct Backends(Arc<Mutex<HashMap<(String, String), Handler>>>);

/// Key of the handler for Services that have none of their own: no Service can have an empty name.
const EVERY_OTHER: (String, String) = (String::new(), String::new());

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

    /// Puts [`agree`] behind every Service that has no program of its own.
    pub fn agree_by_default(&self) {
        self.lock().insert(EVERY_OTHER, Arc::new(|_, review| Box::pin(async move { agree(&review) })));
    }

    /// Takes the handler of a Service away; calls are refused from now on.
    pub fn unregister(&self, namespace: &str, service: &str) {
        self.lock().remove(&(namespace.to_owned(), service.to_owned()));
    }

    pub(super) fn get(&self, namespace: &str, service: &str) -> Option<Handler> {
        let handlers = self.lock();
        handlers.get(&(namespace.to_owned(), service.to_owned())).or_else(|| handlers.get(&EVERY_OTHER)).cloned()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<(String, String), Handler>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The answer of a program that has nothing against anything: an admission is allowed as it is, a conversion changes
/// the version and nothing else.
pub fn agree(review: &Value) -> Value {
    let mut answer = json!({"apiVersion": review["apiVersion"], "kind": review["kind"]});
    let request = &review["request"];
    answer["response"] = match review["kind"].as_str() {
        Some("ConversionReview") => {
            let mut objects = request["objects"].as_array().cloned().unwrap_or_default();
            for object in &mut objects {
                object["apiVersion"] = request["desiredAPIVersion"].clone();
            }
            json!({"uid": request["uid"], "result": {"status": "Success"}, "convertedObjects": objects})
        }
        _ => json!({"uid": request["uid"], "allowed": true}),
    };
    answer
}

impl std::fmt::Debug for Backends {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.lock().keys()).finish()
    }
}
