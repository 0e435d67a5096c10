//! What is told of a plan of all targets.

use std::collections::BTreeMap;

use serde::Serialize;

use super::group::groups;
use super::object::OwnerModel;
use super::object::Room;
use crate::cli::view::Paint;
use crate::cli::view::PlanText;
use crate::cli::view::outputs::output_rows;
use crate::cli::view::owners::owners;
use crate::cli::view::plan_notes;
use crate::cli::view::plan_text::summary_of;
use crate::cli::view::upgrade_text::objects_text;
use crate::cli::view::upgrade_text::step_rows;
use crate::ops;
use crate::ops::Planned;
use crate::ops::Risk;
use crate::ops::RiskItem;
use crate::ops::RiskLevel;
use crate::ops::Upgrade;
use crate::ops::Verdict;
use crate::ops::VerdictResult;
use crate::ops::risks;
use crate::plan::Action;
use crate::plan::Counts;
use crate::plan::OutputAction;
use crate::plan::OutputChange;
use crate::ui::Veil;

/// So many characters of objects that are made are shown, unless everything is asked for.
const MANIFESTS: usize = 3_000_000;
/// Rows of more objects are drawn when somebody looks at them.
const LARGE: usize = 2_000;
/// Longer values of outputs are cut.
const LONGEST_OUTPUT: usize = 2_000;

/// Who looks at the plan, when, and what for.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Occasion {
    /// `alice@laptop`
    pub who: String,
    /// RFC 3339.
    pub when: String,
    /// The command that carries it out.
    pub command: String,
    /// That command performs exactly this plan, or nothing; else it plans again.
    pub is_exact: bool,
    /// Variables whose values must be given again.
    pub secret_variables: Vec<String>,
    /// Show everything, however long.
    pub full: bool,
}

/// A plan.
#[derive(Clone, Debug, Serialize)]
pub struct PlanModel {
    pub installation: String,
    /// `Plan: 3 to add, 1 to change, 0 to destroy.`
    pub summary: String,
    pub is_empty: bool,
    pub version: &'static str,
    pub occasion: Occasion,
    /// Those there are none of too, but for the rarer ones.
    pub counts: Vec<Count>,
    pub targets: Vec<TargetModel>,
    pub outputs: Vec<OutputModel>,
    /// Kinds of the objects that change, and how many there are of each.
    pub kinds: Vec<Count>,
    pub actions: Vec<Count>,
    /// Owners, to choose one.
    pub owners: Vec<String>,
    /// Objects that change.
    pub objects: usize,
    /// They are too many to be laid out before somebody looks at them.
    pub is_large: bool,
    /// How many risks there are in all.
    pub risks: usize,
    /// Objects that are made and are not shown as a whole.
    pub left_out: usize,
}

/// So many of something.
#[derive(Clone, Debug, Serialize)]
pub struct Count {
    pub name: String,
    pub word: String,
    pub number: usize,
}

/// The plan of one target.
#[derive(Clone, Debug, Serialize)]
pub struct TargetModel {
    pub address: String,
    /// `cluster`, `cloud`
    pub noun: &'static str,
    /// `Kubernetes v1.31  prod at https://10.0.0.1:6443`; `None` where it is not there yet, or is no cluster.
    pub place: Option<String>,
    pub platform: Option<PlatformModel>,
    pub revision: u64,
    pub summary: String,
    pub is_empty: bool,
    pub risks: Vec<Risk>,
    /// What policies say of it, all of them.
    pub policies: Vec<PolicyModel>,
    pub notes: Vec<String>,
    pub upgrade: Option<UpgradeModel>,
    /// Resources, then components.
    pub owners: Vec<OwnerModel>,
}

/// Which release a platform is at, and which it comes to.
#[derive(Clone, Debug, Serialize)]
pub struct PlatformModel {
    pub address: String,
    pub installed: Option<String>,
    pub version: String,
}

/// The way to another release.
#[derive(Clone, Debug, Serialize)]
pub struct UpgradeModel {
    pub platform: String,
    pub path: String,
    pub hops: Vec<HopModel>,
}

#[derive(Clone, Debug, Serialize)]
pub struct HopModel {
    pub from: String,
    pub to: String,
    pub objects: String,
    pub steps: Vec<StepModel>,
}

#[derive(Clone, Debug, Serialize)]
pub struct StepModel {
    pub title: String,
    pub what: String,
    pub reason: String,
    pub program: String,
}

#[derive(Clone, Debug, Serialize)]
pub struct OutputModel {
    pub name: String,
    pub action: &'static str,
    pub verb: &'static str,
    pub before: String,
    pub after: String,
}

/// Hides what the plans of these targets know to be secret.
pub fn veil_of(planned: &[Planned]) -> Veil {
    Veil::new(planned.iter().map(|one| one.plan.secrets.clone()))
}

impl PlanModel {
    pub fn new(planned: &[Planned], outputs: &BTreeMap<String, OutputChange>, occasion: Occasion) -> Self {
        let veil = veil_of(planned);
        let mut room = Room(if occasion.full { usize::MAX } else { MANIFESTS });
        let targets: Vec<TargetModel> =
            planned.iter().map(|one| TargetModel::new(one, &veil, occasion.full, &mut room)).collect();
        let rows = output_rows(outputs, LONGEST_OUTPUT);
        let (counts, moved) = all_counts(planned);
        let unchanged = planned.iter().flat_map(|one| &one.plan.changes).filter(|change| change.is_nothing()).count();
        let is_empty = ops::is_empty(planned) && rows.is_empty();
        let objects = || targets.iter().flat_map(|target| &target.owners).flat_map(|owner| &owner.objects);
        let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
        let mut actions: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for object in objects() {
            *kinds.entry(object.kind.clone()).or_default() += 1;
            *actions.entry((object.action, object.verb)).or_default() += 1;
        }
        let count =
            |(name, word): (&str, &str), number: usize| Count { name: name.to_owned(), word: word.to_owned(), number };
        Self {
            installation: planned.first().map(|one| one.plan.installation.clone()).unwrap_or_default(),
            summary: match (is_empty, planned) {
                (true, [one]) => format!("No changes. The {} matches the configuration.", one.noun()),
                (true, _) => "No changes. Everything matches the configuration.".to_owned(),
                (false, _) => summary_of(&counts, moved),
            },
            is_empty,
            version: env!("CARGO_PKG_VERSION"),
            counts: tiles(&counts, moved, unchanged),
            outputs: rows
                .into_iter()
                .map(|row| OutputModel {
                    name: row.name.to_owned(),
                    action: action_of(row.action).as_str(),
                    verb: crate::cli::view::verb(action_of(row.action)),
                    before: row.before,
                    after: row.after,
                })
                .collect(),
            kinds: kinds.iter().map(|(kind, number)| count((kind, kind), *number)).collect(),
            actions: actions.into_iter().map(|(names, number)| count(names, number)).collect(),
            owners: targets.iter().flat_map(|target| &target.owners).map(|owner| owner.address.clone()).collect(),
            objects: objects().count(),
            is_large: objects().count() > LARGE,
            risks: targets.iter().flat_map(|target| &target.risks).map(|risk| risk.items.len()).sum(),
            left_out: objects().filter(|object| object.is_manifest_left_out).count(),
            targets,
            occasion,
        }
    }
}

impl TargetModel {
    fn new(one: &Planned, veil: &Veil, full: bool, room: &mut Room) -> Self {
        let (paint, is_there) = (Paint::new(false), one.reach.is_some());
        let options = PlanText { paint, noun: one.noun(), is_there, full, changes_outputs: false };
        let mut owners = owners(&one.plan);
        owners.sort_by_key(|owner| owner.is_component());
        let moved = one.plan.changes.iter().filter(|change| change.moved_from.is_some()).count();
        let place = one.place().map(|place| match place.strip_prefix(&one.target.to_string()) {
            Some(rest) => rest.trim_start().to_owned(),
            None => place,
        });
        Self {
            address: one.target.to_string(),
            noun: one.noun(),
            place,
            platform: one.platform.as_ref().map(|platform| PlatformModel {
                address: platform.address.to_string(),
                installed: one.standing.as_ref().map(|standing| standing.version.clone()),
                version: platform.version.clone(),
            }),
            revision: one.plan.revision,
            summary: summary_of(&one.plan.counts(), moved),
            is_empty: one.plan.is_empty() && one.upgrade.is_none(),
            risks: broken_policies(&one.judged).chain(risks(one)).collect(),
            policies: one.judged.iter().map(PolicyModel::new).collect(),
            notes: plan_notes(one, options),
            upgrade: one.upgrade.as_ref().map(|upgrade| upgrade_model(upgrade, full)),
            owners: groups(owners).iter().map(|group| OwnerModel::new(group, &one.plan, veil, room)).collect(),
        }
    }
}

/// What a policy says of a plan.
#[derive(Clone, Debug, Serialize)]
pub struct PolicyModel {
    pub address: String,
    pub description: String,
    pub result: &'static str,
    pub judged: usize,
    pub broken: usize,
}

impl PolicyModel {
    fn new(verdict: &Verdict) -> Self {
        Self {
            address: verdict.policy.to_string(),
            description: verdict.description.clone(),
            result: verdict.result.as_str(),
            judged: verdict.judged,
            broken: verdict.broken,
        }
    }
}

/// Policies that do not hold, among what is risky: those that refuse the plan first.
fn broken_policies(verdicts: &[Verdict]) -> impl Iterator<Item = Risk> {
    let kinds = [
        (VerdictResult::Refused, "policy_refuses", RiskLevel::Danger, "Policies refuse this"),
        (VerdictResult::Overridden, "policy_overridden", RiskLevel::Danger, "Policies are overridden"),
        (VerdictResult::Warned, "policy_warns", RiskLevel::Warning, "Policies warn of this"),
    ];
    kinds.into_iter().filter_map(|(result, name, level, title)| {
        let verdicts = verdicts.iter().filter(|verdict| verdict.result == result);
        let items: Vec<RiskItem> = verdicts
            .flat_map(|verdict| {
                verdict.lines().map(|(object, text)| RiskItem { object, text: format!("{}: {text}", verdict.policy) })
            })
            .collect();
        (!items.is_empty()).then_some(Risk { name, level, title, items })
    })
}

fn upgrade_model(upgrade: &Upgrade, full: bool) -> UpgradeModel {
    let hops = upgrade.legs.iter().map(|leg| HopModel {
        from: leg.hop.from.clone(),
        to: leg.hop.to.clone(),
        objects: objects_text(leg),
        steps: step_rows(leg, Paint::new(false), full)
            .into_iter()
            .map(|row| StepModel { title: row.title, what: row.what, reason: row.reason, program: row.program })
            .collect(),
    });
    UpgradeModel { platform: upgrade.platform.to_string(), path: upgrade.path(), hops: hops.collect() }
}

/// An output's, as that of an object.
fn action_of(action: OutputAction) -> Action {
    match action {
        OutputAction::NoOp => Action::NoOp,
        OutputAction::Create => Action::Create,
        OutputAction::Update => Action::Update,
        OutputAction::Delete => Action::Delete,
    }
}

/// The changes at all targets together, and how many objects get another address.
fn all_counts(planned: &[Planned]) -> (Counts, usize) {
    let mut counts = Counts::default();
    let changes = || planned.iter().flat_map(|one| &one.plan.changes);
    changes().for_each(|change| counts.add(change.action));
    (counts, changes().filter(|change| change.moved_from.is_some()).count())
}

fn tiles(counts: &Counts, moved: usize, unchanged: usize) -> Vec<Count> {
    let all = [
        ("create", "to add", counts.create, true),
        ("update", "to change", counts.update, true),
        ("replace", "to replace", counts.replace, false),
        ("delete", "to destroy", counts.delete, true),
        ("adopt", "to adopt", counts.adopt, false),
        ("forget", "to forget", counts.forget, false),
        ("move", "to move", moved, false),
        ("no-op", "unchanged", unchanged, true),
    ];
    let tiles = all.into_iter().filter(|(_, _, number, always)| *always || *number > 0);
    tiles.map(|(name, word, number, _)| Count { name: name.to_owned(), word: word.to_owned(), number }).collect()
}
