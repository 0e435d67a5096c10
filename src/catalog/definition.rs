//! Reads the blocks of a component's `module.hcl`.

use std::collections::BTreeMap;

use crate::config::Edition;
use crate::config::Node;
use crate::config::Typed;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::lang::Block;
use crate::object::ObjectId;
use crate::object::ReadinessRule;
use crate::object::Residue;

use super::Component;
use super::Kept;
use super::Login;
use super::MenuEntry;
use super::NeededSecret;
use super::Role;
use super::SecretFormat;
use super::schemas;

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
    let Some(node) = schemas::decode(block, diagnostics) else { return };
    component.title = node.text("title").unwrap_or_else(|| component.name.clone());
    component.description = node.text("description").unwrap_or_default();
    component.namespace = node.text("namespace").unwrap_or_default();
    component.requires = node.texts("requires");
    component.after = node.texts("after");
    component.conflicts = node.text_map("conflicts");
    component.when = node.choice("when").unwrap_or(true);
    component.editions = node.texts("editions").iter().filter_map(|name| Edition::from_name(name)).collect();
    component.roles = node.texts("roles").iter().filter_map(|name| Role::from_name(name)).collect();
    component.replicated = node.texts("replicated");
    component.goes_out = node.texts("goes_out");
    component.alone = node.text_map("alone");
    component.readiness = node.blocks("readiness").filter_map(readiness).collect();
    component.kept = node.block("keeps").map(|kept| Kept::read(&component.name, &component.namespace, kept));
    component.leaves = node.blocks("leaves").filter_map(residue).collect();
}

fn readiness(node: &Node<'_>) -> Option<ReadinessRule> {
    let (group_kind, _) = node.label.as_ref()?;
    let (kind, group) = group_kind.split_once('.').unwrap_or((group_kind, ""));
    Some(ReadinessRule {
        group: group.to_owned(),
        kind: kind.to_owned(),
        conditions: node.texts("conditions"),
        failures: node.texts("failures"),
        creates: node.texts("creates"),
        holds: node.text("holds"),
        held_labels: node.text_map("held_labels"),
        owner_annotation: node.text("owner_annotation").unwrap_or_default(),
        owner_field: node.text("owner_field").unwrap_or_default(),
    })
}

fn residue(node: &Node<'_>) -> Option<Residue> {
    Some(Residue {
        kind: node.label.as_ref()?.0.clone(),
        name: node.text("name").unwrap_or_default(),
        namespace: node.text("namespace").unwrap_or_default(),
        labels: node.text_map("labels"),
    })
}

fn read_generated(block: &Block, component: &mut Component, diagnostics: &mut Diagnostics) {
    let Some(node) = schemas::decode(block, diagnostics) else { return };
    let (Some((name, _)), Some(secret)) = (node.label.clone(), object(&node, "secret", "Secret")) else { return };
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
        key: node.text("key").unwrap_or_default(),
        format: node.text("format").and_then(|name| SecretFormat::from_name(&name)).unwrap_or_default(),
        length: node.count("length").unwrap_or(32) as usize,
        data: object(&node, "data", "PersistentVolumeClaim"),
        renewal: node.text("renewal").unwrap_or_default(),
    });
}

fn read_export(block: &Block, component: &mut Component, diagnostics: &mut Diagnostics) {
    let Some(node) = schemas::decode(block, diagnostics) else { return };
    // Known or not: who reads it waits for it.
    let (Some((name, _)), Some(value)) = (node.label, block.body.value("value").cloned()) else { return };
    if component.exports.insert(name.clone(), value).is_some() {
        let detail = format!("An exported value named \"{name}\" is already defined.");
        diagnostics.push(Diagnostic::error("Duplicate exported value", detail).at(block.span));
    }
}

fn read_menu(block: &Block, component: &mut Component, diagnostics: &mut Diagnostics) {
    let Some(node) = schemas::decode(block, diagnostics) else { return };
    if !node.is_set("link") && !node.is_set("items") {
        let detail = "menu needs \"link\" or \"items\".";
        diagnostics.push(Diagnostic::error("Missing argument", detail).at(block.span));
    }
    let field = |item: &BTreeMap<String, Typed>, name: &str| match item.get(name) {
        Some(Typed::Text(text)) => Some(text.clone()),
        _ => None,
    };
    let items = node.objects("items");
    let text = |name: &str| node.text(name).unwrap_or_default();
    component.menu.push(MenuEntry {
        text: node.label.as_ref().map(|(text, _)| text.clone()).unwrap_or_default(),
        place: text("place"),
        order: node.count("order").unwrap_or(u32::MAX),
        link: text("link"),
        icon: text("icon"),
        description: text("description"),
        items: items.iter().filter_map(|item| Some((field(item, "text")?, field(item, "link")?))).collect(),
    });
}

fn read_people(block: &Block, component: &mut Component, diagnostics: &mut Diagnostics) {
    if is_second(component.login.is_some(), block, diagnostics) {
        return;
    }
    let Some(node) = schemas::decode(block, diagnostics) else { return };
    let text = |name: &str| node.text(name).unwrap_or_default();
    component.login = Some(Login {
        configuration: object(&node, "configuration", "ConfigMap").unwrap_or_default(),
        key: text("key"),
        passwords: object(&node, "passwords", "Secret").unwrap_or_default(),
        admin_key: text("admin_key"),
        user_key: text("user_key"),
        sessions: text("sessions"),
        sessions_end_with: object(&node, "sessions_end_with", "Secret"),
    });
}

fn read_gateway(block: &Block, component: &mut Component, diagnostics: &mut Diagnostics) {
    if is_second(component.gateway.is_some(), block, diagnostics) {
        return;
    }
    let node = schemas::decode(block, diagnostics);
    component.gateway = node.and_then(|node| object(&node, "service", "Service"));
}

/// An object of the core group that an argument gives as `namespace/name`.
fn object(node: &Node<'_>, argument: &str, kind: &str) -> Option<ObjectId> {
    let text = node.text(argument)?;
    let (namespace, name) = text.split_once('/')?;
    Some(ObjectId::new("", kind, namespace, name))
}

fn is_second(has_one: bool, block: &Block, diagnostics: &mut Diagnostics) -> bool {
    if has_one {
        let detail = format!("A component takes one \"{}\" block.", block.kind);
        diagnostics.push(Diagnostic::error("Repeated block", detail).at(block.span));
    }
    has_one
}
