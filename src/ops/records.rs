//! Looks into an installation's records: history, outputs, inventory, lock.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

use base64::Engine;

use super::Failure;
use super::Loaded;
use super::Request;
use super::annex;
use super::cloud;
use super::cloud::Cloud;
use super::load_to_look;
use super::planning::CLOUD;
use super::planning::CLUSTER;
use super::session;
use super::session::Session;
use crate::config;
use crate::config::Declared;
use crate::object::Address;
use crate::object::GroupVersionKind;
use crate::object::INSTALLATION_LABEL;
use crate::plan::Observation;
use crate::provider::kubernetes::Question;
use crate::state;
use crate::state::Difference;
use crate::state::Holder;
use crate::state::Inventory;
use crate::state::Output;
use crate::state::Revision;
use crate::state::StateError;
use crate::state::Store;

/// One target's records.
pub struct Records {
    /// `cluster.main`, `provider.scp`
    pub target: Address,
    pub session: Session,
    pub store: Store,
    /// Runs and lock of a cloud in a cluster that it made.
    second: Option<Store>,
    /// What has them, where the target is a cloud.
    cloud: Option<Arc<Cloud>>,
}

/// Opens the records of every target of the configuration: clouds, then clusters, but for those that are still to be made.
pub async fn open(request: &Request) -> Result<(Loaded, Vec<Records>), Failure> {
    let loaded = load_to_look(request)?;
    let records = of(&loaded).await?;
    Ok((loaded, records))
}

/// As [`open`], of a configuration that is read already.
pub(super) async fn of(loaded: &Loaded) -> Result<Vec<Records>, Failure> {
    let mut records = Vec::new();
    let name = &loaded.installation.name;
    let mut clouds = Vec::new();
    for provider in cloud::providers(loaded) {
        let cloud = cloud::open(loaded, &provider).await?;
        let session = Session::of(cloud.target.clone());
        let store = Store::new(&session.cluster, name);
        let second = annex::of(loaded, &cloud).await;
        clouds.push(cloud.clone());
        records.push(Records { target: cloud.address.clone(), session, store, second, cloud: Some(cloud) });
    }
    for cluster in &loaded.installation.clusters {
        let session = match clouds.iter().find(|cloud| cloud.provider == cluster.provider) {
            Some(cloud) if !cloud.serves(cluster).await? => continue,
            Some(cloud) => Session::of(cloud.enter(cluster).await?),
            None => session::open(loaded, cluster).await?,
        };
        let store = Store::new(&session.cluster, name);
        records.push(Records { target: cluster.address.clone(), session, store, second: None, cloud: None });
    }
    Ok(records)
}

/// As [`of`], of one cluster; `None` where it is still to be made.
pub(super) async fn of_cluster(
    loaded: &Loaded,
    cluster: &Declared<config::Cluster>,
) -> Result<Option<Records>, Failure> {
    let session = match loaded.makers.get(&cluster.provider) {
        Some(_) => {
            let cloud = cloud::open(loaded, &cluster.provider).await?;
            if !cloud.serves(cluster).await? {
                return Ok(None);
            }
            Session::of(cloud.enter(cluster).await?)
        }
        None => session::open(loaded, cluster).await?,
    };
    let store = Store::new(&session.cluster, &loaded.installation.name);
    Ok(Some(Records { target: cluster.address.clone(), session, store, second: None, cloud: None }))
}

/// The outputs of the last apply. A sensitive value is read only where its output is named.
/// Gives what was found amiss in the records too.
pub async fn recorded_outputs(
    request: &Request,
    name: Option<&str>,
) -> Result<(BTreeMap<String, Output>, Vec<String>), Failure> {
    let (loaded, records) = open(request).await?;
    let mut outputs = BTreeMap::new();
    for one in &records {
        outputs.extend(one.outputs().await?);
        if name == Some(ADMIN_PASSWORD) && !outputs.contains_key(ADMIN_PASSWORD) {
            outputs.extend(admin_password(&loaded, one).await?);
        }
    }
    for (_, output) in outputs.iter_mut().filter(|(found, output)| output.sensitive && name != Some(found.as_str())) {
        output.value = serde_json::Value::Null;
    }
    let warnings = loaded.broken_note().into_iter().chain(records.iter().flat_map(Records::warnings)).collect();
    Ok((outputs, warnings))
}

/// Output that every installation has whose administrator's password was generated.
const ADMIN_PASSWORD: &str = "admin_password";

async fn admin_password(loaded: &Loaded, records: &Records) -> Result<Option<(String, Output)>, Failure> {
    // The configuration may be broken: what is there knows its platform too.
    let inventory = records.inventory().await?;
    let owners = inventory.entries.values().map(|entry| &entry.owner);
    let Some(platform) = owners.into_iter().find(|owner| owner.kind() == "platform") else { return Ok(None) };
    let name = format!("{}-{}-admin", loaded.installation.name, platform.name());
    let failed = |error| Failure::world("Cannot read the administrator's password", error);
    let cluster = &records.session.cluster;
    let resource = cluster.resource(&GroupVersionKind::new("", "v1", "Secret")).await.map_err(failed)?;
    let secret = cluster.get(&resource, state::NAMESPACE, &name).await.map_err(failed)?;
    let text = secret.and_then(|secret| {
        let bytes = base64::engine::general_purpose::STANDARD.decode(secret.text("/data/password")).ok()?;
        String::from_utf8(bytes).ok()
    });
    let output = text.map(|text| Output { value: text.into(), sensitive: true });
    Ok(output.map(|output| (ADMIN_PASSWORD.to_owned(), output)))
}

/// The records cannot be read: what was attempted, and the causes.
pub(super) fn unreadable(error: StateError) -> Failure {
    Failure::world("Cannot read the installation's records", error)
}

impl Records {
    pub async fn history(&self) -> Result<Vec<Revision>, Failure> {
        let mut runs = self.store.revisions().await.map_err(unreadable)?;
        if let Some(second) = &self.second {
            let newest = runs.last().map_or(0, |run| run.number);
            let others = second.revisions().await.map_err(unreadable)?;
            runs.extend(others.into_iter().filter(|run| run.number > newest));
        }
        Ok(runs)
    }

    /// What was begun and has not come to its end, or is going on; the history has no entry of it.
    pub async fn unfinished(&self) -> Result<Option<String>, Failure> {
        Ok(match self.holder().await? {
            Some(Holder { identity, operation, since, expired: false, .. }) => {
                Some(format!("{operation} by {identity} is going on since {since}."))
            }
            Some(Holder { identity, operation, since, .. }) => Some(format!(
                "{operation} by {identity}, begun {since}, did not come to its end. Apply again to go on with it."
            )),
            None if self.inventory().await?.is_unsettled() => {
                Some("A run was begun and did not come to its end. Apply again to go on with it.".into())
            }
            None => None,
        })
    }

    pub async fn outputs(&self) -> Result<BTreeMap<String, Output>, Failure> {
        self.store.outputs().await.map_err(unreadable)
    }

    pub async fn inventory(&self) -> Result<Inventory, Failure> {
        self.store.read().await.map_err(unreadable)
    }

    /// Whether the target makes clusters and is none.
    pub fn is_cloud(&self) -> bool {
        self.cloud.is_some()
    }

    /// What its target is called.
    pub fn noun(&self) -> &'static str {
        if self.is_cloud() { CLOUD } else { CLUSTER }
    }

    /// What was found amiss while reading and stopped nothing.
    pub fn warnings(&self) -> Vec<String> {
        self.store.warnings()
    }

    /// Breaks the lock; who held it, if anybody did.
    pub async fn unlock(&self) -> Result<Option<Holder>, Failure> {
        let mut holder = None;
        for store in self.stores() {
            let broken = store.unlock().await;
            holder = holder.or(broken.map_err(|error| Failure::world("Cannot break the lock", error))?);
        }
        Ok(holder)
    }

    /// Who holds the lock.
    pub async fn holder(&self) -> Result<Option<Holder>, Failure> {
        for store in self.stores() {
            if let Some(holder) = store.holder().await.map_err(unreadable)? {
                return Ok(Some(holder));
            }
        }
        Ok(None)
    }

    fn stores(&self) -> impl Iterator<Item = &Store> {
        std::iter::once(&self.store).chain(&self.second)
    }

    /// What is recorded, and what is there of it and of `further` kinds.
    pub async fn observe(
        &self,
        installation: &str,
        further: BTreeSet<String>,
    ) -> Result<(Inventory, Observation), Failure> {
        let inventory = self.inventory().await?;
        let selector = format!("{INSTALLATION_LABEL}={installation}");
        let mut question = Question::new(&[], inventory.records(), inventory.revision, selector);
        question.further = further;
        let observation = self.session.cluster.observe(question).await;
        let failed = |error| Failure::world(format!("Cannot look at {}", self.target), error);
        Ok((inventory, observation.map_err(failed)?))
    }

    /// Compares inventory and cluster over all kinds the cluster serves. Gives the number of recorded objects too.
    pub async fn verify(&self, installation: &str) -> Result<(usize, Vec<Difference>), Failure> {
        let failed = |error| Failure::world(format!("Cannot look at {}", self.target), error);
        let kinds = self.session.cluster.kinds().await.map_err(failed)?;
        let (inventory, observation) = self.observe(installation, kinds.names()).await?;
        let differences = state::verify(&inventory, &observation.live, INSTALLATION_LABEL, installation);
        Ok((inventory.entries.len(), differences))
    }
}
