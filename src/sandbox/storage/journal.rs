//! The durable form of the store: one JSON record a line, appended before a write is acknowledged, rewritten when
//! most of it is history. It knows nothing of kinds.
//!
//! A record is handed to the operating system before the request is answered, so nothing acknowledged is lost when
//! the process is killed; power loss may take the last moments. A torn last line (a write that was never
//! acknowledged) is cut off when the file is opened.

use std::fs::File;
use std::fs::OpenOptions;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::path::PathBuf;

use bytes::Bytes;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::Key;
use crate::sandbox::SandboxError;

/// The file holds the cluster's Secrets: nobody else reads it.
const MODE: u32 = 0o600;
/// Rewriting waits until the file is at least this large.
const REWRITE_FROM_BYTES: u64 = 4 * 1024 * 1024;
/// ... and so many times what is live.
const REWRITE_FACTOR: u64 = 3;

/// One line of the file.
#[derive(Debug)]
pub enum Record {
    Put {
        revision: u64,
        key: Key,
        object: Bytes,
    },
    Delete {
        revision: u64,
        key: Key,
    },
    /// The newest revision, where the objects alone do not tell (written by a rewrite).
    Revision {
        revision: u64,
    },
}

#[derive(Deserialize)]
struct Line {
    r: u64,
    #[serde(default)]
    k: Option<(String, String, String, String)>,
    #[serde(default)]
    o: Option<IgnoredAny>,
}

/// The open file.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    size: u64,
}

impl Journal {
    /// Opens `journal` in `directory` and gives every record in it to `each`, oldest first.
    pub fn open(directory: &Path, mut each: impl FnMut(Record)) -> Result<Self, SandboxError> {
        let path = directory.join("journal");
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .mode(MODE)
            .open(&path)
            .map_err(SandboxError::file("open", &path))?;
        let mut reader = BufReader::new(&file);
        let mut size = 0u64;
        let mut line = Vec::new();
        let mut number = 0usize;
        loop {
            line.clear();
            let read = reader.read_until(b'\n', &mut line).map_err(SandboxError::file("read", &path))?;
            if read == 0 {
                break;
            }
            number += 1;
            if line.last() != Some(&b'\n') {
                break;
            }
            each(parse(&line).map_err(|reason| SandboxError::Journal { path: path.clone(), line: number, reason })?);
            size += read as u64;
        }
        drop(reader);
        file.set_len(size).map_err(SandboxError::file("cut", &path))?;
        Ok(Self { path, file, size })
    }

    /// Appends records in one write.
    pub fn append(&mut self, records: &[Record]) -> Result<(), SandboxError> {
        let mut text = Vec::new();
        for record in records {
            render(record, &mut text);
        }
        if let Err(error) = self.file.write_all(&text) {
            // Half a record must not stand before the next one; it is the first error that is told.
            self.file.set_len(self.size).ok();
            return Err(SandboxError::file("write", &self.path)(error));
        }
        self.size += text.len() as u64;
        Ok(())
    }

    /// Whether most of the file is history, given how many bytes are live.
    pub fn wants_rewrite(&self, live: u64) -> bool {
        self.size > REWRITE_FROM_BYTES && self.size > REWRITE_FACTOR * live
    }

    /// Replaces the file with what is live; a crash at any point leaves the old file or the new one.
    pub fn rewrite(&mut self, live: impl Iterator<Item = Record>) -> Result<(), SandboxError> {
        let next = self.path.with_extension("next");
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(MODE);
        let mut file = options.open(&next).map_err(SandboxError::file("create", &next))?;
        let mut text = Vec::new();
        let mut size = 0;
        for record in live {
            render(&record, &mut text);
            if text.len() > 256 * 1024 {
                file.write_all(&text).map_err(SandboxError::file("write", &next))?;
                size += text.len() as u64;
                text.clear();
            }
        }
        file.write_all(&text).map_err(SandboxError::file("write", &next))?;
        size += text.len() as u64;
        file.sync_all().map_err(SandboxError::file("write", &next))?;
        std::fs::rename(&next, &self.path).map_err(SandboxError::file("replace", &self.path))?;
        self.file = OpenOptions::new().append(true).open(&self.path).map_err(SandboxError::file("open", &self.path))?;
        self.size = size;
        Ok(())
    }
}

fn parse(text: &[u8]) -> Result<Record, String> {
    let line: Line = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    let Some((group, plural, namespace, name)) = line.k else { return Ok(Record::Revision { revision: line.r }) };
    let key = Key { group, plural, namespace, name };
    if line.o.is_none() {
        return Ok(Record::Delete { revision: line.r, key });
    }
    // The object is the last field, taken as the text it is; nothing before it can hold this mark.
    let mark = b",\"o\":";
    let start = text.windows(mark.len()).position(|window| window == mark).ok_or("no object behind the key")?;
    let end = text.iter().rposition(|byte| *byte == b'}').ok_or("no end")?;
    Ok(Record::Put { revision: line.r, key, object: Bytes::copy_from_slice(&text[start + mark.len()..end]) })
}

fn render(record: &Record, text: &mut Vec<u8>) {
    let key_text = |key: &Key| {
        serde_json::to_string(&(&key.group, &key.plural, &key.namespace, &key.name)).expect("four texts are JSON")
    };
    match record {
        Record::Put { revision, key, object } => {
            text.extend_from_slice(format!("{{\"r\":{revision},\"k\":{},\"o\":", key_text(key)).as_bytes());
            text.extend_from_slice(object);
            text.extend_from_slice(b"}\n");
        }
        Record::Delete { revision, key } => {
            text.extend_from_slice(format!("{{\"r\":{revision},\"k\":{}}}\n", key_text(key)).as_bytes());
        }
        Record::Revision { revision } => text.extend_from_slice(format!("{{\"r\":{revision}}}\n").as_bytes()),
    }
}
