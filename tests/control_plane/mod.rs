//! A real control plane for tests: etcd, kube-apiserver, controller manager, scheduler and kwok on loopback, owned by
//! one test. Where its programs come from is `tests/control-plane/build`; what it lacks (kubelets, images, a network)
//! is played: nodes by kwok, what runs in pods by the players.

pub mod certificates;
mod containers;
pub mod loopback;
pub mod processes;
mod stages;
mod webhooks;

use std::path::Path;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;

use kube::Client;
use kube::config::KubeConfigOptions;
use kube::config::Kubeconfig;
use serde_json::Value;
use serde_json::json;
use stackwright::interface::players::PlayerSet;
use stackwright::interface::players::Players;

use self::certificates::Authority;
use self::containers::Containers;
use self::containers::Kubelet;
use self::processes::Processes;

pub use self::containers::Running;
pub use self::webhooks::Call;
pub use self::webhooks::Manner;

/// The folder of the programs, as `tests/run` sets it.
pub const PROGRAMS: &str = "STACKWRIGHT_CONTROL_PLANE";

/// Two control planes at once would only be slower.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// A running control plane; it is gone when dropped.
pub struct ControlPlane {
    folder: PathBuf,
    client: Client,
    calls: webhooks::Calls,
    containers: Containers,
    // Ends what runs in it: players and the webhooks' programs.
    runtime: Option<tokio::runtime::Runtime>,
    processes: Processes,
    _turn: MutexGuard<'static, ()>,
}

impl ControlPlane {
    /// Starts one with `nodes` machines of 16 CPUs and 64 GiB, a default storage class with volumes, and the players
    /// of the programs that cannot run without containers.
    pub fn start(nodes: usize) -> Self {
        Self::start_with(Setup { nodes, ..Setup::default() })
    }

    /// Starts one that is set up otherwise.
    pub fn start_with(setup: Setup) -> Self {
        let turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let programs = programs();
        let _already_there = rustls::crypto::ring::default_provider().install_default();
        let mut processes = Processes::new(&programs);
        let folder = processes.folder().to_owned();
        let settings = Settings::new(&folder);
        settings.write();
        let mut real = Vec::new();
        real.extend(setup.cert_manager.then(containers::cert_manager).into_iter().flatten());
        real.extend(setup.dex.then(containers::dex).into_iter().flatten());
        let left: Vec<String> = real.iter().map(|p| format!("{}/{}", p.namespace, p.account)).collect();
        certificates::write_private(&folder.join("kwok.yaml"), &stages::configuration(&left));
        for (program, arguments) in settings.first() {
            processes.start(program, &arguments);
        }
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let client = runtime.block_on(client(&folder.join("admin.kubeconfig")));
        let calls = webhooks::Calls::default();
        let containers = Containers::default();
        let backends = webhooks::Backends::new(client.clone(), containers.clone(), &real);
        runtime.block_on(async {
            webhooks::serve(&settings.socket(), backends, calls.clone());
            wait_until_ready(&client, &mut processes).await;
        });
        for (program, arguments) in settings.second() {
            processes.start(program, &arguments);
        }
        runtime.block_on(async {
            for number in 0..setup.nodes {
                create(&client, "/api/v1/nodes", node(number, &setup.node_resources)).await;
            }
            create(&client, "/apis/storage.k8s.io/v1/storageclasses", storage_class()).await;
            for class in ["local"].into_iter().chain(setup.volumes_of) {
                for number in 0..VOLUMES {
                    create(&client, "/api/v1/persistentvolumes", volume(class, number)).await;
                }
            }
            // What controllers put into every namespace; without its account no pod can be made in one.
            for namespace in ["default", "kube-node-lease", "kube-public", "kube-system"] {
                wait_for(&client, &format!("/api/v1/namespaces/{namespace}/serviceaccounts/default")).await;
                wait_for(&client, &format!("/api/v1/namespaces/{namespace}/configmaps/kube-root-ca.crt")).await;
            }
        });
        let inside = runtime.enter();
        let mut cast = PlayerSet::outside_cluster();
        if setup.cert_manager {
            cast = cast.without(&["certificates", "injector"]);
        }
        let players = Players::start(client.clone(), cast);
        drop(inside);
        runtime.spawn(async move {
            let _playing = players;
            std::future::pending::<()>().await;
        });
        if !real.is_empty() {
            let kubelet = Kubelet {
                client: client.clone(),
                server: settings.url(),
                authority: std::fs::read_to_string(folder.join("ca.crt")).expect("the authority's certificate"),
                programs,
                folder: folder.clone(),
                containers: containers.clone(),
            };
            runtime.spawn(kubelet.run(real));
        }
        Self { folder, client, calls, containers, runtime: Some(runtime), processes, _turn: turn }
    }

    /// The administrator's kubeconfig.
    pub fn kubeconfig(&self) -> PathBuf {
        self.folder.join("admin.kubeconfig")
    }

    /// Every call of a webhook so far that reached a program or was refused.
    pub fn calls(&self) -> Vec<Call> {
        self.calls.all()
    }

    /// How the webhook's program `<service>.<namespace>.svc` answers from now on.
    pub fn answers(&self, host: &str, manner: Manner) {
        self.calls.answers(host, manner);
    }

    /// The containers that really run.
    pub fn containers(&self) -> Vec<Running> {
        self.containers.all()
    }

    /// The answer to a GET of a path of the server, as the administrator; null where it answers 404.
    pub fn get(&self, path: &str) -> Value {
        self.block_on(request(&self.client, "GET", path, "application/json", Vec::new())).1
    }

    /// Makes an object, as the administrator.
    pub fn create(&self, path: &str, object: Value) {
        self.block_on(create(&self.client, path, object));
    }

    /// The administrator's client.
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// Runs a future where the client and the control plane's own tasks live.
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime.as_ref().expect("there until dropped").block_on(future)
    }
}

impl Drop for ControlPlane {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(Duration::from_secs(2));
        }
        // The processes stop, and the folder goes, with their owner.
    }
}

/// What a control plane is given.
#[derive(Default)]
pub struct Setup {
    pub nodes: usize,
    /// Further resources of each node.
    pub node_resources: Vec<(&'static str, &'static str)>,
    /// A class that has volumes too, besides the default one.
    pub volumes_of: Option<&'static str>,
    /// The real cert-manager runs in its pods; otherwise it is played.
    pub cert_manager: bool,
    /// The real Dex runs in its pods; otherwise they only seem to run.
    pub dex: bool,
}

/// The folder of the programs.
pub fn programs() -> PathBuf {
    std::env::var_os(PROGRAMS).map(PathBuf::from).unwrap_or_else(|| {
        panic!("{PROGRAMS} is not set: run tests/run, or set it to what tests/control-plane/build prints")
    })
}

/// How many volumes of a class wait for claims.
const VOLUMES: usize = 24;

/// Ports and files of one control plane.
struct Settings {
    folder: PathBuf,
    server: u16,
    etcd: u16,
    etcd_peers: u16,
    kwok: u16,
}

impl Settings {
    fn new(folder: &Path) -> Self {
        let [server, etcd, etcd_peers, kwok] = processes::free_ports();
        Self { folder: folder.to_owned(), server, etcd, etcd_peers, kwok }
    }

    fn url(&self) -> String {
        format!("https://127.0.0.1:{}", self.server)
    }

    fn path(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    /// Where all calls from the server into the cluster arrive: nothing ever leaves the machine.
    fn socket(&self) -> PathBuf {
        self.folder.join("cluster.sock")
    }

    fn write(&self) {
        let authority = Authority::new();
        let put = |name: &str, text: &str| certificates::write_private(&self.folder.join(name), text);
        put("ca.crt", &authority.certificate());
        put("ca.key", &authority.key());
        let addresses = ["127.0.0.1", "10.96.0.1", "localhost", "kubernetes.default.svc"];
        for (name, common_name, organisation, addresses) in [
            ("server", "kube-apiserver", "", &addresses[..]),
            ("admin", "kubernetes-admin", "system:masters", &[]),
            ("kube-controller-manager", "system:kube-controller-manager", "", &[]),
            ("kube-scheduler", "system:kube-scheduler", "", &[]),
            ("front-proxy", "front-proxy-client", "", &[]),
        ] {
            let (certificate, key) = authority.issue(common_name, organisation, addresses);
            put(&format!("{name}.crt"), &certificate);
            put(&format!("{name}.key"), &key);
            put(&format!("{name}.kubeconfig"), &authority.kubeconfig(&self.url(), common_name, &certificate, &key));
        }
        let (private, public) = certificates::signing_keys();
        put("accounts.key", &private);
        put("accounts.pub", &public);
        let egress = json!({"apiVersion": "apiserver.k8s.io/v1beta1", "kind": "EgressSelectorConfiguration",
            "egressSelections": [{"name": "cluster", "connection": {"proxyProtocol": "HTTPConnect",
                "transport": {"uds": {"udsName": self.socket()}}}}]});
        put("egress.yaml", &egress.to_string());
    }

    /// What must run before anything can be asked.
    fn first(&self) -> Vec<(&'static str, Vec<String>)> {
        let etcd = format!("http://127.0.0.1:{}", self.etcd);
        let peers = format!("http://127.0.0.1:{}", self.etcd_peers);
        let etcd_arguments = vec![
            format!("--data-dir={}", self.path("etcd")),
            format!("--listen-client-urls={etcd}"),
            format!("--advertise-client-urls={etcd}"),
            format!("--listen-peer-urls={peers}"),
            format!("--initial-advertise-peer-urls={peers}"),
            format!("--initial-cluster=default={peers}"),
            // The data is thrown away: nothing is gained by waiting for the disk.
            "--unsafe-no-fsync".to_owned(),
            "--log-level=warn".to_owned(),
        ];
        let server_arguments = vec![
            format!("--etcd-servers={etcd}"),
            "--bind-address=127.0.0.1".to_owned(),
            "--advertise-address=127.0.0.1".to_owned(),
            // Endpoints of the Service "kubernetes" may not be loopback addresses.
            "--endpoint-reconciler-type=none".to_owned(),
            format!("--secure-port={}", self.server),
            format!("--client-ca-file={}", self.path("ca.crt")),
            format!("--tls-cert-file={}", self.path("server.crt")),
            format!("--tls-private-key-file={}", self.path("server.key")),
            "--authorization-mode=Node,RBAC".to_owned(),
            "--enable-admission-plugins=NodeRestriction".to_owned(),
            "--allow-privileged".to_owned(),
            "--service-cluster-ip-range=10.96.0.0/16".to_owned(),
            "--service-account-issuer=https://kubernetes.default.svc".to_owned(),
            format!("--service-account-key-file={}", self.path("accounts.pub")),
            format!("--service-account-signing-key-file={}", self.path("accounts.key")),
            format!("--requestheader-client-ca-file={}", self.path("ca.crt")),
            "--requestheader-allowed-names=front-proxy-client".to_owned(),
            "--requestheader-username-headers=X-Remote-User".to_owned(),
            "--requestheader-group-headers=X-Remote-Group".to_owned(),
            "--requestheader-extra-headers-prefix=X-Remote-Extra-".to_owned(),
            format!("--proxy-client-cert-file={}", self.path("front-proxy.crt")),
            format!("--proxy-client-key-file={}", self.path("front-proxy.key")),
            format!("--egress-selector-config-file={}", self.path("egress.yaml")),
        ];
        vec![("etcd", etcd_arguments), ("kube-apiserver", server_arguments)]
    }

    /// What acts on a server that answers.
    fn second(&self) -> Vec<(&'static str, Vec<String>)> {
        let kubeconfig = |name: &str| format!("--kubeconfig={}", self.path(&format!("{name}.kubeconfig")));
        let manager = vec![
            kubeconfig("kube-controller-manager"),
            "--use-service-account-credentials".to_owned(),
            "--leader-elect=false".to_owned(),
            "--secure-port=0".to_owned(),
            format!("--root-ca-file={}", self.path("ca.crt")),
            format!("--service-account-private-key-file={}", self.path("accounts.key")),
            format!("--cluster-signing-cert-file={}", self.path("ca.crt")),
            format!("--cluster-signing-key-file={}", self.path("ca.key")),
            // No kubelet renews a lease here; pods must not turn NotReady for it.
            "--node-monitor-grace-period=24h".to_owned(),
        ];
        let scheduler =
            vec![kubeconfig("kube-scheduler"), "--leader-elect=false".to_owned(), "--secure-port=0".to_owned()];
        let kwok = vec![
            kubeconfig("admin"),
            format!("--config={}", self.path("kwok.yaml")),
            "--manage-all-nodes".to_owned(),
            "--node-lease-duration-seconds=40".to_owned(),
            format!("--server-address=127.0.0.1:{}", self.kwok),
        ];
        vec![("kube-controller-manager", manager), ("kube-scheduler", scheduler), ("kwok", kwok)]
    }
}

/// A client for a kubeconfig.
pub async fn client(kubeconfig: &Path) -> Client {
    let kubeconfig = Kubeconfig::read_from(kubeconfig).expect("the kubeconfig that was just written");
    let options = KubeConfigOptions::default();
    let config = kube::Config::from_custom_kubeconfig(kubeconfig, &options).await.expect("a valid kubeconfig");
    Client::try_from(config).expect("a client")
}

async fn wait_until_ready(client: &Client, processes: &mut Processes) {
    let started = Instant::now();
    loop {
        let request = http::Request::get("/readyz").body(Vec::new()).expect("a valid request");
        if client.request_text(request).await.is_ok() {
            return;
        }
        processes.check_alive();
        assert!(started.elapsed() < Duration::from_secs(60), "not ready:\n{}", processes.log("kube-apiserver"));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn wait_for(client: &Client, path: &str) {
    let started = Instant::now();
    while request(client, "GET", path, "application/json", Vec::new()).await.0 != 200 {
        assert!(started.elapsed() < Duration::from_secs(60), "{path} does not appear");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn create(client: &Client, path: &str, object: Value) {
    let (code, answer) = request(client, "POST", path, "application/json", object.to_string().into_bytes()).await;
    assert_eq!(code, 201, "{answer}");
}

/// Code and answer of any request.
pub async fn request(client: &Client, method: &str, path: &str, content_type: &str, body: Vec<u8>) -> (u16, Value) {
    use http_body_util::BodyExt;
    let request = http::Request::builder().method(method).uri(path);
    let request = request.header("content-type", content_type).header("accept", "application/json");
    let request = request.body(kube::client::Body::from(body)).expect("a valid request");
    let answer = client.send(request).await.expect("an answer");
    let code = answer.status().as_u16();
    let bytes = answer.into_body().collect().await.expect("a whole answer").to_bytes();
    (code, serde_json::from_slice(&bytes).unwrap_or_else(|_| String::from_utf8_lossy(&bytes).into_owned().into()))
}

fn node(number: usize, more: &[(&str, &str)]) -> Value {
    let name = format!("node-{number}");
    let mut resources = json!({"cpu": "16", "memory": "64Gi", "pods": "250", "ephemeral-storage": "500Gi"});
    for (resource, quantity) in more {
        resources[*resource] = (*quantity).into();
    }
    json!({"apiVersion": "v1", "kind": "Node",
        "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux",
            "kubernetes.io/arch": "amd64"}},
        "status": {"capacity": resources, "allocatable": resources, "nodeInfo": {"kubeletVersion": "v1.31.4",
            "osImage": "Ubuntu 22.04.5 LTS", "operatingSystem": "linux", "architecture": "amd64",
            "containerRuntimeVersion": "containerd://1.7.24", "kernelVersion": "5.15.0", "bootID": "", "machineID": "",
            "systemUUID": "", "kubeProxyVersion": ""}}})
}

fn storage_class() -> Value {
    json!({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "provisioner": "kubernetes.io/no-provisioner",
        "metadata": {"name": "local", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}})
}

fn volume(class: &str, number: usize) -> Value {
    json!({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": format!("{class}-{number}")},
        "spec": {"capacity": {"storage": "100Gi"}, "accessModes": ["ReadWriteOnce", "ReadWriteMany", "ReadOnlyMany"],
            "persistentVolumeReclaimPolicy": "Retain", "storageClassName": class,
            // Nothing is ever written there: there are no containers.
            "hostPath": {"path": format!("/nowhere/{number}")}}})
}

/// Not a test but a control plane to look at: writes its kubeconfig to the file that STACKWRIGHT_HOLD names and runs
/// until somebody removes it. STACKWRIGHT_HOLD_WITH may name what really runs in it: cert-manager, dex.
#[test]
#[ignore = "runs until the file that STACKWRIGHT_HOLD names is removed"]
fn held() {
    let file = PathBuf::from(std::env::var_os("STACKWRIGHT_HOLD").expect("STACKWRIGHT_HOLD names a file"));
    let with = std::env::var("STACKWRIGHT_HOLD_WITH").unwrap_or_default();
    let (cert_manager, dex) = (with.contains("cert-manager"), with.contains("dex"));
    let mut cluster = ControlPlane::start_with(Setup { nodes: 3, cert_manager, dex, ..Setup::default() });
    std::fs::copy(cluster.kubeconfig(), &file).expect("the file can be written");
    while file.exists() {
        std::thread::sleep(Duration::from_millis(300));
        cluster.processes.check_alive();
    }
    for call in cluster.calls() {
        println!("{} {:?}", call.host, call.about);
    }
}
