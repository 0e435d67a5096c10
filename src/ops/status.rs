//! The health of everything an installation owns.

use std::sync::Arc;

use super::Failure;
use super::Known;
use super::Request;
use super::endpoint::Access;
use super::endpoint::access;
use super::load;
use super::plan_request::PlanRequest;
use super::planning::plan_all;
use crate::apply::OwnerHealth;
use crate::apply::health;
use crate::object::Address;

/// One target's health.
pub struct Health {
    /// `cluster.main`, `provider.scp`
    pub target: Address,
    /// Empty where it is not a cluster, or not known yet.
    pub server_version: String,
    /// Address and version of its platform.
    pub platform: Option<(Address, String)>,
    /// How to come to its dashboard.
    pub access: Access,
    pub owners: Vec<OwnerHealth>,
    /// Changes that an apply would make now.
    pub drift: usize,
}

/// Looks at every cluster. Costs what a plan costs.
pub async fn status(request: &Request) -> Result<Vec<Health>, Failure> {
    let loaded = Arc::new(load(request, &Known::default())?);
    let planned = plan_all(&loaded, &PlanRequest::default()).await?;
    let mut all = Vec::new();
    for one in planned {
        let platform = one.platform.as_ref();
        let objects = one.observation.records.iter().map(|(id, record)| (id, &record.owner));
        all.push(Health {
            target: one.target.clone(),
            server_version: one.observation.server_version.clone(),
            platform: platform.map(|platform| (platform.address.clone(), platform.version.clone())),
            access: platform
                .map(|platform| access(platform, one.gateway.as_ref(), one.host.as_deref()))
                .unwrap_or_default(),
            owners: health(objects, &one.observation.live, &one.observation.served, &one.plan.readiness),
            drift: one.plan.counts().changed(),
        });
    }
    Ok(all)
}
