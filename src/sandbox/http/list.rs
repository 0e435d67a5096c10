//! Lists: selectors, pages, and the form they are answered in.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::Response;
use serde_json::Value;
use serde_json::json;

use super::Failure;
use super::Query;
use super::ReplyBody;
use super::Target;
use super::negotiate::Form;
use super::negotiate::metadata_only;
use super::reply;
use super::selector::Selector;
use super::table;
use crate::sandbox::kinds::Resource;
use crate::sandbox::server::Server;
use crate::sandbox::storage::Stored;
use crate::sandbox::write;

/// Answers a LIST, or a GET of one object as a list of one for tables.
pub async fn list(
    server: &Arc<Server>,
    resource: &Arc<Resource>,
    target: &Target,
    query: &Query,
    form: Form,
) -> Result<Response<ReplyBody>, Failure> {
    let selector = Selector::parse(query.text("labelSelector"), query.text("fieldSelector"))?;
    let (after, first_revision) = match query.text("continue") {
        "" => (None, None),
        token => {
            let (place, revision) = read_token(token)?;
            (Some(place), Some(revision))
        }
    };
    let version = query.text("resourceVersion");
    if !version.is_empty() && version.parse::<u64>().is_err() {
        return Err(Failure::bad_request(format!(
            "resourceVersion: Invalid value: {version:?}: must be an unsigned integer"
        )));
    }
    if version.parse::<u64>().is_ok_and(|version| version > server.store().revision() + 1) {
        let mut failure = Failure::new(504, "Timeout", "Too large resource version");
        failure.retry_after = Some(1);
        return Err(failure);
    }
    let (objects, revision) = server.store().list(&target.group, &target.plural, &target.namespace, after.as_ref());
    let revision = first_revision.unwrap_or(revision);
    let limit = query
        .number("limit")
        .filter(|limit| *limit > 0)
        .map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    let mut chosen: Vec<Arc<Stored>> = Vec::new();
    let mut left = 0u64;
    for object in objects {
        if !selector.is_everything() && !matches(server, resource, &selector, &object).await? {
            continue;
        }
        if chosen.len() == limit {
            left += 1;
        } else {
            chosen.push(object);
        }
    }
    let mut metadata = json!({"resourceVersion": revision.to_string()});
    if left > 0
        && let Some(last) = chosen.last()
    {
        metadata["continue"] = token(&last.key.namespace, &last.key.name, revision).into();
        if selector.is_everything() {
            metadata["remainingItemCount"] = left.into();
        }
    }
    respond(server, resource, chosen, metadata, form, query).await
}

async fn respond(
    server: &Arc<Server>,
    resource: &Arc<Resource>,
    objects: Vec<Arc<Stored>>,
    metadata: Value,
    form: Form,
    query: &Query,
) -> Result<Response<ReplyBody>, Failure> {
    match form {
        Form::Metadata => {
            for object in &objects {
                write::check_known(resource, &object.value)?;
            }
            let items = objects.iter().map(|object| metadata_only(&object.value));
            Ok(reply::json(
                200,
                &json!({
                    "kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1",
                    "metadata": metadata, "items": items.collect::<Vec<_>>(),
                }),
            ))
        }
        Form::Table => {
            let mut values = Vec::with_capacity(objects.len());
            for object in &objects {
                values.push(write::in_version(server, resource, &object.value).await?);
            }
            let include = query.text("includeObject");
            Ok(reply::json(200, &table::table(resource, &values, metadata, include)))
        }
        Form::Whole => {
            let api_version = resource.api_version();
            let kind = match resource.custom_kind() {
                Some(custom) => custom.list_kind.clone(),
                None => format!("{}List", resource.kind),
            };
            let head = json!({"kind": kind, "apiVersion": api_version, "metadata": metadata}).to_string();
            let size: usize = objects.iter().map(|object| object.bytes.len() + 1).sum();
            let mut text = Vec::with_capacity(size + head.len() + 16);
            text.extend_from_slice(&head.as_bytes()[..head.len() - 1]);
            text.extend_from_slice(b",\"items\":[");
            for (index, object) in objects.iter().enumerate() {
                if index > 0 {
                    text.push(b',');
                }
                text.extend_from_slice(&bytes_in_version(server, resource, object).await?);
            }
            text.extend_from_slice(b"]}");
            Ok(reply::json_bytes(200, Bytes::from(text)))
        }
    }
}

/// The text of an object in the version of the resource; the stored text itself where the versions are the same.
pub async fn bytes_in_version(server: &Arc<Server>, resource: &Resource, object: &Stored) -> Result<Bytes, Failure> {
    let value = write::in_version(server, resource, &object.value).await?;
    if Arc::ptr_eq(&value, &object.value) {
        return Ok(object.bytes.clone());
    }
    Ok(Bytes::from(serde_json::to_vec(&*value).expect("a JSON value can be written")))
}

/// Whether an object is meant; fields are looked up in the version of the request.
pub async fn matches(
    server: &Arc<Server>,
    resource: &Resource,
    selector: &Selector,
    object: &Stored,
) -> Result<bool, Failure> {
    if resource.is_custom() {
        // Custom resources are selected by metadata only, which all versions share.
        return Ok(selector.matches(&object.value));
    }
    let value = write::in_version(server, resource, &object.value).await?;
    Ok(selector.matches(&value))
}

fn token(namespace: &str, name: &str, revision: u64) -> String {
    URL_SAFE_NO_PAD.encode(json!({"v": "meta.k8s.io/v1", "rv": revision, "ns": namespace, "name": name}).to_string())
}

fn read_token(token: &str) -> Result<((String, String), u64), Failure> {
    let wrong = || Failure::bad_request("continue key is not valid: it is no token of this server");
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| wrong())?;
    let value: Value = serde_json::from_slice(&bytes).map_err(|_| wrong())?;
    let text = |field: &str| value[field].as_str().map(str::to_owned).ok_or_else(wrong);
    Ok(((text("ns")?, text("name")?), value["rv"].as_u64().ok_or_else(wrong)?))
}
