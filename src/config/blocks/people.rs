//! `user`, `profile` and `queue`: people, shared namespaces, and shares of the cluster.

use std::collections::BTreeMap;

use super::Places;
use super::decoder;
use super::default_name;
use crate::config::Credential;
use crate::config::Installation;
use crate::config::Owner;
use crate::config::Profile;
use crate::config::Queue;
use crate::config::Secret;
use crate::config::User;
use crate::config::decoder::Decoder;
use crate::config::decoder::Found;
use crate::config::decoder::Named;
use crate::config::rules;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::lang::Resource;

pub fn decode_user(resource: &Resource, into: &mut Installation, places: &mut Places, diagnostics: &mut Diagnostics) {
    let mut body = decoder(resource, diagnostics);
    remember(&mut body, resource, places, &["name", "email", "user_id"]);
    let name = name(&mut body, resource);
    let platform = body.required_reference("platform", "platform").map(|found| found.value).unwrap_or_default();
    body.require("email");
    let email = email(&mut body, "email").unwrap_or_default();
    let credential = credential(&mut body, "user");
    if matches!(credential, Credential::Generated) && !body.is_set("password") && !body.is_set("hash") {
        let finding = Diagnostic::error("Missing argument", "user needs \"password\" or \"hash\" to log in with.")
            .at(body.span())
            .help("Add password = var.NAME with a sensitive variable, or hash = \"$2y$12$…\" (a bcrypt hash).");
        body.push(finding);
    }
    let user_id = body.text("user_id").map(|found| found.value).filter(|id| !id.is_empty());
    let quota_block = body.block("profile");
    let quota = quota_block.map(|block| {
        let mut inner = Decoder::new("profile", None, &block.body, block.span, body.diagnostics);
        let quota = quota(&mut inner, "quota");
        inner.finish();
        quota
    });
    body.finish();
    into.users.push(User {
        address: resource.address.clone(),
        name,
        platform,
        email,
        credential,
        user_id,
        has_profile: quota.is_some(),
        quota: quota.unwrap_or_default(),
    });
}

pub fn decode_profile(
    resource: &Resource,
    into: &mut Installation,
    places: &mut Places,
    diagnostics: &mut Diagnostics,
) {
    let mut body = decoder(resource, diagnostics);
    remember(&mut body, resource, places, &["name", "owner", "contributors"]);
    let name = name(&mut body, resource);
    let platform = body.required_reference("platform", "platform").map(|found| found.value).unwrap_or_default();
    body.require("owner");
    let owner = match body.reference_or_text("owner") {
        Some(Found { value: Named::Block(address), .. }) => Owner::User(address),
        Some(Found { value: Named::Text(text), span }) => match rules::email(&text) {
            Ok(()) => Owner::Email(text.to_ascii_lowercase()),
            Err(reason) => {
                let finding = Diagnostic::error("Invalid owner", format!("\"{text}\" is no e-mail address: {reason}."))
                    .at(span)
                    .help("Write owner = user.NAME, or an e-mail address.");
                body.push(finding);
                Owner::default()
            }
        },
        None => Owner::default(),
    };
    let place = body.place("contributors");
    let mut contributors = BTreeMap::new();
    for (email, role) in body.text_map("contributors") {
        if let Err(reason) = rules::email(&email) {
            body.error("Invalid contributor", format!("\"{email}\" is no e-mail address: {reason}."), place);
        }
        if !["view", "edit", "admin"].contains(&role.as_str()) {
            let detail = format!("\"{role}\" is no role for {email}.");
            body.push(
                Diagnostic::error("Unknown choice", detail)
                    .at(place)
                    .help("The roles are \"view\", \"edit\", \"admin\"."),
            );
        }
        if contributors.insert(email.to_ascii_lowercase(), role).is_some() {
            body.error("Duplicate e-mail", format!("\"{email}\" is given twice; capitals make no difference."), place);
        }
    }
    let quota = quota(&mut body, "quota");
    body.finish();
    into.profiles.push(Profile { address: resource.address.clone(), name, platform, owner, contributors, quota });
}

pub fn decode_queue(resource: &Resource, into: &mut Installation, places: &mut Places, diagnostics: &mut Diagnostics) {
    let mut body = decoder(resource, diagnostics);
    remember(&mut body, resource, places, &["name"]);
    let queue = Queue {
        address: resource.address.clone(),
        name: name(&mut body, resource),
        platform: body.required_reference("platform", "platform").map(|found| found.value).unwrap_or_default(),
        weight: body.whole("weight", 1..=65535).map_or(1, |found| found.value as u32),
        capability: quota(&mut body, "capability"),
        reclaimable: body.boolean("reclaimable").unwrap_or(true),
    };
    body.finish();
    into.queues.push(queue);
}

/// `password`, `hash`, or neither.
pub fn credential(body: &mut Decoder, what: &str) -> Credential {
    body.exclusive("password", "hash");
    let summary = format!("Unsuitable password of {what}");
    if let Some(found) = body.secret_text("password", &summary, rules::password) {
        return Credential::Password(Secret::new(found.value));
    }
    match body.secret_text("hash", "Invalid hash", rules::bcrypt_hash) {
        Some(found) => Credential::Hash(Secret::new(found.value)),
        None => Credential::Generated,
    }
}

/// An e-mail address, lower-cased: Kubeflow compares them by letter, Dex does not (kubeflow.md 7.3).
pub fn email(body: &mut Decoder, name: &'static str) -> Option<String> {
    body.checked_text(name, "Invalid e-mail address", rules::email).map(|found| found.value.to_ascii_lowercase())
}

fn name(body: &mut Decoder, resource: &Resource) -> String {
    match body.checked_text("name", "Invalid name", rules::label) {
        Some(found) => found.value,
        None => {
            let name = default_name(resource);
            if !body.is_set("name")
                && let Err(reason) = rules::label(&name)
            {
                let finding = Diagnostic::error("Invalid name", format!("\"{name}\" is not valid: {reason}."))
                    .at(body.span())
                    .help("It becomes the name of a namespace. Give another one with name = \"…\".");
                body.push(finding);
            }
            name
        }
    }
}

fn quota(body: &mut Decoder, name: &'static str) -> BTreeMap<String, String> {
    let quota = body.text_map(name);
    let place = body.place(name);
    for (resource, amount) in &quota {
        if let Err(reason) = rules::quantity(amount) {
            body.error("Invalid amount", format!("\"{amount}\" of {resource} is not valid: {reason}."), place);
        }
    }
    quota
}

fn remember(body: &mut Decoder, resource: &Resource, places: &mut Places, names: &[&'static str]) {
    for name in names {
        if body.is_set(name) {
            places.arguments.insert((resource.address.clone(), name), body.place(name));
        }
    }
}
