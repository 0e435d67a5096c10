//! One file a block type: how its decoded values become those of the installation, and rules of its own.

mod cluster;
mod connector;
mod node_pool;
mod patch;
mod people;
mod platform;
mod policy;
mod settings;
mod storage_class;

use super::Declared;
use super::Facts;
use super::Installation;
use super::check::check;
use super::decoder::Decoder;
use super::decoder::Heading;
use super::decoder::Unknown;
use super::lifecycle;
use super::schema;
use super::sign_in;
use crate::diag::Diagnostics;
use crate::lang::Evaluated;
use crate::lang::Resource;
use crate::object::Key;

pub use platform::endpoint_of;
pub(super) use policy::written as written_policy;

/// The block types that are resources.
pub const RESOURCE_KINDS: [&str; 10] =
    ["cluster", "node_pool", "storage_class", "platform", "user", "profile", "queue", "connector", "patch", "policy"];

/// The installation that evaluated blocks describe. It may be used only where no error was found: a block that lacks
/// something is not in it.
pub fn decode(evaluated: &Evaluated, facts: &Facts) -> (Installation, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    let mut installation = settings::decode(evaluated, facts, &mut diagnostics);
    // They come in dependency order, so that what a block refers to is there before it.
    for resource in &evaluated.resources {
        add(resource, evaluated, &mut installation, &mut diagnostics);
    }
    lifecycle::check(evaluated, &mut diagnostics);
    check(&installation, facts, &mut diagnostics);
    sign_in::check(&installation, &mut diagnostics);
    installation.secrets.sort();
    installation.secrets.dedup();
    (installation, diagnostics)
}

/// Only what it takes to find an installation where it lives: its name, providers and clusters. The rest of the
/// configuration may be wrong, and is not in the result.
pub fn decode_places(evaluated: &Evaluated, facts: &Facts) -> (Installation, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    let mut installation = settings::decode(evaluated, facts, &mut diagnostics);
    for resource in evaluated.resources.iter().filter(|resource| resource.address.kind() == "cluster") {
        add(resource, evaluated, &mut installation, &mut diagnostics);
    }
    (installation, diagnostics)
}

fn add(resource: &Resource, evaluated: &Evaluated, installation: &mut Installation, diagnostics: &mut Diagnostics) {
    // `lang` was given RESOURCE_KINDS, and each has a schema.
    let Some(schema) = schema::block(resource.address.kind()) else { return };
    let mut decoder = Decoder::new(Some(resource.address.clone()), Unknown::Refused, diagnostics);
    let heading = Heading { name: Some(name_from_label(resource)), provider: resource.provider.clone() };
    let node = decoder.body(schema, &resource.body, resource.span, heading);
    macro_rules! keep {
        ($value:expr, $list:ident) => {
            if let Some(value) = $value {
                installation.$list.push(Declared::of(resource, &node, value));
            }
        };
    }
    match resource.address.kind() {
        "cluster" => keep!(cluster::read(&node), clusters),
        "node_pool" => keep!(node_pool::read(&node, &mut decoder), node_pools),
        "storage_class" => keep!(storage_class::read(&node), storage_classes),
        "platform" => keep!(platform::read(&node, installation, &mut decoder), platforms),
        "user" => {
            let is_elsewhere = sign_in::is_elsewhere(evaluated, node.reference("platform").as_ref());
            keep!(people::read_user(&node, is_elsewhere, &mut decoder), users);
        }
        "profile" => keep!(people::read_profile(&node, &mut decoder), profiles),
        "queue" => keep!(people::read_queue(&node, &mut decoder), queues),
        "connector" => keep!(connector::read(&node), connectors),
        "patch" => keep!(patch::read(&node, &mut decoder), patches),
        "policy" => keep!(policy::read(&node, &mut decoder), policies),
        _ => {}
    }
    installation.secrets.append(&mut decoder.secrets);
}

/// The name a resource has outside where it gives none: its label with what a key adds.
fn name_from_label(resource: &Resource) -> String {
    let label = resource.address.name().replace('_', "-");
    match resource.address.key() {
        None => label,
        Some(Key::Index(index)) => format!("{label}-{index}"),
        Some(Key::Name(name)) => format!("{label}-{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_resource_has_a_schema() {
        for kind in RESOURCE_KINDS {
            assert!(schema::block(kind).is_some(), "{kind}");
        }
        let others = schema::blocks().iter().filter(|block| !RESOURCE_KINDS.contains(&block.name.as_str()));
        assert_eq!(others.map(|block| block.name.as_str()).collect::<Vec<_>>(), ["stackwright", "provider"]);
    }
}
