//! What happens to one object, and to all of one owner.

use serde::Serialize;

use super::field::Field;
use super::group::Group;
use crate::cli::view::object_text::manifest;
use crate::cli::view::plan_text::verb;
use crate::plan::Action;
use crate::plan::Change;
use crate::plan::Checked;
use crate::plan::Plan;
use crate::ui::Veil;

/// What happens to one object.
#[derive(Clone, Debug, Serialize)]
pub struct ObjectModel {
    pub id: String,
    /// Whose it is, where it is told among those of others.
    pub owner: Option<String>,
    /// `Deployment.apps`
    pub kind: String,
    /// Its name in JSON plans; `move` where an object only gets another address.
    pub action: &'static str,
    /// As people say it: `add`, `destroy`.
    pub verb: &'static str,
    /// Why, and what else is worth knowing; whole sentences or parts of some.
    pub notes: Vec<String>,
    /// What data a person would lose.
    pub loss: Option<String>,
    pub fields: Vec<Field>,
    /// The object that is made, as YAML.
    pub manifest: Option<String>,
    /// There is one, and it is not shown.
    pub is_manifest_left_out: bool,
}

/// What happens to the objects of one resource or component.
#[derive(Clone, Debug, Serialize)]
pub struct OwnerModel {
    pub address: String,
    pub is_component: bool,
    pub action: &'static str,
    pub verb: &'static str,
    /// `2 to add, 1 to change, 3 unchanged`
    pub counts: String,
    pub objects: Vec<ObjectModel>,
}

/// How many characters of manifests there is room for.
pub struct Room(pub usize);

impl OwnerModel {
    pub fn new(group: &Group, plan: &Plan, veil: &Veil, room: &mut Room) -> Self {
        let (first, number) = (&group.first, group.owners.len());
        let mut objects = Vec::new();
        for owner in &group.owners {
            let name = Some(owner.address.to_string()).filter(|_| number > 1);
            let models = owner.changes.iter().map(|change| ObjectModel::new(change, name.clone(), plan, veil, room));
            objects.extend(models);
        }
        Self {
            address: group.name.clone(),
            is_component: first.is_component(),
            action: name(first.action()),
            verb: word(first.action()),
            counts: if number > 1 { format!("{number} of them: {}", first.counts()) } else { first.counts() },
            objects,
        }
    }
}

impl ObjectModel {
    fn new(change: &Change, owner: Option<String>, plan: &Plan, veil: &Veil, room: &mut Room) -> Self {
        let made = change.after.as_ref().filter(|_| change.action == Action::Create);
        let manifest = made.map(|object| manifest(object, &plan.secrets)).filter(|text| !text.is_empty());
        let fits = manifest.as_ref().is_none_or(|text| text.len() <= room.0);
        if let Some(text) = manifest.as_ref().filter(|_| fits) {
            room.0 -= text.len();
        }
        Self {
            id: change.id.to_string(),
            owner,
            kind: change.id.group_kind(),
            action: name(change.action),
            verb: word(change.action),
            notes: notes(change, plan),
            loss: change.loss.clone(),
            fields: change.fields.iter().map(|field| Field::new(field, veil)).collect(),
            is_manifest_left_out: !fits,
            manifest: manifest.filter(|_| fits),
        }
    }
}

/// Of what stays as it is only the address changes: else it would not be told of.
fn name(action: Action) -> &'static str {
    if action == Action::NoOp { "move" } else { action.as_str() }
}

fn word(action: Action) -> &'static str {
    if action == Action::NoOp { "move" } else { verb(action) }
}

fn notes(change: &Change, plan: &Plan) -> Vec<String> {
    let mut notes = Vec::new();
    if !change.reason.is_empty() {
        notes.push(change.reason.clone());
    }
    if change.restarts() {
        notes.push("restarts its pods".to_owned());
    }
    if let Some(former) = &change.moved_from {
        notes.push(format!("moved from {former}"));
    }
    if let Some(patches) = plan.patched.get(&change.id) {
        let patches: Vec<String> = patches.iter().map(ToString::to_string).collect();
        notes.push(format!("patched by {}", patches.join(", ")));
    }
    if !change.take_over.is_empty() {
        notes.push(format!("takes over the fields of {}", change.take_over.join(", ")));
    }
    if let Checked::Offline(why) = &change.checked
        && matches!(change.action, Action::Update | Action::Replace | Action::Adopt)
    {
        notes.push(format!("compared offline: {why}"));
    }
    notes
}
