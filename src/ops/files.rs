//! The configuration directory on disk: its files, and what its expressions read.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use super::Failure;
use super::testing::ENDING as TEST_ENDING;
use crate::lang::Reader;
use crate::provider::regular;
use crate::provider::regular::LONGEST_TEXT;
use crate::state::Content;
use crate::state::KeptConfiguration;

/// So many files and folders are no configuration: somebody named a directory too high up.
const MOST_FILES: usize = 50_000;
/// Nor is this a component or a catalog.
const MOST_OF_TREE: usize = 5_000;

/// Variables files of a directory that are read first.
const OWN_VARIABLES: [&str; 2] = ["stackwright.hclvars", "stackwright.hclvars.json"];

/// Variables files that are read by themselves after those.
fn is_automatic(name: &str) -> bool {
    name.ends_with(".auto.hclvars") || name.ends_with(".auto.hclvars.json")
}

/// Reads below one directory; paths are shown relative to it. What expressions have read once stays as it was: an output
/// that is evaluated again after an apply must not see what somebody has written meanwhile.
#[derive(Clone, Debug)]
pub struct Files {
    root: PathBuf,
    seen: Arc<Mutex<Seen>>,
    /// What files would hold, by path: read in place of what they do.
    edited: Arc<BTreeMap<String, String>>,
    /// A configuration that is kept elsewhere: read in place of the directory's, and nothing but it.
    kept: Option<Arc<KeptConfiguration>>,
}

/// Answers given, by path.
#[derive(Debug, Default)]
struct Seen {
    contents: BTreeMap<String, Result<Vec<u8>, String>>,
    existing: BTreeMap<String, Result<bool, String>>,
    listed: BTreeMap<String, Result<Vec<String>, String>>,
    /// Files of modules and components, in the plain form of their paths.
    texts: BTreeMap<String, String>,
}

impl Files {
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), seen: Arc::default(), edited: Arc::default(), kept: None }
    }

    /// As if files held other texts, and some that are not there yet were. Nothing is written.
    pub fn edited(root: impl Into<PathBuf>, edits: &BTreeMap<String, String>) -> Self {
        let edited = edits.iter().map(|(path, text)| (plain(path), text.clone())).collect();
        Self { edited: Arc::new(edited), ..Self::new(root) }
    }

    /// A configuration that is kept elsewhere. Only variables files are still read from the directory.
    pub fn kept(root: impl Into<PathBuf>, configuration: Arc<KeptConfiguration>) -> Self {
        Self { kept: Some(configuration), ..Self::new(root) }
    }

    /// Every file that was read so far, but for variables files, and what expressions asked of directories.
    pub fn read_so_far(&self) -> KeptConfiguration {
        if let Some(kept) = &self.kept {
            return (**kept).clone();
        }
        let seen = self.seen();
        let texts = seen.texts.iter().map(|(path, text)| (path.clone(), Content::Text(text.clone())));
        let contents = seen.contents.iter().filter_map(|(path, read)| Some((plain(path), read.as_ref().ok()?)));
        KeptConfiguration {
            files: contents.map(|(path, bytes)| (path, Content::of(bytes))).chain(texts).collect(),
            existing: seen.existing.iter().filter_map(|(path, is)| Some((plain(path), *is.as_ref().ok()?))).collect(),
            listed: seen.listed.iter().filter_map(|(path, l)| Some((plain(path), l.as_ref().ok()?.clone()))).collect(),
            ..KeptConfiguration::default()
        }
    }

    /// The text of a file of the configuration.
    fn text(&self, path: &str) -> std::io::Result<String> {
        match self.edited.get(&plain(path)) {
            Some(text) => Ok(text.clone()),
            None => regular::read_text(&self.root.join(path), LONGEST_TEXT),
        }
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Name and text of the `*.hcl` files of the directory, sorted by name.
    ///
    /// # Errors
    /// The directory or a file cannot be read, or holds no HCL at all.
    pub fn configuration(&self) -> Result<Vec<(String, String)>, Failure> {
        let shown = self.root.display();
        let files = self.module(".").map_err(|reason| {
            let failure = Failure::world(format!("Cannot read the configuration in {shown}"), reason);
            match fs::read_dir(&self.root) {
                Ok(_) => failure,
                Err(_) => failure.help("Name the directory with --chdir DIR."),
            }
        })?;
        if files.is_empty() {
            let elsewhere = "Change to the directory of your configuration or name it with --chdir DIR.";
            let help = format!("{elsewhere}\nTo write a first one: stackwright init");
            let cause = "the directory holds no file that ends in .hcl";
            return Err(Failure::world(format!("No configuration in {shown}"), cause).help(help));
        }
        Ok(files)
    }

    /// Name and text of the variables files that are read by themselves, in order of precedence: `stackwright.hclvars`,
    /// `stackwright.hclvars.json`, then `*.auto.hclvars` and `*.auto.hclvars.json` by name.
    pub fn variables(&self) -> Result<Vec<(String, String)>, Failure> {
        let mut names = Vec::new();
        // A directory that is still to be made.
        if fs::metadata(&self.root).is_err_and(|error| error.kind() == ErrorKind::NotFound) {
            return Ok(Vec::new());
        }
        // What is there and cannot be read is no reason to take defaults.
        let is_there = |name: &&str| {
            !fs::symlink_metadata(self.root.join(name)).is_err_and(|error| error.kind() == ErrorKind::NotFound)
        };
        names.extend(OWN_VARIABLES.iter().filter(|name| is_there(name)).map(|name| (*name).to_owned()));
        names.extend(
            self.names(".")
                .map_err(|e| Failure::world("Cannot list variables files", e))?
                .into_iter()
                .filter(|n| is_automatic(n)),
        );
        let new = self.edited.keys().filter(|name| is_automatic(name) && !name.contains('/'));
        names.extend(new.filter(|name| !self.root.join(name).exists()).cloned());
        names.sort_by_key(|name| (!OWN_VARIABLES.contains(&name.as_str()), name.clone()));
        let read = |name: String| match self.text(&name) {
            Ok(text) => Ok((name, text)),
            Err(error) => Err(unreadable_variables(Path::new(&name), error)),
        };
        names.into_iter().map(read).collect()
    }

    /// The text of a variables file the user named.
    pub fn variables_file(&self, path: &Path) -> Result<String, Failure> {
        regular::read_named(&self.root.join(path), LONGEST_TEXT).map_err(|error| unreadable_variables(path, error))
    }

    /// All files below a directory by relative path with forward slashes: for `--catalog` and users' own components.
    pub fn tree(&self, directory: &str) -> Result<Vec<(String, String)>, String> {
        if let Some(kept) = &self.kept {
            return below(kept, directory, |_| true);
        }
        let mut files = Vec::new();
        let mut left = LONGEST_TEXT;
        for Found { path, kind } in self.list_now(directory, MOST_OF_TREE)? {
            // Editors lock files with links that lead nowhere.
            if kind != FoundKind::File && is_hidden(path.rsplit('/').next().unwrap_or_default()) {
                continue;
            }
            let text = regular::read_text(&self.root.join(directory).join(&path), LONGEST_TEXT);
            let text = text.map_err(|error| format!("{path}: {error}"))?;
            let more = left.checked_sub(text.len() as u64);
            left = more.ok_or_else(|| format!("all files together are longer than {} MiB", LONGEST_TEXT >> 20))?;
            files.push((path, text));
        }
        self.note(files.iter().map(|(path, text)| (format!("{directory}/{path}"), text)));
        Ok(files)
    }

    /// Remembers what was read.
    fn note<'a>(&self, files: impl Iterator<Item = (String, &'a String)>) {
        self.seen().texts.extend(files.map(|(path, text)| (plain(&path), text.clone())));
    }

    /// Names of all that is no directory: what cannot be reached, or is no file, is for its reader to tell.
    fn names(&self, directory: &str) -> Result<Vec<String>, String> {
        let mut names = Vec::new();
        for entry in fs::read_dir(self.root.join(directory)).map_err(|error| error.to_string())? {
            let entry = entry.map_err(|error| error.to_string())?;
            if !entry.path().is_dir() {
                names.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
        names.retain(|name| !is_hidden(name));
        names.sort();
        Ok(names)
    }
}

/// A path without the parts that lead nowhere else.
fn plain(path: &str) -> String {
    let parts: Vec<&str> = path.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    let root = if path.starts_with('/') { "/" } else { "" };
    format!("{root}{}", parts.join("/"))
}

/// Path and text of what is kept of a directory and those in it, by path in it, of the paths that are meant.
fn below(
    kept: &KeptConfiguration,
    directory: &str,
    is_meant: impl Fn(&str) -> bool,
) -> Result<Vec<(String, String)>, String> {
    let directory = match plain(directory) {
        root if root.is_empty() => root,
        directory => format!("{directory}/"),
    };
    let files = kept.files.iter().filter_map(|(path, content)| Some((path.strip_prefix(&directory)?, content)));
    let texts = files.filter(|(path, _)| is_meant(path)).map(|(path, content)| match content {
        Content::Text(text) => Ok((path.to_owned(), text.clone())),
        Content::Bytes { .. } => Err(format!("{path}: it is no text")),
    });
    texts.collect()
}

/// What the configuration that is kept does not know of.
const NOT_KEPT: &str = "it is no part of what was kept of this configuration";

/// Files of tests are none of the configuration.
fn is_configuration(name: &str) -> bool {
    name.ends_with(".hcl") && !name.ends_with(TEST_ENDING)
}

/// As Terraform: hidden files and editors' backups are not meant.
fn is_hidden(name: &str) -> bool {
    name.starts_with('.') || name.starts_with('#')
}

fn unreadable_variables(path: &Path, error: std::io::Error) -> Failure {
    Failure::world(format!("Cannot read the variables file {}", path.display()), error)
}

/// Something below a directory that is no directory.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Found {
    /// With forward slashes.
    path: String,
    kind: FoundKind,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum FoundKind {
    File,
    /// A device or a pipe.
    Special,
    /// A link that leads nowhere, or to where nobody lets us look.
    Unreachable,
}

impl Files {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read_now(&self, path: &str) -> Result<Vec<u8>, String> {
        if let Some(kept) = &self.kept {
            return kept.files.get(&plain(path)).and_then(Content::bytes).ok_or_else(|| NOT_KEPT.to_owned());
        }
        if let Some(text) = self.edited.get(&plain(path)) {
            return Ok(text.clone().into_bytes());
        }
        regular::read(&self.root.join(path), LONGEST_TEXT).map_err(|error| error.to_string())
    }

    fn exists_now(&self, path: &str) -> Result<bool, String> {
        if let Some(kept) = &self.kept {
            let is_known = || kept.existing.get(&plain(path)).copied();
            return Ok(kept.files.contains_key(&plain(path)) || is_known().unwrap_or(false));
        }
        match fs::metadata(self.root.join(path)) {
            Ok(found) => regular::refuse_special(&found).map(|()| true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
        .map_err(|error| error.to_string())
    }

    fn list_now(&self, directory: &str, most: usize) -> Result<Vec<Found>, String> {
        let root = self.root.join(directory);
        let mut found = Vec::new();
        let mut folders = vec![root.clone()];
        let mut left = most;
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))? {
                let entry = entry.map_err(|error| error.to_string())?;
                left = left.checked_sub(1).ok_or_else(|| format!("it holds more than {most} files and folders"))?;
                let kind = entry.file_type().map_err(|error| error.to_string())?;
                let path = entry.path();
                // A link to a folder could lead around in a circle.
                if kind.is_dir() {
                    folders.push(path);
                    continue;
                }
                let kind = match kind.is_symlink().then(|| fs::metadata(&path)) {
                    None if kind.is_file() => FoundKind::File,
                    None => FoundKind::Special,
                    Some(Ok(to)) if to.is_dir() => continue,
                    Some(Ok(to)) if to.is_file() => FoundKind::File,
                    Some(Ok(_)) => FoundKind::Special,
                    Some(Err(_)) => FoundKind::Unreachable,
                };
                if let Ok(relative) = path.strip_prefix(&root) {
                    found.push(Found { path: relative.to_string_lossy().replace('\\', "/"), kind });
                }
            }
        }
        found.sort();
        Ok(found)
    }
}

impl Reader for Files {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        self.seen().contents.entry(path.to_owned()).or_insert_with(|| self.read_now(path)).clone()
    }

    fn exists(&self, path: &str) -> Result<bool, String> {
        self.seen().existing.entry(path.to_owned()).or_insert_with(|| self.exists_now(path)).clone()
    }

    fn list(&self, directory: &str) -> Result<Vec<String>, String> {
        let list = || {
            if let Some(kept) = &self.kept {
                return kept.listed.get(&plain(directory)).cloned().ok_or_else(|| NOT_KEPT.to_owned());
            }
            let found =
                self.list_now(directory, MOST_FILES)?.into_iter().filter(|found| found.kind != FoundKind::Special);
            Ok(found.map(|found| found.path).collect())
        };
        self.seen().listed.entry(directory.to_owned()).or_insert_with(list).clone()
    }

    fn module(&self, directory: &str) -> Result<Vec<(String, String)>, String> {
        let named = |name: String| match directory {
            "." => name,
            _ => format!("{}/{name}", directory.trim_start_matches("./")),
        };
        if let Some(kept) = &self.kept {
            let files = below(kept, directory, |name| is_configuration(name) && !name.contains('/'))?.into_iter();
            let files: Vec<_> = files.map(|(name, text)| (named(name), text)).collect();
            return if files.is_empty() { Err(NOT_KEPT.to_owned()) } else { Ok(files) };
        }
        let (mut files, mut unreadable) = (Vec::new(), Vec::new());
        for name in self.names(directory)?.into_iter().filter(|name| is_configuration(name)) {
            let path = named(name);
            match self.text(&path) {
                Ok(text) => files.push((path, text)),
                Err(error) => unreadable.push(format!("{path}: {error}")),
            }
        }
        self.note(files.iter().map(|(path, text)| (path.clone(), text)));
        if unreadable.is_empty() { Ok(files) } else { Err(unreadable.join("; ")) }
    }
}
