//! Servers that are broken or mean harm: what each does, what is told of it, and how often it is asked.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::Instant;

use serde_json::Value;
use serde_json::json;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use super::Cluster;
use super::ClusterError;
use super::Patience;
use super::Propagation;
use super::Seen;
use super::Settings;
use super::scripted::Scripted;
use crate::object::GroupVersionKind;
use crate::object::Object;

/// What a server sends of its answer, one after the other; then it closes.
#[derive(Clone)]
enum Part {
    Bytes(Vec<u8>),
    /// Over and over, as long as somebody listens.
    Forever(Vec<u8>),
    /// Nothing, for ever.
    Silence,
}

/// The answer to the path of a request, the `n`th of its kind from 0.
type Behaviour = fn(&str, usize) -> Vec<Part>;

fn answer(head: &str, body: impl Into<Vec<u8>>) -> Vec<Part> {
    let head = format!("HTTP/1.1 {head}\r\nconnection: close\r\ncontent-type: application/json\r\n\r\n");
    vec![Part::Bytes([head.into_bytes(), body.into()].concat())]
}

fn ok(body: Value) -> Vec<Part> {
    answer("200 OK", body.to_string())
}

/// What a chunk without end looks like: its length, then bytes.
fn endless(head: &str, fill: u8) -> Vec<Part> {
    let mut parts = answer(&format!("{head}\r\ntransfer-encoding: chunked"), "7fffffff\r\n");
    parts.push(Part::Forever(vec![fill; 1 << 16]));
    parts
}

/// As a server answers that has one Secret.
fn honest(path: &str) -> Vec<Part> {
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a", "namespace": "n", "uid": "u"}});
    let group = |name: &str, plural: &str, kind: &str| {
        let resource = json!({"resource": plural, "responseKind": {"kind": kind}, "scope": "Namespaced"});
        json!({"metadata": {"name": name}, "versions": [{"version": "v1", "resources": [resource]}]})
    };
    let core = [group("", "secrets", "Secret")];
    let others = [
        group("apps", "deployments", "Deployment"),
        group("apiextensions.k8s.io", "customresourcedefinitions", "CustomResourceDefinition"),
    ];
    match path.split('?').next().unwrap_or_default() {
        "/version" => ok(json!({"gitVersion": "v1.31.4"})),
        "/api" => ok(json!({"kind": "APIGroupDiscoveryList", "items": core})),
        "/apis" => ok(json!({"kind": "APIGroupDiscoveryList", "items": others})),
        "/api/v1/secrets" => ok(json!({"kind": "SecretList", "metadata": {"resourceVersion": "7"}, "items": [secret]})),
        _ => ok(secret),
    }
}

/// Serves until the test ends. `path` is the beginning of those that are answered by `behaviour`; gives the cluster and
/// how many of those were asked.
async fn serve(path: &'static str, behaviour: Behaviour) -> (Result<Cluster, ClusterError>, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = asked.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(converse(stream, path, behaviour, counter.clone()));
        }
    });
    let directory = tempfile::tempdir().expect("a directory");
    let file: PathBuf = directory.path().join("config");
    let text = format!(
        "clusters: [{{name: c, cluster: {{server: 'http://{address}'}}}}]\n\
         contexts: [{{name: one, context: {{cluster: c, user: u}}}}]\ncurrent-context: one\n"
    );
    std::fs::write(&file, text).expect("written");
    let settings = Settings { kubeconfig: vec![file], ..Settings::default() };
    (Cluster::connect(&settings).await, asked)
}

async fn converse(mut stream: TcpStream, path: &str, behaviour: Behaviour, counter: Arc<AtomicUsize>) {
    let mut request = Vec::new();
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        let mut some = [0; 4096];
        match stream.read(&mut some).await {
            Ok(count) if count > 0 => request.extend_from_slice(&some[..count]),
            _ => return,
        }
    }
    let request = String::from_utf8_lossy(&request);
    let asked = request.split(' ').nth(1).unwrap_or_default();
    let parts = match asked.starts_with(path) {
        true => behaviour(asked, counter.fetch_add(1, Ordering::Relaxed)),
        false => honest(asked),
    };
    for part in parts {
        match part {
            Part::Bytes(bytes) => {
                if stream.write_all(&bytes).await.is_err() {
                    return;
                }
            }
            Part::Forever(bytes) => while stream.write_all(&bytes).await.is_ok() {},
            Part::Silence => std::future::pending().await,
        }
    }
}

/// What is done with the cluster.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Connect,
    List,
    Get,
    Watch,
    Apply,
    Delete,
    /// A LIST of which the retries are counted for three seconds.
    Insist,
}

async fn act(deed: Deed, cluster: &Cluster) -> Result<(), ClusterError> {
    let impatience = CancellationToken::new();
    match deed {
        Deed::Insist => {
            let impatience = impatience.clone();
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_secs(3)).await;
                impatience.cancel();
            });
        }
        _ => impatience.cancel(),
    }
    let cluster = cluster.watched(|_| {}, impatience);
    let secrets = cluster.resource(&GroupVersionKind::new("", "v1", "Secret")).await?;
    match deed {
        Deed::Connect => Ok(()),
        Deed::List | Deed::Insist => cluster.list(&secrets, "", "").await.map(|_| ()),
        Deed::Get => cluster.get(&secrets, "n", "a").await.map(|_| ()),
        Deed::Apply => {
            let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a", "namespace": "n"}});
            let secret = Object::from_value(secret).expect("an object");
            cluster.apply(&secret, Patience::NONE).await.map(|_| ())
        }
        Deed::Delete => {
            cluster.delete(&secrets, "n", "a", "u", Propagation::Background, Patience::NONE).await.map(|_| ())
        }
        Deed::Watch => {
            let mut watch = cluster.watch(&secrets, "", "", "7").await?;
            while let Some(seen) = watch.next().await {
                seen?;
            }
            Ok(())
        }
    }
}

const SECRETS: &str = "/api/v1/secrets";
const SECRET: &str = "/api/v1/namespaces/n/secrets/a";

/// Server, what is done, what is told, and at most how often it is asked.
const TABLE: &[(&str, &str, Behaviour, Deed, &str, usize)] = &[
    (
        "a Status where a list was asked for",
        SECRETS,
        |_, _| ok(json!({"kind": "Status", "code": 200})),
        Deed::List,
        r#"the cluster's answer to "list secrets" makes no sense: expected a list of secrets, got the kind "Status""#,
        1,
    ),
    ("an array", SECRETS, |_, _| ok(json!([])), Deed::List, "expected a list of secrets, got no object", 1),
    (
        "no items",
        SECRETS,
        |_, _| ok(json!({"kind": "SecretList", "metadata": {}})),
        Deed::List,
        "expected a list of secrets, but it has no items",
        1,
    ),
    (
        "a list of another kind",
        SECRETS,
        |_, _| ok(json!({"kind": "PodList", "items": []})),
        Deed::List,
        r#"expected a list of secrets, got the kind "PodList""#,
        1,
    ),
    (
        "items of another kind",
        SECRETS,
        |_, _| ok(json!({"kind": "SecretList", "items": [{"kind": "Pod", "metadata": {"name": "x"}}]})),
        Deed::List,
        r#"expected a Secret, got "Pod""#,
        1,
    ),
    ("a page", SECRETS, |_, _| answer("200 OK", "<html>"), Deed::List, "makes no sense: expected value at line 1", 1),
    ("no content", SECRETS, |_, _| answer("204 No Content", ""), Deed::List, "was cut off: it ends in the middle", 1),
    (
        "a list that weighs too much",
        SECRETS,
        |_, _| answer("200 OK\r\ncontent-length: 300000000", "{"),
        Deed::List,
        r#"the cluster's answer to "list secrets" is longer than 256 MiB, and was not read to its end"#,
        1,
    ),
    ("an object without end", SECRET, |_, _| endless("200 OK", b' '), Deed::Get, "is longer than 16 MiB", 1),
    (
        "a refusal without end",
        SECRET,
        |_, _| endless("403 Forbidden", b'x'),
        Deed::Get,
        "refused to get Secret n/a: xxx",
        1,
    ),
    (
        "a continue token that comes twice",
        SECRETS,
        |_, _| ok(json!({"kind": "SecretList", "metadata": {"continue": "x"}, "items": []})),
        Deed::List,
        "after 2 pages it continues where it has been before",
        2,
    ),
    (
        "a Status where an object was asked for",
        SECRET,
        |_, _| ok(json!({"kind": "Status", "metadata": {}, "code": 200})),
        Deed::Get,
        r#"expected a Secret, got "Status""#,
        1,
    ),
    (
        "another object than the one asked for",
        SECRET,
        |_, _| ok(json!({"kind": "Secret", "metadata": {"name": "b"}})),
        Deed::Get,
        r#"the object in it is named "b""#,
        1,
    ),
    (
        "another object than the one applied",
        SECRET,
        |_, _| ok(json!({"kind": "Secret", "metadata": {"name": "b"}})),
        Deed::Apply,
        r#"the object in it is named "b""#,
        1,
    ),
    (
        "a Status that is no success where something was deleted",
        SECRET,
        |_, _| ok(json!({"kind": "Status", "status": "Failure"})),
        Deed::Delete,
        r#""delete Secret n/a" makes no sense: expected a success or a Secret, got "Status""#,
        1,
    ),
    (
        "a body that is cut",
        SECRET,
        |_, _| answer("200 OK\r\ncontent-length: 100", "{\"kind\": "),
        Deed::Get,
        r#" to "get Secret n/a" was cut off: "#,
        1,
    ),
    (
        "a chunk that is cut",
        SECRETS,
        |_, _| answer("200 OK\r\ntransfer-encoding: chunked", "5\r\n{\"ki"),
        Deed::List,
        r#" to "list secrets" was cut off: "#,
        1,
    ),
    (
        "429 that wants to be asked at once, for ever",
        SECRETS,
        |_, _| answer("429 Too Many Requests\r\nretry-after: 0", "slow down"),
        Deed::Insist,
        "refused to list secrets: slow down (429)",
        6,
    ),
    (
        "503 that wants to be asked at once, for ever",
        SECRETS,
        |_, _| {
            let status = json!({"kind": "Status", "message": "busy", "details": {"retryAfterSeconds": 0}});
            answer("503 Service Unavailable\r\nretry-after: 0", status.to_string())
        },
        Deed::Insist,
        "refused to list secrets: busy (503)",
        6,
    ),
    ("an event without end", SECRETS, |_, _| endless("200 OK", b' '), Deed::Watch, "is longer than 16 MiB", 1),
    (
        "a watch that is refused without end",
        SECRETS,
        |_, _| endless("403 Forbidden", b'x'),
        Deed::Watch,
        "refused to watch secrets: xxx",
        1,
    ),
    (
        "an event of another kind",
        SECRETS,
        |_, _| ok(json!({"type": "ADDED", "object": {"kind": "Pod", "metadata": {"name": "x"}}})),
        Deed::Watch,
        "",
        1,
    ),
    (
        "no kinds",
        "/api",
        |_, _| ok(json!({"kind": "APIGroupDiscoveryList"})),
        Deed::Connect,
        r#""discover /api" makes no sense: it has no items"#,
        2,
    ),
    (
        "kinds, but none of those that every cluster has",
        "/api",
        |_, _| ok(json!({"kind": "APIGroupDiscoveryList", "items": []})),
        Deed::Connect,
        "it serves no Secrets; is this the address of a Kubernetes API server?",
        2,
    ),
    (
        "no kinds but those of the core",
        "/apis",
        |_, _| ok(json!({"kind": "APIGroupDiscoveryList", "items": []})),
        Deed::Connect,
        "it serves no Deployments; is this the address of a Kubernetes API server?",
        1,
    ),
    (
        "a Status where the kinds were asked for",
        "/api",
        |_, _| ok(json!({"kind": "Status"})),
        Deed::Connect,
        r#"expected a list of groups, got "Status""#,
        2,
    ),
    (
        "a list of groups whose kinds are none",
        "/api",
        |path, _| match path {
            "/api" => ok(json!({"kind": "APIVersions", "versions": ["v1"]})),
            "/apis" => ok(json!({"kind": "APIGroupList", "groups": []})),
            _ => ok(json!({"kind": "Status"})),
        },
        Deed::Connect,
        r#"expected a list of kinds, got "Status""#,
        3,
    ),
];

#[tokio::test]
async fn what_a_server_does_is_told_and_it_is_not_asked_for_ever() {
    for (name, path, behaviour, deed, expected, most) in TABLE {
        let begun = Instant::now();
        let (cluster, asked) = serve(path, *behaviour).await;
        let done = act(*deed, &cluster.expect("an honest greeting")).await;
        let said = done.map_or_else(|error| error.to_string(), |()| String::new());
        // An event without a line's end at the end of a watch is no event.
        assert_eq!(expected.is_empty(), said.is_empty(), "{name}: {said}");
        assert!(said.contains(expected), "{name}: {said}");
        assert!(!said.contains("cannot reach"), "{name}: {said}");
        assert!(said.len() < 1000, "{name} says {} bytes", said.len());
        let asked = asked.load(Ordering::Relaxed);
        assert!((1..=*most).contains(&asked), "{name}: asked {asked} times");
        assert!(begun.elapsed() < Duration::from_secs(20), "{name} took {:?}", begun.elapsed());
    }
}

#[tokio::test]
async fn pages_without_end_end() {
    let server = Scripted::default();
    let mut page = 0;
    server.rule(move |_, uri| {
        page += usize::from(uri.contains("/secrets"));
        let list = json!({"kind": "SecretList", "metadata": {"continue": page.to_string()}, "items": []});
        uri.contains("/secrets").then_some((200, list))
    });
    let cluster = server.cluster();
    let secrets = cluster.resource(&GroupVersionKind::new("", "v1", "Secret")).await.expect("as set up");
    let error = cluster.list(&secrets, "", "").await.unwrap_err().to_string();
    assert!(error.ends_with("it does not end after 2000 pages"), "{error}");
    assert_eq!(server.log().iter().filter(|line| line.contains("/secrets")).count(), 2000);
}

#[tokio::test]
async fn a_watch_that_says_nothing_sends_its_reader_to_look() {
    let silent: Behaviour = |_, _| {
        let mut parts = answer("200 OK\r\ntransfer-encoding: chunked", "");
        parts.push(Part::Silence);
        parts
    };
    let (cluster, _) = serve("/api/v1/secrets?watch", silent).await;
    let cluster = cluster.expect("as set up");
    let secrets = cluster.resource(&GroupVersionKind::new("", "v1", "Secret")).await.expect("as set up");
    let mut watch = cluster.watch(&secrets, "", "", "7").await.expect("it opens");
    watch.silent_after = Duration::from_millis(50);
    assert!(matches!(watch.next().await, Some(Ok(Seen::Expired))), "list again");
    assert_eq!(cluster.list(&secrets, "", "").await.expect("as set up").0.len(), 1);
}
