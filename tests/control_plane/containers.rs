//! Containers of some pods that really run, as processes of this machine: what a kubelet would do for them. Their
//! environment and files come from the pod, their rights are those of its ServiceAccount; they live and end with it.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kube::Client;
use serde_json::Value;
use serde_json::json;

use super::processes;
use super::request;

/// How a container runs here.
#[derive(Clone)]
pub struct Program {
    pub namespace: &'static str,
    /// ServiceAccount of the pods, which says whose pods they are.
    pub account: &'static str,
    /// The file in the folder of programs.
    pub file: &'static str,
    /// The Service that the server calls it by, where it serves webhooks.
    pub service: Option<&'static str>,
    /// Path of its readiness probe, asked on [`Place::health`]; without one it is ready when it runs.
    pub probe: Option<&'static str>,
    /// Its arguments here, where addresses and ways to the server are not those of a pod.
    pub arguments: fn(&Place) -> Vec<String>,
}

/// Where a container runs.
pub struct Place {
    /// Holds `kubeconfig`, with a token of the pod's ServiceAccount, and the pod's files by their paths in it.
    pub folder: PathBuf,
    /// Ports of the loopback interface that are free for it.
    pub port: u16,
    pub health: u16,
    /// The arguments the pod gives its container.
    pub given: Vec<String>,
}

impl Place {
    pub fn kubeconfig(&self) -> String {
        self.folder.join("kubeconfig").display().to_string()
    }

    /// A file of a volume, by its path in the container.
    pub fn file(&self, path: &str) -> PathBuf {
        self.folder.join("files").join(path.trim_start_matches('/'))
    }
}

/// A container that runs.
#[derive(Clone, Debug)]
pub struct Running {
    pub namespace: String,
    pub account: String,
    pub pod: String,
    /// `<service>.<namespace>.svc`, where it has one.
    pub host: Option<String>,
    pub port: u16,
    /// It has answered its readiness probe.
    pub ready: bool,
    /// How often it ended and was started again.
    pub restarts: usize,
}

/// All containers that run.
#[derive(Clone, Default)]
pub struct Containers(Arc<Mutex<BTreeMap<String, Running>>>);

impl Containers {
    pub fn all(&self) -> Vec<Running> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// The port of a Service's program, where such a program is run at all.
    pub fn port(&self, host: &str) -> Option<u16> {
        self.all().into_iter().find(|running| running.host.as_deref() == Some(host)).map(|running| running.port)
    }

    fn put(&self, uid: &str, running: Running) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(uid.to_owned(), running);
    }

    fn remove(&self, uid: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(uid);
    }
}

/// What the containers of one control plane need.
pub struct Kubelet {
    pub client: Client,
    pub server: String,
    /// Certificate of the server's authority.
    pub authority: String,
    /// Of the programs, and of the control plane.
    pub programs: PathBuf,
    pub folder: PathBuf,
    pub containers: Containers,
}

impl Kubelet {
    /// Follows the pods of the programs until it is dropped; their processes end then too.
    pub async fn run(self, programs: Vec<Program>) {
        let mut lives: BTreeMap<String, Life> = BTreeMap::new();
        loop {
            for program in &programs {
                let path = format!("/api/v1/namespaces/{}/pods", program.namespace);
                let (code, pods) = request(&self.client, "GET", &path, "application/json", Vec::new()).await;
                if code != 200 {
                    continue;
                }
                let own: Vec<&Value> = pods["items"].as_array().into_iter().flatten().collect();
                let own = own.into_iter().filter(|pod| pod["spec"]["serviceAccountName"] == program.account);
                let own: BTreeMap<String, &Value> = own
                    .filter(|pod| pod["metadata"]["deletionTimestamp"].is_null())
                    .map(|pod| (uid(pod), pod))
                    .collect();
                let mine = |life: &Life| life.program == (program.namespace, program.account);
                let gone = lives.iter().filter(|(uid, life)| mine(life) && !own.contains_key(*uid));
                for uid in gone.map(|(uid, _)| uid.clone()).collect::<Vec<_>>() {
                    self.containers.remove(&uid);
                    lives.remove(&uid);
                }
                for (uid, pod) in own {
                    let starts = pod["status"]["phase"] == "Running";
                    if let Some(life) = lives.get_mut(&uid) {
                        self.look_after(&uid, life, program).await;
                    } else if starts && let Some(life) = self.begin(&uid, pod, program).await {
                        lives.insert(uid, life);
                    }
                }
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Starts a container; `None` as long as something that it needs is not there.
    async fn begin(&self, uid: &str, pod: &Value, program: &Program) -> Option<Life> {
        let namespace = program.namespace;
        let [port, health] = processes::free_ports();
        let container = &pod["spec"]["containers"][0];
        let given = [&container["command"], &container["args"]];
        let given = given.iter().flat_map(|list| list.as_array().into_iter().flatten());
        let place = Place {
            folder: self.folder.join(format!("pod-{uid}")),
            port,
            health,
            given: given.filter_map(Value::as_str).map(str::to_owned).collect(),
        };
        let environment = self.environment(namespace, container).await?;
        fs::create_dir_all(&place.folder).expect("a folder for the pod");
        self.files(namespace, pod, container, &place).await?;
        let token = self.token(namespace, program.account).await?;
        fs::write(place.folder.join("kubeconfig"), self.kubeconfig(namespace, &token)).expect("a kubeconfig");
        let mut command = Command::new(self.programs.join(program.file));
        command.args((program.arguments)(&place)).envs(environment);
        let name = format!("{}-{uid}", program.file);
        let running = Running {
            namespace: namespace.to_owned(),
            account: program.account.to_owned(),
            pod: pod["metadata"]["name"].as_str()?.to_owned(),
            host: program.service.map(|service| format!("{service}.{namespace}.svc")),
            port,
            ready: false,
            restarts: 0,
        };
        self.containers.put(uid, running.clone());
        let child = processes::spawn(&self.folder, &name, &mut command);
        let program = (program.namespace, program.account);
        Some(Life { program, folder: self.folder.clone(), name, command, child, place, running, ended: None })
    }

    /// Starts it again when it has ended, and tells the server once it is ready.
    async fn look_after(&self, uid: &str, life: &mut Life, program: &Program) {
        match life.ended {
            Some(ended) if ended.elapsed() >= Duration::from_secs(1) => {
                life.ended = None;
                life.child = processes::spawn(&life.folder, &life.name, &mut life.command);
                life.running.restarts += 1;
            }
            None if !matches!(life.child.try_wait(), Ok(None)) => life.ended = Some(Instant::now()),
            _ => {}
        }
        let is_ready = life.ended.is_none()
            && match program.probe {
                Some(path) => answers(life.place.health, path).await,
                None => true,
            };
        if is_ready != life.running.ready && self.tell_ready(&life.running, is_ready).await {
            life.running.ready = is_ready;
        }
        self.containers.put(uid, life.running.clone());
    }

    async fn tell_ready(&self, running: &Running, ready: bool) -> bool {
        let path = format!("/api/v1/namespaces/{}/pods/{}/status", running.namespace, running.pod);
        let pod = request(&self.client, "GET", &path, "application/json", Vec::new()).await.1;
        let status = if ready { "True" } else { "False" };
        let mut containers = pod["status"]["containerStatuses"].clone();
        for container in containers.as_array_mut().into_iter().flatten() {
            container["ready"] = ready.into();
            container["restartCount"] = running.restarts.into();
        }
        let conditions: Vec<Value> =
            ["Ready", "ContainersReady"].iter().map(|kind| json!({"type": kind, "status": status})).collect();
        let patch = json!({"status": {"conditions": conditions, "containerStatuses": containers}});
        let body = patch.to_string().into_bytes();
        request(&self.client, "PATCH", &path, "application/strategic-merge-patch+json", body).await.0 == 200
    }

    /// The variables a pod gives its container.
    async fn environment(&self, namespace: &str, container: &Value) -> Option<BTreeMap<String, String>> {
        let mut all = BTreeMap::new();
        for source in container["envFrom"].as_array().into_iter().flatten() {
            if let Some(name) = source["secretRef"]["name"].as_str() {
                all.extend(self.data(namespace, "secrets", name).await?);
            }
            if let Some(name) = source["configMapRef"]["name"].as_str() {
                all.extend(self.data(namespace, "configmaps", name).await?);
            }
        }
        for variable in container["env"].as_array().into_iter().flatten() {
            let name = variable["name"].as_str()?.to_owned();
            let secret = &variable["valueFrom"]["secretKeyRef"];
            let value = if let Some(of) = secret["name"].as_str() {
                self.data(namespace, "secrets", of).await?.remove(secret["key"].as_str()?)?
            } else if variable["valueFrom"]["fieldRef"]["fieldPath"] == "metadata.namespace" {
                namespace.to_owned()
            } else {
                variable["value"].as_str()?.to_owned()
            };
            all.insert(name, value);
        }
        Some(all)
    }

    /// Writes the volumes that are ConfigMaps.
    async fn files(&self, namespace: &str, pod: &Value, container: &Value, place: &Place) -> Option<()> {
        for volume in pod["spec"]["volumes"].as_array().into_iter().flatten() {
            let Some(name) = volume["configMap"]["name"].as_str() else { continue };
            let data = self.data(namespace, "configmaps", name).await?;
            let mounts = container["volumeMounts"].as_array().into_iter().flatten();
            for mount in mounts.filter(|mount| mount["name"] == volume["name"]) {
                let folder = place.file(mount["mountPath"].as_str()?);
                fs::create_dir_all(&folder).expect("a folder for the volume");
                let items = volume["configMap"]["items"].as_array();
                for (key, text) in &data {
                    let path = match items {
                        Some(items) => items.iter().find(|item| item["key"] == *key).and_then(|i| i["path"].as_str()),
                        None => Some(key.as_str()),
                    };
                    if let Some(path) = path {
                        fs::write(folder.join(path), text).expect("a file of the volume");
                    }
                }
            }
        }
        Some(())
    }

    /// The texts of a ConfigMap or Secret.
    async fn data(&self, namespace: &str, kind: &str, name: &str) -> Option<BTreeMap<String, String>> {
        let path = format!("/api/v1/namespaces/{namespace}/{kind}/{name}");
        let (code, object) = request(&self.client, "GET", &path, "application/json", Vec::new()).await;
        let data = object["data"].as_object().cloned().unwrap_or_default();
        let text = |value: &Value| match kind {
            "secrets" => String::from_utf8(STANDARD.decode(value.as_str()?).ok()?).ok(),
            _ => value.as_str().map(str::to_owned),
        };
        (code == 200).then(|| data.iter().filter_map(|(key, value)| Some((key.clone(), text(value)?))).collect())
    }

    async fn token(&self, namespace: &str, account: &str) -> Option<String> {
        let path = format!("/api/v1/namespaces/{namespace}/serviceaccounts/{account}/token");
        let asked = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
            "spec": {"expirationSeconds": 3600}});
        let body = asked.to_string().into_bytes();
        let answer = request(&self.client, "POST", &path, "application/json", body).await.1;
        answer["status"]["token"].as_str().map(str::to_owned)
    }

    fn kubeconfig(&self, namespace: &str, token: &str) -> String {
        let cluster = json!({"server": self.server, "certificate-authority-data": STANDARD.encode(&self.authority)});
        json!({"apiVersion": "v1", "kind": "Config", "current-context": "pod",
            "clusters": [{"name": "pod", "cluster": cluster}], "users": [{"name": "pod", "user": {"token": token}}],
            "contexts": [{"name": "pod", "context": {"cluster": "pod", "user": "pod", "namespace": namespace}}]})
        .to_string()
    }
}

/// A container's process; it ends when dropped.
struct Life {
    /// Namespace and ServiceAccount.
    program: (&'static str, &'static str),
    folder: PathBuf,
    name: String,
    command: Command,
    child: Child,
    place: Place,
    running: Running,
    ended: Option<Instant>,
}

impl Drop for Life {
    fn drop(&mut self) {
        processes::end(&self.folder, &self.name, &mut self.child);
    }
}

fn uid(pod: &Value) -> String {
    pod["metadata"]["uid"].as_str().unwrap_or_default().to_owned()
}

/// Whether something answers a GET on loopback with 200.
async fn answers(port: u16, path: &str) -> bool {
    let asked = super::loopback::get(port, "localhost", path).await;
    asked.is_some_and(|answer| answer.code == 200)
}

/// cert-manager, as the platform installs it: its three Deployments.
pub fn cert_manager() -> Vec<Program> {
    let program = |account, file, service, probe, arguments| Program {
        namespace: "cert-manager",
        account,
        file,
        service,
        probe,
        arguments,
    };
    // The binaries are of an older release than the manifests: some flags of the pod do not exist, so none is taken.
    vec![
        program("cert-manager", "cert-manager-controller", None, None, |place| {
            vec![
                format!("--kubeconfig={}", place.kubeconfig()),
                "--cluster-resource-namespace=cert-manager".to_owned(),
                "--leader-election-namespace=kube-system".to_owned(),
                format!("--metrics-listen-address=127.0.0.1:{}", place.port),
            ]
        }),
        program("cert-manager-cainjector", "cert-manager-cainjector", None, None, |place| {
            vec![format!("--kubeconfig={}", place.kubeconfig()), "--leader-election-namespace=kube-system".to_owned()]
        }),
        program(
            "cert-manager-webhook",
            "cert-manager-webhook",
            Some("cert-manager-webhook"),
            Some("/healthz"),
            |place| {
                vec![
                    format!("--kubeconfig={}", place.kubeconfig()),
                    format!("--secure-port={}", place.port),
                    format!("--healthz-port={}", place.health),
                    "--dynamic-serving-ca-secret-namespace=cert-manager".to_owned(),
                    "--dynamic-serving-ca-secret-name=cert-manager-webhook-ca".to_owned(),
                    "--dynamic-serving-dns-names=cert-manager-webhook.cert-manager.svc".to_owned(),
                ]
            },
        ),
    ]
}

/// Dex, as the platform installs it. Only how it finds the server is changed, in a copy of its configuration: the
/// files of a pod's account lie at paths that belong to the whole machine.
pub fn dex() -> Vec<Program> {
    vec![Program {
        namespace: "auth",
        account: "dex",
        file: "dex",
        service: None,
        probe: Some("/healthz/ready"),
        arguments: |place| {
            let given = place.given.iter().find(|argument| argument.ends_with(".yaml")).expect("a configuration");
            let text = fs::read_to_string(place.file(given)).expect("the configuration");
            assert!(text.contains(IN_CLUSTER), "{text}");
            let own = format!("config: {{ kubeConfigFile: {:?} }}", place.kubeconfig());
            let copy = place.folder.join("config.yaml");
            fs::write(&copy, text.replace(IN_CLUSTER, &own)).expect("a copy of the configuration");
            vec![
                "serve".to_owned(),
                format!("--web-http-addr=127.0.0.1:{}", place.port),
                format!("--telemetry-addr=127.0.0.1:{}", place.health),
                copy.display().to_string(),
            ]
        },
    }]
}

const IN_CLUSTER: &str = "config: { inCluster: true }";
