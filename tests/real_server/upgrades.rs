//! From one release to the next on a real control plane, whose rules no sandbox has made up.

use super::mini;
use super::plans_empty;
use crate::control_plane::ControlPlane;
use crate::control_plane::Setup;
use crate::server::Server;

/// A Job of a step, its pod's security context and the end that the cluster's own controllers tell.
#[test]
#[ignore = "needs a control plane: tests/run builds one"]
fn a_hop_that_runs_a_program() {
    let cluster = ControlPlane::start(3);
    crate::upgrades::programs::a_hop_runs_a_program(&Server::real(&cluster));
}

/// Both releases run on the version that the harness builds.
#[test]
#[ignore = "needs a control plane: tests/run builds one"]
fn from_1_9_1_to_1_10_2() {
    let cluster = ControlPlane::start_with(Setup { nodes: 3, cert_manager: false, ..Setup::default() });
    let directory = mini(&cluster);
    directory.succeed(&["apply", "--auto-approve"]);
    directory.succeed(&["upgrade", "1.10.2", "--auto-approve"]);
    plans_empty(&directory, &[]);
    let history = directory.succeed(&["history"]);
    assert!(history.contains("1.9.1 -> 1.10.2"), "{history}");
    directory.succeed(&["verify"]);
    let refused = directory.run(&["upgrade", "1.9.1", "--auto-approve"]);
    assert_eq!(refused.code, Some(1), "{}", refused.stdout);
}

/// A rehearsal in the sandbox foretells what the hop does on true controllers.
#[test]
#[ignore = "needs a control plane: tests/run builds one"]
fn a_hop_is_rehearsed_and_then_made() {
    let cluster = ControlPlane::start_with(Setup { nodes: 3, cert_manager: false, ..Setup::default() });
    crate::upgrades::rehearsals::rehearsed_then_made(&Server::real(&cluster));
}
