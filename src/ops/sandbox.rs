//! Serves and resets the embedded cluster of a configuration directory.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::Cause;
use super::Failure;
use super::Known;
use super::Request;
use super::load;
use super::session;
use crate::config::ProviderSettings;
use crate::sandbox::Sandbox;
use crate::sandbox::SandboxError;
use crate::sandbox::cloud::CloudOptions;
use crate::sandbox::cloud::CloudSandbox;
use crate::sandbox::cloud::CloudServing;

/// Below [`session::LOCAL`]: the cloud that is played.
const CLOUD: &str = "cloud";

/// A sandbox that is being served.
pub struct ServedSandbox {
    /// `https://127.0.0.1:40123`
    pub address: String,
    pub kubeconfig: PathBuf,
    /// Where it is kept.
    pub directory: PathBuf,
    /// The kubeconfig other runs of ours find it by.
    own: PathBuf,
    running: session::Running,
    serving: crate::sandbox::Serving,
}

impl ServedSandbox {
    /// Ends serving; what was acknowledged is on disk.
    pub async fn stop(self) {
        let _ = std::fs::remove_file(&self.own);
        drop(self.serving);
        drop(self.running);
    }
}

/// Serves the sandbox of a directory, with its players. A configuration with an error or none at all is no hindrance:
/// only the number of nodes is taken from it.
pub async fn serve(
    request: &Request,
    listen: SocketAddr,
    kubeconfig: Option<PathBuf>,
) -> Result<ServedSandbox, Failure> {
    let (settings, version) = settings(request);
    let directory = session::local_directory(&request.directory)?.join(session::SANDBOX);
    let running = session::start(&directory, &settings, version.as_deref()).await;
    let running = running.map_err(|error| session::not_opened("Cannot open the sandbox", error))?;
    let own = directory.join(session::KUBECONFIG);
    let failed = |error: Cause| Failure::world("Cannot serve the sandbox", error);
    let serving = running.sandbox.serve(listen, &own).await.map_err(|error| failed(error.into()))?;
    if let Some(path) = &kubeconfig {
        let text = std::fs::read_to_string(&own).map_err(|error| failed(error.into()))?;
        super::contexts::merge_into(path, &text)?;
    }
    let address = format!("https://{}", serving.address());
    let kubeconfig = kubeconfig.unwrap_or_else(|| own.clone());
    Ok(ServedSandbox { address, kubeconfig, directory, own, running, serving })
}

/// A cloud that is played and served.
pub struct ServedCloud {
    /// `http://127.0.0.1:40123`
    pub address: String,
    /// The file with what other programs need to use it.
    pub environment: PathBuf,
    _serving: CloudServing,
}

/// Plays a cloud, with what it was asked to make, in the directory of a configuration.
///
/// # Errors
/// The address cannot be listened on, or the directory cannot be used.
pub async fn serve_cloud(request: &Request, listen: SocketAddr, minute: Duration) -> Result<ServedCloud, Failure> {
    let directory = session::local_directory(&request.directory)?.join(CLOUD);
    let failed = |error: SandboxError| Failure::world("Cannot play the cloud", error);
    let options = CloudOptions { minute, ..CloudOptions::default() };
    let cloud = CloudSandbox::open(Some(&directory), options).map_err(failed)?;
    let serving = cloud.serve(listen).await.map_err(failed)?;
    let address = format!("http://{}", serving.address());
    Ok(ServedCloud { address, environment: cloud.environment().unwrap_or(directory), _serving: serving })
}

/// Deletes the sandbox of a directory; whether there was one.
///
/// # Errors
/// It is in use.
pub fn reset(request: &Request) -> Result<bool, Failure> {
    let directory = request.directory.join(session::LOCAL).join(session::SANDBOX);
    if !directory.is_dir() {
        return Ok(false);
    }
    // It is not opened: a damaged one must go too.
    Sandbox::remove(&directory).map_err(|error| session::not_opened("Cannot delete the sandbox", error))?;
    Ok(true)
}

/// What the configuration says of the sandbox, where there is one: its provider, and the version of its cluster.
fn settings(request: &Request) -> (ProviderSettings, Option<String>) {
    let Ok(loaded) = load(request, &Known::default()) else { return Default::default() };
    let settings = loaded.installation.providers.get("sandbox").cloned().unwrap_or_default();
    let cluster = loaded.installation.clusters.iter().find(|cluster| cluster.provider == "sandbox");
    (settings, cluster.and_then(|cluster| cluster.kubernetes_version.clone()))
}
