//! Whether each cluster can carry its installation, before anything is changed.

use std::collections::BTreeSet;

use super::Failure;
use super::Known;
use super::Request;
use super::load;
use super::planning;
use super::session;
use crate::config::EndpointKind;
use crate::config::Platform;
use crate::diag::Diagnostics;
use crate::diag::Sources;
use crate::object::Address;
use crate::plan::Size;
use crate::plan::preflight;
use crate::plan::preflight::Check;
use crate::plan::preflight::Demand;

/// The rows of one cluster.
pub struct Preflight {
    /// `cluster.main`
    pub cluster: Address,
    pub checks: Vec<Check>,
}

/// What was found, and what the configuration itself gave reason to warn of.
pub struct Preflights {
    pub clusters: Vec<Preflight>,
    pub warnings: Diagnostics,
    pub sources: Sources,
}

/// Looks at every cluster; changes nothing.
pub async fn preflight(request: &Request) -> Result<Preflights, Failure> {
    let mut loaded = load(request, &Known::default())?;
    let mut clusters = Vec::new();
    for cluster in loaded.installation.clusters.clone() {
        let platform = loaded.installation.platforms.iter().find(|p| p.cluster == cluster.address).cloned();
        let mut sources = std::mem::take(&mut loaded.sources);
        let rendered = planning::render(&loaded, &cluster, platform.as_ref(), &mut sources);
        loaded.sources = sources;
        let (rendered, findings) = rendered?;
        loaded.warnings.extend(findings);
        let session = session::open(&loaded, &cluster).await?;
        let wanted: BTreeSet<_> = rendered.objects.iter().map(|object| object.object.gvk()).collect();
        let wanted: Vec<_> = wanted.into_iter().collect();
        let survey = session
            .cluster
            .survey(&wanted)
            .await
            .map_err(|error| Failure::world(format!("Cannot look at {}", cluster.address), error))?;
        let mut sources = Sources::new();
        let release = platform.as_ref().and_then(|platform| loaded.catalog.release(&platform.version, &mut sources).0);
        let least =
            platform.as_ref().and_then(|platform| release.as_ref()?.editions.get(platform.edition.as_str()).copied());
        let demand = Demand {
            installation: &loaded.installation.name,
            edition: platform
                .as_ref()
                .zip(least)
                .map(|(platform, least)| (platform.edition.as_str(), Size::new(least.cpu, least.memory_gb))),
            least_nodes: least.and_then(|least| usize::try_from(least.nodes).ok()).unwrap_or(1),
            kubernetes: release
                .as_ref()
                .map_or(("", ""), |release| (&release.kubernetes_min[..], &release.kubernetes_max[..])),
            fits_kubernetes: release.as_ref().and_then(|release| release.supports_kubernetes(&survey.server_version)),
            node_port: platform.as_ref().and_then(|platform| node_port(platform)),
            wants_gpus: platform.as_ref().is_some_and(|platform| platform.gpu.is_some()),
            objects: rendered.objects.iter().map(|object| &object.object).collect(),
            rules: &rendered.readiness,
        };
        clusters.push(Preflight { cluster: cluster.address.clone(), checks: preflight::preflight(&demand, &survey) });
    }
    Ok(Preflights { clusters, warnings: loaded.warnings, sources: loaded.sources })
}

fn node_port(platform: &Platform) -> Option<u16> {
    (platform.endpoint.kind == EndpointKind::NodePort).then_some(platform.endpoint.port)
}
