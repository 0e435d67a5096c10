//! Which failures pass by themselves, and how long to wait before trying again. Pure.

use std::time::Duration;

use super::ClusterError;
use super::error::UNKNOWN_PATH;
use crate::object::ObjectId;

/// A request that is about to be tried again, for whoever watches the run.
#[derive(Clone, Debug, PartialEq)]
pub struct Retried {
    pub id: Option<ObjectId>,
    /// Number of the attempt that failed, from 1.
    pub attempt: u32,
    pub reason: String,
    /// What was asked, as `apply Secret auth/dex`.
    pub what: String,
    /// The address of the server, where it is not there to answer anything.
    pub outage: Option<String>,
}

/// How long a request may be tried again before its error counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Patience {
    /// From the first attempt on.
    pub limit: Duration,
    /// Whether a webhook that does not answer is waited for too.
    pub webhooks: bool,
    /// Whether a conflict is tried again: right for server-side apply, where it means a race inside the server.
    pub conflicts: bool,
    /// Whether an unknown path is waited for: right where its CRD was established a moment ago.
    pub new_kind: bool,
}

impl Patience {
    /// One attempt.
    pub const NONE: Patience = Patience { limit: Duration::ZERO, webhooks: false, conflicts: false, new_kind: false };
    /// For the first words: a server in trouble gets a moment, a wrong address is told soon.
    pub const GREETING: Patience =
        Patience { limit: Duration::from_secs(3), webhooks: false, conflicts: false, new_kind: false };
    /// For reading.
    pub const READ: Patience =
        Patience { limit: Duration::from_secs(30), webhooks: false, conflicts: false, new_kind: false };

    /// For applying an object, until `limit` has passed.
    pub fn apply(limit: Duration) -> Self {
        Self { limit, webhooks: true, conflicts: true, new_kind: true }
    }

    /// For other writes, until `limit` has passed.
    pub fn write(limit: Duration) -> Self {
        Self { limit, webhooks: true, conflicts: false, new_kind: false }
    }

    /// Whether the failure is one that may pass.
    pub fn is_passing(&self, error: &ClusterError) -> bool {
        self.class(error).is_some()
    }

    /// Whether the server itself is away, so that every other request meets the same.
    pub(super) fn is_outage(error: &ClusterError) -> bool {
        match error {
            ClusterError::Unreachable { .. } | ClusterError::Cut { .. } | ClusterError::TimedOut { .. } => true,
            ClusterError::Refused { refusal, .. } => matches!(refusal.code, 502..=504) && !refusal.is_webhook_down(),
            _ => false,
        }
    }

    /// The class of a failure that may pass, as it is told to people; `None` for one that will not.
    pub(super) fn class(&self, error: &ClusterError) -> Option<String> {
        match error {
            ClusterError::Unreachable { cause, .. } => Some(format!("connection lost: {cause}")),
            ClusterError::Cut { cause, .. } => Some(format!("answer cut off: {cause}")),
            ClusterError::TimedOut { .. } => Some("no answer in time".into()),
            ClusterError::Refused { refusal, .. } => {
                if refusal.is_webhook_down() {
                    return self.webhooks.then(|| format!("webhook does not answer: {}", refusal.message));
                }
                if refusal.is_misfit() || refusal.is_out_of_room() {
                    return None;
                }
                match refusal.code {
                    429 => Some("too many requests".into()),
                    // Quota bookkeeping and etcd tell of races and lost leaders in 500s.
                    500 => Some(format!("server error: {}", refusal.message)),
                    502..=504 => Some(format!("server not available ({})", refusal.code)),
                    409 if self.conflicts && !refusal.has_cause("FieldManagerConflict") => {
                        Some("changed by somebody else meanwhile".into())
                    }
                    403 if self.conflicts && refusal.has_cause("NamespaceTerminating") => {
                        Some("the namespace is being deleted".into())
                    }
                    // Without details it is the path that is unknown, not the object or its namespace.
                    404 if self.new_kind && UNKNOWN_PATH.iter().any(|text| refusal.message.contains(text)) => {
                        Some("the kind is not served yet".into())
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

/// The wait after the given attempt (from 1): 0.2 s doubling to 5 s, less up to a quarter so that many do not come
/// back at once. `jitter` is any number. A server may ask for a longer wait of up to a minute, never for a shorter one.
pub(super) fn delay(attempt: u32, jitter: u64, asked: Option<Duration>) -> Duration {
    let asked = asked.unwrap_or_default().min(Duration::from_secs(60));
    let base = Duration::from_millis(200).saturating_mul(1 << attempt.saturating_sub(1).min(5));
    let base = base.min(Duration::from_secs(5));
    asked.max(base - base.mul_f64((jitter % 256) as f64 / 1024.0))
}

#[cfg(test)]
mod tests {
    use super::super::Refusal;
    use super::*;

    #[test]
    fn what_is_tried_again() {
        let refused = |code: u16, message: &str| ClusterError::Refused {
            what: "x".into(),
            refusal: Box::new(Refusal { code, message: message.into(), ..Refusal::default() }),
        };
        let check = |patience: Patience, error: ClusterError, expected: bool| {
            assert_eq!(patience.class(&error).is_some(), expected, "{error}");
        };
        let apply = Patience::apply(Duration::from_secs(1));
        check(apply, refused(429, ""), true);
        check(apply, refused(503, ""), true);
        check(apply, refused(500, "failed calling webhook \"x\": connection refused"), true);
        check(Patience::READ, refused(500, "failed calling webhook \"x\": connection refused"), false);
        check(apply, refused(507, "could not write x: No space left on device (os error 28)"), false);
        check(apply, refused(500, "etcdserver: mvcc: database space exceeded"), false);
        check(apply, refused(409, "object has been modified"), true);
        check(Patience::READ, refused(409, ""), false);
        check(apply, refused(404, "namespaces \"x\" not found"), false);
        check(apply, refused(404, "the server could not find the requested resource"), true);
        check(apply, refused(422, "invalid"), false);
        check(apply, refused(403, "forbidden"), false);
        check(apply, ClusterError::UnknownKind { kind: "x".into() }, false);
    }

    #[test]
    fn waits_grow_and_obey_the_server() {
        assert_eq!(delay(1, 0, None), Duration::from_millis(200));
        assert_eq!(delay(3, 0, None), Duration::from_millis(800));
        assert_eq!(delay(40, 0, None), Duration::from_secs(5));
        assert!(delay(3, 255, None) >= Duration::from_millis(600));
        assert_eq!(delay(1, 9, Some(Duration::from_secs(7))), Duration::from_secs(7));
        assert_eq!(delay(1, 9, Some(Duration::from_secs(999_999))), Duration::from_secs(60));
        assert_eq!(delay(3, 0, Some(Duration::ZERO)), Duration::from_millis(800));
        assert_eq!(delay(40, 0, Some(Duration::from_secs(1))), Duration::from_secs(5));
    }
}
