//! Second half of a plan: with the server's answers, what happens to every object, and in which order.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Action;
use super::Care;
use super::Change;
use super::Checked;
use super::Desired;
use super::DesiredObject;
use super::DryRun;
use super::FieldChange;
use super::ImmutableFields;
use super::Mode;
use super::Observation;
use super::Plan;
use super::PlanError;
use super::PlanOptions;
use super::Precondition;
use super::Problem;
use super::compare::Comparison;
use super::compare::Entry;
use super::compare::Outcome;
use super::compare::whose;
use super::fields::Difference;
use super::fields::differences;
use super::fields::path_text;
use super::fields::to_field_changes;
use super::foreign;
use super::immutable::immutable_fields;
use super::immutable::refused_fields;
use super::order;
use super::removal;
use super::schemas::Schemas;
use super::strangers;
use crate::object::Address;
use crate::object::CHECKSUM_ANNOTATION;
use crate::object::Object;
use crate::object::ObjectId;
use crate::object::kinds;
use crate::object::kinds::Class;
use crate::object::normalize;
use crate::object::schema::apply_defaults;
use crate::object::schema::validate;

/// The plan of a comparison whose questions are answered. All problems are found before it gives up: objects the server
/// refuses, objects of others, losses nobody agreed to that a replacement would need, circles.
pub(super) fn decide(
    comparison: Comparison,
    desired: &Desired,
    observation: &Observation,
    options: &PlanOptions,
) -> Result<Plan, PlanError> {
    let Comparison { entries, going, mut problems, mut unnamed } = comparison;
    if !options.is_one_of_several {
        problems.splice(0..0, unnamed.drain(..));
    }
    let decider = Decider { desired, observation, options, schemas: Schemas::new(desired, observation) };
    let mut changes = Vec::with_capacity(entries.len() + going.len());
    let is_meant = |entry: &Entry| match options.mode {
        Mode::Adopt => entry.outcome == Outcome::Unowned,
        _ => entry.outcome != Outcome::Unselected,
    };
    for entry in entries.into_iter().filter(is_meant) {
        let index = entry.index;
        let mut change = decider.existing(entry, &mut problems);
        decider.check_replacement(&mut change, &mut problems);
        changes.push((Some(index), change));
    }
    decider.follow_triggers(&mut changes, &mut problems);
    decider.replace_what_lies_on(&mut changes, &mut problems);
    decider.make_contents_again(&mut changes);
    let removals = removal::removals(&going, desired, observation, options, &mut problems);
    let left = match options.mode {
        Mode::Drift => Vec::new(),
        _ => removal::residues(&removals, desired, observation),
    };
    changes.extend(removals.into_iter().chain(left).map(|change| (None, change)));
    changes.sort_by(|(_, a), (_, b)| a.owner.cmp(&b.owner).then_with(|| a.id.cmp(&b.id)));
    let (indices, changes): (Vec<Option<usize>>, Vec<Change>) = changes.into_iter().unzip();
    let graph = match problems.is_empty() {
        true => order::graph(desired, observation, &changes, &indices, &mut problems),
        false => Default::default(),
    };
    if !problems.is_empty() {
        return Err(PlanError { problems });
    }
    Ok(Plan {
        installation: desired.installation.clone(),
        changes,
        graph,
        readiness: desired.readiness.clone(),
        revision: observation.revision,
        configuration_digest: options.configuration_digest.clone(),
        secrets: options.secrets.clone(),
        unnamed,
        patched: desired.patched.clone(),
    })
}

/// Why the server is not asked about an object whose definition comes with the same plan.
const REDEFINED: &str = "the definition of its kind changes with this plan";

struct Decider<'a> {
    desired: &'a Desired,
    observation: &'a Observation,
    options: &'a PlanOptions,
    schemas: Schemas<'a>,
}

impl Decider<'_> {
    fn is_drift(&self) -> bool {
        self.options.mode == Mode::Drift
    }

    fn existing(&self, entry: Entry, problems: &mut Vec<Problem>) -> Change {
        let wanted = &self.desired.objects[entry.index];
        let live = self.observation.live.get(&entry.id);
        let answer = self.observation.dry_runs.get(&entry.id);
        let mut change = Change {
            id: entry.id.clone(),
            gvk: wanted.object.gvk(),
            owner: wanted.owner.clone(),
            action: Action::NoOp,
            before: None,
            after: entry.sent,
            fields: Vec::new(),
            reason: String::new(),
            checked: Checked::Owned,
            precondition: live.map(|live| Precondition {
                uid: live.uid().to_owned(),
                resource_version: live.resource_version().to_owned(),
            }),
            take_over: entry.take_over,
            loss: None,
            moved_from: self.observation.records.get(&entry.id).and_then(|record| record.moved_from.clone()),
        };
        let replace =
            live.is_some() && self.options.replace.iter().any(|address| address.covers(&change.owner, &change.id));
        let Some(live) = live else {
            change.action = Action::Create;
            change.checked = match answer {
                Some(DryRun::Accepted(_)) => Checked::Server,
                Some(DryRun::Unavailable(reason)) => Checked::Offline(reason.clone()),
                Some(DryRun::Rejected(message) | DryRun::Immutable(message)) => {
                    problems.push(self.refused(&change, message));
                    Checked::Server
                }
                None if entry.is_redefined => Checked::Offline(REDEFINED.into()),
                None => Checked::Offline(self.why_not_asked(&change).into()),
            };
            if matches!(change.checked, Checked::Offline(_)) && !self.is_drift() {
                problems.extend(self.misfit(&change));
            }
            if self.is_drift() {
                change.action = Action::NoOp;
                change.after = None;
                if self.observation.records.contains_key(&change.id) {
                    change.action = Action::Forget;
                    change.reason = "It was deleted outside of Stackwright.".into();
                }
            }
            return change;
        };
        let outcome = entry.outcome;
        if entry.outcome == Outcome::Deleting {
            change.action = Action::Replace;
            change.reason = "It is being deleted; it is made anew once it is gone.".into();
            change.checked = Checked::Offline("it is being deleted".into());
        } else if entry.outcome != Outcome::Same {
            self.differing(&mut change, entry.outcome, entry.differences, live, answer, problems);
            if entry.is_redefined {
                change.checked = Checked::Offline(REDEFINED.into());
                problems.extend(self.misfit(&change));
            }
        }
        if replace && !self.is_drift() {
            change.action = Action::Replace;
            change.reason = "Its replacement was asked for.".into();
            change.after.get_or_insert_with(|| self.anew(&wanted.object));
        }
        if self.is_drift() {
            // Nothing is sent; the fields show what others did to the object. What differs by our own hand differs because
            // the configuration does, and what is not ours drifts from nothing.
            change.action = Action::NoOp;
            change.after = None;
            let is_ours = outcome != Outcome::Unowned;
            change.fields.retain(|field| is_ours && (field.taken_from.is_some() || field.before.is_none()));
        } else if change.action == Action::NoOp {
            change.after = None;
            change.take_over.clear();
        } else {
            change.before = Some(Arc::new(live.clone()));
        }
        change
    }

    fn differing(
        &self,
        change: &mut Change,
        outcome: Outcome,
        own: Vec<Difference>,
        live: &Object,
        answer: Option<&DryRun>,
        problems: &mut Vec<Problem>,
    ) {
        let Some(sent) = change.after.clone() else { return };
        let is_adopted = outcome == Outcome::Unowned;
        change.action = if is_adopted { Action::Adopt } else { Action::Update };
        if is_adopted {
            change.reason = format!("It exists and belongs to no installation{}.", whose(live));
        }
        let mut immutable = immutable_fields(&change.id, live);
        let of_kind = |row: &&ImmutableFields| row.group == change.id.group && row.kind == change.id.kind;
        let rows = self.desired.immutable.iter().filter(of_kind);
        let whatever_the_server_says: Vec<String> = rows.flat_map(|row| row.paths.iter().cloned()).collect();
        let found = match answer {
            Some(DryRun::Accepted(answer)) => {
                change.checked = Checked::Server;
                immutable = whatever_the_server_says;
                let mut found = if live.get("/spec").is_none() && normalize::is_crd(answer) {
                    Vec::new()
                } else {
                    differences(live, answer, &self.schemas)
                };
                if is_adopted {
                    // What old managers set and we do not goes once their fields are ours, which the server's answer
                    // cannot show.
                    let shown: Vec<String> = found.iter().map(|difference| path_text(&difference.path)).collect();
                    let gone = own.into_iter().filter(|d| d.after.is_none() && !shown.contains(&path_text(&d.path)));
                    found.extend(gone);
                }
                let stamped = live.annotation(CHECKSUM_ANNOTATION) == sent.annotation(CHECKSUM_ANNOTATION);
                if found.is_empty() && !is_adopted && stamped {
                    change.action = Action::NoOp;
                }
                if found.is_empty() && !stamped {
                    change.reason = match live.get("/spec").is_some() {
                        true => "Its recorded checksum is renewed.".into(),
                        false => "Its definition is another one.".into(),
                    };
                }
                found
            }
            Some(DryRun::Immutable(message)) => {
                change.checked = Checked::Server;
                let changed: Vec<String> = own.iter().map(|difference| path_text(&difference.path)).collect();
                let mut named = refused_fields(message, &changed);
                if named.is_empty() {
                    named = immutable
                        .iter()
                        .filter(|path| changed.iter().any(|c| super::fields::is_under(c, path)))
                        .cloned()
                        .collect();
                }
                immutable = if named.is_empty() { changed } else { named };
                own
            }
            Some(DryRun::Rejected(message)) => {
                change.checked = Checked::Server;
                problems.push(self.refused(change, message));
                own
            }
            Some(DryRun::Unavailable(reason)) => {
                change.checked = Checked::Offline(reason.clone());
                own
            }
            None => {
                change.checked = Checked::Offline("the server was not asked".into());
                own
            }
        };
        change.fields = to_field_changes(found, live, &sent, &immutable, &self.options.secrets);
        if is_adopted {
            // Adoption itself says that our label is put on.
            change.fields.retain(|field| !field.path.contains(crate::object::INSTALLATION_LABEL));
        }
        let forcing: Vec<&FieldChange> = change.fields.iter().filter(|field| field.forces_replacement).collect();
        if !forcing.is_empty() {
            let mut names: Vec<&str> = immutable.iter().map(String::as_str).collect();
            names.retain(|name| {
                forcing.iter().any(|field| {
                    super::fields::is_under(&field.path, name) || super::fields::is_under(name, &field.path)
                })
            });
            change.reason = format!("{} cannot be changed in place.", names.join(", "));
            change.action = Action::Replace;
        } else if matches!(answer, Some(DryRun::Immutable(_))) {
            change.reason = "The server does not change it in place.".into();
            change.action = Action::Replace;
        }
        if is_adopted && change.action == Action::Replace {
            problems.extend(strangers::replaced(&change.owner, live, &change.reason, self.options));
        }
    }

    fn why_not_asked(&self, change: &Change) -> &'static str {
        let observation = self.observation;
        let namespace = ObjectId::new("", "Namespace", "", &change.id.namespace);
        if !observation.served.contains(&change.id.group_kind()) && !kinds::is_built_in_group(&change.id.group) {
            "its kind comes with this plan"
        } else if !change.id.namespace.is_empty() && !observation.live.contains_key(&namespace) {
            "its namespace comes with this plan"
        } else {
            "it does not exist yet"
        }
    }

    /// A custom resource that its CRD does not allow, found here because the server could not be asked. Built-in kinds
    /// are left to the server: it knows more of them than a schema says.
    fn misfit(&self, change: &Change) -> Option<Problem> {
        let sent = change.after.as_ref().filter(|_| !kinds::is_built_in_group(&change.id.group))?;
        let schema = self.schemas.get(&change.gvk)?;
        let mut value = sent.to_value();
        apply_defaults(&schema, &mut value);
        let errors: Vec<String> = validate(&schema, &value).iter().map(ToString::to_string).collect();
        if errors.is_empty() {
            return None;
        }
        let errors = errors.join("; ");
        Some(Problem {
            id: Some(change.id.clone()),
            owner: Some(change.owner.clone()),
            summary: "Object does not fit its definition".into(),
            detail: format!("{}: {}", change.id, self.options.secrets.hide(&errors).unwrap_or(errors)),
            help: None,
        })
    }

    /// The object as it is sent when nothing is there.
    fn anew(&self, wanted: &Object) -> Arc<Object> {
        let mut sent = normalize::for_sending(wanted);
        foreign::leave_to_others(&mut sent, None, &foreign::autoscaled(self.desired, self.observation));
        Arc::new(sent)
    }

    /// Replaces what is to be replaced with something that changes, and what is to be replaced with that.
    fn follow_triggers(&self, changes: &mut [(Option<usize>, Change)], problems: &mut Vec<Problem>) {
        let triggered: Vec<(&Address, &Care)> =
            self.options.care.iter().filter(|(_, care)| !care.replaced_with.is_empty()).collect();
        if triggered.is_empty() || self.options.mode != Mode::Converge {
            return;
        }
        let mut done: BTreeSet<&Address> = BTreeSet::new();
        loop {
            let changing: BTreeSet<Address> = changes
                .iter()
                .filter(|(_, change)| change.action != Action::NoOp)
                .map(|(_, change)| change.owner.clone())
                .collect();
            let next = triggered.iter().find(|(address, care)| {
                !done.contains(address)
                    && changing.iter().any(|owner| care.replaced_with.iter().any(|named| named.contains(owner)))
            });
            let Some((address, _)) = next else { return };
            done.insert(address);
            for (index, change) in changes.iter_mut() {
                let Some(index) = index.filter(|_| address.contains(&change.owner)) else { continue };
                if !matches!(change.action, Action::NoOp | Action::Update) {
                    continue;
                }
                let wanted = &self.desired.objects[index].object;
                change.action = Action::Replace;
                change.reason = "It is replaced with what its replace_triggered_by names.".into();
                change.before = self.observation.live.get(&change.id).cloned().map(Arc::new);
                change.after.get_or_insert_with(|| self.anew(wanted));
                self.check_replacement(change, problems);
            }
        }
    }

    /// What a provider made in a cluster that is replaced cannot outlive it: it goes first, and is made again after it.
    fn replace_what_lies_on(&self, changes: &mut [(Option<usize>, Change)], problems: &mut Vec<Problem>) {
        let is_replaced =
            |change: &Change| change.action == Action::Replace && kinds::class(&change.id) == Class::Cluster;
        let clusters: Vec<(Address, String)> = changes
            .iter()
            .filter(|(_, change)| is_replaced(change))
            .map(|(_, change)| (change.owner.clone(), change.id.group.clone()))
            .collect();
        for (index, change) in changes.iter_mut() {
            let Some(index) = *index else { continue };
            let DesiredObject { object, after, .. } = &self.desired.objects[index];
            let lies_on = |(owner, group): &(Address, String)| after.contains(owner) && change.id.group == *group;
            if !matches!(change.action, Action::NoOp | Action::Update) || !clusters.iter().any(lies_on) {
                continue;
            }
            change.action = Action::Replace;
            change.reason = "The cluster it is in is replaced.".into();
            change.before = self.observation.live.get(&change.id).cloned().map(Arc::new);
            change.after.get_or_insert_with(|| self.anew(object));
            self.check_replacement(change, problems);
        }
    }

    /// What a replaced CRD or namespace holds, or what holds a namespace, goes with it, so it is made again.
    fn make_contents_again(&self, changes: &mut [(Option<usize>, Change)]) {
        let mut namespaces: BTreeSet<String> = BTreeSet::new();
        let mut kinds_of_crds: BTreeSet<String> = BTreeSet::new();
        for (_, change) in changes.iter().filter(|(_, change)| change.action == Action::Replace) {
            namespaces.extend(self.desired.namespace_held_by(&change.id).map(|held| held.name));
            if kinds::class(&change.id) == Class::CustomResourceDefinition {
                let text = |pointer| change.after.as_ref().map_or("", |crd| crd.text(pointer));
                kinds_of_crds.insert(format!("{}.{}", text("/spec/names/kind"), text("/spec/group")));
            }
        }
        if namespaces.is_empty() && kinds_of_crds.is_empty() {
            return;
        }
        for (index, change) in changes {
            let Some(index) = index else { continue };
            let goes = namespaces.contains(&change.id.namespace) || kinds_of_crds.contains(&change.id.group_kind());
            if goes && change.action != Action::Create {
                change.action = Action::Create;
                change.reason = "What holds it is replaced.".into();
                change.after = Some(self.anew(&self.desired.objects[*index].object));
                (change.before, change.precondition) = (None, None);
                change.fields.clear();
                change.take_over.clear();
            }
        }
    }

    /// A replacement deletes first: what would be lost needs consent, and protected objects are refused.
    fn check_replacement(&self, change: &mut Change, problems: &mut Vec<Problem>) {
        if change.action != Action::Replace || change.before.as_deref().is_some_and(Object::is_deleting) {
            return;
        }
        if self.options.protects(&change.owner) {
            problems.push(removal::protected(change));
            return;
        }
        change.loss =
            change.before.as_ref().and_then(|live| removal::loss(&change.id, live, self.desired, self.observation));
        if let Some(loss) = &change.loss
            && !self.options.consent.covers(&change.id)
        {
            problems.push(Problem {
                id: Some(change.id.clone()),
                owner: Some(change.owner.clone()),
                summary: "Replacement loses data".into(),
                detail: format!("{} must be replaced, and that would lose {loss}. {}", change.id, change.reason),
                help: Some("Undo the change in the configuration, or agree to the loss.".into()),
            });
        }
    }

    fn refused(&self, change: &Change, message: &str) -> Problem {
        let message = self.options.secrets.hide(message).unwrap_or_else(|| message.to_owned());
        Problem {
            id: Some(change.id.clone()),
            owner: Some(change.owner.clone()),
            summary: "Object refused by the server".into(),
            detail: format!("The server refuses {}: {}", change.id, message.trim_end()),
            help: None,
        }
    }
}
