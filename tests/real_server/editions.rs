//! Both editions from nothing to a running platform and back: applied in one pass, nothing called before it serves,
//! nothing left behind.

use std::time::Duration;
use std::time::Instant;

use serde_json::json;

use super::holdings;
use super::leaves_nothing;
use super::mini;
use super::plans_empty;
use super::refused_calls;
use crate::control_plane::ControlPlane;
use crate::control_plane::Setup;
use crate::onboarding::bob_is_added;
use crate::program::Directory;

/// With the real cert-manager: what it issues and injects is what the gates wait for.
#[test]
#[ignore = "needs a control plane: tests/run builds one"]
fn mini_is_installed_changed_and_removed() {
    let cluster = ControlPlane::start_with(Setup { nodes: 3, cert_manager: true, ..Setup::default() });
    let before = holdings(&cluster);
    let directory = mini(&cluster);
    directory.succeed(&["apply", "--auto-approve"]);
    serves(&cluster, &directory);
    certificates_are_real(&cluster);

    bob_is_added(&directory);

    directory.succeed(&["destroy", "--auto-approve"]);
    leaves_nothing(&cluster, &before);
}

/// Everything of it that is on by default, with people and a shared project.
#[test]
#[ignore = "needs a control plane: tests/run builds one"]
fn enterprise_is_installed_and_removed() {
    let cluster = for_enterprise();
    let before = holdings(&cluster);
    let directory = enterprise(&cluster);
    directory.succeed(&["apply", "--auto-approve"]);
    prometheus(&cluster);
    serves(&cluster, &directory);

    directory.succeed(&["destroy", "--auto-approve"]);
    leaves_nothing(&cluster, &before);
}

/// A control plane with all that the example of the enterprise edition needs.
pub fn for_enterprise() -> ControlPlane {
    ControlPlane::start_with(Setup {
        nodes: 4,
        node_resources: vec![("nvidia.com/gpu", "8")],
        // What the example's provisioner would make.
        volumes_of: Some("nfs"),
        ..Setup::default()
    })
}

/// That example, for such a control plane.
pub fn enterprise(cluster: &ControlPlane) -> Directory {
    let directory = Directory::example("enterprise")
        .environment("KUBECONFIG", &cluster.kubeconfig().display().to_string())
        .environment("STACKWRIGHT_VAR_first_password", "correct horse battery");
    directory.replace("main.hcl", "provider \"sandbox\" {\n  nodes = 4\n}", "provider \"kubernetes\" {}");
    directory.replace("main.hcl", "provider = sandbox", "provider = kubernetes");
    directory
}

/// The pod that Prometheus' operator would make; its disruption budget waits for it.
pub fn prometheus(cluster: &ControlPlane) {
    let budget = "/apis/policy/v1/namespaces/monitoring/poddisruptionbudgets/prometheus-k8s";
    let labels = cluster.get(budget)["spec"]["selector"]["matchLabels"].clone();
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "prometheus-k8s-0", "labels": labels},
        "spec": {"containers": [{"name": "prometheus", "image": "prometheus"}]}});
    cluster.create("/api/v1/namespaces/monitoring/pods", pod);
    let started = Instant::now();
    while cluster.get(budget)["status"]["currentHealthy"] != 1 {
        assert!(started.elapsed() < Duration::from_secs(60), "{:#}", cluster.get(budget)["status"]);
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// All that holds of a platform that was just applied.
fn serves(cluster: &ControlPlane, directory: &Directory) {
    let refused = refused_calls(cluster);
    assert!(refused.is_empty(), "calls before their webhook served: {refused:#?}");
    plans_empty(directory, &[]);
    directory.succeed(&["status"]);
    directory.succeed(&["verify"]);
}

/// The Secrets and CA bundles are cert-manager's own work.
fn certificates_are_real(cluster: &ControlPlane) {
    let asked = cluster.calls().into_iter().filter(|call| call.host == "cert-manager-webhook.cert-manager.svc").count();
    assert!(asked > 0, "its webhook is asked");
    let certificates = cluster.get("/apis/cert-manager.io/v1/certificates");
    let certificates = certificates["items"].as_array().expect("certificates");
    assert!(certificates.len() >= 4, "{}", certificates.len());
    for certificate in certificates {
        let conditions = certificate["status"]["conditions"].as_array().expect("conditions");
        let ready = conditions.iter().find(|condition| condition["type"] == "Ready").expect("a condition");
        assert_eq!(ready["status"], "True", "{certificate}");
        assert!(certificate["status"]["revision"].is_number(), "issued through a request: {certificate}");
        let manager = |object: &serde_json::Value| object["metadata"]["managedFields"].to_string();
        let namespace = certificate["metadata"]["namespace"].as_str().expect("a namespace");
        let name = certificate["spec"]["secretName"].as_str().expect("a Secret's name");
        let secret = cluster.get(&format!("/api/v1/namespaces/{namespace}/secrets/{name}"));
        assert!(manager(&secret).contains("cert-manager"), "{namespace}/{name}");
    }
    let ends: Vec<_> = cluster.containers().into_iter().filter(|container| container.restarts > 0).collect();
    assert!(ends.is_empty(), "programs of cert-manager ended: {ends:?}");
}
