//! Why a use case did not come to its end. Only `cli` turns it into text and an exit code.

use std::error::Error;
use std::fmt;

use super::Loaded;
use crate::diag::Diagnostics;
use crate::diag::Severity;
use crate::diag::Sources;
use crate::object::Address;
use crate::plan::PlanError;
use crate::provider::kubernetes::ClusterError;

/// What stopped a run.
#[derive(Debug)]
pub enum Failure {
    /// What the user wrote is wrong; every finding, and the files to show them in.
    Input(Diagnostics, Box<Sources>),
    /// What was asked for does not fit what runs in the cluster; nothing was changed.
    Refused(Diagnostics, Box<Sources>),
    /// What was answered to `init` is wrong; nothing was written.
    Answers(Diagnostics, Box<Sources>),
    /// The world refused.
    World(World),
    /// Several things failed, each by itself, as the plans of several clusters.
    Several(Vec<Failure>),
    /// The apply came to its end, but not everything succeeded. Each failure was reported as an event.
    Incomplete { failed: usize },
    /// The user said no.
    Declined,
    /// Interrupted by a signal.
    Interrupted,
}

impl Failure {
    /// All of them as one; `None` where there is none.
    pub fn all(mut failures: Vec<Failure>) -> Option<Self> {
        match failures.len() {
            0 | 1 => failures.pop(),
            _ => Some(Self::Several(failures)),
        }
    }

    /// What makes a plan impossible, each problem at the block or component that asks for it.
    pub(super) fn of_plan(loaded: &Loaded, error: &PlanError) -> Self {
        let place = |owner: &Address| {
            let declared = loaded.installation.declaration(&owner.of_block())?;
            let path = owner.component().map(|name| format!("component.{name}"));
            declared.place(&path.unwrap_or_default()).map(|place| place.span)
        };
        let mut findings = Diagnostics::new();
        for problem in &error.problems {
            findings.push(problem.to_diagnostic().at_option(problem.owner.as_ref().and_then(place)));
        }
        Self::Refused(findings, Box::new(loaded.sources.clone()))
    }

    /// A failure of the world with its cause: a sentence, or an error with all its sources.
    pub fn world(summary: impl Into<String>, cause: impl Into<Cause>) -> Self {
        Self::worlds(summary, [cause])
    }

    /// A failure of the world with several causes beside each other.
    pub fn worlds(summary: impl Into<String>, causes: impl IntoIterator<Item = impl Into<Cause>>) -> Self {
        Self::World(World { summary: summary.into(), causes: causes.into_iter().map(Into::into).collect(), help: None })
    }

    /// In a line for a page: what could not be done, why, and what to do.
    pub fn line(&self) -> String {
        let findings = |findings: &Diagnostics, place: &str| {
            let first = findings.iter().find(|finding| finding.severity == Severity::Error);
            let first = first.map(|finding| finding.summary.clone()).unwrap_or_default();
            format!("{place} has errors, the first of which is: {first}")
        };
        match self {
            Self::Input(found, _) => findings(found, "The configuration") + "; `stackwright validate` shows them all",
            Self::Refused(found, _) => findings(found, "The plan") + "; `stackwright plan` shows them all",
            Self::Answers(found, _) => findings(found, "What was answered"),
            Self::World(world) => match world.remedy() {
                Some(remedy) => format!("{world}. {remedy}"),
                None => world.to_string(),
            },
            Self::Several(failures) => failures.iter().map(Self::line).collect::<Vec<_>>().join("; "),
            Self::Incomplete { failed } => format!("{failed} steps failed"),
            Self::Declined => "Nothing was changed".to_owned(),
            Self::Interrupted => "Interrupted".to_owned(),
        }
    }

    /// Adds the remedy.
    pub fn help(self, text: impl Into<String>) -> Self {
        match self {
            Self::World(world) => Self::World(World { help: Some(text.into()), ..world }),
            other => other,
        }
    }
}

/// Why something could not be done: an error of the folder that met it, or a sentence.
pub type Cause = Box<dyn Error + Send + Sync>;

/// What could not be done in the world, and why.
#[derive(Debug)]
pub struct World {
    /// One sentence: what could not be done.
    pub summary: String,
    /// At least one.
    pub causes: Vec<Cause>,
    pub(super) help: Option<String>,
}

impl World {
    /// The words of each cause and of its sources, outermost first.
    pub fn reasons(&self) -> Vec<String> {
        self.causes.iter().flat_map(|cause| reasons(cause.as_ref())).collect()
    }

    /// What to do: as whoever failed said, else what the causes ask for whatever was attempted.
    pub fn remedy(&self) -> Option<&str> {
        self.help.as_deref().or_else(|| self.causes.iter().find_map(|cause| remedy(cause.as_ref())))
    }
}

/// The words of an error and of its sources, outermost first.
pub(super) fn reasons(error: &(dyn Error + 'static)) -> Vec<String> {
    let mut reasons: Vec<String> = Vec::new();
    for error in chain(error) {
        let text = error.to_string();
        // Errors that print their source too would say everything twice.
        if reasons.last().is_none_or(|last| !last.contains(&text)) {
            reasons.push(text);
        }
    }
    reasons
}

/// On one line, as the history keeps it.
impl fmt::Display for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.summary, self.reasons().join(": "))
    }
}

/// An error and its sources.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn Error + 'static)| (*error).source())
}

/// What to do where a cluster does not know us or does not let us, whatever was attempted.
fn remedy(error: &(dyn Error + 'static)) -> Option<&'static str> {
    chain(error).find_map(|error| match error.downcast_ref::<ClusterError>()? {
        ClusterError::Unauthorized { .. } => {
            Some("The credentials in the kubeconfig are wrong or have expired: log in to the cluster again.")
        }
        error if error.is_forbidden() => {
            Some("`stackwright permissions` prints the roles that a run of this configuration needs.")
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::StateError;

    #[derive(Debug, thiserror::Error)]
    #[error("{said}")]
    struct Told {
        said: &'static str,
        source: Option<Box<Told>>,
    }

    fn check(causes: Vec<Told>, expected: &[&str]) {
        let Failure::World(world) = Failure::worlds("Cannot look", causes) else { panic!("another kind") };
        assert_eq!(world.reasons(), expected);
    }

    #[test]
    fn reasons_are_the_chain_of_each_cause() {
        let told = |said, source: Option<Told>| Told { said, source: source.map(Box::new) };
        let inner = || told("connection refused", None);
        check(vec![told("GET /api", Some(inner()))], &["GET /api", "connection refused"]);
        // It prints its source itself.
        check(vec![told("GET /api: connection refused", Some(inner()))], &["GET /api: connection refused"]);
        // Causes beside each other may say the same.
        check(vec![inner(), inner()], &["connection refused", "connection refused"]);
    }

    #[test]
    fn a_remedy_is_found_in_the_sources() {
        let Failure::World(world) = Failure::world("Cannot look", "it is dark") else { panic!("another kind") };
        assert_eq!((world.to_string().as_str(), world.remedy()), ("Cannot look: it is dark", None));
        let expired = ClusterError::Unauthorized { address: "https://10.0.0.1".into(), message: "who?".into() };
        let failure = Failure::world("Cannot look", StateError::Cluster { what: "read".into(), source: expired });
        let Failure::World(world) = &failure else { panic!("another kind") };
        assert!(world.remedy().is_some_and(|remedy| remedy.contains("log in")), "{world}");
        let Failure::World(world) = failure.help("Wait.") else { panic!("another kind") };
        assert_eq!(world.remedy(), Some("Wait."));
    }
}
