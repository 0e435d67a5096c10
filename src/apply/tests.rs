//! Runs against a scripted cluster, in which the test plays the controllers.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use serde_json::json;

use super::Account;
use super::Event;
use super::Interrupt;
use super::Options;
use super::Outcome;
use super::events;
use super::run;
use crate::object::Object;
use crate::object::ObjectId;
use crate::object::address::address;
use crate::plan::Action;
use crate::plan::Change;
use crate::plan::Checked;
use crate::plan::Gate;
use crate::plan::Graph;
use crate::plan::Plan;
use crate::plan::Step;
use crate::provider::kubernetes::scripted::Scripted;
use crate::provider::kubernetes::scripted::status;
use crate::state::EntryState;
use crate::state::Journal;
use crate::state::Lock;
use crate::state::LockOptions;
use crate::state::Store;

fn object(api_version: &str, kind: &str, name: &str) -> Object {
    let metadata = json!({"name": name, "namespace": "n", "generation": 1});
    Object::from_value(json!({"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": {}}))
        .expect("as set up")
}

fn change(action: Action, object: &Object, owner: &str) -> Change {
    let gone = matches!(action, Action::Delete | Action::Forget);
    Change {
        id: object.id(),
        gvk: object.gvk(),
        owner: address(owner),
        action,
        before: (action != Action::Create).then(|| object.clone().into()),
        after: (!gone).then(|| object.clone().into()),
        fields: Vec::new(),
        reason: String::new(),
        checked: Checked::Server,
        precondition: None,
        take_over: Vec::new(),
        loss: None,
        moved_from: None,
    }
}

fn plan(changes: Vec<Change>, steps: Vec<Step>, depends_on: Vec<Vec<usize>>) -> Arc<Plan> {
    let graph = Graph { steps, depends_on, ..Graph::default() };
    Arc::new(Plan { installation: "prod".into(), changes, graph, ..Plan::default() })
}

fn server() -> Scripted {
    let server = Scripted::default();
    for name in ["n", "stackwright-system"] {
        let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
        server.put(&format!("/api/v1/namespaces/{name}"), namespace);
    }
    server
}

fn options() -> Options {
    let record = Account { who: "a@b".into(), command: "apply".into(), ..Account::default() };
    Options { wait_timeout: Duration::from_secs(5), record: Some(record), ..Options::default() }
}

struct Ran {
    outcome: Outcome,
    events: Vec<Event>,
    store: Store,
}

impl Ran {
    /// The events as short texts, those without a fixed order in them left to the caller.
    fn told(&self) -> Vec<String> {
        self.events.iter().map(short).collect()
    }
}

fn short(event: &Event) -> String {
    match event {
        Event::Started { changes, steps } => format!("started {changes} {steps}"),
        Event::Changing { id, .. } => format!("changing {}", id.name),
        Event::Changed { id, .. } => format!("changed {}", id.name),
        Event::Waiting { gate, reason, .. } => format!("waiting {gate}: {reason}"),
        Event::Opened { gate, .. } => format!("opened {gate}"),
        Event::OwnerReady { owner } => format!("ready {owner}"),
        Event::Failed(failure) => {
            let blocks: Vec<String> = failure.blocks.iter().map(ToString::to_string).collect();
            format!("failed {failure}; blocks {}", blocks.join(" "))
        }
        Event::Skipped { id, because, .. } => format!("skipped {id}: {because}"),
        Event::HopBegun { from, to, .. } => format!("hop {from} {to}"),
        Event::StepBegun { step, .. } => format!("step {step}"),
        Event::StepWaiting { step, reason } => format!("waiting {step}: {reason}"),
        Event::StepDone { step, what, .. } => format!("done {step}: {what}"),
        Event::HopDone { from, to, .. } => format!("hopped {from} {to}"),
        Event::Interrupted => "interrupted".into(),
        Event::Retrying { reason, .. } => format!("retrying: {reason}"),
        Event::LockWaiting { .. } => "lock".into(),
        Event::Hashing { .. } => "hashing".into(),
        Event::Finished { .. } => "finished".into(),
    }
}

async fn perform(server: &Scripted, plan: &Arc<Plan>, options: Options, interrupt: Interrupt) -> Ran {
    let store = Store::new(&server.cluster(), "prod");
    let lock = Lock::acquire(&store, &LockOptions::default(), |_| {}).await.expect("as set up");
    let mut journal = Journal::open(&store, &lock).await.expect("as set up");
    let (sender, mut listener) = events();
    let outcome = run(&server.cluster(), plan, &mut journal, &options, sender, &interrupt).await.expect("as set up");
    lock.release().await.expect("as set up");
    let events = listener.take().into_iter().map(|told| told.event).collect();
    Ran { outcome, events, store }
}

const DEX: &str = "/apis/apps/v1/namespaces/n/deployments/dex";

fn available(deployment: &mut Value) {
    deployment["status"] =
        json!({"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "availableReplicas": 1});
}

#[tokio::test]
async fn gates_open_when_what_they_wait_for_serves() {
    let server = server();
    let (dex, secret) = (object("apps/v1", "Deployment", "dex"), object("v1", "Secret", "late"));
    let plan = plan(
        vec![change(Action::Create, &dex, "platform.ml.dex"), change(Action::Create, &secret, "user.alice")],
        vec![Step::Apply(0), Step::Wait(Gate::Ready(dex.id())), Step::Apply(1)],
        vec![vec![], vec![0], vec![1]],
    );
    let controller = async {
        while server.get(DEX).is_none() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(server.get("/api/v1/namespaces/n/secrets/late"), None, "behind the gate");
        server.change(DEX, available);
    };
    let (ran, ()) = futures::join!(perform(&server, &plan, options(), Interrupt::new()), controller);
    assert!(ran.outcome.is_success(), "{:?}", ran.outcome);
    assert_eq!(ran.outcome.created, 2);
    let told = ran.told();
    let at = |text: &str| told.iter().position(|t| t == text).unwrap_or_else(|| panic!("{text} in {told:#?}"));
    assert!(at("changed dex") < at("waiting Deployment.apps n/dex ready: its controller has not seen it yet"));
    assert!(at("opened Deployment.apps n/dex ready") < at("changing late"));
    assert!(at("ready user.alice") < at("finished"));
    assert!(told.contains(&"ready platform.ml.dex".to_owned()));
    let watches = server.log().iter().filter(|line| line.contains("deployments?watch=true")).count();
    assert_eq!(watches, 1, "one watch for gate and owner");
    let inventory = ran.store.read().await.expect("as set up");
    assert!(inventory.entries.values().all(|e| e.state == EntryState::Applied && !e.uid.is_empty()));
    let history = ran.store.revisions().await.expect("as set up");
    assert_eq!(history.iter().map(|r| r.counts.clone()).collect::<Vec<_>>(), [[("created".to_owned(), 2)].into()]);
}

#[tokio::test]
async fn a_failure_stops_what_needs_it_and_nothing_else() {
    let server = server();
    server.rule(|method, uri| {
        (method == "PATCH" && uri.contains("/bad")).then(|| status(422, "Invalid", "spec.x: Required"))
    });
    let [bad, after, other] = ["bad", "after", "other"].map(|name| object("v1", "ConfigMap", name));
    let plan = plan(
        vec![
            change(Action::Create, &bad, "user.a"),
            change(Action::Create, &after, "user.a"),
            change(Action::Create, &other, "user.b"),
        ],
        vec![Step::Apply(0), Step::Apply(1), Step::Apply(2)],
        vec![vec![], vec![0], vec![]],
    );
    let ran = perform(&server, &plan, options(), Interrupt::new()).await;
    assert_eq!((ran.outcome.created, ran.outcome.skipped, ran.outcome.failures.len()), (1, 1, 1));
    let told = ran.told();
    let failed =
        "failed ConfigMap n/bad: refused to patch ConfigMap n/bad: spec.x: Required (422); blocks ConfigMap n/after";
    assert!(told.contains(&failed.to_owned()), "{told:#?}");
    assert!(told.contains(&"skipped ConfigMap n/after: ConfigMap n/bad failed".to_owned()));
    assert!(told.contains(&"ready user.b".to_owned()));
    let inventory = ran.store.read().await.expect("as set up");
    assert_eq!(inventory.entries.len(), 3, "what failed may still be there: it stays planned");
    assert_eq!(ran.store.revisions().await.expect("as set up")[0].failures.len(), 1);
}

#[tokio::test]
async fn what_never_gets_ready_is_explained() {
    let server = server();
    let mut dex = object("apps/v1", "Deployment", "dex");
    dex.as_map_mut().insert("spec".into(), json!({"selector": {"matchLabels": {"app": "dex"}}}));
    server.put(
        "/api/v1/namespaces/n/pods/dex-1",
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "dex-1", "namespace": "n", "labels": {"app": "dex"}},
            "status": {"phase": "Pending", "containerStatuses": [{"name": "dex", "ready": false,
                "state": {"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}}}]}}),
    );
    server.put(
        "/api/v1/namespaces/n/events/e",
        json!({"metadata": {"name": "e", "namespace": "n"}, "type": "Warning", "reason": "Failed", "message": "not found",
            "count": 3, "involvedObject": {"kind": "Pod", "name": "dex-1"}}),
    );
    let plan = plan(vec![change(Action::Create, &dex, "platform.ml.dex")], vec![Step::Apply(0)], vec![vec![]]);
    let options = Options { wait_timeout: Duration::from_millis(300), ..options() };
    let ran = perform(&server, &plan, options, Interrupt::new()).await;
    let [failure] = ran.outcome.failures.as_slice() else { panic!("{:?}", ran.outcome) };
    assert_eq!(failure.subject.as_ref().map(ToString::to_string).as_deref(), Some("platform.ml.dex ready"));
    assert_eq!(failure.cause(), "Deployment.apps n/dex: its controller has not seen it yet after 0 s");
    assert_eq!(
        failure.detail,
        ["pod dex-1: container dex: ImagePullBackOff (no such image)", "event Failed: not found (3 times)"]
    );
}

#[tokio::test]
async fn deletions_wait_until_gone_and_name_the_finalizers() {
    let server = server();
    let map = |name: &str, finalizers: Value| {
        let path = format!("/api/v1/namespaces/n/configmaps/{name}");
        let mut value = object("v1", "ConfigMap", name).into_value();
        value["metadata"]["finalizers"] = finalizers;
        server.put(&path, value);
        (Object::from_value(server.get(&path).expect("as set up")).expect("as set up"), path)
    };
    let ((free, _), (held, held_path), (stuck, _)) =
        (map("free", json!([])), map("held", json!(["a/b"])), map("stuck", json!(["c/d"])));
    let another = {
        let mut object = free.clone();
        object.metadata_mut().insert("uid".into(), "older".into());
        object.metadata_mut().insert("name".into(), "another".into());
        object
    };
    let (_, another_path) = map("another", json!([]));
    let changes: Vec<Change> =
        [&free, &held, &stuck, &another].into_iter().map(|o| change(Action::Delete, o, "user.a")).collect();
    let plan = plan(changes, (0..4).map(Step::Remove).collect(), vec![vec![]; 4]);
    // All are ours from before.
    let store = Store::new(&server.cluster(), "prod");
    let lock = Lock::acquire(&store, &LockOptions::default(), |_| {}).await.expect("as set up");
    let mut journal = Journal::open(&store, &lock).await.expect("as set up");
    for change in &plan.changes {
        journal.applied(change.before.as_ref().expect("as set up"), &address("user.a"));
    }
    journal.flush().await.expect("as set up");
    lock.release().await.expect("as set up");
    let controller = async {
        while server.get(&held_path).is_none_or(|o| o["metadata"]["deletionTimestamp"].is_null()) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        server.remove(&held_path);
    };
    let options = Options { wait_timeout: Duration::from_millis(600), ..options() };
    let (ran, ()) = futures::join!(perform(&server, &plan, options, Interrupt::new()), controller);
    assert_eq!(ran.outcome.deleted, 3);
    assert_eq!(ran.outcome.failures.len(), 1);
    assert!(ran.outcome.failures[0].reason.contains("being deleted; finalizers left: c/d"), "{:?}", ran.outcome);
    assert!(server.get(&another_path).is_some(), "made again by somebody else: not ours to delete");
    let left: Vec<(ObjectId, EntryState)> =
        ran.store.read().await.expect("as set up").entries.into_iter().map(|(id, e)| (id, e.state)).collect();
    assert_eq!(left, [(stuck.id(), EntryState::Deleting)]);
}

#[tokio::test]
async fn an_interrupt_ends_waits_and_records() {
    let server = server();
    let (dex, late) = (object("apps/v1", "Deployment", "dex"), object("v1", "Secret", "late"));
    let plan = plan(
        vec![change(Action::Create, &dex, "user.a"), change(Action::Create, &late, "user.b")],
        vec![Step::Apply(0), Step::Wait(Gate::OwnerReady(address("user.a"))), Step::Apply(1)],
        vec![vec![], vec![0], vec![1]],
    );
    let interrupt = Interrupt::new();
    let hand = async {
        while server.get(DEX).is_none() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        interrupt.interrupt();
    };
    let (ran, ()) = futures::join!(perform(&server, &plan, options(), interrupt.clone()), hand);
    assert!(ran.outcome.interrupted && ran.outcome.failures.is_empty());
    assert_eq!((ran.outcome.created, ran.outcome.skipped), (1, 1));
    assert!(ran.told().contains(&"skipped Secret n/late: the run was interrupted".to_owned()), "{:#?}", ran.told());
    let inventory = ran.store.read().await.expect("as set up");
    let states: Vec<EntryState> = inventory.entries.values().map(|e| e.state).collect();
    assert_eq!(states, [EntryState::Planned, EntryState::Applied]);
    assert_eq!(ran.store.revisions().await.expect("as set up")[0].result, crate::state::RevisionResult::Interrupted);
}

#[tokio::test]
async fn a_replacement_deletes_waits_and_makes() {
    let server = server();
    server.put(DEX, object("apps/v1", "Deployment", "dex").into_value());
    server.change(DEX, |o| o["metadata"]["finalizers"] = json!(["foregroundDeletion"]));
    let before = Object::from_value(server.get(DEX).expect("as set up")).expect("as set up");
    let mut change = change(Action::Replace, &before, "user.a");
    change.after = Some(object("apps/v1", "Deployment", "dex").into());
    let plan = plan(vec![change], vec![Step::Apply(0)], vec![vec![]]);
    let controller = async {
        while server.get(DEX).is_none_or(|o| o["metadata"]["deletionTimestamp"].is_null()) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        server.remove(DEX);
        while server.get(DEX).is_none() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        server.change(DEX, available);
    };
    let (ran, ()) = futures::join!(perform(&server, &plan, options(), Interrupt::new()), controller);
    assert!(ran.outcome.is_success(), "{:?}", ran.outcome);
    assert_eq!(ran.outcome.replaced, 1);
    assert_ne!(server.get(DEX).expect("as set up")["metadata"]["uid"], before.uid());
}

/// Waits until a path is there, then changes it.
async fn when_there(server: &Scripted, path: &str, change: impl FnOnce(&mut Value)) {
    while server.get(path).is_none() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    server.change(path, change);
}

#[tokio::test]
async fn a_custom_object_waits_until_its_kind_is_served() {
    let server = server();
    let crd = Object::from_value(json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "xs.a.b"},
        "spec": {"group": "a.b", "scope": "Namespaced", "names": {"kind": "X", "plural": "xs"},
            "versions": [{"name": "v1", "served": true}]},
    }))
    .expect("as set up");
    let custom = object("a.b/v1", "X", "x");
    let plan = plan(
        vec![change(Action::Create, &crd, "user.a"), change(Action::Create, &custom, "user.a")],
        vec![Step::Apply(0), Step::Wait(Gate::Ready(crd.id())), Step::Apply(1)],
        vec![vec![], vec![0], vec![1]],
    );
    let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/xs.a.b";
    let controller = when_there(&server, path, |crd| {
        crd["status"] = json!({"conditions": [{"type": "Established", "status": "True"}]});
    });
    let (ran, ()) = futures::join!(perform(&server, &plan, options(), Interrupt::new()), controller);
    assert!(ran.outcome.is_success(), "{:?}", ran.outcome);
    assert!(server.get("/apis/a.b/v1/namespaces/n/xs/x").is_some());
    let discoveries = server.log().iter().filter(|line| *line == "GET /apis").count();
    assert!(discoveries <= 3, "asked once a batch, not once an object: {discoveries}");
}

#[tokio::test]
async fn a_webhook_serves_with_endpoint_certificate_and_answer() {
    let server = server();
    let service = object("v1", "Service", "hook");
    let client = json!({"caBundle": "Cg==", "service": {"name": "hook", "namespace": "n"}});
    let configuration = Object::from_value(json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": "hooks"}, "webhooks": [{"name": "h.x", "clientConfig": client}],
    }))
    .expect("as set up");
    let map = object("v1", "ConfigMap", "map");
    let gate = Gate::WebhookServes { configuration: configuration.id(), service: service.id() };
    let plan = plan(
        vec![
            change(Action::Create, &service, "user.a"),
            change(Action::Create, &configuration, "user.a"),
            change(Action::Create, &map, "user.b"),
        ],
        vec![Step::Apply(0), Step::Apply(1), Step::Wait(gate), Step::Apply(2)],
        vec![vec![], vec![], vec![0, 1], vec![2]],
    );
    // The slice is there from the beginning, as its controller makes it with the service, without an endpoint.
    let slice = "/apis/discovery.k8s.io/v1/namespaces/n/endpointslices/hook-1";
    server.put(
        slice,
        json!({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
            "metadata": {"name": "hook-1", "namespace": "n", "labels": {"kubernetes.io/service-name": "hook"}}}),
    );
    let mut refusals = 2;
    server.rule(move |method, uri| {
        let refused = method == "PATCH" && uri.contains("/configmaps/map") && refusals > 0;
        refusals -= i32::from(refused);
        refused.then(|| status(500, "InternalError", "failed calling webhook \"h.x\": connection refused"))
    });
    let controllers = async {
        let path = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/hooks";
        while server.get(path).is_none() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        server.change(slice, |slice| slice["endpoints"] = json!([{"conditions": {"ready": true}}]));
        tokio::time::sleep(Duration::from_millis(100)).await;
        // base64 of "-----BEGIN CERTIFICATE-----"
        let bundle = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t";
        server.change(path, |c| c["webhooks"][0]["clientConfig"]["caBundle"] = bundle.into());
    };
    let (ran, ()) = futures::join!(perform(&server, &plan, options(), Interrupt::new()), controllers);
    assert!(ran.outcome.is_success(), "{:?}", ran.outcome);
    let gate = "webhooks of ValidatingWebhookConfiguration.admissionregistration.k8s.io hooks answer";
    let waited: Vec<String> = ran.told().into_iter().filter(|t| t.contains(gate)).collect();
    assert_eq!(
        waited,
        [
            format!("waiting {gate}: no ready endpoint of Service n/hook"),
            format!("waiting {gate}: no CA bundle for webhook h.x yet"),
            format!("waiting {gate}: failed calling webhook \"h.x\": connection refused"),
            format!("opened {gate}"),
        ]
    );
    assert!(!ran.told().iter().any(|t| t.starts_with("retrying")), "the gate asked, not the change");
}

#[tokio::test]
async fn a_second_interrupt_and_a_lost_lock_stop_at_once() {
    let server = server();
    let dex = object("apps/v1", "Deployment", "dex");
    let plan = plan(vec![change(Action::Create, &dex, "user.a")], vec![Step::Apply(0)], vec![vec![]]);
    let interrupt = Interrupt::new();
    interrupt.interrupt();
    interrupt.interrupt();
    let ran = perform(&server, &plan, options(), interrupt).await;
    assert!(ran.outcome.interrupted && !ran.outcome.is_success());
    assert_eq!(server.get(DEX), None);
    assert_eq!(ran.store.read().await.expect("as set up").entries.len(), 1, "written ahead all the same");

    let store = Store::new(&server.cluster(), "prod");
    let lock = Lock::acquire(&store, &LockOptions::default(), |_| {}).await.expect("as set up");
    let mut journal = Journal::open(&store, &lock).await.expect("as set up");
    let options = options();
    options.lock_lost.cancel("the server is gone".into());
    let (sender, _listener) = events();
    let lost = run(&server.cluster(), &plan, &mut journal, &options, sender, &Interrupt::new()).await;
    assert!(matches!(lost, Err(crate::state::StateError::LockLost { .. })));
}

#[tokio::test]
async fn a_server_without_room_is_told_once_and_ends_the_run() {
    for (code, message) in
        [(507, "could not write j: No space left"), (500, "etcdserver: mvcc: database space exceeded")]
    {
        let server = server();
        server.rule(move |method, uri| {
            (method == "PATCH" && uri.contains("/n/")).then(|| status(code, "InsufficientStorage", message))
        });
        let objects: Vec<Object> = (0..40).map(|n| object("apps/v1", "Deployment", &format!("d{n}"))).collect();
        let changes = objects.iter().map(|object| change(Action::Create, object, "user.a")).collect();
        let plan = plan(changes, (0..40).map(Step::Apply).collect(), vec![Vec::new(); 40]);
        let begun = std::time::Instant::now();
        let ran = perform(&server, &plan, options(), Interrupt::new()).await;
        assert!(begun.elapsed() < Duration::from_secs(4), "nothing is tried again: {:?}", begun.elapsed());
        assert_eq!((ran.outcome.failures.len(), ran.outcome.skipped), (1, 39), "{:?}", ran.told());
        let told: Vec<String> = ran.told().into_iter().filter(|text| text.contains(message)).collect();
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(!ran.outcome.interrupted);
    }
}
