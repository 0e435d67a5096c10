//! What can go wrong with the sandbox's own files and sockets. What a request may be answered is `http::Failure`.

use std::io;
use std::path::PathBuf;

use super::storage::own;

/// What to do where there is no room.
pub const MAKE_ROOM: &str = "make room on that disk and run again: nothing that was acknowledged is lost";

/// An error of the sandbox's world: its directory, its lock, its listener.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    #[error("could not {what} {path}")]
    File { what: &'static str, path: PathBuf, source: io::Error },
    #[error("the sandbox in {path} is in use by {holder}")]
    Locked { path: PathBuf, holder: String },
    /// The file was changed by something else than a sandbox, or by a newer one.
    #[error(
        "{path} is damaged: line {line} is not what the sandbox wrote there ({reason}); `stackwright sandbox reset` \
         deletes the sandbox with all that is in it"
    )]
    Journal { path: PathBuf, line: usize, reason: String },
    #[error("could not listen on {address}")]
    Listen { address: String, source: io::Error },
    #[error("could not make certificates")]
    Certificates { source: rcgen::Error },
    #[error("could not set up TLS")]
    Tls { source: rustls::Error },
}

impl SandboxError {
    /// There is no room on the disk.
    pub fn is_full(&self) -> bool {
        matches!(self, Self::File { source, .. } if is_full(source))
    }

    /// This very process has the sandbox open: what it has ended may take a moment to let go.
    pub fn is_held_here(&self) -> bool {
        let held = |holder: &str| holder.strip_prefix(&own()).is_some_and(|rest| rest.starts_with(' '));
        matches!(self, Self::Locked { holder, .. } if held(holder))
    }

    /// Wraps an I/O error of a file with what was attempted ("read", "write", ...).
    pub fn file(what: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { what, path, source }
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}
