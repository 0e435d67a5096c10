//! Back from a hop: while it is half done and can go back, and not any more once it is behind.

use serde_json::Value;
use serde_json::json;

use super::MERGE;
use super::installed;
use super::is_at;
use super::names;
use super::refused;
use super::run;
use super::says;
use super::succeed;
use crate::server::Server;

#[test]
fn a_hop_is_gone_back_only_half_done() {
    let server = Server::sandbox();
    let directory = installed(&server);
    let leftover = "/api/v1/namespaces/users/configmaps/leftover";
    let held = |names: Value| json!({"metadata": {"finalizers": names}});
    server.done("PATCH", leftover, MERGE, &held(json!(["example.com/held"])));
    names(&directory, "2.0");
    assert_eq!(run(&directory, &["apply", "--auto-approve", "--wait-timeout=2s"]).code, Some(1));
    says(&refused(&directory, &["rollback", "2"]), &["Cannot roll back to revision 2", "it did not come to its end"]);

    let answer = run(&directory, &["rollback", "--auto-approve"]);
    assert_eq!(answer.code, Some(0), "{}\n{}", answer.stdout, answer.stderr);
    says(
        &answer.stdout,
        &["Steps of the half-done hop from 1.0 to 2.0 that are not undone: scale quiet, wait no-pods, job dump"],
    );
    says(&answer.stderr, &["Going back to revision 1 ", "release 1.0) of cluster.main"]);
    assert_eq!(is_at(&directory, "1.0")["hop"], Value::Null);
    let deployment = server.get("/apis/apps/v1/namespaces/widgets/deployments/server");
    assert_eq!(deployment["spec"]["replicas"], 2);

    // Once it is done there is no way back but a backup.
    server.done("PATCH", leftover, MERGE, &held(json!(null)));
    succeed(&directory, &["apply", "--auto-approve"]);
    is_at(&directory, "2.0");
    for arguments in [&["rollback", "1"][..], &["rollback"][..]] {
        says(
            &refused(&directory, arguments),
            &[
                "platform.ml was at release 1.0 then and is at 2.0 now: no way leads back",
                "To return to 1.0, install that release anew and `stackwright restore` a backup",
            ],
        );
    }
    is_at(&directory, "2.0");
    // What belonged to it can be looked at all the same.
    says(&succeed(&directory, &["rollback", "1", "--write", "kept"]), &["  main.hcl\n"]);
    let text = std::fs::read_to_string(directory.path().join("kept/main.hcl")).expect("a file");
    assert!(text.contains("version = \"1.0\" # asked for by the widget team"), "{text}");
}
