//! What components stand for towards the blocks of a configuration: who makes users' objects, serves queues, offers images.

use super::Component;

/// A part that one component of a platform plays. Its definition says so, by name: `roles = ["users"]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Makes the objects of `user` and `profile` blocks.
    Users,
    /// Serves the kind that `queue` blocks stand for.
    Queues,
    /// Offers the images of the platform's `notebooks` block.
    Notebooks,
}

impl Role {
    /// All roles as a module writes them.
    pub const NAMES: [(&'static str, Role); 3] =
        [("users", Role::Users), ("queues", Role::Queues), ("notebooks", Role::Notebooks)];

    /// By its name in a module.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, role)| *role)
    }

    /// The component that plays it.
    pub(super) fn player<'a>(self, components: impl IntoIterator<Item = &'a Component>) -> Option<&'a Component> {
        components.into_iter().find(|component| component.roles.contains(&self))
    }
}
