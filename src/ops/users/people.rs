//! Everybody who may log in: what the configuration says of them, and what is there of it. Plans nothing: a few LISTs for
//! each cluster.

use std::collections::BTreeMap;

use crate::catalog;
use crate::catalog::DexUser;
use crate::catalog::Login;
use crate::config;
use crate::config::Declared;
use crate::config::Platform;
use crate::diag::Sources;
use crate::object::Address;
use crate::object::GroupVersionKind;
use crate::object::Object;
use crate::object::ObjectId;
use crate::ops::Failure;
use crate::ops::Loaded;
use crate::ops::Outpost;
use crate::ops::Request;
use crate::ops::configuration::load_edited;
use crate::ops::records;
use crate::ops::rendering::render;
use crate::ops::secrets;
use crate::provider::kubernetes::Cluster;
use crate::provider::kubernetes::ClusterError;

/// When somebody last logged in, as far as Dex knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LastLogin {
    /// Dex keeps nothing of it, or may not be asked.
    #[default]
    Unknown,
    At(String),
}

/// The namespace of one person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PersonalProfile {
    pub name: String,
    /// `None` where it cannot be looked for.
    pub is_there: Option<bool>,
    /// What is used and what may be, by resource.
    pub quota: BTreeMap<String, (String, String)>,
    /// Who else works there, with their roles.
    pub contributors: BTreeMap<String, String>,
}

/// One person.
#[derive(Clone, Debug, Default)]
pub struct Listed {
    pub platform: Address,
    /// `None` for somebody who is in no block.
    pub address: Option<Address>,
    pub name: String,
    pub email: String,
    /// Whether the log-in knows them; `None` where it cannot be asked.
    pub can_log_in: Option<bool>,
    /// The log-in knows another hash than the configuration.
    pub has_other_hash: bool,
    pub profile: Option<PersonalProfile>,
    /// Roles in namespaces of others.
    pub contributes: BTreeMap<String, String>,
    pub last_login: LastLogin,
}

/// Somebody who can log in and is in no block.
pub(super) struct Stranger {
    pub platform: Declared<Platform>,
    pub email: String,
    pub user: DexUser,
    /// A profile that is theirs.
    pub profile: Option<String>,
}

/// What of one cluster tells of people.
#[derive(Default)]
struct Live {
    /// By lower-case e-mail; `None` where the log-in cannot be asked.
    users: Option<BTreeMap<String, DexUser>>,
    profiles: Option<Vec<Object>>,
    quotas: Option<Vec<Object>>,
    bindings: Option<Vec<Object>>,
    /// By e-mail, and by user id.
    logins: BTreeMap<String, String>,
}

/// Everybody, in the order of the platforms and of their blocks; who is in no block comes last.
pub async fn list(request: &Request) -> Result<Vec<Listed>, Failure> {
    let loaded = load_edited(request, &BTreeMap::new())?;
    let (_, opened) = records::open(request).await?;
    let mut all = Vec::new();
    for platform in &loaded.installation.platforms {
        let cluster = opened.iter().find(|one| one.target == platform.cluster).map(|one| &one.session.cluster);
        all.extend(of_platform(&loaded, platform, cluster).await?);
    }
    Ok(all)
}

/// The people of the platform of a cluster that is followed.
///
/// # Errors
/// It cannot be asked.
pub async fn list_seen(outpost: &Outpost, loaded: &Loaded) -> Result<Vec<Listed>, Failure> {
    let platform = loaded.installation.platforms.iter().find(|platform| platform.cluster == outpost.cluster.address);
    let Some(platform) = platform else { return Ok(Vec::new()) };
    let records = outpost.records();
    of_platform(loaded, platform, records.as_ref().map(|records| &records.session.cluster)).await
}

async fn of_platform(
    loaded: &Loaded,
    platform: &Declared<Platform>,
    cluster: Option<&Cluster>,
) -> Result<Vec<Listed>, Failure> {
    let live = look(loaded, platform, cluster).await?;
    let mut all = configured(loaded, platform, &live);
    all.extend(unconfigured(loaded, platform, &live).into_iter().map(|stranger| {
        let profile = stranger.profile.map(|name| live.profile(&name));
        Listed {
            platform: platform.address.clone(),
            name: stranger.user.username.clone(),
            can_log_in: Some(true),
            contributes: live.roles(&stranger.email),
            last_login: live.last_login(&stranger.email, Some(&stranger.user)),
            email: stranger.email,
            profile,
            ..Listed::default()
        }
    }));
    Ok(all)
}

/// Who can log in to any platform and is in no block.
pub(super) async fn strangers(request: &Request) -> Result<(Loaded, Vec<Stranger>), Failure> {
    let loaded = load_edited(request, &BTreeMap::new())?;
    let (_, opened) = records::open(request).await?;
    let mut found = Vec::new();
    for platform in &loaded.installation.platforms {
        let cluster = opened.iter().find(|one| one.target == platform.cluster).map(|one| &one.session.cluster);
        let live = look(&loaded, platform, cluster).await?;
        if live.users.is_none() {
            let cause = format!("the log-in of {} is not there, or may not be looked at", platform.address);
            return Err(Failure::world("Cannot see who can log in", cause));
        }
        found.extend(unconfigured(&loaded, platform, &live));
    }
    let hashes: Vec<&str> = found.iter().map(|one| one.user.hash.reveal()).collect();
    secrets::learn_more(&hashes);
    Ok((loaded, found))
}

fn configured(loaded: &Loaded, platform: &Declared<Platform>, live: &Live) -> Vec<Listed> {
    let admin = &platform.admin;
    let users = loaded.installation.users.iter().filter(|user| user.platform == platform.address);
    let is_user = users.clone().any(|user| user.email == admin.email);
    let own = (!is_user).then(|| Listed {
        address: Some(platform.address.clone()),
        name: "admin".to_owned(),
        ..live.person(platform, &admin.email, &admin.credential)
    });
    let users = users.map(|user| Listed {
        address: Some(user.address.clone()),
        name: user.name.clone(),
        profile: user.has_profile.then(|| live.profile(&user.name)),
        ..live.person(platform, &user.email, &user.credential)
    });
    own.into_iter().chain(users).collect()
}

fn unconfigured(loaded: &Loaded, platform: &Declared<Platform>, live: &Live) -> Vec<Stranger> {
    let users = loaded.installation.users.iter().filter(|user| user.platform == platform.address);
    let known: Vec<&str> = users.map(|user| user.email.as_str()).chain([platform.admin.email.as_str()]).collect();
    let live_users = live.users.iter().flatten().filter(|(email, _)| !known.contains(&email.as_str()));
    live_users
        .map(|(email, user)| {
            let theirs = |profile: &&Object| profile.text("/spec/owner/name").eq_ignore_ascii_case(email);
            let profile = live.profiles.iter().flatten().find(theirs).map(|profile| profile.name().to_owned());
            Stranger { platform: platform.clone(), email: email.clone(), user: user.clone(), profile }
        })
        .collect()
}

impl Live {
    fn person(&self, platform: &Declared<Platform>, email: &str, credential: &config::Credential) -> Listed {
        let user = self.users.as_ref().and_then(|users| users.get(email));
        let other = |user: &DexUser| match credential {
            config::Credential::Hash(hash) => *hash != user.hash,
            // Whether a password fits is what a plan tells: each look would take its time.
            _ => false,
        };
        Listed {
            platform: platform.address.clone(),
            email: email.to_owned(),
            can_log_in: self.users.as_ref().map(|users| users.contains_key(email)),
            has_other_hash: user.is_some_and(other),
            contributes: self.roles(email),
            last_login: self.last_login(email, user),
            ..Listed::default()
        }
    }

    fn profile(&self, name: &str) -> PersonalProfile {
        let is_there = self.profiles.as_ref().map(|profiles| profiles.iter().any(|profile| profile.name() == name));
        let mut quota = BTreeMap::new();
        for object in self.quotas.iter().flatten().filter(|object| object.namespace() == name) {
            let hard = object.get("/status/hard").or_else(|| object.get("/spec/hard"));
            for (resource, limit) in hard.and_then(|hard| hard.as_object()).into_iter().flatten() {
                let used =
                    object.get("/status/used").and_then(|used| used.get(resource)).and_then(|used| used.as_str());
                let limit = limit.as_str().unwrap_or_default().to_owned();
                quota.insert(resource.clone(), (used.unwrap_or("?").to_owned(), limit));
            }
        }
        let bindings = self.bindings.iter().flatten().filter(|binding| binding.namespace() == name);
        let contributors = bindings.filter_map(role).filter(|(_, role)| *role != OWNER);
        PersonalProfile {
            name: name.to_owned(),
            is_there,
            quota,
            contributors: contributors.map(|(email, role)| (email.to_owned(), role.to_owned())).collect(),
        }
    }

    fn roles(&self, email: &str) -> BTreeMap<String, String> {
        let bindings = self.bindings.iter().flatten();
        let theirs = bindings.filter_map(|binding| {
            let (who, role) = role(binding)?;
            (who.eq_ignore_ascii_case(email) && !self.is_own(binding.namespace(), email))
                .then(|| (binding.namespace().to_owned(), role.to_owned()))
        });
        theirs.collect()
    }

    fn is_own(&self, namespace: &str, email: &str) -> bool {
        let mut profiles = self.profiles.iter().flatten();
        profiles
            .any(|profile| profile.name() == namespace && profile.text("/spec/owner/name").eq_ignore_ascii_case(email))
    }

    fn last_login(&self, email: &str, user: Option<&DexUser>) -> LastLogin {
        let by_email = self.logins.get(email);
        let by_id = user.filter(|user| !user.user_id.is_empty()).and_then(|user| self.logins.get(&user.user_id));
        by_email.max(by_id).map_or(LastLogin::Unknown, |at| LastLogin::At(at.clone()))
    }
}

/// The role of whom a profile belongs to; the dashboard gives it to nobody else.
const OWNER: &str = "admin";

/// Whom a binding is for, and as what: by the annotations that the dashboard's access management knows them by.
fn role(binding: &Object) -> Option<(&str, &str)> {
    let of = |name: &str| binding.get(&format!("/metadata/annotations/{name}"))?.as_str();
    Some((of("user")?, of("role")?))
}

async fn look(loaded: &Loaded, platform: &Declared<Platform>, cluster: Option<&Cluster>) -> Result<Live, Failure> {
    let Some(cluster) = cluster else { return Ok(Live::default()) };
    let Some(declared) = loaded.installation.cluster(&platform.cluster) else { return Ok(Live::default()) };
    let (rendered, _) = render(loaded, declared, Some(platform), &mut Sources::new())?;
    let failed = |error| Failure::world(format!("Cannot look at {}", platform.cluster), error);
    let (profiles, quotas, bindings) = futures::join!(
        all(cluster, "kubeflow.org", "Profile", ""),
        all(cluster, "", "ResourceQuota", ""),
        all(cluster, "rbac.authorization.k8s.io", "RoleBinding", ""),
    );
    let mut live = Live {
        profiles: profiles.map_err(failed)?,
        quotas: quotas.map_err(failed)?,
        bindings: bindings.map_err(failed)?,
        ..Live::default()
    };
    if let Some(login) = &rendered.login {
        live.users = users(cluster, login).await.map_err(failed)?;
        live.logins = logins(cluster, &login.configuration.namespace).await.map_err(failed)?;
    }
    Ok(live)
}

/// Who can log in; `None` where nothing is installed, or may not be looked at.
async fn users(cluster: &Cluster, login: &Login) -> Result<Option<BTreeMap<String, DexUser>>, ClusterError> {
    let Some(configuration) = one(cluster, &login.configuration).await? else { return Ok(None) };
    let passwords = one(cluster, &login.passwords).await?;
    let mut users = BTreeMap::new();
    // Of two of one e-mail Dex takes the one in its configuration.
    let objects = all(cluster, "dex.coreos.com", "Password", &login.configuration.namespace).await?;
    users.extend(objects.iter().flatten().filter_map(catalog::password_user));
    users.extend(catalog::dex_users(Some(&configuration), &login.key, passwords.as_ref()));
    Ok(Some(users))
}

/// When whom Dex gave a token that outlives a session: of other log-ins it keeps nothing.
async fn logins(cluster: &Cluster, namespace: &str) -> Result<BTreeMap<String, String>, ClusterError> {
    let mut logins: BTreeMap<String, String> = BTreeMap::new();
    let mut note = |who: &str, at: &str| {
        // Go's time that is none.
        if !who.is_empty() && !at.is_empty() && !at.starts_with("0001-") {
            let newest = logins.entry(who.to_lowercase()).or_default();
            if newest.as_str() < at {
                at.clone_into(newest);
            }
        }
    };
    for token in all(cluster, GROUP, "RefreshToken", namespace).await?.iter().flatten() {
        note(token.text("/claims/email"), token.text("/createdAt"));
    }
    for session in all(cluster, GROUP, "OfflineSessions", namespace).await?.iter().flatten() {
        let tokens = session.get("/refresh").and_then(|refresh| refresh.as_object()).into_iter().flatten();
        for (_, token) in tokens {
            let at = token.get("createdAt").and_then(|at| at.as_str()).unwrap_or_default();
            note(session.text("/userID"), at);
        }
    }
    Ok(logins)
}

const GROUP: &str = "dex.coreos.com";

/// All objects of a kind; `None` where it is not served or may not be listed.
async fn all(cluster: &Cluster, group: &str, kind: &str, namespace: &str) -> Result<Option<Vec<Object>>, ClusterError> {
    let Some(resource) = cluster.served_kind(group, kind).await? else { return Ok(None) };
    match cluster.list(&resource, namespace, "").await {
        Ok((objects, _)) => Ok(Some(objects)),
        Err(error) if error.is_forbidden() || error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

async fn one(cluster: &Cluster, id: &ObjectId) -> Result<Option<Object>, ClusterError> {
    let resource = cluster.resource(&GroupVersionKind::new(&id.group, "v1", &id.kind)).await?;
    match cluster.get(&resource, &id.namespace, &id.name).await {
        Err(error) if error.is_forbidden() => Ok(None),
        answer => answer,
    }
}
