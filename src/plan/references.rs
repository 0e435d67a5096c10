//! Which other objects an object names: what its pods mount and run as, what it binds, scales or is served by.

use serde_json::Value;

use crate::object::Object;
use crate::object::ObjectId;
use crate::object::Read;
use crate::object::kinds;
use crate::object::kinds::Class;
use crate::object::reads;

/// A named object.
#[derive(Clone, Debug, PartialEq)]
pub enum Reference {
    Object(ObjectId),
    /// A Service that must answer, not only be there.
    Served(ObjectId),
    /// A Secret in the object's namespace, which a certificate may fill.
    Secret(String),
    /// A ServiceAccount in the object's namespace, used with the roles bound to it.
    ServiceAccount(String),
}

/// All references of one object; kinds that are unknown here have none.
pub fn references(object: &Object) -> Vec<Reference> {
    let id = object.id();
    let mut found = Vec::new();
    if let Some(template) = kinds::pod_template(object) {
        pod(template.spec, &id.namespace, &mut found);
    }
    let mut add = |group: &str, kind: &str, namespace: &str, name: &str| {
        if !name.is_empty() {
            found.push(Reference::Object(ObjectId::new(group, kind, namespace, name)));
        }
    };
    let here = id.namespace.as_str();
    match (id.group.as_str(), id.kind.as_str()) {
        ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding") => {
            let role = object.text("/roleRef/kind");
            add(
                "rbac.authorization.k8s.io",
                role,
                if role == "Role" { here } else { "" },
                object.text("/roleRef/name"),
            );
            for subject in items(object.get("/subjects")) {
                if text(subject, "kind") == "ServiceAccount" {
                    let namespace = text(subject, "namespace");
                    let namespace = if namespace.is_empty() { here } else { namespace };
                    add("", "ServiceAccount", namespace, text(subject, "name"));
                }
            }
        }
        ("", "ServiceAccount") => {
            for secret in items(object.get("/imagePullSecrets")) {
                add("", "Secret", here, text(secret, "name"));
            }
        }
        ("", "PersistentVolumeClaim") => {
            add("storage.k8s.io", "StorageClass", "", object.text("/spec/storageClassName"));
            add("", "PersistentVolume", "", object.text("/spec/volumeName"));
        }
        ("apps", "StatefulSet") => {
            add("", "Service", here, object.text("/spec/serviceName"));
            for claim in items(object.get("/spec/volumeClaimTemplates")) {
                let class = claim.pointer("/spec/storageClassName").and_then(Value::as_str).unwrap_or_default();
                add("storage.k8s.io", "StorageClass", "", class);
            }
        }
        ("autoscaling", "HorizontalPodAutoscaler") => {
            let version = object.text("/spec/scaleTargetRef/apiVersion");
            let group = version.rsplit_once('/').map_or("", |(group, _)| group);
            add(group, object.text("/spec/scaleTargetRef/kind"), here, object.text("/spec/scaleTargetRef/name"));
        }
        ("networking.k8s.io", "Ingress") => {
            add("networking.k8s.io", "IngressClass", "", object.text("/spec/ingressClassName"));
        }
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding") => {
            add("admissionregistration.k8s.io", "ValidatingAdmissionPolicy", "", object.text("/spec/policyName"));
        }
        ("apiregistration.k8s.io", "APIService") => {
            let service = (object.text("/spec/service/namespace"), object.text("/spec/service/name"));
            if !service.1.is_empty() {
                found.push(Reference::Served(ObjectId::new("", "Service", service.0, service.1)));
            }
        }
        ("cert-manager.io", "Certificate") => {
            let kind = object.text("/spec/issuerRef/kind");
            let kind = if kind.is_empty() { "Issuer" } else { kind };
            let namespace = if kind == "ClusterIssuer" { "" } else { here };
            add("cert-manager.io", kind, namespace, object.text("/spec/issuerRef/name"));
        }
        _ if kinds::class(&id) == Class::Webhook => {
            for webhook in items(object.get("/webhooks")) {
                let service = webhook.pointer("/clientConfig/service");
                let name =
                    |key| service.and_then(|service| service.get(key)).and_then(Value::as_str).unwrap_or_default();
                add("", "Service", name("namespace"), name("name"));
            }
        }
        _ => {}
    }
    found
}

/// References of a pod's `spec`. Optional ones count too: what comes in the same plan had better be there first.
fn pod(spec: &Value, namespace: &str, found: &mut Vec<Reference>) {
    let account = [text(spec, "serviceAccountName"), text(spec, "serviceAccount")];
    if let Some(account) = account.into_iter().find(|name| !name.is_empty()) {
        found.push(Reference::ServiceAccount(account.to_owned()));
    }
    let object = |kind: &str, name: &str| Reference::Object(ObjectId::new("", kind, namespace, name));
    found.extend(reads(spec).into_iter().map(|read| match read {
        Read::ConfigMap(name) => object("ConfigMap", name),
        Read::Claim(name) => object("PersistentVolumeClaim", name),
        Read::Secret(name) | Read::PullSecret(name) => Reference::Secret(name.to_owned()),
    }));
    for (group, kind, field) in [
        ("scheduling.k8s.io", "PriorityClass", "priorityClassName"),
        ("node.k8s.io", "RuntimeClass", "runtimeClassName"),
    ] {
        let name = text(spec, field);
        if !name.is_empty() {
            found.push(Reference::Object(ObjectId::new(group, kind, "", name)));
        }
    }
}

fn items(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}
