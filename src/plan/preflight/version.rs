//! Whether the server's version lies in the release's window, which the release itself judges.

use super::Check;
use super::Demand;
use super::Survey;

const SUBJECT: &str = "Kubernetes version";

pub fn check(demand: &Demand<'_>, survey: &Survey) -> Check {
    let version = &survey.server_version;
    let window = match demand.kubernetes {
        ("", "") => return Check::pass(SUBJECT, version.clone()),
        (oldest, "") => format!("{oldest} or newer"),
        ("", newest) => format!("{newest} or older"),
        (oldest, newest) => format!("{oldest} to {newest}"),
    };
    match demand.fits_kubernetes {
        Some(true) => Check::pass(SUBJECT, format!("{version}; the release runs on {window}")),
        Some(false) => {
            let remedy = "Choose a release that fits, or another version of the cluster.";
            Check::fail(SUBJECT, format!("{version}, and the release runs on {window}"), remedy)
        }
        None => Check::warn(SUBJECT, format!("\"{version}\" cannot be compared with {window}"), "Compare it yourself."),
    }
}
