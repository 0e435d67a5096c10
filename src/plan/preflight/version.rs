//! Whether the server's version lies in the release's window.

use super::Check;
use super::Demand;
use super::Survey;

const SUBJECT: &str = "Kubernetes version";

pub fn check(demand: &Demand<'_>, survey: &Survey) -> Check {
    let version = &survey.server_version;
    let (oldest, newest) = demand.kubernetes;
    let window = match (oldest, newest) {
        ("", "") => return Check::pass(SUBJECT, version.clone()),
        (oldest, "") => format!("{oldest} or newer"),
        ("", newest) => format!("{newest} or older"),
        (oldest, newest) => format!("{oldest} to {newest}"),
    };
    let Some(seen) = minor(version) else {
        return Check::warn(SUBJECT, format!("\"{version}\" cannot be compared with {window}"), "Compare it yourself.");
    };
    let fits = minor(oldest).is_none_or(|oldest| seen >= oldest) && minor(newest).is_none_or(|newest| seen <= newest);
    if fits {
        return Check::pass(SUBJECT, format!("{version}; the release runs on {window}"));
    }
    let remedy = "Choose a release that fits, or another version of the cluster.";
    Check::fail(SUBJECT, format!("{version}, and the release runs on {window}"), remedy)
}

fn minor(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.trim_start_matches('v').split('.').map(|part| part.parse().ok());
    Some((parts.next()??, parts.next()??))
}
