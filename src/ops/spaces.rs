//! Namespaces that a plan makes things in, or that controllers are to make of what it makes: whether they are somebody
//! else's, or on their way out. Else the apply would wait for what cannot come.

use std::collections::BTreeMap;

use super::Failure;
use super::Loaded;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::object::Object;
use crate::object::deletion;
use crate::plan;
use crate::plan::Action;
use crate::plan::Change;
use crate::plan::Plan;
use crate::plan::Problem;
use crate::provider::kubernetes::Cluster;

/// Refuses a plan that would wait for a namespace of somebody else, and warns of one that is being deleted. One LIST, and
/// only where something is made.
pub(super) async fn check(
    loaded: &Loaded,
    cluster: &Cluster,
    plan: &Plan,
    warnings: &mut Diagnostics,
) -> Result<(), Failure> {
    let needed = needed(plan);
    if needed.is_empty() {
        return Ok(());
    }
    // Who may not list namespaces learns nothing of them.
    let Ok(namespaces) = cluster.seen("", "v1", "Namespace").await else { return Ok(()) };
    let mut problems = Vec::new();
    for namespace in &namespaces {
        let Some(change) = needed.get(namespace.name()) else { continue };
        if namespace.is_deleting() {
            let goes = |other: &&Change| other.id == namespace.id();
            if plan.changes.iter().find(goes).is_none_or(|other| other.action != Action::Replace) {
                let holders = cluster.holders(namespace).await;
                warnings.push(leaving(change, namespace, &holders));
            }
        } else {
            problems.extend(of_others(plan, change, namespace));
        }
    }
    if problems.is_empty() {
        return Ok(());
    }
    Err(Failure::of_plan(loaded, &plan::PlanError { problems }))
}

/// By the name of a namespace the first object that is made there, or that becomes one.
fn needed(plan: &Plan) -> BTreeMap<String, &Change> {
    let mut needed: BTreeMap<String, &Change> = BTreeMap::new();
    for change in plan.changes.iter().filter(|change| change.action == Action::Create) {
        if !change.id.namespace.is_empty() {
            needed.entry(change.id.namespace.clone()).or_insert(change);
        }
    }
    // What becomes a namespace says more about it than what lies in it.
    for change in plan.changes.iter().filter(|change| change.action == Action::Create) {
        if let Some(held) = plan.readiness.iter().find_map(|rule| rule.held_by(&change.id)) {
            needed.insert(held.name, change);
        }
    }
    needed
}

fn leaving(change: &Change, namespace: &Object, holders: &[String]) -> Diagnostic {
    let mut detail = format!("{}, which {} needs, is {}.", namespace.id(), change.id, deletion(namespace));
    holders.iter().for_each(|line| detail.push_str(&format!("\n{line}")));
    let help = "An apply waits for it. Where it does not go by itself, somebody must end what holds it: run the controllers of \
                those objects, or take their finalizers off.";
    Diagnostic::warning("Namespace is being deleted", detail).about(&change.owner).help(help)
}

/// A namespace that the controller of what is made will not take.
fn of_others(plan: &Plan, change: &Change, namespace: &Object) -> Option<Problem> {
    let rule = plan.readiness.iter().find(|rule| rule.held_by(&change.id) == Some(namespace.id()))?;
    let made = change.after.as_ref()?;
    // The plan hands it over itself.
    let own = plan.changes.iter().find(|other| other.id == namespace.id()).and_then(|other| other.after.as_ref());
    if own.is_some_and(|own| rule.stranger(made, own).is_none()) {
        return None;
    }
    let whose = rule.stranger(made, namespace)?;
    let owner = made.text(&format!("/{}", rule.owner_field.replace('.', "/")));
    Some(Problem {
        id: Some(change.id.clone()),
        owner: Some(change.owner.clone()),
        summary: "Namespace of somebody else".into(),
        detail: format!("{}, which {} is to get, {whose}.", namespace.id(), change.id),
        help: Some(format!(
            "Choose another name, or hand it over: `adopt_namespace = true` in the profile, or `kubectl annotate --overwrite namespace \
             {} {}={owner}`.",
            namespace.name(),
            rule.owner_annotation
        )),
    })
}
