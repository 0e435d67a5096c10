//! Whether an object serves, by the rules of its kind. Pure; one file a family of kinds.
//!
//! The words and most rules are those of kstatus (kubernetes-sigs/cli-utils). Where this differs on purpose: a Job is
//! ready only when it is complete, and a custom kind with a rule is not ready before its controller wrote a status.

mod conditions;
mod pods;
mod system;
mod workloads;

pub use pods::pod_trouble;

use std::collections::BTreeMap;

use super::Object;
use super::ObjectId;

/// How a custom kind tells that it is ready, as a component's module declares it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReadinessRule {
    pub group: String,
    pub kind: String,
    /// The condition types that must be `"True"`.
    pub conditions: Vec<String>,
    /// The condition types that mean failure when `"True"`.
    pub failures: Vec<String>,
    /// What its controller makes of it, which must be there too: texts of object ids in which `{name}` and `{namespace}`
    /// stand for its own. For kinds whose status tells nothing, as Profile.
    pub creates: Vec<String>,
    /// The namespace that its controller makes, fills and deletes with it, written in the same way: what lies in there
    /// is lost with the object.
    pub holds: Option<String>,
    /// Labels that the controller puts on that namespace.
    pub held_labels: BTreeMap<String, String>,
    /// The annotation by which the controller knows whose that namespace is, and the object's field that must equal it;
    /// empty where it takes any.
    pub owner_annotation: String,
    pub owner_field: String,
}

impl ReadinessRule {
    /// Whether the rule is about objects of this id's kind.
    pub fn applies_to(&self, id: &ObjectId) -> bool {
        self.group == id.group && self.kind == id.kind
    }

    /// The objects that the controller makes of `id`. Texts that are no ids are left out; `catalog` refuses them.
    pub fn created_by(&self, id: &ObjectId) -> Vec<ObjectId> {
        self.creates.iter().filter_map(|text| filled(text, id)).collect()
    }

    /// Whose the namespace of `object` is, where the controller will not take it: `belongs to bob@example.com`. `None` where
    /// it will.
    pub fn stranger(&self, object: &Object, namespace: &Object) -> Option<String> {
        if self.owner_annotation.is_empty() {
            return None;
        }
        let wanted = object.text(&format!("/{}", self.owner_field.replace('.', "/")));
        match namespace.annotation(&self.owner_annotation) {
            Some(owner) if owner == wanted => None,
            Some(owner) => Some(format!("belongs to {owner}")),
            None => Some("is there already, and nothing tells that it is anybody's".to_owned()),
        }
    }

    /// The namespace that lives and goes with `id`; `None` where `id` is of another kind or holds none.
    pub fn held_by(&self, id: &ObjectId) -> Option<ObjectId> {
        self.holds.as_ref().filter(|_| self.applies_to(id)).and_then(|text| filled(text, id))
    }
}

fn filled(text: &str, id: &ObjectId) -> Option<ObjectId> {
    text.replace("{name}", &id.name).replace("{namespace}", &id.namespace).parse().ok()
}

/// Whether an object serves; the words are kstatus's. Texts say what is waited for, or what failed.
#[derive(Clone, Debug, PartialEq)]
pub enum Readiness {
    Current,
    InProgress(String),
    Failed(String),
}

impl Readiness {
    pub fn is_current(&self) -> bool {
        matches!(self, Readiness::Current)
    }

    /// What is waited for or what failed; empty when ready.
    pub fn reason(&self) -> &str {
        match self {
            Readiness::Current => "",
            Readiness::InProgress(reason) | Readiness::Failed(reason) => reason,
        }
    }
}

type Judge = fn(&Object) -> Readiness;

/// Group, kind, and the file that knows it. Kinds without a line are judged by what all kinds share.
const FAMILIES: &[(&str, &str, Judge)] = &[
    ("", "Namespace", system::namespace),
    ("", "PersistentVolumeClaim", system::claim),
    ("", "Pod", pods::pod),
    ("", "Service", system::service),
    ("apiextensions.k8s.io", "CustomResourceDefinition", system::definition),
    ("apiregistration.k8s.io", "APIService", system::api_service),
    ("apps", "DaemonSet", workloads::daemon_set),
    ("apps", "Deployment", workloads::deployment),
    ("apps", "ReplicaSet", workloads::replica_set),
    ("apps", "StatefulSet", workloads::stateful_set),
    ("autoscaling", "HorizontalPodAutoscaler", system::autoscaler),
    ("batch", "Job", workloads::job),
    ("policy", "PodDisruptionBudget", system::disruption_budget),
];

/// Whether `object` (with its status) serves. `rules` are those of custom kinds and go before what is built in.
pub fn readiness(object: &Object, rules: &[ReadinessRule]) -> Readiness {
    if object.is_deleting() {
        return Readiness::InProgress(deletion(object));
    }
    let group = object.gvk().group;
    let by_condition = |rule: &&ReadinessRule| !rule.conditions.is_empty() || !rule.failures.is_empty();
    let mut rules = rules.iter().filter(|rule| rule.group == group && rule.kind == object.kind());
    if let Some(rule) = rules.find(by_condition) {
        return conditions::by_rule(object, rule);
    }
    match FAMILIES.iter().find(|(g, kind, _)| *g == group && *kind == object.kind()) {
        Some((_, _, judge)) => judge(object),
        None => conditions::generic(object),
    }
}

/// Kinds that can stop serving without anybody changing them; others are ready for good once they are.
const UNSTEADY: &[(&str, &str)] = &[
    ("", "Pod"),
    ("apiregistration.k8s.io", "APIService"),
    ("apps", "DaemonSet"),
    ("apps", "Deployment"),
    ("apps", "ReplicaSet"),
    ("apps", "StatefulSet"),
    ("batch", "Job"),
];

/// Whether an unchanged object of this kind must be looked at to know that it serves.
pub fn is_unsteady(id: &ObjectId, rules: &[ReadinessRule]) -> bool {
    let by_rule = rules.iter().any(|rule| rule.group == id.group && rule.kind == id.kind);
    by_rule || UNSTEADY.contains(&(id.group.as_str(), id.kind.as_str()))
}

/// Keeps the object of what a provider makes until the thing is gone; and what is said of one that goes.
pub const MADE_FINALIZER: &str = "stackwright.io/made";
pub const BEING_DELETED: &str = "being deleted";

/// Why an object that is being deleted is still there.
pub fn deletion(object: &Object) -> String {
    let texts = |pointer: &str| -> Vec<String> {
        let values = object.get(pointer).and_then(serde_json::Value::as_array);
        values.into_iter().flatten().filter_map(|v| v.as_str()).map(str::to_owned).collect()
    };
    let finalizers = [texts("/metadata/finalizers"), texts("/spec/finalizers")].concat();
    // Of what a provider makes the maker says why it does not go.
    let remaining = match finalizers.iter().any(|finalizer| finalizer == MADE_FINALIZER) {
        true => object.text("/status/conditions/0/message").trim_start_matches(BEING_DELETED).to_owned(),
        false => conditions::messages(object, &["NamespaceContentRemaining", "NamespaceFinalizersRemaining"]),
    };
    match (finalizers.is_empty(), remaining.is_empty()) {
        (_, false) => format!("being deleted; {remaining}"),
        (false, true) => format!("being deleted; finalizers left: {}", finalizers.join(", ")),
        (true, true) => "being deleted".into(),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::Value;
    use serde_json::json;

    use super::*;

    /// `expected`: empty for ready, `!text` for failed, else what is waited for.
    pub fn check(api_version: &str, kind: &str, rest: Value, expected: &str) {
        let mut value = json!({"apiVersion": api_version, "kind": kind});
        let metadata = json!({"name": "x", "namespace": "n", "generation": 2});
        let map = value.as_object_mut().unwrap();
        map.insert("metadata".into(), metadata);
        for (key, value) in rest.as_object().unwrap() {
            if key == "metadata" {
                for (key, value) in value.as_object().unwrap() {
                    map["metadata"].as_object_mut().unwrap().insert(key.clone(), value.clone());
                }
            } else {
                map.insert(key.clone(), value.clone());
            }
        }
        let object = Object::from_value(value).unwrap();
        let found = match readiness(&object, &[]) {
            Readiness::Current => String::new(),
            Readiness::InProgress(text) => text,
            Readiness::Failed(text) => format!("!{text}"),
        };
        assert_eq!(found, expected, "{kind} {rest}");
    }

    #[test]
    fn rules_tell_which_namespace_an_object_holds() {
        let rule = |holds: Option<&str>| ReadinessRule {
            group: "example.com".into(),
            kind: "Tenant".into(),
            holds: holds.map(str::to_owned),
            ..ReadinessRule::default()
        };
        for (holds, id, expected) in [
            (Some("Namespace {name}"), "Tenant.example.com alice", Some("Namespace alice")),
            (Some("Namespace {namespace}-{name}"), "Tenant.example.com a/b", Some("Namespace a-b")),
            (Some("Namespace {name}"), "Tenant.other alice", None),
            (None, "Tenant.example.com alice", None),
        ] {
            let held = rule(holds).held_by(&id.parse().unwrap());
            assert_eq!(held, expected.map(|text| text.parse().unwrap()), "{holds:?} {id}");
        }
    }

    #[test]
    fn what_is_being_deleted_says_what_holds_it() {
        let deleting = |finalizers: Value| json!({"metadata": {"deletionTimestamp": "t", "finalizers": finalizers}});
        check("v1", "ConfigMap", deleting(json!([])), "being deleted");
        check("v1", "ConfigMap", deleting(json!(["a/b"])), "being deleted; finalizers left: a/b");
        check(
            "v1",
            "Namespace",
            json!({"metadata": {"deletionTimestamp": "t"}, "status": {"conditions": [
                {"type": "NamespaceContentRemaining", "status": "True", "message": "Some resources are remaining: a.b has 1"},
            ]}}),
            "being deleted; Some resources are remaining: a.b has 1",
        );
    }
}
