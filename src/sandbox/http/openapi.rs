//! OpenAPI documents as far as kubectl needs them: which parameters a kind's PATCH takes, and its schema.

use std::sync::Arc;

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::sandbox::kinds::Registry;
use crate::sandbox::kinds::Resource;

/// `/openapi/v3`: where the documents of the groups are.
pub fn index(registry: &Registry) -> Value {
    let mut paths = Map::new();
    for resource in registry.all() {
        let path = prefix(&resource.group, &resource.version);
        paths.entry(path.clone()).or_insert_with(|| json!({"serverRelativeURL": format!("/openapi/v3/{path}")}));
    }
    json!({"paths": paths})
}

/// `/openapi/v3/apis/GROUP/VERSION`.
pub fn document(registry: &Registry, group: &str, version: &str) -> Option<Value> {
    let mut paths = Map::new();
    let mut schemas = Map::new();
    let of = |resource: &&Arc<Resource>| resource.group == group && resource.version == version;
    for resource in registry.all().filter(of) {
        let gvk = json!({"group": group, "version": version, "kind": resource.kind});
        let name = schema_name(resource);
        let mut schema = match resource.schema() {
            Some(schema) => schema.to_json(),
            None => json!({"type": "object"}),
        };
        schema["x-kubernetes-group-version-kind"] = json!([gvk]);
        schemas.insert(name.clone(), schema);
        let parameters: Vec<Value> = ["dryRun", "fieldManager", "fieldValidation", "force"]
            .iter()
            .map(|name| json!({"name": name, "in": "query", "schema": {"type": "string", "uniqueItems": true}}))
            .collect();
        let body =
            json!({"content": {"application/json": {"schema": {"$ref": format!("#/components/schemas/{name}")}}}});
        let response = json!({"200": {"description": "OK", "content": body["content"]}});
        let operation = |action: &str| {
            json!({
                "x-kubernetes-action": action, "x-kubernetes-group-version-kind": gvk,
                "parameters": parameters, "responses": response,
            })
        };
        let scope = if resource.namespaced { "/namespaces/{namespace}" } else { "" };
        let base = format!("/{}{scope}/{}", prefix(group, version), resource.plural);
        paths.insert(base.clone(), json!({"get": operation("list"), "post": operation("post")}));
        paths.insert(
            format!("{base}/{{name}}"),
            json!({
                "get": operation("get"), "put": operation("put"), "patch": operation("patch"),
                "delete": operation("delete"),
            }),
        );
    }
    if paths.is_empty() {
        return None;
    }
    Some(json!({
        "openapi": "3.0.0", "info": {"title": "Kubernetes", "version": "v1.31.4"},
        "paths": paths, "components": {"schemas": schemas},
    }))
}

fn prefix(group: &str, version: &str) -> String {
    if group.is_empty() { format!("api/{version}") } else { format!("apis/{group}/{version}") }
}

/// The name of a kind among the definitions.
pub fn schema_name(resource: &Resource) -> String {
    if resource.is_custom() {
        let reversed: Vec<&str> = resource.group.split('.').rev().collect();
        return format!("{}.{}.{}", reversed.join("."), resource.version, resource.kind);
    }
    let group = match resource.group.split('.').next().unwrap_or_default() {
        "" => "core",
        group => group,
    };
    format!("io.k8s.api.{group}.{}.{}", resource.version, resource.kind)
}
