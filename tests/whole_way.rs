//! The way through every release that one Kubernetes can carry: the first is installed, people make things in the API
//! versions of that time, and each hop is made after the other. What they made is there at the end, by its UID; every
//! release is settled, and the last one is what a new installation of it is.
//!
//! It takes minutes and stands beside the suites that run each time: `tests/nightly` runs it on every Kubernetes that
//! `tests/control-plane` can build, and the sandbox's own.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::control_plane::ControlPlane;
use crate::control_plane::Setup;
use crate::end_state::Objects;
use crate::end_state::differences;
use crate::end_state::ours;
use crate::program::Directory;
use crate::real_server::editions;
use crate::server::Server;

const JSON: &str = "application/json";
/// The documents of `tests/whole_way/users.yaml`.
const USERS: &str = include_str!("whole_way/users.yaml");
/// What runs the jobs of the Training Operator, beside the Trainer that follows it.
const TRAINING: &str = "  component \"training-operator\" {\n    enabled = true\n  }\n  endpoint {\n";
const ALICE: &str = r#"
user "alice" {
  platform = platform.ml
  email    = "alice@example.com"
  hash     = "$2b$12$C6UzMDM.H6dfI/f/IKcEeO5gOwyUoPL1jt0/GwIUHK4Yp3LYwm5aW"

  profile {}
}
"#;

#[test]
#[ignore = "minutes on a control plane: tests/nightly runs it"]
fn on_a_real_control_plane() {
    let cluster = ControlPlane::start_with(Setup { nodes: 3, ..Setup::default() });
    walk(&Server::real(&cluster));
}

/// The enterprise edition of each of them, from nothing and back.
#[test]
#[ignore = "minutes on a control plane: tests/nightly runs it"]
fn of_everything_on_a_real_control_plane() {
    let cluster = editions::for_enterprise();
    let server = Server::real(&cluster);
    for release in fitting(&server, &editions::enterprise(&cluster)) {
        let directory = editions::enterprise(&cluster);
        directory.replace("main.hcl", "\"1.9.1\"", &format!("\"{release}\""));
        directory.succeed(&["apply", "--auto-approve"]);
        editions::prometheus(&cluster);
        is_settled(&directory, &release);
        directory.succeed(&["status"]);
        directory.succeed(&["destroy", "--auto-approve", "--allow-data-loss"]);
        eprintln!("{release}: its enterprise edition serves and goes again");
    }
}

#[test]
#[ignore = "minutes: tests/nightly runs it"]
fn on_sandboxes() {
    for kubernetes in ["1.26", "1.31", "1.34"] {
        walk(&Server::sandbox_of(kubernetes));
    }
}

fn walk(server: &Server) {
    let directory = Directory::example("mini-existing-cluster")
        .environment("KUBECONFIG", &server.kubeconfig().display().to_string())
        .environment("STACKWRIGHT_VAR_admin_password", "correct horse battery");
    directory.append("main.hcl", ALICE);
    let releases = fitting(server, &directory);
    eprintln!("{}: {}", server.get("/version")["gitVersion"], releases.join(", "));
    let (first, rest) = releases.split_first().expect("a release fits");
    directory.replace("main.hcl", "1.9.1", first);
    if first == "1.11.0" {
        directory.replace("main.hcl", "  endpoint {\n", TRAINING);
    }
    directory.succeed(&["apply", "--auto-approve"]);
    is_settled(&directory, first);
    let made = people_make_things(server);
    for release in rest {
        if release == "1.11.0" {
            keeps_who_runs_the_jobs(&directory);
        }
        directory.succeed(&["upgrade", release, "--auto-approve"]);
        is_settled(&directory, release);
        let now = uids(server);
        let lost: Vec<&String> =
            made.iter().filter(|(name, uid)| now.get(*name) != Some(uid)).map(|(n, _)| n).collect();
        assert_eq!(lost, Vec::<&String>::new(), "at {release}");
    }
    let arrived = end_state(server);

    directory.succeed(&["destroy", "--auto-approve", "--allow-data-loss"]);
    directory.succeed(&["apply", "--auto-approve"]);
    let fresh = end_state(server);
    let differing = differences(&fresh, &arrived);
    let unexpected: Vec<&String> = differing.iter().filter(|text| !is_kept(text)).collect();
    assert!(unexpected.is_empty(), "after a new installation of {}: {}", releases.join(", "), join(&unexpected));
    directory.succeed(&["destroy", "--auto-approve", "--allow-data-loss"]);
}

/// What is ours, without how often it was changed, and ports that the cluster chose.
fn end_state(server: &Server) -> Objects {
    let mut objects = ours(server.stored());
    for object in objects.values_mut() {
        if let Some(annotations) = object["metadata"]["annotations"].as_object_mut() {
            annotations.remove("deployment.kubernetes.io/revision");
            annotations.remove("deprecated.daemonset.template.generation");
        }
        for port in object["spec"]["ports"].as_array_mut().into_iter().flatten() {
            port.as_object_mut().map(|port| port.remove("nodePort"));
        }
    }
    objects
}

fn join(texts: &[&String]) -> String {
    texts.iter().map(|text| format!("\n{text}")).collect()
}

/// What a platform that came a long way has and a new one has not, by the beginning of its name: data that nobody let go.
fn is_kept(difference: &str) -> bool {
    ["persistentvolumeclaims/kubeflow/minio-pvc", "persistentvolumeclaims/kubeflow/stackwright-dumps"]
        .iter()
        .any(|kept| difference.starts_with(kept))
}

/// From 1.11.0 on, nobody runs the jobs of the Training Operator unless it is asked for; while there are jobs, the hop is
/// refused with what to do.
fn keeps_who_runs_the_jobs(directory: &Directory) {
    let refused = directory.run(&["upgrade", "1.11.0", "--auto-approve"]);
    assert_eq!(refused.code, Some(1), "{}", refused.stdout);
    assert!(refused.stderr.contains("Switch the component training-operator on"), "{}", refused.stderr);
    directory.replace("main.hcl", "  endpoint {\n", TRAINING);
}

/// The releases that the server's Kubernetes can carry, in the order in which hops lead through them.
fn fitting(server: &Server, directory: &Directory) -> Vec<String> {
    let version = server.get("/version");
    let number = |text: &str| text.trim_end_matches('+').parse::<u32>().expect("a number");
    let minor = number(version["minor"].as_str().expect("a minor"));
    let listed = directory.succeed(&["upgrade", "--list", "--json"]);
    let listed: Value = serde_json::from_str(&listed).expect("JSON");
    let mut way: Vec<String> = Vec::new();
    for release in listed["releases"].as_array().expect("releases") {
        let bound =
            |end: &str| release["kubernetes"][end].as_str().and_then(|text| text.strip_prefix("1.")).map(number);
        let fits = bound("min").is_none_or(|min| min <= minor) && bound("max").is_none_or(|max| minor <= max);
        let hops = release["hops"].as_array().expect("hops");
        let leads_here = |from: &String| hops.iter().any(|hop| hop["from"] == from.as_str());
        if fits && way.last().is_none_or(leads_here) {
            way.push(release["version"].as_str().expect("a version").to_owned());
        }
    }
    way
}

fn is_settled(directory: &Directory, release: &str) {
    let plan = directory.run(&["plan", "--detailed-exitcode"]);
    assert_eq!(plan.code, Some(0), "{release} plans\n{}\n{}", plan.stdout, plan.stderr);
    directory.succeed(&["verify"]);
    let shown: Value = serde_json::from_str(&directory.succeed(&["show", "--json"])).expect("JSON");
    assert_eq!(shown["clusters"][0]["platforms"][0]["version"], release);
}

/// Gives the UIDs of what was made, by kind and name.
fn people_make_things(server: &Server) -> BTreeMap<String, String> {
    let mut made = BTreeMap::new();
    for object in serde_saphyr::from_multiple::<Value>(USERS).expect("YAML") {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).expect("a text").to_owned();
        let (version, kind) = (text("/apiVersion"), text("/kind"));
        let root = if version.contains('/') { format!("/apis/{version}") } else { format!("/api/{version}") };
        let served = server.get(&root);
        let resources = served["resources"].as_array().expect("resources");
        let resource = resources.iter().find(|r| r["kind"] == kind.as_str() && !r["name"].to_string().contains('/'));
        let plural = resource.unwrap_or_else(|| panic!("{version} {kind} is not served"))["name"].as_str();
        let path = format!("{root}/namespaces/alice/{}", plural.expect("a name"));
        let answer = server.done("POST", &path, JSON, &object);
        let uid = answer["metadata"]["uid"].as_str().expect("a UID").to_owned();
        made.insert(key(version.rsplit_once('/').map_or("", |(group, _)| group), &kind, &text("/metadata/name")), uid);
    }
    made
}

/// The UIDs of everything in alice's namespace, by kind and name, whatever versions are served now.
fn uids(server: &Server) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for (group, object) in server.all_in("alice") {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let key = key(&group, &text(&object["kind"]), &text(&object["metadata"]["name"]));
        found.insert(key, text(&object["metadata"]["uid"]));
    }
    found
}

fn key(group: &str, kind: &str, name: &str) -> String {
    format!("{kind}.{group} {name}")
}
