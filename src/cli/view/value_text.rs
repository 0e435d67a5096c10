//! JSON values as they stand in a plan: short, on one line where they fit.

use serde_json::Value;

/// HCL-like text of a value: `"x"`, `3`, `{a = 1}`, `["x"]`. Longer than `limit` characters, it is cut with an ellipsis.
pub fn value_text(value: &Value, limit: usize) -> String {
    let mut text = String::new();
    write(&mut text, value, limit);
    if text.chars().count() > limit {
        text = text.chars().take(limit.saturating_sub(1)).collect();
        text.push('…');
    }
    text
}

fn write(text: &mut String, value: &Value, limit: usize) {
    // What is longer than the limit is cut anyway; stop early, values can be whole schemas.
    if text.len() > limit.saturating_mul(4) {
        return;
    }
    match value {
        Value::Array(items) => {
            text.push('[');
            for (n, item) in items.iter().enumerate() {
                text.push_str(if n > 0 { ", " } else { "" });
                write(text, item, limit);
            }
            text.push(']');
        }
        Value::Object(map) => {
            text.push('{');
            for (n, (key, item)) in map.iter().enumerate() {
                text.push_str(if n > 0 { ", " } else { "" });
                text.push_str(key);
                text.push_str(" = ");
                write(text, item, limit);
            }
            text.push('}');
        }
        Value::String(inner) if inner == crate::cli::view::plan_text::SENSITIVE => text.push_str(inner),
        other => text.push_str(&other.to_string()),
    }
}
