//! Why a use case did not come to its end. Only `cli` turns it into text and an exit code.

use crate::diag::Diagnostics;
use crate::diag::Sources;
use crate::provider::kubernetes::ClusterError;

/// What to do where a cluster does not know us or does not let us, whatever was attempted.
fn remedy(error: &(dyn std::error::Error + 'static)) -> Option<&'static str> {
    let mut next = Some(error);
    while let Some(error) = next {
        match error.downcast_ref::<ClusterError>() {
            Some(ClusterError::Unauthorized { .. }) => {
                return Some(
                    "The credentials in the kubeconfig are wrong or have expired: log in to the cluster again.",
                );
            }
            Some(error) if error.is_forbidden() => {
                return Some("`stackwright permissions` prints the roles that a run of this configuration needs.");
            }
            _ => next = error.source(),
        }
    }
    None
}

/// What stopped a run.
#[derive(Debug)]
pub enum Failure {
    /// What the user wrote is wrong; every finding, and the files to show them in.
    Input(Diagnostics, Box<Sources>),
    /// What was asked for does not fit what runs in the cluster; nothing was changed.
    Refused(Diagnostics, Box<Sources>),
    /// The world refused: what was attempted, why, and what to do.
    World {
        /// One sentence: what could not be done.
        summary: String,
        /// The causes, outermost first.
        causes: Vec<String>,
        help: Option<String>,
    },
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

    /// A failure of the world with its cause.
    pub fn world(summary: impl Into<String>, cause: impl std::fmt::Display) -> Self {
        Self::World { summary: summary.into(), causes: vec![cause.to_string()], help: None }
    }

    /// A failure of the world from an error and all its sources.
    pub fn from_error(summary: impl Into<String>, error: &(dyn std::error::Error + 'static)) -> Self {
        let mut causes = Vec::new();
        let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
        while let Some(error) = next {
            let text = error.to_string();
            // Errors that print their source too would say everything twice.
            if causes.last().is_none_or(|last: &String| !last.contains(&text)) {
                causes.push(text);
            }
            next = error.source();
        }
        Self::World { summary: summary.into(), causes, help: remedy(error).map(str::to_owned) }
    }

    /// Adds the remedy.
    pub fn help(self, text: impl Into<String>) -> Self {
        match self {
            Self::World { summary, causes, .. } => Self::World { summary, causes, help: Some(text.into()) },
            other => other,
        }
    }
}
