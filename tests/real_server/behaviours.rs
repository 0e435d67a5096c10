//! The behaviours that the sandbox is tried with too, on a real control plane.

use crate::behaviours;
use crate::control_plane::ControlPlane;
use crate::server::Server;
use crate::server::on_a_control_plane;
use crate::world::Running;

#[test]
#[ignore = "needs a control plane: tests/run builds one"]
fn adoption() {
    on_a_control_plane(behaviours::adoption::ALL);
}

#[test]
#[ignore = "needs a control plane: tests/run builds one"]
fn bounds() {
    on_a_control_plane(behaviours::bounds::ALL);
}

#[test]
#[ignore = "needs a control plane: tests/run builds one"]
fn drift() {
    on_a_control_plane(behaviours::drift::ALL);
}

#[test]
#[ignore = "needs a control plane: tests/run builds one"]
fn keeping() {
    on_a_control_plane(behaviours::keeping::ALL);
}

#[test]
#[ignore = "needs a control plane: tests/run builds one"]
fn killed() {
    on_a_control_plane(behaviours::killed::ALL);
}

#[test]
#[ignore = "needs a control plane: tests/run builds one"]
fn levels() {
    on_a_control_plane(behaviours::levels::ALL);
}

#[test]
#[ignore = "needs a control plane: tests/run builds one"]
fn locks() {
    on_a_control_plane(behaviours::locks::ALL);
}

#[test]
#[ignore = "needs a control plane: tests/run builds one"]
fn rollback() {
    on_a_control_plane(behaviours::rollback::ALL);
}

#[test]
#[ignore = "needs a control plane: tests/run builds one"]
fn saved() {
    on_a_control_plane(behaviours::saved::ALL);
}

#[test]
#[ignore = "needs a control plane: tests/run builds one"]
fn surroundings() {
    on_a_control_plane(behaviours::surroundings::ALL);
}

/// Its store does not answer for ten seconds in the middle of an apply: what waits goes on afterwards.
#[test]
#[ignore = "needs a control plane: tests/run builds one"]
fn a_store_that_stands_still() {
    let cluster = ControlPlane::start(3);
    let server = Server::real(&cluster);
    let pids = cluster.kubeconfig().with_file_name("etcd.pid");
    let pid = std::fs::read_to_string(pids).expect("its process id");
    let pid = pid.split(' ').next().expect("a number").to_owned();
    let signal = |name: &str| {
        let done = std::process::Command::new("kill").args([name, &pid]).status().expect("kill runs");
        assert!(done.success());
    };
    let directory = server.small("still");
    let mut command = directory.command(&["apply", "--auto-approve", "--log", "debug"]);
    command.env("STACKWRIGHT_FAULTS", "latency=30ms");
    let mut run = Running::start(command);
    run.wait_for("create Namespace");
    signal("-STOP");
    std::thread::sleep(std::time::Duration::from_secs(10));
    signal("-CONT");
    let (code, said) = run.end();
    assert_eq!(code, Some(0), "{said}");
    directory.succeed(&["verify"]);
    assert_eq!(directory.run(&["plan", "--detailed-exitcode"]).code, Some(0));
    server.destroyed(&directory, "still");
}
