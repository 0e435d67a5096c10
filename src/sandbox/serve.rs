//! The sandbox on a socket: HTTP/1 and HTTP/2 over TLS for kubectl and other programs. In-process clients never pass
//! through here.

use std::fs::OpenOptions;
use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use bytes::BytesMut;
use http::Request;
use http::header;
use http_body_util::BodyExt;
use http_body_util::LengthLimitError;
use http_body_util::Limited;
use hyper::body::Incoming;
use hyper_util::rt::TokioExecutor;
use hyper_util::rt::TokioIo;
use hyper_util::rt::TokioTimer;
use tokio::net::TcpListener;
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use super::Identity;
use super::SandboxError;
use super::http::Failure;
use super::http::reply;
use super::http::route::BODY_LIMIT;
use super::server::Server;
use super::tls;
use super::tokens::API_AUDIENCE;
use crate::provider::private;

/// Begins the first line of the kubeconfig of a served sandbox; then comes what its directory's lock says.
pub const SERVED_BY: &str = "# Of the sandbox that is served by ";

/// A running listener; it stops when dropped.
#[derive(Debug)]
pub struct Serving {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Serving {
    /// Where it listens, with the port that was chosen.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits for as long as it serves: for ever, unless the task is stopped.
    pub async fn wait(mut self) {
        // A listener that panicked or was stopped has nothing more to wait for.
        (&mut self.task).await.ok();
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// How long a peer may take, so that half a request is not kept for ever.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Until a request has begun: the handshake, and the first line and headers.
    pub head: Duration,
    /// Between two parts of a body.
    pub body: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { head: Duration::from_secs(30), body: Duration::from_secs(60) }
    }
}

pub(super) async fn serve(
    server: Arc<Server>,
    address: SocketAddr,
    kubeconfig: &Path,
    patience: Patience,
) -> Result<Serving, SandboxError> {
    let listen = |source| SandboxError::Listen { address: address.to_string(), source };
    let listener = TcpListener::bind(address).await.map_err(listen)?;
    let bound = listener.local_addr().map_err(listen)?;
    let credentials = tls::credentials(bound.ip())?;
    write_kubeconfig(kubeconfig, server.store().holder(), bound, &credentials)?;
    let acceptor = TlsAcceptor::from(credentials.server);
    let task = tokio::spawn(async move {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => {
                    tokio::spawn(connection(server.clone(), acceptor.clone(), stream, patience));
                }
                // Too many open files, or a peer that left: the next one may do better.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    });
    Ok(Serving { address: bound, task })
}

/// Serves one connection to its end; a peer that breaks off, or says nothing for too long, is no error of ours.
async fn connection(server: Arc<Server>, acceptor: TlsAcceptor, stream: TcpStream, patience: Patience) {
    stream.set_nodelay(true).ok();
    let Ok(Ok(stream)) = tokio::time::timeout(patience.head, acceptor.accept(stream)).await else { return };
    let certified = stream.get_ref().1.peer_certificates().is_some_and(|chain| !chain.is_empty());
    let begun = Arc::new(Notify::new());
    let first = begun.clone();
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        first.notify_one();
        let server = server.clone();
        async move { answer(server, request, certified, patience.body).await }
    });
    let mut builder = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(patience.head);
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(Some(patience.head)).keep_alive_timeout(patience.head);
    let mut serving = std::pin::pin!(builder.serve_connection(TokioIo::new(stream), service));
    // Which protocol is spoken shows in the first bytes; nobody waits for them but us.
    tokio::select! {
        _ = &mut serving => return,
        () = begun.notified() => {}
        () = tokio::time::sleep(patience.head) => return,
    }
    serving.await.ok();
}

async fn answer(
    server: Arc<Server>,
    request: Request<Incoming>,
    certified: bool,
    patience: Duration,
) -> Result<http::Response<reply::ReplyBody>, std::io::Error> {
    let authorization = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let bearer = authorization.and_then(|value| value.split_once(' '));
    let bearer = bearer.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token);
    // A certificate counts before a token, as for every kube-apiserver. Only the administrator has one.
    let identity = match bearer {
        _ if certified => Some(Identity::admin()),
        Some(token) => server.authenticate(token, &[API_AUDIENCE.to_owned()]).map(|(identity, _)| identity),
        None => None,
    };
    let Some(identity) = identity else {
        return Ok(reply::failure(&Failure::new(401, "Unauthorized", "Unauthorized")));
    };
    let (parts, body) = request.into_parts();
    match read(body, patience).await {
        Ok(body) => server.handle(Request::from_parts(parts, body), identity).await,
        Err(failure) => Ok(reply::failure(&failure)),
    }
}

/// The body of a request, as long as it keeps coming.
async fn read(body: Incoming, patience: Duration) -> Result<Bytes, Failure> {
    let mut body = Limited::new(body, BODY_LIMIT);
    let mut read = BytesMut::new();
    loop {
        match tokio::time::timeout(patience, body.frame()).await {
            Err(_) => return Err(Failure::new(408, "Timeout", "the body of the request did not arrive in time")),
            Ok(None) => return Ok(read.freeze()),
            Ok(Some(Ok(frame))) => read.extend_from_slice(frame.data_ref().unwrap_or(&Bytes::new())),
            Ok(Some(Err(error))) if error.is::<LengthLimitError>() => return Err(Failure::too_large(BODY_LIMIT)),
            Ok(Some(Err(error))) => return Err(Failure::bad_request(format!("cannot read the body: {error}"))),
        }
    }
}

fn write_kubeconfig(
    path: &Path,
    holder: Option<&str>,
    address: SocketAddr,
    credentials: &tls::Credentials,
) -> Result<(), SandboxError> {
    // By this other runs of ours know whose it is.
    let mark = holder.map(|holder| format!("{SERVED_BY}{holder}\n")).unwrap_or_default();
    let text = mark
        + &format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: stackwright-sandbox\nclusters:\n- name: stackwright-sandbox\n  \
         cluster:\n    server: https://{address}\n    certificate-authority-data: {}\nusers:\n- name: kubernetes-admin\n  \
         user:\n    client-certificate-data: {}\n    client-key-data: {}\ncontexts:\n- name: stackwright-sandbox\n  \
         context:\n    cluster: stackwright-sandbox\n    user: kubernetes-admin\n",
            STANDARD.encode(&credentials.authority_pem),
            STANDARD.encode(&credentials.client_pem),
            STANDARD.encode(&credentials.client_key_pem),
        );
    // Written beside and moved, so that the mode is right from the first byte and an old file is replaced at once.
    let next = path.with_extension("next");
    std::fs::remove_file(&next).ok();
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    let mut file = private::open(&mut options, &next).map_err(SandboxError::file("create", &next))?;
    file.write_all(text.as_bytes()).map_err(SandboxError::file("write", &next))?;
    std::fs::rename(&next, path).map_err(SandboxError::file("replace", path))
}
