//! What others did to our objects, and objects that others made before: repaired, left alone or taken over, and said so.

use serde_json::json;

use crate::program::Directory;
use crate::server::Server;
use crate::server::behaviours;

behaviours!(
    what_kubectl_changed_is_repaired with "kubectl",
    what_others_changed_is_shown_by_a_refresh with "kubectl",
    what_is_theirs_is_left_alone with "kubectl",
    aggregated_rules_are_left_to_the_server,
    what_kubectl_applied_before_is_taken_over with "kubectl",
    what_helm_made_before_is_taken_over,
    what_another_installation_owns_is_refused,
    an_object_made_anew_by_others_is_not_deleted with "kubectl",
);

const NOTHING: &str = "No changes. The cluster matches the configuration.\n";

fn applied(server: &Server, name: &str) -> Directory {
    let directory = server.small(name);
    directory.succeed(&["apply", "--auto-approve"]);
    directory
}

/// The part of a plan between its heading and its summary.
fn shown(plan: &str) -> String {
    let inner = plan.split_once("Components\n").and_then(|(_, rest)| rest.split_once("\n\nPlan: "));
    inner.map_or_else(|| plan.to_owned(), |(shown, _)| format!("{shown}\n"))
}

/// What a plan says of one adopted object, without the labels that adoption puts on; what goes is sorted.
fn adopted(plan: &str, id: &str) -> String {
    let head = format!("    > {id}\n");
    let begins = plan.find(&head).unwrap_or_else(|| panic!("no {id} in\n{plan}"));
    let rest = &plan[begins + head.len()..];
    let lines = rest.lines().take_while(|line| line.starts_with("        "));
    let (going, kept): (Vec<&str>, Vec<&str>) = lines
        .filter(|line| !line.contains("stackwright.io/component"))
        .partition(|line| line.starts_with("          - "));
    let mut going = going;
    going.sort_unstable();
    head + &kept.into_iter().chain(going).map(|line| format!("{line}\n")).collect::<String>()
}

/// Each in turn: the plan shows it and nothing else, the next apply repairs it, and the plan after is empty.
pub fn what_kubectl_changed_is_repaired(server: &Server) {
    let directory = applied(server, "mended");
    let repaired = |kubectl: &[&str], expected: &str| {
        let answer = server.run_kubectl(kubectl);
        assert_eq!(answer.code, Some(0), "{kubectl:?} {}", answer.stderr);
        assert_eq!(shown(&directory.succeed(&["plan"])), expected, "{kubectl:?}");
        directory.succeed(&["apply", "--auto-approve"]);
        assert_eq!(directory.succeed(&["plan"]), NOTHING, "after {kubectl:?}");
    };
    repaired(
        &["-n", "mended", "set", "image", "deployment/web", "web=registry.example.com/web:2"],
        "~ platform.ml.x  1 to change, 12 unchanged\n    ~ Deployment.apps mended/web\n          \
         ~ spec.template.spec.containers[name=web].image = \"registry.example.com/web:2\" -> \
         \"registry.example.com/web:1\" # set by kubectl-set\n",
    );
    repaired(
        &["-n", "mended", "scale", "deployment", "web", "--replicas=5"],
        "~ platform.ml.x  1 to change, 12 unchanged\n    ~ Deployment.apps mended/web\n          \
         ~ spec.replicas = 5 -> 2 # set by kubectl\n",
    );
    repaired(
        &["-n", "mended", "delete", "service", "web"],
        "~ platform.ml.x  1 to add, 12 unchanged\n    + Service mended/web\n",
    );
    let text = r#"{"data":{"settings.ini":"colour = red\nsize = 3\n","theirs":"stays"}}"#;
    repaired(
        &["-n", "mended", "patch", "configmap", "settings", "--type", "merge", "-p", text],
        "~ platform.ml.x  1 to change, 12 unchanged\n    ~ ConfigMap mended/settings\n          \
         ~ data[settings.ini]: # set by kubectl-patch\n              - colour = red\n              + colour = green\n                \
         size = 3\n",
    );
    assert_eq!(server.get("/api/v1/namespaces/mended/configmaps/settings")["data"]["theirs"], "stays");
    let verbs = r#"[{"op": "replace", "path": "/rules/0/verbs", "value": ["get", "delete"]}]"#;
    repaired(
        &["patch", "clusterrole", "mended-pods", "--type", "json", "-p", verbs],
        "~ platform.ml.x  1 to change, 12 unchanged\n    ~ ClusterRole.rbac.authorization.k8s.io mended-pods\n          \
         ~ rules[0].verbs = [\"get\", \"delete\"] -> [\"get\", \"list\"] # set by kubectl-patch\n",
    );
    server.destroyed(&directory, "mended");
}

/// From what was applied to what is there; what the configuration wants otherwise by now is no drift.
pub fn what_others_changed_is_shown_by_a_refresh(server: &Server) {
    let directory = applied(server, "looked");
    let refresh = ["plan", "--refresh-only", "--detailed-exitcode"];
    assert_eq!(directory.run(&refresh).code, Some(0));
    server.kubectl("-n looked scale deployment web --replicas=5");
    server.kubectl("-n looked set image deployment/web web=registry.example.com/web:2");
    directory.replace("x/templates/workloads.yaml", "colour = green", "colour = blue");
    let answer = directory.run(&refresh);
    assert_eq!(answer.code, Some(2), "{}", answer.stderr);
    assert_eq!(
        answer.stdout,
        "Changed outside of Stackwright:\n  ~ Deployment.apps looked/web\n          ~ spec.replicas = 2 -> 5 # set by kubectl\n          \
         ~ spec.template.spec.containers[name=web].image = \"registry.example.com/web:1\" -> \
         \"registry.example.com/web:2\" # set by kubectl-set\n\nAn apply makes it as the configuration says.\n"
    );
    directory.succeed(&["apply", "--refresh-only", "--auto-approve"]);
    assert_eq!(server.get("/apis/apps/v1/namespaces/looked/deployments/web")["spec"]["replicas"], 5);
    server.destroyed(&directory, "looked");
}

/// Fields nobody of ours asked for, and fields that belong to a controller.
pub fn what_is_theirs_is_left_alone(server: &Server) {
    let directory = applied(server, "theirs");
    server.kubectl("-n theirs label configmap settings mine=theirs");
    server.kubectl("-n theirs annotate deployment web team=vision");
    // The autoscaler may have its own mind meanwhile; whatever it is, the number is not ours.
    server.kubectl("-n theirs scale deployment elastic --replicas=3");
    let webhooks = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/theirs-checks";
    // A line feed in base64: any bundle would do, but a real server reads it.
    let bundle = json!([{"op": "add", "path": "/webhooks/0/clientConfig/caBundle", "value": certificate()}]);
    let rotate = format!("{webhooks}?fieldManager=cainjector");
    server.done("PATCH", &rotate, "application/json-patch+json", &bundle);
    assert_eq!(directory.succeed(&["plan"]), NOTHING);

    // An apply that changes the same objects leaves them too.
    directory.replace("x/templates/workloads.yaml", "colour = green", "colour = blue");
    directory.replace("x/templates/cluster.yaml", "timeoutSeconds: 1\n", "timeoutSeconds: 2\n");
    directory.succeed(&["apply", "--auto-approve"]);
    assert_eq!(directory.succeed(&["plan"]), NOTHING);
    let settings = server.get("/api/v1/namespaces/theirs/configmaps/settings");
    assert_eq!(settings["metadata"]["labels"]["mine"], "theirs");
    assert_eq!(settings["data"]["settings.ini"], "colour = blue\nsize = 3\n");
    let web = server.get("/apis/apps/v1/namespaces/theirs/deployments/web");
    assert_eq!(web["metadata"]["annotations"]["team"], "vision");
    let webhook = &server.get(webhooks)["webhooks"][0];
    assert_eq!((&webhook["timeoutSeconds"], &webhook["clientConfig"]["caBundle"]), (&json!(2), &json!(certificate())));
    server.destroyed(&directory, "theirs");
}

/// On such a role `kubectl diff --server-side` ends in a conflict.
pub fn aggregated_rules_are_left_to_the_server(server: &Server) {
    let directory = applied(server, "aggregated");
    let role = "/apis/rbac.authorization.k8s.io/v1/clusterroles/aggregated-all";
    let verbs = |expected: serde_json::Value| {
        server.wait_until(role, |_, role| role["rules"][0]["verbs"] == expected);
    };
    verbs(json!(["get", "list"]));
    assert_eq!(directory.succeed(&["plan"]), NOTHING);
    directory.replace("x/templates/cluster.yaml", "verbs: [get, list]", "verbs: [get, list, watch]");
    directory.succeed(&["apply", "--auto-approve"]);
    verbs(json!(["get", "list", "watch"]));
    assert_eq!(directory.succeed(&["plan"]), NOTHING);
    server.destroyed(&directory, "aggregated");
}

/// Objects as `kubectl apply` makes them, with fields we do not want: they go with their manager.
pub fn what_kubectl_applied_before_is_taken_over(server: &Server) {
    let directory = server.small("former");
    directory.append(
        "before.yaml",
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: former}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: \
         settings, namespace: former}\ndata: {settings.ini: old, more: old}\n---\napiVersion: v1\nkind: \
         ServiceAccount\nmetadata: {name: web, namespace: former}\n",
    );
    server.kubectl(&format!("apply -f {}", directory.path().join("before.yaml").display()));
    let plan = directory.succeed(&["plan"]);
    let taken = |id: &str| {
        format!(
            "    > {id}\n        # It exists and belongs to no installation; it was written by \
             kubectl-client-side-apply.\n        # takes over the fields of kubectl-client-side-apply\n"
        )
    };
    assert_eq!(
        adopted(&plan, "ConfigMap former/settings"),
        format!(
            "{}          ~ data[settings.ini]: # set by kubectl-client-side-apply\n              - old\n              \
         + colour = green\n              + size = 3\n          - data.more = \"old\" -> null\n",
            taken("ConfigMap former/settings")
        )
    );
    assert_eq!(adopted(&plan, "Namespace former"), taken("Namespace former"));
    assert_eq!(adopted(&plan, "ServiceAccount former/web"), taken("ServiceAccount former/web"));
    assert!(plan.ends_with("Plan: 11 to add, 0 to change, 0 to destroy, 3 to adopt.\n"), "{plan}");
    directory.succeed(&["apply", "--auto-approve"]);
    assert_eq!(directory.succeed(&["plan"]), NOTHING);
    let settings = server.get("/api/v1/namespaces/former/configmaps/settings");
    assert_eq!(settings["data"], json!({"settings.ini": "colour = green\nsize = 3\n"}));
    assert!(!settings["metadata"]["managedFields"].to_string().contains("kubectl"), "{settings}");
    server.destroyed(&directory, "former");
}

/// Helm 3 writes with an update under its own name; what its chart set and we do not goes.
pub fn what_helm_made_before_is_taken_over(server: &Server) {
    let directory = server.small("chart");
    let marks = json!({"meta.helm.sh/release-name": "web", "meta.helm.sh/release-namespace": "chart"});
    server.done(
        "POST",
        "/api/v1/namespaces?fieldManager=helm",
        "application/json",
        &json!({"apiVersion": "v1",
        "kind": "Namespace", "metadata": {"name": "chart"}}),
    );
    let service = json!({"apiVersion": "v1", "kind": "Service",
        "metadata": {"name": "web", "annotations": marks, "labels": {"app.kubernetes.io/managed-by": "Helm"}},
        "spec": {"selector": {"app": "web", "tier": "front"}, "ports": [{"name": "http", "port": 80, "targetPort": 8080}]}});
    server.done("POST", "/api/v1/namespaces/chart/services?fieldManager=helm", "application/json", &service);
    // A release of Helm is not taken over by the way.
    for command in [&["plan"][..], &["apply", "--auto-approve"][..], &["adopt", "--auto-approve"][..]] {
        let answer = directory.run(command);
        assert_eq!(answer.code, Some(1), "{command:?} {}", answer.stdout);
        let lines: Vec<&str> = answer.stderr.lines().map(str::trim_end).collect();
        assert_eq!(
            lines.join("\n"),
            "error: platform.ml.x: Object of somebody else\n  --> main.hcl:36:13\n   |\n36 |   component \"x\" {\n   |             ^^^\n   \
             |\n   = note: Service chart/web exists already and is in the hands of the Helm release \"web\" in namespace chart.\n   \
             = help: To leave it alone, switch the component off:\n\n           component \"x\" {\n             enabled = \
             false\n           }\n\n           To take it over all the same:\n\n             stackwright adopt \
             \"platform.ml.x/Service chart/web\"\n\n1 error in the plan; nothing was changed."
        );
    }
    assert_eq!(server.get("/api/v1/namespaces/chart/services/web")["spec"]["selector"]["tier"], "front");
    // Named, it is; nothing of what the server had filled in for Helm goes.
    let plan = directory.succeed(&["adopt", "platform.ml.x/Service chart/web", "--auto-approve"]);
    assert_eq!(
        adopted(&plan, "Service chart/web"),
        "    > Service chart/web\n        # It exists and belongs to no installation; it belongs to the Helm release \
         \"web\".\n        # takes over the fields of helm\n          ~ spec.ports[port=80,protocol=TCP].targetPort = 8080 -> \
         \"http\" # set by helm\n          - metadata.annotations = {meta.helm.sh/release-name = \"web\", \
         meta.helm.sh/release-namespace = \"chart\"} -> null\n          - metadata.labels[app.kubernetes.io/managed-by] = \
         \"Helm\" -> null\n          - spec.selector.tier = \"front\" -> null\n"
    );
    directory.succeed(&["apply", "--auto-approve"]);
    assert_eq!(directory.succeed(&["plan"]), NOTHING);
    let service = server.get("/api/v1/namespaces/chart/services/web");
    assert_eq!(service["spec"]["selector"], json!({"app": "web"}));
    assert!(!service["metadata"]["managedFields"].to_string().contains("\"helm\""), "{service}");
    server.destroyed(&directory, "chart");
}

pub fn what_another_installation_owns_is_refused(server: &Server) {
    let (owner, other) = (applied(server, "owned"), server.small("owned"));
    other.replace("main.hcl", "installation = \"owned\"", "installation = \"other\"");
    for command in [&["plan"][..], &["apply", "--auto-approve"][..]] {
        let answer = other.run(command);
        assert_eq!(answer.code, Some(1), "{}", answer.stdout);
        let expected = "Namespace owned exists and belongs to the installation \"owned\".";
        assert!(answer.stderr.contains(expected), "{}", answer.stderr);
    }
    assert_eq!(owner.succeed(&["plan"]), NOTHING);
    server.destroyed(&owner, "owned");
}

/// What bears the name of an object of ours but is another one, without our label: the next plan lets it be.
pub fn an_object_made_anew_by_others_is_not_deleted(server: &Server) {
    let directory = applied(server, "anew");
    server.kubectl("-n anew delete configmap settings");
    server.kubectl("-n anew create configmap settings --from-literal=mine=theirs");
    directory.replace(
        "x/templates/workloads.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n",
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: others\n",
    );
    let plan = directory.succeed(&["plan", "--full"]);
    assert!(plan.contains("    . ConfigMap anew/settings\n"), "{plan}");
    directory.succeed(&["apply", "--auto-approve"]);
    assert_eq!(server.get("/api/v1/namespaces/anew/configmaps/settings")["data"], json!({"mine": "theirs"}));
    assert_eq!(directory.succeed(&["plan"]), NOTHING);
    server.destroyed(&directory, "anew");
}

/// A bundle that holds a certificate, as a controller fills in.
fn certificate() -> String {
    use base64::Engine;
    let made = rcgen::generate_simple_self_signed(vec!["checks".to_owned()]).expect("a certificate");
    static ONCE: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    ONCE.get_or_init(|| base64::engine::general_purpose::STANDARD.encode(made.cert.pem())).clone()
}
