//! The sandbox against a real kube-apiserver: the same requests to both, the answers compared. Where they differ, the
//! sandbox is wrong.
//!
//! Requests are generated: several managers apply, patch, replace and delete the same object in turns, in fragments that
//! overlap and contradict one another. The seed is fixed; STACKWRIGHT_SEED chooses another, STACKWRIGHT_ROUNDS more.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;
use stackwright::interface::Sandbox;
use stackwright::interface::SandboxOptions;

use crate::control_plane::ControlPlane;
use crate::control_plane::request;

const APPLY: &str = "application/apply-patch+yaml";
const MERGE: &str = "application/merge-patch+json";
const JSON_PATCH: &str = "application/json-patch+json";
const STRATEGIC: &str = "application/strategic-merge-patch+json";

#[test]
#[ignore = "needs a control plane: tests/run builds one"]
fn generated_requests_are_answered_alike() {
    let cluster = ControlPlane::start(1);
    let sandbox = Sandbox::open(None, SandboxOptions::default()).expect("a sandbox");
    let number = |name: &str, otherwise| std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(otherwise);
    let mut random = Random(number("STACKWRIGHT_SEED", 20_241_211));
    let rounds = number("STACKWRIGHT_ROUNDS", 40);
    let differences = cluster.block_on(async {
        let servers = [cluster.client(), sandbox.client()];
        for client in &servers {
            serve_widgets(client).await;
        }
        let mut differences = Vec::new();
        for round in 0..rounds {
            for kind in KINDS {
                differences.extend(conversation(&servers, kind, round, &mut random).await);
            }
        }
        differences
    });
    assert!(differences.is_empty(), "{} conversations differ:\n{}", differences.len(), differences.join("\n"));
}

/// A kind to talk about: where it is, and what an applier may say of it.
struct Kind {
    api_version: &'static str,
    kind: &'static str,
    path: &'static str,
    fragment: fn(&mut Random) -> Value,
}

const KINDS: &[Kind] = &[
    Kind { api_version: "v1", kind: "ConfigMap", path: "/api/v1/namespaces/default/configmaps", fragment: config_map },
    Kind { api_version: "v1", kind: "Service", path: "/api/v1/namespaces/default/services", fragment: service },
    Kind {
        api_version: "apps/v1",
        kind: "Deployment",
        path: "/apis/apps/v1/namespaces/default/deployments",
        fragment: deployment,
    },
    Kind {
        api_version: "example.com/v1",
        kind: "Widget",
        path: "/apis/example.com/v1/namespaces/default/widgets",
        fragment: widget,
    },
];

/// A difference that is known and stays for now.
struct Known {
    kind: &'static str,
    /// A pointer to what differs, and nothing else does; for refusals `/code`.
    place: &'static str,
}

/// What the sandbox does not do as a real server does, and why that is bearable.
const KNOWN: &[Known] = &[
    // A real server counts up when a controller's write came between; ours has no controllers here.
    Known { kind: "Deployment", place: "/metadata/generation" },
    // A PUT with an empty list of managers stops tracking them; nobody here sends one.
    Known { kind: "ConfigMap", place: "/metadata/managedFields" },
    // Going back from ClientIP drops what had been defaulted beside it.
    Known { kind: "Service", place: "/spec/sessionAffinityConfig" },
    // A template without containers is refused by the name of another of its fields.
    Known { kind: "Deployment", place: "/causes" },
    // The real server refuses what its own merging made null of an emptied map with unknown fields.
    Known { kind: "Widget", place: "/code" },
    // Nor does it keep who owns what of an object with duplicates in its lists, which an update may write.
    Known { kind: "Widget", place: "/metadata/managedFields" },
    // What is left of a specification when its last owner applies an empty one: nothing, not its empty lists.
    Known { kind: "Widget", place: "/spec" },
    // A Service that was made for two families fails later checks of them first.
    Known { kind: "Service", place: "/causes" },
    // A dual-stack guess, and ports demanded of a Service that another applier made headless.
    Known { kind: "Service", place: "/code" },
];

impl Known {
    fn explains(&self, kind: &Kind, real: &(u16, Value), ours: &(u16, Value)) -> bool {
        if self.kind != kind.kind {
            return false;
        }
        if real.0 != ours.0 {
            return self.place == "/code" && (real.0 == 422 || ours.0 == 422);
        }
        let without = |answer: &Value| {
            let mut answer = answer.clone();
            if let Some((parent, name)) = self.place.rsplit_once('/')
                && let Some(parent) = answer.pointer_mut(parent).and_then(Value::as_object_mut)
            {
                parent.remove(name);
                parent.remove("text");
            }
            answer
        };
        without(&real.1) == without(&ours.1)
    }
}

/// Some requests about one object, until the servers differ.
async fn conversation(servers: &[kube::Client; 2], kind: &Kind, round: u64, random: &mut Random) -> Option<String> {
    let name = format!("{}-{round}", kind.kind.to_lowercase());
    let path = format!("{}/{name}", kind.path);
    let mut said = Vec::new();
    for _ in 0..10 {
        let (method, target, content_type, body) = step(kind, &name, &path, random);
        let mut answers = Vec::new();
        for client in servers {
            let mut body = body.clone();
            if method == "PUT" {
                let (code, mut stored) = request(client, "GET", &path, "application/json", Vec::new()).await;
                if code == 200 {
                    merge(&mut stored, &body);
                    body = stored;
                }
            }
            let (mut code, mut answer) =
                request(client, method, &target, content_type, body.to_string().into_bytes()).await;
            // A controller of the real one wrote a status between reading and replacing.
            while method == "PUT" && code == 409 && body["metadata"]["resourceVersion"].is_string() {
                let stored = request(client, "GET", &path, "application/json", Vec::new()).await.1;
                body["metadata"]["resourceVersion"] = stored["metadata"]["resourceVersion"].clone();
                (code, answer) = request(client, "PUT", &target, content_type, body.to_string().into_bytes()).await;
            }
            answers.push((code, normalised(answer)));
        }
        said.push(format!("{method} {target} {content_type}\n  {body}"));
        let [real, ours] = &answers[..] else { return None };
        if !alike(real, ours) {
            if KNOWN.iter().any(|known| known.explains(kind, real, ours)) {
                return None;
            }
            let mut text = format!("--- {}\n", said.join("\n"));
            text.push_str(&format!("  real {}, sandbox {}\n", real.0, ours.0));
            unlike(&real.1, &ours.1, String::new(), &mut text);
            return Some(text);
        }
    }
    None
}

fn step(kind: &Kind, name: &str, path: &str, random: &mut Random) -> (&'static str, String, &'static str, Value) {
    let mut fragment = (kind.fragment)(random);
    let manager = ["a", "b", "c"][random.below(3)];
    match random.below(12) {
        0..=6 => {
            fragment["apiVersion"] = kind.api_version.into();
            fragment["kind"] = kind.kind.into();
            merge(&mut fragment, &json!({"metadata": {"name": name}}));
            let force = if random.below(2) == 0 { "&force=true" } else { "" };
            let dry = if random.below(5) == 0 { "&dryRun=All" } else { "" };
            ("PATCH", format!("{path}?fieldManager={manager}{force}{dry}"), APPLY, fragment)
        }
        7 => ("PATCH", format!("{path}?fieldManager={manager}"), MERGE, fragment),
        8 => {
            let content_type = if kind.kind == "Widget" { MERGE } else { STRATEGIC };
            ("PATCH", format!("{path}?fieldManager={manager}"), content_type, fragment)
        }
        9 => {
            let label = ["one", "two", "three"][random.below(3)];
            let op = ["add", "replace", "remove", "test"][random.below(4)];
            let patch = json!([{"op": op, "path": format!("/metadata/labels/{label}"), "value": random.word()}]);
            ("PATCH", format!("{path}?fieldManager={manager}"), JSON_PATCH, patch)
        }
        10 => {
            merge(
                &mut fragment,
                &json!({"apiVersion": kind.api_version, "kind": kind.kind, "metadata": {"name": name}}),
            );
            ("PUT", format!("{path}?fieldManager={manager}"), "application/json", fragment)
        }
        _ if random.below(3) == 0 => ("DELETE", path.to_owned(), "application/json", json!({})),
        _ => ("GET", path.to_owned(), "application/json", json!({})),
    }
}

fn config_map(random: &mut Random) -> Value {
    let mut map = json!({"metadata": metadata(random)});
    for key in ["x", "y", "z"] {
        if random.below(2) == 0 {
            map["data"][key] = random.word().into();
        }
    }
    if random.below(8) == 0 {
        map["data"] = Value::Null;
    }
    if random.below(8) == 0 {
        map["binaryData"]["b"] = "AAEC".into();
    }
    if random.below(12) == 0 {
        map["data"]["x"] = 5.into();
    }
    if random.below(16) == 0 {
        map["immutable"] = true.into();
    }
    map
}

fn service(random: &mut Random) -> Value {
    let mut service = json!({"metadata": metadata(random), "spec": {}});
    if random.below(3) > 0 {
        let mut ports = Vec::new();
        for (name, number) in [("http", 80), ("grpc", 81), ("dns", 53)] {
            if random.below(2) == 0 {
                let mut port = json!({"name": name, "port": number});
                if random.below(3) == 0 {
                    port["protocol"] = ["TCP", "UDP"][random.below(2)].into();
                }
                if random.below(3) == 0 {
                    port["targetPort"] = [json!("http"), json!(8080), json!(0)][random.below(3)].clone();
                }
                ports.push(port);
            }
        }
        service["spec"]["ports"] = ports.into();
    }
    if random.below(2) == 0 {
        service["spec"]["selector"]["app"] = random.word().into();
    }
    if random.below(6) == 0 {
        service["spec"]["clusterIP"] = "None".into();
    }
    if random.below(6) == 0 {
        service["spec"]["sessionAffinity"] = ["None", "ClientIP", "Wrong"][random.below(3)].into();
    }
    if random.below(8) == 0 {
        service["spec"]["unknown"] = true.into();
    }
    service
}

fn deployment(random: &mut Random) -> Value {
    let mut containers = Vec::new();
    for name in ["main", "side"] {
        if random.below(3) > 0 {
            let mut container = json!({"name": name});
            if random.below(4) > 0 {
                container["image"] = format!("image:{}", random.word()).into();
            }
            for variable in ["ONE", "TWO"] {
                if random.below(3) == 0 {
                    let variable = json!({"name": variable, "value": random.word()});
                    container["env"] = match container["env"].take() {
                        Value::Array(mut list) => {
                            list.push(variable);
                            list.into()
                        }
                        _ => vec![variable].into(),
                    };
                }
            }
            if random.below(4) == 0 {
                container["args"] = vec![random.word(), random.word()].into();
            }
            if random.below(4) == 0 {
                container["resources"] = json!({"limits": {"cpu": (["1000m", "2", "0.5"][random.below(3)])}});
            }
            if random.below(4) == 0 {
                container["ports"] = json!([{"containerPort": 80 + random.below(2)}]);
            }
            if random.below(5) == 0 {
                container["readinessProbe"] = json!({"httpGet": {"path": "/", "port": 80}, "initialDelaySeconds": 0});
            }
            containers.push(container);
        }
    }
    // Paused and empty, so that no controller of the real one says anything.
    let mut deployment = json!({"metadata": metadata(random), "spec": {"paused": true, "replicas": 0}});
    if random.below(5) > 0 {
        deployment["spec"]["selector"]["matchLabels"]["app"] = ["x", "x", "x", "y"][random.below(4)].into();
        deployment["spec"]["template"]["metadata"]["labels"]["app"] = "x".into();
    }
    if random.below(4) > 0 {
        deployment["spec"]["template"]["spec"]["containers"] = containers.into();
    }
    if random.below(5) == 0 {
        deployment["spec"]["template"]["spec"]["volumes"] = json!([{"name": random.word(), "emptyDir": {}}]);
    }
    if random.below(6) == 0 {
        deployment["spec"]["strategy"]["type"] = ["Recreate", "RollingUpdate"][random.below(2)].into();
    }
    deployment
}

fn widget(random: &mut Random) -> Value {
    let mut widget = json!({"metadata": metadata(random), "spec": {}});
    let spec = &mut widget["spec"];
    if random.below(2) == 0 {
        spec["size"] = [json!(1), json!(5), json!(11), json!("large"), Value::Null][random.below(5)].clone();
    }
    for (field, of) in [("keyed", 3), ("tags", 2), ("atoms", 2), ("free", 2), ("unknown", 8)] {
        if random.below(of) != 0 {
            continue;
        }
        let mut words: Vec<&str> = ["p", "q", "r"].into_iter().filter(|_| random.below(2) == 0).collect();
        if random.below(10) == 0 {
            words.push("p");
        }
        spec[field] = match field {
            "keyed" => words.iter().map(|word| json!({"name": word, "value": random.word()})).collect(),
            "tags" | "atoms" => words.into(),
            "free" => {
                words.into_iter().map(|word| (word.to_owned(), random.word().into())).collect::<Map<_, _>>().into()
            }
            _ => 1.into(),
        };
    }
    widget
}

fn metadata(random: &mut Random) -> Value {
    let mut metadata = json!({});
    for label in ["one", "two"] {
        if random.below(3) == 0 {
            metadata["labels"][label] = random.word().into();
        }
    }
    if random.below(6) == 0 {
        metadata["annotations"]["note"] = random.word().into();
    }
    if random.below(15) == 0 {
        metadata["labels"]["one"] = "not a label!".into();
    }
    metadata
}

/// The kind with every sort of list, a default and limits.
async fn serve_widgets(client: &kube::Client) {
    let text = json!({"type": "string"});
    let schema = json!({"type": "object", "properties": {"spec": {"type": "object", "properties": {
        "size": {"type": "integer", "minimum": 1, "maximum": 10, "default": 3},
        "keyed": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
            "items": {"type": "object", "required": ["name"], "properties": {"name": text, "value": text,
                "mode": {"type": "string", "enum": ["fast", "slow"], "default": "fast"}}}},
        "tags": {"type": "array", "x-kubernetes-list-type": "set", "items": text},
        "atoms": {"type": "array", "items": text, "maxItems": 2},
        "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
    }}}});
    let definition = json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.example.com"},
        "spec": {"group": "example.com", "scope": "Namespaced", "names": {"kind": "Widget", "plural": "widgets"},
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": schema}}]}});
    let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    let (code, answer) = request(client, "POST", path, "application/json", definition.to_string().into_bytes()).await;
    assert_eq!(code, 201, "{answer}");
    let path = "/apis/example.com/v1/namespaces/default/widgets";
    for _ in 0..300 {
        if request(client, "GET", path, "application/json", Vec::new()).await.0 == 200 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("widgets are not served");
}

/// An answer without what must differ: identities, versions and times, and what controllers say.
fn normalised(mut answer: Value) -> Value {
    if answer["kind"] == "Status" {
        // Programs act on code, reason and causes; the wording is for people and may differ.
        let causes = answer["details"]["causes"].as_array().into_iter().flatten();
        let mut causes: Vec<Value> = causes.map(|cause| json!([cause["reason"], cause["field"]])).collect();
        causes.sort_by_key(Value::to_string);
        causes.dedup();
        return json!({"code": answer["code"], "reason": answer["reason"], "causes": causes, "text": answer["message"]});
    }
    remove_nulls(&mut answer);
    if let Some(answer) = answer.as_object_mut() {
        answer.remove("status");
    }
    if let Some(metadata) = answer["metadata"].as_object_mut() {
        for field in ["uid", "resourceVersion", "creationTimestamp"] {
            metadata.remove(field);
        }
        if let Some(managers) = metadata.get_mut("managedFields").and_then(Value::as_array_mut) {
            managers.retain(|entry| entry["subresource"] != "status");
            for entry in managers.iter_mut() {
                entry.as_object_mut().and_then(|entry| entry.remove("time"));
            }
            managers.sort_by_key(|entry| format!("{}{}", entry["operation"], entry["manager"]));
        }
    }
    if answer["spec"]["clusterIP"].as_str().is_some_and(|address| address.starts_with("10.")) {
        answer["spec"]["clusterIP"] = "ADDRESS".into();
        answer["spec"]["clusterIPs"] = json!(["ADDRESS"]);
    }
    answer
}

fn remove_nulls(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, value| !value.is_null());
            map.values_mut().for_each(remove_nulls);
        }
        Value::Array(list) => list.iter_mut().for_each(remove_nulls),
        _ => {}
    }
}

/// Whether two answers say the same, but for the wording of refusals.
fn alike(real: &(u16, Value), ours: &(u16, Value)) -> bool {
    let silent = |answer: &(u16, Value)| {
        let mut value = answer.1.clone();
        if let Some(map) = value.as_object_mut().filter(|map| map.contains_key("text")) {
            map.remove("text");
        }
        (answer.0, value)
    };
    silent(real) == silent(ours)
}

/// Writes where two values differ.
fn unlike(real: &Value, ours: &Value, place: String, text: &mut String) {
    match (real, ours) {
        (Value::Object(real), Value::Object(ours)) => {
            let keys: std::collections::BTreeSet<&String> = real.keys().chain(ours.keys()).collect();
            for key in keys {
                let (real, ours) = (real.get(key), ours.get(key));
                unlike(real.unwrap_or(&Value::Null), ours.unwrap_or(&Value::Null), format!("{place}/{key}"), text);
            }
        }
        (Value::Array(real), Value::Array(ours)) if real.len() == ours.len() => {
            for (number, (real, ours)) in real.iter().zip(ours).enumerate() {
                unlike(real, ours, format!("{place}/{number}"), text);
            }
        }
        _ if real == ours => {}
        _ => text.push_str(&format!("  {place}\n    real:    {real}\n    sandbox: {ours}\n")),
    }
}

/// JSON merge patch (RFC 7386), nulls kept.
fn merge(target: &mut Value, patch: &Value) {
    match (target, patch) {
        (Value::Object(target), Value::Object(patch)) => {
            for (key, value) in patch {
                merge(target.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (target, patch) => *target = patch.clone(),
    }
}

/// Numbers that are the same in every run (xorshift64*).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % limit
    }

    fn word(&mut self) -> &'static str {
        ["red", "green", "blue"][self.below(3)]
    }
}
