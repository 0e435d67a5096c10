//! Reads the files that say how to reach a cluster: regular ones, of a bounded size.
//!
//! A device has no end, a pipe may never begin, and what they claim to weigh is nothing.

use std::fs::File;
use std::io;
use std::io::Read;
use std::path::Path;

/// No kubeconfig, certificate or token is longer; those of hundreds of clusters are a tenth of it.
const LONGEST: u64 = 16 << 20;

/// The bytes of a regular file.
///
/// # Errors
/// Those of reading, and `InvalidInput` for what is no regular file or too long.
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    // Asked before it is opened: opening a pipe waits for somebody who writes.
    refuse_special(&std::fs::metadata(path)?)?;
    let file = File::open(path)?;
    refuse_special(&file.metadata()?)?;
    let mut bytes = Vec::new();
    file.take(LONGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LONGEST {
        return Err(unfit("it is longer than 16 MiB"));
    }
    Ok(bytes)
}

/// As [`read`], as text.
pub(super) fn read_text(path: &Path) -> io::Result<String> {
    String::from_utf8(read(path)?).map_err(|_| unfit("it is not UTF-8 text"))
}

fn refuse_special(metadata: &std::fs::Metadata) -> io::Result<()> {
    match metadata.is_file() {
        true => Ok(()),
        false if metadata.is_dir() => Err(unfit("it is a directory")),
        false => Err(unfit("it is a device or a pipe, and no regular file")),
    }
}

fn unfit(reason: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_has_an_end_is_read() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("file");
        std::fs::write(&file, "text").unwrap();
        assert_eq!(read_text(&file).unwrap(), "text");
        let pipe = directory.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let long = directory.path().join("long");
        File::create(&long).unwrap().set_len(LONGEST + 1).unwrap();
        std::fs::write(directory.path().join("bytes"), [0xFF, 0xFE]).unwrap();
        for (path, expected) in [
            (pipe.as_path(), "it is a device or a pipe, and no regular file"),
            (Path::new("/dev/zero"), "it is a device or a pipe, and no regular file"),
            (directory.path(), "it is a directory"),
            (&long, "it is longer than 16 MiB"),
            (&directory.path().join("bytes"), "it is not UTF-8 text"),
        ] {
            assert_eq!(read_text(path).unwrap_err().to_string(), expected, "{}", path.display());
        }
    }
}
