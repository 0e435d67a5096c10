//! The objects of a cluster that say what is installed in it.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use serde_json::Value;

use crate::object::Object;
use crate::object::ObjectId;

/// Group, version and kind of what is looked at. Of Secrets and ConfigMaps only those that a platform keeps people in.
pub const KINDS: [(&str, &str, &str); 9] = [
    ("apps", "v1", "Deployment"),
    ("apps", "v1", "StatefulSet"),
    ("apps", "v1", "DaemonSet"),
    ("", "v1", "Service"),
    ("", "v1", "PersistentVolumeClaim"),
    ("storage.k8s.io", "v1", "StorageClass"),
    ("rbac.authorization.k8s.io", "v1", "RoleBinding"),
    ("kubeflow.org", "v1", "Profile"),
    ("networking.istio.io", "v1", "Gateway"),
];

/// Kinds that run programs.
const WORKLOADS: [&str; 3] = ["Deployment", "StatefulSet", "DaemonSet"];

/// Objects by their names.
#[derive(Clone, Debug, Default)]
pub struct Live(BTreeMap<ObjectId, Object>);

impl Live {
    pub fn new(objects: impl IntoIterator<Item = Object>) -> Self {
        Self(objects.into_iter().map(|object| (object.id(), object)).collect())
    }

    pub fn add(&mut self, object: Object) {
        self.0.insert(object.id(), object);
    }

    pub fn get(&self, id: &ObjectId) -> Option<&Object> {
        self.0.get(id)
    }

    pub(super) fn has(&self, id: &ObjectId) -> bool {
        self.0.contains_key(id)
    }

    /// All of a kind, in the order of their names.
    pub(super) fn of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Object> {
        self.0.values().filter(move |object| object.kind() == kind)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Object> {
        self.0.values()
    }

    pub(super) fn workloads(&self) -> impl Iterator<Item = &Object> {
        self.0.values().filter(|object| is_workload(object))
    }

    /// Every image that a workload runs.
    pub(super) fn images(&self) -> BTreeSet<&str> {
        self.workloads().flat_map(images_of).collect()
    }
}

pub(super) fn is_workload(object: &Object) -> bool {
    WORKLOADS.contains(&object.kind())
}

pub(super) fn images_of(workload: &Object) -> Vec<&str> {
    let lists = ["containers", "initContainers"].map(|list| workload.get(&format!("/spec/template/spec/{list}")));
    let containers = lists.into_iter().flatten().filter_map(Value::as_array).flatten();
    containers.filter_map(|container| container.get("image")?.as_str()).collect()
}
