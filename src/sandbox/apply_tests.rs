//! Observing, applying, deleting and recording against the embedded API server.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use serde_json::json;

use super::Sandbox;
use super::SandboxOptions;
use crate::apply::Account;
use crate::apply::Event;
use crate::apply::Interrupt;
use crate::apply::Options;
use crate::apply::Outcome;
use crate::apply::events;
use crate::apply::run;
use crate::object::Object;
use crate::plan::Action;
use crate::plan::Change;
use crate::plan::Checked;
use crate::plan::Consent;
use crate::plan::Desired;
use crate::plan::DesiredObject;
use crate::plan::DryRun;
use crate::plan::Gate;
use crate::plan::Graph;
use crate::plan::Mode;
use crate::plan::Next;
use crate::plan::Plan;
use crate::plan::PlanOptions;
use crate::plan::Planner;
use crate::plan::Step;
use crate::provider::kubernetes::Cluster;
use crate::provider::kubernetes::Patience;
use crate::provider::kubernetes::Question;
use crate::state::Journal;
use crate::state::Lock;
use crate::state::LockOptions;
use crate::state::Store;

const SELECTOR: &str = "stackwright.io/installation=prod";

fn object(api_version: &str, kind: &str, name: &str, rest: Value) -> Object {
    let mut value = json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": name}});
    value["metadata"]["labels"] = json!({"stackwright.io/installation": "prod"});
    let cluster_wide = ["Namespace", "CustomResourceDefinition"].contains(&kind);
    if !cluster_wide {
        value["metadata"]["namespace"] = "team".into();
    }
    for (key, part) in rest.as_object().expect("as set up") {
        value[key] = part.clone();
    }
    Object::from_value(value).expect("as set up")
}

fn desired() -> Vec<DesiredObject> {
    let crd = json!({"spec": {
        "group": "a.b", "scope": "Namespaced", "names": {"kind": "Thing", "plural": "things", "singular": "thing", "listKind": "ThingList"},
        "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {"type": "object",
            "properties": {"spec": {"type": "object", "properties": {"size": {"type": "integer"}}}}}}}]}});
    let template =
        json!({"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "web:1"}]}});
    let deployment = json!({"spec": {"selector": {"matchLabels": {"app": "web"}}, "template": template}});
    let objects = [
        object("v1", "Namespace", "team", json!({})),
        object("apiextensions.k8s.io/v1", "CustomResourceDefinition", "things.a.b", crd),
        object("v1", "ConfigMap", "settings", json!({"data": {"a": "1"}})),
        object("apps/v1", "Deployment", "web", deployment),
        object("a.b/v1", "Thing", "one", json!({"spec": {"size": 3}})),
    ];
    objects.into_iter().map(|object| DesiredObject { object, owner: "platform.ml.web".into(), after: vec![] }).collect()
}

fn plan(actions: &[(Action, Object)], steps: Vec<Step>, depends_on: Vec<Vec<usize>>) -> Arc<Plan> {
    let change = |(action, object): &(Action, Object)| Change {
        id: object.id(),
        gvk: object.gvk(),
        owner: "platform.ml.web".into(),
        action: *action,
        before: (*action == Action::Delete).then(|| object.clone().into()),
        after: (*action != Action::Delete).then(|| object.clone().into()),
        fields: Vec::new(),
        reason: String::new(),
        checked: Checked::Server,
        precondition: None,
        take_over: Vec::new(),
        loss: None,
        moved_from: None,
    };
    let changes = actions.iter().map(change).collect();
    Arc::new(Plan {
        installation: "prod".into(),
        changes,
        graph: Graph { steps, depends_on, ..Graph::default() },
        ..Plan::default()
    })
}

async fn perform(cluster: &Cluster, plan: &Arc<Plan>) -> (Outcome, Vec<Event>) {
    let store = Store::new(cluster, "prod");
    let lock = Lock::acquire(&store, &LockOptions::default(), |_| {}).await.expect("as set up");
    let mut journal = Journal::open(&store, &lock).await.expect("as set up");
    let (sender, mut listener) = events();
    let record = Some(Account { command: "apply".into(), ..Account::default() });
    let options = Options { wait_timeout: Duration::from_secs(10), record, ..Options::default() };
    let outcome = run(cluster, plan, &mut journal, &options, sender, &Interrupt::new()).await.expect("as set up");
    lock.release().await.expect("as set up");
    (outcome, listener.take().into_iter().map(|told| told.event).collect())
}

/// Plays the controller of Deployments once.
async fn deploy(client: &Cluster) {
    let gvk = crate::object::GroupVersionKind::new("apps", "v1", "Deployment");
    let resource = client.resource(&gvk).await.expect("as set up");
    loop {
        if let Some(web) = client.get(&resource, "team", "web").await.expect("as set up") {
            let mut web = web;
            let generation = web.get("/metadata/generation").cloned().unwrap_or(json!(1));
            let status = json!({"observedGeneration": generation, "replicas": 1, "updatedReplicas": 1,
                "readyReplicas": 1, "availableReplicas": 1});
            web.as_map_mut().insert("status".into(), status);
            return client.replace_part(&resource, &web, "status").await.expect("as set up");
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Plays the controller of namespaces once.
async fn drain(client: &Cluster, name: &str) {
    let resource =
        client.resource(&crate::object::GroupVersionKind::new("", "v1", "Namespace")).await.expect("as set up");
    loop {
        let mut namespace = client.get(&resource, "", name).await.expect("as set up").expect("as set up");
        if namespace.is_deleting() {
            namespace.as_map_mut().insert("spec".into(), json!({"finalizers": []}));
            return client.replace_part(&resource, &namespace, "finalize").await.expect("as set up");
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn first_apply() -> Arc<Plan> {
    let objects: Vec<(Action, Object)> = desired().into_iter().map(|d| (Action::Create, d.object)).collect();
    let crd = objects[1].1.id();
    let steps = vec![
        Step::Apply(0),
        Step::Apply(1),
        Step::Apply(2),
        Step::Apply(3),
        Step::Wait(Gate::Ready(crd)),
        Step::Apply(4),
    ];
    plan(&objects, steps, vec![vec![], vec![], vec![0], vec![0], vec![1], vec![0, 4]])
}

#[tokio::test]
async fn from_nothing_to_serving_and_back_to_nothing() {
    let sandbox = Sandbox::open(None, SandboxOptions::default()).expect("as set up");
    let cluster = Cluster::from_client(sandbox.client(), "sandbox");
    let controller = Cluster::from_client(sandbox.client(), "controller");
    let first = first_apply();
    let ((outcome, events), ()) = futures::join!(perform(&cluster, &first), deploy(&controller));
    assert!(outcome.is_success(), "{outcome:#?} {events:#?}");
    assert_eq!((outcome.created, outcome.revision), (5, Some(1)));

    // Nothing has changed: one LIST a kind and a handful.
    let again = Cluster::from_client(sandbox.client(), "sandbox");
    let store = Store::new(&again, "prod");
    let inventory = store.read().await.expect("as set up");
    assert_eq!(inventory.entries.len(), 5);
    let question = Question::new(&desired(), inventory.records(), inventory.revision, SELECTOR);
    let observation = again.observe(question).await.expect("as set up");
    assert_eq!(observation.live.len(), 5);
    let requests: u64 = again.requests().values().sum();
    assert!(requests <= 5 + 15, "{:?}", again.requests());
    for wanted in desired() {
        let live = &observation.live[&wanted.object.id()];
        assert_eq!(inventory.entries[&wanted.object.id()].uid, live.uid());
    }

    // A change is asked of the server first.
    let mut changed = desired().swap_remove(2).object;
    changed.as_map_mut().insert("data".into(), json!({"a": "2"}));
    let mut wrong = desired().swap_remove(4).object;
    wrong.as_map_mut().insert("spec".into(), json!({"size": "large"}));
    let answers = again.dry_run([changed.clone(), wrong.clone()]).await.expect("as set up");
    let DryRun::Accepted(stored) = &answers[&changed.id()] else { panic!("{answers:?}") };
    assert_eq!(stored.text("/data/a"), "2");
    assert!(matches!(answers[&wrong.id()], DryRun::Rejected(_)), "{answers:?}");

    // Everything goes, its records last.
    let gone: Vec<(Action, Object)> = observation.live.values().map(|o| (Action::Delete, o.clone())).collect();
    let at = |kind: &str| gone.iter().position(|(_, object)| object.kind() == kind).expect("as set up");
    let (thing, crd, namespace) = (at("Thing"), at("CustomResourceDefinition"), at("Namespace"));
    let needs = |n: usize| match n {
        n if n == crd => vec![thing],
        n if n == namespace => (0..gone.len()).filter(|m| *m != namespace && *m != crd).collect(),
        _ => vec![],
    };
    let plan = plan(&gone, (0..gone.len()).map(Step::Remove).collect(), (0..gone.len()).map(needs).collect());
    let ((outcome, events), ()) = futures::join!(perform(&again, &plan), drain(&controller, "team"));
    assert!(outcome.is_success(), "{outcome:#?} {events:#?}");
    assert_eq!(outcome.deleted, 5);
    let (erased, ()) = futures::join!(store.erase(), drain(&controller, crate::state::NAMESPACE));
    erased.expect("as set up");
    assert!(store.read().await.expect("as set up").entries.is_empty());
}

#[tokio::test]
async fn fields_of_older_tools_are_taken_over() {
    let sandbox = Sandbox::open(None, SandboxOptions::default()).expect("as set up");
    let cluster = Cluster::from_client(sandbox.client(), "sandbox");
    let team = object("v1", "Namespace", "team", json!({}));
    cluster.apply(&team, Patience::NONE).await.expect("as set up");
    let old = object("v1", "ConfigMap", "settings", json!({"data": {"a": "1", "b": "2"}}));
    let resource = cluster.resource(&old.gvk()).await.expect("as set up");
    let live = cluster.create_as(&old, "kubectl-client-side-apply").await.expect("as set up");
    let managers = ["kubectl-client-side-apply".to_owned()];
    cluster.take_over(&resource, &live, &managers, Patience::NONE).await.expect("as set up");
    let new = object("v1", "ConfigMap", "settings", json!({"data": {"a": "1"}}));
    let stored = cluster.apply(&new, Patience::NONE).await.expect("as set up");
    assert_eq!(stored.get("/data"), Some(&json!({"a": "1"})), "b was taken over, and so could be removed");
    assert_eq!(stored.get("/metadata/managedFields").and_then(Value::as_array).map(Vec::len), Some(1));
}

/// Observes, compares, asks the server and plans, as a use case does.
async fn planned(cluster: &Cluster, desired: &Desired, options: &PlanOptions) -> Arc<Plan> {
    let inventory = Store::new(cluster, "prod").read().await.expect("as set up");
    let question = Question::new(&desired.objects, inventory.records(), inventory.revision, SELECTOR);
    let mut observation = cluster.observe(question).await.expect("as set up");
    let mut planner = Planner::new(desired, options);
    loop {
        match planner.next(&observation) {
            Next::Ask(questions) => {
                cluster.answer(questions, &mut observation, SELECTOR).await.expect("as set up");
            }
            Next::Done(plan) => return Arc::new(plan.expect("as set up")),
        }
    }
}

fn actions(plan: &Plan) -> Vec<Action> {
    plan.changes.iter().map(|change| change.action).collect()
}

#[tokio::test]
async fn what_was_applied_plans_empty_and_what_is_destroyed_is_gone() {
    let sandbox = Sandbox::open(None, SandboxOptions::default()).expect("as set up");
    let client = || Cluster::from_client(sandbox.client(), "sandbox");
    let mut wanted = Desired { installation: "prod".into(), objects: desired(), ..Desired::default() };
    let options = PlanOptions::default();
    let first = planned(&client(), &wanted, &options).await;
    assert_eq!(actions(&first), [Action::Create; 5]);
    let (cluster, controller) = (client(), client());
    let ((outcome, events), ()) = futures::join!(perform(&cluster, &first), deploy(&controller));
    assert!(outcome.is_success(), "{outcome:#?} {events:#?}");
    let requests: u64 = cluster.requests().values().sum();
    assert!(requests <= 5 * 5 / 4 + 5 + 15, "{:?}", cluster.requests());

    let cluster = client();
    let again = planned(&cluster, &wanted, &options).await;
    assert_eq!(actions(&again), [Action::NoOp; 5], "{again:#?}");
    let requests: u64 = cluster.requests().values().sum();
    assert!(requests <= 5 + 15, "{:?}", cluster.requests());

    let settings = wanted.objects.iter_mut().find(|d| d.object.kind() == "ConfigMap").expect("as set up");
    settings.object.as_map_mut().insert("data".into(), json!({"b": "2"}));
    let update = planned(&client(), &wanted, &options).await;
    assert_eq!(actions(&update).iter().filter(|a| **a == Action::Update).count(), 1);
    let (outcome, events) = perform(&client(), &update).await;
    assert!(outcome.is_success() && outcome.updated == 1, "{outcome:#?} {events:#?}");
    let settled = planned(&client(), &wanted, &options).await;
    assert_eq!(actions(&settled), [Action::NoOp; 5]);

    let destroy = PlanOptions {
        mode: Mode::Destroy { keep_data: false },
        consent: Consent::Everything,
        ..PlanOptions::default()
    };
    let last = planned(&client(), &wanted, &destroy).await;
    assert_eq!(actions(&last), [Action::Delete; 5]);
    let (cluster, controller) = (client(), client());
    let ((outcome, events), ()) = futures::join!(perform(&cluster, &last), drain(&controller, "team"));
    assert!(outcome.is_success(), "{outcome:#?} {events:#?}");
    assert!(Store::new(&cluster, "prod").read().await.expect("as set up").entries.is_empty());
}

#[tokio::test]
async fn a_killed_run_loses_nothing() {
    let sandbox = Sandbox::open(None, SandboxOptions::default()).expect("as set up");
    let client = || Cluster::from_client(sandbox.client(), "sandbox");
    let wanted = Desired { installation: "prod".into(), objects: desired(), ..Desired::default() };
    let options = PlanOptions::default();
    let first = planned(&client(), &wanted, &options).await;
    let (cluster, spectator) = (client(), client());
    let half_done = async {
        let resource =
            spectator.resource(&crate::object::GroupVersionKind::new("", "v1", "ConfigMap")).await.expect("as set up");
        while spectator.get(&resource, "team", "settings").await.expect("as set up").is_none() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    // Nothing plays the controller of Deployments, so the run cannot end before it is killed.
    tokio::select! {
        _ = perform(&cluster, &first) => panic!("it ended"),
        () = half_done => {}
    }
    let store = Store::new(&client(), "prod");
    assert_eq!(store.read().await.expect("as set up").entries.len(), 5, "written ahead");
    assert!(store.unlock().await.expect("as set up").is_some(), "the dead run still holds the lock");

    let second = planned(&client(), &wanted, &options).await;
    assert!(actions(&second).contains(&Action::NoOp), "{:?}", actions(&second));
    let (cluster, controller) = (client(), client());
    let ((outcome, events), ()) = futures::join!(perform(&cluster, &second), deploy(&controller));
    assert!(outcome.is_success(), "{outcome:#?} {events:#?}");
    let inventory = store.read().await.expect("as set up");
    assert!(inventory.entries.values().all(|entry| !entry.uid.is_empty()), "{inventory:#?}");
    let settled = planned(&client(), &wanted, &options).await;
    assert_eq!(actions(&settled), [Action::NoOp; 5]);
}
