//! Finds the way to a real cluster: kubeconfig files, contexts, proxies, the configuration inside a pod.

use std::ffi::OsString;
use std::path::Path;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::Uri;
use kube::Config;
use kube::config::AuthInfo;
use kube::config::Kubeconfig;
use percent_encoding::percent_decode_str;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::Cluster;
use super::ClusterError;
use super::Faults;
use super::client;
use super::client::Way;
use super::credentials::Credentials;
use super::identity::Identity;
use super::kubeconfig;
use super::kubeconfig::Chosen;
use super::proxy;

/// Where the cluster is and as whom to enter it, as `provider "kubernetes"` gives it.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Files to merge, first wins. Empty: `KUBECONFIG`, then `~/.kube/config`, then the pod's own account.
    pub kubeconfig: Vec<PathBuf>,
    /// Empty takes the current context.
    pub context: Option<String>,
    /// Only the pod's own account.
    pub in_cluster: bool,
    /// Faults that every request meets; none but in tests.
    pub faults: Faults,
}

/// A variable of the environment.
type Environment<'a> = &'a (dyn Fn(&str) -> Option<OsString> + Sync);

impl Cluster {
    /// Connects and asks for the server's version, so that what is wrong with the way there is said at once.
    ///
    /// # Errors
    /// Missing, unreadable or invalid kubeconfig; unknown context (with the contexts there are); certificate and
    /// credential errors; an address that does not answer (with address, proxy and cause).
    pub async fn connect(settings: &Settings) -> Result<Cluster, ClusterError> {
        Self::connect_from(settings, &|name| std::env::var_os(name)).await
    }

    pub(super) async fn connect_from(
        settings: &Settings,
        environment: Environment<'_>,
    ) -> Result<Cluster, ClusterError> {
        install_crypto();
        enter(locate(settings, environment)?, None, &settings.faults).await
    }
}

/// Connects by a context that was put together here. Nothing is taken from the environment.
pub(super) async fn chosen(chosen: Chosen, description: &str, faults: &Faults) -> Result<Cluster, ClusterError> {
    install_crypto();
    enter(from_kubeconfig(chosen, &|_| None)?, Some(description), faults).await
}

/// Asks for the server's version, so that what is wrong with the way there is said at once.
async fn enter(located: Located, description: Option<&str>, faults: &Faults) -> Result<Cluster, ClusterError> {
    let Located { way, context, address, cautions } = located;
    let route = match &way.proxy {
        Some(proxy) => format!("{address} through the proxy {}", proxy.describe()),
        None => address.clone(),
    };
    let client =
        client::client(way).map_err(|reason| ClusterError::InvalidContext { context: context.clone(), reason })?;
    let description = match description {
        Some(description) => description.to_owned(),
        None if context.is_empty() => POD.to_owned(),
        None => format!("context {context}"),
    };
    let cluster = Cluster::new(faults.around(client), address, route, description, cautions);
    cluster.version().await?;
    Ok(cluster)
}

/// What one can choose from in a kubeconfig.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contexts {
    /// Each with its cluster's address.
    pub all: Vec<(String, String)>,
    pub current: Option<String>,
}

/// The contexts of the kubeconfig that would be used; none where there is no kubeconfig at all.
///
/// # Errors
/// A file cannot be read, or is no kubeconfig.
pub fn contexts(named: &[PathBuf]) -> Result<Contexts, ClusterError> {
    let home = std::env::home_dir();
    let paths = kubeconfig::paths(named, std::env::var_os("KUBECONFIG"), home.as_deref());
    let Some(paths) = paths else { return Ok(Contexts::default()) };
    let read = kubeconfig::read(&paths)?;
    let server = |name: &str| {
        let cluster = read.clusters.iter().find(|cluster| cluster.name == name)?.cluster.as_ref()?;
        cluster.server.clone()
    };
    let contexts = read.contexts.iter().map(|named| {
        let cluster = named.context.as_ref().map_or("", |context| context.cluster.as_str());
        (named.name.clone(), shown_server(&server(cluster).unwrap_or_default()))
    });
    Ok(Contexts { all: contexts.collect(), current: read.current_context.clone() })
}

/// The address of a server as people may see it: a name and a password may stand in it.
fn shown_server(server: &str) -> String {
    server.parse().map_or_else(|_| String::new(), |url| shown(&url))
}

/// A client for the current context of a kubeconfig, which is not asked for anything yet, and the address it goes to.
///
/// # Errors
/// The file cannot be read, or its settings cannot be used.
pub fn client_of(kubeconfig: &Path) -> Result<(kube::Client, String), ClusterError> {
    install_crypto();
    let settings = Settings { kubeconfig: vec![kubeconfig.to_owned()], ..Settings::default() };
    let Located { way, context, address, .. } = locate(&settings, &|name| std::env::var_os(name))?;
    let client = client::client(way).map_err(|reason| ClusterError::InvalidContext { context, reason })?;
    Ok((client, address))
}

/// As [`client_of`], of a kubeconfig that lies in no file. What it holds is checked before.
///
/// # Errors
/// It is no kubeconfig, or its settings cannot be used.
pub fn client_in(text: &str) -> Result<(kube::Client, String), ClusterError> {
    install_crypto();
    let invalid = |reason: &str| ClusterError::InvalidContext { context: String::new(), reason: reason.to_owned() };
    let read = Kubeconfig::from_yaml(text).map_err(|_| invalid("it is no kubeconfig"))?;
    let Located { way, context, address, .. } =
        from_kubeconfig(kubeconfig::choose(&read, None)?, &|name| std::env::var_os(name))?;
    let client = client::client(way).map_err(|reason| ClusterError::InvalidContext { context, reason })?;
    Ok((client, address))
}

const POD: &str = "this pod's cluster";

/// The way to a cluster and what people are told of it.
struct Located {
    way: Way,
    /// Empty inside a pod.
    context: String,
    address: String,
    cautions: Vec<String>,
}

/// The TLS library needs one provider of cryptography for the process; a second call changes nothing.
pub fn install_crypto() {
    let _already_there = rustls::crypto::ring::default_provider().install_default();
}

fn locate(settings: &Settings, environment: Environment) -> Result<Located, ClusterError> {
    if settings.in_cluster {
        return pod(environment);
    }
    let home = environment("HOME");
    let paths = kubeconfig::paths(&settings.kubeconfig, environment("KUBECONFIG"), home.as_deref().map(Path::new));
    let Some(paths) = paths else {
        return pod(environment).map_err(|error| match error {
            ClusterError::InCluster { .. } => {
                ClusterError::NoKubeconfig { looked: "KUBECONFIG is not set, ~/.kube/config is not there".into() }
            }
            other => other,
        });
    };
    let chosen = kubeconfig::choose(&kubeconfig::read(&paths)?, settings.context.as_deref())?;
    from_kubeconfig(chosen, environment)
}

fn pod(environment: Environment) -> Result<Located, ClusterError> {
    let invalid = |reason: String| ClusterError::InCluster { reason };
    let mut config = Config::incluster().map_err(|e| invalid(e.to_string()))?;
    let address = shown(&config.cluster_url);
    let proxy = proxy::proxy_for(&config.cluster_url, None, text_of(environment)).map_err(invalid)?;
    let file = std::mem::take(&mut config.auth_info).token_file;
    let credentials = Credentials::of_pod(file.as_deref())
        .map_err(|e| ClusterError::Credentials { address: address.clone(), cause: e.to_string() })?;
    let way = Way { config, credentials, identity: Identity::default(), proxy };
    Ok(Located { way, context: String::new(), address, cautions: Vec::new() })
}

fn from_kubeconfig(mut chosen: Chosen, environment: Environment) -> Result<Located, ClusterError> {
    let context = chosen.context.clone();
    let invalid = |reason: String| ClusterError::InvalidContext { context: context.clone(), reason };
    let cluster = &mut chosen.cluster;
    let authorities = kubeconfig::inline_or_file(
        "certificate-authority",
        cluster.certificate_authority_data.as_deref(),
        cluster.certificate_authority.as_deref(),
    )
    .map_err(invalid)?;
    let unchecked = cluster.insecure_skip_tls_verify == Some(true);
    let says_certificates = chosen.credentials.client_certificate.is_some()
        || chosen.credentials.client_certificate_data.is_some()
        || authorities.is_some();
    let server = cluster.server.as_deref().unwrap_or_default();
    let (url, entry) = server_of(server, says_certificates || unchecked).map_err(invalid)?;
    let address = shown(&url);
    let mut config = Config::new(url);
    if let Some(bundle) = authorities {
        config.root_cert = Some(certificates(&bundle).map_err(invalid)?);
        // For a plugin that is told of the cluster: what was read, and no file that is read again.
        cluster.certificate_authority_data = Some(STANDARD.encode(bundle));
    }
    config.accept_invalid_certs = unchecked;
    config.tls_server_name = cluster.tls_server_name.clone();
    let proxy = proxy::proxy_for(&config.cluster_url, cluster.proxy_url.as_deref(), text_of(environment));
    let proxy = proxy.map_err(invalid)?;
    let identity = Identity::default();
    let credentials = Credentials::of(&chosen, entry, &identity)
        .map_err(|e| ClusterError::Credentials { address: address.clone(), cause: e.to_string() })?;
    let said = &chosen.credentials;
    config.auth_info = AuthInfo {
        impersonate: said.impersonate.clone(),
        impersonate_uid: said.impersonate_uid.clone(),
        impersonate_groups: said.impersonate_groups.clone(),
        impersonate_user_extra: said.impersonate_user_extra.clone(),
        ..AuthInfo::default()
    };
    let secure = config.cluster_url.scheme_str() == Some("https");
    let mut cautions = Vec::new();
    if secure && unchecked {
        cautions.push(format!(
            "The certificate of the cluster at {address} is not checked (insecure-skip-tls-verify of context \
             \"{context}\"): whoever stands between can read and change everything, passwords included."
        ));
    }
    if !secure && credentials.are_sent() {
        cautions.push(format!(
            "The credentials of context \"{context}\" go to the cluster at {address} in clear: plain http, which whoever \
             stands between can read."
        ));
    }
    Ok(Located { way: Way { config, credentials, identity, proxy }, context, address, cautions })
}

/// The address of a server, and user and password that stand in it. As in kubectl one without a scheme means https where
/// certificates are spoken of.
fn server_of(server: &str, secure: bool) -> Result<(Uri, Option<(String, String)>), String> {
    let server = server.trim();
    if server.is_empty() {
        return Err("its cluster names no server".into());
    }
    let (scheme, rest) = server.split_once("://").unwrap_or((if secure { "https" } else { "http" }, server));
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let (entry, place) = match authority.rsplit_once('@') {
        Some((entry, place)) => (Some(entry), place),
        None => (None, authority),
    };
    let wrong = || format!("its server is no address, as https://HOST:PORT: {scheme}://{place}{path}");
    let uri: Uri = format!("{scheme}://{place}{path}").parse().map_err(|_| wrong())?;
    if uri.host().is_none_or(str::is_empty) || !matches!(uri.scheme_str(), Some("http" | "https")) {
        return Err(wrong());
    }
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let entry = entry.map(|entry| {
        let (name, password) = entry.split_once(':').unwrap_or((entry, ""));
        (decoded(name), decoded(password))
    });
    Ok((uri, entry))
}

fn shown(address: &Uri) -> String {
    address.to_string().trim_end_matches('/').to_owned()
}

fn certificates(bundle: &[u8]) -> Result<Vec<Vec<u8>>, String> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(bundle).map(|c| c.map(|c| c.to_vec())).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        _ => Err("its certificate-authority holds no certificate in PEM".into()),
    }
}

fn text_of(environment: Environment<'_>) -> impl Fn(&str) -> Option<String> {
    move |name| environment(name).map(|value| value.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn error(text: Option<&str>, context: Option<&str>) -> String {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("config");
        if let Some(text) = text {
            std::fs::write(&path, text).unwrap();
        }
        let context = context.map(str::to_owned);
        let settings = Settings { kubeconfig: vec![path.clone()], context, ..Settings::default() };
        let error = Cluster::connect_from(&settings, &|_| None).await.map(|_| ()).unwrap_err();
        error.to_string().replace(&path.display().to_string(), "FILE")
    }

    #[tokio::test]
    async fn errors_name_file_context_and_address() {
        let text = "apiVersion: v1\nkind: Config\nclusters: [{name: c, cluster: {server: 'http://127.0.0.1:1'}}]\n\
            contexts: [{name: one, context: {cluster: c, user: u}}, {name: two, context: {cluster: gone, user: u}}]\n";
        let current = format!("{text}current-context: one\n");
        assert_eq!(error(None, None).await, "the kubeconfig file FILE does not exist");
        assert!(error(Some("a: [1"), None).await.starts_with("the kubeconfig file FILE is not valid: "));
        assert!(error(Some(""), None).await.ends_with("it holds no clusters and no contexts"));
        assert_eq!(error(Some(text), None).await, "the kubeconfig names no current context; choose one of: one, two");
        assert_eq!(
            error(Some(&current), Some("three")).await,
            "the kubeconfig has no context \"three\"; it has: one, two"
        );
        assert_eq!(
            error(Some(text), Some("two")).await,
            "the settings of context \"two\" cannot be used: the kubeconfig has no cluster \"gone\""
        );
        let unreachable = error(Some(&current), None).await;
        assert!(
            unreachable.starts_with("cannot reach the cluster at http://127.0.0.1:1 to get /version: "),
            "{unreachable}"
        );
    }

    /// Answers every connection with `answer`, over TLS with a certificate nobody knows where `tls`.
    async fn listen(answer: &'static str, tls: bool) -> String {
        use tokio::io::AsyncReadExt;
        use tokio::io::AsyncWriteExt;
        install_crypto();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let signed = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
        let key = rustls::pki_types::PrivateKeyDer::try_from(signed.signing_key.serialize_der()).unwrap();
        let settings = rustls::ServerConfig::builder().with_no_client_auth();
        let settings = settings.with_single_cert(vec![signed.cert.der().clone()], key).unwrap();
        let acceptor = tokio_rustls::TlsAcceptor::from(std::sync::Arc::new(settings));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = [0; 4096];
                if tls {
                    let _refused_by_the_client = acceptor.accept(stream).await;
                } else if stream.read(&mut request).await.is_ok() {
                    let _gone = stream.write_all(answer.as_bytes()).await;
                }
            }
        });
        format!("{}://{address}", if tls { "https" } else { "http" })
    }

    #[tokio::test]
    async fn errors_of_the_server_say_what_to_look_at() {
        let check = async |answer: &'static str, tls: bool, expected: &str| {
            let address = listen(answer, tls).await;
            let text = format!(
                "apiVersion: v1\nkind: Config\nclusters: [{{name: c, cluster: {{server: '{address}'}}}}]\n\
                 contexts: [{{name: one, context: {{cluster: c, user: u}}}}]\ncurrent-context: one\n"
            );
            let error = error(Some(&text), None).await.replace(&address, "ADDRESS");
            assert!(error.starts_with(expected), "{error}");
        };
        let unauthorized = "HTTP/1.1 401 Unauthorized\r\ncontent-length: 4\r\n\r\nlost";
        check(unauthorized, false, "the cluster at ADDRESS does not know who we are (401): lost").await;
        let page = "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n<html>";
        check(page, false, "the cluster's answer to \"get /version\" makes no sense: ").await;
        let other = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
        check(other, false, "the cluster's answer to \"get /version\" makes no sense: it has no gitVersion").await;
        check("", true, "the certificate of the cluster at ADDRESS is not accepted: ").await;
    }

    #[test]
    fn addresses_are_taken_apart() {
        let check = |server: &str, secure: bool, address: &str, entry: Option<(&str, &str)>| {
            let (uri, found) = server_of(server, secure).unwrap();
            assert_eq!(shown(&uri), address);
            assert_eq!(found.as_ref().map(|(name, password)| (name.as_str(), password.as_str())), entry);
        };
        check("https://a:6443", false, "https://a:6443", None);
        check("https://a:6443/k8s/clusters/c-1/", false, "https://a:6443/k8s/clusters/c-1", None);
        check("a:6443", true, "https://a:6443", None);
        check("a:8080", false, "http://a:8080", None);
        check("https://joe:can%40ary@a", false, "https://a", Some(("joe", "can@ary")));
        for (server, expected) in [
            ("", "its cluster names no server"),
            ("ftp://joe:canary@a", "its server is no address, as https://HOST:PORT: ftp://a"),
            ("https://joe:canary@a b/", "its server is no address, as https://HOST:PORT: https://a b/"),
            ("https://", "its server is no address, as https://HOST:PORT: https://"),
        ] {
            assert_eq!(server_of(server, false).unwrap_err(), expected);
        }
    }
}
