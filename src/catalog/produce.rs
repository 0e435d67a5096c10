//! The objects of one component from its files: templates rendered and parsed, CRDs from notation. Undecorated.

use tera::Context;

use crate::diag::Diagnostic;
use crate::diag::Sources;
use crate::diag::Span;
use crate::object::Object;
use crate::object::schema::crd_from_notation;

use super::Catalog;
use super::changes::lay_over;
use super::files::ComponentFiles;
use super::files::DefinitionFile;
use super::manifest;
use super::template::Templates;

/// What stops a file from giving objects.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Problem {
    file: String,
    /// Line and column in the file.
    place: Option<(usize, usize)>,
    summary: &'static str,
    detail: String,
}

impl Problem {
    /// As a finding; the file is added to `sources` for its excerpt. `text` looks up files by path.
    pub fn report<'a>(self, text: impl Fn(&str) -> Option<&'a str>, sources: &mut Sources) -> Diagnostic {
        let span = self.place.zip(text(&self.file)).map(|((line, column), text)| {
            let start = offset(text, line, column);
            let end = text[start..].find('\n').map_or(text.len(), |length| start + length);
            let source = Catalog::add_source(sources, &self.file, text);
            Span::new(source, start..end.max(start))
        });
        let detail = match span {
            Some(_) => self.detail,
            None => format!("{}: {}", self.file, self.detail),
        };
        Diagnostic::error(self.summary, detail).at_option(span)
    }
}

/// The byte at a line and a column counted in characters, both from 1.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let rest = text[start..].split('\n').next().unwrap_or_default();
    start + rest.char_indices().nth(column.saturating_sub(1)).map_or(rest.len(), |(at, _)| at)
}

/// Renders all templates of a component.
pub(super) fn from_templates(files: &ComponentFiles<'_>, context: &Context) -> (Vec<Object>, Vec<Problem>) {
    let mut objects = Vec::new();
    let mut problems = Vec::new();
    let all = files.templates.iter().chain(&files.partials).map(|(path, text)| (path.as_str(), *text));
    let failed = |error: super::template::TemplateError| Problem {
        file: error.template,
        place: error.place,
        summary: "Template failed",
        detail: sentence(&error.message),
    };
    let templates = match Templates::parse(&files.folder, all) {
        Ok(templates) => templates,
        Err(error) => return (objects, vec![failed(error)]),
    };
    for (path, _) in &files.templates {
        match templates.render(path, context) {
            Ok(text) => collect(path, &text, &mut objects, &mut problems),
            Err(error) => problems.push(failed(error)),
        }
    }
    (objects, problems)
}

fn collect(path: &str, text: &str, objects: &mut Vec<Object>, problems: &mut Vec<Problem>) {
    let mut problem = |summary, detail| problems.push(Problem { file: path.to_owned(), place: None, summary, detail });
    let values = match manifest::parse(text) {
        Ok(values) => values,
        Err(error) => {
            let line = error.line.map_or_else(String::new, |line| format!(" at line {line} of what it renders"));
            return problem("Template renders no YAML", format!("invalid YAML{line}: {}", error.message));
        }
    };
    for (at, value) in values.into_iter().enumerate() {
        match Object::from_value(value) {
            Ok(object) => objects.push(object),
            Err(error) => problem("Template renders no object", format!("document {}: {error}.", at + 1)),
        }
    }
}

/// The CRDs of one file in notation, with what is laid over it.
pub(super) fn from_notation(file: &DefinitionFile<'_>) -> (Vec<Object>, Vec<Problem>) {
    let problem = |path: &str, place, detail: &str| Problem {
        file: path.to_owned(),
        place,
        summary: "Invalid schema notation",
        detail: sentence(detail),
    };
    let parse = |path: &str, text: &str| {
        manifest::parse(text).map_err(|error| problem(path, error.line.map(|line| (line, 1)), &error.message))
    };
    let mut values = match parse(&file.path, file.text) {
        Ok(values) => values,
        Err(failed) => return (Vec::new(), vec![failed]),
    };
    let mut objects = Vec::new();
    let mut problems = Vec::new();
    for (path, text) in &file.changes {
        let laid = parse(path, text)
            .and_then(|changes| lay_over(&mut values, &changes).map_err(|error| problem(path, None, &error)));
        problems.extend(laid.err());
    }
    for value in &values {
        match crd_from_notation(value) {
            Ok(object) => objects.push(object),
            Err(error) => problems.push(problem(&file.path, None, &error.to_string())),
        }
    }
    (objects, problems)
}

fn sentence(text: &str) -> String {
    let text = text.trim();
    if text.ends_with(['.', '?', '!']) { text.to_owned() } else { format!("{text}.") }
}
