//! Why there is no plan: everything that is wrong, at once.

use std::fmt;

use crate::diag::Diagnostic;
use crate::object::Address;
use crate::object::ObjectId;

/// One thing that makes a plan impossible.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// The object it is about; `None` for the plan as a whole.
    pub id: Option<ObjectId>,
    /// As `DesiredObject::owner`; `None` for the plan as a whole.
    pub owner: Option<Address>,
    /// Short and fixed for a kind of mistake: `Object refused by the server`.
    pub summary: String,
    /// The particulars, in full sentences.
    pub detail: String,
    /// The remedy.
    pub help: Option<String>,
}

impl Problem {
    /// As a diagnostic about the owner, without a place in the configuration.
    pub fn to_diagnostic(&self) -> Diagnostic {
        let diagnostic = Diagnostic::error(self.summary.clone(), self.detail.clone()).help_option(self.help.clone());
        match &self.owner {
            Some(owner) => diagnostic.about(owner),
            None => diagnostic,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.summary, self.detail)
    }
}

/// All problems of a plan; at least one.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{}", lines(.problems))]
pub struct PlanError {
    pub problems: Vec<Problem>,
}

fn lines(problems: &[Problem]) -> String {
    problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n")
}
