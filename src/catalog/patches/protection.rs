//! What no patch may change: what an object is known by, whose it is, and what only the server writes.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::catalog::placeholder;
use crate::object::normalize::SERVER_METADATA;

/// What an object is known by.
const IDENTITY: [&str; 4] = ["apiVersion", "kind", "metadata.name", "metadata.namespace"];
/// Labels and annotations of ours begin so.
const OURS: &str = "stackwright.io/";

/// The protected fields that differ, each with why it is one.
pub(super) fn violations(before: &Value, after: &Value) -> Vec<String> {
    let at = |value: &Value, path: &str| {
        path.split('.').try_fold(value, |value, name| value.get(name)).cloned().unwrap_or(Value::Null)
    };
    let differs = |path: &str| at(before, path) != at(after, path);
    let mut found = Vec::new();
    let identity = IDENTITY.iter().filter(|path| differs(path));
    found.extend(identity.map(|path| format!("{path} cannot be patched: the object is known by it")));
    let server = SERVER_METADATA.iter().map(|field| format!("metadata.{field}")).chain(["status".to_owned()]);
    let server = server.filter(|path| differs(path));
    found.extend(server.map(|path| format!("{path} cannot be patched: only the server writes it")));
    for field in ["metadata.labels", "metadata.annotations"] {
        let (before, after) = (at(before, field), at(after, field));
        let names: BTreeSet<&String> =
            [&before, &after].into_iter().filter_map(Value::as_object).flat_map(|map| map.keys()).collect();
        let ours = names.into_iter().filter(|name| name.starts_with(OURS) && before.get(name) != after.get(name));
        found.extend(ours.map(|name| format!("{field}[\"{name}\"] cannot be patched: it says whose the object is")));
    }
    // Values that are filled in later stand in the data of Secrets, which is hidden; this is not.
    let holds_open = |value: &Value| placeholder::is_in(&at(value, "metadata").to_string());
    if holds_open(after) && !holds_open(before) {
        found.push("metadata cannot hold a value that is secret".to_owned());
    }
    found
}
