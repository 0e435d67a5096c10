//! Answers in the cloud's shapes.

use bytes::Bytes;
use http::Response;
use serde_json::Value;
use serde_json::json;

use crate::sandbox::http::reply;
use crate::sandbox::http::reply::ReplyBody;

/// What a service answers.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub body: Body,
}

#[derive(Clone, Debug)]
pub enum Body {
    Json(Value),
    Text(String),
    Html(&'static str),
    Empty,
}

impl Reply {
    pub fn json(status: u16, body: Value) -> Self {
        Self { status, body: Body::Json(body) }
    }

    pub fn empty(status: u16) -> Self {
        Self { status, body: Body::Empty }
    }

    /// A refusal of a service.
    pub fn error(status: u16, code: &str, detail: impl Into<Value>) -> Self {
        let request = format!("req-{}", uuid::Uuid::new_v4());
        let error = json!({
            "code": code, "title": code, "detail": detail.into(), "status": status, "request_id": request,
            "global_request_id": request, "links": [], "related_resources": [], "response": null,
        });
        Self::json(status, json!({"errors": [error]}))
    }

    /// What a request lacks.
    pub fn invalid(detail: impl Into<Value>) -> Self {
        Self::error(400, "ValidationError", detail)
    }

    pub fn missing(what: &str) -> Self {
        Self::error(404, &format!("scp-{what}.not-found"), format!("The {what} does not exist."))
    }

    /// Something is being done already.
    pub fn busy(what: &str, status: &str) -> Self {
        let detail = format!("The {what} is in the state {status}; only one that runs can be changed.");
        Self::error(409, &format!("scp-ske.{what}.invalid-state1"), detail)
    }

    /// The gateway's, which knows no services.
    pub fn gateway(status: u16, reason: &str, path: &str) -> Self {
        let time = jiff::Timestamp::now().to_string();
        Self::json(
            status,
            json!({
                "timestamp": time, "path": path, "status": status, "error": reason,
                "requestId": uuid::Uuid::new_v4().simple().to_string()[..8],
            }),
        )
    }

    /// The page of the firewall before everything.
    pub fn rejected() -> Self {
        Self {
            status: 417,
            body: Body::Html(
                "<html><head><title>Request Rejected</title></head><body>The requested URL was rejected. Please consult \
                 with your administrator.</body></html>",
            ),
        }
    }

    pub fn into_response(self) -> Response<ReplyBody> {
        match self.body {
            Body::Json(value) => reply::json(self.status, &value),
            Body::Text(text) => reply::typed(self.status, "application/yaml", Bytes::from(text)),
            Body::Html(text) => reply::typed(self.status, "text/html", Bytes::from(text)),
            Body::Empty => reply::typed(self.status, "application/json", Bytes::new()),
        }
    }
}
