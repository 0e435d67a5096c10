//! Nodes: how many there are, what runs on them, and whether there is room for the pods to come.

use serde_json::Value;

use super::super::size;
use super::super::size::Size;
use super::Check;
use super::Demand;
use super::Survey;
use super::listed;
use crate::object::Object;

/// Installing more than this part of what is free leaves too little for people's own pods.
const CROWDED: u64 = 80;
/// Upstream publishes most images of the platform for this architecture only.
const ARCHITECTURE: &str = "amd64";

/// Number, size and operating system of the nodes.
pub fn nodes(demand: &Demand<'_>, survey: &Survey) -> Vec<Check> {
    let nodes = match &survey.nodes {
        Ok(nodes) => nodes,
        Err(reason) => return vec![Check::unseen("nodes", reason)],
    };
    let ready: Vec<&Object> = nodes.iter().filter(|node| takes_pods(node)).collect();
    let mut checks = Vec::new();
    let down = listed(nodes.iter().filter(|node| !takes_pods(node)).map(Object::name));
    let found = match down.as_str() {
        "" => format!("{} ready", ready.len()),
        down => format!("{} ready, not {down}", ready.len()),
    };
    if ready.len() < demand.least_nodes {
        let remedy = format!("Add nodes: the platform needs at least {}.", demand.least_nodes);
        checks.push(Check::fail("nodes", found, remedy));
    } else if down.is_empty() {
        checks.push(Check::pass("nodes", found));
    } else {
        checks.push(Check::warn("nodes", found, "Look at these nodes, or remove them: `kubectl describe node`."));
    }
    checks.extend(operating_systems(&ready));
    if let Some((edition, least)) = demand.edition {
        let has = ready.iter().map(|node| Size::of(node.get("/status/capacity"))).fold(Size::default(), Size::plus);
        let numbers = |size: Size| format!("{} vCPU and {:.0} GB", size.processors(), size.gigabytes());
        let found = format!("{}; the {edition} edition needs {}", numbers(has), numbers(least));
        checks.push(match least.fits_into(has) {
            true => Check::pass("size", found),
            false => Check::fail("size", found, "Add nodes, or choose larger ones."),
        });
    }
    checks
}

/// Whether what the pods request finds room beside those that run already.
pub fn room(demand: &Demand<'_>, survey: &Survey) -> Vec<Check> {
    let Ok(nodes) = &survey.nodes else { return Vec::new() };
    let ready: Vec<&Object> = nodes.iter().filter(|node| takes_pods(node)).collect();
    let wanted = size::requested(demand.objects.iter().copied(), ready.len());
    let offered = offered(nodes);
    // Pods that an earlier apply made are wanted already, and not in the way of themselves.
    let ours: Vec<&str> =
        demand.objects.iter().filter(|object| object.kind() == "Namespace").map(|object| object.name()).collect();
    let used = match &survey.pods {
        Ok(pods) => pods
            .iter()
            .filter(|pod| !ours.contains(&pod.namespace()) && holds_its_request(pod))
            .filter_map(|pod| pod.get("/spec"))
            .map(size::of_pod)
            .fold(Size::default(), Size::plus),
        Err(_) => Size::default(),
    };
    let free = offered.minus(used);
    let found = format!("pods will request {wanted}, and {free} are free");
    let remedy = "Add nodes, or switch components off.";
    vec![if !wanted.fits_into(free) {
        Check::fail("room", found, remedy)
    } else if !wanted.times(100).fits_into(free.times(CROWDED)) {
        Check::warn("room", found, format!("Little is left for people's own pods. {remedy}"))
    } else {
        Check::pass("room", found)
    }]
}

/// What the ready nodes can give to pods.
pub fn offered(nodes: &[Object]) -> Size {
    let ready = nodes.iter().filter(|node| takes_pods(node));
    ready.map(|node| Size::of(node.get("/status/allocatable"))).fold(Size::default(), Size::plus)
}

/// Ready, not cordoned, and not kept for the control plane.
pub fn takes_pods(node: &Object) -> bool {
    let conditions = node.get("/status/conditions").and_then(Value::as_array);
    let ready = conditions.into_iter().flatten().any(|c| c["type"] == "Ready" && c["status"] == "True");
    let taints = node.get("/spec/taints").and_then(Value::as_array);
    let reserved = taints.into_iter().flatten().any(|taint| {
        let key = taint["key"].as_str().unwrap_or_default();
        key.starts_with("node-role.kubernetes.io/") && taint["effect"] != "PreferNoSchedule"
    });
    ready && !reserved && node.get("/spec/unschedulable") != Some(&Value::Bool(true))
}

/// A pod that holds what it requested.
fn holds_its_request(pod: &Object) -> bool {
    !matches!(pod.text("/status/phase"), "Succeeded" | "Failed")
}

fn operating_systems(nodes: &[&Object]) -> Vec<Check> {
    let info = |node: &Object, field: &str| node.text(&format!("/status/nodeInfo/{field}")).to_owned();
    let linux = nodes.iter().filter(|node| info(node, "operatingSystem") == "linux");
    let fitting: Vec<_> = linux.clone().filter(|node| info(node, "architecture") == ARCHITECTURE).collect();
    let images: Vec<String> = nodes.iter().map(|node| info(node, "osImage")).collect();
    let found = listed(images.iter().map(String::as_str).filter(|image| !image.is_empty()));
    if nodes.is_empty() || found.is_empty() {
        return Vec::new();
    }
    if fitting.is_empty() {
        let remedy = format!("Add Linux nodes of architecture {ARCHITECTURE}: most images exist for no other.");
        return vec![Check::fail("node OS", format!("{found}, none of them Linux on {ARCHITECTURE}"), remedy)];
    }
    let other: Vec<&str> =
        nodes.iter().filter(|n| !fitting.iter().any(|f| f.name() == n.name())).map(|n| n.name()).collect();
    if other.is_empty() {
        return vec![Check::pass("node OS", found)];
    }
    let found = format!("{found}; not Linux on {ARCHITECTURE}: {}", listed(other));
    let remedy = "The platform's pods would fail there: taint these nodes.";
    vec![Check::warn("node OS", found, remedy)]
}
