//! A field that differs, as lines or as two values beside each other.

use serde::Serialize;
use serde_json::Value;

use crate::cli::view::difference::Line;
use crate::cli::view::difference::Mark;
use crate::cli::view::difference::difference;
use crate::cli::view::plan_text::SENSITIVE;
use crate::cli::view::value_text::value_text;
use crate::cli::view::yaml::yaml_text;
use crate::plan::FieldChange;
use crate::ui::Veil;

/// Longer values on one line are cut.
const LONGEST_VALUE: usize = 2_000;
/// Of longer differences the first lines are shown.
const MOST_LINES: usize = 2_000;

/// What becomes of one field.
#[derive(Clone, Debug, Serialize)]
pub struct Field {
    pub path: String,
    pub mark: Mark,
    /// On one line; neither where `lines` say it.
    pub before: Option<String>,
    pub after: Option<String>,
    /// Texts and structures, line by line.
    pub lines: Vec<Line>,
    /// Lines that are not shown.
    pub left_out: usize,
    pub is_yaml: bool,
    pub forces_replacement: bool,
    /// Another field manager that loses it.
    pub taken_from: Option<String>,
}

impl Field {
    pub fn new(field: &FieldChange, veil: &Veil) -> Self {
        let mark = match (&field.before, &field.after) {
            (None, _) => Mark::Add,
            (_, None) => Mark::Remove,
            _ => Mark::Same,
        };
        let mut told = Self {
            path: field.path.clone(),
            mark,
            before: None,
            after: None,
            lines: Vec::new(),
            left_out: 0,
            is_yaml: false,
            forces_replacement: field.forces_replacement,
            taken_from: field.taken_from.clone(),
        };
        let is_structure = |value: &Option<Value>| match value {
            Some(Value::Array(items)) => !items.is_empty(),
            Some(Value::Object(map)) => !map.is_empty(),
            _ => false,
        };
        let is_long = |value: &Option<Value>| value.as_ref().and_then(Value::as_str).is_some_and(|v| v.contains('\n'));
        let has_structure = is_structure(&field.before) || is_structure(&field.after);
        if !field.sensitive && (has_structure || is_long(&field.before) || is_long(&field.after)) {
            told.is_yaml = has_structure;
            told.lines = lines(field.before.as_ref(), field.after.as_ref(), has_structure, veil);
            told.left_out = told.lines.len().saturating_sub(MOST_LINES);
            told.lines.truncate(MOST_LINES);
        } else {
            // Hidden before it is cut: half a secret is one.
            let shown = |value: &Value| match value {
                _ if field.sensitive => SENSITIVE.to_owned(),
                Value::String(text) => value_text(&Value::String(veil.text(text)), LONGEST_VALUE),
                value => value_text(&veil.value(value.clone()), LONGEST_VALUE),
            };
            told.before = field.before.as_ref().map(shown);
            told.after = field.after.as_ref().map(shown);
        }
        told
    }
}

fn lines(before: Option<&Value>, after: Option<&Value>, is_structure: bool, veil: &Veil) -> Vec<Line> {
    let text = |value: Option<&Value>| match value {
        None => String::new(),
        Some(Value::String(text)) if !is_structure => text.clone(),
        Some(value) => yaml_text(value),
    };
    let mut lines = difference(&text(before), &text(after));
    for line in &mut lines {
        line.text = veil.text(&line.text);
        if line.text.chars().count() > LONGEST_VALUE {
            line.text = line.text.chars().take(LONGEST_VALUE).chain(['…']).collect();
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::object::Secrets;

    fn field(before: Value, after: Value) -> FieldChange {
        let some = |value: Value| (!value.is_null()).then_some(value);
        FieldChange {
            path: "data.a".into(),
            before: some(before),
            after: some(after),
            forces_replacement: false,
            sensitive: false,
            taken_from: None,
        }
    }

    #[test]
    fn texts_and_structures_are_told_line_by_line() {
        let veil = Veil::new([Secrets::of(["hunter2-long"])]);
        let texts = Field::new(&field(json!("a\nb\n"), json!("a\nhunter2-long\n")), &veil);
        let told: Vec<&str> = texts.lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(told, ["a", "b", "(sensitive value)"]);
        let structure = Field::new(&field(Value::Null, json!({"x": [1]})), &veil);
        assert!(structure.is_yaml && structure.mark == Mark::Add && structure.before.is_none());
        assert!(structure.lines.iter().all(|line| line.mark == Mark::Add), "{:?}", structure.lines);
        let plain = Field::new(&field(json!("a"), json!(3)), &veil);
        assert_eq!((plain.before.as_deref(), plain.after.as_deref()), (Some("\"a\""), Some("3")));
    }

    #[test]
    fn half_a_secret_is_not_left_where_a_value_is_cut() {
        let veil = Veil::new([Secrets::of(["hunter2-long"])]);
        for length in LONGEST_VALUE - 14..LONGEST_VALUE {
            let value = "x".repeat(length) + "hunter2-long";
            for text in [value.clone(), format!("a\n{value}\n")] {
                let told = Field::new(&field(Value::Null, json!(text)), &veil);
                let told = serde_json::to_string(&told).expect("JSON");
                assert!(!told.contains("xh"), "{length}");
            }
        }
    }
}
