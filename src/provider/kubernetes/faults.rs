//! Faults that tests and demonstrations inject between a client and its cluster, whichever that is: delays, refusals,
//! lost connections, the end of the process. Not what a webhook or a player does.

use std::io;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use http::Request;
use http::Response;
use http::header;
use kube::client::Body;
use serde_json::json;

/// What an injected fault does to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// 429 with a Retry-After of so many seconds.
    TooManyRequests { retry_after: u32 },
    /// 500 InternalError.
    InternalError,
    /// 503 ServiceUnavailable.
    ServiceUnavailable,
    /// 504 Timeout, as a server answers that gave up waiting for a write that was done all the same.
    Timeout,
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

/// What a fault answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Injected {
    /// HTTP status.
    pub code: u16,
    /// As in a Status: `ServiceUnavailable`.
    pub reason: &'static str,
    pub message: &'static str,
    /// Seconds until the next attempt is welcome.
    pub retry_after: Option<u32>,
}

impl Fault {
    /// Whether the request reaches the server although its answer does not come back.
    pub fn lets_through(self) -> bool {
        matches!(self, Fault::Timeout | Fault::Reset { after_the_write: true })
    }

    /// The answer in place of the server's; `None` where the connection is lost instead.
    pub fn answer(self) -> Option<Injected> {
        let (code, reason, message) = match self {
            Fault::TooManyRequests { .. } => (
                429,
                "TooManyRequests",
                "the server has received too many requests and has asked us to try again later",
            ),
            Fault::InternalError => (500, "InternalError", "Internal error occurred: injected"),
            Fault::ServiceUnavailable => {
                (503, "ServiceUnavailable", "the server is currently unable to handle the request (injected)")
            }
            Fault::Timeout => (504, "Timeout", "request did not complete within the allotted timeout (injected)"),
            Fault::Reset { .. } => return None,
        };
        let retry_after = match self {
            Fault::TooManyRequests { retry_after } => Some(retry_after),
            _ => None,
        };
        Some(Injected { code, reason, message, retry_after })
    }

    /// The error of a lost connection.
    pub fn lost() -> io::Error {
        io::Error::new(io::ErrorKind::ConnectionReset, "connection reset by peer (injected)")
    }
}

/// A handle on faults that can be changed while they strike; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    settings: Mutex<Settings>,
    injected: AtomicU64,
}

#[derive(Debug, Default, PartialEq)]
struct Settings {
    latency: Duration,
    rules: Vec<(FaultRule, f64, u64)>,
    /// So many requests are let through before the process is aborted.
    requests_left: Option<u64>,
}

/// As a person writes it: `latency=20ms,fail=0.2,kill_after=120`. `fail` is the part of the requests that fail, a
/// sixth of them each with 429, 500, 503, a time-out after the write, and a connection lost before or after it.
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
            Fault::Timeout,
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

    /// How long every answer waits.
    pub fn latency(&self) -> Duration {
        self.lock().latency
    }

    /// The client with these faults between it and its cluster. Rules that name verbs or resources do not strike here:
    /// only a server knows what a request is about.
    pub fn around(&self, client: kube::Client) -> kube::Client {
        if *self.lock() == Settings::default() {
            return client;
        }
        let (faults, namespace) = (self.clone(), client.default_namespace().to_owned());
        let service = tower::service_fn(move |request: Request<Body>| {
            let (faults, client) = (faults.clone(), client.clone());
            async move { faults.pass(&client, request).await }
        });
        kube::Client::new(service, namespace)
    }

    async fn pass(&self, client: &kube::Client, request: Request<Body>) -> Result<Response<Body>, tower::BoxError> {
        tokio::time::sleep(self.latency()).await;
        let fault = self.strike("", "");
        if fault.is_none_or(Fault::lets_through) {
            let answer = client.send(request).await?;
            if fault.is_none() {
                return Ok(answer);
            }
        }
        let Some(Injected { code, reason, message, retry_after }) = fault.and_then(Fault::answer) else {
            return Err(Fault::lost().into());
        };
        let status = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": message, "reason": reason, "code": code});
        let mut answer = Response::builder().status(code).header(header::CONTENT_TYPE, "application/json");
        if let Some(seconds) = retry_after {
            answer = answer.header(header::RETRY_AFTER, seconds);
        }
        Ok(answer.body(Body::from(status.to_string().into_bytes()))?)
    }

    /// The fault this request meets, if any; counts it.
    pub fn strike(&self, verb: &str, resource: &str) -> Option<Fault> {
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
        check("latency=20ms, fail=0.2,kill_after=9", Ok((20, 6)));
        check("latency=20", Err("\"20\" is no value for latency"));
        check("fail=2", Err("\"2\" is no value for fail"));
        check("kill_after=-1", Err("\"-1\" is no value for kill_after"));
        check("fail", Err("\"fail\" is not of the form NAME=VALUE"));
        check("fall=1", Err("there is no fault \"fall\"; there are latency, fail and kill_after"));
    }
}
