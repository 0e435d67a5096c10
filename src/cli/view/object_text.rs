//! The fields of one object, as they stand in a plan that shows everything.

use serde_json::Value;

use super::Paint;
use super::yaml::yaml_text;
use crate::object::Object;
use crate::object::Secrets;
use crate::object::mask_object;

/// The fields of an object that is made, a line each behind a plus.
pub fn object_text(object: &Object, secrets: &Secrets, indent: &str, paint: Paint) -> String {
    let line = |line: &str| format!("{indent}{} {line}", paint.green("+")).trim_end().to_owned() + "\n";
    manifest(object, secrets).lines().map(line).collect()
}

/// The fields of an object that is made as YAML, secrets masked. What stands in its name above is left out, and so is the
/// schema of a definition, which is longer than all the rest.
pub fn manifest(object: &Object, secrets: &Secrets) -> String {
    let mut value = mask_object(object, secrets).into_value();
    let Value::Object(map) = &mut value else { return String::new() };
    map.shift_remove("kind");
    if let Some(Value::Object(metadata)) = map.get_mut("metadata") {
        metadata.retain(|key, _| !matches!(key.as_str(), "name" | "namespace"));
        if metadata.is_empty() {
            map.shift_remove("metadata");
        }
    }
    if object.kind() == "CustomResourceDefinition" {
        let versions = value.pointer_mut("/spec/versions").and_then(Value::as_array_mut).into_iter().flatten();
        for version in versions.filter_map(Value::as_object_mut).filter(|version| version.contains_key("schema")) {
            version.insert("schema".into(), "left out; `stackwright render` prints it".into());
        }
    }
    yaml_text(&value)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn shows_fields_and_no_secret() {
        let text = |value| {
            let object = Object::from_value(value).expect("an object");
            object_text(&object, &Secrets::of(["hunter2-long"]), "  ", Paint::new(false))
        };
        let metadata = json!({"name": "a", "namespace": "n", "labels": {"of": "x"}});
        assert_eq!(
            text(json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata,
                "data": {"a": "hunter2-long", "b": "c\nd\n"}})),
            "  + apiVersion: v1\n  + metadata:\n  +   labels:\n  +     of: x\n  + data:\n  +   a: (sensitive value)\n  +   b: |\n  \
             +     c\n  +     d\n"
        );
        let secret =
            text(json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, "data": {"a": "eA=="}}));
        assert_eq!(secret, "  + apiVersion: v1\n  + data:\n  +   a: (sensitive value)\n");
        let definition = text(json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": "a"}, "spec": {"versions": [{"name": "v1", "schema": {"openAPIV3Schema": {}}}]}}));
        assert!(definition.contains("schema: left out") && definition.contains("name: v1"), "{definition}");
    }
}
