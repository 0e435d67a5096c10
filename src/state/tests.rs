//! Records in a scripted cluster: write-ahead, compare-and-swap, fences, history, the last deed.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::Holder;
use super::Journal;
use super::Lock;
use super::LockOptions;
use super::NAMESPACE;
use super::Output;
use super::Revision;
use super::StateError;
use super::Store;
use crate::object::Address;
use crate::object::GroupVersionKind;
use crate::object::ObjectId;
use crate::plan::Action;
use crate::plan::Change;
use crate::plan::Checked;
use crate::provider::kubernetes::scripted::Scripted;
use crate::provider::kubernetes::scripted::status;

const LEASE: &str = "/apis/coordination.k8s.io/v1/namespaces/stackwright-system/leases/lock-prod";
const ROOT: &str = "/api/v1/namespaces/stackwright-system/secrets/inventory-prod";

fn store(server: &Scripted) -> Store {
    Store::new(&server.cluster(), "prod")
}

async fn lock(store: &Store) -> Result<Lock, StateError> {
    Lock::acquire(store, &LockOptions { operation: "apply".into(), timeout: Duration::ZERO }, |_| {}).await
}

fn change(action: Action, name: &str) -> Change {
    Change {
        id: ObjectId::new("", "Secret", "n", name),
        gvk: GroupVersionKind::new("", "v1", "Secret"),
        owner: Address::resource("platform", "ml"),
        action,
        before: None,
        after: None,
        fields: Vec::new(),
        reason: String::new(),
        checked: Checked::Server,
        precondition: None,
        take_over: Vec::new(),
        loss: None,
        moved_from: None,
    }
}

#[tokio::test]
async fn the_inventory_is_written_ahead_and_only_when_there_is_news() {
    let server = Scripted::default();
    let store = store(&server);
    let lock = lock(&store).await.expect("as set up");
    let mut journal = Journal::open(&store, &lock).await.expect("as set up");
    journal.write_ahead(&[change(Action::Create, "a"), change(Action::NoOp, "b")]).await.expect("as set up");
    let read = store.read().await.expect("as set up");
    assert_eq!(read.entries.keys().map(|id| id.name.as_str()).collect::<Vec<_>>(), ["a"]);
    assert_eq!((read.revision, read.fence), (1, lock.fence()));
    let writes = || server.log().iter().filter(|line| line.starts_with("PUT") || line.starts_with("POST")).count();
    let before = writes();
    journal.write_ahead(&[change(Action::Update, "a")]).await.expect("as set up");
    journal.flush().await.expect("as set up");
    assert_eq!(writes(), before, "nothing new, no request");
    journal.write_ahead(&[change(Action::Delete, "a")]).await.expect("as set up");
    assert_eq!(writes(), before + 1);
    assert_eq!(store.read().await.expect("as set up"), *journal.inventory());
}

#[tokio::test]
async fn many_objects_are_sharded_and_old_shards_swept() {
    let server = Scripted::default();
    let store = store(&server);
    let lock = lock(&store).await.expect("as set up");
    let mut journal = Journal::open(&store, &lock).await.expect("as set up");
    for n in 0..40_000_u64 {
        let uid = uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, &n.to_le_bytes()).to_string();
        let id = ObjectId::new("", "ConfigMap", "n", format!("name-{n}"));
        journal.inventory_mut().applied(id, "v1", &uid, &Address::resource("platform", "ml"));
    }
    journal.flush().await.expect("as set up");
    journal.inventory_mut().gone(&ObjectId::new("", "ConfigMap", "n", "name-7"));
    journal.flush().await.expect("as set up");
    let read = store.read().await.expect("as set up");
    assert_eq!((read.entries.len(), read.revision), (39_999, 2));
    let shard = |revision: u64| format!("{ROOT}-{}-{revision}-0", lock.fence());
    assert!(server.get(&shard(2)).is_some());
    assert!(server.get(&shard(1)).is_none(), "swept");
}

#[tokio::test]
async fn a_lost_answer_to_our_own_write_is_no_conflict() {
    let server = Scripted::default();
    let store = store(&server);
    let lock = lock(&store).await.expect("as set up");
    let mut journal = Journal::open(&store, &lock).await.expect("as set up");
    journal.write_ahead(&[change(Action::Create, "a")]).await.expect("as set up");
    journal.write_ahead(&[change(Action::Create, "b")]).await.expect("as set up");
    // Somebody else's write is.
    server.change(ROOT, |root| root["data"]["revision"] = "OTk=".into());
    let error = journal.write_ahead(&[change(Action::Create, "c")]).await.unwrap_err();
    assert!(matches!(error, StateError::Outrun), "{error}");
}

#[tokio::test]
async fn a_run_that_lost_its_lock_may_not_write() {
    let server = Scripted::default();
    let store = store(&server);
    let first = lock(&store).await.expect("as set up");
    let mut slept = Journal::open(&store, &first).await.expect("as set up");
    assert!(store.unlock().await.expect("as set up").is_some());
    let second = lock(&store).await.expect("as set up");
    assert!(second.fence() > first.fence());
    let mut journal = Journal::open(&store, &second).await.expect("as set up");
    journal.write_ahead(&[change(Action::Create, "a")]).await.expect("as set up");
    let error = slept.write_ahead(&[change(Action::Create, "b")]).await.unwrap_err();
    assert!(matches!(error, StateError::Fenced { .. }), "{error}");
    assert!(matches!(Journal::open(&store, &first).await, Err(StateError::Fenced { .. })));
}

#[tokio::test]
async fn two_at_once_and_one_that_died() {
    let server = Scripted::default();
    let store = store(&server);
    let first = lock(&store).await.expect("as set up");
    let error = lock(&store).await.unwrap_err().to_string();
    assert!(error.starts_with(&format!("locked by {} (apply) since 20", first.identity())), "{error}");
    // It waits for the other one to end.
    let mut told = Vec::new();
    let options = LockOptions { operation: "destroy".into(), timeout: Duration::from_secs(20) };
    let release = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        first.release().await.expect("as set up");
    };
    let (waited, ()) =
        futures::join!(Lock::acquire(&store, &options, |holder: &Holder| told.push(holder.clone())), release);
    let second = waited.expect("as set up");
    assert_eq!((told.len(), second.taken_over()), (1, None));
    // It dies: after its time the lock is taken over with a notice.
    let identity = second.identity().to_owned();
    drop(second);
    // What its own clock said proves nothing.
    server.change(LEASE, |lease| lease["spec"]["renewTime"] = "2020-01-01T00:00:00.000000Z".into());
    assert!(lock(&store).await.is_err(), "it may still live");
    // That its process is gone can be seen on this machine.
    server.change(LEASE, |lease| {
        let process = &mut lease["metadata"]["annotations"]["stackwright.io/process"];
        let (living, _) = process.as_str().and_then(|name| name.rsplit_once(' ')).expect("a name");
        *process = format!("{living} 1").into();
    });
    let third = lock(&store).await.expect("as set up");
    assert_eq!(third.taken_over().map(|holder| holder.identity.clone()), Some(identity));
    assert_eq!(third.fence(), 3);
}

#[tokio::test]
async fn history_is_bounded_and_numbered() {
    let server = Scripted::default();
    let store = store(&server);
    let _lock = lock(&store).await.expect("as set up");
    for n in 1..=23 {
        let revision = Revision { who: "a@b".into(), command: format!("apply {n}"), ..Revision::default() };
        assert_eq!(store.record(&revision).await.expect("as set up"), n);
    }
    let kept = store.revisions().await.expect("as set up");
    assert_eq!(kept.iter().map(|r| r.number).collect::<Vec<_>>(), (4..=23).collect::<Vec<_>>());
    assert_eq!(kept[0].command, "apply 4");
}

#[tokio::test]
async fn outputs_are_kept_and_hidden_from_debug() {
    let server = Scripted::default();
    let store = store(&server);
    let _lock = lock(&store).await.expect("as set up");
    assert!(store.outputs().await.expect("as set up").is_empty());
    let output = |value: serde_json::Value, sensitive| Output { value, sensitive };
    let outputs = [("url".to_owned(), output(json!("u"), false)), ("key".to_owned(), output(json!("s3"), true))].into();
    store.write_outputs(&outputs).await.expect("as set up");
    assert_eq!(store.outputs().await.expect("as set up"), outputs);
    assert!(!format!("{outputs:?}").contains("s3"));
}

#[tokio::test]
async fn the_last_deed_leaves_other_installations_alone() {
    let server = Scripted::default();
    let (ours, theirs) = (store(&server), Store::new(&server.cluster(), "test"));
    for store in [&ours, &theirs] {
        let lock = lock(store).await.expect("as set up");
        let mut journal = Journal::open(store, &lock).await.expect("as set up");
        journal.write_ahead(&[change(Action::Create, "a")]).await.expect("as set up");
        store.record(&Revision::default()).await.expect("as set up");
        lock.release().await.expect("as set up");
    }
    let neighbours = ours.neighbours().await.expect("as set up");
    assert_eq!(neighbours.iter().map(|n| (n.installation.as_str(), n.objects)).collect::<Vec<_>>(), [("test", 1)]);
    ours.erase().await.expect("as set up");
    assert_eq!(ours.read().await.expect("as set up").revision, 0);
    assert_eq!(theirs.read().await.expect("as set up").revision, 1);
    let namespace = format!("/api/v1/namespaces/{NAMESPACE}");
    assert!(server.get(&namespace).is_some(), "still used");
    theirs.erase().await.expect("as set up");
    assert!(server.get(&namespace).is_none(), "we made it");
}

#[tokio::test]
async fn a_namespace_that_a_destroy_still_takes_away_is_waited_for() {
    let server = Scripted::default();
    let namespace = format!("/api/v1/namespaces/{NAMESPACE}");
    let metadata = json!({"name": NAMESPACE, "deletionTimestamp": "2026-01-01T00:00:00Z"});
    server.put(&namespace, json!({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}));
    let mut refusals = 1;
    server.rule(move |method, path| {
        let refused = method == "POST" && path.contains("/leases") && refusals > 0;
        refusals -= i32::from(refused);
        let cause = json!({"reason": "NamespaceTerminating", "message": "", "field": "metadata.namespace"});
        let status = json!({"kind": "Status", "code": 403, "reason": "Forbidden", "details": {"causes": [cause]}});
        refused.then_some((403, status))
    });
    let drained = async {
        while !server.log().iter().any(|line| *line == format!("GET {namespace}")) {
            tokio::task::yield_now().await;
        }
        server.remove(&namespace);
    };
    let store = store(&server);
    let (taken, ()) = tokio::join!(lock(&store), drained);
    assert_eq!(taken.expect("as set up").fence(), 1);
    assert!(server.get(&namespace).is_some_and(|made| made["metadata"]["deletionTimestamp"].is_null()));
}

#[tokio::test]
async fn a_newer_form_is_refused_with_advice() {
    let server = Scripted::default();
    let store = store(&server);
    let lock = lock(&store).await.expect("as set up");
    let mut journal = Journal::open(&store, &lock).await.expect("as set up");
    journal.write_ahead(&[change(Action::Create, "a")]).await.expect("as set up");
    server.change(ROOT, |root| root["data"]["form"] = "OQ==".into());
    assert!(store.read().await.unwrap_err().to_string().contains("newer version of stackwright (form 9"));
    server.change(ROOT, |root| root["data"]["form"] = "eA==".into());
    assert!(store.read().await.unwrap_err().to_string().contains("is damaged"));
}

/// One run from lock to release.
async fn run(store: &Store, name: &str) -> u64 {
    let lock = lock(store).await.expect("as set up");
    let mut journal = Journal::open(store, &lock).await.expect("as set up");
    journal.write_ahead(&[change(Action::Create, name)]).await.expect("as set up");
    journal.record(&Revision { command: name.into(), ..Revision::default() }).await.expect("as set up");
    let fence = lock.fence();
    lock.release().await.expect("as set up");
    fence
}

#[tokio::test]
async fn a_lease_that_is_gone_or_old_counts_on_from_the_inventory() {
    let server = Scripted::default();
    let store = store(&server);
    let transitions = || server.get(LEASE).expect("as set up")["spec"]["leaseTransitions"].clone();
    assert_eq!((run(&store, "a").await, run(&store, "b").await, run(&store, "c").await), (1, 2, 3));
    let slept = {
        let lock = lock(&store).await.expect("as set up");
        let journal = Journal::open(&store, &lock).await.expect("as set up");
        (lock, journal)
    };
    server.remove(LEASE);
    assert_eq!((run(&store, "d").await, transitions()), (4, json!(4)), "what people do with a lock that is stuck");
    assert_eq!(run(&store, "e").await, 5, "and it goes on");
    server.change(LEASE, |lease| lease["spec"]["leaseTransitions"] = 1.into());
    assert_eq!((run(&store, "f").await, transitions()), (6, json!(6)), "a backup of long ago");
    // A server takes no more than 32 bits; such a number is not one of ours.
    server.change(LEASE, |lease| lease["spec"]["leaseTransitions"] = json!(u64::MAX));
    assert_eq!((run(&store, "g").await, transitions()), (7, json!(7)));
    // The run that slept through all that does no harm.
    let (lock, mut journal) = slept;
    let error = journal.write_ahead(&[change(Action::Create, "z")]).await.unwrap_err().to_string();
    assert!(error.contains("its number is 7, ours 4") && error.contains("run again"), "{error}");
    assert!(matches!(Journal::open(&store, &lock).await, Err(StateError::Fenced { .. })));
}

#[tokio::test]
async fn a_fence_that_no_lock_can_reach_is_told_with_its_remedy() {
    let server = Scripted::default();
    let store = store(&server);
    run(&store, "a").await;
    for fence in [u64::MAX, u64::MAX - 1, i32::MAX as u64] {
        server.change(ROOT, |root| root["data"]["fence"] = STANDARD.encode(fence.to_string()).into());
        let lock = lock(&store).await.expect("as set up");
        let error = Journal::open(&store, &lock).await.unwrap_err().to_string();
        assert!(error.contains(&format!("lock number {fence}")), "{error}");
        assert!(error.contains(r#"patch secret inventory-prod -p '{"data":{"fence":"MQ=="}}'"#), "{error}");
        lock.release().await.expect("as set up");
    }
    server.change(ROOT, |root| root["data"]["fence"] = "MQ==".into());
    run(&store, "b").await;
}

#[tokio::test]
async fn a_lease_that_never_holds_still_ends_with_an_error() {
    let server = Scripted::default();
    let store = store(&server);
    run(&store, "a").await;
    server.rule(|method, path| (method == "PUT" && path.contains("/leases/")).then(|| status(409, "Conflict", "m")));
    let error = lock(&store).await.unwrap_err().to_string();
    assert!(
        error.starts_with("the Lease lock-prod in namespace stackwright-system changed under each of 20"),
        "{error}"
    );
    server.change(LEASE, |lease| lease["spec"]["holderIdentity"] = "a".into());
    let error = store.unlock().await.unwrap_err().to_string();
    assert!(error.contains("attempts to break the lock"), "{error}");
}

#[tokio::test]
async fn damaged_history_and_outputs_are_passed_over_with_a_warning() {
    let server = Scripted::default();
    let store = store(&server);
    for name in ["a", "b", "c"] {
        run(&store, name).await;
    }
    let record = |name: &str| format!("/api/v1/namespaces/{NAMESPACE}/secrets/{name}");
    let outputs = [("url".to_owned(), Output { value: json!("u"), sensitive: false })].into();
    let lock = lock(&store).await.expect("as set up");
    store.write_outputs(&outputs).await.expect("as set up");
    server.change(&record("revision-prod-2"), |r| r["data"]["revision"] = "anVuaw==".into());
    server.change(&record("outputs-prod"), |r| r["data"] = json!({}));
    // Made by hand, with our labels.
    let labels = json!({"stackwright.io/record": "revision", "stackwright.io/records-of": "prod"});
    for name in ["foreign", "revision-prod-18446744073709551615"] {
        server.put(
            &record(name),
            json!({"apiVersion": "v1", "kind": "Secret",
            "metadata": {"name": name, "namespace": NAMESPACE, "labels": labels}}),
        );
    }
    assert!(store.warnings().is_empty());
    let journal = Journal::open(&store, &lock).await.expect("the apply goes on");
    assert!(journal.outputs().is_empty());
    assert_eq!(journal.last().map(|last| last.number), Some(3));
    let warnings = store.warnings();
    assert_eq!(warnings.len(), 4, "{warnings:#?}");
    let told =
        |part: &str| assert!(warnings.iter().any(|warning| warning.contains(part)), "no {part} in {warnings:#?}");
    told(
        "the record outputs-prod in namespace stackwright-system is damaged: it has no field \"form\"; the outputs of the",
    );
    told("the record revision-prod-2 in namespace stackwright-system is damaged: ");
    told("`kubectl -n stackwright-system delete secret revision-prod-2` removes the record");
    assert_eq!(journal.record(&Revision::default()).await.expect("as set up"), 4);
    let numbers = store.revisions().await.expect("looking works too").iter().map(|r| r.number).collect::<Vec<_>>();
    assert_eq!(numbers, [1, 3, 4]);
    assert!(store.outputs().await.expect("looking works too").is_empty());
    // They are written anew, also where somebody made a Secret of another type.
    let mut refusals = 1;
    server.rule(move |method, path| {
        let refused = method == "PATCH" && path.contains("/outputs-prod") && refusals > 0;
        refusals -= i32::from(refused);
        refused.then(|| status(422, "Invalid", "type: Invalid value: \"Opaque\": field is immutable"))
    });
    store.write_outputs(&outputs).await.expect("as set up");
    assert_eq!(store.outputs().await.expect("as set up"), outputs);
    // Without its inventory nothing goes on.
    server.change(ROOT, |root| root["data"]["entries"] = "anVuaw==".into());
    assert!(matches!(Journal::open(&store, &lock).await, Err(StateError::Damaged { .. })));
}
