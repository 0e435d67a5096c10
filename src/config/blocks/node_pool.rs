//! `node_pool`: nodes of one kind.

use std::collections::BTreeMap;

use crate::config::BlockStorage;
use crate::config::NodePool;
use crate::config::PoolSize;
use crate::config::Taint;
use crate::config::decoder::Decoder;
use crate::config::node::Node;
use crate::config::node::Typed;
use crate::diag::Diagnostic;

/// Smaller disks fill up with images (product guide: at least 200 GB).
const ADVISED_STORAGE_GB: u32 = 200;

pub fn read(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<NodePool> {
    let size = size(node, decoder);
    let storage = node.block("block_storage").and_then(|block| block_storage(block, decoder));
    Some(NodePool {
        name: node.text("name")?,
        cluster: node.reference("cluster")?,
        server_type: node.text("server_type")?,
        os: node.text("os").map(|os| os.to_lowercase()),
        os_version: node.text("os_version"),
        keypair: node.text("keypair"),
        block_storage: storage,
        size: size?,
        labels: node.text_map("labels"),
        taints: node.objects("taints").iter().map(taint).collect(),
    })
}

fn size(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<PoolSize> {
    if let Some(block) = node.block("autoscaling") {
        let (min, max) = (block.count("min")?, block.count("max")?);
        if min > max {
            let place = block.place("min");
            let shown = if place.sensitive || block.place("max").sensitive {
                "min is more than max.".to_owned()
            } else {
                format!("min is {min}, more than max, which is {max}.")
            };
            decoder.push_at(place, Diagnostic::error("Invalid range", shown).at(place.span));
        }
        return Some(PoolSize::Autoscaling { min, max });
    }
    if !node.is_set("node_count") {
        let finding = Diagnostic::error("Missing argument", "node_pool needs the number of its nodes.")
            .at(node.span)
            .help("Add node_count = 3, or a block autoscaling { min = 2, max = 6 } over several lines.");
        decoder.push(finding);
    }
    node.count("node_count").map(PoolSize::Fixed)
}

fn block_storage(block: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<BlockStorage> {
    let size_gb = block.count("size_gb")?;
    if size_gb < ADVISED_STORAGE_GB {
        let place = block.place("size_gb");
        let size = if place.sensitive { "This".to_owned() } else { format!("{size_gb} GB") };
        let detail =
            format!("{size} is little for the platform's images; the product asks for {ADVISED_STORAGE_GB} GB.");
        decoder.push_at(place, Diagnostic::warning("Small block storage", detail).at(place.span));
    }
    Some(BlockStorage { kind: block.text("type")?, size_gb, encrypted: block.flag("encrypted") })
}

fn taint(fields: &BTreeMap<String, Typed>) -> Taint {
    let text = |name: &str| match fields.get(name) {
        Some(Typed::Text(text)) => text.clone(),
        _ => String::new(),
    };
    Taint { key: text("key"), value: text("value"), effect: text("effect") }
}
