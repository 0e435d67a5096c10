//! What a server does to an object on its way in: unknown fields out, empty values out, quantities in their canonical
//! text, defaults in. Decisions about single kinds that a schema cannot say are in `rules`.

use serde_json::Value;

use super::numbers;
use super::options::FieldValidation;
use super::rules;
use crate::object::schema::Reason;
use crate::object::schema::apply_defaults;
use crate::object::schema::normalize;
use crate::object::schema::prune;
use crate::sandbox::fields::check_applied;
use crate::sandbox::http::Failure;
use crate::sandbox::kinds::Resource;

/// Brings an object into the form in which it is stored; returns warnings about unknown fields, or refuses them.
pub fn prepare(
    resource: &Resource,
    object: &mut Value,
    field_validation: FieldValidation,
) -> Result<Vec<String>, Failure> {
    let mut warnings = Vec::new();
    let schema = resource.schema().cloned();
    if let Some(schema) = schema.as_ref().filter(|_| !resource.is_custom()) {
        let errors = check_applied(Some(schema), object, "");
        if let Some(first) = errors.iter().find(|error| error.reason == Reason::TypeInvalid) {
            let (kind, version) = (&resource.kind, &resource.version);
            let message = format!("{kind} in version {version:?} cannot be handled as a {kind}: json: {first}");
            return Err(Failure::bad_request(message));
        }
        if let Some(wrong) = numbers::find(schema, object) {
            let (kind, version, path) = (&resource.kind, &resource.version, &wrong.path);
            let message = format!(
                "{kind} in version {version:?} cannot be handled as a {kind}: json: cannot unmarshal number {} into \
                 Go struct field {kind}.{path} of type {}",
                wrong.value, wrong.format
            );
            return Err(Failure::bad_request(message));
        }
    }
    if let Some(schema) = &schema {
        if !resource.is_custom() {
            rules::before_pruning(resource, object);
        }
        let unknown = prune(schema, object);
        match field_validation {
            FieldValidation::Ignore => {}
            FieldValidation::Warn => warnings.extend(unknown.iter().map(|path| format!("unknown field {path:?}"))),
            FieldValidation::Strict if unknown.is_empty() => {}
            FieldValidation::Strict => {
                let all: Vec<String> = unknown.iter().map(|path| format!("unknown field {path:?}")).collect();
                let message = format!(
                    "{} in version {:?} cannot be handled as a {}: strict decoding error: {}",
                    resource.kind,
                    resource.version,
                    resource.kind,
                    all.join(", ")
                );
                return Err(Failure::bad_request(message));
            }
        }
        rules::before_defaults(resource, object);
        normalize(schema, object);
        apply_defaults(schema, object);
    }
    tidy_metadata(object);
    Ok(warnings)
}

/// Metadata is typed for every kind: empty labels, annotations, finalizers and owners are left out.
fn tidy_metadata(object: &mut Value) {
    let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else { return };
    metadata.retain(|_, value| match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(map) => !map.is_empty(),
        _ => true,
    });
}
