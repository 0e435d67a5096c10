//! Back to a revision: to what its configuration said, whatever lies in the directory now, and to nothing else.

use std::io::Read;
use std::os::unix::fs::PermissionsExt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use serde_json::Value;
use serde_json::json;

use super::keeping;
use super::killed::APPLY;
use super::killed::DESTROY;
use super::killed::assert_settled;
use super::killed::boundaries;
use super::killed::give_records_namespace_back;
use super::killed::keep_records_namespace;
use super::killed::killed_after;
use super::killed::tiny;
use super::killed::write_tiny;
use crate::end_state::Objects;
use crate::end_state::differences;
use crate::end_state::ours;
use crate::program::Directory;
use crate::server::Server;
use crate::server::behaviours;

behaviours!(
    back_to_a_configuration_and_forth,
    what_cannot_be_gone_back_to,
    what_does_not_come_back_is_told,
    another_way_to_the_cluster_is_not_gone,
    a_roll_back_killed_anywhere,
);

const BACK: [&str; 3] = ["rollback", "--auto-approve", "--allow-data-loss"];
const TOKEN: &str = "open-sesame-42";

/// The small installation with what a configuration can be made of: variables of both sorts, a file that an expression
/// reads, one that is asked for, and a component of its own.
fn various(server: &Server, name: &str) -> Directory {
    let directory = server.small(name).environment("STACKWRIGHT_VAR_token", TOKEN);
    directory.append(
        "main.hcl",
        "variable \"colour\" {\n  type = string\n}\nvariable \"token\" {\n  type      = string\n  sensitive = true\n}\n\
         output \"colour\" {\n  value = \"${var.colour} ${fileexists(\"extra.txt\")} ${file(\"motto.txt\")}\"\n}\n\
         output \"token\" {\n  value     = var.token\n  sensitive = true\n}\n",
    );
    directory.append("stackwright.hclvars", "colour = \"green\"\n");
    directory.append("motto.txt", "slowly");
    directory
}

fn changed(directory: &Directory) {
    directory.replace("stackwright.hclvars", "green", "red");
    directory.replace("motto.txt", "slowly", "fast");
    directory.append("extra.txt", "x");
    directory.replace("x/templates/workloads.yaml", "web:1", "web:2");
    directory.replace("x/templates/workloads.yaml", "maxReplicas: 5", "maxReplicas: 7");
    directory.replace("main.hcl", "\"example.com/disk\"", "\"example.com/faster-disk\"");
}

/// Everything stored, but for what counts how often it was changed.
fn stored(server: &Server) -> Objects {
    let mut stored = ours(server.stored());
    for object in stored.values_mut() {
        if let Some(annotations) = object["metadata"]["annotations"].as_object_mut() {
            annotations.remove("deployment.kubernetes.io/revision");
        }
    }
    stored
}

fn refused(directory: &Directory, arguments: &[&str], parts: &[&str]) {
    let answer = directory.run(arguments);
    assert_eq!(answer.code, Some(1), "{arguments:?}\n{}\n{}", answer.stdout, answer.stderr);
    for part in parts {
        assert!(answer.stderr.contains(part), "{part:?} is not in\n{}", answer.stderr);
    }
}

fn record(name: &str, number: u64) -> String {
    format!("/api/v1/namespaces/stackwright-system/secrets/revision-{name}-{number}")
}

pub fn back_to_a_configuration_and_forth(server: &Server) {
    let directory = various(server, "forth");
    directory.succeed(&APPLY);
    let before = stored(server);
    changed(&directory);
    directory.succeed(&APPLY);
    let after = stored(server);
    assert_eq!(directory.succeed(&["output", "--raw", "colour"]).trim_end(), "red true fast");

    // What is kept of a configuration holds no secret that was given from outside.
    let packed = server.get(&record("forth", 1))["data"]["configuration"].as_str().expect("it is kept").to_owned();
    let mut text = String::new();
    GzDecoder::new(&*STANDARD.decode(packed).expect("base64")).read_to_string(&mut text).expect("gzip");
    assert!(text.contains("slowly") && text.contains("web:1") && !text.contains(TOKEN), "{text}");

    // Nobody agrees, so nothing happens, but the plan is there.
    let answer = directory.run(&["rollback"]);
    assert_eq!(answer.code, Some(1), "{}", answer.stdout);
    assert!(answer.stderr.contains("Cannot roll back\n  because nobody approved it"), "{}", answer.stderr);
    assert!(answer.stdout.contains("registry.example.com/web:2") && answer.stdout.contains("Not all goes back:"));
    assert!(
        answer.stdout.contains("Secret variables have the values that are given now: admin_password, token."),
        "{}",
        answer.stdout
    );
    assert!(differences(&after, &stored(server)).is_empty());

    let answer = directory.run(&BACK);
    assert_eq!(answer.code, Some(0), "{}\n{}", answer.stdout, answer.stderr);
    assert!(answer.stdout.contains("Rollback to 1 complete!"), "{}", answer.stdout);
    assert!(answer.stderr.contains("Going back to revision 1 (apply by "), "{}", answer.stderr);
    assert!(answer.stderr.contains("The files here are not those of revision 1"), "{}", answer.stderr);
    let found = differences(&before, &stored(server));
    assert!(found.is_empty(), "{}", found.join("\n"));
    assert_eq!(directory.succeed(&["output", "--raw", "colour"]).trim_end(), "green false slowly");
    assert_eq!(directory.succeed(&["output", "--raw", "token"]).trim_end(), TOKEN);
    assert!(directory.succeed(&["history"]).contains("rollback to 1"));
    assert!(directory.succeed(&BACK).contains("No changes."), "there is nothing more to go back");
    assert_eq!(directory.run(&["plan", "--detailed-exitcode"]).code, Some(2), "the files say otherwise");

    // The configuration that belongs to it is written where a person wants it, and plans empty there.
    let told = directory.succeed(&["rollback", "1", "--write", "kept"]);
    for part in [
        "  main.hcl\n",
        "  x/module.hcl\n",
        "  motto.txt\n",
        "  revision-1.auto.hclvars\n",
        "give them: admin_password, token.",
    ] {
        assert!(told.contains(part), "{part:?} is not in\n{told}");
    }
    let kept = directory.path().join("kept");
    let variables = std::fs::read_to_string(kept.join("revision-1.auto.hclvars")).expect("a file");
    assert_eq!(variables, "colour = \"green\"\n");
    let mode = |name: &str| std::fs::metadata(kept.join(name)).expect("it is there").permissions().mode() & 0o777;
    assert_eq!((mode(""), mode("x"), mode("main.hcl")), (0o700, 0o700, 0o600));
    assert_eq!(directory.run(&["plan", "--chdir", "kept", "--detailed-exitcode"]).code, Some(0));
    refused(&directory, &["rollback", "1", "--write", "kept"], &["Cannot write into", "it is not empty"]);

    // Forth again, by its number.
    let answer = directory.run(&["rollback", "2", "--auto-approve", "--allow-data-loss"]);
    assert_eq!(answer.code, Some(0), "{}\n{}", answer.stdout, answer.stderr);
    assert!(!answer.stderr.contains("The files here"), "{}", answer.stderr);
    let found = differences(&after, &stored(server));
    assert!(found.is_empty(), "{}", found.join("\n"));
    assert_eq!(directory.run(&["plan", "--detailed-exitcode"]).code, Some(0));
    let history: Value = serde_json::from_str(&directory.succeed(&["history", "--json"])).expect("JSON");
    let back: Vec<&Value> =
        history["revisions"].as_array().expect("a list").iter().map(|run| &run["back_to"]).collect();
    assert_eq!(back, [&json!(null), &json!(null), &json!(1), &json!(2)]);
    std::fs::remove_dir_all(kept).expect("it can be removed");
    server.destroyed(&directory, "forth");
}

pub fn what_cannot_be_gone_back_to(server: &Server) {
    let directory = various(server, "refusals");
    refused(&directory, &["rollback"], &["Nothing to roll back", "nothing was applied yet"]);
    directory.succeed(&APPLY);
    refused(&directory, &["rollback"], &["Nothing to roll back to", "as from version control"]);
    refused(&directory, &["rollback", "7"], &["There is no revision 7 of cluster.main", "the history holds 1 to 1"]);
    refused(
        &directory,
        &["rollback", "--of", "cluster.other"],
        &["There is no history of cluster.other", "cluster.main"],
    );
    changed(&directory);
    directory.succeed(&["apply", "--auto-approve", "--target", "storage_class.slow"]);
    refused(
        &directory,
        &["rollback", "2"],
        &[
            "Revision 2 keeps no configuration",
            "it was no apply of a whole configuration",
            "run `stackwright apply`",
            "Revisions that keep theirs: 1.",
        ],
    );
    directory.append("main.hcl", "locals {\n  old = \"a long enough passphrase\"\n}\n");
    directory.succeed(&APPLY);
    refused(&directory, &["rollback", "3"], &["Revision 3 keeps no configuration", "main.hcl holds a secret in clear"]);
    let answer = directory.run(&["rollback", "1", "--auto-approve", "--var", "colour=blue"]);
    assert!(answer.stderr.contains("Cannot set the variable \"colour\" here"), "{}", answer.stderr);
    let no_token = server.small("refusals");
    for file in ["main.hcl", "stackwright.hclvars", "motto.txt"] {
        std::fs::copy(directory.path().join(file), no_token.path().join(file)).expect("a copy");
    }
    refused(&no_token, &["rollback", "1", "--auto-approve"], &["token"]);

    // As an earlier program wrote it.
    let path = record("refusals", 1);
    let without = json!({"data": {"configuration": null}});
    server.done("PATCH", &path, "application/merge-patch+json", &without);
    refused(&directory, &["rollback", "1"], &["it was recorded by an earlier program, which kept none"]);
    let damaged = json!({"data": {"configuration": "bm8="}});
    server.done("PATCH", &path, "application/merge-patch+json", &damaged);
    refused(&directory, &["rollback", "1"], &["of the configuration of revision 1", "damaged"]);
    server.destroyed(&directory, "refusals");
}

pub fn what_does_not_come_back_is_told(server: &Server) {
    let directory = keeping::with_database(server, "empty");
    let password = || server.get("/api/v1/namespaces/empty/secrets/password")["data"]["password"].clone();
    let before = password();
    directory.replace("main.hcl", "  component \"db\" {\n    source = \"./db\"\n  }\n", "");
    directory.replace("x/templates/workloads.yaml", "web:1", "web:2");
    directory.succeed(&["apply", "--auto-approve", "--allow-data-loss"]);
    let told = directory.succeed(&BACK);
    for part in [
        "Made anew and empty, what was in them is not kept here (`stackwright restore`): PersistentVolumeClaim empty/files.",
        "Generated values are made anew, the old ones are not kept: Secret empty/password.",
    ] {
        assert!(told.contains(part), "{part:?} is not in\n{told}");
    }
    assert_ne!(password(), before, "it is another one");

    // What was made since and holds data stays, and is named.
    directory.succeed(&["apply", "--auto-approve", "--allow-data-loss"]);
    let told = directory.succeed(&["rollback", "2", "--auto-approve"]);
    assert!(told.contains("No changes."), "{told}");
    directory.succeed(&["rollback", "3", "--auto-approve"]);
    let told = directory.succeed(&["rollback", "2", "--auto-approve"]);
    let part = "These were not wanted then and stay, for they hold data (--allow-data-loss takes them): ";
    assert!(told.contains(part) && told.contains("PersistentVolumeClaim empty/files"), "{told}");
    server.destroyed(&directory, "empty");
}

/// A record of a cluster says neither which server is asked nor which programs run here.
pub fn another_way_to_the_cluster_is_not_gone(server: &Server) {
    let directory = server.small("ways");
    directory.succeed(&APPLY);
    directory.replace("main.hcl", "provider \"kubernetes\" {}", "provider \"kubernetes\" {\n  kubeconfig = \"own\"\n}");
    std::fs::copy(server.kubeconfig(), directory.path().join("own")).expect("a copy");
    directory.replace("x/templates/workloads.yaml", "web:1", "web:2");
    directory.succeed(&APPLY);
    refused(
        &directory,
        &["rollback", "1", "--auto-approve"],
        &["its configuration has other settings of the provider kubernetes", "--write DIR"],
    );
    server.destroyed(&directory, "ways");
}

/// Killed between any two requests: the same command goes on, ends where the revision was, and finds nothing more then.
pub fn a_roll_back_killed_anywhere(server: &Server) {
    keep_records_namespace(server);
    let directory = tiny(server, false);
    directory.succeed(&APPLY);
    let before = ours(server.stored());
    for requests in boundaries(server) {
        write_tiny(&directory, true);
        directory.succeed(&APPLY);
        let answer = killed_after(&directory, requests, &BACK);
        let when = format!("a roll back, killed after {requests} requests");
        if answer.code.is_none() {
            let again = directory.run(&BACK);
            assert_eq!(again.code, Some(0), "{when}\n{}{}", again.stdout, again.stderr);
        }
        assert!(directory.succeed(&BACK).contains("No changes."), "{when}");
        write_tiny(&directory, false);
        assert_settled(server, &directory, &before, &when);
        if let Some(code) = answer.code {
            assert_eq!(code, 0, "{}", answer.stderr);
            assert!(requests >= 10, "only {requests} requests");
            break;
        }
    }
    directory.succeed(&DESTROY);
    give_records_namespace_back(server);
}
