//! Text. Lengths and positions count grapheme clusters, as Terraform's.

use regex::Regex;
use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

use super::Care;
use super::Context;
use super::Failure;
use super::Function;
use super::Outcome;
use super::Parameter;
use super::Parameter::Number;
use super::Parameter::Text;
use super::Parameter::Texts;
use super::format;
use super::function;
use crate::lang::Content;
use crate::lang::Type;
use crate::lang::Value;
use crate::lang::evaluate::MAX_TEXT;
use crate::lang::evaluate::MAX_WEIGHT;

const WHOLE: Care = Care::Whole;

pub(super) const FUNCTIONS: &[Function] = &[
    function("chomp", &[Text], None, Type::String, WHOLE, chomp),
    function("endswith", &[Text, Text], None, Type::Bool, WHOLE, endswith),
    function("format", &[Text], Some(Parameter::AnyOrNull), Type::String, WHOLE, format::format),
    function("formatlist", &[Text], Some(Parameter::Any), Type::Any, WHOLE, format::formatlist),
    function("indent", &[Number, Text], None, Type::String, WHOLE, indent),
    function("join", &[Text], Some(Texts), Type::String, WHOLE, join),
    function("lower", &[Text], None, Type::String, WHOLE, lower),
    function("regex", &[Text, Text], None, Type::Any, WHOLE, regex),
    function("regexall", &[Text, Text], None, Type::Any, WHOLE, regexall),
    function("replace", &[Text, Text, Text], None, Type::String, WHOLE, replace),
    function("split", &[Text, Text], None, Type::Any, WHOLE, split),
    function("startswith", &[Text, Text], None, Type::Bool, Care::Parts, startswith),
    function("strcontains", &[Text, Text], None, Type::Bool, WHOLE, strcontains),
    function("strrev", &[Text], None, Type::String, WHOLE, strrev),
    function("substr", &[Text, Number, Number], None, Type::String, WHOLE, substr),
    function("title", &[Text], None, Type::String, WHOLE, title),
    function("trim", &[Text, Text], None, Type::String, WHOLE, trim),
    function("trimprefix", &[Text, Text], None, Type::String, WHOLE, trimprefix),
    function("trimspace", &[Text], None, Type::String, WHOLE, trimspace),
    function("trimsuffix", &[Text, Text], None, Type::String, WHOLE, trimsuffix),
    function("upper", &[Text], None, Type::String, WHOLE, upper),
];

pub(super) fn text(arguments: &[Value], at: usize) -> &str {
    arguments.get(at).and_then(Value::as_str).unwrap_or("")
}

fn string(text: impl AsRef<str>) -> Outcome {
    Ok(Value::string(text.as_ref().nfc().collect::<String>()))
}

fn chomp(arguments: &[Value], _: &Context<'_>) -> Outcome {
    string(text(arguments, 0).trim_end_matches(['\n', '\r']))
}

fn endswith(arguments: &[Value], _: &Context<'_>) -> Outcome {
    Ok(text(arguments, 0).ends_with(text(arguments, 1)).into())
}

/// Of an unknown text its known beginning may decide.
fn startswith(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let sensitive = arguments.iter().any(Value::contains_sensitive);
    let known = arguments[0].as_str().or(arguments[0].known_prefix()).unwrap_or_default();
    let starts = match arguments[1].as_str() {
        None => None,
        Some(wanted) if known.starts_with(wanted) => Some(true),
        Some(wanted) if arguments[0].is_unknown() && wanted.starts_with(known) => None,
        Some(_) => Some(false),
    };
    Ok(starts.map_or(Value::unknown(Type::Bool), Value::bool).with_sensitivity(sensitive))
}

fn strcontains(arguments: &[Value], _: &Context<'_>) -> Outcome {
    Ok(text(arguments, 0).contains(text(arguments, 1)).into())
}

fn indent(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let width = arguments[0].as_i64().and_then(|width| usize::try_from(width).ok()).filter(|width| *width <= 1000);
    let width = width.ok_or_else(|| Failure::of(0, "the indent must be a whole number from 0 to 1000"))?;
    string(text(arguments, 1).replace('\n', &format!("\n{}", " ".repeat(width))))
}

fn join(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let mut parts = Vec::new();
    for (at, list) in arguments.iter().enumerate().skip(1) {
        for element in list.as_elements().unwrap_or(&[]) {
            let reason = "elements of the list must not be null";
            parts.push(element.as_str().ok_or_else(|| Failure::of(at, reason))?);
        }
    }
    let length =
        parts.iter().map(|part| part.len().saturating_add(text(arguments, 0).len())).fold(0, usize::saturating_add);
    if length > MAX_TEXT {
        return Err(Failure::new("the result is too long"));
    }
    string(parts.join(text(arguments, 0)))
}

/// Case mapping is one to one, as in Go: characters with longer mappings stay.
fn map_case(text: &str, mapped: impl Fn(char) -> Option<char>) -> Outcome {
    string(text.chars().map(|c| mapped(c).unwrap_or(c)).collect::<String>())
}

fn single(mut mapping: impl Iterator<Item = char>) -> Option<char> {
    let first = mapping.next()?;
    mapping.next().is_none().then_some(first)
}

fn lower(arguments: &[Value], _: &Context<'_>) -> Outcome {
    map_case(text(arguments, 0), |c| single(c.to_lowercase()))
}

fn upper(arguments: &[Value], _: &Context<'_>) -> Outcome {
    map_case(text(arguments, 0), |c| single(c.to_uppercase()))
}

/// The first letter after anything that is no letter, digit, underscore or quote-free word character.
fn title(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let mut inside = false;
    let mut result = String::new();
    for c in text(arguments, 0).chars() {
        result.push(if inside { c } else { single(c.to_uppercase()).unwrap_or(c) });
        inside = if c.is_ascii() {
            c.is_ascii_alphanumeric() || c == '_'
        } else {
            c.is_alphanumeric() || !c.is_whitespace()
        };
    }
    string(result)
}

/// Go's regular expressions and this crate's agree but for a few escapes.
fn pattern(source: &str) -> Result<Regex, Failure> {
    regex::RegexBuilder::new(source)
        .size_limit(4 << 20)
        .build()
        .map_err(|_| Failure::of(0, format!("{source:?} is no regular expression (of RE2's syntax)")))
}

/// What a match gives: the whole text without groups, else a tuple or an object of the groups.
fn captured(pattern: &Regex, captures: &regex::Captures<'_>) -> Outcome {
    let names: Vec<Option<&str>> = pattern.capture_names().skip(1).collect();
    let group = |at: usize| match captures.get(at + 1) {
        Some(found) => Value::string(found.as_str()),
        None => Value::new(Content::Null(Type::String)),
    };
    if names.is_empty() {
        return Ok(Value::string(captures.get(0).map_or("", |found| found.as_str())));
    }
    if names.iter().all(Option::is_none) {
        return Ok(Value::tuple((0..names.len()).map(group).collect()));
    }
    if names.iter().any(Option::is_none) {
        return Err(Failure::of(0, "cannot mix named and unnamed groups"));
    }
    Ok(Value::object(names.iter().enumerate().filter_map(|(at, name)| Some((name.as_ref()?.to_string(), group(at))))))
}

/// The type of what a match gives.
fn captured_kind(pattern: &Regex) -> Result<Type, Failure> {
    let names: Vec<Option<&str>> = pattern.capture_names().skip(1).collect();
    if names.is_empty() {
        return Ok(Type::String);
    }
    if names.iter().all(Option::is_none) {
        return Ok(Type::Tuple(vec![Type::String; names.len()]));
    }
    let named: Option<Vec<&str>> = names.into_iter().collect();
    let named = named.ok_or_else(|| Failure::of(0, "cannot mix named and unnamed groups"))?;
    let text = || crate::lang::ObjectAttribute::required(Type::String);
    Ok(Type::Object(named.into_iter().map(|name| (name.to_string(), text())).collect()))
}

fn regex(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let pattern = pattern(text(arguments, 0))?;
    match pattern.captures(text(arguments, 1)) {
        Some(captures) => captured(&pattern, &captures),
        None => Err(Failure::new("the pattern did not match any part of the text")),
    }
}

fn regexall(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let pattern = pattern(text(arguments, 0))?;
    let found: Result<Vec<Value>, Failure> = pattern
        .captures_iter(text(arguments, 1))
        .take(MAX_WEIGHT + 1)
        .map(|captures| captured(&pattern, &captures))
        .collect();
    let found = found?;
    if found.len() > MAX_WEIGHT {
        return Err(Failure::new("it matches more than 2 million times"));
    }
    if found.is_empty() {
        return Ok(Value::list(captured_kind(&pattern)?, found));
    }
    Value::tuple(found).convert(&Type::list(Type::Any)).map_err(|mismatch| Failure::new(mismatch.to_string()))
}

fn replace(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let (source, search, with) = (text(arguments, 0), text(arguments, 1), text(arguments, 2));
    let result = match search.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')) {
        Some(expression) => replaced(&pattern(expression)?, source, with)?,
        None => {
            let longer = source.matches(search).count().saturating_mul(with.len().saturating_sub(search.len()));
            if source.len().saturating_add(longer) > MAX_TEXT {
                return Err(Failure::new("the result is too long"));
            }
            source.replace(search, with)
        }
    };
    if result.len() > MAX_TEXT {
        return Err(Failure::new("the result is too long"));
    }
    string(result)
}

/// All matches replaced, as long as the result is no longer than a text may be.
fn replaced(pattern: &Regex, source: &str, with: &str) -> Result<String, Failure> {
    let mut result = String::new();
    let mut from = 0;
    for found in pattern.captures_iter(source) {
        let Some(whole) = found.get(0) else { continue };
        result.push_str(&source[from..whole.start()]);
        found.expand(with, &mut result);
        from = whole.end();
        if result.len() > MAX_TEXT {
            return Err(Failure::new("the result is too long"));
        }
    }
    Ok(result + &source[from..])
}

fn split(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let (separator, source) = (text(arguments, 0), text(arguments, 1));
    let parts: Vec<Value> = if separator.is_empty() {
        source.graphemes(true).take(MAX_WEIGHT + 1).map(Value::string).collect()
    } else {
        source.split(separator).take(MAX_WEIGHT + 1).map(Value::string).collect()
    };
    if parts.len() > MAX_WEIGHT {
        return Err(Failure::new("there are more than 2 million parts"));
    }
    Ok(Value::list(Type::String, parts))
}

fn strrev(arguments: &[Value], _: &Context<'_>) -> Outcome {
    string(text(arguments, 0).graphemes(true).rev().collect::<String>())
}

fn substr(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let whole = |at: usize| arguments[at].as_i64().ok_or_else(|| Failure::of(at, "a whole number is required"));
    let (offset, length) = (whole(1)?, whole(2)?);
    let graphemes: Vec<&str> = text(arguments, 0).graphemes(true).collect();
    let total = graphemes.len() as i64;
    let start = if offset < 0 { (total + offset).max(0) } else { offset.min(total) };
    let end = if length < 0 { total } else { start.saturating_add(length).min(total) };
    string(graphemes[start as usize..end as usize].concat())
}

fn trim(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let cut: Vec<char> = text(arguments, 1).chars().collect();
    string(text(arguments, 0).trim_matches(cut.as_slice()))
}

fn trimprefix(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let source = text(arguments, 0);
    string(source.strip_prefix(text(arguments, 1)).unwrap_or(source))
}

fn trimspace(arguments: &[Value], _: &Context<'_>) -> Outcome {
    string(text(arguments, 0).trim())
}

fn trimsuffix(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let source = text(arguments, 0);
    string(source.strip_suffix(text(arguments, 1)).unwrap_or(source))
}
