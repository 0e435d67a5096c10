//! A whole platform whose runs are killed again and again, and its sandbox with them: the next run goes on, ends where an
//! undisturbed one ends, and leaves nothing behind that nobody owns. Small installations are killed at every single
//! request in `behaviours::killed`.
//!
//! The process aborts instead of its Nth request (`STACKWRIGHT_FAULTS=kill_after=N`), which is `kill -9` at a moment that
//! can be chosen. What is stored is read from the sandbox's file, past all of our own code.

use std::time::Duration;
use std::time::Instant;

use serde_json::Value;

use crate::end_state;
use crate::end_state::Objects;
use crate::end_state::differences;
use crate::program::Answer;
use crate::program::Directory;
use crate::served::installed;

/// Every stored object by resource, namespace and name.
fn stored(directory: &Directory) -> Objects {
    let journal = directory.path().join(".stackwright/sandbox/journal");
    let text = std::fs::read_to_string(journal).expect("the sandbox has a file");
    let mut objects = Objects::new();
    for line in text.lines() {
        // A checksum stands before each record, the form of the file before all of them.
        let record = line.split_once(' ').map_or(line, |(_, record)| record);
        let mut line: Value = serde_json::from_str(record).expect("a record a line");
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

/// In what two installations differ once the players of both have acted on what the last runs wrote: a run ends when
/// the platform serves, and what no user waits for (the rules that a role is given by others) follows while a run lives.
fn differences_at_rest(expected: &Directory, found: &Directory) -> Vec<String> {
    let started = Instant::now();
    loop {
        let differences = differences(&ours(expected), &ours(found));
        if differences.is_empty() || started.elapsed() > Duration::from_secs(60) {
            return differences;
        }
        for directory in [expected, found] {
            directory.succeed(&["verify"]);
        }
    }
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
fn assert_settled(directory: &Directory, expected: &Directory, when: &str) {
    let differences = differences_at_rest(expected, directory);
    assert!(differences.is_empty(), "{when}\n{}", differences.join("\n"));
    let verify = directory.run(&["verify"]);
    assert_eq!(verify.code, Some(0), "{when}\n{}{}", verify.stdout, verify.stderr);
    let plan = directory.run(&["plan", "--detailed-exitcode"]);
    assert_eq!(plan.code, Some(0), "{when}\n{}{}", plan.stdout, plan.stderr);
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

/// A whole platform, from nothing to nothing, every run of it killed several times.
#[test]
fn a_platform_killed_again_and_again() {
    let undisturbed = installed();
    let directory = Directory::example("quickstart");
    let apply = ["apply", "--auto-approve", "--allow-data-loss", "--wait-timeout=3m"];

    let kills = killed_until_done(&directory, &apply, 45, 83);
    assert!(kills >= 2, "only {kills} kills");
    assert_settled(&directory, &undisturbed, "the first apply");

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
    assert_settled(&directory, &undisturbed, "the update");

    let kills = killed_until_done(&directory, &["destroy", "--auto-approve", "--wait-timeout=3m"], 50, 130);
    assert!(kills >= 2, "only {kills} kills");
    assert_nothing_is_left(&directory, "the destroy");
}

/// A fifth of all requests fails; the apply takes longer and ends as any other.
#[test]
fn a_cluster_that_fails_every_fifth_request() {
    let undisturbed = installed();
    let directory = Directory::example("quickstart").environment("STACKWRIGHT_FAULTS", "fail=0.2");
    directory.succeed(&["apply", "--auto-approve"]);
    let differences = differences_at_rest(&undisturbed, &directory);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    directory.succeed(&["verify"]);
    directory.succeed(&["destroy", "--auto-approve"]);
    assert_nothing_is_left(&directory, "the destroy");
}
