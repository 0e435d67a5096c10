//! The lock of an installation: a Lease with holder, expiry, renewal and a number that only grows.
//!
//! The number (the Lease's transitions) is the fence: the inventory remembers the last one that wrote and refuses
//! older ones, so a run that slept through its expiry cannot do harm when it wakes. Where the Lease was deleted or came
//! back from a backup, it counts on from what the inventory remembers.
//!
//! Whether a holder still lives is never judged by comparing this machine's clock with its: `renewTime` is only for
//! people. Only these count: how long the server says ago it stored the last renewal, by its own clock, and how long we
//! ourselves have seen the Lease unchanged. A clock that is wrong or jumps, here, there or on the server, takes a lock
//! from nobody who renews it.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::OnceLock;
use std::sync::PoisonError;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use serde_json::json;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::NAMESPACE;
use super::StateError;
use super::Store;
use super::process;
use super::secret;
use super::store::WRITE;
use super::store::leases;
use crate::object::Object;
use crate::provider::kubernetes::ClusterError;

/// How long a lock lives without renewal.
const LIVES: Duration = Duration::from_secs(60);
/// How often it is renewed: three renewals may fail.
const RENEWED: Duration = Duration::from_secs(15);
/// Longer than it lives it must be silent before somebody else takes it: a renewal may be on its way.
const MARGIN: Duration = Duration::from_secs(15);
/// A holder that is dead by the server's clock is watched for so long before its lock is taken: one that lives renews
/// meanwhile, whatever the server's clock has done.
const WATCHED: Duration = Duration::from_secs(20);
/// The API server keeps the number in 32 bits (`leaseTransitions` of coordination.k8s.io/v1).
const HIGHEST: u64 = i32::MAX as u64;
/// A Lease that changes under so many attempts in a row is not worth another: nobody takes or renews a lock so often.
const ATTEMPTS: u32 = 20;
const OPERATION: &str = "stackwright.io/operation";
/// Which process it is, for those on the same machine.
const PROCESS: &str = "stackwright.io/process";

/// Who holds a lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// `alice@laptop pid 4711`
    pub identity: String,
    /// `apply`
    pub operation: String,
    /// RFC 3339.
    pub since: String,
    /// By the server's clock it was not renewed in time, or its process ran on this machine and is gone: its run is
    /// dead or cut off.
    pub expired: bool,
    /// Its process ran on this machine and is gone.
    pub process_gone: bool,
}

/// How to take a lock.
#[derive(Clone, Debug, Default)]
pub struct LockOptions {
    /// What it is taken for, as `apply`.
    pub operation: String,
    /// How long to wait for another holder; zero refuses at once.
    pub timeout: Duration,
}

/// A lock we hold. It is renewed in the background until it is released or dropped; dropped without release it
/// expires by itself.
#[derive(Debug)]
pub struct Lock {
    store: Store,
    hold: Hold,
    fence: AtomicU64,
    lost: Lost,
    /// As it was stored last.
    lease: Arc<Mutex<Object>>,
    renewal: JoinHandle<()>,
    taken_over: Option<Holder>,
}

impl Lock {
    /// Takes the lock, waiting for another holder as long as the options allow. `waiting` is called once for every
    /// holder waited for.
    ///
    /// # Errors
    /// `Locked` when the time ran out.
    pub async fn acquire(
        store: &Store,
        options: &LockOptions,
        mut waiting: impl FnMut(&Holder),
    ) -> Result<Lock, StateError> {
        let begun = Instant::now();
        let identity = identity();
        let mut told: Option<String> = None;
        let mut unchanged = Unchanged::default();
        let mut attempts = 0;
        loop {
            let found = store.lease().await?;
            let holder = found.as_ref().and_then(|lease| store.holder_of(lease));
            if let (Some(lease), Some(holder)) = (&found, &holder)
                && !holder.process_gone
                && !unchanged.is_dead(holder, lease.resource_version(), Instant::now())
            {
                // Who seems dead is watched to the end; it does not take long.
                if !(holder.expired && unchanged.renewals == 0) && begun.elapsed() >= options.timeout {
                    let Holder { identity, operation, since, .. } = holder.clone();
                    return Err(StateError::Locked { holder: identity, operation, since });
                }
                if told.as_ref() != Some(&holder.identity) {
                    told = Some(holder.identity.clone());
                    waiting(holder);
                }
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            }
            match store.take(found.as_ref(), &identity, &options.operation).await? {
                Some(lease) => {
                    let fence = AtomicU64::new(transitions(&lease));
                    let hold = Hold { identity, since: lease.text("/spec/acquireTime").to_owned() };
                    let lost = Lost::default();
                    let lease = Arc::new(Mutex::new(lease));
                    let renewal = renew(store.clone(), lease.clone(), hold.clone(), lost.clone());
                    let renewal = tokio::spawn(renewal);
                    let store = store.clone();
                    return Ok(Lock { store, hold, fence, lost, lease, renewal, taken_over: holder });
                }
                // Somebody was faster; the next round shows who.
                None if attempts < ATTEMPTS => {
                    attempts += 1;
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                None => return Err(store.contended("take the lock")),
            }
        }
    }

    /// Number of this lock: greater than that of every lock before.
    pub fn fence(&self) -> u64 {
        self.fence.load(Ordering::Relaxed)
    }

    /// Makes our number greater than `known`, which the inventory remembers of a Lease that was deleted since, or came
    /// back from a backup.
    ///
    /// # Errors
    /// `Fenced` where the lock is not ours any more; `FenceExhausted` where no lock can have a greater number.
    pub(super) async fn raise(&self, known: u64) -> Result<(), StateError> {
        let (store, ours) = (&self.store, self.fence());
        if known <= ours {
            return Ok(());
        }
        let exhausted = || StateError::FenceExhausted { name: store.root_name(), fence: known, highest: HIGHEST };
        let next = successor(known).ok_or_else(exhausted)?;
        for _ in 0..ATTEMPTS {
            let held = store.lease().await?.filter(|lease| self.hold.is_of(lease));
            let Some(mut lease) = held else { return Err(StateError::Fenced { ours, theirs: known }) };
            if let Some(spec) = lease.as_map_mut().get_mut("spec").and_then(Value::as_object_mut) {
                spec.insert("leaseTransitions".into(), next.into());
            }
            strip(&mut lease);
            match store.cluster.replace(&lease, WRITE).await {
                Ok(stored) => {
                    *self.lease.lock().unwrap_or_else(PoisonError::into_inner) = stored;
                    self.fence.store(next, Ordering::Relaxed);
                    return Ok(());
                }
                // Our own renewal.
                Err(error) if error.is_conflict() => {}
                Err(error) => return Err(StateError::cluster("take the lock")(error)),
            }
        }
        Err(store.contended("take the lock"))
    }

    /// As others see us: `alice@laptop pid 4711`.
    #[cfg(test)]
    pub fn identity(&self) -> &str {
        &self.hold.identity
    }

    /// Who we are, without the process: `alice@laptop`.
    pub fn who() -> String {
        let (user, host) = user_and_host();
        format!("{user}@{host}")
    }

    /// Tells when the lock was taken from us or could not be renewed: stop writing then.
    pub fn lost(&self) -> Lost {
        self.lost.clone()
    }

    /// The holder whose expired lock we took; worth a notice.
    pub fn taken_over(&self) -> Option<&Holder> {
        self.taken_over.as_ref()
    }

    /// Gives the lock back.
    pub async fn release(self) -> Result<(), StateError> {
        self.renewal.abort();
        let stored = self.lease.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if self.store.free(stored).await? {
            return Ok(());
        }
        for _ in 0..5 {
            let Some(lease) = self.store.lease().await? else { return Ok(()) };
            if !self.hold.is_of(&lease) {
                return Ok(());
            }
            if self.store.free(lease).await? {
                return Ok(());
            }
        }
        Ok(())
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        self.renewal.abort();
    }
}

impl Store {
    /// Who holds the lock now.
    pub async fn holder(&self) -> Result<Option<Holder>, StateError> {
        Ok(self.lease().await?.as_ref().and_then(|lease| self.holder_of(lease)))
    }

    fn holder_of(&self, lease: &Object) -> Option<Holder> {
        holder(lease, self.cluster.server_time())
    }

    /// Breaks the lock, whoever holds it, and gives who that was. A run that still lives is fenced off: the next lock
    /// has a greater number.
    pub async fn unlock(&self) -> Result<Option<Holder>, StateError> {
        for _ in 0..ATTEMPTS {
            let Some(lease) = self.lease().await? else { return Ok(None) };
            let Some(holder) = self.holder_of(&lease) else { return Ok(None) };
            if self.free(lease).await? {
                return Ok(Some(holder));
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Err(self.contended("break the lock"))
    }

    fn contended(&self, what: &'static str) -> StateError {
        StateError::Contended { name: self.lock_name(), what, attempts: ATTEMPTS }
    }

    async fn lease(&self) -> Result<Option<Object>, StateError> {
        self.cluster.get(&leases(), NAMESPACE, &self.lock_name()).await.map_err(StateError::cluster("read the lock"))
    }

    /// Writes us into the Lease; `None` where somebody else wrote meanwhile.
    async fn take(
        &self,
        found: Option<&Object>,
        identity: &str,
        operation: &str,
    ) -> Result<Option<Object>, StateError> {
        let now = micro_time(Timestamp::now());
        let mut lease = json!({
            "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
            "metadata": {
                "name": self.lock_name(), "namespace": NAMESPACE,
                "labels": {secret::RECORD: "lock", secret::OF: self.installation},
                "annotations": {OPERATION: operation, PROCESS: process::own()},
            },
            "spec": {
                "holderIdentity": identity, "leaseDurationSeconds": LIVES.as_secs(), "acquireTime": now,
                "renewTime": now,
                // A number that cannot grow is not one of ours: the inventory knows where to go on.
                "leaseTransitions": found.map_or(Some(1), |lease| successor(transitions(lease))).unwrap_or(1),
            },
        });
        if let Some(found) = found {
            lease["metadata"]["resourceVersion"] = found.resource_version().into();
        }
        let lease = Object::from_value(lease).expect("it has kind, version and name");
        let written = match found {
            Some(_) => self.cluster.replace(&lease, WRITE).await,
            None => match self.cluster.create(&lease, WRITE).await {
                // The namespace is missing, or a destroy that has just ended is taking it away.
                Err(error) if error.is_not_found() || error.is_namespace_terminating() => {
                    self.wait_until_drained().await?;
                    self.ensure_namespace().await?;
                    self.cluster.create(&lease, WRITE).await
                }
                other => other,
            },
        };
        match written {
            // A lost answer may hide that somebody else wrote: what is stored tells.
            Ok(stored) if stored.get("/spec/acquireTime") == lease.get("/spec/acquireTime") => Ok(Some(stored)),
            Ok(_) => Ok(None),
            // After a lost answer the conflict may be with our own write: what is stored tells that too.
            Err(error) if error.is_conflict() => {
                let ours = Hold { identity: identity.to_owned(), since: lease.text("/spec/acquireTime").to_owned() };
                Ok(self.lease().await?.filter(|stored| ours.is_of(stored)))
            }
            Err(error) => Err(StateError::cluster("take the lock")(error)),
        }
    }

    /// Takes the holder out, keeping the number; `false` where somebody else wrote meanwhile.
    async fn free(&self, mut lease: Object) -> Result<bool, StateError> {
        if let Some(spec) = lease.as_map_mut().get_mut("spec").and_then(Value::as_object_mut) {
            for field in ["holderIdentity", "acquireTime", "renewTime"] {
                spec.remove(field);
            }
        }
        strip(&mut lease);
        match self.cluster.replace(&lease, WRITE).await {
            Ok(_) => Ok(true),
            Err(error) if error.is_not_found() => Ok(true),
            Err(error) if error.is_conflict() => Ok(false),
            Err(error) => Err(StateError::cluster("release the lock")(error)),
        }
    }
}

/// managedFields need not be sent back.
fn strip(lease: &mut Object) {
    lease.metadata_mut().remove("managedFields");
}

async fn renew(store: Store, kept: Arc<Mutex<Object>>, hold: Hold, lost: Lost) {
    let keep = |lease: &Object| *kept.lock().unwrap_or_else(PoisonError::into_inner) = lease.clone();
    let mut lease = kept.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let mut renewed = Instant::now();
    let mut trouble = String::new();
    loop {
        tokio::time::sleep(RENEWED).await;
        if let Some(spec) = lease.as_map_mut().get_mut("spec").and_then(Value::as_object_mut) {
            spec.insert("renewTime".into(), micro_time(Timestamp::now()).into());
        }
        strip(&mut lease);
        match store.cluster.replace(&lease, crate::provider::kubernetes::Patience::NONE).await {
            Ok(stored) => {
                (lease, renewed) = (stored, Instant::now());
                keep(&lease);
            }
            Err(ClusterError::Refused { refusal, .. }) if matches!(refusal.code, 404 | 409) => {
                match store.lease().await {
                    Ok(Some(now)) if hold.is_of(&now) => {
                        lease = now;
                        keep(&lease);
                    }
                    Ok(now) => {
                        let holder = now.as_ref().map(|lease| lease.text("/spec/holderIdentity").to_owned());
                        return lost.cancel(match holder.filter(|holder| !holder.is_empty()) {
                            Some(holder) => format!("{holder} took it"),
                            None => "somebody broke it".into(),
                        });
                    }
                    Err(error) => trouble = error.to_string(),
                }
            }
            Err(error) if error.is_out_of_room() => return lost.cancel(format!("it cannot be renewed: {error}")),
            Err(error) => trouble = error.to_string(),
        }
        if renewed.elapsed() > LIVES {
            return lost.cancel(format!("it could not be renewed for {} s: {trouble}", LIVES.as_secs()));
        }
    }
}

/// Whether a lock is lost, and why. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Lost {
    token: CancellationToken,
    reason: Arc<OnceLock<String>>,
}

impl Lost {
    /// It is lost; the first reason counts.
    pub fn cancel(&self, reason: String) {
        let _first_counts = self.reason.set(reason);
        self.token.cancel();
    }

    /// Waits until it is lost.
    pub async fn cancelled(&self) {
        self.token.cancelled().await;
    }

    /// Why it was lost.
    pub fn reason(&self) -> &str {
        self.reason.get().map_or("it could not be renewed, or another run took it", String::as_str)
    }
}

/// One hold of the lock: the same run may lose it and take it again.
#[derive(Clone, Debug)]
struct Hold {
    identity: String,
    /// As the server stored it.
    since: String,
}

impl Hold {
    fn is_of(&self, lease: &Object) -> bool {
        lease.text("/spec/holderIdentity") == self.identity && lease.text("/spec/acquireTime") == self.since
    }
}

/// Since when we have seen a Lease as it is, and how often it has changed under our eyes.
#[derive(Default)]
struct Unchanged {
    known: Option<(String, Instant)>,
    renewals: usize,
}

impl Unchanged {
    /// Takes in what was read now; gives for how long it has been so.
    fn seen(&mut self, version: &str, now: Instant) -> Duration {
        match &self.known {
            Some((known, since)) if known == version => return now.duration_since(*since),
            Some(_) => self.renewals += 1,
            None => {}
        }
        self.known = Some((version.to_owned(), now));
        Duration::ZERO
    }

    /// Whether the Lease may be taken from its holder, after it was read in this version.
    fn is_dead(&mut self, holder: &Holder, version: &str, now: Instant) -> bool {
        let unchanged = self.seen(version, now);
        unchanged >= if holder.expired && self.renewals == 0 { WATCHED } else { LIVES + MARGIN }
    }
}

/// Who holds the Lease; `now` by the server's clock, where it is known.
fn holder(lease: &Object, now: Option<Timestamp>) -> Option<Holder> {
    let identity = lease.text("/spec/holderIdentity");
    if identity.is_empty() {
        return None;
    }
    let silent = now.zip(stored_at(lease)).map(|(now, stored)| now.duration_since(stored).as_secs());
    let expired = silent.is_some_and(|silent| silent > (LIVES + MARGIN).as_secs().cast_signed());
    // A killed run left its lock; nobody needs to wait for what can be seen to be dead.
    let process_gone = lease.annotation(PROCESS).is_some_and(process::is_dead);
    Some(Holder {
        identity: identity.to_owned(),
        operation: lease.annotation(OPERATION).unwrap_or("unknown").to_owned(),
        since: lease.text("/spec/acquireTime").to_owned(),
        expired: expired || process_gone,
        process_gone,
    })
}

/// When the server stored the last renewal, by its own clock; `None` where it does not say.
fn stored_at(lease: &Object) -> Option<Timestamp> {
    let managers = lease.get("/metadata/managedFields")?.as_array()?;
    let renewers = managers.iter().filter(|manager| manager.pointer("/fieldsV1/f:spec/f:renewTime").is_some());
    renewers.filter_map(|manager| manager.get("time")?.as_str()?.parse().ok()).max()
}

/// The number of the lock after one of this number; `None` where a Lease cannot hold it.
fn successor(number: u64) -> Option<u64> {
    (number < HIGHEST).then(|| number + 1)
}

fn transitions(lease: &Object) -> u64 {
    lease.get("/spec/leaseTransitions").and_then(Value::as_u64).unwrap_or(0)
}

/// As the API writes MicroTime: six digits of fraction.
fn micro_time(time: Timestamp) -> String {
    format!("{time:.6}")
}

fn identity() -> String {
    format!("{} pid {}", Lock::who(), std::process::id())
}

fn user_and_host() -> (String, String) {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let user = variable("USER").or_else(|| variable("LOGNAME")).unwrap_or_else(|| "unknown".into());
    let file = || std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let host = variable("HOSTNAME").or_else(file).map(|name| name.trim().to_owned());
    (user, host.unwrap_or_else(|| "localhost".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_holds_it_and_whether_it_lives() {
        let now: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
        let check = |silent: i64, identity: &str, server_time: Option<Timestamp>, expected: Option<bool>| {
            let stored = now - jiff::SignedDuration::from_secs(silent);
            let lease = Object::from_value(json!({
                "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
                "metadata": {"name": "x", "managedFields": [
                    {"manager": "kubectl-label", "time": "2026-01-02T03:04:05Z", "fieldsV1": {"f:metadata": {}}},
                    {"manager": "stackwright", "time": format!("{stored:.0}"),
                        "fieldsV1": {"f:spec": {"f:renewTime": {}}}}]},
                // What the holder's own clock says does not matter.
                "spec": {"holderIdentity": identity, "renewTime": "2001-01-01T00:00:00.000000Z"},
            }))
            .unwrap();
            assert_eq!(holder(&lease, server_time).map(|h| h.expired), expected, "{silent} {identity}");
        };
        check(0, "a", Some(now), Some(false));
        check(75, "a", Some(now), Some(false));
        check(76, "a", Some(now), Some(true));
        check(-3600, "a", Some(now), Some(false));
        check(3600, "a", None, Some(false));
        check(0, "", Some(now), None);
    }

    #[test]
    fn a_lock_is_taken_only_from_who_is_silent() {
        let holder = |expired| Holder {
            identity: "a".into(),
            operation: "apply".into(),
            since: String::new(),
            expired,
            process_gone: false,
        };
        // Second and version of each look; whether the last one lets it be taken.
        let check = |expired: bool, looks: &[(u64, &str)], expected: bool| {
            let (begun, mut unchanged, mut dead) = (Instant::now(), Unchanged::default(), false);
            for (second, version) in looks {
                dead = unchanged.is_dead(&holder(expired), version, begun + Duration::from_secs(*second));
            }
            assert_eq!(dead, expected, "{expired} {looks:?}");
        };
        check(false, &[(0, "1"), (74, "1")], false);
        check(false, &[(0, "1"), (75, "1")], true);
        check(false, &[(0, "1"), (60, "2"), (134, "2")], false);
        // The server's clock says it is dead: a while under our own eyes proves it.
        check(true, &[(0, "1")], false);
        check(true, &[(0, "1"), (19, "1")], false);
        check(true, &[(0, "1"), (20, "1")], true);
        // The server's clock has jumped: it was renewed meanwhile.
        check(true, &[(0, "1"), (15, "2"), (40, "2")], false);
    }

    #[test]
    fn times_are_written_as_the_api_does() {
        assert_eq!(micro_time("2026-01-02T03:04:05Z".parse().unwrap()), "2026-01-02T03:04:05.000000Z");
    }
}
