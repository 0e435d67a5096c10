//! The requests to the Kubernetes engine. Pure.

use http::Method;
use serde_json::Value;
use serde_json::json;

use super::request::Request;
use super::request::Service;
use super::request::encoded;

const CLUSTERS: &str = "/v1/clusters";
const POOLS: &str = "/v1/nodepools";

fn cluster_path(id: &str) -> String {
    format!("{CLUSTERS}/{}", encoded(id))
}

fn pool_path(id: &str) -> String {
    format!("{POOLS}/{}", encoded(id))
}

fn get(what: impl Into<String>, path: impl Into<String>) -> Request {
    Request::get(what, Service::Engine, path)
}

fn put(what: String, path: String, body: Value) -> Request {
    Request::new(what, Service::Engine, Method::PUT, path).sending(body)
}

pub fn clusters() -> Request {
    get("list the clusters", CLUSTERS)
}

pub fn cluster(id: &str, name: &str) -> Request {
    get(format!("look at cluster {name}"), cluster_path(id))
}

pub fn make_cluster(name: &str, body: Value) -> Request {
    Request::new(format!("make cluster {name}"), Service::Engine, Method::POST, CLUSTERS).sending(body)
}

/// Sets one thing of a cluster: `upgrade`, `logging` and so on.
pub fn set_cluster(id: &str, name: &str, part: &str, body: Value) -> Request {
    put(format!("set {part} of cluster {name}"), format!("{}/{part}", cluster_path(id)), body)
}

pub fn delete_cluster(id: &str, name: &str) -> Request {
    Request::new(format!("delete cluster {name}"), Service::Engine, Method::DELETE, cluster_path(id))
}

/// The administrator's; given once for each of `public` and `private`.
pub fn kubeconfig(id: &str, name: &str, endpoint: &str) -> Request {
    get(format!("get the kubeconfig of cluster {name}"), format!("{}/kubeconfig", cluster_path(id)))
        .with("kubeconfig_type", endpoint)
}

pub fn versions() -> Request {
    get("list the versions of Kubernetes", "/v1/kubernetes-versions")
}

/// `kind` is `k8s` or `k8s_gpu`.
pub fn images(kind: &str) -> Request {
    get("list the images of nodes", "/v1/images").with("scp_original_image_type", kind)
}

pub fn pools(cluster_id: &str, cluster: &str) -> Request {
    get(format!("list the node pools of cluster {cluster}"), format!("{}/nodepools", cluster_path(cluster_id)))
}

pub fn pool(id: &str, name: &str) -> Request {
    get(format!("look at node pool {name}"), pool_path(id))
}

pub fn make_pool(name: &str, body: Value) -> Request {
    Request::new(format!("make node pool {name}"), Service::Engine, Method::POST, POOLS).sending(body)
}

/// Sets how many nodes a pool has, and whether they are replaced when they fail.
pub fn set_pool(id: &str, name: &str, body: Value) -> Request {
    put(format!("set the size of node pool {name}"), pool_path(id), body)
}

/// Sets one thing of a pool: `labels`, `taints`, `linked-resources`, `upgrade`.
pub fn set_pool_part(id: &str, name: &str, part: &str, body: Value) -> Request {
    put(format!("set {part} of node pool {name}"), format!("{}/{part}", pool_path(id)), body)
}

pub fn delete_pool(id: &str, name: &str) -> Request {
    Request::new(format!("delete node pool {name}"), Service::Engine, Method::DELETE, pool_path(id))
}

/// A map as the lists of keys and values that the cloud's APIs take.
pub fn pairs<'a>(map: impl IntoIterator<Item = (&'a str, &'a str)>) -> Value {
    map.into_iter().map(|(key, value)| json!({"key": key, "value": value})).collect()
}
