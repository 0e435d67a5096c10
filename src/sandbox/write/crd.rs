//! CustomResourceDefinitions as the server itself keeps them: status, established kinds, and the instances of one
//! that goes.

use std::sync::Arc;

use serde_json::Value;
use serde_json::json;

use super::meta;
use super::rules;
use crate::object::schema::FieldError;
use crate::object::schema::Schema;
use crate::sandbox::kinds::Resource;
use crate::sandbox::server::Server;
use crate::sandbox::storage::Expectation;
use crate::sandbox::storage::Key;

pub const GROUP: &str = "apiextensions.k8s.io";
pub const KIND: &str = "CustomResourceDefinition";
const PLURAL: &str = "customresourcedefinitions";
/// Says who agreed that a definition is of a group that belongs to Kubernetes.
const APPROVED: &str = "api-approved.kubernetes.io";
const FINALIZER: &str = "customresourcecleanup.apiextensions.k8s.io";

/// Whether the kinds of a CRD are served.
pub fn is_established(crd: &Value) -> bool {
    let conditions = crd["status"]["conditions"].as_array();
    conditions.into_iter().flatten().any(|c| c["type"] == "Established" && c["status"] == "True")
}

/// Writes the status as the server's own controllers would a moment later.
pub fn set_status(old: Option<&Value>, crd: &mut Value) {
    let mut status = old.and_then(|old| old.get("status")).cloned().unwrap_or_else(|| json!({}));
    let names = crd["spec"]["names"].clone();
    let storage: Vec<String> = crd["spec"]["versions"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|version| version["storage"] == true)
        .filter_map(|version| version["name"].as_str().map(str::to_owned))
        .collect();
    let mut stored: Vec<Value> = status["storedVersions"].as_array().cloned().unwrap_or_default();
    for name in storage {
        if !stored.iter().any(|known| *known == *name) {
            stored.push(name.into());
        }
    }
    let now = meta::now();
    let since = |kind: &str| {
        let known = status["conditions"].as_array().into_iter().flatten().find(|c| c["type"] == kind);
        known.and_then(|c| c["lastTransitionTime"].as_str()).unwrap_or(&now).to_owned()
    };
    let condition = |kind: &str, reason: &str, message: &str| json!({"type": kind, "status": "True", "lastTransitionTime": since(kind), "reason": reason, "message": message});
    let mut conditions = vec![
        condition("NamesAccepted", "NoConflicts", "no conflicts found"),
        condition("Established", "InitialNamesAccepted", "the initial names have been accepted"),
    ];
    if let Some((reason, message)) = approval(crd) {
        let status = if reason == "ApprovedAnnotation" { "True" } else { "False" };
        let kind = "KubernetesAPIApprovalPolicyConformant";
        conditions.push(json!({"type": kind, "status": status, "lastTransitionTime": since(kind), "reason": reason, "message": message}));
    }
    let others = status["conditions"].as_array().into_iter().flatten();
    let written: Vec<Value> = conditions.iter().map(|condition| condition["type"].clone()).collect();
    conditions.extend(others.filter(|c| !written.contains(&c["type"])).cloned());
    status["conditions"] = conditions.into();
    status["acceptedNames"] = names;
    status["storedVersions"] = stored.into();
    rules::object_field(crd, "status");
    crd["status"] = status;
}

/// What is wrong with a CRD beyond its own schema.
pub fn validate(crd: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let spec = &crd["spec"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let expected = format!("{}.{}", text(&spec["names"]["plural"]), text(&spec["group"]));
    let name = meta::text(crd, "name");
    if name != expected {
        errors.push(FieldError::invalid("metadata.name", &name.into(), "must be spec.names.plural+\".\"+spec.group"));
    }
    let versions = spec["versions"].as_array().map(Vec::as_slice).unwrap_or_default();
    if versions.iter().filter(|version| version["storage"] == true).count() != 1 {
        errors.push(FieldError::invalid(
            "spec.versions",
            &Value::Array(versions.iter().map(|version| version["name"].clone()).collect()),
            "must have exactly one version marked as storage version",
        ));
    }
    for (index, version) in versions.iter().enumerate() {
        let path = format!("spec.versions[{index}].schema.openAPIV3Schema");
        match version["schema"].get("openAPIV3Schema") {
            None => errors.push(FieldError::required(path)),
            Some(schema) => {
                if let Err(wrong) = Schema::from_json(schema) {
                    errors.push(FieldError::invalid(format!("{path}.{}", wrong.path), &Value::Null, &wrong.message));
                }
            }
        }
    }
    errors
}

/// Whether a definition of a group of Kubernetes' own was agreed to, as the server tells it (`GetAPIApprovalState` in
/// k8s.io/apiextensions-apiserver/pkg/apihelpers, 1.31): a word for the state, and the sentence.
fn approval(crd: &Value) -> Option<(&'static str, String)> {
    let group = crd["spec"]["group"].as_str().unwrap_or_default();
    let of = |owner: &str| group == owner || group.strip_suffix(owner).is_some_and(|rest| rest.ends_with('.'));
    if !of("k8s.io") && !of("kubernetes.io") {
        return None;
    }
    let more = "see https://github.com/kubernetes/enhancements/pull/1111";
    let must = format!("protected groups must have approval annotation \"{APPROVED}\"");
    let said = crd["metadata"]["annotations"][APPROVED].as_str().unwrap_or_default();
    let is_address = said.split_once("://").is_some_and(|(scheme, rest)| !scheme.is_empty() && !rest.is_empty());
    Some(match said {
        "" => ("MissingAnnotation", format!("{must}, {more}")),
        said if said.starts_with("unapproved") => ("UnapprovedAnnotation", format!("not approved: \"{said}\"")),
        said if is_address => ("ApprovedAnnotation", format!("approved in {said}")),
        _ => {
            ("InvalidAnnotation", format!("{must} with either a URL or a reason starting with \"unapproved\", {more}"))
        }
    })
}

/// What is wrong with the agreement to a definition. One that was no better before is let pass.
pub fn check_approval(old: Option<&Value>, crd: &Value) -> Vec<FieldError> {
    let state = |crd: &Value| approval(crd).map(|(state, _)| state);
    if old.is_some_and(|old| state(old) == state(crd)) {
        return Vec::new();
    }
    let path = format!("metadata.annotations[{APPROVED}]");
    match approval(crd) {
        Some(("MissingAnnotation", reason)) => {
            vec![FieldError { message: format!("Required value: {reason}"), ..FieldError::required(path) }]
        }
        Some(("InvalidAnnotation", reason)) => {
            vec![FieldError::invalid(path, &crd["metadata"]["annotations"][APPROVED], &reason)]
        }
        _ => Vec::new(),
    }
}

/// Versions that objects may still be stored in and that the definition knows no more. Asked of the definition itself, not
/// of its status, which may be written to anything.
pub fn lost_versions(crd: &Value) -> Vec<FieldError> {
    let known = |name: &Value| crd["spec"]["versions"].as_array().into_iter().flatten().any(|v| v["name"] == *name);
    let stored = crd["status"]["storedVersions"].as_array().into_iter().flatten().enumerate();
    let lost = stored.filter(|(_, name)| !known(name));
    lost.map(|(index, name)| {
        FieldError::invalid(format!("status.storedVersions[{index}]"), name, "must appear in spec.versions")
    })
    .collect()
}

/// What follows a write (`value`) or removal of any object: kinds come and go, and a CRD goes with its last instance.
pub fn after_write(server: &Arc<Server>, resource: &Resource, key: &Key, value: Option<&Arc<Value>>) {
    if resource.group == GROUP && resource.kind == KIND {
        server.crd_changed(&key.name, value.map(AsRef::as_ref));
    } else if let Some(name) = resource.crd_name() {
        match value {
            None => finish(server, name),
            // An instance that came or was written while its CRD goes: it goes too.
            Some(_) if is_going(server, name) => clean_up(server, name),
            Some(_) => {}
        }
    }
}

/// Whether a CRD is being deleted.
pub fn is_going(server: &Server, name: &str) -> bool {
    server.store().get(&key(name)).is_some_and(|crd| crd.is_deleting())
}

fn key(name: &str) -> Key {
    Key { group: GROUP.into(), plural: PLURAL.into(), namespace: String::new(), name: name.into() }
}

/// Marks a CRD that is being deleted, so that its instances go first.
pub fn mark(crd: &mut Value) {
    meta::add_finalizer(crd, FINALIZER);
    let message = "CustomResource deletion is in progress";
    let condition = json!({
        "type": "Terminating", "status": "True", "lastTransitionTime": meta::now(),
        "reason": "InstanceDeletionInProgress", "message": message,
    });
    let status = rules::object_field(crd, "status");
    let list = status.entry("conditions").or_insert_with(|| json!([]));
    if let Some(list) = list.as_array_mut()
        && !list.iter().any(|known| known["type"] == "Terminating")
    {
        list.push(condition);
    }
}

/// Deletes the instances of a CRD that is being deleted; those with finalizers are marked and hold it.
pub fn clean_up(server: &Arc<Server>, name: &str) {
    let Some((plural, group)) = name.split_once('.') else { return };
    for instance in server.store().list(group, plural, "", None).0 {
        // An instance that is written meanwhile is met again by what follows that write.
        if meta::finalizers(&instance.value).is_empty() {
            server.store().remove(&instance.key, instance.revision).ok();
        } else if !instance.is_deleting() {
            let mut marked = (*instance.value).clone();
            let metadata = meta::metadata_mut(&mut marked);
            metadata.insert("deletionTimestamp".into(), meta::now().into());
            metadata.insert("deletionGracePeriodSeconds".into(), 0.into());
            server.store().put(instance.key.clone(), marked, Expectation::Revision(instance.revision)).ok();
        }
    }
    finish(server, name);
}

/// Removes a dying CRD once no instance is left.
fn finish(server: &Arc<Server>, name: &str) {
    let key = key(name);
    for _ in 0..super::commit::ATTEMPTS {
        let Some(crd) = server.store().get(&key).filter(|crd| crd.is_deleting()) else { return };
        let Some((plural, group)) = name.split_once('.') else { return };
        if !server.store().list(group, plural, "", None).0.is_empty() {
            return;
        }
        let mut next = (*crd.value).clone();
        meta::remove_finalizer(&mut next, FINALIZER);
        let held = !meta::finalizers(&next).is_empty();
        let done = if held {
            next == *crd.value || server.store().put(key.clone(), next, Expectation::Revision(crd.revision)).is_ok()
        } else {
            server.store().remove(&key, crd.revision).is_ok()
        };
        if done {
            if !held {
                server.crd_changed(name, None);
            }
            return;
        }
    }
}
