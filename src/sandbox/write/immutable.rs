//! Fields that cannot change once an object exists, by kind: a table with what the server says of each.

use serde_json::Value;

use crate::object::schema::FieldError;
use crate::object::schema::Reason;
use crate::sandbox::fields::equal;
use crate::sandbox::kinds::Resource;

const IMMUTABLE: &str = "field is immutable";

/// (group, kind, dotted path, what the server says). A cleared field counts as changed; one that was empty may be set
/// where the row says so.
const FIELDS: &[(&str, &str, &str, bool, &str)] = &[
    // Pods are found by the selector: another one would let go of those that run.
    ("apps", "Deployment", "spec.selector", false, IMMUTABLE),
    ("apps", "DaemonSet", "spec.selector", false, IMMUTABLE),
    ("apps", "ReplicaSet", "spec.selector", false, IMMUTABLE),
    ("batch", "Job", "spec.selector", true, IMMUTABLE),
    ("batch", "Job", "spec.completions", false, IMMUTABLE),
    ("batch", "Job", "spec.completionMode", false, IMMUTABLE),
    ("batch", "Job", "spec.template", false, IMMUTABLE),
    // The role would change under the eyes of whoever was bound.
    ("rbac.authorization.k8s.io", "RoleBinding", "roleRef", false, "cannot change roleRef"),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding", "roleRef", false, "cannot change roleRef"),
    // Volumes of a class would differ from one another.
    ("storage.k8s.io", "StorageClass", "provisioner", false, IMMUTABLE),
    ("storage.k8s.io", "StorageClass", "reclaimPolicy", false, IMMUTABLE),
    ("storage.k8s.io", "StorageClass", "volumeBindingMode", false, IMMUTABLE),
    ("storage.k8s.io", "CSIDriver", "spec.attachRequired", false, IMMUTABLE),
    ("", "Secret", "type", false, IMMUTABLE),
    ("", "PersistentVolume", "spec.csi", true, "spec.persistentvolumesource is immutable after creation"),
    ("", "PersistentVolume", "spec.nfs", true, "spec.persistentvolumesource is immutable after creation"),
    ("", "PersistentVolume", "spec.hostPath", true, "spec.persistentvolumesource is immutable after creation"),
    ("scheduling.k8s.io", "PriorityClass", "value", false, "may not be changed in an update."),
    ("scheduling.k8s.io", "PriorityClass", "preemptionPolicy", false, "may not be changed in an update."),
    ("apiextensions.k8s.io", "CustomResourceDefinition", "spec.scope", false, IMMUTABLE),
    ("apiextensions.k8s.io", "CustomResourceDefinition", "spec.group", false, IMMUTABLE),
    ("apiextensions.k8s.io", "CustomResourceDefinition", "spec.names.kind", false, IMMUTABLE),
    ("apiextensions.k8s.io", "CustomResourceDefinition", "spec.names.plural", false, IMMUTABLE),
    ("networking.k8s.io", "IngressClass", "spec.controller", false, IMMUTABLE),
    ("discovery.k8s.io", "EndpointSlice", "addressType", false, IMMUTABLE),
    ("node.k8s.io", "RuntimeClass", "handler", false, IMMUTABLE),
];

/// Parts that are closed but for some fields: (group, kind, part, fields that may change, what the server says).
const CLOSED: &[(&str, &str, &str, &[&str], &str)] = &[
    (
        "apps",
        "StatefulSet",
        "spec",
        &[
            "replicas",
            "ordinals",
            "template",
            "updateStrategy",
            "persistentVolumeClaimRetentionPolicy",
            "minReadySeconds",
            "revisionHistoryLimit",
        ],
        "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
    ),
    (
        "",
        "PersistentVolumeClaim",
        "spec",
        &["resources", "volumeAttributesClassName", "volumeName", "storageClassName"],
        "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims",
    ),
    (
        "",
        "Pod",
        "spec",
        &[
            "containers",
            "initContainers",
            "ephemeralContainers",
            "activeDeadlineSeconds",
            "tolerations",
            "terminationGracePeriodSeconds",
            "nodeName",
            "schedulingGates",
            "nodeSelector",
            "priority",
            "preemptionPolicy",
        ],
        "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
    ),
];

/// What an update changes although it may not.
pub fn check(resource: &Resource, old: &Value, new: &Value) -> Vec<FieldError> {
    if resource.is_custom() {
        return Vec::new();
    }
    let (group, kind) = (resource.group.as_str(), resource.kind.as_str());
    let mut errors = Vec::new();
    for (_, _, path, may_be_set, message) in FIELDS.iter().filter(|row| row.0 == group && row.1 == kind) {
        let (before, after) = (at(old, path), at(new, path));
        if differ(before, after) && !(*may_be_set && before.is_none()) {
            errors.push(FieldError::invalid(*path, after.unwrap_or(&Value::Null), message));
        }
    }
    for (_, _, part, open, message) in CLOSED.iter().filter(|row| row.0 == group && row.1 == kind) {
        let closed = |object: &Value| {
            let mut part = object[*part].as_object().cloned().unwrap_or_default();
            part.retain(|name, _| !open.contains(&name.as_str()));
            Value::Object(part)
        };
        if !equal(&closed(old), &closed(new)) {
            let message = format!("Forbidden: {message}");
            errors.push(FieldError { path: (*part).to_owned(), reason: Reason::Forbidden, message });
        }
    }
    errors.extend(special(group, kind, old, new));
    errors
}

/// What depends on more than one field.
fn special(group: &str, kind: &str, old: &Value, new: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let forbidden = |path: &str, message: &str| FieldError {
        path: path.to_owned(),
        reason: Reason::Forbidden,
        message: format!("Forbidden: {message}"),
    };
    match (group, kind) {
        ("", "ConfigMap" | "Secret") if old["immutable"] == true => {
            if new["immutable"] != true {
                errors.push(forbidden("immutable", "field is immutable when `immutable` is set"));
            }
            for field in ["data", "binaryData"] {
                if differ(old.get(field), new.get(field)) {
                    errors.push(forbidden(field, "field is immutable when `immutable` is set"));
                }
            }
        }
        ("storage.k8s.io", "StorageClass") if differ(old.get("parameters"), new.get("parameters")) => {
            errors.push(forbidden("parameters", "updates to parameters are forbidden."));
        }
        ("", "Service") => {
            let address = |object: &Value| object["spec"]["clusterIP"].as_str().unwrap_or_default().to_owned();
            let external = |object: &Value| object["spec"]["type"] == "ExternalName";
            let (before, after) = (address(old), address(new));
            if !external(old) && !external(new) && !before.is_empty() && !after.is_empty() && before != after {
                let value = serde_json::json!([after]);
                errors.push(FieldError::invalid("spec.clusterIPs[0]", &value, "may not change once set"));
            }
        }
        ("", "PersistentVolumeClaim") => {
            for field in ["storageClassName", "volumeName"] {
                let (before, after) = (old["spec"].get(field), new["spec"].get(field));
                if before.is_some() && differ(before, after) {
                    errors.push(forbidden("spec", CLOSED[1].4));
                }
            }
            let size = |object: &Value| {
                let value = object["spec"]["resources"]["requests"].get("storage").cloned();
                value.and_then(|value| crate::object::schema::Quantity::from_json(&value).ok()).map(|q| q.nanos())
            };
            if let (Some(before), Some(after)) = (size(old), size(new))
                && after < before
            {
                errors.push(forbidden("spec.resources.requests.storage", "field can not be less than status.capacity"));
            }
        }
        _ => {}
    }
    errors
}

fn at<'a>(object: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(object, |value, name| value.get(name)).filter(|value| !value.is_null())
}

fn differ(old: Option<&Value>, new: Option<&Value>) -> bool {
    match (old, new) {
        (Some(old), Some(new)) => !equal(old, new),
        (None, None) => false,
        _ => true,
    }
}
