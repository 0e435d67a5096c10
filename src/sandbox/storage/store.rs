//! The objects by resource and name, the revision counter, and the recent changes that watches read.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::collections::VecDeque;
use std::ops::Bound;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use bytes::Bytes;
use serde_json::Value;
use tokio::sync::watch;

use super::Key;
use super::Stored;
use super::journal::Journal;
use super::journal::Record;
use super::lock::DirectoryLock;
use crate::provider::private;
use crate::sandbox::SandboxError;

/// So many changes of one resource are kept for watches; older resourceVersions are answered 410 Gone.
const HISTORY_CHANGES: usize = 2_000;
/// ... and at most so many bytes of object text.
const HISTORY_BYTES: usize = 16 * 1024 * 1024;

/// What happened to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    Added,
    Modified,
    Deleted,
}

/// One change, with the object before (for selectors that no longer match) and after. A deleted object is its last
/// state under the revision of its deletion.
#[derive(Clone, Debug)]
pub struct Change {
    pub kind: ChangeKind,
    pub object: Arc<Stored>,
    pub before: Option<Arc<Stored>>,
}

/// What a write expects to find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expectation {
    Absent,
    Revision(u64),
}

/// Why a write was not done.
#[derive(Debug)]
pub enum Refusal {
    /// There is an object where none was expected.
    Exists,
    /// The object is gone, or has another revision.
    Changed,
    Disk(SandboxError),
}

/// The asked revision is older than the history.
#[derive(Clone, Copy, Debug)]
pub struct HistoryGone {
    pub oldest: u64,
}

/// The store; shared by reference, locked inside for short moments only.
#[derive(Debug)]
pub struct Store {
    state: Mutex<State>,
    lock: Option<DirectoryLock>,
}

#[derive(Debug, Default)]
struct State {
    revision: u64,
    /// The revision this process began with: no history before it.
    opened_at: u64,
    resources: HashMap<(String, String), Shelf>,
    journal: Option<Journal>,
    live_bytes: u64,
}

#[derive(Debug)]
struct Shelf {
    objects: BTreeMap<(String, String), Arc<Stored>>,
    history: VecDeque<Change>,
    history_bytes: usize,
    /// Changes up to this revision are not in `history` any more.
    forgotten: u64,
    signal: watch::Sender<u64>,
}

impl Shelf {
    fn new(forgotten: u64) -> Self {
        let (signal, _) = watch::channel(forgotten);
        Self { objects: BTreeMap::new(), history: VecDeque::new(), history_bytes: 0, forgotten, signal }
    }

    fn remember(&mut self, change: Change) {
        let revision = change.object.revision;
        self.history_bytes += change.object.bytes.len();
        self.history.push_back(change);
        while self.history.len() > HISTORY_CHANGES || (self.history_bytes > HISTORY_BYTES && self.history.len() > 64) {
            if let Some(old) = self.history.pop_front() {
                self.history_bytes -= old.object.bytes.len();
                self.forgotten = old.object.revision;
            }
        }
        self.signal.send_replace(revision);
    }
}

impl Store {
    /// A store in memory, or one that is durable in `directory` (made where it is missing) and locked.
    pub fn open(directory: Option<&Path>) -> Result<Self, SandboxError> {
        let mut state = State { revision: 1, opened_at: 1, ..State::default() };
        let mut lock = None;
        if let Some(directory) = directory {
            // For nobody else to look into, whatever the umask says.
            private::directory(directory).map_err(SandboxError::file("create", directory))?;
            lock = Some(DirectoryLock::take(directory)?);
            let mut objects: HashMap<Key, (u64, Bytes, usize)> = HashMap::new();
            let mut revision = 1;
            let journal = Journal::open(directory, |record, line| match record {
                Record::Put { revision: at, key, object } => {
                    revision = revision.max(at);
                    objects.insert(key, (at, object, line));
                }
                Record::Delete { revision: at, key } => {
                    revision = revision.max(at);
                    objects.remove(&key);
                }
                Record::Revision { revision: at } => revision = revision.max(at),
            })?;
            state.journal = Some(journal);
            state.revision = revision;
            state.opened_at = revision;
            for (key, (at, bytes, line)) in objects {
                let wrong = |reason| SandboxError::Journal { path: directory.join("journal"), line, reason };
                let value = read(&key, &bytes).map_err(wrong)?;
                state.live_bytes += bytes.len() as u64;
                let shelf = state.shelf(&key.group, &key.plural);
                let place = (key.namespace.clone(), key.name.clone());
                shelf.objects.insert(place, Arc::new(Stored { key, revision: at, value: Arc::new(value), bytes }));
            }
            // A file of an older form is brought to the newest.
            match state.tidy() {
                Err(Refusal::Disk(error)) => return Err(error),
                Ok(()) | Err(Refusal::Exists | Refusal::Changed) => {}
            }
        }
        Ok(Self { state: Mutex::new(state), lock })
    }

    /// How the lock of its directory names this process; `None` of a store in memory.
    pub fn holder(&self) -> Option<&str> {
        self.lock.as_ref().map(DirectoryLock::holder)
    }

    /// The newest revision of all.
    pub fn revision(&self) -> u64 {
        self.lock().revision
    }

    pub fn get(&self, key: &Key) -> Option<Arc<Stored>> {
        let state = self.lock();
        let shelf = state.resources.get(&(key.group.clone(), key.plural.clone()))?;
        shelf.objects.get(&(key.namespace.clone(), key.name.clone())).cloned()
    }

    /// The objects of a resource in order of namespace and name, and the revision of this look. `namespace` empty:
    /// of all. `after`: only those behind this place.
    pub fn list(
        &self,
        group: &str,
        plural: &str,
        namespace: &str,
        after: Option<&(String, String)>,
    ) -> (Vec<Arc<Stored>>, u64) {
        let state = self.lock();
        let revision = state.revision;
        let Some(shelf) = state.resources.get(&(group.to_owned(), plural.to_owned())) else {
            return (Vec::new(), revision);
        };
        let from = match after {
            Some(place) => Bound::Excluded(place.clone()),
            None => Bound::Included((namespace.to_owned(), String::new())),
        };
        let objects = shelf
            .objects
            .range((from, Bound::Unbounded))
            .take_while(|((of, _), _)| namespace.is_empty() || of == namespace)
            .map(|(_, object)| object.clone())
            .collect();
        (objects, revision)
    }

    /// Stores an object if what is there is as expected. `metadata.resourceVersion` is written into it here.
    pub fn put(&self, key: Key, mut value: Value, expected: Expectation) -> Result<Arc<Stored>, Refusal> {
        let mut state = self.lock();
        let place = (key.namespace.clone(), key.name.clone());
        let before = state.shelf(&key.group, &key.plural).objects.get(&place).cloned();
        match (&before, expected) {
            (None, Expectation::Absent) => {}
            (Some(_), Expectation::Absent) => return Err(Refusal::Exists),
            (Some(found), Expectation::Revision(revision)) if found.revision == revision => {}
            _ => return Err(Refusal::Changed),
        }
        let revision = state.revision + 1;
        if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.insert("resourceVersion".into(), revision.to_string().into());
        }
        let bytes = Bytes::from(serde_json::to_vec(&value).expect("a JSON value can be written"));
        state.append(&[Record::Put { revision, key: key.clone(), object: bytes.clone() }])?;
        state.revision = revision;
        state.live_bytes += bytes.len() as u64;
        state.live_bytes -= before.as_ref().map_or(0, |old| old.bytes.len() as u64);
        let stored = Arc::new(Stored { key, revision, value: Arc::new(value), bytes });
        let kind = if before.is_some() { ChangeKind::Modified } else { ChangeKind::Added };
        let shelf = state.shelf(&stored.key.group, &stored.key.plural);
        shelf.objects.insert(place, stored.clone());
        shelf.remember(Change { kind, object: stored.clone(), before });
        // It is written; where it cannot be tidied up the old file stands, and the next write tries again.
        let _old_file_stands = state.tidy();
        Ok(stored)
    }

    /// Removes an object if it still has the expected revision; answers its last state.
    pub fn remove(&self, key: &Key, expected: u64) -> Result<Arc<Stored>, Refusal> {
        let mut state = self.lock();
        let place = (key.namespace.clone(), key.name.clone());
        let before = state.shelf(&key.group, &key.plural).objects.get(&place).cloned();
        let Some(before) = before.filter(|found| found.revision == expected) else { return Err(Refusal::Changed) };
        let revision = state.revision + 1;
        state.append(&[Record::Delete { revision, key: key.clone() }])?;
        state.revision = revision;
        state.live_bytes -= before.bytes.len() as u64;
        let mut value = (*before.value).clone();
        if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.insert("resourceVersion".into(), revision.to_string().into());
        }
        let bytes = Bytes::from(serde_json::to_vec(&value).expect("a JSON value can be written"));
        let stored = Arc::new(Stored { key: key.clone(), revision, value: Arc::new(value), bytes });
        let shelf = state.shelf(&key.group, &key.plural);
        shelf.objects.remove(&place);
        shelf.remember(Change { kind: ChangeKind::Deleted, object: stored.clone(), before: Some(before) });
        let _old_file_stands = state.tidy();
        Ok(stored)
    }

    /// The changes of a resource after a revision, oldest first.
    pub fn changes_after(&self, group: &str, plural: &str, revision: u64) -> Result<Vec<Change>, HistoryGone> {
        let mut state = self.lock();
        let shelf = state.shelf(group, plural);
        if revision < shelf.forgotten {
            return Err(HistoryGone { oldest: shelf.forgotten });
        }
        let first = shelf.history.partition_point(|change| change.object.revision <= revision);
        Ok(shelf.history.range(first..).cloned().collect())
    }

    /// Tells when a resource changed; the value is the revision of its newest change.
    pub fn subscribe(&self, group: &str, plural: &str) -> watch::Receiver<u64> {
        self.lock().shelf(group, plural).signal.subscribe()
    }

    /// Removes everything, on disk too. Watches are told of every deletion.
    pub fn clear(&self) -> Result<(), SandboxError> {
        let keys: Vec<(Key, u64)> = {
            let state = self.lock();
            let objects = state.resources.values().flat_map(|shelf| shelf.objects.values());
            objects.map(|object| (object.key.clone(), object.revision)).collect()
        };
        for (key, revision) in keys {
            // Where somebody else was quicker: gone is gone, and what is new is theirs.
            if let Err(Refusal::Disk(error)) = self.remove(&key, revision) {
                return Err(error);
            }
        }
        let mut state = self.lock();
        let revision = state.revision;
        match state.journal.as_mut() {
            Some(journal) => journal.rewrite(std::iter::once(Record::Revision { revision })),
            None => Ok(()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A stored object from its text. It must be what every object is, or nothing that looks at it could trust it.
fn read(key: &Key, bytes: &[u8]) -> Result<Value, String> {
    let value: Value = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let metadata = value.get("metadata").and_then(Value::as_object).ok_or("it is no object with metadata")?;
    match metadata.get("name").and_then(Value::as_str) {
        Some(name) if name == key.name => Ok(value),
        _ => Err(format!("its object is not {:?}", key.name)),
    }
}

impl State {
    fn shelf(&mut self, group: &str, plural: &str) -> &mut Shelf {
        let opened_at = self.opened_at;
        self.resources.entry((group.to_owned(), plural.to_owned())).or_insert_with(|| Shelf::new(opened_at))
    }

    fn append(&mut self, records: &[Record]) -> Result<(), Refusal> {
        match self.journal.as_mut() {
            Some(journal) => journal.append(records).map_err(Refusal::Disk),
            None => Ok(()),
        }
    }

    fn tidy(&mut self) -> Result<(), Refusal> {
        let live = self.live_bytes;
        let Some(journal) = self.journal.as_mut().filter(|journal| journal.wants_rewrite(live)) else { return Ok(()) };
        let revision = Record::Revision { revision: self.revision };
        let objects = self.resources.values().flat_map(|shelf| shelf.objects.values()).map(|stored| Record::Put {
            revision: stored.revision,
            key: stored.key.clone(),
            object: stored.bytes.clone(),
        });
        journal.rewrite(std::iter::once(revision).chain(objects)).map_err(Refusal::Disk)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn key(name: &str) -> Key {
        Key { group: String::new(), plural: "configmaps".into(), namespace: "a".into(), name: name.into() }
    }

    #[test]
    fn survives_being_dropped_and_a_torn_line() {
        let directory = tempfile::tempdir().expect("a directory");
        let store = Store::open(Some(directory.path())).expect("opens");
        let first = store
            .put(key("x"), json!({"metadata": {"name": "x"}, "data": {"a": "1"}}), Expectation::Absent)
            .expect("put");
        store.put(key("y"), json!({"metadata": {"name": "y"}}), Expectation::Absent).expect("put");
        store
            .put(
                key("x"),
                json!({"metadata": {"name": "x"}, "data": {"a": "2"}}),
                Expectation::Revision(first.revision),
            )
            .expect("put");
        let second = Store::open(Some(directory.path())).expect_err("locked");
        assert!(second.to_string().contains(&format!("process {}", std::process::id())), "{second}");
        let y = store.get(&key("y")).expect("y");
        store.remove(&key("y"), y.revision).expect("removed");
        let revision = store.revision();
        drop(store);
        let path = directory.path().join("journal");
        let mut text = std::fs::read(&path).expect("reads");
        text.extend_from_slice(b"0123456789abcdef {\"at\":99,\"k\":[\"\",\"conf");
        std::fs::write(&path, text).expect("writes");
        let store = Store::open(Some(directory.path())).expect("opens again");
        assert_eq!(store.revision(), revision);
        assert!(store.get(&key("y")).is_none());
        assert_eq!(store.get(&key("x")).expect("x").value["data"]["a"], "2");
        store.put(key("z"), json!({"metadata": {"name": "z"}}), Expectation::Absent).expect("put after the torn line");
        drop(store);
        assert!(Store::open(Some(directory.path())).expect("opens a third time").get(&key("z")).is_some());
    }

    #[test]
    fn history_of_a_new_process_starts_at_its_revision() {
        let directory = tempfile::tempdir().expect("a directory");
        let store = Store::open(Some(directory.path())).expect("opens");
        store.put(key("x"), json!({"metadata": {"name": "x"}}), Expectation::Absent).expect("put");
        let revision = store.revision();
        assert_eq!(store.changes_after("", "configmaps", 1).expect("history").len(), 1);
        drop(store);
        let store = Store::open(Some(directory.path())).expect("opens");
        assert!(store.changes_after("", "configmaps", 1).is_err());
        assert!(store.changes_after("", "configmaps", revision).expect("nothing new").is_empty());
    }

    /// Some writes, and the file they leave.
    fn written(directory: &std::path::Path) -> Vec<u8> {
        let store = Store::open(Some(directory)).expect("opens");
        let mut revisions = HashMap::new();
        for number in 0..24u64 {
            let name = format!("n{}", number % 5);
            if number % 7 == 6 {
                if let Some(revision) = revisions.remove(&name) {
                    store.remove(&key(&name), revision).expect("removed");
                }
                continue;
            }
            let expected = revisions.get(&name).map_or(Expectation::Absent, |at| Expectation::Revision(*at));
            let value = json!({"metadata": {"name": name}, "data": {"r": number, "text": "with \u{e9} and \n"}});
            revisions.insert(name.clone(), store.put(key(&name), value, expected).expect("put").revision);
        }
        drop(store);
        std::fs::read(directory.join("journal")).expect("reads")
    }

    /// What a store holds, in order.
    fn content(store: &Store) -> Vec<(String, String)> {
        let objects = store.list("", "configmaps", "", None).0;
        objects.iter().map(|one| (one.key.name.clone(), one.value.to_string())).collect()
    }

    /// Opens a file of these bytes: its content, or the line that is told.
    fn open(bytes: &[u8]) -> Result<Vec<(String, String)>, usize> {
        let directory = tempfile::tempdir().expect("a directory");
        std::fs::write(directory.path().join("journal"), bytes).expect("writes");
        match Store::open(Some(directory.path())) {
            Ok(store) => {
                let found = content(&store);
                store.put(key("later"), json!({"metadata": {"name": "later"}}), Expectation::Absent).expect("put");
                drop(store);
                let again = Store::open(Some(directory.path())).expect("opens after a write");
                assert_eq!(content(&again).len(), found.len() + 1);
                Ok(found)
            }
            Err(error @ SandboxError::Journal { line, .. }) => {
                let text = error.to_string();
                assert!(
                    text.contains(&format!("line {line}")) && text.contains("`stackwright sandbox reset`"),
                    "{text}"
                );
                Err(line)
            }
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn a_damaged_file_is_refused_or_holds_what_was_written_up_to_some_moment() {
        let directory = tempfile::tempdir().expect("a directory");
        let whole = written(directory.path());
        let ends: Vec<usize> =
            whole.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1).collect();
        let prefixes: Vec<_> = std::iter::once(0).chain(ends.iter().copied()).map(|end| open(&whole[..end])).collect();
        let prefixes: Vec<_> = prefixes.into_iter().map(|content| content.expect("a prefix opens")).collect();
        let line_of = |at: usize| ends.iter().filter(|end| **end <= at).count() + 1;
        let last = *ends.iter().rev().nth(1).expect("several lines");
        // Where the file ends earlier, what was acknowledged until then is there.
        for end in (0..whole.len()).step_by(17) {
            assert_eq!(open(&whole[..end]).as_ref(), Ok(&prefixes[line_of(end) - 1]), "cut at {end}");
        }
        for at in (0..whole.len()).step_by(5) {
            for bit in [0x01, 0x20, 0x80] {
                let mut flipped = whole.clone();
                flipped[at] ^= bit;
                match open(&flipped) {
                    Err(line) => assert!(line == line_of(at) || line == line_of(at) + 1, "{at} {bit}: line {line}"),
                    // Only the end of the last line: it counts as never written.
                    Ok(found) => assert!(at >= last && prefixes.contains(&found), "{at} {bit}"),
                }
            }
        }
        for from in (0..whole.len()).step_by(29) {
            for length in [1, 40, 400] {
                let to = (from + length).min(whole.len());
                let cut = [&whole[..from], &whole[to..]].concat();
                if let Ok(found) = open(&cut) {
                    assert!(prefixes.contains(&found), "bytes {from} to {to} gone");
                }
            }
        }
        // Whole lines that are gone, doubled or moved.
        let lines: Vec<&[u8]> = whole.split_inclusive(|byte| *byte == b'\n').collect();
        for at in 0..lines.len() - 1 {
            let gone = [&lines[..at], &lines[at + 1..]].concat().concat();
            assert!(open(&gone).is_err(), "line {at} gone");
            let doubled = [&lines[..=at], &lines[at..]].concat().concat();
            assert!(open(&doubled).is_err(), "line {at} doubled");
            let mut moved = lines.clone();
            moved.swap(at, at + 1);
            assert!(open(&moved.concat()).is_err(), "line {at} moved");
        }
        assert!(open(lines[lines.len() - 1]).is_err(), "the last line alone");
    }

    #[test]
    fn a_file_without_checksums_opens_and_gets_them() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("journal");
        let old = "{\"r\":5}\n{\"r\":3,\"k\":[\"\",\"configmaps\",\"a\",\"x\"],\"o\":{\"metadata\":{\"name\":\"x\"}}}\n\
                   {\"r\":6,\"k\":[\"\",\"configmaps\",\"a\",\"y\"],\"o\":{\"metadata\":{\"name\":\"y\"}}}\n{\"r\":7,\"k\":[\"\",\"co";
        std::fs::write(&path, old).expect("writes");
        let store = Store::open(Some(directory.path())).expect("opens");
        assert_eq!(store.revision(), 6);
        assert_eq!(content(&store).len(), 2);
        let text = std::fs::read_to_string(&path).expect("reads");
        assert!(text.starts_with("{\"journal\":2}\n"), "{text}");
        drop(store);
        let store = Store::open(Some(directory.path())).expect("opens again");
        assert_eq!((store.revision(), content(&store).len()), (6, 2));
    }

    #[test]
    fn what_is_no_object_is_told_with_its_line() {
        let check = |text: &str, expected: usize| assert_eq!(open(text.as_bytes()), Err(expected), "{text}");
        let record = |object: &str| format!("{{\"r\":2,\"k\":[\"\",\"configmaps\",\"a\",\"x\"],\"o\":{object}}}\n");
        let good = record("{\"metadata\":{\"name\":\"x\"}}").replace("x", "y");
        for object in ["[1]", "null", "\"x\"", "{}", "{\"metadata\":1}", "{\"metadata\":{\"name\":\"z\"}}"] {
            check(&format!("{good}{}", record(object)), 2);
        }
        check(&format!("{good}[2]\n"), 2);
        check("{\"journal\":3}\n", 1);
        check("something else\n", 1);
    }
}
