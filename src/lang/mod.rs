//! The configuration language: Terraform's, with an evaluator of our own. Pure.
//!
//! Text goes in as entries of [`crate::diag::Sources`]; [`Configuration::load`] parses a root directory's files and the
//! modules they call, [`Configuration::evaluate`] computes everything in dependency order. Not here: what arguments a
//! resource has and what they mean (`config`).

mod body;
mod budget;
mod closing;
mod configuration;
mod console;
mod convert;
mod declaration;
mod decode;
mod definition;
mod disguise;
mod evaluate;
mod evaluated;
mod fields;
mod format;
mod functions;
mod graph;
mod inputs;
mod json;
mod number;
mod parse;
mod reference;
mod scope;
#[cfg(test)]
mod suite;
mod syntax;
mod token;
mod type_expression;
mod types;
mod value;
mod version;
mod walk;
mod yaml;

pub use body::Attribute;
pub use body::Block;
pub use body::Body;
pub use configuration::Configuration;
pub use configuration::DeclaredVariable;
pub use console::console;
pub use console::goes_on;
pub use console::print;
pub use convert::Mismatch;
pub use convert::unify;
pub use definition::evaluate_definition;
pub use disguise::disguise_body;
pub use disguise::disguised;
pub use evaluated::AssignedValue;
pub use evaluated::Assignment;
pub use evaluated::Check;
pub use evaluated::Computed;
pub use evaluated::Definition;
pub use evaluated::Evaluated;
pub use evaluated::IgnoreChanges;
pub use evaluated::Import;
pub use evaluated::Lifecycle;
pub use evaluated::LifecyclePlaces;
pub use evaluated::Moved;
pub use evaluated::NoFiles;
pub use evaluated::NothingComputed;
pub use evaluated::Origin;
pub use evaluated::Output;
pub use evaluated::Reader;
pub use evaluated::Removed;
pub use evaluated::Resource;
pub use format::format;
pub use inputs::parse_assignments;
pub use number::Number;
pub use scope::Scope;
pub use types::ObjectAttribute;
pub use types::Type;
pub use value::Content;
pub use value::Value;
pub use version::version_matches;
pub use walk::Environment;
