//! The one verdict whether something serves: what an apply waits for, what a plan finds and what `status` shows. Pure.

use serde_json::Value;

use crate::object::Object;
use crate::object::ObjectId;
use crate::object::Readiness;
use crate::object::ReadinessRule;
use crate::object::readiness;

/// Whether an object serves.
pub(super) fn of_object(object: &Object, rules: &[ReadinessRule]) -> Readiness {
    match waits_for_its_pod(object) {
        true => Readiness::Current,
        false => readiness(object, rules),
    }
}

/// A claim that is bound only on its first use is fine as long as nobody uses it: whoever does is waited for.
fn waits_for_its_pod(object: &Object) -> bool {
    object.kind() == "PersistentVolumeClaim"
        && !object.is_deleting()
        && object.text("/status/phase") == "Pending"
        && object.get("/spec/volumeName").and_then(Value::as_str).is_none()
        && object.annotation("volume.kubernetes.io/selected-node").is_none()
        && object.annotation("volume.kubernetes.io/storage-provisioner").is_none()
}

/// What the controller of a custom kind makes of an object, without which that serves nobody. A namespace is there when
/// something is in it.
pub fn made_by(id: &ObjectId, rules: &[ReadinessRule]) -> Vec<ObjectId> {
    let made: Vec<ObjectId> =
        rules.iter().filter(|rule| rule.applies_to(id)).flat_map(|rule| rule.created_by(id)).collect();
    let told_by_content = |space: &ObjectId| {
        space.kind == "Namespace" && space.group.is_empty() && made.iter().any(|other| other.namespace == space.name)
    };
    made.iter().filter(|made| !told_by_content(made)).cloned().collect()
}

/// Whether what a controller makes is there and serves.
pub(super) fn of_made(made: &ObjectId, object: Option<&Object>) -> Readiness {
    match object {
        Some(object) => of_object(object, &[]),
        None => Readiness::InProgress(format!("its controller has not made {made} yet")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn claims_wait_for_their_pods() {
        let verdict = |annotations: Value, status: Value| {
            let claim = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "status": status,
                "metadata": {"name": "a", "namespace": "n", "annotations": annotations}});
            of_object(&Object::from_value(claim).expect("an object"), &[]).is_current()
        };
        assert!(verdict(json!({}), json!({"phase": "Pending"})));
        assert!(!verdict(json!({"volume.kubernetes.io/selected-node": "a"}), json!({"phase": "Pending"})));
        assert!(!verdict(json!({}), json!({"phase": "Lost"})));
    }

    #[test]
    fn a_namespace_is_told_by_what_is_in_it() {
        let rule = |creates: &[&str]| ReadinessRule {
            group: "example.com".into(),
            kind: "Tenant".into(),
            creates: creates.iter().map(|text| (*text).to_owned()).collect(),
            ..ReadinessRule::default()
        };
        let made = |creates: &[&str]| {
            let id = "Tenant.example.com alice".parse().expect("an id");
            made_by(&id, &[rule(creates)]).iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(made(&["Namespace {name}", "Role.x {name}/admin"]), ["Role.x alice/admin"]);
        assert_eq!(made(&["Namespace {name}"]), ["Namespace alice"]);
    }
}
