//! Reads the blocks of a component's `module.hcl`.

use std::collections::BTreeMap;

use crate::config::Edition;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::lang::Block;
use crate::object::ObjectId;
use crate::object::ReadinessRule;
use crate::object::Residue;

use super::Component;
use super::Login;
use super::MenuEntry;
use super::NeededSecret;
use super::Role;
use super::SecretFormat;
use super::decode::Decoder;
use super::decode::label;

/// The blocks of a definition beside `variable` and `locals`.
pub(super) const BLOCKS: [&str; 6] = ["component", "generated", "export", "menu", "people", "gateway"];

/// Reads one of [`BLOCKS`].
pub(super) fn read(block: &Block, component: &mut Component, diagnostics: &mut Diagnostics) {
    match block.kind.as_str() {
        "component" => read_component(block, component, diagnostics),
        "generated" => read_generated(block, component, diagnostics),
        "export" => read_export(block, component, diagnostics),
        "menu" => read_menu(block, component, diagnostics),
        "people" => read_people(block, component, diagnostics),
        _ => read_gateway(block, component, diagnostics),
    }
}

fn read_component(block: &Block, component: &mut Component, diagnostics: &mut Diagnostics) {
    if let Some(first) = component.span {
        let detail = "A component is defined by one \"component\" block.";
        diagnostics
            .push(Diagnostic::error("Duplicate component block", detail).at(block.span).related(first, "first here"));
        return;
    }
    component.span = Some(block.span);
    let arguments =
        ["title", "description", "namespace", "requires", "after", "conflicts", "editions", "when", "roles"];
    let mut decoder = Decoder::new(block, &arguments, &["readiness", "leaves"], diagnostics);
    component.title = decoder.text("title").unwrap_or_else(|| component.name.clone());
    component.description = decoder.text("description").unwrap_or_default();
    component.namespace = decoder.text("namespace").unwrap_or_default();
    component.requires = decoder.texts("requires");
    component.after = decoder.texts("after");
    component.conflicts = decoder.text_map("conflicts");
    component.when = decoder.bool("when").unwrap_or(true);
    for edition in decoder.texts("editions") {
        match [Edition::Mini, Edition::Enterprise].into_iter().find(|known| known.as_str() == edition) {
            Some(edition) => component.editions.push(edition),
            None => decoder.refuse("editions", format!("\"{edition}\" is no edition; there are mini and enterprise.")),
        }
    }
    for role in decoder.texts("roles") {
        match Role::from_name(&role) {
            Some(role) => component.roles.push(role),
            None => {
                let names = Role::NAMES.map(|(name, _)| name).join(", ");
                decoder.refuse("roles", format!("\"{role}\" is no role; there are {names}."));
            }
        }
    }
    for nested in block.body.blocks_of("readiness") {
        component.readiness.extend(read_readiness(nested, diagnostics));
    }
    for nested in block.body.blocks_of("leaves") {
        let Some(kind) = label(nested, "Kind.group", diagnostics) else { continue };
        let mut decoder = Decoder::new(nested, &["name", "namespace", "labels"], &[], diagnostics);
        component.leaves.push(Residue {
            kind,
            name: decoder.required_text("name"),
            namespace: decoder.text("namespace").unwrap_or_default(),
            labels: decoder.text_map("labels"),
        });
    }
}

fn read_readiness(block: &Block, diagnostics: &mut Diagnostics) -> Option<ReadinessRule> {
    let group_kind = label(block, "Kind.group", diagnostics)?;
    let arguments = ["conditions", "failures", "creates", "holds", "held_labels"];
    let mut decoder = Decoder::new(block, &arguments, &[], diagnostics);
    let (kind, group) = group_kind.split_once('.').unwrap_or((&group_kind, ""));
    let rule = ReadinessRule {
        group: group.to_owned(),
        kind: kind.to_owned(),
        conditions: decoder.texts("conditions"),
        failures: decoder.texts("failures"),
        creates: decoder.texts("creates"),
        holds: decoder.text("holds"),
        held_labels: decoder.text_map("held_labels"),
    };
    // The braces of `{name}` and `{namespace}` are as good as letters here.
    let is_id = |text: &String| text.parse::<ObjectId>().is_ok();
    for text in rule.creates.iter().filter(|text| !is_id(text)) {
        decoder.refuse("creates", format!("\"{text}\" is no object, as \"Kind.group {{namespace}}/{{name}}\"."));
    }
    let is_namespace = |text: &String| text.parse::<ObjectId>().is_ok_and(|id| id.group_kind() == "Namespace");
    if let Some(text) = rule.holds.as_ref().filter(|text| !is_namespace(text)) {
        decoder.refuse("holds", format!("\"{text}\" is no namespace, as \"Namespace {{name}}\"."));
    }
    Some(rule)
}

fn read_generated(block: &Block, component: &mut Component, diagnostics: &mut Diagnostics) {
    let Some(name) = label(block, "the value's name", diagnostics) else { return };
    let mut decoder = Decoder::new(block, &["secret", "key", "format", "length"], &[], diagnostics);
    let secret = decoder.required_object("secret", "Secret");
    let key = decoder.required_text("key");
    let length = decoder.count("length").unwrap_or(32);
    let format = decoder.text("format");
    let format = match format.as_deref().map(SecretFormat::from_name) {
        None => SecretFormat::default(),
        Some(Some(format)) => format,
        Some(None) => {
            let names = SecretFormat::NAMES.map(|(name, _)| name).join(", ");
            decoder.refuse("format", format!("The format must be one of {names}."));
            SecretFormat::default()
        }
    };
    let Some(secret) = secret else { return };
    if component.secrets.iter().any(|known| known.name == name) {
        let detail = format!("A generated value named \"{name}\" is already defined.");
        diagnostics.push(Diagnostic::error("Duplicate generated value", detail).at(block.span));
        return;
    }
    component.secrets.push(NeededSecret {
        component: component.name.clone(),
        name,
        secret_namespace: secret.namespace,
        secret_name: secret.name,
        key,
        format,
        length,
    });
}

fn read_export(block: &Block, component: &mut Component, diagnostics: &mut Diagnostics) {
    let Some(name) = label(block, "the value's name", diagnostics) else { return };
    let mut decoder = Decoder::new(block, &["value"], &[], diagnostics);
    let Some(value) = decoder.required_value("value") else { return };
    if component.exports.insert(name.clone(), value).is_some() {
        let detail = format!("An exported value named \"{name}\" is already defined.");
        diagnostics.push(Diagnostic::error("Duplicate exported value", detail).at(block.span));
    }
}

fn read_menu(block: &Block, component: &mut Component, diagnostics: &mut Diagnostics) {
    let Some(text) = label(block, "the entry's text", diagnostics) else { return };
    let arguments = ["place", "order", "link", "icon", "description", "items"];
    let mut decoder = Decoder::new(block, &arguments, &[], diagnostics);
    let place = decoder.text("place").unwrap_or_else(|| MenuEntry::PLACES[0].to_owned());
    if !MenuEntry::PLACES.contains(&place.as_str()) {
        decoder.refuse("place", format!("The place must be one of {}.", MenuEntry::PLACES.join(", ")));
    }
    let items = decoder.text_maps("items");
    let of = |item: &BTreeMap<String, String>| Some((item.get("text")?.clone(), item.get("link")?.clone()));
    if items.iter().any(|item| of(item).is_none() || item.len() > 2) {
        decoder.refuse("items", "An item is { text, link }.".to_owned());
    }
    let link = decoder.text("link").unwrap_or_default();
    if link.is_empty() == items.is_empty() && !decoder.is_open("link") && !decoder.is_open("items") {
        decoder.refuse("link", "An entry has either a \"link\" or \"items\".".to_owned());
    }
    component.menu.push(MenuEntry {
        text,
        place,
        order: decoder.count("order").and_then(|order| u32::try_from(order).ok()).unwrap_or(u32::MAX),
        link,
        icon: decoder.text("icon").unwrap_or_default(),
        description: decoder.text("description").unwrap_or_default(),
        items: items.iter().filter_map(of).collect(),
    });
}

fn read_people(block: &Block, component: &mut Component, diagnostics: &mut Diagnostics) {
    if is_second(component.login.is_some(), block, diagnostics) {
        return;
    }
    let arguments = ["configuration", "key", "passwords", "admin_key", "user_key"];
    let mut decoder = Decoder::new(block, &arguments, &[], diagnostics);
    let login = Login {
        configuration: decoder.required_object("configuration", "ConfigMap").unwrap_or_default(),
        key: decoder.required_text("key"),
        passwords: decoder.required_object("passwords", "Secret").unwrap_or_default(),
        admin_key: decoder.required_text("admin_key"),
        user_key: decoder.required_text("user_key"),
    };
    if !login.user_key.contains("{name}") && !decoder.is_open("user_key") {
        decoder.refuse("user_key", "The key of a user must hold \"{name}\".".to_owned());
    }
    component.login = Some(login);
}

fn read_gateway(block: &Block, component: &mut Component, diagnostics: &mut Diagnostics) {
    if is_second(component.gateway.is_some(), block, diagnostics) {
        return;
    }
    let mut decoder = Decoder::new(block, &["service"], &[], diagnostics);
    component.gateway = decoder.required_object("service", "Service");
}

fn is_second(has_one: bool, block: &Block, diagnostics: &mut Diagnostics) -> bool {
    if has_one {
        let detail = format!("A component has one \"{}\" block at most.", block.kind);
        diagnostics.push(Diagnostic::error(format!("Duplicate {} block", block.kind), detail).at(block.span));
    }
    has_one
}
