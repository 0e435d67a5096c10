//! `patch`: changes of rendered objects.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::config::Patch;
use crate::config::decoder::Decoder;
use crate::config::node::Node;
use crate::config::node::Typed;
use crate::diag::Diagnostic;
use crate::lang::version_matches;
use crate::object::ObjectId;
use crate::object::patch::Operation;
use crate::object::patch::Verb;

pub fn read(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<Patch> {
    let labels = node.text_map("labels");
    let is_chosen = ["objects", "component", "kind"].iter().any(|name| node.is_set(name))
        || node.is_set("labels") && !(node.value("labels").is_some() && labels.is_empty());
    if !is_chosen {
        let detail = "patch needs \"objects\", \"component\", \"kind\" or \"labels\", which say what it changes.";
        let finding = Diagnostic::error("Missing argument", detail).at(node.span);
        decoder.push(finding.help("Add for example objects = [\"Deployment.apps auth/dex\"]."));
    }
    if !node.is_set("merge") && !node.is_set("json") {
        let detail = "patch needs \"merge\" or \"json\", which say how it changes it.";
        let finding = Diagnostic::error("Missing argument", detail).at(node.span);
        decoder.push(finding.help("Add for example merge = { spec = { replicas = 2 } }."));
    }
    Some(Patch {
        platform: node.reference("platform")?,
        objects: node.is_set("objects").then(|| objects(node, decoder)),
        component: node.text("component"),
        kind: node.text("kind"),
        labels,
        releases: releases(node, decoder),
        merge: node.map("merge").into_iter().map(|(name, value)| (name, value.to_json())).collect(),
        operations: operations(node, decoder),
    })
}

fn objects(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Vec<ObjectId> {
    let place = node.place("objects");
    let mut objects = Vec::new();
    for text in node.texts("objects") {
        match text.parse::<ObjectId>() {
            Ok(id) => objects.push(id),
            Err(error) => {
                let detail = if place.sensitive { "It is no object's name.".to_owned() } else { format!("{error}.") };
                decoder.push_at(place, Diagnostic::error("Invalid value", detail).at(place.span));
            }
        }
    }
    objects
}

fn releases(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Vec<String> {
    let place = node.place("releases");
    let releases = node.texts("releases");
    for constraint in &releases {
        // Only whether it is one: any version will do.
        if let Err(reason) = version_matches(constraint, "1.0") {
            let detail = if place.sensitive { "It is no version constraint".to_owned() } else { reason };
            let finding = Diagnostic::error("Invalid version constraint", format!("{detail}."));
            decoder.push_at(place, finding.at(place.span));
        }
    }
    releases
}

fn operations(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Vec<Operation> {
    let place = node.place("json");
    let mut operations = Vec::new();
    for (at, written) in node.objects("json").iter().enumerate() {
        match operation(written) {
            Ok(operation) => operations.extend(operation),
            Err((summary, reason)) => {
                let finding = Diagnostic::error(summary, format!("json[{at}] {reason}."));
                decoder.push_at(place, finding.at(place.span));
            }
        }
    }
    operations
}

/// What is written of one; `None` where what is wrong with it was told. Else what is wrong, in words that tell no value.
fn operation(written: &BTreeMap<String, Typed>) -> Result<Option<Operation>, (&'static str, String)> {
    let text = |field: &str| match written.get(field) {
        Some(Typed::Text(text)) => Some(text.clone()),
        _ => None,
    };
    let verb = text("op").and_then(|name| Verb::from_name(&name).map(|verb| (name, verb)));
    let (Some((name, verb)), Some(path)) = (verb, text("path")) else { return Ok(None) };
    let from = text("from").unwrap_or_default();
    let value = match written.get("value") {
        Some(Typed::Any(value)) => Some(value.to_json()),
        _ => None,
    };
    for (field, text, is_needed) in [("path", &path, true), ("from", &from, verb.takes_source())] {
        if is_needed && !is_pointer(text) {
            let reason =
                format!("needs a \"{field}\" that begins with / and has ~ only in ~0 and ~1, as /spec/replicas");
            return Err(("Invalid path", reason));
        }
    }
    if verb.takes_value() && value.is_none() {
        return Err(("Missing argument", format!("needs a \"value\", since it is \"{name}\"")));
    }
    Ok(Some(Operation { verb, path, from, value: value.unwrap_or(Value::Null) }))
}

/// Whether a text is a JSON pointer to something within an object.
fn is_pointer(text: &str) -> bool {
    text.starts_with('/') && text.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']))
}
