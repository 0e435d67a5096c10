//! Objects that somebody else looks after: what tells whose they are, and which of them are not taken over without being
//! named. What a person made by hand and nobody looks after is taken over with the plan that shows it.

use std::collections::BTreeMap;

use super::Mode;
use super::PlanOptions;
use super::Problem;
use super::managers::managers;
use crate::lang::version_matches;
use crate::object::Address;
use crate::object::Object;
use crate::object::ObjectId;
use crate::object::normalize;

/// Where a sign stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    Label(&'static str),
    Annotation(&'static str),
    /// The name of a field manager, or its beginning where it ends in `-`.
    Manager(&'static str),
}

/// What shows that a tool or a controller goes on looking after an object, and what that is called. `{}` stands for the
/// sign's value up to a colon. The first that fits tells.
const SIGNS: &[(Sign, &str)] = &[
    (Sign::Label("helm.toolkit.fluxcd.io/name"), "the HelmRelease \"{}\" of Flux"),
    (Sign::Label("kustomize.toolkit.fluxcd.io/name"), "the Kustomization \"{}\" of Flux"),
    (Sign::Annotation("argocd.argoproj.io/tracking-id"), "the Argo CD application \"{}\""),
    (Sign::Label("argocd.argoproj.io/instance"), "the Argo CD application \"{}\""),
    (Sign::Annotation(HELM_RELEASE), "the Helm release \"{}\""),
    (Sign::Label("kapp.k14s.io/app"), "the kapp application \"{}\""),
    (Sign::Label("olm.owner"), "the Operator Lifecycle Manager, for \"{}\""),
    (Sign::Label("addonmanager.kubernetes.io/mode"), "the cluster's add-on manager"),
    (Sign::Annotation("objectset.rio.cattle.io/id"), "Rancher Fleet"),
    (Sign::Label(MANAGED_BY), "\"{}\", as its label app.kubernetes.io/managed-by says"),
    (Sign::Manager("argocd-controller"), "Argo CD"),
    (Sign::Manager("kustomize-controller"), "Flux"),
    (Sign::Manager("helm-controller"), "Flux"),
    (Sign::Manager("Terraform"), "Terraform"),
    (Sign::Manager("HashiCorp"), "Terraform"),
    (Sign::Manager("pulumi-"), "Pulumi"),
];

const HELM_RELEASE: &str = "meta.helm.sh/release-name";
const HELM_NAMESPACE: &str = "meta.helm.sh/release-namespace";
const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
const VERSION: &str = "app.kubernetes.io/version";
const CHART: &str = "helm.sh/chart";

/// Tools that write this label and then go away.
const HANDS: &[&str] = &["kubectl", "kustomize"];

/// So many objects are named in one problem.
const NAMED: usize = 5;

/// Objects not to be taken over, by who wants them and why not.
#[derive(Debug, Default)]
pub struct Strangers(BTreeMap<(Address, String, Remedy), Vec<ObjectId>>);

/// What to do about them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Remedy {
    NameThem,
    LeaveThem,
}

impl Strangers {
    /// Notes a live object that belongs to no installation, if it is not to be taken over; whether that is so.
    pub fn note(&mut self, owner: &Address, wanted: &Object, live: &Object, options: &PlanOptions) -> bool {
        if !matches!(options.mode, Mode::Converge | Mode::Adopt) {
            return false;
        }
        let id = live.id();
        let refusal = match newer_definition(wanted, live) {
            Some(why) => Some((why, Remedy::LeaveThem)),
            None if is_named(owner, &id, options) => None,
            None => belongs_to(wanted, live).or_else(|| newer(wanted, live)).map(|why| (why, Remedy::NameThem)),
        };
        let Some((why, remedy)) = refusal else { return false };
        self.0.entry((owner.clone(), why, remedy)).or_default().push(id);
        true
    }

    /// One problem for each owner and reason.
    pub fn into_problems(self) -> impl Iterator<Item = Problem> {
        self.0.into_iter().map(|((owner, why, remedy), ids)| {
            let (exist, them) =
                if ids.len() == 1 { ("exists already and is", "it") } else { ("exist already and are", "them") };
            let mut names: Vec<String> = ids.iter().take(NAMED).map(ObjectId::to_string).collect();
            if ids.len() > NAMED {
                names.push(format!("{} more", ids.len() - NAMED));
            }
            let component = owner.component().map(|name| format!("component \"{name}\" {{\n  enabled = false\n}}"));
            let leave = match &component {
                Some(block) => format!("To leave {them} alone, switch the component off:\n\n{block}"),
                None => format!("To leave {them} alone, take {owner} out of the configuration."),
            };
            let object = match ids.as_slice() {
                [id] => owner.with_object(id),
                _ => owner.clone(),
            };
            let take = match remedy {
                Remedy::NameThem => {
                    format!("\n\nTo take {them} over all the same:\n\n  stackwright adopt \"{object}\"")
                }
                Remedy::LeaveThem => String::new(),
            };
            Problem {
                id: ids.first().cloned(),
                owner: Some(owner),
                summary: "Object of somebody else".into(),
                detail: format!("{} {exist} {why}.", names.join(", ")),
                help: Some(leave + &take),
            }
        })
    }
}

/// The problem of an object that belongs to no installation and would have to be deleted to become what is wanted;
/// `None` where its replacement was asked for.
pub fn replaced(owner: &Address, live: &Object, reason: &str, options: &PlanOptions) -> Option<Problem> {
    let id = live.id();
    if !matches!(options.mode, Mode::Converge | Mode::Adopt)
        || options.replace.iter().any(|named| named.covers(owner, &id))
    {
        return None;
    }
    let whose = super::compare::whose(live);
    Some(Problem {
        summary: "Object of somebody else".into(),
        detail: format!(
            "{id} exists already, belongs to no installation{whose}, and would have to be deleted and made anew. {reason}"
        ),
        help: Some(format!(
            "Delete it yourself, or agree to that:\n\n  stackwright apply --replace \"{}\"",
            owner.with_object(&id)
        )),
        id: Some(id),
        owner: Some(owner.clone()),
    })
}

/// Whether a person has named the object as one to take over.
fn is_named(owner: &Address, id: &ObjectId, options: &PlanOptions) -> bool {
    let covers = |addresses: &[Address]| addresses.iter().any(|address| address.covers(owner, id));
    options.imported.contains(id) || covers(&options.replace) || options.mode == Mode::Adopt && covers(&options.targets)
}

/// Who looks after an object; `None` where nothing tells, or where we would say the same of it.
fn belongs_to(wanted: &Object, live: &Object) -> Option<String> {
    let managers = managers(live);
    let found = SIGNS.iter().find_map(|(sign, name)| {
        let value = match sign {
            Sign::Label(key) => live.label(key).filter(|value| wanted.label(key) != Some(*value)),
            Sign::Annotation(key) => live.annotation(key).filter(|value| wanted.annotation(key) != Some(*value)),
            Sign::Manager(name) => {
                managers.iter().map(|manager| manager.name).find(|found| match name.ends_with('-') {
                    true => found.starts_with(name),
                    false => found == name,
                })
            }
        };
        let value = value.filter(|value| *sign != Sign::Label(MANAGED_BY) || !HANDS.contains(value))?;
        Some((*sign, name.replace("{}", value.split(':').next().unwrap_or(value))))
    });
    let (sign, mut name) = found?;
    if let Some(namespace) = live.annotation(HELM_NAMESPACE).filter(|_| sign == Sign::Annotation(HELM_RELEASE)) {
        name.push_str(&format!(" in namespace {namespace}"));
    }
    let chart = live.label(CHART).map(|chart| format!(" (chart {chart})"));
    let version = || live.label(VERSION).map(|version| format!(" (version {version})"));
    name.push_str(&chart.or_else(version).unwrap_or_default());
    Some(format!("in the hands of {name}"))
}

/// That an object is of a later version than what is wanted, as both say themselves. As all reasons here, it goes on from
/// "is" or "are".
fn newer(wanted: &Object, live: &Object) -> Option<String> {
    let (ours, theirs) = (wanted.label(VERSION)?, live.label(VERSION)?);
    let is_newer = version_matches(&format!("> {}", ours.trim_start_matches('v')), theirs) == Ok(true);
    is_newer.then(|| format!("of version {theirs}, which is later than ours, {ours}"))
}

/// That a definition serves what ours does not: taking it over would cut off the objects of others.
fn newer_definition(wanted: &Object, live: &Object) -> Option<String> {
    if !normalize::is_crd(wanted) {
        return None;
    }
    let versions = served(live);
    let ours = served(wanted);
    let more: Vec<&str> = versions.into_iter().filter(|version| !ours.contains(version)).collect();
    match more.as_slice() {
        [] => newer(wanted, live),
        more => {
            Some(format!("serving {}, which ours does not: what is of that version would be cut off", more.join(", ")))
        }
    }
}

/// The versions that a definition serves.
fn served(crd: &Object) -> Vec<&str> {
    let versions = crd.get("/spec/versions").and_then(|versions| versions.as_array()).map(Vec::as_slice);
    let served = versions.unwrap_or_default().iter().filter(|version| version["served"] != false);
    served.filter_map(|version| version["name"].as_str()).collect()
}
