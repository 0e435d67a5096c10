//! The health of everything an installation owns.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::Failure;
use super::Known;
use super::Loaded;
use super::Records;
use super::Request;
use super::live::nothing_under;
use super::load;
use super::plan_request::PlanRequest;
use super::planning::plan_all;
use super::records;
use crate::apply::OwnerHealth;
use crate::apply::explain;
use crate::apply::health;
use crate::apply::made_by;
use crate::config::Access;
use crate::config::Credential;
use crate::config::Declared;
use crate::config::Platform;
use crate::config::access;
use crate::object::Address;
use crate::object::Object;
use crate::object::ObjectId;
use crate::object::ReadinessRule;
use crate::provider::kubernetes::Cluster;

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
    /// Who logs in there, and where the password is to be found; never the password.
    pub login: Vec<String>,
    pub owners: Vec<OwnerHealth>,
    /// Changes that an apply would make now; `None` where no plan can be made.
    pub drift: Option<usize>,
    /// What is no longer wanted and stays for what it holds: the object, its owner, and why.
    pub stays: Vec<(ObjectId, Address, String)>,
}

impl Health {
    /// For a look at a part: how to come in and who may is of the whole.
    fn without_access(&mut self) {
        self.access = Access::default();
        self.login.clear();
    }
}

/// The addresses that are looked at (none: all), and what was found of them over all targets.
struct Found<'a> {
    addresses: &'a [Address],
    owners: BTreeSet<Address>,
    met: BTreeSet<&'a Address>,
}

impl<'a> Found<'a> {
    fn covers(&self, owner: &Address, id: &ObjectId) -> bool {
        self.addresses.is_empty() || self.addresses.iter().any(|address| address.covers(owner, id))
    }

    /// What of these objects is to be looked at.
    fn among<'o>(
        &mut self,
        objects: impl Iterator<Item = (&'o ObjectId, &'o Address)>,
    ) -> Vec<(&'o ObjectId, &'o Address)> {
        let mut among = Vec::new();
        for (id, owner) in objects {
            if !self.addresses.is_empty() {
                self.owners.insert(owner.clone());
                self.met.extend(self.addresses.iter().filter(|address| address.covers(owner, id)));
            }
            if self.covers(owner, id) {
                among.push((id, owner));
            }
        }
        among
    }

    fn all_met(&self) -> Result<(), Failure> {
        match self.addresses.iter().find(|address| !self.met.contains(address)) {
            Some(address) => Err(nothing_under(address, &self.owners, "")),
            None => Ok(()),
        }
    }
}

/// Looks at every target, and gives what else a person should know; only at what lies under these addresses, where there
/// are any. Costs what a plan costs.
///
/// Where no plan can be made, what is recorded is looked at all the same.
///
/// # Errors
/// A target cannot be asked, or an address names nothing that is installed.
pub async fn status(request: &Request, addresses: &[Address]) -> Result<(Vec<Health>, Option<String>), Failure> {
    let mut found = Found { addresses, owners: BTreeSet::new(), met: BTreeSet::new() };
    let (mut all, note) = look(request, &mut found).await?;
    found.all_met()?;
    if !addresses.is_empty() {
        all.retain(|health| !health.owners.is_empty());
        all.iter_mut().for_each(Health::without_access);
    }
    Ok((all, note))
}

async fn look(request: &Request, found: &mut Found<'_>) -> Result<(Vec<Health>, Option<String>), Failure> {
    let refused = |reason: &str| Some(format!("what an apply would change is not known: {reason}"));
    let loaded = match load(request, &Known::default()) {
        Ok(loaded) => Arc::new(loaded),
        Err(Failure::Input(..)) => {
            let (loaded, records) = records::open(request).await?;
            let note = loaded.broken_note().unwrap_or_else(|| "variables have no value".to_owned());
            return Ok((recorded(&loaded, &records, found).await?, refused(&note)));
        }
        Err(failure) => return Err(failure),
    };
    let planned = match plan_all(&loaded, &PlanRequest::look()).await {
        Ok(planned) => planned,
        Err(Failure::Refused(..)) => {
            let records = records::of(&loaded).await?;
            let note = refused("the plan is refused, and `stackwright plan` says why");
            return Ok((recorded(&loaded, &records, found).await?, note));
        }
        Err(failure) => return Err(failure),
    };
    let mut all = Vec::new();
    for one in planned {
        let platform = one.platform.as_ref();
        let objects: Vec<(&ObjectId, &Address)> =
            found.among(one.observation.records.iter().map(|(id, record)| (id, &record.owner)));
        let (live, served, rules) = (&one.observation.live, &one.observation.served, &one.plan.readiness);
        let cluster = one.reach.as_ref().map(|reach| &reach.session.cluster);
        let made = made(cluster, objects.iter().map(|(id, _)| *id), rules).await;
        let mut owners = health(objects, live, served, rules, made.as_ref());
        if let Some(cluster) = cluster.filter(|_| !one.is_cloud()) {
            explain(cluster, &mut owners, live, rules).await;
        }
        all.push(Health {
            target: one.target.clone(),
            place: one.reach.as_ref().filter(|_| !one.is_cloud()).map(|reach| reach.session.place()),
            server_version: one.observation.server_version.clone(),
            platform: platform.map(|platform| (platform.address.clone(), platform.version.clone())),
            access: platform
                .map(|platform| access(platform, one.gateway.as_ref(), one.host.as_deref()))
                .unwrap_or_default(),
            login: platform.filter(|_| one.gateway.is_some()).map(|one| login(&loaded, one)).unwrap_or_default(),
            owners,
            drift: Some(one.plan.changes.iter().filter(|c| !c.is_nothing() && found.covers(&c.owner, &c.id)).count()),
            stays: one
                .plan
                .kept()
                .filter(|kept| found.covers(&kept.owner, &kept.id))
                .map(|kept| (kept.id.clone(), kept.owner.clone(), kept.reason.clone()))
                .collect(),
        });
    }
    Ok((all, None))
}

/// What controllers make of these objects, as far as it is there; `None` where it cannot be looked for.
pub(super) async fn made(
    cluster: Option<&Cluster>,
    ids: impl Iterator<Item = &ObjectId>,
    rules: &[ReadinessRule],
) -> Option<BTreeMap<ObjectId, Object>> {
    let wanted: Vec<ObjectId> = ids.flat_map(|id| made_by(id, rules)).collect();
    if wanted.is_empty() {
        return Some(BTreeMap::new());
    }
    cluster?.read(&wanted, "").await.ok()
}

/// Who may log in to a platform and where their passwords are.
pub(super) fn login(loaded: &Loaded, platform: &Declared<Platform>) -> Vec<String> {
    let admin = match &platform.admin.credential {
        Credential::Generated => "the password was generated: `stackwright output --raw admin_password`",
        Credential::Password(_) => "the password is the one in the configuration",
        Credential::Hash(_) => "the configuration has the password's hash only",
        Credential::Elsewhere => "without a password",
    };
    let mut lines = match &platform.sign_in.issuer {
        Some(issuer) => vec![format!("people log in at {issuer}; {} is the administrator", platform.admin.email)],
        None if !platform.sign_in.passwords => vec![format!("{} is the administrator", platform.admin.email)],
        None => vec![format!("{}; {admin}", platform.admin.email)],
    };
    let connectors = loaded.installation.connectors.iter().filter(|one| one.platform == platform.address);
    lines.extend(connectors.map(|one| format!("people log in at {} too, by {}", one.title, one.address)));
    let users = loaded.installation.users.iter().filter(|user| user.platform == platform.address);
    let others: Vec<_> = users.filter(|user| user.email != platform.admin.email).collect();
    let generated = others.iter().filter(|user| matches!(user.credential, Credential::Generated)).count();
    match others.len() {
        0 => {}
        1 => lines.push("1 more person by a user block".to_owned()),
        more => lines.push(format!("{more} more people by user blocks")),
    }
    if generated > 0 {
        let secret = format!("{}-{}-user-NAME", loaded.installation.name, platform.name);
        lines.push(format!(
            "generated passwords of users: `kubectl get secret -n stackwright-system {secret} -o \
             go-template='{{{{.data.password | base64decode}}}}'`"
        ));
    }
    lines
}

/// The health of what is recorded, without a plan.
async fn recorded(loaded: &Loaded, records: &[Records], found: &mut Found<'_>) -> Result<Vec<Health>, Failure> {
    let rules = loaded.catalog.readiness_rules();
    let mut all = Vec::new();
    for one in records {
        let (inventory, observation) = one.observe(&loaded.installation.name, BTreeSet::new()).await?;
        let objects = found.among(inventory.entries.iter().map(|(id, entry)| (id, &entry.owner)));
        let (live, cluster) = (&observation.live, &one.session.cluster);
        let made = made(Some(cluster), objects.iter().map(|(id, _)| *id), &rules).await;
        let mut owners = health(objects, live, &observation.served, &rules, made.as_ref());
        if !one.is_cloud() {
            explain(cluster, &mut owners, live, &rules).await;
        }
        all.push(Health {
            target: one.target.clone(),
            place: Some(one.session.place()).filter(|_| !one.is_cloud()),
            server_version: observation.server_version.clone(),
            platform: None,
            access: Access::default(),
            login: Vec::new(),
            owners,
            drift: None,
            stays: Vec::new(),
        });
    }
    Ok(all)
}
