//! Upgrades between made-up releases: `tests/hops` holds a platform of a handful of objects, and a catalog whose releases
//! have a hop with a step of every kind. Nothing of them is known to the program.

mod models;
pub mod programs;
pub mod rehearsals;
mod rollback;
mod surroundings;

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use serde_json::json;

use crate::end_state::Objects;
use crate::end_state::differences;
use crate::end_state::ours;
use crate::program::Answer;
use crate::program::Directory;
use crate::program::copy;
use crate::server::Server;

const JSON: &str = "application/json";
const MERGE: &str = "application/merge-patch+json";
const WIDGETS: &str = "/apis/example.com/v1beta1/namespaces/users/widgets";
const GEARS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/gears.example.com";
const DEFINITION: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.example.com";

fn directory(server: &Server) -> Directory {
    let directory = server.directory();
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hops/in"), directory.path());
    directory
}

/// Runs a command with the catalog of made-up releases.
fn run(directory: &Directory, arguments: &[&str]) -> Answer {
    directory.run(&[arguments, &["--catalog", "catalog"]].concat())
}

fn succeed(directory: &Directory, arguments: &[&str]) -> String {
    let answer = run(directory, arguments);
    assert_eq!(answer.code, Some(0), "{arguments:?}\n{}\n{}", answer.stdout, answer.stderr);
    answer.stdout
}

fn refused(directory: &Directory, arguments: &[&str]) -> String {
    let answer = run(directory, arguments);
    assert_eq!(answer.code, Some(1), "{arguments:?}\n{}\n{}", answer.stdout, answer.stderr);
    answer.stderr
}

fn says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in\n{text}");
    }
}

fn is_at(directory: &Directory, version: &str) -> Value {
    let shown: Value = serde_json::from_str(&succeed(directory, &["show", "--json"])).expect("JSON");
    let platform = shown["clusters"][0]["platforms"][0].clone();
    assert_eq!(platform["version"], version, "{platform}");
    platform
}

/// A directory at release 1.0, with what users have made there.
fn installed(server: &Server) -> Directory {
    let directory = directory(server);
    succeed(&directory, &["apply", "--auto-approve"]);
    for (name, labels) in [("users", json!({"team": "yes"})), ("others", json!({})), ("archive", json!({}))] {
        let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}});
        server.done("POST", "/api/v1/namespaces", JSON, &namespace);
    }
    for (namespace, name, labels) in [
        ("users", "leftover", json!({})),
        ("others", "leftover", json!({})),
        ("users", "reader", json!({"noted": "not-yet"})),
        ("archive", "archive", json!({})),
    ] {
        let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"old": "x"},
            "metadata": {"name": name, "labels": labels}});
        server.done("POST", &format!("/api/v1/namespaces/{namespace}/configmaps"), JSON, &map);
    }
    // The key of the program that a step runs.
    let key = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "door"},
        "stringData": {"password": "open-sesame-31"}});
    server.done("POST", "/api/v1/namespaces/widgets/secrets", JSON, &key);
    // As cert-manager does for whoever asks for it.
    let bundle = STANDARD.encode(include_bytes!("../src/provider/kubernetes/certificate_v1.pem"));
    let injected = json!({"spec": {"conversion": {"webhook": {"clientConfig": {"caBundle": bundle}}}}});
    server.done("PATCH", &format!("{GEARS}?fieldManager=cainjector"), MERGE, &injected);
    for (name, size) in [("small", 1), ("odd", 7)] {
        let widget = json!({"apiVersion": "example.com/v1beta1", "kind": "Widget", "metadata": {"name": name},
            "spec": {"size": size}});
        server.done("POST", WIDGETS, JSON, &widget);
    }
    let deployment = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "own"}, "spec": {
        "selector": {"matchLabels": {"app": "own"}},
        "template": {"metadata": {"labels": {"app": "own"}}, "spec": {"containers": [
            {"name": "own", "image": "x/app:1"}, {"name": "proxy", "image": "x/proxy:1.17"}]}},
    }});
    server.done("POST", "/apis/apps/v1/namespaces/users/deployments", JSON, &deployment);
    let own = "/apis/apps/v1/namespaces/users/deployments/own";
    server.wait_until(own, |_, deployment| deployment["status"]["availableReplicas"] == 1);
    directory
}

fn names(directory: &Directory, version: &str) {
    let text = std::fs::read_to_string(directory.path().join("main.hcl")).expect("the file");
    let line = text.lines().find(|line| line.trim_start().starts_with("version")).expect("a version").to_owned();
    directory.replace("main.hcl", &line, &format!("  version = \"{version}\" # asked for by the widget team"));
}

/// What must hold of what users have made once the platform is at release 2.0.
fn assert_users_are_served(server: &Server, restarted: bool) {
    let config = |path: &str| server.send("GET", &format!("/api/v1/namespaces/{path}"), JSON, &Value::Null);
    assert_eq!(config("users/configmaps/leftover").0, 404);
    assert_eq!(config("others/configmaps/leftover").0, 200, "its namespace is not meant");
    assert_eq!(config("users/configmaps/reader").1["data"], json!({"noted": "yes"}));
    let widgets = server.get(WIDGETS);
    let sizes: Vec<&Value> = widgets["items"].as_array().expect("a list").iter().map(|w| &w["spec"]["size"]).collect();
    assert_eq!(sizes, [7, 1], "{widgets}");
    let conversion = server.get(GEARS)["spec"]["conversion"].clone();
    assert_eq!(conversion["webhook"], Value::Null, "{conversion}");
    assert_eq!(server.get(DEFINITION)["status"]["storedVersions"], json!(["v1beta1"]));
    let own = server.get("/apis/apps/v1/namespaces/users/deployments/own");
    let mark = &own["spec"]["template"]["metadata"]["annotations"]["stackwright.io/restarted"];
    assert_eq!(mark.as_str(), restarted.then_some("1.0-2.0"));
    let server = server.get("/apis/apps/v1/namespaces/widgets/deployments/server");
    assert_eq!((&server["spec"]["replicas"], &server["status"]["availableReplicas"]), (&json!(2), &json!(2)));
}

#[test]
fn two_hops_in_one_run() {
    let server = Server::sandbox();
    let directory = installed(&server);
    is_at(&directory, "1.0");
    names(&directory, "3.0");

    // What is looked at is what is there, not what is to come.
    let status = succeed(&directory, &["status"]);
    says(&status, &["platform.ml  release 1.0\n"]);
    assert!(!status.contains("differ"), "{status}");

    let plan = succeed(&directory, &["plan"]);
    says(
        &plan,
        &[
            "Upgrade of platform.ml: 1.0 -> 2.0 -> 3.0\n",
            "This cannot be undone:\n",
            "3.0  delete archive: The new server cannot read it. It loses the archive of release 2.0: that needs",
            "3.0  note schema: The new server rebuilds its tables.",
            "This is at risk:\n  2.0  1 of kind Widget.example.com: users/odd. Odd widgets become slower.",
            "1.0 -> 2.0  2 objects come, 2 objects go\n",
            "check too-big              nothing found\n    Widgets of size 13 break the new server.",
            "job dump                   runs a program\n",
            "in namespace widgets with registry.example/server:1: sh -c dump.sh (claims: dumps at /dumps)\n",
            "delete leftovers           1 of kind ConfigMap: users/leftover\n",
            "store widgets.example.com  only v1beta1 stays stored\n",
            "apply                      what the release differs in, until it serves\n",
            "restart users              1 of kind Pod: users/own-",
            "(only with --restart)",
            "roleRef cannot be changed in place.",
        ],
    );
    assert!(!plan.contains("with-gears"), "that component is not there:\n{plan}");
    let json: Value = serde_json::from_str(&succeed(&directory, &["plan", "--json"])).expect("JSON");
    assert_eq!(json["platform"], json!({"address": "platform.ml", "version": "3.0", "installed": "1.0"}));
    assert_eq!((&json["upgrade"]["from"], &json["upgrade"]["loses_data"]), (&json!("1.0"), &json!(true)));
    let steps: Vec<&str> = json["upgrade"]["hops"][0]["steps"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|step| step["step"].as_str().expect("a text"))
        .collect();
    assert_eq!(steps.len(), 12, "{steps:?}");

    // Approval alone agrees to no loss.
    says(
        &refused(&directory, &["apply", "--auto-approve"]),
        &["The upgrade loses data", "delete archive", "--allow-data-loss"],
    );
    is_at(&directory, "1.0");
    let part = ["plan", "--target", "platform.ml.widgets"];
    says(&refused(&directory, &part), &["Cannot upgrade a part"]);

    let answer = run(&directory, &["apply", "--auto-approve", "--allow-data-loss", "--restart"]);
    assert_eq!(answer.code, Some(0), "{}\n{}", answer.stdout, answer.stderr);
    says(
        &answer.stderr,
        &[
            "platform.ml: 1.0 -> 2.0",
            "✓ job dump: 2 widgets were kept",
            "opened with (sensitive value)\n",
            "PersistentVolumeClaim widgets/dumps holds dumps of the widgets; delete it when nobody needs that any more.",
            "✓ delete leftovers: 1 object: ConfigMap users/leftover",
            "✓ platform.ml is at release 2.0",
            "✓ platform.ml is at release 3.0",
        ],
    );
    assert_users_are_served(&server, true);
    is_at(&directory, "3.0");
    says(&succeed(&directory, &["plan"]), &["No changes."]);
    says(&succeed(&directory, &["show"]), &["platform.ml 3.0\n"]);
    let history = succeed(&directory, &["history"]);
    says(
        &history,
        &[
            "RELEASE\n",
            "1.0 -> 2.0\n",
            "2.0 -> 3.0\n",
            "revision 2, platform.ml 1.0 -> 2.0\n",
            "  job dump: 2 widgets were kept\n",
            "  delete leftovers: 1 object: ConfigMap users/leftover\n",
            "  store widgets.example.com: 2 objects are stored in v1beta1",
        ],
    );
    let (code, _) = server.send("GET", "/api/v1/namespaces/archive/configmaps/archive", JSON, &Value::Null);
    assert_eq!(code, 404);

    for (version, parts) in [
        (
            "2.0",
            &[
                "Downgrade",
                "It is at release 3.0, and no way leads back to 2.0",
                "Put version = \"3.0\" back.",
                "restore a backup",
            ][..],
        ),
        (
            "9.0",
            &[
                "No way to this release",
                "leads from release 3.0, where it is, to 9.0",
                "1.0 -> 2.0, 2.0 -> 3.0, 3.0 -> 8.0",
            ],
        ),
        (
            "8.0",
            &[
                "Kubernetes version does not fit",
                "Release 8.0 runs on Kubernetes 1.99",
                "Upgrade the cluster to Kubernetes 1.99 first.",
            ],
        ),
    ] {
        names(&directory, version);
        says(&refused(&directory, &["apply", "--auto-approve"]), parts);
        says(&succeed(&directory, &["status"]), &["release 3.0\n"]);
        succeed(&directory, &["plan", "--destroy"]);
        succeed(&directory, &["plan", "--refresh-only"]);
    }
    is_at(&directory, "3.0");
    succeed(&directory, &["destroy", "--auto-approve"]);
}

#[test]
fn what_stands_in_the_way_is_told_by_name_before_anything_changes() {
    let server = Server::sandbox();
    let directory = installed(&server);
    let widget = json!({"apiVersion": "example.com/v1beta1", "kind": "Widget", "metadata": {"name": "huge"},
        "spec": {"size": 13}});
    server.done("POST", WIDGETS, JSON, &widget);
    let before = server.stored();

    let checked: Value =
        serde_json::from_str(&run(&directory, &["upgrade", "--check", "2.0", "--json"]).stdout).expect("JSON");
    assert_eq!((&checked["passed"], &checked["from"], &checked["to"]), (&json!(false), &json!("1.0"), &json!("2.0")));
    assert_eq!(checked["upgrade"]["hops"][0]["steps"][0]["objects"], json!(["Widget.example.com users/huge"]));
    says(
        &refused(&directory, &["upgrade", "--check", "2.0"]),
        &[
            "Upgrade refused",
            "check too-big stands in the way: 1 of kind Widget.example.com: users/huge.",
            "Make them smaller.",
        ],
    );
    let text = std::fs::read_to_string(directory.path().join("main.hcl")).expect("the file");
    says(
        &refused(&directory, &["upgrade", "2.0", "--auto-approve"]),
        &["Upgrade refused", "Nothing was changed; main.hcl is as it was."],
    );
    assert_eq!(std::fs::read_to_string(directory.path().join("main.hcl")).expect("the file"), text);
    assert_eq!(server.stored(), before);
    is_at(&directory, "1.0");

    server.done("DELETE", &format!("{WIDGETS}/huge"), JSON, &Value::Null);
    says(&succeed(&directory, &["upgrade", "--check", "2.0"]), &["Nothing stands in the way. Nothing was changed."]);
    // Nobody can be asked; the file is as it was.
    refused(&directory, &["upgrade", "2.0"]);
    assert_eq!(std::fs::read_to_string(directory.path().join("main.hcl")).expect("the file"), text);

    let answer = run(&directory, &["upgrade", "2.0", "--auto-approve"]);
    assert_eq!(answer.code, Some(0), "{}\n{}", answer.stdout, answer.stderr);
    says(
        &answer.stderr,
        &["Set the version of platform.ml to 2.0 in main.hcl.", "Their proxy is too old.", "`--restart` restarts them"],
    );
    let edited = std::fs::read_to_string(directory.path().join("main.hcl")).expect("the file");
    assert_eq!(edited, text.replace("version = \"1.0\" #", "version = \"2.0\" #"));
    assert_users_are_served(&server, false);
    says(
        &succeed(&directory, &["history"]),
        &["upgrade 2.0", "  restart users: left to a person: 1 object: Deployment.apps users/own\n"],
    );
}

#[test]
fn the_version_is_edited_only_where_it_stands() {
    let server = Server::sandbox();
    let directory = directory(&server);
    directory.replace("main.hcl", "version = \"1.0\"", "version = local.release");
    directory.append("main.hcl", "locals {\n  release = \"1.0\"\n}\n");
    let told = refused(&directory, &["upgrade", "2.0", "--auto-approve"]);
    says(
        &told,
        &[
            "Cannot edit the version of platform.ml",
            "at main.hcl:12:13 it comes from local.release",
            "Set it to \"2.0\" there",
        ],
    );
    says(&refused(&directory, &["upgrade", "2.1"]), &["There is no release \"2.1\""]);

    let list = succeed(&directory, &["upgrade", "--list"]);
    says(&list, &["RELEASE", "KUBERNETES", "from 1.20", "delete archive, note schema", "platform.ml", "widgets"]);
    let list: Value = serde_json::from_str(&succeed(&directory, &["upgrade", "--list", "--json"])).expect("JSON");
    let three = list["releases"].as_array().expect("a list").iter().find(|release| release["version"] == "3.0");
    let three = three.expect("release 3.0");
    assert_eq!((&three["hops"][0]["from"], &three["hops"][0]["one_way"]), (&json!("2.0"), &json!(true)));
    assert_eq!(three["components"], json!({"widgets": "3.0"}));
}

fn killed_after(directory: &Directory, requests: u64, arguments: &[&str]) -> Answer {
    let mut command = directory.command(&[arguments, &["--catalog", "catalog"]].concat());
    command.env("STACKWRIGHT_FAULTS", format!("kill_after={requests}"));
    Answer::of(command)
}

const APPLY: [&str; 4] = ["apply", "--auto-approve", "--restart", "--wait-timeout=1m"];

/// Back to how users and platform were before the upgrade.
fn back(server: &Server, directory: &Directory) {
    succeed(directory, &["destroy", "--auto-approve"]);
    for namespace in ["users", "others", "archive", "widgets"] {
        server.send("DELETE", &format!("/api/v1/namespaces/{namespace}"), JSON, &Value::Null);
    }
    for namespace in ["users", "others", "archive", "widgets", "stackwright-system"] {
        server.wait_until(&format!("/api/v1/namespaces/{namespace}"), |code, _| code == 404);
    }
}

/// Killed between any two requests of a hop, and again a little later: the next run goes on, every step is there once.
#[test]
fn a_hop_killed_anywhere() {
    let server = Server::sandbox();
    let undisturbed = installed(&server);
    names(&undisturbed, "2.0");
    succeed(&undisturbed, &APPLY);
    let expected: Objects = ours(server.stored());
    back(&server, &undisturbed);
    let step = std::env::var("STACKWRIGHT_STEP").ok().and_then(|text| text.parse().ok()).unwrap_or(9);
    let first = std::env::var("STACKWRIGHT_BOUNDARY").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    let mut kills = 0;
    for requests in (first..).step_by(step) {
        let directory = installed(&server);
        names(&directory, "2.0");
        let answer = killed_after(&directory, requests, &APPLY);
        if answer.code.is_none() {
            kills += 1;
            let again = killed_after(&directory, requests / 2 + 4, &APPLY);
            assert!(again.code.is_none_or(|code| code == 0), "killed after {requests}, and again\n{}", again.stderr);
        }
        let end = run(&directory, &APPLY);
        assert_eq!(end.code, Some(0), "killed after {requests}\n{}\n{}", end.stdout, end.stderr);
        let when = format!("killed after {requests} requests");
        let differences = differences(&expected, &ours(server.stored()));
        assert!(differences.is_empty(), "{when}\n{}", differences.join("\n"));
        assert_users_are_served(&server, true);
        assert_eq!(is_at(&directory, "2.0")["hop"], Value::Null, "{when}");
        for command in [&["verify"][..], &["plan", "--detailed-exitcode"][..]] {
            let answer = run(&directory, command);
            assert_eq!(answer.code, Some(0), "{when}\n{}{}", answer.stdout, answer.stderr);
        }
        back(&server, &directory);
        if answer.code.is_some() {
            break;
        }
    }
    assert!(kills > 60 / step, "only {kills} kills");
}

/// A hop that did not come to its end is met by other versions.
#[test]
fn a_half_done_hop() {
    let server = Server::sandbox();
    let directory = installed(&server);
    // It holds a finalizer, so that the hop cannot go on.
    let leftover = "/api/v1/namespaces/users/configmaps/leftover";
    let held = |names: Value| json!({"metadata": {"finalizers": names}});
    server.done("PATCH", leftover, MERGE, &held(json!(["example.com/held"])));
    names(&directory, "2.0");
    let answer = run(&directory, &["apply", "--auto-approve", "--wait-timeout=2s"]);
    assert_eq!(answer.code, Some(1), "{}\n{}", answer.stdout, answer.stderr);
    says(
        &answer.stderr,
        &["delete leftovers of the hop to 2.0: ConfigMap users/leftover is held by [\"example.com/held\"]"],
    );
    let platform = is_at(&directory, "1.0");
    assert_eq!(
        (&platform["hop"]["to"], &platform["hop"]["steps"][0]["done"]),
        (&json!("2.0"), &json!(true)),
        "{platform}"
    );
    says(&succeed(&directory, &["history"]), &["failed", "  delete leftovers, not at its end\n"]);
    says(&succeed(&directory, &["show"]), &["platform.ml 1.0, on its way from 1.0 to 2.0"]);
    says(&succeed(&directory, &["plan"]), &["scale quiet                done already"]);

    names(&directory, "9.0");
    says(
        &refused(&directory, &["plan"]),
        &[
            "Half-done hop",
            "from there no way leads to 9.0",
            "put version = \"2.0\"",
            "To go back, put version = \"1.0\".",
        ],
    );
    // Every step of it can go back: the release is as it was.
    names(&directory, "1.0");
    succeed(&directory, &["apply", "--auto-approve"]);
    assert_eq!(is_at(&directory, "1.0")["hop"], Value::Null);
    let deployment = server.get("/apis/apps/v1/namespaces/widgets/deployments/server");
    assert_eq!(deployment["spec"]["replicas"], 2);
    says(&succeed(&directory, &["plan"]), &["No changes."]);

    // Goes on with it, and further.
    names(&directory, "2.0");
    run(&directory, &["apply", "--auto-approve", "--wait-timeout=2s"]);
    server.done("PATCH", leftover, MERGE, &held(json!(null)));
    names(&directory, "3.0");
    succeed(&directory, &["apply", "--auto-approve", "--allow-data-loss"]);
    is_at(&directory, "3.0");
    // What was begun of 3.0 cannot be gone back: its note says so.
    names(&directory, "2.0");
    says(&refused(&directory, &["plan"]), &["Downgrade"]);
}

/// Earlier programs wrote the release into the history only.
#[test]
fn an_installation_of_before_is_at_what_its_history_says() {
    let server = Server::sandbox();
    let directory = installed(&server);
    let root = "/api/v1/namespaces/stackwright-system/secrets/inventory-demo";
    server.done("PATCH", root, MERGE, &json!({"data": {"releases": null}}));
    names(&directory, "2.0");
    says(&succeed(&directory, &["plan"]), &["Upgrade of platform.ml: 1.0 -> 2.0\n"]);
    succeed(&directory, &["apply", "--auto-approve"]);
    is_at(&directory, "2.0");
    assert_users_are_served(&server, false);
}
