//! Data that stay, and what opens them: the next apply takes both up again.

use serde_json::Value;

use crate::program::Directory;
use crate::server::Server;
use crate::server::behaviours;

behaviours!(
    what_opens_kept_data_is_kept,
    what_opens_the_data_of_a_component_that_is_off_is_kept,
    what_a_person_keeps_in_a_namespace_is_data,
);

const APPROVED: &str = "--auto-approve";

/// A claim with a password that is made once, beside a password that opens nothing.
const DATABASE: &str = r#"---
apiVersion: v1
kind: Secret
metadata:
  name: password
stringData:
  password: {{ generated.db.password | quote }}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: files
spec:
  accessModes: [ReadWriteOnce]
  resources:
    requests:
      storage: 1Gi
"#;

/// The small installation with a database of its own component.
pub fn with_database(server: &Server, name: &str) -> Directory {
    let directory = server.small(name);
    let component = "  component \"x\" {\n";
    directory.replace(
        "main.hcl",
        component,
        &format!("  component \"db\" {{\n    source = \"./db\"\n  }}\n{component}"),
    );
    std::fs::create_dir_all(directory.path().join("db/templates")).expect("a folder can be made");
    directory.append(
        "db/module.hcl",
        &format!(
            "component {{\n  title       = \"DB\"\n  description = \"A database.\"\n  namespace   = \"{name}\"\n  requires    = [\"x\"]\n}}\n\n\
             generated \"password\" {{\n  secret = \"{name}/password\"\n  key    = \"password\"\n}}\n"
        ),
    );
    directory.append("db/templates/db.yaml", DATABASE);
    directory.succeed(&["apply", APPROVED]);
    directory
}

/// Identities of both, and the password.
fn seen(server: &Server, name: &str) -> [Value; 3] {
    let secret = server.get(&format!("/api/v1/namespaces/{name}/secrets/password"));
    let claim = server.get(&format!("/api/v1/namespaces/{name}/persistentvolumeclaims/files"));
    let password = secret["data"]["password"].clone();
    assert!(password.as_str().is_some_and(|password| !password.is_empty()), "{secret}");
    [secret["metadata"]["uid"].clone(), claim["metadata"]["uid"].clone(), password]
}

pub fn what_opens_kept_data_is_kept(server: &Server) {
    let directory = with_database(server, "kept");
    let before = seen(server, "kept");
    let answer = directory.succeed(&["destroy", "--keep-data", APPROVED]);
    // How much it is depends on the volume that the cluster has given.
    let told = "    . Secret kept/password\n        # It stays, because deleting it would lose what opens ";
    assert!(answer.contains(told) && answer.contains("of data in claim kept/files.\n"), "{answer}");
    assert_eq!(seen(server, "kept"), before);
    directory.succeed(&["apply", APPROVED]);
    assert_eq!(seen(server, "kept"), before);
    server.destroyed(&directory, "kept");
}

pub fn what_opens_the_data_of_a_component_that_is_off_is_kept(server: &Server) {
    let directory = with_database(server, "switched");
    let before = seen(server, "switched");
    let on = "    source = \"./db\"\n";
    let off = "    source = \"./db\"\n    enabled = false\n";
    directory.replace("main.hcl", on, off);
    let answer = directory.succeed(&["apply", APPROVED]);
    let told =
        "  Secret switched/password: It is no longer wanted and stays, because deleting it would lose what opens ";
    assert!(answer.contains(told) && answer.contains("of data in claim switched/files.\n"), "{answer}");
    assert_eq!(seen(server, "switched"), before);
    directory.replace("main.hcl", off, on);
    directory.succeed(&["apply", APPROVED]);
    assert_eq!(seen(server, "switched"), before);
    // Who agrees to the loss needs no key.
    directory.replace("main.hcl", on, off);
    directory.succeed(&["apply", "--allow-data-loss", APPROVED]);
    let (code, _) =
        server.send("GET", "/api/v1/namespaces/switched/secrets/password", "application/json", &Value::Null);
    assert_eq!(code, 404);
    server.destroyed(&directory, "switched");
}

/// A person's credential is lost with its namespace; what controllers put into every namespace is not.
pub fn what_a_person_keeps_in_a_namespace_is_data(server: &Server) {
    let directory = server.small("person");
    directory.succeed(&["apply", APPROVED]);
    let secret = serde_json::json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s3"}});
    let post = |manager: &str, name: &str| {
        let mut secret = secret.clone();
        secret["metadata"]["name"] = name.into();
        let path = format!("/api/v1/namespaces/person/secrets?fieldManager={manager}");
        server.done("POST", &path, "application/json", &secret);
    };
    post("metacontroller", "made");
    let plan = ["plan", "--target", "Namespace person", "--destroy"];
    let answer = directory.succeed(&plan);
    assert!(!answer.contains("This loses data:"), "{answer}");
    post("kubectl-create", "s3");
    let answer = directory.succeed(&plan);
    assert!(answer.contains("  - Namespace person: 1 Secret in namespace person\n"), "{answer}");
    directory.replace("main.hcl", "    source = \"./x\"\n", "    source  = \"./x\"\n    enabled = false\n");
    let answer = directory.succeed(&["apply", APPROVED]);
    let told = "  Namespace person: It is no longer wanted and stays, because deleting it would lose 1 Secret in namespace \
                person.\n";
    assert!(answer.contains(told), "{answer}");
    server.get("/api/v1/namespaces/person/secrets/s3");
    server.destroyed(&directory, "person");
}
