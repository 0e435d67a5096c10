//! The sandbox on a socket: HTTP/1 and HTTP/2 over TLS for kubectl and other programs. In-process clients never pass
//! through here.

use std::fs::OpenOptions;
use std::io::Write;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::Request;
use http::header;
use http_body_util::BodyExt;
use http_body_util::Limited;
use hyper::body::Incoming;
use hyper_util::rt::TokioExecutor;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use super::Identity;
use super::SandboxError;
use super::http::Failure;
use super::http::reply;
use super::server::Server;
use super::tls;

/// Larger request bodies are refused, as a kube-apiserver does (its limit is 3 MiB).
const BODY_LIMIT: usize = 3 * 1024 * 1024;

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

pub(super) async fn serve(
    server: Arc<Server>,
    address: SocketAddr,
    kubeconfig: &Path,
) -> Result<Serving, SandboxError> {
    let listen = |source| SandboxError::Listen { address: address.to_string(), source };
    let listener = TcpListener::bind(address).await.map_err(listen)?;
    let bound = listener.local_addr().map_err(listen)?;
    let credentials = tls::credentials(bound.ip())?;
    write_kubeconfig(kubeconfig, bound, &credentials)?;
    let acceptor = TlsAcceptor::from(credentials.server);
    let task = tokio::spawn(async move {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => {
                    tokio::spawn(connection(server.clone(), acceptor.clone(), stream));
                }
                // Too many open files, or a peer that left: the next one may do better.
                Err(_) => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
            }
        }
    });
    Ok(Serving { address: bound, task })
}

/// Serves one connection to its end; a peer that breaks off is no error of ours.
async fn connection(server: Arc<Server>, acceptor: TlsAcceptor, stream: TcpStream) {
    stream.set_nodelay(true).ok();
    let Ok(stream) = acceptor.accept(stream).await else { return };
    let certified = stream.get_ref().1.peer_certificates().is_some_and(|chain| !chain.is_empty());
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        let server = server.clone();
        async move { answer(server, request, certified).await }
    });
    let builder = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
    builder.serve_connection(TokioIo::new(stream), service).await.ok();
}

async fn answer(
    server: Arc<Server>,
    request: Request<Incoming>,
    certified: bool,
) -> Result<http::Response<reply::ReplyBody>, std::io::Error> {
    let bearer = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    let identity = match bearer {
        Some(token) => server.tokens().identity(token),
        None => certified.then(Identity::admin),
    };
    let Some(identity) = identity else {
        return Ok(reply::failure(&Failure::new(401, "Unauthorized", "Unauthorized")));
    };
    let (parts, body) = request.into_parts();
    let Ok(body) = Limited::new(body, BODY_LIMIT).collect().await else {
        let message = "Request entity too large: limit is 3145728";
        return Ok(reply::failure(&Failure::new(413, "RequestEntityTooLarge", message)));
    };
    server.handle(Request::from_parts(parts, body.to_bytes()), identity).await
}

fn write_kubeconfig(path: &Path, address: SocketAddr, credentials: &tls::Credentials) -> Result<(), SandboxError> {
    let text = format!(
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
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&next)
        .map_err(SandboxError::file("create", &next))?;
    file.write_all(text.as_bytes()).map_err(SandboxError::file("write", &next))?;
    std::fs::rename(&next, path).map_err(SandboxError::file("replace", path))
}
