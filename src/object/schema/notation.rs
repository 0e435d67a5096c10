//! The CRD notation of schemas: short YAML that says what a structural schema says in ten times the lines.
//!
//! `{field: x, field!: x}` object (`!` required), `[x]` array, `{"*": x}` map, `"field[a,b]": [x]` list map keyed by
//! a and b, `"...": any` beside fields keeps unknown ones, `$PodSpec` a core type. A text is a leaf:
//! `type[/format] [A|B] [~pattern] [=default]`, the default in JSON. The types are `any`, `object`, `string`,
//! `integer`, `number`, `boolean`, `int-or-string` and `quantity`.

use std::sync::Arc;

use serde_json::Map;
use serde_json::Value;

use super::ListType;
use super::Quantity;
use super::Schema;
use super::Type;
use super::library;

/// What is wrong in a text of the notation, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {message}")]
pub struct NotationError {
    /// `versions.v1.schema.spec.plugins[]`.
    pub path: String,
    pub message: String,
}

impl NotationError {
    pub(super) fn new(path: &str, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), message: message.into() }
    }
}

/// The schema of one notation value (a leaf text, a mapping of fields, or a list of one item). `path` is where it
/// stands, for errors.
pub fn schema_from_notation(value: &Value, path: &str) -> Result<Schema, NotationError> {
    Ok(Arc::unwrap_or_clone(read(value, path, 0)?))
}

/// Deeper notation is refused, so that reading it cannot overflow the stack.
const MAX_DEPTH: usize = 64;

const TYPES: [(&str, Type); 8] = [
    ("any", Type::Any),
    ("object", Type::Object),
    ("string", Type::String),
    ("integer", Type::Integer),
    ("number", Type::Number),
    ("boolean", Type::Boolean),
    ("int-or-string", Type::IntOrString),
    ("quantity", Type::Quantity),
];

fn read(value: &Value, path: &str, depth: usize) -> Result<Arc<Schema>, NotationError> {
    if depth > MAX_DEPTH {
        return Err(NotationError::new(path, format!("nested deeper than {MAX_DEPTH}")));
    }
    match value {
        Value::String(text) => leaf(text, path),
        Value::Array(items) => {
            let [item] = items.as_slice() else {
                return Err(NotationError::new(path, "an array is a list of exactly one item: [x]"));
            };
            let items = Some(read(item, &format!("{path}[]"), depth + 1)?);
            Ok(Arc::new(Schema { value_type: Type::Array, items, ..Schema::default() }))
        }
        Value::Object(fields) => object(fields, path, depth).map(Arc::new),
        _ => Err(NotationError::new(path, format!("{value} is neither a type, nor a mapping, nor a list"))),
    }
}

fn object(fields: &Map<String, Value>, path: &str, depth: usize) -> Result<Schema, NotationError> {
    let mut schema = Schema { value_type: Type::Object, ..Schema::default() };
    for (key, value) in fields {
        let key = key.as_str();
        let child_path = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
        match key {
            "*" if fields.len() > 1 => {
                return Err(NotationError::new(&child_path, "a map (\"*\") declares no fields beside it"));
            }
            "*" => schema.additional = Some(read(value, &child_path, depth + 1)?),
            "..." if value.as_str() == Some("any") => schema.preserve_unknown = true,
            "..." => return Err(NotationError::new(&child_path, "only \"...\": any is possible")),
            _ => {
                let field = Field::of_key(key).ok_or_else(|| {
                    NotationError::new(&child_path, "a field is written name, name!, name[key] or name[key]!")
                })?;
                let mut child = read(value, &child_path, depth + 1)?;
                if let Some(keys) = field.list_keys {
                    child = Arc::new(list_map(Schema::clone(&child), keys, &child_path)?);
                }
                if field.required {
                    schema.required.push(field.name.to_owned());
                }
                if schema.properties.insert(field.name.to_owned(), child).is_some() {
                    return Err(NotationError::new(&child_path, "declared twice"));
                }
            }
        }
    }
    Ok(schema)
}

/// The parts of a key: `name[key,key]!`, the mark on either side of the brackets.
struct Field<'a> {
    name: &'a str,
    required: bool,
    list_keys: Option<Vec<&'a str>>,
}

impl<'a> Field<'a> {
    fn of_key(key: &'a str) -> Option<Self> {
        let outer = key.strip_suffix('!');
        let rest = outer.unwrap_or(key);
        let (rest, list_keys) = match rest.strip_suffix(']') {
            Some(rest) => {
                let (name, keys) = rest.rsplit_once('[')?;
                (name, Some(keys.split(',').map(str::trim).collect::<Vec<_>>()))
            }
            None => (rest, None),
        };
        let inner = rest.strip_suffix('!');
        let name = inner.unwrap_or(rest);
        let keys_named = list_keys.as_ref().is_none_or(|keys| keys.iter().all(|key| !key.is_empty()));
        let well_formed = !name.is_empty() && keys_named && !(outer.is_some() && inner.is_some());
        well_formed.then_some(Self { name, required: outer.or(inner).is_some(), list_keys })
    }
}

/// Makes an array a list map. A server takes only keys that are required or have a default: those that are neither
/// become required.
fn list_map(mut array: Schema, keys: Vec<&str>, path: &str) -> Result<Schema, NotationError> {
    let items = array.items.as_ref().filter(|items| items.value_type == Type::Object);
    let Some(items) = items else {
        return Err(NotationError::new(path, "only an array of objects has list keys: [{key!: string, …}]"));
    };
    let mut items = Schema::clone(items);
    for &key in &keys {
        let Some(field) = items.properties.get(key) else {
            return Err(NotationError::new(path, format!("the items have no field \"{key}\"")));
        };
        let is_scalar = !matches!(field.value_type, Type::Any | Type::Object | Type::Array);
        if !is_scalar {
            return Err(NotationError::new(path, format!("the list key \"{key}\" is not a scalar")));
        }
        if field.default.is_none() && !items.required.iter().any(|name| name == key) {
            items.required.push(key.to_owned());
        }
    }
    array.items = Some(Arc::new(items));
    array.list_type = Some(ListType::Map(keys.into_iter().map(str::to_owned).collect()));
    Ok(array)
}

fn leaf(text: &str, path: &str) -> Result<Arc<Schema>, NotationError> {
    if let Some(name) = text.strip_prefix('$') {
        return library::core_in_crd(name)
            .ok_or_else(|| NotationError::new(path, format!("there is no core type \"{name}\"")));
    }
    let (type_text, rest) = text.split_once(' ').unwrap_or((text, ""));
    let (name, format) = type_text.split_once('/').unwrap_or((type_text, ""));
    let Some((_, value_type)) = TYPES.iter().find(|(known, _)| *known == name) else {
        let names: Vec<&str> = TYPES.iter().map(|(name, _)| *name).collect();
        return Err(NotationError::new(path, format!("unknown type \"{name}\"; types are {}", names.join(", "))));
    };
    let mut schema = Schema { value_type: *value_type, format: format.into(), ..Schema::default() };
    schema.preserve_unknown = *value_type == Type::Any;
    if *value_type == Type::Quantity {
        (schema.value_type, schema.pattern) = (Type::IntOrString, Some(Quantity::PATTERN.into()));
    }
    let (rest, default) = split_default(rest);
    schema.default = default;
    if let Some(pattern) = rest.strip_prefix('~') {
        schema.pattern = Some(pattern.into());
    } else if !rest.is_empty() {
        // A pattern behind an enumeration starts a new word.
        let (values, pattern) = rest.split_once(" ~").map_or((rest, None), |(values, rest)| (values, Some(rest)));
        schema.pattern = pattern.map(Into::into);
        for value in values.split('|') {
            schema.enumeration.push(typed(value, *value_type, path)?);
        }
    }
    if let Some(default) = &schema.default {
        let wrong = super::validate(&Schema { default: None, ..schema.clone() }, default);
        if !wrong.is_empty() {
            return Err(NotationError::new(path, format!("the default {default} is not allowed by \"{text}\"")));
        }
    }
    Ok(Arc::new(schema))
}

/// Cuts `=value` off the end: the first `=` at the start of a word behind which all is one JSON value.
fn split_default(rest: &str) -> (&str, Option<Value>) {
    let starts = std::iter::once(0).filter(|_| rest.starts_with('=')).chain(rest.match_indices(" =").map(|(at, _)| at));
    for at in starts {
        let behind = rest[at..].trim_start().trim_start_matches('=');
        // More than one `=` is no default but text such as `==`.
        if rest[at..].trim_start().len() - behind.len() != 1 {
            continue;
        }
        if let Ok(value) = serde_json::from_str(behind) {
            return (&rest[..at], Some(value));
        }
    }
    (rest, None)
}

/// A value of an enumeration in the type it is of.
fn typed(text: &str, value_type: Type, path: &str) -> Result<Value, NotationError> {
    match value_type {
        Type::Integer | Type::Number | Type::Boolean => serde_json::from_str(text).map_err(|_| {
            NotationError::new(path, format!("\"{text}\" in the enumeration is not of the type before it"))
        }),
        _ => Ok(text.into()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(notation: Value, expected: Value) {
        let schema = schema_from_notation(&notation, "spec").unwrap_or_else(|error| panic!("{notation}: {error}"));
        assert_eq!(schema.to_json(), expected, "{notation}");
    }

    #[test]
    fn leaves() {
        check(json!("string"), json!({"type": "string"}));
        check(json!("integer/int32 =0"), json!({"type": "integer", "format": "int32", "default": 0}));
        check(json!("integer 301|302 =302"), json!({"type": "integer", "enum": [301, 302], "default": 302}));
        check(json!("string 2|3"), json!({"type": "string", "enum": ["2", "3"]}));
        check(json!("string !=|=|=~|!~"), json!({"type": "string", "enum": ["!=", "=", "=~", "!~"]}));
        check(json!("string |A|B =\"\""), json!({"type": "string", "enum": ["", "A", "B"], "default": ""}));
        check(json!("string cert sign|any"), json!({"type": "string", "enum": ["cert sign", "any"]}));
        check(json!("string ~^$|^a =b$"), json!({"type": "string", "pattern": "^$|^a =b$"}));
        check(json!("string ~^$|a =\"a\""), json!({"type": "string", "pattern": "^$|a", "default": "a"}));
        check(json!("boolean =true"), json!({"type": "boolean", "default": true}));
        check(json!("any"), json!({"x-kubernetes-preserve-unknown-fields": true}));
        check(json!("object"), json!({"type": "object"}));
        let either = json!([{"type": "integer"}, {"type": "string"}]);
        check(json!("int-or-string"), json!({"anyOf": either, "x-kubernetes-int-or-string": true}));
        check(
            json!("quantity"),
            json!({"anyOf": either, "x-kubernetes-int-or-string": true, "pattern": Quantity::PATTERN}),
        );
    }

    #[test]
    fn shapes() {
        check(json!(["string"]), json!({"type": "array", "items": {"type": "string"}}));
        check(json!({"*": "string"}), json!({"type": "object", "additionalProperties": {"type": "string"}}));
        check(
            json!({"a!": "string", "b": {"...": "any", "c": "boolean"}}),
            json!({"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}, "b": {"type": "object",
                "properties": {"c": {"type": "boolean"}}, "x-kubernetes-preserve-unknown-fields": true}}}),
        );
        let list = json!({"type": "object", "required": ["c"], "properties": {"c": {"type": "array",
            "items": {"type": "object", "required": ["type"], "properties": {"type": {"type": "string"}}},
            "x-kubernetes-list-map-keys": ["type"], "x-kubernetes-list-type": "map"}}});
        check(json!({"c[type]!": [{"type": "string"}]}), list.clone());
        check(json!({"c![type]": [{"type!": "string"}]}), list);
    }

    #[test]
    fn core_types() {
        let schema = schema_from_notation(&json!({"t!": {"spec": "$PodSpec"}}), "").expect("a schema").to_json();
        let pod = &schema["properties"]["t"]["properties"]["spec"];
        assert_eq!(pod["required"], json!(["containers"]));
        let container = &pod["properties"]["containers"]["items"]["properties"];
        assert_eq!(container["ports"]["items"]["properties"]["protocol"], json!({"type": "string", "default": "TCP"}));
        assert_eq!(
            container["resources"]["properties"]["limits"]["additionalProperties"]["x-kubernetes-int-or-string"],
            json!(true)
        );
        assert!(!schema.to_string().contains("patch-"));
    }

    #[test]
    fn errors_say_where() {
        let check = |notation: Value, expected: &str| {
            let error = schema_from_notation(&notation, "spec").map_err(|error| error.to_string());
            assert_eq!(error.map(|_| ()), Err(expected.to_owned()), "{notation}");
        };
        check(json!({"a": "$Nothing"}), "spec.a: there is no core type \"Nothing\"");
        check(json!({"a": ["string", "string"]}), "spec.a: an array is a list of exactly one item: [x]");
        check(json!({"a": [{"b": 1}]}), "spec.a[].b: 1 is neither a type, nor a mapping, nor a list");
        check(json!({"*": "string", "a": "string"}), "spec.*: a map (\"*\") declares no fields beside it");
        check(json!({"a": "string", "a!": "string"}), "spec.a!: declared twice");
        check(json!({"c[type]": [{"name": "string"}]}), "spec.c[type]: the items have no field \"type\"");
        check(json!("integer A|B"), "spec: \"A\" in the enumeration is not of the type before it");
        check(json!("string A|B =\"C\""), "spec: the default \"C\" is not allowed by \"string A|B =\"C\"\"");
        check(
            json!("text"),
            "spec: unknown type \"text\"; types are any, object, string, integer, number, boolean, int-or-string, \
             quantity",
        );
    }
}
