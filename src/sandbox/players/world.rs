//! What the players see of the cluster: a copy of its objects, kept by watches.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::RwLock;

use serde_json::Value;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;

use super::look;
use crate::object::schema::library;

/// A kind by its plural and group, as CRDs are named: `pods`, `deployments.apps`.
pub(super) type Kind = Arc<str>;

/// Where the API serves a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KindInfo {
    pub group: String,
    pub version: String,
    pub kind: String,
    pub plural: String,
    pub namespaced: bool,
}

impl KindInfo {
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.clone() } else { format!("{}/{}", self.group, self.version) }
    }

    /// `pods`, `deployments.apps`
    pub fn key(&self) -> Kind {
        let Self { plural, group, .. } = self;
        if group.is_empty() { plural.as_str().into() } else { format!("{plural}.{group}").into() }
    }

    /// The path of the collection, of one object (name not empty) or of a part of it.
    pub fn path(&self, namespace: &str, name: &str, subresource: &str) -> String {
        let mut path = if self.group.is_empty() {
            format!("/api/{}", self.version)
        } else {
            format!("/apis/{}/{}", self.group, self.version)
        };
        if self.namespaced && !namespace.is_empty() {
            path += &format!("/namespaces/{namespace}");
        }
        path += &format!("/{}", self.plural);
        for part in [name, subresource].into_iter().filter(|part| !part.is_empty()) {
            path += &format!("/{part}");
        }
        path
    }
}

/// One object by kind, namespace (empty for cluster-scoped ones) and name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Key {
    pub kind: Kind,
    pub namespace: String,
    pub name: String,
}

impl Key {
    pub fn new(kind: &str, namespace: &str, name: &str) -> Self {
        Self { kind: kind.into(), namespace: namespace.into(), name: name.into() }
    }
}

/// Something that happened to an object.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub key: Key,
    /// The object as it is now, or as it was last when it is gone.
    pub object: Arc<Value>,
    /// The object as it was known before.
    pub before: Option<Arc<Value>>,
    pub gone: bool,
}

/// The copy, and who wants to know of changes.
#[derive(Default)]
pub(super) struct World {
    stores: RwLock<HashMap<Kind, Store>>,
    infos: RwLock<HashMap<Kind, KindInfo>>,
    listeners: RwLock<Vec<Listener>>,
    /// Ticks whenever the first list of a kind has arrived, or a kind is no longer waited for.
    progress: watch::Sender<()>,
    /// Whether the copy was complete once: see [`World::synced`].
    complete: watch::Sender<bool>,
}

#[derive(Default)]
struct Store {
    objects: BTreeMap<(String, String), Arc<Value>>,
    /// The last version at which an object was seen to vanish, so that a late answer does not revive it.
    vanished: HashMap<(String, String), u64>,
    /// The first list has arrived.
    listed: bool,
}

struct Listener {
    /// Empty means all.
    kinds: Vec<Kind>,
    sender: UnboundedSender<Arc<Change>>,
}

/// A store forgets who vanished when it remembers more than this.
const VANISHED_LIMIT: usize = 20_000;

impl World {
    /// Knows the built-in kinds; custom kinds come with their CRDs.
    pub fn new() -> Self {
        let world = Self::default();
        for kind in library::kinds() {
            // Where a kind has several versions the later row of the table is the newer one.
            world.add_kind(KindInfo {
                group: kind.gvk.group.clone(),
                version: kind.gvk.version.clone(),
                kind: kind.gvk.kind.clone(),
                plural: kind.plural.to_owned(),
                namespaced: kind.namespaced,
            });
        }
        world
    }

    pub fn add_kind(&self, info: KindInfo) {
        self.infos.write().unwrap_or_else(PoisonError::into_inner).insert(info.key(), info);
    }

    pub fn info(&self, kind: &str) -> Option<KindInfo> {
        self.infos.read().unwrap_or_else(PoisonError::into_inner).get(kind).cloned()
    }

    /// The kind of an owner reference or a scale target.
    pub fn kind_of(&self, api_version: &str, kind: &str) -> Option<Kind> {
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        let infos = self.infos.read().unwrap_or_else(PoisonError::into_inner);
        infos.iter().find(|(_, info)| info.group == group && info.kind == kind).map(|(key, _)| Arc::clone(key))
    }

    /// Sends changes of these kinds (none given: of all) to a player from now on. The way has no bound: players take in
    /// what comes without waiting for anything, what waits is shared with the copy, and a bound would make whoever
    /// writes wait for the slowest player.
    pub fn listen(&self, kinds: Vec<Kind>, sender: UnboundedSender<Arc<Change>>) {
        self.listeners.write().unwrap_or_else(PoisonError::into_inner).push(Listener { kinds, sender });
    }

    pub fn get(&self, kind: &str, namespace: &str, name: &str) -> Option<Arc<Value>> {
        let stores = self.stores.read().unwrap_or_else(PoisonError::into_inner);
        stores.get(kind)?.objects.get(&(namespace.to_owned(), name.to_owned())).cloned()
    }

    /// The objects of a kind in a namespace; in all with an empty namespace.
    pub fn list(&self, kind: &str, namespace: &str) -> Vec<Arc<Value>> {
        let stores = self.stores.read().unwrap_or_else(PoisonError::into_inner);
        let Some(store) = stores.get(kind) else { return Vec::new() };
        if namespace.is_empty() {
            return store.objects.values().cloned().collect();
        }
        let from = (namespace.to_owned(), String::new());
        let same = store.objects.range(from..).take_while(|((other, _), _)| other == namespace);
        same.map(|(_, object)| Arc::clone(object)).collect()
    }

    /// The objects of a kind in a namespace whose controller is the object with this uid.
    pub fn controlled(&self, kind: &str, namespace: &str, uid: &str) -> Vec<Arc<Value>> {
        let mut objects = self.list(kind, namespace);
        objects.retain(|object| look::controller(object).is_some_and(|owner| owner["uid"] == uid));
        objects
    }

    /// Whether the first list of a kind has arrived.
    pub fn is_listed(&self, kind: &str) -> bool {
        let stores = self.stores.read().unwrap_or_else(PoisonError::into_inner);
        stores.get(kind).is_some_and(|store| store.listed)
    }

    /// A watch on this kind begins: the copy is not complete until its first list has arrived.
    pub fn expect(&self, kind: &Kind) {
        self.stores.write().unwrap_or_else(PoisonError::into_inner).entry(Arc::clone(kind)).or_default();
    }

    /// Waits until the first list of a kind has arrived and everybody has been told of it.
    pub async fn listed(&self, kind: &str) {
        self.until(|stores| stores.get(kind).is_some_and(|store| store.listed)).await;
    }

    /// Waits until all kinds that are expected by now have been listed, then says that the copy is complete.
    pub async fn complete(&self) {
        self.until(|stores| stores.values().all(|store| store.listed)).await;
        self.complete.send_replace(true);
    }

    /// Waits until the copy is complete: what is not in it now does not exist. Whoever acted earlier would take for
    /// missing what is only not known yet.
    pub async fn synced(&self) {
        // The sender lives as long as this world does.
        let _ = self.complete.subscribe().wait_for(|complete| *complete).await;
    }

    async fn until(&self, holds: impl Fn(&HashMap<Kind, Store>) -> bool) {
        let mut progress = self.progress.subscribe();
        loop {
            let reached = holds(&self.stores.read().unwrap_or_else(PoisonError::into_inner));
            if reached || progress.changed().await.is_err() {
                return;
            }
        }
    }

    /// The kinds that are watched.
    pub fn watched_kinds(&self) -> Vec<Kind> {
        self.stores.read().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }

    /// Takes a newer form of an object, from a watch or as the answer to an own write.
    pub fn observe(&self, kind: &Kind, object: Value) {
        let place = (look::namespace(&object).to_owned(), look::name(&object).to_owned());
        let version = version_of(&object);
        let object = Arc::new(object);
        let before = {
            let mut stores = self.stores.write().unwrap_or_else(PoisonError::into_inner);
            let Some(store) = stores.get_mut(kind) else { return };
            let known = store.objects.get(&place);
            let stale = known.is_some_and(|known| version_of(known) >= version)
                || known.is_none() && store.vanished.get(&place).is_some_and(|vanished| *vanished >= version);
            if stale {
                return;
            }
            store.objects.insert(place.clone(), Arc::clone(&object))
        };
        self.tell(Change { key: key(kind, place), object, before, gone: false });
    }

    /// Takes note that an object is gone.
    pub fn forget(&self, kind: &Kind, object: &Value) {
        let place = (look::namespace(object).to_owned(), look::name(object).to_owned());
        let last = {
            let mut stores = self.stores.write().unwrap_or_else(PoisonError::into_inner);
            let Some(store) = stores.get_mut(kind) else { return };
            if store.vanished.len() > VANISHED_LIMIT {
                store.vanished.clear();
            }
            store.vanished.insert(place.clone(), version_of(object));
            store.objects.remove(&place)
        };
        if let Some(last) = last {
            self.tell(Change { key: key(kind, place), object: Arc::clone(&last), before: Some(last), gone: true });
        }
    }

    /// Takes a whole list: what it does not hold is gone. A kind nobody expects any more stays unknown.
    pub fn replace(&self, kind: &Kind, objects: Vec<Value>) {
        let listed: std::collections::HashSet<(String, String)> =
            objects.iter().map(|object| (look::namespace(object).to_owned(), look::name(object).to_owned())).collect();
        let missing: Vec<Arc<Value>> = {
            let stores = self.stores.read().unwrap_or_else(PoisonError::into_inner);
            let Some(store) = stores.get(kind) else { return };
            let missing = store.objects.iter().filter(|(place, _)| !listed.contains(*place));
            missing.map(|(_, object)| Arc::clone(object)).collect()
        };
        for object in missing {
            self.forget(kind, &object);
        }
        for object in objects {
            self.observe(kind, object);
        }
        if let Some(store) = self.stores.write().unwrap_or_else(PoisonError::into_inner).get_mut(kind) {
            store.listed = true;
        }
        self.progress.send_replace(());
    }

    /// The kind is no longer served.
    pub fn drop_kind(&self, kind: &Kind) {
        self.stores.write().unwrap_or_else(PoisonError::into_inner).remove(kind);
        self.infos.write().unwrap_or_else(PoisonError::into_inner).remove(kind);
        self.progress.send_replace(());
    }

    fn tell(&self, change: Change) {
        let change = Arc::new(change);
        let listeners = self.listeners.read().unwrap_or_else(PoisonError::into_inner);
        for listener in listeners.iter() {
            if listener.kinds.is_empty() || listener.kinds.contains(&change.key.kind) {
                // A player that has ended hears nothing more.
                let _ = listener.sender.send(Arc::clone(&change));
            }
        }
    }
}

fn key(kind: &Kind, (namespace, name): (String, String)) -> Key {
    Key { kind: Arc::clone(kind), namespace, name }
}

/// Versions of etcd's store, and of the sandbox's, are numbers that only grow.
fn version_of(object: &Value) -> u64 {
    look::text(object, "/metadata/resourceVersion").parse().unwrap_or(0)
}
