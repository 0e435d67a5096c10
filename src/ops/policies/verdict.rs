//! What a policy says of a plan.

use crate::object::Address;

/// What a policy says of the plan of one target. Its texts hold no secret.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    pub policy: Address,
    /// May be empty.
    pub description: String,
    pub only_warns: bool,
    pub result: VerdictResult,
    /// How many were judged.
    pub judged: usize,
    /// How many of them do not hold; only the first of them are in `breaches`.
    pub broken: usize,
    pub breaches: Vec<Breach>,
}

/// What becomes of a plan by a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerdictResult {
    Held,
    Warned,
    Refused,
    /// It would be refused, and somebody said to go on.
    Overridden,
}

impl VerdictResult {
    /// For people and programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Warned => "warned",
            Self::Refused => "refused",
            Self::Overridden => "overridden",
        }
    }
}

/// Something that breaks a policy.
#[derive(Clone, Debug, PartialEq)]
pub struct Breach {
    /// The address of a change or a user, the name of an image; `None` for the plan as a whole.
    pub about: Option<String>,
    pub message: String,
    /// The rule could not be evaluated.
    pub is_failure: bool,
}

impl Verdict {
    /// What breaks it, one by one: what it is about, and why.
    pub fn lines(&self) -> impl Iterator<Item = (Option<String>, String)> {
        self.breaches.iter().map(|breach| (breach.about.clone(), breach.message.clone()))
    }
}
