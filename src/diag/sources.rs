//! The table of source files a run has read, and places in them.

use std::sync::Arc;
use std::sync::OnceLock;

/// A file of [`Sources`], in the order of their addition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(u32);

/// Bytes `start..end` of a source file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Span {
    pub source: SourceId,
    pub start: usize,
    pub end: usize,
}

impl Span {
    pub fn new(source: SourceId, range: std::ops::Range<usize>) -> Self {
        Self { source, start: range.start, end: range.end }
    }

    /// The smallest span that covers both; `self` where they lie in different files.
    pub fn to(self, other: Span) -> Span {
        if self.source != other.source {
            return self;
        }
        Span { source: self.source, start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// A line and a column, both counted from 1; columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub line: usize,
    pub column: usize,
}

/// Path and text of every file read, so that a [`Span`] can be shown.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// Shared with all copies: several clusters are planned at once, each with the sources of its own rendering.
    files: Vec<File>,
}

#[derive(Clone, Debug)]
struct File {
    path: Arc<str>,
    text: Arc<str>,
    /// Where lines begin, found when the first place is asked for.
    lines: Arc<OnceLock<Vec<usize>>>,
}

impl Sources {
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file; `path` is shown to people as it is given (relative to the configuration directory).
    pub fn add(&mut self, path: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> SourceId {
        self.files.push(File { path: path.into(), text: text.into(), lines: Arc::default() });
        SourceId((self.files.len() - 1) as u32)
    }

    pub fn path(&self, id: SourceId) -> &str {
        self.files.get(id.0 as usize).map_or("", |file| &file.path)
    }

    pub fn text(&self, id: SourceId) -> &str {
        self.files.get(id.0 as usize).map_or("", |file| &file.text)
    }

    /// All files in the order of their addition.
    pub fn ids(&self) -> impl Iterator<Item = SourceId> + use<> {
        (0..self.files.len() as u32).map(SourceId)
    }

    /// The text a span covers; empty when it lies outside.
    pub fn excerpt(&self, span: Span) -> &str {
        self.text(span.source).get(span.start..span.end).unwrap_or("")
    }

    /// Line and column of a byte offset; an offset past the end is the end.
    pub fn position(&self, id: SourceId, offset: usize) -> Position {
        let text = self.text(id);
        let mut offset = offset.min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        let Some(file) = self.files.get(id.0 as usize) else { return Position { line: 1, column: 1 } };
        // Of many findings in a long file each would count all lines before it.
        let lines = file.lines.get_or_init(|| text.match_indices('\n').map(|(at, _)| at + 1).collect());
        let line = lines.partition_point(|start| *start <= offset);
        let start = line.checked_sub(1).and_then(|before| lines.get(before)).copied().unwrap_or(0);
        Position { line: line + 1, column: text[start..offset].chars().count() + 1 }
    }

    /// `main.hcl:12:3`.
    pub fn locate(&self, span: Span) -> String {
        let at = self.position(span.source, span.start);
        format!("{}:{}:{}", self.path(span.source), at.line, at.column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters() {
        let mut sources = Sources::new();
        let id = sources.add("a.hcl", "ä = 1\nbé = 2\n");
        let at = |offset| sources.position(id, offset);
        assert_eq!(at(0), Position { line: 1, column: 1 });
        assert_eq!(at(2), Position { line: 1, column: 2 });
        assert_eq!(at(7), Position { line: 2, column: 1 });
        assert_eq!(at(10), Position { line: 2, column: 3 });
        assert_eq!(at(999), Position { line: 3, column: 1 });
        assert_eq!(sources.locate(Span::new(id, 10..11)), "a.hcl:2:3");
    }
}
