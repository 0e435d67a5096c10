//! Values to and from JSON.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;

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

impl Value {
    /// From the text of one JSON document, numbers with all their digits; of repeated keys the last counts.
    ///
    /// # Errors
    /// No valid JSON, or nested deeper than serde_json allows (128 levels).
    pub(crate) fn from_json_text(text: &str) -> Result<Value, serde_json::Error> {
        serde_json::from_str::<serde::de::IgnoredAny>(text)?;
        Reading { text, at: 0 }.value()
    }
}

/// What stands in an object, with its name's and its value's places.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Member {
    pub name: String,
    pub name_range: Range<usize>,
    pub value: Value,
    pub value_range: Range<usize>,
}

/// The members of the object that a JSON text is, as they are written, repeated ones too; `None` where it is another value.
///
/// # Errors
/// As of [`Value::from_json_text`].
pub(super) fn members(text: &str) -> Result<Option<Vec<Member>>, serde_json::Error> {
    serde_json::from_str::<serde::de::IgnoredAny>(text)?;
    let mut reading = Reading { text, at: 0 };
    if reading.peek() != b'{' {
        return Ok(None);
    }
    reading.take(1);
    let mut members = Vec::new();
    while reading.peek() == b'"' {
        let start = reading.at;
        let name = reading.string()?;
        let name_range = start..reading.at;
        reading.peek();
        let start = reading.at;
        let value = reading.value()?;
        members.push(Member { name, name_range, value, value_range: start..reading.at });
    }
    Ok(Some(members))
}

/// Goes through a text that is known to be valid JSON, which also bounds the recursion.
struct Reading<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reading<'a> {
    /// The next character that is no blank, comma or colon, not taken.
    fn peek(&mut self) -> u8 {
        let separator = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b',' | b':');
        let rest = &self.text.as_bytes()[self.at..];
        self.at += rest.iter().take_while(|byte| separator(byte)).count();
        self.text.as_bytes().get(self.at).copied().unwrap_or_default()
    }

    fn take(&mut self, length: usize) -> &'a str {
        let from = self.at;
        self.at = (from + length).min(self.text.len());
        &self.text[from..self.at]
    }

    fn value(&mut self) -> Result<Value, serde_json::Error> {
        Ok(match self.peek() {
            b'{' => {
                self.take(1);
                let mut entries = Vec::new();
                while self.peek() == b'"' {
                    let name = self.string()?;
                    entries.push((name, self.value()?));
                }
                self.take(1);
                Value::object(entries)
            }
            b'[' => {
                self.take(1);
                let mut elements = Vec::new();
                while !matches!(self.peek(), b']' | 0) {
                    elements.push(self.value()?);
                }
                self.take(1);
                Value::tuple(elements)
            }
            b'"' => Value::string(self.string()?),
            _ => {
                let rest = &self.text.as_bytes()[self.at..];
                let word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
                let length = rest.iter().take_while(|byte| word(byte)).count();
                match self.take(length) {
                    "true" => Value::bool(true),
                    "false" => Value::bool(false),
                    number => Number::parse(&number.replace('+', "")).map_or_else(Value::null, Value::number),
                }
            }
        })
    }

    fn string(&mut self) -> Result<String, serde_json::Error> {
        let bytes = self.text.as_bytes();
        let mut end = self.at + 1;
        while bytes.get(end).is_some_and(|byte| *byte != b'"') {
            end += if bytes[end] == b'\\' { 2 } else { 1 };
        }
        let quoted = self.take(end + 1 - self.at);
        let text: String = serde_json::from_str(quoted)?;
        Ok(text.nfc().collect())
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
