//! Tables: a line of names, then a line for each row (RFC 4180).

use super::Content;
use super::Found;
use super::FoundField;
use super::FoundRow;
use super::Row;
use super::Splice;
use super::line_end;

pub(super) fn find(text: &str) -> Result<Found, String> {
    let mut lines = records(text)?.into_iter();
    let names: Vec<String> = match lines.next() {
        Some(names) => names.into_iter().map(|field| field.text.unwrap_or_default()).collect(),
        None => return Err("it has no line with the names of its columns".to_owned()),
    };
    let rows = lines.map(|fields| {
        let (first, last) = (fields.first(), fields.last());
        let value = first.map_or(0, |field| field.value.start)..last.map_or(0, |field| field.value.end);
        let newline = [("\r\n", 2), ("\n", 1)].into_iter().find(|(end, _)| text[value.end..].starts_with(end));
        let place = value.start..value.end + newline.map_or(0, |(_, length)| length);
        let named = fields.into_iter().zip(&names).map(|(field, name)| FoundField { name: name.clone(), ..field });
        FoundRow { fields: named.collect(), place, value, ..FoundRow::default() }
    });
    let rows = rows.collect();
    Ok(Found { rows, is_map: false, whole: 0..text.len() })
}

/// The fields of all lines that are not empty.
fn records(text: &str) -> Result<Vec<Vec<FoundField>>, String> {
    let bytes = text.as_bytes();
    let (mut lines, mut line, mut at) = (Vec::new(), Vec::new(), 0);
    // A byte order mark is no part of the first name.
    if text.starts_with('\u{feff}') {
        at = '\u{feff}'.len_utf8();
    }
    loop {
        let start = at;
        let value = if bytes.get(at) == Some(&b'"') {
            let mut value = String::new();
            loop {
                let rest = &text[at + 1..];
                let Some(length) = rest.find('"') else {
                    return Err("a field in quotes has no end".to_owned());
                };
                value.push_str(&rest[..length]);
                at += 1 + length;
                if bytes.get(at + 1) != Some(&b'"') {
                    break;
                }
                value.push('"');
                at += 1;
            }
            at += 1;
            value
        } else {
            let length = text[at..].find([',', '\n']).unwrap_or(text.len() - at);
            let field = text[at..at + length].strip_suffix('\r').unwrap_or(&text[at..at + length]);
            at += field.len();
            field.to_owned()
        };
        line.push(FoundField { name: String::new(), text: Some(value), place: start..at, value: start..at });
        if text[at..].starts_with(',') {
            at += 1;
            continue;
        }
        let is_empty = line.len() == 1 && line[0].place.is_empty();
        let done = std::mem::take(&mut line);
        if !is_empty {
            lines.push(done);
        }
        match text[at..].find('\n') {
            Some(length) => at += length + 1,
            None => return Ok(lines),
        }
        if at == text.len() {
            return Ok(lines);
        }
    }
}

pub(super) fn add(text: &str, found: &Found, row: &Row) -> Result<Vec<Splice>, String> {
    let names = records(text)?.into_iter().next().unwrap_or_default();
    let names: Vec<String> = names.into_iter().filter_map(|name| name.text).collect();
    let Content::Map(fields) = &row.content else { return Err("a row of a table has columns".to_owned()) };
    if let Some((missing, _)) = fields.iter().find(|(name, _)| !names.contains(name)) {
        return Err(format!("it has no column \"{missing}\""));
    }
    let cell = |name: &String| match fields.iter().find(|(field, _)| field == name) {
        Some((_, Content::Text(value))) => Ok(field(value)),
        Some((_, Content::Map(_))) => Err(format!("column \"{name}\" would have to hold several values")),
        None => Ok(String::new()),
    };
    let cells: Vec<String> = names.iter().map(cell).collect::<Result<_, _>>()?;
    let end = line_end(text);
    // Behind the last row, not behind empty lines at the end.
    let at = found.rows.last().map_or_else(|| super::line_stop(text, 0), |last| last.place.end);
    let (before, after) = if text[..at].ends_with('\n') { ("", end) } else { (end, "") };
    Ok(vec![(at..at, format!("{before}{}{after}", cells.join(",")))])
}

/// A value for a row that is shorter than the line of names.
pub(super) fn missing(text: &str, row: &FoundRow, name: &str, value: &str) -> Result<Splice, String> {
    let names = records(text)?.into_iter().next().unwrap_or_default();
    let column = names.iter().position(|field| field.text.as_deref() == Some(name));
    let column = column.ok_or_else(|| format!("it has no column \"{name}\""))?;
    let commas = ",".repeat(column + 1 - row.fields.len());
    Ok((row.value.end..row.value.end, format!("{commas}{}", field(value))))
}

/// A value as a field: in quotes where it needs them.
pub(super) fn field(value: &str) -> String {
    if value.contains([',', '"', '\n', '\r']) || value.starts_with([' ', '\t']) || value.ends_with([' ', '\t']) {
        return format!("\"{}\"", value.replace('"', "\"\""));
    }
    value.to_owned()
}
