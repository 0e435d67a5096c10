//! Reads files that people name: regular ones, of a bounded size.
//!
//! A device has no end, a pipe may never begin, and what they claim to weigh is nothing. Knows nothing of what the files
//! hold.

use std::fs::File;
use std::fs::Metadata;
use std::io;
use std::io::Read;
use std::os::unix::fs::FileTypeExt;
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

const MEBIBYTE: u64 = 1 << 20;

/// No kubeconfig, certificate or token is longer; those of hundreds of clusters are a tenth of it.
pub const LONGEST_CREDENTIAL: u64 = 16 * MEBIBYTE;

/// More would be no configuration; reading it would only fill the memory.
pub const LONGEST_TEXT: u64 = 64 * MEBIBYTE;

/// A saved plan of tens of thousands of objects is a tenth of it.
pub const LONGEST_PLAN: u64 = 512 * MEBIBYTE;

/// Whoever writes into a pipe must have come to the end within this: a store of secrets may have to be asked first.
const PIPE: Duration = Duration::from_secs(30);

/// The bytes of a regular file of at most `longest` bytes.
///
/// # Errors
/// Those of reading, and `InvalidInput` for what is no regular file or too long. What a link leads to is named.
pub fn read(path: &Path, longest: u64) -> io::Result<Vec<u8>> {
    // Asked before it is opened: opening a pipe waits for somebody who writes.
    refuse_special(&metadata(path)?)?;
    let file = File::open(path)?;
    refuse_special(&file.metadata()?)?;
    bounded(file, longest)
}

/// As [`read`], as text.
///
/// # Errors
/// As [`read`], and `InvalidInput` for what is not UTF-8.
pub fn read_text(path: &Path, longest: u64) -> io::Result<String> {
    text(read(path, longest)?)
}

/// As [`read_text`], of a file that was named for this one reading, as `<(decrypt secrets)` of a shell: a pipe may be one,
/// as long as somebody writes into it and comes to an end.
///
/// # Errors
/// As [`read_text`], and `TimedOut` for a pipe without an end.
pub fn read_named(path: &Path, longest: u64) -> io::Result<String> {
    if !metadata(path)?.file_type().is_fifo() {
        return read_text(path, longest);
    }
    within(PIPE, path, longest)
}

/// Reads a pipe on a thread of its own: nothing else ends the opening of one that nobody writes to.
fn within(time: Duration, path: &Path, longest: u64) -> io::Result<String> {
    let (sender, receiver) = mpsc::channel();
    let path = path.to_owned();
    std::thread::spawn(move || sender.send(File::open(path).and_then(|pipe| read_stream(pipe, longest))));
    receiver.recv_timeout(time).unwrap_or_else(|_| {
        let reason = format!("it is a pipe that has not come to an end within {} s", time.as_secs());
        Err(io::Error::new(io::ErrorKind::TimedOut, reason))
    })
}

/// All that a stream gives, as text.
///
/// # Errors
/// As [`read_text`].
pub fn read_stream(stream: impl Read, longest: u64) -> io::Result<String> {
    text(bounded(stream, longest)?)
}

/// Of what a path leads to.
///
/// # Errors
/// Those of asking; where a link cannot be followed, it is named where it leads.
pub fn metadata(path: &Path) -> io::Result<Metadata> {
    std::fs::metadata(path).map_err(|error| match std::fs::read_link(path) {
        Ok(target) => io::Error::new(error.kind(), format!("it is a link to {}: {error}", target.display())),
        Err(_) => error,
    })
}

/// Why a file cannot be read, where its metadata tell.
///
/// # Errors
/// It is no regular file.
pub fn refuse_special(metadata: &Metadata) -> io::Result<()> {
    match metadata.is_file() {
        true => Ok(()),
        false if metadata.is_dir() => Err(unfit("it is a directory")),
        false => Err(unfit("it is a device or a pipe, and no regular file")),
    }
}

fn bounded(stream: impl Read, longest: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    stream.take(longest + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > longest {
        true => Err(too_long(longest)),
        false => Ok(bytes),
    }
}

fn text(bytes: Vec<u8>) -> io::Result<String> {
    String::from_utf8(bytes).map_err(|_| unfit("it is not UTF-8 text"))
}

fn too_long(longest: u64) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, format!("it is longer than {} MiB", longest / MEBIBYTE))
}

fn unfit(reason: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPECIAL: &str = "it is a device or a pipe, and no regular file";

    fn pipe(directory: &Path) -> std::path::PathBuf {
        let pipe = directory.join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        pipe
    }

    #[test]
    fn only_what_has_an_end_is_read() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("file");
        std::fs::write(&file, "text").unwrap();
        assert_eq!(read_text(&file, MEBIBYTE).unwrap(), "text");
        let pipe = pipe(directory.path());
        let long = directory.path().join("long");
        File::create(&long).unwrap().set_len(MEBIBYTE + 1).unwrap();
        std::fs::write(directory.path().join("bytes"), [0xFF, 0xFE]).unwrap();
        std::os::unix::fs::symlink("/nowhere/file", directory.path().join("link")).unwrap();
        for (path, expected) in [
            (pipe.as_path(), SPECIAL),
            (Path::new("/dev/zero"), SPECIAL),
            (directory.path(), "it is a directory"),
            (&long, "it is longer than 1 MiB"),
            (&directory.path().join("bytes"), "it is not UTF-8 text"),
            (&directory.path().join("link"), "it is a link to /nowhere/file: No such file or directory (os error 2)"),
        ] {
            assert_eq!(read_text(path, MEBIBYTE).unwrap_err().to_string(), expected, "{}", path.display());
        }
        assert_eq!(
            read_stream(File::open("/dev/zero").unwrap(), MEBIBYTE).unwrap_err().to_string(),
            "it is longer than 1 MiB"
        );
    }

    #[test]
    fn a_named_pipe_is_read_while_somebody_writes() {
        let directory = tempfile::tempdir().unwrap();
        let pipe = pipe(directory.path());
        let writing = {
            let pipe = pipe.clone();
            std::thread::spawn(move || std::fs::write(pipe, "late").unwrap())
        };
        assert_eq!(read_named(&pipe, MEBIBYTE).unwrap(), "late");
        writing.join().unwrap();
        let silent = within(Duration::from_secs(1), &pipe, MEBIBYTE).unwrap_err();
        assert_eq!(silent.to_string(), "it is a pipe that has not come to an end within 1 s");
        assert_eq!(read_named(Path::new("/dev/zero"), MEBIBYTE).unwrap_err().to_string(), SPECIAL);
    }
}
