//! One cluster of the lookout: the way into it, and what is known of the kinds that are followed, by one LIST and one watch a
//! kind. Keeps of each object what the table names and nothing else.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::Notify;
use tokio::sync::OnceCell;
use tokio::time::timeout;

use super::kinds::KINDS;
use super::kinds::Row;
use super::path::Keep;
use super::pulse::Pulse;
use crate::config;
use crate::config::Declared;
use crate::object::Object;
use crate::ops::Failure;
use crate::ops::Loaded;
use crate::ops::Records;
use crate::ops::failure::reasons;
use crate::ops::records;
use crate::ops::session::Shared;
use crate::ops::survey::Rendering;
use crate::provider::kubernetes::Cluster;
use crate::provider::kubernetes::ClusterError;
use crate::provider::kubernetes::Resource;
use crate::provider::kubernetes::Seen;

/// So many objects of a kind are kept; of more, that there are more.
const MOST: usize = 20_000;
/// Between two attempts at what failed.
const SOON: Duration = Duration::from_secs(3);
/// So many times in a row a cluster is found away before it is entered anew.
const LOST: u32 = 4;
/// Between two attempts at what is refused, or not served.
const LATER: Duration = Duration::from_secs(60);
/// What changes what the health of the whole is.
const HEALTH: &str = "health";

/// What is known of one kind in a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Sight {
    /// The first LIST has not come yet.
    #[default]
    Opening,
    Seen,
    /// The cluster has no such kind.
    NotServed,
    /// It cannot be looked at; why.
    Blind(String),
}

/// Namespace and name.
type Key = (String, String);

#[derive(Default)]
struct Followed {
    sight: Sight,
    objects: BTreeMap<Key, Arc<Value>>,
    is_cut: bool,
}

/// One cluster.
pub struct Outpost {
    pub cluster: Declared<config::Cluster>,
    pub platform: Option<Declared<config::Platform>>,
    pub(in crate::ops) loaded: Arc<Loaded>,
    known: Mutex<Known>,
    /// Something was seen or failed: pages change.
    pulse: Arc<Pulse>,
    /// Counts what may change the health of the whole.
    stirred: AtomicU64,
    /// A definition of a kind came or went.
    redefined: Notify,
    rendering: OnceCell<Rendering>,
}

#[derive(Default)]
struct Known {
    /// Why it cannot be asked.
    away: Option<String>,
    way: Option<Way>,
    version: String,
    kinds: Vec<Followed>,
}

/// The way into a cluster that was entered.
struct Way {
    records: Arc<Records>,
    /// Other runs find our sandbox by it.
    _shared: Option<Shared>,
}

impl Outpost {
    pub(super) fn new(loaded: &Arc<Loaded>, cluster: &Declared<config::Cluster>, pulse: &Arc<Pulse>) -> Self {
        let kinds = KINDS.iter().map(|_| Followed::default()).collect();
        let platforms = &loaded.installation.platforms;
        Self {
            platform: platforms.iter().find(|platform| platform.cluster == cluster.address).cloned(),
            cluster: cluster.clone(),
            loaded: loaded.clone(),
            known: Mutex::new(Known { kinds, ..Known::default() }),
            pulse: pulse.clone(),
            stirred: AtomicU64::new(1),
            redefined: Notify::new(),
            rendering: OnceCell::new(),
        }
    }

    /// `cluster.main`
    pub fn address(&self) -> String {
        self.cluster.address.to_string()
    }

    /// Why it cannot be asked now.
    pub fn away(&self) -> Option<String> {
        self.known().away.clone()
    }

    /// Which cluster it is, once it was entered.
    pub fn place(&self) -> Option<String> {
        self.records().map(|records| records.session.place())
    }

    /// `v1.31.4`; empty while it is not known.
    pub fn version(&self) -> String {
        self.known().version.clone()
    }

    /// What is recorded there, once it was entered.
    pub fn records(&self) -> Option<Arc<Records>> {
        self.known().way.as_ref().map(|way| way.records.clone())
    }

    /// The objects of a kind in the order of their namespaces and names.
    pub fn objects(&self, kind: &str) -> Vec<Arc<Value>> {
        self.of_kind(kind, |followed| followed.objects.values().cloned().collect())
    }

    /// What keeps us from seeing kinds that are served, of those a page is about: lines.
    pub fn hindrances(&self, parts: &[&str]) -> Vec<String> {
        let known = self.known();
        let kinds = KINDS.iter().zip(&known.kinds).filter(|(row, _)| parts.contains(&row.part.as_str()));
        let mut lines: Vec<String> = Vec::new();
        for (row, followed) in kinds {
            match &followed.sight {
                Sight::Blind(reason) if known.away.is_none() => {
                    lines.push(format!("{} is not shown: {reason}", row.kind))
                }
                _ if followed.is_cut => {
                    lines.push(format!("there are more than {MOST} {} objects: others are not shown", row.kind))
                }
                _ => {}
            }
        }
        lines
    }

    /// Whether every kind has been looked at once, or cannot be.
    pub(super) fn is_settled(&self) -> bool {
        let known = self.known();
        known.away.is_some() || known.kinds.iter().all(|followed| followed.sight != Sight::Opening)
    }

    /// What the configuration alone tells, made when it is first asked for.
    pub(in crate::ops) async fn rendering<F: Future<Output = Rendering>>(
        &self,
        make: impl FnOnce() -> F,
    ) -> &Rendering {
        self.rendering.get_or_init(make).await
    }

    /// A number that changes when the health of the whole may have.
    pub fn stirred(&self) -> u64 {
        self.stirred.load(Ordering::Relaxed)
    }

    /// Tells open pages to ask for the health of the whole again.
    pub fn announce(&self) {
        self.pulse.beat(HEALTH);
    }

    fn of_kind<T: Default>(&self, kind: &str, get: impl Fn(&Followed) -> T) -> T {
        // Two groups may have a kind of one name; the first that has objects is meant.
        let known = self.known();
        let mut rows = KINDS.iter().zip(&known.kinds).filter(|(row, _)| row.kind == kind);
        rows.next().map(|(_, followed)| get(followed)).unwrap_or_default()
    }

    /// The objects of a row of the table.
    pub fn of_row(&self, row: &Row) -> Vec<Arc<Value>> {
        let known = self.known();
        let found = KINDS.iter().position(|other| other == row).and_then(|at| known.kinds.get(at));
        found.map(|followed| followed.objects.values().cloned().collect()).unwrap_or_default()
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stir(&self, part: &str) {
        if ["pods", HEALTH].contains(&part) {
            self.stirred.fetch_add(1, Ordering::Relaxed);
        }
        self.pulse.beat(part);
    }

    fn set_away(&self, away: Option<String>) {
        let mut known = self.known();
        if known.away != away {
            known.away = away;
            drop(known);
            self.stirred.fetch_add(1, Ordering::Relaxed);
            self.pulse.beat_all();
        }
    }

    /// Lets go of the cluster: no other run finds our sandbox any more.
    pub fn leave(&self) {
        self.known().way = None;
    }

    /// Enters the cluster and follows its kinds for ever; again and again where that does not succeed, or is lost.
    pub(super) async fn keep_watch(self: Arc<Self>) {
        loop {
            match self.enter().await {
                Ok(Some(records)) => {
                    let cluster = records.session.cluster.clone();
                    drop(records);
                    let all = KINDS.iter().enumerate().map(|(at, row)| self.follow(&cluster, at, row));
                    tokio::select! {
                        _ = futures::future::join_all(all) => {}
                        () = self.lost() => {}
                    }
                }
                Ok(None) => self.set_away(Some("it is still to be made: `stackwright apply` does that".into())),
                Err(failure) => self.set_away(Some(failure.line())),
            }
            tokio::time::sleep(SOON).await;
        }
    }

    /// Waits until the cluster has been away for a while: it may be reached in another way by now, with other credentials.
    async fn lost(&self) {
        let mut times = 0;
        while times < LOST {
            tokio::time::sleep(SOON).await;
            times = if self.away().is_some() { times + 1 } else { 0 };
        }
    }

    async fn enter(&self) -> Result<Option<Arc<Records>>, Failure> {
        let Some(records) = records::of_cluster(&self.loaded, &self.cluster).await? else { return Ok(None) };
        let summary = || format!("Cannot look at {}", self.cluster.address);
        let version = records.session.cluster.version().await.map_err(|error| Failure::world(summary(), error))?;
        let shared = records.session.share(&self.loaded, &self.cluster.address).await?;
        let records = Arc::new(records);
        let mut known = self.known();
        known.version = version;
        known.way = Some(Way { records: records.clone(), _shared: shared });
        drop(known);
        self.set_away(None);
        self.pulse.beat_all();
        Ok(Some(records))
    }

    /// Follows one kind for ever.
    async fn follow(&self, cluster: &Cluster, at: usize, row: &Row) {
        let keep = row.kept();
        loop {
            let pause = match self.follow_once(cluster, at, row, &keep).await {
                Ok(Some(pause)) => pause,
                Ok(None) => continue,
                Err(error) => {
                    let is_refused = error.refusal().is_some_and(|refusal| matches!(refusal.code, 401 | 403 | 405));
                    self.see(at, row, |followed| followed.sight = Sight::Blind(told(&error)));
                    // Of many that fail at once, the first one's reason stays.
                    if error.refusal().is_none() && self.away().is_none() {
                        self.set_away(Some(told(&error)));
                    }
                    if is_refused { LATER } else { SOON }
                }
            };
            // What a new definition may have brought is looked for at once.
            if timeout(pause, self.redefined.notified()).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(300)).await;
            }
        }
    }

    /// One LIST and the watches that follow it, until the history is lost; how long to wait where the kind is not served.
    async fn follow_once(
        &self,
        cluster: &Cluster,
        at: usize,
        row: &Row,
        keep: &Keep,
    ) -> Result<Option<Duration>, ClusterError> {
        let kinds = cluster.kinds().await?;
        let resource = match kinds.preferred(&row.group, &row.kind).cloned() {
            Some(resource) => resource,
            None => match cluster.refresh_kinds(&kinds).await?.preferred(&row.group, &row.kind).cloned() {
                Some(resource) => resource,
                None => {
                    self.see(at, row, |followed| {
                        *followed = Followed { sight: Sight::NotServed, ..Followed::default() }
                    });
                    return Ok(Some(LATER));
                }
            },
        };
        let (objects, version) = cluster.list(&resource, "", "").await?;
        self.set_away(None);
        let is_cut = objects.len() > MOST;
        let objects = objects.into_iter().take(MOST).map(|object| kept(object, keep)).collect();
        self.see(at, row, |followed| *followed = Followed { sight: Sight::Seen, objects, is_cut });
        self.watch(cluster, &resource, (at, row, keep), version).await?;
        Ok(None)
    }

    async fn watch(
        &self,
        cluster: &Cluster,
        resource: &Resource,
        (at, row, keep): (usize, &Row, &Keep),
        mut version: String,
    ) -> Result<(), ClusterError> {
        loop {
            let mut watch = cluster.watch(resource, "", "", &version).await?;
            while let Some(seen) = watch.next().await {
                match seen? {
                    Seen::There(object) => {
                        version = object.resource_version().to_owned();
                        let (key, value) = kept(object, keep);
                        // What no page shows has not changed.
                        let is_same = self.known().kinds[at].objects.get(&key).is_some_and(|old| *old == value);
                        if is_same {
                            continue;
                        }
                        self.see(at, row, |followed| {
                            let is_full = followed.objects.len() >= MOST && !followed.objects.contains_key(&key);
                            followed.is_cut |= is_full;
                            if !is_full {
                                followed.objects.insert(key.clone(), value.clone());
                            }
                        });
                        self.note_definition(row);
                    }
                    Seen::Gone(object) => {
                        version = object.resource_version().to_owned();
                        let key = (object.namespace().to_owned(), object.name().to_owned());
                        self.see(at, row, |followed| drop(followed.objects.remove(&key)));
                    }
                    Seen::Bookmark(seen) => version = seen,
                    Seen::Expired => return Ok(()),
                }
            }
            // A server that ends watches at once must not be asked in a tight loop.
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    fn note_definition(&self, row: &Row) {
        if row.kind == "CustomResourceDefinition" {
            self.redefined.notify_waiters();
        }
    }

    fn see(&self, at: usize, row: &Row, change: impl FnOnce(&mut Followed)) {
        if let Some(followed) = self.known().kinds.get_mut(at) {
            change(followed);
        }
        self.stir(&row.part);
    }
}

/// An object by its key, as far as it is kept; an object still.
fn kept(object: Object, keep: &Keep) -> (Key, Arc<Value>) {
    let key = (object.namespace().to_owned(), object.name().to_owned());
    let (version, kind) = (object.api_version().to_owned(), object.kind().to_owned());
    let mut kept = keep.kept(object.into_value());
    kept["apiVersion"] = version.into();
    kept["kind"] = kind.into();
    (key, Arc::new(kept))
}

/// An error with its causes, in a line.
fn told(error: &ClusterError) -> String {
    reasons(error).join(": ")
}
