//! Two at once, holders that die, and clocks that nobody may trust.

use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::Value;
use serde_json::json;

use crate::program::Directory;
use crate::server::Server;
use crate::server::behaviours;
use crate::world::Running;
use crate::world::without_holder;

behaviours!(
    of_two_runs_one_is_refused_or_waits,
    a_holder_that_was_killed_is_taken_over,
    a_holder_elsewhere_that_fell_silent_is_taken_over,
    a_living_holder_keeps_its_lock_whatever_the_clocks_say,
);

const APPLY: [&str; 2] = ["apply", "--auto-approve"];

/// A run that holds the lock and was stopped while it does.
fn stopped(directory: &Directory) -> Running {
    let mut run = Running::start(directory.command(&APPLY));
    run.wait_for("Applying");
    run.signal("-STOP");
    run
}

pub fn of_two_runs_one_is_refused_or_waits(server: &Server) {
    let (directory, other) = (server.small("two"), server.small("two"));
    let first = stopped(&directory);
    let refused = other.run(&APPLY);
    assert_eq!(refused.code, Some(1));
    // First of all, which cluster is meant.
    let (place, refusal) = refused.stderr.split_once('\n').expect("several lines");
    assert!(place.starts_with("cluster.main  Kubernetes v1."), "{place}");
    assert!(place.ends_with(&format!(" at {}", server.address())), "{place}");
    assert_eq!(
        without_holder(refusal),
        "error: Cannot take the installation's lock\n  because locked by HOLDER (apply) since TIME\n\n  Wait for the \
         other run with --lock-timeout 10m.\n  If its process is gone, its lock expires by itself within two minutes, or \
         break it with `stackwright unlock`.\n"
    );
    let asked = other.run(&["unlock"]);
    assert_eq!(
        without_holder(&asked.stderr),
        "error: Cannot break the lock\n  because HOLDER holds the lock for apply since TIME, and it is alive: its run \
         may still be writing.\n\n  Give --force.\n"
    );
    let mut second = Running::start(other.command(&["apply", "--auto-approve", "--lock-timeout", "2m"]));
    second.wait_for("lock");
    first.signal("-CONT");
    let (code, said) = first.end();
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = second.end();
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("error: The plan is stale\n  because another run has changed the installation"), "{said}");
    other.succeed(&APPLY);
    server.destroyed(&directory, "two");
}

pub fn a_holder_that_was_killed_is_taken_over(server: &Server) {
    let directory = server.small("killed");
    let first = stopped(&directory);
    first.signal("-KILL");
    assert_eq!(first.end().0, None);
    let answer = directory.run(&APPLY);
    assert_eq!(answer.code, Some(0), "{}", answer.stderr);
    let notice = "Took over the lock of HOLDER (apply, since TIME): its process is gone.\n";
    assert!(without_holder(&answer.stderr).contains(notice), "{}", answer.stderr);
    assert_eq!(directory.run(&["plan", "--detailed-exitcode"]).code, Some(0));
    directory.succeed(&["verify"]);
    server.destroyed(&directory, "killed");
}

const LEASES: &str = "/apis/coordination.k8s.io/v1/namespaces/stackwright-system/leases";

/// Makes a lock as another machine's run has it, by a clock that is `hours` off. The server stored it `minutes` ago by
/// its own clock.
fn foreign_lock(server: &Server, installation: &str, hours: i64, minutes: i64) {
    server.send(
        "POST",
        "/api/v1/namespaces",
        "application/json",
        &json!({"apiVersion": "v1", "kind": "Namespace",
        "metadata": {"name": "stackwright-system", "labels": {"app.kubernetes.io/managed-by": "stackwright"}}}),
    );
    let lease = json!({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
        "metadata": {"name": format!("lock-{installation}"), "namespace": "stackwright-system",
            "labels": {"stackwright.io/record": "lock", "stackwright.io/records-of": installation},
            "annotations": {"stackwright.io/operation": "destroy"}},
        "spec": {"holderIdentity": "bob@elsewhere pid 7", "leaseDurationSeconds": 60, "leaseTransitions": 1,
            "acquireTime": time(hours * 60), "renewTime": time(hours * 60)}});
    server.done("POST", &format!("{LEASES}?fieldManager=stackwright"), "application/json", &lease);
    age(server, installation, minutes);
}

/// Lets the server's own note of when the lock was stored be so old: what a jump of its clock would do.
fn age(server: &Server, installation: &str, minutes: i64) {
    let path = format!("{LEASES}/lock-{installation}");
    let mut lease = server.get(&path);
    let managers = lease["metadata"]["managedFields"].as_array_mut().expect("a list");
    for manager in managers.iter_mut() {
        let stored = jiff::Timestamp::now() - jiff::SignedDuration::from_mins(minutes);
        manager["time"] = format!("{stored:.0}").into();
    }
    // Times alone are no change to a server.
    lease["metadata"]["annotations"]["example.com/aged"] = time(0).into();
    let stored = server.done("PUT", &format!("{path}?fieldManager=test"), "application/json", &lease);
    let oldest = |lease: &Value| {
        let managers = lease["metadata"]["managedFields"].as_array().cloned().unwrap_or_default();
        managers.iter().filter_map(|manager| Some(manager["time"].as_str()?.to_owned())).min()
    };
    assert_eq!(oldest(&stored), oldest(&lease), "the server keeps the times it is told");
}

fn time(minutes: i64) -> String {
    format!("{:.6}", jiff::Timestamp::now() + jiff::SignedDuration::from_mins(minutes))
}

/// Its machine's clock is an hour ahead: what it wrote last lies in the future, and it is dead all the same.
pub fn a_holder_elsewhere_that_fell_silent_is_taken_over(server: &Server) {
    let directory = server.small("silent");
    foreign_lock(server, "silent", 1, 10);
    let answer = directory.run(&APPLY);
    assert_eq!(answer.code, Some(0), "{}", answer.stderr);
    let notice = "Took over the lock of bob@elsewhere pid 7 (destroy, since TIME): it was not renewed in time.\n";
    assert!(
        without_holder(&answer.stderr).replace("HOLDER", "bob@elsewhere pid 7").contains(notice),
        "{}",
        answer.stderr
    );
    server.destroyed(&directory, "silent");
}

/// First its machine's clock is an hour behind; then the server's clock jumps ahead. It renews, so it lives.
pub fn a_living_holder_keeps_its_lock_whatever_the_clocks_say(server: &Server) {
    let directory = server.small("living");
    let refused = || {
        let answer = directory.run(&APPLY);
        assert_eq!(answer.code, Some(1), "{}", answer.stdout);
        assert!(answer.stderr.contains("because locked by bob@elsewhere pid 7 (destroy) since "), "{}", answer.stderr);
    };
    foreign_lock(server, "living", -1, 0);
    refused();
    let done = AtomicBool::new(false);
    let path = format!("{LEASES}/lock-living");
    let renew = |minutes: i64| {
        let renewed = json!({"spec": {"renewTime": time(-60)}});
        server.done("PATCH", &format!("{path}?fieldManager=stackwright"), "application/merge-patch+json", &renewed);
        age(server, "living", minutes);
    };
    renew(10);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_secs(3));
                renew(10);
            }
        });
        let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(refused));
        done.store(true, Ordering::Relaxed);
        if let Err(panic) = ended {
            std::panic::resume_unwind(panic);
        }
    });
    let holder = &server.get(&path)["spec"]["holderIdentity"];
    assert_eq!(holder, &Value::from("bob@elsewhere pid 7"));
    // Who knows better may break it.
    directory.succeed(&["unlock", "--force"]);
    directory.succeed(&APPLY);
    server.destroyed(&directory, "living");
}
