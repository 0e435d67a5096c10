//! What is asked of a cluster to see whether it carries what a plan makes, and only when claims or pods are to be made.

use super::Failure;
use super::Loaded;
use super::planning::Site;
use super::preflight::demand;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::diag::Sources;
use crate::plan;
use crate::plan::Action;
use crate::plan::Desired;
use crate::plan::Plan;
use crate::plan::preflight::Seen;
use crate::plan::preflight::domain;
use crate::plan::preflight::of_nodes;
use crate::plan::sentence;
use crate::provider::kubernetes::Cluster;

/// Warns where the nodes are too few, too small, or without the GPUs that are asked for, and refuses to install a platform
/// for another DNS domain than the cluster has. Only where pods are to be made; what may not be seen is not told of.
pub async fn tell(
    loaded: &Loaded,
    site: &Site,
    cluster: &Cluster,
    (plan, desired): (&Plan, &Desired),
    nodes: &Seen,
    warnings: &mut Diagnostics,
) -> Result<(), Failure> {
    let Some(platform) = site.platform.as_ref().filter(|_| plan::makes_pods(plan)) else { return Ok(()) };
    let mut sources = Sources::new();
    let (release, _) = loaded.catalog.release(&platform.version, &mut sources);
    let objects = desired.objects.iter().map(|wanted| &wanted.object).collect();
    let demand = demand(loaded, Some(platform), release.as_ref(), "", objects, &desired.readiness);
    for check in of_nodes(&demand, nodes).into_iter().filter(|_| nodes.is_ok()) {
        let detail = format!("{}: {}.", sentence(check.subject), check.found);
        let finding = Diagnostic::warning("Cluster does not carry the platform", detail);
        warnings.push(finding.about(&platform.address).help(check.remedy));
    }
    let found = cluster.domain().await;
    if found.is_empty() || found == demand.domain {
        return Ok(());
    }
    let detail = format!("{}.", sentence(&domain::contradiction(demand.domain, &found)));
    let help = domain::remedy(&found);
    if !plan.changes.iter().all(|change| change.action == Action::Create) {
        warnings.push(Diagnostic::warning("Another cluster domain", detail).about(&site.target).help(help));
        return Ok(());
    }
    let refused = Diagnostic::error("Another cluster domain", detail).about(&site.target).help(help);
    Err(Failure::Refused(refused.into(), Box::new(loaded.sources.clone())))
}

/// Refuses a plan whose claims nobody could bind.
pub async fn check_storage(loaded: &Loaded, cluster: &Cluster, plan: &Plan, desired: &Desired) -> Result<(), Failure> {
    let claims = plan::claims(plan);
    if claims.is_empty() {
        return Ok(());
    }
    let (classes, volumes, drivers) = futures::join!(
        cluster.seen("storage.k8s.io", "v1", "StorageClass"),
        cluster.seen("", "v1", "PersistentVolume"),
        cluster.seen("storage.k8s.io", "v1", "CSIDriver"),
    );
    plan::check_claims(&claims, desired, &classes, &volumes, &drivers).map_err(|error| Failure::of_plan(loaded, &error))
}
