//! A provider that makes clusters, as a target like others: an API server in this process serves what it makes as objects
//! and keeps them, with the records, in a directory beside the configuration. So a cloud has records before it has a
//! cluster. What exists is asked of the cloud each time; a directory that was lost is filled again from it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;

use super::Cause;
use super::Failure;
use super::Loaded;
use super::session;
use crate::catalog;
use crate::config;
use crate::config::Declared;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::object::Address;
use crate::object::GroupVersionKind;
use crate::object::Object;
use crate::object::ObjectId;
use crate::object::ReadinessRule;
use crate::object::kinds;
use crate::plan::Action;
use crate::plan::Desired;
use crate::plan::DesiredObject;
use crate::plan::ImmutableFields;
use crate::plan::Plan;
use crate::plan::sentence;
use crate::provider::kubernetes::Cluster;
use crate::provider::kubernetes::ClusterError;
use crate::provider::kubernetes::Patience;
use crate::provider::maker::MakerError;
use crate::provider::maker::Misfit;
use crate::provider::maker::Wanted;
use crate::provider::making;
use crate::provider::making::Making;
use crate::sandbox::Sandbox;
use crate::sandbox::SandboxError;
use crate::sandbox::SandboxOptions;
use crate::sandbox::players::PlayerOptions;
use crate::sandbox::players::PlayerSet;
use crate::sandbox::players::Players;

/// Below [`session::LOCAL`]: a directory for each provider.
const PROVIDERS: &str = "providers";
/// Of the controllers that a cluster has, those a cloud's objects and records need.
const PLAYERS: &[&str] = &["garbage", "namespaces"];

/// A provider's things, served as objects.
pub struct Cloud {
    pub provider: String,
    /// `provider.scp`
    pub address: Address,
    /// The server of the objects.
    pub target: Cluster,
    making: Making,
    _players: Players,
}

/// The providers of a configuration that make clusters: those its clusters name, and those that have made some before.
pub fn providers(loaded: &Loaded) -> Vec<String> {
    let mut providers: Vec<String> =
        loaded.installation.clusters.iter().map(|cluster| cluster.provider.clone()).collect();
    providers
        .extend(loaded.makers.names().filter(|name| directory(loaded.files.root(), name).is_dir()).map(str::to_owned));
    providers.retain(|provider| loaded.makers.get(provider).is_some());
    providers.sort_unstable();
    providers.dedup();
    providers
}

fn directory(root: &Path, provider: &str) -> std::path::PathBuf {
    root.join(session::LOCAL).join(PROVIDERS).join(provider)
}

/// Starts the server of a provider's things and brings it up to what exists.
///
/// # Errors
/// Another run of ours has it, or the provider cannot be asked.
pub async fn open(loaded: &Loaded, provider: &str) -> Result<Arc<Cloud>, Failure> {
    let address = Address::resource("provider", provider);
    let failed = |error: Cause| Failure::world(format!("Cannot use {address}"), error);
    session::local_directory(loaded.files.root())?;
    let directory = directory(loaded.files.root(), provider);
    let maker = session::maker(loaded, provider)?;
    let sandbox = Sandbox::open(Some(&directory), SandboxOptions::default()).map_err(|error| match error {
        SandboxError::Locked { .. } => failed(error.into()).help("Wait until that run has ended."),
        _ => failed(error.into()),
    })?;
    let players = Players::start_with(sandbox.client(), PlayerSet::only(PLAYERS), PlayerOptions::default());
    // The controller is a client of its own, as in a cluster: the places and the faults of the run's requests are not its.
    let target = Cluster::from_client(session::faults()?.around(sandbox.client()), address.to_string());
    let making = Making::new(provider, maker, Cluster::from_client(sandbox.client(), address.to_string()));
    let server = Cluster::from_client(sandbox.client(), address.to_string());
    for definition in making::definitions(provider, &making.maker().kinds()) {
        server.apply(&definition, Patience::READ).await.map_err(|error| failed(error.into()))?;
    }
    let wanted = catalog::made_objects(
        &loaded.installation,
        &loaded.provider_facts(provider),
        provider,
        &kinds::made_group(provider),
    );
    let wanted: Vec<Object> = wanted.into_iter().map(|rendered| rendered.object).collect();
    making.refresh(&loaded.installation.name, &wanted).await.map_err(|error| failed(error.into()))?;
    Ok(Arc::new(Cloud { provider: provider.to_owned(), address, target, making, _players: players }))
}

impl Cloud {
    /// How its objects tell that they serve.
    pub fn readiness(&self) -> Vec<ReadinessRule> {
        making::readiness(&self.provider, &self.making.maker().kinds())
    }

    /// What the provider does not change in place.
    pub fn immutable(&self) -> Vec<ImmutableFields> {
        let kinds = self.making.maker().kinds().into_iter();
        let group = kinds::made_group(&self.provider);
        kinds.map(|made| ImmutableFields { group: group.clone(), kind: made.kind, paths: made.immutable }).collect()
    }

    /// Refuses a plan whose clusters and node pools name what the provider has not got. What cannot be asked now is told
    /// when it is made.
    pub async fn check(&self, loaded: &Loaded, plan: &Plan, desired: &Desired) -> Result<(), Failure> {
        let begins = |action: Action| matches!(action, Action::Create | Action::Replace | Action::Update);
        let is_meant = |wanted: &&DesiredObject| {
            let id = wanted.object.id();
            plan.changes.iter().any(|change| change.id == id && begins(change.action))
        };
        let wanted: Vec<&DesiredObject> = desired.objects.iter().filter(is_meant).collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let things: Vec<Wanted<'_>> = wanted
            .iter()
            .filter_map(|wanted| Some((wanted.object.kind(), wanted.object.get("/spec")?.as_object()?)))
            .collect();
        let misfits = match self.making.maker().misfits(&things).await {
            Ok(misfits) => misfits,
            Err(MakerError::Unclear(_)) => return Ok(()),
            Err(error) => return Err(Failure::world(format!("Cannot use {}", self.address), error)),
        };
        let finding = |misfit: Misfit| {
            let owner = wanted.get(misfit.thing).map_or(&self.address, |wanted| &wanted.owner);
            let end = if misfit.reason.ends_with(['.', '?']) { "" } else { "." };
            let finding = Diagnostic::error("Not to be had", format!("{}{end}", sentence(&misfit.reason)));
            let place = loaded.installation.declaration(owner).and_then(|declared| declared.place(&misfit.argument));
            finding.at_option(place.map(|place| place.span)).about(owner)
        };
        let mut findings = Diagnostics::new();
        misfits.into_iter().for_each(|misfit| findings.push(finding(misfit)));
        match findings.has_errors() {
            true => Err(Failure::Refused(findings, Box::new(loaded.sources.clone()))),
            false => Ok(()),
        }
    }

    /// How long what it makes may take at least.
    pub fn patience(&self) -> Duration {
        self.making.maker().patience()
    }

    /// Lets it work on what its objects ask for, until the result is dropped.
    pub fn work(&self) -> Work {
        let making = self.making.clone();
        Work(tokio::spawn(async move { making.work().await }))
    }

    /// Whether a cluster is there to be entered once and for all that `plan` says, by what was seen of its object.
    pub fn has(&self, cluster: &Declared<config::Cluster>, plan: &Plan, seen: Option<&Object>) -> bool {
        let id = self.id(cluster);
        let stays = |action: Action| !matches!(action, Action::Create | Action::Replace);
        let change = plan.changes.iter().find(|change| change.id == id);
        seen.is_some_and(making::is_ready) && change.is_none_or(|change| stays(change.action))
    }

    /// The name of a cluster's object.
    pub fn id(&self, cluster: &Declared<config::Cluster>) -> ObjectId {
        ObjectId::new(kinds::made_group(&self.provider), "Cluster", "", &cluster.name)
    }

    /// Waits until a cluster's object says that it serves. May take for ever.
    ///
    /// # Errors
    /// It cannot be looked at, or is gone.
    pub async fn ready(&self, cluster: &Declared<config::Cluster>) -> Result<(), Failure> {
        loop {
            match self.object(cluster).await? {
                Some(object) if making::is_ready(&object) => return Ok(()),
                Some(_) => tokio::time::sleep(self.making.maker().interval()).await,
                None => return Err(Failure::world(format!("Cannot reach {}", cluster.address), "nobody has made it")),
            }
        }
    }

    /// Whether a cluster can be entered now.
    ///
    /// # Errors
    /// It cannot be looked at.
    pub async fn serves(&self, cluster: &Declared<config::Cluster>) -> Result<bool, Failure> {
        Ok(self.object(cluster).await?.as_ref().is_some_and(making::is_ready))
    }

    async fn object(&self, cluster: &Declared<config::Cluster>) -> Result<Option<Object>, Failure> {
        let failed = |error: ClusterError| Failure::world(format!("Cannot reach {}", cluster.address), error);
        let id = self.id(cluster);
        let kind = GroupVersionKind::new(&id.group, "v1", &id.kind);
        let resource = self.target.resource(&kind).await.map_err(failed)?;
        self.target.get(&resource, "", &id.name).await.map_err(failed)
    }

    /// Enters a cluster that is ready.
    pub async fn enter(&self, cluster: &Declared<config::Cluster>) -> Result<Cluster, Failure> {
        session::enter(self.making.maker().as_ref(), cluster).await
    }
}

/// A cloud's controller at work; ends when it is dropped.
pub struct Work(JoinHandle<()>);

impl Drop for Work {
    fn drop(&mut self) {
        self.0.abort();
    }
}
