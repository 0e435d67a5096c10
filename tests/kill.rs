//! Killed between any two requests: the next run goes on, ends where an undisturbed one ends, and leaves nothing behind
//! that nobody owns.
//!
//! The sandbox aborts the process instead of its Nth request (`STACKWRIGHT_FAULTS=kill_after=N`), which is
//! `kill -9` at a moment that can be chosen. What is stored is read from the sandbox's file, past all of our own code.

use serde_json::Value;

use crate::end_state;
use crate::end_state::Objects;
use crate::end_state::differences;
use crate::program::Answer;
use crate::program::Directory;

const TINY: &str = r#"
stackwright {
  installation = "tiny"
}
provider "sandbox" {}
cluster "main" {
  provider = sandbox
}
storage_class "kept" {
  cluster     = cluster.main
  provisioner = "sandbox.stackwright.io/disk"
}
storage_class "changed" {
  cluster     = cluster.main
  provisioner = "sandbox.stackwright.io/disk"
}
storage_class "gone" {
  cluster     = cluster.main
  provisioner = "sandbox.stackwright.io/disk"
}
"#;

/// Every stored object by resource, namespace and name.
fn stored(directory: &Directory) -> Objects {
    let journal = directory.path().join(".stackwright/sandbox/journal");
    let text = std::fs::read_to_string(journal).expect("the sandbox has a file");
    let mut objects = Objects::new();
    for line in text.lines() {
        let mut line: Value = serde_json::from_str(line).expect("a record a line");
        let Some(key) = line["k"].as_array() else { continue };
        let key: Vec<&str> = key.iter().filter_map(Value::as_str).collect();
        match line.get("o") {
            Some(_) => objects.insert(key.join("/"), line["o"].take()),
            None => objects.remove(&key.join("/")),
        };
    }
    objects
}

fn ours(directory: &Directory) -> Objects {
    end_state::ours(stored(directory))
}

fn killed_after(directory: &Directory, requests: u64, arguments: &[&str]) -> Answer {
    let mut command = directory.command(arguments);
    command.env("STACKWRIGHT_FAULTS", format!("kill_after={requests}"));
    Answer::of(command)
}

/// A cluster as a destroy leaves it: as it was born.
fn assert_nothing_is_left(directory: &Directory, when: &str) {
    assert_eq!(ours(directory).keys().collect::<Vec<_>>(), Vec::<&String>::new(), "{when}");
    let stored = stored(directory);
    let namespaces: Vec<&str> = stored.keys().filter_map(|key| key.strip_prefix("/namespaces//")).collect();
    assert_eq!(namespaces, ["default", "kube-node-lease", "kube-public", "kube-system"], "{when}");
    let left: Vec<&String> = stored
        .iter()
        .filter(|(key, object)| {
            object.to_string().contains("stackwright.io/installation") || key.ends_with("/istio-ca-root-cert")
        })
        .map(|(key, _)| key)
        .collect();
    assert_eq!(left, Vec::<&String>::new(), "{when}");
}

/// What must hold after a run that went on where a killed one stopped.
fn assert_settled(directory: &Directory, expected: &Objects, when: &str) {
    let differences = differences(expected, &ours(directory));
    assert!(differences.is_empty(), "{when}\n{}", differences.join("\n"));
    let verify = directory.run(&["verify"]);
    assert_eq!(verify.code, Some(0), "{when}\n{}{}", verify.stdout, verify.stderr);
    let plan = directory.run(&["plan", "--detailed-exitcode"]);
    assert_eq!(plan.code, Some(0), "{when}\n{}{}", plan.stdout, plan.stderr);
}

/// Kills a run after every number of requests there is, each time on a copy of `before`; gives how many there were.
fn killed_everywhere(before: &Directory, arguments: &[&str], check: impl Fn(&Directory, &str)) -> u64 {
    for requests in 0.. {
        let directory = before.twin();
        let when = format!("killed after {requests} requests of {}", arguments.join(" "));
        let answer = killed_after(&directory, requests, arguments);
        let ended = answer.code.is_some();
        if ended {
            assert_eq!(answer.code, Some(0), "{when}\n{}", answer.stderr);
        } else {
            // A second time, a little later: what goes on can be killed too.
            if requests % 3 == 0 {
                let again = killed_after(&directory, requests / 2 + 4, arguments);
                assert!(again.code.is_none_or(|code| code == 0), "{when} and again\n{}", again.stderr);
            }
            let answer = directory.run(arguments);
            assert_eq!(answer.code, Some(0), "{when}\n{}{}", answer.stdout, answer.stderr);
        }
        check(&directory, &when);
        if ended {
            return requests;
        }
    }
    unreachable!("a run ends")
}

/// Kills a run again and again, each time after some requests more, until it comes to its end; gives how often.
fn killed_until_done(directory: &Directory, arguments: &[&str], first: u64, more: u64) -> usize {
    for (kills, requests) in (first..).step_by(more as usize).enumerate() {
        let answer = killed_after(directory, requests, arguments);
        if let Some(code) = answer.code {
            assert_eq!(code, 0, "after {kills} kills\n{}{}", answer.stdout, answer.stderr);
            return kills;
        }
    }
    unreachable!("a run ends")
}

fn tiny() -> Directory {
    let directory = Directory::new();
    directory.append("main.hcl", TINY);
    directory
}

/// The tiny installation, applied and then edited: one object more, one fewer, one replaced.
fn tiny_edited() -> Directory {
    let directory = tiny();
    directory.succeed(&["apply", "--auto-approve"]);
    directory.replace("main.hcl", "\"gone\"", "\"new\"");
    directory.replace(
        "main.hcl",
        "\"changed\" {\n  cluster     = cluster.main\n",
        "\"changed\" {\n  cluster     = cluster.main\n  parameters  = { tier = \"fast\" }\n",
    );
    directory
}

#[test]
fn a_first_apply_killed_anywhere() {
    let undisturbed = tiny();
    undisturbed.succeed(&["apply", "--auto-approve"]);
    let expected = ours(&undisturbed);
    assert_eq!(expected.len(), 3);
    let all = killed_everywhere(&tiny(), &["apply", "--auto-approve"], |directory, when| {
        assert_settled(directory, &expected, when);
    });
    assert!(all >= 15, "only {all} requests");
}

#[test]
fn an_update_killed_anywhere() {
    let before = tiny_edited();
    let undisturbed = before.twin();
    undisturbed.succeed(&["apply", "--auto-approve"]);
    let expected = ours(&undisturbed);
    assert_eq!(expected.len(), 3);
    let all = killed_everywhere(&before, &["apply", "--auto-approve"], |directory, when| {
        assert_settled(directory, &expected, when);
    });
    assert!(all >= 15, "only {all} requests");
}

#[test]
fn a_destroy_killed_anywhere() {
    let before = tiny();
    before.succeed(&["apply", "--auto-approve"]);
    let all = killed_everywhere(&before, &["destroy", "--auto-approve"], assert_nothing_is_left);
    assert!(all >= 20, "only {all} requests");
}

/// A whole platform, from nothing to nothing, every run of it killed several times.
#[test]
fn a_platform_killed_again_and_again() {
    let undisturbed = Directory::example("quickstart");
    let directory = Directory::example("quickstart");
    let apply = ["apply", "--auto-approve", "--allow-data-loss", "--wait-timeout=3m"];

    undisturbed.succeed(&apply);
    let kills = killed_until_done(&directory, &apply, 45, 83);
    assert!(kills >= 2, "only {kills} kills");
    assert_settled(&directory, &ours(&undisturbed), "the first apply");

    for directory in [&undisturbed, &directory] {
        directory.replace("main.hcl", "\"alice\"", "\"bob\"");
        directory.replace("main.hcl", "alice@", "bob@");
        directory.replace(
            "main.hcl",
            "  admin {",
            "  component \"tensorboard\" {\n    enabled = false\n  }\n  admin {",
        );
    }
    undisturbed.succeed(&apply);
    let kills = killed_until_done(&directory, &apply, 30, 25);
    assert!(kills >= 2, "only {kills} kills");
    assert_settled(&directory, &ours(&undisturbed), "the update");

    let kills = killed_until_done(&directory, &["destroy", "--auto-approve", "--wait-timeout=3m"], 50, 130);
    assert!(kills >= 2, "only {kills} kills");
    assert_nothing_is_left(&directory, "the destroy");
}

/// A fifth of all requests fails; the apply takes longer and ends as any other.
#[test]
fn a_cluster_that_fails_every_fifth_request() {
    let undisturbed = Directory::example("quickstart");
    undisturbed.succeed(&["apply", "--auto-approve"]);
    let directory = Directory::example("quickstart").environment("STACKWRIGHT_FAULTS", "fail=0.2");
    directory.succeed(&["apply", "--auto-approve"]);
    let differences = differences(&ours(&undisturbed), &ours(&directory));
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    directory.succeed(&["verify"]);
    directory.succeed(&["destroy", "--auto-approve"]);
    assert_nothing_is_left(&directory, "the destroy");
}
