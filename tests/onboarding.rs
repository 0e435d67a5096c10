//! Users come and go by editing the configuration: exactly that is planned, nothing else restarts, nothing is lost.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::program::Directory;
use crate::served::Served;
use crate::served::installed;
use crate::skip::skip;

pub const BOB: &str = r#"
user "bob" {
  platform = platform.ml
  email    = "bob@example.com"
  password = "a long enough passphrase"

  profile {
    quota = { cpu = "8" }
  }
}
"#;

/// Object and actions of everything a plan changes.
fn changes(directory: &Directory) -> Vec<(String, String)> {
    let plan: Value = serde_json::from_str(&directory.succeed(&["plan", "--json"])).expect("JSON");
    let changes = plan["resource_changes"].as_array().expect("a list");
    changes
        .iter()
        .filter(|change| change["change"]["actions"] != serde_json::json!(["no-op"]))
        .map(|change| {
            let object = format!("{} {}/{}", change["type"], change["namespace"], change["name"]).replace('"', "");
            (object, change["change"]["actions"].to_string())
        })
        .collect()
}

/// Adds bob to a running platform: exactly his five changes are planned and made.
pub fn bob_is_added(directory: &Directory) {
    directory.append("main.hcl", BOB);
    let mut seen = changes(directory);
    seen.sort();
    let expected = [
        ("ConfigMap auth/dex", "[\"update\"]"),
        ("Deployment.apps auth/dex", "[\"update\"]"),
        ("LimitRange bob/quota-defaults", "[\"create\"]"),
        ("Profile.kubeflow.org /bob", "[\"create\"]"),
        ("Secret auth/dex-passwords", "[\"update\"]"),
    ];
    assert_eq!(seen, expected.map(|(object, actions)| (object.to_owned(), actions.to_owned())));
    directory.succeed(&["apply", "--auto-approve"]);
    assert_eq!(changes(directory), []);
}

#[test]
fn a_user_is_added_and_removed() {
    let directory = installed();
    let secret = |directory: &Directory| directory.succeed(&["output", "--raw", "admin_password"]);
    let password = secret(&directory);
    assert!(password.len() >= 20, "a generated password");

    bob_is_added(&directory);
    assert_eq!(secret(&directory), password, "a later apply keeps what was generated");

    // His namespace holds nothing yet, so removing the block plans that the profile goes. One with data needs consent:
    // the tests of `plan` remove such.
    directory.replace("main.hcl", BOB, "");
    let gone = ("Profile.kubeflow.org /bob".to_owned(), "[\"delete\"]".to_owned());
    let seen = changes(&directory);
    assert!(seen.contains(&gone), "{seen:?}");
    directory.succeed(&["apply", "--auto-approve", "--allow-data-loss"]);
    assert_eq!(changes(&directory), []);
}

#[test]
fn of_many_people_each_is_an_object() {
    let directory = installed();
    let users = |directory: &Directory| {
        let seen = changes(directory).into_iter();
        seen.filter(|(object, _)| !object.starts_with("Password")).collect::<Vec<_>>()
    };
    let objects = "  component \"dex\" {\n    inputs = { most_configured_users = 1 }\n  }\n\n  admin {\n";
    directory.replace("main.hcl", "  admin {\n", objects);
    let expected = ["ConfigMap auth/dex", "Deployment.apps auth/dex", "Secret auth/dex-passwords"];
    let expected = expected.map(|object| (object.to_owned(), "[\"update\"]".to_owned()));
    assert_eq!(BTreeSet::from_iter(users(&directory)), BTreeSet::from(expected), "everybody moves");
    let plan = directory.succeed(&["plan"]);
    assert!(!plan.contains("no more") && !plan.contains("taken out"), "{plan}");
    directory.succeed(&["apply", "--auto-approve"]);
    assert_eq!(changes(&directory), [], "with the hashes and ids they had");

    directory.append("main.hcl", BOB);
    let seen: Vec<String> = changes(&directory).into_iter().map(|(object, _)| object).collect();
    let name = "mjxweqdfpbqw24dmmuxgg33nzpzjzzeeeirsk";
    let expected = [format!("Password.dex.coreos.com auth/{name}")];
    let expected =
        expected.into_iter().chain(["LimitRange bob/quota-defaults", "Profile.kubeflow.org /bob"].map(Into::into));
    assert_eq!(BTreeSet::from_iter(seen), BTreeSet::from_iter(expected), "nothing restarts");
    directory.succeed(&["apply", "--auto-approve"]);
    assert_eq!(changes(&directory), []);
    let bobs = directory.succeed(&["show", &format!("platform.ml.dex/Password.dex.coreos.com auth/{name}")]);
    assert!(bobs.contains("email: bob@example.com") && bobs.contains("hash: (sensitive value)"), "{bobs}");
    assert_eq!(bobs.matches("---").count(), 1, "{bobs}");
    let all = directory.succeed(&["show", "platform.ml.dex"]);
    assert!(all.contains(&bobs) && all.contains("staticPasswords:\n") && !all.contains("user.alice"), "{all}");
    let none = directory.run(&["show", "platform.ml.nobody"]);
    assert!(none.code == Some(1) && none.stderr.contains("nothing is installed under this address"), "{}", none.stderr);
    directory.replace("main.hcl", "a long enough passphrase", "another long passphrase");
    let name = format!("Password.dex.coreos.com auth/{name}");
    assert_eq!(changes(&directory), [(name, "[\"update\"]".to_owned())]);
    directory.replace("main.hcl", &BOB.replace("a long enough passphrase", "another long passphrase"), "");
    let plan = directory.succeed(&["plan"]);
    assert!(plan.contains("bob@example.com logs in no more; sessions that are open last up to 24 hours."), "{plan}");
}

/// The pods of a pipeline's step (Argo's init and wait say nothing of what they need) and of a model (nor does Knative's
/// queue-proxy of its memory), in a profile whose quota counts both.
const QUIET: &str = r#"
apiVersion: v1
kind: Pod
metadata: { name: step, namespace: alice }
spec:
  initContainers: [{ name: init, image: x }]
  containers:
    - { name: wait, image: x }
    - { name: main, image: x, resources: { requests: { cpu: 100m, memory: 64Mi } } }
---
apiVersion: v1
kind: Pod
metadata: { name: model, namespace: alice }
spec:
  containers:
    - { name: kserve-container, image: x, resources: { requests: { cpu: "1", memory: 2Gi } } }
    - { name: queue-proxy, image: x, resources: { requests: { cpu: 25m } } }
"#;

#[test]
fn pipelines_and_models_run_in_a_profile_with_a_quota() {
    let Some(served) = Served::for_kubectl() else { skip!("there is no kubectl") };
    served.write("pods.yaml", QUIET);
    served.kubectl("create -f pods.yaml");
    let asked = "get pod step model -n alice -o jsonpath={.items[*].spec.containers[*].resources.requests.memory}";
    assert_eq!(served.kubectl(asked), "128Mi 64Mi 2Gi 128Mi");
    served.kubectl("delete limitrange quota-defaults -n alice");
    served.kubectl("delete -f pods.yaml --wait");
    assert!(served.refused("create -f pods.yaml").contains("must specify"), "the quota does count them");
}
