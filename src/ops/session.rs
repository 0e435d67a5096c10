//! A way into one cluster: a real one through its kubeconfig, or the embedded sandbox with its players.

use std::path::Path;
use std::path::PathBuf;

use serde_json::Value;

use super::Failure;
use super::Loaded;
use crate::config;
use crate::config::ProviderSettings;
use crate::provider::kubernetes::Cluster;
use crate::provider::kubernetes::Settings;
use crate::sandbox::Faults;
use crate::sandbox::Sandbox;
use crate::sandbox::SandboxOptions;
use crate::sandbox::players::PlayerOptions;
use crate::sandbox::players::Players;

/// Where everything local lives, beside the configuration: caches, kubeconfigs, the sandbox. Never state.
pub const LOCAL: &str = ".stackwright";
/// Below it: the embedded cluster.
pub const SANDBOX: &str = "sandbox";
/// Below that: how to reach the embedded cluster while it is served.
pub const KUBECONFIG: &str = "kubeconfig";
const SANDBOX_NODES: u64 = 3;
/// Faults that our own requests to the embedded cluster meet, as [`Faults`] reads them. For tests and demonstrations.
const FAULTS: &str = "STACKWRIGHT_SANDBOX_FAULTS";

/// A cluster that can be used, and what must stay alive for it.
pub struct Session {
    pub cluster: Cluster,
    /// Keeps the embedded cluster's controllers playing.
    _sandbox: Option<Running>,
}

/// An embedded cluster with its players.
pub struct Running {
    pub sandbox: Sandbox,
    players: Option<Players>,
}

impl Drop for Running {
    fn drop(&mut self) {
        // Dropping the players ends them.
        self.players.take();
    }
}

/// Enters the cluster of a `cluster` block.
pub async fn open(loaded: &Loaded, cluster: &config::Cluster) -> Result<Session, Failure> {
    let settings = loaded.installation.providers.get(&cluster.provider).cloned().unwrap_or_default();
    match cluster.provider.as_str() {
        "kubernetes" => kubernetes(&settings, loaded.files.root(), &cluster.address).await,
        "sandbox" => embedded(&settings, loaded.files.root(), &cluster.address).await,
        other => Err(Failure::world(
            format!("Cannot reach {}", cluster.address),
            format!("this version cannot work with provider {other} yet"),
        )),
    }
}

async fn kubernetes(settings: &ProviderSettings, root: &Path, address: &str) -> Result<Session, Failure> {
    let text = |name: &str| settings.arguments.get(name).and_then(Value::as_str);
    let kubeconfig = text("kubeconfig").map(|path| match path.strip_prefix("~/") {
        Some(rest) => std::env::home_dir().unwrap_or_default().join(rest),
        None => root.join(path),
    });
    let settings = Settings {
        kubeconfig: kubeconfig.into_iter().collect(),
        context: text("context").map(str::to_owned),
        in_cluster: false,
    };
    let cluster = Cluster::connect(&settings)
        .await
        .map_err(|error| Failure::from_error(format!("Cannot reach {address}"), &error))?;
    Ok(Session { cluster, _sandbox: None })
}

async fn embedded(settings: &ProviderSettings, root: &Path, address: &str) -> Result<Session, Failure> {
    let directory = local_directory(root)?.join(SANDBOX);
    // Somebody serves the sandbox already: then it is a cluster like others.
    if let Some(kubeconfig) = served(&directory) {
        let settings = Settings { kubeconfig: vec![kubeconfig], ..Settings::default() };
        if let Ok(cluster) = Cluster::connect(&settings).await {
            return Ok(Session { cluster, _sandbox: None });
        }
    }
    let running = start(&directory, settings).await.map_err(|failure| match failure {
        Failure::World { causes, help, .. } => {
            Failure::World { summary: format!("Cannot open the sandbox of {address}"), causes, help }
        }
        other => other,
    })?;
    let cluster = Cluster::from_client(running.sandbox.client_behind(&faults()?), "the embedded sandbox");
    Ok(Session { cluster, _sandbox: Some(running) })
}

fn faults() -> Result<Faults, Failure> {
    let text = std::env::var(FAULTS).unwrap_or_default();
    text.parse().map_err(|reason: String| Failure::world(format!("Cannot use {FAULTS}"), reason))
}

/// Opens the embedded cluster of a directory and starts its players.
pub async fn start(directory: &Path, settings: &ProviderSettings) -> Result<Running, Failure> {
    let sandbox = open_sandbox(directory)?;
    let nodes = settings.arguments.get("nodes").and_then(Value::as_u64).unwrap_or(SANDBOX_NODES);
    let options = PlayerOptions { nodes: nodes as usize, ..PlayerOptions::default() };
    let players = Players::start_in(&sandbox, options);
    Ok(Running { sandbox, players: Some(players) })
}

/// Opens the embedded cluster of a directory; nobody else may have it open.
pub fn open_sandbox(directory: &Path) -> Result<Sandbox, Failure> {
    Sandbox::open(Some(directory), SandboxOptions::default())
        .map_err(|error| Failure::from_error("Cannot open the sandbox", &error))
}

/// The kubeconfig that `sandbox serve` keeps while it runs.
fn served(directory: &Path) -> Option<PathBuf> {
    let path = directory.join(KUBECONFIG);
    path.is_file().then_some(path)
}

/// `.stackwright` beside the configuration, for nobody else to read.
pub fn local_directory(root: &Path) -> Result<PathBuf, Failure> {
    use std::os::unix::fs::DirBuilderExt;
    let directory = root.join(LOCAL);
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&directory);
    made.map_err(|error| Failure::world(format!("Cannot make {}", directory.display()), error))?;
    Ok(directory)
}
