//! A management cluster with Cluster API, played, and a configuration whose provider it is.

use std::process::Command;

use serde_json::Value;
use serde_json::json;

use super::definitions::definitions;
use super::player::Player;
use crate::program::Answer;
use crate::program::Directory;
use crate::server::Server;

pub const APPLY: [&str; 2] = ["apply", "--auto-approve"];
pub const DESTROY: [&str; 2] = ["destroy", "--auto-approve"];
pub const UNCHANGED: [&str; 2] = ["plan", "--detailed-exitcode"];

/// A cluster by a class, with a pool.
const TOPOLOGY: &str = r#"cluster "main" {
  provider            = capi
  name                = "main"
  kubernetes_version  = "v1.33.2"
  control_plane_count = 3
  tags                = { team = "ml" }

  topology {
    class     = "quick-start"
    variables = { size = { cpu = 4 }, zone = "a" }
  }
}

node_pool "workers" {
  cluster       = cluster.main
  machine_class = "default-worker"
  node_count    = 2
  labels        = { "node.cluster.x-k8s.io/pool" = "workers" }
  taints        = [{ key = "a", effect = "NoSchedule" }, { key = "b", value = "c", effect = "NoExecute" }]
}
"#;

/// The same of objects that are there.
const REFERENCES: &str = r#"cluster "main" {
  provider            = capi
  name                = "main"
  kubernetes_version  = "v1.33.2"
  control_plane_count = 3
  pod_cidrs           = ["192.168.0.0/16"]
  tags                = { team = "ml" }

  control_plane {
    api_version = "controlplane.cluster.x-k8s.io/v1beta7"
    kind        = "KubeadmControlPlane"
    name        = "main"
  }
  infrastructure {
    api_version = "infrastructure.cluster.x-k8s.io"
    kind        = "DockerCluster"
    name        = "main"
  }
}

node_pool "workers" {
  cluster    = cluster.main
  node_count = 2
  labels     = { "node.cluster.x-k8s.io/pool" = "workers" }
  taints     = [{ key = "a", effect = "NoSchedule" }, { key = "b", value = "c", effect = "NoExecute" }]

  infrastructure {
    api_version = "infrastructure.cluster.x-k8s.io/v1beta7"
    kind        = "DockerMachineTemplate"
    name        = "workers"
  }
  bootstrap {
    api_version = "bootstrap.cluster.x-k8s.io/v1beta7"
    kind        = "KubeadmConfigTemplate"
    name        = "workers"
  }
}
"#;

const PROVIDER: &str = r#"stackwright {
  installation = "small"
}

provider "capi" {
  kubeconfig          = "management"
  namespace           = "mlops"
  kubernetes_versions = ["v1.33.2", "v1.34.1", "v1.35.0"]
}

storage_class "fast" {
  cluster     = cluster.main
  provisioner = "example.com/disk"
}

"#;

/// A management cluster, and the cluster that every cluster of it is.
pub struct Management {
    /// Ends before the servers.
    _player: Player,
    version: &'static str,
    pub server: Server<'static>,
    pub workload: Server<'static>,
}

impl Management {
    pub fn start(version: &'static str) -> Self {
        let (server, workload) = (Server::sandbox(), Server::sandbox());
        let json = "application/json";
        let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "mlops"}});
        server.done("POST", "/api/v1/namespaces", json, &namespace);
        for definition in definitions(version) {
            server.done("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", json, &definition);
        }
        for path in ["cluster.x-k8s.io", "controlplane.cluster.x-k8s.io", "infrastructure.cluster.x-k8s.io"] {
            server.wait_until(&format!("/apis/{path}"), |code, _| code == 200);
        }
        let player = Player::start(version, server.kubeconfig(), workload.kubeconfig());
        let management = Self { _player: player, version, server, workload };
        management.prepare();
        management
    }

    /// Makes what clusters refer to, as their people do; what is there stays.
    pub fn prepare(&self) {
        for (group, kind, plural, name) in [
            ("controlplane", "KubeadmControlPlane", "kubeadmcontrolplanes", "main"),
            ("infrastructure", "DockerCluster", "dockerclusters", "main"),
            ("infrastructure", "DockerMachineTemplate", "dockermachinetemplates", "workers"),
            ("bootstrap", "KubeadmConfigTemplate", "kubeadmconfigtemplates", "workers"),
        ] {
            let group = format!("{group}.cluster.x-k8s.io/v1beta7");
            let object = json!({"apiVersion": group, "kind": kind, "metadata": {"name": name}, "spec": {"x": "y"}});
            let path = format!("/apis/{group}/namespaces/mlops/{plural}");
            let (code, answer) = self.server.send("POST", &path, "application/json", &object);
            assert!([201, 409].contains(&code), "{path}: {answer}");
        }
    }

    pub fn path(&self, plural: &str) -> String {
        format!("/apis/cluster.x-k8s.io/{}/namespaces/mlops/{plural}", self.version)
    }

    pub fn list(&self, plural: &str) -> Vec<Value> {
        self.server.get(&self.path(plural))["items"].as_array().cloned().unwrap_or_default()
    }

    pub fn cluster(&self) -> Value {
        self.list("clusters").first().cloned().unwrap_or_default()
    }

    pub fn change(&self, plural: &str, name: &str, patch: &Value) {
        let path = format!("{}/{name}", self.path(plural));
        self.server.done("PATCH", &path, "application/merge-patch+json", patch);
    }

    /// What there is of ours, and what belongs to it.
    pub fn names(&self) -> Vec<String> {
        let name = |object: &Value| object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        let kinds = ["clusters", "machinedeployments", "machinehealthchecks"];
        kinds.iter().flat_map(|kind| self.list(kind)).map(|object| name(&object)).collect()
    }

    pub fn work(&self, is_topology: bool) -> Work<'_> {
        let directory = Directory::new();
        directory.append("main.hcl", PROVIDER);
        directory.append("main.hcl", if is_topology { TOPOLOGY } else { REFERENCES });
        self.work_in(directory, is_topology)
    }

    pub fn work_in(&self, directory: Directory, is_topology: bool) -> Work<'_> {
        std::fs::copy(self.server.kubeconfig(), directory.path().join("management")).expect("a kubeconfig");
        Work { management: self, directory, is_topology }
    }
}

/// A configuration for a management cluster.
pub struct Work<'a> {
    pub management: &'a Management,
    pub directory: Directory,
    is_topology: bool,
}

impl Work<'_> {
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.directory.command(arguments);
        command.env("STACKWRIGHT_CAPI_POLL", "20ms");
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Answer {
        Answer::of(self.command(arguments))
    }

    pub fn succeed(&self, arguments: &[&str]) -> String {
        let answer = self.run(arguments);
        assert_eq!(answer.code, Some(0), "{arguments:?}\n{}\n{}", answer.stdout, answer.stderr);
        answer.stdout
    }

    /// Everything is as the configuration says, exactly once.
    pub fn assert_whole(&self, when: &str) {
        let expected: &[&str] = match self.is_topology {
            true => &["main", "main-workers-abc"],
            false => &["main", "main-workers", "main-workers"],
        };
        assert_eq!(self.management.names(), expected, "{when}");
        let answer = self.run(&UNCHANGED);
        assert_eq!(answer.code, Some(0), "{when}: {}\n{}", answer.stdout, answer.stderr);
    }

    pub fn assert_gone(&self, when: &str) {
        let left = self.management.names();
        // What watched the nodes of a cluster goes with it.
        assert_eq!(left, Vec::<String>::new(), "{when}");
    }
}
