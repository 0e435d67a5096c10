//! A Secret's `stringData`, and what becomes of it. The sandbox has an opinion of its own.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Map;
use serde_json::Value;

/// Moves `stringData` into `data`, as the server does; `stringData` wins. What is no text is not valid, and stays as it is:
/// the server says so better than we could.
pub fn encode_string_data(secret: &mut Map<String, Value>) {
    let Some(Value::Object(texts)) = secret.shift_remove("stringData") else { return };
    let data = secret.entry("data").or_insert_with(|| Value::Object(Map::new()));
    if !data.is_object() {
        *data = Value::Object(Map::new());
    }
    let Value::Object(data) = data else { return };
    for (key, text) in texts {
        let encoded = match &text {
            Value::String(text) => Value::from(STANDARD.encode(text)),
            _ => text,
        };
        data.insert(key, encoded);
    }
}
