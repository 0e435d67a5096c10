//! The configuration directory on disk: its files, and what its expressions read.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use super::Failure;
use crate::lang::Reader;

/// More would be no configuration; reading it would only fill the memory.
const LARGEST_FILE: u64 = 64 << 20;

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
            Failure::world(format!("Cannot read the configuration in {shown}"), reason)
                .help("Name the directory with --chdir DIR.")
        })?;
        if files.is_empty() {
            let elsewhere = "Change to the directory of your configuration or name it with --chdir DIR.";
            let help = format!("{elsewhere}\nTo try it out, copy examples/quickstart.");
            return Err(Failure::World {
                summary: format!("No configuration in {shown}"),
                causes: vec!["the directory holds no file that ends in .hcl".into()],
                help: Some(help),
            });
        }
        Ok(files)
    }

    /// Name and text of the variables files that are read by themselves, in order of precedence: `stackwright.hclvars`,
    /// then `*.auto.hclvars` by name.
    pub fn variables(&self) -> Result<Vec<(String, String)>, Failure> {
        let mut names = Vec::new();
        if self.root.join("stackwright.hclvars").is_file() {
            names.push("stackwright.hclvars".to_owned());
        }
        names.extend(
            self.names(".")
                .map_err(|e| Failure::world("Cannot list variables files", e))?
                .into_iter()
                .filter(|n| n.ends_with(".auto.hclvars")),
        );
        names.into_iter().map(|name| Ok((name.clone(), self.variables_file(Path::new(&name))?))).collect()
    }

    /// The text of a variables file the user named.
    pub fn variables_file(&self, path: &Path) -> Result<String, Failure> {
        let bytes = self.read_now(&path.to_string_lossy());
        let text =
            bytes.and_then(|bytes| String::from_utf8(bytes).map_err(|_| "the file is not UTF-8 text".to_owned()));
        text.map_err(|reason| Failure::world(format!("Cannot read the variables file {}", path.display()), reason))
    }

    /// All files below a directory by relative path with forward slashes: for `--catalog` and users' own components.
    pub fn tree(&self, directory: &str) -> Result<Vec<(String, String)>, String> {
        let mut files = Vec::new();
        for name in self.list_now(directory)? {
            let text = String::from_utf8(self.read_now(&format!("{directory}/{name}"))?)
                .map_err(|_| format!("{name} is not UTF-8 text"))?;
            files.push((name, text));
        }
        Ok(files)
    }

    fn names(&self, directory: &str) -> Result<Vec<String>, String> {
        let mut names = Vec::new();
        for entry in fs::read_dir(self.root.join(directory)).map_err(|error| error.to_string())? {
            let entry = entry.map_err(|error| error.to_string())?;
            if entry.path().is_file() {
                names.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
        names.sort();
        Ok(names)
    }
}

impl Files {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read_now(&self, path: &str) -> Result<Vec<u8>, String> {
        let full = self.root.join(path);
        let size = fs::metadata(&full).map_err(|error| error.to_string())?;
        if size.is_dir() {
            return Err("it is a directory".into());
        }
        if size.len() > LARGEST_FILE {
            return Err(format!("it has {} bytes; at most {LARGEST_FILE} are read", size.len()));
        }
        fs::read(&full).map_err(|error| error.to_string())
    }

    fn exists_now(&self, path: &str) -> Result<bool, String> {
        let full = self.root.join(path);
        if full.is_dir() {
            return Err("it is a directory".into());
        }
        full.try_exists().map_err(|error| error.to_string())
    }

    fn list_now(&self, directory: &str) -> Result<Vec<String>, String> {
        let root = self.root.join(directory);
        let mut found = Vec::new();
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))? {
                let entry = entry.map_err(|error| error.to_string())?;
                let kind = entry.file_type().map_err(|error| error.to_string())?;
                let path = entry.path();
                // A link to a folder could lead around in a circle.
                if kind.is_dir() {
                    folders.push(path);
                } else if path.is_file()
                    && let Ok(relative) = path.strip_prefix(&root)
                {
                    found.push(relative.to_string_lossy().replace('\\', "/"));
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
        self.seen().listed.entry(directory.to_owned()).or_insert_with(|| self.list_now(directory)).clone()
    }

    fn module(&self, directory: &str) -> Result<Vec<(String, String)>, String> {
        let mut files = Vec::new();
        for name in self.names(directory)? {
            // As Terraform: hidden files and editors' backups are not meant.
            if !name.ends_with(".hcl") || name.starts_with('.') || name.starts_with('#') {
                continue;
            }
            let path = if directory == "." { name } else { format!("{}/{name}", directory.trim_start_matches("./")) };
            let text = String::from_utf8(self.read_now(&path).map_err(|reason| format!("{path}: {reason}"))?)
                .map_err(|_| format!("{path}: the file is not UTF-8 text"))?;
            files.push((path, text));
        }
        Ok(files)
    }
}

/// Writes a file only its owner may read, whole or not at all.
pub fn write_private(path: &Path, text: &str) -> Result<(), Failure> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let new = path.with_extension("new");
    let write = || -> std::io::Result<()> {
        let mut options = std::fs::OpenOptions::new();
        let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&new)?;
        file.write_all(text.as_bytes())?;
        std::fs::rename(&new, path)
    };
    write().map_err(|error| Failure::world(format!("Cannot write {}", path.display()), error))
}
