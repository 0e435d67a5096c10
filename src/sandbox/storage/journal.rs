//! The durable form of the store: one record a line, appended before a write is acknowledged, rewritten when most of it
//! is history. It knows nothing of kinds.
//!
//! A record is handed to the operating system before the request is answered, so nothing acknowledged is lost when
//! the process is killed; power loss may take the last moments. A torn last line (a write that was never
//! acknowledged) is cut off when the file is opened.
//!
//! The first line says the form of the file. Every later line begins with a checksum of itself and of all lines before
//! it: a changed byte, a line that is gone, doubled or moved shows at the first line that is not what was written. Form
//! 1 had neither; it is still read.

use std::fs::File;
use std::fs::OpenOptions;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

use bytes::Bytes;
use serde::Deserialize;
use serde::de::IgnoredAny;
use sha2::Digest;
use sha2::Sha256;

use super::Key;
use crate::provider::private;
use crate::sandbox::SandboxError;

/// Rewriting waits until the file is at least this large.
const REWRITE_FROM_BYTES: u64 = 4 * 1024 * 1024;
/// ... and so many times what is live.
const REWRITE_FACTOR: u64 = 3;
/// The form that is written.
const FORM: u64 = 2;
/// How the first line begins.
const HEAD: &str = "{\"journal\":";
/// How every line of form 1 begins.
const OLD: &[u8] = b"{\"r\":";
/// Digits of a checksum: 64 bits.
const DIGITS: usize = 16;

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

/// A record of form 2 begins with `at`, one of form 1 with `r`: neither can be taken for the other.
#[derive(Deserialize)]
struct Line {
    #[serde(alias = "r")]
    at: u64,
    #[serde(default)]
    k: Option<(String, String, String, String)>,
    #[serde(default, rename = "o")]
    _object: Option<IgnoredAny>,
}

/// The checksum of all lines so far.
#[derive(Clone, Copy, Debug)]
struct Chain([u8; 32]);

impl Chain {
    /// Of a file that holds its first line only.
    fn begin() -> Self {
        Self(Sha256::digest(head().as_bytes()).into())
    }

    fn after(self, record: &[u8]) -> Self {
        Self(Sha256::new().chain_update(self.0).chain_update(record).finalize().into())
    }

    fn digits(self) -> String {
        self.0.iter().take(DIGITS / 2).map(|byte| format!("{byte:02x}")).collect()
    }
}

fn head() -> String {
    format!("{HEAD}{FORM}}}\n")
}

/// The open file.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    size: u64,
    chain: Chain,
    /// Whether what is on disk has an older form, and must be written anew before anything is appended.
    is_old: bool,
}

impl Journal {
    /// Opens `journal` in `directory` and gives every record in it, with the number of its line, to `each`, oldest
    /// first.
    pub fn open(directory: &Path, mut each: impl FnMut(Record, usize)) -> Result<Self, SandboxError> {
        let path = directory.join("journal");
        // The file holds the cluster's Secrets: nobody else reads it.
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        let file = private::open(&mut options, &path).map_err(SandboxError::file("open", &path))?;
        let mut reader = BufReader::new(&file);
        let mut size = 0u64;
        let mut line = Vec::new();
        let mut number = 0usize;
        let mut chain = Chain::begin();
        let mut is_old = false;
        loop {
            line.clear();
            let read = reader.read_until(b'\n', &mut line).map_err(SandboxError::file("read", &path))?;
            if line.pop() != Some(b'\n') {
                break;
            }
            number += 1;
            let wrong = |reason| SandboxError::Journal { path: path.clone(), line: number, reason };
            if number == 1 {
                is_old = line.starts_with(OLD);
            }
            if is_old {
                let record = line.starts_with(OLD).then(|| parse(&line));
                each(record.unwrap_or_else(|| Err("it is no record".into())).map_err(wrong)?, number);
            } else if number == 1 {
                check_head(&line).map_err(wrong)?;
            } else {
                let (record, next) = checked(&line, chain).map_err(wrong)?;
                each(record, number);
                chain = next;
            }
            size += read as u64;
        }
        drop(reader);
        file.set_len(size).map_err(SandboxError::file("cut", &path))?;
        Ok(Self { path, file, size, chain, is_old })
    }

    /// Appends records in one write.
    pub fn append(&mut self, records: &[Record]) -> Result<(), SandboxError> {
        let mut text = Vec::new();
        if self.size == 0 {
            text.extend_from_slice(head().as_bytes());
        }
        let mut chain = self.chain;
        for record in records {
            chain = render(record, chain, &mut text);
        }
        if let Err(error) = self.file.write_all(&text) {
            // Half a record must not stand before the next one; it is the first error that is told.
            self.file.set_len(self.size).ok();
            return Err(SandboxError::file("write", &self.path)(error));
        }
        self.size += text.len() as u64;
        self.chain = chain;
        Ok(())
    }

    /// Whether most of the file is history, given how many bytes are live, or its form is not the one that is written.
    pub fn wants_rewrite(&self, live: u64) -> bool {
        self.is_old || self.size > REWRITE_FROM_BYTES && self.size > REWRITE_FACTOR * live
    }

    /// Replaces the file with what is live; a crash at any point leaves the old file or the new one.
    pub fn rewrite(&mut self, live: impl Iterator<Item = Record>) -> Result<(), SandboxError> {
        let next = self.path.with_extension("next");
        let (size, chain) = write_all(&next, live).inspect_err(|_| {
            // On a disk that is full it would only take the last room.
            std::fs::remove_file(&next).ok();
        })?;
        std::fs::rename(&next, &self.path).map_err(SandboxError::file("replace", &self.path))?;
        self.file = OpenOptions::new().append(true).open(&self.path).map_err(SandboxError::file("open", &self.path))?;
        (self.size, self.chain, self.is_old) = (size, chain, false);
        Ok(())
    }
}

/// Writes a file of its own; its size and its checksum.
fn write_all(next: &Path, live: impl Iterator<Item = Record>) -> Result<(u64, Chain), SandboxError> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    let mut file = private::open(&mut options, next).map_err(SandboxError::file("create", next))?;
    let mut text = head().into_bytes();
    let mut chain = Chain::begin();
    let mut size = 0;
    for record in live {
        chain = render(&record, chain, &mut text);
        if text.len() > 256 * 1024 {
            file.write_all(&text).map_err(SandboxError::file("write", next))?;
            size += text.len() as u64;
            text.clear();
        }
    }
    file.write_all(&text).map_err(SandboxError::file("write", next))?;
    size += text.len() as u64;
    file.sync_all().map_err(SandboxError::file("write", next))?;
    Ok((size, chain))
}

fn check_head(line: &[u8]) -> Result<(), String> {
    let text = std::str::from_utf8(line).map_err(|error| error.to_string())?;
    let form = text.strip_prefix(HEAD).and_then(|rest| rest.strip_suffix('}'));
    match form.and_then(|form| form.parse::<u64>().ok()) {
        Some(FORM) => Ok(()),
        Some(form) => Err(format!("it is of form {form}, and this program reads forms 1 and {FORM}")),
        None => Err("it does not say its form".into()),
    }
}

/// The record of a line whose checksum is right, and the checksum behind it.
fn checked(line: &[u8], chain: Chain) -> Result<(Record, Chain), String> {
    let (digits, rest) = line.split_at_checked(DIGITS).ok_or("it is too short")?;
    let record = rest.strip_prefix(b" ").ok_or("it has no checksum")?;
    let next = chain.after(record);
    if digits != next.digits().as_bytes() {
        return Err("its checksum differs".into());
    }
    Ok((parse(record)?, next))
}

fn parse(text: &[u8]) -> Result<Record, String> {
    let line: Line = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    let Some((group, plural, namespace, name)) = line.k else { return Ok(Record::Revision { revision: line.at }) };
    let key = Key { group, plural, namespace, name };
    // The object is the last field, taken as the text it is; nothing before it can hold this mark.
    let mark = b",\"o\":";
    let Some(start) = text.windows(mark.len()).position(|window| window == mark) else {
        return Ok(Record::Delete { revision: line.at, key });
    };
    let end = text.iter().rposition(|byte| *byte == b'}').ok_or("no end")?;
    let object = text.get(start + mark.len()..end).ok_or("no object behind the key")?;
    Ok(Record::Put { revision: line.at, key, object: Bytes::copy_from_slice(object) })
}

/// Writes a record behind `text` with its checksum; answers the checksum of all so far.
fn render(record: &Record, chain: Chain, text: &mut Vec<u8>) -> Chain {
    let key_text = |key: &Key| {
        serde_json::to_string(&(&key.group, &key.plural, &key.namespace, &key.name)).expect("four texts are JSON")
    };
    let begin = text.len();
    text.extend_from_slice(&[b' '; DIGITS + 1]);
    match record {
        Record::Put { revision, key, object } => {
            text.extend_from_slice(format!("{{\"at\":{revision},\"k\":{},\"o\":", key_text(key)).as_bytes());
            text.extend_from_slice(object);
            text.push(b'}');
        }
        Record::Delete { revision, key } => {
            text.extend_from_slice(format!("{{\"at\":{revision},\"k\":{}}}", key_text(key)).as_bytes());
        }
        Record::Revision { revision } => text.extend_from_slice(format!("{{\"at\":{revision}}}").as_bytes()),
    }
    let next = chain.after(&text[begin + DIGITS + 1..]);
    text[begin..begin + DIGITS].copy_from_slice(next.digits().as_bytes());
    text.push(b'\n');
    next
}
