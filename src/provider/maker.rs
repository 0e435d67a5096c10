//! What a cloud, or anything else that makes clusters, must be able to do: a few requests on things with names. What a plan
//! observes and changes is an API server that serves these things as objects (see [`super::making`]), so that everything
//! said of objects holds for them too: dry runs, waits, deletion, records. Makes no plan and knows no HCL.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use serde_json::Map;
use serde_json::Value;

/// A kind of thing that is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MadeKind {
    /// `Cluster`
    pub kind: String,
    /// `clusters`
    pub plural: String,
    /// Fields of the specification that cannot change in place, as `spec.network`.
    pub immutable: Vec<String>,
}

/// How far a thing is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MadeState {
    /// Being made or changed; in the cloud's own word.
    Busy(String),
    Ready,
    /// Its making was interrupted and nobody goes on with it: it is to be made anew.
    Half(String),
    /// It will not become ready by itself; says why.
    Failed(String),
    /// On its way out.
    Leaving,
}

/// A thing as the cloud has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Made {
    pub name: String,
    /// The cloud's own name for it.
    pub id: String,
    /// The installation it is marked with; empty for a stranger's.
    pub installation: String,
    /// What can be wanted of it, in the form of the object's `spec`. Null for what the cloud does not tell.
    pub spec: Map<String, Value>,
    /// The same in other words, as far as there are others: ids where `spec` has names. Who wrote these is right too.
    pub aliases: Map<String, Value>,
    pub state: MadeState,
}

impl Made {
    /// A thing that was asked for just now. `id` is empty where it is not known yet.
    pub fn begun(name: &str, id: impl Into<String>, installation: &str, spec: &Map<String, Value>) -> Self {
        Self {
            name: name.to_owned(),
            id: id.into(),
            installation: installation.to_owned(),
            spec: spec.clone(),
            aliases: Map::new(),
            state: MadeState::Busy("asked for".into()),
        }
    }

    /// Whether it is what is wanted under a key of its specification.
    pub fn agrees(&self, key: &str, wanted: &Value) -> bool {
        agrees(wanted, self.spec.get(key), self.aliases.get(key))
    }

    /// What it has under a key, in the words of `wanted` as far as these agree with it.
    pub fn in_words_of(&self, key: &str, wanted: Option<&Value>) -> Option<Value> {
        self.spec.get(key).map(|seen| in_words_of(wanted, seen, self.aliases.get(key)))
    }
}

/// Lists are sets here: a cloud keeps no order of security groups or taints.
fn agrees(wanted: &Value, seen: Option<&Value>, alias: Option<&Value>) -> bool {
    let Some(seen) = seen else { return false };
    if seen.is_null() || wanted == seen || Some(wanted) == alias {
        return true;
    }
    match (wanted, seen) {
        (Value::Object(wanted), Value::Object(seen)) => {
            let other = |key: &str| alias.and_then(|alias| alias.get(key));
            wanted.len() == seen.len() && wanted.iter().all(|(key, value)| agrees(value, seen.get(key), other(key)))
        }
        (Value::Array(wanted), Value::Array(seen)) => {
            wanted.len() == seen.len() && wanted.iter().all(|value| position(value, seen, alias).is_some())
        }
        _ => false,
    }
}

/// Where in a list something is that agrees.
fn position(wanted: &Value, seen: &[Value], alias: Option<&Value>) -> Option<usize> {
    (0..seen.len()).find(|index| agrees(wanted, seen.get(*index), alias.and_then(|alias| alias.get(index))))
}

fn in_words_of(wanted: Option<&Value>, seen: &Value, alias: Option<&Value>) -> Value {
    match (wanted, seen) {
        (Some(wanted), _) if agrees(wanted, Some(seen), alias) => wanted.clone(),
        (Some(Value::Object(wanted)), Value::Object(map)) => {
            let other = |key: &str| alias.and_then(|alias| alias.get(key));
            map.iter().map(|(key, value)| (key.clone(), in_words_of(wanted.get(key), value, other(key)))).collect()
        }
        (Some(Value::Array(wanted)), Value::Array(list)) => {
            let places: Vec<(usize, &Value)> =
                wanted.iter().filter_map(|value| Some((position(value, list, alias)?, value))).collect();
            let rest = list.iter().enumerate().filter(|(index, _)| !places.iter().any(|(place, _)| place == index));
            places.iter().map(|(_, value)| (*value).clone()).chain(rest.map(|(_, value)| value.clone())).collect()
        }
        _ => seen.clone(),
    }
}

/// A thing that is wanted: its kind, and its specification.
pub type Wanted<'a> = (&'a str, &'a Map<String, Value>);

/// What a thing's specification names that is not to be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// Which of the things that were asked about, by its place.
    pub thing: usize,
    /// The argument that names it, as its block has it: `network.vpc`.
    pub argument: String,
    /// What is missing, and what may be meant.
    pub reason: String,
}

/// Why a cloud did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MakerError {
    /// No answer, or none that can be trusted: whether it was done is not known.
    #[error("{0}")]
    Unclear(String),
    /// It refuses, and will refuse again.
    #[error("{0}")]
    Refused(String),
}

/// Makes clusters and what belongs to them.
pub trait Maker: Send + Sync + fmt::Debug {
    /// The kinds it makes. `Cluster` and `NodePool` stand for the blocks of these names.
    fn kinds(&self) -> Vec<MadeKind>;

    /// How long to wait between two looks at things that are busy.
    fn interval(&self) -> Duration;

    /// How long a thing may take at least before a wait for it is given up, whatever is said of waits in general.
    fn patience(&self) -> Duration {
        Duration::ZERO
    }

    /// What stays in the cloud when a thing of a kind was deleted, in words.
    fn leaves_behind(&self, _kind: &str) -> Vec<String> {
        Vec::new()
    }

    /// What there is to choose from for an argument of a cluster or node pool, as `vpc`, each with a word about it. Empty
    /// where that is not known.
    fn offers<'a>(&'a self, _argument: &'a str) -> BoxFuture<'a, Result<Vec<(String, String)>, MakerError>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    /// What things name that the cloud has not got, before one of them is asked for: so a plan tells it.
    fn misfits<'a>(&'a self, _wanted: &'a [Wanted<'a>]) -> BoxFuture<'a, Result<Vec<Misfit>, MakerError>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    /// All things of a kind that the account can see.
    fn list(&self, kind: &str) -> BoxFuture<'_, Result<Vec<Made>, MakerError>>;

    /// Begins to make a thing and gives it as it is then. Marks it with the installation.
    fn create<'a>(
        &'a self,
        kind: &'a str,
        name: &'a str,
        installation: &'a str,
        spec: &'a Map<String, Value>,
    ) -> BoxFuture<'a, Result<Made, MakerError>>;

    /// Begins to bring a thing to another specification; immutable fields are the same.
    fn update<'a>(
        &'a self,
        kind: &'a str,
        made: &'a Made,
        spec: &'a Map<String, Value>,
    ) -> BoxFuture<'a, Result<(), MakerError>>;

    /// Begins to delete a thing.
    fn delete<'a>(&'a self, kind: &'a str, made: &'a Made) -> BoxFuture<'a, Result<(), MakerError>>;

    /// The way into a cluster that is ready, by its name, and how the way is called.
    fn connect<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<(kube::Client, String), MakerError>>;
}

/// Gives the maker for the settings of a provider, and the directory in which it may keep what it needs. Errors are
/// sentences.
pub type Open = dyn Fn(&BTreeMap<String, Value>, &std::path::Path) -> Result<Arc<dyn Maker>, String> + Send + Sync;

/// The makers a program has, by the names of their providers.
#[derive(Clone, Default)]
pub struct Makers(BTreeMap<String, Arc<Open>>);

impl Makers {
    /// The same with one more.
    pub fn with(mut self, provider: &str, open: Arc<Open>) -> Self {
        self.0.insert(provider.to_owned(), open);
        self
    }

    /// The providers that have one.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The maker of a provider; `None` where it only finds what exists.
    pub fn get(&self, provider: &str) -> Option<&Arc<Open>> {
        self.0.get(provider)
    }
}

impl fmt::Debug for Makers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn made() -> Made {
        let spec = json!({
            "network": {"vpc": "vpc1", "subnet": "sub1", "groups": ["a", "b"]}, "labels": {"k": "v"}, "image": null,
        });
        let aliases = json!({"network": {"vpc": "1", "subnet": "2", "groups": ["3", "4"]}});
        Made {
            name: "x".into(),
            id: "x".into(),
            installation: String::new(),
            spec: spec.as_object().cloned().unwrap_or_default(),
            aliases: aliases.as_object().cloned().unwrap_or_default(),
            state: MadeState::Ready,
        }
    }

    #[test]
    fn names_and_ids_agree_and_lists_have_no_order() {
        let made = made();
        for (key, wanted, expected) in [
            ("network", json!({"vpc": "vpc1", "subnet": "2", "groups": ["b", "3"]}), true),
            ("network", json!({"vpc": "vpc1", "subnet": "2", "groups": ["b"]}), false),
            ("network", json!({"vpc": "vpc2", "subnet": "2", "groups": ["b", "3"]}), false),
            ("labels", json!({"k": "v"}), true),
            ("labels", json!({}), false),
            ("labels", json!({"k": "v", "l": "w"}), false),
            ("image", json!("whatever"), true),
            ("absent", json!("whatever"), false),
        ] {
            assert_eq!(made.agrees(key, &wanted), expected, "{key} {wanted}");
        }
    }

    #[test]
    fn what_is_seen_is_said_in_the_words_that_were_used() {
        let made = made();
        let network = json!({"vpc": "1", "subnet": "other", "groups": ["4", "5"]});
        let said = made.in_words_of("network", Some(&network));
        assert_eq!(said, Some(json!({"vpc": "1", "subnet": "sub1", "groups": ["4", "a"]})));
        assert_eq!(made.in_words_of("labels", Some(&json!({}))), Some(json!({"k": "v"})));
        assert_eq!(made.in_words_of("image", Some(&json!("mine"))), Some(json!("mine")));
        assert_eq!(made.in_words_of("absent", Some(&json!("mine"))), None);
    }
}
