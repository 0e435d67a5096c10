//! The rights a run of a configuration needs in its cluster.

use super::Failure;
use super::Known;
use super::Loaded;
use super::Request;
use super::hopping;
use super::load;
use super::render;
use super::rendering;
use crate::catalog::Hop;
use crate::catalog::way;
use crate::object::Object;
use crate::plan;
use crate::plan::Purpose;
use crate::plan::RunNeeds;
use crate::state;

/// The namespace of the records and the roles to bind, as objects for kubectl.
///
/// # Arguments
///
/// * `from`: the release that an upgrade starts at; without one no upgrade is meant.
///
/// # Errors
/// The configuration cannot be read, or no way leads from that release to the configured one.
pub fn permissions(request: &Request, purpose: Purpose, from: Option<&str>) -> Result<Vec<Object>, Failure> {
    let rendered = render(request, true)?;
    let loaded = load(request, &Known::default())?;
    let (hops, passed) = from.map(|from| passed(&loaded, from)).transpose()?.unwrap_or_default();
    let needs = RunNeeds {
        installation: &loaded.installation.name,
        objects: rendered.objects.iter().map(|rendered| &rendered.object).chain(&passed).collect(),
        reads: rendered.reads.to_vec(),
        hops,
        has_classes: !loaded.installation.storage_classes.is_empty(),
        records: state::NAMESPACE,
    };
    Ok(plan::permissions(&needs, purpose))
}

/// What an upgrade of the platforms from a release to the one they are configured with comes past: the hops, and the objects
/// of all releases on the way but the last, since what goes must be seen and deleted.
fn passed(loaded: &Loaded, from: &str) -> Result<(Vec<Hop>, Vec<Object>), Failure> {
    let mut sources = loaded.sources.clone();
    let (known, findings) = loaded.catalog.hops(&mut sources);
    if findings.has_errors() {
        return Err(Failure::Input(findings, Box::new(sources)));
    }
    let (mut walked, mut objects) = (Vec::new(), Vec::new());
    for platform in &loaded.installation.platforms {
        let hops = way(&known, from, &platform.version).ok_or_else(|| {
            let cause = format!("no hop, nor a chain of them, leads from release {from} to {}", platform.version);
            Failure::world(format!("Cannot tell the rights of an upgrade of {}", platform.address), cause)
                .help("`stackwright upgrade --list` lists the ways there are.")
        })?;
        let Some(cluster) = loaded.installation.cluster(&platform.cluster) else { continue };
        for hop in hops {
            let at = hopping::platform_at(loaded, platform, &hop.from);
            let (rendered, _) = rendering::render(loaded, cluster, Some(&at), &mut sources)?;
            objects.extend(rendered.objects.into_iter().map(|wanted| wanted.object));
            walked.push(hop.clone());
        }
    }
    Ok((walked, objects))
}
