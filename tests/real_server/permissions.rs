//! Runs with less than everything: the documented rights are enough, fewer are told clearly, a token may end.

use std::path::PathBuf;

use serde_json::Value;
use serde_json::json;

use super::mini;
use crate::control_plane::ControlPlane;
use crate::program::Directory;
use crate::server::Server;
use crate::world::Running;

const APPLY: [&str; 2] = ["apply", "--auto-approve"];
const DESTROY: [&str; 2] = ["destroy", "--auto-approve"];
const RBAC: &str = "/apis/rbac.authorization.k8s.io/v1";

/// An account of the cluster's own and a kubeconfig with a token of it; nothing is allowed yet.
fn account(server: &Server, directory: &Directory, name: &str) -> PathBuf {
    let metadata = json!({"name": name});
    let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata});
    server.done("POST", "/api/v1/namespaces/default/serviceaccounts", "application/json", &account);
    let path = format!("/api/v1/namespaces/default/serviceaccounts/{name}/token");
    let request = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}});
    let token = server.done("POST", &path, "application/json", &request)["status"]["token"].clone();
    let text = std::fs::read_to_string(server.kubeconfig()).expect("the administrator's");
    let cluster = text.split("users:\n").next().expect("the part before the users");
    let text = format!(
        "{cluster}users:\n- name: {name}\n  user:\n    token: {}\ncontexts:\n- name: test\n  context:\n    cluster: test\n    \
         user: {name}\n",
        token.as_str().expect("a token")
    );
    let path = directory.path().join(format!("{name}.kubeconfig"));
    std::fs::write(&path, text).expect("the file can be written");
    path
}

/// Makes the roles that `permissions` prints for a configuration, and binds them to an account.
fn allow(server: &Server, directory: &Directory, arguments: &[&str], name: &str) {
    directory.append("roles.yaml", &directory.succeed(&[&["permissions"], arguments].concat()));
    server.kubectl(&format!("apply -f {}", directory.path().join("roles.yaml").display()));
    let text = std::fs::read_to_string(directory.path().join("roles.yaml")).expect("the roles");
    let role = text.lines().find_map(|line| line.strip_prefix("  name: stackwright-").filter(|name| *name != "system"));
    let role = format!("stackwright-{}", role.expect("a role"));
    let subjects = json!([{"kind": "ServiceAccount", "namespace": "default", "name": name}]);
    for (kind, role_kind, path) in [
        ("ClusterRoleBinding", "ClusterRole", format!("{RBAC}/clusterrolebindings")),
        ("RoleBinding", "Role", format!("{RBAC}/namespaces/stackwright-system/rolebindings")),
    ] {
        let binding = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": {"name": name},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": role_kind, "name": role}, "subjects": subjects});
        server.done("POST", &path, "application/json", &binding);
    }
}

fn acting(directory: Directory, kubeconfig: &std::path::Path) -> Directory {
    directory.environment("KUBECONFIG", &kubeconfig.display().to_string())
}

#[test]
#[ignore = "needs a control plane: tests/run builds one"]
fn the_documented_rights_are_enough() {
    let cluster = ControlPlane::start(3);
    let server = Server::real(&cluster);
    for (name, directory) in [("installer", server.small("allowed")), ("mini-installer", mini(&cluster))] {
        let kubeconfig = account(&server, &directory, name);
        allow(&server, &directory, &[], name);
        let directory = acting(directory, &kubeconfig);
        directory.succeed(&APPLY);
        let plan = directory.run(&["plan", "--detailed-exitcode"]);
        assert_eq!(plan.code, Some(0), "{}\n{}", plan.stdout, plan.stderr);
        directory.succeed(&["status"]);
        directory.succeed(&["verify"]);
        directory.succeed(&DESTROY);
        assert!(server.stored().is_empty(), "{:?}", server.stored().keys());
    }
}

#[test]
#[ignore = "needs a control plane: tests/run builds one"]
fn who_may_only_look_can_plan_and_is_told_why_not_apply() {
    let cluster = ControlPlane::start(3);
    let server = Server::real(&cluster);
    let directory = server.small("looked");
    let kubeconfig = account(&server, &directory, "viewer");
    allow(&server, &directory, &["--read-only"], "viewer");
    directory.succeed(&APPLY);
    directory.replace("x/templates/workloads.yaml", "size = 3", "size = 4");
    let whole = directory.succeed(&["plan"]);
    let viewer = acting(server.small("looked"), &kubeconfig);
    assert_eq!(viewer.succeed(&["plan"]), "No changes. The cluster matches the configuration.\n");
    viewer.succeed(&["status"]);
    viewer.replace("x/templates/workloads.yaml", "size = 3", "size = 4");
    let plan = viewer.succeed(&["plan"]);
    assert!(plan.contains("ConfigMap looked/settings  # compared offline: "), "{plan}");
    let same = |text: &str| text.lines().filter(|line| !line.contains("ConfigMap looked/settings")).count();
    assert_eq!(same(&plan), same(&whole), "{plan}\n{whole}");
    let answer = viewer.run(&APPLY);
    assert_eq!(answer.code, Some(1), "{}", answer.stdout);
    // Above it stands which cluster is meant.
    let (place, said) = answer.stderr.split_once('\n').unwrap_or_default();
    assert!(place.starts_with("cluster.main  Kubernetes "), "{place}");
    assert_eq!(
        said,
        "error: Cannot take the installation's lock\n  because cannot take the lock: refused to update \
         Lease.coordination.k8s.io stackwright-system/lock-looked: leases.coordination.k8s.io \"lock-looked\" is forbidden: \
         User \"system:serviceaccount:default:viewer\" cannot update resource \"leases\" in API group \
         \"coordination.k8s.io\" in the namespace \"stackwright-system\" (403)\n\n  `stackwright permissions` prints the roles that \
         a run of this configuration needs.\n"
    );
    directory.succeed(&DESTROY);
}

#[test]
#[ignore = "needs a control plane: tests/run builds one"]
fn a_token_that_ends_is_told_and_nothing_is_lost() {
    let cluster = ControlPlane::start(3);
    let server = Server::real(&cluster);
    let directory = server.small("ended");
    let kubeconfig = account(&server, &directory, "leaver");
    allow(&server, &directory, &[], "leaver");
    let mut command = directory.command(&["apply", "--auto-approve", "--log", "debug", "--parallelism", "1"]);
    command.env("KUBECONFIG", &kubeconfig).env("STACKWRIGHT_FAULTS", "latency=1200ms");
    let mut run = Running::start(command);
    run.wait_for("create Namespace");
    // Its tokens end with it, within the ten seconds for which the server believes what it has checked.
    server.done("DELETE", "/api/v1/namespaces/default/serviceaccounts/leaver", "application/json", &Value::Null);
    let (code, said) = run.end();
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("does not know who we are (401): Unauthorized"), "{said}");
    // What it made was written down before: somebody else goes on, and destroys all of it.
    directory.succeed(&APPLY);
    directory.succeed(&["verify"]);
    assert_eq!(directory.run(&["plan", "--detailed-exitcode"]).code, Some(0));
    let late = acting(server.small("ended"), &kubeconfig).run(&["plan"]);
    assert_eq!(late.code, Some(1));
    let address = server.address();
    assert_eq!(
        late.stderr,
        format!(
            "error: Cannot reach cluster.main\n  because the cluster at {address} does not know who we are (401): \
             Unauthorized\n\n  The credentials in the kubeconfig are wrong or have expired: log in to the cluster again.\n"
        )
    );
    directory.succeed(&DESTROY);
    assert!(server.stored().is_empty(), "{:?}", server.stored().keys());
}
