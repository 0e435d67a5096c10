//! Lists and maps as JSON and HCL write them: the configuration's own parser reads both.

use std::ops::Range;

use super::Content;
use super::Found;
use super::FoundField;
use super::FoundRow;
use super::Row;
use super::Splice;
use super::indent;
use super::line_end;
use super::line_start;
use super::line_stop;
use crate::diag::Sources;
use crate::lang::parse;
use crate::lang::syntax::Expression;
use crate::lang::syntax::Form;
use crate::lang::syntax::ObjectKey;
use crate::lang::token;

/// How values are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Style {
    is_json: bool,
}

pub(super) const JSON: Style = Style { is_json: true };
pub(super) const HCL: Style = Style { is_json: false };

pub(super) fn find(text: &str, path: &[String]) -> Result<Found, String> {
    let mut sources = Sources::new();
    let id = sources.add("", text);
    let (expression, findings) = parse::expression(&sources, id);
    if findings.has_errors() {
        return Err("it is written in a way that only a person should edit".to_owned());
    }
    let mut expression = &expression;
    for name in path {
        let Form::Object(entries) = &expression.form else { return Err(format!("it has no \"{name}\"")) };
        let entry = entries.iter().find(|(key, _)| key_text(key).as_ref() == Some(name));
        expression = entry.map(|(_, value)| value).ok_or_else(|| format!("it has no \"{name}\""))?;
    }
    let whole = expression.span.start..expression.span.end;
    match &expression.form {
        Form::Tuple(elements) => {
            Ok(Found { rows: elements.iter().map(|one| row(None, one)).collect(), is_map: false, whole })
        }
        Form::Object(entries) => {
            let rows = entries.iter().map(|(key, value)| row(Some(key), value)).collect();
            Ok(Found { rows, is_map: true, whole })
        }
        _ => Err("it is computed there".to_owned()),
    }
}

fn row(key: Option<&ObjectKey>, value: &Expression) -> FoundRow {
    let place = key.map_or(value.span.start, |key| key_place(key).start)..value.span.end;
    let fields = match &value.form {
        Form::Object(entries) => entries.iter().filter_map(|(key, value)| {
            let name = key_text(key)?;
            let place = key_place(key).start..value.span.end;
            let text = value.as_text().map(str::to_owned);
            Some(FoundField { name, text, place, value: value.span.start..value.span.end })
        }),
        _ => {
            return FoundRow {
                key: key.and_then(key_text),
                text: value.as_text().map(str::to_owned),
                place,
                value: value.span.start..value.span.end,
                ..FoundRow::default()
            };
        }
    };
    FoundRow {
        key: key.and_then(key_text),
        text: None,
        fields: fields.collect(),
        place,
        value: value.span.start..value.span.end,
    }
}

fn key_text(key: &ObjectKey) -> Option<String> {
    match key {
        ObjectKey::Name(name) => Some(name.text.clone()),
        ObjectKey::Expression(key) => key.as_text().map(str::to_owned),
        ObjectKey::Ambiguous(_) => None,
    }
}

fn key_place(key: &ObjectKey) -> Range<usize> {
    let span = match key {
        ObjectKey::Name(name) => name.span,
        ObjectKey::Ambiguous(span) => *span,
        ObjectKey::Expression(key) => key.span,
    };
    span.start..span.end
}

pub(super) fn add(text: &str, found: &Found, new: &Row, style: Style) -> Result<Vec<Splice>, String> {
    let written = |text: String| match (&new.key, found.is_map) {
        (Some(key), true) => Ok(format!("{}{}", self::key(key, style), text)),
        (None, false) => Ok(text),
        (None, true) => Err("rows stand by names there".to_owned()),
        (Some(_), false) => Err("rows have no names there".to_owned()),
    };
    let end = line_end(text);
    let Some(last) = found.rows.last() else {
        let new = written(content(&new.content, style, false))?;
        let (open, close) = if found.is_map { ("{", "}") } else { ("[", "]") };
        let inner = &text[found.whole.start + 1..found.whole.end - 1];
        if inner.contains('\n') {
            // It may hold comments: the new one stands behind them.
            let at = line_start(text, found.whole.end - 1);
            let indent = indent(text, at).to_owned() + "  ";
            return Ok(vec![(at..at, format!("{indent}{new}{end}"))]);
        }
        let space = if found.is_map || style.is_json { " " } else { "" };
        return Ok(vec![(found.whole.clone(), format!("{open}{space}{new}{space}{close}"))]);
    };
    let is_spaced = text[last.value.clone()].starts_with("{ ") || !style.is_json;
    let lines = text[last.value.clone()].contains('\n').then(|| indent(text, last.place.start).to_owned());
    let new = written(match lines {
        Some(outer) => on_lines(&new.content, style, &outer, end),
        None => content(&new.content, style, is_spaced),
    })?;
    if !on_own_lines(text, &last.place) {
        return Ok(vec![(last.place.end..last.place.end, format!(", {new}"))]);
    }
    let has_comma = text[last.place.end..].trim_start_matches([' ', '\t']).starts_with(',');
    let needs_comma = style.is_json || !found.is_map;
    let mut splices = Vec::new();
    if needs_comma && !has_comma {
        splices.push((last.place.end..last.place.end, ",".to_owned()));
    }
    let comma = if has_comma && !style.is_json { "," } else { "" };
    let at = line_stop(text, last.place.end);
    let at_end = at - if text[..at].ends_with("\r\n") { 2 } else { usize::from(text[..at].ends_with('\n')) };
    let indent = indent(text, last.place.start);
    splices.push((at_end..at_end, format!("{end}{indent}{new}{comma}")));
    Ok(splices)
}

pub(super) fn remove(text: &str, found: &Found, at: usize) -> Vec<Splice> {
    let row = &found.rows[at];
    let next = found.rows.get(at + 1);
    let before = at.checked_sub(1).and_then(|before| found.rows.get(before));
    if !on_own_lines(text, &row.place) {
        let place = match (next, before) {
            (Some(next), _) => row.place.start..next.place.start,
            (None, Some(before)) => before.place.end..row.place.end,
            (None, None) => row.place.clone(),
        };
        return vec![(place, String::new())];
    }
    let mut splices = vec![(line_start(text, row.place.start)..line_stop(text, row.place.end), String::new())];
    // JSON has no comma behind its last one.
    let had_comma = text[row.place.end..].trim_start_matches([' ', '\t']).starts_with(',');
    if let (None, Some(before), false) = (next, before, had_comma) {
        let rest = &text[before.place.end..];
        if rest.trim_start_matches([' ', '\t']).starts_with(',') {
            let comma = before.place.end + rest.find(',').unwrap_or_default();
            splices.push((comma..comma + 1, String::new()));
        }
    }
    splices
}

/// Whether nothing else but a comma and a comment stands on the lines of a place.
fn on_own_lines(text: &str, place: &Range<usize>) -> bool {
    let before = &text[line_start(text, place.start)..place.start];
    let after = &text[place.end..line_stop(text, place.end)];
    let after = after.trim_start_matches([' ', '\t']).trim_start_matches(',').trim_start_matches([' ', '\t']);
    let ends = after.trim().is_empty() || after.starts_with('#') || after.starts_with("//");
    before.trim().is_empty() && ends && after.ends_with('\n')
}

/// A field for a row that lacks it.
pub(super) fn missing(row: &FoundRow, name: &str, value: &str, style: Style) -> Result<Splice, String> {
    let last = row.fields.last().ok_or("the row has no fields")?;
    let text = format!(", {}{}", key(name, style), quoted(value, style));
    Ok((last.place.end..last.place.end, text))
}

fn content(content: &Content, style: Style, is_spaced: bool) -> String {
    match content {
        Content::Text(text) => quoted(text, style),
        Content::Map(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|(name, field)| format!("{}{}", key(name, style), self::content(field, style, is_spaced)))
                .collect();
            let space = if is_spaced || !style.is_json { " " } else { "" };
            format!("{{{space}{}{space}}}", fields.join(", "))
        }
    }
}

/// As [`content`], a line for each field.
fn on_lines(content: &Content, style: Style, outer: &str, end: &str) -> String {
    let Content::Map(fields) = content else { return self::content(content, style, true) };
    let separator = if style.is_json { "," } else { "" };
    let lines: Vec<String> = fields
        .iter()
        .map(|(name, field)| format!("{outer}  {}{}", key(name, style), self::content(field, style, true)))
        .collect();
    format!("{{{end}{}{end}{outer}}}", lines.join(&format!("{separator}{end}")))
}

fn key(name: &str, style: Style) -> String {
    match style.is_json {
        true => format!("{}: ", quoted(name, style)),
        false if token::is_identifier(name) => format!("{name} = "),
        false => format!("{} = ", quoted(name, style)),
    }
}

/// A text between quotes.
pub(super) fn quoted(text: &str, style: Style) -> String {
    if style.is_json {
        return serde_json::Value::from(text).to_string();
    }
    crate::lang::quoted(text)
}
