//! A scripted API server for the tests of the rooms that talk to one: enough of the protocol to be asked and told,
//! with refusals on command. No stand-in for the sandbox: no schemas, no admission, no field ownership.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;

use bytes::Bytes;
use futures::stream;
use http::Request;
use http::Response;
use http_body::Frame;
use http_body_util::BodyExt;
use http_body_util::StreamBody;
use http_body_util::combinators::UnsyncBoxBody;
use kube::client::Body;
use serde_json::Value;
use serde_json::json;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::mpsc::unbounded_channel;

use super::Cluster;

type Answer = UnsyncBoxBody<Bytes, Infallible>;
type Rule = Box<dyn FnMut(&str, &str) -> Option<(u16, Value)> + Send>;

/// Group, version, kind, plural, namespaced.
const KINDS: &[(&str, &str, &str, &str, bool)] = &[
    ("", "v1", "Namespace", "namespaces", false),
    ("", "v1", "Secret", "secrets", true),
    ("", "v1", "ConfigMap", "configmaps", true),
    ("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims", true),
    ("", "v1", "Pod", "pods", true),
    ("", "v1", "Event", "events", true),
    ("apps", "v1", "Deployment", "deployments", true),
    ("coordination.k8s.io", "v1", "Lease", "leases", true),
    ("", "v1", "Service", "services", true),
    ("discovery.k8s.io", "v1", "EndpointSlice", "endpointslices", true),
    ("admissionregistration.k8s.io", "v1", "ValidatingWebhookConfiguration", "validatingwebhookconfigurations", false),
    ("apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions", false),
    // Served only while its CRD is established.
    (CUSTOM, "v1", "X", "xs", true),
];

/// Group of the one custom kind.
const CUSTOM: &str = "a.b";

/// Clones are the same server.
#[derive(Clone, Default)]
pub(crate) struct Scripted(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    objects: BTreeMap<String, Value>,
    version: u64,
    history: Vec<(u64, String, Value)>,
    watchers: Vec<(String, UnboundedSender<Bytes>)>,
    log: Vec<String>,
    rules: Vec<Rule>,
}

impl Scripted {
    pub fn cluster(&self) -> Cluster {
        let server = self.clone();
        let service = tower::service_fn(move |request: Request<Body>| {
            let server = server.clone();
            async move { server.answer(request).await }
        });
        Cluster::from_client(kube::Client::new(service, "default"), "scripted")
    }

    /// Puts an object there as some controller would, keeping its uid.
    pub fn put(&self, path: &str, object: Value) {
        self.lock().store(path, object);
    }

    pub fn get(&self, path: &str) -> Option<Value> {
        self.lock().objects.get(path).cloned()
    }

    /// Changes an object as some controller would.
    pub fn change(&self, path: &str, change: impl FnOnce(&mut Value)) {
        let mut inner = self.lock();
        let mut object = inner.objects.get(path).cloned().expect("the object to change");
        change(&mut object);
        inner.store(path, object);
    }

    pub fn remove(&self, path: &str) {
        self.lock().remove(path);
    }

    /// Asked before anything else; `Some` is the answer. Gets method and path with query.
    pub fn rule(&self, rule: impl FnMut(&str, &str) -> Option<(u16, Value)> + Send + 'static) {
        self.lock().rules.push(Box::new(rule));
    }

    /// `METHOD /path?query` of all requests so far.
    pub fn log(&self) -> Vec<String> {
        self.lock().log.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().expect("no test panics while it holds the lock")
    }

    async fn answer(&self, request: Request<Body>) -> Result<Response<Answer>, Infallible> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.expect("bodies of requests are whole").to_bytes();
        let body: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
        let uri = parts.uri.to_string();
        let accept = parts.headers.get("accept").and_then(|a| a.to_str().ok()).unwrap_or_default().to_owned();
        let kind = parts.headers.get("content-type").and_then(|a| a.to_str().ok()).unwrap_or_default().to_owned();
        let mut inner = self.lock();
        inner.log.push(format!("{} {uri}", parts.method));
        for rule in &mut inner.rules {
            if let Some((code, value)) = rule(parts.method.as_str(), &uri) {
                return Ok(json_answer(code, &value));
            }
        }
        let path = parts.uri.path().to_owned();
        let query: BTreeMap<String, String> =
            parts.uri.query().unwrap_or_default().split('&').filter_map(pair).collect();
        if query.contains_key("watch") {
            return Ok(inner.watch(&path, query.get("resourceVersion").map_or("0", String::as_str)));
        }
        let (code, value) = match parts.method.as_str() {
            "GET" => inner.read(&path, &query, &accept),
            "POST" => inner.create(&path, body),
            "PUT" => inner.replace(&path, body),
            "PATCH" => inner.patch(&path, body, &kind, query.contains_key("dryRun")),
            "DELETE" => inner.delete(&path, &body),
            other => panic!("{other}"),
        };
        Ok(json_answer(code, &value))
    }
}

impl Inner {
    fn read(&self, path: &str, query: &BTreeMap<String, String>, accept: &str) -> (u16, Value) {
        match path {
            "/version" => return (200, json!({"gitVersion": "v1.31.4"})),
            "/api" => return (200, discovery(|group| group.is_empty())),
            "/apis" => {
                return (200, discovery(|group| !group.is_empty() && (group != CUSTOM || self.is_established())));
            }
            _ => {}
        }
        let Some((_, _, kind, plural, _)) = kind_of(path) else { return unknown_path() };
        if !path.ends_with(&format!("/{plural}")) {
            return self.objects.get(path).map_or_else(|| missing(path), |object| (200, object.clone()));
        }
        let selector = query.get("labelSelector").cloned().unwrap_or_default();
        let fits = |object: &Value| {
            selector
                .split(',')
                .filter_map(|term| term.split_once('='))
                .all(|(key, value)| object["metadata"]["labels"].get(key).and_then(Value::as_str) == Some(value))
        };
        let partial = accept.contains("as=PartialObjectMetadataList");
        let listed = self.objects.iter().filter(|(at, object)| is_in(at, path) && fits(object));
        let mut items: Vec<Value> = listed
            .map(|(_, object)| match partial {
                true => json!({"kind": "PartialObjectMetadata", "metadata": object["metadata"]}),
                false => {
                    let mut object = object.clone();
                    for key in ["kind", "apiVersion"] {
                        object.as_object_mut().expect("an object").remove(key);
                    }
                    object
                }
            })
            .collect();
        let from: usize = query.get("continue").and_then(|c| c.parse().ok()).unwrap_or(0);
        let limit: usize = query.get("limit").and_then(|c| c.parse().ok()).unwrap_or(usize::MAX);
        let mut metadata = json!({"resourceVersion": self.version.to_string()});
        items = items.split_off(from.min(items.len()));
        if items.len() > limit {
            items.truncate(limit);
            metadata["continue"] = (from + limit).to_string().into();
        }
        (200, json!({"kind": format!("{kind}List"), "metadata": metadata, "items": items}))
    }

    fn is_established(&self) -> bool {
        let crd = self.objects.get("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/xs.a.b");
        crd.is_some_and(|crd| crd["status"]["conditions"][0]["status"] == "True")
    }

    fn watch(&mut self, path: &str, since: &str) -> Response<Answer> {
        let since: u64 = since.parse().unwrap_or(0);
        let (sender, receiver) = unbounded_channel();
        for (version, at, event) in &self.history {
            if *version > since && is_in(at, path) {
                let _nobody_reads = sender.send(line(event));
            }
        }
        self.watchers.push((path.to_owned(), sender));
        let frames = stream::unfold(receiver, |mut receiver| async move {
            let bytes = receiver.recv().await?;
            Some((Ok::<_, Infallible>(Frame::data(bytes)), receiver))
        });
        Response::new(StreamBody::new(frames).boxed_unsync())
    }

    fn create(&mut self, collection: &str, body: Value) -> (u16, Value) {
        let path = format!("{collection}/{}", body["metadata"]["name"].as_str().unwrap_or_default());
        if self.objects.contains_key(&path) {
            return status(409, "AlreadyExists", "already exists");
        }
        if let Some(refused) = self.without_namespace(&path) {
            return refused;
        }
        (201, self.store(&path, body))
    }

    fn replace(&mut self, path: &str, body: Value) -> (u16, Value) {
        let Some(stored) = self.objects.get(path) else { return missing(path) };
        let sent = body["metadata"]["resourceVersion"].as_str();
        if sent.is_some_and(|sent| Some(sent) != stored["metadata"]["resourceVersion"].as_str()) {
            return status(409, "Conflict", "the object has been modified");
        }
        (200, self.store(path, body))
    }

    fn patch(&mut self, path: &str, mut body: Value, content_type: &str, dry_run: bool) -> (u16, Value) {
        if kind_of(path).is_none_or(|kind| kind.0 == CUSTOM && !self.is_established()) {
            return unknown_path();
        }
        if content_type != "application/apply-patch+yaml" {
            return self.objects.get(path).map_or_else(|| missing(path), |object| (200, object.clone()));
        }
        if let Some(refused) = self.without_namespace(path) {
            return refused;
        }
        body["metadata"]["managedFields"] = json!([{"manager": "stackwright", "operation": "Apply"}]);
        if let Some(stored) = self.objects.get(path) {
            body["status"] = stored["status"].clone();
        }
        if dry_run { (200, body) } else { (200, self.store(path, body)) }
    }

    fn delete(&mut self, path: &str, options: &Value) -> (u16, Value) {
        let Some(stored) = self.objects.get(path) else { return missing(path) };
        let wanted = options["preconditions"]["uid"].as_str();
        if wanted.is_some_and(|uid| Some(uid) != stored["metadata"]["uid"].as_str()) {
            return status(409, "Conflict", "the UID in the precondition does not match");
        }
        let mut stored = stored.clone();
        if stored["metadata"]["finalizers"].as_array().is_some_and(|f| !f.is_empty()) {
            stored["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z".into();
            return (200, self.store(path, stored));
        }
        self.remove(path);
        (200, json!({"kind": "Status", "status": "Success"}))
    }

    fn store(&mut self, path: &str, mut object: Value) -> Value {
        self.version += 1;
        let before = self.objects.get(path);
        let uid = before.map_or_else(|| json!(format!("uid-{}", self.version)), |b| b["metadata"]["uid"].clone());
        let event = if before.is_some() { "MODIFIED" } else { "ADDED" };
        object["metadata"]["uid"] = uid;
        object["metadata"]["resourceVersion"] = self.version.to_string().into();
        self.objects.insert(path.to_owned(), object.clone());
        self.happen(path, json!({"type": event, "object": object}));
        object
    }

    fn remove(&mut self, path: &str) {
        let Some(mut object) = self.objects.remove(path) else { return };
        self.version += 1;
        object["metadata"]["resourceVersion"] = self.version.to_string().into();
        self.happen(path, json!({"type": "DELETED", "object": object}));
    }

    fn happen(&mut self, path: &str, event: Value) {
        self.watchers.retain(|(of, sender)| !is_in(path, of) || sender.send(line(&event)).is_ok());
        self.history.push((self.version, path.to_owned(), event));
    }

    fn without_namespace(&self, path: &str) -> Option<(u16, Value)> {
        let namespace = path.split_once("/namespaces/")?.1.split_once('/')?.0;
        let there = self.objects.contains_key(&format!("/api/v1/namespaces/{namespace}"));
        (!there).then(|| status(404, "NotFound", &format!("namespaces \"{namespace}\" not found")))
    }
}

fn kind_of(path: &str) -> Option<&'static (&'static str, &'static str, &'static str, &'static str, bool)> {
    let segments: Vec<&str> = path.split('/').filter(|s| !s.is_empty()).collect();
    let (group, rest) = match segments.as_slice() {
        ["api", "v1", rest @ ..] => ("", rest),
        ["apis", group, _, rest @ ..] => (*group, rest),
        _ => return None,
    };
    let plural = match rest {
        ["namespaces", _, plural, ..] => plural,
        [plural, ..] => plural,
        [] => return None,
    };
    KINDS.iter().find(|kind| kind.0 == group && kind.3 == *plural)
}

/// Whether the object at a path belongs to a collection, of one namespace or of all.
fn is_in(path: &str, collection: &str) -> bool {
    let (Some(kind), Some(of)) = (kind_of(path), kind_of(collection)) else { return false };
    let namespace =
        |path: &str| path.split_once("/namespaces/").and_then(|(_, rest)| Some(rest.split_once('/')?.0.to_owned()));
    kind == of && (namespace(collection).is_none() || namespace(collection) == namespace(path))
}

fn discovery(of: impl Fn(&str) -> bool) -> Value {
    let items = KINDS.iter().filter(|kind| of(kind.0)).map(|(group, version, kind, plural, namespaced)| {
        let scope = if *namespaced { "Namespaced" } else { "Cluster" };
        json!({"metadata": {"name": group}, "versions": [{"version": version, "resources": [
            {"resource": plural, "responseKind": {"kind": kind}, "scope": scope, "verbs": ["list", "watch"]}]}]})
    });
    json!({"kind": "APIGroupDiscoveryList", "items": items.collect::<Vec<_>>()})
}

pub(crate) fn status(code: u16, reason: &str, message: &str) -> (u16, Value) {
    (code, json!({"kind": "Status", "status": "Failure", "code": code, "reason": reason, "message": message}))
}

fn missing(path: &str) -> (u16, Value) {
    status(404, "NotFound", &format!("{path} not found"))
}

fn unknown_path() -> (u16, Value) {
    status(404, "NotFound", "the server could not find the requested resource")
}

fn json_answer(code: u16, value: &Value) -> Response<Answer> {
    let body = http_body_util::Full::new(Bytes::from(value.to_string())).boxed_unsync();
    let mut response = Response::new(body);
    *response.status_mut() = http::StatusCode::from_u16(code).expect("a status code");
    response
}

fn line(event: &Value) -> Bytes {
    Bytes::from(format!("{event}\n"))
}

fn pair(text: &str) -> Option<(String, String)> {
    let (key, value) = text.split_once('=')?;
    Some((key.to_owned(), value.replace("%3D", "=").replace("%2F", "/").replace("%2C", ",")))
}
