//! The cluster's verbs against the scripted server.

use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use serde_json::Value;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::Cluster;
use super::Deletion;
use super::Patience;
use super::Propagation;
use super::Question;
use super::Resource;
use super::Seen;
use super::scripted::Scripted;
use super::scripted::status;
use crate::object::GroupVersionKind;
use crate::object::Object;
use crate::object::ObjectId;
use crate::plan::DesiredObject;
use crate::plan::DryRun;
use crate::plan::Record;

const SELECTOR: &str = "stackwright.io/installation=prod";

fn object(kind: &str, namespace: &str, name: &str, ours: bool) -> Value {
    let labels = if ours { json!({"stackwright.io/installation": "prod"}) } else { json!({}) };
    json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": namespace, "labels": labels}})
}

fn desired(objects: &[Value]) -> Vec<DesiredObject> {
    let one = |value: &Value| DesiredObject {
        object: Object::from_value(value.clone()).expect("as set up"),
        owner: crate::object::Address::resource("platform", "ml"),
        after: Vec::new(),
    };
    objects.iter().map(one).collect()
}

fn server(names: &[&str], ours: bool) -> Scripted {
    let server = Scripted::default();
    server.put("/api/v1/namespaces/n", object("Namespace", "", "n", false));
    for name in names {
        server.put(&format!("/api/v1/namespaces/n/secrets/{name}"), object("Secret", "n", name, ours));
    }
    server
}

async fn secrets(cluster: &Cluster) -> Resource {
    cluster.resource(&GroupVersionKind::new("", "v1", "Secret")).await.expect("as set up")
}

fn lists(server: &Scripted) -> Vec<String> {
    server.log().into_iter().filter(|line| line.contains("/secrets")).collect()
}

#[tokio::test]
async fn a_fresh_installation_lists_all_and_keeps_what_it_asked_for() {
    let server = server(&["wanted", "foreign"], false);
    let want = desired(&[object("Secret", "n", "wanted", true), object("Secret", "n", "new", true)]);
    let found = server.cluster().observe(Question::new(&want, [].into(), 0, SELECTOR)).await.expect("as set up");
    let names: Vec<String> = found.live.keys().map(ToString::to_string).collect();
    assert_eq!(names, ["Secret n/wanted"]);
    assert_eq!(lists(&server).len(), 1, "one LIST, nothing singly");
    assert_eq!(found.server_version, "v1.31.4");
    assert!(found.served.contains("Deployment.apps"));
}

#[tokio::test]
async fn a_known_installation_lists_by_label_and_asks_for_what_is_missing() {
    let server = server(&["a", "b"], true);
    server.put("/api/v1/namespaces/n/secrets/unlabelled", object("Secret", "n", "unlabelled", false));
    server.put("/api/v1/namespaces/n/secrets/foreign", object("Secret", "n", "foreign", false));
    let want = desired(&[object("Secret", "n", "a", true), object("Secret", "n", "unlabelled", true)]);
    let records = [(want[0].object.id(), Record { api_version: "v1".into(), ..Record::default() })].into();
    let cluster = server.cluster();
    let found = cluster.observe(Question::new(&want, records, 7, SELECTOR)).await.expect("as set up");
    let names: Vec<&str> = found.live.keys().map(|id| id.name.as_str()).collect();
    assert_eq!(names, ["a", "b", "unlabelled"]);
    assert_eq!(lists(&server).len(), 2, "{:?}", lists(&server));
    assert_eq!(found.revision, 7);
    assert_eq!(cluster.requests().into_iter().collect::<Vec<_>>(), [("get", 4), ("list", 1)]);
}

#[tokio::test]
async fn without_the_right_to_list_the_cluster_the_namespaces_are_listed() {
    let server = server(&["a"], true);
    server.rule(|_, uri| uri.starts_with("/api/v1/secrets").then(|| status(403, "Forbidden", "no")));
    let want = desired(&[object("Secret", "n", "a", true)]);
    let found = server.cluster().observe(Question::new(&want, [].into(), 0, SELECTOR)).await.expect("as set up");
    assert_eq!(found.live.len(), 1);
    server.rule(|_, uri| uri.ends_with("/secrets?limit=500").then(|| status(403, "Forbidden", "no")));
    let found = server.cluster().observe(Question::new(&want, [].into(), 0, SELECTOR)).await.expect("as set up");
    assert_eq!(found.live.len(), 1, "singly");
}

#[tokio::test]
async fn big_kinds_come_in_pages_and_survive_an_expired_continuation() {
    let names: Vec<String> = (0..1200).map(|n| format!("s{n}")).collect();
    let server = server(&names.iter().map(String::as_str).collect::<Vec<_>>(), true);
    let cluster = server.cluster();
    let resource = secrets(&cluster).await;
    assert_eq!(cluster.list(&resource, "n", "").await.expect("as set up").0.len(), 1200);
    assert_eq!(lists(&server).len(), 3);
    server.rule(|_, uri| uri.contains("continue=1000").then(|| status(410, "Expired", "too old")));
    assert_eq!(cluster.list(&resource, "n", "").await.expect("as set up").0.len(), 1200);
}

#[tokio::test]
async fn definitions_come_as_metadata() {
    let server = Scripted::default();
    let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/xs.a.b";
    let crd = json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "xs.a.b"}, "spec": {"big": true}});
    server.put(path, crd.clone());
    let want = desired(&[crd]);
    let found = server.cluster().observe(Question::new(&want, [].into(), 0, SELECTOR)).await.expect("as set up");
    let live = found.live.get(&want[0].object.id()).expect("as set up");
    assert_eq!((live.kind(), live.get("/spec")), ("CustomResourceDefinition", None));
}

#[tokio::test]
async fn dry_runs_answer_for_each_object() {
    let server = server(&[], true);
    server.rule(|_, uri| uri.contains("/bad").then(|| status(400, "BadRequest", "strict decoding error")));
    let objects = [
        object("Secret", "n", "good", true),
        object("Secret", "n", "bad", true),
        object("Secret", "nowhere", "x", true),
        json!({"apiVersion": "a/v1", "kind": "A", "metadata": {"name": "x"}}),
    ];
    let answers = server.cluster().dry_run(desired(&objects).into_iter().map(|d| d.object)).await.expect("as set up");
    let short = |answer: &DryRun| match answer {
        DryRun::Accepted(_) => "accepted".to_owned(),
        DryRun::Unavailable(reason) | DryRun::Rejected(reason) | DryRun::Immutable(reason) => reason.clone(),
    };
    let answers: Vec<String> = answers.values().map(short).collect();
    assert_eq!(
        answers,
        ["strict decoding error", "accepted", "namespaces \"nowhere\" not found", "the kind a/v1 A is not served yet"]
    );
    assert_eq!(server.get("/api/v1/namespaces/n/secrets/good"), None, "nothing is stored");
}

#[tokio::test]
async fn what_passes_is_tried_again_and_told() {
    let server = server(&[], true);
    let mut left = 2;
    server.rule(move |method, _| {
        let fails = method == "PATCH" && left > 0;
        left -= i32::from(fails);
        fails.then(|| status(500, "InternalError", "failed calling webhook \"x\": connection refused"))
    });
    let told: Arc<Mutex<Vec<String>>> = Arc::default();
    let telling = told.clone();
    let tell = move |retried: super::Retried| telling.lock().expect("as set up").push(retried.reason);
    let cluster = server.cluster().watched(tell, CancellationToken::new());
    let secret = Object::from_value(object("Secret", "n", "a", true)).expect("as set up");
    cluster.apply(&secret, Patience::apply(Duration::from_secs(20))).await.expect("as set up");
    assert_eq!(told.lock().expect("as set up").len(), 2);
    assert!(told.lock().expect("as set up")[0].starts_with("webhook does not answer: "));
}

#[tokio::test]
async fn only_the_object_that_was_meant_is_deleted() {
    let server = server(&["a"], true);
    let cluster = server.cluster();
    let resource = secrets(&cluster).await;
    let uid = server.get("/api/v1/namespaces/n/secrets/a").expect("as set up")["metadata"]["uid"]
        .as_str()
        .expect("as set up")
        .to_owned();
    let delete = async |uid: &str| {
        cluster.delete(&resource, "n", "a", uid, Propagation::Background, Patience::NONE).await.expect("as set up")
    };
    assert_eq!(delete("another").await, Deletion::Another);
    server.change("/api/v1/namespaces/n/secrets/a", |o| o["metadata"]["finalizers"] = json!(["a/b"]));
    assert_eq!(delete(&uid).await, Deletion::Accepted);
    server.change("/api/v1/namespaces/n/secrets/a", |o| o["metadata"]["finalizers"] = json!([]));
    assert_eq!(delete(&uid).await, Deletion::Gone);
    assert_eq!(delete(&uid).await, Deletion::AlreadyGone);
}

#[tokio::test]
async fn a_watch_shows_what_happens_after_its_beginning() {
    let server = server(&["a"], true);
    let cluster = server.cluster();
    let resource = secrets(&cluster).await;
    let (_, version) = cluster.list(&resource, "", "").await.expect("as set up");
    let mut watch = cluster.watch(&resource, "", "", &version).await.expect("as set up");
    server.put("/api/v1/namespaces/n/secrets/b", object("Secret", "n", "b", true));
    server.remove("/api/v1/namespaces/n/secrets/a");
    let seen = |seen: Seen| match seen {
        Seen::There(object) => format!("there {}", object.name()),
        Seen::Gone(object) => format!("gone {}", object.name()),
        other => format!("{other:?}"),
    };
    assert_eq!(seen(watch.next().await.expect("as set up").expect("as set up")), "there b");
    assert_eq!(seen(watch.next().await.expect("as set up").expect("as set up")), "gone a");
}

#[tokio::test]
async fn what_namespaces_and_kinds_hold_of_others() {
    let server = server(&["s"], false);
    let claim = |name: &str, ours: bool| {
        let mut claim = object("PersistentVolumeClaim", "n", name, ours);
        claim["spec"] = json!({"resources": {"requests": {"storage": "20Gi"}}});
        server.put(&format!("/api/v1/namespaces/n/persistentvolumeclaims/{name}"), claim);
    };
    claim("home", false);
    claim("ours", true);
    let crd = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/xs.a.b";
    server.put(crd, json!({"metadata": {"name": "xs.a.b"}, "status": {"conditions": [{"status": "True"}]}}));
    for name in ["one", "two"] {
        let path = format!("/apis/a.b/v1/namespaces/n/xs/{name}");
        server.put(&path, json!({"metadata": {"name": name, "namespace": "n"}}));
    }
    // Of what controllers make by the dozen, only what a person made counts.
    for (plural, kind, manager) in [
        ("secrets", "Secret", "kubectl-create"),
        ("secrets", "Secret", "metacontroller"),
        ("configmaps", "ConfigMap", "OpenAPI-Generator"),
        ("configmaps", "ConfigMap", "pilot-discovery"),
    ] {
        let mut made = object(kind, "n", manager, false);
        made["metadata"]["managedFields"] = json!([{"manager": manager, "operation": "Update", "fieldsV1": {}}]);
        server.put(&format!("/api/v1/namespaces/n/{plural}/{manager}"), made);
    }
    let made = json!({"metadata": {"name": "made", "namespace": "n", "ownerReferences": [{}]}});
    server.put("/apis/a.b/v1/namespaces/n/xs/made", made);
    let id = |text: &str| text.parse::<ObjectId>().expect("as set up");
    let crd = id("CustomResourceDefinition.apiextensions.k8s.io xs.a.b");
    let unknown = id("CustomResourceDefinition.apiextensions.k8s.io ys.a.b");
    let (full, empty) = (id("Namespace n"), id("Namespace other"));
    let ids = [crd.clone(), unknown.clone(), full.clone(), empty.clone()];
    let found = server.cluster().holdings(&ids, SELECTOR).await.expect("as set up");
    assert_eq!(found[&crd], ["2 Xs"]);
    assert_eq!(found[&full], ["20Gi of data in claim n/home", "1 ConfigMap", "1 Secret", "2 Xs"]);
    assert!(found[&unknown].is_empty() && found[&empty].is_empty());
    server.rule(|_, uri| uri.contains("/deployments").then(|| status(403, "Forbidden", "no")));
    let found = server.cluster().holdings(&ids, SELECTOR).await.expect("as set up");
    assert!(found.contains_key(&crd) && !found.contains_key(&full), "not looked into is not empty");
}

#[tokio::test]
async fn many_objects_are_read_by_one_list() {
    let names: Vec<String> = (0..20).map(|n| format!("s{n}")).collect();
    let server = server(&names.iter().map(String::as_str).collect::<Vec<_>>(), true);
    let ids: Vec<ObjectId> = names.iter().map(|name| ObjectId::new("", "Secret", "n", name)).collect();
    assert_eq!(server.cluster().read(&ids, SELECTOR).await.expect("as set up").len(), 20);
    assert_eq!(lists(&server).len(), 1);
    assert_eq!(server.cluster().read(&ids[..2], SELECTOR).await.expect("as set up").len(), 2);
    assert_eq!(lists(&server).len(), 3);
}
