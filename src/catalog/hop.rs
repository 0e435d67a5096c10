//! A hop: the way from one release to the next beside what differs. Data that a release's files say, one step after another.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Job;
use super::Subject;
use crate::config::Node;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::object::ObjectId;

/// The way from one release to another.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hop {
    pub from: String,
    pub to: String,
    /// In the order they are written.
    pub steps: Vec<HopStep>,
}

/// One step of a hop.
#[derive(Clone, Debug, PartialEq)]
pub struct HopStep {
    /// Its label.
    pub name: String,
    pub deed: Deed,
    pub reason: String,
    pub phase: Phase,
    /// There is no way back once it was begun.
    pub one_way: bool,
    /// What data is lost by it; a person must agree to that.
    pub loses: Option<String>,
    with: Vec<String>,
    without: Vec<String>,
}

/// When a step is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// Before the objects of the release are applied.
    #[default]
    Before,
    /// Once they serve.
    After,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    /// What must not be there.
    Check {
        subject: Subject,
        /// It stands in the way; else it is only told.
        refuses: bool,
        remedy: String,
    },
    Delete {
        subject: Subject,
    },
    Patch {
        subject: Subject,
        merge: Value,
        /// Empty for the object itself.
        subresource: String,
    },
    /// The version in which the objects of a definition, named by the step, are to be stored.
    Store {
        version: String,
    },
    Scale {
        subject: Subject,
        replicas: u32,
    },
    Restart {
        subject: Subject,
        /// Only done where a person asks for it.
        asks: bool,
    },
    Wait {
        subject: Subject,
        /// Until nothing of it is there; else until all of it serves.
        gone: bool,
    },
    /// A program runs in the cluster.
    Run(Box<Job>),
    /// Nothing is done, only told.
    Note,
}

/// Kinds of which an object holds what others made.
const HOLDERS: &[(&str, &str)] =
    &[("apiextensions.k8s.io", "CustomResourceDefinition"), ("", "Namespace"), ("", "PersistentVolumeClaim")];

impl HopStep {
    /// `delete`, `patch`: as its block is called.
    pub fn kind(&self) -> &'static str {
        match self.deed {
            Deed::Check { .. } => "check",
            Deed::Delete { .. } => "delete",
            Deed::Patch { .. } => "patch",
            Deed::Store { .. } => "store",
            Deed::Scale { .. } => "scale",
            Deed::Restart { .. } => "restart",
            Deed::Wait { .. } => "wait",
            Deed::Run(_) => "job",
            Deed::Note => "note",
        }
    }

    /// Its name in records and texts: `delete old-webhook`.
    pub fn title(&self) -> String {
        format!("{} {}", self.kind(), self.name)
    }

    /// The objects it is about; none for a step about a definition, and for one that only tells.
    pub fn subject(&self) -> Option<&Subject> {
        match &self.deed {
            Deed::Check { subject, .. }
            | Deed::Delete { subject }
            | Deed::Patch { subject, .. }
            | Deed::Scale { subject, .. }
            | Deed::Restart { subject, .. }
            | Deed::Wait { subject, .. } => Some(subject),
            Deed::Store { .. } | Deed::Run(_) | Deed::Note => None,
        }
    }

    /// A step that runs a program, beside any hop.
    pub(super) fn running(name: String, job: Job, reason: &str) -> Self {
        Self {
            name,
            deed: Deed::Run(Box::new(job)),
            reason: reason.to_owned(),
            phase: Phase::Before,
            one_way: false,
            loses: None,
            with: Vec::new(),
            without: Vec::new(),
        }
    }

    /// The program it runs.
    pub fn job(&self) -> Option<&Job> {
        match &self.deed {
            Deed::Run(job) => Some(job),
            _ => None,
        }
    }

    /// Whether something is done, rather than looked at or told.
    pub fn is_deed(&self) -> bool {
        !matches!(self.deed, Deed::Check { .. } | Deed::Note)
    }

    /// Whether it has a meaning where these components are on.
    pub fn concerns(&self, components: &BTreeSet<&str>) -> bool {
        let on = |names: &[String]| names.iter().any(|name| components.contains(name.as_str()));
        (self.with.is_empty() || on(&self.with)) && !on(&self.without)
    }
}

impl Hop {
    /// Reads a `hop` block of the release `to`.
    pub(super) fn read(to: &str, node: &Node<'_>, diagnostics: &mut Diagnostics) -> Option<Self> {
        let from = node.text("from")?;
        let steps = node.blocks.iter().filter_map(|step| read_step(step, diagnostics)).collect();
        Some(Self { from, to: to.to_owned(), steps })
    }

    /// Whether the hop as a whole cannot be gone back once the objects of the release were begun to be applied.
    pub fn is_one_way(&self) -> bool {
        self.steps.iter().any(|step| step.one_way)
    }

    /// Whether there is no way back once this much of it was begun: the titles of steps, or [`APPLY`].
    pub fn is_final<'a>(&self, mut begun: impl Iterator<Item = &'a str>) -> bool {
        begun.any(|title| {
            let of_title = |step: &&HopStep| match step.deed {
                // What is told of the release itself is true once it is applied.
                Deed::Note => title == APPLY,
                _ => step.title() == title,
            };
            let mut named = self.steps.iter().filter(of_title).peekable();
            // A step that this program does not know may be anything.
            named.peek().is_none() && title != APPLY || named.any(|step| step.one_way)
        })
    }

    /// Claims that programs read once the release is applied: until then nobody may take them away.
    pub fn claims_needed_after(&self) -> impl Iterator<Item = ObjectId> {
        let after = self.steps.iter().filter(|step| step.phase == Phase::After).filter_map(HopStep::job);
        after.flat_map(|job| {
            let there = job.claims.iter().filter(|claim| claim.size.is_empty());
            there.map(|claim| ObjectId::new("", "PersistentVolumeClaim", job.namespace.as_str(), claim.name.as_str()))
        })
    }

    /// The steps of a phase that do something, where these components are on.
    pub fn deeds<'a>(&'a self, phase: Phase, components: &BTreeSet<&str>) -> Vec<&'a HopStep> {
        let all = self.steps.iter().filter(|step| step.is_deed() && step.phase == phase);
        all.filter(|step| step.concerns(components)).collect()
    }
}

/// The title of what stands between the steps: applying the objects of the release.
pub const APPLY: &str = "apply";

fn read_step(node: &Node<'_>, diagnostics: &mut Diagnostics) -> Option<HopStep> {
    let (name, _) = node.label.clone()?;
    let has = |argument: &str| node.schema.argument(argument).is_some();
    let text = |argument: &str| if has(argument) { node.text(argument) } else { None };
    let texts = |argument: &str| if has(argument) { node.texts(argument) } else { Vec::new() };
    let loses = text("loses");
    let subject = has("kind").then(|| Subject::read(node, diagnostics));
    let deed = match (node.schema.name.as_str(), subject) {
        ("check", Some(subject)) => Deed::Check {
            subject,
            refuses: text("level").as_deref() != Some("warn"),
            remedy: text("remedy").unwrap_or_default(),
        },
        ("delete", Some(subject)) => {
            let holder = subject.kinds.iter().find(|(group, kind)| HOLDERS.contains(&(group.as_str(), kind.as_str())));
            if let Some((_, kind)) = holder.filter(|_| loses.is_none()) {
                let detail = format!("A {kind} holds what others made; deleting it loses that.");
                let finding = Diagnostic::error("Loss not told", detail).at(node.span);
                diagnostics.push(finding.help("Say what is lost with `loses`, so that a person can agree to it."));
            }
            Deed::Delete { subject }
        }
        ("patch", Some(subject)) => Deed::Patch {
            subject,
            merge: node.map("merge").iter().map(|(name, value)| (name.clone(), value.to_json())).collect(),
            subresource: text("subresource").unwrap_or_default(),
        },
        ("scale", Some(subject)) => Deed::Scale { subject, replicas: node.count("replicas")? },
        ("restart", Some(subject)) => Deed::Restart { subject, asks: node.flag("asks") },
        ("wait", Some(subject)) => Deed::Wait { subject, gone: text("until").as_deref() == Some("gone") },
        ("job", _) => Deed::Run(Box::new(Job::read(node, diagnostics)?)),
        ("store", _) => Deed::Store { version: node.text("version")? },
        _ => Deed::Note,
    };
    let phase = if text("phase").as_deref() == Some("after") { Phase::After } else { Phase::Before };
    let one_way = has("one_way") && node.flag("one_way") || loses.is_some();
    let reason = text("reason")?;
    Some(HopStep { name, deed, reason, phase, one_way, loses, with: texts("with"), without: texts("without") })
}
