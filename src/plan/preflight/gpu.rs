//! GPUs: whether there are any where they are wanted, and who brings their driver.

use serde_json::Value;

use super::Check;
use super::Demand;
use super::Seen;
use super::listed;
use crate::object::Object;

const SUBJECT: &str = "GPU";
/// Labels by which nodes tell of an NVIDIA card: node feature discovery (vendor 10de), and the GPU operator's own.
const CARDS: [&str; 4] = [
    "feature.node.kubernetes.io/pci-10de.present",
    "feature.node.kubernetes.io/pci-0302_10de.present",
    "feature.node.kubernetes.io/pci-0300_10de.present",
    "nvidia.com/gpu.present",
];
/// Labels of GPU feature discovery with the versions of driver and CUDA.
const DRIVER: [&str; 2] = ["nvidia.com/cuda.driver-version.full", "nvidia.com/cuda.driver.major"];
const CUDA: [&str; 2] = ["nvidia.com/cuda.runtime-version.full", "nvidia.com/cuda.runtime.major"];

pub fn check(demand: &Demand<'_>, nodes: &Seen) -> Option<Check> {
    if !demand.wants_gpus {
        return None;
    }
    let nodes = match nodes {
        Ok(nodes) => nodes,
        Err(reason) => return Some(Check::unseen(SUBJECT, reason)),
    };
    let with: Vec<&Object> = nodes.iter().filter(|node| is_up(node) && has_card(node)).collect();
    if with.is_empty() {
        let found = "no node tells of an NVIDIA GPU yet";
        let remedy =
            "Nodes tell once node feature discovery runs, which comes with the GPU operator. Else add a GPU pool.";
        return Some(Check::warn(SUBJECT, found, remedy));
    }
    let version = |labels: &[&str]| {
        let versions: Vec<&str> = with.iter().filter_map(|node| labels.iter().find_map(|l| node.label(l))).collect();
        listed(versions)
    };
    let (driver, cuda) = (version(&DRIVER), version(&CUDA));
    let names = listed(with.iter().map(|node| node.name()));
    let found = match (driver.as_str(), cuda.as_str()) {
        ("", _) => format!("{names}; the driver does not tell its version yet"),
        (driver, "") => format!("{names} with driver {driver}"),
        (driver, cuda) => format!("{names} with driver {driver}, CUDA {cuda}"),
    };
    // The GPU operator does, unless its policy says otherwise.
    let brings_driver = demand.objects.iter().any(|object| {
        object.kind() == "ClusterPolicy" && object.get("/spec/driver/enabled") != Some(&Value::Bool(false))
    });
    let offers = with.iter().any(|node| offers_gpus(node));
    Some(if offers && brings_driver && driver.is_empty() {
        let remedy = "Its driver is there already: component \"gpu-operator\" { inputs = { driver = false } }.";
        Check::warn(SUBJECT, format!("{found}; GPUs are offered to pods already"), remedy)
    } else if !offers && !brings_driver {
        let remedy = "Nobody installs a driver: let the GPU operator do it, or choose nodes that have one.";
        Check::warn(SUBJECT, format!("{found}; no GPU is offered to pods"), remedy)
    } else {
        Check::pass(SUBJECT, found)
    })
}

/// Ready and not cordoned. Nodes with GPUs are often tainted for those who need one; their pods tolerate it.
fn is_up(node: &Object) -> bool {
    let conditions = node.get("/status/conditions").and_then(Value::as_array);
    let ready = conditions.into_iter().flatten().any(|c| c["type"] == "Ready" && c["status"] == "True");
    ready && node.get("/spec/unschedulable") != Some(&Value::Bool(true))
}

fn has_card(node: &Object) -> bool {
    CARDS.iter().any(|label| node.label(label) == Some("true")) || offers_gpus(node)
}

/// Whether pods can be given a GPU of it, whole or in parts.
fn offers_gpus(node: &Object) -> bool {
    let resources = node.get("/status/allocatable").and_then(Value::as_object);
    resources
        .into_iter()
        .flatten()
        .any(|(name, amount)| (name.starts_with("nvidia.com/") || name.starts_with("volcano.sh/vgpu")) && amount != "0")
}
