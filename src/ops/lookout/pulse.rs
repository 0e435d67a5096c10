//! Tells whoever listens which parts of pages have changed. Numbers only: who is slow misses steps and no change.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::PoisonError;

use tokio::sync::watch;

/// Counts the changes of each part.
pub struct Pulse {
    parts: Mutex<BTreeMap<String, u64>>,
    any: watch::Sender<u64>,
}

impl Pulse {
    /// With a count for each of these parts.
    pub(super) fn of<'p>(parts: impl Iterator<Item = &'p str>) -> Self {
        Self { parts: Mutex::new(parts.map(|part| (part.to_owned(), 0)).collect()), any: watch::channel(0).0 }
    }

    pub(super) fn beat(&self, part: &str) {
        if let Some(count) = self.parts.lock().unwrap_or_else(PoisonError::into_inner).get_mut(part) {
            *count += 1;
        }
        self.any.send_modify(|count| *count += 1);
    }

    pub(super) fn beat_all(&self) {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner).values_mut().for_each(|count| *count += 1);
        self.any.send_modify(|count| *count += 1);
    }

    /// The counts as they are.
    pub fn counts(&self) -> BTreeMap<String, u64> {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Wakes with every change.
    pub fn listen(&self) -> watch::Receiver<u64> {
        self.any.subscribe()
    }
}
