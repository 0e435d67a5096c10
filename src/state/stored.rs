//! The inventory as it is stored: its own form with a version, apart from the domain types. Pure.
//!
//! Form 1: gzip of a JSON list of entries with short keys. Measured on the names of a whole Kubeflow: 700 objects are
//! 111 KB of JSON and 31 KB of gzip.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::fmt;
use std::io::Read;
use std::io::Write;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde::de::IgnoredAny;
use serde::de::SeqAccess;
use serde::de::Visitor;

use super::Entry;
use super::EntryState;
use super::StateError;
use crate::object::Address;
use crate::object::InvalidAddress;
use crate::object::ObjectId;

/// The newest form this program writes and reads.
pub(super) const FORM: u64 = 1;
/// Bytes of one shard. A Secret may hold 1 MiB with everything; base64 is no part of that limit in storage, but the
/// request is a third larger.
pub(super) const SHARD: usize = 700 * 1024;
/// No honest record inflates to more: entries as many as there may be need about half of it.
const LIMIT: u64 = 96 * 1024 * 1024;
/// No installation owns more objects: 10,000 users with all that is theirs are a quarter of it.
pub(super) const MOST: usize = 250_000;

#[derive(Serialize, Deserialize)]
struct Line {
    #[serde(rename = "g", default, skip_serializing_if = "String::is_empty")]
    group: String,
    #[serde(rename = "k")]
    kind: String,
    #[serde(rename = "ns", default, skip_serializing_if = "String::is_empty")]
    namespace: String,
    #[serde(rename = "n")]
    name: String,
    #[serde(rename = "v")]
    api_version: String,
    #[serde(rename = "u", default, skip_serializing_if = "String::is_empty")]
    uid: String,
    #[serde(rename = "o")]
    owner: String,
    #[serde(rename = "s")]
    state: State,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Planned,
    Applied,
    Deleting,
}

/// The entries as the bytes of one or more shards, each at most [`SHARD`].
///
/// # Errors
/// What could not be read again is not written.
pub(super) fn write(entries: &BTreeMap<ObjectId, Entry>) -> Result<Vec<Vec<u8>>, StateError> {
    if entries.len() > MOST {
        return Err(too_many("inventory"));
    }
    let lines: Vec<Line> = entries.iter().map(|(id, entry)| line(id, entry)).collect();
    let bytes = pack(&lines)?;
    Ok(bytes.chunks(SHARD).map(<[u8]>::to_vec).collect())
}

/// Reads what [`write`] wrote: the shards' bytes one after another.
/// `name` is for the error.
pub(super) fn read(name: &str, bytes: &[u8]) -> Result<BTreeMap<ObjectId, Entry>, StateError> {
    let Lines::Read(lines) = unpack(name, bytes)? else { return Err(too_many(name)) };
    // Hundreds of objects have one owner: its text is read once.
    let mut owners: HashMap<String, Address> = HashMap::new();
    let mut entries = BTreeMap::new();
    for line in lines {
        let owner = match owners.get(&line.owner) {
            Some(owner) => owner.clone(),
            None => {
                let owner: Address = line.owner.parse().map_err(|error: InvalidAddress| StateError::Damaged {
                    name: name.into(),
                    reason: error.to_string(),
                })?;
                owners.insert(line.owner.clone(), owner.clone());
                owner
            }
        };
        let (id, entry) = entry(line, owner);
        entries.insert(id, entry);
    }
    Ok(entries)
}

fn too_many(name: &str) -> StateError {
    let what = format!(
        "it lists more than {MOST} objects, and no installation has so many; where it was tampered with, put a copy \
         back or delete it: what carries the installation's label is found again"
    );
    StateError::TooBig { name: name.into(), what }
}

fn too_long(name: &str) -> StateError {
    let what = format!("it unpacks to more than {} MiB; put a copy back or delete it", LIMIT >> 20);
    StateError::TooBig { name: name.into(), what }
}

/// The list of entries, read one by one, so that a long one ends at its limit and not with the memory.
enum Lines {
    Read(Vec<Line>),
    TooMany,
}

impl<'de> Deserialize<'de> for Lines {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ReadLines)
    }
}

struct ReadLines;

impl<'de> Visitor<'de> for ReadLines {
    type Value = Lines;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of entries")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut lines: A) -> Result<Lines, A::Error> {
        let mut read = Vec::new();
        while let Some(line) = lines.next_element()? {
            if read.len() == MOST {
                while lines.next_element::<IgnoredAny>()?.is_some() {}
                return Ok(Lines::TooMany);
            }
            read.push(line);
        }
        Ok(Lines::Read(read))
    }
}

/// Compressed JSON of any value.
pub(super) fn pack<T: Serialize>(value: &T) -> Result<Vec<u8>, StateError> {
    let damaged = |reason: String| StateError::Damaged { name: "(being written)".into(), reason };
    let json = serde_json::to_vec(value).map_err(|e| damaged(e.to_string()))?;
    if json.len() as u64 > LIMIT {
        return Err(too_long("(being written)"));
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&json).map_err(|e| damaged(e.to_string()))?;
    encoder.finish().map_err(|e| damaged(e.to_string()))
}

/// What [`pack`] made. `name` is for the error.
pub(super) fn unpack<T: for<'a> Deserialize<'a>>(name: &str, bytes: &[u8]) -> Result<T, StateError> {
    let damaged = |reason: String| StateError::Damaged { name: name.into(), reason };
    let mut json = Vec::new();
    GzDecoder::new(bytes).take(LIMIT + 1).read_to_end(&mut json).map_err(|e| damaged(e.to_string()))?;
    if json.len() as u64 > LIMIT {
        return Err(too_long(name));
    }
    serde_json::from_slice(&json).map_err(|e| damaged(e.to_string()))
}

fn line(id: &ObjectId, entry: &Entry) -> Line {
    Line {
        group: id.group.clone(),
        kind: id.kind.clone(),
        namespace: id.namespace.clone(),
        name: id.name.clone(),
        api_version: entry.api_version.clone(),
        uid: entry.uid.clone(),
        owner: entry.owner.to_string(),
        state: match entry.state {
            EntryState::Planned => State::Planned,
            EntryState::Applied => State::Applied,
            EntryState::Deleting => State::Deleting,
        },
    }
}

fn entry(line: Line, owner: Address) -> (ObjectId, Entry) {
    let state = match line.state {
        State::Planned => EntryState::Planned,
        State::Applied => EntryState::Applied,
        State::Deleting => EntryState::Deleting,
    };
    let entry = Entry { api_version: line.api_version, uid: line.uid, owner, state };
    (ObjectId::new(line.group, line.kind, line.namespace, line.name), entry)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(count: usize) -> BTreeMap<ObjectId, Entry> {
        let states = [EntryState::Planned, EntryState::Applied, EntryState::Deleting];
        let one = |n: usize| {
            let id = ObjectId::new(["", "apps"][n % 2], "Kind", ["", "kubeflow"][n % 2], format!("name-{n}"));
            // As random as real ones, so that compression is judged fairly.
            let uid = uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, &n.to_le_bytes()).to_string();
            let entry = Entry {
                api_version: "apps/v1".into(),
                uid,
                owner: "platform.ml.x".parse().unwrap(),
                state: states[n % 3],
            };
            (id, entry)
        };
        (0..count).map(one).collect()
    }

    #[test]
    fn round_trips_in_one_shard_and_in_several() {
        for (count, shards) in [(0, 1), (1, 1), (700, 1), (40_000, 2)] {
            let entries = entries(count);
            let written = write(&entries).unwrap();
            assert!(written.len() >= shards, "{count} entries in {} shards", written.len());
            assert!(written.iter().all(|shard| shard.len() <= SHARD));
            assert_eq!(read("x", &written.concat()).unwrap(), entries);
        }
    }

    #[test]
    fn damage_is_told() {
        let mut bytes = write(&entries(10)).unwrap().concat();
        bytes.truncate(bytes.len() / 2);
        assert!(matches!(read("x", &bytes), Err(StateError::Damaged { .. })));
        assert!(matches!(read("x", b"{}"), Err(StateError::Damaged { .. })));
        assert!(matches!(read("x", &pack(&"text").unwrap()), Err(StateError::Damaged { .. })));
    }

    #[test]
    fn too_many_entries_and_too_many_bytes_are_told_and_not_taken_in() {
        // Half a megabyte as it is stored.
        let line = Line {
            group: String::new(),
            kind: "Secret".into(),
            namespace: "n".into(),
            name: "same".into(),
            api_version: "v1".into(),
            uid: String::new(),
            owner: "o".into(),
            state: State::Applied,
        };
        let packed = pack(&std::iter::repeat_n(&line, MOST + 1).collect::<Vec<_>>()).unwrap();
        let error = read("inventory-prod", &packed).unwrap_err().to_string();
        assert!(error.contains("the record inventory-prod in namespace stackwright-system is too big"), "{error}");
        assert!(error.contains("it lists more than 250000 objects"), "{error}");
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        for _ in 0..=LIMIT >> 20 {
            encoder.write_all(&[b' '; 1 << 20]).unwrap();
        }
        let packed = encoder.finish().unwrap();
        let error = read("inventory-prod", &packed).unwrap_err().to_string();
        assert!(error.contains("it unpacks to more than 96 MiB"), "{error}");
        let many = (0..=MOST).map(|n| (ObjectId::new("", "Secret", "n", n.to_string()), Entry::default())).collect();
        assert!(matches!(write(&many), Err(StateError::TooBig { .. })), "what cannot be read is not written");
    }
}
