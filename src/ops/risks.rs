//! What is risky in a plan, by what could go wrong. Told before everything else, and never cut.

use serde::Serialize;

use super::hopping::Leg;
use super::hopping::Look;
use super::hopping::Upgrade;
use super::planning::Planned;
use crate::catalog::Deed;
use crate::catalog::HopStep;
use crate::object::CHECKSUM_ANNOTATION;
use crate::object::kinds;
use crate::object::kinds::Class;
use crate::plan::Action;
use crate::plan::Change;

/// How much there is to fear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Danger,
    Warning,
    Note,
}

/// One kind of risk, and all that runs it.
#[derive(Clone, Debug, Serialize)]
pub struct Risk {
    /// For programs and rules, whatever its words become.
    pub name: &'static str,
    pub level: Level,
    pub title: &'static str,
    pub items: Vec<RiskItem>,
}

/// An object, or something without a name, and what is to be known of it.
#[derive(Clone, Debug, Serialize)]
pub struct RiskItem {
    pub object: Option<String>,
    pub text: String,
}

/// The risks of the plan of one target, the worst first. Kinds that nothing runs are left out.
pub fn risks(planned: &Planned) -> Vec<Risk> {
    let changes = || planned.plan.changes.iter();
    let told = |changes: &mut dyn Iterator<Item = (&Change, String)>| -> Vec<RiskItem> {
        changes.map(|(change, text)| RiskItem { object: Some(change.id.to_string()), text }).collect()
    };
    let lines = |lines: Vec<String>| -> Vec<RiskItem> {
        lines.into_iter().map(|text| RiskItem { object: None, text }).collect()
    };
    let lost = changes().filter(|change| !change.is_nothing()).filter_map(|c| Some((c, c.loss.clone()?)));
    let anew = changes().filter(|change| change.action == Action::Replace && !change.restarts());
    let adopted = changes().filter(|change| change.action == Action::Adopt);
    let adopted = adopted.map(|change| (change, said(change, "is taken over, whoever made it")));
    let upgrade = planned.upgrade.as_ref();
    let mut restarted: Vec<(&Change, String)> =
        changes().filter(|change| change.restarts()).map(|change| (change, why_restarted(change))).collect();
    let stops =
        changes().filter(|change| change.action == Action::Delete && kinds::class(&change.id) == Class::Workload);
    restarted.extend(stops.map(|change| (change, "its pods go".to_owned())));
    let all = [
        ("data_loss", Level::Danger, "This loses data", told(&mut { lost })),
        ("one_way", Level::Danger, "This cannot be undone", lines(upgrade.map(one_way).unwrap_or_default())),
        ("hazard", Level::Warning, "This is at risk", lines(upgrade.map(at_risk).unwrap_or_default())),
        (
            "replaced",
            Level::Warning,
            "Deleted and made anew",
            told(&mut anew.map(|change| (change, said(change, "nothing of it stays")))),
        ),
        (
            "of_others",
            Level::Warning,
            "Objects and fields of others",
            [told(&mut { adopted }), told(&mut changes().filter_map(|c| Some((c, taken(c)?))))].concat(),
        ),
        ("restarts", Level::Warning, "Pods restart or go", told(&mut restarted.into_iter())),
        (
            "drifted",
            Level::Note,
            "Changed outside of Stackwright",
            told(&mut planned.plan.drifted().map(|change| (change, fields(change)))),
        ),
        (
            "kept",
            Level::Note,
            "This stays, because it holds data",
            told(&mut planned.plan.kept().map(|change| (change, change.reason.clone()))),
        ),
    ];
    let all = all.into_iter().map(|(name, level, title, items)| Risk { name, level, title, items });
    all.filter(|risk| !risk.items.is_empty()).collect()
}

fn said(change: &Change, otherwise: &str) -> String {
    if change.reason.is_empty() { otherwise.to_owned() } else { change.reason.clone() }
}

/// Which other managers lose fields by a change.
fn taken(change: &Change) -> Option<String> {
    let mut by: Vec<String> = change
        .fields
        .iter()
        .filter_map(|field| Some(format!("{} was set by {}", field.path, field.taken_from.as_ref()?)))
        .collect();
    if !change.take_over.is_empty() {
        by.push(format!("the fields of {} are taken over", change.take_over.join(", ")));
    }
    (!by.is_empty()).then(|| by.join("; "))
}

fn why_restarted(change: &Change) -> String {
    if change.action == Action::Replace {
        return said(change, "deleted and made anew");
    }
    let template = change.fields.iter().filter_map(|field| field.path.strip_prefix("spec.template."));
    let mut paths: Vec<&str> = template.filter(|path| !path.contains(CHECKSUM_ANNOTATION)).collect();
    // Other programs before other settings.
    paths.sort_by_key(|path| !path.ends_with(".image"));
    let first = paths.iter().take(TOLD).copied().collect::<Vec<_>>().join(", ");
    match paths.len().saturating_sub(TOLD) {
        _ if paths.is_empty() => "what its pods read changes".to_owned(),
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

/// Fields that a reason names; the others are counted, and shown with the object.
const TOLD: usize = 2;

fn fields(change: &Change) -> String {
    change.fields.iter().map(|field| field.path.as_str()).collect::<Vec<_>>().join(", ")
}

fn looks(upgrade: &Upgrade) -> impl Iterator<Item = (&Leg, &Look)> {
    upgrade.legs.iter().flat_map(|leg| leg.looks.iter().map(move |look| (leg, look)))
}

/// The steps that cannot be undone, a line each.
pub fn one_way(upgrade: &Upgrade) -> Vec<String> {
    looks(upgrade)
        .filter(|(_, look)| look.step.one_way && !look.is_done && is_felt(look))
        .map(|(leg, look)| {
            let loss = look.loses().map(|loss| format!(" It loses {loss}: that needs --allow-data-loss."));
            format!("{}  {}: {}{}", leg.hop.to, look.step.title(), look.step.reason, loss.unwrap_or_default())
        })
        .collect()
}

/// What checks and a look at the cluster warn of, a line each.
pub fn at_risk(upgrade: &Upgrade) -> Vec<String> {
    let warns = |look: &Look| matches!(look.step.deed, Deed::Check { refuses: false, .. }) && !look.found.is_empty();
    let mut warned: Vec<String> = looks(upgrade)
        .filter(|(_, look)| warns(look))
        .map(|(leg, look)| format!("{}  {}. {}{}", leg.hop.to, look.what(), look.step.reason, remedy(&look.step)))
        .collect();
    let told = upgrade.hindrances.iter().filter(|hindrance| !hindrance.refuses);
    warned.extend(told.map(|one| format!("{}: {} {}", one.name, one.detail, one.remedy)));
    warned
}

/// Whether it means something to what is there now.
pub fn is_felt(look: &Look) -> bool {
    look.step.subject().is_none() || !look.found.is_empty()
}

fn remedy(step: &HopStep) -> String {
    match &step.deed {
        Deed::Check { remedy, .. } if !remedy.is_empty() => format!(" {remedy}"),
        _ => String::new(),
    }
}
