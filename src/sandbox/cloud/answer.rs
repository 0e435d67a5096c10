//! One request: who asks, which fault it meets, and which service answers.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use http::Method;
use http::Request;
use http::Response;
use http::header;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::clusters;
use super::clusters::Asked;
use super::control;
use super::pools;
use super::reply::Reply;
use super::server::Inner;
use super::supporting;
use super::things::offer;
use crate::provider::scp::signature::CLIENT_TYPE;
use crate::provider::scp::signature::Signed;
use crate::sandbox::Identity;
use crate::sandbox::http::reply::ReplyBody;

/// A timestamp may be so far from the cloud's clock. The real one's bounds are not known.
const SKEW_MILLISECONDS: i64 = 5 * 60 * 1000;

/// # Errors
/// The connection is lost: a fault wants it so.
pub async fn answer(inner: &Arc<Inner>, request: Request<Bytes>) -> Result<Response<ReplyBody>, io::Error> {
    let path = request.uri().path().to_owned();
    if let Some(rest) = path.strip_prefix("/kubernetes/") {
        return behind(inner, rest.to_owned(), request).await;
    }
    let mut response = of_cloud(inner, &path, &request).await?.into_response();
    let now = jiff::Timestamp::from_millisecond(inner.control.now()).unwrap_or_default();
    let date = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&now);
    if let Some(date) = date.ok().and_then(|date| http::HeaderValue::from_str(&date).ok()) {
        response.headers_mut().insert(header::DATE, date);
    }
    Ok(response)
}

async fn of_cloud(inner: &Arc<Inner>, path: &str, request: &Request<Bytes>) -> Result<Reply, io::Error> {
    let body = serde_json::from_slice(request.body()).unwrap_or(Value::Null);
    let decoded: Vec<String> = path
        .split('/')
        .filter(|part| !part.is_empty())
        .map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned())
        .collect();
    let mut parts: Vec<&str> = decoded.iter().map(String::as_str).collect();
    if parts.first() == Some(&"sandbox") {
        return Ok(control::answer(inner, request.method(), &parts[1..], &body));
    }
    // Each service below a path of its own; without it, the version that is asked for names the service.
    let is_service = |name: &str| offer("services").iter().any(|service| service == name);
    let service = match parts.first() {
        Some(first) if is_service(first) => parts.remove(0).to_owned(),
        _ => {
            let asked = header_of(request, "scp-api-version");
            let name = asked.split_whitespace().next().unwrap_or("iam");
            if name == "securitygroup" { "security-group".to_owned() } else { name.to_owned() }
        }
    };
    if parts.is_empty() {
        return Ok(supporting::versions(&service));
    }
    let fault = inner.control.meets(&service, request.method(), path);
    let is_known = fault.is_none_or(control::FaultKind::lets_through);
    if is_known {
        if let Some(refused) = refusal(inner, path, request) {
            return Ok(refused);
        }
        let reply = dispatch(inner, &service, request, &parts, &body);
        if fault.is_none() {
            return Ok(reply);
        }
    }
    let Some(kind) = fault else { return Ok(Reply::missing("path")) };
    match kind.reply(path) {
        Some(reply) => Ok(reply),
        None if kind == control::FaultKind::Lost => Err(io::Error::new(io::ErrorKind::ConnectionReset, "injected")),
        None => {
            inner.control.hung.fetch_add(1, Ordering::Relaxed);
            std::future::pending().await
        }
    }
}

fn header_of<'a>(request: &'a Request<Bytes>, name: &str) -> &'a str {
    request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Why somebody is not let in.
fn refusal(inner: &Inner, path: &str, request: &Request<Bytes>) -> Option<Reply> {
    let needed = ["scp-accesskey", "scp-timestamp", "scp-signature", "scp-clienttype"];
    if needed.iter().any(|name| header_of(request, name).is_empty()) {
        return Some(Reply::gateway(404, "Not Found", path));
    }
    let target = request.uri().path_and_query().map_or(path, http::uri::PathAndQuery::as_str);
    let url = format!("http://{}{target}", header_of(request, "host"));
    let timestamp = header_of(request, "scp-timestamp");
    let things = inner.things();
    let signed = Signed {
        method: request.method().as_str(),
        url: &url,
        timestamp,
        access_key: header_of(request, "scp-accesskey"),
        account_id: header_of(request, "scp-accountid"),
    };
    let skew = timestamp.parse::<i64>().map_or(i64::MAX, |time| (time - inner.control.now()).saturating_abs());
    let known = signed.access_key == things.access_key && header_of(request, "scp-clienttype") == CLIENT_TYPE;
    let signs = signed.is(header_of(request, "scp-signature"), &things.secret_key);
    (!known || !signs || skew > SKEW_MILLISECONDS).then(|| Reply::gateway(401, "Unauthorized", path))
}

fn dispatch(inner: &Inner, service: &str, request: &Request<Bytes>, parts: &[&str], body: &Value) -> Reply {
    let ["v1", path @ ..] = parts else { return Reply::gateway(404, "Not Found", request.uri().path()) };
    let query: BTreeMap<String, String> = request
        .uri()
        .query()
        .unwrap_or_default()
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), percent_decode_str(value).decode_utf8_lossy().into_owned()))
        .collect();
    if (service, path) == ("iam", &["endpoints"]) {
        return supporting::endpoints(inner.base(), &inner.options.region);
    }
    let asked = Asked {
        method: request.method(),
        path,
        query: &query,
        body,
        now: jiff::Timestamp::now().as_millisecond(),
        minute: inner.options.minute.as_millis() as i64,
        base: inner.base(),
    };
    let reply = {
        let mut things = inner.things();
        match (service, path) {
            ("ske", ["nodepools" | "images", ..] | ["clusters", _, "nodepools"]) => pools::answer(&mut things, &asked),
            ("ske", _) => clusters::answer(&mut things, &asked),
            _ => supporting::answer(&mut things, service, request.method(), path, &query, body),
        }
    };
    if *request.method() != Method::GET || path.last() == Some(&"kubeconfig") {
        // What was promised must not be forgotten.
        if let Err(error) = inner.save() {
            return Reply::error(500, "ContactAdminForAssistance", error.to_string());
        }
    }
    reply
}

/// A request to the Kubernetes behind a cluster.
async fn behind(inner: &Arc<Inner>, rest: String, request: Request<Bytes>) -> Result<Response<ReplyBody>, io::Error> {
    let (id, path) = rest.split_once('/').unwrap_or((&rest, ""));
    let token = header_of(&request, "authorization").strip_prefix("Bearer ").unwrap_or_default();
    let may = {
        let mut things = inner.things();
        let cluster = things.cluster(id);
        cluster.is_some_and(|cluster| !cluster.token.is_empty() && cluster.token == token && !cluster.leaves)
    };
    if !may {
        return Ok(Reply::json(401, status(401, "Unauthorized")).into_response());
    }
    let Some(sandbox) = inner.kubernetes.get(id) else {
        return Ok(Reply::json(503, status(503, "ServiceUnavailable")).into_response());
    };
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    let uri = format!("/{path}{query}").parse().map_err(io::Error::other)?;
    let (mut parts, body) = request.into_parts();
    parts.uri = uri;
    sandbox.handle(Request::from_parts(parts, body), Identity::admin()).await
}

fn status(code: u16, reason: &str) -> Value {
    serde_json::json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "code": code, "message": reason})
}
