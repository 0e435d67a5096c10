//! What of a cluster would hold a hop, and the rights that a hop needs.

use serde_json::Value;
use serde_json::json;

use super::JSON;
use super::MERGE;
use super::WIDGETS;
use super::assert_users_are_served;
use super::installed;
use super::names;
use super::programs::HOP;
use super::refused;
use super::run;
use super::says;
use super::succeed;
use crate::server::Server;

/// What the cluster has that would hold a hop, or that a hop would harm, is told by name and number.
#[test]
fn what_of_the_cluster_is_in_the_way() {
    let server = Server::sandbox();
    let directory = installed(&server);
    let policies = "/apis/policy/v1/namespaces/users/poddisruptionbudgets";
    let budget = json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "held"},
        "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "own"}}}});
    server.done("POST", policies, JSON, &budget);
    let status =
        json!({"status": {"expectedPods": 1, "disruptionsAllowed": 0, "currentHealthy": 1, "desiredHealthy": 1}});
    server.done("PATCH", &format!("{policies}/held/status"), MERGE, &status);
    let old = WIDGETS.replace("v1beta1", "v1alpha1");
    let widget = json!({"apiVersion": "example.com/v1alpha1", "kind": "Widget", "metadata": {"name": "aged"},
        "spec": {"size": 2}});
    server.done("POST", &format!("{old}?fieldManager=robot"), JSON, &widget);
    directory.replace(
        "catalog/templates/widgets/objects.yaml",
        "image: {{ image.server | quote }}",
        "image: {{ image.server | quote }}\n          resources: { requests: { cpu: 60 } }",
    );
    let told = succeed(&directory, &["upgrade", "--check", "2.0"]);
    says(
        &told,
        &[
            "disruption-budgets: 1 budget allows (users/held) no disruption now",
            "room: While old and new pods run side by side, up to 60 CPU and 0 GiB of memory more are asked for; of the 48 CPU",
            "served-versions: 1 object was (users/aged) written as v1alpha1 by robot, which is not served any more",
            "Nothing stands in the way.",
        ],
    );

    // Nobody brings the stored objects over, and a webhook of others answers nobody.
    directory.replace(HOP, "store \"widgets.example.com\"", "store \"gadgets.example.com\"");
    let webhooks = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";
    let webhook = json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": "guard"}, "webhooks": [{"name": "guard.example.com", "failurePolicy": "Fail",
            "sideEffects": "None", "admissionReviewVersions": ["v1"],
            "clientConfig": {"service": {"namespace": "others", "name": "guard", "path": "/"}},
            "rules": [{"apiGroups": ["apps"], "apiVersions": ["*"], "operations": ["UPDATE"], "resources": ["deployments"]}]}]});
    server.done("POST", webhooks, JSON, &webhook);
    let answer = run(&directory, &["upgrade", "--check", "2.0", "--json"]);
    let checked: Value = serde_json::from_str(&answer.stdout).expect("JSON");
    let found: Vec<(&str, bool, u64)> = checked["upgrade"]["hindrances"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| {
            let name = one["name"].as_str().expect("a text");
            (name, one["refuses"].as_bool().expect("a flag"), one["found"].as_u64().expect("a number"))
        })
        .collect();
    assert_eq!(
        found,
        [
            ("disruption-budgets", false, 1),
            ("room", false, 0),
            ("webhooks", true, 1),
            ("stored-versions", true, 3),
            ("served-versions", false, 1),
        ]
    );
    let before = server.stored();
    says(
        &refused(&directory, &["upgrade", "2.0", "--auto-approve"]),
        &[
            "ValidatingWebhookConfiguration.admissionregistration.k8s.io guard asks Service others/guard, which has no ready \
             endpoint",
            "1 object of the platform passes (widgets/server) by it.",
            "3 objects of widgets.example.com may lie in the store as v1alpha1, which the new definition does not know",
        ],
    );
    assert_eq!(server.stored(), before);
}

const RBAC: &str = "/apis/rbac.authorization.k8s.io/v1";

/// A hop with a step of every kind needs what `permissions --from` prints, and no more than a fresh installation does without.
#[test]
fn the_rights_of_a_hop_are_enough() {
    let server = Server::sandbox();
    let directory = installed(&server);
    names(&directory, "2.0");
    let roles = succeed(&directory, &["permissions", "--from", "1.0"]);
    assert!(!succeed(&directory, &["permissions"]).contains("poddisruptionbudgets"), "only where an upgrade is meant");
    let looks = succeed(&directory, &["permissions", "--from", "1.0", "--read-only"]);
    assert!(looks.contains("poddisruptionbudgets") && !looks.contains("create"), "{looks}");
    says(
        &refused(&directory, &["permissions", "--from", "9.0"]),
        &["no hop, nor a chain of them, leads from release 9.0"],
    );

    let documents = serde_saphyr::from_multiple::<Value>(&roles).expect("YAML");
    for role in &documents {
        let path = match role["kind"].as_str().expect("a kind") {
            "Namespace" => continue,
            "Role" => format!("{RBAC}/namespaces/stackwright-system/roles"),
            _ => format!("{RBAC}/clusterroles"),
        };
        server.done("POST", &path, JSON, role);
    }
    let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "installer"}});
    server.done("POST", "/api/v1/namespaces/default/serviceaccounts", JSON, &account);
    let request = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}});
    let path = "/api/v1/namespaces/default/serviceaccounts/installer/token";
    let token = server.done("POST", path, JSON, &request)["status"]["token"].clone();
    let subjects = json!([{"kind": "ServiceAccount", "namespace": "default", "name": "installer"}]);
    for (kind, role, path) in [
        ("ClusterRoleBinding", "ClusterRole", format!("{RBAC}/clusterrolebindings")),
        ("RoleBinding", "Role", format!("{RBAC}/namespaces/stackwright-system/rolebindings")),
    ] {
        let binding = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": {"name": "installer"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": role, "name": "stackwright-demo"},
            "subjects": subjects});
        server.done("POST", &path, JSON, &binding);
    }
    let whole = std::fs::read_to_string(server.kubeconfig()).expect("the administrator's");
    let authority =
        whole.lines().find(|line| line.trim().starts_with("certificate-authority-data:")).expect("an authority");
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: a\nclusters:\n- name: a\n  cluster:\n    server: {}\n    {}\n\
         users:\n- name: a\n  user:\n    token: {}\ncontexts:\n- name: a\n  context:\n    cluster: a\n    user: a\n",
        server.address(),
        authority.trim(),
        token.as_str().expect("a token")
    );
    let kubeconfig = directory.path().join("installer.kubeconfig");
    std::fs::write(&kubeconfig, text).expect("the file can be written");
    let directory = directory.environment("KUBECONFIG", &kubeconfig.display().to_string());
    let answer = run(&directory, &["apply", "--auto-approve", "--restart"]);
    assert_eq!(answer.code, Some(0), "{}\n{}", answer.stdout, answer.stderr);
    assert!(!answer.stdout.contains("could not be looked at"), "{}", answer.stdout);
    says(&answer.stderr, &["opened with (sensitive value)"]);
    assert_users_are_served(&server, true);
}

/// A release raises the level of a namespace: pods of others that it would refuse are told, the platform's own are not.
#[test]
fn pods_that_the_next_level_refuses() {
    let server = Server::sandbox();
    let directory = installed(&server);
    directory.replace(
        "catalog/templates/widgets/objects.yaml",
        "metadata:\n  name: widgets\n---",
        "metadata:\n  name: widgets\n{% if component.version is since(version=\"2.0\") %}\n  labels: { \
         pod-security.kubernetes.io/enforce: restricted }\n{% endif %}\n---",
    );
    assert!(!succeed(&directory, &["upgrade", "--check", "2.0"]).contains("pod-security"), "nobody else is there");
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "theirs"},
        "spec": {"containers": [{"name": "a", "image": "x/a:1", "securityContext": {"privileged": true}}]}});
    server.done("POST", "/api/v1/namespaces/widgets/pods", JSON, &pod);
    let told = "pod-security: Namespace widgets takes the Pod Security level restricted; 1 pod of others in it would be refused \
                when it is made anew (theirs: privileged, allowPrivilegeEscalation != false, unrestricted capabilities, \
                runAsNonRoot != true, seccompProfile). Move them to a namespace of their own";
    says(&succeed(&directory, &["upgrade", "--check", "2.0"]), &[told, "Nothing stands in the way."]);
    names(&directory, "2.0");
    let plan = run(&directory, &["plan"]);
    says(&plan.stdout, &[told]);
    assert!(!plan.stderr.contains("existing pods in namespace"), "it is told once\n{}", plan.stderr);
}
