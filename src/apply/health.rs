//! How well everything serves, owner by owner, from one observation. Pure.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use serde_json::Value;

use crate::object::Address;
use crate::object::Object;
use crate::object::ObjectId;
use crate::object::Readiness;
use crate::object::ReadinessRule;
use crate::object::readiness;

/// An object that does not serve.
#[derive(Clone, Debug, PartialEq)]
pub struct Unready {
    pub id: ObjectId,
    pub reason: String,
    /// It failed, rather than being on its way.
    pub failed: bool,
}

/// The objects of one owner.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OwnerHealth {
    pub owner: Address,
    pub ready: usize,
    pub total: usize,
    pub unready: Vec<Unready>,
}

impl OwnerHealth {
    pub fn is_ready(&self) -> bool {
        self.ready == self.total
    }
}

/// The health of each owner, in the order of their addresses. `objects` names what should be there with its owner,
/// `live` what was found, `served` the kinds (for CRDs, of which only the metadata is looked at).
pub fn health<'a>(
    objects: impl IntoIterator<Item = (&'a ObjectId, &'a Address)>,
    live: &BTreeMap<ObjectId, Object>,
    served: &BTreeSet<String>,
    rules: &[ReadinessRule],
) -> Vec<OwnerHealth> {
    let mut owners: BTreeMap<&Address, OwnerHealth> = BTreeMap::new();
    for (id, owner) in objects {
        let health =
            owners.entry(owner).or_insert_with(|| OwnerHealth { owner: owner.clone(), ..OwnerHealth::default() });
        health.total += 1;
        let (reason, failed) = match live.get(id).map(|object| judge(object, served, rules)) {
            Some(Readiness::Current) => {
                health.ready += 1;
                continue;
            }
            Some(Readiness::InProgress(reason)) => (reason, false),
            Some(Readiness::Failed(reason)) => (reason, true),
            None => ("missing".to_owned(), true),
        };
        health.unready.push(Unready { id: id.clone(), reason, failed });
    }
    owners.into_values().collect()
}

fn judge(object: &Object, served: &BTreeSet<String>, rules: &[ReadinessRule]) -> Readiness {
    let is_metadata_of_crd = object.kind() == "CustomResourceDefinition" && object.get("/spec").is_none();
    // A CRD is named `<plural>.<group>`; which kind that is does not stand in its metadata, so the group must do.
    if is_metadata_of_crd && let Some((_, group)) = object.name().split_once('.') {
        let suffix = format!(".{group}");
        if !served.iter().any(|kind| kind.ends_with(&suffix)) {
            return Readiness::InProgress("not served yet".into());
        }
    }
    // A claim bound only on first use is fine as long as nobody uses it.
    let waits_for_pod = object.kind() == "PersistentVolumeClaim"
        && object.text("/status/phase") == "Pending"
        && object.get("/spec/volumeName").and_then(Value::as_str).is_none()
        && object.annotation("volume.kubernetes.io/selected-node").is_none()
        && object.annotation("volume.kubernetes.io/storage-provisioner").is_none();
    if waits_for_pod {
        return Readiness::InProgress("not bound to a volume; perhaps no pod uses it yet".into());
    }
    readiness(object, rules)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn counts_and_reasons_by_owner() {
        let object = |value: Value| Object::from_value(value).unwrap();
        let secret = object(json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}}));
        let deployment = object(json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "b"}, "status": {"observedGeneration": 1},
        }));
        let crd = object(json!({
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "xs.a.b"},
        }));
        let missing = ObjectId::new("", "Secret", "", "c");
        let ids = [secret.id(), deployment.id(), crd.id(), missing.clone()];
        let [one, two] = ["one", "two"].map(|name| Address::resource("user", name));
        let owned = [(&ids[0], &one), (&ids[1], &one), (&ids[2], &two), (&ids[3], &two)];
        let live: BTreeMap<ObjectId, Object> = [secret, deployment, crd].into_iter().map(|o| (o.id(), o)).collect();
        let found = health(owned, &live, &["X.a.b".to_owned()].into(), &[]);
        let summary =
            |h: &OwnerHealth| (h.owner.to_string(), h.ready, h.total, h.unready[0].reason.clone(), h.unready[0].failed);
        assert_eq!(
            found.iter().map(summary).collect::<Vec<_>>(),
            [
                ("user.one".into(), 1, 2, "0 of 1 replicas updated".into(), false),
                ("user.two".into(), 1, 2, "missing".into(), true),
            ]
        );
    }
}
