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
use crate::lang::Reader;
use crate::provider::regular;
use crate::provider::regular::LONGEST_TEXT;

/// So many files and folders are no configuration: somebody named a directory too high up.
const MOST_FILES: usize = 50_000;
/// Nor is this a component or a catalog.
const MOST_OF_TREE: usize = 5_000;

/// Reads below one directory; paths are shown relative to it. What expressions have read once stays as it was: an output
/// that is evaluated again after an apply must not see what somebody has written meanwhile.
#[derive(Clone, Debug)]
pub struct Files {
    root: PathBuf,
    seen: Arc<Mutex<Seen>>,
}

/// Answers given, by path.
#[derive(Debug, Default)]
struct Seen {
    contents: BTreeMap<String, Result<Vec<u8>, String>>,
    existing: BTreeMap<String, Result<bool, String>>,
    listed: BTreeMap<String, Result<Vec<String>, String>>,
}

impl Files {
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), seen: Arc::default() }
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
            let help = format!("{elsewhere}\nTo try it out, copy examples/quickstart.");
            let cause = "the directory holds no file that ends in .hcl";
            return Err(Failure::world(format!("No configuration in {shown}"), cause).help(help));
        }
        Ok(files)
    }

    /// Name and text of the variables files that are read by themselves, in order of precedence: `stackwright.hclvars`,
    /// then `*.auto.hclvars` by name.
    pub fn variables(&self) -> Result<Vec<(String, String)>, Failure> {
        let mut names = Vec::new();
        let own = "stackwright.hclvars";
        // What is there and cannot be read is no reason to take defaults.
        if !fs::symlink_metadata(self.root.join(own)).is_err_and(|error| error.kind() == ErrorKind::NotFound) {
            names.push(own.to_owned());
        }
        names.extend(
            self.names(".")
                .map_err(|e| Failure::world("Cannot list variables files", e))?
                .into_iter()
                .filter(|n| n.ends_with(".auto.hclvars")),
        );
        let read = |name: String| match regular::read_text(&self.root.join(&name), LONGEST_TEXT) {
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
        Ok(files)
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
        regular::read(&self.root.join(path), LONGEST_TEXT).map_err(|error| error.to_string())
    }

    fn exists_now(&self, path: &str) -> Result<bool, String> {
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
            let found =
                self.list_now(directory, MOST_FILES)?.into_iter().filter(|found| found.kind != FoundKind::Special);
            Ok(found.map(|found| found.path).collect())
        };
        self.seen().listed.entry(directory.to_owned()).or_insert_with(list).clone()
    }

    fn module(&self, directory: &str) -> Result<Vec<(String, String)>, String> {
        let (mut files, mut unreadable) = (Vec::new(), Vec::new());
        for name in self.names(directory)?.into_iter().filter(|name| name.ends_with(".hcl")) {
            let path = if directory == "." { name } else { format!("{}/{name}", directory.trim_start_matches("./")) };
            match regular::read_text(&self.root.join(&path), LONGEST_TEXT) {
                Ok(text) => files.push((path, text)),
                Err(error) => unreadable.push(format!("{path}: {error}")),
            }
        }
        if unreadable.is_empty() { Ok(files) } else { Err(unreadable.join("; ")) }
    }
}
