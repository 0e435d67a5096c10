//! The rights that the steps of hops need beside those of the releases on the way, found from the steps.

use std::collections::BTreeMap;

use super::rights::Purpose;
use super::rights::Rights;
use super::rights::grant;
use crate::catalog::Deed;
use crate::catalog::Hop;
use crate::catalog::HopStep;
use crate::catalog::Subject;
use crate::object::kinds;

/// What is looked at before an upgrade, beside what its steps are about: group, resource, verbs.
const LOOKED_AT: &[(&str, &str, &[&str])] = &[
    ("policy", "poddisruptionbudgets", &["list"]),
    ("", "nodes", &["list"]),
    ("", "pods", &["list"]),
    ("", "namespaces", &["list"]),
    ("admissionregistration.k8s.io", "mutatingwebhookconfigurations", &["list"]),
    ("admissionregistration.k8s.io", "validatingwebhookconfigurations", &["list"]),
    ("discovery.k8s.io", "endpointslices", &["list"]),
    ("apiextensions.k8s.io", "customresourcedefinitions", &["get"]),
];
/// Of a program: its Job, what its pod says, the claims it may need, and the secrets that must not be told of its log.
const OF_PROGRAMS: &[(&str, &str, &[&str])] = &[
    ("batch", "jobs", &["create", "delete", "get"]),
    ("", "pods", &["list"]),
    ("", "pods/log", &["get"]),
    ("", "persistentvolumeclaims", &["create", "get"]),
    ("", "secrets", &["get"]),
];
/// What pods belong to, when they are to be restarted.
const OF_RESTARTS: &[(&str, &str, &[&str])] = &[
    ("apps", "replicasets", &["get"]),
    ("apps", "daemonsets", &["get", "patch"]),
    ("apps", "deployments", &["get", "patch"]),
    ("apps", "statefulsets", &["get", "patch"]),
];

/// Adds the rights of all steps of hops, or of looking at what they are about.
///
/// # Arguments
///
/// * `defined`: plural names of the kinds that definitions on the way define, by group and kind.
pub(super) fn grant_steps(
    hops: &[Hop],
    purpose: Purpose,
    defined: &BTreeMap<(String, String), String>,
    rights: &mut Rights,
) {
    if hops.is_empty() {
        return;
    }
    grant_all(rights, LOOKED_AT);
    for ((group, _), plural) in defined {
        grant(rights, group, plural, &["list"]);
    }
    for step in hops.iter().flat_map(|hop| &hop.steps) {
        if let Some(subject) = step.subject() {
            grant_of(rights, subject, defined, &["get", "list"]);
            if purpose == Purpose::Install {
                writes(step, subject, defined, rights);
            }
        }
        match &step.deed {
            _ if purpose == Purpose::Look => {}
            Deed::Run(_) => grant_all(rights, OF_PROGRAMS),
            Deed::Restart { .. } => grant_all(rights, OF_RESTARTS),
            Deed::Store { .. } => {
                let group = "apiextensions.k8s.io";
                grant(rights, group, "customresourcedefinitions", &["get", "patch"]);
                grant(rights, group, "customresourcedefinitions/status", &["patch"]);
                let (plural, group) = step.name.split_once('.').unwrap_or((&step.name, ""));
                grant(rights, group, plural, &["get", "list", "update"]);
            }
            _ => {}
        }
    }
}

fn writes(step: &HopStep, subject: &Subject, defined: &BTreeMap<(String, String), String>, rights: &mut Rights) {
    match &step.deed {
        Deed::Delete { .. } => grant_of(rights, subject, defined, &["delete"]),
        Deed::Scale { .. } => grant_of(rights, subject, defined, &["patch"]),
        Deed::Patch { subresource, .. } if subresource.is_empty() => grant_of(rights, subject, defined, &["patch"]),
        Deed::Patch { subresource, .. } => {
            for (group, kind) in &subject.kinds {
                let part = format!("{}/{subresource}", plural(group, kind, defined));
                grant(rights, group, &part, &["patch"]);
            }
        }
        _ => {}
    }
}

fn grant_all(rights: &mut Rights, all: &[(&str, &str, &[&'static str])]) {
    all.iter().for_each(|(group, resource, verbs)| grant(rights, group, resource, verbs));
}

fn grant_of(
    rights: &mut Rights,
    subject: &Subject,
    defined: &BTreeMap<(String, String), String>,
    verbs: &[&'static str],
) {
    for (group, kind) in &subject.kinds {
        grant(rights, group, &plural(group, kind, defined), verbs);
    }
}

/// The plural of a kind; the usual one is the best guess where nothing on the way defines it.
fn plural(group: &str, kind: &str, defined: &BTreeMap<(String, String), String>) -> String {
    let by_definition = defined.get(&(group.to_owned(), kind.to_owned())).cloned();
    let known = by_definition.or_else(|| kinds::plural(group, kind).map(str::to_owned));
    known.unwrap_or_else(|| format!("{}s", kind.to_lowercase()))
}
