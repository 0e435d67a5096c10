//! What was asked of a program, written ahead beside the configuration: the specification of each cluster, the file the
//! program reads, what it says, and whether it is at work.
//!
//! A program may outlive the run that started it. It holds a lock through its standard input, so that the next run sees
//! whether it still works, whoever started it.

use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

use serde::Deserialize;
use serde::Serialize;
use serde_json::Map;
use serde_json::Value;

use crate::provider::private;
use crate::provider::regular;

/// Below the directory of a configuration: a directory for each program.
const DIRECTORY: &str = ".stackwright/clusters";
/// What a program says of one cluster is no longer.
const LONGEST: u64 = regular::LONGEST_TEXT;

/// A cluster as it was asked for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record {
    pub installation: String,
    pub spec: Map<String, Value>,
    /// The program has ended well.
    pub is_made: bool,
}

/// The records of a program.
#[derive(Clone, Debug)]
pub struct Records(PathBuf);

impl Records {
    pub fn below(root: &Path, program: &str) -> Self {
        Self(root.join(DIRECTORY).join(program))
    }

    /// The file of a cluster. A name is a program's, and no path.
    pub fn path(&self, name: &str, ending: &str) -> PathBuf {
        let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '_' };
        self.0.join(format!("{}.{ending}", name.chars().map(plain).take(100).collect::<String>()))
    }

    pub fn read(&self, name: &str) -> Option<Record> {
        serde_json::from_str(&regular::read_text(&self.path(name, "json"), LONGEST).ok()?).ok()
    }

    /// # Errors
    /// The disk does not take it.
    pub fn write(&self, name: &str, record: &Record) -> io::Result<()> {
        let next = self.path(name, "next");
        self.put(&next, &serde_json::to_vec(record)?)?;
        std::fs::rename(next, self.path(name, "json"))
    }

    /// # Errors
    /// The disk does not take it.
    pub fn write_configuration(&self, name: &str, configuration: &Value) -> io::Result<PathBuf> {
        let path = self.path(name, "yaml");
        self.put(&path, configuration.to_string().as_bytes())?;
        Ok(path)
    }

    /// The lock of a cluster, held; `None` where a program works on it.
    ///
    /// # Errors
    /// The disk does not take it.
    pub fn lock(&self, name: &str) -> io::Result<Option<File>> {
        private::directory(&self.0)?;
        let mut options = OpenOptions::new();
        let file =
            private::open(options.read(true).write(true).create(true).truncate(false), &self.path(name, "lock"))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(std::fs::TryLockError::WouldBlock) => Ok(None),
            Err(std::fs::TryLockError::Error(error)) => Err(error),
        }
    }

    /// Whether a program works on a cluster.
    pub fn is_at_work(&self, name: &str) -> bool {
        self.path(name, "lock").exists() && matches!(self.lock(name), Ok(None))
    }

    /// The last lines of what a program said of a cluster.
    pub fn last_lines(&self, name: &str, count: usize) -> String {
        let text = regular::read(&self.path(name, "log"), LONGEST).unwrap_or_default();
        last_lines(&String::from_utf8_lossy(&text), count)
    }

    /// An empty file for what a program says.
    ///
    /// # Errors
    /// The disk does not take it.
    pub fn log(&self, name: &str) -> io::Result<File> {
        private::open(OpenOptions::new().write(true).create(true).truncate(true), &self.path(name, "log"))
    }

    /// Forgets a cluster that is gone.
    pub fn forget(&self, name: &str) {
        for ending in ["json", "yaml", "log", "kubeconfig", "lock"] {
            let _may_never_have_been_there = std::fs::remove_file(self.path(name, ending));
        }
    }

    fn put(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        private::directory(&self.0)?;
        let mut file = private::open(OpenOptions::new().write(true).create(true).truncate(true), path)?;
        file.write_all(bytes)?;
        file.sync_all()
    }
}

/// The last lines of a text that say something.
pub fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_tells_whether_somebody_works() {
        let root = tempfile::tempdir().unwrap();
        let records = Records::below(root.path(), "kind");
        assert!(!records.is_at_work("ml"));
        let held = records.lock("ml").unwrap();
        assert!(held.is_some() && records.is_at_work("ml"));
        let child = std::process::Command::new("sleep").arg("5").stdin(held.unwrap()).spawn();
        let mut child = child.unwrap();
        assert!(records.is_at_work("ml"), "a program that was started keeps it");
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!records.is_at_work("ml"));
    }

    #[test]
    fn what_was_asked_for_is_kept_and_forgotten() {
        let root = tempfile::tempdir().unwrap();
        let records = Records::below(root.path(), "kind");
        let record = Record { installation: "prod".into(), spec: Map::new(), is_made: false };
        records.write("../ml", &record).unwrap();
        assert_eq!(records.read("../ml").unwrap().installation, "prod");
        assert!(records.path("../ml", "json").ends_with(".stackwright/clusters/kind/___ml.json"));
        records.forget("../ml");
        assert!(records.read("../ml").is_none());
        assert_eq!(last_lines("a\n\nb\n  c \n", 2), "b\nc");
    }
}
