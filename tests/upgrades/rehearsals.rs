//! Rehearsals of made-up and real upgrades: the cluster is not touched, and what is told is what the upgrade does then.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::*;

const LOCKS: &str = "/apis/coordination.k8s.io/v1/leases";
const SECRET: &str = "canary-of-a-user-77";

/// Every object with its resourceVersion; not what controllers write all the time.
fn versions(server: &Server) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for path in [
        "/api/v1/secrets",
        "/api/v1/configmaps",
        "/api/v1/namespaces",
        "/api/v1/pods",
        "/api/v1/services",
        "/api/v1/persistentvolumeclaims",
        "/apis/apps/v1/deployments",
        "/apis/apps/v1/replicasets",
        "/apis/apps/v1/statefulsets",
        "/apis/rbac.authorization.k8s.io/v1/rolebindings",
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
        LOCKS,
    ] {
        // Where true controllers run they renew theirs all the time.
        let path = if server.is_real() && path == LOCKS { "/api/v1/serviceaccounts" } else { path };
        for object in server.get(path)["items"].as_array().expect("a list") {
            let text = |field: &str| object["metadata"][field].as_str().unwrap_or_default().to_owned();
            found.insert(format!("{path} {}/{}", text("namespace"), text("name")), text("resourceVersion"));
        }
    }
    found
}

/// Waits until nobody changes anything any more.
fn settled(server: &Server) -> BTreeMap<String, String> {
    let mut last = versions(server);
    loop {
        std::thread::sleep(std::time::Duration::from_secs(1));
        let now = versions(server);
        if now == last {
            return now;
        }
        last = now;
    }
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().expect("a list").iter().map(|one| one.as_str().expect("a text")).collect()
}

/// Action by object.
fn actions(changes: &Value) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let changes = changes.as_array().expect("a list").iter();
    changes.map(|change| (text(&change["object"]), text(&change["action"]))).collect()
}

/// The same from the JSON of a plan, without what stays.
fn planned(plan: &Value) -> BTreeMap<String, Vec<String>> {
    let changes = plan["resource_changes"].as_array().expect("a list").iter();
    let words = |change: &Value| texts(&change["change"]["actions"]).iter().map(|one| (*one).to_owned()).collect();
    let all = changes.map(|change| {
        let text = |field: &str| change[field].as_str().unwrap_or_default();
        let place = match text("namespace") {
            "" => text("name").to_owned(),
            namespace => format!("{namespace}/{}", text("name")),
        };
        (format!("{} {place}", text("type")), words(change))
    });
    all.filter(|(_, words): &(String, Vec<String>)| *words != ["no-op"]).collect()
}

/// What a rehearsal says it changes is what the plan for the cluster says.
fn assert_same_actions(rehearsal: &Value, plan: &Value) {
    let words = |action: &str| match action {
        "replace" => vec!["delete".to_owned(), "create".to_owned()],
        other => vec![other.to_owned()],
    };
    let told: BTreeMap<String, Vec<String>> =
        actions(&rehearsal["changes"]).into_iter().map(|(object, action)| (object, words(&action))).collect();
    let expected = planned(plan);
    let names = |map: &BTreeMap<String, Vec<String>>| map.keys().cloned().collect::<BTreeSet<_>>();
    let differing: Vec<_> = names(&told).symmetric_difference(&names(&expected)).cloned().collect();
    assert!(differing.is_empty(), "planned by one of both only: {differing:#?}");
    for (object, action) in &told {
        let mut of_plan = expected[object].clone();
        let mut own = action.clone();
        of_plan.sort();
        own.sort();
        assert_eq!(own, of_plan, "{object}");
    }
}

fn rehearsed(answer: &Answer) -> Value {
    let json: Value = serde_json::from_str(&answer.stdout).unwrap_or_else(|error| {
        panic!("{error}\n{}\n{}", answer.stdout, answer.stderr);
    });
    assert_eq!(json["format_version"], "1.0");
    json["rehearsals"][0].clone()
}

fn users_secret(server: &Server, namespace: &str) {
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "stringData": {"token": SECRET},
        "metadata": {"name": "token", "annotations": {
            "kubectl.kubernetes.io/last-applied-configuration": format!("{{\"stringData\":{{\"token\":\"{SECRET}\"}}}}")}}});
    server.done("POST", &format!("/api/v1/namespaces/{namespace}/secrets"), JSON, &secret);
}

/// Neither a user's secret nor one of the platform's own is told.
fn assert_nothing_is_told(server: &Server, answers: &[&Answer]) {
    let secrets = server.get("/api/v1/secrets");
    let mut canaries = BTreeSet::from([SECRET.to_owned(), STANDARD.encode(SECRET)]);
    for secret in secrets["items"].as_array().expect("a list") {
        for value in secret["data"].as_object().into_iter().flat_map(|data| data.values()) {
            let encoded = value.as_str().expect("a text");
            let decoded = STANDARD.decode(encoded).ok().and_then(|bytes| String::from_utf8(bytes).ok());
            // Words that stand in other places by right are no canaries, and certificates are public.
            let is_secret = |text: &String| text.len() >= 16 && text.chars().any(|c| c.is_ascii_digit());
            canaries.extend(decoded.filter(is_secret).filter(|text| !text.contains("CERTIFICATE")));
        }
    }
    assert!(canaries.len() > 2, "the cluster has secrets");
    for answer in answers {
        for text in [&answer.stdout, &answer.stderr] {
            let told: Vec<&String> = canaries.iter().filter(|canary| text.contains(canary.as_str())).collect();
            assert!(told.is_empty(), "{} secrets are told", told.len());
        }
    }
}

#[test]
fn a_hop_is_rehearsed_and_then_made() {
    let server = Server::sandbox();
    let directory = installed(&server);
    users_secret(&server, "users");
    let text = std::fs::read_to_string(directory.path().join("main.hcl")).expect("the file");
    let before = settled(&server);

    let answer = run(&directory, &["upgrade", "2.0", "--rehearse", "--json"]);
    assert_eq!(answer.code, Some(0), "{}\n{}", answer.stdout, answer.stderr);
    assert_eq!(versions(&server), before, "the cluster is only read");
    assert_eq!(std::fs::read_to_string(directory.path().join("main.hcl")).expect("the file"), text);
    is_at(&directory, "1.0");
    let told = rehearsed(&answer);
    let verbs: Vec<&String> = told["requests_to_cluster"].as_object().expect("a mapping").keys().collect();
    assert_eq!(verbs, ["get", "list"]);
    assert_eq!(told["succeeded"], true, "{told:#}");
    assert!(told["copied"]["masked"].as_u64() >= Some(2), "{}", told["copied"]);
    assert_eq!((&told["upgrade"]["from"], &told["upgrade"]["to"]), (&json!("1.0"), &json!("2.0")));
    let steps: Vec<&str> =
        told["steps"].as_array().expect("a list").iter().filter_map(|s| s["step"].as_str()).collect();
    assert_eq!(
        steps,
        [
            "scale quiet",
            "wait no-pods",
            "job dump",
            "store widgets.example.com",
            "delete leftovers",
            "apply",
            "patch noted",
            "restart users",
            "restart server",
        ]
    );
    let cut = &told["cut"];
    assert_eq!(cut["step"], "apply", "{cut}");
    assert!(cut["changes_made"].as_u64() < cut["changes"].as_u64(), "{cut}");
    let resumed: Vec<bool> =
        told["steps"].as_array().expect("a list").iter().filter_map(|step| step["resumed"].as_bool()).collect();
    assert!(!resumed[0] && resumed[5], "the second run went on: {resumed:?}");
    assert_eq!(texts(&told["users_objects"]["gone"]), ["ConfigMap users/leftover"]);
    assert_eq!(told["users_objects"]["made_anew"], json!([]));
    let changed = told["users_objects"]["changed"].as_array().expect("a list");
    let reader = changed.iter().find(|one| one["object"] == "ConfigMap users/reader");
    assert_eq!(reader.map(|one| &one["fields"]), Some(&json!(["data.noted", "data.old"])), "{changed:#?}");
    says(
        &told["not_rehearsed"].to_string(),
        &["job dump (to 2.0, image registry.example/server:1)", "Durations", "Images"],
    );

    let text = run(&directory, &["upgrade", "2.0", "--rehearse"]);
    says(
        &text.stdout,
        &[
            "Rehearsal on cluster.main\n",
            "Upgrade of platform.ml: 1.0 -> 2.0\n",
            "cut off in step apply after ",
            "gone       ConfigMap users/leftover\n",
            "The rehearsal came to its end: nothing was refused",
        ],
    );
    assert_nothing_is_told(&server, &[&answer, &text]);

    // The same by hand, and really.
    names(&directory, "2.0");
    let plan: Value = serde_json::from_str(&succeed(&directory, &["plan", "--json"])).expect("JSON");
    assert_same_actions(&told, &plan);
    let by_hand = rehearsed(&run(&directory, &["plan", "--rehearse", "--json"]));
    assert_eq!(actions(&by_hand["changes"]), actions(&told["changes"]));
    let widgets = |server: &Server| {
        let widgets = server.get(WIDGETS);
        let items = widgets["items"].as_array().expect("a list").iter();
        items.map(|one| one["metadata"]["uid"].clone()).collect::<Vec<_>>()
    };
    let uids = widgets(&server);
    succeed(&directory, &["apply", "--auto-approve"]);
    assert_users_are_served(&server, false);
    assert_eq!(widgets(&server), uids);
    says(&succeed(&directory, &["plan"]), &["No changes."]);
}

#[test]
fn what_loses_data_and_what_is_refused_is_told() {
    let server = Server::sandbox();
    let directory = installed(&server);
    // So little that neither a pod of the next release nor anything else comes in beside those that are there.
    let quota = json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "full"},
        "spec": {"hard": {"pods": "2"}}});
    server.done("POST", "/api/v1/namespaces/widgets/resourcequotas", JSON, &quota);
    let before = settled(&server);
    let answer = run(&directory, &["upgrade", "3.0", "--rehearse", "--json", "--wait-timeout=5s"]);
    assert_eq!(versions(&server), before);
    let told = rehearsed(&answer);
    says(&told["losses"].to_string(), &["delete archive loses the archive of release 2.0"]);
    assert_eq!((answer.code, &told["succeeded"]), (Some(1), &json!(false)), "{told:#}");
    says(&told["refused"].to_string(), &["exceeded quota: full"]);

    server.done("DELETE", "/api/v1/namespaces/widgets/resourcequotas/full", JSON, &Value::Null);
    let webhook = json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
    "metadata": {"name": "judge"}, "webhooks": [{
        "name": "judge.example.com", "admissionReviewVersions": ["v1"], "sideEffects": "None", "failurePolicy": "Fail",
        "clientConfig": {"url": "https://judge.example/"},
        "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["DELETE"], "resources": ["configmaps"]}],
    }]});
    server.done("POST", "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations", JSON, &webhook);
    let answer = run(&directory, &["upgrade", "2.0", "--rehearse", "--json", "--wait-timeout=5s"]);
    assert_eq!(answer.code, Some(1), "{}\n{}", answer.stdout, answer.stderr);
    let told = rehearsed(&answer);
    says(&told.to_string(), &["judge.example.com"]);
    assert_eq!(told["succeeded"], false);
    is_at(&directory, "1.0");
}

#[test]
fn what_cannot_be_rehearsed_is_refused() {
    let server = Server::sandbox();
    let directory = installed(&server);
    says(&refused(&directory, &["upgrade", "2.1", "--rehearse"]), &["There is no release \"2.1\""]);
    let nothing = run(&directory, &["plan", "--rehearse"]);
    assert_eq!(nothing.code, Some(0), "{}", nothing.stderr);
    says(&nothing.stdout, &["Nothing to rehearse: a plan finds no changes.\n"]);
    says(&refused(&directory, &["upgrade", "8.0", "--rehearse"]), &["Kubernetes version does not fit", "1.99"]);
    names(&directory, "9.0");
    says(&refused(&directory, &["plan", "--rehearse"]), &["No way to this release"]);
    names(&directory, "2.0");
    let usage = run(&directory, &["upgrade", "2.0", "--rehearse", "--check"]);
    assert_eq!(usage.code, Some(1), "{}", usage.stderr);
    drop(server);
    says(&refused(&directory, &["upgrade", "3.0", "--rehearse"]), &["Cannot", "cluster.main"]);
}

#[test]
fn a_real_hop_is_rehearsed_and_then_made() {
    rehearsed_then_made(&Server::sandbox());
}

/// A real hop, with what users make on a platform of the release before.
pub fn rehearsed_then_made(server: &Server) {
    let directory = crate::program::Directory::example("mini-existing-cluster")
        .environment("KUBECONFIG", &server.kubeconfig().display().to_string())
        .environment("STACKWRIGHT_VAR_admin_password", "correct horse battery 5");
    let main = std::fs::read_to_string(directory.path().join("main.hcl")).expect("the file");
    assert!(main.contains("\"1.9.1\""), "{main}");
    directory.succeed(&["apply", "--auto-approve"]);
    let profile = json!({"apiVersion": "kubeflow.org/v1", "kind": "Profile", "metadata": {"name": "team"},
        "spec": {"owner": {"kind": "User", "name": "carol@example.com"}}});
    server.done("POST", "/apis/kubeflow.org/v1/profiles", JSON, &profile);
    server.wait_until("/api/v1/namespaces/team/serviceaccounts/default-editor", |code, _| code == 200);
    let claim = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "home"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "5Gi"}}}});
    server.done("POST", "/api/v1/namespaces/team/persistentvolumeclaims", JSON, &claim);
    let notebook = json!({"apiVersion": "kubeflow.org/v1", "kind": "Notebook", "metadata": {"name": "work"},
        "spec": {"template": {"spec": {"containers": [{"name": "work", "image": "registry.example/torch:1"}]}}}});
    server.done("POST", "/apis/kubeflow.org/v1/namespaces/team/notebooks", JSON, &notebook);
    let definition = json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "boats.team.example"}, "spec": {"group": "team.example", "scope": "Namespaced",
            "names": {"kind": "Boat", "plural": "boats", "singular": "boat", "listKind": "BoatList"},
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema":
                {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}]}});
    server.done("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", JSON, &definition);
    let boat = json!({"apiVersion": "team.example/v1", "kind": "Boat", "metadata": {"name": "b"}, "spec": {"n": 1}});
    server.wait_until("/apis/team.example/v1/boats", |code, _| code == 200);
    server.done("POST", "/apis/team.example/v1/namespaces/team/boats", JSON, &boat);
    users_secret(server, "team");
    let before = settled(server);

    let answer = directory.run(&["upgrade", "1.10.2", "--rehearse", "--json"]);
    assert_eq!(versions(server), before, "the cluster is only read");
    let told = rehearsed(&answer);
    assert_eq!((answer.code, &told["succeeded"]), (Some(0), &json!(true)), "{told:#}\n{}", answer.stderr);
    assert_nothing_is_told(server, &[&answer]);
    if !server.is_real() {
        assert_eq!(told["copied"]["missing_kinds"], json!({}));
    }
    let verbs: Vec<&String> = told["requests_to_cluster"].as_object().expect("a mapping").keys().collect();
    assert_eq!(verbs, ["get", "list"]);
    assert_eq!(
        (&told["users_objects"]["gone"], &told["users_objects"]["made_anew"]),
        (&json!([]), &json!([])),
        "{told:#}"
    );
    assert!(told["users_objects"]["kept"].as_u64() >= Some(4));

    directory.replace("main.hcl", "\"1.9.1\"", "\"1.10.2\"");
    let plan: Value = serde_json::from_str(&directory.succeed(&["plan", "--json"])).expect("JSON");
    assert_same_actions(&told, &plan);
    let paths = [
        "/apis/kubeflow.org/v1/namespaces/team/notebooks/work",
        "/api/v1/namespaces/team/persistentvolumeclaims/home",
        "/apis/team.example/v1/namespaces/team/boats/b",
        "/apis/kubeflow.org/v1/profiles/team",
    ];
    let uids = || paths.map(|path| server.get(path)["metadata"]["uid"].clone());
    let own = uids();
    let applied = directory.run(&["apply", "--auto-approve", "--allow-data-loss"]);
    assert_eq!(applied.code, Some(0), "{}\n{}", applied.stdout, applied.stderr);
    assert_eq!(uids(), own, "as it was told");
    // The steps of the run are those that were told, in their order.
    let history = directory.succeed(&["history"]);
    let mut rest = history.as_str();
    for step in told["steps"].as_array().expect("a list").iter().filter(|step| step["step"] != "apply") {
        let line = format!("  {}: ", step["step"].as_str().expect("a text"));
        let at = rest.find(&line).unwrap_or_else(|| panic!("{line:?} does not come next in\n{history}"));
        rest = &rest[at..];
    }
    assert!(directory.succeed(&["plan"]).contains("No changes."));
}
