//! Upgrades as a use case: which releases and ways there are, what the checks of a way say, and the one edit that names
//! another release.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::Failure;
use super::Known;
use super::Loaded;
use super::Request;
use super::configuration::catalog;
use super::hopping;
use super::hopping::Course;
use super::hopping::Upgrade;
use super::load;
use super::records;
use super::records::unreadable;
use super::writing::rewrite;
use crate::catalog::Hop;
use crate::catalog::Release;
use crate::catalog::is_older;
use crate::catalog::way;
use crate::config;
use crate::config::Declared;
use crate::diag::Diagnostics;
use crate::diag::Sources;
use crate::object::Address;

/// All releases and the ways between them.
pub struct Ways {
    /// Oldest first.
    pub releases: Vec<Release>,
    pub hops: Vec<Hop>,
    /// The release each platform's configuration names, where there is one that can be read.
    pub named: BTreeMap<Address, String>,
}

/// What the checks of the hops to a release say of one platform.
pub struct Checked {
    pub platform: Address,
    pub from: String,
    pub to: String,
    /// `None` where there is nothing to hop, or no way.
    pub upgrade: Option<Upgrade>,
    pub obstacles: Diagnostics,
    pub sources: Sources,
}

/// The releases, of which nothing is asked of any cluster.
pub fn ways(request: &Request) -> Result<Ways, Failure> {
    let catalog = catalog(request)?;
    let mut sources = Sources::new();
    let (hops, mut findings) = catalog.hops(&mut sources);
    let mut releases = Vec::new();
    for version in catalog.releases() {
        let (release, found) = catalog.release(&version, &mut sources);
        findings.extend(found);
        releases.extend(release);
    }
    if findings.has_errors() {
        return Err(Failure::Input(findings, Box::new(sources)));
    }
    let named = match load(request, &Known::default()) {
        Ok(loaded) => {
            let platforms = loaded.installation.platforms.iter();
            platforms.map(|platform| (platform.address.clone(), platform.version.clone())).collect()
        }
        Err(_) => BTreeMap::new(),
    };
    Ok(Ways { releases, hops, named })
}

/// The platform that is meant: the only one, or the one of this address.
pub(super) fn platform<'a>(
    loaded: &'a Loaded,
    address: Option<&Address>,
) -> Result<&'a Declared<config::Platform>, Failure> {
    platform_for(loaded, address, "Nothing to upgrade")
}

/// As [`platform`]; `without` heads the refusal where there is none.
pub(super) fn platform_for<'a>(
    loaded: &'a Loaded,
    address: Option<&Address>,
    without: &str,
) -> Result<&'a Declared<config::Platform>, Failure> {
    let platforms = &loaded.installation.platforms;
    let names = || platforms.iter().map(|platform| platform.address.to_string()).collect::<Vec<_>>().join(", ");
    match (address, platforms.as_slice()) {
        (Some(address), _) => platforms
            .iter()
            .find(|platform| platform.address == *address)
            .ok_or_else(|| Failure::world(format!("There is no {address}"), format!("the platforms are: {}", names()))),
        (None, [only]) => Ok(only),
        (None, []) => Err(Failure::world(without, "the configuration has no platform block")),
        (None, _) => Err(Failure::world("Which platform is meant?", format!("there are several: {}", names()))
            .help("Name it with --platform.")),
    }
}

/// The newest release that a chain of hops leads to.
fn newest(loaded: &Loaded, from: &str) -> Result<String, Failure> {
    let mut sources = Sources::new();
    let (hops, findings) = loaded.catalog.hops(&mut sources);
    if findings.has_errors() {
        return Err(Failure::Input(findings, Box::new(sources)));
    }
    let mut reached = loaded.catalog.releases();
    reached.retain(|version| is_older(from, version) && way(&hops, from, version).is_some());
    Ok(reached.pop().unwrap_or_else(|| from.to_owned()))
}

/// A release to go to: as it is named, or the newest there is a way to from where the configuration is.
///
/// # Errors
/// There is no such platform or release.
pub fn destination(
    request: &Request,
    address: Option<&Address>,
    version: Option<&str>,
) -> Result<(Address, String), Failure> {
    let loaded = load(request, &Known::default())?;
    let platform = platform(&loaded, address)?;
    let version = match version {
        Some(version) => version.to_owned(),
        None => newest(&loaded, &platform.version)?,
    };
    let known = loaded.catalog.releases();
    if !known.contains(&version) {
        return Err(Failure::world(format!("There is no release \"{version}\""), "no file describes it")
            .help(format!("Known releases: {}.", known.join(", "))));
    }
    Ok((platform.address.clone(), version))
}

/// Runs the checks of all hops that lead a platform to a release. Changes nothing, the configuration neither.
pub async fn check_upgrade(request: &Request, address: &Address, version: &str) -> Result<Checked, Failure> {
    let loaded = load(request, &Known::default())?;
    let meant = platform(&loaded, Some(address))?;
    let at = hopping::platform_at(&loaded, meant, version);
    let opened = records::of(&loaded).await?;
    let record = opened.iter().find(|record| record.target == meant.cluster);
    let cluster = loaded.installation.clusters.iter().find(|cluster| cluster.address == meant.cluster);
    let mut checked = Checked {
        platform: address.clone(),
        from: String::new(),
        to: version.to_owned(),
        upgrade: None,
        obstacles: Diagnostics::new(),
        sources: loaded.sources.clone(),
    };
    let (Some(record), Some(cluster)) = (record, cluster) else {
        return Err(Failure::world(format!("Cannot check {address}"), format!("{} is not there yet", meant.cluster)));
    };
    let session = &record.session.cluster;
    let inventory = record.store.read().await.map_err(unreadable)?;
    let standing = hopping::recorded(&loaded, &record.store, &inventory, address).await?;
    let walk = match hopping::course(&loaded, &at, standing.as_ref()) {
        Ok(Course::Walk(walk)) => walk,
        Ok(Course::Install) => {
            return Err(Failure::world(format!("Cannot check {address}"), "nothing is recorded of it").help(
                "`stackwright apply` installs it; `stackwright preflight` tells whether the cluster can carry it.",
            ));
        }
        Ok(_) => {
            checked.from = standing.map(|standing| standing.version).unwrap_or_default();
            return Ok(checked);
        }
        Err(Failure::Refused(findings, sources)) => {
            checked.from = standing.map(|standing| standing.version).unwrap_or_default();
            (checked.obstacles, checked.sources) = (findings, *sources);
            return Ok(checked);
        }
        Err(failure) => return Err(failure),
    };
    let standing = standing.unwrap_or_default();
    checked.from.clone_from(&standing.version);
    let seen = |error| Failure::world(format!("Cannot look at {}", record.target), error);
    let server_version = session.version().await.map_err(seen)?;
    let upgrade = hopping::survey(&loaded, cluster, &at, &standing, walk, session).await?;
    checked.obstacles = hopping::obstacles(&loaded, &upgrade, &at, &server_version);
    checked.upgrade = Some(upgrade);
    Ok(checked)
}

/// Whether a platform is on its way to another release.
pub async fn is_upgrade_begun(request: &Request, address: &Address) -> Result<bool, Failure> {
    let (_, opened) = records::open(request).await?;
    for record in &opened {
        let inventory = record.store.read().await.map_err(unreadable)?;
        if inventory.standings.get(address).is_some_and(|standing| standing.hop.is_some()) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// An edit of one file of the configuration.
#[derive(Clone, Debug)]
pub struct Edit {
    /// As it is shown.
    pub shown: String,
    path: PathBuf,
    before: String,
    after: String,
}

/// The edit that names another release for a platform: its `version` and nothing else, with all layout and comments kept.
/// `None` where it is named already.
///
/// # Errors
/// The version does not stand in the platform's block as a text.
pub fn edit_version(request: &Request, address: &Address, version: &str) -> Result<Option<Edit>, Failure> {
    let loaded = load(request, &Known::default())?;
    let platform = platform(&loaded, Some(address))?;
    if platform.version == version {
        return Ok(None);
    }
    let sources = &loaded.sources;
    let place = platform.places.get("version").copied();
    let by_hand = |cause: String| {
        Failure::world(format!("Cannot edit the version of {address}"), cause)
            .help(format!("Set it to \"{version}\" there, then run `stackwright apply`: that is the same."))
    };
    let Some(place) = place else { return Err(by_hand("it is not written in its block".into())) };
    let (at, text) = (sources.locate(place.span), sources.excerpt(place.span));
    if text != format!("\"{}\"", platform.version) {
        return Err(by_hand(format!("at {at} it comes from {text}, which may mean more than this platform")));
    }
    if address.modules().next().is_some() {
        return Err(by_hand(format!("it stands in a module ({at}), which may be called more than once")));
    }
    let shown = sources.path(place.span.source).to_owned();
    let before = sources.text(place.span.source).to_owned();
    let mut after = before.clone();
    after.replace_range(place.span.start..place.span.end, &format!("\"{version}\""));
    let path = loaded.files.root().join(&shown);
    Ok(Some(Edit { shown, path, before, after }))
}

impl Edit {
    /// The same configuration as if it were written; nothing is.
    pub fn tried(&self, request: &Request) -> Request {
        let mut request = request.clone();
        request.edited.insert(self.shown.clone(), self.after.clone());
        request
    }

    /// Writes it.
    pub fn write(&self) -> Result<(), Failure> {
        self.put(&self.before, &self.after)
    }

    /// Takes it back, where nobody has edited the file since.
    pub fn take_back(&self) -> Result<(), Failure> {
        self.put(&self.after, &self.before)
    }

    fn put(&self, from: &str, to: &str) -> Result<(), Failure> {
        let failed = |error: std::io::Error| Failure::world(format!("Cannot write {}", self.shown), error);
        let now = std::fs::read_to_string(&self.path).map_err(failed)?;
        if now != from {
            return Err(Failure::world(format!("Cannot write {}", self.shown), "somebody has edited it meanwhile"));
        }
        rewrite(&self.path, to).map_err(failed)
    }
}
