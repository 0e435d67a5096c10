//! Deleting: preconditions, finalizers, propagation, grace, and the instances of a CRD that goes.

use std::sync::Arc;

use serde_json::Value;

use super::commit::ATTEMPTS;
use super::commit::is_dying;
use super::commit::may_go;
use super::convert;
use super::crd;
use super::meta;
use super::options::Outcome;
use super::options::WriteOptions;
use super::rules;
use super::update;
use crate::sandbox::admission;
use crate::sandbox::admission::Operation;
use crate::sandbox::http::Failure;
use crate::sandbox::http::Query;
use crate::sandbox::http::Target;
use crate::sandbox::kinds::Resource;
use crate::sandbox::server::Server;
use crate::sandbox::storage::Expectation;
use crate::sandbox::storage::Refusal;
use crate::sandbox::storage::Stored;

/// The DeleteOptions of a request.
#[derive(Clone, Debug, Default)]
struct DeleteOptions {
    uid: Option<String>,
    resource_version: Option<String>,
    propagation: Option<String>,
    grace: Option<i64>,
    dry_run: bool,
}

impl DeleteOptions {
    fn read(query: &Query, body: Option<&Value>, options: &WriteOptions) -> Result<Self, Failure> {
        let body = body.filter(|body| body.is_object());
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        let preconditions = body.and_then(|body| body.get("preconditions"));
        let mut propagation = text(body.and_then(|body| body.get("propagationPolicy")))
            .or_else(|| Some(query.text("propagationPolicy").to_owned()).filter(|text| !text.is_empty()));
        if body.and_then(|body| body.get("orphanDependents")) == Some(&Value::Bool(true)) {
            propagation = Some("Orphan".into());
        }
        if let Some(other) = propagation.as_deref().filter(|p| !matches!(*p, "Foreground" | "Background" | "Orphan")) {
            return Err(Failure::bad_request(format!(
                "propagationPolicy: Unsupported value: {other:?}: supported values: \"Foreground\", \"Background\", \"Orphan\""
            )));
        }
        let asks_dry = body.and_then(|body| body.get("dryRun")?.as_array()).is_some_and(|list| !list.is_empty());
        Ok(Self {
            uid: text(preconditions.and_then(|p| p.get("uid"))),
            resource_version: text(preconditions.and_then(|p| p.get("resourceVersion"))),
            propagation,
            grace: body
                .and_then(|body| body.get("gracePeriodSeconds")?.as_i64())
                .or_else(|| query.text("gracePeriodSeconds").parse().ok()),
            dry_run: options.dry_run || asks_dry,
        })
    }
}

/// Deletes one object. 200 with the object while something holds it, 200 with a Status when it is gone.
pub async fn delete(
    server: &Arc<Server>,
    resource: &Arc<Resource>,
    target: &Target,
    query: &Query,
    body: Option<&Value>,
    options: &WriteOptions,
) -> Result<Outcome, Failure> {
    let asked = DeleteOptions::read(query, body, options)?;
    for _ in 0..ATTEMPTS {
        let stored = update::existing(server, target)?;
        match delete_once(server, resource, &stored, &asked, options).await {
            Err(Refusal::Disk(error)) => return Err(Failure::disk(&error)),
            Err(_) => continue,
            Ok(Err(failure)) => return Err(failure),
            Ok(Ok(gone)) => return outcome(server, resource, target, &stored, gone).await,
        }
    }
    Err(Failure::modified(&target.group, &target.plural, &target.name))
}

/// Deletes every object a selector means, and answers them.
pub async fn delete_collection(
    server: &Arc<Server>,
    resource: &Arc<Resource>,
    objects: Vec<Arc<Stored>>,
    query: &Query,
    body: Option<&Value>,
    options: &WriteOptions,
) -> Result<Vec<Arc<Stored>>, Failure> {
    let asked = DeleteOptions { uid: None, resource_version: None, ..DeleteOptions::read(query, body, options)? };
    for object in &objects {
        for _ in 0..ATTEMPTS {
            let Some(stored) = server.store().get(&object.key) else { break };
            match delete_once(server, resource, &stored, &asked, options).await {
                Err(Refusal::Disk(error)) => return Err(Failure::disk(&error)),
                Err(_) => continue,
                Ok(Err(failure)) => return Err(failure),
                Ok(Ok(_)) => break,
            }
        }
    }
    Ok(objects)
}

/// What became of an object.
enum Gone {
    /// Marked, and held by finalizers or its grace period.
    Marked(Arc<Value>),
    Removed(Arc<Value>),
}

async fn outcome(
    server: &Arc<Server>,
    resource: &Resource,
    target: &Target,
    stored: &Stored,
    gone: Gone,
) -> Result<Outcome, Failure> {
    let returns_object = matches!(
        resource.kind.as_str(),
        "Pod" | "Service" | "PersistentVolumeClaim" | "PersistentVolume" | "ServiceAccount"
    ) && resource.group.is_empty();
    match gone {
        Gone::Marked(value) => {
            let object = convert::in_version(server, resource, &value).await?;
            Ok(Outcome { code: 200, object, warnings: Vec::new() })
        }
        Gone::Removed(value) if returns_object => Ok(Outcome { code: 200, object: value, warnings: Vec::new() }),
        Gone::Removed(_) => {
            let mut details = serde_json::Map::new();
            details.insert("name".into(), target.name.clone().into());
            if !target.group.is_empty() {
                details.insert("group".into(), target.group.clone().into());
            }
            details.insert("kind".into(), target.plural.clone().into());
            details.insert("uid".into(), stored.uid().into());
            let status = serde_json::json!({
                "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details,
            });
            Ok(Outcome { code: 200, object: Arc::new(status), warnings: Vec::new() })
        }
    }
}

async fn delete_once(
    server: &Arc<Server>,
    resource: &Arc<Resource>,
    stored: &Arc<Stored>,
    asked: &DeleteOptions,
    options: &WriteOptions,
) -> Result<Result<Gone, Failure>, Refusal> {
    let key = &stored.key;
    if let Some(failure) = precondition(stored, asked) {
        return Ok(Err(failure));
    }
    let old = match convert::in_version(server, resource, &stored.value).await {
        Ok(old) => old,
        Err(failure) => return Ok(Err(failure)),
    };
    let review = admission::Review {
        resource,
        subresource: "",
        namespace: &key.namespace,
        name: &key.name,
        operation: Operation::Delete,
        old: Some(&old),
        options,
    };
    let mut nothing = Value::Null;
    if let Err(failure) = admission::mutate(server, &review, &mut nothing).await {
        return Ok(Err(failure));
    }
    if let Err(failure) = admission::validate(server, &review, None).await {
        return Ok(Err(failure));
    }
    if resource.group.is_empty()
        && resource.kind == "Namespace"
        && matches!(key.name.as_str(), "default" | "kube-system" | "kube-public")
    {
        return Ok(Err(Failure::forbidden("", "namespaces", &key.name, "this namespace may not be deleted")));
    }
    let marked = mark(resource, &stored.value, asked);
    let held = !may_go(&marked, resource);
    if asked.dry_run {
        return Ok(Ok(if held { Gone::Marked(Arc::new(marked)) } else { Gone::Removed(stored.value.clone()) }));
    }
    if !held {
        let removed = server.store().remove(key, stored.revision)?;
        crd::after_write(server, resource, key, None);
        return Ok(Ok(Gone::Removed(removed.value.clone())));
    }
    if marked == *stored.value {
        return Ok(Ok(Gone::Marked(stored.value.clone())));
    }
    let next = server.store().put(key.clone(), marked, Expectation::Revision(stored.revision))?;
    crd::after_write(server, resource, key, Some(&next.value));
    if resource.group == crd::GROUP && resource.kind == crd::KIND {
        crd::clean_up(server, &key.name);
        if server.store().get(key).is_none() {
            return Ok(Ok(Gone::Removed(next.value.clone())));
        }
    }
    Ok(Ok(Gone::Marked(next.value.clone())))
}

fn precondition(stored: &Stored, asked: &DeleteOptions) -> Option<Failure> {
    let refuse = |what: &str, wanted: &str, found: &str| {
        let why = format!("Precondition failed: {what} in precondition: {wanted}, {what} in object meta: {found}");
        Some(Failure::conflict(&stored.key.group, &stored.key.plural, &stored.key.name, &why))
    };
    if let Some(uid) = asked.uid.as_deref().filter(|uid| *uid != stored.uid()) {
        return refuse("UID", uid, stored.uid());
    }
    let revision = stored.revision.to_string();
    match asked.resource_version.as_deref().filter(|version| *version != revision) {
        Some(version) => refuse("ResourceVersion", version, &revision),
        None => None,
    }
}

/// The object as a deletion leaves it for those who hold it.
fn mark(resource: &Resource, object: &Value, asked: &DeleteOptions) -> Value {
    let mut marked = object.clone();
    match asked.propagation.as_deref() {
        Some("Foreground") => meta::add_finalizer(&mut marked, "foregroundDeletion"),
        Some("Orphan") => meta::add_finalizer(&mut marked, "orphan"),
        _ => {}
    }
    if resource.group == crd::GROUP && resource.kind == crd::KIND {
        crd::mark(&mut marked);
    }
    let is_pod = resource.group.is_empty() && resource.kind == "Pod";
    let runs = is_pod
        && object["spec"]["nodeName"].as_str().is_some_and(|node| !node.is_empty())
        && !matches!(object["status"]["phase"].as_str(), Some("Succeeded" | "Failed"));
    let usual = object["spec"]["terminationGracePeriodSeconds"].as_i64().unwrap_or(30);
    let grace = if runs { asked.grace.unwrap_or(usual).max(0) } else { 0 };
    let was_dying = is_dying(object);
    let metadata = meta::metadata_mut(&mut marked);
    if was_dying {
        let before = metadata.get("deletionGracePeriodSeconds").and_then(Value::as_i64).unwrap_or(0);
        let next = asked.grace.map_or(before, |grace| grace.clamp(0, before));
        metadata.insert("deletionGracePeriodSeconds".into(), next.into());
    } else {
        metadata.insert("deletionTimestamp".into(), meta::now().into());
        metadata.insert("deletionGracePeriodSeconds".into(), grace.into());
        if rules::has_generation(resource) {
            let generation = metadata.get("generation").and_then(Value::as_u64).unwrap_or(1);
            metadata.insert("generation".into(), (generation + 1).into());
        }
    }
    if resource.group.is_empty() && resource.kind == "Namespace" {
        rules::object_field(&mut marked, "status").insert("phase".into(), "Terminating".into());
    }
    marked
}
