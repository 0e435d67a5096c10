//! Nodes with what they have, what is asked of them and what is left, their GPUs by kind, and the node pools.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use serde_json::Value;
use serde_json::json;

use super::Console;
use super::Page;
use crate::ops;
use crate::ops::Amounts;
use crate::ops::NodeRoom;
use crate::ops::Outpost;

const PARTS: [&str; 2] = ["nodes", "pods"];
/// Labels by which a node tells its pool: ours, and those of clouds and tools.
const POOLS: [&str; 7] = [
    "stackwright.io/node-pool",
    "cloud.google.com/gke-nodepool",
    "eks.amazonaws.com/nodegroup",
    "kubernetes.azure.com/agentpool",
    "agentpool",
    "node.kubernetes.io/instance-group",
    "pool",
];
/// Labels by which a node tells what its GPUs are.
const PRODUCTS: [&str; 3] = ["nvidia.com/gpu.product", "amd.com/gpu.product-name", "gpu.intel.com/product"];
/// Conditions that are good when they are True; all others are bad then.
const GOOD: [&str; 1] = ["Ready"];

impl Console {
    pub(super) fn nodes(&self) -> Page {
        let clusters: Vec<Value> = self.outposts().iter().map(|outpost| cluster(outpost)).collect();
        Page {
            template: "nodes.html",
            title: "Nodes".to_owned(),
            within: "/nodes",
            model: json!({"lines": self.lines(&PARTS), "clusters": clusters}),
        }
    }
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn label<'v>(node: &'v Value, names: &[&str]) -> &'v str {
    names.iter().find_map(|name| node["metadata"]["labels"].get(*name)?.as_str()).unwrap_or_default()
}

fn cluster(outpost: &Outpost) -> Value {
    let nodes = outpost.objects("Node");
    let rooms = ops::rooms(&nodes, &outpost.objects("Pod"));
    let (mut whole, mut pools, mut kinds) = (NodeRoom::default(), BTreeMap::new(), BTreeMap::new());
    let mut rows = Vec::new();
    for node in &nodes {
        let name = text(node, "/metadata/name");
        let Some(room) = rooms.get(name) else { continue };
        let pool = label(node, &POOLS);
        let product = label(node, &PRODUCTS);
        add(&mut whole, room);
        let (count, of_pool): &mut (usize, NodeRoom) = pools.entry(pool.to_owned()).or_default();
        *count += 1;
        add(of_pool, room);
        for gpu in room.allocatable.gpus() {
            let of_kind: &mut (i128, i128, usize) = kinds.entry((gpu.to_owned(), product.to_owned())).or_default();
            of_kind.0 += room.allocatable.nanos(gpu);
            of_kind.1 += room.asked.nanos(gpu);
            of_kind.2 += 1;
        }
        rows.push(row(node, room, pool));
    }
    rows.sort_by_key(|row| row["is_well"] == true);
    let amounts = |room: &NodeRoom| amounts(room, &["cpu", "memory"]);
    json!({
        "address": outpost.address(),
        "count": nodes.len(),
        "whole": amounts(&whole),
        "pods": whole.pods,
        "pools": pools.iter().map(|(name, (count, room))| json!({"name": name, "count": count, "amounts": amounts(room), "gpus": gpus(room)})).collect::<Vec<_>>(),
        "gpus": kinds.iter().map(|((resource, product), (all, used, count))| json!({
            "resource": resource, "product": product, "nodes": count,
            "all": ops::amount_text(resource, *all), "used": ops::amount_text(resource, *used), "free": ops::amount_text(resource, (all - used).max(0)),
        })).collect::<Vec<_>>(),
        "nodes": rows,
    })
}

fn add(sum: &mut NodeRoom, room: &NodeRoom) {
    sum.allocatable = std::mem::take(&mut sum.allocatable).plus(&room.allocatable, 1);
    sum.asked = std::mem::take(&mut sum.asked).plus(&room.asked, 1);
    sum.pods += room.pods;
}

/// Of each resource, how much is asked for of how much there is.
fn amounts(room: &NodeRoom, resources: &[&str]) -> Vec<Value> {
    let share = |resource: &&str| {
        let (asked, all) = (room.asked.nanos(resource), room.allocatable.nanos(resource));
        let percent = if all > 0 { (asked.saturating_mul(100) / all).clamp(0, 100) as i64 } else { 0 };
        json!({"resource": resource, "asked": room.asked.text(resource), "all": room.allocatable.text(resource), "percent": percent})
    };
    resources.iter().map(share).collect()
}

fn gpus(room: &NodeRoom) -> Vec<Value> {
    let names: BTreeSet<&str> = room.allocatable.gpus().collect();
    amounts(room, &names.into_iter().collect::<Vec<_>>())
}

fn row(node: &Value, room: &NodeRoom, pool: &str) -> Value {
    let conditions = node.pointer("/status/conditions").and_then(Value::as_array).into_iter().flatten();
    let bad: Vec<String> = conditions
        .filter(|one| {
            let is_good = GOOD.contains(&text(one, "/type"));
            one["status"] != if is_good { "True" } else { "False" }
        })
        .map(|one| {
            let told = [text(one, "/message"), text(one, "/reason")].into_iter().find(|told| !told.is_empty());
            format!(
                "{} is {}{}",
                text(one, "/type"),
                text(one, "/status"),
                told.map(|told| format!(": {told}")).unwrap_or_default()
            )
        })
        .collect();
    let taints = node.pointer("/spec/taints").and_then(Value::as_array).into_iter().flatten();
    let taint = |taint: &Value| {
        let value = text(taint, "/value");
        let value = if value.is_empty() { String::new() } else { format!("={value}") };
        format!("{}{value}:{}", text(taint, "/key"), text(taint, "/effect"))
    };
    let capacity = Amounts::of(node.pointer("/status/capacity"));
    json!({
        "name": text(node, "/metadata/name"),
        "pool": pool,
        "version": text(node, "/status/nodeInfo/kubeletVersion"),
        "system": text(node, "/status/nodeInfo/osImage"),
        "product": label(node, &PRODUCTS),
        "capacity": capacity.to_string(),
        "amounts": amounts(room, &["cpu", "memory"]),
        "gpus": gpus(room),
        "pods": room.pods,
        "is_closed": room.is_closed,
        "is_well": bad.is_empty() && !room.is_closed,
        "bad": bad,
        "taints": taints.map(taint).collect::<Vec<_>>(),
    })
}
