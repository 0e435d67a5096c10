//! The product on a real kube-apiserver with its real controllers: what holds on the sandbox must hold there.
//!
//! These tests need the programs that `tests/control-plane/build` makes; `tests/run` sees to it. Without them they are
//! ignored, by name.

mod behaviours;
mod differences;
mod permissions;

use serde_json::Value;

use crate::control_plane::ControlPlane;
use crate::onboarding::bob_is_added;
use crate::program::Directory;

/// The example for an existing cluster, with the kubeconfig of a control plane.
fn mini(cluster: &ControlPlane) -> Directory {
    Directory::example("mini-existing-cluster")
        .environment("KUBECONFIG", &cluster.kubeconfig().display().to_string())
        .environment("STACKWRIGHT_VAR_admin_password", "correct horse battery")
}

fn names(list: &Value) -> Vec<String> {
    let items = list["items"].as_array().into_iter().flatten();
    items.map(|item| item["metadata"]["name"].as_str().unwrap_or_default().to_owned()).collect()
}

/// What an installation leaves behind that a new cluster does not have.
fn leftovers(cluster: &ControlPlane) -> Vec<String> {
    let system = ["default", "kube-node-lease", "kube-public", "kube-system"];
    let mut left = Vec::new();
    for (kind, path) in [
        ("namespace", "/api/v1/namespaces"),
        ("CRD", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"),
        ("webhooks", "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"),
        ("webhooks", "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"),
        ("ClusterRole", "/apis/rbac.authorization.k8s.io/v1/clusterroles"),
        ("ClusterRoleBinding", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"),
        ("ConfigMap", "/api/v1/namespaces/kube-system/configmaps"),
        ("Role", "/apis/rbac.authorization.k8s.io/v1/namespaces/kube-system/roles"),
        ("RoleBinding", "/apis/rbac.authorization.k8s.io/v1/namespaces/kube-system/rolebindings"),
    ] {
        let list = cluster.get(path);
        for name in names(&list) {
            let of_server = name.starts_with("system:")
                || name.contains("::")
                || ["cluster-admin", "admin", "edit", "view", "kube-root-ca.crt"].contains(&name.as_str())
                || name.starts_with("extension-apiserver-authentication")
                || name.starts_with("kube-apiserver-legacy");
            if !of_server && !system.contains(&name.as_str()) {
                left.push(format!("{kind} {name}"));
            }
        }
    }
    left
}

#[test]
#[ignore = "needs a control plane: tests/run builds one"]
fn mini_is_installed_changed_and_removed() {
    let cluster = ControlPlane::start(3);
    assert_eq!(leftovers(&cluster), [] as [String; 0], "a new cluster");
    let directory = mini(&cluster);
    directory.succeed(&["apply", "--auto-approve"]);
    let refused: Vec<_> = cluster.calls().into_iter().filter(|call| call.about.is_err()).collect();
    assert!(refused.is_empty(), "calls before their webhook served: {refused:#?}");
    let plan = directory.run(&["plan", "--detailed-exitcode", "--full"]);
    assert_eq!(plan.code, Some(0), "the second plan is not empty:\n{}\n{}", plan.stdout, plan.stderr);
    directory.succeed(&["status"]);
    directory.succeed(&["verify"]);

    bob_is_added(&directory);

    directory.succeed(&["destroy", "--auto-approve"]);
    assert_eq!(leftovers(&cluster), [] as [String; 0], "after destroy");
}
