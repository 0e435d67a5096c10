//! Patches: JSON, merge, strategic merge, and server-side apply.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::Value;
use serde_json::json;

use super::commit::ATTEMPTS;
use super::commit::Commit;
use super::commit::Refused;
use super::convert;
use super::create;
use super::meta;
use super::namespace;
use super::options::FieldValidation;
use super::options::Outcome;
use super::options::WriteOptions;
use super::prepare::prepare;
use super::strategic;
use super::update;
use crate::object::schema::FieldError;
use crate::object::schema::Reason;
use crate::object::schema::prune;
use crate::sandbox::access;
use crate::sandbox::fields;
use crate::sandbox::fields::Conflict;
use crate::sandbox::fields::Ownership;
use crate::sandbox::fields::Write;
use crate::sandbox::http::Cause;
use crate::sandbox::http::Failure;
use crate::sandbox::http::Target;
use crate::sandbox::kinds::Resource;
use crate::sandbox::server::Server;

/// The kinds of patches, by their content types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatchKind {
    Json,
    Merge,
    Strategic,
    Apply,
}

impl PatchKind {
    pub const ACCEPTED: &'static [&'static str] = &[
        "application/json-patch+json",
        "application/merge-patch+json",
        "application/strategic-merge-patch+json",
        "application/apply-patch+yaml",
    ];

    pub fn of_content_type(text: &str) -> Option<Self> {
        Some(match text.split(';').next().unwrap_or_default().trim() {
            "application/json-patch+json" => Self::Json,
            "application/merge-patch+json" => Self::Merge,
            "application/strategic-merge-patch+json" => Self::Strategic,
            "application/apply-patch+yaml" => Self::Apply,
            _ => return None,
        })
    }
}

/// Patches an object or a subresource; an apply creates what is missing.
pub async fn patch(
    server: &Arc<Server>,
    resource: &Arc<Resource>,
    target: &Target,
    kind: PatchKind,
    body: Value,
    options: &WriteOptions,
) -> Result<Outcome, Failure> {
    for _ in 0..ATTEMPTS {
        let attempt = match kind {
            PatchKind::Apply => apply_once(server, resource, target, body.clone(), options).await,
            _ => patch_once(server, resource, target, kind, &body, options).await,
        };
        match attempt {
            Ok(outcome) => return Ok(outcome),
            Err(Refused::Failure(failure)) => return Err(failure),
            Err(Refused::Overtaken) => {}
        }
    }
    Err(Failure::modified(&target.group, &target.plural, &target.name))
}

async fn patch_once(
    server: &Arc<Server>,
    resource: &Arc<Resource>,
    target: &Target,
    kind: PatchKind,
    body: &Value,
    options: &WriteOptions,
) -> Result<Outcome, Refused> {
    let stored = update::existing(server, target)?;
    let live = convert::in_version(server, resource, &stored.value).await?;
    let mut new = (*live).clone();
    match kind {
        PatchKind::Json => super::json_patch::apply(&mut new, body).map_err(Failure::from)?,
        PatchKind::Strategic if resource.is_custom() => {
            return Err(Failure::unsupported_media_type(PatchKind::ACCEPTED[2], &PatchKind::ACCEPTED[..2]).into());
        }
        PatchKind::Strategic => {
            new = strategic::merge(resource.schema().map(AsRef::as_ref), &new, body)?;
        }
        PatchKind::Merge | PatchKind::Apply => patch_merge(&mut new, body),
    }
    check_types(resource, &new)?;
    create::check_identity(resource, target, &mut new)?;
    if body["metadata"].get("resourceVersion").is_none() && kind != PatchKind::Json {
        meta::metadata_mut(&mut new).insert("resourceVersion".into(), stored.revision.to_string().into());
    }
    update::replace(server, resource, target, &stored, &live, new, options).await
}

/// A typed server cannot read what a patch made of an object, where a value has the wrong type.
fn check_types(resource: &Resource, object: &Value) -> Result<(), Failure> {
    let Some(schema) = resource.schema().filter(|_| !resource.is_custom()) else { return Ok(()) };
    let Some(first) =
        fields::check_applied(Some(schema), object, "").into_iter().find(|e| e.reason == Reason::TypeInvalid)
    else {
        return Ok(());
    };
    let error = FieldError::invalid("patch", object, &format!("{first}"));
    Err(Failure::invalid("", "", "", &[error]))
}

/// RFC 7386.
fn patch_merge(object: &mut Value, patch: &Value) {
    let Some(patch) = patch.as_object() else {
        *object = patch.clone();
        return;
    };
    if !object.is_object() {
        *object = json!({});
    }
    let Some(map) = object.as_object_mut() else { return };
    for (name, value) in patch {
        if value.is_null() {
            map.shift_remove(name);
        } else {
            patch_merge(map.entry(name.clone()).or_insert(Value::Null), value);
        }
    }
}

async fn apply_once(
    server: &Arc<Server>,
    resource: &Arc<Resource>,
    target: &Target,
    mut config: Value,
    options: &WriteOptions,
) -> Result<Outcome, Refused> {
    for field in ["apiVersion", "kind"] {
        if config[field].as_str().unwrap_or_default().is_empty() {
            let message = format!("invalid object type: /, Kind={}", config["kind"].as_str().unwrap_or_default());
            return Err(Failure::bad_request(message).into());
        }
    }
    create::check_identity(resource, target, &mut config)?;
    if config["metadata"].get("managedFields").is_some_and(|list| list.as_array().is_none_or(|l| !l.is_empty())) {
        return Err(Failure::bad_request("metadata.managedFields must be nil").into());
    }
    if !resource.is_custom() {
        super::rules::before_pruning(resource, &mut config);
    }
    check_unknown(resource, target, &mut config)?;
    let mut warnings = Vec::new();
    let schema = resource.schema().cloned();
    let errors = fields::check_applied(schema.as_deref(), &config, "");
    if !errors.is_empty() {
        let all: Vec<String> = errors.iter().map(ToString::to_string).collect();
        return Err(untyped(resource, target, &all).into());
    }
    let stored = server.store().get(&update::key(target));
    let live = match &stored {
        Some(stored) => {
            update::check_revision(target, stored, &config)?;
            Some(convert::in_version(server, resource, &stored.value).await?)
        }
        None => None,
    };
    let given_uid = meta::text(&config, "uid");
    if !given_uid.is_empty() && live.as_ref().is_none_or(|live| meta::text(live, "uid") != given_uid) {
        let found = live.as_ref().map(|live| meta::text(live, "uid")).unwrap_or_default();
        let why = format!("Precondition failed: UID in precondition: {given_uid}, UID in object meta: {found}");
        return Err(Failure::conflict(&target.group, &target.plural, &target.name, &why).into());
    }
    if live.is_none() {
        if !target.subresource.is_empty() {
            return Err(Failure::not_found(&target.group, &target.plural, &target.name).into());
        }
        if !meta::text(&config, "resourceVersion").is_empty() {
            return Err(Failure::modified(&target.group, &target.plural, &target.name).into());
        }
        access::authorize_create(server, &options.identity, resource, target)?;
        namespace::check(server, resource, &target.namespace, &target.name)?;
    }
    if let Some(metadata) = config.get_mut("metadata").and_then(Value::as_object_mut) {
        for field in ["resourceVersion", "uid", "creationTimestamp", "managedFields", "generation", "selfLink"] {
            metadata.shift_remove(field);
        }
    }
    let ignored = update::untouchable(resource, &target.subresource);
    let api_version = resource.api_version();
    let now = meta::now();
    let write = Write {
        manager: &options.manager,
        api_version: &api_version,
        subresource: &target.subresource,
        now: &now,
        ignored: &ignored,
    };
    drop_untouchable(resource, &target.subresource, &mut config);
    let mut ownership = live.as_deref().map(Ownership::of).unwrap_or_default();
    let base = live.as_deref().unwrap_or(&Value::Null);
    let mut new = match ownership.apply(schema.as_deref(), base, &config, options.force, &write) {
        Ok(new) => new,
        Err(conflicts) => {
            let conflicts = not_by_last_applied(resource, base, conflicts, options);
            if !conflicts.is_empty() {
                return Err(conflict(&conflicts).into());
            }
            let forced = ownership.apply(schema.as_deref(), base, &config, true, &write);
            forced.map_err(|conflicts| conflict(&conflicts))?
        }
    };
    let commit = Commit {
        server,
        resource,
        subresource: &target.subresource,
        namespace: &target.namespace,
        name: &target.name,
        live: stored.as_ref().zip(live.as_deref()),
        options,
    };
    let quiet = WriteOptions { field_validation: FieldValidation::Ignore, ..options.clone() };
    match &live {
        Some(live) => {
            update::restrict(resource, &target.subresource, live, &mut new);
            prepare(resource, &mut new, FieldValidation::Ignore)?;
        }
        None => {
            warnings.extend(create::begin(resource, target, &mut new, &quiet)?);
            create::complete(resource, &mut new);
        }
    }
    ownership.write_to(&mut new);
    commit.finish(new, warnings).await
}

/// An apply may not say what the subresource it goes to does not hold.
fn drop_untouchable(resource: &Resource, subresource: &str, config: &mut Value) {
    let Some(map) = config.as_object_mut() else { return };
    if subresource.is_empty() {
        if resource.has_subresource("status") {
            map.shift_remove("status");
        }
    } else {
        map.retain(|name, _| name == subresource || matches!(name.as_str(), "apiVersion" | "kind" | "metadata"));
        let name = map.get("metadata").and_then(|m| m.get("name")).cloned().unwrap_or_default();
        map.insert("metadata".into(), json!({"name": name}));
    }
}

/// Refuses unknown fields whatever the validation of the request says: the typed form of an applied configuration
/// cannot hold them. Where there are none, the configuration stays as it is.
fn check_unknown(resource: &Resource, target: &Target, config: &mut Value) -> Result<(), Failure> {
    let Some(schema) = resource.schema() else { return Ok(()) };
    let unknown = prune(schema, config);
    if unknown.is_empty() {
        return Ok(());
    }
    let texts: Vec<String> = unknown.iter().map(|path| format!(".{path}: field not declared in schema")).collect();
    Err(untyped(resource, target, &texts))
}

/// The server's answer to a configuration that its schema cannot take; it gives no reason but the text.
fn untyped(resource: &Resource, target: &Target, errors: &[String]) -> Failure {
    let name = if target.namespace.is_empty() {
        format!("/{}", target.name)
    } else {
        format!("{}/{}", target.namespace, target.name)
    };
    let (api_version, kind) = (resource.api_version(), &resource.kind);
    let text = errors.join("\n");
    Failure::new(500, "", format!("failed to create typed patch object ({name}; {api_version}, Kind={kind}): {text}"))
}

/// The conflicts that remain when kubectl goes over from client-side to server-side apply: what its annotation says it
/// applied before is its own.
fn not_by_last_applied(
    resource: &Resource,
    live: &Value,
    conflicts: Vec<Conflict>,
    options: &WriteOptions,
) -> Vec<Conflict> {
    let annotation = live["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"].as_str();
    let last: Option<Value> = annotation.and_then(|text| serde_json::from_str(text).ok());
    let Some(last) = last.filter(|_| options.manager == "kubectl") else { return conflicts };
    let own: HashSet<String> =
        fields::fields_of(resource.schema().map(AsRef::as_ref), &last).paths().into_iter().collect();
    conflicts.into_iter().filter(|conflict| !own.contains(&conflict.field)).collect()
}

/// The 409 of an apply.
fn conflict(conflicts: &[Conflict]) -> Failure {
    let message = match conflicts {
        [one] => format!("Apply failed with 1 conflict: conflict with {}: {}", one.manager, one.field),
        many => {
            let mut managers: Vec<&str> = many.iter().map(|conflict| conflict.manager.as_str()).collect();
            managers.dedup();
            let block = |manager: &str| {
                let fields = many.iter().filter(|c| c.manager == manager).map(|c| format!("- {}", c.field));
                format!("conflicts with {manager}:\n{}", fields.collect::<Vec<_>>().join("\n"))
            };
            let blocks: Vec<String> = managers.into_iter().map(block).collect();
            format!("Apply failed with {} conflicts: {}", many.len(), blocks.join("\n"))
        }
    };
    let mut failure = Failure::new(409, "Conflict", message);
    failure.causes(conflicts.iter().map(|conflict| Cause {
        reason: "FieldManagerConflict".into(),
        message: format!("conflict with {}", conflict.manager),
        field: conflict.field.clone(),
    }));
    failure
}
