//! The product on a real kube-apiserver with its real controllers: what holds on the sandbox must hold there.
//!
//! These tests need the programs that `tests/control-plane/build` makes; `tests/run` sees to it. Without them they are
//! ignored, by name.

mod behaviours;
mod crashes;
mod differences;
pub mod editions;
mod gates;
mod login;
mod login_elsewhere;
mod mock_directory;
mod mock_provider;
mod permissions;
mod reports;
mod upgrades;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;
use std::time::Instant;

use serde_json::Value;

use crate::control_plane::Call;
use crate::control_plane::ControlPlane;
use crate::program::Answer;
use crate::program::Directory;
use crate::program::copy;

/// The example for an existing cluster, with the kubeconfig of a control plane.
fn mini(cluster: &ControlPlane) -> Directory {
    Directory::example("mini-existing-cluster")
        .environment("KUBECONFIG", &cluster.kubeconfig().display().to_string())
        .environment("STACKWRIGHT_VAR_admin_password", "correct horse battery")
}

/// Every object of every kind the server has, as `<kind> <namespace>/<name>`, but for those that only tell of others.
fn holdings(cluster: &ControlPlane) -> BTreeSet<String> {
    let items = |value: &Value, key: &str| value[key].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let groups = cluster.get("/apis");
    let preferred = items(&groups, "groups").iter().map(|g| text(&g["preferredVersion"]["groupVersion"])).collect();
    let preferred: Vec<String> = preferred;
    let mut held = BTreeSet::new();
    for version in ["api/v1".to_owned()].into_iter().chain(preferred.iter().map(|version| format!("apis/{version}"))) {
        for resource in items(&cluster.get(&format!("/{version}")), "resources") {
            let (name, kind) = (text(&resource["name"]), text(&resource["kind"]));
            let lists = items(&resource, "verbs").iter().any(|verb| verb == "list");
            if !lists || ["Event", "ComponentStatus"].contains(&kind.as_str()) {
                continue;
            }
            for item in items(&cluster.get(&format!("/{version}/{name}")), "items") {
                let (namespace, name) = (text(&item["metadata"]["namespace"]), text(&item["metadata"]["name"]));
                // Those by which servers and nodes show that they live.
                let beats = kind == "Lease" && (namespace == "kube-node-lease" || name.starts_with("apiserver-"));
                if !beats {
                    held.insert(format!("{kind} {namespace}/{name}"));
                }
            }
        }
    }
    held
}

/// Waits until the server holds nothing that it did not hold before. What the server's own controllers derive from
/// objects goes a moment after them.
fn leaves_nothing(cluster: &ControlPlane, before: &BTreeSet<String>) {
    let started = Instant::now();
    loop {
        let now = holdings(cluster);
        let left: Vec<_> = now.difference(before).collect();
        let lost: Vec<_> = before.difference(&now).collect();
        if left.is_empty() && lost.is_empty() {
            return;
        }
        assert!(started.elapsed() < Duration::from_secs(60), "left: {left:#?}\nlost: {lost:#?}");
        std::thread::sleep(Duration::from_millis(500));
    }
}

/// Calls that a webhook's program did not get, because it did not serve yet. The server may learn of a CA bundle a moment
/// after us, who then ask it in vain, by dry runs, until it believes the program: what was distrusted is ours when a dry
/// run that was answered follows.
fn refused_calls(cluster: &ControlPlane) -> Vec<Call> {
    let calls = cluster.calls();
    let is_asked_again = |place: usize| {
        let answered = |call: &&Call| call.dry_run && call.about.is_ok();
        calls[place..].iter().filter(|call| call.host == calls[place].host).any(|call| answered(&call))
    };
    let refused = calls.iter().enumerate().filter(|(_, call)| call.about.is_err());
    refused
        .filter(|(place, call)| !call.is_distrusted() || !is_asked_again(*place))
        .map(|(_, call)| call.clone())
        .collect()
}

/// The plan, of some targets or of everything, has no changes.
fn plans_empty(directory: &Directory, targets: &[String]) {
    let mut arguments = vec!["plan", "--detailed-exitcode", "--full"];
    arguments.extend(targets.iter().map(String::as_str));
    let plan = directory.run(&arguments);
    assert_eq!(plan.code, Some(0), "the plan is not empty:\n{}\n{}", plan.stdout, plan.stderr);
}

/// Copies the components that these tests are made with beside a configuration.
fn modules(directory: &Directory) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real_server/modules");
    copy(&from, &directory.path().join("modules"));
}

/// Adds a component of such a kind to the platform of a configuration.
fn component(directory: &Directory, name: &str, kind: &str, inputs: &str) {
    let block = format!(
        "  component \"{name}\" {{\n    source = \"./modules/{kind}\"\n    inputs = {{\n{inputs}    }}\n  }}\n"
    );
    directory.replace("main.hcl", "  endpoint {\n", &format!("{block}  endpoint {{\n"));
}

#[test]
#[ignore = "needs a control plane: tests/run builds one"]
fn users_objects_are_judged() {
    let cluster = ControlPlane::start(0);
    let directory = Directory::new();
    let kubectl = |arguments: &[&str]| {
        let mut command = std::process::Command::new("kubectl");
        command.args(arguments).env("HOME", directory.path()).env("KUBECONFIG", cluster.kubeconfig());
        Answer::of(command)
    };
    crate::objects::are_judged(&kubectl, directory.path());
}
