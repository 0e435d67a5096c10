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
    /// What can be wanted of it, in the form of the object's `spec`.
    pub spec: Map<String, Value>,
    pub state: MadeState,
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
