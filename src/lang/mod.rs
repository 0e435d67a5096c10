//! The configuration language: Terraform's, with an evaluator of our own. Pure.
//!
//! Text goes in as entries of [`crate::diag::Sources`]; [`Configuration::load`] parses a root directory's files and the
//! modules they call, [`Configuration::evaluate`] computes everything in dependency order. Not here: what arguments a
//! resource has and what they mean (`config`).

mod body;
mod evaluated;
mod number;
mod types;
mod value;

pub use body::Attribute;
pub use body::Block;
pub use body::Body;
pub use evaluated::AssignedValue;
pub use evaluated::Assignment;
pub use evaluated::Check;
pub use evaluated::Computed;
pub use evaluated::Definition;
pub use evaluated::Evaluated;
pub use evaluated::IgnoreChanges;
pub use evaluated::Import;
pub use evaluated::Key;
pub use evaluated::Lifecycle;
pub use evaluated::Moved;
pub use evaluated::NoFiles;
pub use evaluated::NothingComputed;
pub use evaluated::Origin;
pub use evaluated::Output;
pub use evaluated::Reader;
pub use evaluated::Removed;
pub use evaluated::Resource;
pub use number::Number;
pub use types::ObjectAttribute;
pub use types::Type;
pub use value::Content;
pub use value::Value;

use crate::diag::Diagnostics;
use crate::diag::SourceId;
use crate::diag::Sources;

/// Names and their values for expressions evaluated by themselves.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    pub names: std::collections::BTreeMap<String, Value>,
}

/// A parsed configuration: the root module and the modules it calls.
#[derive(Debug)]
pub struct Configuration {}

/// A variable declared in the root module.
#[derive(Clone, Debug)]
pub struct DeclaredVariable {
    pub name: String,
    pub kind: Type,
    pub description: Option<String>,
    pub sensitive: bool,
    /// Has no default, so a value must come from outside.
    pub required: bool,
}

/// What an evaluation needs from outside.
pub struct Environment<'a> {
    /// Values for variables, lowest precedence first.
    pub assignments: &'a [Assignment],
    pub computed: &'a dyn Computed,
    pub reader: &'a dyn Reader,
    /// `path.cwd`.
    pub working_directory: &'a str,
}

impl Configuration {
    /// Parses the root module's files (added to `sources` by the caller) and every module they call (read through
    /// `reader` and added). `kinds` are the block types that are resources, each with one label.
    pub fn load(
        _sources: &mut Sources,
        _files: &[SourceId],
        _kinds: &[&str],
        _reader: &dyn Reader,
    ) -> (Configuration, Diagnostics) {
        (Configuration {}, Diagnostics::new())
    }

    /// Variables of the root module.
    pub fn variables(&self) -> Vec<DeclaredVariable> {
        Vec::new()
    }

    /// Evaluates everything. The result holds what could be evaluated even where there are errors; then unknown
    /// values stand for what failed.
    pub fn evaluate(&self, _sources: &Sources, _environment: &Environment<'_>) -> (Evaluated, Diagnostics) {
        let root = Scope::default();
        let (resources, checks, moved, removed, imports) = Default::default();
        let outputs = Default::default();
        let evaluated = Evaluated { settings: Vec::new(), resources, outputs, checks, moved, removed, imports, root };
        (evaluated, Diagnostics::new())
    }
}

/// Reads a variables file (`name = value` lines) into assignments. Expressions there may not refer to anything.
pub fn parse_assignments(_sources: &Sources, _file: SourceId) -> (Vec<Assignment>, Diagnostics) {
    (Vec::new(), Diagnostics::new())
}

/// Evaluates one set of definition files by itself: blocks `variable` and `locals`, and blocks of the caller's types,
/// which are decoded to [`Block`]s. `scope` holds the caller's root names; `inputs` the variables' values.
pub fn evaluate_definition(
    _sources: &Sources,
    _files: &[SourceId],
    _block_types: &[&str],
    _scope: &Scope,
    _inputs: &[Assignment],
    _reader: &dyn Reader,
) -> Definition {
    Definition {
        blocks: Vec::new(),
        variables: Default::default(),
        locals: Default::default(),
        diagnostics: Diagnostics::new(),
    }
}

/// `text` laid out as `terraform fmt` does. Errors: syntax errors, placed in a source of their own (id 0 of `sources`
/// that hold only this text).
pub fn format(text: &str) -> Result<String, Diagnostics> {
    Ok(text.to_string())
}

/// Evaluates one expression among the root module's names and prints it as `terraform console` does. The expression
/// is the text of the source.
pub fn console(
    _evaluated: &Evaluated,
    _sources: &Sources,
    _expression: SourceId,
    _reader: &dyn Reader,
) -> Result<String, Diagnostics> {
    Ok(String::new())
}

/// Checks Terraform's version constraint syntax (`~> 1.2, != 1.2.5`) against a version. Err: what is wrong with it.
pub fn version_matches(_constraint: &str, _version: &str) -> Result<bool, String> {
    Ok(true)
}

impl Value {
    /// As JSON; unknown parts become null, sensitivity is lost (check [`Value::contains_sensitive`] first).
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::Value::Null
    }

    /// From JSON, as `jsondecode` reads it: arrays become tuples, objects become objects.
    pub fn from_json(_json: &serde_json::Value) -> Value {
        Value::null()
    }
}
