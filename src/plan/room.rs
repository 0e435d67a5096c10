//! Whether a plan finds room and storage in its cluster. Asks nobody: what the cluster has of them is given.

use super::Action;
use super::Change;
use super::Desired;
use super::Plan;
use super::PlanError;
use super::Problem;
use super::Size;
use super::preflight::Claims;
use super::preflight::Placement;
use super::preflight::Seen;
use super::preflight::Verdict;
use super::preflight::offered;
use super::preflight::storage;
use super::requested;
use crate::object::Object;
use crate::object::kinds;
use crate::object::kinds::Class;

/// What pods ask for, and what nodes offer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Room {
    pub requested: Size,
    pub offered: Size,
    pub nodes: usize,
}

impl Room {
    /// The nodes offer less than is asked for.
    pub fn is_short(&self) -> bool {
        !self.requested.fits_into(self.offered)
    }
}

/// Whether a plan makes pods, for which there must be room.
pub fn makes_pods(plan: &Plan) -> bool {
    creates(plan, |change| kinds::class(&change.id) == Class::Workload).next().is_some()
}

/// The room of a plan that makes pods; `None` for others, and where nodes cannot be seen.
pub fn of_plan(plan: &Plan, desired: &Desired, nodes: &[Object]) -> Option<Room> {
    let placement = Placement::of(desired.objects.iter().map(|wanted| &wanted.object));
    let ready = nodes.iter().filter(|node| placement.takes(node)).count();
    (makes_pods(plan) && ready > 0).then(|| Room {
        requested: requested(desired.objects.iter().map(|wanted| &wanted.object), ready),
        offered: offered(nodes, &placement),
        nodes: ready,
    })
}

/// The claims that a plan makes.
pub fn claims(plan: &Plan) -> Claims {
    Claims::of(creates(plan, |_| true).filter_map(|change| change.after.as_deref()))
}

/// Refuses claims that nobody could bind.
///
/// # Arguments
///
/// * `classes`, `volumes`, `drivers`: what is there to bind them with.
pub fn check_claims(
    claims: &Claims,
    desired: &Desired,
    classes: &Seen,
    volumes: &Seen,
    drivers: &Seen,
) -> Result<(), PlanError> {
    let to_come: Vec<&Object> =
        desired.objects.iter().map(|wanted| &wanted.object).filter(|object| object.kind() == "StorageClass").collect();
    let checks = storage::check(claims, &to_come, classes, volumes, drivers);
    let failed = checks.into_iter().filter(|check| check.verdict == Verdict::Fail);
    let problems: Vec<Problem> = failed
        .map(|check| Problem {
            id: None,
            owner: None,
            summary: "Claims that cannot be bound".into(),
            detail: format!("{}.", sentence(&check.found)),
            help: Some(check.remedy),
        })
        .collect();
    if problems.is_empty() { Ok(()) } else { Err(PlanError { problems }) }
}

fn creates(plan: &Plan, of: impl Fn(&Change) -> bool) -> impl Iterator<Item = &Change> {
    plan.changes.iter().filter(move |change| change.action == Action::Create && of(change))
}

/// With a capital letter at its beginning.
pub fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Observation;
    use crate::plan::PlanOptions;
    use crate::plan::fixture;

    fn plan(desired: &Desired, observation: &Observation) -> Plan {
        fixture::planned(desired, observation, &PlanOptions::default())
    }

    fn node(cpu: &str) -> Object {
        let text = format!(
            "apiVersion: v1\nkind: Node\nmetadata: {{name: one}}\nstatus:\n  allocatable: {{cpu: {cpu}, memory: 64Gi}}\n  \
             conditions: [{{type: Ready, status: 'True'}}]\n"
        );
        fixture::objects(&text).remove(0)
    }

    const WORKLOAD: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: a, namespace: default}
spec:
  replicas: 3
  selector: {matchLabels: {a: b}}
  template:
    metadata: {labels: {a: b}}
    spec:
      containers: [{name: c, image: d, resources: {requests: {cpu: '2', memory: 1Gi}}}]
";

    #[test]
    fn room_is_told_of_plans_that_make_pods() {
        let desired = fixture::desired(&[("platform.ml.a", WORKLOAD)]);
        let makes = plan(&desired, &Observation::default());
        for (nodes, is_short) in [(vec![node("'8'")], Some(false)), (vec![node("'4'")], Some(true)), (vec![], None)] {
            assert_eq!(of_plan(&makes, &desired, &nodes).map(|room| room.is_short()), is_short, "{nodes:?}");
        }
        let nothing = plan(&desired, &fixture::installed(&desired));
        assert_eq!(of_plan(&nothing, &desired, &[node("'4'")]), None);
    }

    const CLAIM: &str = "
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: a, namespace: default}
spec: {storageClassName: fast}
";

    fn class(name: &str) -> String {
        format!("apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {{name: {name}}}\nprovisioner: a.b/c\n")
    }

    #[test]
    fn claims_need_a_class() {
        let check = |wanted: &str, there: &str| {
            let desired = fixture::desired(&[("platform.ml.a", wanted)]);
            let claims = claims(&plan(&desired, &Observation::default()));
            let classes: Seen = Ok(fixture::objects(there));
            check_claims(&claims, &desired, &classes, &Ok(Vec::new()), &Ok(Vec::new()))
                .map_err(|error| error.to_string())
        };
        assert_eq!(check(CLAIM, &class("fast")), Ok(()));
        assert_eq!(check(&format!("{CLAIM}---\n{}", class("fast")), ""), Ok(()));
        assert_eq!(check(&class("slow"), ""), Ok(()));
        let refused = check(CLAIM, &class("slow")).expect_err("nobody makes such volumes");
        assert!(refused.starts_with("Claims that cannot be bound: ") && refused.contains("fast"), "{refused}");
    }
}
