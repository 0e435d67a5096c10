//! Requests nobody would write: every one is answered, whatever its body holds.

use ::http::Method;
use bytes::Bytes;
use serde_json::Map;

use super::*;
use crate::object::schema::Schema;
use crate::object::schema::Type;
use crate::object::schema::library;

/// Values of every type, and numbers and texts at the end of what there is.
fn junk() -> Vec<Value> {
    vec![
        Value::Null,
        json!(true),
        json!("x"),
        json!(""),
        json!("2026-01-01T00:00:00Z"),
        json!("9999999999999999999Ei"),
        json!(0),
        json!(-1),
        json!(i64::MAX),
        json!(u64::MAX),
        json!(1e308),
        json!([]),
        json!([null]),
        json!(["x"]),
        json!([[[]]]),
        json!([{"name": "x"}, {"name": "x"}]),
        json!({}),
        json!({"x": "y"}),
        json!({"name": null, "matchLabels": "x", "uid": 1}),
    ]
}

/// A value that has every field of its schema, so that there is something to change in every place.
fn sample(schema: &Schema, depth: usize) -> Value {
    match schema.value_type {
        Type::Object if depth == 0 => json!({}),
        Type::Object => {
            let mut map = Map::new();
            for (name, field) in schema.properties.iter().filter(|(_, field)| field.value_type != Type::Any) {
                map.insert(name.clone(), sample(field, depth - 1));
            }
            if let Some(value) = &schema.additional {
                map.insert("x".into(), sample(value, depth - 1));
            }
            Value::Object(map)
        }
        Type::Array if depth == 0 => json!([]),
        Type::Array => json!([schema.items.as_deref().map_or(Value::Null, |items| sample(items, depth - 1))]),
        Type::Integer | Type::Number | Type::IntOrString => json!(1),
        Type::Quantity => json!("1"),
        Type::Boolean => json!(true),
        Type::String if &*schema.format == "date-time" => json!("2026-01-01T00:00:00Z"),
        Type::String if &*schema.format == "byte" => json!("eA=="),
        Type::String => schema.enumeration.first().cloned().unwrap_or_else(|| json!("x")),
        Type::Any => json!({}),
    }
}

/// The JSON pointers to all places of a value, the root too.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(map) => {
            for (name, child) in map {
                places(child, &format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")), found);
            }
        }
        Value::Array(items) => {
            for (index, child) in items.iter().enumerate() {
                places(child, &format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

/// What a kind must have to be taken, where its name is not enough.
fn valid(kind: &str) -> Value {
    let template = json!({"metadata": {"labels": {"a": "b"}},
        "spec": {"restartPolicy": "Always", "containers": [{"name": "c", "image": "i"}]}});
    let mut once = template.clone();
    once["spec"]["restartPolicy"] = "Never".into();
    let selector = json!({"matchLabels": {"a": "b"}});
    match kind {
        "Pod" => json!({"spec": template["spec"]}),
        "Deployment" | "ReplicaSet" | "DaemonSet" => json!({"spec": {"selector": selector, "template": template}}),
        "StatefulSet" => json!({"spec": {"serviceName": "s", "selector": selector, "template": template}}),
        "Job" => json!({"spec": {"template": once}}),
        "CronJob" => json!({"spec": {"schedule": "* * * * *", "jobTemplate": {"spec": {"template": once}}}}),
        "Service" => json!({"spec": {"ports": [{"port": 80}]}}),
        "Secret" => json!({"data": {"a": "eA=="}}),
        "ResourceQuota" => json!({"spec": {"hard": {"pods": "5"}}}),
        "Widget" => json!({"spec": {"size": 1, "parts": [{"name": "a"}]}}),
        _ => json!({}),
    }
}

struct Kind {
    api_version: String,
    kind: String,
    collection: String,
    subresources: Vec<String>,
    schema: Schema,
}

fn kinds() -> Vec<Kind> {
    let mut kinds: Vec<Kind> = library::kinds()
        .iter()
        .filter(|kind| kind.verbs.contains(&"create"))
        .map(|kind| {
            let root = if kind.gvk.group.is_empty() { "/api" } else { "/apis" };
            let namespace = if kind.namespaced { "/namespaces/default" } else { "" };
            Kind {
                api_version: kind.gvk.api_version(),
                kind: kind.gvk.kind.clone(),
                collection: format!("{root}/{}{namespace}/{}", kind.gvk.api_version(), kind.plural),
                subresources: kind.subresources.iter().map(|sub| sub.name.to_owned()).collect(),
                schema: library::kind(&kind.gvk).expect("a schema").as_ref().clone(),
            }
        })
        .collect();
    let schema = crd()["spec"]["versions"][0]["schema"]["openAPIV3Schema"].clone();
    for version in ["v1", "v1beta1"] {
        kinds.push(Kind {
            api_version: format!("example.com/{version}"),
            kind: "Widget".into(),
            collection: format!("/apis/example.com/{version}/namespaces/default/widgets"),
            subresources: vec!["status".into(), "scale".into()],
            schema: Schema::from_json(&schema).expect("a schema"),
        });
    }
    kinds
}

/// Sends a request that must be answered by a decision of the server: not by nothing, and not by a fault of its own.
async fn send(sandbox: &Sandbox, method: Method, path: &str, content_type: &str, body: &Value) -> u16 {
    let text = body.to_string();
    let request = Request::builder().method(method.clone()).uri(path).header("content-type", content_type);
    let request = request.body(Bytes::from(text.clone())).expect("a request");
    let (status, answer) = sandbox.request(request).await.expect("an answer");
    let shown = String::from_utf8_lossy(&answer);
    assert!(!shown.contains("panic"), "{method} {path} {content_type}\n{text}\n{shown}");
    status.as_u16()
}

const PATCHES: [&str; 4] = [
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
    "application/apply-patch+yaml",
    "application/json-patch+json",
];

/// All ways of sending one value about one object.
async fn send_all(sandbox: &Sandbox, kind: &Kind, value: &Value, place: &str, part: &Value) {
    send(sandbox, Method::POST, &format!("{}?dryRun=All", kind.collection), "application/json", value).await;
    let object = format!("{}/n", kind.collection);
    let paths = std::iter::once(String::new()).chain(kind.subresources.iter().map(|sub| format!("/{sub}")));
    for sub in paths {
        let path = format!("{object}{sub}?fieldManager=m&force=true&dryRun=All");
        send(sandbox, Method::PUT, &path, "application/json", value).await;
        for patch in PATCHES {
            let path = path.replace("&force=true", if patch.contains("apply") { "&force=true" } else { "" });
            let operations = json!([{"op": "add", "path": place, "value": part}]);
            let body = if patch.contains("json-patch") { &operations } else { value };
            send(sandbox, Method::PATCH, &path, patch, body).await;
        }
        if !sub.is_empty() {
            send(sandbox, Method::POST, &format!("{object}{sub}?dryRun=All"), "application/json", value).await;
        }
    }
    send(sandbox, Method::DELETE, &format!("{object}?dryRun=All"), "application/json", value).await;
}

#[tokio::test]
async fn every_mutated_object_of_every_kind_is_answered() {
    let sandbox = sandbox();
    let json = "application/json";
    let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    assert_eq!(send(&sandbox, Method::POST, path, json, &crd()).await, 201);
    // Pseudo-random, and the same in every run.
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).expect("small")
    };
    let junk = junk();
    for kind in kinds() {
        let identity = json!({"apiVersion": kind.api_version, "kind": kind.kind, "metadata": {"name": "n"}});
        let merged = |more: &Value| {
            let mut object = identity.clone();
            for (name, value) in more.as_object().into_iter().flatten().filter(|(name, _)| !identity[*name].is_string())
            {
                match name.as_str() {
                    "metadata" => object["metadata"].as_object_mut().expect("a map").extend(
                        value.as_object().expect("a map").clone().into_iter().filter(|(name, _)| {
                            !matches!(name.as_str(), "name" | "namespace" | "resourceVersion" | "uid")
                        }),
                    ),
                    _ => object[name] = value.clone(),
                }
            }
            object
        };
        // What PUT and PATCH then find; some kinds need more than this test knows, and are met by POST.
        send(&sandbox, Method::POST, &kind.collection, json, &merged(&valid(&kind.kind))).await;
        let whole = merged(&sample(&kind.schema, 5));
        let plain = merged(&valid(&kind.kind));
        for base in [&plain, &whole] {
            let mut all = Vec::new();
            places(base, "", &mut all);
            // Every place with every junk is too much for one run.
            for _ in 0..12 {
                let (place, value) = (&all[next(all.len())], &junk[next(junk.len())]);
                let mut object = base.clone();
                *object.pointer_mut(place).expect("a place of it") = value.clone();
                send_all(&sandbox, &kind, &object, place, value).await;
            }
        }
        for value in &junk {
            let field = ["spec", "status", "metadata"][next(3)];
            let mut object = plain.clone();
            object[field] = value.clone();
            send_all(&sandbox, &kind, &object, &format!("/{field}"), value).await;
        }
    }
}

#[tokio::test]
async fn what_is_written_for_good_breaks_nothing_later() {
    let sandbox = sandbox();
    let json = "application/json";
    let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    assert_eq!(send(&sandbox, Method::POST, path, json, &crd()).await, 201);
    for kind in kinds() {
        for (index, value) in junk().into_iter().enumerate() {
            let name = format!("n{index}");
            let mut object = valid(&kind.kind);
            object["apiVersion"] = kind.api_version.clone().into();
            object["kind"] = kind.kind.clone().into();
            object["metadata"] = json!({"name": name});
            send(&sandbox, Method::POST, &kind.collection, json, &object).await;
            let path = format!("{}/{name}", kind.collection);
            for field in ["spec", "status", "data", "metadata", "rules", "webhooks", "subjects", "items"] {
                let mut changed = object.clone();
                changed[field] = value.clone();
                send(&sandbox, Method::PUT, &path, json, &changed).await;
                send(&sandbox, Method::PUT, &format!("{path}/status"), json, &changed).await;
                send(&sandbox, Method::PATCH, &path, PATCHES[0], &json!({field: value})).await;
            }
        }
        for accept in ["application/json", "application/json;as=Table;v=v1;g=meta.k8s.io"] {
            let request =
                Request::get(&kind.collection).header("accept", accept).body(Bytes::new()).expect("a request");
            let (_, answer) = sandbox.request(request).await.expect("an answer");
            assert!(!String::from_utf8_lossy(&answer).contains("panic"), "{}", kind.collection);
        }
        send(&sandbox, Method::DELETE, &kind.collection, json, &json!({})).await;
    }
}

#[tokio::test]
async fn a_namespace_with_a_text_for_its_specification_is_refused() {
    let sandbox = sandbox();
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default"}, "spec": "x"});
    for sub in ["", "/finalize", "/status"] {
        let path = format!("/api/v1/namespaces/default{sub}");
        let code = send(&sandbox, Method::PUT, &path, "application/json", &namespace).await;
        // Only the finalizers, or the status, of what was sent are looked at there.
        assert_eq!(code, if sub.is_empty() { 400 } else { 200 }, "{sub}");
    }
    let finalizers = json!({"metadata": {"name": "default"}, "spec": {"finalizers": ["kubernetes"]}});
    let path = "/api/v1/namespaces/default/finalize";
    assert_eq!(send(&sandbox, Method::PUT, path, "application/json", &finalizers).await, 200);
}

#[tokio::test]
async fn sizes_are_bounded_as_on_a_real_server() {
    let sandbox = sandbox();
    let maps = "/api/v1/namespaces/default/configmaps";
    let secrets = "/api/v1/namespaces/default/secrets";
    let check = async |path: &str, object: Value, code: u16, said: &str| {
        let request = Request::post(path).header("content-type", "application/json");
        let request = request.body(Bytes::from(object.to_string())).expect("a request");
        let (status, answer) = sandbox.request(request).await.expect("an answer");
        let answer: Value = serde_json::from_slice(&answer).expect("JSON");
        let told = answer["message"].as_str().unwrap_or_default();
        assert_eq!((status.as_u16(), told), (code, said), "{path}");
        answer
    };
    let text = |size: usize| "x".repeat(size);
    let map = |name: &str, size: usize| json!({"metadata": {"name": name}, "data": {"a": text(size)}});
    check(maps, map("a", 1_048_576), 201, "").await;
    let refused = "ConfigMap \"b\" is invalid: []: Too long: must have at most 1048576 bytes";
    let answer = check(maps, map("b", 1_048_577), 422, refused).await;
    assert_eq!(answer["details"]["causes"][0]["reason"], "FieldValueTooLong");
    let secret = |name: &str, size: usize| json!({"metadata": {"name": name}, "stringData": {"a": text(size)}});
    check(secrets, secret("a", 1_048_576), 201, "").await;
    let refused = "Secret \"b\" is invalid: data: Too long: must have at most 1048576 bytes";
    check(secrets, secret("b", 1_048_577), 422, refused).await;
    let annotated = |name: &str, size: usize| json!({"metadata": {"name": name, "annotations": {"a": text(size)}}});
    check(maps, annotated("c", 262_143), 201, "").await;
    let refused = "ConfigMap \"d\" is invalid: metadata.annotations: Too long: must have at most 262144 bytes";
    check(maps, annotated("d", 262_144), 422, refused).await;
    let crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    check(crds, crd(), 201, "").await;
    let widgets = "/apis/example.com/v1beta1/namespaces/default/widgets";
    let widget = |name: &str, size: usize| json!({"metadata": {"name": name}, "spec": {"size": 1, "more": text(size)}});
    check(widgets, widget("a", 1_500_000), 201, "").await;
    check(widgets, widget("b", 1_600_000), 500, "etcdserver: request is too large").await;
    let refused = "Request entity too large: limit is 3145728";
    check(maps, map("e", 3 * 1024 * 1024), 413, refused).await;
    let lease = |transitions: i64| json!({"metadata": {"name": "l"}, "spec": {"leaseTransitions": transitions}});
    let leases = "/apis/coordination.k8s.io/v1/namespaces/default/leases";
    let refused = "Lease in version \"v1\" cannot be handled as a Lease: json: cannot unmarshal number 2147483648 into \
                   Go struct field Lease.spec.leaseTransitions of type int32";
    check(leases, lease(1 << 31), 400, refused).await;
    check(leases, lease((1 << 31) - 1), 201, "").await;
    // 40 lines that double what is there, each.
    let doubling =
        json!(vec![json!({"op": "copy", "from": "/metadata/annotations", "path": "/metadata/annotations/b"}); 40]);
    let path = format!("{maps}/c");
    let code = send(&sandbox, Method::PATCH, &path, PATCHES[3], &doubling).await;
    assert_eq!(code, 422);
    let many = json!(vec![json!({"op": "test", "path": "/kind", "value": "ConfigMap"}); 10_001]);
    let request = Request::patch(&path).header("content-type", PATCHES[3]);
    let (status, answer) =
        sandbox.request(request.body(Bytes::from(many.to_string())).expect("a request")).await.expect("an answer");
    let answer: Value = serde_json::from_slice(&answer).expect("JSON");
    let said = "Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001";
    assert_eq!((status.as_u16(), answer["message"].as_str()), (413, Some(said)));
}
