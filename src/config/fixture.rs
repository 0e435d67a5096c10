//! For tests: what a text decodes to, without a directory or the catalog.

use std::collections::BTreeMap;

use super::Declared;
use super::Facts;
use super::Installation;
use super::Platform;
use super::ProviderFacts;
use super::RESOURCE_KINDS;
use super::decode;
use super::schema;
use crate::diag::Diagnostics;
use crate::diag::Sources;
use crate::lang::Configuration;
use crate::lang::Environment;
use crate::lang::NoFiles;
use crate::lang::NothingComputed;

/// What clusters and node pools of templates take; none of the providers here makes such.
const OF_TEMPLATES: [&str; 5] = ["topology", "control_plane", "infrastructure", "machine_class", "bootstrap"];

/// Reads a configuration. There are the providers `kubernetes`, without arguments, and `scp`, which uses everything else.
pub fn read(text: &str) -> (Installation, Diagnostics, Sources) {
    let mut sources = Sources::new();
    let file = sources.add("main.hcl", text);
    let (configuration, mut diagnostics) = Configuration::load(&mut sources, &[file], &RESOURCE_KINDS, &NoFiles);
    let environment =
        Environment { assignments: &[], computed: &NothingComputed, reader: &NoFiles, working_directory: "" };
    let (evaluated, findings) = configuration.evaluate(&environment);
    diagnostics.extend(findings);
    let (installation, findings) = decode(&evaluated, &facts());
    diagnostics.extend(findings);
    (installation, diagnostics, sources)
}

/// A platform `platform.ml` of `cluster.main` with this inside.
pub fn platform(body: &str) -> Declared<Platform> {
    let text = format!(
        "cluster \"main\" {{ provider = kubernetes }}\nplatform \"ml\" {{\ncluster = cluster.main\n{body}\n}}\n"
    );
    let (mut installation, diagnostics, _) = read(&text);
    installation.platforms.pop().unwrap_or_else(|| panic!("{diagnostics:?}"))
}

fn facts() -> Facts {
    let names = |kind: &str| -> Vec<String> {
        let all = schema::block(kind).map(|s| s.provider_specific()).into_iter().flatten();
        all.filter(|name| !OF_TEMPLATES.contains(name)).map(str::to_owned).collect()
    };
    let provider = |name: &str, cluster_arguments: Vec<String>| {
        let mut schema = schema::block("provider").cloned().unwrap_or_default();
        schema.name = format!("provider \"{name}\"");
        let node_os = [("ubuntu".to_owned(), vec!["22.04".to_owned()])].into();
        let is_cloud = !cluster_arguments.is_empty();
        let node_pool_arguments = if is_cloud { names("node_pool") } else { Vec::new() };
        let facts = ProviderFacts {
            schema,
            cluster_arguments,
            node_pools: is_cloud,
            node_pool_arguments,
            node_os,
            ..ProviderFacts::default()
        };
        (name.to_owned(), facts)
    };
    Facts { providers: BTreeMap::from([provider("kubernetes", Vec::new()), provider("scp", names("cluster"))]) }
}
