//! Whether each cluster can carry its installation, before anything is changed.

use std::collections::BTreeSet;

use super::Failure;
use super::Known;
use super::Loaded;
use super::Request;
use super::load;
use super::rendering;
use super::session;
use crate::catalog::Release;
use crate::config::Declared;
use crate::config::EndpointKind;
use crate::config::Platform;
use crate::diag::Diagnostics;
use crate::diag::Sources;
use crate::object::Address;
use crate::object::Object;
use crate::object::ReadinessRule;
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
        let rendered = rendering::render(&loaded, &cluster, platform.as_ref(), &mut sources);
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
        let objects = rendered.objects.iter().map(|object| &object.object).collect();
        let version = &survey.server_version;
        let demand = demand(&loaded, platform.as_ref(), release.as_ref(), version, objects, &rendered.readiness);
        clusters.push(Preflight { cluster: cluster.address.clone(), checks: preflight::preflight(&demand, &survey) });
    }
    Ok(Preflights { clusters, warnings: loaded.warnings, sources: loaded.sources })
}

/// What an installation needs of a cluster of this Kubernetes version.
pub(super) fn demand<'a>(
    loaded: &'a Loaded,
    platform: Option<&'a Declared<Platform>>,
    release: Option<&'a Release>,
    server_version: &str,
    objects: Vec<&'a Object>,
    rules: &'a [ReadinessRule],
) -> Demand<'a> {
    let least = platform.and_then(|platform| release?.editions.get(platform.edition.as_str()).copied());
    Demand {
        installation: &loaded.installation.name,
        edition: platform
            .zip(least)
            .map(|(platform, least)| (platform.edition.as_str(), Size::new(least.cpu, least.memory_gb))),
        least_nodes: least.and_then(|least| usize::try_from(least.nodes).ok()).unwrap_or(1),
        kubernetes: release.map_or(("", ""), |release| (&release.kubernetes_min[..], &release.kubernetes_max[..])),
        fits_kubernetes: release.and_then(|release| release.supports_kubernetes(server_version)),
        node_port: platform.and_then(|platform| node_port(platform)),
        domain: platform.map_or("", |platform| loaded.installation.domain_of(&platform.cluster)),
        wants_gpus: platform.is_some_and(|platform| platform.gpu.is_some()),
        objects,
        rules,
    }
}

fn node_port(platform: &Platform) -> Option<u16> {
    (platform.endpoint.kind == EndpointKind::NodePort).then_some(platform.endpoint.port)
}
