//! The lock of an installation: a Lease with holder, expiry, renewal and a number that only grows.
//!
//! The number (the Lease's transitions) is the fence: the inventory remembers the last one that wrote and refuses
//! older ones, so a run that slept through its expiry cannot do harm when it wakes.

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
/// By so much may the clocks of two machines differ.
const SKEW: Duration = Duration::from_secs(15);
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
    /// It was not renewed in time, or its process ran on this machine and is gone: its run is dead or cut off.
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
    identity: String,
    fence: u64,
    lost: CancellationToken,
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
        loop {
            let found = store.lease().await?;
            let holder = found.as_ref().and_then(holder);
            if let Some(holder) = holder.as_ref().filter(|holder| !holder.expired) {
                if begun.elapsed() >= options.timeout {
                    let Holder { identity, operation, since, .. } = holder.clone();
                    return Err(StateError::Locked { holder: identity, operation, since });
                }
                if told.as_ref() != Some(&holder.identity) {
                    told = Some(holder.identity.clone());
                    waiting(holder);
                }
                tokio::time::sleep(Duration::from_secs(1).min(options.timeout)).await;
                continue;
            }
            match store.take(found.as_ref(), &identity, &options.operation).await? {
                Some(lease) => {
                    let fence = transitions(&lease);
                    let lost = CancellationToken::new();
                    let renewal = renew(store.clone(), lease, identity.clone(), lost.clone());
                    let renewal = tokio::spawn(renewal);
                    return Ok(Lock { store: store.clone(), identity, fence, lost, renewal, taken_over: holder });
                }
                // Somebody was faster; the next round shows who.
                None => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
    }

    /// Number of this lock: greater than that of every lock before.
    pub fn fence(&self) -> u64 {
        self.fence
    }

    /// As others see us: `alice@laptop pid 4711`.
    pub fn identity(&self) -> &str {
        &self.identity
    }

    /// Cancelled when the lock was taken from us or could not be renewed: stop writing then.
    pub fn lost(&self) -> CancellationToken {
        self.lost.clone()
    }

    /// The holder whose expired lock we took; worth a notice.
    pub fn taken_over(&self) -> Option<&Holder> {
        self.taken_over.as_ref()
    }

    /// Gives the lock back.
    pub async fn release(self) -> Result<(), StateError> {
        self.renewal.abort();
        for _ in 0..5 {
            let Some(lease) = self.store.lease().await? else { return Ok(()) };
            if transitions(&lease) != self.fence || lease.text("/spec/holderIdentity") != self.identity {
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
        Ok(self.lease().await?.as_ref().and_then(holder))
    }

    /// Breaks the lock, whoever holds it, and gives who that was. A run that still lives is fenced off: the next lock
    /// has a greater number.
    pub async fn unlock(&self) -> Result<Option<Holder>, StateError> {
        loop {
            let Some(lease) = self.lease().await? else { return Ok(None) };
            let Some(holder) = holder(&lease) else { return Ok(None) };
            if self.free(lease).await? {
                return Ok(Some(holder));
            }
        }
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
                "renewTime": now, "leaseTransitions": found.map_or(0, transitions) + 1,
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
            Err(error) if error.is_conflict() => Ok(None),
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

async fn renew(store: Store, mut lease: Object, identity: String, lost: CancellationToken) {
    let fence = transitions(&lease);
    let mut renewed = Instant::now();
    loop {
        tokio::time::sleep(RENEWED).await;
        if let Some(spec) = lease.as_map_mut().get_mut("spec").and_then(Value::as_object_mut) {
            spec.insert("renewTime".into(), micro_time(Timestamp::now()).into());
        }
        strip(&mut lease);
        match store.cluster.replace(&lease, crate::provider::kubernetes::Patience::NONE).await {
            Ok(stored) => (lease, renewed) = (stored, Instant::now()),
            Err(ClusterError::Refused { refusal, .. }) if matches!(refusal.code, 404 | 409) => {
                match store.lease().await {
                    Ok(Some(now)) if transitions(&now) == fence && now.text("/spec/holderIdentity") == identity => {
                        lease = now;
                    }
                    Ok(_) => return lost.cancel(),
                    Err(_) => {}
                }
            }
            Err(_) => {}
        }
        if renewed.elapsed() > LIVES {
            return lost.cancel();
        }
    }
}

fn holder(lease: &Object) -> Option<Holder> {
    let identity = lease.text("/spec/holderIdentity");
    if identity.is_empty() {
        return None;
    }
    let lives = lease.get("/spec/leaseDurationSeconds").and_then(Value::as_u64).map_or(LIVES, Duration::from_secs);
    let renewed: Option<Timestamp> = lease.text("/spec/renewTime").parse().ok();
    let age = renewed.map(|renewed| Timestamp::now().duration_since(renewed));
    // A holder that never said when it was alive is taken for dead.
    let expired = age.is_none_or(|age| age.as_secs() > (lives + SKEW).as_secs().cast_signed());
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

fn transitions(lease: &Object) -> u64 {
    lease.get("/spec/leaseTransitions").and_then(Value::as_u64).unwrap_or(0)
}

/// As the API writes MicroTime: six digits of fraction.
fn micro_time(time: Timestamp) -> String {
    format!("{time:.6}")
}

fn identity() -> String {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let user = variable("USER").or_else(|| variable("LOGNAME")).unwrap_or_else(|| "unknown".into());
    let file = || std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let host = variable("HOSTNAME").or_else(file).map(|name| name.trim().to_owned());
    format!("{user}@{} pid {}", host.unwrap_or_else(|| "localhost".into()), std::process::id())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_holds_it_and_whether_it_lives() {
        let check = |seconds_ago: i64, identity: &str, expected: Option<bool>| {
            let renewed = Timestamp::now() - jiff::SignedDuration::from_secs(seconds_ago);
            let lease = Object::from_value(json!({
                "apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "x"},
                "spec": {"holderIdentity": identity, "leaseDurationSeconds": 60, "renewTime": micro_time(renewed)},
            }))
            .unwrap();
            assert_eq!(holder(&lease).map(|h| h.expired), expected, "{seconds_ago} {identity}");
        };
        check(0, "a", Some(false));
        check(70, "a", Some(false));
        check(80, "a", Some(true));
        check(0, "", None);
    }

    #[test]
    fn times_are_written_as_the_api_does() {
        assert_eq!(micro_time("2026-01-02T03:04:05Z".parse().unwrap()), "2026-01-02T03:04:05.000000Z");
    }
}
