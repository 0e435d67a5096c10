//! Records and plans of before: `tests/stored` holds an inventory and plan files as an earlier version wrote them, when
//! addresses were texts. What is stored is never changed there; a new form gets files of its own.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use serde_json::json;

use crate::program::Directory;
use crate::program::copy;
use crate::server::Server;

fn stored(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stored").join(name)
}

/// The configuration that the stored plans are of, for this cluster.
fn installation(server: &Server) -> Directory {
    let directory = server.directory();
    copy(&stored("in"), directory.path());
    for plan in ["plan", "first-plan"] {
        std::fs::copy(stored(plan), directory.path().join(plan)).expect("the plan can be copied");
    }
    directory
}

/// Puts the stored inventory into a cluster that holds nothing.
fn with_inventory(server: &Server) {
    let records = "/api/v1/namespaces";
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "stackwright-system",
        "labels": {"app.kubernetes.io/managed-by": "stackwright"}}});
    server.done("POST", records, "application/json", &namespace);
    let text = std::fs::read_to_string(stored("inventory.json")).expect("the inventory");
    let inventory: Value = serde_json::from_str(&text).expect("JSON");
    server.done("POST", &format!("{records}/stackwright-system/secrets"), "application/json", &inventory);
}

#[test]
fn an_inventory_is_read() {
    let server = Server::sandbox();
    let directory = installation(&server);
    with_inventory(&server);
    let shown: Value = serde_json::from_str(&directory.succeed(&["show", "--json"])).expect("JSON");
    let cluster = &shown["clusters"][0];
    assert_eq!((&cluster["cluster"], &cluster["revision"]), (&json!("cluster.main"), &json!(2)));
    let mut owners: BTreeMap<&str, usize> = BTreeMap::new();
    for object in cluster["objects"].as_array().expect("a list") {
        *owners.entry(object["owner"].as_str().expect("an address")).or_default() += 1;
    }
    let expected = BTreeMap::from([
        ("module.guests[0].user.guest", 1),
        ("module.guests[1].user.guest", 1),
        ("platform.ml.cert-manager", 46),
        ("platform.ml.cert-manager-issuer", 1),
        ("platform.ml.istio", 41),
        ("platform.ml.kubeflow", 7),
        ("platform.ml.kubeflow-gateway", 5),
        ("platform.ml.profiles", 11),
        ("platform.ml.x", 2),
        ("storage_class.slow", 1),
        ("user.team[\"carol@example.com\"]", 1),
        ("user.team[\"dave@example.com\"]", 1),
    ]);
    assert_eq!(owners, expected);
    let carol = cluster["objects"].as_array().expect("a list").iter();
    let carol = carol.filter(|object| object["owner"] == "user.team[\"carol@example.com\"]").collect::<Vec<_>>();
    assert_eq!(carol[0]["object"], "Profile.kubeflow.org carol");
    assert_eq!(carol[0]["uid"], "ed5c562b-d33b-491b-90f1-ddb8cff952e4");

    // It is as good as one of today: every object of it is looked for, and being gone lets go of.
    directory.succeed(&["destroy", "--auto-approve"]);
    assert_eq!(directory.succeed(&["show"]), "Nothing is installed in cluster.main.\n");
}

/// It is shown as it was, and an apply does what it says or tells why not: its configuration is still here, but objects
/// may be rendered otherwise by now.
fn is_performed_or_stale(directory: &Directory, plan: &str, summary: &str) -> bool {
    let shown = directory.succeed(&["show", plan]);
    assert!(shown.contains(&format!("\n{summary}\n")), "{shown}");
    let json: Value = serde_json::from_str(&directory.succeed(&["show", "--json", plan])).expect("JSON");
    assert_eq!(json["installation"], "stored");
    let answer = directory.run(&["apply", plan]);
    let performed = answer.code == Some(0);
    let reason = "error: The plan is stale\n  because cluster.main: ";
    assert!(performed || answer.stderr.starts_with(reason), "{plan}: {:?}\n{}", answer.code, answer.stderr);
    performed
}

#[test]
fn a_first_plan_is_performed_or_stale() {
    let server = Server::sandbox();
    let directory = installation(&server);
    let performed = is_performed_or_stale(&directory, "first-plan", "Plan: 3 to add, 0 to change, 0 to destroy.");
    let (code, _) =
        server.send("GET", "/api/v1/namespaces/stored/configmaps/settings", "application/json", &json!(null));
    assert_eq!(code, if performed { 200 } else { 404 });
}

#[test]
fn a_plan_with_addresses_of_instances_is_stale() {
    let server = Server::sandbox();
    let directory = installation(&server);
    with_inventory(&server);
    // What the inventory names is not in this cluster, so that it cannot be what the plan was made of.
    assert!(!is_performed_or_stale(&directory, "plan", "Plan: 1 to add, 1 to change, 3 to destroy."));
}
