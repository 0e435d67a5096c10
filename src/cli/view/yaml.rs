//! Objects as a YAML stream that kubectl takes.

use crate::object::Object;

/// Documents behind `---`, in order.
pub fn yaml_stream<'a>(objects: impl IntoIterator<Item = &'a Object>) -> String {
    let options = serde_saphyr::ser_options! { folded_wrap_chars: 100_000, min_fold_chars: 100_000 };
    let mut text = String::new();
    for object in objects {
        text.push_str("---\n");
        match serde_saphyr::to_string_with_options(object.as_map(), options.clone()) {
            Ok(document) => text.push_str(&document),
            // JSON is YAML: whatever the writer cannot lay out is still printed whole.
            Err(_) => text.push_str(&format!("{}\n", object.to_value())),
        }
    }
    text
}
