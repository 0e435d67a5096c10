//! Edits of several files together: tried in memory, held against what they were to do, then written, all or none.

use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::path::PathBuf;

use crate::config::Declared;
use crate::config::Installation;
use crate::config::User;
use crate::diag::Span;
use crate::lang::Format;
use crate::lang::Rows;
use crate::lang::RowsPlace;
use crate::object::Address;
use crate::ops::Failure;
use crate::ops::Loaded;
use crate::ops::Request;
use crate::ops::configuration::load_edited;
use crate::ops::writing::rewrite;
use crate::ops::writing::write_private;
use crate::provider::regular;
use crate::provider::regular::LONGEST_TEXT;

/// What was edited, for people.
#[derive(Debug, Default)]
pub struct Edited {
    /// What was done, where: sentences.
    pub done: Vec<String>,
    /// What the person should know or do beside applying it: paragraphs.
    pub notes: Vec<String>,
}

/// Edits of files, by path from the configuration's directory.
#[derive(Debug, Default)]
pub(super) struct Edits {
    files: BTreeMap<String, File>,
}

#[derive(Debug)]
struct File {
    /// `None` where there is none yet.
    before: Option<String>,
    /// Parts of it with what is to stand there.
    splices: Vec<(Range<usize>, String)>,
}

impl File {
    fn text(&self) -> &str {
        self.before.as_deref().unwrap_or_default()
    }

    fn after(&self) -> String {
        let mut splices: Vec<&(Range<usize>, String)> = self.splices.iter().collect();
        // What is put in the same place stays in the order in which it came.
        splices.sort_by_key(|(range, _)| range.start);
        let mut after = self.text().to_owned();
        splices.into_iter().rev().for_each(|(range, with)| after.replace_range(range.clone(), with));
        after
    }
}

/// A list of people, and how its text is found.
pub(super) struct List {
    /// The file, as it is shown.
    pub path: String,
    pub format: Format,
    steps: Vec<String>,
    /// The part of the file that is the list; `None` for all of it.
    part: Option<Span>,
}

impl List {
    pub fn of(loaded: &Loaded, place: &RowsPlace) -> Self {
        match place {
            RowsPlace::File { path, format, steps } => Self {
                path: path.trim_start_matches("./").to_owned(),
                format: *format,
                steps: steps.clone(),
                part: None,
            },
            RowsPlace::Expression { span, steps } => Self {
                path: loaded.sources.path(span.source).to_owned(),
                format: Format::Hcl,
                steps: steps.clone(),
                part: Some(*span),
            },
        }
    }
}

impl Edits {
    /// A part of a file, in place of which another text is to stand.
    pub fn splice(&mut self, loaded: &Loaded, span: Span, text: &str) {
        let before = || Some(loaded.sources.text(span.source).to_owned());
        let file = self.file(loaded.sources.path(span.source), before);
        file.splices.push((span.start..span.end, text.to_owned()));
    }

    /// Behind the end of a file, which is made where there is none.
    pub fn append(&mut self, loaded: &Loaded, path: &str, text: &str) -> Result<(), Failure> {
        let there = loaded.files.root().join(path).exists();
        let before = if there && !self.files.contains_key(path) { Some(read(loaded, path)?) } else { None };
        let file = self.file(path, || before);
        let now = file.text();
        let (end, at) = (if now.contains("\r\n") { "\r\n" } else { "\n" }, now.len());
        let is_ended = now.is_empty() || now.ends_with('\n') || file.splices.iter().any(|(range, _)| range.start == at);
        let text = format!("{}{}", if is_ended { "" } else { end }, text.replace('\n', end));
        file.splices.push((at..at, text));
        Ok(())
    }

    /// Edits a list.
    ///
    /// # Errors
    /// Why it cannot be edited, as the end of a sentence.
    pub fn list(
        &mut self,
        loaded: &Loaded,
        list: &List,
        edit: impl FnOnce(Rows<'_>) -> Result<String, String>,
    ) -> Result<(), String> {
        let text = match &list.part {
            Some(span) => loaded.sources.text(span.source).to_owned(),
            None => regular::read_text(&loaded.files.root().join(&list.path), LONGEST_TEXT)
                .map_err(|error| format!("it cannot be read: {error}"))?,
        };
        let part = list.part.map_or(0..text.len(), |span| span.start..span.end);
        let made = edit(Rows { text: &text[part.clone()], format: list.format, path: &list.steps })?;
        self.file(&list.path, || Some(text)).splices.push((part, made));
        Ok(())
    }

    fn file(&mut self, path: &str, before: impl FnOnce() -> Option<String>) -> &mut File {
        self.files.entry(path.to_owned()).or_insert_with(|| File { before: before(), splices: Vec::new() })
    }

    /// The configuration as it would be.
    ///
    /// # Errors
    /// All findings of it.
    pub fn tried(&self, request: &Request) -> Result<Loaded, Failure> {
        load_edited(request, &self.files.iter().map(|(path, file)| (path.clone(), file.after())).collect())
    }

    /// Writes all of it. What was written before one that failed is taken back.
    pub fn write(&self, loaded: &Loaded) -> Result<(), Failure> {
        let full = |path: &str| -> PathBuf { loaded.files.root().join(path) };
        for (path, file) in &self.files {
            let cannot = |cause: &str, help: &str| Failure::world(format!("Cannot write {path}"), cause).help(help);
            let Some(before) = &file.before else { continue };
            if fs::metadata(full(path)).is_ok_and(|found| found.permissions().readonly()) {
                return Err(cannot("it is read-only", "Nothing was changed."));
            }
            if read(loaded, path)? != *before {
                return Err(cannot("somebody has edited it meanwhile", "Nothing was changed. Run the command again."));
            }
        }
        let mut written: Vec<(&String, &File)> = Vec::new();
        for (path, file) in &self.files {
            let done = match &file.before {
                Some(_) => rewrite(&full(path), &file.after())
                    .map_err(|error| Failure::world(format!("Cannot write {path}"), error)),
                None => write_private(&full(path), &file.after()),
            };
            if let Err(failure) = done {
                for (path, file) in written {
                    // The first failure is told; what cannot be taken back stands in the next plan.
                    let _ = match &file.before {
                        Some(before) => rewrite(&full(path), before),
                        None => fs::remove_file(full(path)),
                    };
                }
                return Err(failure.help("Nothing was changed."));
            }
            written.push((path, file));
        }
        Ok(())
    }
}

fn read(loaded: &Loaded, path: &str) -> Result<String, Failure> {
    regular::read_text(&loaded.files.root().join(path), LONGEST_TEXT)
        .map_err(|error| Failure::world(format!("Cannot read {path}"), error))
}

/// Who is there in one installation and not, or otherwise, in another.
#[derive(Debug, Default)]
pub(super) struct Difference<'a> {
    pub added: Vec<&'a Declared<User>>,
    pub removed: Vec<Address>,
    pub changed: Vec<(&'a Declared<User>, &'a Declared<User>)>,
}

impl<'a> Difference<'a> {
    pub fn between(before: &'a Installation, after: &'a Installation) -> Self {
        let by_address = |installation: &'a Installation| -> BTreeMap<&'a Address, &'a Declared<User>> {
            installation.users.iter().map(|user| (&user.address, user)).collect()
        };
        let (before, after) = (by_address(before), by_address(after));
        let mut difference = Self::default();
        for (address, user) in &after {
            match before.get(address) {
                None => difference.added.push(user),
                Some(was) if was.value != user.value => difference.changed.push((was, user)),
                Some(_) => {}
            }
        }
        difference.removed =
            before.keys().filter(|address| !after.contains_key(*address)).map(|a| (*a).clone()).collect();
        difference
    }

    /// Whom else it would concern, as the end of a sentence; `None` where nobody.
    pub fn others(&self, is_meant: impl Fn(&Address) -> bool) -> Option<String> {
        let added = self.added.iter().map(|user| &user.address);
        let changed = self.changed.iter().map(|(_, user)| &user.address);
        let others = added.chain(changed).chain(&self.removed).filter(|address| !is_meant(address));
        let others: Vec<String> = others.map(Address::to_string).collect();
        let shown = others.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
        let more = if others.len() > 3 { ", and others" } else { "" };
        (!others.is_empty()).then(|| format!("the edit would concern {shown}{more} too"))
    }
}
