//! Nodes: how many there are, what runs on them, and whether there is room for the pods to come.

use std::collections::BTreeSet;

use super::super::size;
use super::super::size::Size;
use super::Check;
use super::Demand;
use super::Placement;
use super::Seen;
use super::Survey;
use super::listed;
use crate::object::Object;

/// Installing more than this part of what is free leaves too little for people's own pods.
const CROWDED: u64 = 80;
/// Upstream publishes most images of the platform for this architecture only.
const ARCHITECTURE: &str = "amd64";

/// Number, size and operating system of the nodes.
pub fn nodes(demand: &Demand<'_>, nodes: &Seen) -> Vec<Check> {
    let nodes = match nodes {
        Ok(nodes) => nodes,
        Err(reason) => return vec![Check::unseen("nodes", reason)],
    };
    let placement = Placement::of(demand.objects.iter().copied());
    let (ready, others): (Vec<&Object>, Vec<&Object>) = nodes.iter().partition(|node| placement.takes(node));
    let mut checks = Vec::new();
    let down: Vec<String> = others
        .iter()
        .map(|node| format!("{} ({})", node.name(), placement.obstacle(node).unwrap_or_default()))
        .collect();
    let down = listed(down.iter().map(String::as_str));
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
        let remedy =
            "These take no pods of the platform: `kubectl describe node` says more, `placement` may let pods there.";
        checks.push(Check::warn("nodes", found, remedy));
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
    let placement = Placement::of(demand.objects.iter().copied());
    let ready: BTreeSet<&str> = nodes.iter().filter(|node| placement.takes(node)).map(Object::name).collect();
    let wanted = size::requested(demand.objects.iter().copied(), ready.len());
    let offered = offered(nodes, &placement);
    // Pods that an earlier apply made are wanted already, and not in the way of themselves.
    let ours: Vec<&str> =
        demand.objects.iter().filter(|object| object.kind() == "Namespace").map(|object| object.name()).collect();
    let used = match &survey.pods {
        Ok(pods) => pods
            .iter()
            .filter(|pod| !ours.contains(&pod.namespace()) && holds_its_request(pod))
            // What runs on nodes that take none of ours is in nobody's way.
            .filter(|pod| pod.text("/spec/nodeName").is_empty() || ready.contains(pod.text("/spec/nodeName")))
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

/// What the nodes that take pods can give to them.
pub fn offered(nodes: &[Object], placement: &Placement) -> Size {
    let ready = nodes.iter().filter(|node| placement.takes(node));
    ready.map(|node| Size::of(node.get("/status/allocatable"))).fold(Size::default(), Size::plus)
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
