//! A release that nobody built in: it follows another one, and its components come from a `--catalog` directory. Nothing of
//! it is known to the program.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::program::Directory;
use crate::program::copy;

const RELEASE: &str = r#"
release "1.99.0" {
  follows    = "1.9.1"
  kubernetes = { max = "1.33" }

  component "jupyter" {
    version = "1.99.0"
    images  = { web_app = "registry.example/jupyter-web-app:v1.99.0" }
  }
  component "models-web-app" { present = false }
  component "tensorboard" { present = false }
  component "boards" { was = ["tensorboard"] }
  hop { from = "1.9.1" }
  component "notes" {
    version = "1.0"
    images  = { server = "registry.example/notes:1.0" }
  }
}
"#;

const NOTES: &str = r#"
component {
  title     = "Notes"
  namespace = "kubeflow"
  requires  = ["kubeflow-gateway"]
  editions  = ["mini", "enterprise"]
}
variable "greeting" {
  type    = string
  default = "hello"
}
menu "Notes" {
  order = 15
  link  = "/notes/"
  icon  = "book"
}
export "address" {
  value = "notes.${component.namespace}.svc.${platform.domain}"
}
"#;

const SERVER: &str = r#"
apiVersion: apps/v1
kind: Deployment
metadata:
  name: notes
spec:
  selector: { matchLabels: { app: notes } }
  template:
    metadata: { labels: { app: notes } }
    spec:
      containers:
        - name: server
          image: {{ image.server | quote }}
          args: [{{ ("--address=" ~ exports.notes.address) | quote }}, {{ ("--issuer=" ~ exports.dex.issuer) | quote }}]
---
apiVersion: v1
kind: Service
metadata:
  name: notes
spec:
  selector: { app: notes }
  ports: [{ port: 80 }]
"#;

/// Only from the version on that the release above has.
const LATER: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: jupyter-of-1-99\n";

fn catalog(directory: &Directory) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (from, to) in [("modules/tensorboard", "modules/boards"), ("templates/tensorboard", "templates/boards")] {
        copy(&root.join(from), &directory.path().join("catalog").join(to));
    }
    for (path, text) in [
        ("modules/releases/1.99.0.hcl", RELEASE),
        ("modules/notes/module.hcl", NOTES),
        ("templates/notes/server.yaml", SERVER),
        ("templates/jupyter/1.98/later.yaml", LATER),
        ("templates/jupyter/2.0/much-later.yaml", "{{ nothing }}"),
    ] {
        let path = directory.path().join("catalog").join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder can be made");
        std::fs::write(path, text).expect("the file can be written");
    }
}

/// Action and component's address of every changed object.
fn changes(directory: &Directory) -> BTreeMap<String, (String, String)> {
    let plan: Value =
        serde_json::from_str(&directory.succeed(&["plan", "--catalog", "catalog", "--json"])).expect("JSON");
    let changes = plan["resource_changes"].as_array().expect("a list").iter();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let changed = changes.filter(|change| change["change"]["actions"] != serde_json::json!(["no-op"]));
    changed
        .map(|change| {
            let object = format!("{} {}/{}", text(&change["type"]), text(&change["namespace"]), text(&change["name"]));
            let action = change["change"]["actions"][0].as_str().unwrap_or_default().to_owned();
            (object, (action, text(&change["owner"])))
        })
        .collect()
}

#[test]
fn a_release_of_ones_own_is_only_data() {
    let directory = Directory::example("quickstart");
    directory.succeed(&["apply", "--auto-approve"]);
    catalog(&directory);
    let before = directory.succeed(&["plan", "--catalog", "catalog"]);
    assert!(before.contains("No changes"), "another release more changes nothing by itself:\n{before}");
    directory.replace("main.hcl", "\"1.9.1\"", "\"1.99.0\"");
    directory.succeed(&["validate", "--catalog", "catalog"]);

    let rendered = directory.succeed(&["render", "--catalog", "catalog"]);
    for expected in ["registry.example/jupyter-web-app:v1.99.0", "jupyter-of-1-99", "notes.kubeflow.svc.cluster.local"]
    {
        assert!(rendered.contains(expected), "{expected} is not rendered");
    }
    // The dashboard offers what there is, without knowing any of it.
    assert!(rendered.contains("/notes/") && !rendered.contains("/kserve-endpoints/"));

    let changes = changes(&directory);
    let of = |object: &str| changes.get(object).map(|(action, _)| action.as_str());
    for (object, expected) in [
        ("Deployment.apps kubeflow/jupyter-web-app-deployment", Some("update")),
        ("ConfigMap kubeflow/jupyter-of-1-99", Some("create")),
        ("Deployment.apps kubeflow/kserve-models-web-app", Some("delete")),
        ("Deployment.apps kubeflow/notes", Some("create")),
        ("ConfigMap kubeflow/centraldashboard-config", Some("update")),
        // Only its label says another component's name now.
        ("Deployment.apps kubeflow/tensorboards-web-app-deployment", Some("update")),
        ("Deployment.apps auth/dex", None),
    ] {
        assert_eq!(of(object), expected, "{object}\n{changes:#?}");
    }
    let gone = changes.iter().filter(|(object, (action, _))| action == "delete" && object.contains("tensorboard"));
    assert_eq!(gone.count(), 0, "what is renamed is neither deleted nor made");
    let told = directory.succeed(&["plan", "--catalog", "catalog"]);
    assert!(told.contains("moved from platform.ml.tensorboard"), "{told}");
    directory.succeed(&["apply", "--catalog", "catalog", "--auto-approve"]);
    let after = directory.succeed(&["plan", "--catalog", "catalog"]);
    assert!(after.contains("No changes"), "{after}");
}
