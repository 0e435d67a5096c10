//! What is told of a run: how it ended, what failed and why, and what took long.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::Serialize;

use super::chronicle::Chronicle;
use super::plan::PlanModel;
use crate::cli::view::plan_text::verb;
use crate::ops::Failure;

/// More rows of what was done, or not done, say nothing new.
const MOST_ROWS: usize = 200;

/// A run.
#[derive(Clone, Debug, Serialize)]
pub struct ReportModel {
    /// `apply`, `upgrade 1.10.2`
    pub command: String,
    /// `done`, `failed`, `interrupted`
    pub result: &'static str,
    /// How it ended, in a sentence.
    pub sentence: String,
    /// RFC 3339.
    pub started: String,
    pub took: String,
    pub wanted: usize,
    pub made: usize,
    pub retries: usize,
    pub failures: Vec<FailureModel>,
    /// Why it did not come to its end at all; a paragraph each.
    pub stopped: Vec<String>,
    pub gates: Vec<GateModel>,
    /// Owners whose objects serve, the last first.
    pub ready: Vec<Row>,
    pub changes: Vec<Row>,
    pub more_changes: usize,
    pub steps: Vec<Row>,
    pub hops: Vec<String>,
    pub skipped: Vec<Row>,
    pub more_skipped: usize,
    pub notices: Vec<String>,
    /// What was to be done.
    pub plan: PlanModel,
}

#[derive(Clone, Debug, Serialize)]
pub struct FailureModel {
    pub what: String,
    pub owner: String,
    pub reason: String,
    pub detail: Vec<String>,
    pub blocks: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct GateModel {
    pub name: String,
    pub owner: String,
    pub is_open: bool,
    pub took: String,
    /// A share of the longest, in percent, for a bar.
    pub share: u32,
    pub reason: String,
}

/// Something, how long it took, and what else there is to say.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    pub name: String,
    pub owner: String,
    pub took: String,
    pub text: String,
}

/// How a run ended, and when it was begun.
pub struct Ending<'a> {
    pub command: &'a str,
    /// RFC 3339.
    pub started: String,
    pub took: Duration,
    /// Why it came to no good end; `None` where it did.
    pub failure: Option<&'a Failure>,
    /// What the run had to say.
    pub notices: Vec<String>,
}

impl ReportModel {
    pub fn new(plan: PlanModel, chronicle: &Chronicle, ending: Ending<'_>) -> Self {
        let Ending { command, started, took, failure, notices } = ending;
        let is_interrupted = matches!(failure, Some(Failure::Interrupted));
        let made = chronicle.changes.iter().map(|one| (&one.owner, &one.id)).collect::<BTreeSet<_>>().len();
        let result = match failure {
            None => "done",
            Some(_) if is_interrupted => "interrupted",
            Some(_) => "failed",
        };
        let sentence = match failure {
            None if chronicle.wanted == 0 => "Nothing was to be done.".to_owned(),
            None => "Everything was done and serves.".to_owned(),
            Some(Failure::Interrupted) => format!("{made} of {} changes were made.", chronicle.wanted),
            Some(Failure::Incomplete { failed }) => {
                let noun = if *failed == 1 { "step" } else { "steps" };
                format!("{failed} {noun} failed; what does not depend on them was done.")
            }
            Some(_) => "The run did not come to its end.".to_owned(),
        };
        let mut failures: Vec<FailureModel> = Vec::new();
        for (_, failure) in &chronicle.failures {
            let told = FailureModel {
                what: failure.subject.as_ref().map(ToString::to_string).unwrap_or_default(),
                owner: failure.owner.as_ref().map(ToString::to_string).unwrap_or_default(),
                reason: failure.cause(),
                detail: failure.detail.clone(),
                blocks: failure.blocks.iter().map(ToString::to_string).collect(),
            };
            // A component fails with its objects: each cause once, with all that it blocks.
            match failures.iter_mut().find(|known| known.owner == told.owner && known.reason == told.reason) {
                Some(known) => known.blocks.extend(told.blocks),
                None => failures.push(told),
            }
        }
        let mut changes: Vec<(Duration, Row)> = chronicle
            .changes
            .iter()
            .map(|one| {
                let text = format!("to {}", verb(one.action));
                (
                    one.took,
                    Row { name: one.id.to_string(), owner: one.owner.to_string(), took: seconds(one.took), text },
                )
            })
            .collect();
        changes.sort_by_key(|(took, _)| std::cmp::Reverse(*took));
        let more_changes = changes.len().saturating_sub(MOST_ROWS);
        let skipped = chronicle.skipped.iter().take(MOST_ROWS).map(|(id, owner, because)| Row {
            name: id.to_string(),
            owner: owner.to_string(),
            took: String::new(),
            text: because.clone(),
        });
        let mut ready = chronicle.ready.clone();
        ready.sort_by_key(|(_, at)| std::cmp::Reverse(*at));
        let mut steps = chronicle.steps.clone();
        steps.sort_by_key(|step| std::cmp::Reverse(step.took));
        Self {
            command: command.to_owned(),
            result,
            sentence,
            started,
            took: seconds(took),
            wanted: chronicle.wanted,
            made,
            retries: chronicle.retries,
            failures,
            stopped: failure.map(words).unwrap_or_default(),
            gates: gates(chronicle, took),
            ready: ready
                .into_iter()
                .map(|(owner, at)| Row {
                    name: owner.to_string(),
                    owner: String::new(),
                    took: seconds(at),
                    text: String::new(),
                })
                .collect(),
            changes: changes.into_iter().take(MOST_ROWS).map(|(_, row)| row).collect(),
            more_changes,
            steps: steps
                .into_iter()
                .map(|one| Row { name: one.step, owner: one.to, took: seconds(one.took), text: one.what })
                .collect(),
            hops: chronicle.hops.clone(),
            skipped: skipped.collect(),
            more_skipped: chronicle.skipped.len().saturating_sub(MOST_ROWS),
            notices,
            plan,
        }
    }
}

/// The slowest first; what was closed to the end counts from when it was first waited for.
fn gates(chronicle: &Chronicle, end: Duration) -> Vec<GateModel> {
    let mut gates: Vec<(Duration, bool, GateModel)> = chronicle
        .gates
        .iter()
        .map(|((_, hop, gate), waited)| {
            let took = waited.took.unwrap_or_else(|| end.saturating_sub(waited.since));
            let told = GateModel {
                name: if hop.is_empty() { gate.to_string() } else { format!("{gate} (hop to {hop})") },
                owner: waited.owner.as_ref().map(ToString::to_string).unwrap_or_default(),
                is_open: waited.took.is_some(),
                took: seconds(took),
                share: 0,
                reason: waited.reason.clone(),
            };
            (took, waited.took.is_some(), told)
        })
        .collect();
    gates.sort_by_key(|(took, is_open, _)| (*is_open, std::cmp::Reverse(*took)));
    let longest = gates.iter().map(|(took, ..)| took.as_millis()).max().unwrap_or(0).max(1);
    let share = |took: Duration| u32::try_from(took.as_millis() * 100 / longest).unwrap_or(100);
    gates.into_iter().map(|(took, _, gate)| GateModel { share: share(took), ..gate }).collect()
}

/// `0.4 s`, `12.0 s`, `3 min 20 s`
fn seconds(took: Duration) -> String {
    match took.as_secs() {
        0..60 => format!("{:.1} s", took.as_secs_f64()),
        whole => format!("{} min {} s", whole / 60, whole % 60),
    }
}

/// What stopped a run, a paragraph each. What was told as an event needs no further word.
fn words(failure: &Failure) -> Vec<String> {
    match failure {
        Failure::Input(found, sources) | Failure::Refused(found, sources) | Failure::Answers(found, sources) => {
            vec![crate::diag::render(found, sources, crate::diag::Style::Plain)]
        }
        Failure::World(world) => {
            let reasons = world.reasons();
            let mut text = format!("{}\n", world.summary);
            reasons.iter().for_each(|reason| text.push_str(&format!("because {reason}\n")));
            text.extend(world.remedy().map(|remedy| format!("\n{remedy}\n")));
            vec![text]
        }
        Failure::Several(failures) => failures.iter().flat_map(words).collect(),
        Failure::Incomplete { .. } | Failure::Declined | Failure::Interrupted => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apply;
    use crate::apply::Event;
    use crate::apply::Subject;
    use crate::object::Address;
    use crate::object::address::address;
    use crate::plan::Gate;

    fn model(chronicle: &Chronicle, failure: Option<&Failure>) -> ReportModel {
        let plan = PlanModel::new(&[], &Default::default(), Default::default());
        let took = Duration::from_secs(100);
        let ending = Ending { command: "apply", started: String::new(), took, failure, notices: Vec::new() };
        ReportModel::new(plan, chronicle, ending)
    }

    #[test]
    fn the_slowest_comes_first_and_what_stayed_closed_before_it() {
        let mut chronicle = Chronicle::default();
        let main = address("cluster.main");
        let gate = |name: &str| Gate::OwnerReady(Address::resource("part", name));
        let mut tell = |event: Event, at: u64| chronicle.take(&main, &event, Duration::from_secs(at));
        tell(Event::Waiting { gate: gate("slow"), owner: None, reason: "0 of 1".into() }, 1);
        tell(Event::Waiting { gate: gate("stuck"), owner: None, reason: "no image".into() }, 90);
        tell(Event::Opened { gate: gate("fast"), owner: None, took: Duration::from_millis(400) }, 2);
        tell(Event::Opened { gate: gate("slow"), owner: None, took: Duration::from_secs(80) }, 81);
        let told = model(&chronicle, Some(&Failure::Interrupted));
        let rows: Vec<(&str, bool, &str, u32)> =
            told.gates.iter().map(|one| (one.name.as_str(), one.is_open, one.took.as_str(), one.share)).collect();
        assert_eq!(
            rows,
            [
                ("part.stuck ready", false, "10.0 s", 12),
                ("part.slow ready", true, "1 min 20 s", 100),
                ("part.fast ready", true, "0.4 s", 0),
            ]
        );
        assert_eq!(told.result, "interrupted");
    }

    #[test]
    fn a_cause_is_told_once_with_all_that_it_blocks() {
        let mut chronicle = Chronicle::default();
        let failure = |subject: &str, blocks: &str| apply::Failure {
            subject: Some(Subject::Step(subject.into())),
            owner: Some(address("platform.ml.dex")),
            about: Some("Deployment.apps auth/dex".parse().expect("an id")),
            reason: "ImagePullBackOff".into(),
            detail: vec!["no such image".into()],
            blocks: vec![blocks.parse().expect("an id")],
        };
        for (subject, blocks) in [("a", "ConfigMap a/b"), ("b", "ConfigMap a/c")] {
            let event = Event::Failed(failure(subject, blocks));
            chronicle.take(&address("cluster.main"), &event, Duration::ZERO);
        }
        let told = model(&chronicle, Some(&Failure::Incomplete { failed: 1 }));
        assert_eq!(told.failures.len(), 1);
        assert_eq!(told.failures[0].blocks, ["ConfigMap a/b", "ConfigMap a/c"]);
        assert_eq!(told.failures[0].reason, "Deployment.apps auth/dex: ImagePullBackOff");
        let world = Failure::world("Cannot take the lock", "bob holds it").help("Wait.");
        assert_eq!(model(&chronicle, Some(&world)).stopped, ["Cannot take the lock\nbecause bob holds it\n\nWait.\n"]);
    }
}
