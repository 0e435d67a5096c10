//! What the rules need to know of providers. Filled by `catalog`'s data; `config` only asks.

use std::collections::BTreeMap;

use super::schema;
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
    /// Its clusters need more than the questions of `init` ask for.
    pub only_by_hand: bool,
    /// Node pools are made with their cluster, and change only with it.
    pub pools_are_fixed: bool,
    /// A version of Kubernetes must be whole: images are named by it.
    pub full_versions: bool,
    /// As of clusters: arguments and blocks of `node_pool` that it uses, and those that must be given.
    pub node_pool_arguments: Vec<String>,
    pub node_pool_required: Vec<String>,
    /// Operating systems of nodes with their versions; no version listed means any.
    pub node_os: BTreeMap<String, Vec<String>>,
}

impl ProviderFacts {
    /// What it uses of a kind of block, of what not all do.
    pub fn used(&self, kind: &str) -> &[String] {
        if kind == "cluster" { &self.cluster_arguments } else { &self.node_pool_arguments }
    }

    /// What it needs of a kind of block.
    pub fn required(&self, kind: &str) -> &[String] {
        if kind == "cluster" { &self.cluster_required } else { &self.node_pool_required }
    }

    /// Whether an argument or block of a kind of block has a meaning there.
    pub fn uses(&self, kind: &str, name: &str) -> bool {
        let is_specific = schema::block(kind).is_some_and(|block| block.provider_specific().any(|one| one == name));
        !is_specific || self.used(kind).iter().any(|used| used == name)
    }
}
