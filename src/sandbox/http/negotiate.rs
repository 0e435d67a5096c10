//! In which form a client wants its answer: whole objects, their metadata only, or a table.

use http::HeaderMap;
use http::header;
use serde_json::Value;
use serde_json::json;

/// The forms an object or list is answered in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Whole,
    Metadata,
    Table,
}

/// The first form of the Accept header that we have.
pub fn form(headers: &HeaderMap) -> Form {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    for choice in accept.split(',') {
        let mut parameters = choice.split(';').map(str::trim);
        let media = parameters.next().unwrap_or_default();
        if !matches!(media, "application/json" | "application/*" | "*/*" | "application/yaml") {
            continue;
        }
        match parameters.find_map(|parameter| parameter.strip_prefix("as=")) {
            Some("Table") => return Form::Table,
            Some("PartialObjectMetadata" | "PartialObjectMetadataList") => return Form::Metadata,
            Some("APIGroupDiscoveryList") | None => return Form::Whole,
            Some(_) => {}
        }
    }
    Form::Whole
}

/// Whether aggregated discovery is asked for, and in which version of it.
pub fn aggregated(headers: &HeaderMap) -> Option<&'static str> {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    for choice in accept.split(',').filter(|choice| choice.contains("as=APIGroupDiscoveryList")) {
        if choice.contains("v=v2beta1") {
            return Some("v2beta1");
        }
        if choice.contains("v=v2") {
            return Some("v2");
        }
    }
    None
}

/// The metadata of an object alone.
pub fn metadata_only(object: &Value) -> Value {
    json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": object["metadata"]})
}
