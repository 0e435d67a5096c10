//! One suite, two servers: a cluster that a behaviour is tried on, whichever it is: the embedded sandbox, served, or a
//! real control plane. Behaviours reach both through a kubeconfig and know no difference.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;

use kube::Client;
use kube::core::ApiResource;
use serde_json::Value;

use crate::control_plane::ControlPlane;
use crate::control_plane::client;
use crate::control_plane::request;
use crate::end_state::Objects;
use crate::program::Answer;
use crate::program::Directory;
use crate::program::Process;

/// What holds on a cluster, whichever it is.
pub type Behaviour = fn(&Server);

/// A cluster to try behaviours on.
pub struct Server<'a> {
    kubeconfig: PathBuf,
    client: Client,
    place: Place<'a>,
}

enum Place<'a> {
    /// The process that serves it ends with it; so does its directory.
    Sandbox {
        _serving: Process,
        runtime: tokio::runtime::Runtime,
        _directory: Directory,
    },
    Real(&'a ControlPlane),
}

/// Lists behaviours: each becomes a test on a sandbox of its own, and `ALL` holds them for a real control plane. Those
/// `with "PROGRAM"` need that program.
macro_rules! behaviours {
    ($($name:ident $(with $program:literal)?),* $(,)?) => {
        mod on_the_sandbox {
            $(
                #[test]
                fn $name() {
                    $(
                        if !crate::skip::has($program) {
                            crate::skip::skip!(concat!("there is no ", $program));
                        }
                    )?
                    super::$name(&crate::server::Server::sandbox());
                }
            )*
        }
        pub const ALL: &[(&str, crate::server::Behaviour)] = &[$((stringify!($name), $name)),*];
    };
}
pub(crate) use behaviours;

/// Tries behaviours one after the other on one real control plane. All are tried, whichever fail.
pub fn on_a_control_plane(behaviours: &[(&str, Behaviour)]) {
    let cluster = ControlPlane::start(3);
    let server = Server::real(&cluster);
    // STACKWRIGHT_BEHAVIOUR chooses those whose names hold it.
    let chosen = std::env::var("STACKWRIGHT_BEHAVIOUR").unwrap_or_default();
    let mut failed = Vec::new();
    for (name, behaviour) in behaviours.iter().filter(|(name, _)| name.contains(&chosen)) {
        let begun = std::time::Instant::now();
        let ended = std::panic::catch_unwind(AssertUnwindSafe(|| behaviour(&server)));
        eprintln!(
            "{name}: {} after {:.1} s",
            if ended.is_ok() { "holds" } else { "FAILED" },
            begun.elapsed().as_secs_f64()
        );
        if ended.is_err() {
            failed.push(*name);
        }
    }
    assert!(failed.is_empty(), "on a real control plane failed: {}", failed.join(", "));
}

impl Server<'_> {
    /// An empty sandbox, served by a process of its own.
    pub fn sandbox() -> Server<'static> {
        Self::sandbox_in(Directory::new())
    }

    /// As [`Self::sandbox`], of a version of Kubernetes.
    pub fn sandbox_of(version: &str) -> Server<'static> {
        let directory = Directory::new();
        directory.append(
            "main.hcl",
            &format!(
                "stackwright {{\n  installation = \"served\"\n}}\nprovider \"sandbox\" {{}}\ncluster \"main\" {{\n  provider           = sandbox\n  kubernetes_version = \
                 \"{version}\"\n}}\n"
            ),
        );
        Self::sandbox_in(directory)
    }

    fn sandbox_in(directory: Directory) -> Server<'static> {
        let (serving, _) = Process::serving(&directory, &["--kubeconfig", "kubeconfig"]);
        let _already_there = rustls::crypto::ring::default_provider().install_default();
        let kubeconfig = directory.path().join("kubeconfig");
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let client = runtime.block_on(client(&kubeconfig));
        Server { kubeconfig, client, place: Place::Sandbox { _serving: serving, runtime, _directory: directory } }
    }

    pub fn real(cluster: &ControlPlane) -> Server<'_> {
        Server { kubeconfig: cluster.kubeconfig(), client: cluster.client(), place: Place::Real(cluster) }
    }

    pub fn is_real(&self) -> bool {
        matches!(self.place, Place::Real(_))
    }

    /// Everything that bears the label of an installation, of every kind there is.
    pub fn stored(&self) -> Objects {
        let listed = self.each_kind("", "labelSelector=stackwright.io/installation");
        let key = |plural: &str, object: &Value| {
            let text = |field: &str| object["metadata"][field].as_str().unwrap_or_default().to_owned();
            format!("{plural}/{}/{}", text("namespace"), text("name"))
        };
        listed.into_iter().map(|(resource, object)| (key(&resource.plural, &object), object)).collect()
    }

    /// Everything in a namespace, with the group of its kind.
    pub fn all_in(&self, namespace: &str) -> Vec<(String, Value)> {
        let listed = self.each_kind(&format!("namespaces/{namespace}/"), "");
        listed.into_iter().map(|(resource, object)| (resource.group, object)).collect()
    }

    /// The objects of every kind that can be listed, once each: of the cluster, or below a path of a namespace.
    fn each_kind(&self, below: &str, query: &str) -> Vec<(ApiResource, Value)> {
        let discovery = kube::Discovery::new(self.client.clone());
        let discovery = self.block_on(discovery.run_aggregated()).expect("the server says what it serves");
        let mut found = Vec::new();
        for (resource, capabilities) in discovery.groups().flat_map(|group| group.resources_by_stability()) {
            let is_meant = below.is_empty() || capabilities.scope == kube::discovery::Scope::Namespaced;
            if !is_meant || !capabilities.supports_operation(kube::discovery::verbs::LIST) {
                continue;
            }
            let root = if resource.group.is_empty() { "/api".to_owned() } else { format!("/apis/{}", resource.group) };
            let mut list = self.get(&format!("{root}/{}/{below}{}?{query}", resource.version, resource.plural));
            for mut object in list["items"].as_array_mut().map(std::mem::take).unwrap_or_default() {
                object["kind"] = resource.kind.clone().into();
                found.push((resource.clone(), object));
            }
        }
        found
    }

    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// As the kubeconfig names it.
    pub fn address(&self) -> String {
        let text = std::fs::read_to_string(&self.kubeconfig).expect("the kubeconfig");
        let address = text.lines().find_map(|line| line.trim().strip_prefix("server: "));
        address.expect("an address").to_owned()
    }

    /// A directory whose configuration is for this cluster.
    pub fn directory(&self) -> Directory {
        self.meant(Directory::new())
    }

    fn meant(&self, directory: Directory) -> Directory {
        directory.environment("KUBECONFIG", &self.kubeconfig.display().to_string())
    }

    /// The small installation, for this cluster.
    pub fn small(&self, name: &str) -> Directory {
        self.meant(Directory::small(name))
    }

    /// Destroys the small installation of that name, so that the next may have the cluster.
    pub fn destroyed(&self, directory: &Directory, name: &str) {
        directory.succeed(&["destroy", "--auto-approve"]);
        self.wait_until(&format!("/api/v1/namespaces/{name}"), |code, _| code == 404);
    }

    /// Code and answer of a request as the administrator. `path` may hold a query.
    pub fn send(&self, method: &str, path: &str, content_type: &str, body: &Value) -> (u16, Value) {
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        self.block_on(request(&self.client, method, path, content_type, body))
    }

    /// The answer to a GET that must succeed.
    pub fn get(&self, path: &str) -> Value {
        let (code, answer) = self.send("GET", path, "application/json", &Value::Null);
        assert_eq!(code, 200, "GET {path}: {answer}");
        answer
    }

    /// A request that must succeed; gives its answer.
    pub fn done(&self, method: &str, path: &str, content_type: &str, body: &Value) -> Value {
        let (code, answer) = self.send(method, path, content_type, body);
        assert!((200..300).contains(&code), "{method} {path}: {code} {answer}");
        answer
    }

    /// Waits until what is at `path` is as `judge` says.
    pub fn wait_until(&self, path: &str, judge: impl Fn(u16, &Value) -> bool) {
        let begun = std::time::Instant::now();
        loop {
            let (code, answer) = self.send("GET", path, "application/json", &Value::Null);
            if judge(code, &answer) {
                return;
            }
            assert!(begun.elapsed().as_secs() < 60, "{path} does not become as expected: {code} {answer:#}");
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    }

    /// Runs kubectl with the words of a line; it must succeed. Gives its stdout.
    pub fn kubectl(&self, line: &str) -> String {
        let words: Vec<&str> = line.split_whitespace().collect();
        let answer = self.run_kubectl(&words);
        assert_eq!(answer.code, Some(0), "kubectl {line}\n{}\n{}", answer.stdout, answer.stderr);
        answer.stdout
    }

    pub fn run_kubectl(&self, words: &[&str]) -> Answer {
        let mut command = Command::new("kubectl");
        let home = self.kubeconfig.parent().expect("it lies in a folder");
        command.args(words).env("KUBECONFIG", &self.kubeconfig).env("HOME", home).stdin(Stdio::null());
        Answer::of(command)
    }

    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        match &self.place {
            Place::Sandbox { runtime, .. } => runtime.block_on(future),
            Place::Real(cluster) => cluster.block_on(future),
        }
    }
}
