//! `node_pool`: nodes of one kind.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::cluster::resource;
use super::cluster::template;
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
/// The kind of disk whose speed is promised.
const PROVISIONED: &str = "SSD_Provisioned";
/// What `advanced` sets, all of it at once.
const ADVANCED_NUMBERS: [&str; 6] = [
    "max_pods",
    "image_gc_high_threshold",
    "image_gc_low_threshold",
    "container_log_max_size",
    "container_log_max_files",
    "pod_max_pids",
];
const SYSCTLS: &str = "allowed_unsafe_sysctls";

pub fn read(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<NodePool> {
    let size = size(node, decoder);
    let storage = node.block("block_storage").and_then(|block| block_storage(block, decoder));
    Some(NodePool {
        name: node.text("name")?,
        cluster: node.reference("cluster")?,
        server_type: node.text("server_type").unwrap_or_default(),
        machine_class: node.text("machine_class"),
        infrastructure: node.block("infrastructure").and_then(template),
        bootstrap: node.block("bootstrap").and_then(template),
        os: node.text("os").map(|os| os.to_lowercase()),
        os_version: node.text("os_version"),
        keypair: node.text("keypair"),
        gpu_driver: node.text("gpu_driver"),
        custom_image: node.text("custom_image"),
        server_group: node.text("server_group"),
        auto_recovery: node.flag("auto_recovery"),
        linked_resources: node.objects("linked_resources").iter().map(resource).collect(),
        advanced: node.block("advanced").map(advanced).unwrap_or_default(),
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
    let kind = block.text("type")?;
    provisioned(block, &kind, decoder);
    Some(BlockStorage {
        kind,
        size_gb,
        encrypted: block.flag("encrypted"),
        iops: block.count("iops"),
        throughput: block.count("throughput"),
    })
}

/// What goes with a disk of promised speed, and with no other.
fn provisioned(block: &Node<'_>, kind: &str, decoder: &mut Decoder<'_>) {
    let promised = kind == PROVISIONED;
    for name in ["iops", "throughput"] {
        let place = block.place(name);
        match (promised, block.is_set(name)) {
            (true, false) => {
                let detail = format!("A disk of the kind {PROVISIONED} needs \"{name}\".");
                decoder.push(Diagnostic::error("Missing argument", detail).at(block.span));
            }
            (false, true) => {
                let detail = format!("\"{name}\" has a meaning for the kind {PROVISIONED} only.");
                let finding = Diagnostic::error("Argument without effect", detail).at(place.span).help("Remove it.");
                decoder.push_at(place, finding);
            }
            _ => {}
        }
    }
    if promised && block.flag("encrypted") {
        let place = block.place("encrypted");
        let detail = format!("Disks of the kind {PROVISIONED} are not offered encrypted.");
        let finding = Diagnostic::error("Invalid value", detail).at(place.span);
        decoder.push_at(place, finding.help("Choose SSD or HDD, or leave encrypted away."));
    }
}

/// All settings of the block, with their defaults.
fn advanced(block: &Node<'_>) -> BTreeMap<String, Json> {
    let mut settings: BTreeMap<String, Json> =
        ADVANCED_NUMBERS.iter().filter_map(|name| Some(((*name).to_owned(), block.count(name)?.into()))).collect();
    settings.insert(SYSCTLS.to_owned(), block.text(SYSCTLS).unwrap_or_default().into());
    settings
}

fn taint(fields: &BTreeMap<String, Typed>) -> Taint {
    let text = |name: &str| match fields.get(name) {
        Some(Typed::Text(text)) => text.clone(),
        _ => String::new(),
    };
    Taint { key: text("key"), value: text("value"), effect: text("effect") }
}
