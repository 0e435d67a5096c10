//! Clusters in containers of this machine, through programs that answer as `kind` and `k3d` do: neither these nor a container
//! runtime can run everywhere. A sandbox is the cluster behind, and gets the nodes that the configuration files ask for.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::Value;
use serde_json::json;

use crate::control_plane::client;
use crate::control_plane::request;
use crate::program::Answer;
use crate::program::Directory;
use crate::server::Server;

const APPLY: [&str; 2] = ["apply", "--auto-approve"];
const DESTROY: [&str; 2] = ["destroy", "--auto-approve"];
const UNCHANGED: [&str; 2] = ["plan", "--detailed-exitcode"];
const PROGRAMS: [&str; 2] = ["kind", "k3d"];

const SMALL: &str = r#"stackwright {
  installation = "small"
}

cluster "main" {
  provider           = PROGRAM
  name               = "main"
  kubernetes_version = "v1.33.2"
}

node_pool "workers" {
  cluster    = cluster.main
  node_count = 2
  labels     = { pool = "workers" }
  taints     = [{ key = "a", effect = "NoSchedule" }]
}

storage_class "fast" {
  cluster     = cluster.main
  provisioner = "example.com/disk"
}
"#;

/// A machine with one of the programs, and a configuration for it.
struct Machine {
    program: &'static str,
    _nodes: Nodes,
    workload: Server<'static>,
    state: PathBuf,
    directory: Directory,
    _own: Directory,
}

impl Machine {
    fn with(program: &'static str) -> Self {
        let (own, directory, workload) = (Directory::new(), Directory::new(), Server::sandbox());
        let (state, programs) = (own.path().join("state"), own.path().join("bin"));
        std::fs::create_dir_all(state.join("clusters")).expect("a folder");
        std::fs::create_dir_all(&programs).expect("a folder");
        std::fs::copy(workload.kubeconfig(), state.join("kubeconfig")).expect("a kubeconfig");
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/containers");
        std::fs::copy(sources.join("common.sh"), programs.join("common.sh")).expect("a script");
        std::fs::copy(sources.join(format!("{program}.sh")), programs.join(program)).expect("a script");
        std::fs::set_permissions(programs.join(program), PermissionsExt::from_mode(0o755)).expect("a mode");
        directory.append("main.hcl", &SMALL.replace("PROGRAM", program));
        let nodes = Nodes::start(workload.kubeconfig(), &state);
        Self { program, _nodes: nodes, workload, state, directory, _own: own }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.directory.command(arguments);
        let programs = self.state.with_file_name("bin");
        command.env("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", programs.display()));
        command.env("FAKE_STATE", &self.state).env("STACKWRIGHT_LOCAL_POLL", "100ms");
        command
    }

    fn run(&self, arguments: &[&str]) -> Answer {
        Answer::of(self.command(arguments))
    }

    fn succeed(&self, arguments: &[&str]) -> String {
        let answer = self.run(arguments);
        assert_eq!(answer.code, Some(0), "{arguments:?}\n{}\n{}", answer.stdout, answer.stderr);
        answer.stdout
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.state.join("clusters")).expect("a folder").flatten();
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
    }

    /// The nodes that were asked for.
    fn nodes(&self) -> Vec<Value> {
        let path = "/api/v1/nodes?labelSelector=stackwright.io/installation";
        self.workload.get(path)["items"].as_array().cloned().unwrap_or_default()
    }

    fn assert_whole(&self, when: &str) {
        assert_eq!((self.names(), self.nodes().len()), (vec!["main".to_owned()], 3), "{when}");
        let answer = self.run(&UNCHANGED);
        assert_eq!(answer.code, Some(0), "{when}: {}\n{}", answer.stdout, answer.stderr);
    }

    fn replace(&self, from: &str, to: &str) {
        self.directory.replace("main.hcl", from, to);
    }
}

/// Makes the nodes of a cluster that a program was told to make, and takes them away with it.
struct Nodes {
    ends: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Nodes {
    fn start(kubeconfig: &Path, state: &Path) -> Self {
        let ends = Arc::new(AtomicBool::new(false));
        let (kubeconfig, state, told) = (kubeconfig.to_owned(), state.to_owned(), ends.clone());
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let client = client(&kubeconfig).await;
                while !told.load(Ordering::SeqCst) {
                    look(&client, &state).await;
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            });
        });
        Self { ends, thread: Some(thread) }
    }
}

impl Drop for Nodes {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            // What it says has been printed.
            thread.join().ok();
        }
    }
}

async fn look(client: &kube::Client, state: &Path) {
    let json = "application/json";
    if state.join("deleted").exists() {
        let path = "/api/v1/nodes?labelSelector=stackwright.io/installation";
        let (_, list) = request(client, "GET", path, json, Vec::new()).await;
        let nodes = list["items"].as_array().cloned().unwrap_or_default();
        let nodes = nodes.iter().filter_map(|node| node["metadata"]["name"].as_str());
        let mut paths: Vec<String> = nodes.map(|name| format!("/api/v1/nodes/{name}")).collect();
        paths.push("/apis/storage.k8s.io/v1/storageclasses/fast".into());
        paths.push("/api/v1/namespaces/stackwright-system".into());
        for path in paths {
            request(client, "DELETE", &path, json, Vec::new()).await;
        }
        let path = "/api/v1/namespaces/stackwright-system";
        while request(client, "GET", path, json, Vec::new()).await.0 != 404 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        std::fs::remove_file(state.join("deleted")).ok();
    }
    for cluster in std::fs::read_dir(state.join("clusters")).expect("a folder").flatten() {
        let Ok(text) = std::fs::read(cluster.path().join("config")) else { continue };
        if cluster.path().join("ready").exists() {
            continue;
        }
        let file: Value = serde_json::from_slice(&text).expect("JSON");
        for (number, (labels, taints, version)) in asked(&file).into_iter().enumerate() {
            // The sandbox makes it ready, in the version that it is told.
            let name = format!("made-{number}");
            let annotations = json!({"sandbox.stackwright.io/version": version});
            let node = json!({"apiVersion": "v1", "kind": "Node", "spec": {"taints": taints},
                "metadata": {"name": name, "labels": labels, "annotations": annotations}});
            request(client, "POST", "/api/v1/nodes", json, node.to_string().into_bytes()).await;
            let path = format!("/api/v1/nodes/{name}");
            while request(client, "GET", &path, json, Vec::new()).await.1["status"]["conditions"].is_null() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
        std::fs::write(cluster.path().join("ready"), "").ok();
    }
}

/// Labels, taints and version of the nodes that a configuration file asks for.
fn asked(file: &Value) -> Vec<(Value, Value, String)> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let version = |image: &Value| {
        let tag = image.as_str().unwrap_or_default().rsplit(':').next().unwrap_or_default().to_owned();
        tag.replace("-k3s1", "+k3s1")
    };
    if file["kind"] == "Cluster" {
        assert_eq!(file["apiVersion"], "kind.x-k8s.io/v1alpha4");
        let node = |node: Value| {
            let patch = node["kubeadmConfigPatches"][0].as_str().unwrap_or("{}").to_owned();
            let patch: Value = serde_json::from_str(&patch).expect("JSON");
            let taints = list(&patch["nodeRegistration"]["taints"]);
            (node["labels"].clone(), taints.into(), version(&node["image"]))
        };
        return list(&file["nodes"]).into_iter().map(node).collect();
    }
    assert_eq!(file["apiVersion"], "k3d.io/v1alpha5");
    assert_eq!(file["options"]["kubeconfig"]["updateDefaultKubeconfig"], false);
    let count = |key: &str| file[key].as_u64().expect("a number");
    let servers = (0..count("servers")).map(|number| ("server", number));
    let nodes = servers.chain((0..count("agents")).map(|number| ("agent", number)));
    let node = |(role, number): (&str, u64)| {
        let means = |value: &&Value| {
            let filters = list(&value["nodeFilters"]);
            filters.iter().any(|filter| *filter == format!("{role}:{number}") || *filter == format!("{role}:*"))
        };
        let (labels, arguments) =
            (list(&file["options"]["k3s"]["nodeLabels"]), list(&file["options"]["k3s"]["extraArgs"]));
        let labels: serde_json::Map<String, Value> = labels
            .iter()
            .filter(means)
            .map(|label| label["label"].as_str().and_then(|label| label.split_once('=')).expect("a label"))
            .map(|(key, value)| (key.to_owned(), value.into()))
            .collect();
        let taint = |argument: &Value| {
            let taint = argument["arg"].as_str().and_then(|text| text.strip_prefix("--node-taint=")).expect("a taint");
            let (key, rest) = taint.split_once('=').expect("a value");
            let (value, effect) = rest.split_once(':').expect("an effect");
            json!({"key": key, "value": value, "effect": effect})
        };
        let taints: Vec<Value> = arguments.iter().filter(means).map(taint).collect();
        (labels.into(), taints.into(), version(&file["image"]))
    };
    nodes.map(node).collect()
}

#[test]
fn a_cluster_is_made_and_unmade_with_its_pools() {
    for program in PROGRAMS {
        let machine = Machine::with(program);
        let plan = machine.succeed(&["plan"]);
        assert!(plan.contains("cluster.main does not exist yet"), "{plan}");
        machine.succeed(&APPLY);
        machine.assert_whole(program);
        machine.workload.get("/apis/storage.k8s.io/v1/storageclasses/fast");
        let worker = &machine.nodes()[2];
        assert_eq!(worker["metadata"]["labels"]["pool"], "workers");
        assert_eq!(worker["spec"]["taints"][0]["effect"], "NoSchedule");
        // No context of whoever runs it is touched, and no way in is left lying around.
        let left = machine.directory.files().into_iter().filter(|path| path.to_string_lossy().ends_with("kubeconfig"));
        assert_eq!(left.count(), 0);
        let destroyed = machine.succeed(&DESTROY);
        assert!(destroyed.contains("everything in cluster main"), "{destroyed}");
        assert_eq!(machine.names(), Vec::<String>::new());
    }
}

#[test]
fn what_changes_its_nodes_takes_another_cluster_and_consent() {
    for program in PROGRAMS {
        let machine = Machine::with(program);
        machine.succeed(&APPLY);
        for (from, to) in
            [("node_count = 2", "node_count = 1"), ("v1.33.2", "v1.34.0"), ("\"NoSchedule\"", "\"NoExecute\"")]
        {
            machine.replace(from, to);
            let refused = machine.run(&["plan"]);
            assert!(refused.stderr.contains("that would lose everything in cluster main"), "{}", refused.stderr);
            let plan = machine.succeed(&["plan", "--allow-data-loss"]);
            assert!(plan.contains("# forces replacement"), "{plan}");
            machine.succeed(&["apply", "--auto-approve", "--allow-data-loss"]);
            machine.workload.get("/apis/storage.k8s.io/v1/storageclasses/fast");
        }
        assert_eq!(machine.nodes().len(), 2);
        assert!(
            machine.nodes()[0]["status"]["nodeInfo"]["kubeletVersion"].as_str().expect("a text").starts_with("v1.34.0")
        );
        assert_eq!(machine.run(&UNCHANGED).code, Some(0));
    }
}

#[test]
fn a_node_that_somebody_changes_is_drift() {
    let machine = Machine::with("kind");
    machine.succeed(&APPLY);
    let merge = "application/merge-patch+json";
    machine.workload.done("PATCH", "/api/v1/nodes/made-1", merge, &json!({"metadata": {"labels": {"other": "label"}}}));
    machine.assert_whole("labels of others are none of ours");
    machine.workload.done("PATCH", "/api/v1/nodes/made-1", merge, &json!({"metadata": {"labels": {"pool": null}}}));
    let plan = machine.succeed(&["plan", "--allow-data-loss"]);
    assert!(plan.contains("# forces replacement"), "{plan}");
}

#[test]
fn a_strangers_cluster_of_that_name_is_left_alone() {
    let machine = Machine::with("k3d");
    machine.succeed(&APPLY);
    let other = json!({"metadata": {"labels": {"stackwright.io/installation": "other"}}});
    for node in machine.nodes() {
        let path = format!("/api/v1/nodes/{}", node["metadata"]["name"].as_str().expect("a name"));
        machine.workload.done("PATCH", &path, "application/merge-patch+json", &other);
    }
    std::fs::remove_dir_all(machine.directory.path().join(".stackwright")).expect("a folder");
    let answer = machine.run(&[APPLY[0], APPLY[1], "--wait-timeout", "2s"]);
    assert!(answer.stderr.contains("main exists already and is not ours"), "{}", answer.stderr);
    machine.run(&DESTROY);
    assert_eq!(machine.names(), ["main"]);
}

#[test]
fn a_lost_directory_is_filled_again_from_the_nodes() {
    let machine = Machine::with("kind");
    machine.succeed(&APPLY);
    std::fs::remove_dir_all(machine.directory.path().join(".stackwright")).expect("a folder");
    machine.assert_whole("after the directory was lost");
    machine.succeed(&DESTROY);
    assert_eq!(machine.names(), Vec::<String>::new());
}

#[test]
fn what_goes_wrong_names_program_code_and_last_lines() {
    let machine = Machine::with("kind");
    std::fs::write(machine.state.join("fail"), "").expect("written");
    let answer = machine.run(&[APPLY[0], APPLY[1], "--wait-timeout", "2s"]);
    assert_eq!(answer.code, Some(1), "{}", answer.stdout);
    let said = answer.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("kind create cluster --name main --config"), "{said}");
    assert!(said.contains("exit status: 3") && said.contains("ERROR: failed to pull image"), "{said}");
    std::fs::remove_file(machine.state.join("fail")).expect("it is there");
    machine.succeed(&APPLY);
    machine.assert_whole("after the cause was mended");
    let mut command = machine.command(&["plan"]);
    command.env("PATH", "/nowhere");
    let answer = Answer::of(command);
    assert!(answer.stderr.contains("there is no program kind in PATH"), "{}", answer.stderr);
    machine.replace("\"v1.33.2\"", "\"v1.33\"");
    let answer = machine.run(&["validate"]);
    assert!(answer.stderr.contains("Images of nodes are named by whole versions"), "{}", answer.stderr);
}

/// A run is killed before or after each call of the program, which goes on by itself or ends there too; another one must
/// finish what was begun.
fn killed_at_every_call(arguments: &[&str], dies: bool, begin: impl Fn(&Machine), end: impl Fn(&Machine, &str)) {
    let machine = Machine::with("kind");
    for moment in 1.. {
        begin(&machine);
        for counted in ["calls", "looks"] {
            std::fs::remove_file(machine.state.join(counted)).ok();
        }
        let mut command = machine.command(arguments);
        command.env("FAKE_KILL", moment.to_string());
        if dies {
            command.env("FAKE_DIE", "1");
        }
        let killed = Answer::of(command);
        let when = format!("{arguments:?} killed at {moment}, with the program: {dies}");
        if killed.code == Some(0) {
            assert!(moment > 4, "nothing was killed");
            return end(&machine, &when);
        }
        assert_eq!(killed.code, None, "{when}: {}\n{}", killed.stdout, killed.stderr);
        let again = machine.run(arguments);
        assert_eq!(again.code, Some(0), "{when}: {}\n{}", again.stdout, again.stderr);
        end(&machine, &when);
    }
}

#[test]
fn an_apply_killed_at_every_call_of_the_program() {
    for dies in [false, true] {
        let begin = |machine: &Machine| _ = machine.succeed(&DESTROY);
        killed_at_every_call(&APPLY, dies, begin, Machine::assert_whole);
    }
}

#[test]
fn a_destroy_killed_at_every_call_of_the_program() {
    let begin = |machine: &Machine| _ = machine.succeed(&APPLY);
    let end = |machine: &Machine, when: &str| assert_eq!(machine.names(), Vec::<String>::new(), "{when}");
    killed_at_every_call(&DESTROY, false, begin, end);
}

#[test]
fn a_cluster_that_was_left_half_made_is_made_anew() {
    for program in PROGRAMS {
        let machine = Machine::with(program);
        let mut command = machine.command(&APPLY);
        command.env("FAKE_KILL", "half");
        assert_eq!(Answer::of(command).code, None);
        assert_eq!(machine.names(), ["main"], "{} was not left half made", machine.program);
        machine.succeed(&APPLY);
        machine.assert_whole("after it was left half made");
    }
}
