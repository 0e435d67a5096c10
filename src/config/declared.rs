//! A resource as it was declared: its value with its address, places, lifecycle and dependencies.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::ops::DerefMut;

use super::node::Node;
use super::node::Place;
use crate::diag::Span;
use crate::lang::Lifecycle;
use crate::lang::Resource;
use crate::object::Address;

/// A resource and all that its block says beside its value.
#[derive(Clone, Debug, Default)]
pub struct Declared<T> {
    /// `user.alice`
    pub address: Address,
    /// The block's first line.
    pub span: Span,
    /// Where its arguments and nested blocks stand, by path: `endpoint`, `endpoint.tls`, `component.mlflow.source`.
    pub places: BTreeMap<String, Place>,
    pub lifecycle: Lifecycle,
    /// Addresses of the resources that it waits for because its block says so.
    pub depends_on: Vec<Address>,
    pub value: T,
}

/// What a block says beside its value, whatever it describes.
#[derive(Clone, Copy, Debug)]
pub struct Declaration<'a> {
    pub address: &'a Address,
    /// The block's first line; `None` for a value that no file declares.
    pub span: Option<Span>,
    places: &'a BTreeMap<String, Place>,
    pub lifecycle: &'a Lifecycle,
    pub depends_on: &'a [Address],
}

impl<'a> Declaration<'a> {
    /// The paths of everything that is written in it.
    pub fn paths(&self) -> impl Iterator<Item = &'a str> {
        self.places.keys().map(String::as_str)
    }

    /// As [`Declared::place`].
    pub fn place(&self, path: &str) -> Option<Place> {
        self.span.map(|span| place_in(self.places, span, path))
    }
}

/// Where an argument stands, else its block.
fn place_in(places: &BTreeMap<String, Place>, block: Span, path: &str) -> Place {
    places.get(path).copied().unwrap_or(Place { span: block, sensitive: false })
}

impl<T> Declared<T> {
    /// A value that no file declares.
    pub fn new(address: impl Into<Address>, value: T) -> Self {
        Self {
            address: address.into(),
            span: Span::default(),
            places: BTreeMap::new(),
            lifecycle: Lifecycle::default(),
            depends_on: Vec::new(),
            value,
        }
    }

    pub(super) fn of(resource: &Resource, node: &Node<'_>, value: T) -> Self {
        Self {
            address: resource.address.clone(),
            span: resource.span,
            places: node.places(),
            lifecycle: resource.lifecycle.clone(),
            depends_on: resource.depends_on.clone(),
            value,
        }
    }

    /// All but its value.
    pub fn declaration(&self) -> Declaration<'_> {
        let Self { address, span, places, lifecycle, depends_on, .. } = self;
        let span = Some(*span).filter(|span| *span != Span::default());
        Declaration { address, span, places, lifecycle, depends_on }
    }

    /// Whether an argument or nested block is written.
    pub fn is_set(&self, path: &str) -> bool {
        self.places.contains_key(path)
    }

    /// The place of an argument, else of the block.
    pub fn place(&self, path: &str) -> Place {
        place_in(&self.places, self.span, path)
    }

    /// A value of an argument as a finding may show it.
    pub fn shown(&self, path: &str, value: &str) -> String {
        if self.place(path).sensitive { "(sensitive value)".to_owned() } else { value.to_owned() }
    }
}

impl<T> Deref for Declared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for Declared<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}
