//! What a configuration evaluates to: resources, outputs and the other declarations, ready for `config`.

use std::fmt;

use indexmap::IndexMap;

use super::Block;
use super::Body;
use super::Scope;
use super::Value;
use crate::diag::Diagnostics;
use crate::diag::Span;
use crate::object::Address;

/// A whole evaluated configuration: the root module and all modules it calls.
#[derive(Clone, Debug)]
pub struct Evaluated {
    /// `stackwright` and `provider` blocks of the root module.
    pub settings: Vec<Block>,
    /// All instances of all resources, of all modules, in dependency order.
    pub resources: Vec<Resource>,
    /// Outputs of the root module.
    pub outputs: IndexMap<String, Output>,
    pub checks: Vec<Check>,
    pub moved: Vec<Moved>,
    pub removed: Vec<Removed>,
    pub imports: Vec<Import>,
    /// Names of the root module and their values: for `console`.
    pub(crate) root: Scope,
}

impl Evaluated {
    /// The value of a variable of the root module.
    pub fn variable(&self, name: &str) -> Option<&Value> {
        self.root.groups.get("var")?.get(name)
    }

    /// The names of the root module with their values, for expressions of others.
    pub fn names(&self) -> Scope {
        self.root.clone()
    }

    /// Every text under a sensitive variable, local or output of the root module, used or not.
    pub fn secret_texts(&self) -> Vec<String> {
        let mut texts = Vec::new();
        let values = ["var", "local"].into_iter().filter_map(|group| self.root.groups.get(group));
        values.flat_map(|group| group.values()).for_each(|value| value.secret_texts(false, &mut texts));
        self.outputs.values().for_each(|output| output.value.secret_texts(false, &mut texts));
        texts
    }
}

/// One instance of a resource.
#[derive(Clone, Debug)]
pub struct Resource {
    /// Type, label, instance key and module: `module.a.user.team["x"]`.
    pub address: Address,
    /// The bare name after `provider =`.
    pub provider: Option<(String, Span)>,
    /// Arguments without the meta-arguments.
    pub body: Body,
    /// Addresses named by `depends_on`, of its own or of the module call it lies in.
    pub depends_on: Vec<Address>,
    /// Addresses of the resource instances its arguments refer to, also through locals, variables and outputs.
    pub references: Vec<Address>,
    pub lifecycle: Lifecycle,
    pub lifecycle_places: LifecyclePlaces,
    /// Type and label.
    pub span: Span,
}

/// `lifecycle { ... }`; conditions are already checked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lifecycle {
    pub prevent_destroy: bool,
    pub ignore_changes: IgnoreChanges,
    pub create_before_destroy: bool,
    /// Resources whose change replaces this one.
    pub replace_triggered_by: Vec<Address>,
}

/// Where the arguments of `lifecycle` stand that `config` looks at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LifecyclePlaces {
    /// Of each path, in their order.
    pub ignore_changes: Vec<Span>,
    pub create_before_destroy: Option<Span>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub enum IgnoreChanges {
    #[default]
    None,
    All,
    /// Paths such as `tags` or `network.vpc`.
    Some(Vec<String>),
}

#[derive(Clone, Debug)]
pub struct Output {
    pub name: String,
    pub value: Value,
    /// Declared so; the value may be marked besides.
    pub sensitive: bool,
    pub description: Option<String>,
    pub span: Span,
}

/// An `assert` of a `check` block. A failure is a warning, never an error.
#[derive(Clone, Debug)]
pub struct Check {
    pub name: String,
    /// None when it is known only after apply.
    pub passed: Option<bool>,
    pub message: String,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Moved {
    pub from: (Address, Span),
    pub to: (Address, Span),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Removed {
    pub from: (Address, Span),
    /// `lifecycle { destroy = false }` only forgets. The default is true.
    pub destroy: bool,
    /// What it holds may go with it.
    pub delete_data: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Import {
    pub to: (Address, Span),
    pub id: (String, Span),
}

/// Where a variable's value was written.
#[derive(Clone, Debug, PartialEq)]
pub enum Origin {
    /// `STACKWRIGHT_VAR_name`; undeclared ones are ignored.
    Environment,
    /// A variables file by its path; undeclared ones are warned of.
    File(String),
    /// `--var`; undeclared ones are errors.
    CommandLine,
    /// Answered when asked.
    Prompt,
    /// Brought by a saved plan.
    Plan,
    /// Given by the program (inputs of a component); undeclared ones are errors.
    Caller,
}

/// A value for a variable, as raw text or already a value.
#[derive(Clone, Debug)]
pub struct Assignment {
    pub name: String,
    pub value: AssignedValue,
    pub origin: Origin,
}

impl Assignment {
    /// Where the value is written, if it stands in a file.
    pub fn span(&self) -> Option<Span> {
        match &self.value {
            AssignedValue::Value(_, span) => *span,
            AssignedValue::Text(_) => None,
        }
    }
}

/// The text of an assignment or its value. `Debug` hides text: whether it is secret only its variable tells.
#[derive(Clone)]
pub enum AssignedValue {
    /// Text: taken as it is by variables of type string, as an HCL expression by others.
    Text(String),
    Value(Value, Option<Span>),
}

impl fmt::Debug for AssignedValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(value)")
    }
}

/// Values of attributes that the program computes, as `platform.ml.dashboard_url`.
pub trait Computed {
    /// The attributes to add to the configured ones of a resource's value; unknown where known only after apply.
    /// Arguments: the instance's address, its evaluated body.
    fn attributes(&self, address: &Address, body: &Body) -> Vec<(String, Value)>;

    /// Marks arguments that are secret by their nature, before anything refers to them.
    fn mark_secrets(&self, _address: &Address, _body: &mut Body) {}
}

/// No computed attributes.
pub struct NothingComputed;

impl Computed for NothingComputed {
    fn attributes(&self, _address: &Address, _body: &Body) -> Vec<(String, Value)> {
        Vec::new()
    }
}

/// Reads what the configuration names: files for `file()` and module directories. Paths are as the configuration has
/// them, relative to the directory the run works in. Errors are sentences without the path.
pub trait Reader {
    fn read(&self, path: &str) -> Result<Vec<u8>, String>;
    fn exists(&self, path: &str) -> Result<bool, String>;
    /// All files under a directory, at any depth, relative to it, with `/`.
    fn list(&self, directory: &str) -> Result<Vec<String>, String>;
    /// Path and text of the `*.hcl` files of a module's directory, sorted by name.
    fn module(&self, directory: &str) -> Result<Vec<(String, String)>, String>;
}

/// A world without files.
pub struct NoFiles;

impl Reader for NoFiles {
    fn read(&self, _path: &str) -> Result<Vec<u8>, String> {
        Err("no file exists at this path".to_string())
    }

    fn exists(&self, _path: &str) -> Result<bool, String> {
        Ok(false)
    }

    fn list(&self, _directory: &str) -> Result<Vec<String>, String> {
        Ok(Vec::new())
    }

    fn module(&self, _directory: &str) -> Result<Vec<(String, String)>, String> {
        Err("no directory exists at this path".to_string())
    }
}

/// What a set of definition files evaluates to (see `evaluate_definition`).
#[derive(Clone, Debug)]
pub struct EvaluatedDefinition {
    /// Blocks of the caller's types, in order.
    pub blocks: Vec<Block>,
    /// Final values of the variables.
    pub variables: IndexMap<String, Value>,
    pub locals: IndexMap<String, Value>,
    pub diagnostics: Diagnostics,
}
