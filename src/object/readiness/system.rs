//! Kinds of the system: namespaces, claims, services, CRDs, API services, autoscalers, budgets.

use serde_json::Value;

use super::Readiness;
use super::conditions::condition;
use super::conditions::number;
use super::conditions::stale;
use crate::object::Object;

pub(super) fn namespace(object: &Object) -> Readiness {
    match object.text("/status/phase") {
        "Terminating" => Readiness::InProgress("being deleted".into()),
        _ => Readiness::Current,
    }
}

/// A claim is ready when bound. One that its class binds only to a pod's node stays pending until a pod comes, which
/// is no fault of its own.
pub(super) fn claim(object: &Object) -> Readiness {
    match object.text("/status/phase") {
        "Bound" => Readiness::Current,
        "Lost" => Readiness::Failed("its volume is gone".into()),
        _ => Readiness::InProgress("not bound to a volume yet".into()),
    }
}

pub(super) fn service(object: &Object) -> Readiness {
    if object.text("/spec/type") != "LoadBalancer" {
        return Readiness::Current;
    }
    let ingress = object.get("/status/loadBalancer/ingress").and_then(Value::as_array);
    if ingress.is_some_and(|list| !list.is_empty()) {
        Readiness::Current
    } else {
        Readiness::InProgress("no address from the load balancer yet".into())
    }
}

/// A CRD seen as metadata only has no status and is taken as ready: whoever must know better asks discovery.
pub(super) fn definition(object: &Object) -> Readiness {
    if let Some(names) = condition(object, "NamesAccepted").filter(|c| c.status() == "False") {
        return Readiness::Failed(format!("its names are taken: {}", names.words()));
    }
    if object.get("/spec").is_none() || condition(object, "Established").is_some_and(|c| c.is_true()) {
        return Readiness::Current;
    }
    Readiness::InProgress("not established yet".into())
}

pub(super) fn api_service(object: &Object) -> Readiness {
    match condition(object, "Available") {
        Some(c) if c.is_true() => Readiness::Current,
        Some(c) => Readiness::InProgress(format!("not available: {}", c.words())),
        None => Readiness::InProgress("not available yet".into()),
    }
}

/// An autoscaler that cannot read metrics yet still keeps the replicas it was given, so only an error to scale
/// counts.
pub(super) fn autoscaler(object: &Object) -> Readiness {
    match condition(object, "AbleToScale") {
        Some(c) if c.status() == "False" => Readiness::InProgress(format!("cannot scale: {}", c.words())),
        _ => Readiness::Current,
    }
}

pub(super) fn disruption_budget(object: &Object) -> Readiness {
    if let Some(stale) = stale(object) {
        return stale;
    }
    let (healthy, wanted) = (number(object, "/status/currentHealthy"), number(object, "/status/desiredHealthy"));
    if healthy < wanted {
        return Readiness::InProgress(format!("{healthy} of {wanted} pods healthy"));
    }
    Readiness::Current
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::check;

    #[test]
    fn kinds_of_the_system() {
        check("v1", "Namespace", json!({"status": {"phase": "Active"}}), "");
        check("v1", "PersistentVolumeClaim", json!({"status": {"phase": "Pending"}}), "not bound to a volume yet");
        check("v1", "PersistentVolumeClaim", json!({"status": {"phase": "Bound"}}), "");
        check("v1", "PersistentVolumeClaim", json!({"status": {"phase": "Lost"}}), "!its volume is gone");
        check("v1", "Service", json!({"spec": {"type": "ClusterIP"}}), "");
        check("v1", "Service", json!({"spec": {"type": "LoadBalancer"}}), "no address from the load balancer yet");
        check(
            "v1",
            "Service",
            json!({"spec": {"type": "LoadBalancer"}, "status": {"loadBalancer": {"ingress": [{"ip": "1.2.3.4"}]}}}),
            "",
        );
        let check = |group: &str, kind: &str, conditions: serde_json::Value, expected: &str| {
            check(group, kind, json!({"spec": {}, "status": {"conditions": conditions}}), expected);
        };
        let crd =
            |conditions, expected| check("apiextensions.k8s.io/v1", "CustomResourceDefinition", conditions, expected);
        crd(json!([]), "not established yet");
        crd(json!([{"type": "Established", "status": "True"}]), "");
        crd(
            json!([{"type": "NamesAccepted", "status": "False", "message": "\"x\" is already in use"}]),
            "!its names are taken: \"x\" is already in use",
        );
        let api = |conditions, expected| check("apiregistration.k8s.io/v1", "APIService", conditions, expected);
        api(json!([]), "not available yet");
        api(json!([{"type": "Available", "status": "True"}]), "");
        api(
            json!([{"type": "Available", "status": "False", "message": "no endpoints"}]),
            "not available: no endpoints",
        );
        check(
            "autoscaling/v2",
            "HorizontalPodAutoscaler",
            json!([{"type": "ScalingActive", "status": "False", "message": "no metrics"}]),
            "",
        );
    }
}
