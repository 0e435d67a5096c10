//! What holds for every plan: applying it leaves nothing to do, its graph has no circle, it is the same twice.

use proptest::prelude::*;
use serde_json::Value;
use serde_json::json;

use crate::object::INSTALLATION_LABEL;
use crate::object::Object;
use crate::object::Secrets;
use crate::object::address::address;
use crate::object::mask_object;
use crate::plan::Action;
use crate::plan::Consent;
use crate::plan::Desired;
use crate::plan::DesiredObject;
use crate::plan::Mode;
use crate::plan::Observation;
use crate::plan::PlanOptions;
use crate::plan::Step;
use crate::plan::fixture::applied;
use crate::plan::fixture::installed;
use crate::plan::fixture::performed;
use crate::plan::fixture::planned;
use crate::plan::fixture::with_answers;

/// One object out of a small family, chosen by numbers so that names, references and selectors meet often.
fn object(kind: u8, name: u8, namespace: u8, value: u8) -> Value {
    let (name, namespace) = (format!("n{}", name % 4), format!("ns{}", namespace % 3));
    let other = format!("n{}", value % 4);
    let image = format!("image:{}", value % 5);
    let metadata = json!({"name": name, "namespace": namespace, "labels": {"v": format!("{}", value % 3)}});
    match kind % 9 {
        0 => {
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace, "labels": {"inject": format!("{}", value % 2)}}})
        }
        1 => json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"k": image, "e": ""}}),
        2 => json!({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"password": image}}),
        3 => json!({"apiVersion": "v1", "kind": "Service", "metadata": metadata,
                    "spec": {"selector": {"app": other}, "ports": [{"port": 80 + u32::from(value % 3)}]}}),
        4 => json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": {
                "replicas": value % 3, "selector": {"matchLabels": {"app": name}},
                "template": {"metadata": {"labels": {"app": name}}, "spec": {
                    "serviceAccountName": other,
                    "volumes": [{"name": "c", "configMap": {"name": other}}],
                    "containers": [{"name": "c", "image": image, "env": [{"name": "E", "value": ""}],
                        "resources": {"limits": {"cpu": value % 4, "memory": "1024Mi"}}}]}}}}),
        5 => json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": name},
                    "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"v": image}}]}, "rules": []}),
        6 => {
            json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration", "metadata": {"name": name},
                    "webhooks": [{"name": "a.b.c", "failurePolicy": if value.is_multiple_of(2) { "Fail" } else { "Ignore" },
                        "sideEffects": "None", "admissionReviewVersions": ["v1"],
                        "clientConfig": {"caBundle": "Cg==", "service": {"namespace": namespace, "name": other}},
                        "namespaceSelector": {"matchLabels": {"inject": "1"}},
                        "rules": [{"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["*"],
                                   "resources": [if value.is_multiple_of(3) { "pods" } else { "*" }]}]}]})
        }
        7 => json!({"apiVersion": "example.com/v1", "kind": "Thing", "metadata": metadata,
                    "spec": {"list": [value % 3], "flag": value.is_multiple_of(2), "text": ""}}),
        _ => {
            json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "things.example.com"},
                    "spec": {"group": "example.com", "scope": "Namespaced", "preserveUnknownFields": false,
                             "names": {"kind": "Thing", "plural": "things"},
                             "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {
                                 "type": "object", "properties": {"spec": {"type": "object", "properties": {
                                     "list": {"type": "array", "items": {"type": "integer"}},
                                     "flag": {"type": "boolean", "default": value.is_multiple_of(2)},
                                     "added": {"type": "string", "default": "x"},
                                     "text": {"type": "string"}}}}}}}]}})
        }
    }
}

fn worlds() -> impl Strategy<Value = Desired> {
    let row = (0_u8..9, any::<u8>(), any::<u8>(), any::<u8>(), 0_u8..4);
    proptest::collection::vec(row, 0..24).prop_map(|rows| {
        let mut desired = Desired { installation: "test".into(), ..Desired::default() };
        let mut seen = std::collections::BTreeSet::new();
        for (kind, name, namespace, value, owner) in rows {
            let mut object = Object::from_value(object(kind, name, namespace, value)).expect("an object");
            object.set_label(INSTALLATION_LABEL, "test");
            if seen.insert(object.id()) {
                // Only owners of smaller number are waited for, so that owners close no circle.
                let after = (0..owner)
                    .filter(|other| other % 2 == value % 2)
                    .map(|other| address(&format!("platform.ml.c{other}")));
                desired.objects.push(DesiredObject {
                    object,
                    owner: address(&format!("platform.ml.c{owner}")),
                    after: after.collect(),
                });
            }
        }
        desired
    })
}

fn all() -> PlanOptions {
    PlanOptions { consent: Consent::Everything, ..PlanOptions::default() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn after_an_apply_nothing_is_left_to_do(before in worlds(), after in worlds()) {
        let observation = installed(&before);
        prop_assert!(planned(&before, &observation, &all()).is_empty());
        for answered in [observation.clone(), with_answers(&after, &observation, &all())] {
            let plan = planned(&after, &answered, &all());
            let next = applied(&plan, &after, &answered);
            let again = planned(&after, &next, &all());
            let left: Vec<_> = again.changes.iter().filter(|change| change.action != Action::NoOp).collect();
            prop_assert!(left.is_empty(), "{left:#?}");
        }
    }

    #[test]
    fn graphs_have_no_circle_and_do_everything_once(before in worlds(), after in worlds()) {
        let plan = planned(&after, &installed(&before), &all());
        performed(&plan);
        for (number, change) in plan.changes.iter().enumerate() {
            let count = |step: Step| plan.graph.steps.iter().filter(|other| **other == step).count();
            let expected = match change.action {
                Action::NoOp => (0, 0),
                Action::Create | Action::Update | Action::Adopt => (1, 0),
                Action::Replace => (1, 1),
                Action::Delete | Action::Forget => (0, 1),
            };
            prop_assert_eq!((count(Step::Apply(number)), count(Step::Remove(number))), expected);
        }
        let destroy = PlanOptions { mode: Mode::Destroy { keep_data: false }, ..all() };
        performed(&planned(&after, &installed(&after), &destroy));
    }

    #[test]
    fn plans_are_the_same_twice(before in worlds(), after in worlds()) {
        let observation = installed(&before);
        let first = planned(&after, &observation, &all());
        let mut shuffled = after.clone();
        shuffled.objects.reverse();
        prop_assert_eq!(&first, &planned(&after, &observation, &all()));
        prop_assert_eq!(first.fingerprint(), planned(&shuffled, &observation, &all()).fingerprint());
    }
}

#[test]
fn fingerprints_tell_what_changed_and_hold_no_secret() {
    let secret = |password: &str| {
        let mut object = Object::from_value(
            json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "a"},
            "stringData": {"password": password}}),
        )
        .expect("an object");
        object.set_label(INSTALLATION_LABEL, "test");
        let wanted = DesiredObject { object, owner: "platform.ml.x".into(), after: Vec::new() };
        Desired { installation: "test".into(), objects: vec![wanted], ..Desired::default() }
    };
    let options = PlanOptions { configuration_digest: "abc".into(), ..all() };
    let plan = planned(&secret("one"), &Observation::default(), &options);
    let fingerprint = plan.fingerprint();
    assert_eq!(fingerprint, planned(&secret("two"), &Observation::default(), &options).fingerprint());
    let shown = mask_object(plan.changes[0].after.as_ref().expect("sent"), &Secrets::default());
    assert_eq!(shown.text("/data/password"), crate::object::MASK);

    let stale = |desired: &Desired, observation: &Observation, options: &PlanOptions| {
        fingerprint.stale_because(&planned(desired, observation, options).fingerprint())
    };
    let one = secret("one");
    assert_eq!(stale(&one, &Observation::default(), &options), None);
    assert_eq!(
        stale(&one, &Observation::default(), &all()),
        Some("the configuration changed since the plan was made".to_owned())
    );
    let later = Observation { revision: 2, ..Observation::default() };
    assert_eq!(stale(&one, &later, &options), Some("another apply ran since the plan was made".to_owned()));
    let there = Observation { revision: 0, ..installed(&one) };
    assert_eq!(stale(&secret("two"), &there, &options), Some("Secret a/s changed since the plan was made".to_owned()));
}
