//! How the players act: what machines the cluster has, and which pods must fail.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::sandbox::KUBERNETES_VERSION;

/// Which players act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlayerSet(BTreeSet<&'static str>);

impl PlayerSet {
    /// All of them: for a server without any controller.
    pub fn all() -> Self {
        Self(super::CAST.iter().map(|role| role.name).collect())
    }

    /// Those whose true controller cannot run outside a cluster, for a real control plane that has its own
    /// controllers for built-in kinds.
    pub fn outside_cluster() -> Self {
        Self(super::CAST.iter().filter(|role| role.outside_cluster).map(|role| role.name).collect())
    }

    /// Only some, by their names.
    pub fn only(names: &[&str]) -> Self {
        let mut set = Self::all();
        set.0.retain(|name| names.contains(name));
        set
    }

    /// The same without some, by their names (see [`PlayerSet::names`]).
    pub fn without(mut self, names: &[&str]) -> Self {
        self.0.retain(|name| !names.contains(name));
        self
    }

    pub fn contains(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().copied()
    }
}

/// What the players are given to act with.
#[derive(Clone, Debug)]
pub struct PlayerOptions {
    /// How many nodes there are, unless the cluster has nodes already.
    pub nodes: usize,
    /// Capacity of each, as quantities.
    pub node_cpu: String,
    pub node_memory: String,
    /// What the nodes' kubelets say they are, e.g. `v1.31.4`.
    pub kubernetes_version: String,
    /// Events of pods that start as they should (`Scheduled`, `Pulled`, `Created`, `Started`) are written too.
    pub routine_events: bool,
    pub faults: Vec<PodFault>,
    /// Uids of pods that stay as they are once they have a node: what runs in them is known, and is not played.
    pub settled: Arc<BTreeSet<String>>,
}

impl Default for PlayerOptions {
    fn default() -> Self {
        Self {
            nodes: 3,
            node_cpu: "16".into(),
            node_memory: "64Gi".into(),
            kubernetes_version: KUBERNETES_VERSION.into(),
            routine_events: true,
            faults: Vec::new(),
            settled: Arc::default(),
        }
    }
}

/// Pods that must fail. A pod can also ask for it by the annotation `sandbox.stackwright.io/fault` with the fault's
/// name; `sandbox.stackwright.io/log` is then the end of its log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodFault {
    /// Empty: any.
    pub namespace: String,
    /// Pods whose names start so.
    pub name_prefix: String,
    pub fault: PodFailure,
}

/// How a pod fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PodFailure {
    /// `image-pull`: ImagePullBackOff.
    ImagePull,
    /// `crash-loop`: CrashLoopBackOff, with the end of the log in the last state's message.
    CrashLoop,
    /// `unschedulable`: no node fits.
    Unschedulable,
    /// `never-ready`: runs, and its readiness probe fails.
    NeverReady,
}

impl PodFailure {
    /// From the value of the annotation.
    pub fn of_name(name: &str) -> Option<Self> {
        match name {
            "image-pull" => Some(Self::ImagePull),
            "crash-loop" => Some(Self::CrashLoop),
            "unschedulable" => Some(Self::Unschedulable),
            "never-ready" => Some(Self::NeverReady),
            _ => None,
        }
    }
}
