//! JSON, YAML, CSV, base64 and URL encodings.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::Care;
use super::Context;
use super::Failure;
use super::Function;
use super::Outcome;
use super::Parameter::AnyOrNull;
use super::Parameter::Text;
use super::function;
use super::text::text;
use crate::lang::Content;
use crate::lang::Type;
use crate::lang::Value;
use crate::lang::evaluate::MAX_WEIGHT;
use crate::lang::yaml;

const WHOLE: Care = Care::Whole;

pub(super) const FUNCTIONS: &[Function] = &[
    function("base64decode", &[Text], None, Type::String, WHOLE, base64decode),
    function("base64encode", &[Text], None, Type::String, WHOLE, base64encode),
    function("base64gzip", &[Text], None, Type::String, WHOLE, base64gzip),
    function("csvdecode", &[Text], None, Type::Any, WHOLE, csvdecode),
    function("jsondecode", &[Text], None, Type::Any, WHOLE, jsondecode),
    function("jsonencode", &[AnyOrNull], None, Type::String, WHOLE, jsonencode),
    function("textdecodebase64", &[Text, Text], None, Type::String, WHOLE, textdecodebase64),
    function("textencodebase64", &[Text, Text], None, Type::String, WHOLE, textencodebase64),
    function("urlencode", &[Text], None, Type::String, WHOLE, urlencode),
    function("yamldecode", &[Text], None, Type::Any, WHOLE, yamldecode),
    function("yamlencode", &[AnyOrNull], None, Type::String, WHOLE, yamlencode),
];

/// Line ends within do not count.
fn decoded(arguments: &[Value]) -> Result<Vec<u8>, Failure> {
    let source = text(arguments, 0).replace(['\r', '\n'], "");
    STANDARD.decode(source).map_err(|_| Failure::of(0, "the text is no valid base64"))
}

fn base64decode(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let bytes = decoded(arguments)?;
    let text = String::from_utf8(bytes).map_err(|_| Failure::of(0, "the decoded bytes are no UTF-8 text"))?;
    Ok(Value::string(text))
}

fn base64encode(arguments: &[Value], _: &Context<'_>) -> Outcome {
    Ok(Value::string(STANDARD.encode(text(arguments, 0))))
}

fn base64gzip(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let source = text(arguments, 0).as_bytes();
    let mut packed = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    packed.extend(deflated(source).ok_or_else(|| Failure::new("the text cannot be compressed"))?);
    // What ends the blocks is an empty one, as it is, as Terraform writes it.
    packed.extend([1, 0, 0, 0xff, 0xff]);
    let mut sum = flate2::Crc::new();
    sum.update(source);
    packed.extend(sum.sum().to_le_bytes());
    packed.extend(sum.amount().to_le_bytes());
    Ok(Value::string(STANDARD.encode(packed)))
}

/// Blocks of which none says that it is the last one.
fn deflated(source: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = flate2::Compress::new(flate2::Compression::default(), false);
    let mut packed = Vec::with_capacity(source.len() / 2 + 64);
    loop {
        let taken = usize::try_from(encoder.total_in()).ok()?;
        encoder.compress_vec(source.get(taken..)?, &mut packed, flate2::FlushCompress::Sync).ok()?;
        // With room to spare all is out.
        if packed.len() < packed.capacity() {
            return Some(packed);
        }
        packed.reserve(packed.len() + 64);
    }
}

fn utf16(name: &str) -> Option<bool> {
    match name.to_ascii_uppercase().as_str() {
        "UTF-16LE" => Some(true),
        "UTF-16BE" | "UTF-16" => Some(false),
        _ => None,
    }
}

fn textencodebase64(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let (source, encoding) = (text(arguments, 0), text(arguments, 1));
    let bytes: Vec<u8> = match (utf16(encoding), encoding.to_ascii_uppercase().as_str()) {
        (Some(true), _) => source.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        // Without an order in its name the text says it itself.
        (Some(false), "UTF-16") => ['\u{feff}']
            .into_iter()
            .chain(source.chars())
            .collect::<String>()
            .encode_utf16()
            .flat_map(u16::to_be_bytes)
            .collect(),
        (Some(false), _) => source.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        (None, "UTF-8") => source.as_bytes().to_vec(),
        (None, "US-ASCII") if source.is_ascii() => source.as_bytes().to_vec(),
        (None, "US-ASCII") => return Err(Failure::of(0, "the text has characters that the encoding lacks")),
        (None, "ISO-8859-1" | "LATIN1") => {
            let bytes: Option<Vec<u8>> = source.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
            bytes.ok_or_else(|| Failure::of(0, "the text has characters that the encoding lacks"))?
        }
        _ => return Err(Failure::of(1, "known encodings are UTF-8, UTF-16LE, UTF-16BE and ISO-8859-1")),
    };
    Ok(Value::string(STANDARD.encode(bytes)))
}

fn textdecodebase64(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let bytes = decoded(arguments)?;
    let encoding = text(arguments, 1);
    let invalid = || Failure::of(0, "the bytes are no text of the encoding");
    let decoded = match (utf16(encoding), encoding.to_ascii_uppercase().as_str()) {
        (Some(little), name) => {
            let (little, bytes) = match bytes.as_slice() {
                [0xfe, 0xff, rest @ ..] if name == "UTF-16" => (false, rest),
                [0xff, 0xfe, rest @ ..] if name == "UTF-16" => (true, rest),
                all => (little, all),
            };
            let (pairs, rest) = bytes.as_chunks::<2>();
            if !rest.is_empty() {
                return Err(invalid());
            }
            let units: Vec<u16> =
                pairs.iter().map(|p| if little { u16::from_le_bytes(*p) } else { u16::from_be_bytes(*p) }).collect();
            String::from_utf16(&units).map_err(|_| invalid())?
        }
        (None, "UTF-8") => String::from_utf8(bytes).map_err(|_| invalid())?,
        (None, "US-ASCII") if !bytes.is_ascii() => return Err(invalid()),
        (None, "ISO-8859-1" | "LATIN1" | "US-ASCII") => bytes.into_iter().map(char::from).collect(),
        _ => return Err(Failure::of(1, "known encodings are UTF-8, UTF-16LE, UTF-16BE and ISO-8859-1")),
    };
    Ok(Value::string(decoded))
}

/// As a query's part: a blank is `+`.
fn urlencode(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let mut encoded = String::new();
    for byte in text(arguments, 0).bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => encoded.push(byte as char),
            b' ' => encoded.push('+'),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    Ok(Value::string(encoded))
}

fn jsonencode(arguments: &[Value], _: &Context<'_>) -> Outcome {
    if has_infinity(&arguments[0]) {
        return Err(Failure::of(0, "JSON has no infinite numbers"));
    }
    Ok(Value::string(json(&arguments[0])))
}

fn has_infinity(value: &Value) -> bool {
    value.as_number().is_some_and(crate::lang::Number::is_infinite) || value.children().any(has_infinity)
}

/// Compact JSON with Go's escapes; numbers exact. The depth of values is bounded where they are stored.
pub(super) fn json(value: &Value) -> String {
    let mut out = String::new();
    write_json(value, &mut out);
    out
}

fn write_json(value: &Value, out: &mut String) {
    match value.content() {
        Content::Null(_) | Content::Unknown(_) => out.push_str("null"),
        Content::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
        Content::Number(number) => out.push_str(&number.to_string()),
        Content::String(text) => write_json_text(text, out),
        Content::List(_, elements) | Content::Set(_, elements) | Content::Tuple(elements) => {
            out.push('[');
            for (at, element) in elements.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_json(element, out);
            }
            out.push(']');
        }
        Content::Map(_, entries) | Content::Object(entries) => {
            out.push('{');
            for (at, (name, element)) in entries.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_json_text(name, out);
                out.push(':');
                write_json(element, out);
            }
            out.push('}');
        }
    }
}

fn write_json_text(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => out.push_str(&format!("\\u{:04x}", c as u32)),
            c if (c as u32) < 0x20 => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Refuses a text that may hold more values than are taken.
fn check_size(text: &str) -> Result<(), Failure> {
    let separators = text.bytes().filter(|byte| matches!(byte, b',' | b'[' | b'{' | b'\n')).count();
    if separators > MAX_WEIGHT {
        return Err(Failure::of(0, "the text may hold more than 2 million values"));
    }
    Ok(())
}

fn jsondecode(arguments: &[Value], _: &Context<'_>) -> Outcome {
    check_size(text(arguments, 0))?;
    Value::from_json_text(text(arguments, 0)).map_err(|error| {
        Failure::of(0, format!("the text is no valid JSON: line {}, column {}", error.line(), error.column()))
    })
}

fn yamldecode(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let source = text(arguments, 0);
    if source.trim().is_empty() {
        return Err(Failure::of(0, "the text holds no YAML document"));
    }
    yaml::decode(source).map_err(|reason| Failure::of(0, format!("the text {reason}")))
}

/// Block YAML with every key and text quoted.
fn yamlencode(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let mut out = String::new();
    write_yaml(&arguments[0], 0, &mut out);
    if !out.ends_with('\n') {
        out.push('\n');
    }
    // Behind a plain word alone Terraform's writer ends the document.
    if matches!(arguments[0].content(), Content::Null(_) | Content::Bool(_) | Content::Number(_)) {
        out.push_str("...\n");
    }
    Ok(Value::string(out))
}

fn write_yaml(value: &Value, indent: usize, out: &mut String) {
    let blanks = " ".repeat(indent);
    match value.content() {
        Content::List(_, elements) | Content::Set(_, elements) | Content::Tuple(elements) if !elements.is_empty() => {
            for element in elements.iter() {
                out.push_str(&blanks);
                out.push_str("- ");
                write_yaml_item(element, indent + 2, true, out);
            }
        }
        Content::Map(_, entries) | Content::Object(entries) if !entries.is_empty() => {
            for (name, element) in entries.iter() {
                out.push_str(&blanks);
                write_yaml_text(name, out);
                out.push(':');
                // Lists stand at the margin of their key.
                let list = element.as_elements().is_some();
                write_yaml_item(element, if list { indent } else { indent + 2 }, false, out);
            }
        }
        Content::List(..) | Content::Set(..) | Content::Tuple(_) => out.push_str("[]"),
        Content::Map(..) | Content::Object(_) => out.push_str("{}"),
        Content::String(text) => write_yaml_text(text, out),
        _ => out.push_str(&json(value)),
    }
}

/// A value after `- ` (where its first line goes on) or `key:`.
fn write_yaml_item(value: &Value, indent: usize, after_dash: bool, out: &mut String) {
    let nested = value.children().next().is_some();
    if !nested {
        if !after_dash {
            out.push(' ');
        }
        if let Some(text) = value.as_str()
            && text.contains('\n')
            && !text.starts_with([' ', '\n'])
            && text.chars().all(|c| c == '\n' || !c.is_control())
        {
            write_yaml_block(text, indent, out);
            return;
        }
        write_yaml(value, indent, out);
        out.push('\n');
        return;
    }
    if after_dash {
        let mut inner = String::new();
        write_yaml(value, indent, &mut inner);
        out.push_str(inner.trim_start());
    } else {
        out.push('\n');
        write_yaml(value, indent, out);
    }
}

fn write_yaml_block(text: &str, indent: usize, out: &mut String) {
    out.push_str(match (text.ends_with('\n'), text.ends_with("\n\n")) {
        (_, true) => "|+\n",
        (true, false) => "|\n",
        (false, _) => "|-\n",
    });
    for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
        if !line.is_empty() {
            out.push_str(&" ".repeat(indent));
            out.push_str(line);
        }
        out.push('\n');
    }
}

/// A double-quoted YAML scalar.
fn write_yaml_text(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        let code = u32::from(c);
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\0' => out.push_str("\\0"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            '\u{1b}' => out.push_str("\\e"),
            '\u{85}' => out.push_str("\\N"),
            '\u{2028}' => out.push_str("\\L"),
            '\u{2029}' => out.push_str("\\P"),
            _ if c.is_control() => out.push_str(&format!("\\x{code:02X}")),
            '\u{feff}' | '\u{fffe}' | '\u{ffff}' => out.push_str(&format!("\\u{code:04X}")),
            _ => out.push(c),
        }
    }
    out.push('"');
}

fn csvdecode(arguments: &[Value], _: &Context<'_>) -> Outcome {
    check_size(text(arguments, 0))?;
    let rows = csv_rows(text(arguments, 0))?;
    let Some((header, rows)) = rows.split_first() else {
        return Err(Failure::of(0, "the text has no header line"));
    };
    if let Some(name) = header.iter().enumerate().find_map(|(at, name)| header[..at].contains(name).then_some(name)) {
        return Err(Failure::of(0, format!("the column {name:?} is there twice")));
    }
    let mut objects = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        if row.len() != header.len() {
            return Err(Failure::of(0, format!("record {} has a wrong number of fields", at + 2)));
        }
        objects.push(Value::object(header.iter().cloned().zip(row.iter().map(|field| Value::string(field.as_str())))));
    }
    let row = Type::Object(
        header.iter().map(|name| (name.clone(), crate::lang::ObjectAttribute::required(Type::String))).collect(),
    );
    Ok(Value::list(row, objects))
}

fn csv_rows(source: &str) -> Result<Vec<Vec<String>>, Failure> {
    let source = source.replace("\r\n", "\n");
    let mut rows = Vec::new();
    let mut row: Vec<String> = Vec::new();
    let mut field = String::new();
    let mut rest = source.chars().peekable();
    let mut at_start = true;
    while let Some(c) = rest.next() {
        match c {
            '"' if at_start => loop {
                match rest.next() {
                    Some('"') if rest.peek() == Some(&'"') => {
                        rest.next();
                        field.push('"');
                    }
                    Some('"') if matches!(rest.peek(), None | Some(',' | '\n')) => break,
                    Some('"') | None => return Err(Failure::of(0, "a quoted field has a wrong or missing end quote")),
                    Some(other) => field.push(other),
                }
            },
            '"' => return Err(Failure::of(0, "a field without quotes holds a quote")),
            ',' => {
                row.push(std::mem::take(&mut field));
                at_start = true;
                continue;
            }
            '\n' => {
                if !(row.is_empty() && field.is_empty() && at_start) {
                    row.push(std::mem::take(&mut field));
                    rows.push(std::mem::take(&mut row));
                }
                at_start = true;
                continue;
            }
            other => field.push(other),
        }
        at_start = false;
    }
    if !(row.is_empty() && field.is_empty() && at_start) {
        row.push(field);
        rows.push(row);
    }
    Ok(rows)
}
