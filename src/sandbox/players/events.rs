//! Events as controllers and the kubelet write them. Best effort: nothing waits for an event, none is repeated.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use kube::Client;
use serde_json::Value;
use serde_json::json;
use tokio::sync::mpsc;
use tokio::sync::mpsc::Receiver;
use tokio::sync::mpsc::Sender;

use super::look;

/// Takes events in the name of any component; one task writes them, one after the other, so that talk never holds up
/// deeds.
#[derive(Clone)]
pub(super) struct Recorder {
    sender: Sender<http::Request<Vec<u8>>>,
    /// The names of what was said lately.
    said: Arc<Mutex<HashSet<String>>>,
}

const SAID_LIMIT: usize = 20_000;

impl Recorder {
    /// The recorder, and what its writer reads from.
    pub fn new() -> (Self, Receiver<http::Request<Vec<u8>>>) {
        let (sender, receiver) = mpsc::channel(SAID_LIMIT);
        (Self { sender, said: Arc::default() }, receiver)
    }

    /// `component` is who speaks (`kubelet`, `deployment-controller`), `kind` is `Normal` or `Warning`. The name is made
    /// from object, reason and message, so that saying the same again writes nothing.
    pub fn record(&self, component: &str, about: &Value, kind: &str, reason: &str, message: &str) {
        let namespace = Some(look::namespace(about)).filter(|namespace| !namespace.is_empty()).unwrap_or("default");
        let seed = format!("{}/{component}/{reason}/{message}", look::uid(about));
        let name = format!("{}.{}", look::name(about), look::short_hash(&seed, 16));
        {
            let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
            if said.len() > SAID_LIMIT {
                said.clear();
            }
            if !said.insert(format!("{namespace}/{name}")) {
                return;
            }
        }
        let time = look::now();
        let event = json!({
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": name, "namespace": namespace},
            "involvedObject": {
                "apiVersion": about["apiVersion"], "kind": about["kind"], "namespace": look::namespace(about),
                "name": look::name(about), "uid": look::uid(about),
                "resourceVersion": about["metadata"]["resourceVersion"],
            },
            "type": kind, "reason": reason, "message": message,
            "source": {"component": component},
            "reportingComponent": component,
            "reportingInstance": "",
            "firstTimestamp": time, "lastTimestamp": time, "count": 1,
        });
        let request = http::Request::post(format!("/api/v1/namespaces/{namespace}/events?fieldManager={component}"))
            .header(http::header::CONTENT_TYPE, "application/json")
            .body(event.to_string().into_bytes());
        if let Ok(request) = request {
            // Nobody listens any more when the players are being stopped; where too much is said, some of it is not heard.
            let _ = self.sender.try_send(request);
        }
    }
}

/// Writes what recorders take, for as long as there are any.
pub(super) async fn write(client: Client, mut events: Receiver<http::Request<Vec<u8>>>) {
    while let Some(request) = events.recv().await {
        // The object may be gone, its namespace closing, the event there already: all of no consequence.
        let _ = client.request::<Value>(request).await;
    }
}
