//! Pod Security: a plan that raises the level of a namespace says which pods would be refused, in the server's own words.

use serde_json::Value;
use serde_json::json;

use crate::server::Server;
use crate::server::behaviours;

behaviours!(pods_that_a_level_would_refuse_are_told);

const JSON: &str = "application/json";

fn pod(name: &str, spec: Value) -> Value {
    let mut pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec});
    pod["spec"]["containers"][0]["name"] = "a".into();
    pod["spec"]["containers"][0]["image"] = "registry.example.com/a:1".into();
    pod
}

pub fn pods_that_a_level_would_refuse_are_told(server: &Server) {
    let directory = server.small("levels");
    directory.succeed(&["apply", "--auto-approve"]);
    let closed = json!({"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}, "runAsNonRoot": true,
        "seccompProfile": {"type": "RuntimeDefault"}});
    let open = json!({"allowPrivilegeEscalation": true, "privileged": true, "runAsUser": 0, "procMount": "Default",
        "capabilities": {"add": ["SYS_ADMIN", "CHOWN"]}, "seccompProfile": {"type": "Unconfined"},
        "seLinuxOptions": {"type": "spc_t"}});
    let volumes = json!([{"name": "node", "hostPath": {"path": "/"}}, {"name": "empty", "emptyDir": {}}]);
    for pod in [
        pod("closed", json!({"containers": [{"securityContext": closed}]})),
        pod("open", json!({"containers": [{"securityContext": open}], "volumes": volumes})),
        pod(
            "beside-node",
            json!({"hostNetwork": true, "containers": [{"ports": [{"containerPort": 8080, "hostPort": 8080}],
            "securityContext": closed}]}),
        ),
        pod(
            "beside-node-too",
            json!({"hostNetwork": true, "containers": [{"ports": [{"containerPort": 8081, "hostPort": 8081}],
            "securityContext": closed}]}),
        ),
        pod(
            "rooted",
            json!({"securityContext": {"runAsUser": 0, "seccompProfile": {"type": "Localhost",
            "localhostProfile": "x"}}, "containers": [{"securityContext": {"allowPrivilegeEscalation": false,
            "capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}, "runAsNonRoot": false}}]}),
        ),
    ] {
        server.done("POST", "/api/v1/namespaces/levels/pods", JSON, &pod);
    }
    let labelled = |level: &str| {
        let head = "kind: Namespace\nmetadata:\n  name: levels\n";
        let file = "x/templates/workloads.yaml";
        let text = std::fs::read_to_string(directory.path().join(file)).expect("a file");
        let (before, after) = text.split_once(head).expect("the namespace");
        let after = match after.split_once("---\n") {
            Some((_, after)) => format!("---\n{after}"),
            None => after.to_owned(),
        };
        let labels = format!("  labels:\n    pod-security.kubernetes.io/enforce: {level}\n");
        std::fs::write(directory.path().join(file), format!("{before}{head}{labels}{after}")).expect("it is written");
    };
    let told = |level: &str| {
        let answer = directory.run(&["plan"]);
        assert_eq!(answer.code, Some(0), "{level}\n{}", answer.stderr);
        // Lines as they are broken on a terminal are one text.
        answer.stderr.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let says = |said: &str, parts: &[&str]| {
        parts.iter().for_each(|part| assert!(said.contains(part), "{part:?} is not in\n{said}"));
    };
    labelled("baseline");
    let said = told("baseline");
    says(
        &said,
        &[
            "existing pods in namespace \"levels\" violate the new PodSecurity enforce level \"baseline:latest\"",
            "beside-node (and 1 other pod): host namespaces, hostPort",
            "open: non-default capabilities, hostPath volumes, privileged, seLinuxOptions, seccompProfile",
        ],
    );
    assert!(!said.contains("closed:") && !said.contains("rooted:"), "{said}");
    labelled("restricted");
    let said = told("restricted");
    says(
        &said,
        &[
            "violate the new PodSecurity enforce level \"restricted:latest\"",
            "beside-node (and 1 other pod): host namespaces, hostPort",
            "open: privileged, seLinuxOptions, allowPrivilegeEscalation != false, unrestricted capabilities, restricted volume \
             types, runAsNonRoot != true, runAsUser=0, seccompProfile",
            "rooted: runAsNonRoot != true, runAsUser=0",
            "other pods): allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile",
        ],
    );
    assert!(!said.contains("closed:"), "{said}");
    labelled("privileged");
    assert!(!told("privileged").contains("existing pods"));
    server.destroyed(&directory, "levels");
}
