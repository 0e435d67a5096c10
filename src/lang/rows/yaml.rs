//! Lists and maps of YAML in block style, a line for each field. What is written in another way is left to a person.

use std::ops::Range;

use granit_parser::Event;
use granit_parser::Parser;

use super::Content;
use super::Found;
use super::FoundField;
use super::FoundRow;
use super::Row;
use super::Splice;
use super::line_end;
use super::line_start;
use super::line_stop;

/// A value with its place.
enum Node {
    Scalar(String, Range<usize>),
    Sequence(Vec<Node>, Range<usize>),
    Mapping(Vec<(Node, Node)>, Range<usize>),
}

impl Node {
    fn place(&self) -> Range<usize> {
        match self {
            Self::Scalar(_, place) | Self::Sequence(_, place) | Self::Mapping(_, place) => place.clone(),
        }
    }

    fn text(&self) -> Option<String> {
        match self {
            Self::Scalar(text, _) => Some(text.clone()),
            _ => None,
        }
    }
}

const BY_HAND: &str = "it is YAML written in a way that only a person should edit";

pub(super) fn find(text: &str, path: &[String]) -> Result<Found, String> {
    let mut reader = Reader { parser: Parser::new_from_str(text), depth: 0 };
    let mut document = None;
    loop {
        match reader.next()? {
            (Event::StreamStart | Event::DocumentEnd | Event::DocumentStart(..), _) => {}
            (Event::StreamEnd, _) => break,
            _ if document.is_some() => return Err(BY_HAND.to_owned()),
            event => document = Some(reader.node(event)?),
        }
    }
    let mut node = document.ok_or(BY_HAND)?;
    for name in path {
        let Node::Mapping(entries, _) = node else { return Err(format!("it has no \"{name}\"")) };
        let entry = entries.into_iter().find(|(key, _)| key.text().as_ref() == Some(name));
        node = entry.map(|(_, value)| value).ok_or_else(|| format!("it has no \"{name}\""))?;
    }
    let whole = node.place();
    let (rows, is_map) = match node {
        Node::Sequence(elements, _) => (elements.into_iter().map(|one| row(None, one)).collect(), false),
        Node::Mapping(entries, _) => (entries.into_iter().map(|(key, one)| row(Some(key), one)).collect(), true),
        Node::Scalar(..) => return Err(BY_HAND.to_owned()),
    };
    let found = Found { rows, is_map, whole };
    for row in &found.rows {
        let before = &text[line_start(text, row.place.start)..row.place.start];
        let is_block = if found.is_map { before.trim().is_empty() } else { before.trim() == "-" };
        let opens = text[row.value.clone()].starts_with(['{', '[', '&', '*', '!']);
        if !is_block || opens {
            return Err(BY_HAND.to_owned());
        }
    }
    Ok(found)
}

fn row(key: Option<Node>, node: Node) -> FoundRow {
    let value = node.place();
    let place = key.as_ref().map_or(value.start, |key| key.place().start)..value.end;
    let key = key.as_ref().and_then(Node::text);
    match node {
        Node::Mapping(entries, _) => {
            let field = |(key, node): (Node, Node)| {
                let (name, value) = (key.text()?, node.place());
                Some(FoundField { name, text: node.text(), place: key.place().start..value.end, value })
            };
            FoundRow { key, text: None, fields: entries.into_iter().filter_map(field).collect(), place, value }
        }
        node => FoundRow { key, text: node.text(), fields: Vec::new(), place, value },
    }
}

struct Reader<'a> {
    parser: Parser<'a, granit_parser::StrInput<'a>>,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Range<usize>), String> {
        loop {
            match self.parser.next_event() {
                Some(Ok((Event::Comment(..), _))) => {}
                Some(Ok((event, span))) => return Ok((event, span.byte_range().ok_or(BY_HAND)?)),
                Some(Err(_)) => return Err(BY_HAND.to_owned()),
                None => return Ok((Event::StreamEnd, 0..0)),
            }
        }
    }

    fn node(&mut self, (event, place): (Event<'a>, Range<usize>)) -> Result<Node, String> {
        // What stands deeper is no list of rows.
        if self.depth > 16 {
            return Err(BY_HAND.to_owned());
        }
        self.depth += 1;
        let node = match event {
            Event::Scalar(text, ..) => Node::Scalar(text.to_string(), place),
            Event::SequenceStart(..) => {
                let mut elements: Vec<Node> = Vec::new();
                loop {
                    match self.next()? {
                        (Event::SequenceEnd, _) => break,
                        event => elements.push(self.node(event)?),
                    }
                }
                let end = elements.last().map_or(place.end, |last| last.place().end);
                Node::Sequence(elements, place.start..end)
            }
            Event::MappingStart(..) => {
                let mut entries: Vec<(Node, Node)> = Vec::new();
                loop {
                    match self.next()? {
                        (Event::MappingEnd, _) => break,
                        event => {
                            let key = self.node(event)?;
                            let event = self.next()?;
                            entries.push((key, self.node(event)?));
                        }
                    }
                }
                let start = entries.first().map_or(place.start, |(key, _)| key.place().start);
                let end = entries.last().map_or(place.end, |(_, value)| value.place().end);
                Node::Mapping(entries, start..end)
            }
            _ => return Err(BY_HAND.to_owned()),
        };
        self.depth -= 1;
        Ok(node)
    }
}

pub(super) fn add(text: &str, found: &Found, new: &Row) -> Result<Vec<Splice>, String> {
    let last = found.rows.last().ok_or("it is empty, so that nothing shows how rows are written there")?;
    let end = line_end(text);
    let start = line_start(text, last.place.start);
    let indent = &text[start..last.place.start];
    let blanks = " ".repeat(indent.chars().count());
    let made = match (&new.key, found.is_map) {
        (Some(key), true) => {
            let first = last.fields.first().map(|field| &text[line_start(text, field.place.start)..field.place.start]);
            let inner = first.map_or_else(|| format!("{blanks}  "), str::to_owned);
            match &new.content {
                Content::Text(value) => format!("{indent}{}: {}{end}", quoted(key), quoted(value)),
                Content::Map(fields) => format!("{indent}{}:{end}{}", quoted(key), lines(fields, &inner, &inner, end)),
            }
        }
        (None, false) => match &new.content {
            Content::Text(value) => format!("{indent}{}{end}", quoted(value)),
            Content::Map(fields) => lines(fields, indent, &blanks, end),
        },
        (None, true) => return Err("rows stand by names there".to_owned()),
        (Some(_), false) => return Err("rows have no names there".to_owned()),
    };
    let at = stop(text, last.place.end);
    match text[..at].ends_with('\n') {
        true => Ok(vec![(at..at, made)]),
        false => Ok(vec![(at..at, format!("{end}{}", made.trim_end_matches(['\r', '\n'])))]),
    }
}

fn lines(fields: &[(String, Content)], first: &str, indent: &str, end: &str) -> String {
    let mut made = String::new();
    for (number, (name, content)) in fields.iter().enumerate() {
        let indent = if number == 0 { first } else { indent };
        match content {
            Content::Text(text) => made.push_str(&format!("{indent}{}: {}{end}", quoted(name), quoted(text))),
            Content::Map(fields) => {
                let deeper = format!("{}  ", " ".repeat(indent.chars().count()));
                made.push_str(&format!("{indent}{}:{end}{}", quoted(name), lines(fields, &deeper, &deeper, end)));
            }
        }
    }
    made
}

/// Behind the line on which something ends; what ends with its line's newline ends there.
fn stop(text: &str, at: usize) -> usize {
    if text[..at].ends_with('\n') { at } else { line_stop(text, at) }
}

pub(super) fn remove(text: &str, found: &Found, at: usize) -> Result<Vec<Splice>, String> {
    if found.rows.len() == 1 {
        return Err("it is the only row, and an empty list is written in another way".to_owned());
    }
    let place = &found.rows[at].place;
    Ok(vec![(line_start(text, place.start)..stop(text, place.end), String::new())])
}

pub(super) fn set(text: &str, field: &FoundField, value: &str) -> Result<Splice, String> {
    if text[field.value.clone()].contains('\n') {
        return Err(BY_HAND.to_owned());
    }
    Ok((field.value.clone(), quoted(value)))
}

pub(super) fn missing(text: &str, row: &FoundRow, name: &str, value: &str) -> Result<Splice, String> {
    let first = row.fields.first().ok_or(BY_HAND)?;
    let column = first.place.start - line_start(text, first.place.start);
    let at = stop(text, row.place.end);
    let (end, indent) = (line_end(text), " ".repeat(column));
    match text[..at].ends_with('\n') {
        true => Ok((at..at, format!("{indent}{}: {}{end}", quoted(name), quoted(value)))),
        false => Ok((at..at, format!("{end}{indent}{}: {}", quoted(name), quoted(value)))),
    }
}

/// A text as it is where nothing can be taken for anything else, else between quotes.
fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '@' | '/');
    let is_word = text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(is_plain);
    let reads_otherwise = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    if is_word && !reads_otherwise.contains(&text.to_ascii_lowercase().as_str()) {
        return text.to_owned();
    }
    serde_json::Value::from(text).to_string()
}
