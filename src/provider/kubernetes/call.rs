//! One request as a plain value: paths, queries and bodies. Pure; sends nothing.

use http::Method;
use percent_encoding::AsciiSet;
use percent_encoding::NON_ALPHANUMERIC;
use percent_encoding::utf8_percent_encode;
use serde_json::Value;

use super::Resource;

/// A request before it is sent.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub verb: &'static str,
    pub method: Method,
    pub path: String,
    pub query: Vec<(&'static str, String)>,
    pub accept: &'static str,
    pub content_type: &'static str,
    pub body: Option<Value>,
    /// Bytes that an answer may have.
    pub longest: usize,
    /// What is attempted, for errors: `get Deployment.apps kubeflow/x`.
    pub what: String,
}

/// Asks for metadata only; a server that cannot answers in full.
pub(super) const METADATA_LIST: &str =
    "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";
const JSON: &str = "application/json";
/// etcd keeps objects of 1.5 MB; with room for what a server adds.
const LONGEST_OBJECT: usize = 16 << 20;
/// A page of big objects, or all of a kind from a server that knows no pages.
const LONGEST_LIST: usize = 256 << 20;

impl Call {
    fn new(verb: &'static str, method: Method, path: String, what: String) -> Self {
        Self {
            verb,
            method,
            path,
            query: Vec::new(),
            accept: JSON,
            content_type: JSON,
            body: None,
            longest: LONGEST_OBJECT,
            what,
        }
    }

    /// A GET of anything that is not an object, as `/version`.
    pub fn path(path: &str) -> Self {
        Self::new("get", Method::GET, path.to_owned(), format!("get {path}"))
    }

    pub fn get(resource: &Resource, namespace: &str, name: &str) -> Self {
        let what = format!("get {}", describe(resource, namespace, name));
        Self::new("get", Method::GET, object_path(resource, namespace, name), what)
    }

    /// All objects of a kind; of all namespaces where `namespace` is empty.
    pub fn list(resource: &Resource, namespace: &str) -> Self {
        let what = format!("list {}{}", resource.group_plural(), within(namespace));
        let call = Self::new("list", Method::GET, collection_path(resource, namespace), what);
        Self { longest: LONGEST_LIST, ..call }
    }

    pub fn watch(resource: &Resource, namespace: &str) -> Self {
        let what = format!("watch {}{}", resource.group_plural(), within(namespace));
        let call = Self::new("watch", Method::GET, collection_path(resource, namespace), what);
        call.with("watch", "true").with("allowWatchBookmarks", "true")
    }

    pub fn create(resource: &Resource, namespace: &str, name: &str, body: Value) -> Self {
        let what = format!("create {}", describe(resource, namespace, name));
        Self { body: Some(body), ..Self::new("create", Method::POST, collection_path(resource, namespace), what) }
    }

    pub fn replace(resource: &Resource, namespace: &str, name: &str, body: Value) -> Self {
        let what = format!("update {}", describe(resource, namespace, name));
        Self { body: Some(body), ..Self::new("update", Method::PUT, object_path(resource, namespace, name), what) }
    }

    /// `content_type` says which kind of patch `body` is.
    pub fn patch(resource: &Resource, namespace: &str, name: &str, content_type: &'static str, body: Value) -> Self {
        let what = format!("patch {}", describe(resource, namespace, name));
        let call = Self::new("patch", Method::PATCH, object_path(resource, namespace, name), what);
        Self { content_type, body: Some(body), ..call }
    }

    pub fn delete(resource: &Resource, namespace: &str, name: &str, body: Value) -> Self {
        let what = format!("delete {}", describe(resource, namespace, name));
        Self { body: Some(body), ..Self::new("delete", Method::DELETE, object_path(resource, namespace, name), what) }
    }

    /// Tail of a container's log.
    pub fn log(namespace: &str, pod: &str, container: &str, lines: usize, previous: bool) -> Self {
        let path = format!("/api/v1/namespaces/{}/pods/{}/log", segment(namespace), segment(pod));
        let call = Self::new("log", Method::GET, path, format!("read the log of Pod {namespace}/{pod}"));
        let call = Self { accept: "*/*", ..call }.with("tailLines", lines.to_string()).with("container", container);
        if previous { call.with("previous", "true") } else { call }
    }

    pub fn with(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.query.push((key, value.into()));
        self
    }

    pub fn accepting(mut self, accept: &'static str) -> Self {
        self.accept = accept;
        self
    }

    /// Path and query as they are sent.
    pub fn uri(&self) -> String {
        let mut uri = self.path.clone();
        for (at, (key, value)) in self.query.iter().enumerate() {
            uri.push(if at == 0 { '?' } else { '&' });
            uri.push_str(key);
            uri.push('=');
            uri.push_str(&segment(value));
        }
        uri
    }
}

fn describe(resource: &Resource, namespace: &str, name: &str) -> String {
    resource.id(namespace, name).to_string()
}

fn within(namespace: &str) -> String {
    if namespace.is_empty() { String::new() } else { format!(" in namespace {namespace}") }
}

fn collection_path(resource: &Resource, namespace: &str) -> String {
    let root =
        if resource.group.is_empty() { "/api".to_owned() } else { format!("/apis/{}", segment(&resource.group)) };
    let version = segment(&resource.version);
    if resource.namespaced && !namespace.is_empty() {
        format!("{root}/{version}/namespaces/{}/{}", segment(namespace), resource.plural)
    } else {
        format!("{root}/{version}/{}", resource.plural)
    }
}

fn object_path(resource: &Resource, namespace: &str, name: &str) -> String {
    format!("{}/{}", collection_path(resource, namespace), segment(name))
}

/// Percent-encodes what may not stand in one segment of a path or in a query value (RFC 3986 unreserved stay).
fn segment(text: &str) -> String {
    const ESCAPED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    utf8_percent_encode(text, &ESCAPED).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(group: &str, version: &str, kind: &str, plural: &str, namespaced: bool) -> Resource {
        Resource {
            group: group.into(),
            version: version.into(),
            kind: kind.into(),
            plural: plural.into(),
            namespaced,
            verbs: Vec::new(),
        }
    }

    #[test]
    fn paths_and_queries() {
        let deployment = resource("apps", "v1", "Deployment", "deployments", true);
        let role = resource("rbac.authorization.k8s.io", "v1", "ClusterRole", "clusterroles", false);
        let pod = resource("", "v1", "Pod", "pods", true);
        let check = |call: Call, expected: &str| assert_eq!(call.uri(), expected);
        check(Call::get(&deployment, "auth", "dex"), "/apis/apps/v1/namespaces/auth/deployments/dex");
        check(Call::get(&role, "", "system:node"), "/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode");
        check(
            Call::list(&pod, "").with("labelSelector", "a=b").with("limit", "500"),
            "/api/v1/pods?labelSelector=a%3Db&limit=500",
        );
        check(Call::watch(&pod, "x"), "/api/v1/namespaces/x/pods?watch=true&allowWatchBookmarks=true");
        check(Call::log("a", "b", "c", 5, false), "/api/v1/namespaces/a/pods/b/log?tailLines=5&container=c");
    }
}
