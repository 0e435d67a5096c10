//! One object of each kind that people run, with definitions that take anything, and a hostile text wherever one may stand.

use serde_json::Value;
use serde_json::json;

use super::text;
use crate::server::Server;

/// What would run, were it not text; as a page shows it.
pub const HOSTILE: &str = "&lt;script&gt;alert(1)&lt;/script&gt;";
const SCRIPT: &str = "<script>alert(1)</script>";
const JSON: &str = "application/json";

/// A kind that people run.
pub struct Work {
    pub group: &'static str,
    pub version: &'static str,
    pub kind: &'static str,
    /// As the page calls it.
    pub title: &'static str,
}

const fn work(group: &'static str, version: &'static str, kind: &'static str, title: &'static str) -> Work {
    Work { group, version, kind, title }
}

pub const WORK: [Work; 15] = [
    work("kubeflow.org", "v1", "Notebook", "Notebook"),
    work("kubeflow.org", "v1", "PyTorchJob", "PyTorchJob"),
    work("kubeflow.org", "v1", "TFJob", "TFJob"),
    work("kubeflow.org", "v1", "MPIJob", "MPIJob"),
    work("kubeflow.org", "v1", "XGBoostJob", "XGBoostJob"),
    work("kubeflow.org", "v1", "PaddleJob", "PaddleJob"),
    work("kubeflow.org", "v1", "JAXJob", "JAXJob"),
    work("trainer.kubeflow.org", "v1alpha1", "TrainJob", "TrainJob"),
    work("ray.io", "v1", "RayJob", "RayJob"),
    work("ray.io", "v1", "RayCluster", "RayCluster"),
    work("sparkoperator.k8s.io", "v1beta2", "SparkApplication", "SparkApplication"),
    work("batch.volcano.sh", "v1alpha1", "Job", "Volcano Job"),
    work("kubeflow.org", "v1beta1", "Experiment", "Experiment"),
    work("argoproj.io", "v1alpha1", "Workflow", "Run"),
    work("serving.kserve.io", "v1beta1", "InferenceService", "InferenceService"),
];
const OTHERS: [(&str, &str, &str, bool); 7] = [
    ("kueue.x-k8s.io", "v1beta1", "ClusterQueue", false),
    ("kueue.x-k8s.io", "v1beta1", "LocalQueue", true),
    ("kueue.x-k8s.io", "v1beta1", "Workload", true),
    ("kubeflow.org", "v1beta1", "Trial", true),
    ("kubeflow.org", "v1", "Profile", false),
    ("scheduling.volcano.sh", "v1beta1", "Queue", false),
    ("scheduling.volcano.sh", "v1beta1", "PodGroup", true),
];

/// Defines all kinds in a cluster and makes the objects in the namespace `team`.
pub fn make(server: &Server) {
    let all = WORK.iter().map(|work| (work.group, work.version, work.kind, true)).chain(OTHERS);
    for (group, version, kind, is_namespaced) in all.clone() {
        define(server, group, version, kind, is_namespaced);
    }
    for (group, version, kind, _) in all {
        server.wait_until(&format!("/apis/{group}/{version}/{}", plural(kind)), |code, _| code == 200);
    }
    server.done(
        "POST",
        "/api/v1/namespaces",
        JSON,
        &json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team"}}),
    );
    for work in &WORK {
        create(
            server,
            (work.group, work.version, work.kind),
            &format!("a-{}", work.kind.to_lowercase()),
            body(work.kind),
        );
    }
    for number in 0..12 {
        let trial = json!({"metadata": {"labels": {"katib.kubeflow.org/experiment": "a-experiment"}},
            "status": {"observation": {"metrics": [{"name": SCRIPT, "latest": number.to_string()}]}}});
        create(server, ("kubeflow.org", "v1beta1", "Trial"), &format!("trial-{number}"), trial);
    }
    create(
        server,
        ("kubeflow.org", "v1", "Profile"),
        "team",
        json!({"spec": {"owner": {"name": format!("lead@example.com{SCRIPT}")}}}),
    );
    let queue = json!({"spec": {"weight": 3, "capability": {"cpu": "4"}}, "status": {"state": SCRIPT, "allocated": {"cpu": "1"}}});
    create(server, ("scheduling.volcano.sh", "v1beta1", "Queue"), "training", queue);
    let job = server.get("/apis/batch.volcano.sh/v1alpha1/namespaces/team/jobs/a-job");
    let reason = format!("3/3 tasks in gang unschedulable {SCRIPT}");
    let group = json!({"metadata": {"ownerReferences": [{"apiVersion": "batch.volcano.sh/v1alpha1", "kind": "Job", "name": "a-job", "uid": job["metadata"]["uid"]}]},
        "spec": {"queue": "training", "minMember": 3, "minResources": {"cpu": "3"}},
        "status": {"phase": "Pending", "conditions": [{"type": "Unschedulable", "status": "True", "message": reason}]}});
    create(server, ("scheduling.volcano.sh", "v1beta1", "PodGroup"), "podgroup-a-job", group);
    let quota = json!({"resources": [{"name": "cpu", "nominalQuota": "9"}]});
    let queue = json!({"spec": {"resourceGroups": [{"flavors": [quota]}]}, "status": {"admittedWorkloads": 2}});
    create(server, ("kueue.x-k8s.io", "v1beta1", "ClusterQueue"), "shared-gpus", queue);
    create(
        server,
        ("kueue.x-k8s.io", "v1beta1", "LocalQueue"),
        "team-queue",
        json!({"spec": {"clusterQueue": "shared-gpus"}}),
    );
    let job = server.get("/apis/kubeflow.org/v1/namespaces/team/tfjobs/a-tfjob");
    let workload = json!({"metadata": {"ownerReferences": [{"apiVersion": "kubeflow.org/v1", "kind": "TFJob", "name": "a-tfjob", "uid": job["metadata"]["uid"]}]},
        "spec": {"queueName": "team-queue"}, "status": {"conditions": [{"type": "QuotaReserved", "status": "False", "message": "no flavor fits"}]}});
    create(server, ("kueue.x-k8s.io", "v1beta1", "Workload"), "tfjob-a-tfjob", workload);
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "hostile", "labels": {"notebook-name": "a-notebook"}, "annotations": {"x": SCRIPT}},
        "spec": {"containers": [{"name": "c", "image": "i", "resources": {"requests": {"nvidia.com/gpu": "2"}, "limits": {"nvidia.com/gpu": "2"}}}]}});
    server.done("POST", "/api/v1/namespaces/team/pods", JSON, &pod);
    let event = json!({"apiVersion": "v1", "kind": "Event", "metadata": {"name": "told", "namespace": "team"}, "type": "Warning",
        "reason": SCRIPT, "message": format!("exceeded quota {SCRIPT}"), "involvedObject": {"kind": "TFJob", "namespace": "team", "name": "a-tfjob"}});
    server.done("POST", "/api/v1/namespaces/team/events", JSON, &event);
}

fn plural(kind: &str) -> String {
    format!("{}s", kind.to_lowercase())
}

fn define(server: &Server, group: &str, version: &str, kind: &str, is_namespaced: bool) {
    let name = format!("{}.{group}", plural(kind));
    let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    let of = |version: &str| {
        json!({"name": version, "served": true, "storage": true,
            "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}})
    };
    let definition = json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": name, "annotations": {"api-approved.kubernetes.io": "https://example.com/approved"}},
        "spec": {"group": group, "scope": if is_namespaced { "Namespaced" } else { "Cluster" }, "versions": [of(version)],
            "names": {"kind": kind, "plural": plural(kind), "singular": kind.to_lowercase(), "listKind": format!("{kind}List")}}});
    server.done("POST", path, JSON, &definition);
}

fn create(server: &Server, (group, version, kind): (&str, &str, &str), name: &str, mut object: Value) {
    object["apiVersion"] = format!("{group}/{version}").into();
    object["kind"] = kind.into();
    object["metadata"]["name"] = name.into();
    let is_namespaced = !["Profile", "Queue", "ClusterQueue"].contains(&kind);
    let below = if is_namespaced { "namespaces/team/" } else { "" };
    let made = server.done("POST", &format!("/apis/{group}/{version}/{below}{}", plural(kind)), JSON, &object);
    assert_eq!(text(&made, "/metadata/name"), name);
}

/// What an object of a kind says.
fn body(kind: &str) -> Value {
    let pod = json!({"spec": {"containers": [{"name": "c", "image": "i", "env": [{"name": "TOKEN", "value": SCRIPT}],
        "resources": {"limits": {"nvidia.com/gpu": 1}}}]}});
    let specs = json!({"Worker": {"replicas": 3, "template": pod}});
    let failed = json!({"conditions": [{"type": "Failed", "status": "True", "message": SCRIPT, "reason": SCRIPT}], "replicaStatuses": {"Worker": {"active": 2}}});
    let scheduling = json!({"schedulingPolicy": {"queue": SCRIPT}});
    match kind {
        "Notebook" => {
            json!({"metadata": {"annotations": {"notebooks.kubeflow.org/last-activity": SCRIPT}}, "spec": {"template": pod},
            "status": {"containerState": {"waiting": {"message": SCRIPT, "reason": SCRIPT}}}})
        }
        "PyTorchJob" => json!({"spec": {"pytorchReplicaSpecs": specs, "runPolicy": scheduling}, "status": failed}),
        "TFJob" => json!({"spec": {"tfReplicaSpecs": specs, "runPolicy": scheduling}}),
        "MPIJob" => json!({"spec": {"mpiReplicaSpecs": specs}, "status": failed}),
        "XGBoostJob" => json!({"spec": {"xgbReplicaSpecs": specs}, "status": failed}),
        "PaddleJob" => json!({"spec": {"paddleReplicaSpecs": specs}, "status": failed}),
        "JAXJob" => json!({"spec": {"jaxReplicaSpecs": specs}, "status": failed}),
        "TrainJob" => json!({"spec": {"trainer": {"numNodes": 2}, "runtimeRef": {"name": SCRIPT}}}),
        "RayJob" => json!({"status": {"jobStatus": "FAILED", "message": SCRIPT, "rayClusterName": SCRIPT}}),
        "RayCluster" => {
            json!({"metadata": {"labels": {"kueue.x-k8s.io/queue-name": "a"}}, "status": {"state": "failed", "reason": SCRIPT}})
        }
        "SparkApplication" => {
            json!({"spec": {"executor": {"instances": 2}, "batchSchedulerOptions": {"queue": SCRIPT}},
            "status": {"applicationState": {"state": "FAILED", "errorMessage": SCRIPT}}})
        }
        "Job" => {
            json!({"spec": {"queue": "training", "tasks": [{"replicas": 3, "template": pod}]}, "status": {"state": {"phase": "Pending", "message": SCRIPT}}})
        }
        "Experiment" => json!({"spec": {"maxTrialCount": 20, "objective": {"objectiveMetricName": SCRIPT}},
            "status": {"currentOptimalTrial": {"bestTrialName": format!("trial-best{SCRIPT}"), "parameterAssignments": [{"name": SCRIPT, "value": SCRIPT}],
                "observation": {"metrics": [{"latest": SCRIPT}]}}}}),
        "Workflow" => {
            json!({"metadata": {"annotations": {"pipelines.kubeflow.org/run_name": SCRIPT}}, "status": {"phase": "Failed", "message": SCRIPT, "progress": SCRIPT}})
        }
        "InferenceService" => {
            json!({"status": {"url": "https://model.example/x", "modelStatus": {"lastFailureInfo": {"message": SCRIPT}},
            "conditions": [{"type": "Ready", "status": "False", "message": SCRIPT}]}})
        }
        other => panic!("no body for {other}"),
    }
}
