//! `cluster`: a Kubernetes cluster, existing or to be made.

use super::Places;
use super::decoder;
use crate::config::Cluster;
use crate::config::Installation;
use crate::config::Network;
use crate::config::decoder::Decoder;
use crate::config::rules;
use crate::diag::Diagnostics;
use crate::lang::Resource;

/// Arguments and blocks that only some providers use; whether this one does stands in its `provider.hcl`.
pub const PROVIDER_ARGUMENTS: [&str; 6] =
    ["name", "kubernetes_version", "file_storage", "control_plane_logging", "public_endpoint_access_allow", "network"];

pub fn decode(resource: &Resource, into: &mut Installation, places: &mut Places, diagnostics: &mut Diagnostics) {
    let mut body = decoder(resource, diagnostics);
    for name in PROVIDER_ARGUMENTS {
        let place = if name == "network" {
            body.block(name).map(|block| block.span)
        } else {
            body.is_set(name).then(|| body.place(name))
        };
        if let Some(place) = place {
            places.arguments.insert((resource.address.clone(), name), place);
        }
    }
    let provider = match &resource.provider {
        Some((provider, span)) => {
            places.arguments.insert((resource.address.clone(), "provider"), *span);
            provider.clone()
        }
        None => {
            let finding =
                crate::diag::Diagnostic::error("Missing argument", "cluster needs the argument \"provider\".")
                    .at(resource.span)
                    .help("Add provider = kubernetes for a cluster that exists, or provider = sandbox to try it out.");
            body.push(finding);
            String::new()
        }
    };
    let cluster = Cluster {
        address: resource.address.clone(),
        provider,
        name: body.checked_text("name", "Invalid cluster name", rules::cluster_name).map_or(String::new(), |f| f.value),
        kubernetes_version: body
            .checked_text("kubernetes_version", "Invalid version", rules::kubernetes_version)
            .map(|found| found.value),
        network: network(&mut body),
        file_storage: body.text("file_storage").map(|found| found.value),
        control_plane_logging: body.boolean("control_plane_logging").unwrap_or(false),
        public_endpoint_access_allow: body
            .checked_text("public_endpoint_access_allow", "Invalid address", |text| {
                match text.parse::<std::net::IpAddr>() {
                    Ok(_) => Ok(()),
                    Err(_) => {
                        text.parse::<ipnet::IpNet>().map(|_| ()).map_err(|_| "it is no IP address or range".to_owned())
                    }
                }
            })
            .map(|found| found.value),
        tags: tags(&mut body),
        prevent_destroy: resource.lifecycle.prevent_destroy,
    };
    body.finish();
    into.clusters.push(cluster);
}

fn network(body: &mut Decoder) -> Option<Network> {
    let block = body.block("network")?;
    let mut inner = Decoder::new("network", None, &block.body, block.span, body.diagnostics);
    let network = Network {
        vpc: inner.required_text("vpc").map_or(String::new(), |found| found.value),
        subnet: inner.required_text("subnet").map_or(String::new(), |found| found.value),
        security_groups: inner.texts("security_groups").into_iter().map(|found| found.value).collect(),
    };
    inner.finish();
    Some(network)
}

/// `tags`, with the product guide's limits.
pub fn tags(body: &mut Decoder) -> std::collections::BTreeMap<String, String> {
    let tags = body.text_map("tags");
    if let Err(reason) = rules::tags(&tags) {
        let place = body.place("tags");
        body.error("Invalid tags", format!("The tags are not valid: {reason}."), place);
    }
    tags
}
