//! Where people reach a platform, as far as the cluster tells.

use serde_json::Value;

use crate::config::EndpointKind;
use crate::config::Platform;
use crate::object::GroupVersionKind;
use crate::object::ObjectId;
use crate::plan::Observation;
use crate::provider::kubernetes::Cluster;

/// Host name or address: the configured one, else a node's, the load balancer's, or the Service's name.
pub async fn host(cluster: &Cluster, platform: &Platform, observation: &Observation) -> Option<String> {
    if let Some(host) = &platform.endpoint.host {
        return Some(host.clone());
    }
    match platform.endpoint.kind {
        EndpointKind::NodePort => node_address(cluster).await,
        EndpointKind::LoadBalancer => {
            let gateway = ObjectId::new("", "Service", "istio-system", "istio-ingressgateway");
            let ingress = observation.live.get(&gateway)?.get("/status/loadBalancer/ingress")?.get(0)?;
            let text = |key: &str| ingress.get(key).and_then(Value::as_str).map(str::to_owned);
            text("hostname").or_else(|| text("ip"))
        }
        EndpointKind::ClusterIp => Some("istio-ingressgateway.istio-system.svc".to_owned()),
    }
}

/// An address of a node that people can reach: an external one before an internal one. Who may not list nodes simply
/// does not learn it.
async fn node_address(cluster: &Cluster) -> Option<String> {
    let resource = cluster.resource(&GroupVersionKind::new("", "v1", "Node")).await.ok()?;
    let (nodes, _) = cluster.list(&resource, "", "").await.ok()?;
    let find = |kind: &str| {
        nodes.iter().find_map(|node| {
            let addresses = node.get("/status/addresses")?.as_array()?;
            let found = addresses.iter().find(|address| address.get("type").and_then(Value::as_str) == Some(kind))?;
            found.get("address")?.as_str().map(str::to_owned)
        })
    };
    find("ExternalIP").or_else(|| find("InternalIP"))
}
