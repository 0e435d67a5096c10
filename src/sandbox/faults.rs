//! Faults a test or a demonstration injects: delays, refusals, lost connections, the end of the process. Not what a
//! webhook or a player does.

use std::str::FromStr;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// What an injected fault does to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// 429 with a Retry-After of so many seconds.
    TooManyRequests { retry_after: u32 },
    /// 500 InternalError.
    InternalError,
    /// 503 ServiceUnavailable.
    ServiceUnavailable,
    /// The connection is lost without an answer; a write may or may not have been done.
    Reset { after_the_write: bool },
}

/// Which requests meet a fault, and how often.
#[derive(Clone, Debug, PartialEq)]
pub struct FaultRule {
    pub fault: Fault,
    /// From 0.0 (never) to 1.0 (always); spread evenly and repeatably, not randomly.
    pub rate: f64,
    /// Verbs as in RBAC (`get`, `list`, `patch`, ...); empty: all.
    pub verbs: Vec<String>,
    /// Resources by their plural name; empty: all, discovery too.
    pub resources: Vec<String>,
    /// At most so many faults; none: without end.
    pub limit: Option<u64>,
}

impl FaultRule {
    /// Every request meets the fault.
    pub fn always(fault: Fault) -> Self {
        Self { fault, rate: 1.0, verbs: Vec::new(), resources: Vec::new(), limit: None }
    }
}

/// A handle on the faults of a running sandbox; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    settings: Mutex<Settings>,
    injected: AtomicU64,
}

#[derive(Debug, Default)]
struct Settings {
    latency: Duration,
    rules: Vec<(FaultRule, f64, u64)>,
    /// So many requests are let through before the process is aborted.
    requests_left: Option<u64>,
}

/// As a person writes it: `latency=20ms,fail=0.2,kill_after=120`. `fail` is the part of the requests that fail, a
/// fifth of them each with 429, 500, 503 and a connection lost before or after the write.
impl FromStr for Faults {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let faults = Self::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (name, value) =
                part.split_once('=').ok_or_else(|| format!("\"{part}\" is not of the form NAME=VALUE"))?;
            let invalid = || format!("\"{value}\" is no value for {name}");
            match name {
                "latency" => {
                    let milliseconds = value.strip_suffix("ms").and_then(|value| value.parse().ok());
                    faults.set_latency(Duration::from_millis(milliseconds.ok_or_else(invalid)?));
                }
                "fail" => {
                    let rate: f64 = value.parse().map_err(|_| invalid())?;
                    if !(0.0..1.0).contains(&rate) {
                        return Err(invalid());
                    }
                    faults.fail(rate);
                }
                "kill_after" => faults.kill_after(value.parse().map_err(|_| invalid())?),
                _ => return Err(format!("there is no fault \"{name}\"; there are latency, fail and kill_after")),
            }
        }
        Ok(faults)
    }
}

impl Faults {
    /// Every answer waits so long.
    pub fn set_latency(&self, latency: Duration) {
        self.lock().latency = latency;
    }

    /// Adds a rule; the first that strikes wins.
    pub fn add(&self, rule: FaultRule) {
        self.lock().rules.push((rule, 0.0, 0));
    }

    /// So many of all requests fail, each in one of the ways that pass by themselves.
    fn fail(&self, rate: f64) {
        let kinds = [
            Fault::TooManyRequests { retry_after: 0 },
            Fault::InternalError,
            Fault::ServiceUnavailable,
            Fault::Reset { after_the_write: false },
            Fault::Reset { after_the_write: true },
        ];
        for fault in kinds {
            // A rule sees only what those before it let pass; at usual rates that makes no difference.
            self.add(FaultRule { rate: rate / kinds.len() as f64, ..FaultRule::always(fault) });
        }
    }

    /// Aborts the process instead of the request after `requests` ones: what `kill -9` does, at a moment that can be
    /// chosen. Nothing is closed, written or released.
    pub fn kill_after(&self, requests: u64) {
        self.lock().requests_left = Some(requests);
    }

    /// No faults and no latency from now on.
    pub fn clear(&self) {
        *self.lock() = Settings::default();
    }

    /// How many requests met a fault so far.
    pub fn injected(&self) -> u64 {
        self.0.injected.load(Ordering::Relaxed)
    }

    pub(super) fn latency(&self) -> Duration {
        self.lock().latency
    }

    /// The fault this request meets, if any.
    pub(super) fn strike(&self, verb: &str, resource: &str) -> Option<Fault> {
        let mut settings = self.lock();
        match &mut settings.requests_left {
            Some(0) => std::process::abort(),
            Some(left) => *left -= 1,
            None => {}
        }
        for (rule, debt, done) in &mut settings.rules {
            let meant = (rule.verbs.is_empty() || rule.verbs.iter().any(|v| v == verb))
                && (rule.resources.is_empty() || rule.resources.iter().any(|r| r == resource))
                && rule.limit.is_none_or(|limit| *done < limit);
            if !meant {
                continue;
            }
            *debt += rule.rate;
            if *debt >= 1.0 {
                *debt -= 1.0;
                *done += 1;
                self.0.injected.fetch_add(1, Ordering::Relaxed);
                return Some(rule.fault);
            }
        }
        None
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Settings> {
        self.0.settings.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strikes_evenly_and_only_where_meant() {
        let faults = Faults::default();
        faults.add(FaultRule { rate: 0.25, verbs: vec!["patch".into()], ..FaultRule::always(Fault::InternalError) });
        let struck = (0..8).filter(|_| faults.strike("patch", "pods").is_some()).count();
        assert_eq!(struck, 2);
        assert_eq!(faults.strike("get", "pods"), None);
        faults.add(FaultRule { limit: Some(1), ..FaultRule::always(Fault::ServiceUnavailable) });
        assert_eq!(faults.strike("get", "pods"), Some(Fault::ServiceUnavailable));
        assert_eq!(faults.strike("get", "pods"), None);
        faults.clear();
        assert_eq!(faults.strike("patch", "pods"), None);
        assert_eq!(faults.injected(), 3);
    }

    #[test]
    fn reads_what_a_person_writes() {
        let check = |text: &str, expected: Result<(u64, usize), &str>| {
            let parsed = text.parse::<Faults>();
            let seen = parsed.map(|faults| {
                let settings = faults.lock();
                (settings.latency.as_millis() as u64, settings.rules.len())
            });
            assert_eq!(seen, expected.map_err(str::to_owned), "{text}");
        };
        check("", Ok((0, 0)));
        check("latency=20ms, fail=0.2,kill_after=9", Ok((20, 5)));
        check("latency=20", Err("\"20\" is no value for latency"));
        check("fail=2", Err("\"2\" is no value for fail"));
        check("kill_after=-1", Err("\"-1\" is no value for kill_after"));
        check("fail", Err("\"fail\" is not of the form NAME=VALUE"));
        check("fall=1", Err("there is no fault \"fall\"; there are latency, fail and kill_after"));
    }
}
