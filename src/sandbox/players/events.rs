//! Events as controllers and the kubelet write them. Best effort: nothing waits for an event, none is repeated.

use kube::Client;
use serde_json::Value;
use serde_json::json;

use super::look;

/// Writes events in the name of one component.
#[derive(Clone)]
pub(super) struct Recorder {
    client: Client,
}

impl Recorder {
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    /// `component` is who speaks (`kubelet`, `deployment-controller`), `kind` is `Normal` or `Warning`. The name is made
    /// from object, reason and message, so that saying the same again writes nothing.
    pub async fn record(&self, component: &str, about: &Value, kind: &str, reason: &str, message: &str) {
        let namespace = Some(look::namespace(about)).filter(|namespace| !namespace.is_empty()).unwrap_or("default");
        let seed = format!("{}/{component}/{reason}/{message}", look::uid(about));
        let time = look::now();
        let event = json!({
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": format!("{}.{}", look::name(about), look::short_hash(&seed, 16)), "namespace": namespace},
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
            // The object may be gone, its namespace closing, the event there already: all of no consequence.
            let _ = self.client.request::<Value>(request).await;
        }
    }
}
