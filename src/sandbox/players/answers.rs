//! The programs behind webhooks, as far as the sandbox needs them: they admit everything and convert by renaming.

use std::sync::Arc;

use serde_json::Value;
use serde_json::json;
use tokio::sync::mpsc::UnboundedReceiver;

use super::look;
use super::world::Change;
use crate::sandbox::Sandbox;

/// The kinds that name such programs.
pub(super) const KINDS: [&str; 3] = [
    "mutatingwebhookconfigurations.admissionregistration.k8s.io",
    "validatingwebhookconfigurations.admissionregistration.k8s.io",
    super::CRDS,
];

/// Puts a program behind every Service that a webhook names and that has none yet. Whether it is reached is another
/// matter: the Service needs a ready pod.
pub(super) async fn answer(sandbox: Sandbox, mut changes: UnboundedReceiver<Arc<Change>>) {
    while let Some(change) = changes.recv().await {
        let webhooks = look::items(&change.object, "/webhooks").iter().map(|one| &one["clientConfig"]["service"]);
        let conversion = look::at(&change.object, "/spec/conversion/webhook/clientConfig/service");
        for service in webhooks.chain(conversion) {
            let (namespace, name) = (look::text(service, "/namespace"), look::text(service, "/name"));
            if !name.is_empty() && !sandbox.has_webhook(namespace, name) {
                sandbox.register_webhook(namespace, name, |_, review| std::future::ready(reply(review)));
            }
        }
    }
}

fn reply(mut review: Value) -> Value {
    let request = review["request"].take();
    let response = if review["kind"] == "ConversionReview" {
        let mut objects = look::items(&request, "/objects").to_vec();
        for object in &mut objects {
            object["apiVersion"] = request["desiredAPIVersion"].clone();
        }
        json!({"uid": request["uid"], "result": {"status": "Success"}, "convertedObjects": objects})
    } else {
        json!({"uid": request["uid"], "allowed": true})
    };
    json!({"apiVersion": review["apiVersion"], "kind": review["kind"], "response": response})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies() {
        let admission =
            json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {"uid": "u"}});
        assert_eq!(reply(admission)["response"], json!({"uid": "u", "allowed": true}));
        let conversion = json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "ConversionReview", "request": {
            "uid": "u", "desiredAPIVersion": "a/v2", "objects": [{"apiVersion": "a/v1", "kind": "A"}]}});
        let converted = json!([{"apiVersion": "a/v2", "kind": "A"}]);
        assert_eq!(reply(conversion)["response"]["convertedObjects"], converted);
    }
}
