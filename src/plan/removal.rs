//! What happens to objects of the inventory that are no longer desired: deleted, let go, or kept for the data they hold.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::Action;
use super::Change;
use super::Checked;
use super::Desired;
use super::DesiredObject;
use super::Mode;
use super::Observation;
use super::PlanOptions;
use super::Precondition;
use super::Problem;
use super::Record;
use crate::object::Address;
use crate::object::GroupVersionKind;
use crate::object::INSTALLATION_LABEL;
use crate::object::Object;
use crate::object::ObjectId;
use crate::object::ReadinessRule;
use crate::object::Residue;
use crate::object::kinds;
use crate::object::kinds::Class;

/// The changes for all that goes. Only what the inventory holds, carries our label and has the recorded UID is deleted.
pub fn removals(
    going: &[ObjectId],
    desired: &Desired,
    observation: &Observation,
    options: &PlanOptions,
    problems: &mut Vec<Problem>,
) -> Vec<Change> {
    let mut changes = Vec::with_capacity(going.len());
    for id in going {
        let Some(record) = observation.records.get(id) else { continue };
        let mut change = blank(id, record);
        let Some(live) = observation.live.get(id) else {
            change.action = Action::Forget;
            change.reason = "It is gone already.".into();
            changes.push(change);
            continue;
        };
        change.precondition =
            Some(Precondition { uid: live.uid().to_owned(), resource_version: live.resource_version().to_owned() });
        change.before = Some(Arc::new(live.clone()));
        let covers = |addresses: &[Address]| addresses.iter().any(|a| a.covers(&record.owner, id));
        // A killed run had begun to sweep it: it never carried our label.
        let is_residue = live.label(INSTALLATION_LABEL).is_none()
            && live.uid() == record.uid
            && desired.residues.iter().any(|(owner, residue)| *owner == record.owner && residue.covers(id, live));
        let foreign = not_ours(live, record, &desired.installation).filter(|_| !is_residue);
        if let Some(reason) = foreign {
            change.action = Action::Forget;
            change.reason = reason;
        } else if options.mode == Mode::Drift {
            change.action = Action::NoOp;
            change.before = None;
        } else if options.mode == Mode::Forget || covers(&options.released) {
            change.action = Action::Forget;
            change.reason = "It is let go.".into();
        } else if is_held(id, desired) {
            change.action = Action::Forget;
            change.reason = "What holds this namespace stays, and so does what annotations say on it.".into();
        } else if kinds::is_system_namespace(id) {
            change.action = Action::Forget;
            change.reason = "The cluster itself needs this namespace.".into();
        } else if options.protects(&record.owner) {
            problems.push(protected(&change));
        } else {
            change.action = Action::Delete;
            change.loss = loss(id, live, desired, observation);
        }
        changes.push(change);
    }
    keep_data(&mut changes, desired, observation, options);
    changes
}

/// The changes for what programs of owners that go have left behind. `changes` are those of the inventory's objects:
/// what stands in a namespace that goes needs none.
pub fn residues(changes: &[Change], desired: &Desired, observation: &Observation) -> Vec<Change> {
    let goes = |owner: &Address| {
        let mut own = changes.iter().filter(|change| change.owner == *owner).peekable();
        own.peek().is_some() && own.all(|change| matches!(change.action, Action::Delete | Action::Forget))
    };
    let going: BTreeSet<&Address> = desired.residues.iter().map(|(owner, _)| owner).filter(|o| goes(o)).collect();
    let mut left = Vec::new();
    for (id, live) in &observation.residues {
        let covered = |(owner, residue): &&(Address, Residue)| going.contains(owner) && residue.covers(id, live);
        let Some((owner, _)) = desired.residues.iter().find(covered) else { continue };
        let holds =
            |change: &Change| desired.namespace_held_by(&change.id).is_some_and(|held| held.name == id.namespace);
        let swept = changes.iter().any(|change| change.action == Action::Delete && holds(change));
        if swept || live.is_deleting() || observation.records.contains_key(id) {
            continue;
        }
        let record = Record {
            uid: live.uid().to_owned(),
            api_version: live.api_version().to_owned(),
            owner: owner.clone(),
            moved_from: None,
        };
        let mut change = blank(id, &record);
        change.precondition =
            Some(Precondition { uid: live.uid().to_owned(), resource_version: live.resource_version().to_owned() });
        change.before = Some(Arc::new(live.clone()));
        change.reason = format!("A program of {owner} made it.");
        left.push(change);
    }
    left
}

/// Whether a namespace is that of something which is still wanted.
fn is_held(id: &ObjectId, desired: &Desired) -> bool {
    let holds = |wanted: &DesiredObject| {
        desired.readiness.iter().any(|rule| rule.held_by(&wanted.object.id()).as_ref() == Some(id))
    };
    kinds::class(id) == Class::Namespace && desired.objects.iter().any(holds)
}

/// What a person would lose with the object, as `20Gi of data in claim kubeflow/mysql-pv-claim`.
pub fn loss(id: &ObjectId, live: &Object, desired: &Desired, observation: &Observation) -> Option<String> {
    let held = |of: &ObjectId, what: String, otherwise: &str| match observation.holdings.get(of) {
        Some(holdings) if holdings.is_empty() => None,
        Some(holdings) => Some(format!("{} in {what}", holdings.join(", "))),
        None => Some(format!("{otherwise} in {what}")),
    };
    match kinds::class(id) {
        Class::Volume => {
            let sizes = ["/status/capacity/storage", "/spec/resources/requests/storage", "/spec/capacity/storage"];
            let size = sizes.into_iter().map(|pointer| live.text(pointer)).find(|size| !size.is_empty());
            let noun = if id.namespace.is_empty() { "volume" } else { "claim" };
            let name = if id.namespace.is_empty() { id.name.clone() } else { format!("{}/{}", id.namespace, id.name) };
            Some(match size {
                Some(size) => format!("{size} of data in {noun} {name}"),
                None => format!("the data in {noun} {name}"),
            })
        }
        Class::CustomResourceDefinition => held(id, format!("kind {}", id.name), "all objects"),
        Class::Namespace => held(id, format!("namespace {}", id.name), "everything"),
        Class::Custom => {
            let namespace = desired.namespace_held_by(id)?;
            held(&namespace, format!("the namespace of {} {}", id.kind.to_lowercase(), id.name), "everything")
        }
        Class::Cluster => Some(format!("everything in cluster {}", id.name)),
        Class::Webhook | Class::ApiService | Class::Workload | Class::Other => None,
    }
}

/// The problem of a protected object that would go.
pub fn protected(change: &Change) -> Problem {
    let verb = if change.action == Action::Replace { "replaced" } else { "deleted" };
    Problem {
        id: Some(change.id.clone()),
        owner: Some(change.owner.clone()),
        summary: "Protected object would be destroyed".into(),
        detail: format!("{} would be {verb}, but {} has prevent_destroy. {}", change.id, change.owner, change.reason)
            .trim_end()
            .to_owned(),
        help: Some("Take prevent_destroy out of its lifecycle block, or keep the resource.".into()),
    }
}

/// Turns deletions nobody agreed to into objects that stay (with `keep_data` in `destroy`: that are let go), and with
/// them what must stay for their sake: the Secrets a claim cannot be opened without, the namespace of a claim, what holds
/// that namespace, the CRD of that.
fn keep_data(changes: &mut [Change], desired: &Desired, observation: &Observation, options: &PlanOptions) {
    let lets_go = options.mode == Mode::Destroy { keep_data: true };
    let mut stays: BTreeSet<ObjectId> = BTreeSet::new();
    for change in changes.iter_mut().filter(|change| change.action == Action::Delete) {
        let agreed = options.consents(&change.owner, &change.id);
        if change.loss.is_some() && (lets_go && is_data(change, observation) || !lets_go && !agreed) {
            keep(change, lets_go, "");
            stays.insert(change.id.clone());
        }
    }
    keep_keys(changes, lets_go, options, &mut stays);
    // What holds an object that stays has to stay as well.
    let crds: Vec<(ObjectId, String)> = changes
        .iter()
        .filter_map(|change| {
            let crd = change.before.as_ref()?;
            (kinds::class(&change.id) == Class::CustomResourceDefinition)
                .then(|| (change.id.clone(), crd_group_kind(crd, &change.id, desired)))
        })
        .collect();
    let namespaces: BTreeSet<&str> = stays.iter().map(|id| id.namespace.as_str()).filter(|n| !n.is_empty()).collect();
    let holds =
        |id: &&ObjectId| desired.namespace_held_by(id).is_some_and(|held| namespaces.contains(held.name.as_str()));
    let mut holders: BTreeSet<ObjectId> = observation.live.keys().filter(holds).cloned().collect();
    let kinds_kept: BTreeSet<String> = stays.iter().chain(&holders).map(ObjectId::group_kind).collect();
    holders.extend(crds.into_iter().filter(|(_, kind)| kinds_kept.contains(kind)).map(|(id, _)| id));
    for change in changes.iter_mut().filter(|change| change.action == Action::Delete) {
        if holders.contains(&change.id) {
            keep(change, lets_go, "It holds objects that stay. ");
        }
    }
    // What is let go is not lost.
    changes.iter_mut().filter(|change| change.action == Action::Forget).for_each(|change| change.loss = None);
}

/// Keeps the Secrets of owners whose volumes stay. A database takes its password when it makes its files, and only the
/// Secret has that password: without it the files are of no use. Which Secret it is only the templates of an owner know,
/// and those may be gone from the configuration; what is one too many does no harm.
fn keep_keys(changes: &mut [Change], lets_go: bool, options: &PlanOptions, stays: &mut BTreeSet<ObjectId>) {
    let mut data: BTreeMap<Address, Vec<String>> = BTreeMap::new();
    for change in changes.iter() {
        let held = match (kinds::class(&change.id), &change.loss) {
            (Class::Volume, Some(loss)) if stays.contains(&change.id) => loss.clone(),
            _ if leaves_claims(change) && (lets_go || !options.consents(&change.owner, &change.id)) => {
                format!("the data in the claims of {}", change.id)
            }
            _ => continue,
        };
        data.entry(change.owner.clone()).or_default().push(held);
    }
    for change in changes.iter_mut() {
        let is_key = change.action == Action::Delete && change.id.group.is_empty() && change.id.kind == "Secret";
        if is_key
            && let Some(data) =
                data.get(&change.owner).filter(|_| lets_go || !options.consents(&change.owner, &change.id))
        {
            change.loss = Some(format!("what opens {}", data.join(", ")));
            keep(change, lets_go, "");
            stays.insert(change.id.clone());
        }
    }
}

/// Whether the claims that a StatefulSet has made outlive it, as they do unless it says otherwise.
fn leaves_claims(change: &Change) -> bool {
    let made = change.before.as_ref().filter(|_| change.action == Action::Delete && change.id.kind == "StatefulSet");
    made.is_some_and(|set| {
        let templates = set.get("/spec/volumeClaimTemplates").and_then(|templates| templates.as_array());
        let goes_too = set.text("/spec/persistentVolumeClaimRetentionPolicy/whenDeleted") == "Delete";
        templates.is_some_and(|templates| !templates.is_empty()) && !goes_too
    })
}

fn keep(change: &mut Change, lets_go: bool, why: &str) {
    let loss = change.loss.clone().unwrap_or_else(|| "objects that stay".into());
    if lets_go {
        change.action = Action::Forget;
        change.reason = format!("{why}It stays, because deleting it would lose {loss}.");
    } else {
        change.action = Action::NoOp;
        change.reason = format!("{why}It is no longer wanted and stays, because deleting it would lose {loss}.");
        change.loss = Some(loss);
    }
}

/// Claims, users' namespaces and CRDs that hold objects: what `destroy --keep-data` leaves. The platform's own
/// namespaces are no data; they stay only where a claim in them does.
fn is_data(change: &Change, observation: &Observation) -> bool {
    match kinds::class(&change.id) {
        Class::Namespace => observation.holdings.get(&change.id).is_some_and(|holdings| !holdings.is_empty()),
        _ => true,
    }
}

fn crd_group_kind(crd: &Object, id: &ObjectId, desired: &Desired) -> String {
    let (kind, group) = (crd.text("/spec/names/kind"), crd.text("/spec/group"));
    match kind.is_empty() {
        false => format!("{kind}.{group}"),
        // Observed as metadata only: of the kinds that matter here, the usual plural tells.
        true => {
            let named = |rule: &&ReadinessRule| id.name == format!("{}s.{}", rule.kind.to_lowercase(), rule.group);
            let holder = desired.readiness.iter().filter(|rule| rule.holds.is_some()).find(named);
            holder.map(|rule| format!("{}.{}", rule.kind, rule.group)).unwrap_or_default()
        }
    }
}

/// Why a live object of the inventory is not ours to delete; `None` where it is.
fn not_ours(live: &Object, record: &Record, installation: &str) -> Option<String> {
    match live.label(INSTALLATION_LABEL) {
        None => Some("It no longer carries our label, so it is somebody else's now.".into()),
        Some(other) if other != installation => Some(format!("It belongs to the installation \"{other}\" now.")),
        Some(_) if !record.uid.is_empty() && live.uid() != record.uid => {
            Some("Somebody deleted it and made another of the same name.".into())
        }
        Some(_) if record.uid.is_empty() => {
            // Written ahead, and the run ended before it saw the object: our own label on it must do.
            let made_by_us = super::managers::managers(live).iter().any(super::managers::Manager::is_ours);
            (!made_by_us).then(|| "The inventory does not know it by its UID, and we did not write it.".into())
        }
        Some(_) => None,
    }
}

fn blank(id: &ObjectId, record: &Record) -> Change {
    Change {
        id: id.clone(),
        gvk: GroupVersionKind::from_api_version(&record.api_version, &id.kind),
        owner: record.owner.clone(),
        action: Action::Delete,
        before: None,
        after: None,
        fields: Vec::new(),
        reason: String::new(),
        checked: Checked::Owned,
        precondition: None,
        take_over: Vec::new(),
        loss: None,
        moved_from: record.moved_from.clone(),
    }
}
