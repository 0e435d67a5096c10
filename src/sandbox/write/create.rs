//! Creating an object: by POST, or by an apply that finds none.

use std::sync::Arc;

use serde_json::Value;
use serde_json::json;

use super::commit::ATTEMPTS;
use super::commit::Commit;
use super::commit::Refused;
use super::crd;
use super::meta;
use super::namespace;
use super::options::Outcome;
use super::options::WriteOptions;
use super::prepare::prepare;
use super::rules;
use crate::object::schema::FieldError;
use crate::sandbox::fields::FieldSet;
use crate::sandbox::fields::Ownership;
use crate::sandbox::fields::Write;
use crate::sandbox::http::Failure;
use crate::sandbox::http::Target;
use crate::sandbox::kinds::Resource;
use crate::sandbox::server::Server;

/// Creates an object from the body of a POST.
pub async fn create(
    server: &Arc<Server>,
    resource: &Arc<Resource>,
    target: &Target,
    mut body: Value,
    options: &WriteOptions,
) -> Result<Outcome, Failure> {
    check_identity(resource, target, &mut body)?;
    if resource.crd_name().is_some_and(|name| crd::is_going(server, name)) {
        let why = "create not allowed while custom resource definition is terminating";
        return Err(Failure::new(405, "MethodNotAllowed", why));
    }
    let metadata = meta::metadata_mut(&mut body);
    if metadata.get("resourceVersion").is_some_and(|version| version != "" && !version.is_null()) {
        return Err(Failure::bad_request("resourceVersion should not be set on objects to be created"));
    }
    let generated = meta::text(&body, "name").is_empty();
    for _ in 0..ATTEMPTS {
        let mut object = body.clone();
        if generated {
            let prefix = meta::text(&object, "generateName").to_owned();
            if prefix.is_empty() {
                let error = FieldError::required("metadata.name");
                let error = FieldError { message: "Required value: name or generateName is required".into(), ..error };
                return Err(Failure::invalid(&resource.group, &resource.kind, "", &[error]));
            }
            meta::metadata_mut(&mut object).insert("name".into(), generate(&prefix).into());
        }
        let name = meta::text(&object, "name").to_owned();
        match create_once(server, resource, target, object, options).await {
            Ok(outcome) => return Ok(outcome),
            Err(Refused::Failure(failure)) => return Err(failure),
            Err(Refused::Overtaken) if generated => {}
            Err(Refused::Overtaken) => return Err(Failure::already_exists(&resource.group, &resource.plural, &name)),
        }
    }
    Err(Failure::already_exists(&resource.group, &resource.plural, meta::text(&body, "generateName")))
}

async fn create_once(
    server: &Arc<Server>,
    resource: &Arc<Resource>,
    target: &Target,
    mut object: Value,
    options: &WriteOptions,
) -> Result<Outcome, Refused> {
    let name = meta::text(&object, "name").to_owned();
    namespace::check(server, resource, &target.namespace, &name)?;
    let key = crate::sandbox::storage::Key {
        group: resource.group.clone(),
        plural: resource.plural.clone(),
        namespace: target.namespace.clone(),
        name: name.clone(),
    };
    if server.store().get(&key).is_some() {
        return Err(Refused::Overtaken);
    }
    let warnings = begin(resource, target, &mut object, options)?;
    let ignored = not_of_creator(resource, &object);
    complete(resource, &mut object);
    let mut ownership = Ownership::default();
    let write = Write {
        manager: &options.manager,
        api_version: &resource.api_version(),
        subresource: "",
        now: &meta::now(),
        ignored: &ignored,
    };
    ownership.update(resource.schema().map(AsRef::as_ref), &before(resource, &object), &object, &write);
    ownership.write_to(&mut object);
    let namespace = &target.namespace;
    let commit = Commit { server, resource, subresource: "", namespace, name: &name, live: None, options };
    commit.finish(object, warnings).await
}

/// What is in a new object and does not belong to whoever made it: a status, and the finalizer that the server adds
/// after it has noted who owns what.
fn not_of_creator(resource: &Resource, object: &Value) -> FieldSet {
    let mut fields = json!({});
    if resource.has_subresource("status") {
        fields["f:status"] = json!({});
    }
    if resource.group.is_empty() && resource.kind == "Namespace" && object.pointer("/spec/finalizers").is_none() {
        fields["f:spec"] = json!({"f:finalizers": {}});
    }
    FieldSet::from_json(&fields)
}

/// What a new object is compared with to find what its creator owns: a typed server's empty object has all parts that
/// are no pointers there, and nobody owns their mere presence.
fn before(resource: &Resource, object: &Value) -> Value {
    const PARTS: [&str; 9] = [
        "/spec",
        "/spec/strategy",
        "/spec/updateStrategy",
        "/spec/template",
        "/spec/template/metadata",
        "/spec/template/spec",
        "/spec/jobTemplate",
        "/spec/jobTemplate/spec",
        "/spec/jobTemplate/spec/template",
    ];
    let mut empty = json!({"metadata": {}});
    for part in PARTS.iter().filter(|part| !resource.is_custom() && object.pointer(part).is_some_and(Value::is_object))
    {
        let Some((parent, name)) = part.rsplit_once('/') else { continue };
        if let Some(parent) = empty.pointer_mut(parent).and_then(Value::as_object_mut) {
            parent.insert(name.to_owned(), json!({}));
        }
    }
    empty
}

/// Prepares a new object and gives it its identity; for creates of every kind.
pub fn begin(
    resource: &Resource,
    target: &Target,
    object: &mut Value,
    options: &WriteOptions,
) -> Result<Vec<String>, Failure> {
    let name = meta::text(object, "name").to_owned();
    if let Some(wrong) = wrong_name(resource, &name) {
        return Err(Failure::invalid(&resource.group, &resource.kind, &name, &[wrong]));
    }
    let metadata = meta::metadata_mut(object);
    for field in ["resourceVersion", "selfLink", "deletionTimestamp", "deletionGracePeriodSeconds", "generation"] {
        metadata.shift_remove(field);
    }
    if resource.namespaced {
        metadata.insert("namespace".into(), target.namespace.clone().into());
    }
    metadata.insert("uid".into(), uuid::Uuid::new_v4().to_string().into());
    metadata.insert("creationTimestamp".into(), meta::now().into());
    metadata.shift_remove("managedFields");
    let warnings = prepare(resource, object, options.field_validation)?;
    // What was given, and what defaults made of nothing.
    if resource.has_subresource("status") || resource.crd_name().is_none() && is_status_only_of_server(resource) {
        meta::copy_field(object, None, "status");
    }
    Ok(warnings)
}

/// What the server adds to a new object after its defaults.
pub fn complete(resource: &Resource, object: &mut Value) {
    if !resource.is_custom() {
        rules::on_create(resource, object);
    }
    if rules::has_generation(resource) {
        meta::metadata_mut(object).insert("generation".into(), 1.into());
    }
}

/// The fields of a status, which belong to the status subresource.
pub fn status_fields() -> FieldSet {
    FieldSet::from_json(&json!({"f:status": {}}))
}

/// Checks that a body is of the kind, and in the namespace, that the path names; fills in what is missing.
pub fn check_identity(resource: &Resource, target: &Target, body: &mut Value) -> Result<(), Failure> {
    let Some(map) = body.as_object_mut() else {
        return Err(Failure::bad_request("the body of the request is not an object"));
    };
    let api_version = resource.api_version();
    for (field, expected) in [("apiVersion", api_version.as_str()), ("kind", resource.kind.as_str())] {
        match map.get(field).and_then(Value::as_str) {
            None | Some("") => {
                map.insert(field.into(), expected.into());
            }
            Some(given) if given == expected => {}
            Some(given) if field == "kind" => {
                return Err(Failure::bad_request(format!(
                    "{given} in version {:?} cannot be handled as a {}: converting ({given}) to ({}): unknown conversion",
                    resource.version, resource.kind, resource.kind
                )));
            }
            Some(given) => {
                return Err(Failure::bad_request(format!(
                    "the API version in the data ({given}) does not match the expected API version ({expected})"
                )));
            }
        }
    }
    let metadata = meta::metadata_mut(body);
    if resource.namespaced {
        match metadata.get("namespace").and_then(Value::as_str) {
            Some(given) if !given.is_empty() && given != target.namespace => {
                return Err(Failure::bad_request(
                    "the namespace of the provided object does not match the namespace sent on the request",
                ));
            }
            _ => {
                metadata.insert("namespace".into(), target.namespace.clone().into());
            }
        }
    } else {
        metadata.shift_remove("namespace");
    }
    if !target.name.is_empty() {
        match metadata.get("name").and_then(Value::as_str) {
            None | Some("") => {
                metadata.insert("name".into(), target.name.clone().into());
            }
            Some(given) if given == target.name => {}
            Some(given) => {
                return Err(Failure::bad_request(format!(
                    "the name of the object ({given}) does not match the name on the URL ({})",
                    target.name
                )));
            }
        }
    }
    Ok(())
}

fn is_status_only_of_server(resource: &Resource) -> bool {
    resource.kind == "Namespace"
}

/// Five random letters behind a prefix, from the server's alphabet.
fn generate(prefix: &str) -> String {
    const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let random = uuid::Uuid::new_v4();
    let mut name: String = prefix.chars().take(58).collect();
    for byte in random.as_bytes().iter().take(5) {
        name.push(ALPHABET[usize::from(*byte) % ALPHABET.len()] as char);
    }
    name
}

fn wrong_name(resource: &Resource, name: &str) -> Option<FieldError> {
    let alphanumeric = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let label = |text: &str| {
        !text.is_empty()
            && text.len() <= 63
            && text.chars().all(|c| alphanumeric(c) || c == '-')
            && text.starts_with(alphanumeric)
            && text.ends_with(alphanumeric)
    };
    let invalid = |detail: &str| Some(FieldError::invalid("metadata.name", &name.into(), detail));
    match (resource.group.as_str(), resource.kind.as_str()) {
        ("rbac.authorization.k8s.io", _) => {
            let wrong = name == "." || name == ".." || name.contains(['/', '%']);
            if wrong { invalid("may not contain '/' or '%', and may not be '.' or '..'") } else { None }
        }
        ("", "Namespace") if !label(name) => invalid(
            "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
        ),
        ("", "Service") if !label(name) || !name.starts_with(|c: char| c.is_ascii_lowercase()) => invalid(
            "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
        ),
        _ => {
            let part = |text: &str| {
                text.chars().all(|c| alphanumeric(c) || c == '-')
                    && text.starts_with(alphanumeric)
                    && text.ends_with(alphanumeric)
            };
            if !name.is_empty() && name.len() <= 253 && name.split('.').all(part) {
                return None;
            }
            invalid(
                "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
            )
        }
    }
}
