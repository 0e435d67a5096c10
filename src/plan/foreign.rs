//! Fields that other controllers own and that are therefore not sent: a table with reasons.

use std::collections::BTreeSet;

use serde_json::Map;
use serde_json::Value;

use super::Desired;
use super::Observation;
use super::managers::PathStep;
use super::managers::expand;
use super::managers::managers;
use super::managers::owns;
use crate::object::Object;
use crate::object::ObjectId;
use crate::object::holds_certificate;

/// When a field is left to somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    Always,
    /// A controller (no tool that a person uses) owns it in the live object, and we do not.
    OwnedByController,
    /// As above, or what we would send is no certificate.
    OwnedOrPlaceholder,
    /// The role is put together from others.
    Aggregated,
    /// An autoscaler sets it.
    Autoscaled,
}

/// One field that may be left to others. `*` stands for the items of a list whose key is `name`.
struct ForeignField {
    group: &'static str,
    /// Several with `|` between them.
    kinds: &'static str,
    path: &'static [&'static str],
    when: When,
    /// Who writes it.
    #[cfg_attr(not(test), allow(dead_code, reason = "the table's reasons are for its readers; a test reads them"))]
    reason: &'static str,
}

const WEBHOOKS: &str = "MutatingWebhookConfiguration|ValidatingWebhookConfiguration";

const FOREIGN_FIELDS: &[ForeignField] = &[
    ForeignField {
        group: "admissionregistration.k8s.io",
        kinds: WEBHOOKS,
        path: &["webhooks", "*", "clientConfig", "caBundle"],
        when: When::OwnedOrPlaceholder,
        reason: "cert-manager's injector, istiod and Knative fill it; a placeholder would break admission",
    },
    ForeignField {
        group: "admissionregistration.k8s.io",
        kinds: WEBHOOKS,
        path: &["webhooks", "*", "rules"],
        when: When::OwnedByController,
        reason: "Knative's webhooks write their own rules",
    },
    ForeignField {
        group: "admissionregistration.k8s.io",
        kinds: WEBHOOKS,
        path: &["webhooks", "*", "namespaceSelector"],
        when: When::OwnedByController,
        reason: "Knative's webhooks write their own selectors",
    },
    ForeignField {
        group: "admissionregistration.k8s.io",
        kinds: WEBHOOKS,
        path: &["webhooks", "*", "failurePolicy"],
        when: When::OwnedByController,
        reason: "istiod sets its validator to Fail once it serves",
    },
    ForeignField {
        group: "apiextensions.k8s.io",
        kinds: "CustomResourceDefinition",
        path: &["spec", "conversion", "webhook", "clientConfig", "caBundle"],
        when: When::OwnedOrPlaceholder,
        reason: "cert-manager's injector fills it; servers refuse placeholders",
    },
    ForeignField {
        group: "apiregistration.k8s.io",
        kinds: "APIService",
        path: &["spec", "caBundle"],
        when: When::OwnedOrPlaceholder,
        reason: "cert-manager's injector fills it",
    },
    ForeignField {
        group: "rbac.authorization.k8s.io",
        kinds: "ClusterRole",
        path: &["rules"],
        when: When::Aggregated,
        reason: "the aggregation controller writes the rules of roles with an aggregationRule",
    },
    ForeignField {
        group: "apps",
        kinds: "Deployment|ReplicaSet|StatefulSet",
        path: &["spec", "replicas"],
        when: When::Autoscaled,
        reason: "an autoscaler sets the replicas of its target",
    },
    ForeignField {
        group: "",
        kinds: "Service",
        path: &["spec", "clusterIP"],
        when: When::OwnedByController,
        reason: "allocated by the server, and immutable",
    },
    ForeignField {
        group: "",
        kinds: "Service",
        path: &["spec", "clusterIPs"],
        when: When::OwnedByController,
        reason: "allocated by the server, and immutable",
    },
    ForeignField {
        group: "",
        kinds: "Service",
        path: &["spec", "healthCheckNodePort"],
        when: When::OwnedByController,
        reason: "allocated by the server, and immutable",
    },
    ForeignField {
        group: "",
        kinds: "PersistentVolumeClaim",
        path: &["spec", "volumeName"],
        when: When::OwnedByController,
        reason: "the volume controller binds claims",
    },
    ForeignField {
        group: "",
        kinds: "Namespace",
        path: &["spec", "finalizers"],
        when: When::Always,
        reason: "the namespace controller needs them to empty the namespace",
    },
    ForeignField {
        group: "",
        kinds: "ServiceAccount",
        path: &["secrets"],
        when: When::OwnedByController,
        reason: "the token controller of older clusters lists its tokens there",
    },
    ForeignField {
        group: "apps",
        kinds: "Deployment",
        path: &["metadata", "annotations", "deployment.kubernetes.io/revision"],
        when: When::Always,
        reason: "the deployment controller counts revisions",
    },
];

/// Targets of autoscalers, in what is desired and what is live.
pub fn autoscaled(desired: &Desired, observation: &Observation) -> BTreeSet<ObjectId> {
    let objects = desired.objects.iter().map(|d| &d.object).chain(observation.live.values());
    let scalers = objects.filter(|object| {
        let group = object.api_version().split('/').next().unwrap_or_default();
        matches!((group, object.kind()), ("autoscaling", "HorizontalPodAutoscaler") | ("keda.sh", "ScaledObject"))
    });
    let targets = scalers.filter_map(|scaler| {
        let target = scaler.get("/spec/scaleTargetRef")?;
        let text = |key: &str| target.get(key).and_then(Value::as_str);
        let kind = text("kind").unwrap_or("Deployment");
        let group = text("apiVersion").unwrap_or("apps/v1").rsplit_once('/').map_or("", |(group, _)| group);
        Some(ObjectId::new(group, kind, scaler.namespace(), text("name")?))
    });
    targets.collect()
}

/// Takes the fields out of `sent` that are left to others.
pub fn leave_to_others(sent: &mut Object, live: Option<&Object>, autoscaled: &BTreeSet<ObjectId>) {
    let id = sent.id();
    let names = ["name".to_owned()];
    for field in FOREIGN_FIELDS {
        if field.group != id.group || !field.kinds.split('|').any(|kind| kind == id.kind) {
            continue;
        }
        for path in expand(field.path, sent.as_map(), &names) {
            let is_left = match field.when {
                When::Always => true,
                When::OwnedByController => live.is_some_and(|live| controller_owns(live, &path)),
                When::OwnedOrPlaceholder => {
                    !is_certificate(find(sent.as_map_mut(), &path)) || live.is_some_and(|l| controller_owns(l, &path))
                }
                When::Aggregated => sent.get("/aggregationRule").is_some(),
                When::Autoscaled => autoscaled.contains(&id),
            };
            if !is_left {
                continue;
            }
            // A field only we own falls back to its default when it is no longer sent: it keeps its live value until
            // the autoscaler has taken it.
            let kept = live.filter(|live| field.when == When::Autoscaled && is_only_ours(live, &path));
            let kept = kept.and_then(|live| live.get("/spec/replicas")).cloned();
            match (kept, find(sent.as_map_mut(), &path)) {
                (Some(value), Some(place)) => *place = value,
                _ => remove(sent.as_map_mut(), &path),
            }
        }
    }
}

/// Whether a controller owns the field in the live object, and we do not.
fn controller_owns(live: &Object, path: &[PathStep]) -> bool {
    let managers = managers(live);
    let ours = managers.iter().any(|m| m.is_ours() && owns(m.fields, path));
    !ours && managers.iter().any(|m| !m.is_ours() && !m.is_tool() && owns(m.fields, path))
}

fn is_only_ours(live: &Object, path: &[PathStep]) -> bool {
    let managers = managers(live);
    let mut owners = managers.iter().filter(|m| owns(m.fields, path)).peekable();
    owners.peek().is_some() && owners.all(|m| m.is_ours())
}

fn is_certificate(value: Option<&mut Value>) -> bool {
    value.is_some_and(|value| value.as_str().is_some_and(holds_certificate))
}

fn find<'a>(map: &'a mut Map<String, Value>, path: &[PathStep]) -> Option<&'a mut Value> {
    let (first, rest) = path.split_first()?;
    let PathStep::Field(name) = first else { return None };
    let mut value = map.get_mut(name)?;
    for step in rest {
        value = match step {
            PathStep::Field(name) => value.get_mut(name)?,
            PathStep::Item(_, parts) => value
                .as_array_mut()?
                .iter_mut()
                .find(|item| parts.iter().all(|(key, expected)| item.get(key) == Some(expected)))?,
            PathStep::Value(_) | PathStep::Index(_) => return None,
        };
    }
    Some(value)
}

fn remove(map: &mut Map<String, Value>, path: &[PathStep]) {
    match path {
        [PathStep::Field(name)] => {
            map.shift_remove(name);
        }
        [parents @ .., PathStep::Field(name)] => {
            if let Some(Value::Object(parent)) = find(map, parents) {
                parent.shift_remove(name);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(sent: Value, live: Option<Value>, expected: Value) {
        let mut sent = Object::from_value(sent).expect("an object");
        let live = live.map(|live| Object::from_value(live).expect("an object"));
        leave_to_others(&mut sent, live.as_ref(), &["Deployment.apps a/b".parse().expect("an id")].into());
        let mut rest = sent.as_map().clone();
        ["apiVersion", "kind", "metadata"].iter().for_each(|key| drop(rest.shift_remove(*key)));
        assert_eq!(Value::Object(rest), expected);
    }

    #[test]
    fn every_rule_has_a_reason() {
        assert!(FOREIGN_FIELDS.iter().all(|field| !field.reason.is_empty()));
    }

    #[test]
    fn leaves_fields_to_others() {
        let webhook = |fields: Value| {
            let mut webhook = json!({"name": "x.y", "clientConfig": {"service": {"name": "s"}}});
            webhook.as_object_mut().expect("a mapping").extend(fields.as_object().cloned().unwrap_or_default());
            webhook
        };
        let configuration = |fields: Value, managed: Value| {
            json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
                   "metadata": {"name": "v", "managedFields": managed}, "webhooks": [webhook(fields)]})
        };
        let managed = |manager: &str| {
            json!([{"manager": manager, "operation": "Update",
                    "fieldsV1": {"f:webhooks": {"k:{\"name\":\"x.y\"}": {"f:failurePolicy": {}}}}}])
        };
        let policy = |policy: &str| json!({"failurePolicy": policy});
        let rest = |fields: Value| json!({"webhooks": [webhook(fields)]});
        check(
            configuration(policy("Ignore"), json!([])),
            Some(configuration(policy("Fail"), managed("pilot-discovery"))),
            rest(json!({})),
        );
        check(
            configuration(policy("Ignore"), json!([])),
            Some(configuration(policy("Fail"), managed("kubectl-edit"))),
            rest(policy("Ignore")),
        );
        check(configuration(policy("Ignore"), json!([])), None, rest(policy("Ignore")));
        check(
            configuration(json!({"clientConfig": {"caBundle": "Cg=="}}), json!([])),
            None,
            rest(json!({"clientConfig": {}})),
        );
        check(
            json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "r"},
                   "aggregationRule": {}, "rules": []}),
            None,
            json!({"aggregationRule": {}}),
        );
    }

    #[test]
    fn replicas_under_an_autoscaler_go_when_it_owns_them() {
        let deployment = |replicas: u32, manager: &str, operation: &str| {
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"replicas": replicas},
                   "metadata": {"name": "b", "namespace": "a", "managedFields": [
                       {"manager": manager, "operation": operation, "fieldsV1": {"f:spec": {"f:replicas": {}}}}]}})
        };
        let sent = || deployment(1, "", "");
        check(sent(), None, json!({"spec": {}}));
        check(sent(), Some(deployment(4, "stackwright", "Apply")), json!({"spec": {"replicas": 4}}));
        check(sent(), Some(deployment(4, "kube-controller-manager", "Update")), json!({"spec": {}}));
    }
}
