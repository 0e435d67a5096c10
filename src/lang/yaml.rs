//! From YAML, as `yamldecode` reads it: plain scalars become null, bools, numbers and timestamps by the rules of
//! Terraform's YAML reader, which lie between YAML 1.1 and 1.2. Not here: writing YAML, and the YAML of objects.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::HashMap;

use granit_parser::Event;
use granit_parser::Parser;
use granit_parser::ScalarStyle;
use granit_parser::Tag;
use unicode_normalization::UnicodeNormalization;

use super::Number;
use super::Type;
use super::Value;

/// Collections nest at most so deep.
const MAX_DEPTH: usize = 128;
/// Values that aliases may stand for, all together: a few lines of aliases could stand for billions.
const MAX_VALUES: usize = 1_000_000;

/// The value of a text's only document. The error is a sentence's end: "the text ...".
pub(super) fn decode(text: &str) -> Result<Value, String> {
    let mut reader = Reader { parser: Parser::new_from_str(text), anchors: HashMap::new(), budget: MAX_VALUES };
    let mut document = None;
    loop {
        match reader.next()? {
            Event::StreamStart | Event::DocumentEnd => {}
            Event::DocumentStart(..) if document.is_some() => {
                return Err("holds more than one YAML document".to_string());
            }
            Event::DocumentStart(..) => {
                let event = reader.next()?;
                document = Some(reader.node(event, 0)?);
            }
            _ => break,
        }
    }
    document.ok_or_else(|| "holds no YAML document".to_string())
}

struct Reader<'a> {
    parser: Parser<'a, granit_parser::StrInput<'a>>,
    anchors: HashMap<usize, (Value, usize)>,
    budget: usize,
}

impl<'a> Reader<'a> {
    /// What comes next and is no comment.
    fn next(&mut self) -> Result<Event<'a>, String> {
        loop {
            match self.parser.next_event() {
                Some(Ok((Event::Comment(..), _))) => {}
                Some(Ok((event, _))) => return Ok(event),
                Some(Err(error)) => return Err(format!("is no valid YAML: {error}")),
                None => return Ok(Event::StreamEnd),
            }
        }
    }

    fn node(&mut self, event: Event<'a>, depth: usize) -> Result<Value, String> {
        if depth > MAX_DEPTH {
            return Err("is YAML that nests too deeply".to_string());
        }
        let before = self.budget;
        self.spend(1)?;
        let (value, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => (scalar(&text, style, tag.as_deref())?, anchor),
            Event::SequenceStart(_, anchor, tag) => {
                collection_tag(tag.as_deref(), "seq")?;
                let mut elements = Vec::new();
                loop {
                    match self.next()? {
                        Event::SequenceEnd => break,
                        event => elements.push(self.node(event, depth + 1)?),
                    }
                }
                (Value::tuple(elements), anchor)
            }
            Event::MappingStart(_, anchor, tag) => {
                collection_tag(tag.as_deref(), "map")?;
                (self.mapping(depth)?, anchor)
            }
            Event::Alias(anchor) => {
                let (value, size) = self.anchors.get(&anchor).cloned().ok_or("is YAML with an alias inside itself")?;
                self.spend(size)?;
                return Ok(value);
            }
            _ => return Err("is no valid YAML".to_string()),
        };
        if anchor > 0 {
            self.anchors.insert(anchor, (value.clone(), before - self.budget));
        }
        Ok(value)
    }

    fn mapping(&mut self, depth: usize) -> Result<Value, String> {
        let mut entries: BTreeMap<String, Value> = BTreeMap::new();
        let mut merged: BTreeMap<String, Value> = BTreeMap::new();
        loop {
            let event = self.next()?;
            let merge = match &event {
                Event::MappingEnd => break,
                Event::Scalar(text, ScalarStyle::Plain, ..) => text == "<<",
                _ => false,
            };
            let key = self.node(event, depth + 1)?;
            let event = self.next()?;
            let value = self.node(event, depth + 1)?;
            if merge {
                let several = value.as_elements().map(<[Value]>::to_vec).unwrap_or_else(|| vec![value]);
                for source in several {
                    let source = source.as_entries().ok_or("is YAML that merges (\"<<\") what is no mapping")?;
                    for (name, value) in source {
                        merged.entry(name.clone()).or_insert_with(|| value.clone());
                    }
                }
                continue;
            }
            let name = if key.is_null() { None } else { key.convert(&Type::String).ok() };
            let name = name.as_ref().and_then(Value::as_str).ok_or("is YAML with a key that is no text")?;
            entries.insert(name.to_string(), value);
        }
        for (name, value) in merged {
            entries.entry(name).or_insert(value);
        }
        Ok(Value::object(entries))
    }

    fn spend(&mut self, values: usize) -> Result<(), String> {
        self.budget = self.budget.checked_sub(values).ok_or("is YAML whose aliases stand for too much")?;
        Ok(())
    }
}

fn collection_tag(tag: Option<&Tag>, wanted: &str) -> Result<(), String> {
    match tag {
        Some(tag) if !tag.is_yaml_core_schema_tag(wanted) => Err(unsupported(tag)),
        _ => Ok(()),
    }
}

fn unsupported(tag: &Tag) -> String {
    format!("is YAML with the unsupported tag \"{}{}\"", tag.original_handle(), tag.suffix())
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Result<Value, String> {
    let string = || Value::string(text.nfc().collect::<String>());
    let wrong = |kind: &str| format!("is YAML with a value that is no {kind}");
    let Some(tag) = tag else {
        return if style == ScalarStyle::Plain { plain(text).unwrap_or_else(|| Ok(string())) } else { Ok(string()) };
    };
    let suffix = match tag.suffix_in_namespace("tag:yaml.org,2002:") {
        Some(suffix) => suffix,
        None if tag.original_handle() == "!" && tag.suffix().is_empty() => Cow::Borrowed("str"),
        None => return Err(unsupported(tag)),
    };
    match &*suffix {
        // As Terraform's reader has it, a tagged null and binary stay text, and so does a number in quotes.
        "str" | "binary" | "null" => Ok(string()),
        "bool" => bool_word(text).map(Value::bool).ok_or_else(|| wrong("bool")),
        "int" | "float" if style != ScalarStyle::Plain => Ok(string()),
        "int" | "float" => match plain(text) {
            Some(Ok(value)) if value.as_number().is_some() => Ok(value),
            _ => Err(wrong("number")),
        },
        "timestamp" => timestamp(text).map(Value::string).ok_or_else(|| wrong("timestamp")),
        _ => Err(unsupported(tag)),
    }
}

/// What a plain scalar stands for, when it is not text.
fn plain(text: &str) -> Option<Result<Value, String>> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Some(Ok(Value::null())),
        ".nan" | ".NaN" | ".NAN" => return Some(Err("is YAML with .nan, which is no number here".to_string())),
        _ => {}
    }
    if let Some(truth) = bool_word(text) {
        return Some(Ok(Value::bool(truth)));
    }
    number(text).map(Value::number).or_else(|| timestamp(text).map(Value::string)).map(Ok)
}

fn bool_word(text: &str) -> Option<bool> {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Some(true),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Some(false),
        _ => None,
    }
}

fn number(text: &str) -> Option<Number> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let signed = |number: Number| if negative { number.negate() } else { number };
    if matches!(digits, ".inf" | ".Inf" | ".INF") {
        let infinity = Number::from(1).divide(&Number::from(0))?;
        return Some(signed(infinity));
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(rest) = digits.strip_prefix(prefix) {
            let number =
                i64::from_str_radix(rest, radix).ok().filter(|_| rest.bytes().all(|b| b.is_ascii_alphanumeric()))?;
            return Some(signed(Number::from(number)));
        }
    }
    let starts = digits.bytes().find(|b| *b != b'.').is_some_and(|b| b.is_ascii_digit());
    starts.then(|| Number::parse(digits)).flatten().map(signed)
}

/// A date, or date and time, as RFC 3339 text.
fn timestamp(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let dated = bytes.len() >= 8 && bytes[..4].iter().all(u8::is_ascii_digit) && bytes[4] == b'-';
    if !dated {
        return None;
    }
    if let [year, month, day] = text.split('-').collect::<Vec<_>>()[..] {
        let number = |text: &str| (text.len() <= 2).then(|| text.parse::<i8>().ok()).flatten();
        if let (Ok(year), Some(month), Some(day)) = (year.parse::<i16>(), number(month), number(day)) {
            return jiff::civil::Date::new(year, month, day).ok().map(|date| format!("{date}T00:00:00Z"));
        }
    }
    let spaced = text.replacen(' ', "T", 1).replacen('t', "T", 1);
    if !spaced.contains('T') {
        return None;
    }
    if let Ok(instant) = spaced.parse::<jiff::Timestamp>() {
        return spaced.ends_with(['Z', 'z']).then(|| instant.to_string()).or(Some(spaced.replace(' ', "")));
    }
    spaced.parse::<jiff::civil::DateTime>().ok().map(|moment| format!("{moment}Z"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_no_values() {
        let plain = decode("- a: b\n  c: [d]\n- e\n").expect("valid");
        let text =
            "# before\n- a: b # beside\n  # between\n  c: # behind a key\n    [d] # flow\n\n# another\n- e\n# after\n";
        assert_eq!(decode(text).expect("valid"), plain);
    }
}
