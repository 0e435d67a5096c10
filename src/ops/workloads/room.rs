//! What nodes have left for pods, and which resource a pod does not find there. Pure.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::amounts::Amounts;
use super::amounts::amount_text;
use super::amounts::is_gpu;

/// What one node has, and what pods on it ask for.
#[derive(Clone, Debug, Default)]
pub struct NodeRoom {
    pub allocatable: Amounts,
    pub asked: Amounts,
    pub pods: usize,
    /// Takes no new pods.
    pub is_closed: bool,
}

impl NodeRoom {
    fn free(&self, resource: &str) -> i128 {
        self.allocatable.nanos(resource) - self.asked.nanos(resource)
    }
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The room of each node, by its name.
pub fn rooms(nodes: &[Arc<Value>], pods: &[Arc<Value>]) -> BTreeMap<String, NodeRoom> {
    let room = |node: &Value| NodeRoom {
        allocatable: Amounts::of(node.pointer("/status/allocatable")),
        is_closed: node.pointer("/spec/unschedulable").and_then(Value::as_bool).unwrap_or(false),
        ..NodeRoom::default()
    };
    let mut rooms: BTreeMap<String, NodeRoom> =
        nodes.iter().map(|node| (text(node, "/metadata/name").to_owned(), room(node))).collect();
    for pod in pods.iter().filter(|pod| holds(pod)) {
        if let Some(room) = rooms.get_mut(text(pod, "/spec/nodeName")) {
            let asked = Amounts::of_pod(&pod["spec"]);
            room.asked = std::mem::take(&mut room.asked).plus(&asked, 1);
            room.pods += 1;
        }
    }
    rooms
}

/// Whether a pod takes up room: it is on a node and has not ended.
pub fn holds(pod: &Value) -> bool {
    !text(pod, "/spec/nodeName").is_empty() && !matches!(text(pod, "/status/phase"), "Succeeded" | "Failed")
}

/// What no node has enough of for a pod that asks for so much; `None` where one has room.
pub fn bottleneck(asked: &Amounts, rooms: &BTreeMap<String, NodeRoom>) -> Option<String> {
    let open = || rooms.iter().filter(|(_, room)| !room.is_closed);
    if open().next().is_none() {
        return Some("no node takes pods".to_owned());
    }
    // Devices are scarcer than memory, and memory than processors.
    let mut resources: Vec<&String> = asked.0.keys().collect();
    resources.sort_by_key(|name| (!is_gpu(name), name.as_str() == "cpu"));
    for resource in resources {
        let wanted = asked.nanos(resource);
        let (most, node) = open().map(|(name, room)| (room.free(resource), name)).max()?;
        if wanted <= most || wanted == 0 {
            continue;
        }
        let largest = open().map(|(_, room)| room.allocatable.nanos(resource)).max().unwrap_or(0);
        let shown = amount_text(resource, wanted);
        return Some(match largest {
            0 => format!("no node has {resource}, of which a pod asks for {shown}"),
            largest if largest < wanted => {
                format!(
                    "no node is large enough for the {shown} {resource} of a pod: the largest has {}",
                    amount_text(resource, largest)
                )
            }
            _ => format!(
                "{resource}: a pod asks for {shown}, and no node has more than {} free ({node})",
                amount_text(resource, most.max(0))
            ),
        });
    }
    let fits = |room: &NodeRoom| asked.0.keys().all(|resource| asked.nanos(resource) <= room.free(resource));
    let fits_anywhere = open().any(|(_, room)| fits(room));
    (!fits_anywhere).then(|| "no node has all free at once that a pod asks for".to_owned())
}

/// What there is too little of for pods of these templates: for one of them, or for all together.
pub fn shortage(templates: &[(i64, Amounts)], rooms: &BTreeMap<String, NodeRoom>) -> Option<String> {
    let wanted = || templates.iter().filter(|(times, pod)| *times > 0 && !pod.is_empty());
    if let Some(short) = wanted().find_map(|(_, pod)| bottleneck(pod, rooms)) {
        return Some(short);
    }
    let all = wanted().fold(Amounts::default(), |sum, (times, pod)| sum.plus(pod, (*times).into()));
    let open = || rooms.values().filter(|room| !room.is_closed);
    let free = |resource: &str| open().map(|room| room.free(resource).max(0)).sum::<i128>();
    let short = all.0.keys().find(|resource| all.nanos(resource) > free(resource))?;
    Some(format!("{short}: {} asked for in all, {} free", all.text(short), amount_text(short, free(short))))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_what_is_short() {
        let node = |name: &str, gpus: u32| {
            Arc::new(
                json!({"metadata": {"name": name}, "status": {"allocatable": {"cpu": "8", "memory": "32Gi", "nvidia.com/gpu": gpus.to_string()}}}),
            )
        };
        let pod = |node: &str, asked: Value| {
            Arc::new(
                json!({"spec": {"nodeName": node, "containers": [{"resources": {"requests": asked}}]}, "status": {"phase": "Running"}}),
            )
        };
        let nodes = [node("a", 0), node("b", 2)];
        let pods = [pod("b", json!({"nvidia.com/gpu": 1, "cpu": "1"})), pod("a", json!({"cpu": "7"}))];
        let rooms = rooms(&nodes, &pods);
        let check = |asked: Value, expected: Option<&str>| {
            assert_eq!(bottleneck(&Amounts::of(Some(&asked)), &rooms).as_deref(), expected, "{asked}");
        };
        check(json!({"cpu": "7"}), None);
        check(json!({"nvidia.com/gpu": 1}), None);
        check(
            json!({"nvidia.com/gpu": 2}),
            Some("nvidia.com/gpu: a pod asks for 2, and no node has more than 1 free (b)"),
        );
        check(json!({"cpu": "8"}), Some("cpu: a pod asks for 8, and no node has more than 7 free (b)"));
        check(json!({"cpu": "9"}), Some("no node is large enough for the 9 cpu of a pod: the largest has 8"));
        check(json!({"amd.com/gpu": 1}), Some("no node has amd.com/gpu, of which a pod asks for 1"));
        check(json!({"nvidia.com/gpu": 1, "cpu": "7"}), None);
        check(json!({}), None);
        let gpu = Amounts::of(Some(&json!({"nvidia.com/gpu": 1})));
        assert_eq!(shortage(&[(1, gpu.clone())], &rooms), None);
        assert_eq!(shortage(&[(3, gpu)], &rooms).as_deref(), Some("nvidia.com/gpu: 3 asked for in all, 1 free"));
    }
}
