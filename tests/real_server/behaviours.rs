//! The behaviours that the sandbox is tried with too, on a real control plane.

use crate::behaviours;
use crate::server::on_a_control_plane;

#[test]
#[ignore = "needs a control plane: tests/run builds one"]
fn drift() {
    on_a_control_plane(behaviours::drift::ALL);
}

#[test]
#[ignore = "needs a control plane: tests/run builds one"]
fn locks() {
    on_a_control_plane(behaviours::locks::ALL);
}

#[test]
#[ignore = "needs a control plane: tests/run builds one"]
fn saved() {
    on_a_control_plane(behaviours::saved::ALL);
}
