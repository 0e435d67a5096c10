//! Where people reach a platform, as far as the cluster tells.

use serde_json::Value;

use crate::config::EndpointKind;
use crate::config::Platform;
use crate::object::GroupVersionKind;
use crate::object::Object;
use crate::object::ObjectId;
use crate::plan::Observation;
use crate::provider::kubernetes::Cluster;

/// Host name or address: the configured one, else a node's, the load balancer's, or the Service's name.
pub fn host(platform: &Platform, observation: &Observation, nodes: &[Object]) -> Option<String> {
    of(platform, observation.live.get(&gateway()), nodes)
}

/// The same as the cluster tells it now: after a first apply, the load balancer has its address only then.
pub async fn host_now(cluster: &Cluster, platform: &Platform) -> Option<String> {
    let nodes = cluster.seen("", "v1", "Node").await.unwrap_or_default();
    let id = gateway();
    let service = match cluster.resource(&GroupVersionKind::new("", "v1", "Service")).await {
        Ok(resource) => cluster.get(&resource, &id.namespace, &id.name).await.ok().flatten(),
        Err(_) => None,
    };
    of(platform, service.as_ref(), &nodes)
}

/// The Service people come through.
fn gateway() -> ObjectId {
    ObjectId::new("", "Service", "istio-system", "istio-ingressgateway")
}

fn of(platform: &Platform, gateway: Option<&Object>, nodes: &[Object]) -> Option<String> {
    if let Some(host) = &platform.endpoint.host {
        return Some(host.clone());
    }
    match platform.endpoint.kind {
        EndpointKind::NodePort => node_address(nodes),
        EndpointKind::LoadBalancer => {
            let ingress = gateway?.get("/status/loadBalancer/ingress")?.get(0)?;
            let text = |key: &str| ingress.get(key).and_then(Value::as_str).map(str::to_owned);
            text("hostname").or_else(|| text("ip"))
        }
        EndpointKind::ClusterIp => Some("istio-ingressgateway.istio-system.svc".to_owned()),
    }
}

/// An address of a node that people can reach: an external one before an internal one.
fn node_address(nodes: &[Object]) -> Option<String> {
    let find = |kind: &str| {
        nodes.iter().find_map(|node| {
            let addresses = node.get("/status/addresses")?.as_array()?;
            let found = addresses.iter().find(|address| address.get("type").and_then(Value::as_str) == Some(kind))?;
            found.get("address")?.as_str().map(str::to_owned)
        })
    };
    find("ExternalIP").or_else(|| find("InternalIP"))
}
