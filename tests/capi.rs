//! Clusters and node pools through Cluster API, in both versions of it: a management cluster that is a sandbox with
//! definitions in the shape of the real ones, whose controllers are played, and a second sandbox behind the kubeconfig.

mod definitions;
mod management;
mod player;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use serde_json::json;

use crate::program::Answer;
use crate::program::Directory;
use management::APPLY;
use management::DESTROY;
use management::Management;
use management::UNCHANGED;
use management::Work;

/// Both versions, each with a cluster by a class and one of objects.
const WAYS: [(&str, bool); 4] = [("v1beta2", true), ("v1beta2", false), ("v1beta1", true), ("v1beta1", false)];

#[test]
fn a_cluster_is_made_grown_and_unmade_in_the_words_of_both_versions() {
    for (version, is_topology) in WAYS {
        let management = Management::start(version);
        let work = management.work(is_topology);
        let plan = work.succeed(&["plan"]);
        assert!(plan.contains("cluster.main does not exist yet"), "{plan}");
        work.succeed(&APPLY);
        work.assert_whole(&format!("{version}, topology: {is_topology}"));
        // The class lies in the cluster behind, which the Secret leads to.
        management.workload.get("/apis/storage.k8s.io/v1/storageclasses/fast");
        for (from, to) in [
            ("node_count", "node_count    = 4\n  # node_count"),
            ("{ key = \"a\", effect = \"NoSchedule\" }, ", ""),
            ("\"node.cluster.x-k8s.io/pool\" = \"workers\"", "\"node.cluster.x-k8s.io/pool\" = \"others\""),
            ("team = \"ml\"", "team = \"ai\""),
            ("control_plane_count = 3", "control_plane_count = 5"),
        ] {
            work.directory.replace("main.hcl", from, to);
            let plan = work.succeed(&["plan"]);
            assert!(plan.contains("Plan: 0 to add, 1 to change, 0 to destroy"), "{to}: {plan}");
            work.succeed(&APPLY);
            work.assert_whole(&format!("{version}, topology: {is_topology}, {to}"));
        }
        let destroyed = work.succeed(&DESTROY);
        assert!(destroyed.contains("everything in cluster main"), "{destroyed}");
        work.assert_gone(version);
    }
}

/// The versions that a thing went through.
fn versions_of(work: &Work<'_>, is_topology: bool) -> (Value, Value) {
    let cluster = work.management.cluster();
    let plane = "/apis/controlplane.cluster.x-k8s.io/v1beta7/namespaces/mlops/kubeadmcontrolplanes";
    let name = if is_topology { "main-plane" } else { "main" };
    let plane = work.management.server.get(&format!("{plane}/{name}"));
    assert_eq!(cluster["status"]["phase"], "Provisioned");
    let pool = work.management.list("machinedeployments").remove(0);
    (plane["status"]["version"].clone(), pool["spec"]["template"]["spec"]["version"].clone())
}

#[test]
fn upgrades_take_one_minor_at_a_time_the_control_plane_first() {
    for (version, is_topology) in [("v1beta2", true), ("v1beta2", false)] {
        let management = Management::start(version);
        let work = management.work(is_topology);
        work.succeed(&APPLY);
        work.directory.replace("main.hcl", "kubernetes_version  = \"v1.33.2\"", "kubernetes_version  = \"v1.35.0\"");
        work.succeed(&APPLY);
        assert_eq!(versions_of(&work, is_topology), (json!("v1.35.0"), json!("v1.35.0")));
        work.assert_whole("after the upgrade");
        work.directory.replace("main.hcl", "kubernetes_version  = \"v1.35.0\"", "kubernetes_version  = \"v1.34.1\"");
        let answer = work.run(&[APPLY[0], APPLY[1], "--wait-timeout", "2s"]);
        assert!(answer.stderr.contains("Kubernetes does not go back to v1.34.1"), "{}", answer.stderr);
    }
}

#[test]
fn an_upgrade_over_minors_needs_to_know_the_versions_between() {
    let management = Management::start("v1beta2");
    let work = management.work(true);
    work.directory.replace("main.hcl", "  kubernetes_versions = [\"v1.33.2\", \"v1.34.1\", \"v1.35.0\"]\n", "");
    work.succeed(&APPLY);
    work.directory.replace("main.hcl", "\"v1.33.2\"", "\"v1.35.0\"");
    let answer = work.run(&[APPLY[0], APPLY[1], "--wait-timeout", "2s"]);
    let expected = "from v1.33.2 to v1.35.0 the way goes through 1.34: write a version of that first";
    assert!(answer.stderr.contains(expected), "{}", answer.stderr);
    work.directory.replace("main.hcl", "\"v1.35.0\"", "\"v1.34.1\"");
    work.succeed(&APPLY);
}

#[test]
fn an_autoscaler_counts_within_its_bounds() {
    for is_topology in [true, false] {
        let management = Management::start("v1beta2");
        let work = management.work(is_topology);
        work.directory.replace("main.hcl", "  labels", "  autoscaling {\n    min = 1\n    max = 3\n  }\n  labels");
        let text = std::fs::read_to_string(work.directory.path().join("main.hcl")).expect("a text");
        let without = text.lines().filter(|line| !line.contains("node_count")).collect::<Vec<_>>().join("\n");
        std::fs::write(work.directory.path().join("main.hcl"), without + "\n").expect("written");
        work.succeed(&["fmt"]);
        work.succeed(&APPLY);
        let pool = management.list("machinedeployments").remove(0);
        let name = pool["metadata"]["name"].as_str().expect("a name").to_owned();
        let bound = "cluster.x-k8s.io/cluster-api-autoscaler-node-group-max-size";
        assert_eq!(pool["metadata"]["annotations"][bound], "3");
        if !is_topology {
            // As the autoscaler does: no drift.
            management.change("machinedeployments", &name, &json!({"spec": {"replicas": 3}}));
        }
        work.assert_whole("after the autoscaler");
    }
}

#[test]
fn what_somebody_changes_in_the_management_cluster_is_drift() {
    let management = Management::start("v1beta2");
    let work = management.work(false);
    work.succeed(&APPLY);
    management.change("machinedeployments", "main-workers", &json!({"spec": {"replicas": 7}}));
    let plan = work.succeed(&["plan"]);
    assert!(plan.contains("~ spec.node_count = 7 -> 2"), "{plan}");
    management.server.done(
        "DELETE",
        &format!("{}/main-workers", management.path("machinehealthchecks")),
        "application/json",
        &Value::Null,
    );
    let plan = work.succeed(&["plan"]);
    assert!(plan.contains("~ spec.auto_recovery = false -> true"), "{plan}");
    work.succeed(&APPLY);
    work.assert_whole("after the drift");
    work.directory.replace("main.hcl", "192.168.0.0/16", "10.0.0.0/16");
    let refused = work.run(&["plan"]);
    assert!(refused.stderr.contains("that would lose everything in cluster main"), "{}", refused.stderr);
    let plan = work.succeed(&["plan", "--allow-data-loss"]);
    assert!(plan.contains("# forces replacement"), "{plan}");
}

#[test]
fn a_strangers_cluster_and_pools_are_left_alone() {
    let management = Management::start("v1beta2");
    let work = management.work(true);
    work.succeed(&APPLY);
    std::fs::remove_dir_all(work.directory.path().join(".stackwright")).expect("a folder");
    work.assert_whole("after the directory was lost");
    let entry = json!({"class": "c", "name": "theirs", "replicas": 1});
    let mut entries = management.cluster()["spec"]["topology"]["workers"]["machineDeployments"].clone();
    entries.as_array_mut().expect("a list").push(entry);
    management.change("clusters", "main", &json!({"spec": {"topology": {"workers": {"machineDeployments": entries}}}}));
    let answer = work.run(&[DESTROY[0], DESTROY[1], "--wait-timeout", "2s"]);
    assert!(answer.stderr.contains("node pools that this installation did not make: theirs"), "{}", answer.stderr);
    management.change("clusters", "main", &json!({"metadata": {"labels": {"stackwright.io/installation": "other"}}}));
    std::fs::remove_dir_all(work.directory.path().join(".stackwright")).expect("a folder");
    let answer = work.run(&[APPLY[0], APPLY[1], "--wait-timeout", "2s"]);
    assert!(answer.stderr.contains("main exists already and is not ours"), "{}", answer.stderr);
    work.run(&DESTROY);
    assert!(management.names().contains(&"main".to_owned()));
}

#[test]
fn a_kubeconfig_is_read_from_its_secret_each_time_and_runs_nothing() {
    let management = Management::start("v1beta2");
    let work = management.work(true);
    work.succeed(&APPLY);
    let key = "client-key-data: ";
    let text = std::fs::read_to_string(management.workload.kubeconfig()).expect("a kubeconfig");
    let secret = text.lines().find_map(|line| line.trim().strip_prefix(key)).expect("a key").to_owned();
    for file in work.directory.files() {
        let bytes = std::fs::read(&file).expect("a file");
        let holds = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!holds, "{} holds the key of the cluster", file.display());
    }
    let change = |value: &str| {
        let path = "/api/v1/namespaces/mlops/secrets/main-kubeconfig";
        let patch = json!({"data": {"value": STANDARD.encode(value)}});
        management.server.done("PATCH", path, "application/merge-patch+json", &patch);
    };
    let program = "exec: {apiVersion: client.authentication.k8s.io/v1, command: canary}";
    change(&text.lines().map(|line| line.replace(key, &format!("{program}\n    {key}")) + "\n").collect::<String>());
    let answer = work.run(&["plan"]);
    assert_eq!(answer.code, Some(1), "{}", answer.stdout);
    assert!(answer.stderr.contains("names a program or files of this machine"), "{}", answer.stderr);
    assert!(!answer.stderr.contains(&secret), "the key is told");
    change("nonsense");
    let answer = work.run(&["plan"]);
    assert!(answer.stderr.contains("it is no kubeconfig"), "{}", answer.stderr);
    change(&text);
    work.assert_whole("after the kubeconfig was mended");
}

#[test]
fn what_is_missing_in_the_management_cluster_is_said() {
    let management = Management::start("v1beta2");
    let work = management.work(false);
    work.directory.replace(
        "main.hcl",
        "\"DockerCluster\"\n    name        = \"main\"",
        "\"DockerCluster\"\n    name        = \"absent\"",
    );
    let answer = work.run(&["plan"]);
    let expected = "There is no DockerCluster absent in the namespace mlops of the management cluster";
    assert!(answer.stderr.contains("Not to be had") && answer.stderr.contains(expected), "{}", answer.stderr);
    work.directory.replace("main.hcl", "\"DockerCluster\"", "\"TinCluster\"");
    let answer = work.run(&APPLY);
    assert!(answer.stderr.contains("Not to be had"), "{}", answer.stderr);
    assert!(
        answer.stderr.contains("does not serve TinCluster of infrastructure.cluster.x-k8s.io"),
        "{}",
        answer.stderr
    );
    std::fs::copy(management.workload.kubeconfig(), work.directory.path().join("management")).expect("a kubeconfig");
    let answer = work.run(&["plan"]);
    assert!(answer.stderr.contains("serves no Cluster API"), "{}", answer.stderr);
    work.directory.replace("main.hcl", "\"management\"", "\"nowhere\"");
    let answer = work.run(&["plan"]);
    assert!(answer.stderr.contains("cannot enter the management cluster"), "{}", answer.stderr);
}

#[test]
fn topologies_and_references_do_not_mix() {
    let management = Management::start("v1beta2");
    let work = management.work(true);
    work.directory.replace("main.hcl", "  machine_class = \"default-worker\"\n", "");
    work.directory.replace("main.hcl", "  topology {\n    class     = \"quick-start\"", "  infrastructure {\n    api_version = \"a\"\n    kind        = \"b\"\n    name        = \"c\"\n  }\n  topology {\n    class     = \"quick-start\"");
    let answer = work.run(&["validate"]);
    assert!(
        answer.stderr.contains("\"infrastructure\" is what the ClusterClass of \"topology\" says"),
        "{}",
        answer.stderr
    );
    assert!(
        answer.stderr.contains("The node pool needs \"machine_class\": its cluster has a topology"),
        "{}",
        answer.stderr
    );
    work.directory.append("main.hcl", "cluster \"other\" {\n  provider           = capi\n  name               = \"other\"\n  kubernetes_version = \"v1.33.2\"\n}\n");
    let answer = work.run(&["validate"]);
    assert!(
        answer.stderr.contains("The cluster needs \"topology\", which names a ClusterClass, or"),
        "{}",
        answer.stderr
    );
}

/// Runs a command again and again from the same beginning, killed after more requests each time; each time another run
/// must finish what was begun.
fn killed_everywhere(work: &Work<'_>, arguments: &[&str], rarely: u64, begin: impl Fn(), end: impl Fn(&str)) {
    let mut moment = rarely;
    loop {
        begin();
        let mut command = work.command(arguments);
        command.env("STACKWRIGHT_FAULTS", format!("kill_after={moment}"));
        let killed = Answer::of(command);
        let when = format!("{arguments:?} killed after {moment} requests");
        if killed.code == Some(0) {
            assert!(moment > 15, "nothing was killed");
            return end(&when);
        }
        assert_eq!(killed.code, None, "{when}: {}\n{}", killed.stdout, killed.stderr);
        let again = work.run(arguments);
        assert_eq!(again.code, Some(0), "{when}: {}\n{}", again.stdout, again.stderr);
        end(&when);
        // Densely at the beginning, where most is decided; a wait is one request after another alike.
        moment += rarely + rarely * moment / 5;
    }
}

/// What a cluster is made of differs in its first requests only: the second kind is killed less often.
fn rarely(is_topology: bool) -> u64 {
    if is_topology { 1 } else { 3 }
}

#[test]
fn an_apply_killed_at_requests() {
    for is_topology in [true, false] {
        let management = Management::start("v1beta2");
        let work = management.work(is_topology);
        let begin = || {
            work.succeed(&DESTROY);
            management.prepare();
        };
        killed_everywhere(&work, &APPLY, rarely(is_topology), begin, |when| work.assert_whole(when));
    }
}

#[test]
fn a_destroy_killed_at_requests() {
    for is_topology in [true, false] {
        let management = Management::start("v1beta2");
        let work = management.work(is_topology);
        let begin = || {
            management.prepare();
            work.succeed(&APPLY);
        };
        killed_everywhere(&work, &DESTROY, rarely(is_topology), begin, |when| work.assert_gone(when));
    }
}

#[test]
fn the_example_runs_on_a_management_cluster() {
    let management = Management::start("v1beta2");
    let work = management.work_in(Directory::example("capi"), true);
    work.directory.replace("main.hcl", "context   = \"management\"", "kubeconfig = \"management\"");
    work.succeed(&["fmt"]);
    work.succeed(&["validate"]);
    let applied = work.succeed(&APPLY);
    assert!(applied.contains("dashboard = \"https://"), "{applied}");
    let answer = work.run(&UNCHANGED);
    assert_eq!(answer.code, Some(0), "{}\n{}", answer.stdout, answer.stderr);
}
