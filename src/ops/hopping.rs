//! Where a platform stands, and by which hops it comes to the release its configuration names. Looks and decides; changes
//! nothing.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::Failure;
use super::Loaded;
use super::hindrances;
use super::plan_request::moves;
use super::planning;
use super::records::unreadable;
use super::rendering;
use crate::catalog::Deed;
use crate::catalog::Hop;
use crate::catalog::HopStep;
use crate::catalog::Program;
use crate::catalog::is_older;
use crate::catalog::way;
use crate::config;
use crate::config::Declared;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::diag::Sources;
use crate::object::Address;
use crate::object::Object;
use crate::object::ObjectId;
use crate::plan::hindrance::Hindrance;
use crate::provider::kubernetes::Cluster;
use crate::provider::kubernetes::ClusterError;
use crate::state::Inventory;
use crate::state::RevisionResult;
use crate::state::Standing;
use crate::state::Store;
use crate::state::Underway;

/// The way of a platform from the release it is at to the one its configuration names.
#[derive(Clone, Debug, PartialEq)]
pub struct Upgrade {
    pub platform: Address,
    pub from: String,
    pub to: String,
    /// One hop after the other.
    pub legs: Vec<Leg>,
    /// What of the cluster would hold it, or is harmed by it.
    pub hindrances: Vec<Hindrance>,
}

/// One hop of the way, and what was seen of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Leg {
    pub hop: Hop,
    /// How far a run before this one has come with it.
    pub underway: Option<Underway>,
    /// Components that are on in the release it leads to.
    pub components: BTreeSet<String>,
    /// Kubernetes versions that release runs on; an end is empty where there is none.
    pub kubernetes: (String, String),
    /// Objects that the release has and the one before has not, and the other way round.
    pub comes: usize,
    pub goes: usize,
    /// Its steps that mean something here, in their order.
    pub looks: Vec<Look>,
}

/// What was seen of a step.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    pub step: HopStep,
    /// The objects it is about, that are there now.
    pub found: Vec<ObjectId>,
    /// The program it runs, as it runs here.
    pub program: Option<Program>,
    /// A run before this one did it.
    pub is_done: bool,
}

impl Look {
    /// A check that found what stands in the way.
    pub fn refuses(&self) -> bool {
        matches!(self.step.deed, Deed::Check { refuses: true, .. }) && !self.found.is_empty()
    }

    /// Whether doing it loses data by what is there now.
    pub fn loses(&self) -> Option<&str> {
        let is_empty = self.step.subject().is_some() && self.found.is_empty();
        self.step.loses.as_deref().filter(|_| !is_empty && !self.is_done)
    }

    /// `3 of kind PyTorchJob.kubeflow.org: a/x, a/y and 1 more`
    pub fn what(&self) -> String {
        let name = |id: &ObjectId| match id.namespace.as_str() {
            "" => id.name.clone(),
            namespace => format!("{namespace}/{}", id.name),
        };
        let names: Vec<String> = self.found.iter().take(NAMED).map(name).collect();
        let more = match self.found.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let mut kinds: Vec<String> = self.found.iter().map(ObjectId::group_kind).collect();
        kinds.dedup();
        format!("{} of kind {}: {}{more}", self.found.len(), kinds.join(", "), names.join(", "))
    }
}

/// Names of objects that a text tells; the others are counted.
const NAMED: usize = 5;

impl Upgrade {
    /// The steps by which data is lost, with the hop they are of.
    pub fn losses(&self) -> impl Iterator<Item = (&Hop, &Look, &str)> {
        let looks = self.legs.iter().flat_map(|leg| leg.looks.iter().map(move |look| (&leg.hop, look)));
        looks.filter_map(|(hop, look)| Some((hop, look, look.loses()?)))
    }

    /// What programs of steps need once a release is applied: it stays to the end, whatever somebody agreed to lose.
    pub fn needed_later(&self) -> BTreeSet<ObjectId> {
        self.legs.iter().flat_map(|leg| leg.hop.claims_needed_after()).collect()
    }

    /// `1.9.1 -> 1.10.2 -> 1.11.0`
    pub fn path(&self) -> String {
        let to = self.legs.iter().map(|leg| leg.hop.to.as_str());
        std::iter::once(self.from.as_str()).chain(to).collect::<Vec<_>>().join(" -> ")
    }
}

/// What is to be done about the release a configuration names.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Course {
    /// Nothing was installed yet, as far as is known.
    Install,
    /// It is there already.
    Stay,
    /// A hop was begun, and is gone back.
    Back,
    /// These hops, the first of which may be under way.
    Walk(Vec<(Hop, Option<Underway>)>),
}

/// Where a platform stands by the records. Earlier programs wrote it into the history only.
///
/// # Errors
/// The history cannot be read.
pub(super) async fn recorded(
    loaded: &Loaded,
    store: &Store,
    inventory: &Inventory,
    platform: &Address,
) -> Result<Option<Standing>, Failure> {
    let moves = moves(loaded);
    let is_it = |known: &Address| {
        known == platform || moves.iter().any(|(from, to)| known.moved(from, to).as_ref() == Some(platform))
    };
    if let Some((_, standing)) = inventory.standings.iter().find(|(known, _)| is_it(known)) {
        return Ok(Some(standing.clone()));
    }
    if !inventory.standings.is_empty() || inventory.entries.is_empty() {
        return Ok(None);
    }
    let revisions = store.revisions().await.map_err(unreadable)?;
    let done = revisions.iter().rev().filter(|revision| revision.result == RevisionResult::Done);
    let version = done.filter_map(|revision| revision.versions.get(&platform.to_string())).next();
    Ok(version.map(Standing::at))
}

/// By which hops a platform comes from where it stands to the release its configuration names.
///
/// # Errors
/// There is no way, with the ways there are and what is left to do.
pub(super) fn course(
    loaded: &Loaded,
    platform: &Declared<config::Platform>,
    standing: Option<&Standing>,
) -> Result<Course, Failure> {
    let Some(standing) = standing.filter(|standing| !standing.version.is_empty()) else { return Ok(Course::Install) };
    let (from, to) = (standing.version.as_str(), platform.version.as_str());
    if from == to && standing.hop.is_none() {
        return Ok(Course::Stay);
    }
    let mut sources = loaded.sources.clone();
    let (hops, findings) = loaded.catalog.hops(&mut sources);
    if findings.has_errors() {
        return Err(Failure::Input(findings, Box::new(sources)));
    }
    let refuse = |summary: &str, detail: String, help: String| {
        let finding = Diagnostic::error(summary, detail).at(platform.place("version").span).about(&platform.address);
        Failure::Refused(finding.help(help).into(), Box::new(loaded.sources.clone()))
    };
    if let Some(underway) = &standing.hop {
        let hop = hops.iter().find(|hop| hop.from == underway.from && hop.to == underway.to);
        let is_final = hop.is_none_or(|hop| hop.is_final(underway.steps.iter().map(|record| record.step.as_str())));
        if to == from && !is_final {
            return Ok(Course::Back);
        }
        if let Some((hop, further)) = hop.zip(way(&hops, &underway.to, to)) {
            let first = (hop.clone(), Some(underway.clone()));
            let further = further.into_iter().map(|hop| (hop.clone(), None));
            return Ok(Course::Walk(std::iter::once(first).chain(further).collect()));
        }
        let done: Vec<&str> = underway.steps.iter().map(|record| record.step.as_str()).collect();
        let done = if done.is_empty() { "no step".to_owned() } else { done.join(", ") };
        let back = match is_final {
            true => "It cannot be gone back.".to_owned(),
            false => format!("To go back, put version = \"{from}\"."),
        };
        let detail = format!(
            "The hop from {} to {} was begun and is not at its end (begun: {done}); from there no way leads to {to}.",
            underway.from, underway.to
        );
        let help = format!("To go on with it, put version = \"{}\". {back}", underway.to);
        return Err(refuse("Half-done hop", detail, help));
    }
    if let Some(found) = way(&hops, from, to) {
        return Ok(Course::Walk(found.into_iter().map(|hop| (hop.clone(), None)).collect()));
    }
    let to_there = platform.shown("version", to);
    if is_older(to, from) {
        let detail = format!(
            "It is at release {from}, and no way leads back to {to_there}: what newer programs have written, older ones \
             cannot read."
        );
        let help = format!(
            "Put version = \"{from}\" back. To return to {to_there}, install that release anew and restore a backup made \
             before the upgrade."
        );
        return Err(refuse("Downgrade", detail, help));
    }
    let detail = format!("No hop, nor a chain of them, leads from release {from}, where it is, to {to_there}.");
    let ways: Vec<String> = hops.iter().map(|hop| format!("{} -> {}", hop.from, hop.to)).collect();
    let ways = if ways.is_empty() { "none".to_owned() } else { ways.join(", ") };
    Err(refuse("No way to this release", detail, format!("The ways there are: {ways}.")))
}

/// The platform as it would be at another release: what that release does not have is left out, and comes with a later one.
pub(super) fn platform_at(
    loaded: &Loaded,
    platform: &Declared<config::Platform>,
    version: &str,
) -> Declared<config::Platform> {
    let mut at = platform.clone();
    version.clone_into(&mut at.version);
    if let (Some(release), _) = loaded.catalog.release(version, &mut Sources::new()) {
        at.components.retain(|name, settings| settings.source.is_some() || release.components.contains_key(name));
    }
    at
}

/// Looks at all hops of the way: whether the cluster is one the releases run on, what checks and steps find. Everything
/// that stands in the way is told at once.
///
/// # Errors
/// What stands in the way, or the cluster cannot be looked at.
pub(super) async fn survey(
    loaded: &Loaded,
    cluster: &Declared<config::Cluster>,
    platform: &Declared<config::Platform>,
    standing: &Standing,
    hops: Vec<(Hop, Option<Underway>)>,
    session: &Cluster,
) -> Result<Upgrade, Failure> {
    let unseen = |error: ClusterError| Failure::world(format!("Cannot look at {}", cluster.address), error);
    let mut upgrade = Upgrade {
        platform: platform.address.clone(),
        from: standing.version.clone(),
        to: platform.version.clone(),
        legs: Vec::new(),
        hindrances: Vec::new(),
    };
    let mut sources = loaded.sources.clone();
    // Where the release it is at is unknown here, all of the next one comes.
    let before = rendering::render(loaded, cluster, Some(&platform_at(loaded, platform, &upgrade.from)), &mut sources);
    let before = before.map(|(rendered, _)| rendered).unwrap_or_default();
    let mut renders = Vec::new();
    let left: Vec<Object> = before.objects.iter().map(|wanted| wanted.object.clone()).collect();
    let mut before = ids(&before);
    for (hop, underway) in hops {
        let at = platform_at(loaded, platform, &hop.to);
        let (rendered, _) = rendering::render(loaded, cluster, Some(&at), &mut sources)?;
        let after = ids(&rendered);
        let components: BTreeSet<String> = rendered.components.iter().map(|component| component.name.clone()).collect();
        let on: BTreeSet<&str> = components.iter().map(String::as_str).collect();
        let release = loaded.catalog.release(&hop.to, &mut sources).0.unwrap_or_default();
        let from = loaded.catalog.release(&hop.from, &mut sources).0.unwrap_or_default();
        let mut looks = Vec::new();
        for step in hop.steps.iter().filter(|step| step.concerns(&on)) {
            let is_done = underway.as_ref().is_some_and(|underway| underway.has_done(&step.title()));
            let found = match step.subject() {
                Some(subject) => session.find(subject).await.map_err(unseen)?,
                None => Vec::new(),
            };
            let program = step.job().and_then(|job| Program::of(job, &from, &release, &at));
            // What the next release brings itself it brings as that release has it: checks are of what people made.
            let is_own = |id: &ObjectId| matches!(step.deed, Deed::Check { .. }) && after.contains(id);
            let found = found.iter().map(|object| object.id()).filter(|id| !is_own(id)).collect();
            looks.push(Look { step: step.clone(), found, program, is_done });
        }
        upgrade.legs.push(Leg {
            components,
            kubernetes: (release.kubernetes_min, release.kubernetes_max),
            comes: after.difference(&before).count(),
            goes: before.difference(&after).count(),
            hop,
            underway,
            looks,
        });
        before = after;
        renders.push(rendered);
    }
    let hops: Vec<_> = upgrade.legs.iter().map(|leg| &leg.hop).zip(renders).collect();
    upgrade.hindrances = hindrances::look(session, &left, &hops).await.map_err(unseen)?;
    Ok(upgrade)
}

fn ids(rendered: &crate::catalog::Rendered) -> BTreeSet<ObjectId> {
    rendered.objects.iter().map(|object| object.object.id()).collect()
}

/// What stands in the way of an upgrade: versions of Kubernetes that a release on it does not run on, and what the checks
/// refuse.
pub fn obstacles(
    loaded: &Loaded,
    upgrade: &Upgrade,
    platform: &Declared<config::Platform>,
    server_version: &str,
) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    let mut push = |finding: Diagnostic| {
        diagnostics.push(finding.at(platform.place("version").span).about(&platform.address));
    };
    let fits = |leg: &Leg| {
        let (oldest, newest) = &leg.kubernetes;
        config::rules::kubernetes_in_window(server_version, oldest, newest) != Some(false)
    };
    let near = upgrade.legs.iter().take_while(|leg| fits(leg)).last();
    for leg in upgrade.legs.iter().filter(|leg| !fits(leg)).take(1) {
        let (oldest, newest) = &leg.kubernetes;
        let detail = format!(
            "Release {} runs on Kubernetes {oldest} to {newest}, and the cluster has {server_version}.",
            leg.hop.to
        );
        let is_older = config::rules::kubernetes_in_window(server_version, oldest, "") == Some(false);
        let mut help = match is_older {
            true => format!("Upgrade the cluster to Kubernetes {oldest} first"),
            false => format!("It is too new for {}: choose a release that fits", leg.hop.to),
        };
        if let Some(near) = near.filter(|_| is_older) {
            help = format!("Go to release {} first (`stackwright upgrade {}`). {help}", near.hop.to, near.hop.to);
        }
        let staying = loaded.catalog.release(&leg.hop.from, &mut Sources::new()).0;
        if let Some(staying) = staying.filter(|_| is_older)
            && staying.supports_kubernetes(oldest) == Some(false)
        {
            help.push_str(&format!(
                "; release {} is tried up to {}, and goes on running meanwhile",
                staying.version, staying.kubernetes_max
            ));
        }
        push(Diagnostic::error("Kubernetes version does not fit", detail).help(format!("{help}.")));
    }
    for hindrance in upgrade.hindrances.iter().filter(|hindrance| hindrance.refuses) {
        let detail = format!("The check of {} found what stands in the way: {}", hindrance.name, hindrance.detail);
        push(Diagnostic::error("Upgrade refused", detail).help(hindrance.remedy.clone()));
    }
    for (leg, look) in upgrade.legs.iter().flat_map(|leg| leg.looks.iter().map(move |look| (leg, look))) {
        let Deed::Check { remedy, .. } = &look.step.deed else { continue };
        if !look.refuses() || leg.underway.as_ref().is_some_and(|underway| underway.has_done(crate::catalog::APPLY)) {
            continue;
        }
        let detail = format!(
            "Between {} and {}, {} stands in the way: {}. {}",
            leg.hop.from,
            leg.hop.to,
            look.step.title(),
            look.what(),
            look.step.reason
        );
        let finding = Diagnostic::error("Upgrade refused", detail);
        push(if remedy.is_empty() { finding } else { finding.help(remedy.clone()) });
    }
    diagnostics
}

/// The steps of an upgrade that lose data, as people are told.
pub(super) fn losses(upgrade: &Upgrade) -> Vec<String> {
    let losses = upgrade.losses().map(|(hop, look, loss)| {
        format!("{}, {} -> {}: {} loses {loss}", upgrade.platform, hop.from, hop.to, look.step.title())
    });
    losses.collect()
}

/// What a person has not agreed to lose by the steps of upgrades.
///
/// # Errors
/// The steps, with what each loses.
pub fn check_consent(planned: &[planning::Planned], allow_data_loss: bool) -> Result<(), Failure> {
    if allow_data_loss {
        return Ok(());
    }
    let causes: Vec<String> = planned.iter().filter_map(|one| one.upgrade.as_ref()).flat_map(losses).collect();
    if causes.is_empty() {
        return Ok(());
    }
    Err(Failure::worlds("The upgrade loses data", causes).help("Give --allow-data-loss to agree to that."))
}

/// Where the platforms of a target stand once its plan was carried out.
pub(super) fn standings_after(platform: Option<&Declared<config::Platform>>) -> BTreeMap<Address, Standing> {
    platform.iter().map(|platform| (platform.address.clone(), Standing::at(&platform.version))).collect()
}
