//! Which revision is gone back to, whether that is safe, and the configuration it was made from. What is done about it is an
//! apply of that configuration.

use std::sync::Arc;

use super::Failure;
use super::Loaded;
use super::Request;
use super::configuration::Returning;
use super::load;
use super::load_to_look;
use super::planning::Planned;
use super::records;
use super::records::Records;
use super::records::unreadable;
use crate::catalog::APPLY;
use crate::catalog::is_older;
use crate::config::Installation;
use crate::object::Address;
use crate::plan::Action;
use crate::plan::Change;
use crate::state::Holder;
use crate::state::KEPT_NO_CONFIGURATION;
use crate::state::KeptConfiguration;
use crate::state::Revision;
use crate::state::RevisionResult;
use crate::state::Standing;

/// A revision that can be gone back to, or whose configuration can be written at least.
#[derive(Debug)]
pub struct Rollback {
    /// Whose history it stands in.
    pub target: Address,
    pub revision: Revision,
    pub configuration: Arc<KeptConfiguration>,
    /// The files of the directory are those of the revision.
    pub is_here: bool,
    /// Why it is not gone back to, where a platform was at an older release: cause and what is left.
    older: Option<(String, String)>,
}

/// The command as lock and history call it.
pub fn rollback_command(number: u64) -> String {
    format!("{COMMAND}{number}")
}

const COMMAND: &str = "rollback to ";
/// As it is typed, before the number.
pub const ROLLBACK: &str = "stackwright rollback";

/// Finds the revision of a number, else the one before the last change, and its configuration.
///
/// # Errors
/// There is no such revision, or it keeps no configuration; says what to do instead.
pub async fn find_revision(request: &Request, of: Option<&Address>, number: Option<u64>) -> Result<Rollback, Failure> {
    let loaded = load_to_look(request)?;
    let one = whose(records::of(&loaded).await?, of)?;
    let runs = one.history().await?;
    let number = match number {
        Some(number) => number,
        None => before_the_last(&one, &runs).await?,
    };
    let Some(revision) = runs.iter().find(|run| run.number == number).cloned() else {
        let summary = format!("There is no revision {number} of {}", one.target);
        return Err(match (runs.first(), runs.last()) {
            (Some(first), Some(last)) => {
                Failure::world(summary, format!("the history holds {} to {}", first.number, last.number))
                    .help("`stackwright history` lists them.")
            }
            _ => Failure::world(summary, "nothing was applied yet"),
        });
    };
    let older = older_release(&one, &revision).await?;
    let configuration = match (&revision.configuration, &older) {
        (Some(packed), _) => Arc::new(packed.unpack(number).map_err(unreadable)?),
        (None, Some(older)) => return Err(cannot(number, older)),
        (None, None) => return Err(keeps_none(&revision, &runs)),
    };
    let is_here = load_to_look(request).is_ok_and(|loaded| loaded.files.read_so_far().files == configuration.files);
    Ok(Rollback { target: one.target, revision, configuration, is_here, older })
}

/// The history that is meant: that of the only cluster, or of the one of an address.
fn whose(mut all: Vec<Records>, of: Option<&Address>) -> Result<Records, Failure> {
    // A cloud's clusters keep what it was made from.
    all.retain(|one| !one.is_cloud());
    let names = all.iter().map(|one| one.target.to_string()).collect::<Vec<_>>().join(", ");
    match of {
        Some(of) => all.into_iter().find(|one| one.target == *of).ok_or_else(|| {
            Failure::world(format!("There is no history of {of}"), format!("the clusters are: {names}"))
        }),
        None if all.len() > 1 => Err(Failure::world("Which history is meant?", format!("there are several: {names}"))
            .help("Name the cluster with --of ADDRESS.")),
        None => all.pop().ok_or_else(|| Failure::world("Nothing to roll back", "no cluster is there yet")),
    }
}

/// The revision before the last change: what a run that was cut off began to change is the last one; of a run back it is
/// the revision that one goes to.
async fn before_the_last(one: &Records, runs: &[Revision]) -> Result<u64, Failure> {
    let holder = one.holder().await?;
    let cut_off = |holder: &Holder| holder.operation.strip_prefix(COMMAND)?.parse().ok();
    if let Some(number) = holder.as_ref().and_then(cut_off) {
        return Ok(number);
    }
    let is_sound = |run: &&Revision| run.result == RevisionResult::Done && run.configuration.is_some();
    let found = if holder.is_some() || one.inventory().await?.is_unsettled() {
        // What was begun is not in the history.
        runs.iter().rev().find(is_sound)
    } else {
        let Some((last, earlier)) = runs.split_last() else {
            return Err(Failure::world("Nothing to roll back", "nothing was applied yet"));
        };
        if let Some(number) = last.went_back_to() {
            return Ok(number);
        }
        earlier.iter().rev().filter(is_sound).find(|run| run.configuration != last.configuration)
    };
    found.map(|run| run.number).ok_or_else(|| {
        let mut causes = vec!["no run before the last one keeps a configuration that is another".to_owned()];
        let without = runs.iter().rev().find(|run| run.configuration.is_none());
        causes.extend(without.map(|run| format!("revision {} keeps none: {}", run.number, why_none(run))));
        Failure::worlds("Nothing to roll back to", causes).help(BY_HAND)
    })
}

const BY_HAND: &str = "Bring the files back to what they were then, as from version control, and run `stackwright apply`: \
                       that is the same.";

/// Releases do not go back, whatever is kept of them.
async fn older_release(one: &Records, revision: &Revision) -> Result<Option<(String, String)>, Failure> {
    let standings = one.inventory().await?.standings;
    let older = revision.versions.iter().find_map(|(platform, then)| {
        let now = &standings.get(&platform.parse::<Address>().ok()?)?.version;
        is_older(then, now).then(|| {
            let cause = format!(
                "{platform} was at release {then} then and is at {now} now: no way leads back, what newer programs have \
                 written older ones cannot read"
            );
            let left = "install that release anew and `stackwright restore` a backup made before the upgrade";
            (cause, format!("To return to {then}, {left}."))
        })
    });
    Ok(older)
}

fn cannot(number: u64, (cause, help): &(String, String)) -> Failure {
    Failure::world(format!("Cannot roll back to revision {number}"), cause.as_str()).help(help)
}

/// Why a revision keeps no configuration, as a sentence's end.
fn why_none(revision: &Revision) -> String {
    match revision.details[KEPT_NO_CONFIGURATION].as_str() {
        Some(reason) => reason.to_owned(),
        None => "it was recorded by an earlier program, which kept none".to_owned(),
    }
}

fn keeps_none(revision: &Revision, runs: &[Revision]) -> Failure {
    let kept = runs.iter().filter(|run| run.configuration.is_some() && run.result == RevisionResult::Done);
    let kept: Vec<String> = kept.map(|run| run.number.to_string()).collect();
    let others = match kept.as_slice() {
        [] => String::new(),
        kept => format!("\nRevisions that keep theirs: {}.", kept.join(", ")),
    };
    Failure::world(format!("Revision {} keeps no configuration", revision.number), why_none(revision))
        .help(format!("{BY_HAND}{others}"))
}

impl Rollback {
    /// The same request for the configuration of the revision, where that may be planned.
    ///
    /// # Errors
    /// The run did not come to its end, or its configuration reaches the cluster in another way than the one here.
    pub fn request(&self, request: &Request) -> Result<Request, Failure> {
        let number = self.revision.number;
        if let Some(older) = &self.older {
            return Err(cannot(number, older));
        }
        if self.revision.result != RevisionResult::Done {
            let cause = "it did not come to its end: what it left is no state to go back to";
            let help = "Choose one that did (`stackwright history`), or write its configuration with --write DIR.";
            return Err(cannot(number, &(cause.into(), help.into())));
        }
        Ok(Request {
            returning: Some(Arc::new(Returning { number, configuration: self.configuration.clone() })),
            ..request.clone()
        })
    }

    /// Refuses a configuration that goes another way to its clusters than the one in the directory: what a cluster keeps
    /// must not say which programs run here, and which server is asked.
    ///
    /// # Errors
    /// It does, or one of both cannot be read.
    pub fn check_way(&self, here: &Request, back: &Request) -> Result<(), Failure> {
        let (here, back) = (load_to_look(here)?, load(back, &super::Known::default())?);
        let Some(other) = other_way(&here.installation, &back.installation) else { return Ok(()) };
        let cause = format!("its configuration has {other} than the one here");
        let help = "Write it with --write DIR, look at the difference, and run `stackwright apply --chdir DIR`.";
        Err(cannot(self.revision.number, &(cause, help.into())))
    }
}

/// What of the way to its clusters one configuration has otherwise than another.
fn other_way(here: &Installation, back: &Installation) -> Option<String> {
    for (name, settings) in &back.providers {
        let is_same = here.providers.get(name).is_some_and(|own| own.arguments == settings.arguments);
        if !is_same {
            return Some(format!("other settings of the provider {name}"));
        }
    }
    let other = back.clusters.iter().find(|cluster| {
        let own = here.clusters.iter().find(|own| own.address == cluster.address);
        own.is_some_and(|own| own.provider != cluster.provider)
    });
    let other = other.map(|cluster| format!("another provider of {}", cluster.address));
    other.or_else(|| (here.name != back.name).then(|| "another name of the installation".to_owned()))
}

/// What going back to a revision does not bring back, as sentences.
pub fn not_brought_back(loaded: &Loaded, planned: &[Planned]) -> Vec<String> {
    let mut said = Vec::new();
    let secrets: Vec<String> = loaded.secret_variables().into_keys().collect();
    if !secrets.is_empty() {
        said.push(format!("Secret variables have the values that are given now: {}.", secrets.join(", ")));
    }
    for one in planned.iter().filter(|one| !one.is_cloud()) {
        said.extend(one.standing.iter().filter(|_| one.upgrade.is_none()).filter_map(steps_that_stay));
        let made = |is_meant: &dyn Fn(&Change) -> bool| -> Vec<String> {
            let changes = one.plan.changes.iter();
            let made = changes.filter(|change| matches!(change.action, Action::Create | Action::Replace));
            made.filter(|change| is_meant(change)).map(|change| change.id.to_string()).collect()
        };
        let holds = |change: &Change| {
            let is_claim = change.id.group.is_empty() && change.id.kind == "PersistentVolumeClaim";
            is_claim || one.plan.readiness.iter().any(|rule| rule.held_by(&change.id).is_some())
        };
        let empty = made(&holds);
        if !empty.is_empty() {
            said.push(format!(
                "Made anew and empty, what was in them is not kept here (`stackwright restore`): {}.",
                empty.join(", ")
            ));
        }
        let kinds = made(&|change: &Change| change.id.kind == "CustomResourceDefinition");
        if !kinds.is_empty() {
            said.push(format!("Kinds come back without the objects there were of them: {}.", kinds.join(", ")));
        }
        let keeps = |change: &Change| one.keepers.contains(&change.id);
        let generated = made(&keeps);
        if !generated.is_empty() {
            said.push(format!("Generated values are made anew, the old ones are not kept: {}.", generated.join(", ")));
        }
        let gone =
            one.plan.changes.iter().filter(|change| change.action == Action::Delete && change.id.kind == "Secret");
        let gone: Vec<String> = gone.map(|change| change.id.to_string()).collect();
        if !gone.is_empty() {
            said.push(format!("These go with the values in them: {}.", gone.join(", ")));
        }
        let (stay, lost): (Vec<_>, Vec<_>) = one.plan.losses().partition(|change| change.action == Action::NoOp);
        let names = |changes: &[&Change]| changes.iter().map(|one| one.id.to_string()).collect::<Vec<_>>().join(", ");
        if !stay.is_empty() {
            let what = "These were not wanted then and stay, for they hold data (--allow-data-loss takes them)";
            said.push(format!("{what}: {}.", names(&stay)));
        }
        if !lost.is_empty() {
            said.push(format!("These go with the data that they hold: {}.", names(&lost)));
        }
    }
    said
}

/// What steps of a hop that is gone back did and nobody undoes.
fn steps_that_stay(standing: &Standing) -> Option<String> {
    let underway = standing.hop.as_ref()?;
    let done = underway.steps.iter().filter(|record| record.done && record.step != APPLY);
    let done: Vec<&str> = done.map(|record| record.step.as_str()).collect();
    let what = format!("of the half-done hop from {} to {}", underway.from, underway.to);
    (!done.is_empty()).then(|| format!("Steps {what} that are not undone: {}.", done.join(", ")))
}
