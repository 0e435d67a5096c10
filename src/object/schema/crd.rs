//! Whole CustomResourceDefinitions from the CRD notation.

use std::borrow::Cow;

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::NotationError;
use super::Schema;
use super::Type;
use super::schema_from_notation;
use crate::object::Object;

/// The CustomResourceDefinition (apiextensions.k8s.io/v1) that one document of a `*.crd` file stands for, with the
/// core types it names written out. The error says where in the document it is wrong.
pub fn crd_from_notation(value: &Value) -> Result<Object, NotationError> {
    let Value::Object(document) = value else {
        return Err(NotationError::new("", "a CRD is a mapping with the keys crd, kind, scope and versions"));
    };
    refuse_unknown(document, "", &KEYS)?;
    let name = text(document, "crd", "")?;
    let (plural, group) = name
        .split_once('.')
        .filter(|(plural, group)| !plural.is_empty() && group.contains('.'))
        .ok_or_else(|| NotationError::new("crd", format!("\"{name}\" is not of the form <plural>.<group>")))?;
    let kind = text(document, "kind", "")?;
    let scope = text(document, "scope", "")?;
    if !["Cluster", "Namespaced"].contains(&scope) {
        return Err(NotationError::new("scope", format!("\"{scope}\" is neither Cluster nor Namespaced")));
    }
    let mut names = json!({
        "kind": kind,
        "listKind": optional_text(document, "listKind")?.map_or_else(|| format!("{kind}List"), str::to_owned),
        "plural": plural,
        "singular": optional_text(document, "singular")?.map_or_else(|| kind.to_lowercase(), str::to_owned),
    });
    for key in ["shortNames", "categories"] {
        let words = texts(document, key)?;
        if !words.is_empty() {
            names[key] = words.into();
        }
    }
    let mut metadata = json!({ "name": name });
    for key in ["labels", "annotations"] {
        match document.get(key) {
            None | Some(Value::Null) => {}
            Some(Value::Object(map)) => metadata[key] = Value::Object(map.clone()),
            Some(_) => return Err(NotationError::new(key, "must be a mapping")),
        }
    }
    let mut spec =
        object([("group", group.into()), ("names", names), ("scope", scope.into()), ("versions", versions(document)?)]);
    match document.get("conversion") {
        None | Some(Value::Null) => {}
        Some(Value::Object(map)) if map.is_empty() => {}
        Some(conversion) => spec["conversion"] = conversion.clone(),
    }
    Object::from_value(object([
        ("apiVersion", "apiextensions.k8s.io/v1".into()),
        ("kind", "CustomResourceDefinition".into()),
        ("metadata", metadata),
        ("spec", spec),
    ]))
    .map_err(|error| NotationError::new("", error.to_string()))
}

/// As `json!`, which copies the values that it is given: schemas are long.
fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    Value::Object(fields.map(|(name, value)| (name.to_owned(), value)).into_iter().collect())
}

/// The schema that a CustomResourceDefinition has for a version; `None` where it has none, or none that can be read.
pub fn schema_of_version(crd: &Object, version: &str) -> Option<Schema> {
    let versions = crd.get("/spec/versions")?.as_array()?;
    let version = versions.iter().find(|one| one.get("name").and_then(Value::as_str) == Some(version))?;
    Schema::from_json(version.pointer("/schema/openAPIV3Schema")?).ok()
}

const KEYS: [&str; 11] = [
    "crd",
    "kind",
    "scope",
    "singular",
    "listKind",
    "shortNames",
    "categories",
    "conversion",
    "labels",
    "annotations",
    "versions",
];

const VERSION_KEYS: [&str; 8] =
    ["same", "storage", "served", "deprecated", "subresources", "columns", "selectable", "schema"];

fn versions(document: &Map<String, Value>) -> Result<Value, NotationError> {
    let Some(Value::Object(versions)) =
        document.get("versions").filter(|v| v.as_object().is_some_and(|v| !v.is_empty()))
    else {
        return Err(NotationError::new("versions", "must be a mapping of at least one version"));
    };
    let mut written = Vec::new();
    for (name, value) in versions {
        let path = format!("versions.{name}");
        let Value::Object(own) = value else { return Err(NotationError::new(&path, "must be a mapping")) };
        refuse_unknown(own, &path, &VERSION_KEYS)?;
        written.push(version(name, inherited(versions, own, &path)?.as_ref(), &path)?);
    }
    let stored = written.iter().filter(|version| version["storage"] == true).count();
    if stored != 1 {
        let message = format!("exactly one version has `storage: true`, here {stored} have");
        return Err(NotationError::new("versions", message));
    }
    Ok(written.into())
}

/// A version's keys over those of the version it says it is the same as. `storage` is its own matter.
fn inherited<'a>(
    versions: &Map<String, Value>,
    own: &'a Map<String, Value>,
    path: &str,
) -> Result<Cow<'a, Map<String, Value>>, NotationError> {
    let Some(same) = own.get("same") else { return Ok(Cow::Borrowed(own)) };
    let path = format!("{path}.same");
    let base = same.as_str().and_then(|name| versions.get(name)?.as_object());
    let Some(base) = base else { return Err(NotationError::new(&path, format!("there is no version {same}"))) };
    if base.contains_key("same") {
        return Err(NotationError::new(&path, format!("{same} is itself the same as another version")));
    }
    let mut merged = base.clone();
    for key in ["storage", "served", "deprecated"] {
        merged.remove(key);
    }
    merged.extend(own.iter().filter(|(key, _)| *key != "same").map(|(key, value)| (key.clone(), value.clone())));
    Ok(Cow::Owned(merged))
}

fn version(name: &str, version: &Map<String, Value>, path: &str) -> Result<Value, NotationError> {
    let at = |key: &str| format!("{path}.{key}");
    let schema = version.get("schema").ok_or_else(|| NotationError::new(&at("schema"), "is missing"))?;
    let schema = root_schema(schema, &at("schema"))?.to_json();
    let mut written = object([
        ("name", name.into()),
        ("served", truth(version, "served", path)?.unwrap_or(true).into()),
        ("storage", truth(version, "storage", path)?.unwrap_or(false).into()),
        ("schema", object([("openAPIV3Schema", schema)])),
    ]);
    match version.get("deprecated") {
        None | Some(Value::Null | Value::Bool(false)) => {}
        Some(Value::Bool(true)) => written["deprecated"] = true.into(),
        Some(Value::String(warning)) => {
            written["deprecated"] = true.into();
            written["deprecationWarning"] = warning.as_str().into();
        }
        Some(_) => return Err(NotationError::new(&at("deprecated"), "must be true, false or a warning")),
    }
    let subresources = subresources(version.get("subresources"), &at("subresources"))?;
    if !subresources.is_empty() {
        written["subresources"] = subresources.into();
    }
    let columns = columns(version.get("columns"), &at("columns"))?;
    if !columns.is_empty() {
        written["additionalPrinterColumns"] = columns.into();
    }
    let fields: Vec<Value> = texts(version, "selectable")?.iter().map(|path| json!({"jsonPath": path})).collect();
    if !fields.is_empty() {
        written["selectableFields"] = fields.into();
    }
    Ok(written)
}

/// The notation's schema with what every object has before it.
fn root_schema(value: &Value, path: &str) -> Result<Schema, NotationError> {
    let declared = schema_from_notation(value, path)?;
    if !matches!(declared.value_type, Type::Object | Type::Any) {
        return Err(NotationError::new(path, "the schema of a kind is a mapping of its fields, or any"));
    }
    let mut root =
        schema_from_notation(&json!({"apiVersion": "string", "kind": "string", "metadata": "object"}), path)?;
    root.preserve_unknown = declared.preserve_unknown;
    root.required = declared.required;
    root.additional = declared.additional;
    for (name, field) in declared.properties {
        root.properties.entry(name).or_insert(field);
    }
    Ok(root)
}

fn subresources(value: Option<&Value>, path: &str) -> Result<Map<String, Value>, NotationError> {
    let mut written = Map::new();
    match value {
        None | Some(Value::Null) => {}
        Some(Value::Array(names)) => {
            for name in names {
                if name != "status" {
                    let message = format!("{name}: in a list only status is possible; scale needs its paths");
                    return Err(NotationError::new(path, message));
                }
                written.insert("status".into(), json!({}));
            }
        }
        Some(Value::Object(map)) => {
            refuse_unknown(map, path, &["status", "scale"])?;
            for (name, value) in map {
                let value = if value.is_null() { json!({}) } else { value.clone() };
                written.insert(name.clone(), value);
            }
        }
        Some(_) => return Err(NotationError::new(path, "must be a list or a mapping")),
    }
    Ok(written)
}

/// `[name, type, path]` with an optional priority, or a mapping as the CRD has it.
fn columns(value: Option<&Value>, path: &str) -> Result<Vec<Value>, NotationError> {
    let rows = match value {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(rows)) => rows,
        Some(_) => return Err(NotationError::new(path, "must be a list")),
    };
    let column = |(index, row): (usize, &Value)| {
        let parts = row.as_array().map(Vec::as_slice).unwrap_or_default();
        match (row, parts) {
            (Value::Object(_), _) => Ok(row.clone()),
            (_, [name, column_type, json_path]) => {
                Ok(json!({"jsonPath": json_path, "name": name, "type": column_type}))
            }
            (_, [name, column_type, json_path, priority]) => {
                Ok(json!({"jsonPath": json_path, "name": name, "priority": priority, "type": column_type}))
            }
            _ => Err(NotationError::new(
                &format!("{path}[{index}]"),
                "a column is [name, type, path] or [name, type, path, priority]",
            )),
        }
    };
    rows.iter().enumerate().map(column).collect()
}

fn refuse_unknown(map: &Map<String, Value>, path: &str, known: &[&str]) -> Result<(), NotationError> {
    let Some(key) = map.keys().find(|key| !known.contains(&key.as_str())) else { return Ok(()) };
    let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
    Err(NotationError::new(&path, format!("unknown key; known are {}", known.join(", "))))
}

fn text<'a>(map: &'a Map<String, Value>, key: &str, path: &str) -> Result<&'a str, NotationError> {
    let path = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    map.get(key)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
        .ok_or_else(|| NotationError::new(&path, "a text is needed here"))
}

fn optional_text<'a>(map: &'a Map<String, Value>, key: &str) -> Result<Option<&'a str>, NotationError> {
    match map.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(_) => text(map, key, "").map(Some),
    }
}

fn texts(map: &Map<String, Value>, key: &str) -> Result<Vec<Value>, NotationError> {
    match map.get(key) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(items)) if items.iter().all(Value::is_string) => Ok(items.clone()),
        Some(_) => Err(NotationError::new(key, "must be a list of texts")),
    }
}

fn truth(map: &Map<String, Value>, key: &str, path: &str) -> Result<Option<bool>, NotationError> {
    match map.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(value)) => Ok(Some(*value)),
        Some(_) => Err(NotationError::new(&format!("{path}.{key}"), "must be true or false")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile() -> Value {
        json!({
            "crd": "profiles.kubeflow.org", "kind": "Profile", "scope": "Cluster", "shortNames": ["prof"],
            "annotations": {"cert-manager.io/inject-ca-from": "a/b"},
            "versions": {
                "v1": {"storage": true, "subresources": ["status"], "columns": [["Ready", "string", ".status.r"]],
                    "schema": {"spec": {"owner!": {"name!": "string"}}}},
                "v1beta1": {"same": "v1", "deprecated": "use v1"},
            },
        })
    }

    #[test]
    fn writes_the_whole_definition() {
        let crd = crd_from_notation(&profile()).expect("a CRD").into_value();
        let schema = json!({"openAPIV3Schema": {"type": "object", "properties": {
            "apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": {"type": "object"},
            "spec": {"type": "object", "required": ["owner"], "properties": {
                "owner": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}}}}}});
        let columns = json!([{"jsonPath": ".status.r", "name": "Ready", "type": "string"}]);
        assert_eq!(
            crd,
            json!({
                "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
                "metadata": {"name": "profiles.kubeflow.org", "annotations": {"cert-manager.io/inject-ca-from": "a/b"}},
                "spec": {"group": "kubeflow.org", "scope": "Cluster",
                    "names": {"kind": "Profile", "listKind": "ProfileList", "plural": "profiles",
                        "singular": "profile", "shortNames": ["prof"]},
                    "versions": [
                        {"name": "v1", "served": true, "storage": true, "schema": schema,
                            "subresources": {"status": {}}, "additionalPrinterColumns": columns},
                        {"name": "v1beta1", "served": true, "storage": false, "schema": schema,
                            "subresources": {"status": {}}, "additionalPrinterColumns": columns,
                            "deprecated": true, "deprecationWarning": "use v1"},
                    ]},
            })
        );
    }

    #[test]
    fn errors_say_where() {
        let check = |pointer: &str, key: &str, value: Value, expected: &str| {
            let mut document = profile();
            let place = document.pointer_mut(pointer).and_then(Value::as_object_mut).expect("a mapping");
            place.insert(key.into(), value);
            let error = crd_from_notation(&document).map_err(|error| error.to_string());
            assert_eq!(error.map(|_| ()), Err(expected.to_owned()));
        };
        check("", "crd", json!("profiles"), "crd: \"profiles\" is not of the form <plural>.<group>");
        check("", "scope", json!("Namespace"), "scope: \"Namespace\" is neither Cluster nor Namespaced");
        check("", "versions", json!({}), "versions: must be a mapping of at least one version");
        check(
            "/versions/v1",
            "storage",
            json!(false),
            "versions: exactly one version has `storage: true`, here 0 have",
        );
        check("/versions/v1beta1", "same", json!("v2"), "versions.v1beta1.same: there is no version \"v2\"");
        check(
            "/versions/v1/schema",
            "spec",
            json!("strin"),
            "versions.v1.schema.spec: unknown type \"strin\"; types are any, object, string, integer, number, boolean, int-or-string, quantity",
        );
        check(
            "/versions/v1",
            "colums",
            json!([]),
            "versions.v1.colums: unknown key; known are same, storage, served, deprecated, subresources, columns, selectable, schema",
        );
    }

    #[test]
    fn a_kind_may_be_anything() {
        let crd = crd_from_notation(&json!({"crd": "a.b.c", "kind": "A", "scope": "Namespaced",
            "versions": {"v1": {"storage": true, "schema": "any"}}}))
        .expect("a CRD");
        let root = crd.get("/spec/versions").and_then(|v| v.pointer("/0/schema/openAPIV3Schema")).expect("a schema");
        assert_eq!(root["type"], "object");
        assert_eq!(root["x-kubernetes-preserve-unknown-fields"], true);
    }
}
