//! `cluster`: a Kubernetes cluster, existing or to be made.

use crate::config::Cluster;
use crate::config::Network;
use crate::config::node::Node;

pub fn read(node: &Node<'_>) -> Option<Cluster> {
    let network = |block: &Node<'_>| {
        Some(Network {
            vpc: block.text("vpc")?,
            subnet: block.text("subnet")?,
            security_groups: block.texts("security_groups"),
        })
    };
    Some(Cluster {
        provider: node.text("provider")?,
        name: node.text("name").unwrap_or_default(),
        domain: node.text("domain").unwrap_or_else(|| Cluster::DOMAIN.to_owned()),
        kubernetes_version: node.text("kubernetes_version"),
        network: node.block("network").and_then(network),
        file_storage: node.text("file_storage"),
        control_plane_logging: node.flag("control_plane_logging"),
        public_endpoint_access_allow: node.text("public_endpoint_access_allow"),
        tags: node.text_map("tags"),
    })
}
