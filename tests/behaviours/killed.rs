//! Killed between any two requests, and requests that fail: the next run goes on and ends where an undisturbed one ends,
//! nothing is left that nobody owns, nothing goes that should stay.
//!
//! On the sandbox every boundary is tried; on a real control plane, where each takes seconds, every fifth.
//! STACKWRIGHT_BOUNDARY chooses another first one, STACKWRIGHT_STEP how far they lie apart.

use crate::end_state::Objects;
use crate::end_state::differences;
use crate::end_state::ours;
use crate::program::Answer;
use crate::program::Directory;
use crate::server::Server;
use crate::server::behaviours;

behaviours!(
    a_first_apply_killed_anywhere,
    an_update_killed_anywhere,
    a_destroy_killed_anywhere,
    an_upgrade_killed_again_and_again,
    every_fifth_request_fails,
);

pub const APPLY: [&str; 3] = ["apply", "--auto-approve", "--allow-data-loss"];
pub const DESTROY: [&str; 2] = ["destroy", "--auto-approve"];

/// Three storage classes; `edited` keeps one, replaces one, and has another in place of the third.
pub fn tiny(server: &Server, edited: bool) -> Directory {
    let directory = server.directory();
    write_tiny(&directory, edited);
    directory
}

pub fn write_tiny(directory: &Directory, edited: bool) {
    let mut text =
        "stackwright {\n  installation = \"tiny\"\n}\nprovider \"kubernetes\" {}\ncluster \"main\" {\n  provider \
                    = kubernetes\n}\n"
            .to_owned();
    for name in ["kept", "changed", if edited { "new" } else { "gone" }] {
        let parameters = if edited && name == "changed" { "  parameters  = { tier = \"fast\" }\n" } else { "" };
        text.push_str(&format!(
            "storage_class \"{name}\" {{\n  cluster     = cluster.main\n  name        = \"tiny-{name}\"\n  provisioner = \
             \"example.com/disk\"\n{parameters}}}\n"
        ));
    }
    std::fs::write(directory.path().join("main.hcl"), text).expect("the file can be written");
}

/// The namespace of the records stays, so that nobody waits for its end after each destroy.
pub fn keep_records_namespace(server: &Server) {
    let namespace =
        serde_json::json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "stackwright-system"}});
    let path = "/api/v1/namespaces/stackwright-system";
    server.wait_until(path, |code, object| code == 404 || object["metadata"]["deletionTimestamp"].is_null());
    server.send("POST", "/api/v1/namespaces", "application/json", &namespace);
}

pub fn give_records_namespace_back(server: &Server) {
    let path = "/api/v1/namespaces/stackwright-system";
    server.send("DELETE", path, "application/json", &serde_json::Value::Null);
    server.wait_until(path, |code, _| code == 404);
}

/// The numbers of requests after which runs are killed. A run that a number does not kill is the last one.
pub fn boundaries(server: &Server) -> impl Iterator<Item = u64> {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let step = number("STACKWRIGHT_STEP").unwrap_or(if server.is_real() { 5 } else { 1 });
    (number("STACKWRIGHT_BOUNDARY").unwrap_or(0)..).step_by(step as usize)
}

pub fn killed_after(directory: &Directory, requests: u64, arguments: &[&str]) -> Answer {
    let mut command = directory.command(arguments);
    command.env("STACKWRIGHT_FAULTS", format!("kill_after={requests}"));
    Answer::of(command)
}

/// Kills a run after so many requests, then lets another one end it; gives whether it came to its end at once.
fn killed_and_ended(directory: &Directory, requests: u64, arguments: &[&str]) -> bool {
    let answer = killed_after(directory, requests, arguments);
    let Some(code) = answer.code else {
        // A second time, a little later: what goes on can be killed too.
        if requests.is_multiple_of(3) {
            let again = killed_after(directory, requests / 2 + 4, arguments);
            assert!(again.code.is_none_or(|code| code == 0), "killed after {requests}, and again\n{}", again.stderr);
        }
        let again = directory.run(arguments);
        assert_eq!(again.code, Some(0), "after a kill after {requests} requests\n{}{}", again.stdout, again.stderr);
        return false;
    };
    assert_eq!(code, 0, "{}", answer.stderr);
    true
}

pub fn assert_settled(server: &Server, directory: &Directory, expected: &Objects, when: &str) {
    let differences = differences(expected, &ours(server.stored()));
    assert!(differences.is_empty(), "{when}\n{}", differences.join("\n"));
    for command in [&["verify"][..], &["plan", "--detailed-exitcode"][..]] {
        let answer = directory.run(command);
        assert_eq!(answer.code, Some(0), "{when}\n{}{}", answer.stdout, answer.stderr);
    }
}

fn assert_nothing_is_left(server: &Server, when: &str) {
    let left: Vec<String> = server.stored().into_keys().collect();
    assert_eq!(left, Vec::<String>::new(), "{when}");
    for records in [
        "/api/v1/namespaces/stackwright-system/secrets",
        "/apis/coordination.k8s.io/v1/namespaces/stackwright-system/leases",
    ] {
        let list = server.get(records);
        assert_eq!(list["items"].as_array().map(Vec::len), Some(0), "{when}: {list:#}");
    }
}

pub fn a_first_apply_killed_anywhere(server: &Server) {
    keep_records_namespace(server);
    let directory = tiny(server, false);
    directory.succeed(&APPLY);
    let expected = ours(server.stored());
    assert_eq!(expected.len(), 3);
    for requests in boundaries(server) {
        directory.succeed(&DESTROY);
        let ended = killed_and_ended(&directory, requests, &APPLY);
        assert_settled(server, &directory, &expected, &format!("a first apply, killed after {requests} requests"));
        if ended {
            assert!(requests >= 10, "only {requests} requests");
            break;
        }
    }
    directory.succeed(&DESTROY);
    give_records_namespace_back(server);
}

/// To and fro between two configurations; each way makes one object, replaces one and deletes one.
pub fn an_update_killed_anywhere(server: &Server) {
    keep_records_namespace(server);
    let directory = tiny(server, false);
    directory.succeed(&APPLY);
    let before = ours(server.stored());
    write_tiny(&directory, true);
    directory.succeed(&APPLY);
    let after = ours(server.stored());
    assert_eq!((before.len(), after.len()), (3, 3));
    let mut edited = true;
    for requests in boundaries(server) {
        edited = !edited;
        write_tiny(&directory, edited);
        let ended = killed_and_ended(&directory, requests, &APPLY);
        let expected = if edited { &after } else { &before };
        assert_settled(server, &directory, expected, &format!("an update, killed after {requests} requests"));
        if ended {
            assert!(requests >= 10, "only {requests} requests");
            break;
        }
    }
    directory.succeed(&DESTROY);
    give_records_namespace_back(server);
}

pub fn a_destroy_killed_anywhere(server: &Server) {
    keep_records_namespace(server);
    let directory = tiny(server, false);
    for requests in boundaries(server) {
        directory.succeed(&APPLY);
        let ended = killed_and_ended(&directory, requests, &DESTROY);
        assert_nothing_is_left(server, &format!("a destroy, killed after {requests} requests"));
        if ended {
            assert!(requests >= 10, "only {requests} requests");
            break;
        }
    }
    give_records_namespace_back(server);
}

/// As a new release changes a platform: every image, a replaced object, one that goes and one that comes, a kind that
/// gets a field which its objects use at once.
fn upgraded(directory: &Directory) {
    directory.replace("x/templates/workloads.yaml", "web:1", "web:2");
    directory.replace("x/templates/workloads.yaml", "elastic:1", "elastic:2");
    directory.replace("x/templates/workloads.yaml", "size = 3", "size = 4");
    directory.replace(
        "x/templates/workloads.yaml",
        "  name: web\nspec:\n  selector:\n    app: web",
        "  name: front\nspec:\n  selector:\n    app: web",
    );
    directory.replace("x/templates/workloads.yaml", "maxReplicas: 5", "maxReplicas: 7");
    directory.replace("x/templates/cluster.yaml", "verbs: [get, list]", "verbs: [get, list, watch]");
    directory.replace(
        "x/templates/cluster.yaml",
        "                size:\n",
        "                colour:\n                  type: string\n                size:\n",
    );
    directory.replace("x/templates/cluster.yaml", "  size: 1\n", "  size: 2\n  colour: green\n");
    directory.replace("main.hcl", "\"example.com/disk\"", "\"example.com/faster-disk\"");
}

pub fn an_upgrade_killed_again_and_again(server: &Server) {
    keep_records_namespace(server);
    let directory = server.small("upgrade");
    directory.succeed(&APPLY);
    upgraded(&directory);
    directory.succeed(&APPLY);
    let expected = ours(server.stored());
    server.destroyed(&directory, "upgrade");
    let directory = server.small("upgrade");
    directory.succeed(&APPLY);
    upgraded(&directory);
    let mut kills = 0;
    // Each run gets a little further than the one before it.
    for requests in (12..).step_by(5) {
        let answer = killed_after(&directory, requests, &APPLY);
        if let Some(code) = answer.code {
            assert_eq!(code, 0, "after {kills} kills\n{}", answer.stderr);
            break;
        }
        kills += 1;
    }
    assert!(kills >= 3, "only {kills} kills");
    assert_settled(server, &directory, &expected, "an upgrade");
    for requests in (10..).step_by(9) {
        if killed_after(&directory, requests, &DESTROY).code.is_some() {
            break;
        }
    }
    server.wait_until("/api/v1/namespaces/upgrade", |code, _| code == 404);
    assert_nothing_is_left(server, "a destroy, killed again and again");
    give_records_namespace_back(server);
}

/// Refusals with 429, 500 and 503, time-outs after the write, connections lost before and after it.
pub fn every_fifth_request_fails(server: &Server) {
    keep_records_namespace(server);
    let directory = server.small("shaky");
    directory.succeed(&APPLY);
    upgraded(&directory);
    directory.succeed(&APPLY);
    let expected = ours(server.stored());
    server.destroyed(&directory, "shaky");
    let directory = server.small("shaky").environment("STACKWRIGHT_FAULTS", "fail=0.2");
    directory.succeed(&APPLY);
    upgraded(&directory);
    directory.succeed(&APPLY);
    assert_settled(server, &directory, &expected, "with every fifth request failing");
    server.destroyed(&directory, "shaky");
    assert_nothing_is_left(server, "a destroy with every fifth request failing");
    give_records_namespace_back(server);
}
