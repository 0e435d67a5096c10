//! The health of everything an installation owns.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Failure;
use super::Known;
use super::Loaded;
use super::Records;
use super::Request;
use super::load;
use super::plan_request::PlanRequest;
use super::planning::plan_all;
use super::records;
use crate::apply::OwnerHealth;
use crate::apply::health;
use crate::config::Access;
use crate::config::access;
use crate::object::Address;

/// One target's health.
pub struct Health {
    /// `cluster.main`, `provider.scp`
    pub target: Address,
    /// Which cluster it is; `None` where it is none, or not there yet.
    pub place: Option<String>,
    /// Empty where it is not a cluster, or not known yet.
    pub server_version: String,
    /// Address and version of its platform.
    pub platform: Option<(Address, String)>,
    /// How to come to its dashboard.
    pub access: Access,
    pub owners: Vec<OwnerHealth>,
    /// Changes that an apply would make now; `None` where no plan can be made.
    pub drift: Option<usize>,
}

/// Looks at every target, and gives what else a person should know. Costs what a plan costs.
///
/// Where no plan can be made, what is recorded is looked at all the same.
pub async fn status(request: &Request) -> Result<(Vec<Health>, Option<String>), Failure> {
    let refused = |reason: &str| Some(format!("what an apply would change is not known: {reason}"));
    let loaded = match load(request, &Known::default()) {
        Ok(loaded) => Arc::new(loaded),
        Err(Failure::Input(..)) => {
            let (loaded, records) = records::open(request).await?;
            let note = loaded.broken_note().unwrap_or_else(|| "variables have no value".to_owned());
            return Ok((recorded(&loaded, &records).await?, refused(&note)));
        }
        Err(failure) => return Err(failure),
    };
    let planned = match plan_all(&loaded, &PlanRequest::look()).await {
        Ok(planned) => planned,
        Err(Failure::Refused(..)) => {
            let (loaded, records) = records::open(request).await?;
            let note = refused("the plan is refused, and `stackwright plan` says why");
            return Ok((recorded(&loaded, &records).await?, note));
        }
        Err(failure) => return Err(failure),
    };
    let mut all = Vec::new();
    for one in planned {
        let platform = one.platform.as_ref();
        let objects = one.observation.records.iter().map(|(id, record)| (id, &record.owner));
        all.push(Health {
            target: one.target.clone(),
            place: one.reach.as_ref().filter(|_| !one.is_cloud()).map(|reach| reach.session.place()),
            server_version: one.observation.server_version.clone(),
            platform: platform.map(|platform| (platform.address.clone(), platform.version.clone())),
            access: platform
                .map(|platform| access(platform, one.gateway.as_ref(), one.host.as_deref()))
                .unwrap_or_default(),
            owners: health(objects, &one.observation.live, &one.observation.served, &one.plan.readiness),
            drift: Some(one.plan.counts().changed()),
        });
    }
    Ok((all, None))
}

/// The health of what is recorded, without a plan.
async fn recorded(loaded: &Loaded, records: &[Records]) -> Result<Vec<Health>, Failure> {
    let rules = loaded.catalog.readiness_rules();
    let mut all = Vec::new();
    for one in records {
        let (inventory, observation) = one.observe(&loaded.installation.name, BTreeSet::new()).await?;
        let objects = inventory.entries.iter().map(|(id, entry)| (id, &entry.owner));
        all.push(Health {
            target: one.target.clone(),
            place: Some(one.session.place()).filter(|_| !one.is_cloud()),
            server_version: observation.server_version.clone(),
            platform: None,
            access: Access::default(),
            owners: health(objects, &observation.live, &observation.served, &rules),
            drift: None,
        });
    }
    Ok(all)
}
