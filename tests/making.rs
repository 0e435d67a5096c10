//! A cloud and the cluster it makes, from nothing to a running platform and back: the program of `tests/test_cloud`, whose
//! cloud plays minutes in milliseconds.

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use serde_json::json;

use crate::program::Answer;
use crate::program::Directory;

const APPLY: [&str; 2] = ["apply", "--auto-approve"];
const DESTROY: [&str; 2] = ["destroy", "--auto-approve"];
const UNCHANGED: [&str; 2] = ["plan", "--detailed-exitcode"];

const CLUSTER: &str = r#"cluster "main" {
  provider = pond
  name     = "main"

  network {
    vpc    = "v"
    subnet = "s"
  }
}

node_pool "workers" {
  cluster     = cluster.main
  server_type = "large"
  os          = "ubuntu"
  os_version  = "22.04"
  node_count  = 3
}
"#;

/// A configuration on the test cloud.
struct Pond {
    directory: Directory,
}

impl Pond {
    /// A cluster with a node pool and a storage class.
    fn small() -> Self {
        let directory = Directory::new();
        let class = "storage_class \"fast\" {\n  cluster     = cluster.main\n  provisioner = \"example.com/disk\"\n}\n";
        directory.append("main.hcl", &format!("stackwright {{\n  installation = \"small\"\n}}\n\n{CLUSTER}\n{class}"));
        Self { directory }
    }

    /// The quickstart's platform on a cluster that is made.
    fn quickstart() -> Self {
        let directory = Directory::example("quickstart");
        directory.replace("main.hcl", "provider \"sandbox\" {\n  nodes = 3\n}\n", "");
        directory.replace("main.hcl", "cluster \"main\" {\n  provider = sandbox\n}\n", CLUSTER);
        Self { directory }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let like = self.directory.command(arguments);
        let program = Path::new(env!("CARGO_BIN_EXE_stackwright"));
        let program = program.parent().expect("a folder").join("examples/test-cloud");
        assert!(
            program.is_file(),
            "`cargo test --test suite` alone does not build it: cargo build --example test-cloud"
        );
        let mut command = Command::new(program);
        command.args(arguments).arg("--catalog").arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/test_cloud/catalog"));
        command.current_dir(self.directory.path()).stdin(std::process::Stdio::null());
        for (name, value) in like.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
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

    /// What the cloud has, but for what is on its way out.
    fn things(&self) -> Vec<Value> {
        let text =
            std::fs::read_to_string(self.directory.path().join("pond/things.json")).unwrap_or_else(|_| "[]".into());
        let things: Vec<Value> = serde_json::from_str(&text).expect("JSON");
        things.into_iter().filter(|thing| thing["leaves"] == false).collect()
    }

    fn names(&self) -> Vec<String> {
        self.things().iter().map(|thing| format!("{} {}", thing["kind"], thing["name"]).replace('"', "")).collect()
    }

    fn change(&self, change: impl Fn(&mut Value)) {
        let mut things = self.things();
        things.iter_mut().for_each(change);
        let text = serde_json::to_string(&things).expect("JSON");
        std::fs::write(self.directory.path().join("pond/things.json"), text).expect("the file can be written");
    }

    /// Everything is as the configuration says, exactly once.
    fn assert_whole(&self, when: &str) {
        assert_eq!(self.names(), ["Cluster main", "NodePool main.workers"], "{when}");
        let answer = self.run(&UNCHANGED);
        assert_eq!(answer.code, Some(0), "{when}: {}\n{}", answer.stdout, answer.stderr);
    }
}

#[test]
fn one_apply_from_nothing_to_a_running_platform_and_one_destroy_back() {
    let pond = Pond::quickstart();
    let plan = pond.succeed(&["plan"]);
    assert!(plan.contains("+ cluster.main       1 to add"), "{plan}");
    assert!(plan.contains("cluster.main does not exist yet"), "{plan}");
    assert!(plan.contains("+ platform.ml.dex "), "{plan}");
    let applied = pond.succeed(&APPLY);
    assert!(applied.contains("Apply complete! Objects: 583 added, 0 changed, 0 destroyed."), "{applied}");
    assert!(applied.contains("dashboard = \"https://"), "{applied}");
    pond.assert_whole("after the apply");
    let status = pond.run(&["status"]);
    assert_eq!(status.code, Some(0), "{}", status.stdout);
    let destroyed = pond.succeed(&DESTROY);
    assert!(destroyed.contains("everything in cluster main"), "{destroyed}");
    assert_eq!(pond.names(), Vec::<String>::new());
    assert!(pond.succeed(&["plan"]).contains("Plan: 2 to add"));
}

#[test]
fn a_saved_plan_makes_the_cluster_too() {
    let pond = Pond::small();
    pond.succeed(&["plan", "--out", "saved"]);
    pond.succeed(&["apply", "saved"]);
    pond.assert_whole("after the saved plan");
    let stale = pond.run(&["apply", "saved"]);
    assert_eq!(stale.code, Some(1), "{}", stale.stdout);
    assert!(stale.stderr.contains("The plan is stale"), "{}", stale.stderr);
}

/// Runs a command again and again from the same beginning, killed at one moment more each time, until it is not killed
/// any more; each time another run must finish what was begun.
fn killed_everywhere(
    kill: impl Fn(&mut Command, u64),
    arguments: &[&str],
    begin: impl Fn() -> Pond,
    end: impl Fn(&Pond, &str),
) {
    for moment in 1.. {
        let pond = begin();
        let mut command = pond.command(arguments);
        kill(&mut command, moment);
        let killed = Answer::of(command);
        let when = format!("{arguments:?} killed at {moment}");
        if killed.code == Some(0) {
            assert!(moment > 5, "nothing was killed");
            end(&pond, &when);
            return;
        }
        assert_eq!(killed.code, None, "{when}: {}\n{}", killed.stdout, killed.stderr);
        let again = pond.run(arguments);
        assert_eq!(again.code, Some(0), "{when}: {}\n{}", again.stdout, again.stderr);
        end(&pond, &when);
    }
}

fn at_the_cloud(command: &mut Command, moment: u64) {
    command.env("POND_KILL_AFTER", moment.to_string());
}

fn at_the_servers(command: &mut Command, moment: u64) {
    // Every third is enough: the others are tried on clusters that exist.
    command.env("STACKWRIGHT_FAULTS", format!("kill_after={}", 3 * moment));
}

fn applied() -> Pond {
    let pond = Pond::small();
    pond.succeed(&APPLY);
    pond
}

fn assert_gone(pond: &Pond, when: &str) {
    assert_eq!(pond.names(), Vec::<String>::new(), "{when}");
}

#[test]
fn an_apply_killed_at_every_call_of_the_cloud() {
    killed_everywhere(at_the_cloud, &APPLY, Pond::small, Pond::assert_whole);
}

#[test]
fn an_apply_killed_at_requests_to_the_servers() {
    killed_everywhere(at_the_servers, &APPLY, Pond::small, Pond::assert_whole);
}

#[test]
fn a_destroy_killed_at_every_call_of_the_cloud() {
    killed_everywhere(at_the_cloud, &DESTROY, applied, assert_gone);
}

#[test]
fn a_destroy_killed_at_requests_to_the_servers() {
    killed_everywhere(at_the_servers, &DESTROY, applied, assert_gone);
}

#[test]
fn a_lost_answer_makes_nothing_twice() {
    for call in 1..=6 {
        let pond = Pond::small();
        let mut command = pond.command(&APPLY);
        command.env("POND_LOSE", call.to_string());
        let answer = Answer::of(command);
        // The way into the cluster is asked for once; another run asks again.
        if answer.code != Some(0) {
            assert!(answer.stderr.contains("the answer was lost"), "{call}: {}", answer.stderr);
            pond.succeed(&APPLY);
        }
        pond.assert_whole(&format!("answer {call} lost"));
    }
}

#[test]
fn what_somebody_changes_in_the_cloud_is_drift() {
    let pond = applied();
    pond.change(|thing| {
        if thing["kind"] == "NodePool" {
            thing["spec"]["node_count"] = json!(7);
        }
    });
    let plan = pond.succeed(&["plan"]);
    assert!(plan.contains("~ spec.node_count = 7 -> 3"), "{plan}");
    pond.succeed(&APPLY);
    assert_eq!(pond.things()[1]["spec"]["node_count"], 3);
    // Gone by somebody's hand: made again.
    pond.change(|thing| thing["leaves"] = json!(thing["kind"] == "NodePool"));
    let plan = pond.succeed(&["plan"]);
    assert!(plan.contains("+ node_pool.workers"), "{plan}");
    pond.succeed(&APPLY);
    pond.assert_whole("after it was made again");
}

#[test]
fn what_cannot_change_in_place_is_replaced_and_a_cluster_only_by_consent() {
    let pond = applied();
    pond.directory.replace("main.hcl", "\"large\"", "\"huge\"");
    let plan = pond.succeed(&["plan"]);
    assert!(plan.contains("~ spec.server_type = \"large\" -> \"huge\" # forces replacement"), "{plan}");
    pond.succeed(&APPLY);
    assert_eq!(pond.things()[1]["spec"]["server_type"], "huge");
    pond.directory.replace("main.hcl", "vpc    = \"v\"", "vpc    = \"w\"");
    let refused = pond.run(&["plan"]);
    assert!(refused.stderr.contains("that would lose everything in cluster main"), "{}", refused.stderr);
    let plan = pond.succeed(&["plan", "--allow-data-loss"]);
    assert!(plan.contains("+ storage_class.fast"), "the new cluster is empty: {plan}");
    pond.succeed(&["apply", "--auto-approve", "--allow-data-loss"]);
    pond.assert_whole("after the cluster was made anew");
}

#[test]
fn a_cluster_that_is_no_longer_written_stays_until_its_loss_is_agreed_to() {
    let pond = applied();
    std::fs::write(pond.directory.path().join("main.hcl"), "stackwright {\n  installation = \"small\"\n}\n")
        .expect("written");
    let plan = pond.succeed(&["plan"]);
    assert!(plan.contains("deleting it would lose everything in cluster main"), "{plan}");
    pond.succeed(&["apply", "--auto-approve", "--allow-data-loss"]);
    assert_gone(&pond, "after consent");
}

#[test]
fn a_strangers_cluster_of_that_name_is_left_alone() {
    let pond = applied();
    pond.change(|thing| thing["installation"] = json!("other"));
    std::fs::remove_dir_all(pond.directory.path().join(".stackwright")).expect("a folder");
    let answer = pond.run(&["apply", "--auto-approve", "--wait-timeout", "2s"]);
    assert_eq!(answer.code, Some(1), "{}", answer.stdout);
    assert!(answer.stderr.contains("main exists already and is not ours"), "{}", answer.stderr);
    pond.run(&DESTROY);
    assert_eq!(pond.names(), ["Cluster main", "NodePool main.workers"]);
}

#[test]
fn a_lost_directory_is_filled_again_from_the_cloud() {
    let pond = applied();
    std::fs::remove_dir_all(pond.directory.path().join(".stackwright")).expect("a folder");
    let answer = pond.run(&UNCHANGED);
    assert_eq!(answer.code, Some(0), "{}", answer.stdout);
    pond.succeed(&DESTROY);
    assert_gone(&pond, "after a destroy without the old records");
}

/// The history of the cloud, newest last: number and command of each run.
fn cloud_runs(pond: &Pond) -> Vec<(u64, String)> {
    let history: Value = serde_json::from_str(&pond.succeed(&["history", "--json"])).expect("JSON");
    let runs = history["revisions"].as_array().expect("a list").iter().filter(|run| run["target"] == "provider.pond");
    runs.map(|run| (run["revision"].as_u64().unwrap_or(0), run["command"].as_str().unwrap_or("").to_owned())).collect()
}

#[test]
fn another_machine_knows_the_runs_and_finds_the_lock() {
    let pond = applied();
    let lose = || std::fs::remove_dir_all(pond.directory.path().join(".stackwright")).expect("a folder");
    let run = |number| (number, "apply".to_owned());
    assert_eq!(cloud_runs(&pond), [run(1)]);
    lose();
    assert_eq!(cloud_runs(&pond), [run(1)], "read from the cluster");
    pond.directory.replace("main.hcl", "node_count  = 3", "node_count  = 4");
    pond.succeed(&APPLY);
    assert_eq!(cloud_runs(&pond), [run(1), run(2)], "counted on");
    // Killed while it holds both locks: who has no directory sees the one in the cluster.
    pond.directory.replace("main.hcl", "node_count  = 4", "node_count  = 5");
    let is_held = |moment: u64| {
        let mut command = pond.command(&APPLY);
        command.env("POND_KILL_AFTER", moment.to_string());
        assert_eq!(Answer::of(command).code, None, "not killed at {moment}");
        lose();
        pond.run(&["unlock"]).stderr.contains("holds the lock for apply")
    };
    assert!((1..).any(is_held), "every moment was tried");
    pond.succeed(&APPLY);
    assert!(pond.succeed(&["verify"]).contains("agree"));
    assert!(pond.succeed(&["show"]).contains("provider.pond, inventory revision"));
    pond.succeed(&DESTROY);
    assert_gone(&pond, "after a destroy from another machine");
}

#[test]
fn an_address_must_name_something_at_one_of_the_targets() {
    let pond = Pond::small();
    let plan = pond.succeed(&["plan", "--target", "node_pool.workers"]);
    assert!(plan.contains("+ node_pool.workers"), "{plan}");
    assert!(!plan.contains("+ storage_class.fast"), "{plan}");
    let answer = pond.run(&["plan", "--target", "node_pool.worker"]);
    assert_eq!(answer.code, Some(1));
    assert_eq!(answer.stderr.matches("Unknown address").count(), 1, "{}", answer.stderr);
    assert!(answer.stderr.contains("Did you mean node_pool.workers?"), "{}", answer.stderr);
}
