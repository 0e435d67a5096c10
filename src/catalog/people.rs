//! Who logs in, and whose namespaces there are: what templates see of users and profiles.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use serde_json::Value as Json;
use serde_json::json;
use sha2::Digest as _;
use sha2::Sha256;

use crate::config::Credential;
use crate::config::Declared;
use crate::config::Installation;
use crate::config::Platform;
use crate::config::Profile;
use crate::config::User;
use crate::lang::Type;
use crate::lang::Value;
use crate::object::Address;
use crate::object::Object;
use crate::object::ObjectId;

use super::Login;
use super::NeededCredential;
use super::RenderedObject;
use super::credential::PASSWORD_KEY;
use super::credential::derived_user_id;
use super::password;

/// Where generated passwords are kept, beside our own records.
pub(super) const NAMESPACE: &str = "stackwright-system";

/// Everybody of one platform.
#[derive(Debug, Default)]
pub(super) struct People {
    /// `users` of templates: the admin first.
    pub users: Json,
    pub credentials: Vec<NeededCredential>,
    /// The Secrets that keep generated passwords.
    pub secrets: Vec<RenderedObject>,
}

/// Somebody with a password, as configured.
struct Person<'a> {
    name: &'a str,
    email: &'a str,
    groups: &'a [String],
    credential: &'a Credential,
    user_id: Option<&'a str>,
    /// Key in the log-in's environment; the name where nothing keeps a log-in.
    env: String,
    /// The rest of the name of the Secret that keeps a generated password.
    secret: String,
    owner: Address,
}

impl People {
    /// # Arguments
    ///
    /// * `login`: where it is kept who may log in.
    /// * `owner`: address of what asks for the administrator: of the component that makes users' objects.
    pub fn of(
        installation: &Installation,
        platform: &Declared<Platform>,
        login: Option<&Login>,
        owner: &Address,
    ) -> Self {
        let mut people = Self::default();
        let mut users = Vec::new();
        for person in persons(installation, platform, login, owner) {
            let secret = ObjectId::new(
                "",
                "Secret",
                NAMESPACE,
                format!("{}-{}-{}", installation.name, platform.name, person.secret),
            );
            let is_generated = matches!(person.credential, Credential::Generated);
            let needed = NeededCredential {
                username: person.name.to_owned(),
                email: person.email.to_owned(),
                env: person.env,
                credential: person.credential.clone(),
                kept_in: is_generated.then(|| secret.clone()),
                fallback_id: derived_user_id(&installation.name, person.email),
            };
            users.push(json!({
                "name": person.name,
                "email": person.email,
                "groups": person.groups,
                "user_id": person.user_id.map_or_else(|| needed.id_placeholder(), str::to_owned),
                "env": needed.env,
                "hash": needed.hash_placeholder(),
                "encoded_hash": needed.encoded_hash_placeholder(),
                "object": password::name(person.email).unwrap_or_default(),
            }));
            if is_generated {
                people.secrets.extend(kept_password(&secret, &needed, person.owner));
            }
            people.credentials.push(needed);
        }
        people.users = Json::Array(users);
        people
    }
}

/// `users` of definitions before the components are decided: how they log in is not known yet.
pub(super) fn undecided_users(installation: &Installation, platform: &Declared<Platform>) -> Value {
    let persons = persons(installation, platform, None, &platform.address);
    Value::tuple(
        persons
            .iter()
            .map(|person| {
                let known = [("name", person.name), ("email", person.email)];
                let known = known.map(|(name, text)| (name.to_owned(), Value::string(text)));
                let open = ["user_id", "env", "hash", "encoded_hash", "object"]
                    .map(|name| (name.to_owned(), Value::unknown(Type::String)));
                let groups = Value::tuple(person.groups.iter().map(|group| Value::string(group.as_str())).collect());
                Value::object(known.into_iter().chain(open).chain([("groups".to_owned(), groups)]))
            })
            .collect(),
    )
}

fn persons<'a>(
    installation: &'a Installation,
    platform: &'a Declared<Platform>,
    login: Option<&Login>,
    owner: &Address,
) -> Vec<Person<'a>> {
    let of_platform = || installation.users.iter().filter(|user| user.platform == platform.address);
    let admin = &platform.admin;
    let admin_key = login.map_or_else(|| "admin".to_owned(), |login| login.admin_key.clone());
    let mut persons = vec![Person {
        name: "admin",
        email: &admin.email,
        groups: of_platform().find(|user| user.email == admin.email).map_or(&[], |user| user.groups.as_slice()),
        credential: &admin.credential,
        // The admin may also be a user, for a namespace of their own.
        user_id: of_platform().find(|user| user.email == admin.email).and_then(|user| user.user_id.as_deref()),
        env: admin_key.clone(),
        secret: "admin".to_owned(),
        owner: owner.clone(),
    }];
    if !platform.takes_passwords() {
        persons.clear();
    }
    let mut taken = BTreeSet::from([admin_key]);
    let with_password = |user: &&Declared<User>| {
        platform.takes_passwords() && !matches!(user.credential, Credential::Elsewhere) && user.email != admin.email
    };
    for user in of_platform().filter(with_password) {
        // Named after the user, so that one user more or less changes no other's key.
        let mut env = login.map_or_else(|| user.name.clone(), |login| login.key_of(&user.name));
        while !taken.insert(env.clone()) {
            env.push('_');
        }
        persons.push(Person {
            name: &user.name,
            email: &user.email,
            groups: &user.groups,
            credential: &user.credential,
            user_id: user.user_id.as_deref(),
            env,
            secret: format!("user-{}", user.name),
            owner: user.address.clone(),
        });
    }
    persons
}

fn kept_password(secret: &ObjectId, needed: &NeededCredential, owner: Address) -> Option<RenderedObject> {
    let object = json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": secret.name, "namespace": secret.namespace},
        "type": "Opaque",
        "stringData": {"email": needed.email, PASSWORD_KEY: needed.password_placeholder()},
    });
    Some(RenderedObject { object: Object::from_value(object).ok()?, owner, after: Vec::new() })
}

/// `profiles` of templates: users' own first.
pub(super) fn profiles(installation: &Installation, platform: &Declared<Platform>) -> Vec<Json> {
    let users = || installation.users.iter().filter(|user| user.platform == platform.address);
    let own = users().filter(|user| user.has_profile).map(|user| Project {
        address: &user.address,
        name: &user.name,
        owner: &user.email,
        contributors: BTreeMap::new(),
        groups: BTreeMap::new(),
        quota: &user.quota,
        space: &user.space,
    });
    let mut members: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for user in users() {
        for group in &user.groups {
            members.entry(group).or_default().push(&user.email);
        }
    }
    let shared = installation.profiles.iter().filter(|profile| profile.platform == platform.address);
    let shared = shared.map(|shared| {
        let owner = installation.email_of(&shared.owner).unwrap_or_default();
        Project {
            address: &shared.address,
            name: &shared.name,
            owner,
            contributors: contributors(shared, owner, &members),
            groups: shared.contributor_groups.clone(),
            quota: &shared.quota,
            space: &shared.space,
        }
    });
    own.chain(shared).map(|project| project.value(installation)).collect()
}

/// Who may do what in a profile: those who are named, and the members of its groups, each with the most that a group of
/// theirs may. What is said of somebody by name holds against that.
fn contributors(profile: &Profile, owner: &str, members: &BTreeMap<&str, Vec<&str>>) -> BTreeMap<String, String> {
    let rank = |role: &str| ["view", "edit", "admin"].iter().position(|known| *known == role);
    let mut all: BTreeMap<String, String> = BTreeMap::new();
    for (group, role) in &profile.contributor_groups {
        for email in members.get(group.as_str()).into_iter().flatten().filter(|email| **email != owner) {
            let known = all.entry((*email).to_owned()).or_insert_with(|| role.clone());
            if rank(role) > rank(known) {
                known.clone_from(role);
            }
        }
    }
    all.extend(profile.contributors.clone());
    all
}

/// A namespace of people, whoever's it is.
struct Project<'a> {
    address: &'a Address,
    name: &'a str,
    owner: &'a str,
    contributors: BTreeMap<String, String>,
    groups: BTreeMap<String, String>,
    quota: &'a BTreeMap<String, String>,
    space: &'a Json,
}

impl Project<'_> {
    fn value(self, installation: &Installation) -> Json {
        let named = |names: &BTreeMap<String, String>, field: &str| -> Json {
            let ids = contributor_ids(names);
            let one = |((name, role), id): ((&String, &String), String)| json!({field: name, "role": role, "id": id});
            names.iter().zip(ids).map(one).collect()
        };
        let quota: BTreeMap<String, &String> =
            self.quota.iter().map(|(name, amount)| (quota_name(name), amount)).collect();
        let mut space = self.space.clone();
        if let Some(queue) = self.space["queue"].as_str() {
            space["queue"] = installation.queue_name(queue).into();
        }
        json!({
            "address": self.address.to_string(), "name": self.name, "owner": self.owner, "quota": quota, "space": space,
            "contributors": named(&self.contributors, "email"), "groups": named(&self.groups, "group"),
        })
    }
}

/// `queues` of templates.
pub(super) fn queues(installation: &Installation, platform: &Declared<Platform>) -> Vec<Json> {
    let of_platform = || installation.queues.iter().filter(|queue| queue.platform == platform.address);
    let parents: BTreeSet<&str> = of_platform().filter_map(|queue| installation.parent_of(queue)).collect();
    of_platform()
        .map(|queue| {
            let mut value = queue.projection.clone();
            // The block that must be there first.
            let written = queue.projection["parent"].as_str().filter(|parent| parent.contains('.'));
            value["parent_address"] = written.unwrap_or_default().into();
            value["parent"] = installation.parent_of(queue).unwrap_or_default().into();
            value["address"] = queue.address.to_string().into();
            value["name"] = queue.name.as_str().into();
            value["is_parent"] = parents.contains(queue.name.as_str()).into();
            value
        })
        .collect()
}

/// A ResourceQuota limits extended resources (`nvidia.com/gpu`) only by their requests.
fn quota_name(name: &str) -> String {
    let is_extended = name.contains('/') && !name.starts_with("requests.") && !name.contains(".storageclass.");
    if is_extended && !name.starts_with("count/") { format!("requests.{name}") } else { name.to_owned() }
}

/// Parts of object names, one a contributor: the e-mail's letters and digits, and a hash where two would be the same.
fn contributor_ids(contributors: &BTreeMap<String, String>) -> Vec<String> {
    let plain: Vec<String> = contributors
        .keys()
        .map(|email| {
            let dashed = email.to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "-");
            let parts: Vec<&str> = dashed.split('-').filter(|part| !part.is_empty()).collect();
            parts.join("-").chars().take(200).collect()
        })
        .collect();
    let mut counts: BTreeMap<&String, usize> = BTreeMap::new();
    for id in &plain {
        *counts.entry(id).or_default() += 1;
    }
    contributors
        .keys()
        .zip(&plain)
        .map(|(email, id)| {
            if counts.get(id) == Some(&1) && email.len() <= 200 {
                return id.clone();
            }
            let hash: String = Sha256::digest(email).iter().take(4).map(|byte| format!("{byte:02x}")).collect();
            format!("{id}-{hash}")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Admin;
    use crate::config::Owner;
    use crate::config::Secret;

    fn user(name: &str, email: &str) -> Declared<User> {
        let user = User {
            name: name.into(),
            platform: Address::resource("platform", "ml"),
            email: email.into(),
            credential: Credential::Password(Secret::new("secret")),
            has_profile: true,
            ..User::default()
        };
        Declared::new(Address::resource("user", name), user)
    }

    fn installation(
        users: Vec<Declared<User>>,
        profiles: Vec<Declared<Profile>>,
    ) -> (Installation, Declared<Platform>) {
        let platform = Platform {
            name: "ml".into(),
            admin: Admin { email: "admin@example.com".into(), ..Admin::default() },
            ..Platform::default()
        };
        let platform = Declared::new(Address::resource("platform", "ml"), platform);
        (Installation { name: "prod".into(), users, profiles, ..Installation::default() }, platform)
    }

    #[test]
    fn keys_are_stable_and_distinct() {
        let users = vec![user("a-b", "ab@x"), user("password", "p@x"), user("boss", "admin@example.com")];
        let (installation, platform) = installation(users, Vec::new());
        let login =
            Login { admin_key: "DEX_USER_PASSWORD".into(), user_key: "DEX_USER_{name}".into(), ..Login::default() };
        let people = People::of(&installation, &platform, Some(&login), &platform.address.with_component("users"));
        let keys: Vec<&str> = people.credentials.iter().map(|needed| needed.env.as_str()).collect();
        assert_eq!(keys, ["DEX_USER_PASSWORD", "DEX_USER_A_B", "DEX_USER_PASSWORD_"]);
        assert_eq!(profiles(&installation, &platform).len(), 3);
        let kept: Vec<String> = people.secrets.iter().map(|secret| secret.object.id().to_string()).collect();
        assert_eq!(kept, ["Secret stackwright-system/prod-ml-admin"]);
        assert_eq!(people.secrets[0].owner.to_string(), "platform.ml.users");
    }

    #[test]
    fn profiles_name_their_people() {
        let shared = Profile {
            name: "vision".into(),
            platform: Address::resource("platform", "ml"),
            owner: Owner::Email("a@x".into()),
            contributors: [("a.b@x", "edit"), ("a-b@x", "view"), ("c@x", "admin")]
                .map(|(email, role)| (email.to_owned(), role.to_owned()))
                .into(),
            quota: [("cpu", "1"), ("nvidia.com/gpu", "2"), ("requests.nvidia.com/mig", "3"), ("count/pods", "4")]
                .map(|(name, amount)| (name.to_owned(), amount.to_owned()))
                .into(),
            ..Profile::default()
        };
        let shared = Declared::new(Address::resource("profile", "vision"), shared);
        let (installation, platform) = installation(Vec::new(), vec![shared]);
        let profiles = profiles(&installation, &platform);
        let ids: Vec<&str> = profiles[0]["contributors"]
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(|contributor| contributor["id"].as_str())
            .collect();
        assert_eq!(ids[2], "c-x");
        assert!(ids[0].starts_with("a-b-x-") && ids[1].starts_with("a-b-x-") && ids[0] != ids[1], "{ids:?}");
        let quota: Vec<&String> = profiles[0]["quota"].as_object().expect("a map").keys().collect();
        assert_eq!(quota, ["count/pods", "cpu", "requests.nvidia.com/gpu", "requests.nvidia.com/mig"]);
    }

    #[test]
    fn groups_are_their_members() {
        let in_groups = |name: &str, groups: &[&str]| {
            let mut user = user(name, &format!("{name}@x"));
            user.groups = groups.iter().map(|group| (*group).to_owned()).collect();
            user
        };
        let users =
            vec![in_groups("a", &["team", "leads"]), in_groups("b", &["team", "leads"]), in_groups("c", &["team"])];
        let roles = |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let shared = Profile {
            name: "vision".into(),
            platform: Address::resource("platform", "ml"),
            owner: Owner::Email("a@x".into()),
            contributors: roles(&[("c@x", "view")]),
            contributor_groups: roles(&[("leads", "admin"), ("nobody", "edit"), ("team", "edit")]),
            ..Profile::default()
        };
        let shared = Declared::new(Address::resource("profile", "vision"), shared);
        let (installation, platform) = installation(users, vec![shared]);
        let shared = profiles(&installation, &platform).pop().expect("the project");
        let found: Vec<(&str, &str)> = shared["contributors"]
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(|one| Some((one["email"].as_str()?, one["role"].as_str()?)))
            .collect();
        assert_eq!(found, [("b@x", "admin"), ("c@x", "view")]);
        assert_eq!(shared["groups"][0], json!({"group": "leads", "role": "admin", "id": "leads"}));
    }
}
