//! Names that expressions may use, and their values.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::Value;
use super::budget::Budget;
use crate::object::Address;

/// Names and their values for expressions.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Names that are values by themselves, as `platform`.
    pub names: BTreeMap<String, Value>,
    /// Names that only group others, as `var` in `var.region`.
    pub groups: BTreeMap<String, BTreeMap<String, Value>>,
    /// All references were checked before evaluation, so those to nothing are reported already.
    pub(crate) checked: bool,
    /// Addresses of the resources that a grouped name was made from, where there are any.
    pub(crate) derived: BTreeMap<(String, String), Arc<BTreeSet<Address>>>,
    /// What evaluation may still do.
    pub(crate) budget: Arc<Budget>,
}

impl Scope {
    pub fn new() -> Self {
        Self::default()
    }

    /// Defines a name of its own.
    pub fn set(&mut self, name: impl Into<String>, value: Value) {
        self.names.insert(name.into(), value);
    }

    /// Defines a name within a group.
    pub fn set_in(&mut self, group: &str, name: impl Into<String>, value: Value) {
        match self.groups.get_mut(group) {
            Some(members) => {
                members.insert(name.into(), value);
            }
            None => {
                self.groups.insert(group.to_string(), BTreeMap::from([(name.into(), value)]));
            }
        }
    }

    /// All names and groups.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        self.names.keys().chain(self.groups.keys()).map(String::as_str)
    }
}
