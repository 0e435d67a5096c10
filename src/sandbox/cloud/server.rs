//! The sandbox cloud itself: opened, served, and working on what is due.

use std::net::SocketAddr;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::OnceLock;
use std::sync::PoisonError;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::BodyExt;
use http_body_util::Limited;
use hyper::body::Incoming;
use hyper_util::rt::TokioExecutor;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use super::answer;
use super::control::Control;
use super::kubernetes::Kubernetes;
use super::reply::Reply;
use super::things::Things;
use crate::sandbox::SandboxError;

const FILE: &str = "things.json";
/// The variables of the cloud's own tools, for a shell to read.
const ENVIRONMENT: &str = "environment";
/// More is no request to a cloud, nor to the clusters behind it.
const LONGEST: usize = 16 << 20;

/// How a cloud behaves.
#[derive(Clone, Debug)]
pub struct CloudOptions {
    /// What a minute takes: a cluster is there after fifteen, a pool after seven.
    pub minute: Duration,
    pub region: String,
}

impl Default for CloudOptions {
    fn default() -> Self {
        Self { minute: Duration::from_secs(1), region: "kr-west1".into() }
    }
}

/// A cloud in this process. Clones are handles on the same one.
#[derive(Clone, Debug)]
pub struct CloudSandbox(pub(super) Arc<Inner>);

#[derive(Debug)]
pub(super) struct Inner {
    pub options: CloudOptions,
    directory: Option<PathBuf>,
    things: Mutex<Things>,
    pub kubernetes: Kubernetes,
    pub control: Control,
    /// Where it is served.
    base: OnceLock<String>,
}

/// A cloud that is served; it stops when this is dropped.
#[derive(Debug)]
pub struct CloudServing {
    address: SocketAddr,
    tasks: Vec<JoinHandle<()>>,
}

impl CloudServing {
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for CloudServing {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl CloudSandbox {
    /// Opens the cloud of a directory, or one in memory.
    ///
    /// # Errors
    /// The directory cannot be used.
    pub fn open(directory: Option<&Path>, options: CloudOptions) -> Result<Self, SandboxError> {
        if let Some(directory) = directory {
            std::fs::create_dir_all(directory).map_err(SandboxError::file("make", directory))?;
        }
        let file = directory.map(|directory| directory.join(FILE));
        let things = Things::read(file.as_deref()).map_err(SandboxError::file("read", file.unwrap_or_default()))?;
        let inner = Inner {
            options,
            directory: directory.map(Path::to_owned),
            things: Mutex::new(things),
            kubernetes: Kubernetes::default(),
            control: Control::default(),
            base: OnceLock::new(),
        };
        inner.save()?;
        Ok(Self(Arc::new(inner)))
    }

    /// Serves it on an address, and begins to work on what is due.
    ///
    /// # Errors
    /// The address cannot be listened on, or the directory cannot be written to.
    pub async fn serve(&self, address: SocketAddr) -> Result<CloudServing, SandboxError> {
        let listen = |source| SandboxError::Listen { address: address.to_string(), source };
        let listener = TcpListener::bind(address).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let inner = self.0.clone();
        inner.base.get_or_init(|| format!("http://{address}"));
        inner.write_environment()?;
        let working = tokio::spawn({
            let inner = inner.clone();
            async move { inner.work().await }
        });
        let accepting = tokio::spawn(async move {
            loop {
                match listener.accept().await {
                    Ok((stream, _)) => {
                        tokio::spawn(connection(inner.clone(), stream));
                    }
                    Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
                }
            }
        });
        Ok(CloudServing { address, tasks: vec![working, accepting] })
    }

    /// The file with the variables of the cloud's own tools, among them the keys of this cloud; for its owner only.
    pub fn environment(&self) -> Option<PathBuf> {
        self.0.directory.as_ref().map(|directory| directory.join(ENVIRONMENT))
    }
}

impl Inner {
    pub fn base(&self) -> &str {
        self.base.get().map_or("", String::as_str)
    }

    pub fn things(&self) -> MutexGuard<'_, Things> {
        self.things.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes down what there is.
    pub fn save(&self) -> Result<(), SandboxError> {
        let Some(directory) = &self.directory else { return Ok(()) };
        let text = serde_json::to_vec(&*self.things()).expect("things are JSON");
        write_private(&directory.join(FILE), &text)
    }

    fn write_environment(&self) -> Result<(), SandboxError> {
        let Some(directory) = &self.directory else { return Ok(()) };
        let things = self.things();
        let (base, region) = (self.base(), &self.options.region);
        let text = format!(
            "export SCP_TF_AUTH_URL={base}/iam/v1\nexport SCP_TF_DEFAULT_REGION={region}\nexport \
             SCP_TF_ACCESS_KEY={}\nexport SCP_TF_SECRET_KEY={}\n",
            things.access_key, things.secret_key
        );
        write_private(&directory.join(ENVIRONMENT), text.as_bytes())
    }

    /// Lets time pass: what is due comes true, and the clusters behind follow.
    async fn work(&self) {
        let pause = (self.options.minute / 10).clamp(Duration::from_millis(5), Duration::from_millis(500));
        let mut begun = false;
        loop {
            let now = jiff::Timestamp::now().as_millisecond();
            let (clusters, pools, due) = {
                let mut things = self.things();
                let due = come_true(&mut things, now);
                (things.clusters.clone(), things.pools.clone(), due)
            };
            if due || !begun {
                // Behind a cluster that says RUNNING one runs.
                let followed = self.kubernetes.follow(self.directory.as_deref(), &clusters, &pools).await;
                let _tried_again_when_something_changes = followed.and_then(|()| self.save());
                begun = true;
            }
            tokio::time::sleep(pause).await;
        }
    }
}

/// Whether anything was due.
fn come_true(things: &mut Things, now: i64) -> bool {
    let mut any = false;
    for held in things.clusters.iter_mut().chain(&mut things.pools) {
        if held.due.is_some_and(|due| due <= now) && !held.leaves {
            held.due = None;
            held.body.append(&mut std::mem::take(&mut held.then));
            any = true;
        }
    }
    let stays = |held: &super::things::Held| !(held.leaves && held.due.is_some_and(|due| due <= now));
    let before = things.clusters.len() + things.pools.len();
    things.clusters.retain(stays);
    things.pools.retain(stays);
    any || things.clusters.len() + things.pools.len() != before
}

/// For nobody else to read: there are keys in it.
fn write_private(path: &Path, bytes: &[u8]) -> Result<(), SandboxError> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let next = path.with_extension("next");
    let _left_by_a_process_that_was_killed = std::fs::remove_file(&next);
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&next)
        .map_err(SandboxError::file("create", &next))?;
    file.write_all(bytes).map_err(SandboxError::file("write", &next))?;
    std::fs::rename(&next, path).map_err(SandboxError::file("write", path))
}

async fn connection(inner: Arc<Inner>, stream: TcpStream) {
    stream.set_nodelay(true).ok();
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        let inner = inner.clone();
        async move {
            let (parts, body) = request.into_parts();
            let bytes: Bytes = match Limited::new(body, LONGEST).collect().await {
                Ok(body) => body.to_bytes(),
                Err(_) => return Ok(Reply::gateway(413, "Payload Too Large", parts.uri.path()).into_response()),
            };
            answer::answer(&inner, Request::from_parts(parts, bytes)).await
        }
    });
    let builder = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
    // A peer that breaks off is no error of ours.
    builder.serve_connection(TokioIo::new(stream), service).await.ok();
}
