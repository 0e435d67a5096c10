//! Steps that run a program: it is waited for, told with the end of its log, kept where it failed, and found again.

use serde_json::json;

use super::JSON;
use super::assert_users_are_served;
use super::installed;
use super::is_at;
use super::names;
use super::run;
use super::says;
use super::succeed;
use crate::server::Server;

const JOBS: &str = "/apis/batch/v1/namespaces/widgets/jobs";
/// Where the steps to release 2.0 stand.
pub const HOP: &str = "catalog/modules/releases/2.0/hop.hcl";
const LOG: &str = "{ \"sandbox.stackwright.io/log\"";

/// A program that fails is told with the end of its log; the next run begins it anew.
#[test]
fn a_program_that_fails() {
    let server = Server::sandbox();
    let directory = installed(&server);
    names(&directory, "2.0");
    let hop = directory.path().join(HOP);
    let asked = std::fs::read_to_string(&hop).expect("the hop");
    let as_before = || std::fs::write(&hop, &asked).expect("the hop can be written");
    directory.replace(HOP, LOG, "{ \"sandbox.stackwright.io/exit-code\" = \"3\", \"sandbox.stackwright.io/log\"");
    let answer = run(&directory, &["apply", "--auto-approve", "--wait-timeout=1m"]);
    assert_eq!(answer.code, Some(1), "{}\n{}", answer.stdout, answer.stderr);
    says(
        &answer.stderr,
        &[
            "job dump of the hop to 2.0: the program failed: Job has reached the specified backoff limit. Its Job \
             widgets/hop-1-0-2-0-dump is kept for a week; the next run begins it anew",
            "\n    opened with (sensitive value)\n    2 widgets were kept\n",
        ],
    );
    assert!(!format!("{}{}", answer.stdout, answer.stderr).contains("open-sesame"), "{}", answer.stderr);
    let failed = server.get(&format!("{JOBS}/hop-1-0-2-0-dump"));
    assert_eq!(failed["status"]["failed"], 2, "one retry: {failed}");
    says(&succeed(&directory, &["history"]), &["failed", "  job dump, not at its end\n"]);

    // It cannot even start.
    as_before();
    directory.replace(HOP, LOG, "{ \"sandbox.stackwright.io/fault\" = \"image-pull\", \"sandbox.stackwright.io/log\"");
    let answer = run(&directory, &["apply", "--auto-approve", "--wait-timeout=2s"]);
    assert_eq!(answer.code, Some(1), "{}\n{}", answer.stdout, answer.stderr);
    says(&answer.stderr, &["hop-1-0-2-0-dump does not start: container program: ImagePullBackOff"]);
    assert_ne!(server.get(&format!("{JOBS}/hop-1-0-2-0-dump"))["metadata"]["uid"], failed["metadata"]["uid"]);

    as_before();
    succeed(&directory, &["apply", "--auto-approve"]);
    let jobs = server.get(JOBS);
    assert_eq!(jobs["items"], json!([]), "what ended well is gone");
    assert_eq!(server.get("/api/v1/namespaces/widgets/persistentvolumeclaims/dumps")["status"]["phase"], "Bound");
    assert_users_are_served(&server, false);
}

/// What a hop that was gone back has run says nothing of the next one; what somebody else owns is not touched.
#[test]
fn a_program_of_an_earlier_walk() {
    let server = Server::sandbox();
    let directory = installed(&server);
    names(&directory, "2.0");
    let ours = json!({"stackwright.io/installation": "demo"});
    for (labels, taken) in [(json!({}), false), (ours, true)] {
        let job = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "hop-1-0-2-0-dump", "labels": labels},
            "spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "a", "image": "a:1"}]}}}});
        let made = server.done("POST", JOBS, JSON, &job);
        server.wait_until(&format!("{JOBS}/hop-1-0-2-0-dump"), |_, job| job["status"]["succeeded"] == 1);
        let answer = run(&directory, &["apply", "--auto-approve"]);
        assert_eq!(answer.code, Some(if taken { 0 } else { 1 }), "{}\n{}", answer.stdout, answer.stderr);
        if taken {
            says(&answer.stderr, &["✓ job dump: 2 widgets were kept"]);
            continue;
        }
        says(
            &answer.stderr,
            &["Job.batch widgets/hop-1-0-2-0-dump is not of this installation, and stands in the way"],
        );
        let path = format!("{JOBS}/hop-1-0-2-0-dump");
        assert_eq!(server.get(&path)["metadata"]["uid"], made["metadata"]["uid"]);
        server.done("DELETE", &path, JSON, &json!({"propagationPolicy": "Background"}));
        server.wait_until(&path, |code, _| code == 404);
    }
    is_at(&directory, "2.0");
}

/// A program runs in a namespace of the Pod Security level `restricted`, is waited for, and told when it does not start. On
/// whichever server.
pub fn a_hop_runs_a_program(server: &Server) {
    let directory = installed(server);
    let labels = json!({"pod-security.kubernetes.io/enforce": "restricted"});
    let guarded = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "guarded", "labels": labels}});
    server.done("POST", "/api/v1/namespaces", JSON, &guarded);
    let key =
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "door"}, "stringData": {"password": "open"}});
    server.done("POST", "/api/v1/namespaces/guarded/secrets", JSON, &key);
    names(&directory, "2.0");
    directory.replace(HOP, "namespace   = \"widgets\"", "namespace   = \"guarded\"");
    directory.replace(HOP, LOG, "{ \"sandbox.stackwright.io/fault\" = \"image-pull\", \"sandbox.stackwright.io/log\"");
    let answer = run(&directory, &["apply", "--auto-approve", "--wait-timeout=20s"]);
    assert_eq!(answer.code, Some(1), "{}\n{}", answer.stdout, answer.stderr);
    says(&answer.stderr, &["guarded/hop-1-0-2-0-dump does not start: container program: ImagePullBackOff"]);
    directory.replace(HOP, "\"sandbox.stackwright.io/fault\" = \"image-pull\", ", "");
    let answer = run(&directory, &["apply", "--auto-approve", "--restart", "--wait-timeout=1m"]);
    assert_eq!(answer.code, Some(0), "{}\n{}", answer.stdout, answer.stderr);
    says(&answer.stderr, &["✓ job dump: "]);
    let jobs = server.get("/apis/batch/v1/namespaces/guarded/jobs");
    assert_eq!(jobs["items"], json!([]), "what ended well is gone");
    server.get("/api/v1/namespaces/guarded/persistentvolumeclaims/dumps");
    assert_users_are_served(server, true);
    is_at(&directory, "2.0");
}

#[test]
fn a_program_on_the_sandbox() {
    a_hop_runs_a_program(&Server::sandbox());
}
