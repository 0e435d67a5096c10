//! `adopt`, `import` and `forget`: what is ours changes, and nothing else.

use serde_json::json;

use crate::server::Server;
use crate::server::behaviours;

behaviours!(existing_objects_are_adopted_and_nothing_else_is_made, objects_are_let_go_and_stay);

const APPROVED: &str = "--auto-approve";

pub fn existing_objects_are_adopted_and_nothing_else_is_made(server: &Server) {
    let directory = server.small("adopted");
    let post = |path: &str, object: serde_json::Value| {
        server.done("POST", &format!("{path}?fieldManager=kubectl-create"), "application/json", &object);
    };
    let answer = directory.succeed(&["adopt", APPROVED]);
    assert!(answer.starts_with("Nothing to adopt: "), "{answer}");
    post("/api/v1/namespaces", json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "adopted"}}));
    for name in ["settings", "unrelated"] {
        let object = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"a": "b"}});
        post("/api/v1/namespaces/adopted/configmaps", object);
    }
    let class = json!({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "adopted-slow"},
        "provisioner": "example.com/disk"});
    post("/apis/storage.k8s.io/v1/storageclasses", class);

    let answer = directory.run(&["adopt", "storage_class.fast", APPROVED]);
    assert_eq!(answer.code, Some(1));
    assert!(
        answer.stderr.contains("no object in the configuration or the inventory belongs to storage_class.fast"),
        "{}",
        answer.stderr
    );

    let answer =
        directory.succeed(&["import", "storage_class.slow", "StorageClass.storage.k8s.io adopted-slow", APPROVED]);
    assert!(answer.ends_with("\nImport complete! Objects: 0 added, 0 changed, 0 destroyed, 1 adopted.\n"), "{answer}");
    assert!(answer.contains("Plan: 0 to add, 0 to change, 0 to destroy, 1 to adopt.\n"), "{answer}");

    let answer = directory.succeed(&["adopt", "ConfigMap adopted/settings", APPROVED]);
    assert!(
        answer.contains("~ platform.ml.x  1 to adopt\n    > ConfigMap adopted/settings\n")
            || answer.contains("> platform.ml.x  1 to adopt\n    > ConfigMap adopted/settings\n"),
        "{answer}"
    );
    assert!(answer.ends_with("\nAdopt complete! Objects: 0 added, 0 changed, 0 destroyed, 1 adopted.\n"), "{answer}");
    let answer = directory.succeed(&["adopt", APPROVED]);
    assert!(answer.contains("    > Namespace adopted\n"), "{answer}");
    assert!(answer.ends_with("\nAdopt complete! Objects: 0 added, 0 changed, 0 destroyed, 1 adopted.\n"), "{answer}");
    let mut ours: Vec<String> = server.stored().into_keys().collect();
    ours.sort();
    assert_eq!(ours, ["configmaps/adopted/settings", "namespaces//adopted", "storageclasses//adopted-slow"]);
    directory.succeed(&["verify"]);
    directory.succeed(&["apply", APPROVED]);
    assert_eq!(server.get("/api/v1/namespaces/adopted/configmaps/unrelated")["data"]["a"], "b");
    server.destroyed(&directory, "adopted");
}

pub fn objects_are_let_go_and_stay(server: &Server) {
    let directory = server.small("letgo");
    directory.succeed(&["apply", APPROVED]);
    let answer = directory.succeed(&["forget", "storage_class.slow", "Service letgo/web", APPROVED]);
    for expected in [
        "    . Service letgo/web\n        # It is let go.\n",
        "    . StorageClass.storage.k8s.io letgo-slow\n        # It is let go.\n",
        "Plan: 0 to add, 0 to change, 0 to destroy, 2 to forget.\n",
        "\nForget complete! Objects: 0 added, 0 changed, 0 destroyed, 2 forgotten.\n",
    ] {
        assert!(answer.contains(expected), "no `{expected}` in\n{answer}");
    }
    let stored = server.stored();
    assert!(!stored.contains_key("services/letgo/web") && !stored.contains_key("storageclasses//letgo-slow"));
    assert_eq!(server.get("/api/v1/namespaces/letgo/services/web")["spec"]["selector"]["app"], "web");
    directory.succeed(&["verify"]);
    // As long as the configuration wants them, an apply takes them back.
    let plan = directory.succeed(&["plan"]);
    assert!(plan.ends_with("Plan: 0 to add, 0 to change, 0 to destroy, 2 to adopt.\n"), "{plan}");
    directory.succeed(&["forget", "Deployment.apps letgo/elastic", APPROVED]);
    server.destroyed(&directory, "letgo");
    let class = "/apis/storage.k8s.io/v1/storageclasses/letgo-slow";
    server.done("DELETE", class, "application/json", &serde_json::Value::Null);
}
