//! What is remembered of a copy to compare it with later: users' objects as texts, since there may be many, and whole only
//! what people are told of.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::object::INSTALLATION_LABEL;
use crate::object::Object;
use crate::object::ObjectId;
use crate::plan::Likeness;
use crate::plan::likeness;
use crate::provider::kubernetes::Cluster;
use crate::provider::kubernetes::ClusterError;
use crate::state;

/// How a cluster was at one moment.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// What neither the installation nor a controller made.
    pub users: BTreeMap<ObjectId, Likeness>,
    /// What bears the installation's label or is recorded.
    pub ours: BTreeMap<ObjectId, Object>,
    /// Whole objects that [`unrehearsed`](super::unrehearsed) tells of.
    pub told: Vec<Object>,
}

/// Kinds that controllers write all the time, by group and kind.
const RESTLESS: [(&str, &str); 5] = [
    ("", "Endpoints"),
    ("", "Node"),
    ("apps", "ControllerRevision"),
    ("coordination.k8s.io", "Lease"),
    ("discovery.k8s.io", "EndpointSlice"),
];

/// Looks at all that a cluster holds.
///
/// # Errors
/// It cannot be read.
pub async fn of(
    cluster: &Cluster,
    installation: &str,
    recorded: &BTreeSet<ObjectId>,
) -> Result<Snapshot, ClusterError> {
    let is_labelled = |object: &Object| object.label(INSTALLATION_LABEL) == Some(installation);
    let mut platforms = BTreeSet::new();
    if let Some(kind) = cluster.served_kind("", "Namespace").await? {
        let (spaces, _) = cluster.list(&kind, "", "").await?;
        platforms.extend(spaces.iter().filter(|space| is_labelled(space)).map(|space| space.name().to_owned()));
    }
    let is_elsewhere = |name: &str| !platforms.contains(name) && !name.starts_with("kube-") && name != state::NAMESPACE;
    // Outside of the platform's own namespaces and the cluster's; of custom kinds wherever they are.
    let is_users = |object: &Object, id: &ObjectId| {
        let is_custom = id.group.contains('.') && !id.group.ends_with(".k8s.io");
        let place = match id.namespace.is_empty() {
            true => object.is_of("", "Namespace") && is_elsewhere(&id.name),
            false => is_elsewhere(&id.namespace),
        };
        let is_restless = RESTLESS.contains(&(id.group.as_str(), id.kind.as_str()));
        (is_custom || place) && !is_restless && !is_labelled(object) && !object.is_controlled()
    };
    let mut snapshot = Snapshot::default();
    let take = |objects: Vec<Object>| {
        for object in objects {
            let id = object.id();
            if is_users(&object, &id) {
                snapshot.users.insert(id.clone(), likeness(&object));
            }
            if super::unrehearsed::tells_of(&object) {
                snapshot.told.push(object.clone());
            }
            if is_labelled(&object) || recorded.contains(&id) {
                snapshot.ours.insert(id, object);
            }
        }
    };
    cluster.each_kind(take).await?;
    Ok(snapshot)
}
