//! The lock of a sandbox's directory: one process at a time, and the file says which. Not the lock of an installation.

use std::fs::File;
use std::fs::OpenOptions;
use std::fs::TryLockError;
use std::io::Read;
use std::io::Seek;
use std::io::Write;
use std::path::Path;

use crate::provider::private;
use crate::sandbox::SandboxError;

/// Held as long as it lives; the operating system lets go of it even after `kill -9`.
#[derive(Debug)]
pub struct DirectoryLock {
    _file: File,
    holder: String,
}

impl DirectoryLock {
    /// Takes the lock of `directory`, or says who has it.
    pub fn take(directory: &Path) -> Result<Self, SandboxError> {
        let path = directory.join("lock");
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = private::open(&mut options, &path).map_err(SandboxError::file("open", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                file.read_to_string(&mut holder).map_err(SandboxError::file("read", &path))?;
                let holder = if holder.trim().is_empty() { "another process" } else { holder.trim() };
                return Err(SandboxError::Locked { path: directory.to_owned(), holder: holder.to_owned() });
            }
            Err(TryLockError::Error(source)) => return Err(SandboxError::file("lock", &path)(source)),
        }
        let holder = format!("{} since {:.0}", own(), jiff::Timestamp::now());
        file.set_len(0).map_err(SandboxError::file("write", &path))?;
        file.rewind().map_err(SandboxError::file("write", &path))?;
        file.write_all(holder.as_bytes()).map_err(SandboxError::file("write", &path))?;
        Ok(Self { _file: file, holder })
    }

    /// What the file says of this process.
    pub fn holder(&self) -> &str {
        &self.holder
    }
}

/// How this process is named in a lock.
pub fn own() -> String {
    format!("process {}", std::process::id())
}
