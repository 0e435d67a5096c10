//! One LIST and one watch a kind, shared by all who wait for objects of it. Opened when the first waits.
//!
//! Where only one or two objects of a kind are waited for, each has a watch of its own and no LIST: adding one user to a
//! platform of thousands looks at what is his.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::object::Object;
use crate::object::ObjectId;
use crate::provider::kubernetes::Cluster;
use crate::provider::kubernetes::ClusterError;
use crate::provider::kubernetes::Resource;
use crate::provider::kubernetes::Seen;

/// What is known of one object.
#[derive(Clone, Debug, Default)]
pub(super) enum Slot {
    /// The first LIST has not come yet.
    #[default]
    Unknown,
    Absent,
    There(Arc<Object>),
    /// The kind cannot be watched; says why.
    Blind(Arc<ClusterError>),
}

/// All informers of a run. Dropping it (all clones) ends their tasks.
#[derive(Clone)]
pub(super) struct Informers {
    cluster: Cluster,
    /// Where to look when the whole cluster may not be watched.
    namespaces: Arc<Vec<String>>,
    /// Group and kind of what is followed as a whole from the start: many objects of it change.
    crowded: Arc<BTreeSet<(String, String)>>,
    open: Arc<Mutex<BTreeMap<String, Arc<Informer>>>>,
    stop: CancellationToken,
}

struct Informer {
    known: Mutex<Known>,
    /// Counts what was seen of the kind, for those who wait for any object of it.
    any: watch::Sender<u64>,
}

#[derive(Default)]
struct Known {
    synced: bool,
    blind: Option<Arc<ClusterError>>,
    objects: BTreeMap<ObjectId, Arc<Object>>,
    waiting: BTreeMap<ObjectId, watch::Sender<Slot>>,
}

impl Informers {
    /// For the objects that are going to change.
    pub fn new<'a>(
        cluster: &Cluster,
        namespaces: Vec<String>,
        changing: impl Iterator<Item = &'a ObjectId>,
        stop: CancellationToken,
    ) -> Self {
        let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
        for id in changing {
            *counts.entry((id.group.clone(), id.kind.clone())).or_default() += 1;
        }
        let crowded = counts.into_iter().filter(|(_, count)| *count > ALONE).map(|(kind, _)| kind).collect();
        let (cluster, namespaces, crowded) = (cluster.clone(), Arc::new(namespaces), Arc::new(crowded));
        Self { cluster, namespaces, crowded, open: Arc::default(), stop }
    }

    /// Follows one object of a kind. That it is absent is no proof that it is gone; [`Self::follow_listed`] is.
    pub fn follow(&self, resource: &Resource, id: &ObjectId) -> watch::Receiver<Slot> {
        self.alone(resource, id).unwrap_or_else(|| self.informer(resource)).follow(id)
    }

    /// Follows one object of a kind of which all are listed.
    pub fn follow_listed(&self, resource: &Resource, id: &ObjectId) -> watch::Receiver<Slot> {
        self.informer(resource).follow(id)
    }

    /// Follows a kind: a number that changes with everything seen of it.
    pub fn follow_any(&self, resource: &Resource) -> watch::Receiver<u64> {
        self.informer(resource).any.subscribe()
    }

    /// All objects of a kind that are known now; `None` before the first LIST, or the reason it cannot be watched.
    pub fn all(&self, resource: &Resource) -> Result<Option<Vec<Arc<Object>>>, Arc<ClusterError>> {
        let informer = self.informer(resource);
        let known = lock(&informer.known);
        match &known.blind {
            Some(reason) => Err(reason.clone()),
            None => Ok(known.synced.then(|| known.objects.values().cloned().collect())),
        }
    }

    /// The informer of one object; `None` where the kind has one already, or enough of its objects have theirs.
    fn alone(&self, resource: &Resource, id: &ObjectId) -> Option<Arc<Informer>> {
        let mut open = lock(&self.open);
        let kind = resource.group_plural();
        // No name of a kind holds a blank.
        let (key, prefix) = (format!("{kind} {}/{}", id.namespace, id.name), format!("{kind} "));
        if open.contains_key(&kind) || self.crowded.contains(&(id.group.clone(), id.kind.clone())) {
            return None;
        }
        if let Some(informer) = open.get(&key) {
            return Some(informer.clone());
        }
        if open.keys().filter(|key| key.starts_with(&prefix)).count() >= ALONE {
            return None;
        }
        let informer = Arc::new(Informer { known: Mutex::default(), any: watch::channel(0).0 });
        let (cluster, resource, id, task) = (self.cluster.clone(), resource.clone(), id.clone(), informer.clone());
        let (stop, namespaces) = (self.stop.clone(), self.namespaces.clone());
        tokio::spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = async {
                    follow_alone(&cluster, &resource, &id, &task).await;
                    follow_cluster(cluster, resource, namespaces, task).await;
                } => {}
            }
        });
        open.insert(key, informer.clone());
        Some(informer)
    }

    fn informer(&self, resource: &Resource) -> Arc<Informer> {
        let mut open = lock(&self.open);
        let informer = open.entry(resource.group_plural()).or_insert_with(|| {
            let informer = Arc::new(Informer { known: Mutex::default(), any: watch::channel(0).0 });
            let (cluster, resource, namespaces) = (self.cluster.clone(), resource.clone(), self.namespaces.clone());
            let (stop, task) = (self.stop.clone(), informer.clone());
            tokio::spawn(async move {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = follow_cluster(cluster, resource, namespaces, task) => {}
                }
            });
            informer
        });
        informer.clone()
    }
}

/// So many objects of a kind have watches of their own before the whole kind is followed.
const ALONE: usize = 2;
/// What is there is told by a new watch at once; after this it is taken not to be there yet.
const TOLD_WITHIN: Duration = Duration::from_millis(500);

/// Watches one object until its watch ends; what comes after begins with a LIST.
async fn follow_alone(cluster: &Cluster, resource: &Resource, id: &ObjectId, informer: &Informer) {
    let Ok(mut watch) = cluster.watch_one(resource, &id.namespace, &id.name).await else { return };
    let mut told = false;
    loop {
        let seen = if told {
            watch.next().await
        } else {
            tokio::select! {
                seen = watch.next() => seen,
                () = tokio::time::sleep(TOLD_WITHIN) => {
                    told = true;
                    informer.absent(id);
                    continue;
                }
            }
        };
        told = true;
        match seen {
            Some(Ok(Seen::There(object))) => informer.there(object),
            Some(Ok(Seen::Gone(object))) => informer.gone(&object.id()),
            Some(Ok(Seen::Bookmark(_))) => {}
            Some(Ok(Seen::Expired) | Err(_)) | None => return,
        }
    }
}

async fn follow_cluster(cluster: Cluster, resource: Resource, namespaces: Arc<Vec<String>>, informer: Arc<Informer>) {
    let error = follow_scope(&cluster, &resource, "", &informer).await;
    if !error.is_forbidden() || !resource.namespaced || namespaces.is_empty() {
        return informer.blind(error);
    }
    let each = namespaces.iter().map(|namespace| follow_scope(&cluster, &resource, namespace, &informer));
    let (error, _, _) = futures::future::select_all(each.map(Box::pin)).await;
    informer.blind(error);
}

/// Lists and watches until that is refused for good; gives why.
async fn follow_scope(cluster: &Cluster, resource: &Resource, namespace: &str, informer: &Informer) -> ClusterError {
    let mut failures = 0;
    loop {
        let begun = Instant::now();
        let error = match follow_once(cluster, resource, namespace, informer).await {
            Ok(()) => {
                failures = 0;
                continue;
            }
            Err(error) => error,
        };
        // A watch that has worked for a while and breaks is nothing to despair of.
        failures = if begun.elapsed() > Duration::from_secs(30) { 1 } else { failures + 1 };
        // A kind may be unknown for a moment after its CRD was established.
        let hopeless = error.refusal().is_some_and(|r| matches!(r.code, 401 | 403 | 405));
        if hopeless || failures > 20 {
            return error;
        }
        tokio::time::sleep(Duration::from_millis(250 * failures.min(8))).await;
    }
}

/// One LIST and the watches that follow it, until the history is lost.
async fn follow_once(
    cluster: &Cluster,
    resource: &Resource,
    namespace: &str,
    informer: &Informer,
) -> Result<(), ClusterError> {
    let (objects, mut version) = cluster.list(resource, namespace, "").await?;
    informer.replace(namespace, objects);
    loop {
        let mut watch = cluster.watch(resource, namespace, "", &version).await?;
        while let Some(seen) = watch.next().await {
            match seen? {
                Seen::There(object) => {
                    version = object.resource_version().to_owned();
                    informer.there(object);
                }
                Seen::Gone(object) => {
                    version = object.resource_version().to_owned();
                    informer.gone(&object.id());
                }
                Seen::Bookmark(seen) => version = seen,
                Seen::Expired => return Ok(()),
            }
        }
        // A server that ends watches at once must not be asked in a tight loop.
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

impl Informer {
    fn follow(&self, id: &ObjectId) -> watch::Receiver<Slot> {
        let mut known = lock(&self.known);
        let slot = known.slot(id);
        known.waiting.entry(id.clone()).or_insert_with(|| watch::channel(slot).0).subscribe()
    }

    /// Nothing was told of an object that is followed alone.
    fn absent(&self, id: &ObjectId) {
        lock(&self.known).tell(id, Slot::Absent);
        self.any.send_modify(|n| *n += 1);
    }

    /// The answer to a LIST of one scope.
    fn replace(&self, namespace: &str, objects: Vec<Object>) {
        let mut known = lock(&self.known);
        known.synced = true;
        if namespace.is_empty() {
            known.objects.clear();
        } else {
            known.objects.retain(|id, _| id.namespace != namespace);
        }
        for object in objects {
            known.objects.insert(object.id(), Arc::new(trim(object)));
        }
        let slots: Vec<(ObjectId, Slot)> = known.waiting.keys().map(|id| (id.clone(), known.slot(id))).collect();
        for (id, slot) in slots {
            known.tell(&id, slot);
        }
        drop(known);
        self.any.send_modify(|n| *n += 1);
    }

    fn there(&self, object: Object) {
        let (id, object) = (object.id(), Arc::new(trim(object)));
        let mut known = lock(&self.known);
        known.objects.insert(id.clone(), object.clone());
        known.tell(&id, Slot::There(object));
        drop(known);
        self.any.send_modify(|n| *n += 1);
    }

    fn gone(&self, id: &ObjectId) {
        let mut known = lock(&self.known);
        known.objects.remove(id);
        known.tell(id, Slot::Absent);
        drop(known);
        self.any.send_modify(|n| *n += 1);
    }

    fn blind(&self, error: ClusterError) {
        let error = Arc::new(error);
        let mut known = lock(&self.known);
        known.blind = Some(error.clone());
        for sender in known.waiting.values() {
            sender.send_replace(Slot::Blind(error.clone()));
        }
        drop(known);
        self.any.send_modify(|n| *n += 1);
    }
}

impl Known {
    fn slot(&self, id: &ObjectId) -> Slot {
        match (&self.blind, self.objects.get(id)) {
            (Some(reason), _) => Slot::Blind(reason.clone()),
            (None, Some(object)) => Slot::There(object.clone()),
            (None, None) if self.synced => Slot::Absent,
            (None, None) => Slot::Unknown,
        }
    }

    fn tell(&self, id: &ObjectId, slot: Slot) {
        if let Some(sender) = self.waiting.get(id) {
            sender.send_replace(slot);
        }
    }
}

/// Drops what no wait looks at: managedFields, and the schemas of CRDs, which are most of their bytes.
pub(super) fn trim(mut object: Object) -> Object {
    object.metadata_mut().remove("managedFields");
    if object.kind() == "CustomResourceDefinition"
        && let Some(spec) = object.as_map_mut().get_mut("spec").and_then(|s| s.as_object_mut())
    {
        spec.remove("versions");
    }
    object
}

/// A panic elsewhere leaves these maps whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
