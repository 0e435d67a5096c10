//! Who else is in the cluster: workloads of others, and parts of a platform that somebody else installed.

use std::collections::BTreeSet;

use super::Check;
use super::Demand;
use super::Survey;
use super::listed;
use crate::object::INSTALLATION_LABEL;
use crate::object::Object;
use crate::object::ReadinessRule;
use crate::object::kinds;

/// The rows about others. Namespaces that belong to the cluster itself, and to the platform, do not count.
pub fn check(demand: &Demand<'_>, survey: &Survey) -> Vec<Check> {
    let mut checks = Vec::new();
    match (&survey.namespaces, &survey.pods) {
        (Ok(namespaces), Ok(pods)) => checks.push(workloads(demand, namespaces, pods)),
        (Err(reason), _) | (_, Err(reason)) => checks.push(Check::unseen("other tenants", reason)),
    }
    if let Ok(definitions) = &survey.definitions {
        checks.extend(parts(demand, definitions));
    }
    checks
}

fn workloads(demand: &Demand<'_>, namespaces: &[Object], pods: &[Object]) -> Check {
    let wanted: BTreeSet<&str> =
        demand.objects.iter().filter(|object| object.kind() == "Namespace").map(|object| object.name()).collect();
    let held: BTreeSet<String> = demand
        .objects
        .iter()
        .filter_map(|object| demand.rules.iter().find_map(|rule| rule.held_by(&object.id())))
        .map(|held| held.name)
        .collect();
    let foreign = namespaces.iter().filter(|namespace| {
        let name = namespace.name();
        // Drivers and the like live beside the cluster's own programs.
        let of_cluster = name.starts_with("kube-") || kinds::is_system_namespace(&namespace.id());
        let ours = namespace.label(INSTALLATION_LABEL) == Some(demand.installation)
            || demand.rules.iter().any(|rule| is_held(namespace, rule));
        !of_cluster && !ours && !wanted.contains(name) && !held.contains(name)
    });
    let busy: Vec<&str> =
        foreign.map(Object::name).filter(|name| pods.iter().any(|pod| pod.namespace() == *name)).collect();
    if busy.is_empty() {
        return Check::pass("other tenants", "nobody else runs pods here");
    }
    let found = format!("pods of others run in {}", listed(busy));
    Check::warn(
        "other tenants",
        found,
        "The platform wants a cluster of its own: webhooks and gateways are for all of it.",
    )
}

/// Whether a namespace has all the labels that the rule's controller puts on those it makes.
fn is_held(namespace: &Object, rule: &ReadinessRule) -> bool {
    let mut labels = rule.held_labels.iter().filter(|(_, value)| !value.is_empty()).peekable();
    labels.peek().is_some() && labels.all(|(key, value)| namespace.label(key) == Some(value))
}

/// Definitions of the platform's kinds that another tool or installation made.
fn parts(demand: &Demand<'_>, definitions: &[Object]) -> Option<Check> {
    let wanted: BTreeSet<&str> = demand
        .objects
        .iter()
        .filter(|object| object.kind() == "CustomResourceDefinition")
        .map(|object| object.name())
        .collect();
    let there = definitions.iter().filter(|definition| wanted.contains(definition.name()));
    let others = there.filter(|definition| definition.label(INSTALLATION_LABEL) != Some(demand.installation));
    let (mut owned, mut free) = (Vec::new(), Vec::new());
    for definition in others {
        match definition.label(INSTALLATION_LABEL) {
            Some(_) => owned.push(definition.name()),
            None => free.push(definition.name()),
        }
    }
    if !owned.is_empty() {
        let found = format!("another installation owns {}", listed(owned));
        return Some(Check::fail("existing parts", found, "Use that installation, or a cluster of its own."));
    }
    if free.is_empty() {
        return None;
    }
    let groups = free.iter().filter_map(|name| name.split_once('.')).map(|(_, group)| group);
    let counted = if free.len() == 1 { "1 definition is" } else { &format!("{} definitions are", free.len())[..] };
    let found = format!("{counted} there already ({})", listed(groups));
    let remedy = "The plan adopts them. Where another tool keeps them, take them from it first.";
    Some(Check::warn("existing parts", found, remedy))
}
