//! Writes files that people name: whole or not at all, for their owner's eyes, and never through what somebody else has
//! put in the way.

use std::fs;
use std::fs::OpenOptions;
use std::fs::Permissions;
use std::io;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;

use super::Failure;
use super::Request;
use super::session;
use crate::object::normalize::hexadecimal;

/// Who may read and write what is written for one person only.
const PRIVATE: u32 = 0o600;

/// Where a system keeps the streams of a process.
const STREAMS: [&str; 4] = ["/dev/fd", "/dev/stderr", "/dev/stdout", "/proc"];

/// Writes a file only its owner may read, whole or not at all. A link in its place is replaced, not followed; into a device
/// or a pipe the text is written as it is.
///
/// # Errors
/// The file cannot be written. What was there before is unchanged then.
pub fn write_private(path: &Path, text: &str) -> Result<(), Failure> {
    write_private_bytes(path, text.as_bytes())
}

/// Writes a page among what is local to a configuration; where it is.
///
/// # Errors
/// As [`write_private`].
pub fn private_page(name: &str, request: &Request, text: &str) -> Result<PathBuf, Failure> {
    let path = session::local_directory(&request.directory)?.join(name);
    write_private(&path, text)?;
    Ok(fs::canonicalize(&path).unwrap_or(path))
}

/// As [`write_private`], what is no text.
pub fn write_private_bytes(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let written = match is_stream(path) {
        true => OpenOptions::new().write(true).open(path).and_then(|mut stream| stream.write_all(bytes)),
        false => replace(path, bytes, PRIVATE),
    };
    written.map_err(|error| Failure::world(format!("Cannot write {}", path.display()), error))
}

/// Writes a file anew with the permissions it has, whole or not at all.
pub fn rewrite(path: &Path, text: &str) -> io::Result<()> {
    // Where a link leads to, as an editor does: the file is the user's own, and was read just now.
    let path = fs::canonicalize(path)?;
    let mode = fs::metadata(&path)?.permissions().mode();
    replace(&path, text.as_bytes(), mode & 0o7777)
}

/// Whether what is written there goes on to somebody, so that nothing can be put in its place: `/dev/stdout` may well lead
/// to a file.
fn is_stream(path: &Path) -> bool {
    let leads_to_file = fs::metadata(path).is_ok_and(|found| found.is_file() || found.is_dir());
    let is_there = fs::metadata(path).is_ok();
    is_there && (!leads_to_file || STREAMS.iter().any(|stream| path.starts_with(stream)))
}

/// Writes beside the file, under a name nobody can foresee, and renames.
fn replace(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let new = beside(path)?;
    let write = || -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(PRIVATE).open(&new)?;
        file.write_all(bytes)?;
        file.set_permissions(Permissions::from_mode(mode))?;
        fs::rename(&new, path)
    };
    write().inspect_err(|error| {
        if error.kind() != io::ErrorKind::AlreadyExists {
            let _ = fs::remove_file(&new);
        }
    })
}

fn beside(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "it names no file"))?;
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    let hidden = format!(".{}.{}", name.to_string_lossy(), hexadecimal(&random));
    Ok(path.with_file_name(hidden))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn nothing_in_the_way_is_written_to() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        // Names that were guessed, open to all or leading elsewhere.
        fs::write(path("plan.new"), "mine").unwrap();
        fs::write(path("target"), "theirs").unwrap();
        symlink(path("target"), path("plan.next")).unwrap();
        write_private(&path("plan"), "text").unwrap();
        assert_eq!((fs::read_to_string(path("plan")).unwrap().as_str(), mode(&path("plan"))), ("text", 0o600));
        assert_eq!(fs::read_to_string(path("plan.new")).unwrap(), "mine");
        assert_eq!(fs::read_to_string(path("target")).unwrap(), "theirs");
        // What was open to all is not any more, and a link is not followed.
        fs::set_permissions(path("plan"), Permissions::from_mode(0o666)).unwrap();
        write_private(&path("plan"), "again").unwrap();
        assert_eq!(mode(&path("plan")), 0o600);
        symlink(path("target"), path("link")).unwrap();
        symlink("/nowhere/plan", path("dangling")).unwrap();
        for link in ["link", "dangling"] {
            write_private(&path(link), "text").unwrap();
            assert!(fs::symlink_metadata(path(link)).unwrap().is_file(), "{link}");
        }
        assert_eq!(fs::read_to_string(path("target")).unwrap(), "theirs");
        let left = fs::read_dir(directory.path()).unwrap().count();
        assert_eq!(left, 6, "nothing is left behind");
        assert!(write_private(&path("no/plan"), "text").is_err());
    }

    #[test]
    fn devices_and_pipes_are_written_into() {
        use std::os::unix::fs::FileTypeExt;
        let directory = tempfile::tempdir().unwrap();
        let pipe = directory.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let reading = {
            let pipe = pipe.clone();
            std::thread::spawn(move || fs::read_to_string(pipe).unwrap())
        };
        write_private(&pipe, "text").unwrap();
        assert_eq!(reading.join().unwrap(), "text");
        assert!(fs::symlink_metadata(&pipe).unwrap().file_type().is_fifo());
        let null = directory.path().join("null");
        symlink("/dev/null", &null).unwrap();
        write_private(&null, "text").unwrap();
        assert!(fs::symlink_metadata(&null).unwrap().is_symlink());
    }

    #[test]
    fn what_is_rewritten_keeps_its_permissions() {
        let directory = tempfile::tempdir().unwrap();
        let (file, link) = (directory.path().join("file"), directory.path().join("link"));
        fs::write(&file, "before").unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o640)).unwrap();
        symlink("file", &link).unwrap();
        rewrite(&link, "after").unwrap();
        assert_eq!((fs::read_to_string(&file).unwrap().as_str(), mode(&file)), ("after", 0o640));
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }
}
