//! What can go wrong between us and a cluster. Carries no request bodies, and no secrets of those that a server quotes.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

use super::quoting::quoted;

/// A failed attempt to reach, or to be served by, a cluster.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    #[error("the kubeconfig file {} does not exist", path.display())]
    KubeconfigMissing { path: PathBuf },
    #[error("the kubeconfig file {} cannot be read: {source}", path.display())]
    KubeconfigUnreadable { path: PathBuf, source: std::io::Error },
    #[error("the kubeconfig file {} is not valid: {reason}", path.display())]
    KubeconfigInvalid { path: PathBuf, reason: String },
    #[error("no kubeconfig was found ({looked}), and this is not a pod of a cluster")]
    NoKubeconfig { looked: String },
    #[error("the kubeconfig has no context \"{context}\"; it has: {}", list(known))]
    UnknownContext { context: String, known: Vec<String> },
    #[error("the kubeconfig names no current context; choose one of: {}", list(known))]
    NoCurrentContext { known: Vec<String> },
    #[error("the settings of context \"{context}\" cannot be used: {reason}")]
    InvalidContext { context: String, reason: String },
    #[error("the in-cluster configuration cannot be used: {reason}")]
    InCluster { reason: String },
    #[error("cannot reach the cluster at {address} to {what}: {cause}")]
    Unreachable { address: String, what: String, cause: String },
    #[error("the answer of the cluster at {address} to \"{what}\" was cut off: {cause}")]
    Cut { address: String, what: String, cause: String },
    #[error("the cluster's answer to \"{what}\" is longer than {} MiB, and was not read to its end", limit >> 20)]
    TooLong { what: String, limit: usize },
    #[error("the certificate of the cluster at {address} is not accepted: {cause}")]
    Certificate { address: String, cause: String },
    #[error("the credentials for the cluster at {address} cannot be used: {cause}")]
    Credentials { address: String, cause: String },
    #[error("the cluster at {address} does not know who we are (401): {message}")]
    Unauthorized { address: String, message: String },
    #[error("no answer within {}s to: {what}", after.as_secs())]
    TimedOut { what: String, after: Duration },
    #[error("refused to {what}: {refusal}")]
    Refused { what: String, refusal: Box<Refusal> },
    #[error("the cluster's answer to \"{what}\" makes no sense: {reason}")]
    Nonsense { what: String, reason: String },
    #[error("the cluster does not serve the kind {kind}")]
    UnknownKind { kind: String },
}

impl ClusterError {
    /// The server's refusal, where this is one.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            ClusterError::Refused { refusal, .. } => Some(refusal),
            _ => None,
        }
    }

    pub fn is_not_found(&self) -> bool {
        self.refusal().is_some_and(|r| r.code == 404)
    }

    pub fn is_conflict(&self) -> bool {
        self.refusal().is_some_and(|r| r.code == 409)
    }

    pub fn is_forbidden(&self) -> bool {
        self.refusal().is_some_and(|r| r.code == 403)
    }

    /// There is nobody at the address.
    pub fn is_unreachable(&self) -> bool {
        matches!(self, ClusterError::Unreachable { .. })
    }

    /// The server has no room to store anything more; asking again does not help.
    pub fn is_out_of_room(&self) -> bool {
        self.refusal().is_some_and(Refusal::is_out_of_room)
    }

    /// The namespace takes nothing new because it is going away.
    pub fn is_namespace_terminating(&self) -> bool {
        self.refusal().is_some_and(|r| r.causes.iter().any(|cause| cause.reason == "NamespaceTerminating"))
    }
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "none".into() } else { names.join(", ") }
}

/// A `Status` answer: why the server refuses.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Refusal {
    /// HTTP status code.
    pub code: u16,
    /// `NotFound`, `Invalid`, `Conflict`, …; empty where the server gave none.
    pub reason: String,
    pub message: String,
    pub causes: Vec<Cause>,
    /// How long the server asks us to wait.
    pub retry_after: Option<Duration>,
}

/// One cause of a refusal.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cause {
    /// `FieldValueInvalid`, `FieldManagerConflict`, `NamespaceTerminating`, …
    pub reason: String,
    pub message: String,
    pub field: String,
}

/// Characters of a page that is no Status, and of a message of one, that are kept.
const LONGEST_PAGE: usize = 400;
const LONGEST_MESSAGE: usize = 8_000;

/// The wordings of kube-apiserver's code that decisions rest on. Admission and conversion; stable since 1.9:
const WEBHOOK_DOWN: [&str; 4] =
    ["failed calling webhook", "failed calling admission webhook", "conversion webhook for", "failed to call webhook"];
const MISFIT: &str = "failed to create typed patch object";
/// Of etcd (`ErrGRPCNoSpace`).
const NO_ROOM: &str = "database space exceeded";
const DENIED: [&str; 2] = ["admission webhook", "denied the request"];
const IMMUTABLE: [&str; 6] = [
    "immutable",
    "may not be changed",
    "may not be modified",
    "cannot be changed",
    "cannot change roleref",
    "forbidden: updates to",
];
pub(super) const UNKNOWN_PATH: [&str; 2] = ["could not find the requested resource", "page not found"];
pub(super) const NO_DRY_RUN: &str = "does not support dry run";

/// Whether the text is part of a wording that decisions rest on: that is not hidden, whatever else it means.
pub(super) fn is_wording(text: &str) -> bool {
    let all = WEBHOOK_DOWN.iter().chain(&DENIED).chain(&IMMUTABLE).chain(&UNKNOWN_PATH).chain([
        &MISFIT,
        &NO_DRY_RUN,
        &NO_ROOM,
    ]);
    all.into_iter().any(|wording| wording.contains(&text.to_ascii_lowercase()))
}

impl Refusal {
    /// Reads the body of an answer that is not a success; whatever is not a `Status` becomes the message. What the sent
    /// object keeps secret is hidden in it.
    pub fn read(code: u16, retry_after: Option<Duration>, body: &[u8], sent: Option<&Value>) -> Self {
        let value: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
        let kept = |text: &str, longest: usize| -> String {
            let shown = quoted(sent, text).hide(text).unwrap_or_else(|| text.to_owned());
            shown.trim().chars().take(longest).collect()
        };
        if value.get("kind").and_then(Value::as_str) != Some("Status") {
            let message = kept(&String::from_utf8_lossy(body), LONGEST_PAGE);
            return Self { code, message, retry_after, ..Self::default() };
        }
        let text = |value: &Value, key: &str| {
            kept(value.get(key).and_then(Value::as_str).unwrap_or_default(), LONGEST_MESSAGE)
        };
        let details = value.get("details").unwrap_or(&Value::Null);
        let causes = details.get("causes").and_then(Value::as_array).map(|causes| {
            causes
                .iter()
                .map(|c| Cause { reason: text(c, "reason"), message: text(c, "message"), field: text(c, "field") })
                .collect()
        });
        let asked = details.get("retryAfterSeconds").and_then(Value::as_u64).map(Duration::from_secs);
        Self {
            code,
            reason: text(&value, "reason"),
            message: text(&value, "message"),
            causes: causes.unwrap_or_default(),
            retry_after: retry_after.or(asked),
        }
    }

    /// The API server could not call a webhook (it is not that a webhook said no).
    pub fn is_webhook_down(&self) -> bool {
        WEBHOOK_DOWN.iter().any(|text| self.message.contains(text))
    }

    /// What was applied does not fit the kind's schema. kube-apiserver answers 500 for that (1.31: a wrong type or an
    /// unknown field under server-side apply), but asking again gets the same answer.
    pub fn is_misfit(&self) -> bool {
        self.code == 500 && self.message.contains(MISFIT)
    }

    /// Nothing more can be stored: etcd's quota is used up (kube-apiserver answers 500 then), or the disk is full.
    pub fn is_out_of_room(&self) -> bool {
        self.code == 507 || self.message.contains(NO_ROOM)
    }

    /// A webhook answered and said no.
    pub fn is_denied_by_webhook(&self) -> bool {
        DENIED.iter().all(|text| self.message.contains(text))
    }

    /// Every cause is an immutable field.
    pub fn is_immutable(&self) -> bool {
        let immutable = |text: &str| IMMUTABLE.iter().any(|part| text.to_ascii_lowercase().contains(part));
        if self.code != 422 {
            return false;
        }
        if self.causes.is_empty() {
            immutable(&self.message)
        } else {
            self.causes.iter().all(|c| immutable(&c.message))
        }
    }

    pub fn has_cause(&self, reason: &str) -> bool {
        self.causes.iter().any(|c| c.reason == reason)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = if self.message.is_empty() { &self.reason } else { &self.message };
        write!(f, "{message} ({})", self.code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn immutable_fields_are_told_from_wrong_ones() {
        let check = |message: &str, causes: &[&str], expected: bool| {
            let causes = causes.iter().map(|m| Cause { message: (*m).into(), ..Cause::default() }).collect();
            let refusal = Refusal { code: 422, message: message.into(), causes, ..Refusal::default() };
            assert_eq!(refusal.is_immutable(), expected, "{message}");
        };
        check("x", &["Invalid value: {}: field is immutable"], true);
        check("x", &["Forbidden: updates to statefulset spec for fields other than"], true);
        check("x", &["Forbidden: spec is immutable after creation except resources.requests"], true);
        check("x", &["Invalid value: v1.RoleRef{Name:\"a\"}: cannot change roleRef"], true);
        check("x", &["Invalid value: field is immutable", "Required value"], false);
        check("x", &["Invalid value: -1: must be greater than or equal to 0"], false);
        check("field is immutable", &[], true);
    }

    #[test]
    fn reads_a_status_and_what_is_none() {
        let body = br#"{"kind":"Status","reason":"Conflict","message":"m","code":409,
            "details":{"causes":[{"reason":"FieldManagerConflict","message":"with x","field":".a"}],"retryAfterSeconds":3}}"#;
        let refusal = Refusal::read(409, None, body, None);
        assert!(refusal.has_cause("FieldManagerConflict"));
        assert_eq!(refusal.retry_after, Some(Duration::from_secs(3)));
        assert_eq!(Refusal::read(404, None, b"404 page not found\n", None).message, "404 page not found");
    }

    #[test]
    fn a_refusal_that_quotes_a_secret_does_not_tell_it() {
        use base64::Engine;
        let encoded = base64::engine::general_purpose::STANDARD.encode("$2y$12$canary-hash");
        let sent = serde_json::json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "dex-passwords"},
            "data": {"alice": encoded}, "stringData": {"bob": "canary-password"}});
        let check = |body: String| {
            let refusal = Refusal::read(403, None, body.as_bytes(), Some(&sent));
            let said = format!("{refusal:?}");
            assert!(!said.contains(&encoded) && !said.contains("canary"), "{said}");
            assert!(said.contains("(sensitive"), "{said}");
        };
        let status = |message: &str, cause: &str| {
            let details = serde_json::json!({"causes": [{"message": cause, "field": format!("data[{cause}]")}]});
            serde_json::json!({"kind": "Status", "message": message, "details": details}).to_string()
        };
        check(status(&format!("policy: {sent}"), ""));
        check(status("denied", "user $2y$12$canary-hash is unwanted"));
        check(status("denied", "password canary-password is too weak"));
        // What is cut off is hidden before.
        check(format!("{}{sent}", "x".repeat(LONGEST_PAGE - sent.to_string().find(&encoded).unwrap() - 10)));
    }

    #[test]
    fn a_page_without_end_is_not_kept() {
        let long = "x".repeat(1 << 20);
        assert_eq!(Refusal::read(502, None, long.as_bytes(), None).message.len(), LONGEST_PAGE);
        let status = serde_json::json!({"kind": "Status", "message": long}).to_string();
        assert_eq!(Refusal::read(502, None, status.as_bytes(), None).message.len(), LONGEST_MESSAGE);
    }
}
