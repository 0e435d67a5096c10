//! `cluster`: a Kubernetes cluster, existing or to be made.

use std::collections::BTreeMap;

use crate::config::CloudResource;
use crate::config::Cluster;
use crate::config::Network;
use crate::config::Template;
use crate::config::Topology;
use crate::config::node::Node;
use crate::config::node::Typed;

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
        service_watch_logging: node.flag("service_watch_logging"),
        private_endpoint_access: node.objects("private_endpoint_access").iter().map(resource).collect(),
        public_endpoint_access_allow: node.text("public_endpoint_access_allow"),
        control_plane_count: node.count("control_plane_count"),
        pod_cidrs: node.texts("pod_cidrs"),
        service_cidrs: node.texts("service_cidrs"),
        topology: node.block("topology").and_then(topology),
        control_plane: node.block("control_plane").and_then(template),
        infrastructure: node.block("infrastructure").and_then(template),
        image: node.text("image"),
        tags: node.text_map("tags"),
    })
}

fn topology(block: &Node<'_>) -> Option<Topology> {
    Some(Topology {
        class: block.text("class")?,
        class_namespace: block.text("class_namespace"),
        variables: block.map("variables").into_iter().map(|(name, value)| (name, value.to_json())).collect(),
    })
}

/// An object that something is made of.
pub fn template(block: &Node<'_>) -> Option<Template> {
    Some(Template { api_version: block.text("api_version")?, kind: block.text("kind")?, name: block.text("name")? })
}

/// Something of the cloud, as lists of objects name it.
pub fn resource(fields: &BTreeMap<String, Typed>) -> CloudResource {
    let text = |name: &str| match fields.get(name) {
        Some(Typed::Text(text)) => text.clone(),
        _ => String::new(),
    };
    CloudResource { kind: text("type"), name: text("name"), id: text("id") }
}
