//! Reads and writes the inventory in the cluster.
//!
//! One root Secret `inventory-<installation>` holds version, revision and fence, and the entries as long as they fit;
//! else it names shards. Shards are written under new names before the root points at them, so a reader always finds
//! a whole inventory, and a run killed between the two leaves only shards nobody names.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use serde_json::Value;
use serde_json::json;

use super::Inventory;
use super::NAMESPACE;
use super::Output;
use super::Revision;
use super::StateError;
use super::revision;
use super::secret;
use super::secret::Kind;
use super::standing;
use super::stored;
use crate::object::GroupVersionKind;
use crate::object::Object;
use crate::provider::kubernetes::Cluster;
use crate::provider::kubernetes::Deletion;
use crate::provider::kubernetes::Patience;
use crate::provider::kubernetes::Propagation;
use crate::provider::kubernetes::Resource;

/// The records of one installation in one cluster.
#[derive(Clone, Debug)]
pub struct Store {
    pub(super) cluster: Cluster,
    pub(super) installation: String,
    warnings: Arc<Mutex<BTreeSet<String>>>,
}

/// Another installation's inventory in the same cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Neighbour {
    pub installation: String,
    pub objects: u64,
    /// RFC 3339, when its inventory was made.
    pub since: String,
}

/// All that is recorded of an installation.
#[derive(Debug, Default)]
pub(super) struct Records {
    pub inventory: Inventory,
    /// Empty where there is no inventory yet.
    pub root_version: String,
    /// Oldest first.
    pub revisions: Vec<Revision>,
    /// Number, name and UID of the recorded runs, oldest first.
    pub runs: Vec<(u64, String, String)>,
    pub outputs: BTreeMap<String, Output>,
}

/// How long a namespace of the records may take to drain: its content is known and has no finalizers.
const DRAINS: Duration = Duration::from_secs(60);
/// Parts of an inventory: what [`stored::MOST`] entries need, and more.
const SHARDS: usize = 100;
/// Field of the root that says where the platforms stand.
const STANDINGS: &str = "releases";
const MANAGED_BY: &str = "app.kubernetes.io/managed-by";

pub(super) const WRITE: Patience =
    Patience { limit: std::time::Duration::from_secs(60), webhooks: true, conflicts: false, new_kind: false };

impl Store {
    pub fn new(cluster: &Cluster, installation: &str) -> Self {
        Self { cluster: cluster.clone(), installation: installation.to_owned(), warnings: Arc::default() }
    }

    /// What was found amiss while reading and does not stop a run, for a person to know: each said once.
    pub fn warnings(&self) -> Vec<String> {
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// What was read, or the default where the record is damaged and a run can do without it, with a warning that says
    /// what becomes of it.
    ///
    /// # Errors
    /// All but damage: a record of a newer program is to be read by that.
    pub(super) fn spared<T: Default>(&self, read: Result<T, StateError>, fate: &str) -> Result<T, StateError> {
        match read {
            Err(error @ (StateError::Damaged { .. } | StateError::TooBig { .. })) => {
                let mut warnings = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
                warnings.insert(format!("{error}; {fate}"));
                Ok(T::default())
            }
            other => other,
        }
    }

    pub fn installation(&self) -> &str {
        &self.installation
    }

    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// The inventory; an empty one of revision 0 where none was written yet. One request (and one a shard).
    ///
    /// # Errors
    /// Damaged records, or ones of a newer program.
    pub async fn read(&self) -> Result<Inventory, StateError> {
        Ok(self.read_root().await?.0)
    }

    /// What a plan needs: the inventory, an empty one of revision 0 where none was written yet, and the outputs of the last
    /// apply. One request; more where no root is found so, for it may have lost its labels, or Secrets may not be listed.
    ///
    /// # Errors
    /// Damaged records, or ones of a newer program.
    pub async fn remembered(&self) -> Result<(Inventory, BTreeMap<String, Output>), StateError> {
        let selector = format!("{}={},{}!={}", secret::OF, self.installation, secret::RECORD, Kind::Revision.as_str());
        let records = match self.cluster.list(&secrets(), NAMESPACE, &selector).await {
            Ok((records, _)) => records,
            // Whoever only looks may have been given these Secrets by name.
            Err(error) if error.is_forbidden() => Vec::new(),
            Err(error) => return Err(StateError::cluster("read the records")(error)),
        };
        match self.inventory_among(&records)? {
            Some((inventory, _)) => Ok((inventory, self.outputs_in(named(&records, &self.outputs_name()))?)),
            None => {
                let (inventory, outputs) = futures::join!(self.read(), self.outputs());
                Ok((inventory?, outputs?))
            }
        }
    }

    /// The inventory among these records, and the resourceVersion of its root; `None` where it is not there.
    fn inventory_among(&self, records: &[Object]) -> Result<Option<(Inventory, String)>, StateError> {
        let Some(root) = named(records, &self.root_name()) else { return Ok(None) };
        let shards =
            shard_names(root)?.into_iter().map(|name| named(records, &name).ok_or_else(|| missing(root, &name)));
        let inventory = assembled(root, &shards.collect::<Result<Vec<_>, _>>()?)?;
        Ok(Some((inventory, root.resource_version().to_owned())))
    }

    /// The other installations that keep records in this cluster.
    pub async fn neighbours(&self) -> Result<Vec<Neighbour>, StateError> {
        let selector = format!("{}={}", secret::RECORD, Kind::Inventory.as_str());
        let (roots, _) = self
            .cluster
            .list(&secrets(), NAMESPACE, &selector)
            .await
            .map_err(StateError::cluster("look for other installations"))?;
        let others = roots.iter().filter(|root| root.label(secret::OF) != Some(&self.installation));
        let neighbour = |root: &Object| Neighbour {
            installation: root.label(secret::OF).unwrap_or_default().to_owned(),
            objects: secret::number(root, "count").unwrap_or(0),
            since: root.text("/metadata/creationTimestamp").to_owned(),
        };
        Ok(others.map(neighbour).collect())
    }

    /// Writes `inventory` as the successor of what is stored: compare-and-swap on the root's resourceVersion, refused
    /// to an older fence. Raises `inventory.revision`. Gives the root's new resourceVersion for the next write.
    pub(super) async fn write(&self, inventory: &mut Inventory, root_version: &str) -> Result<String, StateError> {
        let revision = inventory.revision + 1;
        let shards = stored::write(&inventory.entries)?;
        let mut names = Vec::new();
        if shards.len() > 1 {
            for (at, bytes) in shards.iter().enumerate() {
                // The fence keeps two runs apart that write the same revision; only one of them wins the root.
                let name = format!("{}-{}-{revision}-{at}", self.root_name(), inventory.fence);
                let shard = secret::secret(Kind::Shard, &self.installation, &name, &[("entries", bytes)]);
                self.put_new(&shard).await?;
                names.push(name);
            }
        }
        let numbers = [
            ("form", stored::FORM),
            ("revision", revision),
            ("fence", inventory.fence),
            ("count", inventory.entries.len() as u64),
        ]
        .map(|(key, number)| (key, number.to_string()));
        let list = names.join(",");
        let mut fields: Vec<(&str, &[u8])> = numbers.iter().map(|(key, text)| (*key, text.as_bytes())).collect();
        fields.push(("shards", list.as_bytes()));
        let standings = standing::write(&inventory.standings);
        if !inventory.standings.is_empty() {
            fields.push((STANDINGS, &standings));
        }
        if names.is_empty() {
            fields.push(("entries", shards.first().map(Vec::as_slice).unwrap_or_default()));
        }
        let root = secret::secret(Kind::Inventory, &self.installation, &self.root_name(), &fields);
        let version = self.put_root(root, root_version, revision, inventory.fence).await?;
        inventory.revision = revision;
        if !names.is_empty() {
            self.sweep_shards(&names).await?;
        }
        Ok(version)
    }

    /// The inventory and the resourceVersion of its root (empty where there is none).
    pub(super) async fn read_root(&self) -> Result<(Inventory, String), StateError> {
        let found = self.cluster.get(&secrets(), NAMESPACE, &self.root_name()).await;
        let Some(root) = found.map_err(StateError::cluster("read the inventory"))? else {
            return Ok((Inventory::default(), String::new()));
        };
        let mut shards = Vec::new();
        for name in shard_names(&root)? {
            let shard = self.cluster.get(&secrets(), NAMESPACE, &name).await;
            let shard = shard.map_err(StateError::cluster("read the inventory"))?;
            shards.push(shard.ok_or_else(|| missing(&root, &name))?);
        }
        Ok((assembled(&root, &shards.iter().collect::<Vec<_>>())?, root.resource_version().to_owned()))
    }

    /// All records of this installation, by one LIST.
    ///
    /// # Errors
    /// Damaged records, or ones of a newer program.
    pub(super) async fn records(&self) -> Result<Records, StateError> {
        let selector = format!("{}={}", secret::OF, self.installation);
        let listed = self.cluster.list(&secrets(), NAMESPACE, &selector).await;
        let (records, _) = listed.map_err(StateError::cluster("read the records"))?;
        let mut found = Records::default();
        if let Some((inventory, root_version)) = self.inventory_among(&records)? {
            found.inventory = inventory;
            found.root_version = root_version;
        }
        found.outputs = self.outputs_in(named(&records, &self.outputs_name()))?;
        let of_kind =
            |kind: Kind| records.iter().filter(move |record| record.label(secret::RECORD) == Some(kind.as_str()));
        found.runs = revision::runs(of_kind(Kind::Revision));
        found.revisions = self.revisions_in(of_kind(Kind::Revision))?;
        Ok(found)
    }

    /// Makes the namespace of the records where it is missing. Its label says that it is ours to delete again.
    pub(super) async fn ensure_namespace(&self) -> Result<(), StateError> {
        let namespace = json!({
            "apiVersion": "v1", "kind": "Namespace",
            "metadata": {"name": NAMESPACE, "labels": {MANAGED_BY: "stackwright"}},
        });
        let namespace = Object::from_value(namespace).expect("it has kind, version and name");
        match self.cluster.create(&namespace, WRITE).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_conflict() => Ok(()),
            // Somebody without the right to make namespaces may still have been given this one.
            Err(error) if error.is_forbidden() => Ok(()),
            Err(error) => Err(StateError::cluster("make the namespace stackwright-system")(error)),
        }
    }

    /// Deletes all records of this installation, and the namespace where we made it and nobody else keeps records
    /// there. The last deed of a destroy; the lock must have been released.
    pub async fn erase(&self) -> Result<(), StateError> {
        // The inventory goes last: without it the rest would be nobody's.
        for kind in [Kind::Revision, Kind::Outputs, Kind::Shard, Kind::Inventory] {
            let selector = secret::selector(kind, &self.installation);
            let listed = self.cluster.list(&secrets(), NAMESPACE, &selector).await;
            let (records, _) = listed.map_err(StateError::cluster("list the records"))?;
            for record in records {
                self.delete(&secrets(), record.name(), record.uid()).await?;
            }
        }
        self.delete(&leases(), &self.lock_name(), "").await?;
        let made = self.namespace().await?.filter(|n| n.label(MANAGED_BY) == Some("stackwright"));
        if let Some(namespace) = made
            && self.is_alone().await?
        {
            self.delete(&namespaces(), NAMESPACE, namespace.uid()).await?;
            self.wait_until_drained().await?;
        }
        Ok(())
    }

    async fn namespace(&self) -> Result<Option<Object>, StateError> {
        let namespace = self.cluster.get(&namespaces(), "", NAMESPACE).await;
        namespace.map_err(StateError::cluster("read the namespace stackwright-system"))
    }

    /// Waits until a namespace of the records that is being deleted is gone, but not for ever: what keeps it is not
    /// ours, and whoever needs it is told by the server.
    pub(super) async fn wait_until_drained(&self) -> Result<(), StateError> {
        let begun = tokio::time::Instant::now();
        while begun.elapsed() < DRAINS {
            let leaving = self.namespace().await?.is_some_and(|n| n.is_deleting());
            if !leaving {
                break;
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
        Ok(())
    }

    /// Nobody else keeps records, nor anything else that is not made by the system, in the namespace.
    async fn is_alone(&self) -> Result<bool, StateError> {
        let what = "look whether the namespace stackwright-system is still used";
        let listed = self.cluster.list(&secrets(), NAMESPACE, "").await.map_err(StateError::cluster(what))?;
        let leases = self.cluster.list(&leases(), NAMESPACE, "").await.map_err(StateError::cluster(what))?;
        Ok(listed.0.iter().all(|s| s.text("/type") == "kubernetes.io/service-account-token") && leases.0.is_empty())
    }

    pub(super) async fn delete(&self, resource: &Resource, name: &str, uid: &str) -> Result<Deletion, StateError> {
        let namespace = if resource.namespaced { NAMESPACE } else { "" };
        let deleted = self.cluster.delete(resource, namespace, name, uid, Propagation::Background, WRITE).await;
        deleted.map_err(StateError::cluster(format!("delete the record {name}")))
    }

    /// Creates a record, or writes over one that a killed run left under the same name.
    pub(super) async fn put_new(&self, record: &Object) -> Result<Object, StateError> {
        match self.cluster.create(record, WRITE).await {
            Ok(stored) => Ok(stored),
            Err(error) if error.is_conflict() => self
                .cluster
                .replace(record, WRITE)
                .await
                .map_err(StateError::cluster(format!("write the record {}", record.name()))),
            Err(error) => Err(StateError::cluster(format!("write the record {}", record.name()))(error)),
        }
    }

    async fn put_root(
        &self,
        mut root: Object,
        root_version: &str,
        revision: u64,
        fence: u64,
    ) -> Result<String, StateError> {
        let written = if root_version.is_empty() {
            self.cluster.create(&root, WRITE).await
        } else {
            root.metadata_mut().insert("resourceVersion".into(), Value::String(root_version.to_owned()));
            self.cluster.replace(&root, WRITE).await
        };
        match written {
            // After a lost answer, `create` gives whatever is stored: only our own writing counts.
            Ok(stored) if is_writing(&stored, revision, fence) => Ok(stored.resource_version().to_owned()),
            Ok(stored) => Err(outrun(&stored, fence)),
            Err(error) if error.is_conflict() || error.is_not_found() => {
                let now = self.cluster.get(&secrets(), NAMESPACE, &self.root_name()).await;
                match now.map_err(StateError::cluster("read the inventory"))? {
                    // A retry met our own first attempt, whose answer was lost.
                    Some(stored)
                        if is_writing(&stored, revision, fence) && stored.get("/data") == root.get("/data") =>
                    {
                        Ok(stored.resource_version().to_owned())
                    }
                    Some(stored) => Err(outrun(&stored, fence)),
                    None => Err(StateError::Outrun),
                }
            }
            Err(error) => Err(StateError::cluster("write the inventory")(error)),
        }
    }

    async fn sweep_shards(&self, keep: &[String]) -> Result<(), StateError> {
        let selector = secret::selector(Kind::Shard, &self.installation);
        let listed = self.cluster.list_metadata(&secrets(), NAMESPACE, &selector).await;
        let (shards, _) = listed.map_err(StateError::cluster("list the parts of the inventory"))?;
        for shard in shards.iter().filter(|shard| !keep.iter().any(|name| name == shard.name())) {
            self.delete(&secrets(), shard.name(), shard.uid()).await?;
        }
        Ok(())
    }

    pub(super) fn root_name(&self) -> String {
        format!("inventory-{}", self.installation)
    }

    pub(super) fn lock_name(&self) -> String {
        format!("lock-{}", self.installation)
    }
}

fn is_writing(root: &Object, revision: u64, fence: u64) -> bool {
    secret::number(root, "revision").ok() == Some(revision) && secret::number(root, "fence").ok() == Some(fence)
}

fn outrun(stored: &Object, ours: u64) -> StateError {
    match secret::number(stored, "fence") {
        Ok(theirs) if theirs > ours => StateError::Fenced { ours, theirs },
        _ => StateError::Outrun,
    }
}

/// The kinds of our records; they are served by every cluster, so nobody needs to ask.
pub(super) fn secrets() -> Resource {
    resource("", "v1", "Secret", "secrets", true)
}

pub(super) fn leases() -> Resource {
    resource("coordination.k8s.io", "v1", "Lease", "leases", true)
}

fn namespaces() -> Resource {
    resource("", "v1", "Namespace", "namespaces", false)
}

fn resource(group: &str, version: &str, kind: &str, plural: &str, namespaced: bool) -> Resource {
    let GroupVersionKind { group, version, kind } = GroupVersionKind::new(group, version, kind);
    Resource { group, version, kind, plural: plural.into(), namespaced, verbs: Vec::new() }
}

fn named<'a>(records: &'a [Object], name: &str) -> Option<&'a Object> {
    records.iter().find(|record| record.name() == name)
}

/// Names of the Secrets that hold the inventory's entries; none where its root holds them itself.
fn shard_names(root: &Object) -> Result<Vec<String>, StateError> {
    secret::check_form(root, stored::FORM)?;
    let list = secret::field(root, "shards")?;
    let list = String::from_utf8_lossy(&list);
    let names: Vec<String> = list.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect();
    if names.len() > SHARDS {
        let what = format!("it names {} parts, and no inventory has more than {SHARDS}", names.len());
        return Err(StateError::TooBig { name: root.name().into(), what });
    }
    Ok(names)
}

/// The inventory of its root and all its shards, in their order.
fn assembled(root: &Object, shards: &[&Object]) -> Result<Inventory, StateError> {
    let holders = if shards.is_empty() { &[root][..] } else { shards };
    let mut bytes = Vec::new();
    for holder in holders {
        bytes.extend(secret::field(holder, "entries")?);
    }
    Ok(Inventory {
        entries: stored::read(root.name(), &bytes)?,
        standings: match secret::optional(root, STANDINGS)? {
            Some(bytes) => standing::read(root.name(), &bytes)?,
            None => BTreeMap::new(),
        },
        revision: secret::number(root, "revision")?,
        fence: secret::number(root, "fence")?,
    })
}

fn missing(root: &Object, shard: &str) -> StateError {
    StateError::Damaged { name: root.name().into(), reason: format!("its part {shard} is missing") }
}
