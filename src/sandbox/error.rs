//! What can go wrong with the sandbox's own files and sockets. What a request may be answered is `http::Failure`.

use std::io;
use std::path::PathBuf;

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
    /// Wraps an I/O error of a file with what was attempted ("read", "write", ...).
    pub fn file(what: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { what, path, source }
    }
}
