//! Parts of objects with paths of their own: status, finalize, scale, log, eviction, binding, token.

use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;
use http::Response;
use serde_json::Value;
use serde_json::json;

use super::Failure;
use super::Query;
use super::ReplyBody;
use super::Target;
use super::negotiate;
use super::reply;
use super::route;
use crate::object::schema::FieldError;
use crate::sandbox::kinds::Resource;
use crate::sandbox::server::Server;
use crate::sandbox::storage::Key;
use crate::sandbox::storage::Stored;
use crate::sandbox::write;
use crate::sandbox::write::PatchKind;
use crate::sandbox::write::WriteOptions;

/// Players keep the text of a pod's log in this annotation of it.
const LOG_ANNOTATION: &str = "sandbox.stackwright.io/log";

/// How long a token lives that says nothing of it, and what may be asked for, in seconds.
const USUAL_LIFE: i64 = 3600;
const SHORTEST_LIFE: i64 = 600;
const LONGER_THAN_ANY_LIFE: i64 = (1 << 32) + 1;

/// Answers a request to a subresource.
#[allow(clippy::too_many_arguments, reason = "the parts of one request")]
pub async fn answer(
    server: &Arc<Server>,
    resource: &Arc<Resource>,
    target: &Target,
    verb: &str,
    headers: &HeaderMap,
    body: &Bytes,
    query: &Query,
    options: &WriteOptions,
) -> Result<Response<ReplyBody>, Failure> {
    if !resource.has_subresource(&target.subresource) {
        return Err(Failure::no_route());
    }
    let parsed = || route::parse(headers, body);
    match (target.subresource.as_str(), verb) {
        ("scale", _) => scale(server, resource, target, verb, headers, body, options).await,
        ("log", "get") => {
            let pod = existing(server, target)?;
            Ok(reply::text(200, log(&pod, query)))
        }
        ("eviction", "create") => {
            let target = Target { subresource: String::new(), ..target.clone() };
            let review = parsed()?;
            let delete = review.get("deleteOptions").cloned();
            write::delete(server, resource, &target, query, delete.as_ref(), options).await?;
            Ok(reply::json(
                201,
                &json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}),
            ))
        }
        ("binding", "create") => bind(server, target, &parsed()?, options).await,
        ("token", "create") => token(server, target, parsed()?),
        ("status" | "finalize" | "ephemeralcontainers" | "approval" | "resize", _) => {
            let form = negotiate::form(headers);
            let outcome = match verb {
                "get" => {
                    let stored = existing(server, target)?;
                    let object = write::in_version(server, resource, &stored.value).await?;
                    write::Outcome { code: 200, object, warnings: Vec::new() }
                }
                "update" => write::update(server, resource, target, parsed()?, options).await?,
                "patch" => {
                    write::patch(server, resource, target, route::patch_kind(headers)?, parsed()?, options).await?
                }
                _ => return Err(Failure::method_not_allowed()),
            };
            route::written(resource, outcome, form)
        }
        _ => Err(Failure::method_not_allowed()),
    }
}

/// Puts a pod on a node, as a scheduler does.
pub async fn bind(
    server: &Arc<Server>,
    target: &Target,
    binding: &Value,
    options: &WriteOptions,
) -> Result<Response<ReplyBody>, Failure> {
    let registry = server.registry();
    let pods = registry.find("", "v1", "pods").cloned().ok_or_else(Failure::no_route)?;
    let target = Target { subresource: String::new(), ..target.clone() };
    let pod = existing(server, &target)?;
    if pod.value["spec"]["nodeName"].as_str().is_some_and(|node| !node.is_empty()) {
        let why = format!("pod {} is already assigned to node {}", target.name, pod.value["spec"]["nodeName"]);
        return Err(Failure::conflict("", "pods/binding", &target.name, &why));
    }
    let node = &binding["target"]["name"];
    let patch = json!({"spec": {"nodeName": node}});
    write::patch(server, &pods, &target, PatchKind::Merge, patch, options).await?;
    Ok(reply::json(
        201,
        &json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}),
    ))
}

fn existing(server: &Server, target: &Target) -> Result<Arc<Stored>, Failure> {
    let key = Key {
        group: target.group.clone(),
        plural: target.plural.clone(),
        namespace: target.namespace.clone(),
        name: target.name.clone(),
    };
    server.store().get(&key).ok_or_else(|| Failure::not_found(&target.group, &target.plural, &target.name))
}

fn log(pod: &Stored, query: &Query) -> String {
    let annotations = &pod.value["metadata"]["annotations"];
    let container = query.text("container");
    let own = annotations.get(format!("{LOG_ANNOTATION}-{container}")).filter(|_| !container.is_empty());
    let told = own.or_else(|| annotations.get(LOG_ANNOTATION)).and_then(Value::as_str);
    let text = told.or_else(|| last_words(pod, container)).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    let from = match query.number("tailLines") {
        Some(tail) => lines.len().saturating_sub(usize::try_from(tail).unwrap_or(usize::MAX)),
        None => 0,
    };
    lines[from..].iter().map(|line| format!("{line}\n")).collect()
}

/// How a container ended: its termination message is the end of its log.
fn last_words<'a>(pod: &'a Stored, container: &str) -> Option<&'a str> {
    let statuses = pod.value["status"]["containerStatuses"].as_array()?;
    let status = statuses.iter().find(|status| container.is_empty() || status["name"] == container)?;
    let ended = [&status["state"], &status["lastState"]].into_iter().find_map(|state| state.get("terminated"))?;
    ended["message"].as_str()
}

fn token(server: &Server, target: &Target, mut review: Value) -> Result<Response<ReplyBody>, Failure> {
    let account = existing(server, target)?;
    if !review.is_object() {
        return Err(Failure::bad_request("the body of the request is not an object"));
    }
    let seconds = review["spec"]["expirationSeconds"].as_i64().unwrap_or(USUAL_LIFE);
    let wrong = match seconds {
        ..SHORTEST_LIFE => "may not specify a duration less than 10 minutes",
        LONGER_THAN_ANY_LIFE.. => "may not specify a duration larger than 2^32 seconds",
        _ => "",
    };
    if !wrong.is_empty() {
        let error = FieldError::invalid("spec.expirationSeconds", &seconds.into(), wrong);
        return Err(Failure::invalid("authentication.k8s.io", "TokenRequest", &target.name, &[error]));
    }
    let expires = jiff::Timestamp::now().as_second() + seconds;
    let audiences = review["spec"]["audiences"].as_array().into_iter().flatten();
    let audiences: Vec<String> = audiences.filter_map(Value::as_str).map(str::to_owned).collect();
    let token = server.tokens().issue(&target.namespace, &target.name, account.uid(), &audiences, expires);
    let when = jiff::Timestamp::from_second(expires).unwrap_or_default();
    review["apiVersion"] = "authentication.k8s.io/v1".into();
    review["kind"] = "TokenRequest".into();
    review["metadata"] = json!({"name": target.name, "namespace": target.namespace, "creationTimestamp": null});
    review["status"] = json!({"token": token, "expirationTimestamp": when.to_string()});
    Ok(reply::json(201, &review))
}

/// The Scale of an object, read and written through the paths its kind has for it.
async fn scale(
    server: &Arc<Server>,
    resource: &Arc<Resource>,
    target: &Target,
    verb: &str,
    headers: &HeaderMap,
    body: &Bytes,
    options: &WriteOptions,
) -> Result<Response<ReplyBody>, Failure> {
    let stored = existing(server, target)?;
    let object = write::in_version(server, resource, &stored.value).await?;
    let current = scale_of(resource, &object);
    let wanted = match verb {
        "get" => return Ok(reply::json(200, &current)),
        "update" => route::parse(headers, body)?,
        "patch" => {
            let patch = route::parse(headers, body)?;
            let mut next = current.clone();
            if let Some(replicas) = patch["spec"].get("replicas") {
                next["spec"]["replicas"] = replicas.clone();
            } else if patch.is_array() {
                write::json_patch::apply(&mut next, &patch)?;
            }
            next
        }
        _ => return Err(Failure::method_not_allowed()),
    };
    let path = match resource.custom_version().and_then(|version| version.scale.as_ref()) {
        Some(paths) => paths.spec_replicas.clone(),
        None => ".spec.replicas".to_owned(),
    };
    let mut patch = wanted["spec"]["replicas"].clone();
    if patch.is_null() {
        patch = 0.into();
    }
    for name in path.trim_start_matches('.').split('.').rev() {
        patch = json!({ name: patch });
    }
    if let Some(version) = wanted["metadata"]["resourceVersion"].as_str().filter(|version| !version.is_empty()) {
        patch["metadata"] = json!({"resourceVersion": version});
    }
    let outcome = write::patch(server, resource, target, PatchKind::Merge, patch, options).await?;
    Ok(reply::json(200, &scale_of(resource, &outcome.object)))
}

fn scale_of(resource: &Resource, object: &Value) -> Value {
    let at = |path: &str| {
        let names = path.trim_start_matches('.').split('.');
        names.into_iter().try_fold(object, |value, name| value.get(name)).cloned()
    };
    let paths = resource.custom_version().and_then(|version| version.scale.as_ref());
    let (spec, status) = match paths {
        Some(paths) => (paths.spec_replicas.as_str(), paths.status_replicas.as_str()),
        None => (".spec.replicas", ".status.replicas"),
    };
    let selector = match paths {
        Some(paths) => paths.selector.as_deref().and_then(at),
        None => object["spec"]["selector"]["matchLabels"].as_object().map(|labels| {
            let pairs = labels.iter().map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()));
            pairs.collect::<Vec<_>>().join(",").into()
        }),
    };
    let metadata = &object["metadata"];
    let mut scale = json!({
        "kind": "Scale", "apiVersion": "autoscaling/v1",
        "metadata": {
            "name": metadata["name"], "namespace": metadata["namespace"], "uid": metadata["uid"],
            "resourceVersion": metadata["resourceVersion"], "creationTimestamp": metadata["creationTimestamp"],
        },
        "spec": {"replicas": at(spec).unwrap_or(0.into())},
        "status": {"replicas": at(status).unwrap_or(0.into())},
    });
    if let Some(selector) = selector {
        scale["status"]["selector"] = selector;
    }
    scale
}
