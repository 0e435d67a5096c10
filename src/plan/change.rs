//! One object's change: what happens to it, why, and which fields differ.

use std::sync::Arc;

use serde_json::Value;

use crate::object::Address;
use crate::object::GroupVersionKind;
use crate::object::Object;
use crate::object::ObjectId;
use crate::object::kinds;
use crate::object::kinds::Class;

/// What happens to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    NoOp,
    Create,
    Update,
    /// Delete, wait until it is gone, create.
    Replace,
    Delete,
    /// It exists and is not ours yet: take it over (and update it where fields differ).
    Adopt,
    /// Drop it from the inventory and take our label off; the object stays.
    Forget,
}

impl Change {
    /// Whether nothing is done, not even in the records.
    pub fn is_nothing(&self) -> bool {
        self.action == Action::NoOp && self.moved_from.is_none()
    }

    /// Whether running pods are replaced by it: what their template says changes, or all goes and comes anew.
    pub fn restarts(&self) -> bool {
        kinds::class(&self.id) == Class::Workload
            && match self.action {
                Action::Replace => true,
                Action::Update | Action::Adopt => {
                    self.fields.iter().any(|field| field.path.starts_with("spec.template"))
                }
                _ => false,
            }
    }
}

impl Action {
    /// Its name in plans and events for programs, as Terraform's where it has the same.
    pub fn as_str(self) -> &'static str {
        match self {
            Action::NoOp => "no-op",
            Action::Create => "create",
            Action::Update => "update",
            Action::Replace => "replace",
            Action::Delete => "delete",
            Action::Adopt => "adopt",
            Action::Forget => "forget",
        }
    }
}

/// How a difference was found out.
#[derive(Clone, Debug, PartialEq)]
pub enum Checked {
    /// All fields we own in the live object equal what we want; nothing was asked.
    Owned,
    /// The server's dry run.
    Server,
    /// Compared with the rendered object only; says why the server could not be asked.
    Offline(String),
}

/// A field that differs. `path` is as kubectl writes it: `spec.template.spec.containers[name=dex].image`.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldChange {
    pub path: String,
    pub before: Option<Value>,
    pub after: Option<Value>,
    /// The object must be replaced because of this field.
    pub forces_replacement: bool,
    /// The values are masked already; they may be shown as they are.
    pub sensitive: bool,
    /// Another field manager that owns the field now and loses it.
    pub taken_from: Option<String>,
}

/// What must still hold when the change is performed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Precondition {
    pub uid: String,
    pub resource_version: String,
}

/// What happens to one object.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    pub id: ObjectId,
    pub gvk: GroupVersionKind,
    /// As `DesiredObject::owner`; for deletions from the inventory.
    pub owner: Address,
    pub action: Action,
    /// The live object, unmasked. `None` for a creation, and for what is unchanged.
    pub before: Option<Arc<Object>>,
    /// The object to send, unmasked, without the fields that are left to others. `None` for deletions, and for what is
    /// unchanged.
    pub after: Option<Arc<Object>>,
    pub fields: Vec<FieldChange>,
    /// Why this action: what forces a replacement, whose object is adopted. A full sentence or empty.
    pub reason: String,
    pub checked: Checked,
    pub precondition: Option<Precondition>,
    /// Old managers (`kubectl-client-side-apply`, Helm) whose entries are taken over before the apply.
    pub take_over: Vec<String>,
    /// What a person would lose, as `20Gi of data in claim kubeflow/mysql-pv-claim`; needs consent.
    /// On a [`Action::NoOp`]: the object should go and stays, because nobody agreed to the loss.
    pub loss: Option<String>,
    /// The owner it is recorded under, where a `moved` block gave that another name.
    pub moved_from: Option<Address>,
}
