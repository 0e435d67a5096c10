//! The sandbox through a `kube::Client`, as the rest of the program uses it.

use std::time::Duration;

use ::http::Request;
use kube::Api;
use kube::Client;
use kube::ResourceExt;
use kube::api::ApiResource;
use kube::api::DynamicObject;
use kube::api::ListParams;
use kube::api::Patch;
use kube::api::PatchParams;
use kube::api::PostParams;
use kube::api::WatchEvent;
use kube::api::WatchParams;
use serde_json::Value;
use serde_json::json;

use super::*;
use crate::provider::kubernetes::FaultRule;

mod access;
mod hostile;
mod served;
mod stored;
mod webhooks;

fn sandbox() -> Sandbox {
    Sandbox::open(None, SandboxOptions::default()).expect("opens in memory")
}

fn api(client: &Client, api_version: &str, kind: &str, plural: &str, namespace: &str) -> Api<DynamicObject> {
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let resource = ApiResource {
        group: group.into(),
        version: version.into(),
        api_version: api_version.into(),
        kind: kind.into(),
        plural: plural.into(),
    };
    if namespace.is_empty() {
        Api::all_with(client.clone(), &resource)
    } else {
        Api::namespaced_with(client.clone(), namespace, &resource)
    }
}

fn config_maps(client: &Client) -> Api<DynamicObject> {
    api(client, "v1", "ConfigMap", "configmaps", "default")
}

fn deployments(client: &Client) -> Api<DynamicObject> {
    api(client, "apps/v1", "Deployment", "deployments", "default")
}

fn object(value: Value) -> DynamicObject {
    serde_json::from_value(value).expect("an object")
}

async fn apply(api: &Api<DynamicObject>, manager: &str, value: Value) -> Result<Value, kube::Error> {
    let name = value["metadata"]["name"].as_str().expect("a name").to_owned();
    let result = api.patch(&name, &PatchParams::apply(manager), &Patch::Apply(&value)).await?;
    Ok(serde_json::to_value(result).expect("JSON"))
}

fn status(error: kube::Error) -> kube::core::Status {
    match error {
        kube::Error::Api(status) => *status,
        other => panic!("not a Status: {other}"),
    }
}

fn crd() -> Value {
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.example.com"},
        "spec": {
            "group": "example.com", "scope": "Namespaced",
            "names": {"plural": "widgets", "kind": "Widget", "shortNames": ["wd"]},
            "versions": [
                {"name": "v1", "served": true, "storage": true, "subresources": {"status": {}, "scale": {
                    "specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"}},
                 "additionalPrinterColumns": [{"name": "Size", "type": "integer", "jsonPath": ".spec.size"}],
                 "schema": {"openAPIV3Schema": {"type": "object", "properties": {
                    "spec": {"type": "object", "required": ["size"], "properties": {
                        "size": {"type": "integer", "minimum": 1}, "replicas": {"type": "integer"},
                        "colour": {"type": "string", "default": "red"},
                        "parts": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
                            "items": {"type": "object", "required": ["name"], "properties": {
                                "name": {"type": "string"}, "weight": {"type": "integer"}}}}}},
                    "status": {"type": "object", "properties": {"ready": {"type": "boolean"}, "replicas": {"type": "integer"}}}}}}},
                {"name": "v1beta1", "served": true, "storage": false,
                 "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}},
            ],
        },
    })
}

fn deployment(image: &str) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "labels": {"app": "web"}},
        "spec": {
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "web", "image": image, "env": [{"name": "E", "value": ""}],
                    "ports": [{"containerPort": 80}], "resources": {"limits": {"cpu": "2000m", "memory": "1024Mi"}}}]},
            },
        },
    })
}

#[tokio::test]
async fn create_read_update_delete() {
    let sandbox = sandbox();
    let maps = config_maps(&sandbox.client());
    let made = maps
        .create(
            &PostParams::default(),
            &object(json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"k": "1"}})),
        )
        .await
        .expect("creates");
    assert!(made.metadata.uid.is_some() && made.metadata.creation_timestamp.is_some());
    let again = status(maps.create(&PostParams::default(), &made_without_version(&made)).await.expect_err("exists"));
    assert_eq!((again.code, again.message.as_str()), (409, "configmaps \"a\" already exists"));
    let mut changed = made.clone();
    changed.data["data"]["k"] = "2".into();
    let changed = maps.replace("a", &PostParams::default(), &changed).await.expect("updates");
    assert_ne!(changed.metadata.resource_version, made.metadata.resource_version);
    let stale = status(maps.replace("a", &PostParams::default(), &made).await.expect_err("stale"));
    assert_eq!(stale.code, 409);
    assert!(stale.message.contains("the object has been modified"), "{}", stale.message);
    let same = maps.replace("a", &PostParams::default(), &changed).await.expect("nothing to do");
    assert_eq!(same.metadata.resource_version, changed.metadata.resource_version);
    assert_eq!(maps.list(&ListParams::default()).await.expect("lists").items.len(), 1);
    maps.delete("a", &Default::default()).await.expect("deletes");
    let gone = status(maps.get("a").await.expect_err("gone"));
    assert_eq!((gone.code, gone.message.as_str()), (404, "configmaps \"a\" not found"));
    assert!(sandbox.requests() >= 8);
}

fn made_without_version(object: &DynamicObject) -> DynamicObject {
    let mut object = object.clone();
    object.metadata.resource_version = None;
    object
}

#[tokio::test]
async fn apply_owns_defaults_and_does_nothing_twice() {
    let sandbox = sandbox();
    let api = deployments(&sandbox.client());
    let first = apply(&api, "one", deployment("nginx:1")).await.expect("applies");
    let container = &first["spec"]["template"]["spec"]["containers"][0];
    assert_eq!(first["spec"]["replicas"], 1);
    assert_eq!(first["spec"]["strategy"]["rollingUpdate"]["maxSurge"], "25%");
    assert_eq!(container["resources"]["limits"], json!({"cpu": "2", "memory": "1Gi"}));
    assert_eq!(container["env"], json!([{"name": "E"}]));
    assert_eq!(container["ports"], json!([{"containerPort": 80, "protocol": "TCP"}]));
    assert_eq!(container["imagePullPolicy"], "IfNotPresent");
    assert_eq!(first["metadata"]["generation"], 1);
    let entries = first["metadata"]["managedFields"].as_array().expect("owners");
    assert_eq!(entries.len(), 1);
    let spec = &entries[0]["fieldsV1"]["f:spec"];
    assert_eq!(spec["f:template"]["f:spec"]["f:containers"]["k:{\"name\":\"web\"}"]["f:image"], json!({}));
    assert_eq!(spec.get("f:replicas"), None);
    let second = apply(&api, "one", deployment("nginx:1")).await.expect("applies again");
    assert_eq!(second, first);
    let third = apply(&api, "one", deployment("nginx:2")).await.expect("changes");
    assert_eq!(third["metadata"]["generation"], 2);
    assert_ne!(third["metadata"]["resourceVersion"], first["metadata"]["resourceVersion"]);
}

#[tokio::test]
async fn conflicts_force_and_removal() {
    let sandbox = sandbox();
    let api = config_maps(&sandbox.client());
    let map = |data: Value| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": data});
    apply(&api, "one", map(json!({"x": "1", "y": "1"}))).await.expect("applies");
    let conflict = status(apply(&api, "two", map(json!({"x": "2", "y": "1", "z": "1"}))).await.expect_err("conflict"));
    assert_eq!(conflict.code, 409);
    assert_eq!(conflict.message, "Apply failed with 1 conflict: conflict with \"one\": .data.x");
    let causes = conflict.details.expect("details").causes;
    assert_eq!(causes[0].reason, "FieldManagerConflict");
    let forced = api
        .patch("a", &PatchParams::apply("two").force(), &Patch::Apply(map(json!({"x": "2", "y": "1", "z": "1"}))))
        .await
        .expect("forces");
    assert_eq!(forced.data["data"], json!({"x": "2", "y": "1", "z": "1"}));
    // "one" lets go of y, which "two" owns too: it stays. "two" lets go of z: it goes.
    let after = apply(&api, "one", map(json!({}))).await.expect("lets go");
    assert_eq!(after["data"], json!({"x": "2", "y": "1", "z": "1"}));
    let after = apply(&api, "two", map(json!({"x": "2"}))).await.expect("lets go");
    assert_eq!(after["data"], json!({"x": "2"}));
    // A plain update takes a field over; the applier meets a conflict that names it.
    api.patch(
        "a",
        &PatchParams { field_manager: Some("hand".into()), ..PatchParams::default() },
        &Patch::Merge(json!({"data": {"x": "3"}})),
    )
    .await
    .expect("merges");
    let conflict = status(apply(&api, "two", map(json!({"x": "2"}))).await.expect_err("conflict"));
    assert_eq!(conflict.message, "Apply failed with 1 conflict: conflict with \"hand\" using v1: .data.x");
    let dry = api
        .patch(
            "a",
            &PatchParams { dry_run: true, ..PatchParams::apply("two").force() },
            &Patch::Apply(map(json!({"x": "9"}))),
        )
        .await
        .expect("dry run");
    assert_eq!(dry.data["data"]["x"], "9");
    assert_eq!(api.get("a").await.expect("reads").data["data"]["x"], "3");
}

#[tokio::test]
async fn custom_kinds_are_served_pruned_defaulted_and_checked() {
    let sandbox = sandbox();
    let client = sandbox.client();
    let crds = api(&client, "apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions", "");
    let made = apply(&crds, "one", crd()).await.expect("applies");
    assert_eq!(made["status"]["conditions"][1]["type"], "Established");
    assert_eq!(made["status"]["storedVersions"], json!(["v1"]));
    assert_eq!(made["spec"]["names"]["singular"], "widget");
    assert_eq!(apply(&crds, "one", crd()).await.expect("applies again"), made);
    let widgets = api(&client, "example.com/v1", "Widget", "widgets", "default");
    let widget = |spec: Value| json!({"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}, "spec": spec, "status": {"ready": true}});
    let wrong = status(apply(&widgets, "one", widget(json!({"size": 0}))).await.expect_err("too small"));
    assert_eq!((wrong.code, wrong.reason.as_str()), (422, "Invalid"));
    assert!(
        wrong.message.starts_with("Widget.example.com \"w\" is invalid: spec.size: Invalid value: 0:"),
        "{}",
        wrong.message
    );
    let made = apply(&widgets, "one", widget(json!({"size": 2, "parts": [{"name": "a", "weight": 1}]})))
        .await
        .expect("applies");
    assert_eq!(made["spec"], json!({"size": 2, "parts": [{"name": "a", "weight": 1}], "colour": "red"}));
    assert_eq!(made.get("status"), None);
    let merged = apply(&widgets, "two", json!({"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}, "spec": {"parts": [{"name": "b"}]}})).await.expect("shares the list");
    assert_eq!(merged["spec"]["parts"].as_array().map(Vec::len), Some(2));
    let status = widgets
        .patch_status(
            "w",
            &PatchParams::default(),
            &Patch::Merge(json!({"status": {"ready": true}, "spec": {"size": 9}})),
        )
        .await
        .expect("status");
    assert_eq!((&status.data["status"]["ready"], &status.data["spec"]["size"]), (&json!(true), &json!(2)));
    let beta =
        api(&client, "example.com/v1beta1", "Widget", "widgets", "default").get("w").await.expect("other version");
    assert_eq!(beta.types.expect("types").api_version, "example.com/v1beta1");
    let unknown =
        self::status(apply(&widgets, "one", widget(json!({"size": 2, "unknown": 1}))).await.expect_err("unknown"));
    assert_eq!(
        unknown.message,
        "failed to create typed patch object (default/w; example.com/v1, Kind=Widget): .spec.unknown: field not declared in schema"
    );
    let pruned = widgets
        .patch("w", &PatchParams::default(), &Patch::Merge(json!({"spec": {"unknown": 1}})))
        .await
        .expect("pruned");
    assert_eq!(pruned.data["spec"].get("unknown"), None);
    let strict =
        PatchParams { field_validation: Some(kube::api::ValidationDirective::Strict), ..PatchParams::default() };
    assert!(widgets.patch("w", &strict, &Patch::Merge(json!({"spec": {"unknown": 1}}))).await.is_err());
    crds.delete("widgets.example.com", &Default::default()).await.expect("deletes");
    assert!(crds.get("widgets.example.com").await.is_err());
    assert!(widgets.get("w").await.is_err());
}

#[tokio::test]
async fn watch_tells_every_change_in_order() {
    use futures::TryStreamExt;
    let sandbox = sandbox();
    let maps = config_maps(&sandbox.client());
    let map = |name: &str, label: &str| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "labels": {"l": label}}});
    apply(&maps, "one", map("a", "x")).await.expect("applies");
    let revision =
        maps.list(&ListParams::default()).await.expect("lists").metadata.resource_version.expect("a revision");
    let stream = maps.watch(&WatchParams::default().labels("l=x").timeout(5), &revision).await.expect("watches");
    let mut stream = std::pin::pin!(stream);
    apply(&maps, "one", map("b", "x")).await.expect("applies");
    apply(&maps, "one", map("c", "y")).await.expect("applies");
    apply(&maps, "one", map("a", "y")).await.expect("applies");
    apply(&maps, "one", map("a", "x")).await.expect("applies");
    maps.delete("b", &Default::default()).await.expect("deletes");
    let mut seen = Vec::new();
    while seen.len() < 4 {
        match stream.try_next().await.expect("an event").expect("not over") {
            WatchEvent::Added(o) => seen.push(format!("+{}", o.metadata.name.expect("a name"))),
            WatchEvent::Modified(o) => seen.push(format!("~{}", o.metadata.name.expect("a name"))),
            WatchEvent::Deleted(o) => seen.push(format!("-{}", o.metadata.name.expect("a name"))),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(seen, ["+b", "-a", "+a", "-b"]);
}

#[tokio::test]
async fn finalizers_hold_and_namespaces_drain() {
    let sandbox = sandbox();
    let client = sandbox.client();
    let namespaces = api(&client, "v1", "Namespace", "namespaces", "");
    apply(&namespaces, "one", json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n"}}))
        .await
        .expect("applies");
    let maps = api(&client, "v1", "ConfigMap", "configmaps", "n");
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "finalizers": ["x/y"]}});
    apply(&maps, "one", map.clone()).await.expect("applies");
    maps.delete("a", &Default::default()).await.expect("marks");
    assert!(maps.get("a").await.expect("held").metadata.deletion_timestamp.is_some());
    maps.patch("a", &PatchParams::default(), &Patch::Merge(json!({"metadata": {"finalizers": null}})))
        .await
        .expect("lets go");
    assert_eq!(status(maps.get("a").await.expect_err("gone")).code, 404);
    namespaces.delete("n", &Default::default()).await.expect("marks");
    let held = namespaces.get("n").await.expect("held");
    assert_eq!(held.data["status"]["phase"], "Terminating");
    let refused = status(apply(&maps, "one", map.clone()).await.expect_err("terminating"));
    assert_eq!(refused.code, 403);
    assert!(refused.message.contains("because it is being terminated"), "{}", refused.message);
    let mut body = serde_json::to_value(&held).expect("JSON");
    body["spec"]["finalizers"] = json!([]);
    let request = Request::put("/api/v1/namespaces/n/finalize").body(body.to_string().into()).expect("a request");
    assert_eq!(sandbox.request(request).await.expect("answers").0, 200);
    assert_eq!(status(namespaces.get("n").await.expect_err("gone")).code, 404);
    let refused = status(apply(&maps, "one", map).await.expect_err("no namespace"));
    assert_eq!((refused.code, refused.message.as_str()), (404, "namespaces \"n\" not found"));
}

#[tokio::test]
async fn immutable_fields_and_ports() {
    let sandbox = sandbox();
    let client = sandbox.client();
    let api_of = deployments(&client);
    apply(&api_of, "one", deployment("nginx")).await.expect("applies");
    let mut other = deployment("nginx");
    other["spec"]["selector"]["matchLabels"] = json!({"app": "web", "x": "y"});
    other["spec"]["template"]["metadata"]["labels"] = json!({"app": "web", "x": "y"});
    let refused = status(apply(&api_of, "one", other).await.expect_err("immutable"));
    assert_eq!(refused.code, 422);
    assert!(refused.message.ends_with("field is immutable"), "{}", refused.message);
    assert_eq!(refused.details.expect("details").causes[0].field, "spec.selector");
    let services = api(&client, "v1", "Service", "services", "default");
    let service = |name: &str| json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": {"type": "NodePort", "ports": [{"port": 80, "nodePort": 31390}]}});
    let first = apply(&services, "one", service("a")).await.expect("applies");
    assert_eq!(first["spec"]["ports"][0]["targetPort"], 80);
    assert!(first["spec"]["clusterIP"].as_str().is_some_and(|ip| ip.starts_with("10.96.")));
    assert_eq!(apply(&services, "one", service("a")).await.expect("again"), first);
    let refused = status(apply(&services, "one", service("b")).await.expect_err("taken"));
    assert!(refused.message.contains("provided port is already allocated"), "{}", refused.message);
}

#[tokio::test]
async fn pages_tables_metadata_and_discovery() {
    let sandbox = sandbox();
    let client = sandbox.client();
    let maps = config_maps(&client);
    for name in ["a", "b", "c"] {
        apply(
            &maps,
            "one",
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"k": "v"}}),
        )
        .await
        .expect("applies");
    }
    let page = maps.list(&ListParams::default().limit(2)).await.expect("lists");
    assert_eq!((page.items.len(), page.metadata.remaining_item_count), (2, Some(1)));
    let token = page.metadata.continue_.expect("more");
    let rest = maps.list(&ListParams::default().limit(2).continue_token(&token)).await.expect("lists");
    assert_eq!(rest.items.len(), 1);
    assert!(rest.metadata.continue_.unwrap_or_default().is_empty());
    let metadata = maps.list_metadata(&ListParams::default()).await.expect("lists");
    assert_eq!(metadata.items.len(), 3);
    let request = Request::get("/api/v1/configmaps").header("accept", "application/json;as=Table;v=v1;g=meta.k8s.io");
    let (_, table) = sandbox.request(request.body(Default::default()).expect("a request")).await.expect("answers");
    let table: Value = serde_json::from_slice(&table).expect("JSON");
    assert_eq!((&table["rows"][0]["cells"][0], &table["rows"][0]["cells"][1]), (&json!("a"), &json!("1")));
    let discovery = kube::Discovery::new(client.clone()).run().await.expect("discovers");
    assert!(discovery.has_group("apps"));
    let aggregated = kube::Discovery::new(client.clone()).run_aggregated().await.expect("discovers");
    assert!(aggregated.has_group("rbac.authorization.k8s.io"));
    assert_eq!(client.apiserver_version().await.expect("a version").git_version, "v1.31.4+stackwright-sandbox");
}

#[tokio::test]
async fn survives_and_faults() {
    let directory = tempfile::tempdir().expect("a directory");
    let options = SandboxOptions::default();
    let uid = {
        let sandbox = Sandbox::open(Some(directory.path()), options.clone()).expect("opens");
        let crds = api(
            &sandbox.client(),
            "apiextensions.k8s.io/v1",
            "CustomResourceDefinition",
            "customresourcedefinitions",
            "",
        );
        apply(&crds, "one", crd()).await.expect("applies")["metadata"]["uid"].clone()
    };
    // The client's buffer lets go of the sandbox a moment after the client is gone.
    let mut opened = Sandbox::open(Some(directory.path()), options.clone());
    while matches!(opened, Err(SandboxError::Locked { .. })) {
        tokio::time::sleep(Duration::from_millis(5)).await;
        opened = Sandbox::open(Some(directory.path()), options.clone());
    }
    let sandbox = opened.expect("opens again");
    let client = sandbox.client();
    let crds = api(&client, "apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions", "");
    assert_eq!(crds.get("widgets.example.com").await.expect("reads").metadata.uid.as_deref(), uid.as_str());
    let widgets = api(&client, "example.com/v1", "Widget", "widgets", "default");
    assert!(widgets.list(&ListParams::default()).await.expect("served").items.is_empty());
    sandbox.faults().add(FaultRule { limit: Some(1), ..FaultRule::always(Fault::TooManyRequests { retry_after: 1 }) });
    assert_eq!(status(widgets.list(&ListParams::default()).await.expect_err("a fault")).code, 429);
    sandbox.faults().add(FaultRule { limit: Some(1), ..FaultRule::always(Fault::Reset { after_the_write: true }) });
    let lost = apply(
        &widgets,
        "one",
        json!({"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}, "spec": {"size": 1}}),
    )
    .await;
    assert!(lost.is_err() && widgets.get("w").await.is_ok());
    sandbox.reset().expect("resets");
    assert!(widgets.list(&ListParams::default()).await.is_err());
    assert_eq!(
        api(&client, "v1", "Namespace", "namespaces", "")
            .list(&ListParams::default())
            .await
            .expect("lists")
            .items
            .len(),
        4
    );
}

/// A killed process leaves a beginning of what it would have written: whichever, what was to go goes at the next start.
#[tokio::test]
async fn a_deletion_cut_off_between_two_writes_is_ended() {
    let directory = tempfile::tempdir().expect("a directory");
    let journal = directory.path().join("journal");
    let lines = || std::fs::read_to_string(&journal).expect("a journal").lines().map(str::to_owned).collect::<Vec<_>>();
    let open = |at: &std::path::Path| Sandbox::open(Some(at), SandboxOptions::default()).expect("opens");
    let crds = |client: &Client| {
        api(client, "apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions", "")
    };
    let sandbox = open(directory.path());
    let client = sandbox.client();
    apply(&crds(&client), "one", crd()).await.expect("applies");
    let widget = |name: &str| json!({"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": name}, "spec": {"size": 1}});
    let widgets = api(&client, "example.com/v1", "Widget", "widgets", "default");
    for name in ["a", "b"] {
        apply(&widgets, "one", widget(name)).await.expect("applies");
    }
    let held = json!({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "held", "finalizers": ["example.com/hold"]}});
    config_maps(&client).create(&PostParams::default(), &object(held)).await.expect("creates");
    let before = lines().len();
    crds(&client).delete("widgets.example.com", &Default::default()).await.expect("deletes");
    config_maps(&client).delete("held", &Default::default()).await.expect("marks");
    let free = Patch::Merge(json!({"metadata": {"finalizers": null}}));
    config_maps(&client).patch("held", &PatchParams::default(), &free).await.expect("frees");
    let all = lines();
    assert!(all.len() > before + 5, "the deletions take several writes");
    for cut in before + 1..=all.len() {
        let copy = tempfile::tempdir().expect("a directory");
        std::fs::write(copy.path().join("journal"), all[..cut].join("\n") + "\n").expect("writes");
        let client = open(copy.path()).client();
        let left = crds(&client).get_opt("widgets.example.com").await.expect("reads");
        assert!(left.is_none(), "after {} of {} writes", cut - before, all.len() - before);
        let held = config_maps(&client).get_opt("held").await.expect("reads");
        let holds = held.is_some_and(|held| held.metadata.deletion_timestamp.is_some() && held.finalizers().is_empty());
        assert!(!holds, "after {} writes nothing holds it, and it is there", cut - before);
    }
}

#[tokio::test]
async fn an_instance_written_while_its_definition_goes() {
    let sandbox = sandbox();
    let client = sandbox.client();
    let crds = api(&client, "apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions", "");
    apply(&crds, "one", crd()).await.expect("applies");
    let widgets = api(&client, "example.com/v1", "Widget", "widgets", "default");
    let widget = |name: &str| {
        json!({"apiVersion": "example.com/v1", "kind": "Widget",
            "metadata": {"name": name, "finalizers": ["example.com/hold"]}, "spec": {"size": 1}})
    };
    apply(&widgets, "one", widget("held")).await.expect("applies");
    crds.delete("widgets.example.com", &Default::default()).await.expect("marks");
    let mut late = widget("late");
    late["metadata"]["finalizers"] = json!([]);
    let refused = widgets.create(&PostParams::default(), &object(late.clone())).await.expect_err("it goes");
    assert_eq!(status(refused).code, 405);
    // An apply is let through by a real server, and what it made goes with the rest.
    apply(&widgets, "one", late).await.expect("applies");
    assert!(widgets.get_opt("late").await.expect("reads").is_none());
    let free = Patch::Merge(json!({"metadata": {"finalizers": null}}));
    widgets.patch("held", &PatchParams::default(), &free).await.expect("frees");
    assert!(crds.get_opt("widgets.example.com").await.expect("reads").is_none());
}

#[tokio::test]
async fn running_pods_wait_for_their_kubelet() {
    let sandbox = sandbox();
    let pods = api(&sandbox.client(), "v1", "Pod", "pods", "default");
    let pod = |node: Value| json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"nodeName": node, "containers": [{"name": "a", "image": "b"}]}});
    apply(&pods, "one", pod("n1".into())).await.expect("applies");
    pods.delete("p", &Default::default()).await.expect("marks");
    assert_eq!(pods.get("p").await.expect("shuts down").metadata.deletion_grace_period_seconds, Some(30));
    pods.delete("p", &kube::api::DeleteParams::default().grace_period(0)).await.expect("removes");
    assert!(pods.get("p").await.is_err());
    apply(&pods, "one", pod(Value::Null)).await.expect("applies");
    pods.delete("p", &Default::default()).await.expect("removes");
    assert!(pods.get("p").await.is_err());
}

#[tokio::test]
async fn kubectl_goes_over_to_server_side_apply() {
    let sandbox = sandbox();
    let maps = config_maps(&sandbox.client());
    let map =
        |value: &str| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"x": value}});
    let mut old = map("1");
    old["metadata"]["annotations"] = json!({"kubectl.kubernetes.io/last-applied-configuration": map("1").to_string()});
    let manager = PostParams { field_manager: Some("kubectl-client-side-apply".into()), ..PostParams::default() };
    maps.create(&manager, &object(old)).await.expect("creates");
    assert_eq!(status(apply(&maps, "other", map("2")).await.expect_err("conflict")).code, 409);
    assert_eq!(apply(&maps, "kubectl", map("2")).await.expect("its own")["data"]["x"], "2");
}

#[tokio::test]
async fn who_came_before_the_first_apply_keeps_his_fields() {
    let sandbox = sandbox();
    let maps = config_maps(&sandbox.client());
    let map = |data: Value| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": data});
    maps.create(&PostParams::default(), &object(map(json!({"x": "1", "y": "1"})))).await.expect("creates");
    let forget = json!({"metadata": {"managedFields": [{}]}});
    let forgotten = maps.patch("a", &PatchParams::default(), &Patch::Merge(forget)).await.expect("forgets the owners");
    assert_eq!(forgotten.metadata.managed_fields, None);
    let conflict = status(apply(&maps, "one", map(json!({"x": "2"}))).await.expect_err("conflict"));
    assert_eq!(
        conflict.message,
        "Apply failed with 1 conflict: conflict with \"before-first-apply\" using v1: .data.x"
    );
    apply(&maps, "one", map(json!({"x": "1", "y": "1"}))).await.expect("the same values");
    let after = apply(&maps, "one", map(json!({"x": "1"}))).await.expect("lets go");
    assert_eq!(after["data"], json!({"x": "1", "y": "1"}));
}

/// For trying kubectl by hand: `SANDBOX_KUBECONFIG=file cargo test --lib by_hand -- --ignored`; with
/// `SANDBOX_DIRECTORY` it is durable.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "serves until it is stopped"]
async fn by_hand() {
    let path = std::env::var("SANDBOX_KUBECONFIG").expect("SANDBOX_KUBECONFIG names a file");
    let address = "127.0.0.1:0".parse().expect("an address");
    let directory = std::env::var_os("SANDBOX_DIRECTORY").map(std::path::PathBuf::from);
    let sandbox = Sandbox::open(directory.as_deref(), SandboxOptions::default()).expect("opens");
    sandbox.serve(address, std::path::Path::new(&path)).await.expect("serves").wait().await;
}

#[tokio::test]
async fn nodes_are_applied_before_anybody_knows_their_status() {
    let sandbox = sandbox();
    let nodes = api(&sandbox.client(), "v1", "Node", "nodes", "");
    let node = |labels: Value| json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n", "labels": labels}});
    let made = apply(&nodes, "m", node(json!({"a": "b"}))).await.expect("made");
    assert_eq!(made.get("status"), None, "{made}");
    let changed = apply(&nodes, "m", node(json!({"a": "c"}))).await.expect("changed");
    assert_eq!(changed["metadata"]["labels"]["a"], "c");
    let status = json!({"status": {"nodeInfo": {"architecture": "arm64"}}});
    let patched = nodes.patch_status("n", &PatchParams::default(), &Patch::Merge(&status)).await.expect("patched");
    assert_eq!(patched.data["status"]["nodeInfo"]["architecture"], "arm64");
}
