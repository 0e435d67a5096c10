//! What counts as a change, and what is done about it.

use serde_json::Value;
use serde_json::json;

use crate::object::MASK;
use crate::object::Object;
use crate::object::Secrets;
use crate::plan::Action;
use crate::plan::Change;
use crate::plan::Checked;
use crate::plan::Consent;
use crate::plan::DryRun;
use crate::plan::Mode;
use crate::plan::Observation;
use crate::plan::PlanOptions;
use crate::plan::compare::to_read;
use crate::plan::fixture::actions;
use crate::plan::fixture::applied;
use crate::plan::fixture::desired;
use crate::plan::fixture::id;
use crate::plan::fixture::installed;
use crate::plan::fixture::plan;
use crate::plan::fixture::planned;
use crate::plan::fixture::protected;
use crate::plan::fixture::steps;
use crate::plan::fixture::with_answers;

pub(super) const DEPLOYMENT: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: dex, namespace: auth}
spec:
  replicas: 1
  selector: {matchLabels: {app: dex}}
  template:
    metadata: {labels: {app: dex}}
    spec:
      affinity: null
      containers:
      - name: dex
        image: dex:1
        args: [serve, /etc/dex]
        env: [{name: EMPTY, value: ''}, {name: A, value: x}]
        ports: [{containerPort: 5556}]
        resources: {limits: {cpu: 2000m, memory: 1024Mi}}
        readinessProbe: {initialDelaySeconds: 0, httpGet: {port: 5556}}
";

const OTHERS: &str = "
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: b}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
subjects: [{apiGroup: '', kind: ServiceAccount, name: s, namespace: auth}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r}
aggregationRule: {clusterRoleSelectors: [{matchLabels: {a: b}}]}
rules: []
---
apiVersion: v1
kind: Secret
metadata: {name: s, namespace: auth}
stringData: {password: hunter2}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: network, namespace: auth}
spec:
  podSelector: {}
  ingress: [{ports: [{port: 80}]}]
---
apiVersion: v1
kind: Service
metadata: {name: dex, namespace: auth}
spec: {selector: {app: dex}, ports: [{port: 5556}]}
";

/// The one change of a plan for `DEPLOYMENT` after `edit` changed the live object; the server is not asked.
fn drifted(edit: impl Fn(&mut Value)) -> Change {
    let desired = desired(&[("platform.ml.dex", DEPLOYMENT)]);
    let mut observation = installed(&desired);
    edit_live(&mut observation, "Deployment.apps auth/dex", edit);
    let mut plan = planned(&desired, &observation, &PlanOptions::default());
    assert_eq!(plan.changes.len(), 1);
    plan.changes.remove(0)
}

pub(super) fn edit_live(observation: &mut Observation, text: &str, edit: impl Fn(&mut Value)) {
    let live = observation.live.get_mut(&id(text)).expect("a live object");
    let mut value = live.to_value();
    edit(&mut value);
    *live = Object::from_value(value).expect("still an object");
}

fn fields(change: &Change) -> Vec<String> {
    let show = |value: &Option<Value>| value.as_ref().map_or("-".to_owned(), Value::to_string);
    change.fields.iter().map(|f| format!("{}: {} > {}", f.path, show(&f.before), show(&f.after))).collect()
}

#[test]
fn what_was_applied_is_unchanged_and_asks_nothing() {
    let desired = desired(&[("platform.ml.dex", DEPLOYMENT), ("platform.ml.rest", OTHERS)]);
    let observation = installed(&desired);
    let comparison = crate::plan::compare::compare(&desired, &observation, &PlanOptions::default());
    assert_eq!(comparison.dry_runs().count(), 0);
    let plan = planned(&desired, &observation, &PlanOptions::default());
    assert!(plan.is_empty());
    assert_eq!(plan.changes.len(), 6);
    assert!(plan.changes.iter().all(|change| change.checked == Checked::Owned && change.precondition.is_some()));
    assert_eq!(plan.graph, Default::default());
}

#[test]
fn what_the_server_writes_otherwise_is_no_change() {
    let unchanged = |edit: fn(&mut Value)| {
        let change = drifted(edit);
        assert_eq!(change.action, Action::NoOp, "{:?}", change.fields);
    };
    unchanged(|live| {
        live["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"] = json!({"cpu": "2", "memory": "1Gi"})
    });
    unchanged(|live| {
        drop(live["spec"]["template"]["spec"]["containers"][0]["env"][0].as_object_mut().expect("env").remove("value"))
    });
    unchanged(|live| live["metadata"]["annotations"] = json!({"deployment.kubernetes.io/revision": "4"}));
    unchanged(|live| live["status"] = json!({"readyReplicas": 1}));
    unchanged(|live| {
        let env = live["spec"]["template"]["spec"]["containers"][0]["env"].as_array_mut().expect("env");
        env.insert(0, json!({"name": "FOREIGN", "value": "1"}));
        env.reverse();
    });
    unchanged(|live| {
        live["spec"]["template"]["spec"]["containers"]
            .as_array_mut()
            .expect("list")
            .insert(0, json!({"name": "sidecar"}))
    });
    unchanged(|live| live["spec"]["replicas"] = json!(1.0));
}

#[test]
fn differences_have_paths_as_kubectl_writes_them() {
    let changed = |edit: fn(&mut Value), expected: &[&str]| {
        let change = drifted(edit);
        assert_eq!(change.action, Action::Update);
        assert_eq!(fields(&change), expected);
    };
    changed(
        |live| live["spec"]["template"]["spec"]["containers"][0]["image"] = json!("dex:2"),
        &["spec.template.spec.containers[name=dex].image: \"dex:2\" > \"dex:1\""],
    );
    changed(
        |live| live["spec"]["template"]["spec"]["containers"][0]["args"] = json!(["serve"]),
        &["spec.template.spec.containers[name=dex].args: [\"serve\"] > [\"serve\",\"/etc/dex\"]"],
    );
    changed(
        |live| drop(live["metadata"]["labels"].as_object_mut().expect("labels").remove("stackwright.io/installation")),
        &["metadata.labels[stackwright.io/installation]: - > \"test\""],
    );
    changed(
        |live| live["spec"]["template"]["spec"]["containers"][0]["env"] = json!([{"name": "EMPTY"}]),
        &["spec.template.spec.containers[name=dex].env[name=A]: - > {\"name\":\"A\",\"value\":\"x\"}"],
    );
}

#[test]
fn empty_entries_of_maps_are_entries() {
    let map = "
apiVersion: v1
kind: ConfigMap
metadata: {name: c, namespace: a, labels: {empty: ''}}
data: {empty: ''}
";
    let desired = desired(&[("platform.ml.x", map)]);
    let mut observation = installed(&desired);
    assert!(planned(&desired, &observation, &PlanOptions::default()).is_empty());
    edit_live(&mut observation, "ConfigMap a/c", |live| {
        live["data"].as_object_mut().expect("data").remove("empty");
        live["metadata"]["labels"].as_object_mut().expect("labels").remove("empty");
    });
    let plan = planned(&desired, &observation, &PlanOptions::default());
    assert_eq!(fields(&plan.changes[0]), ["metadata.labels.empty: - > \"\"", "data.empty: - > \"\""]);
}

#[test]
fn what_is_no_longer_sent_goes_if_only_we_own_it() {
    let before = desired(&[("platform.ml.dex", DEPLOYMENT)]);
    let mut observation = installed(&before);
    let after = desired(&[("platform.ml.dex", &DEPLOYMENT.replace(", {name: A, value: x}", ""))]);
    let plan = planned(&after, &observation, &PlanOptions::default());
    assert_eq!(
        fields(&plan.changes[0]),
        ["spec.template.spec.containers[name=dex].env[name=A]: {\"name\":\"A\",\"value\":\"x\"} > -"]
    );
    edit_live(&mut observation, "Deployment.apps auth/dex", |live| {
        let other = json!({"f:spec": {"f:template": {"f:spec": {"f:containers": {"k:{\"name\":\"dex\"}": {
            "f:env": {"k:{\"name\":\"A\"}": {".": {}, "f:name": {}, "f:value": {}}}}}}}}});
        let entry = json!({"manager": "other", "operation": "Apply", "fieldsV1": other});
        live["metadata"]["managedFields"].as_array_mut().expect("a list").push(entry);
    });
    assert!(planned(&after, &observation, &PlanOptions::default()).is_empty());
}

#[test]
fn the_answer_of_the_server_decides() {
    let before = desired(&[("platform.ml.dex", DEPLOYMENT)]);
    let observation = installed(&before);
    let after = desired(&[("platform.ml.dex", &DEPLOYMENT.replace("dex:1", "dex:2"))]);
    let dex = id("Deployment.apps auth/dex");
    let answered = with_answers(&after, &observation, &PlanOptions::default());
    let change = &planned(&after, &answered, &PlanOptions::default()).changes[0];
    assert_eq!((change.action, &change.checked), (Action::Update, &Checked::Server));
    assert_eq!(fields(change), ["spec.template.spec.containers[name=dex].image: \"dex:1\" > \"dex:2\""]);

    let with = |answer: DryRun| {
        let mut observation = observation.clone();
        observation.dry_runs.insert(dex.clone(), answer);
        plan(&after, &observation, &PlanOptions::default())
    };
    let same = with(DryRun::Accepted(Box::new(observation.live[&dex].clone()))).expect("a plan");
    assert_eq!((same.changes[0].action, &same.changes[0].checked), (Action::NoOp, &Checked::Server));
    let offline = with(DryRun::Unavailable("the webhook is down".into())).expect("a plan");
    assert_eq!(offline.changes[0].checked, Checked::Offline("the webhook is down".into()));
    let refused = with(DryRun::Rejected("admission webhook denied it".into())).expect_err("a problem");
    assert_eq!(
        refused.to_string(),
        "Object refused by the server: The server refuses Deployment.apps auth/dex: admission webhook denied it"
    );
    let immutable = with(DryRun::Immutable(
        "Deployment.apps \"dex\" is invalid: spec.template: Invalid value: x: field is immutable".into(),
    ));
    let immutable = immutable.expect("a plan");
    assert_eq!(immutable.changes[0].action, Action::Replace);
    assert_eq!(immutable.changes[0].reason, "spec.template cannot be changed in place.");
    assert!(immutable.changes[0].fields[0].forces_replacement);
}

#[test]
fn immutable_fields_force_a_replacement_without_asking() {
    let observation = installed(&desired(&[("platform.ml.dex", DEPLOYMENT)]));
    let after = desired(&[("platform.ml.dex", &DEPLOYMENT.replace("app: dex", "app: dex2"))]);
    let plan = planned(&after, &observation, &PlanOptions::default());
    assert_eq!(plan.changes[0].action, Action::Replace);
    assert_eq!(plan.changes[0].reason, "spec.selector cannot be changed in place.");
    assert_eq!(
        steps(&plan),
        [
            "remove Deployment.apps auth/dex",
            "gone Deployment.apps auth/dex < remove Deployment.apps auth/dex",
            "apply Deployment.apps auth/dex < gone Deployment.apps auth/dex",
            "ready Deployment.apps auth/dex < apply Deployment.apps auth/dex",
        ]
    );
}

#[test]
fn a_replacement_that_loses_data_needs_consent() {
    let claim = "
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: mysql, namespace: kubeflow}
spec: {accessModes: [ReadWriteOnce], storageClassName: a, resources: {requests: {storage: 20Gi}}}
";
    let observation = installed(&desired(&[("platform.ml.pipelines", claim)]));
    let after = desired(&[("platform.ml.pipelines", &claim.replace("storageClassName: a", "storageClassName: b"))]);
    let error = plan(&after, &observation, &PlanOptions::default()).expect_err("a problem");
    assert_eq!(
        error.problems[0].detail,
        "PersistentVolumeClaim kubeflow/mysql must be replaced, and that would lose 20Gi of data in claim \
         kubeflow/mysql. spec.storageClassName cannot be changed in place."
    );
    let options = PlanOptions { consent: Consent::Everything, ..PlanOptions::default() };
    let plan = planned(&after, &observation, &options);
    assert_eq!(plan.losses().count(), 1);
    assert_eq!(actions(&plan), ["Replace PersistentVolumeClaim kubeflow/mysql"]);
}

#[test]
fn adopts_what_belongs_to_nobody() {
    let desired = desired(&[("platform.ml.dex", DEPLOYMENT)]);
    let mut observation = installed(&desired);
    observation.records.clear();
    let foreign = json!([{"manager": "kubectl-client-side-apply", "operation": "Update", "fieldsV1":
        {"f:spec": {"f:paused": {}, "f:replicas": {}}, "f:metadata": {"f:labels": {"f:old": {}}}}}]);
    edit_live(&mut observation, "Deployment.apps auth/dex", |live| {
        live["metadata"]["labels"] = json!({"old": "1"});
        live["metadata"]["managedFields"] = foreign.clone();
        live["spec"]["replicas"] = json!(3);
    });
    let answered = with_answers(&desired, &observation, &PlanOptions::default());
    let plan = planned(&desired, &answered, &PlanOptions::default());
    let change = &plan.changes[0];
    assert_eq!(change.action, Action::Adopt);
    assert_eq!(change.reason, "It exists and belongs to no installation; it was written by kubectl-client-side-apply.");
    assert_eq!(change.take_over, ["kubectl-client-side-apply"]);
    assert_eq!(fields(change), ["spec.replicas: 3 > 1", "metadata.labels.old: \"1\" > -"]);
    assert_eq!(change.fields[0].taken_from.as_deref(), Some("kubectl-client-side-apply"));
    let after = applied(&plan, &desired, &answered);
    assert!(planned(&desired, &after, &PlanOptions::default()).is_empty());

    let mut made_anew = answered.clone();
    made_anew.records = installed(&desired).records;
    made_anew.records.values_mut().for_each(|record| record.uid = "another".into());
    assert_eq!(planned(&desired, &made_anew, &PlanOptions::default()).changes[0].action, Action::Adopt);

    edit_live(&mut observation, "Deployment.apps auth/dex", |live| {
        live["metadata"]["labels"]["stackwright.io/installation"] = json!("other");
    });
    let error = crate::plan::fixture::plan(&desired, &observation, &PlanOptions::default()).expect_err("a problem");
    assert_eq!(error.problems[0].detail, "Deployment.apps auth/dex exists and belongs to the installation \"other\".");
}

pub(super) const CRD: &str = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.com}
spec:
  group: example.com
  names: {kind: Thing, plural: things}
  scope: Namespaced
  preserveUnknownFields: false
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {
      size: {type: integer, default: 3},
      parts: {type: array, x-kubernetes-list-type: map, x-kubernetes-list-map-keys: [id], items: {type: object, properties: {id: {type: string}, 'on': {type: boolean}}}}}}}}}
";

#[test]
fn metadata_prove_a_crd_unchanged() {
    let desired = desired(&[("platform.ml.x", CRD)]);
    let mut observation = installed(&desired);
    assert!(planned(&desired, &observation, &PlanOptions::default()).is_empty());
    let without_spec = |live: &mut Value| drop(live.as_object_mut().expect("a mapping").remove("spec"));
    edit_live(&mut observation, "CustomResourceDefinition.apiextensions.k8s.io things.example.com", without_spec);
    let compared = |observation: &Observation, yaml: &str| {
        let comparison = crate::plan::compare::compare(
            &crate::plan::fixture::desired(&[("platform.ml.x", yaml)]),
            observation,
            &PlanOptions::default(),
        );
        (to_read(&comparison).len(), comparison.dry_runs().count())
    };
    assert_eq!(compared(&observation, CRD), (0, 0));
    assert_eq!(compared(&observation, &CRD.replace("default: 3", "default: 4")), (1, 1));
    let injector = |path: Value| {
        move |live: &mut Value| {
            let entry = json!({"manager": "cainjector", "operation": "Update", "fieldsV1": {"f:spec": path}});
            live["metadata"]["managedFields"].as_array_mut().expect("a list").push(entry);
        }
    };
    let name = "CustomResourceDefinition.apiextensions.k8s.io things.example.com";
    edit_live(
        &mut observation,
        name,
        injector(json!({"f:conversion": {"f:webhook": {"f:clientConfig": {"f:caBundle": {}}}}})),
    );
    assert_eq!(compared(&observation, CRD), (0, 0));
    edit_live(&mut observation, name, injector(json!({"f:versions": {}})));
    assert_eq!(compared(&observation, CRD), (1, 1));
}

#[test]
fn custom_resources_are_compared_by_their_crd() {
    let thing = "
apiVersion: example.com/v1
kind: Thing
metadata: {name: t, namespace: a}
spec: {parts: [{id: first, 'on': false}, {id: second, 'on': true}]}
";
    let desired = desired(&[("platform.ml.x", CRD), ("platform.ml.y", thing)]);
    let mut observation = installed(&desired);
    assert_eq!(observation.live[&id("Thing.example.com a/t")].get("/spec/size"), Some(&json!(3)));
    edit_live(&mut observation, "Thing.example.com a/t", |live| {
        live["spec"]["parts"] = json!([{"id": "second", "on": true}, {"id": "third"}, {"id": "first", "on": false}]);
    });
    assert!(planned(&desired, &observation, &PlanOptions::default()).is_empty());
    edit_live(&mut observation, "Thing.example.com a/t", |live| {
        drop(live["spec"]["parts"][2].as_object_mut().expect("x").remove("on"))
    });
    let plan = planned(&desired, &observation, &PlanOptions::default());
    assert_eq!(actions(&plan), ["Update Thing.example.com a/t"]);
}

#[test]
fn secrets_are_masked() {
    let secret = "
apiVersion: v1
kind: Secret
metadata: {name: s, namespace: a}
stringData: {password: old-password, user: dex}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: c, namespace: a}
data: {config.yaml: 'password: old-password'}
";
    let observation = installed(&desired(&[("platform.ml.x", secret)]));
    let after = desired(&[("platform.ml.x", &secret.replace("old-password", "new-password"))]);
    let secrets = Secrets::new(["old-password".to_owned(), "new-password".to_owned()]);
    let options = PlanOptions { secrets, ..PlanOptions::default() };
    let plan = planned(&after, &observation, &options);
    let masked = format!("\"{MASK}\"");
    assert_eq!(fields(&plan.changes[0]), [format!("data[config.yaml]: \"password: {MASK}\" > \"password: {MASK}\"")]);
    assert_eq!(fields(&plan.changes[1]), [format!("data.password: {masked} > {masked}")]);
    assert!(plan.changes.iter().all(|change| change.fields[0].sensitive));
    assert!(!format!("{:?}", plan.changes[1].fields).contains("new-password"));
}

#[test]
fn a_refresh_changes_nothing_but_records() {
    let desired = desired(&[("platform.ml.dex", DEPLOYMENT), ("platform.ml.rest", OTHERS)]);
    let mut observation = installed(&desired);
    edit_live(&mut observation, "Deployment.apps auth/dex", |live| live["spec"]["replicas"] = json!(5));
    observation.live.remove(&id("Service auth/dex"));
    let options = PlanOptions { mode: Mode::Drift, ..PlanOptions::default() };
    // What differs by our own hand differs because the configuration does.
    assert_eq!(planned(&desired, &observation, &options).drifted().count(), 0);
    edit_live(&mut observation, "Deployment.apps auth/dex", |live| {
        let managed = live["metadata"]["managedFields"].as_array_mut().expect("a list");
        drop(managed[0]["fieldsV1"]["f:spec"].as_object_mut().expect("fields").remove("f:replicas"));
        managed.push(json!({"manager": "kubectl", "operation": "Update", "fieldsV1": {"f:spec": {"f:replicas": {}}}}));
    });
    let plan = planned(&desired, &observation, &options);
    assert_eq!(plan.drifted().count(), 1);
    assert_eq!(actions(&plan), ["Forget Service auth/dex"]);
    assert_eq!(fields(&plan.changes[0]), ["spec.replicas: 5 > 1"]);
    assert_eq!(steps(&plan), ["remove Service auth/dex"]);
}

#[test]
fn problems_are_told_all_at_once() {
    let twice = desired(&[("platform.ml.a", DEPLOYMENT), ("platform.ml.b", DEPLOYMENT)]);
    let options = PlanOptions { targets: vec!["platform.none".into()], ..PlanOptions::default() };
    let error = plan(&twice, &Observation::default(), &options).expect_err("problems");
    let summaries: Vec<&str> = error.problems.iter().map(|problem| problem.summary.as_str()).collect();
    assert_eq!(summaries, ["Unknown address", "Object declared twice"]);
    assert_eq!(error.problems.len(), 2);
}

#[test]
fn a_replacement_can_be_asked_for() {
    let desired = desired(&[("platform.ml.dex", DEPLOYMENT), ("platform.ml.rest", OTHERS)]);
    let observation = installed(&desired);
    let options = PlanOptions { replace: vec!["platform.ml.dex".into()], ..PlanOptions::default() };
    assert_eq!(actions(&planned(&desired, &observation, &options)), ["Replace Deployment.apps auth/dex"]);
    let options = PlanOptions { care: protected("platform.ml.dex"), ..options };
    let error = plan(&desired, &observation, &options).expect_err("a problem");
    assert_eq!(error.problems[0].summary, "Protected object would be destroyed");
}

#[test]
fn custom_resources_must_fit_the_crd_they_come_with() {
    let thing = "
apiVersion: example.com/v1
kind: Thing
metadata: {name: t, namespace: a}
spec: {size: many}
";
    let check = |yaml: &str, expected: Result<Checked, &str>| {
        let desired = desired(&[("platform.ml.x", CRD), ("platform.ml.y", yaml)]);
        let found = plan(&desired, &Observation::default(), &PlanOptions::default());
        let found = found.map(|plan| plan.changes[1].checked.clone()).map_err(|error| error.to_string());
        assert_eq!(found, expected.map_err(str::to_owned));
    };
    check(&thing.replace("many", "4"), Ok(Checked::Offline("its kind comes with this plan".into())));
    check(
        thing,
        Err("Object does not fit its definition: Thing.example.com a/t: spec.size: Invalid value: \"string\": \
             spec.size in body must be of type integer: \"string\""),
    );
}
