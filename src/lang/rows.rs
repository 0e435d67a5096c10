//! Lists as people keep them in files, edited in place: one row more, one less, or one of its values. All else stays byte for
//! byte. Reads CSV, JSON, YAML in block style, and lists written in HCL. Evaluates nothing, and knows no file.

mod csv;
mod expression;
mod yaml;

use std::ops::Range;

/// How a list is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Csv,
    Json,
    Yaml,
    /// An expression of the configuration language.
    Hcl,
}

/// What one row, or one of its values, is to hold.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    Text(String),
    Map(Vec<(String, Content)>),
}

/// A row to come.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What it is called by, where rows stand by names.
    pub key: Option<String>,
    pub content: Content,
}

/// How a row is recognised.
#[derive(Clone, Debug, PartialEq)]
pub enum Which {
    /// By the name it stands by.
    Key(String),
    /// It is this text.
    Itself(String),
    /// It has this text in this field.
    Field(String, String),
}

/// A list in a text.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    pub text: &'a str,
    pub format: Format,
    /// Names that lead from the text's value to the list.
    pub path: &'a [String],
}

/// The rows of a text and where they stand.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub rows: Vec<FoundRow>,
    /// Rows stand by names.
    pub is_map: bool,
    /// Of the list with its brackets; of a table, the text.
    pub whole: Range<usize>,
}

#[derive(Debug, Default)]
pub(super) struct FoundRow {
    pub key: Option<String>,
    /// A row that is a text.
    pub text: Option<String>,
    pub fields: Vec<FoundField>,
    pub place: Range<usize>,
    /// The part behind its key; of a row without one, all of it.
    pub value: Range<usize>,
}

#[derive(Debug)]
pub(super) struct FoundField {
    pub name: String,
    pub text: Option<String>,
    /// With its name, where it has one beside it.
    pub place: Range<usize>,
    pub value: Range<usize>,
}

/// A part of a text and what is to stand there.
pub(super) type Splice = (Range<usize>, String);

impl Rows<'_> {
    /// The text with one row more, behind all others.
    ///
    /// # Errors
    /// Why that cannot be written here, as the end of a sentence.
    pub fn add(&self, row: &Row) -> Result<String, String> {
        let splices = match self.format {
            Format::Csv => csv::add(self.text, &self.found()?, row)?,
            Format::Yaml => yaml::add(self.text, &self.found()?, row)?,
            Format::Json => expression::add(self.text, &self.found()?, row, expression::JSON)?,
            Format::Hcl => expression::add(self.text, &self.found()?, row, expression::HCL)?,
        };
        Ok(spliced(self.text, splices))
    }

    /// The text without a row.
    ///
    /// # Errors
    /// As [`Self::add`].
    pub fn remove(&self, which: &Which) -> Result<String, String> {
        let found = self.found()?;
        let at = found.position(which)?;
        let splices = match self.format {
            Format::Csv => vec![(found.rows[at].place.clone(), String::new())],
            Format::Yaml => yaml::remove(self.text, &found, at)?,
            Format::Json | Format::Hcl => expression::remove(self.text, &found, at),
        };
        Ok(spliced(self.text, splices))
    }

    /// The text with another value in a field of a row.
    ///
    /// # Errors
    /// As [`Self::add`].
    pub fn set(&self, which: &Which, field: &str, value: &str) -> Result<String, String> {
        let found = self.found()?;
        let row = &found.rows[found.position(which)?];
        let there = row.fields.iter().find(|one| one.name == field);
        let splice = match (self.format, there) {
            (Format::Csv, Some(there)) => (there.value.clone(), csv::field(value)),
            (Format::Csv, None) => csv::missing(self.text, row, field, value)?,
            (Format::Yaml, Some(there)) => yaml::set(self.text, there, value)?,
            (Format::Yaml, None) => yaml::missing(self.text, row, field, value)?,
            (Format::Json, Some(there)) => (there.value.clone(), expression::quoted(value, expression::JSON)),
            (Format::Hcl, Some(there)) => (there.value.clone(), expression::quoted(value, expression::HCL)),
            (Format::Json, None) => expression::missing(row, field, value, expression::JSON)?,
            (Format::Hcl, None) => expression::missing(row, field, value, expression::HCL)?,
        };
        Ok(spliced(self.text, vec![splice]))
    }

    fn found(&self) -> Result<Found, String> {
        match self.format {
            Format::Csv => csv::find(self.text),
            Format::Yaml => yaml::find(self.text, self.path),
            Format::Json | Format::Hcl => expression::find(self.text, self.path),
        }
    }
}

impl Found {
    fn position(&self, which: &Which) -> Result<usize, String> {
        let fits = |row: &FoundRow| match which {
            Which::Key(key) => row.key.as_ref() == Some(key),
            Which::Itself(text) => row.text.as_ref() == Some(text),
            Which::Field(field, text) => {
                let same = |one: &FoundField| one.name == *field && one.text.as_ref() == Some(text);
                row.fields.iter().any(same)
            }
        };
        let mut all = self.rows.iter().enumerate().filter(|(_, row)| fits(row)).map(|(at, _)| at);
        match (all.next(), all.next()) {
            (Some(at), None) => Ok(at),
            (None, _) => Err("no row there says it by itself".to_owned()),
            (Some(_), Some(_)) => Err("several rows there say the same".to_owned()),
        }
    }
}

/// The text with other texts in some of its parts.
pub(super) fn spliced(text: &str, mut splices: Vec<Splice>) -> String {
    splices.sort_by_key(|(range, _)| range.start);
    let mut made = text.to_owned();
    for (range, with) in splices.into_iter().rev() {
        made.replace_range(range, &with);
    }
    made
}

/// How the lines of a text end.
pub(super) fn line_end(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

/// The blanks that the line of a place begins with.
pub(super) fn indent(text: &str, at: usize) -> &str {
    let line = &text[line_start(text, at)..];
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

pub(super) fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

/// Behind the newline that ends the line of a place; the end of the text where none does.
pub(super) fn line_stop(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |length| at + length + 1)
}

#[cfg(test)]
mod tests;
