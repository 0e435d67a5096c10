//! What a module declares: its variables, locals, outputs, resources and calls, taken from parsed files. Checks block
//! types, labels and meta-arguments; evaluates nothing.

use std::sync::Arc;

use indexmap::IndexMap;

use super::Type;
use super::Value;
use super::evaluated::IgnoreChanges;
use super::evaluated::LifecyclePlaces;
use super::fields::Fields;
use super::syntax::Expression;
use super::syntax::Form;
use super::syntax::Name;
use super::syntax::Step;
use super::syntax::SyntaxBlock;
use super::syntax::SyntaxBody;
use super::type_expression;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::diag::Span;
use crate::diag::nearest;
use crate::object::Address;
use crate::object::Key;

/// One module: a directory's files together.
#[derive(Clone, Debug, Default)]
pub(super) struct Module {
    pub variables: IndexMap<String, Variable>,
    pub locals: IndexMap<String, Local>,
    pub outputs: IndexMap<String, OutputDeclaration>,
    /// By kind and name.
    pub resources: IndexMap<(String, String), ResourceDeclaration>,
    pub calls: IndexMap<String, ModuleCall>,
    pub checks: Vec<CheckDeclaration>,
    pub moved: Vec<(Arc<Expression>, Arc<Expression>)>,
    pub removed: Vec<RemovedDeclaration>,
    pub imports: Vec<ImportDeclaration>,
    /// `stackwright` and `provider` blocks, or those of the caller's own types.
    pub settings: Vec<SyntaxBlock>,
}

#[derive(Clone, Debug)]
pub(super) struct Variable {
    pub name: Name,
    pub kind: Type,
    pub default: Option<Arc<Expression>>,
    pub description: Option<String>,
    pub sensitive: bool,
    pub nullable: bool,
    pub validations: Vec<Condition>,
}

#[derive(Clone, Debug)]
pub(super) struct Local {
    pub name: Name,
    pub value: Arc<Expression>,
}

#[derive(Clone, Debug)]
pub(super) struct OutputDeclaration {
    pub name: Name,
    pub value: Arc<Expression>,
    pub sensitive: bool,
    pub description: Option<String>,
    pub depends_on: Vec<Expression>,
    pub preconditions: Vec<Condition>,
}

/// `condition` and `error_message` of a validation, precondition, postcondition or assertion.
#[derive(Clone, Debug)]
pub(super) struct Condition {
    pub condition: Arc<Expression>,
    pub message: Arc<Expression>,
}

#[derive(Clone, Debug)]
pub(super) struct ResourceDeclaration {
    pub kind: String,
    pub name: Name,
    pub repetition: Option<Repetition>,
    pub provider: Option<(String, Span)>,
    pub depends_on: Vec<Expression>,
    pub prevent_destroy: bool,
    pub create_before_destroy: bool,
    pub ignore_changes: IgnoreChanges,
    pub replace_triggered_by: Vec<Expression>,
    pub lifecycle_places: LifecyclePlaces,
    pub preconditions: Vec<Condition>,
    pub postconditions: Vec<Condition>,
    /// Without the meta-arguments.
    pub body: SyntaxBody,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub(super) enum Repetition {
    Count(Arc<Expression>),
    ForEach(Arc<Expression>),
}

impl Repetition {
    pub(super) fn expression(&self) -> &Expression {
        match self {
            Repetition::Count(expression) | Repetition::ForEach(expression) => expression,
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct ModuleCall {
    pub name: Name,
    pub source: Option<(String, Span)>,
    pub repetition: Option<Repetition>,
    pub depends_on: Vec<Expression>,
    pub inputs: IndexMap<String, (Name, Arc<Expression>)>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub(super) struct CheckDeclaration {
    pub name: Name,
    pub assertions: Vec<Condition>,
}

#[derive(Clone, Debug)]
pub(super) struct RemovedDeclaration {
    pub from: Arc<Expression>,
    pub destroy: bool,
    pub delete_data: bool,
}

#[derive(Clone, Debug)]
pub(super) struct ImportDeclaration {
    pub for_each: Option<Arc<Expression>>,
    pub to: Arc<Expression>,
    pub id: Arc<Expression>,
}

/// Which block types a file may hold besides `variable` and `locals`.
pub(super) enum Vocabulary<'a> {
    /// A module of a configuration, with these resource kinds.
    Configuration(&'a [String]),
    /// Definition files, with these blocks merely decoded.
    Definition(&'a [&'a str]),
}

const BLOCKS: [&str; 11] = [
    "variable",
    "locals",
    "output",
    "module",
    "check",
    "moved",
    "removed",
    "import",
    "stackwright",
    "provider",
    "terraform",
];

impl Module {
    /// Adds a file's declarations.
    pub(super) fn add(&mut self, body: SyntaxBody, vocabulary: &Vocabulary<'_>, diagnostics: &mut Diagnostics) {
        for attribute in &body.attributes {
            let detail = format!(
                "\"{}\" stands outside of any block. Arguments belong into blocks; values for variables into a \
                 variables file.",
                attribute.name.text
            );
            diagnostics.push(Diagnostic::error("Unknown argument", detail).at(attribute.name.span));
        }
        for block in body.blocks {
            match vocabulary {
                Vocabulary::Definition(kinds) => self.add_definition(block, kinds, diagnostics),
                Vocabulary::Configuration(kinds) => self.add_block(block, kinds, diagnostics),
            }
        }
    }

    fn add_definition(&mut self, block: SyntaxBlock, kinds: &[&str], diagnostics: &mut Diagnostics) {
        match block.kind.text.as_str() {
            kind if kinds.contains(&kind) => self.settings.push(block),
            "variable" => self.variable(block, diagnostics),
            "locals" => self.add_locals(block, diagnostics),
            _ => unknown_block(&block, kinds.iter().copied().chain(["variable", "locals"]), diagnostics),
        }
    }

    fn add_block(&mut self, block: SyntaxBlock, kinds: &[String], diagnostics: &mut Diagnostics) {
        match block.kind.text.as_str() {
            "variable" => self.variable(block, diagnostics),
            "locals" => self.add_locals(block, diagnostics),
            "output" => self.output(block, diagnostics),
            "module" => self.call(block, diagnostics),
            "check" => self.check(block, diagnostics),
            "moved" | "removed" | "import" => self.refactoring(block, diagnostics),
            "stackwright" => {
                if labels(&block, 0, "", diagnostics).is_some() {
                    self.settings.push(block);
                }
            }
            "provider" => {
                if labels(&block, 1, "its name", diagnostics).is_some() {
                    self.settings.push(block);
                }
            }
            kind if kinds.iter().any(|known| known == kind) => self.resource(block, diagnostics),
            "terraform" => {
                let found = Diagnostic::error("Unknown block", "Settings of this program stand in another block.");
                diagnostics.push(found.at(block.kind.span).help("Write \"stackwright\" instead."));
            }
            "resource" | "data" => {
                let detail = "Resources are written as blocks of their own kind, as in: user \"alice\" { ... }.";
                diagnostics.push(Diagnostic::error("Unknown block", detail).at(block.kind.span));
            }
            _ => unknown_block(
                &block,
                BLOCKS.into_iter().filter(|b| *b != "terraform").chain(kinds.iter().map(String::as_str)),
                diagnostics,
            ),
        }
    }

    fn variable(&mut self, block: SyntaxBlock, diagnostics: &mut Diagnostics) {
        let Some([name]) = labels_array(&block, "its name", diagnostics) else { return };
        let mut fields = Fields::new(block.body, "variable", diagnostics);
        let default = fields.take("default");
        let kind = match fields.take("type") {
            Some(expression) => type_expression::read(&expression, fields.diagnostics),
            None => Type::Any,
        };
        let variable = Variable {
            kind,
            default,
            description: fields.text("description"),
            sensitive: fields.flag("sensitive").unwrap_or(false),
            nullable: fields.flag("nullable").unwrap_or(true),
            validations: fields.conditions("validation"),
            name,
        };
        fields.take("ephemeral");
        fields.finish();
        if let Some(first) = self.variables.get(&variable.name.text) {
            return duplicate("variable", &variable.name, first.name.span, diagnostics);
        }
        if matches!(
            variable.name.text.as_str(),
            "source" | "version" | "providers" | "count" | "for_each" | "lifecycle" | "depends_on" | "locals"
        ) {
            let detail = format!(
                "\"{}\" is an argument of module blocks, so no variable can have it as its name.",
                variable.name.text
            );
            diagnostics.push(Diagnostic::error("Invalid variable name", detail).at(variable.name.span));
        }
        self.variables.insert(variable.name.text.clone(), variable);
    }

    fn add_locals(&mut self, block: SyntaxBlock, diagnostics: &mut Diagnostics) {
        if labels(&block, 0, "", diagnostics).is_none() {
            return;
        }
        for nested in &block.body.blocks {
            let detail = "A locals block holds only arguments: name = value.";
            diagnostics.push(Diagnostic::error("Unknown block", detail).at(nested.span));
        }
        for attribute in block.body.attributes {
            match self.locals.get(&attribute.name.text) {
                Some(first) => duplicate("local value", &attribute.name, first.name.span, diagnostics),
                None => {
                    let local = Local { name: attribute.name, value: attribute.value };
                    self.locals.insert(local.name.text.clone(), local);
                }
            }
        }
    }

    fn output(&mut self, block: SyntaxBlock, diagnostics: &mut Diagnostics) {
        let Some([name]) = labels_array(&block, "its name", diagnostics) else { return };
        let span = block.span;
        let mut fields = Fields::new(block.body, "output", diagnostics);
        let value = fields.required("value", span);
        let sensitive = fields.flag("sensitive").unwrap_or(false);
        let description = fields.text("description");
        let depends_on = fields.list("depends_on");
        let preconditions = fields.conditions("precondition");
        fields.finish();
        if let Some(first) = self.outputs.get(&name.text) {
            return duplicate("output", &name, first.name.span, diagnostics);
        }
        if let Some(value) = value {
            let key = name.text.clone();
            let output = OutputDeclaration { name, value, sensitive, description, depends_on, preconditions };
            self.outputs.insert(key, output);
        }
    }

    fn call(&mut self, block: SyntaxBlock, diagnostics: &mut Diagnostics) {
        let Some([name]) = labels_array(&block, "its name", diagnostics) else { return };
        let span = block.span;
        let mut fields = Fields::new(block.body, "module", diagnostics);
        let source = fields.required("source", span).and_then(|expression| match expression.as_text() {
            Some(text) => Some((text.to_string(), expression.span)),
            None => {
                let detail = "The source of a module must be plain text, as in \"./modules/team\".";
                fields.diagnostics.push(Diagnostic::error("Invalid module source", detail).at(expression.span));
                None
            }
        });
        let repetition = fields.repetition();
        let depends_on = fields.list("depends_on");
        for unsupported in ["version", "providers"] {
            if let Some(expression) = fields.take(unsupported) {
                let detail = format!("Modules are local directories; \"{unsupported}\" has no meaning for them.");
                fields.diagnostics.push(Diagnostic::error("Unknown argument", detail).at(expression.span));
            }
        }
        let inputs = fields.rest();
        if let Some(first) = self.calls.get(&name.text) {
            return duplicate("module", &name, first.name.span, diagnostics);
        }
        let call = ModuleCall { name, source, repetition, depends_on, inputs, span };
        self.calls.insert(call.name.text.clone(), call);
    }

    fn check(&mut self, block: SyntaxBlock, diagnostics: &mut Diagnostics) {
        let Some([name]) = labels_array(&block, "its name", diagnostics) else { return };
        let span = block.span;
        let mut fields = Fields::new(block.body, "check", diagnostics);
        let assertions = fields.conditions("assert");
        fields.finish();
        if assertions.is_empty() {
            let detail = "A check needs at least one assert block with a condition and an error_message.";
            diagnostics.push(Diagnostic::error("Zero assert blocks", detail).at(span));
        }
        if let Some(first) = self.checks.iter().find(|check| check.name.text == name.text) {
            return duplicate("check", &name, first.name.span, diagnostics);
        }
        self.checks.push(CheckDeclaration { name, assertions });
    }

    fn refactoring(&mut self, block: SyntaxBlock, diagnostics: &mut Diagnostics) {
        if labels(&block, 0, "", diagnostics).is_none() {
            return;
        }
        let span = block.span;
        let kind = block.kind.text.clone();
        let mut fields = Fields::new(block.body, &kind, diagnostics);
        match kind.as_str() {
            "moved" => {
                let (from, to) = (fields.required("from", span), fields.required("to", span));
                self.moved.extend(from.zip(to));
            }
            "import" => {
                let (to, id) = (fields.required("to", span), fields.required("id", span));
                fields.take("provider");
                let for_each = fields.take("for_each");
                self.imports.extend(to.zip(id).map(|(to, id)| ImportDeclaration { for_each, to, id }));
            }
            _ => {
                let from = fields.required("from", span);
                let place = fields.place("delete_data");
                let delete_data = fields.flag("delete_data").unwrap_or(false);
                let destroy = match fields.block("lifecycle") {
                    Some(lifecycle) => {
                        let mut inner = Fields::new(lifecycle.body, "lifecycle", fields.diagnostics);
                        let destroy = inner.flag("destroy");
                        inner.finish();
                        destroy.unwrap_or(true)
                    }
                    None => true,
                };
                if delete_data && !destroy {
                    let detail =
                        "What is let go is not deleted: \"delete_data\" has no meaning beside destroy = false.";
                    let found = Diagnostic::error("Conflicting arguments", detail);
                    fields.diagnostics.push(found.at_option(place));
                }
                self.removed.extend(from.map(|from| RemovedDeclaration { from, destroy, delete_data }));
            }
        }
        fields.finish();
    }

    fn resource(&mut self, block: SyntaxBlock, diagnostics: &mut Diagnostics) {
        let kind = block.kind.text.clone();
        let span = block.span;
        let Some([name]) = labels_array(&block, "its name", diagnostics) else { return };
        if !super::token::is_identifier(&name.text) {
            let detail = "A resource's name begins with a letter or underscore and holds only letters, digits, \
                          underscores and dashes.";
            diagnostics.push(Diagnostic::error("Invalid resource name", detail).at(name.span));
            return;
        }
        let mut fields = Fields::new(block.body, &kind, diagnostics);
        let repetition = fields.repetition();
        let depends_on = fields.list("depends_on");
        let provider =
            fields.take("provider").and_then(|expression| match (expression.as_name(), expression.as_text()) {
                (Some(name), _) | (_, Some(name)) => Some((name.to_string(), expression.span)),
                _ => {
                    let detail = "The provider is a bare name, as in: provider = kubernetes.";
                    fields.diagnostics.push(Diagnostic::error("Invalid provider", detail).at(expression.span));
                    None
                }
            });
        let mut resource = ResourceDeclaration {
            kind,
            repetition,
            provider,
            depends_on,
            prevent_destroy: false,
            create_before_destroy: false,
            ignore_changes: IgnoreChanges::None,
            replace_triggered_by: Vec::new(),
            lifecycle_places: LifecyclePlaces::default(),
            preconditions: Vec::new(),
            postconditions: Vec::new(),
            body: SyntaxBody { attributes: Vec::new(), blocks: Vec::new(), span },
            name,
            span,
        };
        if let Some(lifecycle) = fields.block("lifecycle") {
            let mut inner = Fields::new(lifecycle.body, "lifecycle", fields.diagnostics);
            resource.prevent_destroy = inner.flag("prevent_destroy").unwrap_or(false);
            let places = &mut resource.lifecycle_places;
            places.create_before_destroy = inner.place("create_before_destroy");
            resource.create_before_destroy = inner.flag("create_before_destroy").unwrap_or(false);
            if let Some(expression) = inner.take("ignore_changes") {
                resource.ignore_changes = ignore_changes(&expression, &mut places.ignore_changes, inner.diagnostics);
            }
            resource.replace_triggered_by = inner.list("replace_triggered_by");
            resource.preconditions = inner.conditions("precondition");
            resource.postconditions = inner.conditions("postcondition");
            inner.finish();
        }
        resource.body = fields.into_body();
        let key = (resource.kind.clone(), resource.name.text.clone());
        if let Some(first) = self.resources.get(&key) {
            return duplicate(&resource.kind, &resource.name, first.name.span, diagnostics);
        }
        self.resources.insert(key, resource);
    }
}

fn ignore_changes(expression: &Expression, places: &mut Vec<Span>, diagnostics: &mut Diagnostics) -> IgnoreChanges {
    if expression.as_name() == Some("all") {
        return IgnoreChanges::All;
    }
    let mut paths = Vec::new();
    if let Form::Tuple(elements) = &expression.form {
        for element in elements {
            match argument_path(element) {
                Some(path) => {
                    paths.push(path);
                    places.push(element.span);
                }
                None => {
                    let detail = "ignore_changes lists names of arguments, as in [tags, network].";
                    diagnostics.push(Diagnostic::error("Invalid ignore_changes", detail).at(element.span));
                }
            }
        }
    } else {
        let detail = "ignore_changes is a list of arguments' names in brackets, or the word all.";
        diagnostics.push(Diagnostic::error("Invalid ignore_changes", detail).at(expression.span));
    }
    IgnoreChanges::Some(paths)
}

/// The name of an argument, or of a part of one, as `network.vpc` or `labels["team"]`.
fn argument_path(expression: &Expression) -> Option<String> {
    match &expression.form {
        Form::Traversal(base, steps) => {
            let mut path = base.as_name()?.to_string();
            for step in steps {
                match step {
                    Step::Attribute(name) => path.push_str(&format!(".{}", name.text)),
                    Step::Index(index) => path.push_str(&literal_key(index)?.to_string()),
                    Step::Splat(..) => return None,
                }
            }
            Some(path)
        }
        _ => expression.as_name().or_else(|| expression.as_text()).map(str::to_string),
    }
}

/// The address that a reference writes: `module.a.user.team["x"]`. Keys must be literal.
pub(super) fn address_of(expression: &Expression) -> Option<Address> {
    address_with(expression, &mut literal_key)
}

/// Like [`address_of`], with `key` giving the key that an index stands for.
pub(super) fn address_with(
    expression: &Expression,
    key: &mut dyn FnMut(&Expression) -> Option<Key>,
) -> Option<Address> {
    let Form::Traversal(base, steps) = &expression.form else {
        return expression.as_text().and_then(|text| text.parse().ok());
    };
    let mut parts: Vec<(&str, Option<Key>)> = vec![(base.as_name()?, None)];
    for step in steps {
        match step {
            Step::Attribute(name) => parts.push((&name.text, None)),
            Step::Index(index) => {
                let (_, last) = parts.last_mut()?;
                if last.replace(key(index)?).is_some() {
                    return None;
                }
            }
            Step::Splat(..) => return None,
        }
    }
    let mut module = Address::default();
    let mut rest = parts.as_slice();
    while let [("module", None), (name, key), others @ ..] = rest {
        module = module.module(name, key.clone());
        rest = others;
    }
    match rest {
        [] => Some(module),
        [(kind, None), (name, key)] => Some(module.block(kind, name, key.clone())),
        [(kind, None), (name, key), (component, None)] => {
            Some(module.block(kind, name, key.clone()).with_component(component))
        }
        _ => None,
    }
}

fn literal_key(index: &Expression) -> Option<Key> {
    match &index.form {
        Form::Parentheses(inner) => literal_key(inner),
        Form::Literal(value) => index_key(value),
        Form::Template(_) => index.as_text().map(|text| Key::Name(text.to_string())),
        _ => None,
    }
}

/// The key of an instance that a whole number stands for.
pub(super) fn index_key(value: &Value) -> Option<Key> {
    usize::try_from(value.as_i64()?).ok().map(Key::Index)
}

fn unknown_block<'n>(block: &SyntaxBlock, known: impl Iterator<Item = &'n str>, diagnostics: &mut Diagnostics) {
    let name = &block.kind;
    let help = nearest(&name.text, known).map(|near| format!("Did you mean \"{near}\"?"));
    let detail = format!("Blocks of type \"{}\" are not expected here.", name.text);
    diagnostics.push(Diagnostic::error("Unknown block", detail).at(name.span).help_option(help));
}

fn duplicate(what: &str, name: &Name, first: Span, diagnostics: &mut Diagnostics) {
    let detail = format!("There is already a {what} named \"{}\" in this module; names must be unique.", name.text);
    let found = Diagnostic::error(format!("Duplicate {what}"), detail).at(name.span);
    diagnostics.push(found.related(first, "first one here"));
}

/// The labels when there are as many as wanted.
fn labels<'b>(block: &'b SyntaxBlock, wanted: usize, what: &str, diagnostics: &mut Diagnostics) -> Option<&'b [Name]> {
    if block.labels.len() == wanted {
        return Some(&block.labels);
    }
    let kind = &block.kind.text;
    let (summary, span, detail) = match block.labels.get(wanted) {
        Some(extra) => {
            let counted = if wanted == 0 { "no labels".to_string() } else { format!("{wanted} label: {what}") };
            (format!("Extraneous label for {kind}"), extra.span, format!("A {kind} block has {counted}."))
        }
        None => (
            format!("Missing name for {kind}"),
            block.span,
            format!("A {kind} block needs a label: {what}, in quotes."),
        ),
    };
    diagnostics.push(Diagnostic::error(summary, detail).at(span));
    None
}

fn labels_array(block: &SyntaxBlock, what: &str, diagnostics: &mut Diagnostics) -> Option<[Name; 1]> {
    labels(block, 1, what, diagnostics).map(|labels| [labels[0].clone()])
}
