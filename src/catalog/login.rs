//! Where a component keeps who may log in: the `people` block of its definition.

use crate::object::ObjectId;

/// The configuration of a Dex, and the Secret that becomes its environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Login {
    /// The ConfigMap, and the key in it.
    pub configuration: ObjectId,
    pub key: String,
    /// The Secret with a password hash for each person.
    pub passwords: ObjectId,
    /// The administrator's key in it.
    pub admin_key: String,
    /// A user's, in which `{name}` stands for their name in capitals.
    pub user_key: String,
    /// How long a session lasts, in words; empty where nothing is known.
    pub sessions: String,
    /// The Secret that ends all of them when it is made anew.
    pub sessions_end_with: Option<ObjectId>,
}

impl Login {
    /// The key of a user in the Secret of hashes.
    pub fn key_of(&self, user: &str) -> String {
        self.user_key.replace("{name}", &user.to_uppercase().replace(|c: char| !c.is_ascii_alphanumeric(), "_"))
    }
}
