//! Whether an object serves, by the rules of its kind.

/// How a custom kind tells that it is ready, as a component's module declares it.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadinessRule {
    pub group: String,
    pub kind: String,
    /// The condition types that must be `"True"`.
    pub conditions: Vec<String>,
    /// The condition types that mean failure when `"True"`.
    pub failures: Vec<String>,
}

/// Whether an object serves; the words are kstatus's. Texts say what is waited for, or what failed.
#[derive(Clone, Debug, PartialEq)]
pub enum Readiness {
    Current,
    InProgress(String),
    Failed(String),
}
