//! Stand-ins for the controllers of a cluster and of the platform.
//!
//! A player is an ordinary client of an API server: it keeps a copy of the kinds it cares for with a list and a watch,
//! and writes under the field manager of the controller it stands in for. So the same players act in the sandbox and,
//! where the true controller cannot run, on a real control plane. They act on changes only: a quiet cluster sees no
//! writes. What a player does with an object is in its file; how it is called, in `runner`.

mod api;
mod authority;
mod certificates;
mod cluster_roles;
mod daemon_sets;
mod deployments;
mod error;
mod events;
mod garbage;
mod informer;
mod injector;
mod jobs;
mod kubelet;
mod look;
mod namespaces;
mod nodes;
mod notebooks;
mod options;
mod pod_status;
mod pods;
mod profiles;
mod quotas;
mod replica_sets;
mod runner;
mod scaling;
mod scheduler;
mod services;
mod stateful_sets;
mod statuses;
#[cfg(test)]
mod tests;
mod volumes;
mod webhooks;
mod world;

use std::collections::BTreeSet;
use std::collections::HashMap;
use std::sync::Arc;

use kube::Client;
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio::task::JoinSet;

use self::world::Change;
use self::world::KindInfo;
use self::world::World;
use super::Sandbox;
use crate::object::schema::library;

pub use options::PlayerOptions;
pub use options::PlayerSet;
pub use options::PodFailure;
pub use options::PodFault;

/// Players that act until they are stopped or dropped.
#[derive(Debug)]
pub struct Players {
    tasks: JoinSet<()>,
}

impl Players {
    /// Starts players with the default options. Must be called inside a Tokio runtime; returns at once.
    pub fn start(client: Client, which: PlayerSet) -> Self {
        Self::start_with(client, which, PlayerOptions::default())
    }

    /// Starts all players in a sandbox, and lets every webhook's Service that has no program of its own admit everything.
    pub fn start_in(sandbox: &Sandbox, options: PlayerOptions) -> Self {
        sandbox.agree_by_default();
        Self::start_with(sandbox.client(), PlayerSet::all(), options)
    }

    /// Starts players with options.
    pub fn start_with(client: Client, which: PlayerSet, options: PlayerOptions) -> Self {
        let world = Arc::new(World::new());
        let options = Arc::new(options);
        let mut tasks = JoinSet::new();
        let (recorder, events) = events::Recorder::new();
        tasks.spawn(events::write(client.clone(), events));
        let mut kinds: BTreeSet<&'static str> = BTreeSet::new();
        let mut all_kinds = false;
        for role in CAST.iter().filter(|role| which.contains(role.name)) {
            let player = (role.make)();
            let (sender, changes) = mpsc::unbounded_channel();
            all_kinds |= player.watches().is_empty();
            kinds.extend(player.watches());
            world.listen(runner::kinds(player.watches()), sender);
            let stage = runner::Stage {
                api: api::Api::new(client.clone(), Arc::clone(&world), role.manager),
                world: Arc::clone(&world),
                options: Arc::clone(&options),
                events: recorder.clone(),
            };
            tasks.spawn(runner::run(player, Arc::new(stage), changes));
        }
        tasks.spawn(watch_all(client, world, kinds, all_kinds));
        Self { tasks }
    }

    /// Ends all players and waits until they have.
    pub async fn stop(mut self) {
        self.tasks.shutdown().await;
    }
}

/// One part to play: its name in a [`PlayerSet`], whom it writes as, and whether a real control plane needs it too.
struct Role {
    name: &'static str,
    /// The field manager of the controller it stands in for.
    manager: &'static str,
    outside_cluster: bool,
    make: fn() -> Arc<dyn runner::Player>,
}

macro_rules! role {
    ($name:literal, $manager:literal, $outside:literal, $player:expr) => {
        Role { name: $name, manager: $manager, outside_cluster: $outside, make: || Arc::new($player) }
    };
}

/// All there are.
const CAST: &[Role] = &[
    role!("nodes", "kubelet", false, nodes::Nodes),
    role!("namespaces", "kube-controller-manager", false, namespaces::Namespaces),
    role!("garbage", "kube-controller-manager", false, garbage::Garbage::default()),
    role!("deployments", "kube-controller-manager", false, deployments::Deployments),
    role!("replica-sets", "kube-controller-manager", false, replica_sets::ReplicaSets),
    role!("stateful-sets", "kube-controller-manager", false, stateful_sets::StatefulSets),
    role!("daemon-sets", "kube-controller-manager", false, daemon_sets::DaemonSets),
    role!("jobs", "kube-controller-manager", false, jobs::Jobs),
    role!("kubelet", "kubelet", false, kubelet::Kubelet::default()),
    role!("services", "kube-controller-manager", false, services::Services),
    role!("volumes", "kube-controller-manager", false, volumes::Volumes),
    role!("quotas", "kube-controller-manager", false, quotas::Quotas),
    role!("scaling", "kube-controller-manager", false, scaling::Scaling),
    role!("cluster-roles", "clusterrole-aggregation-controller", false, cluster_roles::ClusterRoles),
    role!("certificates", "cert-manager-certificates-issuing", true, certificates::Certificates),
    role!("injector", "cert-manager-cainjector", true, injector::Injector),
    role!("webhooks", "pilot-discovery", true, webhooks::Webhooks),
    role!("profiles", "profile-controller", true, profiles::Profiles),
    role!("notebooks", "notebook-controller", true, notebooks::Notebooks),
    role!("statuses", "controller", true, statuses::Statuses::of_programs()),
    role!("api-services", "kube-aggregator", false, statuses::Statuses::of_server()),
];

/// Keeps a watch on every kind the players care for, custom ones as long as their CRD is there.
async fn watch_all(client: Client, world: Arc<World>, wanted: BTreeSet<&'static str>, all: bool) {
    let (sender, mut definitions) = mpsc::unbounded_channel();
    world.listen(runner::kinds(&[CRDS]), sender);
    let mut watches = JoinSet::new();
    for kind in library::kinds().iter().filter(|kind| kind.verbs.contains(&"watch")) {
        let key = if kind.gvk.group.is_empty() {
            kind.plural.to_owned()
        } else {
            format!("{}.{}", kind.plural, kind.gvk.group)
        };
        let noisy = kind.gvk.kind == "Event";
        let Some(info) = world.info(&key).filter(|info| info.version == kind.gvk.version && !noisy) else { continue };
        if all || wanted.contains(key.as_str()) || key == CRDS {
            world.expect(&info.key());
            watches.spawn(informer::watch(client.clone(), Arc::clone(&world), info));
        }
    }
    let mut custom = CustomWatches { client, world, wanted, all, running: HashMap::new(), watches };
    custom.world.listed(CRDS).await;
    while let Ok(change) = definitions.try_recv() {
        custom.follow(&change);
    }
    // Now every kind that the cluster serves from the start is expected.
    let world = Arc::clone(&custom.world);
    custom.watches.spawn(async move { world.complete().await });
    while let Some(change) = definitions.recv().await {
        custom.follow(&change);
    }
}

const CRDS: &str = "customresourcedefinitions.apiextensions.k8s.io";

/// The watches on kinds that CRDs define.
struct CustomWatches {
    client: Client,
    world: Arc<World>,
    wanted: BTreeSet<&'static str>,
    all: bool,
    running: HashMap<String, (KindInfo, AbortHandle)>,
    watches: JoinSet<()>,
}

impl CustomWatches {
    /// Begins or ends the watch on a kind as its CRD wants it.
    fn follow(&mut self, change: &Change) {
        let name = change.key.name.as_str();
        if !self.all && !self.wanted.contains(name) {
            return;
        }
        let info = custom_kind(&change.object).filter(|_| !change.gone);
        let established = look::condition_holds(&change.object, "Established");
        match info {
            Some(info) if established => {
                if self.running.get(name).is_some_and(|(known, _)| *known == info) {
                    return;
                }
                self.world.add_kind(info.clone());
                self.world.expect(&info.key());
                let watch = informer::watch(self.client.clone(), Arc::clone(&self.world), info.clone());
                let task = self.watches.spawn(watch);
                if let Some((_, old)) = self.running.insert(name.to_owned(), (info, task)) {
                    old.abort();
                }
            }
            _ => {
                if let Some((_, task)) = self.running.remove(name) {
                    task.abort();
                    self.world.drop_kind(&name.into());
                }
            }
        }
    }
}

/// Where a CRD's objects are served: in the version they are stored in, which is served by rule.
fn custom_kind(definition: &Value) -> Option<KindInfo> {
    let versions = look::items(definition, "/spec/versions");
    let served = |version: &&Value| version["served"] == true;
    let version = versions.iter().filter(served).find(|v| v["storage"] == true).or(versions.iter().find(served))?;
    Some(KindInfo {
        group: look::text(definition, "/spec/group").to_owned(),
        version: look::text(version, "/name").to_owned(),
        kind: look::text(definition, "/spec/names/kind").to_owned(),
        plural: look::text(definition, "/spec/names/plural").to_owned(),
        namespaced: look::text(definition, "/spec/scope") == "Namespaced",
    })
}
