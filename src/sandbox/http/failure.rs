//! What a request is refused with: the Status a kube-apiserver answers, in its words.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::object::schema::FieldError;
use crate::sandbox::SandboxError;
use crate::sandbox::error::MAKE_ROOM;

/// One entry of `details.causes`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    pub reason: String,
    pub message: String,
    pub field: String,
}

/// A refusal. `details` is what the Status carries besides causes.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    pub code: u16,
    pub reason: &'static str,
    pub message: String,
    pub details: Box<Map<String, Value>>,
    pub retry_after: Option<u32>,
}

/// `deployments.apps`, or `services` in the core group: how messages name a resource or kind.
pub fn qualified(name: &str, group: &str) -> String {
    if group.is_empty() { name.to_owned() } else { format!("{name}.{group}") }
}

impl Failure {
    pub fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self { code, reason, message: message.into(), details: Box::default(), retry_after: None }
    }

    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    /// A path nothing is served at.
    pub fn no_route() -> Self {
        Self::new(404, "NotFound", "the server could not find the requested resource").with_details("", "", "")
    }

    pub fn not_found(group: &str, plural: &str, name: &str) -> Self {
        Self::new(404, "NotFound", format!("{} \"{name}\" not found", qualified(plural, group)))
            .with_details(group, plural, name)
    }

    pub fn already_exists(group: &str, plural: &str, name: &str) -> Self {
        Self::new(409, "AlreadyExists", format!("{} \"{name}\" already exists", qualified(plural, group)))
            .with_details(group, plural, name)
    }

    pub fn conflict(group: &str, plural: &str, name: &str, why: &str) -> Self {
        let what = qualified(plural, group);
        Self::new(409, "Conflict", format!("Operation cannot be fulfilled on {what} \"{name}\": {why}"))
            .with_details(group, plural, name)
    }

    /// The conflict of a write that was computed from an older object.
    pub fn modified(group: &str, plural: &str, name: &str) -> Self {
        let why = "the object has been modified; please apply your changes to the latest version and try again";
        Self::conflict(group, plural, name, why)
    }

    pub fn forbidden(group: &str, plural: &str, name: &str, why: &str) -> Self {
        let what = qualified(plural, group);
        let message = if name.is_empty() {
            format!("{what} is forbidden: {why}")
        } else {
            format!("{what} \"{name}\" is forbidden: {why}")
        };
        Self::new(403, "Forbidden", message).with_details(group, plural, name)
    }

    pub fn method_not_allowed() -> Self {
        Self::new(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")
            .with_details("", "", "")
    }

    pub fn expired(message: impl Into<String>) -> Self {
        Self::new(410, "Expired", message)
    }

    /// What was to be written could not be: where there is no room, nothing else can be written either.
    pub fn disk(error: &SandboxError) -> Self {
        let text = describe(error);
        match error.is_full() {
            true => Self::new(507, "InsufficientStorage", format!("{text}; {MAKE_ROOM}")),
            false => Self::internal(text),
        }
    }

    pub fn internal(message: impl std::fmt::Display) -> Self {
        let text = message.to_string();
        let mut failure = Self::new(500, "InternalError", format!("Internal error occurred: {text}"));
        failure.causes([Cause { reason: String::new(), message: text, field: String::new() }]);
        failure
    }

    /// A fault of the server itself, in the words of a kube-apiserver.
    pub fn panicked() -> Self {
        Self::new(500, "InternalError", "This request caused apiserver to panic. Look in the logs for details.")
    }

    /// A body that is larger than any request may be.
    pub fn too_large(limit: usize) -> Self {
        let message = format!("Request entity too large: limit is {limit}");
        Self::new(413, "RequestEntityTooLarge", message)
    }

    pub fn unsupported_media_type(given: &str, accepted: &[&str]) -> Self {
        let accepted = accepted.join(", ");
        let given = if given.is_empty() { "unknown" } else { given };
        let message = format!(
            "the body of the request was in an unknown format - accepted media types include: {accepted} (given: {given})"
        );
        Self::new(415, "UnsupportedMediaType", message)
    }

    /// 422 for an object with wrong fields. `errors` must not be empty.
    pub fn invalid(group: &str, kind: &str, name: &str, errors: &[FieldError]) -> Self {
        let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
        let all = if texts.len() == 1 { texts.concat() } else { format!("[{}]", texts.join(", ")) };
        let message = format!("{} \"{name}\" is invalid: {all}", qualified(kind, group));
        let mut failure = Self::new(422, "Invalid", message).with_details(group, kind, name);
        failure.causes(errors.iter().map(|error| Cause {
            reason: error.reason.as_str().to_owned(),
            message: error.message.clone(),
            field: error.path.clone(),
        }));
        failure
    }

    pub fn with_details(mut self, group: &str, kind: &str, name: &str) -> Self {
        for (key, value) in [("name", name), ("group", group), ("kind", kind)] {
            if !value.is_empty() {
                self.details.insert(key.into(), value.into());
            }
        }
        self
    }

    /// Adds causes to the details.
    pub fn causes(&mut self, causes: impl IntoIterator<Item = Cause>) {
        let list = self.details.entry("causes").or_insert_with(|| Value::Array(Vec::new()));
        let Some(list) = list.as_array_mut() else { return };
        for cause in causes {
            let mut entry = Map::new();
            for (key, text) in [("reason", cause.reason), ("message", cause.message), ("field", cause.field)] {
                if !text.is_empty() {
                    entry.insert(key.into(), text.into());
                }
            }
            list.push(Value::Object(entry));
        }
    }

    /// The Status.
    pub fn to_status(&self) -> Value {
        let mut status = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": self.message,
        });
        if !self.reason.is_empty() {
            status["reason"] = self.reason.into();
        }
        let mut details = self.details.clone();
        if let Some(seconds) = self.retry_after {
            details.insert("retryAfterSeconds".into(), seconds.into());
        }
        if !details.is_empty() || self.reason == "NotFound" {
            status["details"] = Value::Object(*details);
        }
        status["code"] = self.code.into();
        status
    }
}

/// An error with its causes, for a message.
fn describe(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
