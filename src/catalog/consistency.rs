//! What can be wrong only in a rendering as a whole: objects made twice, secrets in the wrong place, names that are taken.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as Json;

use crate::config::Declared;
use crate::config::Installation;
use crate::config::Platform;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::object::Address;
use crate::object::Object;
use crate::object::ObjectId;
use crate::object::kinds::is_system_namespace;
use crate::object::secret_fields;

use super::Component;
use super::NeededSecret;
use super::Rendered;
use super::Role;
use super::people::NAMESPACE as RECORDS;
use super::placeholder;

/// Looks over the undecided values and the objects of a platform.
///
/// # Arguments
///
/// * `available`: all components that it could have, by name.
pub(super) fn check(
    rendered: &Rendered,
    installation: &Installation,
    platform: &Declared<Platform>,
    available: &BTreeMap<String, Component>,
    diagnostics: &mut Diagnostics,
) {
    parts(rendered, platform, available, diagnostics);
    reserved_names(rendered, installation, available, diagnostics);
    let mut report = |summary: &str, detail: String| {
        diagnostics.push(Diagnostic::error(summary, detail).about(&platform.address));
    };
    let mut owners: BTreeMap<ObjectId, &Address> = BTreeMap::new();
    let mut kept: BTreeSet<(ObjectId, &str)> = BTreeSet::new();
    for made in &rendered.objects {
        let id = made.object.id();
        if has_misplaced_value(&made.object) {
            report("Secret outside a Secret", format!("{id} of {} uses a secret value outside a Secret.", made.owner));
        }
        if made.object.kind() == "Secret" {
            for key in encoded_values(&made.object) {
                let detail = format!("{id} of {} has a value in data.{key} that is filled in later.", made.owner);
                report("Secret value in encoded data", format!("{detail} Write it in stringData."));
            }
            kept.extend(keys(&made.object).map(|key| (id.clone(), key)));
        }
        if let Some(first) = owners.insert(id.clone(), &made.owner) {
            report("Object rendered twice", format!("{id} is rendered by {first} and by {}.", made.owner));
        }
    }
    let mut mirrors: BTreeMap<&str, &str> = BTreeMap::new();
    for used in &rendered.images {
        if let Some(other) = mirrors.insert(&used.mirrored, &used.image)
            && used.mirrored != used.image
        {
            let detail = format!("The images {other} and {} are both {} in the mirror.", used.image, used.mirrored);
            report("Images share a name in the mirror", detail);
        }
    }
    for needed in &rendered.secrets {
        if !kept.contains(&(needed.kept_in(), needed.key.as_str())) {
            let NeededSecret { component, name, key, .. } = needed;
            let place = needed.kept_in();
            let detail = format!(
                "The generated value {component}.{name} is to be kept under \"{key}\" in {place}, but nothing renders that."
            );
            report("Generated value is not kept", detail);
        }
    }
}

/// The keys of a Secret.
fn keys(secret: &Object) -> impl Iterator<Item = &str> {
    let fields = ["data", "stringData"].into_iter().filter_map(|field| secret.as_map().get(field)?.as_object());
    fields.flat_map(|map| map.keys().map(String::as_str))
}

/// The keys of a Secret's `data` that hold a placeholder, encoded or not: only texts can be filled in.
fn encoded_values(secret: &Object) -> Vec<&str> {
    let data = secret.as_map().get("data").and_then(Json::as_object).into_iter().flatten();
    let holds = |value: &Json| {
        let text = value.as_str().unwrap_or_default();
        let decoded = STANDARD.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        placeholder::is_in(text) || decoded.is_some_and(|decoded| placeholder::is_in(&decoded))
    };
    data.filter(|(_, value)| holds(value)).map(|(key, _)| key.as_str()).collect()
}

/// Whether a value that is secret stands where everybody can read it. User ids are no secrets, but only ConfigMaps
/// and Secrets are filled in.
fn has_misplaced_value(object: &Object) -> bool {
    let any = |holds: &dyn Fn(&str) -> bool| object.as_map().values().any(|value| any_text(value, holds));
    match object.kind() {
        "CustomResourceDefinition" => false,
        "ConfigMap" => any(&placeholder::is_secret_in),
        kind => match secret_fields(kind, object.api_version()) {
            [] => any(&placeholder::is_in),
            ["data", ..] => false,
            fields => {
                let mut others = object.as_map().iter().filter(|(field, _)| !fields.contains(&field.as_str()));
                others.any(|(_, value)| any_text(value, &placeholder::is_secret_in))
            }
        },
    }
}

fn any_text(value: &Json, holds: &dyn Fn(&str) -> bool) -> bool {
    match value {
        Json::String(text) => holds(text),
        Json::Array(items) => items.iter().any(|item| any_text(item, holds)),
        Json::Object(map) => map.values().any(|child| any_text(child, holds)),
        _ => false,
    }
}

/// Refuses namespaces of people that are somebody else's: whoever owns a profile is an administrator in its namespace, and
/// takes it along when they go.
fn reserved_names(
    rendered: &Rendered,
    installation: &Installation,
    available: &BTreeMap<String, Component>,
    diagnostics: &mut Diagnostics,
) {
    let namespaces = rendered.objects.iter().filter(|made| made.object.gvk().group.is_empty());
    let made: BTreeMap<&str, &Address> = namespaces
        .filter(|made| made.object.kind() == "Namespace")
        .map(|made| (made.object.name(), &made.owner))
        .collect();
    let declared: BTreeMap<&str, &str> = available
        .values()
        .filter(|component| !component.namespace.is_empty())
        .map(|component| (component.namespace.as_str(), component.name.as_str()))
        .collect();
    for holder in &rendered.objects {
        let id = holder.object.id();
        let Some(held) = rendered.readiness.iter().find_map(|rule| rule.held_by(&id)) else { continue };
        let name = held.name.as_str();
        let whose = if is_system_namespace(&held) {
            "the cluster's own".to_owned()
        } else if name == RECORDS {
            "where the records of installations are kept".to_owned()
        } else if made.get(name) == Some(&&holder.owner) {
            continue;
        } else if let Some(owner) = made.get(name) {
            format!("made for {owner}")
        } else if let Some(component) = declared.get(name) {
            format!("component \"{component}\"'s, also while that is off")
        } else {
            continue;
        };
        let detail = format!("The namespace \"{name}\" is {whose}: {} would take it over.", holder.owner);
        let block = installation.declaration(&holder.owner);
        let place = block.and_then(|block| block.place("name"));
        let finding = Diagnostic::error("Reserved name", detail)
            .at_option(place.map(|place| place.span))
            .help("Give another one with name = \"…\".")
            .about(&holder.owner);
        let is_secret = place.is_some_and(|place| place.sensitive);
        diagnostics.push(if is_secret { finding.hidden() } else { finding });
    }
}

/// Refuses a part that several components play.
fn parts(
    rendered: &Rendered,
    platform: &Declared<Platform>,
    available: &BTreeMap<String, Component>,
    diagnostics: &mut Diagnostics,
) {
    let enabled = || rendered.components.iter().filter_map(|enabled| available.get(&enabled.name));
    let mut check = |what: &str, plays: &dyn Fn(&Component) -> bool| {
        let names: Vec<&str> = enabled().filter(|one| plays(one)).map(|one| one.name.as_str()).collect();
        if names.len() > 1 {
            let detail = format!("{} each want to be the one with {what}.", names.join(" and "));
            diagnostics.push(Diagnostic::error("Two components for one part", detail).about(&platform.address));
        }
    };
    for (name, role) in Role::NAMES {
        check(&format!("the role \"{name}\""), &|component| component.roles.contains(&role));
    }
    check("a people block", &|component| component.login.is_some());
    check("a gateway block", &|component| component.gateway.is_some());
}
