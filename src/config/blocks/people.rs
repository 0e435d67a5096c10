//! `user`, `profile` and `queue`: people, shared namespaces, and shares of the cluster.

use std::collections::BTreeMap;

use crate::config::Credential;
use crate::config::Owner;
use crate::config::Profile;
use crate::config::Queue;
use crate::config::User;
use crate::config::decoder::Decoder;
use crate::config::node::Node;
use crate::config::node::Typed;
use crate::diag::Diagnostic;

pub fn read_user(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<User> {
    if !node.is_set("password") && !node.is_set("hash") {
        let finding = Diagnostic::error("Missing argument", "user needs \"password\" or \"hash\" to log in with.")
            .at(node.span)
            .help("Add password = var.NAME with a sensitive variable, or hash = \"$2y$12$…\" (a bcrypt hash).");
        decoder.push(finding);
    }
    let profile = node.block("profile");
    Some(User {
        name: node.text("name")?,
        platform: node.reference("platform")?,
        email: email(node)?,
        credential: credential(node),
        user_id: node.text("user_id").filter(|id| !id.is_empty()),
        quota: profile.map(|profile| profile.text_map("quota")).unwrap_or_default(),
        has_profile: profile.is_some(),
    })
}

pub fn read_profile(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<Profile> {
    let owner = match node.value("owner")? {
        Typed::Reference(address) => Owner::User(address.clone()),
        _ => Owner::Email(node.text("owner")?.to_ascii_lowercase()),
    };
    let mut contributors = BTreeMap::new();
    let place = node.place("contributors");
    for (email, role) in node.text_map("contributors") {
        if contributors.insert(email.to_ascii_lowercase(), role).is_some() {
            let shown = if place.sensitive { "An e-mail address".to_owned() } else { format!("\"{email}\"") };
            let detail = format!("{shown} is given twice; capitals make no difference.");
            decoder.push_at(place, Diagnostic::error("Duplicate e-mail", detail).at(place.span));
        }
    }
    Some(Profile {
        name: node.text("name")?,
        platform: node.reference("platform")?,
        owner,
        contributors,
        quota: node.text_map("quota"),
    })
}

pub fn read_queue(node: &Node<'_>) -> Option<Queue> {
    Some(Queue {
        name: node.text("name")?,
        platform: node.reference("platform")?,
        weight: node.count("weight")?,
        capability: node.text_map("capability"),
        reclaimable: node.flag("reclaimable"),
    })
}

/// `password`, `hash`, or neither.
pub fn credential(node: &Node<'_>) -> Credential {
    let password = node.secret("password").map(Credential::Password);
    password.or_else(|| node.secret("hash").map(Credential::Hash)).unwrap_or_default()
}

/// An e-mail address, lower-cased: Kubeflow compares them by letter, Dex does not.
pub fn email(node: &Node<'_>) -> Option<String> {
    node.text("email").map(|email| email.to_ascii_lowercase())
}
