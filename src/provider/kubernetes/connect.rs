//! Finds the way to a real cluster: kubeconfig files, contexts, the configuration inside a pod.

use std::ffi::OsString;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use kube::Config;
use kube::client::ClientBuilder;
use kube::config::KubeConfigOptions;
use kube::config::Kubeconfig;

use super::Cluster;
use super::ClusterError;
use super::Faults;

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

/// A watch is ended by the server before this; a connection silent for longer is dead.
const SILENCE: Duration = Duration::from_secs(330);

impl Cluster {
    /// Connects and asks for the server's version, so that what is wrong with the way there is said at once.
    ///
    /// # Errors
    /// Missing, unreadable or invalid kubeconfig; unknown context (with the contexts there are); certificate and
    /// credential errors; an address that does not answer (with address and cause).
    pub async fn connect(settings: &Settings) -> Result<Cluster, ClusterError> {
        install_crypto();
        let (mut config, description) = locate(settings).await?;
        config.connect_timeout = Some(Duration::from_secs(10));
        config.read_timeout = Some(SILENCE);
        config.reset_reader_on_write = true;
        config.write_timeout = Some(Duration::from_secs(60));
        // Retries are ours: they must be told of, bounded and counted.
        config.default_retry = false;
        let address = config.cluster_url.to_string().trim_end_matches('/').to_owned();
        let invalid = |e: kube::Error| match e {
            kube::Error::Auth(e) => ClusterError::Credentials { address: address.clone(), cause: e.to_string() },
            e => ClusterError::InvalidContext { context: description.clone(), reason: e.to_string() },
        };
        let client = ClientBuilder::try_from(config).map_err(invalid)?.build();
        let cluster = Cluster::new(settings.faults.around(client), address.clone(), description);
        cluster.version().await?;
        Ok(cluster)
    }
}

/// The TLS library needs one provider of cryptography for the process; a second call changes nothing.
fn install_crypto() {
    let _already_there = rustls::crypto::ring::default_provider().install_default();
}

async fn locate(settings: &Settings) -> Result<(Config, String), ClusterError> {
    let in_cluster = || Config::incluster().map_err(|e| ClusterError::InCluster { reason: e.to_string() });
    if settings.in_cluster {
        return Ok((in_cluster()?, "this pod's cluster".into()));
    }
    let environment = std::env::var_os("KUBECONFIG");
    let home = std::env::var_os("HOME");
    let Some(paths) = paths(&settings.kubeconfig, environment, home.as_deref().map(Path::new)) else {
        return match in_cluster() {
            Ok(config) => Ok((config, "this pod's cluster".into())),
            Err(_) => {
                Err(ClusterError::NoKubeconfig { looked: "KUBECONFIG is not set, ~/.kube/config is not there".into() })
            }
        };
    };
    let kubeconfig = read(&paths)?;
    let known: Vec<String> = kubeconfig.contexts.iter().map(|c| c.name.clone()).collect();
    let wanted = settings.context.clone().filter(|c| !c.is_empty());
    let Some(context) = wanted.or_else(|| kubeconfig.current_context.clone().filter(|c| !c.is_empty())) else {
        return Err(ClusterError::NoCurrentContext { known });
    };
    if !known.contains(&context) {
        return Err(ClusterError::UnknownContext { context, known });
    }
    let options = KubeConfigOptions { context: Some(context.clone()), ..KubeConfigOptions::default() };
    match Config::from_custom_kubeconfig(kubeconfig, &options).await {
        Ok(config) => Ok((config, format!("context {context}"))),
        Err(e) => Err(ClusterError::InvalidContext { context, reason: e.to_string() }),
    }
}

/// The files to read; `None` where nobody named one and the usual place is empty.
fn paths(named: &[PathBuf], environment: Option<OsString>, home: Option<&Path>) -> Option<Vec<PathBuf>> {
    if !named.is_empty() {
        return Some(named.iter().map(|path| expand(path, home)).collect());
    }
    let listed = environment.map(|value| std::env::split_paths(&value).collect::<Vec<_>>()).unwrap_or_default();
    let listed: Vec<PathBuf> = listed.into_iter().filter(|path| !path.as_os_str().is_empty()).collect();
    if !listed.is_empty() {
        return Some(listed);
    }
    let usual = home?.join(".kube").join("config");
    usual.exists().then(|| vec![usual])
}

/// `~/x` as a shell would read it: people write it in configuration files.
fn expand(path: &Path, home: Option<&Path>) -> PathBuf {
    match (path.strip_prefix("~"), home) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path.to_owned(),
    }
}

fn read(paths: &[PathBuf]) -> Result<Kubeconfig, ClusterError> {
    let mut merged = Kubeconfig::default();
    for path in paths {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            // As kubectl: of several files, those that are not there are left out.
            Err(e) if e.kind() == std::io::ErrorKind::NotFound && paths.len() > 1 => continue,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                return Err(ClusterError::KubeconfigMissing { path: path.clone() });
            }
            Err(source) => return Err(ClusterError::KubeconfigUnreadable { path: path.clone(), source }),
        };
        let invalid = |reason: String| ClusterError::KubeconfigInvalid { path: path.clone(), reason };
        let mut one = Kubeconfig::from_yaml(&text).map_err(|e| invalid(first_line(&e.to_string())))?;
        if one.clusters.is_empty() && one.contexts.is_empty() {
            return Err(invalid("it holds no clusters and no contexts".into()));
        }
        anchor(&mut one, path.parent().unwrap_or(Path::new(".")));
        merged = merged.merge(one).map_err(|e| invalid(e.to_string()))?;
    }
    Ok(merged)
}

/// File names inside a kubeconfig are relative to it.
fn anchor(kubeconfig: &mut Kubeconfig, directory: &Path) {
    let fix = |name: &mut Option<String>| {
        if let Some(text) = name.as_mut().filter(|text| !text.is_empty() && Path::new(text.as_str()).is_relative()) {
            *text = directory.join(text.as_str()).to_string_lossy().into_owned();
        }
    };
    for cluster in kubeconfig.clusters.iter_mut().filter_map(|c| c.cluster.as_mut()) {
        fix(&mut cluster.certificate_authority);
    }
    for user in kubeconfig.auth_infos.iter_mut().filter_map(|u| u.auth_info.as_mut()) {
        fix(&mut user.client_certificate);
        fix(&mut user.client_key);
        fix(&mut user.token_file);
    }
}

/// Only the first line of a parse error: what follows quotes the file, which holds credentials.
fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_in_their_order_of_precedence() {
        let home = tempfile::tempdir().unwrap();
        let at = |named: &[&str], environment: Option<&str>| {
            let named: Vec<PathBuf> = named.iter().map(PathBuf::from).collect();
            paths(&named, environment.map(OsString::from), Some(home.path()))
        };
        assert_eq!(at(&["/a"], Some("/b")), Some(vec!["/a".into()]));
        assert_eq!(at(&["~/a"], None), Some(vec![home.path().join("a")]));
        assert_eq!(at(&[], Some("/b::/c")), Some(vec!["/b".into(), "/c".into()]));
        assert_eq!(at(&[], Some("")), None);
        std::fs::create_dir(home.path().join(".kube")).unwrap();
        std::fs::write(home.path().join(".kube/config"), "").unwrap();
        assert_eq!(at(&[], None), Some(vec![home.path().join(".kube/config")]));
    }

    async fn error(text: Option<&str>, context: Option<&str>) -> String {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("config");
        if let Some(text) = text {
            std::fs::write(&path, text).unwrap();
        }
        let context = context.map(str::to_owned);
        let settings = Settings { kubeconfig: vec![path.clone()], context, ..Settings::default() };
        let error = Cluster::connect(&settings).await.map(|_| ()).unwrap_err();
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
        assert!(error(Some(text), Some("two")).await.starts_with("the settings of context \"two\" cannot be used: "));
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
}
