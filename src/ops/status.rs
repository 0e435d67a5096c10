//! The health of everything an installation owns.

use super::Failure;
use super::Known;
use super::Request;
use super::configuration::dashboard_url;
use super::load;
use super::planning::PlanRequest;
use super::planning::plan_all;
use crate::apply::OwnerHealth;
use crate::apply::health;

/// One cluster's health.
pub struct Health {
    /// `cluster.main`
    pub cluster: String,
    pub server_version: String,
    /// Address and version of its platform.
    pub platform: Option<(String, String)>,
    pub dashboard_url: Option<String>,
    pub owners: Vec<OwnerHealth>,
    /// Changes that an apply would make now.
    pub drift: usize,
}

/// Looks at every cluster. Costs what a plan costs.
pub async fn status(request: &Request) -> Result<Vec<Health>, Failure> {
    let mut loaded = load(request, &Known::default())?;
    let planned = plan_all(&mut loaded, &PlanRequest::default()).await?;
    let mut all = Vec::new();
    for one in planned {
        let platform = one.platform.as_ref();
        let url = platform.zip(one.host.as_deref()).map(|(platform, host)| dashboard_url(&platform.endpoint, host));
        let objects = one.observation.records.iter().map(|(id, record)| (id, record.owner.as_str()));
        all.push(Health {
            cluster: one.cluster.address.clone(),
            server_version: one.observation.server_version.clone(),
            platform: platform.map(|platform| (platform.address.clone(), platform.version.clone())),
            dashboard_url: url,
            owners: health(objects, &one.observation.live, &one.observation.served, &one.plan.readiness),
            drift: one.plan.counts().changed(),
        });
    }
    Ok(all)
}
