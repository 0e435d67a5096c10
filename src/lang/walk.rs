//! Evaluates a configuration along its graph: every declaration of every instance of every module.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Arc;

use super::Assignment;
use super::Body;
use super::Computed;
use super::Content;
use super::Evaluated;
use super::Lifecycle;
use super::Output;
use super::Reader;
use super::Resource;
use super::Scope;
use super::Type;
use super::Value;
use super::budget::Budget;
use super::closing;
use super::configuration::Configuration;
use super::declaration::Repetition;
use super::declaration::ResourceDeclaration;
use super::decode;
use super::evaluate::Evaluator;
use super::graph;
use super::graph::Node;
use super::inputs;
use super::reference::Target;
use super::syntax::Expression;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::diag::Span;
use crate::diag::nearest;
use crate::object::Address;
use crate::object::Key;

/// Instances of one block: a count beyond is a mistake.
const MAX_INSTANCES: usize = 100_000;
/// Values built through chains of locals may nest so deep.
const MAX_VALUE_DEPTH: usize = 200;

/// What an evaluation needs from outside.
pub struct Environment<'a> {
    /// Values for variables, lowest precedence first.
    pub assignments: &'a [Assignment],
    pub computed: &'a dyn Computed,
    pub reader: &'a dyn Reader,
    /// `path.cwd`.
    pub working_directory: &'a str,
}

/// One instance of a module.
pub(super) struct Instance {
    pub module: usize,
    /// `module.a["x"].`; empty for the root.
    pub path: Address,
    pub scope: Scope,
    /// `each` or `count` for the inputs of the call.
    bound: Vec<(String, Value)>,
    parent: Option<usize>,
    key: Option<Key>,
}

pub(super) struct Walk<'a> {
    pub configuration: &'a Configuration,
    pub environment: &'a Environment<'a>,
    pub instances: Vec<Instance>,
    /// Instances of each module.
    pub of_module: Vec<Vec<usize>>,
    /// Keys by which a call was repeated, by parent instance and name.
    repeated: HashMap<(usize, String), bool>,
    pub resources: Vec<Resource>,
    outputs: BTreeMap<String, Output>,
    pub diagnostics: Diagnostics,
    chosen: HashMap<&'a str, &'a Assignment>,
    /// Places of the references that are reported already.
    pub reported: HashSet<Span>,
    /// What all instances together may do.
    budget: Arc<Budget>,
}

impl Configuration {
    /// Evaluates everything. The result holds what could be evaluated even where there are errors; then unknown
    /// values stand for what failed.
    pub fn evaluate(&self, environment: &Environment<'_>) -> (Evaluated, Diagnostics) {
        let mut diagnostics = Diagnostics::new();
        let order = graph::order(self, &mut diagnostics);
        let reported = diagnostics.iter().filter_map(|found| found.span).collect();
        let variables = &self.modules[0].module.variables;
        let names: Vec<&str> = variables.keys().map(String::as_str).collect();
        let declared = |name: &str| variables.contains_key(name);
        let chosen = inputs::choose(environment.assignments, &declared, &names, &mut diagnostics);
        for (at, loaded) in self.modules.iter().enumerate() {
            let given = if at == 0 { environment.assignments } else { &[] };
            loaded.module.variables.values().for_each(|variable| inputs::hide(variable, given, &mut diagnostics));
        }
        let mut walk = Walk {
            configuration: self,
            environment,
            instances: Vec::new(),
            of_module: vec![Vec::new(); self.modules.len()],
            repeated: HashMap::new(),
            resources: Vec::new(),
            outputs: BTreeMap::new(),
            diagnostics,
            chosen,
            reported,
            budget: Arc::default(),
        };
        walk.add_instance(0, None, None, Vec::new());
        walk.seed_missing(0, &order);
        for node in &order {
            for at in walk.of_module[node.module].clone() {
                walk.node(node, at);
            }
            if matches!(node.target, Target::Output(_)) {
                walk.publish_outputs(node.module);
            }
        }
        walk.finish()
    }
}

impl<'a> Walk<'a> {
    fn add_instance(&mut self, module: usize, parent: Option<usize>, key: Option<Key>, bound: Vec<(String, Value)>) {
        let loaded = &self.configuration.modules[module];
        let path = match (&loaded.parent, parent) {
            (Some((_, call)), Some(parent)) => self.instances[parent].path.module(call, key.clone()),
            _ => Address::default(),
        };
        let mut scope = Scope::new();
        scope.checked = true;
        scope.budget = self.budget.clone();
        for group in ["var", "local", "module"] {
            scope.groups.insert(group.to_string(), BTreeMap::new());
        }
        for kind in &self.configuration.kinds {
            scope.groups.insert(kind.clone(), BTreeMap::new());
        }
        scope.set_in("path", "module", Value::string(loaded.directory.as_str()));
        scope.set_in("path", "root", Value::string("."));
        scope.set_in("path", "cwd", Value::string(self.environment.working_directory));
        self.of_module[module].push(self.instances.len());
        self.instances.push(Instance { module, path, scope, bound, parent, key });
    }

    /// Members of cycles have no place in the order: unknown values stand for them, so that what needs them goes on.
    fn seed_missing(&mut self, instance: usize, order: &[Node]) {
        let module = self.instances[instance].module;
        let declared = &self.configuration.modules[module].module;
        let ordered: BTreeSet<&Target> = order.iter().filter(|n| n.module == module).map(|n| &n.target).collect();
        let mut missing = Vec::new();
        let variables = declared.variables.keys().map(|n| ("var".to_string(), n, Target::Variable(n.clone())));
        let locals = declared.locals.keys().map(|n| ("local".to_string(), n, Target::Local(n.clone())));
        let calls = declared.calls.keys().map(|n| ("module".to_string(), n, Target::Call(n.clone(), None)));
        let resources = declared.resources.keys().map(|(k, n)| (k.clone(), n, Target::Resource(k.clone(), n.clone())));
        for (group, name, target) in variables.chain(locals).chain(calls).chain(resources) {
            if !ordered.contains(&target) {
                missing.push((group, name.clone()));
            }
        }
        for (group, name) in missing {
            self.instances[instance].scope.set_in(&group, name, Value::unknown(Type::Any));
        }
    }

    fn node(&mut self, node: &Node, at: usize) {
        match &node.target {
            Target::Variable(name) => self.variable(name, at),
            Target::Local(name) => {
                let local = &self.configuration.modules[node.module].module.locals[name];
                let (value, touched) = self.evaluate(at, &local.value, &[]);
                self.store(at, ("local", name), value, touched, local.name.span);
            }
            Target::Resource(kind, name) => {
                let declared = &self.configuration.modules[node.module].module.resources[&(kind.clone(), name.clone())];
                self.resource(declared, at);
            }
            Target::Call(name, _) => self.call(name, at),
            Target::Output(name) => self.output(name, at),
        }
    }

    /// Evaluates in an instance's scope; the value and the resources it was made from.
    fn evaluate(
        &mut self,
        at: usize,
        expression: &Expression,
        bound: &[(String, Value)],
    ) -> (Value, BTreeSet<Address>) {
        let mut evaluator = Evaluator::new(&self.instances[at].scope, self.environment.reader);
        for (name, value) in bound {
            evaluator.bind(name, value.clone());
        }
        let mut value = evaluator.evaluate(expression);
        if evaluator.diagnostics.has_errors() {
            value = Value::unknown(Type::Any).with_sensitivity(value.contains_sensitive());
        }
        let touched = std::mem::take(&mut evaluator.touched);
        let found = evaluator.diagnostics;
        for diagnostic in found {
            if diagnostic.span.is_none_or(|span| !self.reported.contains(&span)) {
                self.diagnostics.push(diagnostic);
            }
        }
        (value, touched)
    }

    fn store(&mut self, at: usize, (group, name): (&str, &str), value: Value, touched: BTreeSet<Address>, span: Span) {
        let value = if value.depth() >= MAX_VALUE_DEPTH {
            let detail = format!("The value nests more than {MAX_VALUE_DEPTH} levels deep.");
            self.diagnostics.push(Diagnostic::error("Value too deeply nested", detail).at(span));
            Value::unknown(Type::Any)
        } else {
            value
        };
        let scope = &mut self.instances[at].scope;
        scope.set_in(group, name, value);
        if !touched.is_empty() {
            scope.derived.insert((group.to_string(), name.to_string()), Arc::new(touched));
        }
    }

    fn variable(&mut self, name: &str, at: usize) {
        let configuration = self.configuration;
        let loaded = &configuration.modules[self.instances[at].module];
        let variable = &loaded.module.variables[name];
        let failed_before = self.diagnostics.len();
        let mut touched = BTreeSet::new();
        let mut place = None;
        let value = match (&loaded.parent, self.instances[at].parent) {
            (Some((parent_module, call)), Some(parent)) => {
                let call = &configuration.modules[*parent_module].module.calls[call];
                match call.inputs.get(name) {
                    Some((_, expression)) => {
                        let bound = self.instances[at].bound.clone();
                        let (value, found) = self.evaluate(parent, expression, &bound);
                        touched = found;
                        place = Some(expression.span);
                        let from = (expression.span, "given by the module call");
                        inputs::finish(variable, value, from, &mut self.diagnostics)
                    }
                    None => match inputs::default_of(variable, &mut self.diagnostics) {
                        Some(value) => value,
                        None => {
                            let detail = format!("The module needs a value for its variable \"{name}\".");
                            let found = Diagnostic::error("Missing argument", detail).at(call.span);
                            self.diagnostics.push(found.related(variable.name.span, "declared here"));
                            Value::unknown(variable.kind.clone())
                        }
                    },
                }
            }
            _ => {
                let assignment = self.chosen.get(name).copied();
                if let Some(Assignment { value: super::AssignedValue::Value(_, Some(span)), .. }) = assignment {
                    place = Some(*span);
                }
                inputs::value_of(variable, assignment, &mut self.diagnostics)
            }
        };
        self.store(at, ("var", name), value, touched, variable.name.span);
        if self.diagnostics.len() == failed_before {
            let scope = &self.instances[at].scope;
            inputs::validate(variable, scope, self.environment.reader, place, &mut self.diagnostics);
        }
    }

    fn output(&mut self, name: &str, at: usize) {
        let configuration = self.configuration;
        let module = self.instances[at].module;
        let output = &configuration.modules[module].module.outputs[name];
        let mut evaluator = Evaluator::new(&self.instances[at].scope, self.environment.reader);
        inputs::conditions(&mut evaluator, &output.preconditions, "Module output value precondition failed", None);
        let found = evaluator.diagnostics;
        self.diagnostics.extend(found);
        let (value, touched) = self.evaluate(at, &output.value, &[]);
        if module == 0 && value.contains_sensitive() && !output.sensitive {
            let detail = format!("The value of the output \"{name}\" is sensitive or made from sensitive values.");
            let found = Diagnostic::error("Output refers to sensitive values", detail).at(output.value.span);
            self.diagnostics.push(found.help("If it shall be an output all the same, add: sensitive = true"));
        }
        let value = value.with_sensitivity(output.sensitive);
        if module == 0 {
            let output = Output {
                name: name.to_string(),
                value,
                sensitive: output.sensitive,
                description: output.description.clone(),
                span: output.name.span,
            };
            self.outputs.insert(name.to_string(), output);
        } else {
            self.store(at, ("output", name), value, touched, output.name.span);
        }
    }

    /// Makes the outputs known so far visible to the calling modules.
    fn publish_outputs(&mut self, module: usize) {
        let Some((_, call)) = &self.configuration.modules[module].parent else { return };
        let mut by_parent: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for at in &self.of_module[module] {
            if let Some(parent) = self.instances[*at].parent {
                by_parent.entry(parent).or_default().push(*at);
            }
        }
        for (parent, children) in by_parent {
            let mut touched = BTreeSet::new();
            let mut keyed = Vec::new();
            for child in &children {
                let scope = &self.instances[*child].scope;
                let outputs = scope.groups.get("output").cloned().unwrap_or_default();
                for ((group, _), found) in &scope.derived {
                    if group == "output" {
                        touched.extend(found.iter().cloned());
                    }
                }
                keyed.push((self.instances[*child].key.clone(), Value::object(outputs)));
            }
            let value = collect_instances(keyed);
            let scope = &mut self.instances[parent].scope;
            scope.set_in("module", call.as_str(), value);
            scope.derived.insert(("module".to_string(), call.clone()), Arc::new(touched));
        }
    }

    fn call(&mut self, name: &str, at: usize) {
        let configuration = self.configuration;
        let loaded = &configuration.modules[self.instances[at].module];
        let call = &loaded.module.calls[name];
        let Some(child) = loaded.children.get(name).copied() else {
            self.instances[at].scope.set_in("module", name, Value::unknown(Type::Any));
            return;
        };
        let declared = &configuration.modules[child].module.variables;
        if self.of_module[self.instances[at].module].first() == Some(&at) {
            for (input, _) in call.inputs.values().filter(|(input, _)| !declared.contains_key(&input.text)) {
                let known = declared.keys().map(String::as_str);
                let help = nearest(&input.text, known).map(|near| format!("Did you mean \"{near}\"?"));
                let detail = format!("The module has no variable \"{}\".", input.text);
                let found = Diagnostic::error("Unknown argument", detail).at(input.span);
                self.diagnostics.push(found.help_option(help));
            }
        }
        let Some(keys) = self.expand(at, call.repetition.as_ref()) else {
            self.instances[at].scope.set_in("module", name, Value::unknown(Type::Any));
            return;
        };
        self.repeated.insert((at, name.to_string()), call.repetition.is_some());
        let empty = match &call.repetition {
            None | Some(Repetition::ForEach(_)) => Value::object([]),
            Some(Repetition::Count(_)) => Value::tuple(Vec::new()),
        };
        self.instances[at].scope.set_in("module", name, empty);
        let first = self.instances.len();
        for (key, bound) in keys {
            self.add_instance(child, Some(at), key, bound);
        }
        if self.instances.len() > first {
            self.publish_outputs(child);
        }
    }

    /// Keys of a block's instances with `each` or `count` for each; None when they are not known or wrong.
    fn expand(&mut self, at: usize, repetition: Option<&Repetition>) -> Option<Vec<Expanded>> {
        let Some(repetition) = repetition else { return Some(vec![(None, Vec::new())]) };
        let failed_before = self.diagnostics.len();
        let (value, _) = self.evaluate(at, repetition.expression(), &[]);
        if self.diagnostics.len() > failed_before {
            return None;
        }
        match repetition_keys(repetition, &value) {
            Ok(keys) => Some(keys),
            Err((summary, detail)) => {
                if !(value.is_unknown() && self.diagnostics.has_errors()) {
                    let found = Diagnostic::error(summary, detail).at(repetition.expression().span);
                    self.diagnostics.push(found);
                }
                None
            }
        }
    }

    fn resource(&mut self, declared: &'a ResourceDeclaration, at: usize) {
        let (kind, name) = (declared.kind.as_str(), declared.name.text.as_str());
        let Some(keys) = self.expand(at, declared.repetition.as_ref()) else {
            self.instances[at].scope.set_in(kind, name, Value::unknown(Type::Any));
            return;
        };
        let repeated = match declared.repetition {
            None => None,
            Some(Repetition::Count(_)) => Some(Value::tuple(Vec::new())),
            Some(Repetition::ForEach(_)) => Some(Value::object([])),
        };
        let mut values = Vec::new();
        for (key, bound) in keys {
            let address = self.instances[at].path.block(kind, name, key.clone());
            let mut evaluator = Evaluator::new(&self.instances[at].scope, self.environment.reader);
            for (name, value) in &bound {
                evaluator.bind(name, value.clone());
            }
            inputs::conditions(&mut evaluator, &declared.preconditions, "Resource precondition failed", None);
            evaluator.touched.clear();
            let mut body = decode::body(&mut evaluator, &declared.body);
            self.environment.computed.mark_secrets(&address, &mut body);
            let references: Vec<Address> = evaluator.touched.iter().cloned().collect();
            let computed = self.environment.computed.attributes(&address, &body);
            let value = resource_value(declared, &body, computed).with_origin(&address);
            evaluator.bind("self", value.clone());
            inputs::conditions(&mut evaluator, &declared.postconditions, "Resource postcondition failed", None);
            let mut found = Diagnostics::new();
            for mut diagnostic in evaluator.diagnostics {
                diagnostic.address.get_or_insert_with(|| address.to_string());
                found.push(diagnostic);
            }
            self.diagnostics.extend(found);
            values.push((key, value));
            let replace_triggered_by = closing::triggers(self, at, &declared.replace_triggered_by);
            self.resources.push(Resource {
                address,
                provider: declared.provider.clone(),
                body,
                depends_on: closing::written_dependencies(self, at, &declared.depends_on),
                references,
                lifecycle: Lifecycle {
                    prevent_destroy: declared.prevent_destroy,
                    ignore_changes: declared.ignore_changes.clone(),
                    create_before_destroy: declared.create_before_destroy,
                    replace_triggered_by,
                },
                lifecycle_places: declared.lifecycle_places.clone(),
                span: declared.span,
            });
        }
        let value = match (values.is_empty(), repeated) {
            (true, Some(empty)) => empty,
            _ => collect_instances(values),
        };
        self.instances[at].scope.set_in(kind, name, value);
    }

    fn finish(mut self) -> (Evaluated, Diagnostics) {
        let closed = closing::close(&mut self);
        let mut root = std::mem::take(&mut self.instances[0].scope);
        root.checked = false;
        let order = self.configuration.modules[0].module.outputs.keys();
        let mut outputs = self.outputs;
        let evaluated = Evaluated {
            settings: closed.settings,
            resources: self.resources,
            outputs: order.filter_map(|name| outputs.remove_entry(name)).collect(),
            checks: closed.checks,
            moved: closed.moved,
            removed: closed.removed,
            imports: closed.imports,
            root,
        };
        (evaluated, self.diagnostics)
    }

    /// The instance's chain of callers, itself first, with the call each was made by.
    pub(super) fn callers(&self, at: usize) -> Vec<(usize, &'a str)> {
        let mut chain = Vec::new();
        let mut at = at;
        while let (Some((_, call)), Some(parent)) =
            (&self.configuration.modules[self.instances[at].module].parent, self.instances[at].parent)
        {
            chain.push((parent, call.as_str()));
            at = parent;
        }
        chain
    }
}

pub(super) type Expanded = (Option<Key>, Vec<(String, Value)>);

pub(super) fn repetition_keys(repetition: &Repetition, value: &Value) -> Result<Vec<Expanded>, (&'static str, String)> {
    let sensitive = value.contains_sensitive() && value.is_sensitive();
    match repetition {
        Repetition::Count(_) => {
            let fail = |detail: &str| Err(("Invalid count argument", detail.to_string()));
            if sensitive {
                return fail("The count is sensitive, but it would show in the addresses of the instances.");
            }
            let number = match value.convert(&Type::Number) {
                Ok(number) if number.is_unknown() => {
                    return fail("The count depends on values that are known only after apply.");
                }
                Ok(number) => number,
                Err(_) => return fail("The count must be a number."),
            };
            if number.is_null() {
                return fail("The count is null; it must be a number.");
            }
            match number.as_i64().and_then(|n| usize::try_from(n).ok()) {
                Some(count) if count <= MAX_INSTANCES => Ok((0..count)
                    .map(|at| {
                        let count = Value::object([("index".to_string(), Value::number(at))]);
                        (Some(Key::Index(at)), vec![("count".to_string(), count)])
                    })
                    .collect()),
                _ => fail("The count must be a whole number from 0 to 100000."),
            }
        }
        Repetition::ForEach(_) => {
            let fail = |detail: &str| Err(("Invalid for_each argument", detail.to_string()));
            if sensitive {
                return fail("for_each is sensitive, but its keys would show in the addresses of the instances.");
            }
            let entries: Vec<(String, Value)> = match value.content() {
                Content::Map(_, entries) | Content::Object(entries) => {
                    entries.iter().map(|(k, v)| (k.clone(), v.clone())).collect()
                }
                Content::Set(kind, elements) if *kind == Type::String || elements.is_empty() => {
                    if elements.iter().any(Value::is_unknown) {
                        return fail("Elements of the set are known only after apply; use a map with known keys.");
                    }
                    if elements.iter().any(Value::is_null) {
                        return fail("The set holds a null value.");
                    }
                    elements.iter().filter_map(|e| e.as_str().map(|key| (key.to_string(), e.clone()))).collect()
                }
                Content::Unknown(_) => return fail("The keys depend on values that are known only after apply."),
                Content::Null(_) => return fail("for_each is null; use an empty map or set for no instances."),
                Content::List(..) | Content::Tuple(_) => {
                    return fail("for_each needs a map or a set of strings, not a list; use toset() for unique texts.");
                }
                _ => return fail("for_each needs a map or a set of strings."),
            };
            if entries.len() > MAX_INSTANCES {
                return fail("for_each can have at most 100000 instances.");
            }
            Ok(entries
                .into_iter()
                .map(|(key, value)| {
                    let each =
                        Value::object([("key".to_string(), Value::string(key.as_str())), ("value".to_string(), value)]);
                    (Some(Key::Name(key)), vec![("each".to_string(), each)])
                })
                .collect())
        }
    }
}

fn collect_instances(values: Vec<(Option<Key>, Value)>) -> Value {
    match values.first() {
        Some((None, value)) => value.clone(),
        Some((Some(Key::Index(_)), _)) => Value::tuple(values.into_iter().map(|(_, value)| value).collect()),
        _ => Value::object(values.into_iter().filter_map(|(key, value)| match key {
            Some(Key::Name(name)) => Some((name, value)),
            _ => None,
        })),
    }
}

/// Configured arguments, nested blocks and computed attributes as one object.
fn resource_value(declared: &ResourceDeclaration, body: &Body, computed: Vec<(String, Value)>) -> Value {
    let mut attributes: BTreeMap<String, Value> = computed.into_iter().collect();
    for attribute in &declared.body.attributes {
        attributes.entry(attribute.name.text.clone()).or_insert_with(Value::null);
    }
    let Content::Object(own) = body_value(body).content().clone() else { return Value::object(attributes) };
    attributes.extend(own.iter().map(|(k, v)| (k.clone(), v.clone())));
    Value::object(attributes)
}

/// A block that occurs once is an object, one with labels an object by label, others are tuples.
fn body_value(body: &Body) -> Value {
    let mut attributes: BTreeMap<String, Value> =
        body.attributes.iter().map(|(name, attribute)| (name.clone(), attribute.value.clone())).collect();
    let mut by_kind: BTreeMap<&str, Vec<&super::Block>> = BTreeMap::new();
    for block in &body.blocks {
        by_kind.entry(&block.kind).or_default().push(block);
    }
    for (kind, blocks) in by_kind {
        let value = if blocks.iter().all(|block| !block.labels.is_empty()) {
            Value::object(blocks.iter().map(|b| (b.labels[0].0.clone(), body_value(&b.body))))
        } else if let [only] = blocks.as_slice() {
            body_value(&only.body)
        } else {
            Value::tuple(blocks.iter().map(|b| body_value(&b.body)).collect())
        };
        attributes.insert(kind.to_string(), value);
    }
    Value::object(attributes)
}
