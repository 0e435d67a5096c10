//! What a user sees when pods do not start: the sandbox is told to fail, apply says what, why and what it blocks.

use crate::program::Directory;

fn with_faults(faults: &str) -> Directory {
    let directory = Directory::example("quickstart");
    directory.replace("main.hcl", "  nodes = 3\n", &format!("  nodes = 3\n  faults = {faults}\n"));
    directory
}

#[test]
fn a_failure_says_what_why_and_what_it_blocks() {
    let directory = with_faults(
        r#"{
    "kubeflow/katib-mysql" = "crash-loop"
    "kubeflow/volumes" = "image-pull"
    "kubeflow/centraldash" = "unschedulable"
    "auth/dex" = "never-ready"
  }"#,
    );
    let answer = directory.run(&["apply", "--auto-approve", "--wait-timeout=10s", "--html=run.html"]);
    assert_eq!(answer.code, Some(1), "{}\n{}", answer.stdout, answer.stderr);
    let said = &answer.stderr;
    for expected in [
        "✗ platform.ml.katib-database: Deployment.apps kubeflow/katib-mysql: 0 of 1 replicas available; pod katib-mysql-",
        ": container katib-mysql: CrashLoopBackOff (Error, exit code 1, restarted ",
        "\n    event BackOff: Back-off restarting failed container katib-mysql in pod katib-mysql-",
        "\n    last lines of container katib-mysql:\n      panic: the program ended unexpectedly\n",
        "✗ platform.ml.volumes: Deployment.apps kubeflow/volumes-web-app-deployment: 0 of 1 replicas available; pod ",
        "\n    event Failed: Failed to pull image \"docker.io/kubeflownotebookswg/volumes-web-app:v1.9.2\": not found\n",
        "✗ platform.ml.dashboard: Deployment.apps kubeflow/centraldashboard: 0 of 1 replicas available; pod ",
        "cannot be scheduled: 0/3 nodes are available: 3 Insufficient cpu",
        "✗ platform.ml.dex: Deployment.apps auth/dex: 0 of 1 replicas available",
        "\n    event Unhealthy: Readiness probe failed: connection refused\n",
        "blocks ConfigMap oauth2-proxy/oauth2-proxy, ",
        "Mend the cause and run the same command again: it goes on from here.",
    ] {
        assert!(said.contains(expected), "no `{expected}` in\n{said}");
    }
    for owner in ["katib-database", "volumes", "dashboard", "dex"] {
        let times = said.matches(&format!("✗ platform.ml.{owner}: ")).count();
        assert_eq!(times, 1, "{owner} fails once\n{said}");
    }
    // The report was left all the same, with the causes and what stayed closed.
    let report = std::fs::read_to_string(directory.path().join("run.html")).expect("a report");
    for expected in [
        "<strong>failed</strong>",
        "CrashLoopBackOff (Error, exit code 1, restarted ",
        "panic: the program ended unexpectedly",
        "cannot be scheduled: 0/3 nodes are available",
        "<strong class=\"loss\">not open</strong>",
        "<code>platform.ml.dex ready</code>",
        "<summary>Blocks ",
        "id=\"skipped\"",
    ] {
        assert!(report.contains(expected), "no `{expected}` in the report");
    }
    let status = directory.run(&["status"]);
    assert_eq!(status.code, Some(1), "{}", status.stdout);
    assert!(status.stdout.contains("Deployment.apps auth/dex: 0 of 1 replicas available"), "{}", status.stdout);

    // The cause is mended: the same command goes on.
    let text = std::fs::read_to_string(directory.path().join("main.hcl")).expect("the file");
    let (before, rest) = text.split_once("  faults = {").expect("the faults");
    let (_, after) = rest.split_once("\n  }\n").expect("their end");
    std::fs::write(directory.path().join("main.hcl"), format!("{before}{after}")).expect("the file can be written");
    directory.succeed(&["apply", "--auto-approve"]);
    let plan = directory.run(&["plan", "--detailed-exitcode"]);
    assert_eq!(plan.code, Some(0), "{}", plan.stdout);
}

#[test]
fn a_fault_that_does_not_exist_is_told() {
    let check = |faults: &str, expected: &str| {
        let answer = with_faults(faults).run(&["validate"]);
        assert_eq!(answer.code, Some(1), "{faults}");
        let all = answer.stdout + &answer.stderr;
        assert!(all.contains(expected), "{faults}: {all}");
    };
    check(r#"{ "auth/dex" = "crash-lop" }"#, "Did you mean \"crash-loop\"?");
    check(r#"{ "auth/dex" = 3 }"#, "The choices are \"image-pull\"");
    check(r#""crash-loop""#, "must be a map of strings; this is string");
}
