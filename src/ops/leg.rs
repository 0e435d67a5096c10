//! Plans one release on the way of an upgrade.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Failure;
use super::Loaded;
use super::hopping;
use super::looking;
use super::plan_request::PlanRequest;
use super::planning::Planned;
use super::planning::Shared;
use super::planning::Site;
use super::planning::plan_target;
use super::planning::wanted;
use super::session::Session;
use crate::object::ObjectId;

/// Plans what makes a platform that is on its way one of a release, whatever its configuration names. What is
/// `needed` by later steps stays, whoever agreed to lose it.
pub(super) async fn plan_release(
    loaded: &Arc<Loaded>,
    request: &PlanRequest,
    one: &Planned,
    version: &str,
    needed: BTreeSet<ObjectId>,
) -> Result<Planned, Failure> {
    let (Some(cluster), Some(platform), Some(reach)) = (&one.cluster, &one.platform, &one.reach) else {
        return Err(Failure::world(format!("Cannot plan {}", one.target), "it has no platform that could be upgraded"));
    };
    let mut shared = Shared::new(loaded, request)?;
    shared.options.consent = std::mem::take(&mut shared.options.consent).without(needed);
    let shared = Arc::new(shared);
    let session = Session::of(reach.session.cluster.clone());
    // Kinds come and go with every hop.
    let seen = session.cluster.kinds().await.map_err(|error| looking::unseen(&one.target, error))?;
    session.cluster.refresh_kinds(&seen).await.map_err(|error| looking::unseen(&one.target, error))?;
    let platform = hopping::platform_at(loaded, platform, version);
    let wanted = wanted(&shared, cluster, Some(&platform)).await?;
    let site = Site {
        target: one.target.clone(),
        cluster: Some(cluster.clone()),
        platform: Some(platform),
        cloud: one.cloud.clone(),
        is_leg: true,
    };
    let known = looking::known(loaded, &one.target, session).await?;
    let planned = plan_target(&shared, site, wanted, Some(known)).await?;
    shared.passwords.write(loaded.files.root());
    Ok(planned)
}
