//! One file a block type: its arguments, defaults and own rules.

mod cluster;
mod node_pool;
mod people;
mod platform;
mod settings;
mod storage_class;

use std::collections::BTreeMap;

pub(super) use cluster::PROVIDER_ARGUMENTS as CLUSTER_PROVIDER_ARGUMENTS;

use super::Facts;
use super::Installation;
use super::check::check;
use super::decoder::Decoder;
use crate::diag::Diagnostics;
use crate::diag::Span;
use crate::lang::Evaluated;
use crate::lang::Resource;
use crate::object::Address;
use crate::object::Key;

/// The block types that are resources.
pub const RESOURCE_KINDS: [&str; 7] = ["cluster", "node_pool", "storage_class", "platform", "user", "profile", "queue"];

/// Where each resource and some of its arguments stand, for rules between resources.
#[derive(Default)]
pub(super) struct Places {
    /// By address.
    pub resources: BTreeMap<Address, Span>,
    /// By address and argument.
    pub arguments: BTreeMap<(Address, &'static str), Span>,
}

impl Places {
    /// The place of an argument, else of its resource.
    pub fn argument(&self, address: &Address, name: &'static str) -> Option<Span> {
        self.arguments.get(&(address.clone(), name)).or_else(|| self.resources.get(address)).copied()
    }
}

/// The installation that evaluated blocks describe. It may be used only where no error was found.
pub fn decode(evaluated: &Evaluated, facts: &Facts) -> (Installation, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    let mut places = Places::default();
    let mut installation = settings::decode(evaluated, facts, &mut diagnostics);
    for resource in &evaluated.resources {
        places.resources.insert(resource.address.clone(), resource.span);
        let into = &mut installation;
        match resource.address.kind() {
            "cluster" => cluster::decode(resource, into, &mut places, &mut diagnostics),
            "node_pool" => node_pool::decode(resource, into, &mut places, &mut diagnostics),
            "storage_class" => storage_class::decode(resource, into, &mut places, &mut diagnostics),
            "platform" => platform::decode(resource, into, &mut places, &mut diagnostics),
            "user" => people::decode_user(resource, into, &mut places, &mut diagnostics),
            "profile" => people::decode_profile(resource, into, &mut places, &mut diagnostics),
            "queue" => people::decode_queue(resource, into, &mut places, &mut diagnostics),
            // `lang` was given RESOURCE_KINDS, so nothing else arrives here.
            _ => {}
        }
    }
    check(&installation, facts, &places, &mut diagnostics);
    (installation, diagnostics)
}

/// A decoder for a resource's own body.
pub(super) fn decoder<'a>(resource: &'a Resource, diagnostics: &'a mut Diagnostics) -> Decoder<'a> {
    Decoder::new(resource.address.kind(), Some(&resource.address), &resource.body, resource.span, diagnostics)
}

/// The name a resource has outside: its `name` argument, else its label with what a key adds.
pub(super) fn default_name(resource: &Resource) -> String {
    let label = resource.address.name().replace('_', "-");
    match resource.address.key() {
        None => label,
        Some(Key::Index(index)) => format!("{label}-{index}"),
        Some(Key::Name(name)) => format!("{label}-{name}"),
    }
}
