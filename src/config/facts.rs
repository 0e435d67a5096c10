//! What the rules need to know of releases and providers. Filled by `catalog`'s data; `config` only asks.

use std::collections::BTreeMap;

/// Facts about what can be installed, and where.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Releases by version.
    pub releases: BTreeMap<String, ReleaseFacts>,
    /// Providers by name.
    pub providers: BTreeMap<String, ProviderFacts>,
}

/// A release of the platform.
#[derive(Clone, Debug, Default)]
pub struct ReleaseFacts {
    /// Oldest and newest Kubernetes minor version it runs on, as `1.29`.
    pub kubernetes: (String, String),
    /// Built-in components.
    pub components: Vec<String>,
    /// What each edition asks of a cluster, by its name.
    pub editions: BTreeMap<String, LeastSize>,
    /// Names that components of this release had in earlier ones, each with the names they have now.
    pub renamed: BTreeMap<String, Vec<String>>,
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
    pub arguments: BTreeMap<String, ArgumentFacts>,
    /// Arguments and blocks of `cluster` that this provider uses, beyond `provider` and `tags`.
    pub cluster_arguments: Vec<String>,
    /// Those of them that must be given.
    pub cluster_required: Vec<String>,
    /// Whether it can make node pools.
    pub node_pools: bool,
    /// Operating systems of nodes with their versions; no version listed means any.
    pub node_os: BTreeMap<String, Vec<String>>,
}

/// An argument of a provider.
#[derive(Clone, Debug, Default)]
pub struct ArgumentFacts {
    /// `string`, `number`, `bool`, `map` (of strings)
    pub kind: String,
    /// What it, or every value of the map, may be; empty: anything.
    pub values: Vec<String>,
    pub required: bool,
    pub description: String,
}
