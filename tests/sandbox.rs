//! The embedded cluster over several runs of the program: what one left is what the next finds.

use std::time::Duration;

use stackwright::interface::Sandbox;
use stackwright::interface::SandboxOptions;
use stackwright::interface::players::PlayerOptions;
use stackwright::interface::players::Players;

use crate::program::Directory;
use crate::program::Process;
use crate::served::installed;

/// Writing requests so far, by verb and kind.
fn writes(sandbox: &Sandbox) -> Vec<(String, u64)> {
    let is_write = |what: &str| ["create", "update", "patch", "delete"].iter().any(|verb| what.starts_with(verb));
    sandbox.requests_by_kind().into_iter().filter(|(what, _)| is_write(what)).collect()
}

/// Opens the cluster of a directory as the program does and lets its controllers play for a while.
fn play(directory: &Directory, time: Duration) -> Vec<(String, u64)> {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let folder = directory.path().join(".stackwright/sandbox");
        let sandbox = Sandbox::open(Some(&folder), SandboxOptions::default()).expect("the sandbox opens");
        let players = Players::start_in(&sandbox, PlayerOptions::default());
        tokio::time::sleep(time).await;
        players.stop().await;
        writes(&sandbox)
    })
}

#[test]
fn a_settled_cluster_is_left_alone_by_the_next_process() {
    let directory = installed();
    // The apply ends when all it waits for is ready; whatever else the controllers had begun ends here.
    play(&directory, Duration::from_secs(2));
    for _ in 0..3 {
        let written = play(&directory, Duration::from_secs(2));
        assert_eq!(written, [], "a restart alone changed something");
    }
}

/// The journal of the one sandbox of a directory.
fn journal(directory: &Directory) -> std::path::PathBuf {
    let mut folders = vec![directory.path().join(".stackwright")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a directory") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().is_some_and(|name| name == "journal") {
                return path;
            }
        }
    }
    panic!("no journal");
}

#[test]
fn a_damaged_file_is_told_with_its_line_and_its_way_out() {
    let directory = Directory::example("quickstart");
    directory.succeed(&["apply", "--auto-approve"]);
    let path = journal(&directory);
    let mut bytes = std::fs::read(&path).expect("reads");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, &bytes).expect("writes");
    let line = bytes[..middle].iter().filter(|byte| **byte == b'\n').count() + 1;
    let refused = directory.run(&["plan"]);
    assert_ne!(refused.code, Some(0), "{}", refused.stdout);
    // Words may stand on lines of their own.
    let said = refused.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains(&format!("line {line} ")), "{said}");
    assert!(said.contains("`stackwright sandbox reset`"), "{said}");
    directory.succeed(&["sandbox", "reset", "--force"]);
    assert!(!path.exists());
    assert!(directory.succeed(&["plan"]).contains("to add"));
}

/// A kubeconfig somebody has already keeps its contexts when a sandbox is served into it.
#[test]
fn serving_into_a_kubeconfig_keeps_what_is_in_it() {
    let directory = Directory::new();
    let before = "apiVersion: v1\nkind: Config\ncurrent-context: prod\nclusters:\n- name: prod\n  cluster:\n    server: https://prod\ncontexts:\n- name: prod\n  context:\n    cluster: prod\n    user: me\nusers:\n- name: me\n  user:\n    token: t0ken\n";
    directory.append("mine", before);
    let (server, address) = Process::serving(&directory, &["--kubeconfig", "mine"]);
    let text = std::fs::read_to_string(directory.path().join("mine")).expect("it is there");
    drop(server);
    for kept in ["name: prod", "server: https://prod", "token: t0ken", "current-context: stackwright-sandbox", &address]
    {
        assert!(text.contains(kept), "no {kept} in\n{text}");
    }
    directory.append("other", "kind: Pod\n");
    let refused = directory.run(&["sandbox", "serve", "--kubeconfig", "other"]);
    assert_eq!(refused.code, Some(1), "{}", refused.stdout);
    assert!(refused.stderr.contains("it is there and is no kubeconfig: its kind is another one"), "{}", refused.stderr);
}
