//! What `config`'s rules need to know of the data here: releases and providers.

use std::collections::BTreeMap;

use crate::config::ArgumentFacts;
use crate::config::Facts;
use crate::config::ProviderFacts;
use crate::config::ReleaseFacts;
use crate::diag::Diagnostics;
use crate::diag::Sources;
use crate::lang::Block;
use crate::lang::Body;
use crate::lang::NoFiles;
use crate::lang::Scope;
use crate::lang::Value;
use crate::lang::evaluate_definition;

use super::Catalog;

impl Catalog {
    /// Reads all releases and providers. The findings are mistakes in a `--catalog` directory: the built-in data is
    /// tested.
    pub fn facts(&self, sources: &mut Sources) -> (Facts, Diagnostics) {
        let mut facts = Facts::default();
        let mut diagnostics = Diagnostics::new();
        for version in self.releases() {
            let (release, findings) = self.release(&version, sources);
            diagnostics.extend(findings);
            if let Some(release) = release {
                let mut renamed: BTreeMap<String, Vec<String>> = BTreeMap::new();
                for (name, was) in release.renamed() {
                    let gone = was.iter().filter(|old| !release.components.contains_key(*old));
                    gone.for_each(|old| renamed.entry(old.clone()).or_default().push(name.to_owned()));
                }
                let known = ReleaseFacts {
                    kubernetes: (release.kubernetes_min, release.kubernetes_max),
                    components: release.components.into_keys().collect(),
                    editions: release.editions,
                    renamed,
                };
                facts.releases.insert(version, known);
            }
        }
        let files: Vec<(String, String)> =
            self.files_under("providers/").map(|(path, text)| (path.to_owned(), text.to_owned())).collect();
        for (path, text) in files {
            let Some(name) = path.strip_prefix("providers/").and_then(|rest| rest.strip_suffix("/provider.hcl")) else {
                continue;
            };
            let source = sources.add(path.clone(), text);
            let definition = evaluate_definition(sources, &[source], &["provider"], &Scope::default(), &[], &NoFiles);
            diagnostics.extend(definition.diagnostics);
            for block in definition.blocks {
                facts.providers.insert(name.to_owned(), provider(&block));
            }
        }
        (facts, diagnostics)
    }
}

fn node_os(entries: &BTreeMap<String, Value>) -> BTreeMap<String, Vec<String>> {
    let versions = |value: &Value| -> Vec<String> {
        let elements = value.as_elements().unwrap_or_default();
        elements.iter().filter_map(|element| element.as_str().map(str::to_owned)).collect()
    };
    entries.iter().map(|(name, value)| (name.clone(), versions(value))).collect()
}

fn provider(block: &Block) -> ProviderFacts {
    let texts = |name: &str| texts(&block.body, name);
    let arguments = block.body.blocks_of("argument").filter_map(|argument| {
        let text = |name: &str| argument.body.value(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let fact = ArgumentFacts {
            kind: text("type"),
            values: self::texts(&argument.body, "values"),
            required: argument.body.value("required").and_then(Value::as_bool).unwrap_or(false),
            description: text("description"),
        };
        Some((argument.labels.first()?.0.clone(), fact))
    });
    ProviderFacts {
        arguments: arguments.collect(),
        cluster_arguments: texts("cluster_arguments"),
        cluster_required: texts("cluster_required"),
        node_os: block.body.value("node_os").and_then(Value::as_entries).map(node_os).unwrap_or_default(),
        node_pools: block.body.value("node_pools").and_then(Value::as_bool).unwrap_or(false),
    }
}

fn texts(body: &Body, name: &str) -> Vec<String> {
    let elements = body.value(name).and_then(Value::as_elements).unwrap_or_default();
    elements.iter().filter_map(|value| value.as_str().map(str::to_owned)).collect()
}
