//! What is told of recorded runs.

use serde::Serialize;
use serde_json::Value;

use crate::object::Address;
use crate::state::Revision;
use crate::state::RevisionResult;

/// Recorded runs, the newest first.
#[derive(Clone, Debug, Serialize)]
pub struct HistoryModel {
    pub installation: String,
    pub version: &'static str,
    /// RFC 3339.
    pub when: String,
    pub has_several_targets: bool,
    pub revisions: Vec<RevisionModel>,
    /// Runs that were begun and have no record yet.
    pub unfinished: Vec<String>,
}

/// A recorded run.
#[derive(Clone, Debug, Serialize)]
pub struct RevisionModel {
    pub number: u64,
    pub target: String,
    pub who: String,
    pub command: String,
    pub started: String,
    pub finished: String,
    /// As people say it, between the two; empty where they say nothing.
    pub took: String,
    pub result: &'static str,
    /// `3 created, 1 updated`
    pub counts: String,
    pub release: String,
    pub versions: Vec<(String, String)>,
    /// Policies that it overrode.
    pub overridden: Vec<String>,
    pub failures: Vec<String>,
    pub steps: Vec<HopStepModel>,
    pub left: Vec<String>,
}

/// A step of a hop as it was recorded.
#[derive(Clone, Debug, Serialize)]
pub struct HopStepModel {
    pub title: String,
    pub what: String,
    pub is_done: bool,
}

impl HistoryModel {
    pub fn new(
        installation: &str,
        when: String,
        revisions: &[(Address, Revision)],
        unfinished: &[String],
        has_several_targets: bool,
    ) -> Self {
        Self {
            installation: installation.to_owned(),
            version: env!("CARGO_PKG_VERSION"),
            when,
            has_several_targets,
            revisions: revisions.iter().rev().map(|(target, revision)| RevisionModel::new(target, revision)).collect(),
            unfinished: unfinished.to_vec(),
        }
    }
}

impl RevisionModel {
    fn new(target: &Address, revision: &Revision) -> Self {
        let hop = &revision.details["hop"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let steps = hop["steps"].as_array().into_iter().flatten().map(|step| HopStepModel {
            title: text(&step["step"]),
            what: text(&step["what"]),
            is_done: step["done"] == true,
        });
        Self {
            number: revision.number,
            target: target.to_string(),
            who: revision.who.clone(),
            command: revision.command.clone(),
            started: revision.started.clone(),
            finished: revision.finished.clone(),
            took: took(&revision.started, &revision.finished),
            result: result_word(revision),
            counts: counts_text(revision),
            release: release(revision),
            versions: revision.versions.iter().map(|(name, version)| (name.clone(), version.clone())).collect(),
            overridden: revision.overridden().map(|(policy, broken)| format!("{policy}, broken by {broken}")).collect(),
            failures: revision.failures.clone(),
            steps: steps.collect(),
            left: hop["left"].as_array().into_iter().flatten().map(text).collect(),
        }
    }
}

fn took(started: &str, finished: &str) -> String {
    let time = |text: &str| text.parse::<jiff::Timestamp>().ok();
    let Some((started, finished)) = time(started).zip(time(finished)) else { return String::new() };
    let seconds = finished.as_second().saturating_sub(started.as_second());
    if seconds < 60 { format!("{seconds} s") } else { format!("{} min {} s", seconds / 60, seconds % 60) }
}

/// `done`, `failed`, `interrupted`
pub fn result_word(revision: &Revision) -> &'static str {
    match revision.result {
        RevisionResult::Done => "done",
        RevisionResult::Failed => "failed",
        RevisionResult::Interrupted => "interrupted",
    }
}

/// `3 created, 1 updated`
pub fn counts_text(revision: &Revision) -> String {
    let counts = revision.counts.iter().filter(|(_, n)| **n > 0).map(|(word, n)| format!("{n} {word}"));
    counts.collect::<Vec<_>>().join(", ")
}

/// `1.9.1`, or `1.9.1 -> 1.10.2` for a hop; of several platforms, each with its name.
pub fn release(revision: &Revision) -> String {
    let hop = &revision.details["hop"];
    if let (Some(from), Some(to)) = (hop["from"].as_str(), hop["to"].as_str()) {
        return format!("{from} -> {to}");
    }
    let platforms = revision.versions.iter().filter_map(|(name, version)| {
        let address: Address = name.parse().ok()?;
        (address.kind() == "platform").then_some(version.clone())
    });
    platforms.collect::<Vec<_>>().join(", ")
}
