//! Passwords whose hashes are not made yet. A hash takes a fifth of a second on purpose, so a plan chooses only the salt,
//! and a text with that salt stands in objects until the hash itself is needed: when they are sent.
//!
//! Knows nothing of when that is, nor whom to tell of it.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use base64::Engine as _;
use base64::alphabet::BCRYPT;
use base64::engine::general_purpose::GeneralPurpose;
use base64::engine::general_purpose::NO_PAD;
use base64::engine::general_purpose::STANDARD;
use bcrypt::Version;
use serde_json::Value;

use crate::config::Secret;
use crate::config::rules::PASSWORD_BYTES;
use crate::config::rules::bcrypt_cost;
use crate::object::Object;

use super::CredentialError;
use super::parallel;
use super::placeholder;
use super::verified::Fit;
use super::verified::random;

/// What Dex and the product ask for; 2^12 rounds.
const COST: u32 = 12;
/// `$2b$12$` and the 22 characters of a salt.
const SALTED: usize = 29;
/// With the 31 characters of the digest.
const HASHED: usize = 60;
/// In base64.
const ENCODED: usize = HASHED / 3 * 4;

/// A password and the salt of the hash it will have. Its `Debug` shows neither.
#[derive(Clone, Debug, PartialEq)]
pub struct Unhashed {
    email: String,
    password: Secret,
    is_generated: bool,
    salt: Salt,
}

#[derive(Clone, PartialEq)]
struct Salt([u8; 16]);

impl std::fmt::Debug for Salt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Salt")
    }
}

/// A password's hash, as log-ins keep it.
///
/// # Errors
/// As the end of a sentence: why there is none.
pub fn hash(password: &Secret) -> Result<Secret, String> {
    bcrypt::hash(password.reveal(), COST).map(Secret::new).map_err(|error| error.to_string())
}

impl Unhashed {
    /// # Errors
    /// The operating system gives no random numbers, or the password is longer than what bcrypt looks at.
    pub(super) fn new(email: &str, password: &Secret, is_generated: bool) -> Result<Self, CredentialError> {
        if password.reveal().len() > PASSWORD_BYTES {
            let reason = format!("it is longer than {PASSWORD_BYTES} bytes");
            return Err(CredentialError::Hash { email: email.to_owned(), reason });
        }
        Ok(Self { email: email.to_owned(), password: password.clone(), is_generated, salt: Salt(random()?) })
    }

    /// Stands for the hash in objects. No password fits it, as no digest is all zeros.
    pub(super) fn stand_in(&self) -> Secret {
        let salt = GeneralPurpose::new(&BCRYPT, NO_PAD).encode(self.salt.0);
        Secret::new(format!("$2b${COST}${salt:.<width$}", width = HASHED - SALTED + salt.len()))
    }

    /// # Errors
    /// bcrypt refuses the password.
    pub(super) fn hash(&self) -> Result<Secret, CredentialError> {
        // Not the crate's non-truncating form: it refuses exactly 72 bytes, which bcrypt takes whole.
        let made = bcrypt::hash_with_salt(self.password.reveal(), COST, self.salt.0);
        let made = made.map_err(|error| CredentialError::Hash { email: self.email.clone(), reason: error.to_string() });
        Ok(Secret::new(made?.format_for_version(Version::TwoB)))
    }

    /// As Secrets and other objects hold it.
    fn encoded_stand_in(&self) -> String {
        STANDARD.encode(self.stand_in().reveal())
    }
}

/// Hashes of some passwords.
#[derive(Clone, Default)]
pub struct Hashes {
    /// As they stand in objects, by the texts that stand for them.
    by_stand_in: BTreeMap<String, String>,
    /// With their passwords.
    pub made: Vec<Fit>,
}

impl Hashes {
    /// Adds what comes of some passwords, made on all cores.
    ///
    /// # Errors
    /// bcrypt refuses a password.
    pub fn make(&mut self, unhashed: &[Unhashed]) -> Result<(), CredentialError> {
        for (one, hash) in unhashed.iter().zip(parallel::map(unhashed, Unhashed::hash)) {
            let hash = hash?;
            self.by_stand_in.insert(one.encoded_stand_in(), STANDARD.encode(hash.reveal()));
            let Unhashed { email, password, is_generated, .. } = one.clone();
            self.made.push(Fit { email, password, hash, is_generated });
        }
        Ok(())
    }

    /// Whether something stands for one of them in an object.
    pub fn are_for(&self, object: &Object) -> bool {
        let mut is_found = false;
        each_encoded(object, &mut |text| is_found |= self.by_stand_in.contains_key(text));
        is_found
    }

    /// Puts them where something stands for them.
    pub fn fill(&self, object: &mut Object) {
        let put = |text: &str| self.by_stand_in.get(text).cloned();
        object.as_map_mut().values_mut().for_each(|value| placeholder::each_text(value, &put));
    }
}

/// Those of some passwords that something stands for in an object.
pub fn unhashed_in<'a>(unhashed: &'a [Unhashed], objects: impl Iterator<Item = &'a Object>) -> Vec<Unhashed> {
    if unhashed.is_empty() {
        return Vec::new();
    }
    let mut texts = BTreeSet::new();
    for object in objects {
        each_encoded(object, &mut |text| {
            texts.insert(text);
        });
    }
    unhashed.iter().filter(|one| texts.contains(one.encoded_stand_in().as_str())).cloned().collect()
}

/// Tells every text of an object that is as long as a hash in base64.
fn each_encoded<'a>(object: &'a Object, tell: &mut dyn FnMut(&'a str)) {
    fn look<'a>(value: &'a Value, tell: &mut dyn FnMut(&'a str)) {
        match value {
            Value::String(text) if text.len() == ENCODED => tell(text),
            Value::Array(items) => items.iter().for_each(|item| look(item, tell)),
            Value::Object(map) => map.values().for_each(|item| look(item, tell)),
            _ => {}
        }
    }
    object.as_map().values().for_each(|value| look(value, tell));
}

/// The bcrypt hash in a value of a Secret's `data`.
fn hash_in(encoded: &str) -> Option<String> {
    if encoded.len() != ENCODED {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    bcrypt_cost(&text).is_some().then_some(text)
}

/// What of a value of a Secret's `data` tells that it is another one than before: of a hash the cost and the salt, which
/// are new with every hash and known before it is made. `None`: all of it.
pub(super) fn telling(encoded: &str) -> Option<String> {
    let mut text = hash_in(encoded)?;
    text.truncate(SALTED);
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_has_the_salt_of_what_stood_for_it() {
        let unhashed = Unhashed::new("a@example.com", &Secret::new("correct horse"), false).expect("a salt");
        let (stand_in, hash) = (unhashed.stand_in(), unhashed.hash().expect("a hash"));
        assert_eq!((stand_in.reveal().len(), &stand_in.reveal()[..SALTED]), (HASHED, &hash.reveal()[..SALTED]));
        assert!(bcrypt::verify("correct horse", hash.reveal()).expect("a hash"));
        assert!(!bcrypt::verify("correct horse", stand_in.reveal()).unwrap_or(false));
        let encoded = |text: &Secret| STANDARD.encode(text.reveal());
        assert_eq!(telling(&encoded(&stand_in)), telling(&encoded(&hash)));
        let other = Unhashed::new("a@example.com", &Secret::new("correct horse"), false).expect("a salt");
        assert_ne!(telling(&encoded(&stand_in)), telling(&encoded(&other.stand_in())));
        assert!(!format!("{unhashed:?}").contains("horse"));
        let of_bytes = |bytes: usize| Unhashed::new("a@example.com", &Secret::new("x".repeat(bytes)), false);
        assert!(of_bytes(72).expect("a salt").hash().is_ok() && of_bytes(73).is_err());
    }

    #[test]
    fn hashes_come_where_something_stands_for_them() {
        let all =
            ["a", "b"].map(|name| Unhashed::new(name, &Secret::new(format!("of {name}")), false).expect("a salt"));
        let object = |value: &str| {
            let data = serde_json::json!({"K": value, "D": "bm8="});
            let secret =
                serde_json::json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, "data": data});
            Object::from_value(secret).expect("an object")
        };
        let mut objects = [object(&all[1].encoded_stand_in()), object("bm8=")];
        let needed = unhashed_in(&all, objects.iter());
        assert_eq!(needed, all[1..]);
        let mut hashes = Hashes::default();
        hashes.make(&needed).expect("hashes");
        objects.iter_mut().for_each(|object| hashes.fill(object));
        let filled = hash_in(objects[0].get("/data/K").and_then(Value::as_str).unwrap_or_default()).expect("a hash");
        assert!(bcrypt::verify("of b", &filled).expect("a hash"));
        assert_eq!((hashes.made.len(), unhashed_in(&all, objects.iter()).len()), (1, 0));
    }
}
