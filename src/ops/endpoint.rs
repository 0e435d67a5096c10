//! Where people reach a platform, as far as the cluster tells: what is asked of it for that.

use crate::config::Platform;
use crate::config::host_of;
use crate::config::is_at_node;
use crate::object::GroupVersionKind;
use crate::object::ObjectId;
use crate::provider::kubernetes::Cluster;

/// Host name or address as the cluster tells it now: after a first apply, the load balancer has its address only then.
pub async fn host_now(cluster: &Cluster, platform: &Platform, gateway: Option<&ObjectId>) -> Option<String> {
    let nodes = match is_at_node(platform) {
        true => cluster.seen("", "v1", "Node").await.unwrap_or_default(),
        false => Vec::new(),
    };
    let service = match (gateway, cluster.resource(&GroupVersionKind::new("", "v1", "Service")).await) {
        (Some(id), Ok(resource)) => cluster.get(&resource, &id.namespace, &id.name).await.ok().flatten(),
        _ => None,
    };
    host_of(platform, gateway, service.as_ref(), &nodes)
}
