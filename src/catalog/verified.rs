//! Passwords that were seen to fit their hashes, so that a plan need not spend 0.2 s on each of them. Not the hashes
//! themselves: those only the cluster has.
//!
//! What lets a plan check a password fast lets a thief guess it fast, and a key beside the file or in the cluster only asks
//! the thief to read one more place. So the key of the fast checks is locked by the passwords themselves: those of one of
//! eight groups of people, together with their hashes, go through bcrypt and open it. A plan does that once, whatever the
//! number of people; to try one guess costs a bcrypt too, and needs the hashes and all other passwords of that group. There
//! are several groups so that whoever changes some passwords need not wait for all others to be tried.
//!
//! A password that we have generated cannot be guessed at any speed: it is held against its hash without a key.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use sha2::Digest as _;
use sha2::Sha256;

use crate::config::Secret;
use crate::object::normalize::hexadecimal;

use super::CredentialError;

/// A guess costs what one costs at the weakest hash that Dex takes.
const COST: u32 = 10;
/// Any of them opens the key.
const GROUPS: u8 = 8;
/// How a line begins that holds a locked key.
const LOCKED: &str = "key ";

/// A password that somebody chose or that we generated, and the hash it is to fit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair<'a> {
    pub email: &'a str,
    pub password: &'a Secret,
    /// Empty where there is none yet.
    pub hash: &'a str,
    pub is_generated: bool,
}

/// A pair that fits, for those who take it up later.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    pub(super) email: String,
    pub(super) password: Secret,
    pub(super) hash: Secret,
    pub(super) is_generated: bool,
}

impl Fit {
    pub(super) fn of(pair: Pair) -> Self {
        let Pair { email, password, hash, is_generated } = pair;
        Self { email: email.to_owned(), password: password.clone(), hash: Secret::new(hash), is_generated }
    }

    fn pair(&self) -> Pair<'_> {
        let Self { email, password, hash, is_generated } = self;
        Pair { email, password, hash: hash.reveal(), is_generated: *is_generated }
    }
}

/// Pairs of password and hash that were once seen to fit. Keep the text in a private file beside the configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VerifiedPasswords {
    known: BTreeSet<String>,
    /// Locked keys by what they are called after.
    locked: BTreeMap<String, Locked>,
    used: BTreeSet<String>,
    used_keys: BTreeMap<String, Locked>,
    /// Keys that were opened in this run, by what opens them.
    opened: BTreeMap<[u8; 32], [u8; 32]>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Locked {
    salt: [u8; 16],
    key: [u8; 32],
}

/// The key of the pairs of one log-in; `None` where nothing opened one.
#[derive(Debug)]
pub(super) struct Opened(Option<[u8; 32]>);

impl VerifiedPasswords {
    /// From the text of [`Self::to_text`]; other lines do no harm.
    pub fn from_text(text: &str) -> Self {
        let mut verified = Self::default();
        for line in text.lines() {
            match line.strip_prefix(LOCKED) {
                Some(rest) => verified.locked.extend(read_key(rest)),
                None => {
                    verified.known.insert(line.to_owned());
                }
            }
        }
        verified
    }

    /// What was used or added since, one a line.
    pub fn to_text(&self) -> String {
        let key = |(name, locked): (&String, &Locked)| {
            format!("{LOCKED}{name} {} {}\n", hexadecimal(&locked.salt), hexadecimal(&locked.key))
        };
        let keys = self.used_keys.iter().map(key);
        keys.chain(self.used.iter().map(|line| format!("{line}\n"))).collect()
    }

    /// Opens the key of these pairs, if they are the ones of then.
    pub(super) fn open(&mut self, pairs: &[Pair]) -> Opened {
        let opened = groups(pairs).into_iter().find_map(|group| {
            let secret = opens(&group);
            if let Some(key) = self.opened.get(&secret) {
                return Some(*key);
            }
            let locked = self.locked.get(&name(&group))?;
            let key = xor(locked.key, slow(&secret, locked.salt));
            // Another key opens nothing: none of the checks fits then.
            let fits = |pair: &Pair| self.known.contains(&fingerprint(Some(key), pair));
            group.iter().any(fits).then(|| {
                self.opened.insert(secret, key);
                key
            })
        });
        Opened(opened)
    }

    /// Whether a pair was seen to fit.
    pub(super) fn contains(&self, opened: &Opened, pair: &Pair) -> bool {
        let key = if pair.is_generated { None } else { opened.0 };
        if pair.hash.is_empty() || key.is_none() && !pair.is_generated {
            return false;
        }
        let fingerprint = fingerprint(key, pair);
        self.known.contains(&fingerprint) || self.used.contains(&fingerprint)
    }

    /// Takes up further pairs of a log-in, whose others are known. What is known of other log-ins stays.
    ///
    /// # Errors
    /// The operating system gives no random numbers.
    pub fn keep_more(&mut self, known: &[Fit], more: &[Fit]) -> Result<(), CredentialError> {
        let mut pairs: Vec<Pair> = known.iter().map(Fit::pair).collect();
        let opened = self.open(&pairs);
        pairs.extend(more.iter().map(Fit::pair));
        self.used.extend(self.known.iter().cloned());
        self.used_keys.extend(self.locked.clone());
        Ok(self.keep(&opened, &pairs)?)
    }

    /// Takes up all pairs of a log-in, which fit.
    ///
    /// # Errors
    /// The operating system gives no random numbers.
    pub(super) fn keep(&mut self, opened: &Opened, pairs: &[Pair]) -> Result<(), getrandom::Error> {
        let is_new = pairs.iter().any(|pair| !self.contains(opened, pair));
        let key = match opened.0 {
            Some(key) => key,
            None => random()?,
        };
        for group in groups(pairs) {
            let (name, secret) = (name(&group), opens(&group));
            let locked = match self.used_keys.get(&name).or_else(|| self.locked.get(&name)) {
                // Where nothing has changed it is locked by what locks it now.
                Some(locked) if !is_new => locked.clone(),
                _ => {
                    let salt = random()?;
                    Locked { salt, key: xor(key, slow(&secret, salt)) }
                }
            };
            self.opened.insert(secret, key);
            self.used_keys.insert(name, locked);
        }
        for pair in pairs {
            self.used.insert(fingerprint(Some(key).filter(|_| !pair.is_generated), pair));
        }
        Ok(())
    }
}

/// The pairs that somebody chose and that have a hash, by their e-mails; of few people some are empty and left out.
fn groups<'a>(pairs: &'a [Pair<'a>]) -> Vec<Vec<Pair<'a>>> {
    let mut groups: BTreeMap<u8, Vec<Pair>> = BTreeMap::new();
    for pair in pairs.iter().filter(|pair| !pair.is_generated && !pair.hash.is_empty()) {
        groups.entry(Sha256::digest(pair.email)[0] % GROUPS).or_default().push(*pair);
    }
    groups.values_mut().for_each(|group| group.sort_by_key(|pair| pair.email));
    groups.into_values().collect()
}

/// What a group is called by: its people and their hashes, for the same people may be on several clusters.
fn name(group: &[Pair]) -> String {
    let all = group.iter().fold(Sha256::new(), |all, pair| part(part(all, pair.email), pair.hash));
    hexadecimal(&all.finalize()[..8])
}

/// What opens the key of a group: all its passwords and hashes.
fn opens(group: &[Pair]) -> [u8; 32] {
    let all = group.iter().fold(Sha256::new(), |all, pair| part(part(all, pair.hash), pair.password.reveal()));
    Sha256::digest(all.finalize()).into()
}

fn part(all: Sha256, text: &str) -> Sha256 {
    all.chain_update((text.len() as u64).to_le_bytes()).chain_update(text)
}

fn fingerprint(key: Option<[u8; 32]>, pair: &Pair) -> String {
    let all = Sha256::new().chain_update(key.unwrap_or_default());
    hexadecimal(&Sha256::digest(part(part(all, pair.hash), pair.password.reveal()).finalize()))
}

fn slow(secret: &[u8; 32], salt: [u8; 16]) -> [u8; 32] {
    // bcrypt of other languages ends at a zero byte, and so its text is taken.
    Sha256::digest(bcrypt::bcrypt(COST, salt, hexadecimal(secret).as_bytes())).into()
}

fn xor(mut left: [u8; 32], right: [u8; 32]) -> [u8; 32] {
    left.iter_mut().zip(right).for_each(|(left, right)| *left ^= right);
    left
}

/// Bytes that nobody can foretell.
pub(super) fn random<const N: usize>() -> Result<[u8; N], getrandom::Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map(|()| bytes)
}

fn read_key(line: &str) -> Option<(String, Locked)> {
    let mut parts = line.split(' ');
    let (name, salt, key) = (parts.next()?, parts.next()?, parts.next()?);
    Some((name.to_owned(), Locked { salt: bytes(salt)?, key: bytes(key)? }))
}

fn bytes<const N: usize>(digits: &str) -> Option<[u8; N]> {
    let digits = digits.as_bytes();
    if digits.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// People with passwords that were kept, and what was written.
    struct Kept {
        people: Vec<(String, Secret, String)>,
        text: String,
    }

    fn pairs(people: &[(String, Secret, String)]) -> Vec<Pair<'_>> {
        people.iter().map(|(email, password, hash)| Pair { email, password, hash, is_generated: false }).collect()
    }

    fn kept(count: usize) -> Kept {
        let one =
            |at| (format!("u{at}@example.com"), Secret::new(format!("password-{at}")), format!("$2y$12$hash{at}"));
        let people: Vec<_> = (0..count).map(one).collect();
        let mut verified = VerifiedPasswords::default();
        let pairs = pairs(&people);
        let opened = verified.open(&pairs);
        assert!(pairs.iter().all(|pair| !verified.contains(&opened, pair)));
        verified.keep(&opened, &pairs).expect("kept");
        let text = verified.to_text();
        Kept { people, text }
    }

    /// How many are known of these people.
    fn known(text: &str, people: &[(String, Secret, String)]) -> (usize, String) {
        let mut verified = VerifiedPasswords::from_text(text);
        let pairs = pairs(people);
        let opened = verified.open(&pairs);
        let known = pairs.iter().filter(|pair| verified.contains(&opened, pair)).count();
        verified.keep(&opened, &pairs).expect("kept");
        (known, verified.to_text())
    }

    #[test]
    fn what_fitted_is_known_and_written_as_it_was() {
        for count in [1, 2, 20] {
            let Kept { people, text } = kept(count);
            assert_eq!(known(&text, &people), (count, text.clone()), "{count}");
        }
    }

    #[test]
    fn one_change_leaves_the_others_known() {
        let Kept { people, text } = kept(20);
        for at in [0, 7, 19] {
            let mut changed = people.clone();
            changed[at].1 = Secret::new("another");
            let (count, next) = known(&text, &changed);
            assert_eq!(count, 19, "{at}");
            assert_eq!(known(&next, &changed).0, 20, "{at}");
            // A password that is no longer the right one is not known for it.
            assert!(known(&next, &people).0 < 20);
            let mut fewer = people.clone();
            fewer.remove(at);
            assert_eq!(known(&text, &fewer).0, 19, "{at}");
            // Who is new has no hash yet.
            let mut more = people.clone();
            more.extend((0..20).map(|at| (format!("new{at}@example.com"), Secret::new("new"), String::new())));
            assert_eq!(known(&text, &more).0, 20, "{at}");
        }
    }

    #[test]
    fn nothing_written_can_be_tried_without_the_slow_step() {
        let Kept { people, text } = kept(1);
        let pairs = pairs(&people);
        // What is fast: digests of password and hash, with every text of the file as a key.
        let keys: Vec<[u8; 32]> = text
            .lines()
            .filter_map(|line| read_key(line.strip_prefix(LOCKED)?))
            .flat_map(|(_, locked)| [locked.key, opens(&pairs), xor(locked.key, opens(&pairs))])
            .collect();
        assert_eq!(keys.len(), 3);
        for key in keys.into_iter().map(Some).chain([None]) {
            assert!(!text.contains(&fingerprint(key, &pairs[0])));
        }
        // A hash without its password, or the other way round, opens nothing.
        for (password, hash) in [("password-0", "$2y$12$other"), ("other", "$2y$12$hash0")] {
            let people = [("u0@example.com".to_owned(), Secret::new(password), hash.to_owned())];
            assert_eq!(known(&text, &people).0, 0);
        }
        assert!(!text.contains("password-0") && !text.contains("hash0"));
    }

    #[test]
    fn hashes_that_were_just_made_are_known() {
        let Kept { people, text } = kept(20);
        let fits: Vec<Fit> = pairs(&people).into_iter().map(Fit::of).collect();
        for at in [0, 1, 19] {
            let mut verified = VerifiedPasswords::from_text(&kept(at).text);
            verified.keep_more(&fits[..at], &fits[at..]).expect("kept");
            assert_eq!(known(&verified.to_text(), &people).0, 20, "{at}");
        }
        assert_eq!(known(&text, &people).0, 20);
    }

    #[test]
    fn generated_ones_need_no_key() {
        let password = Secret::new("A".repeat(24));
        let pair = [Pair { email: "a@example.com", password: &password, hash: "$2y$12$x", is_generated: true }];
        let mut verified = VerifiedPasswords::default();
        let opened = verified.open(&pair);
        verified.keep(&opened, &pair).expect("kept");
        let text = verified.to_text();
        assert_eq!(text.lines().count(), 1);
        let mut again = VerifiedPasswords::from_text(&text);
        let opened = again.open(&pair);
        assert!(again.contains(&opened, &pair[0]));
    }

    #[test]
    fn what_is_damaged_is_not_known() {
        let Kept { people, text } = kept(3);
        for damaged in
            [text.replace("key ", "kei "), text.replace("key ", "key 0"), text[..40].to_owned(), String::new()]
        {
            assert_eq!(known(&damaged, &people).0, 0, "{damaged}");
        }
    }
}
