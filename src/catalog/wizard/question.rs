//! The questions as values: read from data, with everything that the schema of what they write knows.

use std::sync::LazyLock;

use crate::config::ProviderFacts;
use crate::config::rules;
use crate::config::schema;
use crate::config::schema::Argument;
use crate::config::schema::Block;
use crate::config::schema::Kind;
use crate::diag::Diagnostics;
use crate::diag::Sources;
use crate::lang;
use crate::lang::Body;
use crate::lang::NoFiles;
use crate::lang::Scope;
use crate::lang::Value;
use crate::lang::evaluate_definition;

/// Questions that belong together.
#[derive(Clone, Debug)]
pub struct Section {
    pub name: String,
    pub title: String,
    /// The block of which there is one for each name: then the section's questions are asked for each.
    pub each: Vec<String>,
    /// Asks for the names; its name is the section's.
    pub names: Option<Question>,
    pub questions: Vec<Question>,
}

/// When somebody is asked. An answer can be given in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    Always,
    /// Where the provider cannot do without.
    Required,
    /// Where there is something to choose from.
    Offered,
    Never,
}

/// One question.
#[derive(Clone, Debug)]
pub struct Question {
    pub name: String,
    pub title: String,
    /// The argument or block that the answer is written to; empty where it only decides what else is asked.
    pub writes: Vec<String>,
    /// What it takes. Of a provider's own arguments only the name, before the provider is chosen.
    pub argument: Argument,
    pub default: Option<String>,
    /// Providers for which the default holds; empty for all.
    pub default_for: Vec<String>,
    /// What there is to choose from, by the name of a list that only the world knows.
    pub offers: String,
    /// Other questions with the answers that they must have.
    pub when: Vec<(String, String)>,
    pub asked: Asked,
    pub required: bool,
}

const FILE: (&str, &str) = ("questions.hcl", include_str!("questions.hcl"));

/// All questions, in their order.
pub fn sections() -> &'static [Section] {
    static SECTIONS: LazyLock<Vec<Section>> = LazyLock::new(|| read().0);
    &SECTIONS
}

fn read() -> (Vec<Section>, Diagnostics) {
    let mut sources = Sources::new();
    let file = sources.add(FILE.0, FILE.1);
    let found = evaluate_definition(&sources, &[file], &["section"], &Scope::default(), &[], &NoFiles);
    let mut diagnostics = found.diagnostics;
    let sections = found.blocks.iter().map(|block| section(block, &mut diagnostics)).collect();
    (sections, diagnostics)
}

fn section(block: &lang::Block, diagnostics: &mut Diagnostics) -> Section {
    let name = label(block);
    let each: Vec<String> = path(&text(&block.body, "each"));
    let names = (!each.is_empty()).then(|| {
        let argument = Argument {
            name: name.clone(),
            kind: Kind::Texts,
            rule: rules::named("label"),
            documentation: "Names, with commas between them; each is asked about then.".into(),
            ..Argument::default()
        };
        about(block, argument)
    });
    let questions = block.body.blocks_of("question").map(|found| question(found, diagnostics)).collect();
    Section { title: text(&block.body, "title"), name, each, names, questions }
}

fn question(block: &lang::Block, diagnostics: &mut Diagnostics) -> Question {
    let writes = path(&text(&block.body, "writes"));
    let argument = match writes.is_empty() {
        true => schema::argument(block, diagnostics),
        false => written(&writes).unwrap_or_else(|| Argument { name: label(block), ..Argument::default() }),
    };
    about(block, argument)
}

/// What a block says about a question, but for what the answer is.
fn about(block: &lang::Block, argument: Argument) -> Question {
    let body = &block.body;
    let documentation = Some(text(body, "documentation")).filter(|text| !text.is_empty());
    let argument = match documentation {
        Some(documentation) => Argument { documentation, ..argument },
        None => argument,
    };
    let when = body.value("when").and_then(Value::as_entries).into_iter().flatten();
    Question {
        name: label(block),
        title: text(body, "title"),
        argument,
        default: Some(text(body, "default")).filter(|text| !text.is_empty()),
        default_for: texts(body, "default_for"),
        offers: text(body, "offers"),
        when: when.map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned())).collect(),
        asked: match text(body, "asked").as_str() {
            "never" => Asked::Never,
            "required" => Asked::Required,
            "offered" => Asked::Offered,
            _ => Asked::Always,
        },
        required: body.value("required").and_then(Value::as_bool).unwrap_or(false),
        writes: path(&text(body, "writes")),
    }
}

/// The argument that a path names. For a block, whether it is there.
fn written(writes: &[String]) -> Option<Argument> {
    let (last, before) = writes.split_last()?;
    let block = block_of(before)?;
    block.argument(last).cloned().or_else(|| {
        let nested = block.block(last)?;
        let documentation = nested.documentation.clone();
        Some(Argument { name: last.clone(), kind: Kind::Bool, documentation, ..Argument::default() })
    })
}

/// The schema of a block by its path.
pub(super) fn block_of(path: &[String]) -> Option<&'static Block> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(schema::block(first)?, |block, name| block.block(name))
}

impl Question {
    /// What it takes with a provider: a provider's arguments are its own.
    pub fn argument(&self, facts: Option<&ProviderFacts>) -> Argument {
        let own = (self.writes.first().is_some_and(|first| first == "provider"))
            .then(|| facts?.schema.argument(self.writes.get(1)?))
            .flatten();
        own.unwrap_or(&self.argument).clone()
    }

    /// Whether a provider knows what it writes.
    pub(super) fn is_known_to(&self, facts: &ProviderFacts) -> bool {
        let (kind, name) = (self.writes.first().map(String::as_str), self.writes.get(1).map_or("", String::as_str));
        match kind {
            Some("provider") => facts.schema.argument(name).is_some(),
            Some("cluster") => facts.uses("cluster", name),
            Some("node_pool") => facts.node_pools && facts.uses("node_pool", name),
            _ => true,
        }
    }

    /// Whether a configuration for a provider cannot do without.
    pub(super) fn is_required(&self, facts: Option<&ProviderFacts>) -> bool {
        let of_provider = || match self.writes.as_slice() {
            [kind, name] if kind == "cluster" || kind == "node_pool" => {
                Some(facts?.required(kind).iter().any(|required| required == name))
            }
            _ => None,
        };
        let is_cluster = self.writes.first().is_some_and(|first| first == "cluster") && self.writes.len() == 2;
        let own = self.argument.required || (self.required && !is_cluster);
        own || of_provider().unwrap_or(false)
    }
}

/// A path as it is written, `platform.admin.email`.
fn path(text: &str) -> Vec<String> {
    text.split('.').filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

fn label(block: &lang::Block) -> String {
    block.labels.first().map(|(label, _)| label.clone()).unwrap_or_default()
}

fn text(body: &Body, name: &str) -> String {
    body.value(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn texts(body: &Body, name: &str) -> Vec<String> {
    let elements = body.value(name).and_then(Value::as_elements).unwrap_or_default();
    elements.iter().filter_map(|element| element.as_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    #[test]
    fn every_question_writes_what_there_is() {
        let (sections, diagnostics) = read();
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        let (facts, _) = Catalog::embedded().facts(&mut Sources::new());
        for section in &sections {
            assert!(section.each.is_empty() || block_of(&section.each).is_some(), "{}", section.name);
            for question in &section.questions {
                let is_provider = question.writes.first().is_some_and(|first| first == "provider");
                let of_provider = || {
                    let name = question.writes.get(1)?;
                    facts.providers.values().find_map(|provider| provider.schema.argument(name))
                };
                let is_there = match (question.writes.is_empty(), is_provider) {
                    (true, _) => !question.argument.documentation.is_empty(),
                    (_, true) => of_provider().is_some(),
                    _ => written(&question.writes).is_some(),
                };
                assert!(is_there, "{}.{}", section.name, question.name);
                assert!(!question.title.is_empty(), "{}.{}", section.name, question.name);
            }
        }
    }
}
