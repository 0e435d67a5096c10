//! Backups of a real release on the sandbox: what is in them, that nothing secret is told, and that they bring back what was
//! lost, on the same cluster and on an empty one.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;
use serde_json::json;

use crate::program::Directory;
use crate::server::Server;

const JSON: &str = "application/json";
const PROFILES: &str = "/apis/kubeflow.org/v1/profiles";
const NOTEBOOKS: &str = "/apis/kubeflow.org/v1/namespaces/team/notebooks";
const APPLY: [&str; 2] = ["apply", "--auto-approve"];

fn mini(server: &Server) -> Directory {
    Directory::example("mini-existing-cluster")
        .environment("KUBECONFIG", &server.kubeconfig().display().to_string())
        .environment("STACKWRIGHT_VAR_admin_password", "correct horse battery")
}

/// A profile that no configuration knows, with a notebook and its claim.
fn users_work(server: &Server) {
    let profile = json!({"apiVersion": "kubeflow.org/v1", "kind": "Profile", "metadata": {"name": "team"},
        "spec": {"owner": {"kind": "User", "name": "carol@example.com"}}});
    server.done("POST", PROFILES, JSON, &profile);
    server.wait_until("/api/v1/namespaces/team/serviceaccounts/default-editor", |code, _| code == 200);
    let claim = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "home"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "5Gi"}}}});
    server.done("POST", "/api/v1/namespaces/team/persistentvolumeclaims", JSON, &claim);
    let notebook = json!({"apiVersion": "kubeflow.org/v1", "kind": "Notebook",
        "metadata": {"name": "work", "annotations": {"team.example/why": "the paper"}},
        "spec": {"template": {"spec": {"containers": [{"name": "work", "image": "registry.example/torch:1"}]}}}});
    server.done("POST", NOTEBOOKS, JSON, &notebook);
}

fn secret(server: &Server, path: &str) -> Value {
    server.get(&format!("/api/v1/namespaces/{path}"))["data"].clone()
}

#[test]
fn what_was_lost_comes_back() {
    let server = Server::sandbox();
    let directory = mini(&server);
    directory.succeed(&APPLY);
    users_work(&server);
    let password = secret(&server, "kubeflow/secrets/mysql-secret");

    let told = directory.succeed(&["backup", "--to", "kept"]);
    for part in [
        "Backup 2",
        "of platform.",
        "1 Notebook.kubeflow.org, 1 PersistentVolumeClaim, 1 Profile.kubeflow.org",
        "pipelines-database: the program ended well, in the claim kubeflow/stackwright-backups of the cluster",
        "katib-database: the program ended well",
        "in clear: only you may read it",
    ] {
        assert!(told.contains(part), "{part:?} is not in\n{told}");
    }
    let kept = directory.path().join("kept");
    let mode = |path: &std::path::Path| std::fs::metadata(path).expect("a file").permissions().mode() & 0o777;
    assert_eq!(mode(&kept), 0o700);
    let text = |name: &str| std::fs::read_to_string(kept.join(name)).expect("a file");
    for name in ["backup.json", "keys.json", "objects.json", "records.json"] {
        assert_eq!(mode(&kept.join(name)), 0o600, "{name}");
    }
    let manifest: Value = serde_json::from_str(&text("backup.json")).expect("JSON");
    assert_eq!((&manifest["release"], &manifest["format"]), (&json!("1.9.1"), &json!(1)));
    assert!(text("keys.json").contains(password["password"].as_str().expect("a password")));
    assert!(text("objects.json").contains("the paper") && !text("objects.json").contains("\"uid\""));
    assert!(directory.run(&["backup", "--to", "kept"]).stderr.contains("it is not empty"));
    assert_eq!(server.get("/apis/batch/v1/namespaces/kubeflow/jobs")["items"], json!([]), "programs are gone");
    assert!(directory.succeed(&["plan"]).contains("No changes."), "a backup changes nothing");

    // Nothing is missing.
    assert!(directory.succeed(&["restore", "kept"]).contains("every object of it is there"));

    // A profile is deleted with all that is in it.
    server.done("DELETE", &format!("{PROFILES}/team"), JSON, &Value::Null);
    server.wait_until("/api/v1/namespaces/team", |code, _| code == 404);
    let refused = directory.run(&["restore", "kept"]);
    assert_eq!(refused.code, Some(1), "{}", refused.stdout);
    assert!(refused.stderr.contains("nobody approved it"), "{}", refused.stderr);
    let told = directory.succeed(&["restore", "kept", "--auto-approve", "--databases"]);
    for part in [
        "makes: 1 Notebook.kubeflow.org, 1 PersistentVolumeClaim, 1 Profile.kubeflow.org",
        "replaces what the database of pipelines-database holds by /backups/",
        "Restore complete! 3 objects made, 0 refused.",
    ] {
        assert!(told.contains(part), "{part:?} is not in\n{told}");
    }
    let notebook = server.get(&format!("{NOTEBOOKS}/work"));
    assert_eq!(notebook["metadata"]["annotations"]["team.example/why"], "the paper");
    let managers = notebook["metadata"]["managedFields"].as_array().expect("a list");
    let managers: Vec<&str> = managers.iter().filter_map(|one| one["manager"].as_str()).collect();
    assert!(managers.contains(&"stackwright-restore") && !managers.contains(&"stackwright"), "{managers:?}");
    let claim = server.get("/api/v1/namespaces/team/persistentvolumeclaims/home");
    assert_eq!(claim["spec"]["resources"]["requests"]["storage"], "5Gi");

    // What was changed is not used, and neither is a backup of another release.
    let objects = text("objects.json");
    std::fs::write(kept.join("objects.json"), objects.replace("the paper", "another")).expect("a file");
    let refused = directory.run(&["restore", "kept"]);
    assert!(refused.stderr.contains("its checksum is not the one in backup.json"), "{}", refused.stderr);
    std::fs::write(kept.join("objects.json"), &objects).expect("a file");
    std::fs::write(kept.join("backup.json"), text("backup.json").replace("1.9.1", "1.8.1")).expect("a file");
    let refused = directory.run(&["restore", "kept"]);
    assert!(refused.stderr.contains("it is of release 1.8.1, and the platform is of 1.9.1"), "{}", refused.stderr);
}

#[test]
fn an_empty_cluster_gets_the_same_keys() {
    let (lost, new) = (Server::sandbox(), Server::sandbox());
    let directory = mini(&lost);
    directory.succeed(&APPLY);
    users_work(&lost);
    directory.succeed(&["backup", "--to", "kept"]);
    let secrets = ["kubeflow/secrets/mysql-secret", "auth/secrets/dex-passwords"];
    let before: BTreeMap<&str, Value> = secrets.iter().map(|path| (*path, secret(&lost, path))).collect();

    let directory = directory.environment("KUBECONFIG", &new.kubeconfig().display().to_string());
    let told = directory.succeed(&["restore", "kept", "--auto-approve"]);
    assert!(told.contains("The platform is not installed yet: only keys"), "{told}");
    assert!(told.contains("Now `stackwright apply` installs the platform with them"), "{told}");
    directory.succeed(&APPLY);
    directory.succeed(&["restore", "kept", "--auto-approve"]);
    for (path, data) in &before {
        assert_eq!(&secret(&new, path), data, "{path}");
    }
    assert_eq!(new.get(&format!("{NOTEBOOKS}/work"))["metadata"]["annotations"]["team.example/why"], "the paper");
    assert!(directory.succeed(&["plan"]).contains("No changes."));
    directory.succeed(&["verify"]);
}

#[test]
fn dumps_by_the_clock() {
    let server = Server::sandbox();
    let directory = mini(&server);
    let block = "  backup {\n    schedule = \"30 2 * * 1-5\"\n    keep     = 3\n    size     = \"7Gi\"\n  }\n  admin {";
    directory.replace("main.hcl", "  admin {", block);
    directory.succeed(&APPLY);
    for (component, image) in [("pipelines-database", "mysql"), ("katib-database", "mysql")] {
        let name = format!("{component}-backups");
        let job = server.get(&format!("/apis/batch/v1/namespaces/kubeflow/cronjobs/{name}"));
        let spec = &job["spec"];
        assert_eq!((&spec["schedule"], &spec["concurrencyPolicy"]), (&json!("30 2 * * 1-5"), &json!("Forbid")));
        let pod = &spec["jobTemplate"]["spec"]["template"]["spec"];
        let container = &pod["containers"][0];
        assert!(container["image"].as_str().is_some_and(|text| text.contains(image)), "{container}");
        assert_eq!(pod["volumes"][1]["persistentVolumeClaim"]["claimName"], json!(name));
        assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
        let value = |name: &str| {
            let variables = container["env"].as_array().expect("a list");
            variables.iter().find(|one| one["name"] == name).map(|one| one["value"].clone()).expect("it is set")
        };
        assert_eq!((value("NAME"), value("KEEP")), (json!(component), json!("3")));
        assert!(value("PROGRAM").as_str().is_some_and(|text| text.contains("FLUSH TABLES WITH READ LOCK")));
        let claim = server.get(&format!("/api/v1/namespaces/kubeflow/persistentvolumeclaims/{name}"));
        assert_eq!(claim["spec"]["resources"]["requests"]["storage"], "7Gi");
    }
    assert!(directory.succeed(&["plan"]).contains("No changes."));

    // The clock stops without the block, and the dumps stay until somebody agrees to lose them.
    directory.replace("main.hcl", block, "  admin {");
    directory.succeed(&APPLY);
    let cronjobs = server.get("/apis/batch/v1/namespaces/kubeflow/cronjobs");
    assert_eq!(cronjobs["items"], json!([]));
    server.get("/api/v1/namespaces/kubeflow/persistentvolumeclaims/katib-database-backups");

    for (from, to, reason) in [
        ("schedule = \"30 2 * * 1-5\"", "schedule = \"61 2 * * *\"", "it is no schedule of minute (0-59)"),
        ("schedule = \"30 2 * * 1-5\"", "schedule = \"0 3 * *\"", "it is no schedule"),
        ("keep     = 3", "keep     = 0", "1"),
        ("size     = \"7Gi\"", "size     = \"big\"", "it is no size, as 50Gi"),
    ] {
        directory.replace("main.hcl", "  admin {", &block.replace(from, to));
        let refused = directory.run(&["validate"]);
        assert!(refused.code == Some(1) && refused.stderr.contains(reason), "{to}\n{}", refused.stderr);
        directory.replace("main.hcl", &block.replace(from, to), "  admin {");
    }
}

/// The program that the CronJob runs, with one in the place of the dump that writes a file, or fails.
#[test]
fn the_newest_dumps_are_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/modules/releases/programs/scheduled-dump.sh");
    let program = std::fs::read_to_string(program).expect("the program");
    let run = |dump: &str| {
        let mut command = std::process::Command::new("bash");
        command
            .args(["-c", &program])
            .env("FOLDER", folder.path())
            .env("NAME", "db")
            .env("KEEP", "2")
            .env("PROGRAM", dump);
        command.output().expect("bash runs")
    };
    let there = || {
        let entries = std::fs::read_dir(folder.path()).expect("a folder");
        let mut names: Vec<String> =
            entries.map(|one| one.expect("one").file_name().into_string().expect("a name")).collect();
        names.sort();
        names
    };
    for old in ["20250101-030000", "20250102-030000", "20250103-030000"] {
        std::fs::create_dir(folder.path().join(old)).expect("a folder");
        std::fs::write(folder.path().join(old).join("db.sql.gz"), "x").expect("a file");
    }
    std::fs::create_dir(folder.path().join("20250104-030000")).expect("what a dump left that failed");
    std::fs::create_dir(folder.path().join("lost+found")).expect("what a file system brings");
    let before = there();

    // A dump that fails takes nothing away.
    let failed = run("exit 3");
    assert_eq!((failed.status.code(), there()), (Some(3), before));

    let done = run("mkdir -p \"$(dirname \"$FILE\")\" && echo x > \"$FILE\"");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(said.contains("20250101-030000 is gone") && said.contains("20250102-030000 is gone"), "{said}");
    let left = there();
    assert_eq!((left.len(), left[0].as_str(), left[2].as_str()), (3, "20250103-030000", "lost+found"), "{left:?}");
    assert!(folder.path().join(&left[1]).join("db.sql.gz").exists(), "{left:?}");
}
