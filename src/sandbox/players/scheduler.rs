//! Where a pod may run: capacity, selectors, affinity to nodes and taints, as the scheduler judges them.

use std::collections::BTreeMap;
use std::collections::HashMap;

use serde_json::Value;

use super::look;
use super::world::World;
use crate::object::schema::Quantity;

/// What pods take of each node. Kept by the one who places pods, so that two placed at once do not share a gap.
#[derive(Default)]
pub(super) struct Ledger {
    /// By uid of the pod: its node and what it requests.
    placed: HashMap<String, (String, Amounts)>,
}

type Amounts = BTreeMap<String, i128>;

impl Ledger {
    /// Finds a node and reserves what the pod requests there; else says why none fits, in the scheduler's words.
    pub fn place(&mut self, world: &World, pod: &Value) -> Result<String, String> {
        if let Some((node, _)) = self.placed.get(look::uid(pod)) {
            return Ok(node.clone());
        }
        let nodes = world.list("nodes", "");
        let requests = requests_of(pod);
        let mut refusals: BTreeMap<String, usize> = BTreeMap::new();
        let mut best: Option<(usize, String)> = None;
        for node in &nodes {
            let name = look::name(node);
            match self.refusal(node, pod, &requests) {
                Some(reason) => *refusals.entry(reason).or_default() += 1,
                None => {
                    let load = self.placed.values().filter(|(other, _)| other == name).count();
                    if best.as_ref().is_none_or(|(least, _)| load < *least) {
                        best = Some((load, name.to_owned()));
                    }
                }
            }
        }
        if let Some((_, node)) = best {
            self.placed.insert(look::uid(pod).to_owned(), (node.clone(), requests));
            return Ok(node);
        }
        if nodes.is_empty() {
            return Err("no nodes available to schedule pods".into());
        }
        Err(none_available(&refusals))
    }

    /// Takes note of a pod that is placed already.
    pub fn note(&mut self, pod: &Value) {
        let node = look::text(pod, "/spec/nodeName");
        if !node.is_empty() && !self.placed.contains_key(look::uid(pod)) {
            self.placed.insert(look::uid(pod).to_owned(), (node.to_owned(), requests_of(pod)));
        }
    }

    /// Frees what a pod held; whether it held anything.
    pub fn free(&mut self, pod: &Value) -> bool {
        self.placed.remove(look::uid(pod)).is_some()
    }

    fn refusal(&self, node: &Value, pod: &Value, requests: &Amounts) -> Option<String> {
        if node["spec"]["unschedulable"] == true {
            return Some("node(s) were unschedulable".into());
        }
        if let Some(taint) = untolerated_taint(node, pod) {
            return Some(taint);
        }
        let labels = look::mapping(node, "/metadata/labels");
        let selector_fits = look::mapping(pod, "/spec/nodeSelector").is_none_or(|wanted| look::has_all(wanted, labels));
        if !selector_fits || !affinity_fits(node, pod) {
            return Some("node(s) didn't match Pod's node affinity/selector".into());
        }
        let name = look::name(node);
        let used = |resource: &str| -> i128 {
            let on_node = self.placed.values().filter(|(other, _)| other == name);
            on_node.filter_map(|(_, amounts)| amounts.get(resource)).sum()
        };
        let short = requests.iter().find(|(resource, wanted)| {
            let capacity = look::mapping(node, "/status/allocatable").and_then(|map| map.get(*resource));
            let capacity = capacity.and_then(|value| Quantity::from_json(value).ok()).map_or(0, Quantity::nanos);
            **wanted > 0 && used(resource) + **wanted > capacity
        });
        short.map(|(resource, _)| format!("Insufficient {resource}"))
    }
}

/// Why no node fits, and that pushing other pods aside does not help: as kube-scheduler 1.31 says it. `refusals` counts
/// the nodes by reason; nothing has a priority here, so there is never a victim.
pub fn none_available(refusals: &BTreeMap<String, usize>) -> String {
    let nodes: usize = refusals.values().sum();
    let short = refusals.iter().filter(|(reason, _)| reason.starts_with("Insufficient ")).map(|(_, count)| count).sum();
    let told = [("No preemption victims found for incoming pod", short), (HOPELESS, nodes - short)];
    let told = told.into_iter().filter(|(_, count)| *count > 0);
    format!(
        "0/{nodes} nodes are available: {}. {}",
        listed(refusals.iter().map(|(reason, count)| (reason.as_str(), *count))),
        preemption(nodes, &listed(told)),
    )
}

/// As [`none_available`] where the reason lies with the pod itself.
pub fn pod_not_ready_for_nodes(nodes: usize, reason: &str) -> String {
    format!("0/{nodes} nodes are available: {reason}. {}", preemption(nodes, &listed([(HOPELESS, nodes)].into_iter())))
}

const HOPELESS: &str = "Preemption is not helpful for scheduling";

fn preemption(nodes: usize, reasons: &str) -> String {
    format!("preemption: 0/{nodes} nodes are available: {reasons}.")
}

fn listed<'a>(reasons: impl Iterator<Item = (&'a str, usize)>) -> String {
    reasons.map(|(reason, count)| format!("{count} {reason}")).collect::<Vec<_>>().join(", ")
}

/// What a pod requests of each resource: the sum of its containers, or its largest init container where that is more.
fn requests_of(pod: &Value) -> Amounts {
    let mut sum = Amounts::new();
    for container in look::items(pod, "/spec/containers") {
        for (resource, amount) in amounts_of(container) {
            *sum.entry(resource).or_default() += amount;
        }
    }
    for container in look::items(pod, "/spec/initContainers") {
        for (resource, amount) in amounts_of(container) {
            let largest = sum.entry(resource).or_default();
            *largest = (*largest).max(amount);
        }
    }
    sum.insert("pods".into(), Quantity::from_nanos(1_000_000_000).nanos());
    sum
}

fn amounts_of(container: &Value) -> Amounts {
    let resources = |field: &str| look::mapping(container, &format!("/resources/{field}")).into_iter().flatten();
    // A limit without a request counts as the request.
    let both = resources("limits").chain(resources("requests"));
    both.filter_map(|(name, value)| Some((name.clone(), Quantity::from_json(value).ok()?.nanos()))).collect()
}

fn untolerated_taint(node: &Value, pod: &Value) -> Option<String> {
    let taints = look::items(node, "/spec/taints").iter().filter(|taint| taint["effect"] != "PreferNoSchedule");
    let tolerated = |taint: &Value| {
        look::items(pod, "/spec/tolerations").iter().any(|one| {
            let key_fits = one["key"].is_null() || one["key"] == taint["key"];
            let effect_fits = look::text(one, "/effect").is_empty() || one["effect"] == taint["effect"];
            let exists = one["operator"] == "Exists";
            key_fits
                && effect_fits
                && (exists || look::text(one, "/value") == look::text(taint, "/value") && !one["key"].is_null())
        })
    };
    let taint = taints.into_iter().find(|taint| !tolerated(taint))?;
    let (key, value) = (look::text(taint, "/key"), look::text(taint, "/value"));
    Some(format!("node(s) had untolerated taint {{{key}: {value}}}"))
}

/// Whether one of the required terms matches; none required fits everywhere.
fn affinity_fits(node: &Value, pod: &Value) -> bool {
    let required = "/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms";
    let terms = look::items(pod, required);
    let labels = look::mapping(node, "/metadata/labels");
    let by_name = |term: &Value| {
        look::items(term, "/matchFields").iter().all(|one| {
            look::items(one, "/values").iter().any(|name| name == look::name(node)) == (one["operator"] == "In")
        })
    };
    terms.is_empty() || terms.iter().any(|term| look::selects(Some(term), labels) && by_name(term))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::sandbox::players::world::Kind;

    #[test]
    fn places_where_there_is_room() {
        let world = World::new();
        let kind: Kind = "nodes".into();
        let node = |name: &str, more: Value| {
            let mut node = json!({"metadata": {"name": name, "resourceVersion": "1", "labels": {"zone": name}},
                "spec": {}, "status": {"allocatable": {"cpu": "2", "memory": "4Gi", "pods": "2"}}});
            node["spec"] = more;
            node
        };
        let tainted = json!({"taints": [{"key": "gpu", "effect": "NoSchedule"}]});
        world.expect(&kind);
        world.replace(&kind, vec![node("a", json!({})), node("b", tainted)]);
        let mut ledger = Ledger::default();
        let pod = |uid: &str, cpu: &str, more: Value| {
            let mut pod = json!({"metadata": {"uid": uid}, "spec": more});
            pod["spec"]["containers"] = json!([{"resources": {"requests": {"cpu": cpu}}}]);
            pod
        };
        let mut check = |pod: Value, expected: Result<&str, &str>| {
            assert_eq!(ledger.place(&world, &pod), expected.map(str::to_owned).map_err(str::to_owned), "{pod}");
        };
        check(pod("1", "1500m", json!({})), Ok("a"));
        check(pod("1", "1500m", json!({})), Ok("a"));
        let full = "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint {gpu: }. preemption: \
                    0/2 nodes are available: 1 No preemption victims found for incoming pod, 1 Preemption is not \
                    helpful for scheduling.";
        check(pod("2", "1", json!({})), Err(full));
        check(pod("3", "1", json!({"tolerations": [{"operator": "Exists"}]})), Ok("b"));
        let elsewhere = "0/2 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 1 node(s) had \
                         untolerated taint {gpu: }. preemption: 0/2 nodes are available: 2 Preemption is not helpful \
                         for scheduling.";
        check(pod("4", "0", json!({"nodeSelector": {"zone": "b"}})), Err(elsewhere));
        assert!(ledger.free(&pod("1", "0", json!({}))));
        assert_eq!(ledger.place(&world, &pod("2", "1", json!({}))), Ok("a".into()));
    }
}
