//! What the rules need to know of providers. Filled by `catalog`'s data; `config` only asks.

use std::collections::BTreeMap;

use super::schema::Block;

/// Facts about where something can be installed.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Providers by name.
    pub providers: BTreeMap<String, ProviderFacts>,
}

/// What a cluster must have at least.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeastSize {
    /// vCPU of all nodes together.
    pub cpu: u64,
    /// GB of memory of all nodes together.
    pub memory_gb: u64,
    pub nodes: u64,
}

/// A provider: what can be set on it, and which arguments of clusters have a meaning there.
#[derive(Clone, Debug, Default)]
pub struct ProviderFacts {
    /// Its `provider` block.
    pub schema: Block,
    /// Arguments and blocks of `cluster` that this provider uses, of those that not all do.
    pub cluster_arguments: Vec<String>,
    /// Those of them that must be given.
    pub cluster_required: Vec<String>,
    /// Whether it can make node pools.
    pub node_pools: bool,
    /// Operating systems of nodes with their versions; no version listed means any.
    pub node_os: BTreeMap<String, Vec<String>>,
}
