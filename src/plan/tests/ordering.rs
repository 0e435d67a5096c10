//! The graph: what waits for what.

use crate::object::ReadinessRule;
use crate::plan::Observation;
use crate::plan::PlanOptions;
use crate::plan::fixture::actions;
use crate::plan::fixture::desired;
use crate::plan::fixture::id;
use crate::plan::fixture::installed;
use crate::plan::fixture::plan;
use crate::plan::fixture::planned;
use crate::plan::fixture::steps;

const NAMESPACE: &str = "
apiVersion: v1
kind: Namespace
metadata: {name: auth, labels: {istio-injection: enabled}}
";

const CRD: &str = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.com}
spec: {group: example.com, names: {kind: Thing, plural: things}, scope: Namespaced, versions: [{name: v1, served: true, storage: true}]}
";

const THING: &str = "
apiVersion: example.com/v1
kind: Thing
metadata: {name: t, namespace: auth}
";

const WORKLOAD: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: app, namespace: auth}
spec:
  selector: {matchLabels: {app: app}}
  template:
    metadata: {labels: {app: app}}
    spec:
      serviceAccountName: app
      volumes: [{name: c, configMap: {name: c}}, {name: s, projected: {sources: [{secret: {name: s}}]}}]
      containers: [{name: app, env: [{name: A, valueFrom: {secretKeyRef: {name: t, key: k}}}]}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: c, namespace: auth}
---
apiVersion: v1
kind: Secret
metadata: {name: s, namespace: auth}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: app, namespace: auth}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: auth}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: b, namespace: auth}
roleRef: {kind: Role, name: r}
subjects: [{kind: ServiceAccount, name: app}]
";

/// A backend `hook` in namespace `hooks` whose webhook sees what `rules` and `selector` (YAML in one line) say.
fn webhook(policy: &str, rules: &str, selector: &str) -> String {
    format!(
        "
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {{name: hook}}
webhooks:
- name: hook.example.com
  failurePolicy: {policy}
  clientConfig: {{service: {{namespace: hooks, name: hook}}}}
  namespaceSelector: {selector}
  rules: [{rules}]
---
apiVersion: v1
kind: Service
metadata: {{name: hook, namespace: hooks}}
spec: {{selector: {{app: hook}}, ports: [{{port: 443}}]}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: hook, namespace: hooks}}
spec: {{template: {{metadata: {{labels: {{app: hook}}}}, spec: {{containers: []}}}}}}
"
    )
}

const PODS: &str = "{apiGroups: [''], apiVersions: ['*'], resources: [pods], operations: [CREATE]}";
const INJECTED: &str = "{matchLabels: {istio-injection: enabled}}";

fn first_install(parts: &[(&str, &str)]) -> Vec<String> {
    steps(&planned(&desired(parts), &Observation::default(), &PlanOptions::default()))
}

/// What the step waits for, by its text in [`steps`].
fn waits<'a>(steps: &'a [String], step: &str) -> Vec<&'a str> {
    let line = steps.iter().find(|line| line.split(" < ").next() == Some(step));
    let line = line.unwrap_or_else(|| panic!("no step {step} in {steps:#?}"));
    line.split_once(" < ").map_or(Vec::new(), |(_, waits)| waits.split(", ").collect())
}

#[test]
fn namespaces_and_crds_come_first() {
    let steps = first_install(&[("a", THING), ("b", CRD), ("c", NAMESPACE)]);
    let crd = "CustomResourceDefinition.apiextensions.k8s.io things.example.com";
    assert_eq!(waits(&steps, "apply Thing.example.com auth/t"), ["apply Namespace auth", &format!("ready {crd}")]);
    assert_eq!(waits(&steps, &format!("ready {crd}")), [format!("apply {crd}")]);
    assert_eq!(waits(&steps, "apply Namespace auth"), [""; 0]);
}

#[test]
fn workloads_wait_for_what_they_use() {
    let steps = first_install(&[("a", WORKLOAD), ("c", NAMESPACE)]);
    let mut found = waits(&steps, "apply Deployment.apps auth/app");
    found.sort_unstable();
    assert_eq!(
        found,
        [
            "apply ConfigMap auth/c",
            "apply Namespace auth",
            "apply RoleBinding.rbac.authorization.k8s.io auth/b",
            "apply Secret auth/s",
            "apply ServiceAccount auth/app",
        ]
    );
    let binding = waits(&steps, "apply RoleBinding.rbac.authorization.k8s.io auth/b");
    assert!(binding.contains(&"apply Role.rbac.authorization.k8s.io auth/r"), "{binding:?}");
    assert_eq!(waits(&steps, "ready Deployment.apps auth/app"), ["apply Deployment.apps auth/app"]);
}

#[test]
fn what_a_webhook_sees_waits_until_it_serves() {
    let serves = "serves hook";
    let check = |rules: &str, selector: &str, step: &str, expected: bool| {
        let hook = webhook("Fail", rules, selector);
        let steps = first_install(&[("a", WORKLOAD), ("b", &hook), ("c", NAMESPACE), ("d", CRD), ("e", THING)]);
        assert_eq!(waits(&steps, step).contains(&serves), expected, "{rules} {selector} {step} {steps:#?}");
    };
    let app = "apply Deployment.apps auth/app";
    check(PODS, INJECTED, app, true);
    check(PODS, "{}", app, true);
    check(PODS, "{matchExpressions: [{key: istio-injection, operator: NotIn, values: [enabled]}]}", app, false);
    check(PODS, "{matchExpressions: [{key: kubernetes.io/metadata.name, operator: In, values: [auth]}]}", app, true);
    check(PODS, "{matchExpressions: [{key: control-plane, operator: DoesNotExist}]}", app, true);
    check(PODS, INJECTED, "apply ConfigMap auth/c", false);
    let things = |operation: &str, scope: &str| {
        format!(
            "{{apiGroups: [example.com], apiVersions: [v1], resources: [things], operations: [{operation}], scope: {scope}}}"
        )
    };
    let thing = "apply Thing.example.com auth/t";
    check(&things("CREATE", "'*'"), "{}", thing, true);
    check(&things("UPDATE", "'*'"), "{}", thing, false);
    check(&things("'*'", "Cluster"), "{}", thing, false);
    check("{apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'], operations: ['*']}", "{}", thing, true);
    check("{apiGroups: [''], apiVersions: ['*'], resources: [pods/exec], operations: ['*']}", "{}", app, false);
}

#[test]
fn the_gate_needs_configuration_service_and_backend() {
    let hook = webhook("Fail", PODS, INJECTED);
    let steps = first_install(&[("a", WORKLOAD), ("b", &hook), ("c", NAMESPACE)]);
    assert_eq!(
        waits(&steps, "serves hook"),
        [
            "apply Service hooks/hook",
            "apply MutatingWebhookConfiguration.admissionregistration.k8s.io hook",
            "ready Deployment.apps hooks/hook",
        ]
    );
}

#[test]
fn a_backend_never_waits_for_itself() {
    for policy in ["Fail", "Ignore"] {
        let all = "{apiGroups: ['*'], apiVersions: ['*'], resources: ['*'], operations: ['*']}";
        let hook = webhook(policy, all, "{}");
        let desired = desired(&[("a", WORKLOAD), ("b", &hook), ("c", NAMESPACE)]);
        let plan = planned(&desired, &Observation::default(), &PlanOptions::default());
        let steps = steps(&plan);
        assert!(!waits(&steps, "apply Deployment.apps hooks/hook").contains(&"serves hook"));
        assert!(!waits(&steps, "apply Service hooks/hook").contains(&"serves hook"));
        assert!(waits(&steps, "apply Deployment.apps auth/app").contains(&"serves hook"));
        assert_eq!(plan.graph.dropped, [""; 0]);
        // It would refuse its own backend's pods, so the configuration comes after them.
        let configuration = waits(&steps, "apply MutatingWebhookConfiguration.admissionregistration.k8s.io hook");
        assert_eq!(configuration.contains(&"ready Deployment.apps hooks/hook"), policy == "Fail");
    }
}

#[test]
fn webhooks_that_see_each_other_are_untied_at_the_weaker_one() {
    let first = webhook("Fail", PODS, "{}");
    let second = webhook("Ignore", PODS, "{}");
    let second =
        second.replace("name: hook", "name: soft").replace(": hooks", ": softs").replace("app: hook", "app: soft");
    let desired = desired(&[("a", &first), ("b", &second)]);
    let plan = planned(&desired, &Observation::default(), &PlanOptions::default());
    let steps = steps(&plan);
    assert!(waits(&steps, "apply Deployment.apps softs/soft").contains(&"serves hook"));
    assert!(!waits(&steps, "apply Deployment.apps hooks/hook").contains(&"serves soft"));
    assert_eq!(
        plan.graph.dropped,
        ["Deployment.apps hooks/hook does not wait for the webhooks of \
          MutatingWebhookConfiguration.admissionregistration.k8s.io soft: they wait for it."]
    );
}

#[test]
fn owners_wait_for_owners() {
    let mut desired = desired(&[
        ("platform.ml.dex", WORKLOAD),
        ("platform.ml.istio", THING),
        ("platform.ml.crds", CRD),
        ("n", NAMESPACE),
    ]);
    for wanted in &mut desired.objects {
        if wanted.owner == "platform.ml.istio" {
            wanted.after = vec!["platform.ml.dex".into()];
        }
    }
    desired.readiness =
        vec![ReadinessRule { group: "example.com".into(), kind: "Thing".into(), ..ReadinessRule::default() }];
    let plan = planned(&desired, &Observation::default(), &PlanOptions::default());
    let found = steps(&plan);
    assert!(waits(&found, "apply Thing.example.com auth/t").contains(&"owner platform.ml.dex"));
    assert_eq!(waits(&found, "ready Thing.example.com auth/t"), ["apply Thing.example.com auth/t"]);
    let dex = waits(&found, "owner platform.ml.dex");
    assert!(dex.contains(&"ready Deployment.apps auth/app") && dex.contains(&"apply ConfigMap auth/c"));

    for wanted in &mut desired.objects {
        if wanted.owner == "platform.ml.dex" {
            wanted.after = vec!["platform.ml.istio".into()];
        }
    }
    let error =
        crate::plan::fixture::plan(&desired, &Observation::default(), &PlanOptions::default()).expect_err("a circle");
    assert_eq!(
        error.problems[0].detail,
        "These wait for each other: platform.ml.dex → platform.ml.istio → platform.ml.dex."
    );
}

#[test]
fn circles_of_needs_are_named() {
    let circle = "
apiVersion: v1
kind: ServiceAccount
metadata: {name: a, namespace: x}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: d, namespace: alice}
spec: {template: {metadata: {labels: {app: d}}, spec: {containers: []}}}
---
apiVersion: v1
kind: Service
metadata: {name: s, namespace: alice}
spec: {selector: {app: d}}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: profiles.kubeflow.org}
spec:
  group: kubeflow.org
  names: {kind: Profile, plural: profiles}
  conversion: {strategy: Webhook, webhook: {clientConfig: {service: {namespace: alice, name: s}}}}
  versions: [{name: v1, storage: true}, {name: v1beta1}]
---
apiVersion: kubeflow.org/v1beta1
kind: Profile
metadata: {name: alice}
";
    let error =
        plan(&desired(&[("a", circle)]), &Observation::default(), &PlanOptions::default()).expect_err("a circle");
    assert_eq!(error.problems[0].summary, "Circular dependency");
    for name in ["Deployment.apps alice/d", "Profile.kubeflow.org alice"] {
        assert!(error.problems[0].detail.contains(name), "{}", error.problems[0].detail);
    }
}

#[test]
fn only_what_changes_is_in_the_graph() {
    let hook = webhook("Fail", PODS, INJECTED);
    let before = desired(&[("a", WORKLOAD), ("b", &hook), ("c", NAMESPACE), ("d", CRD)]);
    let observation = installed(&before);
    let after = desired(&[
        ("a", &WORKLOAD.replace("name: t, key: k", "name: t, key: l")),
        ("b", &hook),
        ("c", NAMESPACE),
        ("d", CRD),
        ("e", THING),
    ]);
    let crd = "CustomResourceDefinition.apiextensions.k8s.io things.example.com";
    assert_eq!(
        steps(&planned(&after, &observation, &PlanOptions::default())),
        [
            &format!("ready {crd}"),
            &format!("apply Thing.example.com auth/t < ready {crd}"),
            "serves hook",
            "apply Deployment.apps auth/app < serves hook",
            "ready Deployment.apps auth/app < apply Deployment.apps auth/app",
        ]
    );
}

#[test]
fn certificates_come_before_what_mounts_their_secret() {
    let certificate = "
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: cert, namespace: auth}
spec: {secretName: s, issuerRef: {kind: ClusterIssuer, name: i}}
---
apiVersion: cert-manager.io/v1
kind: ClusterIssuer
metadata: {name: i}
";
    let steps = first_install(&[("a", WORKLOAD), ("b", certificate), ("c", NAMESPACE)]);
    assert!(waits(&steps, "apply Deployment.apps auth/app").contains(&"apply Certificate.cert-manager.io auth/cert"));
    assert!(
        waits(&steps, "apply Certificate.cert-manager.io auth/cert").contains(&"apply ClusterIssuer.cert-manager.io i")
    );
}

#[test]
fn targets_bring_what_they_need() {
    let hook = webhook("Fail", PODS, INJECTED);
    let desired = desired(&[
        ("platform.ml.a", WORKLOAD),
        ("platform.ml.b", &hook),
        ("platform.ml.c", NAMESPACE),
        ("platform.ml.d", CRD),
        ("platform.ml.e", THING),
    ]);
    let planned = |options| actions(&planned(&desired, &Observation::default(), &options));
    let targets = planned(PlanOptions { targets: vec!["platform.ml.e".into()], ..PlanOptions::default() });
    assert_eq!(
        targets,
        [
            "Create Namespace auth",
            "Create CustomResourceDefinition.apiextensions.k8s.io things.example.com",
            "Create Thing.example.com auth/t",
        ]
    );
    let object = PlanOptions { targets: vec!["Deployment.apps auth/app".into()], ..PlanOptions::default() };
    assert_eq!(planned(object).len(), 10);
    let excluded =
        PlanOptions { excludes: vec!["platform.ml.d".into(), "platform.ml.b".into()], ..PlanOptions::default() };
    let excluded = planned(excluded);
    assert_eq!(excluded.len(), 6, "{excluded:?}");
    assert!(!excluded.iter().any(|action| action.contains(&id("Deployment.apps auth/app").to_string())));
}
