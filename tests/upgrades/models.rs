//! Deployment modes of InferenceServices have other names from KServe 0.16 on: no release meets one that it misreads.

use serde_json::Value;
use serde_json::json;

use super::JSON;
use super::MERGE;
use super::says;
use crate::program::Directory;
use crate::server::Server;

const SERVICES: &str = "/apis/serving.kserve.io/v1beta1/namespaces/models/inferenceservices";
const MODE: &str = "serving.kserve.io/deploymentMode";

/// From a release on, services whose mode stands in their annotation, in their status, in both, and in neither.
fn renamed_from(release: &str) {
    let server = Server::sandbox_of("1.33");
    let directory = Directory::example("mini-existing-cluster")
        .environment("KUBECONFIG", &server.kubeconfig().display().to_string())
        .environment("STACKWRIGHT_VAR_admin_password", "correct horse battery");
    directory.replace("main.hcl", "1.9.1", release);
    directory.succeed(&["apply", "--auto-approve"]);
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "models"}});
    server.done("POST", "/api/v1/namespaces", JSON, &namespace);
    let writes_status = release != "1.10.2";
    let services = [
        ("raw", Some("RawDeployment"), "RawDeployment"),
        ("by-knative", Some("Serverless"), "Serverless"),
        ("raw-by-default", None, "RawDeployment"),
        ("plain", None, "Serverless"),
    ];
    for (name, annotation, status) in services {
        let annotations = annotation.map_or(json!({}), |mode| json!({MODE: mode}));
        let service = json!({"apiVersion": "serving.kserve.io/v1beta1", "kind": "InferenceService",
            "metadata": {"name": name, "annotations": annotations},
            "spec": {"predictor": {"model": {"modelFormat": {"name": "sklearn"}, "storageUri": "pvc://models/a"}}}});
        server.done("POST", SERVICES, JSON, &service);
        if writes_status {
            let status = json!({"status": {"deploymentMode": status}});
            server.done("PATCH", &format!("{SERVICES}/{name}/status"), MERGE, &status);
        }
    }
    let plan = directory.run(&["upgrade", "--check", "26.03"]);
    assert_eq!(plan.code, Some(0), "{}\n{}", plan.stdout, plan.stderr);
    says(&plan.stdout, &["This cannot be undone:", "patch annotations-standard: KServe 0.16 calls the mode Standard"]);
    directory.succeed(&["upgrade", "26.03", "--auto-approve", "--allow-data-loss"]);
    let now = |name: &str| {
        let service = server.get(&format!("{SERVICES}/{name}"));
        let text = |value: &Value| value.as_str().map(str::to_owned);
        (text(&service["metadata"]["annotations"][MODE]), text(&service["status"]["deploymentMode"]))
    };
    let new = |mode: &str| if mode == "RawDeployment" { "Standard" } else { "Knative" }.to_owned();
    for (name, annotation, status) in services {
        let expected = (annotation.map(new), writes_status.then(|| new(status)));
        assert_eq!(now(name), expected, "{name}");
    }
    for kind in ["mutating", "validating"] {
        let path = format!("/apis/admissionregistration.k8s.io/v1/{kind}webhookconfigurations");
        server.get(&format!("{path}/inferenceservice.serving.kserve.io"));
    }
    let manager = server.get("/apis/apps/v1/namespaces/kubeflow/deployments/kserve-controller-manager");
    assert_eq!(manager["status"]["availableReplicas"], 1);
    assert!(directory.succeed(&["plan"]).contains("No changes."));
    if !writes_status {
        // The claim whose objects a program copied after the apply was not taken away by it, whoever agreed to that.
        server.get("/api/v1/namespaces/kubeflow/persistentvolumeclaims/minio-pvc");
    }
}

#[test]
fn modes_in_annotation_and_status() {
    renamed_from("1.11.0");
}

/// KServe 0.15.0 writes no mode into the status.
#[test]
fn modes_in_annotations_only() {
    renamed_from("1.10.2");
}
