//! Replacing an object by PUT, and the part of an update that patches share.

use std::sync::Arc;

use serde_json::Value;

use super::commit::ATTEMPTS;
use super::commit::Commit;
use super::commit::Refused;
use super::convert;
use super::create;
use super::meta;
use super::options::Outcome;
use super::options::WriteOptions;
use super::prepare::prepare;
use super::rules;
use crate::object::schema::FieldError;
use crate::sandbox::access;
use crate::sandbox::fields::FieldSet;
use crate::sandbox::fields::Ownership;
use crate::sandbox::fields::Write;
use crate::sandbox::http::Failure;
use crate::sandbox::http::Target;
use crate::sandbox::kinds::Resource;
use crate::sandbox::server::Server;
use crate::sandbox::storage::Key;
use crate::sandbox::storage::Stored;

/// What only the server writes into the metadata of an object that exists.
const SERVER_FIELDS: &[&str] =
    &["uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "selfLink"];

/// The key of a target.
pub fn key(target: &Target) -> Key {
    Key {
        group: target.group.clone(),
        plural: target.plural.clone(),
        namespace: target.namespace.clone(),
        name: target.name.clone(),
    }
}

/// The object a target names, or 404.
pub fn existing(server: &Server, target: &Target) -> Result<Arc<Stored>, Failure> {
    let found = server.store().get(&key(target));
    found.ok_or_else(|| Failure::not_found(&target.group, &target.plural, &target.name))
}

/// Replaces an object, or one of its subresources, with the body of a PUT.
pub async fn update(
    server: &Arc<Server>,
    resource: &Arc<Resource>,
    target: &Target,
    mut body: Value,
    options: &WriteOptions,
) -> Result<Outcome, Failure> {
    create::check_identity(resource, target, &mut body)?;
    let missing = server.store().get(&key(target)).is_none();
    if missing && target.subresource.is_empty() && rules::is_created_by_update(resource) {
        access::authorize_create(server, &options.identity, resource, target)?;
        return create::create(server, resource, target, body, options).await;
    }
    for _ in 0..ATTEMPTS {
        let stored = existing(server, target)?;
        let live = convert::in_version(server, resource, &stored.value).await?;
        match replace(server, resource, target, &stored, &live, body.clone(), options).await {
            Ok(outcome) => return Ok(outcome),
            Err(Refused::Failure(failure)) => return Err(failure),
            Err(Refused::Overtaken) => {}
        }
    }
    Err(Failure::modified(&target.group, &target.plural, &target.name))
}

/// Puts `new` in the place of `live`, with the rules of the subresource in `target`.
pub async fn replace(
    server: &Arc<Server>,
    resource: &Arc<Resource>,
    target: &Target,
    stored: &Arc<Stored>,
    live: &Arc<Value>,
    mut new: Value,
    options: &WriteOptions,
) -> Result<Outcome, Refused> {
    check_revision(target, stored, &new)?;
    check_uid(resource, target, live, &new)?;
    let mut ownership = requested_ownership(live, &new);
    restrict(resource, &target.subresource, live, &mut new);
    let warnings = prepare(resource, &mut new, options.field_validation)?;
    let ignored = untouchable(resource, &target.subresource);
    let api_version = resource.api_version();
    let now = meta::now();
    let write = Write {
        manager: &options.manager,
        api_version: &api_version,
        subresource: &target.subresource,
        now: &now,
        ignored: &ignored,
    };
    ownership.update(resource.schema().map(AsRef::as_ref), live, &new, &write);
    ownership.write_to(&mut new);
    let commit = Commit {
        server,
        resource,
        subresource: &target.subresource,
        namespace: &target.namespace,
        name: &target.name,
        live: Some((stored, live)),
        options,
    };
    commit.finish(new, warnings).await
}

/// Takes back what a write may not change: identity, and all but the part the subresource is about.
pub fn restrict(resource: &Resource, subresource: &str, live: &Value, new: &mut Value) {
    match subresource {
        // A Scale was turned into the field of the object that it stands for.
        "" | "scale" => {
            if resource.has_subresource("status") {
                meta::copy_field(new, Some(live), "status");
            }
            if resource.group.is_empty()
                && resource.kind == "Namespace"
                && let Some(finalizers) = live["spec"].get("finalizers")
                // A specification of the wrong type is refused for its type, where types are looked at.
                && new.get("spec").is_none_or(|spec| spec.is_object() || spec.is_null())
            {
                rules::object_field(new, "spec").insert("finalizers".into(), finalizers.clone());
            }
        }
        "finalize" => {
            let finalizers = new["spec"].get("finalizers").cloned().unwrap_or_else(|| Value::Array(Vec::new()));
            let mut next = live.clone();
            rules::object_field(&mut next, "spec").insert("finalizers".into(), finalizers);
            *new = next;
        }
        part => {
            let field = new.get(part).cloned();
            let mut next = live.clone();
            match (field, next.as_object_mut()) {
                (Some(field), Some(map)) => {
                    map.insert(part.to_owned(), field);
                }
                (None, Some(map)) => {
                    map.shift_remove(part);
                }
                (_, None) => {}
            }
            *new = next;
        }
    }
    let kept = live["metadata"].clone();
    let metadata = meta::metadata_mut(new);
    for field in SERVER_FIELDS {
        match kept.get(*field) {
            Some(value) => metadata.insert((*field).to_owned(), value.clone()),
            None => metadata.shift_remove(*field),
        };
    }
    metadata.insert("resourceVersion".into(), kept["resourceVersion"].clone());
    // A dying object takes no new finalizers.
    if kept.get("deletionTimestamp").is_some()
        && let Some(list) = metadata.get_mut("finalizers").and_then(Value::as_array_mut)
    {
        let known = kept["finalizers"].as_array().cloned().unwrap_or_default();
        list.retain(|finalizer| known.contains(finalizer));
    }
}

/// The fields a write through this subresource can never own.
pub fn untouchable(resource: &Resource, subresource: &str) -> FieldSet {
    match subresource {
        "" | "scale" if resource.has_subresource("status") => create::status_fields(),
        "status" => FieldSet::from_json(&serde_json::json!({
            "f:metadata": {}, "f:spec": {}, "f:apiVersion": {}, "f:kind": {},
        })),
        _ => FieldSet::default(),
    }
}

/// A given resourceVersion must be the newest.
pub fn check_revision(target: &Target, stored: &Stored, new: &Value) -> Result<(), Failure> {
    let given = meta::text(new, "resourceVersion");
    if given.is_empty() || given == "0" || given == stored.revision.to_string() {
        return Ok(());
    }
    if given.parse::<u64>().is_err() {
        return Err(Failure::bad_request(format!(
            "metadata.resourceVersion: Invalid value: {given:?}: must be an unsigned integer"
        )));
    }
    Err(Failure::modified(&target.group, &target.plural, &target.name))
}

fn check_uid(resource: &Resource, target: &Target, live: &Value, new: &Value) -> Result<(), Failure> {
    let (given, found) = (meta::text(new, "uid"), meta::text(live, "uid"));
    if given.is_empty() || given == found {
        return Ok(());
    }
    let why = format!("Precondition failed: UID in precondition: {given}, UID in object meta: {found}");
    if resource.is_custom() || !target.subresource.is_empty() {
        return Err(Failure::conflict(&target.group, &target.plural, &target.name, &why));
    }
    let error = FieldError::invalid("metadata.uid", &given.into(), "field is immutable");
    Err(Failure::invalid(&resource.group, &resource.kind, &target.name, &[error]))
}

/// Who owns what before this write: as the request says, where it says something, or as it was.
fn requested_ownership(live: &Value, new: &Value) -> Ownership {
    match new["metadata"].get("managedFields").and_then(Value::as_array) {
        Some(list) if list.is_empty() || list.iter().all(|entry| entry.as_object().is_some_and(|e| e.is_empty())) => {
            Ownership::default()
        }
        Some(_) => Ownership::of(new),
        None => Ownership::of(live),
    }
}
