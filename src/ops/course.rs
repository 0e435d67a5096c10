//! What a plan has to do about the release of a platform: nothing, install it, go back, or hop.

use super::Failure;
use super::Loaded;
use super::hopping;
use super::hopping::Course;
use super::hopping::Upgrade;
use super::looking::Found;
use super::plan_request::PlanRequest;
use super::planning::Shared;
use super::planning::Site;
use crate::config;
use crate::config::Declared;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::diag::Sources;
use crate::plan::DryRun;
use crate::plan::Mode;
use crate::plan::sentence;
use crate::state::Standing;

/// Where the platform of a target stands.
pub(super) async fn standing(loaded: &Loaded, site: &Site, found: Option<&Found>) -> Result<Option<Standing>, Failure> {
    match (&site.platform, found) {
        (Some(platform), Some(found)) if !site.is_leg => {
            hopping::recorded(loaded, &found.reach.store, &found.inventory, &platform.address).await
        }
        _ => Ok(None),
    }
}

/// The platform as it is, where it is to be looked at only and the configuration names another release.
pub(super) fn other_release(
    loaded: &Loaded,
    request: &PlanRequest,
    site: &Site,
    standing: Option<&Standing>,
) -> Option<Declared<config::Platform>> {
    let (platform, standing) = (site.platform.as_ref()?, standing?);
    let is_looked_at = request.looks || request.mode == Mode::Drift;
    let is_known = loaded.catalog.releases().contains(&standing.version);
    let differs = is_looked_at && standing.version != platform.version && is_known;
    differs.then(|| hopping::platform_at(loaded, platform, &standing.version))
}

/// What is to be done about the release, where a plan is to do something about it. Only what is installed or hopped to must
/// fit its cluster; what runs already is warned of.
pub(super) async fn choose(
    shared: &Shared,
    site: &Site,
    standing: Option<&Standing>,
    found: Option<&Found>,
    server_version: &str,
    warnings: &mut Diagnostics,
) -> Result<(Course, Option<Upgrade>), Failure> {
    let Shared { loaded, request, .. } = shared;
    let (Some(platform), Some(cluster)) = (site.platform.as_ref().filter(|_| !site.is_leg), &site.cluster) else {
        return Ok((Course::Stay, None));
    };
    let mut course = Course::Stay;
    if request.hops() {
        course = hopping::course(loaded, platform, standing)?;
        let is_there = found.is_some_and(|found| !found.inventory.entries.is_empty());
        if course == Course::Install && is_there {
            // An earlier program installed it, or tried to.
            course = Course::Stay;
        }
    }
    let (walk, standing, found) = match (course, standing, found) {
        (Course::Walk(walk), Some(standing), Some(found)) => (walk, standing, found),
        (course, ..) => {
            check_version(loaded, platform, server_version, course == Course::Install, warnings)?;
            return Ok((course, None));
        }
    };
    if !request.targets.is_empty() || !request.excludes.is_empty() {
        let cause = format!(
            "{} is at release {}, and its configuration names {}: an upgrade moves all of it",
            platform.address, standing.version, platform.version
        );
        return Err(Failure::world("Cannot upgrade a part", cause)
            .help("Leave --target and --exclude out, or put the version back."));
    }
    let session = &found.reach.session.cluster;
    let upgrade = hopping::survey(loaded, cluster, platform, standing, walk, session).await?;
    let obstacles = hopping::obstacles(loaded, &upgrade, platform, server_version);
    if obstacles.has_errors() {
        return Err(Failure::Refused(obstacles, Box::new(loaded.sources.clone())));
    }
    Ok((Course::Walk(Vec::new()), Some(upgrade)))
}

/// A release and a cluster that do not fit: refused where the release is to be installed.
fn check_version(
    loaded: &Loaded,
    platform: &Declared<config::Platform>,
    server_version: &str,
    installs: bool,
    warnings: &mut Diagnostics,
) -> Result<(), Failure> {
    let mut sources = Sources::new();
    let (release, _) = loaded.catalog.release(&platform.version, &mut sources);
    let Some(release) = release else { return Ok(()) };
    if release.supports_kubernetes(server_version) != Some(false) {
        return Ok(());
    }
    let cause = format!(
        "release {} runs on Kubernetes {} to {}, and the cluster has {server_version}",
        platform.version, release.kubernetes_min, release.kubernetes_max
    );
    if !installs {
        let finding = Diagnostic::warning("Kubernetes version does not fit", format!("{}.", sentence(&cause)));
        warnings.push(finding.about(&platform.address));
        return Ok(());
    }
    Err(Failure::world(format!("{} does not fit its cluster", platform.address), cause)
        .help("Choose a version that fits: `stackwright upgrade --list` lists the releases."))
}

/// What the server refuses before an upgrade may be fine once its steps are done: each hop asks again.
pub(super) fn refused_as_things_are(answer: &mut DryRun) {
    if let DryRun::Rejected(message) = answer {
        *answer = DryRun::Unavailable(format!("the server refuses it as things are now: {message}"));
    }
}
