//! Whether a plan finds room and storage in its cluster: what is asked of the cluster for that, and only when pods or
//! claims are to be made.

use super::Failure;
use super::Loaded;
use crate::object::Object;
use crate::object::kinds;
use crate::object::kinds::Class;
use crate::plan;
use crate::plan::Action;
use crate::plan::Desired;
use crate::plan::Plan;
use crate::plan::Problem;
use crate::plan::Size;
use crate::plan::preflight::Claims;
use crate::plan::preflight::Verdict;
use crate::plan::preflight::offered;
use crate::plan::preflight::storage;
use crate::plan::preflight::takes_pods;
use crate::provider::kubernetes::Cluster;

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
    let ready = nodes.iter().filter(|node| takes_pods(node)).count();
    (makes_pods(plan) && ready > 0).then(|| Room {
        requested: plan::requested(desired.objects.iter().map(|wanted| &wanted.object), ready),
        offered: offered(nodes),
        nodes: ready,
    })
}

/// Refuses a plan whose claims nobody could bind.
pub async fn check_storage(loaded: &Loaded, cluster: &Cluster, plan: &Plan, desired: &Desired) -> Result<(), Failure> {
    let claims = Claims::of(creates(plan, |_| true).filter_map(|change| change.after.as_ref()));
    if claims.is_empty() {
        return Ok(());
    }
    let (classes, volumes, drivers) = futures::join!(
        cluster.seen("storage.k8s.io", "v1", "StorageClass"),
        cluster.seen("", "v1", "PersistentVolume"),
        cluster.seen("storage.k8s.io", "v1", "CSIDriver"),
    );
    let to_come: Vec<&Object> =
        desired.objects.iter().map(|wanted| &wanted.object).filter(|object| object.kind() == "StorageClass").collect();
    let checks = storage::check(&claims, &to_come, &classes, &volumes, &drivers);
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
    if problems.is_empty() {
        return Ok(());
    }
    let diagnostics = plan::PlanError { problems }.to_diagnostics();
    Err(Failure::Refused(diagnostics, Box::new(loaded.sources.clone())))
}

fn creates(plan: &Plan, of: impl Fn(&plan::Change) -> bool) -> impl Iterator<Item = &plan::Change> {
    plan.changes.iter().filter(move |change| change.action == Action::Create && of(change))
}

/// With a capital letter at its beginning.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}
