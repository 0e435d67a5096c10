//! The programs behind webhooks: one socket that gets every call of the API server into the cluster.
//!
//! The server sends `CONNECT host:port`; the TLS server name says which Service is meant. It is answered as in a
//! cluster: only while the Service has a ready endpoint, and with the certificate that lies in a Secret of the Service's
//! namespace, so that the CA bundle must have been filled rightly.

use std::collections::HashMap;
use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::Request;
use http::Response;
use http_body_util::BodyExt;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::body::Incoming;
use hyper_util::rt::TokioExecutor;
use hyper_util::rt::TokioIo;
use kube::Client;
use rustls::ServerConfig;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use serde_json::Value;
use stackwright::sandbox::agree;
use tokio::io::AsyncBufReadExt;
use tokio::io::AsyncWriteExt;
use tokio::io::BufReader;
use tokio::net::UnixListener;
use tokio::net::UnixStream;
use tokio_rustls::LazyConfigAcceptor;

/// One call of the server into the cluster.
#[derive(Clone, Debug)]
pub struct Call {
    /// `<service>.<namespace>.svc`, or the address that was dialled where no name was given.
    pub host: String,
    /// Kind and name of what was asked about; for a call that was refused, why.
    pub about: Result<String, String>,
}

/// All calls so far.
#[derive(Clone, Default)]
pub struct Calls(Arc<Mutex<Vec<Call>>>);

impl Calls {
    pub fn all(&self) -> Vec<Call> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn add(&self, host: &str, about: Result<String, String>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(Call { host: host.to_owned(), about });
    }
}

/// Listens for as long as the runtime lives.
pub fn serve(socket: &Path, client: Client, calls: Calls) {
    let listener = UnixListener::bind(socket).expect("a socket");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (client, calls) = (client.clone(), calls.clone());
            tokio::spawn(async move {
                if let Err((host, why)) = connection(stream, client, calls.clone()).await {
                    calls.add(&host, Err(why));
                }
            });
        }
    });
}

async fn connection(stream: UnixStream, client: Client, calls: Calls) -> Result<(), (String, String)> {
    let mut stream = BufReader::new(stream);
    let mut first = String::new();
    let mut line = String::new();
    while stream.read_line(&mut line).await.is_ok_and(|read| read > 0) && !line.trim_end().is_empty() {
        if first.is_empty() {
            first = std::mem::take(&mut line);
        }
        line.clear();
    }
    let dialled = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let failed = |host: &str, why: &dyn std::fmt::Display| (host.to_owned(), why.to_string());
    let established = b"HTTP/1.1 200 Connection established\r\n\r\n";
    stream.write_all(established).await.map_err(|error| failed(&dialled, &error))?;
    let handshake = LazyConfigAcceptor::new(rustls::server::Acceptor::default(), stream).await;
    let handshake = handshake.map_err(|error| failed(&dialled, &error))?;
    let host = handshake.client_hello().server_name().map(str::to_owned);
    let host = host.ok_or_else(|| failed(&dialled, &"no server name"))?;
    let config = backend(&client, &host).await.map_err(|why| failed(&host, &why))?;
    let stream = handshake.into_stream(config).await.map_err(|error| failed(&host, &error))?;
    let name = host.clone();
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        let (name, calls) = (name.clone(), calls.clone());
        async move { answer(request, &name, &calls).await }
    });
    let builder = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
    builder.serve_connection(TokioIo::new(stream), service).await.map_err(|error| failed(&host, &error))
}

async fn answer(request: Request<Incoming>, host: &str, calls: &Calls) -> Result<Response<Full<Bytes>>, Infallible> {
    let body = request.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let review: Value = serde_json::from_slice(&body).unwrap_or_default();
    let asked = &review["request"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let about = format!("{} {} {}", text(&asked["operation"]), text(&asked["kind"]["kind"]), text(&asked["name"]));
    calls.add(host, Ok(about));
    let answer = agree(&review).to_string();
    let response = Response::builder().header("content-type", "application/json");
    Ok(response.body(Full::from(answer)).expect("a valid answer"))
}

/// The certificate of a Service's program, when it runs.
async fn backend(client: &Client, host: &str) -> Result<Arc<ServerConfig>, String> {
    let mut parts = host.split('.');
    let (Some(service), Some(namespace), Some("svc")) = (parts.next(), parts.next(), parts.next()) else {
        return Err("not a Service".into());
    };
    let path = format!(
        "/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices?labelSelector=kubernetes.io/service-name={service}"
    );
    let slices = super::request(client, "GET", &path, "application/json", Vec::new()).await.1;
    let mut endpoints = slices["items"].as_array().into_iter().flatten().flat_map(|slice| {
        let endpoints = slice["endpoints"].as_array().cloned();
        endpoints.unwrap_or_default()
    });
    if !endpoints.any(|endpoint| endpoint["conditions"]["ready"] != false) {
        return Err("connection refused: no endpoint is ready".into());
    }
    let path = format!("/api/v1/namespaces/{namespace}/secrets");
    let secrets = super::request(client, "GET", &path, "application/json", Vec::new()).await.1;
    let found = secrets["items"].as_array().into_iter().flatten().find_map(|secret| pair(secret, host));
    found.ok_or_else(|| format!("no Secret of {namespace} holds a certificate for {host}"))
}

/// Certificate and key of a Secret, when they are for `host`.
fn pair(secret: &Value, host: &str) -> Option<Arc<ServerConfig>> {
    let texts: HashMap<&str, Vec<u8>> = secret["data"]
        .as_object()?
        .iter()
        .filter_map(|(name, value)| Some((name.as_str(), STANDARD.decode(value.as_str()?).ok()?)))
        .collect();
    // An alternative name stands in the certificate as a tag (2, context specific), its length and its text.
    let mut wanted = vec![0x82, u8::try_from(host.len()).ok()?];
    wanted.extend(host.as_bytes());
    let certificates = texts.values().filter_map(|bytes| CertificateDer::from_pem_slice(bytes).ok());
    let fitting = certificates.filter(|certificate| certificate.windows(wanted.len()).any(|window| window == wanted));
    let keys: Vec<PrivateKeyDer<'static>> =
        texts.values().filter_map(|bytes| PrivateKeyDer::from_pem_slice(bytes).ok()).collect();
    fitting.into_iter().find_map(|certificate| {
        keys.iter().find_map(|key| {
            let config = ServerConfig::builder().with_no_client_auth();
            let mut config = config.with_single_cert(vec![certificate.clone()], key.clone_key()).ok()?;
            config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
            Some(Arc::new(config))
        })
    })
}
