//! What labels and annotations of every kind must look like.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Map;
use serde_json::Value;

use super::sizes;
use crate::object::schema::FieldError;

const VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const NAME: &str = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const PREFIX: &str = "prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

/// All annotations of an object together, keys and values.
const ANNOTATIONS_BYTES: usize = 256 * 1024;

static NAME_FORM: LazyLock<Regex> = LazyLock::new(|| form("([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"));
static PREFIX_FORM: LazyLock<Regex> =
    LazyLock::new(|| form(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"));

/// What is wrong with the labels and annotations in `metadata`, which stands at `path`.
pub fn check(metadata: &Value, path: &str) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let map = |field: &str| metadata[field].as_object().into_iter().flat_map(Map::iter);
    for (key, value) in map("labels") {
        let path = format!("{path}.labels");
        errors.extend(check_key(key, &path));
        let text = value.as_str().unwrap_or_default();
        if text.len() > 63 {
            errors.push(FieldError::invalid(&path, value, "must be no more than 63 characters"));
        }
        if !text.is_empty() && !NAME_FORM.is_match(text) {
            errors.push(FieldError::invalid(&path, value, VALUE));
        }
    }
    let mut size = 0;
    for (key, value) in map("annotations") {
        // Keys of annotations may be written large.
        errors.extend(check_key(&key.to_lowercase(), &format!("{path}.annotations")));
        size += key.len() + value.as_str().unwrap_or_default().len();
    }
    if size > ANNOTATIONS_BYTES {
        errors.push(sizes::too_long(&format!("{path}.annotations"), ANNOTATIONS_BYTES));
    }
    errors
}

/// What is wrong with a qualified name.
pub fn check_key(key: &str, path: &str) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let mut wrong = |detail: &str| errors.push(FieldError::invalid(path, &key.into(), detail));
    let (prefix, name) = match key.rsplit_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, key),
    };
    match prefix {
        Some("") => wrong("prefix part must be non-empty"),
        Some(prefix) if prefix.len() > 253 => wrong("prefix part must be no more than 253 characters"),
        Some(prefix) if !PREFIX_FORM.is_match(prefix) => wrong(PREFIX),
        _ => {}
    }
    if name.is_empty() {
        wrong("name part must be non-empty");
    } else if name.len() > 63 {
        wrong("name part must be no more than 63 characters");
    } else if !NAME_FORM.is_match(name) {
        wrong(NAME);
    }
    errors
}

fn form(text: &str) -> Regex {
    Regex::new(&format!("^{text}$")).expect("a constant")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn labels_and_keys() {
        let check = |metadata: Value, expected: usize| {
            assert_eq!(check(&metadata, "metadata").len(), expected, "{metadata}");
        };
        check(json!({"labels": {"a": "", "app.kubernetes.io/name": "x_1.y", "B": "2"}}), 0);
        check(json!({"labels": {"a": "not a label!"}}), 1);
        check(json!({"labels": {"a": "x".repeat(64)}}), 1);
        check(json!({"labels": {"a/b/c": "x"}}), 1);
        check(json!({"labels": {"Large.example/x": "x", "/x": "x", "-": "x", "": "x"}}), 4);
        check(json!({"annotations": {"Large.example/x": "any text\n", "a b": ""}}), 1);
        check(json!({}), 0);
        check(json!({"annotations": {"a": "x".repeat(262_143)}}), 0);
        check(json!({"annotations": {"a": "x".repeat(131_071), "b": "x".repeat(131_072)}}), 1);
    }
}
