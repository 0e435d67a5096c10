//! Sends calls through a client: timeouts, retries with back-off, counting, and errors in our own words.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use bytes::Bytes;
use bytes::BytesMut;
use http::Request;
use http::Response;
use http::StatusCode;
use http::header;
use http_body::Body as _;
use http_body_util::BodyExt;
use jiff::Timestamp;
use kube::client::Body;
use serde_json::Value;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::ClusterError;
use super::Patience;
use super::Refusal;
use super::Retried;
use super::call::Call;
use super::credentials::CredentialError;
use super::quoting::quoted;
use super::retry;
use crate::object::ObjectId;

/// One answer must have arrived whole within this time; LISTs of big clusters fit by paging.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);
/// More of a refusal is not read.
const LONGEST_REFUSAL: usize = 1 << 20;

/// So many warnings of one server are told, of so many letters.
const MOST_WARNINGS: usize = 50;
const LONGEST_WARNING: usize = 1_000;

/// What a server warned of.
#[derive(Debug, Default)]
struct Warnings {
    known: BTreeSet<String>,
    new: Vec<String>,
}

type Watcher = Arc<dyn Fn(Retried) + Send + Sync>;

/// A client with what surrounds every request. Clones share the counter.
#[derive(Clone)]
pub(super) struct Transport {
    client: kube::Client,
    address: String,
    /// The address, and the proxy on the way there.
    route: String,
    counts: Arc<Mutex<BTreeMap<&'static str, u64>>>,
    /// What the server's clock said last, and when.
    clock: Arc<Mutex<Option<(Timestamp, Instant)>>>,
    /// What the server has warned of since somebody asked, and all it ever has: each is told once.
    warnings: Arc<Mutex<Warnings>>,
    watcher: Option<Watcher>,
    /// Cancelled: requests in flight end, none is tried again.
    impatience: CancellationToken,
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Transport {
    pub fn new(client: kube::Client, address: String, route: String) -> Self {
        Self {
            client,
            address,
            route,
            counts: Arc::default(),
            clock: Arc::default(),
            warnings: Arc::default(),
            watcher: None,
            impatience: CancellationToken::new(),
        }
    }

    /// The same transport, telling `watcher` of every retry, and trying nothing again once `impatience` is cancelled.
    pub fn watched(&self, watcher: Watcher, impatience: CancellationToken) -> Self {
        Self { watcher: Some(watcher), impatience, ..self.clone() }
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    pub fn counts(&self) -> BTreeMap<&'static str, u64> {
        self.counts.lock().map(|counts| counts.clone()).unwrap_or_default()
    }

    /// Now by the server's clock, to a second; `None` before it has told.
    pub fn server_time(&self) -> Option<Timestamp> {
        let (told, then) = (*self.clock.lock().ok()?)?;
        told.checked_add(then.elapsed()).ok()
    }

    /// What the server has warned of since the last time this was asked; each warning once.
    pub fn take_warnings(&self) -> Vec<String> {
        let Ok(mut warnings) = self.warnings.lock() else { return Vec::new() };
        std::mem::take(&mut warnings.new)
    }

    /// The same transport with warnings of its own, which the others hear nothing of.
    pub fn apart(&self) -> Self {
        Self { warnings: Arc::default(), ..self.clone() }
    }

    /// Notes that somebody was told these, so that nobody is again.
    pub fn told(&self, texts: &[String]) {
        if let Ok(mut warnings) = self.warnings.lock() {
            warnings.new.retain(|text| !texts.contains(text));
            warnings.known.extend(texts.iter().cloned());
        }
    }

    fn note_warnings(&self, call: &Call, response: &Response<Body>) {
        for text in warnings(response) {
            let Ok(mut warnings) = self.warnings.lock() else { return };
            if warnings.known.len() >= MOST_WARNINGS {
                return;
            }
            let text = quoted(call.body.as_ref(), &text).hide(&text).unwrap_or(text);
            if warnings.known.insert(text.clone()) {
                warnings.new.push(text);
            }
        }
    }

    /// Sends until there is an answer that counts. `id` is for telling of retries.
    ///
    /// # Errors
    /// The last failure, when it will not pass or patience has run out.
    pub async fn send(&self, call: &Call, patience: Patience, id: Option<&ObjectId>) -> Result<Value, ClusterError> {
        Ok(self.send_weighed(call, patience, id).await?.0)
    }

    /// As [`Self::send`], giving the number of the answer's bytes too.
    pub async fn send_weighed(
        &self,
        call: &Call,
        patience: Patience,
        id: Option<&ObjectId>,
    ) -> Result<(Value, usize), ClusterError> {
        let read = |bytes: Bytes| match serde_json::from_slice(&bytes) {
            Ok(value) => Ok((value, bytes.len())),
            // Whatever ended it said that this was all.
            Err(error) if error.is_eof() => Err(self.cut(call, "it ends in the middle of its JSON".into())),
            Err(error) => Err(ClusterError::Nonsense { what: call.what.clone(), reason: error.to_string() }),
        };
        self.send_until(call, patience, id, read).await
    }

    /// As [`Self::send`], giving the bytes of the answer.
    pub async fn send_raw(
        &self,
        call: &Call,
        patience: Patience,
        id: Option<&ObjectId>,
    ) -> Result<Bytes, ClusterError> {
        self.send_until(call, patience, id, Ok).await
    }

    async fn send_until<T>(
        &self,
        call: &Call,
        patience: Patience,
        id: Option<&ObjectId>,
        read: impl Fn(Bytes) -> Result<T, ClusterError>,
    ) -> Result<T, ClusterError> {
        let begun = Instant::now();
        let mut attempt = 1;
        loop {
            let error = match self.once(call).await.and_then(&read) {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let Some(reason) = patience.class(&error) else { return Err(error) };
            let asked = error.refusal().and_then(|r| r.retry_after);
            let pause = retry::delay(attempt, jitter(), asked);
            if begun.elapsed() + pause > patience.limit {
                return Err(error);
            }
            if let Some(watcher) = &self.watcher {
                let outage = Patience::is_outage(&error).then(|| self.route.clone());
                watcher(Retried { id: id.cloned(), attempt, reason, what: call.what.clone(), outage });
            }
            tokio::select! {
                () = self.impatience.cancelled() => return Err(error),
                () = tokio::time::sleep(pause) => attempt += 1,
            }
        }
    }

    /// Opens a stream, as of a watch: the answer's head was a success, its body is still to come.
    pub async fn open(&self, call: &Call) -> Result<Response<Body>, ClusterError> {
        let opened = async {
            let response = self.dispatch(call).await?;
            if response.status().is_success() {
                return Ok(response);
            }
            let (code, retry_after) = (response.status(), retry_after(&response));
            let bytes = self.collect(call, response).await?;
            Err(self.refused(call, code, retry_after, &bytes))
        };
        tokio::time::timeout(ANSWER_WITHIN, opened)
            .await
            .map_err(|_| ClusterError::TimedOut { what: call.what.clone(), after: ANSWER_WITHIN })?
    }

    async fn once(&self, call: &Call) -> Result<Bytes, ClusterError> {
        let answer = async {
            let response = self.dispatch(call).await?;
            let (code, retry_after) = (response.status(), retry_after(&response));
            let bytes = self.collect(call, response).await?;
            if code.is_success() { Ok(bytes) } else { Err(self.refused(call, code, retry_after, &bytes)) }
        };
        tokio::time::timeout(ANSWER_WITHIN, answer)
            .await
            .map_err(|_| ClusterError::TimedOut { what: call.what.clone(), after: ANSWER_WITHIN })?
    }

    async fn dispatch(&self, call: &Call) -> Result<Response<Body>, ClusterError> {
        let body = call.body.as_ref().map(|body| body.to_string().into_bytes()).unwrap_or_default();
        let mut request = Request::builder().method(call.method.clone()).uri(call.uri());
        request = request.header(header::ACCEPT, call.accept);
        request = request.header(header::USER_AGENT, concat!("stackwright/", env!("CARGO_PKG_VERSION")));
        if call.body.is_some() {
            request = request.header(header::CONTENT_TYPE, call.content_type);
        }
        let request = request
            .body(Body::from(body))
            .map_err(|e| ClusterError::Nonsense { what: call.what.clone(), reason: e.to_string() })?;
        if let Ok(mut counts) = self.counts.lock() {
            *counts.entry(call.verb).or_default() += 1;
        }
        let response = self.client.send(request).await.map_err(|error| self.failed(call, error))?;
        if let (Some(date), Ok(mut clock)) = (date(&response), self.clock.lock()) {
            *clock = Some((date, Instant::now()));
        }
        self.note_warnings(call, &response);
        Ok(response)
    }

    async fn collect(&self, call: &Call, response: Response<Body>) -> Result<Bytes, ClusterError> {
        let (refused, mut body) = (!response.status().is_success(), response.into_body());
        let longest = if refused { LONGEST_REFUSAL } else { call.longest };
        let too_long = || ClusterError::TooLong { what: call.what.clone(), limit: longest };
        if !refused && body.size_hint().lower() > longest as u64 {
            return Err(too_long());
        }
        let mut collected = BytesMut::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| self.cut(call, innermost(&error)))?;
            let Ok(data) = frame.into_data() else { continue };
            let room = longest - collected.len();
            collected.extend_from_slice(&data[..data.len().min(room)]);
            if data.len() > room {
                if refused {
                    break;
                }
                return Err(too_long());
            }
        }
        Ok(collected.freeze())
    }

    fn cut(&self, call: &Call, cause: String) -> ClusterError {
        ClusterError::Cut { address: self.route.clone(), what: call.what.clone(), cause }
    }

    fn refused(&self, call: &Call, code: StatusCode, retry_after: Option<Duration>, body: &[u8]) -> ClusterError {
        let refusal = Refusal::read(code.as_u16(), retry_after, body, call.body.as_ref());
        if code == StatusCode::UNAUTHORIZED {
            return ClusterError::Unauthorized { address: self.address.clone(), message: refusal.message };
        }
        ClusterError::Refused { what: call.what.clone(), refusal: Box::new(refusal) }
    }

    fn failed(&self, call: &Call, error: kube::Error) -> ClusterError {
        let address = self.address.clone();
        let cause = innermost(&error);
        // The texts of rustls and of webpki; both begin so.
        let certificate = ["certificate", "UnknownIssuer", "NotValidForName", "HandshakeFailure"];
        if let Some(error) = find::<CredentialError>(&error) {
            return ClusterError::Credentials { address, cause: error.to_string() };
        }
        let address = self.route.clone();
        if certificate.iter().any(|word| cause.contains(word)) {
            return ClusterError::Certificate { address, cause };
        }
        ClusterError::Unreachable { address, what: call.what.clone(), cause }
    }
}

/// The first error of that kind in a chain.
fn find<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = error.source();
    }
    None
}

/// The deepest error of a chain says what happened; those above only say where.
fn innermost(error: &dyn StdError) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

/// `Retry-After` in seconds; the API server sends no dates.
fn retry_after(response: &Response<Body>) -> Option<Duration> {
    let value = response.headers().get(header::RETRY_AFTER)?.to_str().ok()?;
    value.trim().parse().ok().map(Duration::from_secs)
}

/// `Warning` (RFC 7234): `299 - "text"`, in which quotes and backslashes are escaped.
fn warnings(response: &Response<Body>) -> Vec<String> {
    let values = response.headers().get_all(header::WARNING).iter().filter_map(|value| value.to_str().ok());
    values.filter_map(warning).collect()
}

fn warning(value: &str) -> Option<String> {
    let (_, quoted) = value.strip_prefix("299 ")?.split_once('"')?;
    let mut text = String::new();
    let mut letters = quoted.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => return (!text.is_empty()).then_some(text),
            '\\' => text.extend(letters.next()),
            letter => text.push(letter),
        }
        if text.len() >= LONGEST_WARNING {
            text.push('…');
            return Some(text);
        }
    }
    None
}

/// `Date` (RFC 9110): the server's clock.
fn date(response: &Response<Body>) -> Option<Timestamp> {
    let value = response.headers().get(header::DATE)?.to_str().ok()?;
    jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(value).ok()
}

fn jitter() -> u64 {
    getrandom::u64().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_warnings() {
        for (value, expected) in [
            (
                r#"299 - "would violate \"restricted\": a \\ b" "Mon, 01 Jan 2026""#,
                Some(r#"would violate "restricted": a \ b"#),
            ),
            (r#"299 kube "short""#, Some("short")),
            (r#"199 - "not meant for people""#, None),
            (r#"299 - "never ends"#, None),
            (r#"299 - """#, None),
            ("299 - bare", None),
        ] {
            assert_eq!(warning(value).as_deref(), expected, "{value}");
        }
    }
}
