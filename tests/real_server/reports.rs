//! Why something does not come up on a real server, as apply tells it: in time, with cause, last events, what it blocks
//! and how to go on. The same command goes on once the cause is mended.

use serde_json::json;

use super::component;
use super::gates::guard;
use super::gates::host;
use super::mini;
use super::modules;
use super::plans_empty;
use crate::control_plane::ControlPlane;
use crate::control_plane::Manner;
use crate::control_plane::certificates::Authority;

/// A component, what keeps it from running, and what apply says of it.
const TROUBLES: &[(&str, &str, &[&str])] = &[
    (
        "wide",
        "unschedulable",
        &[
            "✗ platform.ml.wide: Deployment.apps wide/work: 0 of 1 replicas available; pod work-",
            ": cannot be scheduled: 0/2 nodes are available: 2 Insufficient cpu",
            "\n    event FailedScheduling: 0/2 nodes are available: 2 Insufficient cpu",
        ],
    ),
    (
        "absent",
        "image-pull",
        &[
            "✗ platform.ml.absent: Deployment.apps absent/work: 0 of 1 replicas available; pod work-",
            ": container work: ImagePullBackOff",
            "\n    event Failed: Failed to pull image: not found",
        ],
    ),
    (
        "crashes",
        "crash-loop",
        &[
            "✗ platform.ml.crashes: Deployment.apps crashes/work: 0 of 1 replicas available; pod work-",
            ": container work: CrashLoopBackOff (Error, exit code 1",
            "\n    event BackOff: Back-off restarting failed container",
            "blocks ConfigMap follower/follows\n",
        ],
    ),
    (
        "claims",
        "claim",
        &[
            "✗ platform.ml.claims: Deployment.apps claims/work: 0 of 1 replicas available; pod work-",
            ": cannot be scheduled: 0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims.",
            "\n    claim data-claim: ",
            "\n    event ExternalProvisioning: Waiting for a volume to be created",
        ],
    ),
];

#[test]
#[ignore = "needs a control plane: tests/run builds one"]
fn a_failure_says_what_why_and_what_it_blocks() {
    let cluster = ControlPlane::start(2);
    let directory = mini(&cluster);
    modules(&directory);
    for (name, fault, _) in TROUBLES {
        component(&directory, name, "trouble", &format!("    name = \"{name}\"\n    fault = \"{fault}\"\n"));
    }
    component(&directory, "follower", "follower", "");
    guard(&directory, "strict", &Authority::new(), true);
    cluster.answers(&host("strict"), Manner::Refuses("not on Fridays"));
    let names = TROUBLES.iter().map(|(name, ..)| *name).chain(["follower", "strict"]);
    let targets: Vec<String> = names.map(|name| format!("--target=platform.ml.{name}")).collect();
    let mut arguments = vec!["apply", "--auto-approve"];
    arguments.extend(targets.iter().map(String::as_str));

    // A class that nobody made is refused before anything is changed.
    let answer = directory.run(&arguments);
    assert_eq!(answer.code, Some(1), "{}\n{}", answer.stdout, answer.stderr);
    let refused = "There is no storage class \"nowhere\", which PersistentVolumeClaim claims/data-claim name.";
    assert!(answer.stderr.contains(refused), "{}", answer.stderr);
    assert!(cluster.get("/api/v1/namespaces/claims")["metadata"]["uid"].is_null(), "nothing was made");
    // One whose provisioner does not run shows only when it is waited for.
    let class = json!({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "nowhere"},
        "provisioner": "example.com/nobody"});
    cluster.create("/apis/storage.k8s.io/v1/storageclasses", class);

    let mut hasty = arguments.clone();
    hasty.push("--wait-timeout=20s");
    let answer = directory.run(&hasty);
    assert_eq!(answer.code, Some(1), "{}\n{}", answer.stdout, answer.stderr);
    let said = &answer.stderr;
    let rest = [
        "✗ platform.ml.strict: ConfigMap strict-guarded/behind: ",
        "admission webhook \"strict.example.com\" denied the request: not on Fridays",
        "error: 5 steps failed; what does not depend on them was done.",
        "Mend the cause and run the same command again: it goes on from here.",
    ];
    for expected in TROUBLES.iter().flat_map(|(.., said)| said.iter()).chain(&rest) {
        assert!(said.contains(expected), "no `{expected}` in\n{said}");
    }
    for (name, ..) in TROUBLES {
        let times = said.matches(&format!("✗ platform.ml.{name}: ")).count();
        assert_eq!(times, 1, "{name} fails once\n{said}");
    }

    for (name, fault, _) in TROUBLES {
        let (with, without) = (format!("\"{name}\"\n    fault = \"{fault}\""), format!("\"{name}\""));
        directory.replace("main.hcl", &format!("name = {with}"), &format!("name = {without}"));
    }
    cluster.answers(&host("strict"), Manner::Agrees);
    // A claim of another class is another claim: the old one goes, which holds nothing.
    arguments.push("--allow-data-loss");
    let answer = directory.run(&arguments);
    assert_eq!(answer.code, Some(0), "{}\n{}", answer.stdout, answer.stderr);
    assert_eq!(cluster.get("/api/v1/namespaces/follower/configmaps/follows")["data"]["a"], "b");
    plans_empty(&directory, &targets);
}
