//! The embedded cluster over several runs of the program: what one left is what the next finds.

use std::time::Duration;

use stackwright::sandbox::Sandbox;
use stackwright::sandbox::SandboxOptions;
use stackwright::sandbox::players::PlayerOptions;
use stackwright::sandbox::players::Players;

use crate::program::Directory;
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
