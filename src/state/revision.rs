//! Recorded runs: who, when, what, with which result, and from which configuration. Bounded, and never with a secret in it but
//! for what somebody wrote into the configuration itself.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;

use super::NAMESPACE;
use super::PackedConfiguration;
use super::StateError;
use super::Store;
use super::secret;
use super::secret::Kind;
use super::store::secrets;
use super::stored;
use crate::object::Object;

/// How many are kept.
const KEPT: usize = 20;
const FORM: u64 = 1;
/// Field of the record; what an earlier program wrote has none.
const CONFIGURATION: &str = "configuration";

/// How a run ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RevisionResult {
    #[default]
    Done,
    Failed,
    Interrupted,
}

/// One recorded run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Revision {
    /// From 1; given by [`Store::record`].
    pub number: u64,
    /// `alice@laptop`
    pub who: String,
    /// `apply`, `upgrade 1.9.1`
    pub command: String,
    /// RFC 3339.
    pub started: String,
    /// RFC 3339.
    pub finished: String,
    pub result: RevisionResult,
    /// `created`, `updated`, … to numbers of objects.
    pub counts: BTreeMap<String, u64>,
    /// `platform.ml` to `1.9.1`, `stackwright` to `0.1.0`.
    pub versions: BTreeMap<String, String>,
    /// One line for each failure.
    pub failures: Vec<String>,
    /// Whatever else a use case wants to find again; the caller keeps secrets out.
    pub details: Value,
    /// What it was made from, where that can be gone back to.
    pub configuration: Option<PackedConfiguration>,
}

/// Field of `details` that says why no configuration is kept.
pub const KEPT_NO_CONFIGURATION: &str = "no_configuration";
/// Field of `details` that says which revision the run went back to.
pub const WENT_BACK_TO: &str = "back_to";

/// Field of `details` that lists the policies that were overridden: `policy`, and `broken`, by how many.
pub const OVERRIDDEN_POLICIES: &str = "overridden_policies";

impl Revision {
    /// Policies that were overridden, and how often they were broken.
    pub fn overridden(&self) -> impl Iterator<Item = (&str, u64)> {
        let all = self.details[OVERRIDDEN_POLICIES].as_array().into_iter().flatten();
        all.filter_map(|one| Some((one["policy"].as_str()?, one["broken"].as_u64()?)))
    }

    /// The revision that the run went back to.
    pub fn went_back_to(&self) -> Option<u64> {
        self.details[WENT_BACK_TO].as_u64()
    }

    /// It did not come to a good end: what it has made may still have to be waited for.
    pub fn broke_off(&self) -> bool {
        self.result != RevisionResult::Done
    }
}

/// Form 1.
#[derive(Serialize, Deserialize)]
struct Stored {
    who: String,
    command: String,
    started: String,
    finished: String,
    result: String,
    counts: BTreeMap<String, u64>,
    versions: BTreeMap<String, String>,
    #[serde(default)]
    failures: Vec<String>,
    #[serde(default)]
    details: Value,
}

impl Store {
    /// All recorded runs, oldest first. Those whose record is damaged are left out (see [`Self::warnings`]).
    pub async fn revisions(&self) -> Result<Vec<Revision>, StateError> {
        let selector = secret::selector(Kind::Revision, &self.installation);
        let listed = self.cluster.list(&secrets(), NAMESPACE, &selector).await;
        let (records, _) = listed.map_err(StateError::cluster("read the history"))?;
        self.revisions_in(records.iter())
    }

    /// The runs in their records, oldest first.
    pub(super) fn revisions_in<'a>(
        &self,
        records: impl Iterator<Item = &'a Object>,
    ) -> Result<Vec<Revision>, StateError> {
        let mut found = Vec::new();
        for record in records {
            let fate = format!(
                "the run is left out of the history; `kubectl -n {NAMESPACE} delete secret {}` removes the record",
                record.name()
            );
            found.extend(self.spared(read(record).map(Some), &fate)?);
        }
        found.sort_by_key(|revision| revision.number);
        Ok(found)
    }

    /// Records a run under the next number, which it gives, and drops the oldest beyond those kept.
    pub async fn record(&self, revision: &Revision) -> Result<u64, StateError> {
        let selector = secret::selector(Kind::Revision, &self.installation);
        let listed = self.cluster.list_metadata(&secrets(), NAMESPACE, &selector).await;
        let (records, _) = listed.map_err(StateError::cluster("read the history"))?;
        self.record_after(&runs(records.iter()), revision).await
    }

    /// As [`Self::record`], where the recorded runs are known: nobody else records one while we hold the lock.
    pub(super) async fn record_after(
        &self,
        numbered: &[(u64, String, String)],
        revision: &Revision,
    ) -> Result<u64, StateError> {
        let number = numbered.last().map_or(0, |last| last.0) + 1;
        self.put_run(&mut numbered.to_vec(), number, revision).await?;
        Ok(number)
    }

    /// Writes down the runs of other records that are newer than all of these, under the numbers they have there.
    pub async fn learn_runs(&self, from: &Store) -> Result<(), StateError> {
        let selector = secret::selector(Kind::Revision, &self.installation);
        let listed = self.cluster.list(&secrets(), NAMESPACE, &selector).await;
        let (records, _) = listed.map_err(StateError::cluster("read the history"))?;
        let newest = self.revisions_in(records.iter())?.last().map_or(0, |revision| revision.number);
        let mut numbered = runs(records.iter());
        for run in from.revisions().await?.iter().filter(|run| run.number > newest) {
            self.put_run(&mut numbered, run.number, run).await?;
        }
        Ok(())
    }

    /// Writes a run beside those in `numbered`, which it joins, and drops the oldest beyond those kept.
    async fn put_run(
        &self,
        numbered: &mut Vec<(u64, String, String)>,
        number: u64,
        revision: &Revision,
    ) -> Result<(), StateError> {
        let bytes = stored::pack(&form(revision))?;
        let (text, form) = (number.to_string(), FORM.to_string());
        let name = format!("revision-{}-{number}", self.installation);
        let mut fields: Vec<(&str, &[u8])> =
            vec![("form", form.as_bytes()), ("number", text.as_bytes()), ("revision", &bytes)];
        fields.extend(revision.configuration.iter().map(|packed| (CONFIGURATION, packed.0.as_slice())));
        let stored = self.put_new(&secret::secret(Kind::Revision, &self.installation, &name, &fields)).await?;
        numbered.push((number, name, stored.uid().to_owned()));
        let surplus = numbered.len().saturating_sub(KEPT);
        for (_, name, uid) in numbered.drain(..surplus) {
            self.delete(&secrets(), &name, &uid).await?;
        }
        Ok(())
    }
}

/// Number, name and UID of recorded runs, oldest first.
pub(super) fn runs<'a>(records: impl Iterator<Item = &'a Object>) -> Vec<(u64, String, String)> {
    let numbered = records.filter_map(|r| Some((number_in(r.name())?, r.name().to_owned(), r.uid().to_owned())));
    let mut numbered: Vec<(u64, String, String)> = numbered.collect();
    numbered.sort_unstable();
    numbered
}

/// The run in its record.
fn read(record: &Object) -> Result<Revision, StateError> {
    secret::check_form(record, FORM)?;
    let stored: Stored = stored::unpack(record.name(), &secret::field(record, "revision")?)?;
    let configuration = secret::optional(record, CONFIGURATION)?.map(PackedConfiguration);
    Ok(Revision { configuration, ..revision(secret::number(record, "number")?, stored) })
}

/// A name that leaves no number for the next run is not one that we gave.
fn number_in(name: &str) -> Option<u64> {
    name.rsplit_once('-')?.1.parse().ok().filter(|number| *number < u64::from(u32::MAX))
}

fn form(revision: &Revision) -> Stored {
    let result = match revision.result {
        RevisionResult::Done => "done",
        RevisionResult::Failed => "failed",
        RevisionResult::Interrupted => "interrupted",
    };
    Stored {
        who: revision.who.clone(),
        command: revision.command.clone(),
        started: revision.started.clone(),
        finished: revision.finished.clone(),
        result: result.into(),
        counts: revision.counts.clone(),
        versions: revision.versions.clone(),
        failures: revision.failures.clone(),
        details: revision.details.clone(),
    }
}

fn revision(number: u64, stored: Stored) -> Revision {
    let result = match stored.result.as_str() {
        "done" => RevisionResult::Done,
        "interrupted" => RevisionResult::Interrupted,
        _ => RevisionResult::Failed,
    };
    Revision {
        number,
        who: stored.who,
        command: stored.command,
        started: stored.started,
        finished: stored.finished,
        result,
        counts: stored.counts,
        versions: stored.versions,
        failures: stored.failures,
        details: stored.details,
        configuration: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip() {
        for result in [RevisionResult::Done, RevisionResult::Failed, RevisionResult::Interrupted] {
            let before = Revision {
                number: 3,
                who: "a@b".into(),
                command: "apply".into(),
                result,
                counts: [("created".to_owned(), 3)].into(),
                details: serde_json::json!({"x": [1]}),
                ..Revision::default()
            };
            let bytes = stored::pack(&form(&before)).unwrap();
            assert_eq!(revision(3, stored::unpack("x", &bytes).unwrap()), before);
        }
    }
}
