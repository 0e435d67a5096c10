//! Whether a cluster can carry what is desired, before anything is changed there. Pure: a survey of the cluster goes in,
//! a row for each question comes out. Asks nobody, and knows neither HCL nor templates.

mod capacity;
pub mod domain;
mod gpu;
mod permissions;
mod placement;
mod ports;
pub mod storage;
mod tenants;
#[cfg(test)]
mod tests;
mod version;

use std::collections::BTreeSet;

use super::size::Size;
use crate::object::Object;
use crate::object::ReadinessRule;

pub use capacity::offered;
pub use placement::Placement;
pub use storage::Claims;

/// One row: what was looked at, how it stands, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Short and fixed: `storage`.
    pub subject: &'static str,
    pub verdict: Verdict,
    /// What was found, in one sentence without a full stop.
    pub found: String,
    /// What to do; empty where nothing is to be done.
    pub remedy: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    Pass,
    /// It can work; somebody should look at it.
    Warn,
    /// It will not work.
    Fail,
}

impl Check {
    fn pass(subject: &'static str, found: impl Into<String>) -> Self {
        Self { subject, verdict: Verdict::Pass, found: found.into(), remedy: String::new() }
    }

    fn warn(subject: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { subject, verdict: Verdict::Warn, found: found.into(), remedy: remedy.into() }
    }

    fn fail(subject: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { subject, verdict: Verdict::Fail, found: found.into(), remedy: remedy.into() }
    }

    /// A row for what the user may not see.
    fn unseen(subject: &'static str, reason: &str) -> Self {
        Self::warn(subject, format!("could not be looked at: {reason}"), "Ask somebody with the right to look.")
    }
}

/// What the installation needs of a cluster.
#[derive(Clone, Debug, Default)]
pub struct Demand<'a> {
    pub installation: &'a str,
    /// Name of the edition and the least size the product asks for; `None` without a platform.
    pub edition: Option<(&'a str, Size)>,
    /// Nodes it asks for at least.
    pub least_nodes: usize,
    /// Oldest and newest Kubernetes minor version; empty for no bound.
    pub kubernetes: (&'a str, &'a str),
    /// Whether the server's version lies between them; `None` where it is no version.
    pub fits_kubernetes: Option<bool>,
    /// A port that must be free on all nodes.
    pub node_port: Option<u16>,
    /// The DNS domain that the platform's programs take for the cluster's.
    pub domain: &'a str,
    /// GPUs are to be shared, watched or scheduled.
    pub wants_gpus: bool,
    /// Everything that will be there.
    pub objects: Vec<&'a Object>,
    /// Rules of custom kinds, which tell whose namespaces are the platform's.
    pub rules: &'a [ReadinessRule],
}

/// What could be seen of one kind; else why not.
pub type Seen = Result<Vec<Object>, String>;

/// What was found of a cluster.
#[derive(Clone, Debug)]
pub struct Survey {
    /// `v1.31.4`
    pub server_version: String,
    pub nodes: Seen,
    pub pods: Seen,
    pub namespaces: Seen,
    pub services: Seen,
    /// Names and labels only.
    pub definitions: Seen,
    pub classes: Seen,
    pub volumes: Seen,
    pub drivers: Seen,
    /// The cluster's DNS domain as its DNS server is told; empty where nothing tells it.
    pub domain: String,
    /// What the user may not do, as `create deployments.apps`; or why that is not known.
    pub denied: Result<Vec<String>, String>,
}

/// Answers every question, in a fixed order; several rows where there is more than one thing to say.
pub fn preflight(demand: &Demand<'_>, survey: &Survey) -> Vec<Check> {
    let mut checks = vec![version::check(demand, survey)];
    checks.extend(capacity::nodes(demand, &survey.nodes));
    checks.extend(capacity::room(demand, survey));
    checks.extend(storage::rows(demand, survey));
    checks.push(permissions::check(survey));
    checks.extend(tenants::check(demand, survey));
    checks.extend(gpu::check(demand, &survey.nodes));
    checks.extend(ports::check(demand, survey));
    checks.extend(domain::check(demand, survey));
    checks
}

/// What of a preflight a plan tells that is going to make pods: what stands in their way or may do so, by the nodes alone.
pub fn of_nodes(demand: &Demand<'_>, nodes: &Seen) -> Vec<Check> {
    let mut checks = capacity::nodes(demand, nodes);
    checks.extend(gpu::check(demand, nodes));
    checks.retain(|check| check.verdict != Verdict::Pass);
    checks
}

/// `a, b and 3 more`
fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    const SHOWN: usize = 5;
    let names: BTreeSet<&str> = names.into_iter().collect();
    let shown: Vec<&str> = names.iter().take(SHOWN).copied().collect();
    match names.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
