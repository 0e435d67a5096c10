//! OpenAPI of the second version, as clients older than the third read it, and kubectl still where it applies a `List`:
//! the schemas of built-in kinds, as JSON or as the protocol buffers that clients ask for.
//!
//! Kinds of CRDs are named without their fields, as a server names those that keep unknown ones: whoever checks objects
//! before he sends them leaves these to the server.

use bytes::Bytes;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::openapi::schema_name;
use crate::object::schema::Schema;
use crate::object::schema::Type;
use crate::sandbox::kinds::Registry;

/// What the answer is called: `@` is no part of a media type.
pub const PROTOBUF: &str = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";
/// What clients ask for all the same.
const ASKED: &str = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";

/// Whether an Accept header asks for protocol buffers.
pub fn is_protobuf(accept: &str) -> bool {
    accept.split([',', ';']).map(str::trim).any(|media| media == ASKED || media == PROTOBUF)
}

/// `/openapi/v2`
pub fn document(registry: &Registry) -> Value {
    let mut definitions = Map::new();
    for resource in registry.all() {
        let mut schema = match resource.schema().filter(|_| !resource.is_custom()) {
            Some(schema) => written(schema),
            None => json!({"type": "object"}),
        };
        let gvk = json!({"group": resource.group, "version": resource.version, "kind": resource.kind});
        schema["x-kubernetes-group-version-kind"] = json!([gvk]);
        definitions.insert(schema_name(resource), schema);
    }
    json!({
        "swagger": "2.0", "info": {"title": "Kubernetes", "version": "v1.31.4"},
        "paths": {}, "definitions": definitions,
    })
}

/// A schema with what the second version has words for.
fn written(schema: &Schema) -> Value {
    let (name, format) = match schema.value_type {
        Type::Any => return json!({}),
        Type::Object => ("object", ""),
        Type::Array => ("array", ""),
        Type::String => ("string", &*schema.format),
        Type::Integer => ("integer", &*schema.format),
        Type::Number => ("number", &*schema.format),
        Type::Boolean => ("boolean", ""),
        Type::IntOrString => ("string", "int-or-string"),
        Type::Quantity => ("string", ""),
    };
    let mut map = Map::new();
    map.insert("type".into(), name.into());
    if !format.is_empty() {
        map.insert("format".into(), format.into());
    }
    if !schema.required.is_empty() {
        map.insert("required".into(), json!(schema.required));
    }
    if let Some(items) = &schema.items {
        map.insert("items".into(), written(items));
    }
    if let Some(value) = &schema.additional {
        map.insert("additionalProperties".into(), written(value));
    }
    if !schema.properties.is_empty() {
        let properties = schema.properties.iter().map(|(name, field)| (name.clone(), written(field)));
        map.insert("properties".into(), Value::Object(properties.collect()));
    }
    Value::Object(map)
}

/// The document as protocol buffers (`openapi.v2.Document`).
pub fn to_protobuf(document: &Value) -> Bytes {
    let mut message = Message::default();
    message.text(1, &document["swagger"]);
    let mut info = Message::default();
    info.text(1, &document["info"]["title"]);
    info.text(2, &document["info"]["version"]);
    message.nested(2, &info);
    message.nested(8, &Message::default());
    message.nested(9, &named(&document["definitions"], 1));
    Bytes::from(message.0)
}

/// A map of schemas: each a name and its schema, in the field `number`.
fn named(schemas: &Value, number: u32) -> Message {
    let mut message = Message::default();
    for (name, schema) in schemas.as_object().into_iter().flatten() {
        let mut entry = Message::default();
        entry.string(1, name);
        entry.nested(2, &schema_message(schema));
        message.nested(number, &entry);
    }
    message
}

fn schema_message(schema: &Value) -> Message {
    let mut message = Message::default();
    message.text(2, &schema["format"]);
    for name in schema["required"].as_array().into_iter().flatten() {
        message.text(19, name);
    }
    if schema["additionalProperties"].is_object() {
        let mut value = Message::default();
        value.nested(1, &schema_message(&schema["additionalProperties"]));
        message.nested(21, &value);
    }
    if schema["type"].is_string() {
        let mut name = Message::default();
        name.text(1, &schema["type"]);
        message.nested(22, &name);
    }
    if schema["items"].is_object() {
        let mut items = Message::default();
        items.nested(1, &schema_message(&schema["items"]));
        message.nested(23, &items);
    }
    if schema["properties"].is_object() {
        message.nested(25, &named(&schema["properties"], 1));
    }
    if let Some(kinds) = schema.get("x-kubernetes-group-version-kind") {
        // Extensions are carried as YAML, of which JSON is a part.
        let (mut any, mut entry) = (Message::default(), Message::default());
        any.string(2, &kinds.to_string());
        entry.string(1, "x-kubernetes-group-version-kind");
        entry.nested(2, &any);
        message.nested(31, &entry);
    }
    message
}

/// A message of protocol buffers while it is written; all our fields are texts and messages.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    fn string(&mut self, number: u32, text: &str) {
        self.bytes(number, text.as_bytes());
    }

    /// A text where the value is one.
    fn text(&mut self, number: u32, value: &Value) {
        if let Some(text) = value.as_str() {
            self.string(number, text);
        }
    }

    fn nested(&mut self, number: u32, message: &Self) {
        self.bytes(number, &message.0);
    }

    /// A field of the wire type "length-delimited".
    fn bytes(&mut self, number: u32, bytes: &[u8]) {
        self.varint(u64::from(number) << 3 | 2);
        self.varint(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    fn varint(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The fields of a message: their numbers and bytes.
    fn fields(mut bytes: &[u8]) -> Vec<(u64, &[u8])> {
        fn varint(bytes: &mut &[u8]) -> u64 {
            let mut number = 0;
            for shift in (0..).step_by(7) {
                let (first, rest) = bytes.split_first().expect("a byte");
                *bytes = rest;
                number |= u64::from(first & 0x7f) << shift;
                if first & 0x80 == 0 {
                    return number;
                }
            }
            number
        }
        let mut found = Vec::new();
        while !bytes.is_empty() {
            let tag = varint(&mut bytes);
            assert_eq!(tag & 7, 2, "length-delimited");
            let length = usize::try_from(varint(&mut bytes)).expect("small");
            let (field, rest) = bytes.split_at(length);
            found.push((tag >> 3, field));
            bytes = rest;
        }
        found
    }

    #[test]
    fn is_read_back_as_it_was_written() {
        let document = document(&Registry::built_in());
        let bytes = to_protobuf(&document);
        let top = fields(&bytes);
        assert_eq!(top[0], (1, &b"2.0"[..]));
        let definitions = fields(top.iter().find(|(number, _)| *number == 9).expect("definitions").1);
        assert_eq!(definitions.len(), document["definitions"].as_object().expect("a map").len());
        let deployment = definitions
            .iter()
            .map(|(_, entry)| fields(entry))
            .find(|entry| entry[0].1 == b"io.k8s.api.apps.v1.Deployment");
        let schema = fields(deployment.expect("a Deployment")[1].1);
        let kind = schema.iter().find(|(number, _)| *number == 31).expect("an extension").1;
        assert!(String::from_utf8_lossy(kind).contains("\"kind\":\"Deployment\""));
        let properties = fields(schema.iter().find(|(number, _)| *number == 25).expect("properties").1);
        let names: Vec<String> =
            properties.iter().map(|(_, entry)| String::from_utf8_lossy(fields(entry)[0].1).into_owned()).collect();
        assert!(names.contains(&"spec".to_owned()) && names.contains(&"metadata".to_owned()), "{names:?}");
    }
}
