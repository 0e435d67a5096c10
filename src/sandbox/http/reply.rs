//! Answers on their way out: a body that is whole or a stream, with its headers.

use bytes::Bytes;
use http::HeaderValue;
use http::Response;
use http::header;
use http_body_util::BodyExt;
use http_body_util::Full;
use http_body_util::combinators::UnsyncBoxBody;
use serde_json::Value;

use super::Failure;

/// The body of every answer.
pub type ReplyBody = UnsyncBoxBody<Bytes, std::io::Error>;

/// An answer with a body of JSON bytes.
pub fn json_bytes(code: u16, bytes: Bytes) -> Response<ReplyBody> {
    typed(code, "application/json", bytes)
}

/// An answer with a JSON value.
pub fn json(code: u16, value: &Value) -> Response<ReplyBody> {
    json_bytes(code, Bytes::from(serde_json::to_vec(value).expect("a JSON value can be written")))
}

/// Plain text, as `/healthz` and logs answer.
pub fn text(code: u16, text: impl Into<Bytes>) -> Response<ReplyBody> {
    typed(code, "text/plain; charset=utf-8", text.into())
}

/// An answer with any content type.
pub fn typed(code: u16, content_type: &'static str, bytes: Bytes) -> Response<ReplyBody> {
    let body = Full::new(bytes).map_err(|never| match never {}).boxed_unsync();
    let mut response = Response::new(body);
    *response.status_mut() = http::StatusCode::from_u16(code).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// Adds the server's time, as every server of Go programs does.
pub fn date(response: &mut Response<ReplyBody>) {
    let printer = jiff::fmt::rfc2822::DateTimePrinter::new();
    let now = printer.timestamp_to_rfc9110_string(&jiff::Timestamp::now()).ok();
    if let Some(now) = now.and_then(|now| HeaderValue::from_str(&now).ok()) {
        response.headers_mut().insert(header::DATE, now);
    }
}

/// A refusal.
pub fn failure(failure: &Failure) -> Response<ReplyBody> {
    let mut response = json(failure.code, &failure.to_status());
    if let Some(seconds) = failure.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// Adds a `Warning` header, as the server does for unknown fields and for what a webhook wants said.
pub fn warn(response: &mut Response<ReplyBody>, warnings: &[String]) {
    for text in warnings {
        let clean: String = text.chars().filter(|c| !c.is_control()).collect();
        let quoted = clean.replace('\\', "\\\\").replace('"', "\\\"");
        if let Ok(value) = HeaderValue::from_str(&format!("299 - \"{quoted}\"")) {
            response.headers_mut().append(header::WARNING, value);
        }
    }
}
