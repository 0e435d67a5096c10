//! One Kubernetes object as JSON, with accessors for what all kinds share.

use std::fmt;

use serde_json::Map;
use serde_json::Value;

use super::GroupVersionKind;
use super::ObjectId;

/// A Kubernetes object: a JSON map that has at least `apiVersion`, `kind` and `metadata.name`.
#[derive(Clone, PartialEq)]
pub struct Object(Map<String, Value>);

/// Why a JSON value is not an object of Kubernetes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidObject {
    #[error("not a mapping")]
    NotAMapping,
    #[error("\"{0}\" is missing or empty")]
    Missing(&'static str),
}

impl Object {
    /// Checks the fields every object has. `generateName` does not do for a name: an object that cannot be named
    /// cannot be recorded before it is created.
    pub fn from_value(value: Value) -> Result<Self, InvalidObject> {
        let Value::Object(map) = value else { return Err(InvalidObject::NotAMapping) };
        let text = |value: Option<&Value>| value.and_then(Value::as_str).is_some_and(|s| !s.is_empty());
        if !text(map.get("apiVersion")) {
            return Err(InvalidObject::Missing("apiVersion"));
        }
        if !text(map.get("kind")) {
            return Err(InvalidObject::Missing("kind"));
        }
        if !text(map.get("metadata").and_then(|m| m.get("name"))) {
            return Err(InvalidObject::Missing("metadata.name"));
        }
        Ok(Self(map))
    }

    pub fn as_map(&self) -> &Map<String, Value> {
        &self.0
    }

    pub fn as_map_mut(&mut self) -> &mut Map<String, Value> {
        &mut self.0
    }

    pub fn to_value(&self) -> Value {
        Value::Object(self.0.clone())
    }

    pub fn into_value(self) -> Value {
        Value::Object(self.0)
    }

    pub fn api_version(&self) -> &str {
        self.0.get("apiVersion").and_then(Value::as_str).unwrap_or_default()
    }

    pub fn kind(&self) -> &str {
        self.0.get("kind").and_then(Value::as_str).unwrap_or_default()
    }

    pub fn gvk(&self) -> GroupVersionKind {
        GroupVersionKind::from_api_version(self.api_version(), self.kind())
    }

    pub fn id(&self) -> ObjectId {
        ObjectId::new(self.gvk().group, self.kind(), self.namespace(), self.name())
    }

    pub fn name(&self) -> &str {
        self.metadata_text("name")
    }

    /// Empty for cluster-scoped objects.
    pub fn namespace(&self) -> &str {
        self.metadata_text("namespace")
    }

    pub fn set_namespace(&mut self, namespace: &str) {
        self.metadata_mut().insert("namespace".into(), namespace.into());
    }

    /// Empty until the server has stored the object.
    pub fn uid(&self) -> &str {
        self.metadata_text("uid")
    }

    /// Empty until the server has stored the object.
    pub fn resource_version(&self) -> &str {
        self.metadata_text("resourceVersion")
    }

    pub fn is_deleting(&self) -> bool {
        !self.metadata_text("deletionTimestamp").is_empty()
    }

    /// Whether a controller made it for another object, and makes it again.
    pub fn is_controlled(&self) -> bool {
        let owners = self.get("/metadata/ownerReferences").and_then(Value::as_array);
        owners.is_some_and(|owners| owners.iter().any(|owner| owner["controller"] == true))
    }

    /// Whether it is of this group and kind, in whatever version.
    pub fn is_of(&self, group: &str, kind: &str) -> bool {
        self.kind() == kind && self.gvk().group == group
    }

    pub fn label(&self, key: &str) -> Option<&str> {
        self.metadata()?.get("labels")?.get(key)?.as_str()
    }

    pub fn set_label(&mut self, key: &str, value: &str) {
        self.metadata_map("labels").insert(key.into(), value.into());
    }

    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.metadata()?.get("annotations")?.get(key)?.as_str()
    }

    pub fn set_annotation(&mut self, key: &str, value: &str) {
        self.metadata_map("annotations").insert(key.into(), value.into());
    }

    pub fn metadata(&self) -> Option<&Map<String, Value>> {
        self.0.get("metadata")?.as_object()
    }

    pub fn metadata_mut(&mut self) -> &mut Map<String, Value> {
        child_map(&mut self.0, "metadata")
    }

    /// The value at a JSON pointer such as `/spec/template/spec`.
    pub fn get(&self, pointer: &str) -> Option<&Value> {
        let (first, rest) = pointer.strip_prefix('/')?.split_once('/').unwrap_or((&pointer[1..], ""));
        let value = self.0.get(&first.replace("~1", "/").replace("~0", "~"))?;
        if rest.is_empty() { Some(value) } else { value.pointer(&pointer[first.len() + 1..]) }
    }

    /// The text at a JSON pointer; empty where there is none.
    pub fn text(&self, pointer: &str) -> &str {
        self.get(pointer).and_then(Value::as_str).unwrap_or_default()
    }

    fn metadata_text(&self, key: &str) -> &str {
        self.metadata().and_then(|m| m.get(key)).and_then(Value::as_str).unwrap_or_default()
    }

    fn metadata_map(&mut self, key: &str) -> &mut Map<String, Value> {
        child_map(self.metadata_mut(), key)
    }
}

impl fmt::Debug for Object {
    /// Its JSON, with the data of Secrets hidden.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = super::mask_object(self, &super::Secrets::default());
        write!(f, "{}", Value::Object(shown.0))
    }
}

/// The mapping at `key`, made (in place of anything else that stood there) where there is none.
fn child_map<'a>(map: &'a mut Map<String, Value>, key: &str) -> &'a mut Map<String, Value> {
    let child = map.entry(key).or_insert_with(|| Value::Object(Map::new()));
    if !child.is_object() {
        *child = Value::Object(Map::new());
    }
    child.as_object_mut().expect("just made a mapping")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_what_all_kinds_share() {
        let object = Object::from_value(json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "dex", "namespace": "auth", "labels": {"app": "dex"}},
            "spec": {"replicas": 1, "a/b": {"c": "d"}},
        }))
        .expect("an object");
        assert_eq!(object.id().to_string(), "Deployment.apps auth/dex");
        assert_eq!(object.label("app"), Some("dex"));
        assert_eq!(object.get("/spec/replicas"), Some(&json!(1)));
        assert_eq!(object.text("/spec/a~1b/c"), "d");
        assert_eq!(object.get("/kind"), Some(&json!("Deployment")));
        assert_eq!(object.get("spec"), None);
    }

    #[test]
    fn refuses_what_cannot_be_named() {
        let missing = |value| Object::from_value(value).map(|_| ());
        assert_eq!(missing(json!([])), Err(InvalidObject::NotAMapping));
        assert_eq!(missing(json!({"kind": "A"})), Err(InvalidObject::Missing("apiVersion")));
        assert_eq!(
            missing(json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"generateName": "x-"}})),
            Err(InvalidObject::Missing("metadata.name"))
        );
    }
}
