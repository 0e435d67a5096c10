//! Decisions of a server about single built-in kinds that no schema says. One table of functions, by kind.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Map;
use serde_json::Value;

use super::meta;
use super::sizes;
use super::templates;
use crate::object::schema::FieldError;
use crate::object::schema::Reason;
use crate::sandbox::admission;
use crate::sandbox::kinds::Resource;
use crate::sandbox::usage;

/// Kinds without `metadata.generation`: their specification is not acted on, or they have none.
const WITHOUT_GENERATION: &[(&str, &str)] = &[
    ("", "Node"),
    ("", "Namespace"),
    ("", "Service"),
    ("", "ConfigMap"),
    ("", "Secret"),
    ("", "ServiceAccount"),
    ("", "PersistentVolume"),
    ("", "PersistentVolumeClaim"),
    ("", "Endpoints"),
    ("", "Event"),
    ("", "Pod"),
    ("", "LimitRange"),
    ("", "ResourceQuota"),
    ("", "PodTemplate"),
    ("autoscaling", "HorizontalPodAutoscaler"),
    ("coordination.k8s.io", "Lease"),
    ("rbac.authorization.k8s.io", "Role"),
    ("rbac.authorization.k8s.io", "ClusterRole"),
    ("rbac.authorization.k8s.io", "RoleBinding"),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"),
    ("storage.k8s.io", "StorageClass"),
    ("storage.k8s.io", "CSIDriver"),
    ("storage.k8s.io", "CSINode"),
    ("storage.k8s.io", "VolumeAttachment"),
    ("apiregistration.k8s.io", "APIService"),
    ("scheduling.k8s.io", "PriorityClass"),
    ("events.k8s.io", "Event"),
];

/// Kinds whose objects a PUT makes where they are missing.
const CREATED_BY_UPDATE: &[(&str, &str)] = &[
    ("", "Service"),
    ("", "Endpoints"),
    ("", "Event"),
    ("", "LimitRange"),
    ("", "PodTemplate"),
    ("coordination.k8s.io", "Lease"),
    ("rbac.authorization.k8s.io", "Role"),
    ("rbac.authorization.k8s.io", "ClusterRole"),
    ("rbac.authorization.k8s.io", "RoleBinding"),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"),
];

/// Whether a PUT makes an object of the kind that is missing.
pub fn is_created_by_update(resource: &Resource) -> bool {
    CREATED_BY_UPDATE.iter().any(|(group, kind)| *group == resource.group && *kind == resource.kind)
}

/// Whether objects of the kind carry a generation.
pub fn has_generation(resource: &Resource) -> bool {
    let is = |(group, kind): &&(&str, &str)| *group == resource.group && *kind == resource.kind;
    resource.is_custom() || !WITHOUT_GENERATION.iter().any(|row| is(&row))
}

/// Whether the generation counts a difference between two states: anything but metadata and status.
pub fn specification_differs(old: &Value, new: &Value) -> bool {
    let counts = |name: &str| !matches!(name, "metadata" | "status" | "apiVersion" | "kind");
    let (Some(old), Some(new)) = (old.as_object(), new.as_object()) else { return false };
    old.iter().any(|(name, value)| counts(name) && new.get(name) != Some(value))
        || new.keys().any(|name| counts(name) && !old.contains_key(name))
}

/// What is rewritten before anything else sees the object.
pub fn before_pruning(resource: &Resource, object: &mut Value) {
    if resource.group.is_empty() && resource.kind == "Secret" {
        merge_string_data(object);
    }
}

/// What counts as not given, so that it gets its default.
pub fn before_defaults(resource: &Resource, object: &mut Value) {
    if resource.group.is_empty() && resource.kind == "Service" {
        drop_zero_targets(object);
    }
    if resource.group.is_empty() && resource.kind == "LimitRange" {
        admission::limits::complete(object);
    }
}

/// What the server fills in when an object is created, beyond the defaults of its schema.
pub fn on_create(resource: &Resource, object: &mut Value) {
    match (resource.group.as_str(), resource.kind.as_str()) {
        ("", "Namespace") => {
            let name = meta::text(object, "name").to_owned();
            let labels = meta::metadata_mut(object).entry("labels").or_insert_with(|| Value::Object(Map::new()));
            if let Some(labels) = labels.as_object_mut() {
                labels.insert("kubernetes.io/metadata.name".into(), name.into());
            }
            let spec = object_field(object, "spec");
            let list = spec.entry("finalizers").or_insert_with(|| Value::Array(Vec::new()));
            if let Some(list) = list.as_array_mut()
                && !list.iter().any(|known| known == "kubernetes")
            {
                list.push("kubernetes".into());
            }
            object_field(object, "status").insert("phase".into(), "Active".into());
        }
        ("", "Pod") => {
            let status = object_field(object, "status");
            status.clear();
            status.insert("phase".into(), "Pending".into());
            let spec = object_field(object, "spec");
            spec.entry("serviceAccountName").or_insert_with(|| "default".into());
            spec.entry("preemptionPolicy").or_insert_with(|| "PreemptLowerPriority".into());
            spec.entry("priority").or_insert_with(|| 0.into());
        }
        ("", "PersistentVolumeClaim" | "PersistentVolume") => {
            let status = object_field(object, "status");
            status.clear();
            status.insert("phase".into(), "Pending".into());
        }
        ("", "Service") => {
            object_field(object, "status").insert("loadBalancer".into(), Value::Object(Map::new()));
        }
        ("batch", "Job") => super::job::complete(object),
        ("apps" | "policy" | "autoscaling" | "networking.k8s.io" | "batch", _)
            if resource.has_subresource("status") =>
        {
            object_field(object, "status");
        }
        _ => {}
    }
}

/// What the server works out of an object once everybody has had his say in it.
pub fn on_commit(resource: &Resource, old: Option<&Value>, object: &mut Value) {
    if resource.group.is_empty() && resource.kind == "Pod" && old.is_none() {
        let quality = usage::quality(object);
        object_field(object, "status").insert("qosClass".into(), quality.into());
    }
}

/// What the schema of a built-in kind does not forbid but the server does.
pub fn validate(resource: &Resource, object: &Value) -> Vec<FieldError> {
    let mut errors = templates::check(resource, object);
    match (resource.group.as_str(), resource.kind.as_str()) {
        ("", "Service") => errors.extend(validate_service(object)),
        ("", "Secret") => {
            for (key, value) in object["data"].as_object().into_iter().flatten() {
                if value.as_str().is_some_and(|text| STANDARD.decode(text).is_err()) {
                    errors.push(FieldError {
                        path: format!("data.{key}"),
                        reason: Reason::Invalid,
                        message: "Invalid value: illegal base64 data".into(),
                    });
                }
            }
            errors.extend(validate_data_keys(object));
            errors.extend(sizes::check_secret(object));
        }
        ("", "ConfigMap") => {
            errors.extend(validate_data_keys(object));
            errors.extend(sizes::check_config_map(object));
        }
        ("", "ResourceQuota") => errors.extend(super::quotas::check(object)),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => errors.extend(super::crd::validate(object)),
        _ => {}
    }
    errors
}

/// A field of the root as a map, made where it is missing.
pub fn object_field<'a>(object: &'a mut Value, name: &str) -> &'a mut Map<String, Value> {
    if !object.is_object() {
        *object = Value::Object(Map::new());
    }
    let root = object.as_object_mut().expect("just made an object");
    let field = root.entry(name).or_insert_with(|| Value::Object(Map::new()));
    if !field.is_object() {
        *field = Value::Object(Map::new());
    }
    field.as_object_mut().expect("just made an object")
}

fn merge_string_data(object: &mut Value) {
    let Some(map) = object.as_object_mut() else { return };
    let Some(Value::Object(texts)) = map.shift_remove("stringData") else { return };
    if texts.is_empty() {
        return;
    }
    let data = object_field(object, "data");
    for (key, value) in texts {
        data.insert(key, STANDARD.encode(value.as_str().unwrap_or_default()).into());
    }
}

/// The target 0 of a port means none was given: it gets its default.
fn drop_zero_targets(object: &mut Value) {
    let Some(ports) = object.pointer_mut("/spec/ports").and_then(Value::as_array_mut) else { return };
    for port in ports.iter_mut().filter_map(Value::as_object_mut) {
        if port.get("targetPort").is_some_and(|target| *target == 0 || *target == "") {
            port.shift_remove("targetPort");
        }
    }
}

fn validate_data_keys(object: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let valid = |key: &str| {
        !key.is_empty()
            && key.len() <= 253
            && key != "."
            && !key.starts_with("..")
            && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
    };
    for field in ["data", "binaryData"] {
        for key in object[field].as_object().into_iter().flat_map(Map::keys).filter(|key| !valid(key)) {
            errors.push(FieldError::invalid(
                format!("{field}[{key}]"),
                &key.as_str().into(),
                "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
            ));
        }
    }
    errors
}

fn validate_service(object: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let spec = &object["spec"];
    let ports = spec["ports"].as_array().map(Vec::as_slice).unwrap_or_default();
    let headless = spec["clusterIP"] == "None";
    if ports.is_empty() && !headless && spec["type"] != "ExternalName" {
        errors.push(FieldError::required("spec.ports"));
    }
    let mut names = std::collections::HashSet::new();
    for (index, port) in ports.iter().enumerate() {
        let name = port["name"].as_str().unwrap_or_default();
        if ports.len() > 1 && name.is_empty() {
            errors.push(FieldError::required(format!("spec.ports[{index}].name")));
        } else if !name.is_empty() && !names.insert(name) {
            errors.push(FieldError::duplicate(format!("spec.ports[{index}].name"), &name.into()));
        }
        if port["port"].as_i64().is_none_or(|port| !(1..=65535).contains(&port)) {
            errors.push(FieldError::invalid(
                format!("spec.ports[{index}].port"),
                &port["port"],
                "must be between 1 and 65535, inclusive",
            ));
        }
    }
    errors
}
