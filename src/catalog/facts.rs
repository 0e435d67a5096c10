//! What `config`'s rules need to know of the providers here.

use crate::config::Decoder;
use crate::config::Facts;
use crate::config::ProviderFacts;
use crate::config::Unknown;
use crate::config::schema;
use crate::diag::Diagnostics;
use crate::diag::Sources;
use crate::lang::Block;
use crate::lang::NoFiles;
use crate::lang::Scope;
use crate::lang::Value;
use crate::lang::evaluate_definition;

use super::Catalog;
use super::schemas::definitions;

impl Catalog {
    /// Reads all providers. The findings are mistakes in a `--catalog` directory: the built-in data is tested.
    pub fn facts(&self, sources: &mut Sources) -> (Facts, Diagnostics) {
        let mut facts = Facts::default();
        let mut diagnostics = Diagnostics::new();
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
                let provider = provider(name, &block, &mut diagnostics);
                facts.providers.extend(provider.map(|provider| (name.to_owned(), provider)));
            }
        }
        (facts, diagnostics)
    }
}

fn provider(name: &str, block: &Block, diagnostics: &mut Diagnostics) -> Option<ProviderFacts> {
    let definition = definitions().iter().find(|definition| definition.name == "provider")?;
    let node = Decoder::new(None, Unknown::Refused, diagnostics).block(definition, block)?;
    let arguments = block.body.blocks_of("argument").map(|found| schema::argument(found, diagnostics)).collect();
    let text = |name: &str| node.text(name).unwrap_or_default();
    let versions = |value: &Value| -> Vec<String> {
        let elements = value.as_elements().unwrap_or_default();
        elements.iter().filter_map(|element| element.as_str().map(str::to_owned)).collect()
    };
    Some(ProviderFacts {
        schema: schema::Block {
            name: format!("provider \"{name}\""),
            documentation: text("description"),
            example: text("example").trim_end().to_owned(),
            label: "the provider's name".to_owned(),
            arguments,
            ..schema::Block::default()
        },
        cluster_arguments: node.texts("cluster_arguments"),
        cluster_required: node.texts("cluster_required"),
        node_pools: node.flag("node_pools"),
        only_by_hand: node.flag("only_by_hand"),
        pools_are_fixed: node.flag("pools_are_fixed"),
        full_versions: node.flag("full_versions"),
        node_pool_arguments: node.texts("node_pool_arguments"),
        node_pool_required: node.texts("node_pool_required"),
        node_os: node.map("node_os").iter().map(|(os, value)| (os.clone(), versions(value))).collect(),
    })
}
