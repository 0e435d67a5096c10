//! Decoded blocks: evaluated arguments and nested blocks with their places. What `config` and `catalog` read.

use indexmap::IndexMap;

use super::Value;
use crate::diag::Span;

/// The inside of a block, evaluated; `dynamic` blocks are expanded.
#[derive(Clone, Debug, PartialEq)]
pub struct Body {
    /// Arguments in the order they are written. A null argument is one left out, and is not here.
    pub attributes: IndexMap<String, Attribute>,
    pub blocks: Vec<Block>,
    /// The whole body between its braces; of a file, the whole file.
    pub span: Span,
}

/// One argument.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    pub value: Value,
    pub name_span: Span,
    pub value_span: Span,
}

/// A nested block.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    pub kind: String,
    pub kind_span: Span,
    /// Labels without quotes, each with its place.
    pub labels: Vec<(String, Span)>,
    pub body: Body,
    /// The block's first line: type and labels.
    pub span: Span,
}

impl Body {
    /// An empty body at a place.
    pub fn empty(span: Span) -> Self {
        Self { attributes: IndexMap::new(), blocks: Vec::new(), span }
    }

    /// The value of an argument that is set and not null.
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.attributes.get(name).map(|attribute| &attribute.value)
    }

    /// Takes out what a path names: an argument (`tags`), all blocks of a type (`network`), an argument of such blocks
    /// (`network.vpc`), or one entry of a map (`labels["team"]`).
    pub fn remove(&mut self, path: &str) {
        if let Some((name, rest)) = path.split_once('.').filter(|(name, _)| !name.contains('[')) {
            self.blocks.iter_mut().filter(|block| block.kind == name).for_each(|block| block.body.remove(rest));
            return;
        }
        let (name, key) = path.split_once("[\"").unwrap_or((path, ""));
        match (key.strip_suffix("\"]"), self.attributes.get_mut(name)) {
            (Some(key), Some(attribute)) => {
                let entries = attribute.value.as_entries().cloned().unwrap_or_default();
                attribute.value = Value::object(entries.into_iter().filter(|(name, _)| name != key));
            }
            _ => {
                self.attributes.shift_remove(name);
                self.blocks.retain(|block| block.kind != name);
            }
        }
    }

    /// Nested blocks of a type.
    pub fn blocks_of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Block> {
        self.blocks.iter().filter(move |block| block.kind == kind)
    }
}
