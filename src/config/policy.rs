//! Policies: what rules see, those that the program brings, and whether expressions are sound. Not how a plan is judged.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

use super::Declared;
use super::Installation;
use super::Place;
use super::Policy;
use super::blocks;
use super::decoder::Decoder;
use super::decoder::Heading;
use super::decoder::Unknown;
use super::schema;
use super::schema::Block;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::diag::Sources;
use crate::diag::Span;
use crate::diag::nearest;
use crate::lang::CelExpression;
use crate::lang::CelName;
use crate::lang::NoFiles;
use crate::lang::Scope;
use crate::lang::evaluate_definition;
use crate::lang::place_in_text;

/// An expression as it is written.
#[derive(Clone, Debug, Default)]
pub struct Expression {
    pub text: String,
    /// The argument it is the value of.
    pub argument: &'static str,
    /// `None` where the program brings it.
    pub place: Option<Place>,
}

/// What can be judged one by one, and what the one is called.
pub const EACH: [(&str, &str); 8] = [
    ("changes", "change"),
    ("objects", "object"),
    ("users", "user"),
    ("profiles", "profile"),
    ("queues", "queue"),
    ("images", "image"),
    ("components", "component"),
    ("risks", "risk"),
];

/// What comes along with a change or an object that is judged.
const OF_AN_OBJECT: [&str; 3] = ["change", "object", "oldObject"];

/// Functions and macros that rules may call.
const FUNCTIONS: [&str; 42] = [
    "all",
    "bool",
    "bytes",
    "charAt",
    "contains",
    "double",
    "dyn",
    "endsWith",
    "exists",
    "existsOne",
    "exists_one",
    "filter",
    "format",
    "has",
    "indexOf",
    "int",
    "join",
    "lastIndexOf",
    "lowerAscii",
    "map",
    "matches",
    "max",
    "min",
    "replace",
    "reverse",
    "size",
    "split",
    "startsWith",
    "string",
    "strings.quote",
    "substring",
    "trim",
    "type",
    "uint",
    "upperAscii",
    "optMap",
    "orValue",
    "or",
    "hasValue",
    "value",
    "quote",
    "optFlatMap",
];

/// What rules see: one block for each value, its fields as arguments.
pub fn values() -> &'static [Block] {
    static VALUES: LazyLock<Vec<Block>> =
        LazyLock::new(|| schema::read(&[("policy_values.hcl", include_str!("schema/policy_values.hcl"))]).0);
    &VALUES
}

/// The text of the policies that the program brings.
pub const BUILTIN: &str = include_str!("policies.hcl");

/// A policy that the program brings.
pub fn builtin(name: &str) -> Option<&'static Policy> {
    static BROUGHT: LazyLock<BTreeMap<String, Policy>> = LazyLock::new(|| {
        let mut sources = Sources::new();
        let file = sources.add("policies.hcl", BUILTIN);
        let found = evaluate_definition(&sources, &[file], &["policy"], &Scope::default(), &[], &NoFiles);
        let mut ignored = Diagnostics::new();
        let mut brought = BTreeMap::new();
        for block in &found.blocks {
            let mut decoder = Decoder::new(None, Unknown::Refused, &mut ignored);
            let (Some(schema), Some((name, _))) = (schema::block("policy"), block.labels.first()) else { continue };
            let node = decoder.body(schema, &block.body, block.span, Heading::default());
            let mut policy = blocks::written_policy(&node);
            // Nobody can look at its file.
            let expressions = policy.matches.iter_mut().chain([&mut policy.condition]);
            expressions.chain(&mut policy.message_expression).for_each(|expression| expression.place = None);
            brought.insert(name.clone(), policy);
        }
        brought
    });
    BROUGHT.get(name)
}

impl Policy {
    /// What the one is called that is judged; `None` where that is the whole plan.
    pub fn singular(&self) -> Option<&'static str> {
        let each = self.each.as_deref()?;
        EACH.iter().find(|(plural, _)| *plural == each).map(|(_, singular)| *singular)
    }

    /// All expressions in it.
    pub fn expressions(&self) -> impl Iterator<Item = &Expression> {
        self.matches.iter().chain([&self.condition]).chain(&self.message_expression)
    }

    /// The variables that its expressions may name.
    fn variables(&self) -> Vec<&'static str> {
        let lists = EACH.iter().map(|(plural, _)| *plural);
        let mut known: Vec<&str> = ["plan", "cluster", "platform", "release"].into_iter().chain(lists).collect();
        match self.singular() {
            Some(singular) if OF_AN_OBJECT.contains(&singular) => known.extend(OF_AN_OBJECT),
            singular => known.extend(singular),
        }
        known
    }
}

/// Reports what is wrong with the expressions of all policies.
pub fn check_policies(installation: &Installation, sources: &Sources) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    for policy in &installation.policies {
        for expression in policy.expressions() {
            let Some(place) = expression.place else { continue };
            Checking { policy, expression, place, sources, diagnostics: &mut diagnostics }.check();
        }
    }
    diagnostics
}

struct Checking<'a> {
    policy: &'a Declared<Policy>,
    expression: &'a Expression,
    place: Place,
    sources: &'a Sources,
    diagnostics: &'a mut Diagnostics,
}

impl Checking<'_> {
    fn check(&mut self) {
        match CelExpression::parse(&self.expression.text) {
            Ok(parsed) => parsed.names().iter().for_each(|name| self.name(name)),
            Err(faults) => {
                for fault in faults {
                    let detail = format!("\"{}\" is no CEL expression: {}.", self.expression.argument, fault.reason);
                    let hidden = format!("\"{}\" is no CEL expression.", self.expression.argument);
                    self.report("Invalid policy expression", (detail, hidden), &fault.place, None);
                }
            }
        }
    }

    fn name(&mut self, name: &CelName) {
        match name {
            CelName::Variable { name, place } => {
                let known = self.policy.variables();
                if known.contains(&name.as_str()) {
                    return;
                }
                let of = EACH.iter().find(|(_, singular)| singular == name);
                let help = match of {
                    Some((plural, _)) => format!("\"{name}\" is what is judged with each = \"{plural}\"."),
                    None if name == "oldObject" => {
                        "\"oldObject\" is there with each = \"changes\" or \"objects\".".into()
                    }
                    None => meant(name, &known, "The variables are"),
                };
                self.unknown(format!("There is no variable \"{name}\" here."), place, help);
            }
            CelName::Field { of, name, place } => {
                // What else a block has is told by its own schema.
                let Some(value) = values().iter().find(|value| value.name == *of) else { return };
                let mut known: Vec<&str> = value.arguments.iter().map(|field| field.name.as_str()).collect();
                if let Some(block) = schema::block(of).filter(|_| OPEN.contains(&of.as_str())) {
                    known.extend(block.arguments.iter().map(|argument| argument.name.as_str()));
                    known.extend(block.blocks.iter().map(|block| block.name.as_str()));
                }
                if known.is_empty() || known.contains(&name.as_str()) || !self.policy.variables().contains(&of.as_str())
                {
                    return;
                }
                let help = meant(name, &known, "It has");
                self.unknown(format!("\"{of}\" has no field \"{name}\"."), place, help);
            }
            CelName::Function { name, place } => {
                if !FUNCTIONS.contains(&name.as_str()) {
                    let help = meant(name, &FUNCTIONS, "The functions are");
                    self.unknown(format!("There is no function \"{name}\"."), place, help);
                }
            }
        }
    }

    fn unknown(&mut self, detail: String, place: &Range<usize>, help: String) {
        let hidden = format!("\"{}\" names something that is not there.", self.expression.argument);
        self.report("Unknown name in a policy", (detail, hidden), place, Some(help));
    }

    fn report(&mut self, summary: &str, (detail, hidden): (String, String), at: &Range<usize>, help: Option<String>) {
        let Place { span, sensitive } = self.place;
        let finding = match sensitive {
            true => Diagnostic::error(summary, hidden).hidden().at(span),
            false => {
                let found = place_in_text(self.sources, span, &self.expression.text, at.clone());
                Diagnostic::error(summary, detail).at(found.unwrap_or(span)).help_option(help)
            }
        };
        self.diagnostics.push(finding.about(&self.policy.address));
    }
}

/// Values that also have all arguments of the block of their name.
const OPEN: [&str; 2] = ["platform", "queue"];

fn meant(name: &str, known: &[&str], begins: &str) -> String {
    match nearest(name, known.iter().copied()) {
        Some(near) => format!("Did you mean \"{near}\"?"),
        None => {
            let mut sorted = known.to_vec();
            sorted.sort_unstable();
            format!("{begins} {}.", sorted.join(", "))
        }
    }
}

/// A place in a file for a diagnostic about a whole policy.
pub fn place_of(policy: &Declared<Policy>) -> Span {
    let written = ["condition", "builtin"].iter().find(|name| policy.is_set(name));
    written.map_or(policy.span, |name| policy.place(name).span)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::fixture::read;

    fn found(policy: &str) -> Vec<String> {
        let (installation, _, sources) = read(&format!("policy \"p\" {{\n{policy}\n}}\n"));
        let located = |finding: &Diagnostic| match finding.span {
            Some(span) => format!("{} {} {}", sources.locate(span), sources.excerpt(span), finding.detail),
            None => finding.detail.clone(),
        };
        check_policies(&installation, &sources).iter().map(located).collect()
    }

    #[test]
    fn what_the_program_brings_is_sound() {
        let schema = schema::block("policy").expect("a schema");
        let choices = &schema.argument("builtin").expect("an argument").choices;
        assert_eq!(BUILTIN.matches("\npolicy \"").count(), choices.len());
        for name in choices {
            let policy = builtin(name).unwrap_or_else(|| panic!("{name}"));
            assert!(!policy.description.is_empty() && !policy.condition.text.is_empty(), "{name}");
            // As if somebody had written them.
            let text =
                |name: &str, expression: &Expression| format!("{name} = {}\n", crate::lang::quoted(&expression.text));
            let mut written = policy.each.iter().map(|each| format!("each = \"{each}\"\n")).collect::<String>();
            policy.expressions().for_each(|one| written.push_str(&text(one.argument, one)));
            assert_eq!(found(&written), Vec::<String>::new(), "{name}");
        }
    }

    #[test]
    fn each_can_be_judged_and_is_documented() {
        let schema = schema::block("policy").expect("a schema");
        assert_eq!(schema.argument("each").expect("an argument").choices, EACH.map(|(plural, _)| plural));
        for (_, singular) in EACH {
            assert!(values().iter().any(|value| value.name == singular), "{singular}");
        }
        for value in values() {
            assert!(value.documentation.ends_with('.') && !value.example.is_empty(), "{}", value.name);
            assert!(value.arguments.iter().all(|field| field.documentation.ends_with('.')), "{}", value.name);
            assert_eq!(found(&value.example), Vec::<String>::new(), "{}", value.name);
        }
    }

    #[test]
    fn mistakes_have_places() {
        for (policy, told) in [
            ("condition = \"plan.counts.create ==\"", "main.hcl:2:35  "),
            ("condition = \"a.b == 1\"", "main.hcl:2:14 a There is no variable \"a\" here."),
            ("condition = \"change.name == ''\"", "main.hcl:2:14 change There is no variable \"change\" here."),
            (
                "each = \"changes\"\ncondition = \"change.nam == ''\"",
                "main.hcl:3:21 nam \"change\" has no field \"nam\".",
            ),
            ("condition = \"users.al(u, u.name == '')\"", "main.hcl:2:20 al There is no function \"al\"."),
            ("condition = \"platform.endpont == 1\"", "main.hcl:2:23 endpont \"platform\" has no field \"endpont\"."),
        ] {
            let found = found(policy);
            assert!(found.iter().any(|finding| finding.starts_with(told)), "{policy}: {found:?}");
        }
    }
}
