//! What rules of policies see is what is documented: every field of every value is there in a plan of a whole platform.

use std::fmt::Write;

use stackwright::interface;

use crate::program::Directory;

/// What can be judged one by one, by what the one is called.
const LISTS: [(&str, &str); 8] = [
    ("change", "changes"),
    ("object", "objects"),
    ("user", "users"),
    ("profile", "profiles"),
    ("queue", "queues"),
    ("image", "images"),
    ("component", "components"),
    ("risk", "risks"),
];

const CONFIGURATION: &str = r#"
stackwright {
  installation = "seen"
}
provider "sandbox" {}
cluster "main" {
  provider = sandbox
}
platform "ml" {
  cluster = cluster.main
  edition = "mini"
  version = "1.9.1"
  admin {
    email    = "admin@example.com"
    password = "correct horse battery"
  }
  scheduler {
    name = "volcano"
  }
}
user "alice" {
  platform = platform.ml
  email    = "alice@example.com"
  password = "correct horse battery"
  profile {
    quota = { cpu = "4" }
  }
}
queue "training" {
  platform = platform.ml
  weight   = 4
}
"#;

#[test]
fn rules_see_what_is_documented() {
    let pages = interface::reference(&interface::Request::default()).expect("the built-in catalog is sound");
    let values: Vec<_> =
        pages.iter().filter_map(|page| Some((page.path.strip_prefix("policy-value.")?, page))).collect();
    assert!(values.len() > 10);
    let mut text = CONFIGURATION.to_owned();
    for (name, page) in &values {
        let fields = page.rows.iter().filter(|row| !row.documentation.contains("not there"));
        let all: Vec<String> = fields.map(|row| format!("has({name}.{})", row.name)).collect();
        let plural = LISTS.iter().find(|(singular, _)| singular == name).map(|(_, plural)| *plural);
        let mut policy = |label: &str, each: &str, condition: &str| {
            writeln!(text, "policy \"{name}-{label}\" {{\n  {each}\n  condition = \"{condition}\"\n}}").expect("text");
        };
        match plural {
            // There is no way to another release.
            None if *name == "release" => policy("none", "", "release == null"),
            None if *name == "oldObject" => {}
            None => policy("seen", "", &all.join(" && ")),
            Some(plural) => {
                let each = format!("each = \"{plural}\"");
                // The first apply risks nothing.
                if plural != "risks" {
                    policy("some", "", &format!("{plural}.size() > 0"));
                }
                if !all.is_empty() {
                    policy("seen", &each, &all.join(" && "));
                }
            }
        }
    }
    let directory = Directory::new();
    directory.append("main.hcl", &text);
    let answer = directory.run(&["plan", "--json"]);
    assert_eq!(answer.code, Some(0), "{}", answer.stderr);
    let plan: serde_json::Value = serde_json::from_str(&answer.stdout).expect("JSON");
    let verdicts = plan["policies"].as_array().expect("verdicts");
    assert!(verdicts.len() >= values.len(), "{verdicts:?}");
    assert!(verdicts.iter().all(|verdict| verdict["result"] == "held"), "{verdicts:?}");
    let seen = verdicts.iter().find(|verdict| verdict["policy"] == "policy.change-seen").expect("changes are judged");
    assert!(seen["judged"].as_u64() > Some(500), "{seen}");
}
