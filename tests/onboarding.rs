//! Users come and go by editing the configuration: exactly that is planned, nothing else restarts, nothing is lost.

use serde_json::Value;

use crate::program::Directory;
use crate::served::installed;

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

/// Adds bob to a running platform: exactly his four changes are planned and made.
pub fn bob_is_added(directory: &Directory) {
    directory.append("main.hcl", BOB);
    let mut seen = changes(directory);
    seen.sort();
    let expected = [
        ("ConfigMap auth/dex", "[\"update\"]"),
        ("Deployment.apps auth/dex", "[\"update\"]"),
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
