//! How well everything serves, owner by owner, from one observation. Pure.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::verdict;
use super::verdict::made_by;
use crate::object::Address;
use crate::object::Object;
use crate::object::ObjectId;
use crate::object::Readiness;
use crate::object::ReadinessRule;

/// An object that does not serve.
#[derive(Clone, Debug, PartialEq)]
pub struct Unready {
    pub id: ObjectId,
    pub reason: String,
    /// It failed, rather than being on its way.
    pub failed: bool,
    /// What its pods say, or what holds its namespace: lines for a person.
    pub detail: Vec<String>,
}

/// The objects of one owner.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OwnerHealth {
    pub owner: Address,
    pub ready: usize,
    pub total: usize,
    pub unready: Vec<Unready>,
}

/// The health of each owner, in the order of their addresses. `objects` names what should be there with its owner,
/// `live` what was found, `served` the kinds (for CRDs, of which only the metadata is looked at), `made` what was found of
/// what [`made_by`] names; `None` where nobody looked.
pub fn health<'a>(
    objects: impl IntoIterator<Item = (&'a ObjectId, &'a Address)>,
    live: &BTreeMap<ObjectId, Object>,
    served: &BTreeSet<String>,
    rules: &[ReadinessRule],
    made: Option<&BTreeMap<ObjectId, Object>>,
) -> Vec<OwnerHealth> {
    let mut owners: BTreeMap<&Address, OwnerHealth> = BTreeMap::new();
    for (id, owner) in objects {
        let health =
            owners.entry(owner).or_insert_with(|| OwnerHealth { owner: owner.clone(), ..OwnerHealth::default() });
        health.total += 1;
        let verdict = live.get(id).map(|object| match (judge(object, served, rules), made) {
            (Readiness::Current, Some(made)) => what_is_made(id, made, rules),
            (verdict, _) => verdict,
        });
        let (reason, failed) = match verdict {
            Some(Readiness::Current) => {
                health.ready += 1;
                continue;
            }
            Some(Readiness::InProgress(reason)) => (reason, false),
            Some(Readiness::Failed(reason)) => (reason, true),
            None => ("missing".to_owned(), true),
        };
        health.unready.push(Unready { id: id.clone(), reason, failed, detail: Vec::new() });
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
    verdict::of_object(object, rules)
}

/// The first of what a controller makes of the object that does not serve.
fn what_is_made(id: &ObjectId, made: &BTreeMap<ObjectId, Object>, rules: &[ReadinessRule]) -> Readiness {
    let verdicts = made_by(id, rules).into_iter().map(|other| verdict::of_made(&other, made.get(&other)));
    verdicts.into_iter().find(|verdict| !verdict.is_current()).unwrap_or(Readiness::Current)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
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
        let found = health(owned, &live, &["X.a.b".to_owned()].into(), &[], None);
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

    #[test]
    fn what_its_controller_makes_belongs_to_it() {
        let tenant = json!({"apiVersion": "example.com/v1", "kind": "Tenant", "metadata": {"name": "a"}});
        let tenant = Object::from_value(tenant).unwrap();
        let role = json!({"apiVersion": "x/v1", "kind": "Role", "metadata": {"name": "admin", "namespace": "a"}});
        let role = Object::from_value(role).unwrap();
        let rules = [ReadinessRule {
            group: "example.com".into(),
            kind: "Tenant".into(),
            creates: vec!["Role.x {name}/admin".into()],
            ..ReadinessRule::default()
        }];
        let (id, owner) = (tenant.id(), Address::resource("user", "a"));
        let live = BTreeMap::from([(id.clone(), tenant)]);
        let of = |made: Option<&BTreeMap<ObjectId, Object>>| {
            let found = health([(&id, &owner)], &live, &BTreeSet::new(), &rules, made);
            found[0].unready.first().map(|unready| unready.reason.clone()).unwrap_or_default()
        };
        assert_eq!(of(Some(&BTreeMap::new())), "its controller has not made Role.x a/admin yet");
        assert_eq!(of(Some(&BTreeMap::from([(role.id(), role)]))), "");
        assert_eq!(of(None), "", "nobody looked");
    }
}
