//! Whether quotas and queues promise more than the nodes have. Asks nobody: the nodes are given.

use std::collections::BTreeMap;

use crate::config::Declared;
use crate::config::Installation;
use crate::config::Place;
use crate::config::Platform;
use crate::config::PoolSize;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::object::Address;
use crate::object::Object;
use crate::object::schema::Quantity;

/// An amount that one block promises.
struct Share<'a> {
    address: &'a Address,
    place: Place,
    argument: &'static str,
    amounts: &'a BTreeMap<String, String>,
}

/// Warns of amounts that all nodes together do not have: of each quota, of each queue, and of what queues are promised together.
/// Where pools grow by themselves nobody knows what there will be; a device that no node offers may only not be told of yet.
pub fn tell(installation: &Installation, platform: &Declared<Platform>, nodes: &[Object], warnings: &mut Diagnostics) {
    let pools = installation.node_pools.iter().filter(|pool| pool.cluster == platform.cluster);
    let grows = pools.clone().any(|pool| matches!(pool.size, PoolSize::Autoscaling { .. }));
    let offered = offered(nodes);
    if grows || offered.is_empty() {
        return;
    }
    let queues = || installation.queues.iter().filter(|queue| queue.platform == platform.address);
    let users = installation.users.iter().filter(|user| user.platform == platform.address && user.has_profile);
    let shared = installation.profiles.iter().filter(|profile| profile.platform == platform.address);
    let mut shares: Vec<Share<'_>> = Vec::new();
    shares.extend(users.map(|user| share(user, "profile.quota", "quota", &user.quota)));
    shares.extend(shared.map(|profile| share(profile, "quota", "quota", &profile.quota)));
    for queue in queues() {
        shares.push(share(queue, "capability", "capability", &queue.capability));
        shares.push(share(queue, "deserved", "deserved", &queue.deserved));
        shares.push(share(queue, "guarantee", "guarantee", &queue.guarantee));
    }
    for share in &shares {
        for (resource, amount) in over(share.amounts, &offered) {
            let detail = format!(
                "\"{}\" promises {amount} of {resource}; all nodes together have {}.",
                share.argument, offered[resource]
            );
            warn(share, detail, warnings);
        }
    }
    // What is promised to queues at the same time; a queue that others lie in only passes on what is theirs.
    for argument in ["guarantee", "deserved"] {
        let leaves = queues().filter(|queue| !queues().any(|other| installation.parent_of(other) == Some(&queue.name)));
        let mut sums: BTreeMap<&str, Quantity> = BTreeMap::new();
        for queue in leaves {
            let amounts = if argument == "guarantee" { &queue.guarantee } else { &queue.deserved };
            for (resource, amount) in amounts.iter().filter_map(|(name, text)| Some((name, text.parse().ok()?))) {
                sums.entry(resource).and_modify(|sum| *sum = sum.plus(amount)).or_insert(amount);
            }
        }
        let alone =
            shares.iter().filter(|share| share.argument == argument && !over(share.amounts, &offered).is_empty());
        let Some(last) = shares.iter().rfind(|share| share.argument == argument && !share.amounts.is_empty()) else {
            continue;
        };
        if alone.count() == 0 {
            let over = sums.iter().filter_map(|(resource, sum)| Some((resource, sum, offered.get(*resource)?)));
            for (resource, sum, all) in over.filter(|(_, sum, all)| sum > all) {
                let detail = format!(
                    "\"{argument}\" of all queues together promises {sum} of {resource}; all nodes together have {all}."
                );
                warn(last, detail, warnings);
            }
        }
    }
}

fn share<'a, T>(
    block: &'a Declared<T>,
    path: &str,
    argument: &'static str,
    amounts: &'a BTreeMap<String, String>,
) -> Share<'a> {
    Share { address: &block.address, place: block.place(path), argument, amounts }
}

fn warn(share: &Share<'_>, detail: String, warnings: &mut Diagnostics) {
    let place = share.place;
    let detail = if place.sensitive { "It promises more than all nodes together have.".to_owned() } else { detail };
    let finding = Diagnostic::warning("Beyond the cluster", detail).at(place.span).about(share.address);
    let finding = finding.help("Promise less, or add nodes.");
    warnings.push(if place.sensitive { finding.hidden() } else { finding });
}

/// The amounts that are more than is offered. Requests and limits of a quota are measured by the resource.
fn over<'a>(amounts: &'a BTreeMap<String, String>, offered: &'a BTreeMap<String, Quantity>) -> Vec<(&'a str, &'a str)> {
    let more = |(name, amount): (&'a String, &'a String)| {
        let resource = name.strip_prefix("requests.").unwrap_or(name);
        let (resource, offered) = offered.get_key_value(resource)?;
        (amount.parse::<Quantity>().ok()? > *offered).then_some((resource.as_str(), amount.as_str()))
    };
    amounts.iter().filter_map(more).collect()
}

/// What all nodes together give to pods, by resource.
fn offered(nodes: &[Object]) -> BTreeMap<String, Quantity> {
    let mut offered: BTreeMap<String, Quantity> = BTreeMap::new();
    for node in nodes {
        let amounts = node.get("/status/allocatable").and_then(|all| all.as_object()).into_iter().flatten();
        for (name, amount) in amounts.filter_map(|(name, value)| Some((name, Quantity::from_json(value).ok()?))) {
            offered.entry(name.clone()).and_modify(|all| *all = all.plus(amount)).or_insert(amount);
        }
    }
    offered.retain(|_, amount| amount.nanos() > 0);
    offered
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::Queue;

    fn queue(name: &str, parent: &str, capability: &str, deserved: &str) -> Declared<Queue> {
        let amount = |text: &str| match text {
            "" => BTreeMap::new(),
            text => {
                let (amounts, memory) =
                    (("cpu".to_owned(), text.to_owned()), ("memory".to_owned(), format!("{text}Gi")));
                [amounts, memory, ("nvidia.com/gpu".to_owned(), "8".to_owned())].into()
            }
        };
        let queue = Queue {
            name: name.into(),
            platform: Address::resource("platform", "ml"),
            capability: amount(capability),
            deserved: amount(deserved),
            projection: json!({"parent": parent}),
            ..Queue::default()
        };
        Declared::new(Address::resource("queue", name), queue)
    }

    fn found(queues: Vec<Declared<Queue>>) -> Vec<String> {
        let installation = Installation { queues, ..Installation::default() };
        let platform = Declared::new(Address::resource("platform", "ml"), Platform::default());
        let node = |cpu: &str| {
            let node = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": cpu},
                "status": {"allocatable": {"cpu": cpu, "memory": "16Gi", "nvidia.com/gpu": "0"}}});
            Object::from_value(node).expect("a node")
        };
        let mut warnings = Diagnostics::new();
        tell(&installation, &platform, &[node("16"), node("15500m")], &mut warnings);
        warnings.iter().map(|one| one.detail.clone()).collect()
    }

    #[test]
    fn what_nodes_do_not_have_is_told() {
        assert!(found(vec![queue("a", "", "31", "10"), queue("b", "", "", "20")]).is_empty());
        assert_eq!(
            found(vec![queue("a", "", "33", "")]),
            [
                "\"capability\" promises 33 of cpu; all nodes together have 31500m.",
                "\"capability\" promises 33Gi of memory; all nodes together have 32Gi."
            ]
        );
        let together = found(vec![queue("a", "", "", "16"), queue("b", "", "", "16"), queue("all", "", "", "")]);
        assert_eq!(
            together,
            ["\"deserved\" of all queues together promises 32 of cpu; all nodes together have 31500m."]
        );
        // What a parent is promised is its children's.
        assert!(found(vec![queue("all", "", "", "30"), queue("a", "queue.all", "", "20")]).is_empty());
    }
}
