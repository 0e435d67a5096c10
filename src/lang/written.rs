//! Resources as they stand in their files, for those who edit them there: where each argument is written, and where the rows
//! come from that `for_each` makes instances of. Reads expressions, and evaluates none: what is computed is told to be so.

use std::collections::BTreeMap;

use super::AssignedValue;
use super::Assignment;
use super::Format;
use super::Origin;
use super::configuration::Configuration;
use super::declaration::Repetition;
use super::declaration::ResourceDeclaration;
use super::syntax::Call;
use super::syntax::Expression;
use super::syntax::For;
use super::syntax::Form;
use super::syntax::ObjectKey;
use super::syntax::Part;
use super::syntax::Step;
use super::syntax::SyntaxBody;
use crate::diag::Sources;
use crate::diag::Span;
use crate::object::Address;

/// References lead on at most so often.
const MOST_STEPS: usize = 32;

/// A resource's block.
#[derive(Clone, Debug)]
pub struct Written {
    /// Type and label.
    pub head: Span,
    /// Between the braces.
    pub body: Span,
    /// By path: `email`, `profile.quota`, `profile.quota.cpu`.
    pub arguments: BTreeMap<String, WrittenArgument>,
    /// Where its instances come from, if there are several.
    pub repeated: Option<Result<Repeated, Unclear>>,
}

#[derive(Clone, Debug)]
pub struct WrittenArgument {
    pub name: Span,
    pub value: Span,
    pub form: WrittenForm,
}

/// How an argument's value is written.
#[derive(Clone, Debug, PartialEq)]
pub enum WrittenForm {
    /// Between quotes, and nothing else.
    Text,
    /// A variable of the root module; what follows its name is in the second.
    Variable(String, String),
    /// A value of the instance's row.
    Column(Column),
    /// Anything else.
    Other,
}

/// Rows that instances are made of.
#[derive(Clone, Debug)]
pub struct Repeated {
    pub place: RowsPlace,
    /// What of a row the instance's key is.
    pub key: Column,
}

/// Where rows are written.
#[derive(Clone, Debug, PartialEq)]
pub enum RowsPlace {
    /// A file that a function reads, relative to the root module, with the names that lead to the list in it.
    File { path: String, format: Format, steps: Vec<String> },
    /// An expression of the configuration or of a variables file.
    Expression { span: Span, steps: Vec<String> },
}

/// A part of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Column {
    /// The name that it stands by.
    Key,
    /// All of it.
    Itself,
    /// A field of it.
    Field(Vec<String>),
}

/// Why it cannot be told where rows come from.
#[derive(Clone, Debug, PartialEq)]
pub struct Unclear {
    pub span: Span,
    /// The end of a sentence.
    pub reason: String,
}

/// What `for_each` says of its rows.
struct Shape {
    place: RowsPlace,
    key: Option<Column>,
    value: Projection,
}

/// What of a row `each.value` is.
#[derive(Clone)]
enum Projection {
    Part(Column),
    Fields(BTreeMap<String, Column>),
}

impl Configuration {
    /// A resource's block, whatever instance of it is meant. `assignments` are those that variables take their values from.
    pub fn written(&self, address: &Address, assignments: &[Assignment], sources: &Sources) -> Option<Written> {
        let module = self.module_of(address)?;
        let key = (address.kind().to_owned(), address.name().to_owned());
        let declared = self.modules[module].module.resources.get(&key)?;
        let reading = Reading { configuration: self, assignments, sources };
        let shape = declared.repetition.as_ref().map(|repetition| reading.repetition(module, declared, repetition));
        let mut arguments = BTreeMap::new();
        let value = match &shape {
            Some(Ok(shape)) => Some(shape),
            _ => None,
        };
        reading.arguments(module, "", &declared.body, value, &mut arguments);
        let repeated = shape.map(|shape| {
            let Shape { place, key, .. } = shape?;
            Ok(Repeated { place, key: key.unwrap_or(Column::Key) })
        });
        Some(Written { head: declared.span, body: declared.body.span, arguments, repeated })
    }

    /// The expression that a variable of the root module takes its value from where that is written.
    pub fn is_declared(&self, variable: &str) -> bool {
        self.modules[0].module.variables.contains_key(variable)
    }

    /// Resources of the root module with their blocks' places, in the order of the files.
    pub fn resources_of(&self, kind: &str) -> Vec<(String, Span, Span)> {
        let resources = self.modules[0].module.resources.values().filter(|resource| resource.kind == kind);
        let mut found: Vec<_> =
            resources.map(|resource| (resource.name.text.clone(), resource.span, resource.body.span)).collect();
        found.sort_by_key(|(_, span, _)| (span.source, span.start));
        found
    }

    fn module_of(&self, address: &Address) -> Option<usize> {
        address.modules().try_fold(0, |at, module| self.modules[at].children.get(module.module_name()?).copied())
    }
}

/// The value of a line of a variables file.
pub fn value_place(sources: &Sources, line: Span) -> Span {
    let text = sources.excerpt(line);
    let behind = text.find('=').map_or(0, |at| at + 1);
    let blanks = text[behind..].len() - text[behind..].trim_start().len();
    Span { start: line.start + behind + blanks, ..line }
}

/// A text as the language writes it between quotes, in which nothing is evaluated.
pub fn quoted(text: &str) -> String {
    let mut made = String::from("\"");
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' => made.push_str("\\\""),
            '\\' => made.push_str("\\\\"),
            '\n' => made.push_str("\\n"),
            '\r' => made.push_str("\\r"),
            '\t' => made.push_str("\\t"),
            '$' | '%' if rest.peek() == Some(&'{') => made.extend([c, c]),
            c if c.is_control() => made.push_str(&format!("\\u{:04x}", c as u32)),
            c => made.push(c),
        }
    }
    made.push('"');
    made
}

struct Reading<'a> {
    configuration: &'a Configuration,
    assignments: &'a [Assignment],
    sources: &'a Sources,
}

type Read<T> = Result<T, Unclear>;

fn unclear<T>(span: Span, reason: impl Into<String>) -> Read<T> {
    Err(Unclear { span, reason: reason.into() })
}

impl Reading<'_> {
    fn repetition(&self, module: usize, declared: &ResourceDeclaration, repetition: &Repetition) -> Read<Shape> {
        if let Repetition::Count(count) = repetition {
            return unclear(count.span, "its instances are counted, and have no rows");
        }
        let mut at = Some(module);
        while let Some((parent, call)) = at.and_then(|at| self.configuration.modules[at].parent.clone()) {
            let call = &self.configuration.modules[parent].module.calls[&call];
            if call.repetition.is_some() {
                return unclear(declared.span, "its module is called several times");
            }
            at = Some(parent);
        }
        self.shape(module, repetition.expression(), 0)
    }

    fn shape(&self, module: usize, expression: &Expression, depth: usize) -> Read<Shape> {
        if depth > MOST_STEPS {
            return unclear(expression.span, "it leads on too often");
        }
        let plain = |place| Shape { place, key: None, value: Projection::Part(Column::Itself) };
        match &expression.form {
            Form::Parentheses(inner) => self.shape(module, inner, depth + 1),
            Form::For(body) => self.projected(module, expression, body, depth),
            Form::Object(_) => Ok(plain(RowsPlace::Expression { span: expression.span, steps: Vec::new() })),
            Form::Tuple(_) => Ok(Shape {
                key: Some(Column::Itself),
                ..plain(RowsPlace::Expression { span: expression.span, steps: Vec::new() })
            }),
            Form::Call(call) => self.called(module, expression, call, depth),
            Form::Traversal(base, steps) => self.followed(module, expression, base, steps, depth),
            _ => unclear(expression.span, "its rows are computed"),
        }
    }

    fn called(&self, module: usize, expression: &Expression, call: &Call, depth: usize) -> Read<Shape> {
        let formats = [("csvdecode", Format::Csv), ("jsondecode", Format::Json), ("yamldecode", Format::Yaml)];
        let format = formats.into_iter().find(|(name, _)| *name == call.name.text).map(|(_, format)| format);
        match (call.name.text.as_str(), call.arguments.as_slice(), format) {
            (_, [file], Some(format)) => {
                let path = self
                    .file(module, file)
                    .ok_or(Unclear { span: file.span, reason: "which file that is can only be computed".to_owned() })?;
                let place = RowsPlace::File { path, format, steps: Vec::new() };
                Ok(Shape { place, key: None, value: Projection::Part(Column::Itself) })
            }
            ("toset", [inner], _) => {
                let shape = self.shape(module, inner, depth + 1)?;
                // Of a set, key and value are the same.
                let key = match &shape.value {
                    Projection::Part(column) => Some(column.clone()),
                    Projection::Fields(_) => None,
                };
                Ok(Shape { key, ..shape })
            }
            ("tomap" | "tolist" | "sensitive" | "nonsensitive" | "try", [inner, ..], _) => {
                self.shape(module, inner, depth + 1)
            }
            _ => unclear(expression.span, format!("its rows are computed by {}", call.name.text)),
        }
    }

    /// The path that `file(…)` reads.
    fn file(&self, module: usize, expression: &Expression) -> Option<String> {
        let Form::Call(call) = &expression.form else { return None };
        let [path] = call.arguments.as_slice() else { return None };
        if call.name.text != "file" {
            return None;
        }
        let Form::Template(parts) = &path.form else { return None };
        let mut text = String::new();
        for part in parts {
            match part {
                Part::Text(part) => text.push_str(part),
                Part::Interpolation(expression) => match dotted(expression)?.as_str() {
                    "path.module" => text.push_str(&self.configuration.modules[module].directory),
                    "path.root" => text.push('.'),
                    _ => return None,
                },
                _ => return None,
            }
        }
        Some(text)
    }

    fn followed(
        &self,
        module: usize,
        expression: &Expression,
        base: &Expression,
        steps: &[Step],
        depth: usize,
    ) -> Read<Shape> {
        let names: Option<Vec<String>> = steps.iter().map(step_name).collect();
        let Some(names) = names else { return unclear(expression.span, "its rows are computed") };
        let declared = &self.configuration.modules[module];
        let (shape, rest) = match (base.as_name(), names.as_slice()) {
            (Some("local"), [name, rest @ ..]) => match declared.module.locals.get(name) {
                Some(local) => (self.shape(module, &local.value, depth + 1)?, rest),
                None => return unclear(expression.span, "nothing declares it"),
            },
            (Some("var"), [name, rest @ ..]) => (self.variable(module, name, expression.span, depth)?, rest),
            (Some(_), _) => return unclear(expression.span, "its rows are computed"),
            (None, rest) => (self.shape(module, base, depth + 1)?, rest),
        };
        if rest.is_empty() {
            return Ok(shape);
        }
        let Shape { mut place, value: Projection::Part(Column::Itself), .. } = shape else {
            return unclear(expression.span, "its rows are computed");
        };
        let (RowsPlace::File { steps, .. } | RowsPlace::Expression { steps, .. }) = &mut place;
        steps.extend_from_slice(rest);
        Ok(Shape { place, key: None, value: Projection::Part(Column::Itself) })
    }

    fn variable(&self, module: usize, name: &str, span: Span, depth: usize) -> Read<Shape> {
        let declared = &self.configuration.modules[module];
        if let Some((parent, call)) = &declared.parent {
            let call = &self.configuration.modules[*parent].module.calls[call];
            if let Some((_, input)) = call.inputs.get(name) {
                return self.shape(*parent, input, depth + 1);
            }
        } else if let Some(given) = self.assignments.iter().rev().find(|given| given.name == name) {
            let plain = |span| Shape {
                place: RowsPlace::Expression { span, steps: Vec::new() },
                key: None,
                value: Projection::Part(Column::Itself),
            };
            return match (&given.origin, &given.value) {
                (Origin::File(_), AssignedValue::Value(_, Some(span))) => Ok(plain(value_place(self.sources, *span))),
                (Origin::Environment, _) => {
                    unclear(span, format!("its value comes from the environment variable STACKWRIGHT_VAR_{name}"))
                }
                _ => unclear(span, format!("its value comes from the command line (--var {name}=…)")),
            };
        }
        match declared.module.variables.get(name).and_then(|variable| variable.default.as_ref()) {
            Some(default) => self.shape(module, default, depth + 1),
            None => unclear(span, format!("the variable \"{name}\" has no value")),
        }
    }

    /// `{ for … : key => value }` and `[for … : value]`.
    fn projected(&self, module: usize, expression: &Expression, body: &For, depth: usize) -> Read<Shape> {
        let inner = self.shape(module, &body.collection, depth + 1)?;
        if inner.key.is_some() && body.key.is_some() || body.grouped {
            return unclear(expression.span, "its rows are computed");
        }
        let Projection::Part(Column::Itself) = inner.value else {
            return unclear(expression.span, "its rows are computed twice");
        };
        let part = |expression: &Expression| {
            let path = path(expression)?;
            let (first, rest) = path.split_first()?;
            if *first == body.value.text {
                return Some(if rest.is_empty() { Column::Itself } else { Column::Field(rest.to_vec()) });
            }
            body.key.as_ref().filter(|key| key.text == *first && rest.is_empty()).map(|_| Column::Key)
        };
        let value = match (part(&body.result), &body.result.form) {
            (Some(column), _) => Projection::Part(column),
            (None, Form::Object(entries)) => {
                let field = |(key, value): &(ObjectKey, Expression)| Some((key_text(key)?, part(value)?));
                Projection::Fields(entries.iter().filter_map(field).collect())
            }
            _ => return unclear(body.result.span, "its rows are computed"),
        };
        let key = match &body.result_key {
            Some(key) => match part(key) {
                Some(column) => Some(column),
                None => return unclear(key.span, "the names of its instances are computed"),
            },
            None => None,
        };
        Ok(Shape { place: inner.place, key, value })
    }

    fn arguments(
        &self,
        module: usize,
        prefix: &str,
        body: &SyntaxBody,
        shape: Option<&Shape>,
        found: &mut BTreeMap<String, WrittenArgument>,
    ) {
        for attribute in &body.attributes {
            let path = format!("{prefix}{}", attribute.name.text);
            let argument = |name, value: &Expression| WrittenArgument {
                name,
                value: value.span,
                form: self.form(module, value, shape),
            };
            if let Form::Object(entries) = &attribute.value.form {
                for (key, value) in entries {
                    if let (Some(name), ObjectKey::Name(_) | ObjectKey::Expression(_)) = (key_text(key), key) {
                        found.insert(format!("{path}.{name}"), argument(value.span, value));
                    }
                }
            }
            found.insert(path, argument(attribute.name.span, &attribute.value));
        }
        for block in &body.blocks {
            let prefix = format!("{prefix}{}.", block.kind.text);
            self.arguments(module, &prefix, &block.body, shape, found);
        }
    }

    fn form(&self, module: usize, value: &Expression, shape: Option<&Shape>) -> WrittenForm {
        if value.as_text().is_some() {
            return WrittenForm::Text;
        }
        let Some(path) = path(value) else { return WrittenForm::Other };
        let parts: Vec<&str> = path.iter().map(String::as_str).collect();
        match (parts.as_slice(), shape) {
            (["each", "key"], Some(shape)) => WrittenForm::Column(shape.key.clone().unwrap_or(Column::Key)),
            (["each", "value", rest @ ..], Some(shape)) => {
                shape.value.part(rest).map_or(WrittenForm::Other, WrittenForm::Column)
            }
            (["var", name, ..], _) => match self.root_variable(module, name) {
                Some(name) => {
                    let rest = path[2..].iter().map(|step| format!("[{}]", quoted(step))).collect();
                    WrittenForm::Variable(name, rest)
                }
                None => WrittenForm::Other,
            },
            _ => WrittenForm::Other,
        }
    }

    /// The variable of the root module that one of a module stands for.
    fn root_variable(&self, module: usize, name: &str) -> Option<String> {
        let Some((parent, call)) = &self.configuration.modules[module].parent else { return Some(name.to_owned()) };
        let (_, input) = self.configuration.modules[*parent].module.calls[call].inputs.get(name)?;
        match path(input)?.as_slice() {
            [var, name] if var == "var" => self.root_variable(*parent, name),
            _ => None,
        }
    }
}

impl Projection {
    fn part(&self, rest: &[&str]) -> Option<Column> {
        let rest = |from: usize| rest[from..].iter().map(|step| (*step).to_owned());
        match self {
            Self::Part(Column::Itself) if rest(0).next().is_none() => Some(Column::Itself),
            Self::Part(Column::Itself) => Some(Column::Field(rest(0).collect())),
            Self::Part(Column::Key) => rest(0).next().is_none().then_some(Column::Key),
            Self::Part(Column::Field(field)) => Some(Column::Field(field.iter().cloned().chain(rest(0)).collect())),
            Self::Fields(fields) => match fields.get(&rest(0).next()?)? {
                Column::Field(field) => Some(Column::Field(field.iter().cloned().chain(rest(1)).collect())),
                Column::Itself if rest(1).next().is_some() => Some(Column::Field(rest(1).collect())),
                column => rest(1).next().is_none().then(|| column.clone()),
            },
        }
    }
}

/// The names of a reference, also inside of what only changes how its value looks.
fn path(expression: &Expression) -> Option<Vec<String>> {
    match &expression.form {
        Form::Variable(name) => Some(vec![name.clone()]),
        Form::Parentheses(inner) => path(inner),
        Form::Traversal(base, steps) => {
            let mut names = path(base)?;
            for step in steps {
                names.push(step_name(step)?);
            }
            Some(names)
        }
        Form::Template(parts) => match parts.as_slice() {
            [Part::Interpolation(inner)] => path(inner),
            _ => None,
        },
        Form::Call(call) => match (call.name.text.as_str(), call.arguments.as_slice()) {
            ("lower" | "trimspace" | "tostring" | "sensitive" | "try" | "coalesce", [inner, ..]) => path(inner),
            ("lookup", [map, key, ..]) => {
                let mut names = path(map)?;
                names.push(key.as_text()?.to_owned());
                Some(names)
            }
            _ => None,
        },
        // `each.value.cpu == "" ? null : each.value.cpu`
        Form::Conditional(arms, last) => {
            let mut results = arms.iter().map(|(_, result)| result).chain([last.as_ref()]);
            results.find_map(path)
        }
        _ => None,
    }
}

fn step_name(step: &Step) -> Option<String> {
    match step {
        Step::Attribute(name) => Some(name.text.clone()),
        Step::Index(index) => index.as_text().map(str::to_owned),
        Step::Splat(..) => None,
    }
}

fn key_text(key: &ObjectKey) -> Option<String> {
    match key {
        ObjectKey::Name(name) => Some(name.text.clone()),
        ObjectKey::Expression(key) => key.as_text().map(str::to_owned),
        ObjectKey::Ambiguous(_) => None,
    }
}

fn dotted(expression: &Expression) -> Option<String> {
    path(expression).map(|names| names.join("."))
}
