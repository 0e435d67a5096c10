//! What tests and demonstrations change and read from outside, below `/sandbox`: faults, things, the clock, and which
//! requests there were. Unsigned, and on loopback only, as all of this.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use http::Method;
use serde::Deserialize;
use serde_json::Value;
use serde_json::json;

use super::reply::Reply;
use super::server::Inner;
use super::things::Held;

/// Which requests meet a fault, and which.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Fault {
    pub method: String,
    /// The end of a path; empty for every path.
    pub path: String,
    /// So many go through before.
    pub skip: u64,
    /// So many meet it; 0 for all.
    pub times: u64,
    pub kind: FaultKind,
}

/// What is wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// 503 of the edge, not done.
    #[default]
    Unavailable,
    /// 500 of the service, though it was done.
    Failed,
    /// The page of the firewall, not done.
    Firewall,
    /// Done, and the connection is lost.
    Lost,
    /// The account's quota.
    Quota,
    /// The gateway does not know the path.
    Gateway,
    /// The service does not speak the version.
    Version,
    /// Never answered, not done.
    HangBefore,
    /// Never answered, though it was done.
    HangAfter,
}

impl FaultKind {
    /// Whether the request is done all the same.
    pub fn lets_through(self) -> bool {
        matches!(self, Self::Failed | Self::Lost | Self::HangAfter)
    }

    /// The answer in place of the service's; `None` where none comes.
    pub fn reply(self, path: &str) -> Option<Reply> {
        Some(match self {
            Self::Unavailable => Reply::gateway(503, "Service Unavailable", path),
            Self::Failed => Reply::error(500, "ContactAdminForAssistance", "Contact the administrator."),
            Self::Firewall => Reply::rejected(),
            Self::Quota => Reply::error(403, "quota.value.exceeded", "The quota of clusters is used up."),
            Self::Gateway => Reply::gateway(404, "Not Found", path),
            Self::Version => Reply::gateway(406, "Not Acceptable", path),
            Self::Lost | Self::HangBefore | Self::HangAfter => return None,
        })
    }
}

/// What tests have set, and what they may read.
#[derive(Debug, Default)]
pub struct Control {
    faults: Mutex<Vec<Fault>>,
    requests: Mutex<BTreeMap<String, u64>>,
    /// Requests that were never answered.
    pub hung: AtomicU64,
    /// Seconds by which the cloud's clock is ahead.
    pub clock: AtomicI64,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Control {
    /// Counts a request of a service, and tells which fault it meets.
    pub fn meets(&self, service: &str, method: &Method, path: &str) -> Option<FaultKind> {
        let kind = path.split('/').filter(|part| !part.is_empty() && part.len() < 30).collect::<Vec<_>>().join("/");
        *lock(&self.requests).entry(format!("{method} {service} {kind}")).or_default() += 1;
        let mut faults = lock(&self.faults);
        let fits = |fault: &&mut Fault| {
            (fault.method.is_empty() || fault.method == method.as_str()) && path.ends_with(&fault.path)
        };
        for fault in faults.iter_mut().filter(fits) {
            if fault.skip > 0 {
                fault.skip -= 1;
                continue;
            }
            let kind = fault.kind;
            match fault.times {
                0 => {}
                1 => fault.times = u64::MAX,
                u64::MAX => continue,
                _ => fault.times -= 1,
            }
            return Some(kind);
        }
        None
    }

    /// Now by the cloud's clock, in milliseconds since 1970.
    pub fn now(&self) -> i64 {
        jiff::Timestamp::now().as_millisecond() + self.clock.load(Ordering::Relaxed) * 1000
    }
}

/// A request to what lies below `/sandbox`.
pub fn answer(inner: &Inner, method: &Method, path: &[&str], body: &Value) -> Reply {
    let control = &inner.control;
    match (method.as_str(), path) {
        ("PUT", ["faults"]) => match serde_json::from_value(body.clone()) {
            Ok(faults) => {
                *lock(&control.faults) = faults;
                Reply::empty(204)
            }
            Err(error) => Reply::invalid(error.to_string()),
        },
        ("PUT", ["clock"]) => {
            control.clock.store(body["ahead_seconds"].as_i64().unwrap_or_default(), Ordering::Relaxed);
            Reply::empty(204)
        }
        ("GET", ["requests"]) => {
            let requests = lock(&control.requests);
            let total: u64 = requests.values().sum();
            Reply::json(
                200,
                json!({"total": total, "by_kind": *requests, "hung": control.hung.load(Ordering::Relaxed)}),
            )
        }
        ("DELETE", ["requests"]) => {
            lock(&control.requests).clear();
            control.hung.store(0, Ordering::Relaxed);
            Reply::empty(204)
        }
        ("GET", ["things"]) => {
            let things = inner.things();
            let shown = |all: &[Held]| all.iter().map(|one| Value::Object(one.body.clone())).collect::<Vec<_>>();
            Reply::json(
                200,
                json!({"clusters": shown(&things.clusters), "nodepools": shown(&things.pools), "tags": things.tags}),
            )
        }
        ("PATCH", [kind @ ("clusters" | "nodepools"), name]) => {
            let mut things = inner.things();
            let all = if *kind == "clusters" { &mut things.clusters } else { &mut things.pools };
            let Some(held) = all.iter_mut().find(|held| held.text("name") == *name) else {
                return Reply::missing(kind);
            };
            for (key, value) in body.as_object().into_iter().flatten() {
                held.set(key, value.clone());
            }
            // Seen by the clusters behind, too.
            held.due = held.due.or(Some(0));
            Reply::empty(204)
        }
        ("PUT", ["tags", name]) => {
            let mut things = inner.things();
            let id =
                things.clusters.iter().find(|held| held.text("name") == *name).map(|held| held.text("id").to_owned());
            let Some(id) = id else { return Reply::missing("cluster") };
            things.tags.insert(id, body.clone());
            Reply::empty(204)
        }
        ("DELETE", ["nodepools", name]) => {
            inner.things().pools.retain(|held| held.text("name") != *name);
            Reply::empty(204)
        }
        _ => Reply::missing("path"),
    }
}
