//! Files of tests: runs with their variables and assertions, read but not carried out, and assertions evaluated. What a run
//! does is not said here.

use std::collections::BTreeMap;

use super::Reader;
use super::Scope;
use super::Value;
use super::console;
use super::declaration::Condition;
use super::evaluate::Evaluator;
use super::fields::Fields;
use super::inputs::message;
use super::parse;
use super::syntax::Expression;
use super::syntax::Form;
use super::syntax::SyntaxBlock;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::diag::SourceId;
use crate::diag::Sources;
use crate::diag::Span;

/// One file.
#[derive(Debug, Default)]
pub struct TestFile {
    pub sandbox: TestSandbox,
    variables: Option<SyntaxBlock>,
    pub runs: Vec<TestRun>,
}

/// What the sandbox of a file is like.
#[derive(Debug, Default)]
pub struct TestSandbox {
    pub nodes: Option<u64>,
    /// Pods that fail, as `provider "sandbox"` names them.
    pub faults: BTreeMap<String, String>,
}

/// A `run` block.
#[derive(Debug)]
pub struct TestRun {
    pub name: String,
    pub span: Span,
    pub command: TestCommand,
    pub allow_data_loss: bool,
    variables: Option<SyntaxBlock>,
    assertions: Vec<Condition>,
    /// What must fail, as it is written: `var.edition`, `policy.quotas`.
    pub expected: Vec<(String, Span)>,
}

/// What a run does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TestCommand {
    Plan,
    #[default]
    Apply,
    Destroy,
}

impl TestCommand {
    const NAMES: [(&'static str, Self); 3] = [("plan", Self::Plan), ("apply", Self::Apply), ("destroy", Self::Destroy)];
}

/// So much of a value is shown beside a condition that does not hold.
const LONGEST_VALUE: usize = 300;

impl TestFile {
    /// Reads a file.
    pub fn read(sources: &Sources, file: SourceId) -> (Self, Diagnostics) {
        let (body, mut diagnostics) = parse::body(sources, file);
        let mut read = Self::default();
        for attribute in &body.attributes {
            let detail = format!("A file of tests has no argument \"{}\".", attribute.name.text);
            diagnostics.push(Diagnostic::error("Unknown argument", detail).at(attribute.name.span));
        }
        for block in body.blocks {
            match block.kind.text.as_str() {
                "variables" => keep_once(block, &mut read.variables, &mut diagnostics),
                "sandbox" => read.sandbox = sandbox(block, &mut diagnostics),
                "run" => read.add(block, sources, &mut diagnostics),
                other => {
                    let detail = format!("A file of tests has no block \"{other}\".");
                    let finding = Diagnostic::error("Unknown block", detail).at(block.kind.span);
                    diagnostics.push(finding.help("It has run, variables and sandbox blocks."));
                }
            }
        }
        (read, diagnostics)
    }

    fn add(&mut self, block: SyntaxBlock, sources: &Sources, diagnostics: &mut Diagnostics) {
        let [label] = block.labels.as_slice() else {
            let finding = Diagnostic::error("Wrong labels", "A \"run\" block takes one label: its name.");
            return diagnostics.push(finding.at(block.span));
        };
        if let Some(first) = self.runs.iter().find(|run| run.name == label.text) {
            let detail = format!("There is a run \"{}\" already.", label.text);
            let finding = Diagnostic::error("Repeated block", detail).at(label.span);
            return diagnostics.push(finding.related(first.span, "the first one"));
        }
        let (name, span) = (label.text.clone(), block.span);
        let mut fields = Fields::new(block.body, "run", diagnostics);
        let command = fields.take("command");
        let allow_data_loss = fields.flag("allow_data_loss").unwrap_or(false);
        let variables = fields.block("variables");
        let assertions = fields.conditions("assert");
        let expected = fields.list("expect_failures");
        fields.finish();
        let expected = expected.iter().map(|one| (sources.excerpt(one.span).trim().to_owned(), one.span)).collect();
        let command = command.map_or(Some(TestCommand::Apply), |written| {
            let known = TestCommand::NAMES.iter().find(|(name, _)| written.as_name() == Some(name));
            if known.is_none() {
                let finding = Diagnostic::error("Unknown choice", "\"command\" of run must be plan, apply or destroy.");
                diagnostics.push(finding.at(written.span));
            }
            known.map(|(_, command)| *command)
        });
        self.runs.extend(command.map(|command| TestRun {
            name,
            span,
            command,
            allow_data_loss,
            variables,
            assertions,
            expected,
        }));
    }

    /// The variables of a run, its own over those of the file. `scope` has what earlier runs gave.
    pub fn variables(
        &self,
        run: &TestRun,
        scope: &Scope,
        reader: &dyn Reader,
    ) -> (BTreeMap<String, Value>, Diagnostics) {
        let mut evaluator = Evaluator::new(scope, reader).on_its_own();
        let mut values = BTreeMap::new();
        for block in self.variables.iter().chain(&run.variables) {
            for attribute in &block.body.attributes {
                let value = evaluator.evaluate(&attribute.value);
                values.insert(attribute.name.text.clone(), value);
            }
        }
        (values, evaluator.diagnostics)
    }
}

impl TestRun {
    /// Whether an assertion names something.
    pub fn names(&self, name: &str) -> bool {
        let mut is_named = false;
        for condition in &self.assertions {
            for expression in [&condition.condition, &condition.message] {
                expression.walk(
                    &mut |part: &Expression, _: &[&super::syntax::Name]| is_named |= part.as_name() == Some(name),
                    &mut Vec::new(),
                );
            }
        }
        is_named
    }

    /// What does not hold, and what cannot be evaluated.
    pub fn check(&self, scope: &Scope, sources: &Sources, reader: &dyn Reader) -> Diagnostics {
        let mut found = Diagnostics::new();
        for condition in &self.assertions {
            let mut evaluator = Evaluator::new(scope, reader).on_its_own();
            let value = evaluator.evaluate(&condition.condition);
            let span = condition.condition.span;
            let is_failed = evaluator.diagnostics.has_errors();
            if !is_failed && value.is_unknown() {
                let detail = "Its value is known only after an apply.";
                found.push(Diagnostic::error("Assertion not known", detail).at(span).help("Use command = apply."));
            } else if !is_failed && evaluator.truth(&value, span, "Invalid condition") == Some(false) {
                let message = message(&mut evaluator, condition);
                let shown = shown(&condition.condition, scope, sources, reader);
                let detail = std::iter::once(message).chain(shown).collect::<Vec<_>>().join("\n");
                found.push(Diagnostic::error("Test assertion failed", detail).at(span));
            }
            found.extend(evaluator.diagnostics);
        }
        found
    }
}

/// The values of what a condition refers to, a line each.
fn shown(condition: &Expression, scope: &Scope, sources: &Sources, reader: &dyn Reader) -> Vec<String> {
    let mut references: Vec<Expression> = Vec::new();
    condition.walk(
        &mut |part: &Expression, bound: &[&super::syntax::Name]| {
            let is_reference = matches!(part.form, Form::Traversal(..));
            // A part of one that is there already says less; what a `for` binds has no value of its own.
            let inside =
                references.iter().any(|known| known.span.start <= part.span.start && part.span.end <= known.span.end);
            if is_reference && !inside && bound.is_empty() {
                references.push(part.clone());
            }
        },
        &mut Vec::new(),
    );
    let mut lines = Vec::new();
    for reference in references {
        let mut evaluator = Evaluator::new(scope, reader).on_its_own();
        let value = evaluator.evaluate(&reference);
        if evaluator.diagnostics.has_errors() {
            continue;
        }
        let mut text = if value.contains_sensitive() { "(sensitive value)".to_owned() } else { console::print(&value) };
        if text.chars().count() > LONGEST_VALUE {
            text = text.chars().take(LONGEST_VALUE).chain(['…']).collect();
        }
        let line = format!("{} is {text}", sources.excerpt(reference.span));
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}

fn keep_once(block: SyntaxBlock, kept: &mut Option<SyntaxBlock>, diagnostics: &mut Diagnostics) {
    if let Some(first) = kept {
        let detail = format!("A file of tests takes one \"{}\" block.", block.kind.text);
        let finding = Diagnostic::error("Repeated block", detail).at(block.span);
        return diagnostics.push(finding.related(first.span, "the first one"));
    }
    *kept = Some(block);
}

fn sandbox(block: SyntaxBlock, diagnostics: &mut Diagnostics) -> TestSandbox {
    let mut fields = Fields::new(block.body, "sandbox", diagnostics);
    let (nodes, faults) = (fields.take("nodes"), fields.take("faults"));
    fields.finish();
    let nothing = Scope::default();
    let mut evaluator = Evaluator::new(&nothing, &super::NoFiles).on_its_own();
    let mut evaluate = |expression: &Expression| (evaluator.evaluate(expression), expression.span);
    let nodes = nodes.map(|nodes| evaluate(&nodes));
    let faults = faults.map(|faults| evaluate(&faults));
    let mut read = TestSandbox::default();
    diagnostics.extend(evaluator.diagnostics);
    if let Some((value, span)) = nodes {
        read.nodes =
            value.as_i64().and_then(|nodes| u64::try_from(nodes).ok()).filter(|nodes| (1..=1_000).contains(nodes));
        if read.nodes.is_none() {
            let detail = "\"nodes\" of sandbox must be a whole number from 1 to 1000.";
            diagnostics.push(Diagnostic::error("Wrong type", detail).at(span));
        }
    }
    if let Some((value, span)) = faults {
        let entries = value.as_entries().map(|entries| {
            entries.iter().map(|(pods, fault)| Some((pods.clone(), fault.as_str()?.to_owned()))).collect::<Option<_>>()
        });
        match entries.flatten() {
            Some(faults) => read.faults = faults,
            None => {
                let detail = "\"faults\" of sandbox must be a map of strings, as { \"auth/dex\" = \"crash-loop\" }.";
                diagnostics.push(Diagnostic::error("Wrong type", detail).at(span));
            }
        }
    }
    read
}
