//! Which request goes where.

use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;
use http::Request;
use http::Response;
use http::header;
use serde_json::Value;
use serde_json::json;

use super::Failure;
use super::Identity;
use super::Query;
use super::ReplyBody;
use super::Target;
use super::discovery;
use super::list;
use super::negotiate;
use super::negotiate::Form;
use super::openapi;
use super::openapi_v2;
use super::reply;
use super::reviews;
use super::selector::Selector;
use super::subresources;
use super::table;
use super::watch;
use crate::sandbox::access;
use crate::sandbox::access::Attributes;
use crate::sandbox::kinds::Resource;
use crate::sandbox::server::Server;
use crate::sandbox::write;
use crate::sandbox::write::Outcome;
use crate::sandbox::write::PatchKind;
use crate::sandbox::write::WriteOptions;

/// Larger request bodies are refused, as a kube-apiserver does.
pub const BODY_LIMIT: usize = 3 * 1024 * 1024;

/// Answers a request, or refuses it.
pub async fn answer(
    server: &Arc<Server>,
    request: Request<Bytes>,
    target: Option<Target>,
    query: Query,
    verb: &str,
    identity: Identity,
) -> Result<Response<ReplyBody>, Failure> {
    if request.body().len() > BODY_LIMIT {
        return Err(Failure::too_large(BODY_LIMIT));
    }
    let identity = access::impersonate(server, identity, request.headers())?;
    let asked = match &target {
        Some(target) => Attributes::of_target(verb, target, &query),
        None => Attributes::of_path(request.method(), request.uri().path()),
    };
    access::authorize(server, &identity, &asked)?;
    let Some(target) = target else { return document(server, request.uri().path(), request.headers()) };
    let registry = server.registry();
    let resource = registry.find(&target.group, &target.version, &target.plural).cloned();
    let resource = resource.ok_or_else(Failure::no_route)?;
    drop(registry);
    let (parts, body) = request.into_parts();
    let headers = parts.headers;
    let mut options = WriteOptions::read(&query, &headers, identity)?;
    if resource.namespaced && target.namespace.is_empty() && !matches!(verb, "list" | "watch") {
        if verb == "create" && !resource.has_verb("list") {
            return created(server, &resource, &target, parse(&headers, &body)?, &options).await;
        }
        return Err(if target.name.is_empty() { Failure::method_not_allowed() } else { Failure::no_route() });
    }
    if !resource.namespaced && !target.namespace.is_empty() {
        return Err(Failure::no_route());
    }
    if !target.subresource.is_empty() {
        return subresources::answer(server, &resource, &target, verb, &headers, &body, &query, &options).await;
    }
    if !resource.has_verb(verb) {
        return Err(Failure::method_not_allowed());
    }
    let form = negotiate::form(&headers);
    match verb {
        "get" => get(server, &resource, &target, form, &query).await,
        "list" => list::list(server, &resource, &target, &query, form).await,
        "watch" => watch::watch(server, &resource, &target, &query, form).await,
        "create" => created(server, &resource, &target, parse(&headers, &body)?, &options).await,
        "update" => {
            let outcome = write::update(server, &resource, &target, parse(&headers, &body)?, &options).await?;
            written(&resource, outcome, form)
        }
        "patch" => {
            let kind = patch_kind(&headers)?;
            if kind == PatchKind::Apply && query.text("fieldManager").is_empty() {
                let text = "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch";
                return Err(Failure::new(422, "Invalid", text));
            }
            if kind != PatchKind::Apply && options.force {
                let text = "PatchOptions.meta.k8s.io \"\" is invalid: force: Forbidden: may not be specified for non-apply patch";
                return Err(Failure::new(422, "Invalid", text));
            }
            let outcome = write::patch(server, &resource, &target, kind, parse(&headers, &body)?, &options).await?;
            written(&resource, outcome, form)
        }
        "delete" => {
            let body = if body.is_empty() { None } else { Some(parse(&headers, &body)?) };
            let outcome = write::delete(server, &resource, &target, &query, body.as_ref(), &options).await?;
            Ok(reply::json(outcome.code, &outcome.object))
        }
        "deletecollection" => {
            let body = if body.is_empty() { None } else { Some(parse(&headers, &body)?) };
            options.manager.clear();
            delete_collection(server, &resource, &target, &query, body.as_ref(), &options).await
        }
        _ => Err(Failure::method_not_allowed()),
    }
}

/// An object's answer in the form that was asked for.
pub fn written(resource: &Resource, outcome: Outcome, form: Form) -> Result<Response<ReplyBody>, Failure> {
    let mut response = match form {
        Form::Whole => reply::json(outcome.code, &outcome.object),
        Form::Metadata => reply::json(outcome.code, &negotiate::metadata_only(&outcome.object)),
        Form::Table => {
            let metadata = json!({"resourceVersion": outcome.object["metadata"]["resourceVersion"]});
            reply::json(outcome.code, &table::table(resource, std::slice::from_ref(&outcome.object), metadata, ""))
        }
    };
    reply::warn(&mut response, &outcome.warnings);
    if let Some(version) = resource.custom_version()
        && let Some(text) = &version.deprecation
    {
        let text = if text.is_empty() {
            format!("{} {} is deprecated", resource.api_version(), resource.kind)
        } else {
            text.clone()
        };
        reply::warn(&mut response, &[text]);
    }
    Ok(response)
}

/// The kind of patch a request carries.
pub fn patch_kind(headers: &HeaderMap) -> Result<PatchKind, Failure> {
    let text = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    PatchKind::of_content_type(text).ok_or_else(|| Failure::unsupported_media_type(text, PatchKind::ACCEPTED))
}

/// The body of a request: JSON, or YAML (which an apply is sent as).
pub fn parse(headers: &HeaderMap, body: &Bytes) -> Result<Value, Failure> {
    let content = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if content.starts_with("application/vnd.kubernetes.protobuf") {
        return Err(Failure::unsupported_media_type(content, &["application/json", "application/yaml"]));
    }
    match serde_json::from_slice(body) {
        Ok(value) => Ok(value),
        Err(error) if !content.contains("yaml") => {
            Err(Failure::bad_request(format!("couldn't get version/kind; json parse error: {error}")))
        }
        Err(_) => {
            let text = std::str::from_utf8(body).map_err(|error| Failure::bad_request(error.to_string()))?;
            let options = serde_saphyr::options! {
                emit_comments: false,
                legacy_octal_numbers: true,
                budget: serde_saphyr::budget! { max_nodes: 2_000_000, max_events: 8_000_000 },
            };
            serde_saphyr::from_str_with_options(text, options)
                .map_err(|error| Failure::bad_request(format!("error decoding YAML: {error}")))
        }
    }
}

async fn get(
    server: &Arc<Server>,
    resource: &Arc<Resource>,
    target: &Target,
    form: Form,
    query: &Query,
) -> Result<Response<ReplyBody>, Failure> {
    let key = crate::sandbox::storage::Key {
        group: target.group.clone(),
        plural: target.plural.clone(),
        namespace: target.namespace.clone(),
        name: target.name.clone(),
    };
    let found = server.store().get(&key);
    let stored = found.ok_or_else(|| Failure::not_found(&target.group, &target.plural, &target.name))?;
    match form {
        Form::Whole => Ok(reply::json_bytes(200, list::bytes_in_version(server, resource, &stored).await?)),
        Form::Metadata => Ok(reply::json(200, &negotiate::metadata_only(&stored.value))),
        Form::Table => {
            let value = write::in_version(server, resource, &stored.value).await?;
            let metadata = json!({"resourceVersion": stored.revision.to_string()});
            Ok(reply::json(200, &table::table(resource, &[value], metadata, query.text("includeObject"))))
        }
    }
}

async fn created(
    server: &Arc<Server>,
    resource: &Arc<Resource>,
    target: &Target,
    body: Value,
    options: &WriteOptions,
) -> Result<Response<ReplyBody>, Failure> {
    if !resource.has_verb("get") {
        if let Some(answer) = reviews::answer(server, &resource.kind, &target.namespace, &body, &options.identity)? {
            return Ok(reply::json(201, &answer));
        }
        if resource.kind == "Binding" {
            let mut target = target.clone();
            target.plural = "pods".into();
            target.name = body["metadata"]["name"].as_str().unwrap_or_default().to_owned();
            return subresources::bind(server, &target, &body, options).await;
        }
        return Err(Failure::method_not_allowed());
    }
    let outcome = write::create(server, resource, target, body, options).await?;
    written(resource, outcome, Form::Whole)
}

async fn delete_collection(
    server: &Arc<Server>,
    resource: &Arc<Resource>,
    target: &Target,
    query: &Query,
    body: Option<&Value>,
    options: &WriteOptions,
) -> Result<Response<ReplyBody>, Failure> {
    let selector = Selector::parse(query.text("labelSelector"), query.text("fieldSelector"))?;
    let (objects, revision) = server.store().list(&target.group, &target.plural, &target.namespace, None);
    let mut meant = Vec::new();
    for object in objects {
        if list::matches(server, resource, &selector, &object).await? {
            meant.push(object);
        }
    }
    let deleted = write::delete_collection(server, resource, meant, query, body, options).await?;
    let items: Vec<&Value> = deleted.iter().map(|object| &*object.value).collect();
    Ok(reply::json(
        200,
        &json!({
            "kind": format!("{}List", resource.kind), "apiVersion": resource.api_version(),
            "metadata": {"resourceVersion": revision.to_string()}, "items": items,
        }),
    ))
}

/// Paths that are no resources.
fn document(server: &Server, path: &str, headers: &HeaderMap) -> Result<Response<ReplyBody>, Failure> {
    let registry = server.registry();
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let aggregated = negotiate::aggregated(headers);
    let value = match parts.as_slice() {
        ["healthz" | "readyz" | "livez", ..] => return Ok(reply::text(200, "ok")),
        ["version"] => discovery::version(&server.kubernetes_version()),
        ["api" | "apis"] => {
            let core = parts == ["api"];
            if let Some(version) = aggregated {
                let value = discovery::aggregated(&registry, core, version);
                let mut response = reply::json(200, &value);
                let content = match version {
                    "v2" => "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
                    _ => "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList",
                };
                response.headers_mut().insert(header::CONTENT_TYPE, http::HeaderValue::from_static(content));
                return Ok(response);
            }
            if core { discovery::core_versions() } else { discovery::group_list(&registry) }
        }
        ["api", version] => discovery::resource_list(&registry, "", version).ok_or_else(Failure::no_route)?,
        ["apis", group] => discovery::one_group(&registry, group).ok_or_else(Failure::no_route)?,
        ["apis", group, version] => {
            discovery::resource_list(&registry, group, version).ok_or_else(Failure::no_route)?
        }
        ["openapi", "v2"] => {
            let value = openapi_v2::document(&registry);
            let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
            if openapi_v2::is_protobuf(accept) {
                return Ok(reply::typed(200, openapi_v2::PROTOBUF, openapi_v2::to_protobuf(&value)));
            }
            value
        }
        ["openapi", "v3"] => openapi::index(&registry),
        ["openapi", "v3", "api", version] => openapi::document(&registry, "", version).ok_or_else(Failure::no_route)?,
        ["openapi", "v3", "apis", group, version] => {
            openapi::document(&registry, group, version).ok_or_else(Failure::no_route)?
        }
        _ => return Err(Failure::no_route()),
    };
    Ok(reply::json(200, &value))
}
