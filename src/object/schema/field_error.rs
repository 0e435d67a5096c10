//! What is wrong with a field, in the words of a kube-apiserver.

use std::fmt;

use serde_json::Value;

/// One thing that is wrong with a value. Displays as the server writes it: `spec.x: Required value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// `spec.template.spec.containers[0].name`; `<nil>` stands for the object itself.
    pub path: String,
    pub reason: Reason,
    /// What follows the path and a colon, e.g. `Required value`.
    pub message: String,
}

/// The `reason` of a cause in a Status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    Required,
    Invalid,
    NotSupported,
    Duplicate,
    TypeInvalid,
    TooLong,
    TooMany,
    Forbidden,
}

impl Reason {
    /// As in `details.causes[].reason` of a Status.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Required => "FieldValueRequired",
            Self::Invalid => "FieldValueInvalid",
            Self::NotSupported => "FieldValueNotSupported",
            Self::Duplicate => "FieldValueDuplicate",
            Self::TypeInvalid => "FieldValueTypeInvalid",
            Self::TooLong => "FieldValueTooLong",
            Self::TooMany => "FieldValueTooMany",
            Self::Forbidden => "FieldValueForbidden",
        }
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}

impl FieldError {
    /// `Required value`
    pub fn required(path: impl Into<String>) -> Self {
        Self { path: path.into(), reason: Reason::Required, message: "Required value".into() }
    }

    /// `Invalid value: 5: <detail>`
    pub fn invalid(path: impl Into<String>, value: &Value, detail: &str) -> Self {
        let message = format!("Invalid value: {}: {detail}", go_text(value));
        Self { path: path.into(), reason: Reason::Invalid, message }
    }

    /// `Invalid value: gpu: <detail>`: of a type of Go's that prints itself, without quotes.
    pub fn invalid_name(path: impl Into<String>, name: &str, detail: &str) -> Self {
        Self { path: path.into(), reason: Reason::Invalid, message: format!("Invalid value: {name}: {detail}") }
    }

    /// `Invalid value: "string": spec.x in body must be of type integer: "string"`
    pub fn wrong_type(path: impl Into<String>, value: &Value, detail: &str) -> Self {
        Self { reason: Reason::TypeInvalid, ..Self::invalid(path, value, detail) }
    }

    /// `Unsupported value: "x": supported values: "a", "b"`
    pub fn not_supported(path: impl Into<String>, value: &Value, supported: &[Value]) -> Self {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let listed: Vec<String> = supported.iter().map(|value| format!("{:?}", text(value))).collect();
        let message = format!("Unsupported value: {}: supported values: {}", go_text(value), listed.join(", "));
        Self { path: path.into(), reason: Reason::NotSupported, message }
    }

    /// `Duplicate value: "a"`
    pub fn duplicate(path: impl Into<String>, value: &Value) -> Self {
        let message = format!("Duplicate value: {}", go_text(value));
        Self { path: path.into(), reason: Reason::Duplicate, message }
    }

    /// `Forbidden: <detail>`
    pub fn forbidden(path: impl Into<String>, detail: &str) -> Self {
        Self { path: path.into(), reason: Reason::Forbidden, message: format!("Forbidden: {detail}") }
    }

    /// `Too long: may not be longer than 5`
    pub fn too_long(path: impl Into<String>, maximum: u64) -> Self {
        let message = format!("Too long: may not be longer than {maximum}");
        Self { path: path.into(), reason: Reason::TooLong, message }
    }

    /// `Too many: 3: must have at most 2 items`
    pub fn too_many(path: impl Into<String>, actual: usize, maximum: u64) -> Self {
        let message = format!("Too many: {actual}: must have at most {maximum} items");
        Self { path: path.into(), reason: Reason::TooMany, message }
    }
}

/// A value as Go prints it in an error (`%#v` for what is neither text, number nor truth).
fn go_text(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Object(map) => {
            let mut entries: Vec<String> =
                map.iter().map(|(key, value)| format!("{key:?}:{}", go_text(value))).collect();
            entries.sort();
            format!("map[string]interface {{}}{{{}}}", entries.join(", "))
        }
        Value::Array(items) => {
            format!("[]interface {{}}{{{}}}", items.iter().map(go_text).collect::<Vec<_>>().join(", "))
        }
        Value::String(text) => format!("{text:?}"),
        other => other.to_string(),
    }
}
