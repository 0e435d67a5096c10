//! A way into one cluster: a real one through its kubeconfig, or the embedded sandbox with its players.

use std::fs::OpenOptions;
use std::io::Write;
use std::net::Ipv4Addr;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;

use serde_json::Value;
use sha2::Digest;

use super::Failure;
use super::Loaded;
use super::notices;
use super::writing::write_private;
use crate::config;
use crate::config::Declared;
use crate::config::ProviderSettings;
use crate::object::Address;
use crate::object::Object;
use crate::provider::kubernetes::Cluster;
use crate::provider::kubernetes::ClusterError;
use crate::provider::kubernetes::Faults;
use crate::provider::kubernetes::Loopback;
use crate::provider::kubernetes::Settings;
use crate::provider::maker::Maker;
use crate::provider::private;
use crate::provider::regular;
use crate::sandbox::KUBERNETES_VERSION;
use crate::sandbox::SERVED_BY;
use crate::sandbox::Sandbox;
use crate::sandbox::SandboxError;
use crate::sandbox::SandboxOptions;
use crate::sandbox::Serving;
use crate::sandbox::players::PlayerOptions;
use crate::sandbox::players::Players;
use crate::sandbox::players::PodFailure;
use crate::sandbox::players::PodFault;

/// Where everything local lives, beside the configuration: caches, kubeconfigs, the sandbox. Never state.
pub const LOCAL: &str = ".stackwright";
/// Below it: the embedded cluster.
pub const SANDBOX: &str = "sandbox";
/// Below that: the address of the cluster it is, where there are several.
const OWNER: &str = "cluster";
/// Beside it: how to reach the embedded cluster while it is served.
pub const KUBECONFIG: &str = "kubeconfig";
const SANDBOX_NODES: u64 = 3;
/// How long what was closed here may take to let go of its sandbox.
const CLOSING: Duration = Duration::from_secs(5);
/// What keeps the local directory out of version control.
const IGNORED: &str = "# Caches, keys, and the sandbox with its Secrets in clear: nothing for version control.\n*\n";
/// Faults that our own requests to any cluster meet, as [`Faults`] reads them. For tests and demonstrations.
const FAULTS: &str = "STACKWRIGHT_FAULTS";

/// A cluster that can be used, and what must stay alive for it.
pub struct Session {
    pub cluster: Cluster,
    /// It is our own sandbox, in this process or served by another one.
    is_sandbox: bool,
    /// Keeps the embedded cluster's controllers playing.
    sandbox: Option<Running>,
}

/// A sandbox of this process that other runs can use too; until it is dropped.
pub struct Shared {
    directory: PathBuf,
    kubeconfig: PathBuf,
    _serving: Serving,
}

impl Drop for Shared {
    fn drop(&mut self) {
        shared().retain(|directory| *directory != self.directory);
        // Who comes later opens the sandbox itself.
        std::fs::remove_file(&self.kubeconfig).ok();
    }
}

/// The sandboxes that this process shares: nobody waits for them to be closed.
static SHARED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn shared() -> MutexGuard<'static, Vec<PathBuf>> {
    SHARED.lock().unwrap_or_else(PoisonError::into_inner)
}

fn is_shared(directory: &Path) -> bool {
    shared().iter().any(|shared| shared == directory)
}

/// An embedded cluster with its players, who end with it: fields are dropped in this order.
pub struct Running {
    _players: Players,
    pub sandbox: Sandbox,
}

/// Enters the cluster of a `cluster` block.
pub async fn open(loaded: &Loaded, cluster: &Declared<config::Cluster>) -> Result<Session, Failure> {
    let mut session = enter_any(loaded, cluster).await?;
    if let Some(parallelism) = loaded.parallelism {
        session.cluster = session.cluster.asked_at_most(parallelism);
    }
    Ok(session)
}

async fn enter_any(loaded: &Loaded, cluster: &Declared<config::Cluster>) -> Result<Session, Failure> {
    let settings = loaded.installation.providers.get(&cluster.provider).cloned().unwrap_or_default();
    match cluster.provider.as_str() {
        "kubernetes" => kubernetes(&settings, loaded.files.root(), &cluster.address).await,
        "sandbox" => embedded(&settings, loaded, cluster).await,
        provider if loaded.makers.get(provider).is_none() => Err(Failure::world(
            format!("Cannot reach {}", cluster.address),
            format!("this version cannot work with provider {provider} yet"),
        )),
        provider => {
            let maker = maker(loaded, provider)?;
            Ok(Session::of(enter(maker.as_ref(), cluster).await?))
        }
    }
}

/// What makes the clusters of a provider.
pub fn maker(loaded: &Loaded, provider: &str) -> Result<Arc<dyn Maker>, Failure> {
    let summary = || format!("Cannot use provider.{provider}");
    let Some(open) = loaded.makers.get(provider) else {
        return Err(Failure::world(summary(), "this version cannot work with it yet"));
    };
    let settings = loaded.installation.providers.get(provider).cloned().unwrap_or_default();
    open(&settings.arguments, loaded.files.root()).map_err(|reason| Failure::world(summary(), reason))
}

/// Enters a cluster that a provider has made.
///
/// # Errors
/// It is not there, or cannot be reached.
pub async fn enter(maker: &dyn Maker, cluster: &Declared<config::Cluster>) -> Result<Cluster, Failure> {
    let summary = || format!("Cannot reach {}", cluster.address);
    let (client, description) = maker.connect(&cluster.name).await.map_err(|error| Failure::world(summary(), error))?;
    Ok(Cluster::from_client(faults()?.around(client), description))
}

impl Session {
    /// Of a cluster that needs nothing of us to run.
    pub fn of(cluster: Cluster) -> Self {
        Self { cluster, is_sandbox: false, sandbox: None }
    }

    /// Serves the sandbox that this session keeps running, for other runs to find it; `None` where it keeps none.
    ///
    /// # Errors
    /// It cannot be served.
    pub async fn share(&self, loaded: &Loaded, address: &Address) -> Result<Option<Shared>, Failure> {
        let Some(running) = &self.sandbox else { return Ok(None) };
        let directory = sandbox_directory(loaded, address)?;
        let kubeconfig = directory.join(KUBECONFIG);
        let serving = running.sandbox.serve((Ipv4Addr::LOCALHOST, 0).into(), &kubeconfig).await;
        let serving =
            serving.map_err(|error| Failure::world(format!("Cannot serve the sandbox of {address}"), error))?;
        shared().push(directory.clone());
        Ok(Some(Shared { directory, kubeconfig, _serving: serving }))
    }

    /// Of a sandbox that somebody else keeps running.
    pub fn of_sandbox(cluster: Cluster) -> Self {
        Self { is_sandbox: true, ..Self::of(cluster) }
    }

    /// Which cluster it is, for people to see before anything happens in it.
    pub fn place(&self) -> String {
        let (description, address) = (self.cluster.description(), self.cluster.address());
        match (self.is_sandbox, description == address) {
            (true, _) => "the embedded sandbox: nothing really runs".into(),
            (_, true) => description.to_owned(),
            _ => format!("{description} at {address}"),
        }
    }
}

async fn kubernetes(settings: &ProviderSettings, root: &Path, address: &Address) -> Result<Session, Failure> {
    let text = |name: &str| settings.arguments.get(name).and_then(Value::as_str);
    let kubeconfig = text("kubeconfig").map(|path| match path.strip_prefix("~/") {
        Some(rest) => std::env::home_dir().unwrap_or_default().join(rest),
        None => root.join(path),
    });
    let settings = Settings {
        kubeconfig: kubeconfig.into_iter().collect(),
        context: text("context").map(str::to_owned),
        in_cluster: false,
        faults: faults()?,
    };
    let cluster = Cluster::connect(&settings).await.map_err(|error| {
        let remedy = remedy(&error);
        let failure = Failure::world(format!("Cannot reach {address}"), error);
        match remedy {
            Some(remedy) => failure.help(remedy),
            None => failure,
        }
    })?;
    Ok(Session::of(cluster))
}

/// What to do where a cluster cannot be reached; `None` where the error itself says it.
fn remedy(error: &ClusterError) -> Option<&'static str> {
    match error {
        ClusterError::KubeconfigMissing { .. } | ClusterError::NoKubeconfig { .. } => Some(
            "Name the file in KUBECONFIG, or in the configuration:\n\nprovider \"kubernetes\" {\n  kubeconfig = \"FILE\"\n}",
        ),
        ClusterError::UnknownContext { .. } | ClusterError::NoCurrentContext { .. } => {
            Some("Choose one in the configuration:\n\nprovider \"kubernetes\" {\n  context = \"NAME\"\n}")
        }
        ClusterError::Unreachable { .. } => Some(
            "Is the cluster running, and can this machine reach it? `kubectl version` with the same kubeconfig tells.",
        ),
        _ => None,
    }
}

async fn embedded(
    settings: &ProviderSettings,
    loaded: &Loaded,
    cluster: &Declared<config::Cluster>,
) -> Result<Session, Failure> {
    let address = &cluster.address;
    local_directory(loaded.files.root())?;
    let directory = sandbox_directory(loaded, address)?;
    let version = cluster.kubernetes_version.as_deref();
    let summary = || format!("Cannot open the sandbox of {address}");
    let running = match start(&directory, settings, version).await {
        Ok(running) => running,
        // Somebody serves it, then it is a cluster like others; or another run has it.
        Err(SandboxError::Locked { path, holder }) => match served(&directory, &holder) {
            Some(way) => {
                let entered = Cluster::connect_loopback(&way, "the embedded sandbox", faults()?).await;
                let cluster = entered.map_err(|error| {
                    Failure::world(format!("Cannot reach {address}"), error)
                        .help(format!("The sandbox is served by {holder}. End it; what it has acknowledged is kept."))
                })?;
                return Ok(Session::of_sandbox(cluster));
            }
            None => return Err(not_opened(summary(), SandboxError::Locked { path, holder })),
        },
        Err(error) => return Err(not_opened(summary(), error)),
    };
    forget_served(&directory);
    let cluster = Cluster::from_client(faults()?.around(running.sandbox.client()), "the embedded sandbox");
    Ok(Session { cluster, is_sandbox: true, sandbox: Some(running) })
}

/// Where a sandbox cluster of a configuration lives: a directory each. The only one, and the one that was there before
/// others came, has `.stackwright/sandbox` itself; whose that is stands in a file there.
fn sandbox_directory(loaded: &Loaded, address: &Address) -> Result<PathBuf, Failure> {
    let first = loaded.files.root().join(LOCAL).join(SANDBOX);
    let clusters = loaded.installation.clusters.iter().filter(|cluster| cluster.provider == "sandbox");
    let mut addresses: Vec<&Address> = clusters.map(|cluster| &cluster.address).collect();
    addresses.sort_unstable();
    let owner = first.join(OWNER);
    let written: Option<Address> =
        regular::read_text(&owner, regular::LONGEST_TEXT).ok().and_then(|text| text.parse().ok());
    // An owner that is gone leaves its sandbox to the first of those that are there.
    let owns = match written.filter(|written| addresses.contains(&written)) {
        Some(written) => written == *address,
        None => addresses.first() == Some(&address),
    };
    if !owns {
        return Ok(loaded.files.root().join(LOCAL).join("sandboxes").join(file_name(&address.to_string())));
    }
    if addresses.len() > 1 && !owner.exists() {
        let made = private::directory(&first);
        made.map_err(|error| Failure::world(format!("Cannot make {}", first.display()), error))?;
        write_private(&owner, &address.to_string())?;
    }
    Ok(first)
}

/// A text as the name of a file: what a file system or a person could stumble over is replaced, and a digest keeps two
/// such names apart.
fn file_name(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let name: String = text.chars().map(|c| if plain(c) { c } else { '-' }).take(80).collect();
    if name == text {
        return name;
    }
    let digest = sha2::Sha256::digest(text);
    format!("{name}-{}", crate::object::normalize::hexadecimal(&digest[..4]))
}

pub fn faults() -> Result<Faults, Failure> {
    let text = std::env::var(FAULTS).unwrap_or_default();
    text.parse().map_err(|reason: String| Failure::world(format!("Cannot use {FAULTS}"), reason))
}

/// Opens the embedded cluster of a directory and starts its players.
///
/// # Arguments
///
/// * `version`: of Kubernetes, that it plays, as `v1.34.1` or `1.34`; `None` for its own.
///
/// # Errors
/// It cannot be opened, or another process has it.
pub async fn start(
    directory: &Path,
    settings: &ProviderSettings,
    version: Option<&str>,
) -> Result<Running, SandboxError> {
    let version = version.map_or_else(|| KUBERNETES_VERSION.to_owned(), full_version);
    let sandbox = open_sandbox(directory, &version).await?;
    Ok(play(sandbox, settings, version).await)
}

/// As [`start`], for an embedded cluster that ends with its last handle and leaves nothing behind.
///
/// # Errors
/// It cannot be opened.
pub async fn start_in_memory(settings: &ProviderSettings, version: Option<&str>) -> Result<Running, SandboxError> {
    let version = version.map_or_else(|| KUBERNETES_VERSION.to_owned(), full_version);
    let options = SandboxOptions { kubernetes_version: version.clone(), ..SandboxOptions::default() };
    Ok(play(Sandbox::open(None, options)?, settings, version).await)
}

async fn play(sandbox: Sandbox, settings: &ProviderSettings, version: String) -> Running {
    let nodes = settings.arguments.get("nodes").and_then(Value::as_u64).unwrap_or(SANDBOX_NODES);
    let options = PlayerOptions {
        nodes: nodes as usize,
        faults: pod_faults(settings),
        kubernetes_version: version,
        ..PlayerOptions::default()
    };
    let players = Players::start_in(&sandbox, options);
    wait_for_nodes(&sandbox).await;
    Running { _players: players, sandbox }
}

/// A version as servers tell it: `1.34` is `v1.34.0`.
fn full_version(version: &str) -> String {
    let numbers = version.trim_start_matches('v');
    if numbers.split('.').count() == 2 { format!("v{numbers}.0") } else { format!("v{numbers}") }
}

/// A cluster is there when its nodes are: a moment after it was opened for the first time.
async fn wait_for_nodes(sandbox: &Sandbox) {
    let cluster = Cluster::from_client(sandbox.client(), "the embedded sandbox");
    let wait = async {
        loop {
            let nodes = cluster.seen("", "v1", "Node").await.unwrap_or_default();
            let reported = |node: &Object| node.get("/status/conditions").is_some();
            if !nodes.is_empty() && nodes.iter().all(reported) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    // Without nodes nothing starts, and an apply says so.
    let _never_came = tokio::time::timeout(Duration::from_secs(2), wait).await;
}

/// The pods that are to fail, as the configuration names them: `"namespace/beginning" = "crash-loop"`.
fn pod_faults(settings: &ProviderSettings) -> Vec<PodFault> {
    let named = settings.arguments.get("faults").and_then(Value::as_object).into_iter().flatten();
    named
        .filter_map(|(pods, fault)| {
            let (namespace, prefix) = pods.split_once('/').unwrap_or(("", pods));
            let fault = PodFailure::of_name(fault.as_str()?)?;
            Some(PodFault { namespace: namespace.to_owned(), name_prefix: prefix.to_owned(), fault })
        })
        .collect()
}

/// Opens the embedded cluster of a directory; nobody else may have it open. Who has closed it here is waited for: its
/// players end a moment after it.
async fn open_sandbox(directory: &Path, version: &str) -> Result<Sandbox, SandboxError> {
    let end = Instant::now() + CLOSING;
    loop {
        let options = SandboxOptions { kubernetes_version: version.to_owned(), ..SandboxOptions::default() };
        match Sandbox::open(Some(directory), options) {
            Err(error) if error.is_held_here() && !is_shared(directory) && Instant::now() < end => {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            opened => return opened,
        }
    }
}

/// Why the embedded cluster is not there, and what to do.
pub fn not_opened(summary: impl Into<String>, error: SandboxError) -> Failure {
    let help = match &error {
        SandboxError::Locked { .. } => Some(
            "Wait until that process has ended. To share the sandbox between several, serve it: \
             `stackwright sandbox serve`.",
        ),
        error if error.is_full() => {
            Some("Make room on that disk and run again: nothing that was acknowledged is lost.")
        }
        _ => None,
    };
    let failure = Failure::world(summary, error);
    match help {
        Some(help) => failure.help(help),
        None => failure,
    }
}

/// The way to the process that holds a sandbox, where it serves it. Somebody may have put another file in the place of
/// its kubeconfig: that is not used, and told.
fn served(directory: &Path, holder: &str) -> Option<Loopback> {
    let path = directory.join(KUBECONFIG);
    let read = match regular::read_text(&path, regular::LONGEST_CREDENTIAL) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        Err(error) => Err(error.to_string()),
        Ok(text) => match text.lines().next().and_then(|line| line.strip_prefix(SERVED_BY)) {
            Some(server) if server == holder => Loopback::read(&text),
            _ => Err(format!("it is not of {holder}, which has the sandbox")),
        },
    };
    read.map_err(|reason| notices::add(format!("{} is ignored: {reason}", path.display()))).ok()
}

/// Nobody serves the sandbox: what tells of a server is of one that was killed, or somebody else's.
fn forget_served(directory: &Path) {
    let path = directory.join(KUBECONFIG);
    if std::fs::symlink_metadata(&path).is_err() {
        return;
    }
    let text = regular::read_text(&path, regular::LONGEST_CREDENTIAL).unwrap_or_default();
    let is_ours = text.starts_with(SERVED_BY) && std::fs::remove_file(&path).is_ok();
    notices::add(match is_ours {
        true => format!("{} was of a server that has ended, and is deleted", path.display()),
        false => format!("{} is ignored: nobody serves the sandbox", path.display()),
    });
}

/// `.stackwright` beside the configuration, for nobody else to read and for no version control to take.
///
/// # Errors
/// It cannot be made or written, or somebody else has it and lets others in.
pub fn local_directory(root: &Path) -> Result<PathBuf, Failure> {
    let directory = root.join(LOCAL);
    let prepare = || -> std::io::Result<()> {
        private::directory(&directory)?;
        private::tighten_all(&directory)?;
        let ignore = directory.join(".gitignore");
        match private::open(OpenOptions::new().write(true).create_new(true), &ignore) {
            Ok(mut file) => file.write_all(IGNORED.as_bytes()),
            Err(_) if std::fs::symlink_metadata(&ignore).is_ok() => Ok(()),
            Err(error) => Err(error),
        }
    };
    prepare().map_err(|error| {
        let kind = error.kind();
        let failure = Failure::world(format!("Cannot use {}", directory.display()), error);
        match kind {
            std::io::ErrorKind::InvalidInput => failure.help(
                "It holds keys and, in a sandbox, Secrets in clear. Take the rights of others away (chmod -R go= DIR), or \
                 move it away and let it be made anew.",
            ),
            _ => failure,
        }
    })?;
    Ok(directory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_was_closed_here_is_waited_for() {
        let directory = tempfile::tempdir().unwrap();
        let options = SandboxOptions::default();
        let first = Sandbox::open(Some(directory.path()), options.clone()).unwrap();
        // As players do that still answer when their session has ended.
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(200)).await;
            drop(first);
        });
        let second = open_sandbox(directory.path(), KUBERNETES_VERSION).await.unwrap();
        let error = Sandbox::open(Some(directory.path()), options).unwrap_err();
        assert!(error.is_held_here(), "{error}");
        let elsewhere = SandboxError::Locked { path: directory.path().into(), holder: "process 1 since then".into() };
        assert!(!elsewhere.is_held_here());
        drop(second);
    }
}
