//! Password hashes and user ids of the people who log in: kept from the cluster where they still hold, else made.
//!
//! The format of the configuration and what it takes for a hash are Dex's; where it lies is the component's to say.
//! Passwords and hashes never leave this module but into objects.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use uuid::Uuid;

use crate::config::Credential;
use crate::config::Secret;
use crate::config::rules;
use crate::object::Object;
use crate::object::ObjectId;

use super::manifest;
use super::placeholder;
use super::secret::SecretFormat;
use super::secret::generate;
use super::secret::secret_text;
use super::unhashed::Unhashed;
use super::verified::Fit;
use super::verified::Pair;
use super::verified::VerifiedPasswords;

/// Key of a password that was generated, in its Secret.
pub(super) const PASSWORD_KEY: &str = "password";
/// Length of generated passwords: 24 letters and digits are 142 bits.
const GENERATED_LENGTH: usize = 24;

/// Somebody whose hash, and perhaps id, is not in the objects yet.
#[derive(Clone, Debug, PartialEq)]
pub struct NeededCredential {
    /// The user's name in the configuration: it stays when the e-mail changes.
    pub username: String,
    /// Lower case.
    pub email: String,
    /// Key in the Secret that becomes the log-in's environment.
    pub env: String,
    pub credential: Credential,
    /// The Secret that keeps the password where it is generated, with key `password`.
    pub kept_in: Option<ObjectId>,
    /// The id of a user who has none yet.
    pub fallback_id: String,
}

impl NeededCredential {
    /// Stands for the hash in rendered objects.
    pub fn hash_placeholder(&self) -> String {
        placeholder::hash(&self.env)
    }

    /// Stands for the hash where it is wanted in base64.
    pub fn encoded_hash_placeholder(&self) -> String {
        placeholder::encoded_hash(&self.env)
    }

    /// Stands for the user id in rendered objects.
    pub fn id_placeholder(&self) -> String {
        placeholder::user_id(&self.env)
    }

    /// Stands for a generated password in the Secret that keeps it.
    pub fn password_placeholder(&self) -> String {
        placeholder::password(&self.env)
    }
}

/// The user id of somebody for whom neither the configuration nor the cluster has one: the same in every run.
pub(super) fn derived_user_id(installation: &str, email: &str) -> String {
    Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("stackwright:{installation}/{email}").as_bytes()).to_string()
}

/// Somebody as a Dex knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DexUser {
    /// Empty where there is none, as all of these.
    pub username: String,
    pub user_id: String,
    /// A bcrypt hash.
    pub hash: Secret,
    /// The key of the log-in's environment that the hash comes from; empty where it stands beside the e-mail.
    pub env: String,
}

/// The people with passwords in a Dex's configuration, by lower-case e-mail. One that cannot be read has none.
///
/// # Arguments
///
/// * `config`: the ConfigMap with its configuration, under `key`.
/// * `passwords`: the Secret that becomes Dex's environment, for hashes that come from there.
pub fn dex_users(config: Option<&Object>, key: &str, passwords: Option<&Object>) -> BTreeMap<String, DexUser> {
    let mut users = BTreeMap::new();
    let text = config.and_then(|config| config.as_map().get("data")?.get(key)?.as_str()).unwrap_or_default();
    for document in manifest::parse(text).unwrap_or_default() {
        let Some(entries) = document.get("staticPasswords").and_then(Value::as_array) else { continue };
        for entry in entries {
            let field = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default();
            // An id of digits may be written without quotes.
            let user_id = match entry.get("userID") {
                Some(Value::Number(number)) => number.to_string(),
                _ => field("userID").to_owned(),
            };
            let hash = match (field("hash"), field("hashFromEnv")) {
                // Dex takes `hash` where both are set.
                ("", "") => String::new(),
                ("", key) => passwords.and_then(|secret| secret_text(secret, key)).unwrap_or_default(),
                (hash, _) => plain_hash(hash),
            };
            let env = if field("hash").is_empty() { field("hashFromEnv") } else { "" };
            let user = DexUser {
                username: field("username").to_owned(),
                user_id,
                hash: Secret::new(hash.trim()),
                env: env.to_owned(),
            };
            users.insert(field("email").to_lowercase(), user);
        }
    }
    users
}

/// What is secret in a Dex's configuration that somebody wrote: hashes, and what clients and connectors prove themselves
/// with.
pub fn login_secrets(config: &Object, key: &str) -> Vec<Secret> {
    fn collect(value: &Value, found: &mut Vec<Secret>) {
        match value {
            Value::Object(map) => {
                for (name, value) in map {
                    match value {
                        Value::String(text) if SECRET_FIELDS.contains(&name.as_str()) => {
                            found.push(Secret::new(text.as_str()));
                        }
                        value => collect(value, found),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
            _ => {}
        }
    }
    let text = config.as_map().get("data").and_then(|data| data.get(key)).and_then(Value::as_str);
    let mut found = Vec::new();
    manifest::parse(text.unwrap_or_default()).unwrap_or_default().iter().for_each(|one| collect(one, &mut found));
    found
}

/// Fields of Dex's configuration that are secret.
const SECRET_FIELDS: [&str; 6] = ["hash", "secret", "clientSecret", "bindPW", "password", "keystonePassword"];

/// Dex takes a bcrypt hash or its base64.
fn plain_hash(hash: &str) -> String {
    if hash.starts_with('$') {
        return hash.to_owned();
    }
    STANDARD.decode(hash).ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

/// Why credentials cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    #[error("the operating system gives no random numbers")]
    Random(#[from] getrandom::Error),
    #[error("the password of {email} cannot be hashed: {reason}")]
    Hash { email: String, reason: String },
}

/// What stands in objects for one credential.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Decided {
    /// Or what stands for it.
    pub hash: Secret,
    /// The password of a hash that is still to be made.
    pub unhashed: Option<Unhashed>,
    /// The password with the hash that is kept.
    pub fit: Option<Fit>,
    pub user_id: String,
    /// The password, where it is a generated one.
    pub generated: Option<Secret>,
}

/// Decides hash and id of everybody, in the order of `needed`.
///
/// # Arguments
///
/// * `live`: of [`dex_users`].
/// * `kept`: the live Secrets of generated passwords.
pub(super) fn decide(
    needed: &[NeededCredential],
    live: &BTreeMap<String, DexUser>,
    kept: &dyn Fn(&ObjectId) -> Option<Secret>,
    verified: &mut VerifiedPasswords,
) -> Result<Vec<Decided>, CredentialError> {
    let mut jobs = Vec::new();
    let emails: BTreeSet<&str> = needed.iter().map(|one| one.email.as_str()).collect();
    // Somebody with a new e-mail is known by their name, where nobody else has taken the old e-mail.
    let renamed = |username: &str| {
        let mut all = live.iter().filter(|(email, _)| !emails.contains(email.as_str()));
        all.find(|(_, user)| !username.is_empty() && user.username == username).map(|(_, user)| user)
    };
    for needed in needed {
        let live = live.get(&needed.email).or_else(|| renamed(&needed.username));
        let user_id = live.map(|live| live.user_id.clone()).filter(|id| is_plain(id));
        let user_id = user_id.unwrap_or_else(|| needed.fallback_id.clone());
        let live_hash = live.map_or("", |live| live.hash.reveal());
        let (password, generated) = match &needed.credential {
            Credential::Hash(hash) => {
                jobs.push(Job { email: &needed.email, user_id, work: Work::Done(hash.clone()), generated: None });
                continue;
            }
            // Nobody of them is asked for.
            Credential::Elsewhere => {
                let work = Work::Done(Secret::new(""));
                jobs.push(Job { email: &needed.email, user_id, work, generated: None });
                continue;
            }
            Credential::Password(password) => (password.clone(), None),
            Credential::Generated => {
                let password = match needed.kept_in.as_ref().and_then(kept) {
                    Some(password) => password,
                    None => generate(SecretFormat::Alphanumeric, GENERATED_LENGTH)?,
                };
                (password.clone(), Some(password))
            }
        };
        let work = Work::Check { password, live: live_hash.to_owned() };
        jobs.push(Job { email: &needed.email, user_id, work, generated });
    }
    let opened = verified.open(&jobs.iter().filter_map(|job| job.pair(None)).collect::<Vec<_>>());
    let kept_hashes = super::parallel::map(&jobs, |job| match (&job.work, job.pair(None)) {
        (Work::Done(hash), _) => Some(hash.clone()),
        (Work::Check { live, .. }, Some(pair)) if verified.contains(&opened, &pair) => Some(Secret::new(live)),
        (Work::Check { password, live }, _) => does_verify(password, live).then(|| Secret::new(live)),
    });
    let fitting: Vec<Pair> =
        jobs.iter().zip(&kept_hashes).filter_map(|(job, hash)| job.pair(Some(hash.as_ref()?))).collect();
    verified.keep(&opened, &fitting)?;
    let mut decided = Vec::with_capacity(jobs.len());
    for (job, kept) in jobs.iter().zip(kept_hashes) {
        let (hash, unhashed) = match (kept, &job.work) {
            (Some(hash), _) => (hash, None),
            (None, Work::Done(hash)) => (hash.clone(), None),
            (None, Work::Check { password, .. }) => {
                let unhashed = Unhashed::new(job.email, password, job.is_generated())?;
                (unhashed.stand_in(), Some(unhashed))
            }
        };
        let fit = job.pair(Some(&hash)).filter(|_| unhashed.is_none()).map(Fit::of);
        decided.push(Decided { hash, unhashed, fit, user_id: job.user_id.clone(), generated: job.generated.clone() });
    }
    Ok(decided)
}

/// Whether an id can stand between quotes in Dex's configuration, into which it is filled as it is.
fn is_plain(id: &str) -> bool {
    !id.is_empty() && !id.contains(|c: char| c.is_control() || matches!(c, '"' | '\'' | '\\' | '<' | '>'))
}

struct Job<'a> {
    email: &'a str,
    user_id: String,
    work: Work,
    generated: Option<Secret>,
}

impl Job<'_> {
    /// The password and the hash that it is to fit, the live one where none is given; `None` without a password.
    fn pair<'a>(&'a self, hash: Option<&'a Secret>) -> Option<Pair<'a>> {
        let Work::Check { password, live } = &self.work else { return None };
        let is_generated = self.is_generated();
        Some(Pair { email: self.email, password, hash: hash.map_or(live, Secret::reveal), is_generated })
    }

    /// Whether the password is one of ours: somebody may have put one of their own in its place.
    fn is_generated(&self) -> bool {
        self.generated.as_ref().is_some_and(|password| password.reveal().len() == GENERATED_LENGTH)
    }
}

enum Work {
    Done(Secret),
    Check { password: Secret, live: String },
}

/// Whether the live hash is of the password, and Dex takes its cost.
fn does_verify(password: &Secret, live: &str) -> bool {
    password.reveal().len() <= rules::PASSWORD_BYTES
        && rules::bcrypt_hash(live).is_ok()
        && bcrypt::verify(password.reveal(), live).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Object {
        Object::from_value(value).expect("an object")
    }

    fn needed(email: &str, credential: Credential) -> NeededCredential {
        NeededCredential {
            username: email.split('@').next().unwrap_or_default().into(),
            email: email.into(),
            env: "DEX_USER_A".into(),
            credential,
            kept_in: Some(ObjectId::new("", "Secret", "stackwright-system", "kept")),
            fallback_id: "fallback".into(),
        }
    }

    #[test]
    fn reads_live_people() {
        let hash = "$2y$12$ruoM7FqXrpVgaol44eRZW.4HWS8SAvg6KYVVSCIwKQPBmTpCm.EeO";
        let config = object(json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "dex"},
            "data": {"config.yaml": format!(
                "staticPasswords:\n- email: A@Example.com\n  hashFromEnv: K\n  userID: 15841185641784\n\
                 - email: b@example.com\n  hash: {hash}\n  userID: \"b\"\n\
                 - email: c@example.com\n  hash: {}\n- email: d@example.com\n  hashFromEnv: MISSING\n",
                STANDARD.encode(hash)
            )},
        }));
        let secret = object(json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "dex-passwords"},
            "data": {"K": STANDARD.encode(format!("{hash}\n"))},
        }));
        let users = dex_users(Some(&config), "config.yaml", Some(&secret));
        for (email, user_id, expected) in [
            ("a@example.com", "15841185641784", hash),
            ("b@example.com", "b", hash),
            ("c@example.com", "", hash),
            ("d@example.com", "", ""),
        ] {
            let user = users.get(email).expect(email);
            assert_eq!((user.user_id.as_str(), user.hash.reveal()), (user_id, expected), "{email}");
        }
        assert!(dex_users(None, "config.yaml", Some(&secret)).is_empty());
    }

    #[test]
    fn finds_what_others_wrote_into_a_configuration() {
        let config = object(json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "dex"},
            "data": {"config.yaml": "staticClients:\n- id: x\n  secret: of-client\nconnectors:\n- config:\n    \
                clientID: a\n    clientSecret: of-connector\nstaticPasswords:\n- email: a@b\n  hash: $2y$x\n"},
        }));
        let found = login_secrets(&config, "config.yaml");
        let texts: Vec<&str> = found.iter().map(Secret::reveal).collect();
        assert_eq!(texts, ["of-client", "of-connector", "$2y$x"]);
    }

    #[test]
    fn keeps_what_verifies() {
        let hash = |password: &str, cost| bcrypt::hash(password, cost).expect("a hash");
        let does_verify = |live: &str, password: &str| does_verify(&Secret::new(password), live);
        assert!(does_verify(&hash("right", 10), "right"));
        for live in ["", "nonsense", &hash("wrong", 10), &hash("right", 4)] {
            assert!(!does_verify(live, "right"), "{live}");
        }
        // bcrypt would take the first 72 bytes for all of it.
        let longest = "x".repeat(72);
        assert!(does_verify(&hash(&longest, 10), &longest) && !does_verify(&hash(&longest, 10), &"x".repeat(73)));
    }

    #[test]
    fn decides_once() {
        let live = BTreeMap::from([(
            "a@example.com".to_owned(),
            DexUser {
                username: String::new(),
                user_id: "7".into(),
                hash: Secret::new(bcrypt::hash("secret", 10).expect("a hash")),
                env: String::new(),
            },
        )]);
        let people = [
            needed("a@example.com", Credential::Password(Secret::new("secret"))),
            needed("b@example.com", Credential::Hash(Secret::new("$2y$given"))),
        ];
        let mut verified = VerifiedPasswords::default();
        let decided = decide(&people, &live, &|_| None, &mut verified).expect("decided");
        assert_eq!((decided[0].user_id.as_str(), decided[0].hash.reveal()), ("7", live["a@example.com"].hash.reveal()));
        assert_eq!((decided[1].user_id.as_str(), decided[1].hash.reveal()), ("fallback", "$2y$given"));
        let text = verified.to_text();
        assert_eq!(text.lines().count(), 2);
        assert!(!text.contains("secret"));
        let mut again = VerifiedPasswords::from_text(&text);
        assert_eq!(decide(&people, &live, &|_| None, &mut again).expect("decided"), decided);
        assert_eq!(again.to_text(), text);
    }

    #[test]
    fn ids_are_kept_where_they_can_be_written() {
        for (live, expected) in [("15841185641784", "15841185641784"), ("", "fallback"), ("a\"\nhash: x", "fallback")] {
            let user =
                DexUser { username: String::new(), user_id: live.into(), hash: Secret::new(""), env: String::new() };
            let users = BTreeMap::from([("a@example.com".to_owned(), user)]);
            let people = [needed("a@example.com", Credential::Hash(Secret::new("$2y$given")))];
            let decided = decide(&people, &users, &|_| None, &mut VerifiedPasswords::default()).expect("decided");
            assert_eq!(decided[0].user_id, expected, "{live}");
        }
    }

    #[test]
    fn who_gets_another_e_mail_stays_the_same_person() {
        let user = |name: &str, id: &str| DexUser {
            username: name.into(),
            user_id: id.into(),
            hash: Secret::new("h"),
            env: String::new(),
        };
        let live = BTreeMap::from([
            ("old@example.com".to_owned(), user("a", "id-a")),
            ("b@example.com".to_owned(), user("a", "id-b")),
        ]);
        let hash = || Credential::Hash(Secret::new("$2y$given"));
        let people = [needed("a@example.com", hash()), needed("b@example.com", hash())];
        let decided = decide(&people, &live, &|_| None, &mut VerifiedPasswords::default()).expect("decided");
        assert_eq!([&decided[0].user_id, &decided[1].user_id], ["id-a", "id-b"]);
        // Nobody is taken for another one: not by a name that no live entry has.
        let people = [needed("c@example.com", hash())];
        let decided = decide(&people, &live, &|_| None, &mut VerifiedPasswords::default()).expect("decided");
        assert_eq!(decided[0].user_id, "fallback");
    }

    #[test]
    fn generated_passwords_are_kept() {
        let people = [needed("a@example.com", Credential::Generated)];
        let mut verified = VerifiedPasswords::default();
        let kept = |_: &ObjectId| Some(Secret::new("kept-one"));
        let decided = decide(&people, &BTreeMap::new(), &kept, &mut verified).expect("decided");
        assert_eq!(decided[0].generated.as_ref().map(Secret::reveal), Some("kept-one"));
        let hash = decided[0].unhashed.as_ref().expect("it is new").hash().expect("a hash");
        assert!(bcrypt::verify("kept-one", hash.reveal()).expect("a bcrypt hash"));
        let fresh = decide(&people, &BTreeMap::new(), &|_| None, &mut verified).expect("decided");
        assert_eq!(fresh[0].generated.as_ref().map(|text| text.reveal().len()), Some(GENERATED_LENGTH));
    }
}
