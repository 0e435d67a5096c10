//! Servers of the user's own in place of the built-in databases and object store: what is left out, and who is told.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::program::Directory;
use crate::skip;
use crate::skip::skip;

const EXTERNAL: &str = r#"
  component "pipelines" {
    inputs = {
      database     = { host = "mysql.corp.example", port = 3307, secret = "kubeflow/mysql-external", cache = "kfp_cache" }
      object_store = { endpoint = "s3.corp.example", bucket = "artifacts", region = "eu-west-1", secret = "s3-external" }
    }
  }
  component "katib" {
    inputs = { database = { host = "10.0.0.9", secret = "katib-external", name = "tuning" } }
  }
"#;

/// All objects of a platform with more in its block, by kind and name.
fn objects(more: &str) -> BTreeMap<String, Value> {
    let directory = Directory::example("quickstart");
    directory.replace("main.hcl", "platform \"ml\" {\n", &format!("platform \"ml\" {{\n{more}"));
    let rendered = directory.succeed(&["render"]);
    let mut objects = BTreeMap::new();
    for document in rendered.split("\n---\n").filter(|text| !text.contains("\nkind: CustomResourceDefinition\n")) {
        let options = serde_saphyr::options! {
            budget: serde_saphyr::budget! { max_nodes: 1_000_000, max_events: 4_000_000 },
        };
        let object: Value = serde_saphyr::from_str_with_options(document, options).expect("YAML");
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        objects.insert(format!("{} {}", text("/kind"), text("/metadata/name")), object);
    }
    objects
}

/// The environment of a Deployment's first container: values, or `secret/key` and `map/key`.
fn environment(objects: &BTreeMap<String, Value>, name: &str) -> BTreeMap<String, String> {
    let deployment = objects.get(&format!("Deployment {name}")).unwrap_or_else(|| panic!("no Deployment {name}"));
    let variables = deployment.pointer("/spec/template/spec/containers/0/env").and_then(Value::as_array);
    let read = |variable: &Value| {
        let source = ["secretKeyRef", "configMapKeyRef"].iter().find_map(|kind| variable["valueFrom"].get(kind));
        let value = match source {
            Some(source) => {
                format!("{}/{}", source["name"].as_str().unwrap_or("?"), source["key"].as_str().unwrap_or("?"))
            }
            None => variable["value"].as_str().unwrap_or("?").to_owned(),
        };
        (variable["name"].as_str().unwrap_or("?").to_owned(), value)
    };
    variables.into_iter().flatten().map(read).collect()
}

#[track_caller]
fn check(environment: &BTreeMap<String, String>, expected: &[(&str, &str)]) {
    for (name, value) in expected {
        assert_eq!(environment.get(*name).map(String::as_str), Some(*value), "{name} in {environment:?}");
    }
}

/// What only the built-in servers need.
const BUILT_IN: [&str; 19] = [
    "ServiceAccount mysql",
    "Secret mysql-secret",
    "PersistentVolumeClaim mysql-pv-claim",
    "Deployment mysql",
    "Service mysql",
    "DestinationRule ml-pipeline-mysql",
    "AuthorizationPolicy mysql",
    "Secret mlpipeline-minio-artifact",
    "PersistentVolumeClaim minio-pvc",
    "Deployment minio",
    "Service minio-service",
    "DestinationRule ml-pipeline-minio",
    "AuthorizationPolicy minio-service",
    "NetworkPolicy minio",
    "Secret katib-mysql-secrets",
    "PersistentVolumeClaim katib-mysql",
    "Deployment katib-mysql",
    "Service katib-mysql",
    "Deployment katib-db-manager",
];

#[test]
fn built_in_servers_are_left_out() {
    let (built_in, external) = (objects(""), objects(EXTERNAL));
    for name in BUILT_IN {
        assert!(built_in.contains_key(name), "{name}");
    }
    let gone: Vec<&String> = built_in.keys().filter(|name| !external.contains_key(*name)).collect();
    let mut expected: Vec<&str> = BUILT_IN[..18].to_vec();
    expected.sort_unstable();
    assert_eq!(gone, expected);
    let added: Vec<&String> = external.keys().filter(|name| !built_in.contains_key(*name)).collect();
    assert_eq!(added, [] as [&str; 0]);
    // Nothing speaks of them any more, but the name of the copy in users' namespaces, which programs of runs know.
    for (name, object) in external.iter().filter(|(name, _)| !name.starts_with("ConfigMap kubeflow-pipelines-profile"))
    {
        let text = object.to_string();
        for word in ["minio-service", "mysql-secret", "katib-mysql", "\"mysql:", "minio/minio"] {
            assert!(!text.contains(word), "{name} still names {word}");
        }
    }
}

#[test]
fn everybody_is_told() {
    let objects = objects(EXTERNAL);
    let data = |name: &str, key: &str| -> String {
        let map = objects.get(&format!("ConfigMap {name}")).unwrap_or_else(|| panic!("no ConfigMap {name}"));
        map["data"][key].as_str().unwrap_or_default().to_owned()
    };
    for (key, value) in [
        ("dbHost", "mysql.corp.example"),
        ("dbPort", "3307"),
        ("mysqlHost", "mysql.corp.example"),
        ("mysqlPort", "3307"),
        ("pipelineDb", "mlpipeline"),
        ("mlmdDb", "metadb"),
        ("cacheDb", "kfp_cache"),
        ("bucketName", "artifacts"),
        ("defaultPipelineRoot", "minio://artifacts/v2/artifacts"),
    ] {
        assert_eq!(data("pipeline-install-config", key), value, "{key}");
    }
    check(
        &environment(&objects, "ml-pipeline"),
        &[
            ("DBCONFIG_USER", "mysql-external/username"),
            ("DBCONFIG_MYSQLCONFIG_PASSWORD", "mysql-external/password"),
            ("OBJECTSTORECONFIG_HOST", "s3.corp.example"),
            ("OBJECTSTORECONFIG_PORT", "443"),
            ("OBJECTSTORECONFIG_REGION", "eu-west-1"),
            ("OBJECTSTORECONFIG_SECURE", "true"),
            ("OBJECTSTORECONFIG_ACCESSKEY", "s3-external/accesskey"),
            ("OBJECTSTORECONFIG_SECRETACCESSKEY", "s3-external/secretkey"),
        ],
    );
    for name in ["cache-server", "metadata-grpc-deployment"] {
        let expected = [("DBCONFIG_USER", "mysql-external/username"), ("DBCONFIG_PASSWORD", "mysql-external/password")];
        check(&environment(&objects, name), &expected);
    }
    check(
        &environment(&objects, "ml-pipeline-ui"),
        &[
            ("MINIO_NAMESPACE", ""),
            ("MINIO_HOST", "s3.corp.example"),
            ("MINIO_PORT", "443"),
            ("MINIO_SSL", "true"),
            ("MINIO_SECRET_KEY", "s3-external/secretkey"),
        ],
    );
    check(
        &environment(&objects, "kubeflow-pipelines-profile-controller"),
        &[("MINIO_ACCESS_KEY", "s3-external/accesskey"), ("MINIO_SECRET_KEY", "s3-external/secretkey")],
    );
    check(
        &environment(&objects, "katib-db-manager"),
        &[
            ("KATIB_MYSQL_DB_HOST", "10.0.0.9"),
            ("KATIB_MYSQL_DB_PORT", "3306"),
            ("KATIB_MYSQL_DB_DATABASE", "tuning"),
            ("DB_USER", "katib-external/username"),
            ("DB_PASSWORD", "katib-external/password"),
        ],
    );
    let profiles = "kubeflow-pipelines-profile-controller-env";
    assert_eq!(data(profiles, "STORE_HOST"), "s3.corp.example");
    assert_eq!(data(profiles, "KFP_PROVIDERS"), data("kfp-launcher", "providers"));
    let providers: Value = serde_json::from_str(&data("kfp-launcher", "providers")).expect("JSON");
    for scheme in ["minio", "s3"] {
        let store = &providers[scheme]["default"];
        assert_eq!(store["endpoint"], "s3.corp.example", "{scheme}");
        assert_eq!(store["disableSSL"], false, "{scheme}");
        assert_eq!(store["credentials"]["secretRef"]["secretName"], "mlpipeline-minio-artifact", "{scheme}");
    }
    let artifacts = data("workflow-controller-configmap", "artifactRepository");
    for line in ["endpoint: \"s3.corp.example\"", "insecure: false", "region: \"eu-west-1\"", "bucket: \"artifacts\""] {
        assert!(artifacts.contains(line), "{line} in {artifacts}");
    }
}

/// Runs the program that answers metacontroller, where this machine has a Python.
#[test]
fn profiles_follow() {
    if !skip::has("python3") {
        skip!("there is no python3");
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/templates/pipelines/_sync.py");
    let script = "
import importlib.util, json, os, sys
spec = importlib.util.spec_from_file_location('sync', sys.argv[1])
sync = importlib.util.module_from_spec(spec)
spec.loader.exec_module(sync)
request = {'parent': {'metadata': {'name': 'alice', 'labels': {sync.ENABLED: 'true'}}}}
print(json.dumps(sync.answer(request, sync.Settings(os.environ))['children']))
";
    let run = |more: &[(&str, &str)]| -> BTreeMap<String, Value> {
        let mut command = std::process::Command::new("python3");
        command.args(["-B", "-c", script, path]).env_clear().envs(std::env::var("PATH").map(|path| ("PATH", path)));
        command.envs([("FRONTEND_IMAGE", "f"), ("VISUALIZATION_SERVER_IMAGE", "v")]);
        command.envs([("MINIO_ACCESS_KEY", "the key"), ("MINIO_SECRET_KEY", "secret")]).envs(more.iter().copied());
        let output = command.output().expect("Python starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let children: Vec<Value> = serde_json::from_slice(&output.stdout).expect("JSON");
        let name = |child: &Value| {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            format!("{} {}", text(&child["kind"]), text(&child["metadata"]["name"]))
        };
        children.into_iter().map(|child| (name(&child), child)).collect()
    };

    let built_in = run(&[]);
    check(&environment(&built_in, "ml-pipeline-ui-artifact"), &[("MINIO_NAMESPACE", "kubeflow")]);
    assert!(!built_in.contains_key("ConfigMap kfp-launcher"), "the launcher's own defaults fit");

    let external = run(&[
        ("STORE_HOST", "s3.corp.example"),
        ("STORE_PORT", "443"),
        ("STORE_SECURE", "true"),
        ("KFP_PROVIDERS", "{}"),
        ("KFP_DEFAULT_PIPELINE_ROOT", "minio://artifacts/v2/artifacts"),
    ]);
    check(
        &environment(&external, "ml-pipeline-ui-artifact"),
        &[("MINIO_NAMESPACE", ""), ("MINIO_HOST", "s3.corp.example"), ("MINIO_PORT", "443"), ("MINIO_SSL", "true")],
    );
    let launcher = &external["ConfigMap kfp-launcher"]["data"];
    assert_eq!(launcher["defaultPipelineRoot"], "minio://artifacts/v2/artifacts");
    assert_eq!(launcher["providers"], "{}");
    assert_eq!(external["Secret mlpipeline-minio-artifact"]["data"]["accesskey"], "dGhlIGtleQ==");
}
