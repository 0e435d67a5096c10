//! The console on a socket: HTTP/1 on loopback. With hyper alone, as the sandbox is served: a dozen addresses, all of them only
//! read, need no router, and time limits for slow peers stand in hyper's hands and not in those of what stands above it.

use std::convert::Infallible;
use std::net::IpAddr;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderValue;
use http::Method;
use http::Request;
use http::Response;
use http::StatusCode;
use http::header;
use http_body_util::BodyExt;
use http_body_util::Full;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use hyper_util::rt::TokioTimer;
use tokio::net::TcpListener;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::gate::Gate;
use super::gate::Verdict;
use super::live::Live;
use super::pages::Console;
use super::query::Query;
use crate::ops::Failure;

/// How long a peer may take to ask for something.
const PATIENCE: Duration = Duration::from_secs(20);
/// Connections at once; a browser has six.
const CONNECTIONS: usize = 128;
const STYLE: &str = include_str!("pages/style.css");
const SCRIPT: &str = include_str!("pages/live.js");
/// What pages may do: use our own style and script and ask us again. Nothing else, and nobody may frame them.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";
const ALWAYS: [(header::HeaderName, &str); 7] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
    (header::HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (header::HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

pub(super) type Answer = Response<UnsyncBoxBody<Bytes, Infallible>>;

struct Desk {
    gate: Gate,
    console: Console,
    live: Live,
}

/// A console that is served; it ends when it is dropped.
pub struct Served {
    /// With the token that is good once.
    pub url: String,
    desk: Arc<Desk>,
    _tasks: JoinSet<()>,
}

impl Drop for Served {
    /// Connections may live a moment longer; what others would find of us must not.
    fn drop(&mut self) {
        self.desk.console.leave();
    }
}

/// Serves a console.
///
/// # Errors
/// The address is none of loopback, or cannot be listened on.
pub(super) async fn serve(console: Console, listen: SocketAddr) -> Result<Served, Failure> {
    let failed = |error: std::io::Error| Failure::world(format!("Cannot listen on {listen}"), error);
    let listener = TcpListener::bind(listen).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let (token, session) = (random()?, random()?);
    let url = format!("http://{address}/?token={token}");
    let gate = Gate::new(hosts(address), address.port(), token, session);
    let live = Live::new(console.pulse());
    let desk = Arc::new(Desk { gate, console, live });
    let mut tasks = JoinSet::new();
    tasks.spawn(listen_for_ever(listener, desk.clone()));
    Ok(Served { url, desk, _tasks: tasks })
}

/// How browsers may call this address.
fn hosts(address: SocketAddr) -> Vec<String> {
    let mut hosts = vec![address.to_string(), format!("localhost:{}", address.port())];
    if address.port() == 80 {
        let bare = match address.ip() {
            IpAddr::V4(ip) => ip.to_string(),
            IpAddr::V6(ip) => format!("[{ip}]"),
        };
        hosts.extend([bare, "localhost".to_owned()]);
    }
    hosts
}

/// 256 random bits.
fn random() -> Result<String, Failure> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| Failure::world("Cannot make a token", error.to_string()))?;
    Ok(data_encoding::BASE64URL_NOPAD.encode(&bytes))
}

async fn listen_for_ever(listener: TcpListener, desk: Arc<Desk>) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        let Ok(seat) = room.clone().acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, _)) => {
                let desk = desk.clone();
                connections.spawn(async move {
                    connection(desk, stream).await;
                    drop(seat);
                });
            }
            // Too many open files, or a peer that left: the next one may do better.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
        while connections.try_join_next().is_some() {}
    }
}

/// Serves one connection to its end; a peer that breaks off, or says nothing for too long, is no error of ours.
async fn connection(desk: Arc<Desk>, stream: TcpStream) {
    stream.set_nodelay(true).ok();
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        let desk = desk.clone();
        async move { Ok::<_, Infallible>(desk.answer(request).await) }
    });
    let mut builder = hyper::server::conn::http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(PATIENCE);
    builder.serve_connection(TokioIo::new(stream), service).await.ok();
}

impl Desk {
    async fn answer(&self, request: Request<Incoming>) -> Answer {
        let query = Query::of(request.uri().query().unwrap_or_default());
        let mut answer = match self.gate.judge(request.method(), &query, request.headers()) {
            Verdict::Enter => self.page(request.uri().path(), &query).await,
            Verdict::LogIn { cookie } => logged_in(&cookie),
            Verdict::Refuse(status, why) => plain(status, &format!("{why}\n")),
        };
        for (name, value) in ALWAYS {
            answer.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        // A body that was not read would be taken for the next request.
        let is_bare = matches!(*request.method(), Method::GET | Method::HEAD)
            && !request.headers().contains_key(header::CONTENT_LENGTH);
        if !is_bare {
            answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        answer
    }

    async fn page(&self, path: &str, query: &Query) -> Answer {
        match path {
            "/style.css" => typed(StatusCode::OK, "text/css; charset=utf-8", STYLE.to_owned()),
            "/live.js" => typed(StatusCode::OK, "text/javascript; charset=utf-8", SCRIPT.to_owned()),
            "/events" => match self.live.listen() {
                Some(body) => {
                    let mut answer = Response::new(body);
                    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
                    answer
                }
                None => plain(StatusCode::SERVICE_UNAVAILABLE, "Too many pages are open.\n"),
            },
            path => match self.console.page(path, query).await {
                Ok(Some(html)) => typed(StatusCode::OK, HTML, html),
                Ok(None) => plain(StatusCode::NOT_FOUND, "There is no such page. The console begins at /.\n"),
                Err(failure) => plain(StatusCode::INTERNAL_SERVER_ERROR, &format!("{}\n", failure.line())),
            },
        }
    }
}

const HTML: &str = "text/html; charset=utf-8";

fn plain(status: StatusCode, text: &str) -> Answer {
    typed(status, "text/plain; charset=utf-8", text.to_owned())
}

fn typed(status: StatusCode, kind: &'static str, text: String) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from(text)).boxed_unsync());
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    if status == StatusCode::METHOD_NOT_ALLOWED {
        answer.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
    }
    answer
}

/// On to the first page, whose address has no token in it. By a page and not by a redirect: where another site or program led
/// here, browsers do not send the cookie along on what it redirects to.
fn logged_in(cookie: &str) -> Answer {
    let page = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Stackwright</title>\
                <meta http-equiv=\"refresh\" content=\"0;url=/\"><p><a href=\"/\">To the console</a></p></html>\n";
    let mut answer = typed(StatusCode::OK, HTML, page.to_owned());
    if let Ok(cookie) = HeaderValue::from_str(cookie) {
        answer.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    answer
}
