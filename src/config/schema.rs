//! What blocks are: their arguments, types, defaults, limits and documentation, as values read from HCL data.
//!
//! Decoding, its findings and suggestions, the reference pages and what templates see all walk these values. The
//! blocks of the configuration are described in `schema/*.hcl`, a provider's arguments in its `provider.hcl`, and the
//! definitions that the catalog reads in its own data. Not here: rules between blocks (`check`).

mod read;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::LazyLock;

use super::rules::Rule;
use crate::lang;
use crate::lang::Body;
use crate::lang::Value;

pub use read::argument;
pub use read::read;
pub(super) use read::rules;

/// A block type.
#[derive(Clone, Debug, Default)]
pub struct Block {
    pub name: String,
    pub documentation: String,
    /// HCL as one would write it.
    pub example: String,
    /// What its one label is; empty for a block without labels.
    pub label: String,
    pub label_rule: Option<Arc<Rule>>,
    /// Whether several may have the same label.
    pub label_repeats: bool,
    /// How often it must and may stand in its surroundings.
    pub minimum: usize,
    pub maximum: Option<usize>,
    pub arguments: Vec<Argument>,
    pub blocks: Vec<Block>,
    /// The argument that is its name outside. There cannot be two of a name at once, so it is never made anew before
    /// the old one is gone.
    pub identity: Option<String>,
    /// Whether it has a meaning is the provider's to say.
    pub provider_specific: bool,
    /// The argument whose value says which of the variants it is; empty for a block without any.
    pub decided_by: String,
    /// Whole blocks: what all have in common, and what is a variant's own.
    pub variants: Vec<Block>,
    /// Of a variant, the value that decides for it.
    pub variant: String,
    /// What it is called in the configuration of the program that reads it; empty where none does.
    pub field: String,
    /// Browsers are sent back from it, so that the platform's own address must be known.
    pub calls_back: bool,
    /// Components that it needs, with the least version; empty for any.
    pub needs: BTreeMap<String, String>,
}

/// An argument of a block.
#[derive(Clone, Debug, Default)]
pub struct Argument {
    pub name: String,
    pub kind: Kind,
    pub required: bool,
    pub default: Option<Value>,
    /// What holds where it is not given and has no default, in words.
    pub otherwise: String,
    /// The texts it, or each of its values, may be; empty for any.
    pub choices: Vec<String>,
    pub minimum: Option<i64>,
    pub maximum: Option<i64>,
    /// A rule that it names, or the pattern that it says.
    pub rule: Option<Arc<Rule>>,
    /// For the keys of a map.
    pub key_rule: Option<Arc<Rule>>,
    /// A change forces a replacement.
    pub immutable: bool,
    /// Secret by its nature, however it is written.
    pub sensitive: bool,
    /// The first version of the program that knows it; empty for the first.
    pub since: String,
    pub documentation: String,
    /// Arguments and blocks that cannot stand beside it.
    pub exclusive_with: Vec<String>,
    /// What to say where it is switched on; empty for nothing.
    pub warning: String,
    /// Arguments that must stand beside it.
    pub together: Vec<String>,
    /// The argument that it stands for, by naming where its value is; empty for none.
    pub instead_of: String,
    /// What it is called in the configuration of the program that reads it, as `claims.email`; empty where none does.
    pub field: String,
    /// How it is written there.
    pub encoding: Encoding,
    /// As [`Block::needs`].
    pub needs: BTreeMap<String, String>,
    /// What to add where it is missing; empty for its name.
    pub hint: String,
    /// The block's label where it is not given.
    pub from_label: bool,
    /// Whether it has a meaning is the provider's to say.
    pub provider_specific: bool,
}

/// How a text is written in the configuration of the program that reads it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    #[default]
    Plain,
    Base64,
    /// As the path of a file that holds it.
    File,
    /// As the only one of a list of such paths.
    Files,
}

impl Encoding {
    /// All as a schema writes them.
    pub const NAMES: [(&'static str, Self); 3] =
        [("base64", Self::Base64), ("file", Self::File), ("files", Self::Files)];
}

/// The type of an argument.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Kind {
    #[default]
    Text,
    /// A whole number.
    Number,
    Bool,
    Texts,
    TextMap,
    /// Texts by name, of which null takes one away.
    Changes,
    /// Objects with these fields.
    Objects(Fields),
    /// A resource of this kind.
    Reference(String),
    /// A resource of this kind, or a text in its place.
    ReferenceOrText(String),
    /// The bare name of a provider, which the language reads.
    Provider,
    /// Any values by name.
    Map,
    /// Any value.
    Any,
}

/// The fields of an object.
#[derive(Clone, Debug, Default)]
pub struct Fields(pub Vec<Argument>);

impl PartialEq for Fields {
    fn eq(&self, other: &Self) -> bool {
        self.0.iter().map(|field| &field.name).eq(other.0.iter().map(|field| &field.name))
    }
}

impl Argument {
    /// Whether the program that reads it is told where it is: secrets and files.
    pub fn stands_apart(&self) -> bool {
        let is_file = matches!(self.encoding, Encoding::File | Encoding::Files);
        !self.field.is_empty() && (self.sensitive || is_file)
    }
}

impl Block {
    pub fn argument(&self, name: &str) -> Option<&Argument> {
        self.arguments.iter().find(|argument| argument.name == name)
    }

    pub fn block(&self, name: &str) -> Option<&Block> {
        self.blocks.iter().find(|block| block.name == name)
    }

    /// The variant that a body is of; the block itself where it has none, or where what decides is missing or wrong.
    pub fn of(&self, body: &Body) -> &Self {
        let decided = body.value(&self.decided_by).and_then(Value::as_str);
        self.variants.iter().find(|variant| decided == Some(&variant.variant)).unwrap_or(self)
    }

    /// An argument of this block, or of any variant of it.
    pub fn any_argument(&self, name: &str) -> Option<&Argument> {
        self.argument(name).or_else(|| self.variants.iter().find_map(|variant| variant.argument(name)))
    }

    /// The block itself, or each of its variants.
    pub fn kinds(&self) -> impl Iterator<Item = &Self> {
        let itself = self.variants.is_empty().then_some(self);
        itself.into_iter().chain(&self.variants)
    }

    /// Names of arguments and nested blocks that only some providers use.
    pub fn provider_specific(&self) -> impl Iterator<Item = &str> {
        let arguments = self.arguments.iter().filter(|argument| argument.provider_specific);
        let blocks = self.blocks.iter().filter(|block| block.provider_specific);
        arguments.map(|argument| argument.name.as_str()).chain(blocks.map(|block| block.name.as_str()))
    }
}

impl Block {
    /// Marks what is secret by its nature in a body of this block, and in the blocks beneath.
    pub fn mark_secrets(&self, body: &mut Body) {
        for (name, attribute) in &mut body.attributes {
            if self.any_argument(name).is_some_and(|argument| argument.sensitive) {
                attribute.value = attribute.value.clone().with_sensitivity(true);
            }
        }
        let schema = self.of(body);
        for block in &mut body.blocks {
            if let Some(schema) = schema.block(&block.kind) {
                schema.mark_secrets(&mut block.body);
            }
        }
    }

    /// Whether something in a body of this block, or in the blocks beneath, is secret by its mark and not by its nature.
    pub fn has_marked(&self, body: &Body) -> bool {
        let by_nature = |name: &str| self.any_argument(name).is_some_and(|argument| argument.sensitive);
        let schema = self.of(body);
        let mut marked = body.attributes.iter().filter(|(_, attribute)| attribute.value.contains_sensitive());
        let beneath =
            |block: &lang::Block| schema.block(&block.kind).is_some_and(|schema| schema.has_marked(&block.body));
        marked.any(|(name, _)| !by_nature(name)) || body.blocks.iter().any(beneath)
    }

    /// Names of the arguments that are secret by their nature, of the blocks beneath too.
    pub fn secret_names(&self) -> Vec<&str> {
        let own = self.arguments.iter().filter(|argument| argument.sensitive).map(|argument| argument.name.as_str());
        own.chain(self.blocks.iter().chain(&self.variants).flat_map(Block::secret_names)).collect()
    }
}

impl Kind {
    /// As a finding says what is wanted: "must be …".
    pub(super) fn wanted(&self) -> &'static str {
        match self {
            Self::Text | Self::Provider | Self::Reference(_) | Self::ReferenceOrText(_) => "a string",
            Self::Number => "a whole number",
            Self::Bool => "true or false",
            Self::Texts => "a list of strings",
            Self::TextMap | Self::Changes => "a map of strings",
            Self::Objects(_) => "a list of objects",
            Self::Map => "a map",
            Self::Any => "a value",
        }
    }
}

/// Files that describe the blocks of a configuration, in the order of the reference; those of one block's variants behind it.
pub const FILES: [(&str, &str); 14] = [
    ("stackwright.hcl", include_str!("schema/stackwright.hcl")),
    ("provider.hcl", include_str!("schema/provider.hcl")),
    ("cluster.hcl", include_str!("schema/cluster.hcl")),
    ("node_pool.hcl", include_str!("schema/node_pool.hcl")),
    ("storage_class.hcl", include_str!("schema/storage_class.hcl")),
    ("platform.hcl", include_str!("schema/platform.hcl")),
    ("user.hcl", include_str!("schema/user.hcl")),
    ("profile.hcl", include_str!("schema/profile.hcl")),
    ("queue.hcl", include_str!("schema/queue.hcl")),
    ("connector.hcl", include_str!("schema/connector.hcl")),
    ("connector_services.hcl", include_str!("schema/connector_services.hcl")),
    ("connector_directories.hcl", include_str!("schema/connector_directories.hcl")),
    ("patch.hcl", include_str!("schema/patch.hcl")),
    ("policy.hcl", include_str!("schema/policy.hcl")),
];

/// The blocks of a configuration.
pub fn blocks() -> &'static [Block] {
    static BLOCKS: LazyLock<Vec<Block>> = LazyLock::new(|| read(&FILES).0);
    &BLOCKS
}

/// A block of a configuration by its type.
pub fn block(kind: &str) -> Option<&'static Block> {
    blocks().iter().find(|block| block.name == kind)
}
