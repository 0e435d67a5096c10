//! Several clusters in one configuration: at the same time, one told from the other, none stopped by another's failure.

use crate::program::Answer;
use crate::program::Directory;
use crate::program::Process;

const APPLY: [&str; 2] = ["apply", "--auto-approve"];

/// Sandbox clusters by name, each with a storage class.
fn clusters(names: &str) -> Directory {
    let directory = Directory::new();
    directory.append(
        "main.hcl",
        &format!(
            r#"stackwright {{
  installation = "several"
}}

locals {{
  names = toset({names})
}}

cluster "c" {{
  for_each = local.names
  provider = sandbox
}}

storage_class "fast" {{
  for_each    = local.names
  cluster     = cluster.c[each.key]
  provisioner = "example.com/disk"
}}

output "names" {{
  value = local.names
}}
"#
        ),
    );
    directory
}

#[test]
fn fifty_clusters_of_one_block() {
    let directory = clusters("[for number in range(50) : \"c${number}\"]");
    let applied = directory.succeed(&APPLY);
    assert!(applied.contains("Apply complete! Objects: 50 added, 0 changed, 0 destroyed."), "{applied}");
    let unchanged = directory.run(&["plan", "--detailed-exitcode"]);
    assert_eq!(unchanged.code, Some(0), "{}", unchanged.stdout);
    let one = directory.succeed(&[
        "plan",
        "--json",
        "--target",
        "storage_class.fast[\"c7\"]",
        "--replace",
        "storage_class.fast[\"c7\"]",
    ]);
    let plans: Vec<serde_json::Value> = serde_json::from_str(&one).expect("JSON");
    let replaced = plans.iter().flat_map(|plan| plan["resource_changes"].as_array().expect("changes"));
    let replaced: Vec<_> =
        replaced.filter(|change| change["change"]["actions"] != serde_json::json!(["no-op"])).collect();
    assert_eq!((plans.len(), replaced.len()), (50, 1));
    assert_eq!(replaced[0]["owner"], "storage_class.fast[\"c7\"]");
}

#[test]
fn what_fails_in_one_cluster_stops_no_other() {
    let directory = clusters("[\"one\", \"two\"]");
    directory.append(
        "main.hcl",
        r#"
provider "sandbox" {
  faults = {
    "kubeflow/" = "crash-loop"
  }
}

platform "ml" {
  cluster       = cluster.c["one"]
  edition       = "mini"
  version       = "1.9.1"
  storage_class = storage_class.fast["one"]

  admin {
    email = "admin@example.com"
  }
}
"#,
    );
    let answer: Answer = directory.run(&["apply", "--auto-approve", "--wait-timeout", "3s"]);
    assert_eq!(answer.code, Some(1), "{}", answer.stdout);
    // The class of the other cluster is there and recorded; the rest goes on from where it failed.
    let history = directory.succeed(&["history"]);
    assert!(history.contains("done") && history.contains("failed"), "{history}");
}

#[test]
fn a_configuration_that_changes_during_an_apply_changes_nothing_of_it() {
    let directory = clusters("[\"one\", \"two\"]");
    let mut command = directory.command(&APPLY);
    command.env("STACKWRIGHT_FAULTS", "latency=40ms");
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let mut running = Process::start(&mut command);
    // The first line of a plan is printed when the configuration was read.
    let mut first = [0; 1];
    std::io::Read::read_exact(running.stdout.as_mut().expect("a pipe"), &mut first).expect("it prints its plan");
    let before = std::fs::read_to_string(directory.path().join("main.hcl")).expect("a file");
    std::fs::write(directory.path().join("main.hcl"), "this is {").expect("the file can be written");
    let Answer { code, stdout, stderr } = running.end();
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    assert!(stdout.contains("names = "), "{stdout}");
    std::fs::write(directory.path().join("main.hcl"), before).expect("the file can be written");
    // The lock went back: nobody waits for it.
    directory.succeed(&APPLY);
    assert!(directory.succeed(&["output"]).contains("names"));
}
