//! A CustomResourceDefinition as the server reads it: names, versions, schemas. Its status is for `write::crd`.

use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::Value;

use super::Resource;
use crate::object::schema::InvalidSchema;
use crate::object::schema::Schema;
use crate::object::schema::Type;
use crate::object::schema::library;

/// The kind a CRD defines, in all its versions.
#[derive(Debug)]
pub struct CustomKind {
    /// The CRD's own name, `<plural>.<group>`.
    pub name: String,
    pub group: String,
    pub kind: String,
    pub list_kind: String,
    pub plural: String,
    pub singular: String,
    pub short_names: Vec<String>,
    pub categories: Vec<String>,
    pub namespaced: bool,
    /// Only the served ones are resources; the storage version is among all of them.
    pub versions: Vec<CustomVersion>,
    pub storage_version: String,
    /// `spec.conversion.webhook.clientConfig` where versions are converted by a webhook.
    pub conversion: Option<Value>,
}

/// One version of a CRD.
#[derive(Debug)]
pub struct CustomVersion {
    pub name: String,
    pub served: bool,
    pub deprecation: Option<String>,
    pub schema: Arc<Schema>,
    pub has_status: bool,
    pub scale: Option<ScalePaths>,
    pub columns: Vec<Column>,
}

/// Where the numbers of the scale subresource are, as dotted paths with a dot in front.
#[derive(Debug)]
pub struct ScalePaths {
    pub spec_replicas: String,
    pub status_replicas: String,
    pub selector: Option<String>,
}

/// A column of `kubectl get`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    /// `string`, `integer`, `number`, `boolean`, `date`.
    pub value_type: String,
    pub format: String,
    pub description: String,
    /// 0: always shown; more: only with `-o wide`.
    pub priority: i64,
    pub path: String,
}

impl CustomKind {
    /// Reads a CRD. Fails only where a schema cannot be read.
    pub fn from_crd(crd: &Value) -> Result<Self, InvalidSchema> {
        let spec = &crd["spec"];
        let names = &spec["names"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let texts = |value: &Value| value.as_array().into_iter().flatten().map(text).collect::<Vec<_>>();
        let kind = text(&names["kind"]);
        let or = |given: String, fallback: String| if given.is_empty() { fallback } else { given };
        let mut versions = Vec::new();
        let mut storage_version = String::new();
        for version in spec["versions"].as_array().into_iter().flatten() {
            if version["storage"].as_bool() == Some(true) {
                storage_version = text(&version["name"]);
            }
            versions.push(custom_version(version, spec["preserveUnknownFields"].as_bool() == Some(true))?);
        }
        let webhook = spec["conversion"]["strategy"].as_str() == Some("Webhook");
        Ok(Self {
            name: text(&crd["metadata"]["name"]),
            group: text(&spec["group"]),
            list_kind: or(text(&names["listKind"]), format!("{kind}List")),
            plural: text(&names["plural"]),
            singular: or(text(&names["singular"]), kind.to_lowercase()),
            short_names: texts(&names["shortNames"]),
            categories: texts(&names["categories"]),
            namespaced: spec["scope"].as_str() == Some("Namespaced"),
            versions,
            storage_version,
            conversion: webhook.then(|| spec["conversion"]["webhook"].clone()),
            kind,
        })
    }

    /// The resources of the served versions.
    pub fn resources(custom: &Arc<Self>) -> Vec<Resource> {
        let served = custom.versions.iter().enumerate().filter(|(_, version)| version.served);
        served.map(|(index, _)| Resource::custom(custom, index)).collect()
    }
}

fn custom_version(version: &Value, preserve: bool) -> Result<CustomVersion, InvalidSchema> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut schema = match version["schema"].get("openAPIV3Schema") {
        Some(json) => Schema::from_json(json)?,
        None => Schema { value_type: Type::Object, preserve_unknown: true, ..Schema::default() },
    };
    schema.preserve_unknown |= preserve;
    complete(&mut schema);
    let subresources = &version["subresources"];
    let scale = subresources.get("scale").filter(|scale| scale.is_object()).map(|scale| ScalePaths {
        spec_replicas: text(&scale["specReplicasPath"]),
        status_replicas: text(&scale["statusReplicasPath"]),
        selector: scale["labelSelectorPath"].as_str().map(str::to_owned),
    });
    let columns = version["additionalPrinterColumns"].as_array().into_iter().flatten();
    let deprecated = version["deprecated"].as_bool() == Some(true);
    Ok(CustomVersion {
        name: text(&version["name"]),
        served: version["served"].as_bool() == Some(true),
        deprecation: deprecated.then(|| text(&version["deprecationWarning"])),
        schema: Arc::new(schema),
        has_status: subresources.get("status").is_some_and(|status| !status.is_null()),
        scale,
        columns: columns
            .map(|column| Column {
                name: text(&column["name"]),
                value_type: text(&column["type"]),
                format: text(&column["format"]),
                description: text(&column["description"]),
                priority: column["priority"].as_i64().unwrap_or(0),
                path: text(&column["jsonPath"]),
            })
            .collect(),
    })
}

/// Gives the root what every object has, whatever the CRD says of it.
fn complete(schema: &mut Schema) {
    let text = || Arc::new(Schema { value_type: Type::String, ..Schema::default() });
    schema.value_type = Type::Object;
    let declared = std::mem::take(&mut schema.properties);
    let mut properties = IndexMap::new();
    properties.insert("apiVersion".to_owned(), text());
    properties.insert("kind".to_owned(), text());
    // Rules on metadata (a pattern on names) stand beside the true type of it.
    let metadata = library::core("ObjectMeta");
    if let Some(metadata) = metadata.or_else(|| declared.get("metadata").cloned()) {
        properties.insert("metadata".to_owned(), metadata);
    }
    for (name, field) in declared {
        if !matches!(name.as_str(), "apiVersion" | "kind" | "metadata") {
            properties.insert(name, field);
        }
    }
    schema.properties = properties;
}
