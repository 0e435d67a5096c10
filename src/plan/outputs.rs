//! What becomes of an installation's outputs. Compares recorded values with those that are to come; knows nothing of how
//! either is found.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;

use crate::object::MASK;

/// An output's value as it is recorded, or as it will be.
#[derive(Clone, PartialEq)]
pub struct OutputValue {
    /// `None` where it is known only after the apply.
    pub value: Option<Value>,
    pub sensitive: bool,
}

/// What becomes of one output. A sensitive value is masked already.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutputChange {
    pub action: OutputAction,
    pub before: Option<Value>,
    /// `None` where it goes, and where it is known only after the apply.
    pub after: Option<Value>,
    /// Known only after the apply.
    pub after_unknown: bool,
    pub before_sensitive: bool,
    pub after_sensitive: bool,
}

/// What happens to an output. Its names are those of Terraform's plans.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutputAction {
    NoOp,
    Create,
    Update,
    Delete,
}

/// The changes of all outputs, unchanged ones too, by name.
///
/// # Arguments
///
/// * `changes_objects`: objects are changed too. Else what is not known now will not be known afterwards either, and an
///   output of such a value stays as it is: it would be shown again by every plan.
pub fn output_changes(
    before: &BTreeMap<String, OutputValue>,
    after: &BTreeMap<String, OutputValue>,
    changes_objects: bool,
) -> BTreeMap<String, OutputChange> {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let changes = names.into_iter().filter_map(|name| {
        let (old, new) = (before.get(name), after.get(name));
        let action = match (old, new) {
            (None, Some(new)) if new.value.is_some() || changes_objects => OutputAction::Create,
            (None, _) => return None,
            (Some(_), None) => OutputAction::Delete,
            (Some(_), Some(new)) if new.value.is_none() && !changes_objects => OutputAction::NoOp,
            (Some(old), Some(new)) if old == new => OutputAction::NoOp,
            (Some(_), Some(_)) => OutputAction::Update,
        };
        let stays = |new: &&OutputValue| new.value.is_none() && action == OutputAction::NoOp;
        let new = if new.as_ref().is_some_and(stays) { old } else { new };
        let change = OutputChange {
            action,
            before: old.and_then(shown),
            after: new.and_then(shown),
            after_unknown: new.is_some_and(|new| new.value.is_none()),
            before_sensitive: old.is_some_and(|old| old.sensitive),
            after_sensitive: new.is_some_and(|new| new.sensitive),
        };
        Some((name.clone(), change))
    });
    changes.collect()
}

/// The value, or what stands for a sensitive one.
fn shown(output: &OutputValue) -> Option<Value> {
    output.value.as_ref().map(|value| if output.sensitive { MASK.into() } else { value.clone() })
}

impl OutputChange {
    /// Whether it stays as it is.
    pub fn is_nothing(&self) -> bool {
        self.action == OutputAction::NoOp
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn values(values: &[(&str, Value, bool)]) -> BTreeMap<String, OutputValue> {
        let value = |value: &Value| if *value == json!("?") { None } else { Some(value.clone()) };
        let each = values.iter().map(|(name, text, sensitive)| {
            ((*name).to_owned(), OutputValue { value: value(text), sensitive: *sensitive })
        });
        each.collect()
    }

    fn line(changes: &BTreeMap<String, OutputChange>) -> String {
        let each = changes.iter().map(|(name, change)| {
            let text = |value: &Option<Value>| value.as_ref().map_or("-".to_owned(), Value::to_string);
            let after = if change.after_unknown { "?".to_owned() } else { text(&change.after) };
            format!("{name} {:?} {} {after}", change.action, text(&change.before))
        });
        each.collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn compares() {
        let before = values(&[("a", json!(1), false), ("b", json!("x"), true), ("c", json!(1), false)]);
        let after = values(&[("a", json!(2), false), ("b", json!("y"), true), ("d", json!([]), false)]);
        let mask = "\"(sensitive value)\"";
        let expected = format!("a Update 1 2; b Update {mask} {mask}; c Delete 1 -; d Create - []");
        assert_eq!(line(&output_changes(&before, &after, false)), expected);
        assert_eq!(
            line(&output_changes(&before, &before, true)),
            format!("a NoOp 1 1; b NoOp {mask} {mask}; c NoOp 1 1")
        );
        // A mark alone is a change too.
        let marked = values(&[("a", json!(1), true)]);
        assert_eq!(
            line(&output_changes(&values(&[("a", json!(1), false)]), &marked, false)),
            format!("a Update 1 {mask}")
        );
    }

    #[test]
    fn what_stays_unknown_is_no_change() {
        let (known, unknown) = (values(&[("a", json!(1), false)]), values(&[("a", json!("?"), false)]));
        assert_eq!(line(&output_changes(&known, &unknown, true)), "a Update 1 ?");
        assert_eq!(line(&output_changes(&known, &unknown, false)), "a NoOp 1 1");
        assert_eq!(line(&output_changes(&BTreeMap::new(), &unknown, true)), "a Create - ?");
        assert_eq!(line(&output_changes(&BTreeMap::new(), &unknown, false)), "");
    }
}
