//! `node_pool`: nodes of one kind.

use super::Places;
use super::decoder;
use super::default_name;
use crate::config::BlockStorage;
use crate::config::Installation;
use crate::config::NodePool;
use crate::config::PoolSize;
use crate::config::Taint;
use crate::config::decoder::Decoder;
use crate::config::rules;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::lang::Resource;

const MAXIMUM_NODES: i64 = 1000;
/// Smaller disks fill up with images (product guide: at least 200 GB).
const ADVISED_STORAGE_GB: i64 = 200;

pub fn decode(resource: &Resource, into: &mut Installation, places: &mut Places, diagnostics: &mut Diagnostics) {
    let mut body = decoder(resource, diagnostics);
    for name in ["cluster", "os", "os_version", "name"] {
        if body.is_set(name) {
            places.arguments.insert((resource.address.clone(), name), body.place(name));
        }
    }
    let size = size(&mut body);
    let pool = NodePool {
        address: resource.address.clone(),
        name: match body.checked_text("name", "Invalid name", rules::label) {
            Some(found) => found.value,
            None => default_name(resource),
        },
        cluster: body.required_reference("cluster", "cluster").map(|found| found.value).unwrap_or_default(),
        server_type: body.required_text("server_type").map_or(String::new(), |found| found.value),
        os: body.text("os").map(|found| found.value.to_lowercase()),
        os_version: body.text("os_version").map(|found| found.value),
        keypair: body.text("keypair").map(|found| found.value),
        block_storage: block_storage(&mut body),
        size,
        labels: body.text_map("labels"),
        taints: taints(&mut body),
        prevent_destroy: resource.lifecycle.prevent_destroy,
    };
    body.finish();
    into.node_pools.push(pool);
}

fn size(body: &mut Decoder) -> PoolSize {
    let count = body.whole("node_count", 0..=MAXIMUM_NODES);
    match (body.block("autoscaling"), count) {
        (Some(block), count) => {
            if count.is_some() {
                let detail = "With autoscaling the number of nodes is not yours to set: give min and max only.";
                let place = body.place("node_count");
                body.push(
                    Diagnostic::error("Conflicting arguments", detail).at(place).related(block.span, "autoscaling"),
                );
            }
            let mut inner = Decoder::new("autoscaling", None, &block.body, block.span, body.diagnostics);
            inner.require("min");
            inner.require("max");
            let min = inner.whole("min", 0..=MAXIMUM_NODES).map_or(0, |found| found.value);
            let max = inner.whole("max", 1..=MAXIMUM_NODES).map_or(min.max(1), |found| found.value);
            if min > max {
                let place = inner.place("min");
                inner.error("Invalid range", format!("min is {min}, more than max, which is {max}."), place);
            }
            inner.finish();
            PoolSize::Autoscaling { min: min as u32, max: max as u32 }
        }
        (None, Some(count)) => PoolSize::Fixed(count.value as u32),
        (None, None) => {
            if !body.is_set("node_count") {
                let finding = Diagnostic::error("Missing argument", "node_pool needs the number of its nodes.")
                    .at(body.span())
                    .help("Add node_count = 3, or a block autoscaling { min = 2, max = 6 } over several lines.");
                body.push(finding);
            }
            PoolSize::default()
        }
    }
}

fn block_storage(body: &mut Decoder) -> Option<BlockStorage> {
    let block = body.block("block_storage")?;
    let mut inner = Decoder::new("block_storage", None, &block.body, block.span, body.diagnostics);
    inner.require("size_gb");
    let size = inner.whole("size_gb", 1..=100_000);
    if let Some(size) = &size
        && size.value < ADVISED_STORAGE_GB
    {
        let detail = format!(
            "{} GB are little for the platform's images; the product asks for {ADVISED_STORAGE_GB} GB.",
            size.value
        );
        inner.push(Diagnostic::warning("Small block storage", detail).at(size.span));
    }
    let storage = BlockStorage {
        kind: inner.choice("type", &["SSD", "HDD"]).map_or("SSD", |found| found.value).to_owned(),
        size_gb: size.map_or(0, |found| found.value as u32),
        encrypted: inner.boolean("encrypted").unwrap_or(false),
    };
    inner.finish();
    Some(storage)
}

fn taints(body: &mut Decoder) -> Vec<Taint> {
    let mut taints = Vec::new();
    for entry in body.objects("taints") {
        let text = |name: &str| entry.value.get(name).and_then(|v| v.as_str()).unwrap_or_default().to_owned();
        let taint = Taint { key: text("key"), value: text("value"), effect: text("effect") };
        if taint.key.is_empty() {
            body.error("Invalid taint", "A taint needs a \"key\".", entry.span);
        }
        if !["NoSchedule", "PreferNoSchedule", "NoExecute"].contains(&taint.effect.as_str()) {
            let detail =
                format!("The effect \"{}\" is not one of NoSchedule, PreferNoSchedule, NoExecute.", taint.effect);
            body.error("Invalid taint", detail, entry.span);
        }
        if let Some(other) = entry.value.keys().find(|key| !["key", "value", "effect"].contains(&key.as_str())) {
            body.error("Invalid taint", format!("A taint has key, value and effect, but no \"{other}\"."), entry.span);
        }
        taints.push(taint);
    }
    taints
}
