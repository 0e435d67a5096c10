//! Whether a patched object still fits the schema of its kind. What was wrong before is not the patch's.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::diag::nearest;
use crate::object::schema::Schema;
use crate::object::schema::library;
use crate::object::schema::prune;
use crate::object::schema::validate;

/// One thing that does not fit.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Misfit {
    /// A sentence without its end.
    pub detail: String,
    /// What was meant, for a field that is not known.
    pub near: Option<String>,
}

/// What does not fit of an object since it was changed: fields that nobody knows, and values that a server refuses.
pub(super) fn misfits(schema: &Schema, before: &Value, after: &Value) -> Vec<Misfit> {
    let unknown = |value: &Value| prune(schema, &mut value.clone());
    let old: BTreeSet<String> = unknown(before).into_iter().collect();
    let new = unknown(after).into_iter().filter(|path| !old.contains(path));
    let unknown = new.map(|path| {
        let near = near(schema, &path);
        Misfit { detail: format!("there is no field {path}"), near }
    });
    let old: BTreeSet<String> = validate(schema, before).iter().map(ToString::to_string).collect();
    let new = validate(schema, after).into_iter().map(|error| error.to_string()).filter(|error| !old.contains(error));
    unknown.chain(new.map(|detail| Misfit { detail, near: None })).collect()
}

/// The field that is nearest to the last of a path, among those that may stand in its place.
fn near(schema: &Schema, path: &str) -> Option<String> {
    let (above, last) = path.rsplit_once('.').unwrap_or(("", path));
    let metadata = library::core("ObjectMeta");
    let mut at = schema;
    for (depth, step) in above.split('.').filter(|step| !step.is_empty()).enumerate() {
        let (name, items) = step.split_once('[').unwrap_or((step, ""));
        at = match &metadata {
            Some(metadata) if depth == 0 && name == "metadata" => metadata,
            _ => at.field(name)?,
        };
        for _ in items.split('[').filter(|item| !item.is_empty()) {
            at = at.items.as_deref()?;
        }
    }
    nearest(last, at.properties.keys().map(String::as_str)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::object::GroupVersionKind;

    #[test]
    fn only_what_is_new_is_told() {
        let schema = library::kind(&GroupVersionKind::new("apps", "v1", "Deployment")).expect("a kind");
        let deployment = |spec: Value| {
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"}, "spec": {
                "selector": {"matchLabels": {"a": "b"}},
                "template": {"metadata": {"labels": {"a": "b"}}, "spec": spec}}})
        };
        let before = deployment(json!({"containers": [{"name": "a", "image": "b", "old": 1}]}));
        let told = |after: Value| {
            let told = misfits(&schema, &before, &after).into_iter();
            told.map(|misfit| (misfit.detail, misfit.near.unwrap_or_default())).collect::<Vec<_>>()
        };
        assert_eq!(told(before.clone()), []);
        let container = "spec.template.spec.containers[0]";
        assert_eq!(
            told(deployment(json!({"containers": [{"name": "a", "imge": "b", "old": 1}]}))),
            [(format!("there is no field {container}.imge"), "image".to_owned())]
        );
        let told = told(deployment(json!({"containers": [{"name": "a", "image": 5, "old": 1}], "x": 1})));
        assert_eq!(told[0], ("there is no field spec.template.spec.x".to_owned(), String::new()));
        assert!(told.len() == 2 && told[1].0.starts_with(&format!("{container}.image: Invalid value")), "{told:?}");
    }
}
