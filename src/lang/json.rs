//! Values to and from JSON.

use super::Content;
use super::Number;
use super::Value;

impl Value {
    /// As JSON; unknown parts become null, sensitivity is lost (check [`Value::contains_sensitive`] first). Numbers
    /// that do not fit 64 bits lose precision; infinities become null.
    pub fn to_json(&self) -> serde_json::Value {
        match self.content() {
            Content::Null(_) | Content::Unknown(_) => serde_json::Value::Null,
            Content::Bool(value) => (*value).into(),
            Content::Number(number) => number_json(number),
            Content::String(text) => text.to_string().into(),
            Content::List(_, elements) | Content::Set(_, elements) | Content::Tuple(elements) => {
                elements.iter().map(Value::to_json).collect()
            }
            Content::Map(_, entries) | Content::Object(entries) => {
                serde_json::Value::Object(entries.iter().map(|(k, v)| (k.clone(), v.to_json())).collect())
            }
        }
    }

    /// From JSON, as `jsondecode` reads it: arrays become tuples, objects become objects.
    pub fn from_json(json: &serde_json::Value) -> Value {
        match json {
            serde_json::Value::Null => Value::null(),
            serde_json::Value::Bool(value) => Value::bool(*value),
            serde_json::Value::Number(number) => {
                Number::parse(&number.to_string().replace("e+", "e")).map_or_else(Value::null, Value::number)
            }
            serde_json::Value::String(text) => Value::string(text.as_str()),
            serde_json::Value::Array(elements) => Value::tuple(elements.iter().map(Value::from_json).collect()),
            serde_json::Value::Object(entries) => {
                Value::object(entries.iter().map(|(k, v)| (k.clone(), Value::from_json(v))))
            }
        }
    }
}

fn number_json(number: &Number) -> serde_json::Value {
    if let Some(whole) = number.to_i64() {
        return whole.into();
    }
    if number.is_integer()
        && let Ok(whole) = number.to_string().parse::<u64>()
    {
        return whole.into();
    }
    serde_json::Number::from_f64(number.to_f64()).map_or(serde_json::Value::Null, serde_json::Value::Number)
}
