//! Objects as a YAML stream that kubectl takes.

use serde::Serialize;
use serde_json::Value;

use crate::object::Object;

/// Documents behind `---`, in order.
pub fn yaml_stream<'a>(objects: impl IntoIterator<Item = &'a Object>) -> String {
    let mut text = String::new();
    for object in objects {
        text.push_str("---\n");
        text.push_str(&written(object.as_map(), || object.to_value()));
    }
    text
}

/// One value as YAML.
pub fn yaml_text(value: &Value) -> String {
    written(value, || value.clone())
}

fn written(value: &impl Serialize, otherwise: impl FnOnce() -> Value) -> String {
    let options = serde_saphyr::ser_options! { folded_wrap_chars: 100_000, min_fold_chars: 100_000 };
    // JSON is YAML: whatever the writer cannot lay out is still printed whole.
    serde_saphyr::to_string_with_options(value, options).unwrap_or_else(|_| format!("{}\n", otherwise()))
}
