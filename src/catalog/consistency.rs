//! What can be wrong only in a rendering as a whole: objects made twice, secrets in the wrong place.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as Json;

use crate::config::Platform;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::object::Address;
use crate::object::Object;
use crate::object::ObjectId;

use super::NeededSecret;
use super::Rendered;
use super::fill::OPENINGS;
use super::fill::USER_ID_OPENING;

/// Looks over the undecided values and the objects of a platform.
pub(super) fn check(rendered: &Rendered, platform: &Platform, diagnostics: &mut Diagnostics) {
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
        OPENINGS.iter().any(|opening| text.contains(opening) || decoded.as_ref().is_some_and(|d| d.contains(opening)))
    };
    data.filter(|(_, value)| holds(value)).map(|(key, _)| key.as_str()).collect()
}

/// Whether a value that is secret stands where everybody can read it. User ids are no secrets, but only ConfigMaps
/// and Secrets are filled in.
fn has_misplaced_value(object: &Object) -> bool {
    let contains_any = |openings: &[&str]| object.as_map().values().any(|value| contains(value, openings));
    match object.kind() {
        "Secret" | "CustomResourceDefinition" => false,
        "ConfigMap" => {
            contains_any(&OPENINGS.into_iter().filter(|opening| *opening != USER_ID_OPENING).collect::<Vec<_>>())
        }
        _ => contains_any(&OPENINGS),
    }
}

fn contains(value: &Json, openings: &[&str]) -> bool {
    match value {
        Json::String(text) => text.contains('<') && openings.iter().any(|opening| text.contains(opening)),
        Json::Array(items) => items.iter().any(|item| contains(item, openings)),
        Json::Object(map) => map.values().any(|child| contains(child, openings)),
        _ => false,
    }
}
