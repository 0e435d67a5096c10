//! Where each platform stands: the release it is at and, while a hop is under way, how far that has come. Pure.
//!
//! Stored as JSON beside the inventory's entries; what an earlier program wrote has none of it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Serialize;

use super::StateError;
use crate::object::Address;
use crate::object::InvalidAddress;

/// Where one platform stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The release it is at: the last one that was reached whole.
    pub version: String,
    /// The hop that was begun and is not at its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hop: Option<Underway>,
}

/// A hop that was begun.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Underway {
    pub from: String,
    pub to: String,
    /// Tells this walk of the hop from an earlier one that was gone back.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub run: String,
    /// The steps that were begun, in their order.
    #[serde(default)]
    pub steps: Vec<StepRecord>,
}

/// A step that was begun.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepRecord {
    /// `delete old-controller`
    pub step: String,
    pub done: bool,
    /// What it did, for the history.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub what: String,
}

impl Standing {
    /// At a release, with no hop under way.
    pub fn at(version: impl Into<String>) -> Self {
        Self { version: version.into(), hop: None }
    }
}

impl Underway {
    /// Whether a step was begun and came to its end.
    pub fn has_done(&self, step: &str) -> bool {
        self.steps.iter().any(|record| record.step == step && record.done)
    }

    /// Notes that a step is begun. Gives whether that is news.
    pub fn begin(&mut self, step: &str) -> bool {
        if self.steps.iter().any(|record| record.step == step) {
            return false;
        }
        self.steps.push(StepRecord { step: step.to_owned(), ..StepRecord::default() });
        true
    }

    /// Notes that a step is done, and what it did.
    pub fn done(&mut self, step: &str, what: &str) {
        self.begin(step);
        for record in self.steps.iter_mut().filter(|record| record.step == step) {
            (record.done, record.what) = (true, what.to_owned());
        }
    }

    /// Notes that a step is to be done once more.
    pub fn undo(&mut self, step: &str) {
        self.steps.iter_mut().filter(|record| record.step == step).for_each(|record| record.done = false);
    }
}

/// As it is stored.
pub(super) fn write(standings: &BTreeMap<Address, Standing>) -> Vec<u8> {
    let by_text: BTreeMap<String, &Standing> = standings.iter().map(|(address, s)| (address.to_string(), s)).collect();
    serde_json::to_vec(&by_text).unwrap_or_default()
}

/// Reads what [`write`] wrote. `name` is for the error.
pub(super) fn read(name: &str, bytes: &[u8]) -> Result<BTreeMap<Address, Standing>, StateError> {
    let damaged = |reason: String| StateError::Damaged { name: name.into(), reason };
    let by_text: BTreeMap<String, Standing> =
        serde_json::from_slice(bytes).map_err(|error| damaged(format!("its releases cannot be read: {error}")))?;
    let standings = by_text.into_iter().map(|(text, standing)| {
        let address = text.parse().map_err(|error: InvalidAddress| damaged(error.to_string()))?;
        Ok((address, standing))
    });
    standings.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips_and_reads_what_has_less() {
        let mut hop = Underway { from: "1.9.1".into(), to: "1.10.2".into(), ..Underway::default() };
        assert!(hop.begin("delete x"));
        assert!(!hop.begin("delete x"), "known already");
        assert!(!hop.has_done("delete x"));
        hop.done("delete x", "1 object");
        assert!(hop.has_done("delete x"));
        let address = Address::resource("platform", "ml");
        let standings = BTreeMap::from([(address.clone(), Standing { version: "1.9.1".into(), hop: Some(hop) })]);
        assert_eq!(read("x", &write(&standings)).unwrap(), standings);
        let less = read("x", br#"{"platform.ml": {"version": "1.9.1", "later": 1}}"#).unwrap();
        assert_eq!(less, BTreeMap::from([(address, Standing::at("1.9.1"))]));
        assert!(matches!(read("x", b"{"), Err(StateError::Damaged { .. })));
    }
}
