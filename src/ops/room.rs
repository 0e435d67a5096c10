//! What is asked of a cluster to see whether the claims of a plan can be bound, and only when some are to be made.

use super::Failure;
use super::Loaded;
use crate::plan;
use crate::plan::Desired;
use crate::plan::Plan;
use crate::provider::kubernetes::Cluster;

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
    plan::check_claims(&claims, desired, &classes, &volumes, &drivers)
        .map_err(|error| Failure::Refused(error.to_diagnostics(), Box::new(loaded.sources.clone())))
}
