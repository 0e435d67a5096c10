//! The programs behind webhooks: one socket that gets every call of the API server into the cluster.
//!
//! The server sends `CONNECT host:port`; the TLS server name says which Service is meant. It is answered as in a
//! cluster: only while the Service has a ready endpoint, and with the certificate that lies in a Secret of the Service's
//! namespace, so that the CA bundle must have been filled rightly.

use std::collections::BTreeSet;
use std::collections::HashMap;
use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

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
use serde_json::json;
use stackwright::interface::agree;
use tokio::io::AsyncBufReadExt;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::io::BufReader;
use tokio::net::TcpStream;
use tokio::net::UnixListener;
use tokio::net::UnixStream;
use tokio_rustls::LazyConfigAcceptor;

use super::containers::Containers;
use super::containers::Program;

/// One call of the server into the cluster.
#[derive(Clone, Debug)]
pub struct Call {
    /// `<service>.<namespace>.svc`, or the address that was dialled where no name was given.
    pub host: String,
    /// Kind and name of what was asked about, `passed on` where a real program was asked; for a call that was refused,
    /// why.
    pub about: Result<String, String>,
    /// The request was a dry run.
    pub dry_run: bool,
}

/// How the reason begins when the server ended a call because it did not believe the program's certificate.
const DISTRUSTED: &str = "not trusted";

impl Call {
    /// The server ended the call itself, because it did not believe the program's certificate.
    pub fn is_distrusted(&self) -> bool {
        self.about.as_ref().is_err_and(|why| why.starts_with(DISTRUSTED))
    }
}

/// How the program of a webhook answers.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Manner {
    /// It admits everything.
    #[default]
    Agrees,
    /// It refuses everything, for a reason.
    Refuses(&'static str),
    /// It is broken: an HTTP code without a review.
    Fails(u16),
    /// Its answer takes so long.
    After(Duration),
    /// It does not listen, although its pod is ready.
    Deaf,
}

/// All calls so far, and how they are answered.
#[derive(Clone, Default)]
pub struct Calls(Arc<Mutex<Conduct>>);

#[derive(Default)]
struct Conduct {
    calls: Vec<Call>,
    manners: HashMap<String, Manner>,
}

impl Calls {
    pub fn all(&self) -> Vec<Call> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).calls.clone()
    }

    pub fn answers(&self, host: &str, manner: Manner) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).manners.insert(host.to_owned(), manner);
    }

    fn manner(&self, host: &str) -> Manner {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).manners.get(host).cloned().unwrap_or_default()
    }

    fn add(&self, host: &str, about: Result<String, String>, dry_run: bool) {
        let call = Call { host: host.to_owned(), about, dry_run };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).calls.push(call);
    }
}

/// The programs behind Services.
#[derive(Clone)]
pub struct Backends {
    client: Client,
    containers: Containers,
    /// Services whose programs really run.
    real: Arc<BTreeSet<String>>,
}

impl Backends {
    pub fn new(client: Client, containers: Containers, real: &[Program]) -> Self {
        let host = |program: &Program| Some(format!("{}.{}.svc", program.service?, program.namespace));
        Self { client, containers, real: Arc::new(real.iter().filter_map(host).collect()) }
    }
}

/// Listens for as long as the runtime lives.
pub fn serve(socket: &Path, backends: Backends, calls: Calls) {
    let listener = UnixListener::bind(socket).expect("a socket");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (backends, calls) = (backends.clone(), calls.clone());
            tokio::spawn(async move {
                if let Err((host, why)) = connection(stream, backends, calls.clone()).await {
                    calls.add(&host, Err(why), false);
                }
            });
        }
    });
}

async fn connection(stream: UnixStream, backends: Backends, calls: Calls) -> Result<(), (String, String)> {
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
    let (host, read) = server_name(&mut stream).await.map_err(|why| failed(&dialled, &why))?;
    let host = match host {
        Some(host) => host,
        // Where certificates are not looked at, no name is given: the address tells.
        None => service_at(&backends.client, &dialled).await.ok_or_else(|| failed(&dialled, &"no server name"))?,
    };
    has_endpoint(&backends.client, &host).await.map_err(|why| failed(&host, &why))?;
    if calls.manner(&host) == Manner::Deaf {
        return Err(failed(&host, &"connection refused: nobody listens"));
    }
    if backends.real.contains(&host) {
        let port = backends.containers.port(&host).ok_or_else(|| failed(&host, &"its program does not run"))?;
        let mut program = TcpStream::connect(("127.0.0.1", port)).await.map_err(|error| failed(&host, &error))?;
        program.write_all(&read).await.map_err(|error| failed(&host, &error))?;
        calls.add(&host, Ok("passed on".to_owned()), false);
        // How a connection ends that was accepted says nothing about the webhook.
        tokio::io::copy_bidirectional(&mut stream, &mut program).await.ok();
        return Ok(());
    }
    let (remaining, back) = tokio::io::split(stream);
    let stream = tokio::io::join(std::io::Cursor::new(read).chain(remaining), back);
    let handshake = LazyConfigAcceptor::new(rustls::server::Acceptor::default(), stream).await;
    let handshake = handshake.map_err(|error| failed(&host, &error))?;
    let config = certificate(&backends.client, &host).await.map_err(|why| failed(&host, &why))?;
    let stream = handshake.into_stream(config).await;
    let stream = stream.map_err(|error| failed(&host, &format!("{DISTRUSTED}: {error}")))?;
    let name = host.clone();
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        let (name, calls) = (name.clone(), calls.clone());
        async move { Ok::<_, Infallible>(answer(request, &name, &calls).await) }
    });
    let builder = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
    // How a connection ends that was accepted says nothing about the webhook.
    builder.serve_connection(TokioIo::new(stream), service).await.ok();
    Ok(())
}

/// The server name of a TLS greeting, and all that was read of it.
async fn server_name(stream: &mut BufReader<UnixStream>) -> Result<(Option<String>, Vec<u8>), String> {
    let mut acceptor = rustls::server::Acceptor::default();
    let mut all = Vec::new();
    loop {
        let mut part = [0; 4096];
        let length = stream.read(&mut part).await.map_err(|error| error.to_string())?;
        if length == 0 {
            return Err("the connection ended before its greeting".into());
        }
        all.extend(&part[..length]);
        acceptor.read_tls(&mut &part[..length]).map_err(|error| error.to_string())?;
        match acceptor.accept() {
            Ok(Some(accepted)) => return Ok((accepted.client_hello().server_name().map(str::to_owned), all)),
            Ok(None) => {}
            Err((error, _)) => return Err(error.to_string()),
        }
    }
}

/// What a program that adds kinds to the API says of them: it has none. `None` for other questions.
fn kinds(request: &Request<Incoming>) -> Option<Response<Full<Bytes>>> {
    let version = request.uri().path().strip_prefix("/apis/").filter(|_| request.method() == "GET")?;
    let list = json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": []});
    let response = Response::builder().header("content-type", "application/json");
    Some(response.body(Full::from(list.to_string())).expect("a valid answer"))
}

async fn answer(request: Request<Incoming>, host: &str, calls: &Calls) -> Response<Full<Bytes>> {
    if let Some(kinds) = kinds(&request) {
        return kinds;
    }
    let body = request.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let review: Value = serde_json::from_slice(&body).unwrap_or_default();
    let asked = &review["request"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let about = format!("{} {} {}", text(&asked["operation"]), text(&asked["kind"]["kind"]), text(&asked["name"]));
    let manner = calls.manner(host);
    calls.add(host, Ok(about), asked["dryRun"] == true);
    let mut answer = agree(&review);
    let mut code = 200;
    match manner {
        Manner::Agrees | Manner::Deaf => {}
        Manner::After(time) => tokio::time::sleep(time).await,
        Manner::Refuses(reason) => {
            answer["response"] =
                json!({"uid": asked["uid"], "allowed": false, "status": {"message": reason, "code": 403}});
        }
        Manner::Fails(with) => code = with,
    }
    let response = Response::builder().status(code).header("content-type", "application/json");
    let body = if code == 200 { answer.to_string() } else { "the program is broken".to_owned() };
    response.body(Full::from(body)).expect("a valid answer")
}

fn service_of(host: &str) -> Result<(&str, &str), String> {
    let mut parts = host.split('.');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(service), Some(namespace), Some("svc")) => Ok((service, namespace)),
        _ => Err("not a Service".into()),
    }
}

/// The Service whose address was dialled.
async fn service_at(client: &Client, dialled: &str) -> Option<String> {
    let (address, _) = dialled.rsplit_once(':')?;
    let all = super::request(client, "GET", "/api/v1/services", "application/json", Vec::new()).await.1;
    let service = all["items"].as_array()?.iter().find(|service| service["spec"]["clusterIP"] == address)?;
    let text = |key: &str| service["metadata"][key].as_str();
    Some(format!("{}.{}.svc", text("name")?, text("namespace")?))
}

/// Whether a Service has somebody to answer for it.
async fn has_endpoint(client: &Client, host: &str) -> Result<(), String> {
    let (service, namespace) = service_of(host)?;
    let path = format!(
        "/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices?labelSelector=kubernetes.io/service-name={service}"
    );
    let slices = super::request(client, "GET", &path, "application/json", Vec::new()).await.1;
    let mut endpoints = slices["items"].as_array().into_iter().flatten().flat_map(|slice| {
        let endpoints = slice["endpoints"].as_array().cloned();
        endpoints.unwrap_or_default()
    });
    match endpoints.any(|endpoint| endpoint["conditions"]["ready"] != false) {
        true => Ok(()),
        false => Err("connection refused: no endpoint is ready".into()),
    }
}

/// The certificate of a Service's program.
async fn certificate(client: &Client, host: &str) -> Result<Arc<ServerConfig>, String> {
    let (_, namespace) = service_of(host)?;
    let path = format!("/api/v1/namespaces/{namespace}/secrets");
    let secrets = super::request(client, "GET", &path, "application/json", Vec::new()).await.1;
    let found = secrets["items"].as_array().into_iter().flatten().find_map(|secret| pair(secret, host));
    match found {
        Some(found) => Ok(found),
        None if is_unchecked(client, host).await => Ok(made_up(host)),
        None => Err(format!("no Secret of {namespace} holds a certificate for {host}")),
    }
}

/// Whether the Service adds kinds to the API, and the server does not look at its certificate: then the program makes
/// one up itself when it starts.
async fn is_unchecked(client: &Client, host: &str) -> bool {
    let path = "/apis/apiregistration.k8s.io/v1/apiservices";
    let all = super::request(client, "GET", path, "application/json", Vec::new()).await.1;
    let mut all = all["items"].as_array().into_iter().flatten();
    let of = |service: &Value| {
        let text = |key: &str| service[key].as_str().unwrap_or_default();
        format!("{}.{}.svc", text("name"), text("namespace"))
    };
    all.any(|one| one["spec"]["insecureSkipTLSVerify"] == true && of(&one["spec"]["service"]) == host)
}

fn made_up(host: &str) -> Arc<ServerConfig> {
    let made = rcgen::generate_simple_self_signed([host.to_owned()]).expect("a certificate");
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
    let config = ServerConfig::builder().with_no_client_auth();
    Arc::new(config.with_single_cert(vec![made.cert.der().clone()], key).expect("a pair"))
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
