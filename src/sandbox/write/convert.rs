//! Objects in another version of their kind than the one they are stored in.

use std::sync::Arc;

use serde_json::Value;
use serde_json::json;

use crate::object::schema::apply_defaults;
use crate::sandbox::admission::call_converter;
use crate::sandbox::http::Failure;
use crate::sandbox::kinds::Resource;
use crate::sandbox::server::Server;

/// A stored object in the version of `resource`.
pub async fn in_version(server: &Arc<Server>, resource: &Resource, stored: &Arc<Value>) -> Result<Arc<Value>, Failure> {
    let wanted = resource.api_version();
    check_known(resource, stored)?;
    if stored["apiVersion"] == *wanted {
        return Ok(stored.clone());
    }
    let mut converted = convert(server, resource, (**stored).clone(), &wanted).await?;
    if let Some(schema) = resource.schema() {
        apply_defaults(schema, &mut converted);
    }
    Ok(Arc::new(converted))
}

/// A stored object in a version that its definition does not know any more cannot be read: nothing tells what it means.
pub fn check_known(resource: &Resource, stored: &Value) -> Result<(), Failure> {
    let Some(custom) = resource.custom_kind() else { return Ok(()) };
    let found = stored["apiVersion"].as_str().unwrap_or_default();
    let version = found.rsplit_once('/').map_or(found, |(_, version)| version);
    if custom.versions.iter().any(|known| known.name == version) {
        return Ok(());
    }
    Err(Failure::internal(format!("request to convert CR from an invalid group/version: {found}")))
}

/// Whether an object lies in the store as it would be written now.
pub fn is_storage_form(resource: &Resource, stored: &Value) -> bool {
    resource
        .custom_kind()
        .is_none_or(|custom| stored["apiVersion"] == *format!("{}/{}", custom.group, custom.storage_version))
}

/// An object in the version its kind is stored in.
pub async fn to_storage(server: &Arc<Server>, resource: &Resource, object: Value) -> Result<Value, Failure> {
    let Some(custom) = resource.custom_kind() else { return Ok(object) };
    let wanted = format!("{}/{}", custom.group, custom.storage_version);
    if object["apiVersion"] == *wanted {
        return Ok(object);
    }
    convert(server, resource, object, &wanted).await
}

async fn convert(server: &Arc<Server>, resource: &Resource, mut object: Value, wanted: &str) -> Result<Value, Failure> {
    let webhook = resource.custom_kind().and_then(|custom| custom.conversion.as_ref());
    let Some(webhook) = webhook else {
        object["apiVersion"] = wanted.into();
        return Ok(object);
    };
    let from = object["apiVersion"].as_str().unwrap_or_default().to_owned();
    let kind = &resource.kind;
    let failed = |why: String| Failure::internal(format!("conversion webhook for {from}, Kind={kind} failed: {why}"));
    let review = json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "ConversionReview",
        "request": {
            "uid": uuid::Uuid::new_v4().to_string(), "desiredAPIVersion": wanted, "objects": [object.clone()],
        },
    });
    let answer = call_converter(server, webhook, review).await.map_err(failed)?;
    if answer["response"]["result"]["status"] != "Success" {
        let message = answer["response"]["result"]["message"].as_str().unwrap_or("no success reported");
        return Err(failed(message.to_owned()));
    }
    let mut converted = answer["response"]["convertedObjects"][0].clone();
    if converted["apiVersion"] != *wanted {
        return Err(failed(format!("received invalid converted object at index 0: not in {wanted}")));
    }
    // Only labels and annotations of the metadata may be changed by a conversion.
    let mut metadata = object["metadata"].clone();
    for field in ["labels", "annotations"] {
        super::meta::copy_field(&mut metadata, converted.get("metadata"), field);
    }
    converted["metadata"] = metadata;
    Ok(converted)
}
