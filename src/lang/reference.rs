//! References in expressions: which declarations they name, and errors where there are no such. Static: nothing is
//! evaluated, so `try` does not hide them.

use super::declaration::Module;
use super::syntax::Expression;
use super::syntax::Form;
use super::syntax::Name;
use super::syntax::Step;
use super::syntax::SyntaxBody;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::diag::Span;
use crate::diag::nearest;

/// A declaration of a module that others refer to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Target {
    Variable(String),
    Local(String),
    /// A resource by kind and name.
    Resource(String, String),
    /// A module call, and the output when it is named.
    Call(String, Option<String>),
    /// An output of the module itself. Nothing refers to it by this: whoever calls the module names it.
    Output(String),
}

/// Names that are there only in some places.
#[derive(Clone, Copy, Default)]
pub(super) struct Context {
    pub each: bool,
    pub count: bool,
    pub itself: bool,
}

/// What references may name.
pub(super) struct Known<'a> {
    pub module: &'a Module,
    /// Outputs of a call's module; None where it could not be read.
    pub outputs: &'a dyn Fn(&str) -> Option<Vec<String>>,
    pub kinds: &'a [String],
    /// Further root names with values of their own.
    pub names: Vec<String>,
}

impl Known<'_> {
    /// Adds what an expression refers to.
    pub(super) fn collect(
        &self,
        expression: &Expression,
        context: Context,
        bound: &[&Name],
        targets: &mut Vec<Target>,
        diagnostics: &mut Diagnostics,
    ) {
        let mut bound: Vec<&Name> = bound.to_vec();
        let mut last_base: Option<*const Expression> = None;
        expression.walk(
            &mut |visited, bound| {
                let (name, steps): (&str, &[Step]) = match &visited.form {
                    Form::Traversal(base, steps) => {
                        last_base = Some(&**base);
                        match &base.form {
                            Form::Variable(name) => (name, steps),
                            _ => return,
                        }
                    }
                    Form::Variable(name) if last_base != Some(visited as *const Expression) => (name, &[]),
                    _ => return,
                };
                if bound.iter().any(|known| known.text == name) {
                    return;
                }
                match self.resolve(name, visited.span, steps, context) {
                    Ok(Some(target)) => targets.push(target),
                    Ok(None) => {}
                    Err(found) => diagnostics.push(*found),
                }
            },
            &mut bound,
        );
    }

    /// Adds what a body refers to; `dynamic` blocks bind their iterator inside.
    pub(super) fn collect_body(
        &self,
        body: &SyntaxBody,
        context: Context,
        targets: &mut Vec<Target>,
        diagnostics: &mut Diagnostics,
    ) {
        let mut pending: Vec<(&SyntaxBody, Vec<Name>)> = vec![(body, Vec::new())];
        while let Some((body, bound)) = pending.pop() {
            let names: Vec<&Name> = bound.iter().collect();
            for attribute in &body.attributes {
                self.collect(&attribute.value, context, &names, targets, diagnostics);
            }
            for block in &body.blocks {
                if block.kind.text != "dynamic" {
                    pending.push((&block.body, bound.clone()));
                    continue;
                }
                let iterator = block.body.attributes.iter().find(|a| a.name.text == "iterator");
                let name = match iterator.and_then(|a| a.value.as_name()) {
                    Some(name) => Some(Name { text: name.to_string(), span: block.span }),
                    None => block.labels.first().cloned(),
                };
                let mut inside = bound.clone();
                inside.extend(name);
                let inside_names: Vec<&Name> = inside.iter().collect();
                for attribute in &block.body.attributes {
                    let names = if attribute.name.text == "labels" { &inside_names } else { &names };
                    if attribute.name.text != "iterator" {
                        self.collect(&attribute.value, context, names, targets, diagnostics);
                    }
                }
                for content in &block.body.blocks {
                    pending.push((&content.body, inside.clone()));
                }
            }
        }
    }

    fn resolve(
        &self,
        name: &str,
        span: Span,
        steps: &[Step],
        context: Context,
    ) -> Result<Option<Target>, Box<Diagnostic>> {
        let member = match steps.first() {
            Some(Step::Attribute(member)) => Some(member),
            _ => None,
        };
        let needed = |example: &str| {
            let detail = format!("\"{name}\" must be followed by a dot and a name, as in {example}.");
            Box::new(Diagnostic::error("Invalid reference", detail).at(span))
        };
        let module = self.module;
        match name {
            "var" => {
                let member = member.ok_or_else(|| needed("var.region"))?;
                if !module.variables.contains_key(&member.text) {
                    let known = module.variables.keys().map(String::as_str);
                    return Err(undeclared("input variable", "var", member, known));
                }
                Ok(Some(Target::Variable(member.text.clone())))
            }
            "local" => {
                let member = member.ok_or_else(|| needed("local.name"))?;
                if !module.locals.contains_key(&member.text) {
                    let known = module.locals.keys().map(String::as_str);
                    return Err(undeclared("local value", "local", member, known));
                }
                Ok(Some(Target::Local(member.text.clone())))
            }
            "module" if !self.kinds.is_empty() => {
                let member = member.ok_or_else(|| needed("module.team"))?;
                if !module.calls.contains_key(&member.text) {
                    let known = module.calls.keys().map(String::as_str);
                    return Err(undeclared("module call", "module", member, known));
                }
                let output = match steps.get(1) {
                    Some(Step::Attribute(output)) => Some(output),
                    Some(Step::Index(_)) => match steps.get(2) {
                        Some(Step::Attribute(output)) => Some(output),
                        _ => None,
                    },
                    Some(Step::Splat(inner, _)) => match inner.first() {
                        Some(Step::Attribute(output)) => Some(output),
                        _ => None,
                    },
                    None => None,
                };
                let Some(known) = (self.outputs)(&member.text) else {
                    return Ok(Some(Target::Call(member.text.clone(), None)));
                };
                if let Some(output) = output.filter(|output| !known.contains(&output.text)) {
                    let group = format!("module.{}", member.text);
                    return Err(undeclared("output", &group, output, known.iter().map(String::as_str)));
                }
                Ok(Some(Target::Call(member.text.clone(), output.map(|output| output.text.clone()))))
            }
            "each" | "count" | "self" => {
                let (allowed, members, reason): (bool, &[&str], &str) = match name {
                    "each" => (context.each, &["key", "value"], "a block with for_each"),
                    "count" => (context.count, &["index"], "a block with count"),
                    _ => (context.itself, &[], "a postcondition"),
                };
                if !allowed {
                    let detail = format!("\"{name}\" is there only inside {reason}.");
                    return Err(Box::new(
                        Diagnostic::error(format!("Reference to \"{name}\" in wrong context"), detail).at(span),
                    ));
                }
                if !members.is_empty() {
                    let member = member.ok_or_else(|| needed(&format!("{name}.{}", members[0])))?;
                    if !members.contains(&member.text.as_str()) {
                        return Err(undeclared("attribute", name, member, members.iter().copied()));
                    }
                }
                Ok(None)
            }
            "path" if !self.kinds.is_empty() => {
                let member = member.ok_or_else(|| needed("path.module"))?;
                let members = ["module", "root", "cwd"];
                if !members.contains(&member.text.as_str()) {
                    return Err(undeclared("attribute", "path", member, members.into_iter()));
                }
                Ok(None)
            }
            kind if self.kinds.iter().any(|known| known == kind) => {
                let member = member.ok_or_else(|| needed(&format!("{kind}.main")))?;
                let key = (kind.to_string(), member.text.clone());
                if !module.resources.contains_key(&key) {
                    // Of thousands only the first are looked at: as many mistakes may ask for a suggestion.
                    let known = module.resources.keys().take(1_000).filter(|(k, _)| k == kind).map(|(_, n)| n.as_str());
                    return Err(undeclared("resource", kind, member, known));
                }
                Ok(Some(Target::Resource(key.0, key.1)))
            }
            other if self.names.iter().any(|known| known == other) => Ok(None),
            _ => {
                let roots = ["var", "local", "module", "each", "count", "path"];
                let known = roots.into_iter().chain(self.kinds.iter().chain(&self.names).map(String::as_str));
                let help = match nearest(name, known) {
                    Some(near) => format!("Did you mean \"{near}\"?"),
                    None if steps.is_empty() => format!("Text stands in quotes: \"{name}\"."),
                    None => "References begin with var, local, module or a kind of resource.".to_string(),
                };
                let found = Diagnostic::error("Invalid reference", format!("There is nothing named \"{name}\"."));
                Err(Box::new(found.at(span).help(help)))
            }
        }
    }
}

/// The finding about a name that nothing declares, with the nearest of those that are declared.
fn undeclared<'n>(what: &str, group: &str, member: &Name, known: impl Iterator<Item = &'n str>) -> Box<Diagnostic> {
    // Among so many the nearest name would take long to find, once for each finding.
    let known: Vec<&str> = known.take(2_000).collect();
    let help = match nearest(&member.text, known.iter().copied()) {
        Some(near) => Some(format!("Did you mean \"{group}.{near}\"?")),
        None if known.is_empty() => None,
        None if known.len() <= 8 => Some(format!("Declared are: {}.", known.join(", "))),
        None => None,
    };
    let detail = format!("No {what} \"{}\" is declared in this module.", member.text);
    let found = Diagnostic::error(format!("Reference to undeclared {what}"), detail).at(member.span);
    Box::new(found.help_option(help))
}
