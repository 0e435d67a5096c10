//! YAML text to values, read as kubectl reads it.
//!
//! YAML 1.1 booleans (`on`, `yes`) and octal numbers (`0644`), as Go's `sigs.k8s.io/yaml`. Duplicate keys are errors.

use serde_json::Map;
use serde_json::Value;

/// YAML that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ManifestError {
    /// Line of the text, from 1, where it is known.
    pub line: Option<usize>,
    /// Without any of the text: it may hold what must not be shown.
    pub message: String,
}

/// All documents of a YAML stream; empty ones are left out, and the items of a `List` stand for themselves.
pub(super) fn parse(text: &str) -> Result<Vec<Value>, ManifestError> {
    let options = serde_saphyr::options! {
        // The defaults are made for small files and refuse a whole release; these still stop alias bombs.
        budget: serde_saphyr::budget! {
            max_nodes: 20_000_000,
            max_events: 50_000_000,
            max_documents: 10_000_000,
            max_depth: 128,
            max_total_scalar_bytes: 512 * 1024 * 1024,
        },
        // Long runs of comments between a key and its value are an error otherwise.
        emit_comments: false,
        legacy_octal_numbers: true,
        with_snippet: false,
    };
    let documents = serde_saphyr::from_multiple_with_options::<Value>(text, options).map_err(|error| {
        let error = error.without_snippet();
        ManifestError {
            line: error.location().map(|location| location.line() as usize).filter(|line| *line > 0),
            message: plain(&error.to_string()),
        }
    })?;
    let mut values = Vec::with_capacity(documents.len());
    for document in documents {
        match document {
            Value::Null => {}
            Value::Object(mut map) if is_list(&map) => {
                if let Some(Value::Array(items)) = map.remove("items") {
                    values.extend(items);
                }
            }
            value => values.push(value),
        }
    }
    Ok(values)
}

/// The message without its place, which is told apart, and without advice to programmers.
fn plain(message: &str) -> String {
    let message = message.split(" at line ").next().unwrap_or(message);
    message.split(", set DuplicateKeyPolicy").next().unwrap_or(message).to_owned()
}

fn is_list(map: &Map<String, Value>) -> bool {
    map.get("kind").and_then(Value::as_str).is_some_and(|kind| kind.ends_with("List"))
        && map.get("items").is_some_and(Value::is_array)
        && map.get("metadata").is_none_or(|metadata| metadata.get("name").is_none())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_as_kubectl() {
        for (text, expected) in [
            ("a: 0644\nb: on\nc: 'on'\nd: 1e3\n", json!([{"a": 420, "b": true, "c": "on", "d": 1000.0}])),
            ("---\n---\na: 1\n---\n# nothing\n", json!([{"a": 1}])),
            ("kind: List\nitems: [{a: 1}, {a: 2}]\n", json!([{"a": 1}, {"a": 2}])),
            (
                "kind: RoleList\nmetadata: {name: x}\nitems: [1]\n",
                json!([{"kind": "RoleList", "metadata": {"name": "x"}, "items": [1]}]),
            ),
            ("a: 12:30:45\nb: 2024-01-01\nc: =\n", json!([{"a": "12:30:45", "b": "2024-01-01", "c": "="}])),
            (&format!("a:\n{}  b: 1\n", "  # c\n".repeat(100)), json!([{"a": {"b": 1}}])),
        ] {
            assert_eq!(parse(text).map(Value::Array), Ok(expected), "{text}");
        }
        for (text, line) in [("a: 1\na: 2\n", Some(2)), ("a: [1\nb: 2\n", Some(2)), ("a: {{ x }}\n", Some(1))] {
            assert_eq!(parse(text).map_err(|error| error.line), Err(line), "{text}");
        }
    }
}
