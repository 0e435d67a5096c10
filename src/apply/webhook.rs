//! Waits until webhooks really answer: a Deployment that is available does not serve them yet.
//!
//! Three things in order: the service has a ready endpoint, the CA bundle is filled, and a dry run of an object that
//! stands behind the gate gets past the webhook.

use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use super::context::Context;
use super::gate::Teller;
use super::gate::Trouble;
use super::informer::Slot;
use crate::object::GroupVersionKind;
use crate::object::Object;
use crate::object::ObjectId;
use crate::object::Selector;
use crate::object::holds_certificate;
use crate::object::kinds;
use crate::plan::Action;
use crate::provider::kubernetes::ClusterError;
use crate::provider::kubernetes::Resource;

/// Waits until the webhooks of `configuration` that call `service` answer. `probes` are changes behind the gate.
pub(super) async fn serves(
    context: &Context,
    configuration: &ObjectId,
    service: &ObjectId,
    probes: &[usize],
    told: &mut Teller<'_>,
) -> Result<(), Trouble> {
    endpoints(context, service, told).await?;
    certificate(context, configuration, service, told).await?;
    probe(context, configuration, probes, told).await
}

/// Until the service has a ready endpoint. Where nobody keeps EndpointSlices for it (an embedded server without that
/// controller), the workloads it selects stand for them.
async fn endpoints(context: &Context, service: &ObjectId, told: &mut Teller<'_>) -> Result<(), Trouble> {
    let slices = GroupVersionKind::new("discovery.k8s.io", "v1", "EndpointSlice");
    let slices = match context.cluster.resource(&slices).await {
        Ok(resource) => resource,
        Err(ClusterError::UnknownKind { .. }) => return workloads(context, service, told).await,
        Err(error) => return Err(error.into()),
    };
    let mut changes = context.informers.follow_any(&slices);
    let mut asked_workloads = false;
    loop {
        changes.borrow_and_update();
        let all = match context.informers.all(&slices) {
            Ok(all) => all,
            // Without the right to see endpoints, the workloads must do.
            Err(_) => return workloads(context, service, told).await,
        };
        if let Some(all) = all {
            let own = |slice: &&std::sync::Arc<Object>| {
                slice.namespace() == service.namespace
                    && slice.label("kubernetes.io/service-name") == Some(&service.name)
            };
            let own: Vec<_> = all.iter().filter(own).collect();
            if own.iter().any(|slice| has_ready_endpoint(slice)) {
                return Ok(());
            }
            if own.is_empty() && !asked_workloads {
                asked_workloads = true;
                workloads(context, service, told).await?;
                // The controller of slices makes an empty one as soon as it sees the service. None at all by now
                // means that there is no such controller.
                tokio::time::sleep(Duration::from_millis(500)).await;
                continue;
            }
            if own.is_empty() {
                return Ok(());
            }
            told.waits(&format!("no ready endpoint of {service}"));
        }
        tokio::select! {
            () = context.soft.cancelled() => return Err(Trouble::Interrupted),
            changed = changes.changed() => if changed.is_err() {
                return Err(Trouble::Failed(format!("the watch of endpoints of {service} has ended")));
            },
            () = tokio::time::sleep_until(told.deadline) => {
                return Err(Trouble::NotReady { id: service.clone(), reason: format!("no ready endpoint of {service}") });
            }
        }
    }
}

/// Until the workloads of the plan that the service selects are ready.
async fn workloads(context: &Context, service: &ObjectId, told: &mut Teller<'_>) -> Result<(), Trouble> {
    let desired = context.change(service).and_then(|change| change.after.as_deref().or(change.before.as_deref()));
    let Some(selector) = desired.and_then(Selector::of_pods) else { return Ok(()) };
    for change in &context.plan.changes {
        let stays = !matches!(change.action, Action::Delete | Action::Forget);
        let Some(object) = change.after.as_deref().or(change.before.as_deref()).filter(|_| stays) else { continue };
        let pods = kinds::pod_template(object).filter(|_| object.namespace() == service.namespace);
        if pods.is_some_and(|pods| selector.selects(pods.labels())) {
            super::gate::ready(context, &change.id, told).await?;
        }
    }
    Ok(())
}

fn has_ready_endpoint(slice: &Object) -> bool {
    let endpoints = slice.get("/endpoints").and_then(Value::as_array);
    // An endpoint that says nothing about itself counts as ready (discovery.k8s.io/v1).
    let ready = |e: &Value| e.pointer("/conditions/ready").and_then(Value::as_bool).unwrap_or(true);
    endpoints.into_iter().flatten().any(ready)
}

/// Until the configuration holds a certificate for every webhook that calls the service.
async fn certificate(
    context: &Context,
    configuration: &ObjectId,
    service: &ObjectId,
    told: &mut Teller<'_>,
) -> Result<(), Trouble> {
    let resource: Resource = context.resource(configuration).await?;
    let mut slots = context.informers.follow(&resource, configuration);
    loop {
        let reason = match &*slots.borrow_and_update() {
            Slot::Unknown => "looking".to_owned(),
            Slot::Absent => "not there yet".to_owned(),
            Slot::Blind(error) => {
                return Err(Trouble::Blind { id: configuration.clone(), error: error.clone() });
            }
            Slot::There(object) => match without_certificate(object, service) {
                None => return Ok(()),
                Some(webhook) => format!("no CA bundle for webhook {webhook} yet"),
            },
        };
        if reason != "looking" {
            told.waits(&reason);
        }
        tokio::select! {
            () = context.soft.cancelled() => return Err(Trouble::Interrupted),
            changed = slots.changed() => if changed.is_err() {
                return Err(Trouble::Failed(format!("the watch of {configuration} has ended")));
            },
            () = tokio::time::sleep_until(told.deadline) => {
                return Err(Trouble::NotReady { id: configuration.clone(), reason });
            }
        }
    }
}

/// The name of a webhook that calls `service` and has no certificate to check it by. A CRD's conversion webhook
/// counts as one.
fn without_certificate(configuration: &Object, service: &ObjectId) -> Option<String> {
    let calls = |client: &Value| {
        let text = |pointer: &str| client.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        text("/service/name") == service.name && text("/service/namespace") == service.namespace
    };
    let lacks = |client: &Value| {
        let bundle = client.get("caBundle").and_then(Value::as_str).unwrap_or_default();
        !holds_certificate(bundle)
    };
    if let Some(client) = configuration.get("/spec/conversion/webhook/clientConfig") {
        return (calls(client) && lacks(client)).then(|| "conversion".to_owned());
    }
    let webhooks = configuration.get("/webhooks").and_then(Value::as_array)?;
    let lacking = webhooks.iter().find(|w| w.get("clientConfig").is_some_and(|client| calls(client) && lacks(client)));
    lacking.map(|w| w.get("name").and_then(Value::as_str).unwrap_or("without a name").to_owned())
}

/// Until a dry run of an object that waits for this gate is answered by the webhooks. The one thing asked again and
/// again: nobody tells when a webhook begins to listen.
async fn probe(
    context: &Context,
    configuration: &ObjectId,
    probes: &[usize],
    told: &mut Teller<'_>,
) -> Result<(), Trouble> {
    let candidates = probes.iter().filter_map(|n| context.plan.changes.get(*n));
    let candidates = candidates.filter(|change| change.action != Action::NoOp);
    let Some(object) = candidates.filter_map(|change| change.after.as_ref()).next() else { return Ok(()) };
    let mut pause = Duration::from_millis(250);
    loop {
        match context.cluster.probe_webhooks(object).await {
            Ok(None) => return Ok(()),
            Ok(Some(text)) => told.waits(&text),
            // The connection is not what this gate is about; the change itself will tell.
            Err(_) => return Ok(()),
        }
        if Instant::now() + pause >= told.deadline {
            return Err(Trouble::NotReady { id: configuration.clone(), reason: told.last_reason().to_owned() });
        }
        tokio::select! {
            () = context.soft.cancelled() => return Err(Trouble::Interrupted),
            () = tokio::time::sleep(pause) => pause = (pause * 2).min(Duration::from_secs(2)),
        }
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use serde_json::json;

    use super::*;

    #[test]
    fn certificates_and_dummies() {
        let real = STANDARD.encode("-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n");
        let service = ObjectId::new("", "Service", "cert-manager", "webhook");
        let check = |bundle: &str, name: &str, expected: Option<&str>| {
            let client = json!({"caBundle": bundle, "service": {"name": name, "namespace": "cert-manager"}});
            let object = Object::from_value(json!({
                "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
                "metadata": {"name": "x"}, "webhooks": [{"name": "w.x", "clientConfig": client}],
            }))
            .unwrap();
            assert_eq!(without_certificate(&object, &service).as_deref(), expected, "{bundle} {name}");
            let object = Object::from_value(json!({
                "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "x"},
                "spec": {"conversion": {"webhook": {"clientConfig": client}}},
            }))
            .unwrap();
            assert_eq!(without_certificate(&object, &service).is_some(), expected.is_some(), "{bundle} {name}");
        };
        check(&real, "webhook", None);
        check("Cg==", "webhook", Some("w.x"));
        check("", "webhook", Some("w.x"));
        check("", "another", None);
    }

    #[test]
    fn endpoints_that_are_ready() {
        let check = |endpoints: Value, expected: bool| {
            let slice = Object::from_value(json!({
                "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": {"name": "x"},
                "endpoints": endpoints,
            }))
            .unwrap();
            assert_eq!(has_ready_endpoint(&slice), expected);
        };
        check(json!([]), false);
        check(json!(null), false);
        check(json!([{"addresses": ["10.0.0.1"], "conditions": {"ready": false}}]), false);
        check(json!([{"conditions": {"ready": false}}, {"conditions": {"ready": true}}]), true);
        check(json!([{"addresses": ["10.0.0.1"]}]), true);
    }
}
