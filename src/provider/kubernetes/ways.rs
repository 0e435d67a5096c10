//! Whole ways to a cluster, from a kubeconfig to what arrives there: credentials, certificates, proxies.

use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;

use rustls::DigitallySignedStruct;
use rustls::DistinguishedName;
use rustls::SignatureScheme;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::UnixTime;
use rustls::pki_types::pem::PemObject;
use rustls::server::danger::ClientCertVerified;
use rustls::server::danger::ClientCertVerifier;
use tokio::io::AsyncRead;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWrite;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::net::TcpStream;

use super::Cluster;
use super::Settings;

/// Lines that somebody on the way has seen.
type Seen = Arc<Mutex<Vec<String>>>;

fn seen(lines: &Seen) -> Vec<String> {
    lines.lock().expect("no test panics while it holds it").clone()
}

async fn head(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8_lossy(&head).into_owned()
}

/// Answers what every request asks first, and notes its head.
async fn greet(mut stream: impl AsyncRead + AsyncWrite + Unpin, lines: Seen) {
    let request = head(&mut stream).await;
    lines.lock().expect("whole").push(request.to_ascii_lowercase());
    let body = r#"{"gitVersion":"v1.31.4"}"#;
    let answer = format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    let _gone = stream.write_all(answer.as_bytes()).await;
    let _gone = stream.shutdown().await;
}

/// A server that takes everybody; gives `host:port` and the requests.
async fn server() -> (String, Seen) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let (address, lines) = (listener.local_addr().expect("an address").to_string(), Seen::default());
    let requests = lines.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(greet(stream, requests.clone()));
        }
    });
    (address, lines)
}

/// A proxy that takes every way to `target`: by CONNECT, where it wants `password` if there is one, and by SOCKS 5.
/// Gives `host:port` and where it was asked to go.
async fn proxy(target: String, password: &'static str) -> (String, Seen) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let (address, lines) = (listener.local_addr().expect("an address").to_string(), Seen::default());
    let asked = lines.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (target, asked) = (target.clone(), asked.clone());
            tokio::spawn(async move {
                let _it_ends = forward(stream, &target, password, asked).await;
            });
        }
    });
    (address, lines)
}

async fn forward(mut stream: TcpStream, target: &str, password: &str, asked: Seen) -> std::io::Result<()> {
    let mut first = [0];
    stream.peek(&mut first).await?;
    let note = |line: String| asked.lock().expect("whole").push(line);
    if first == [5] {
        let mut greeting = [0; 2];
        stream.read_exact(&mut greeting).await?;
        let mut methods = vec![0; greeting[1].into()];
        stream.read_exact(&mut methods).await?;
        stream.write_all(&[5, 0]).await?;
        let mut request = [0; 5];
        stream.read_exact(&mut request).await?;
        assert_eq!(request[3], 3, "the name is left to the proxy");
        let mut place = vec![0; usize::from(request[4]) + 2];
        stream.read_exact(&mut place).await?;
        note(format!("SOCKS {}", String::from_utf8_lossy(&place[..place.len() - 2])));
        stream.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await?;
    } else {
        let request = head(&mut stream).await;
        note(request.lines().next().unwrap_or_default().to_owned());
        if !request.contains(password) {
            return stream.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n").await;
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
    }
    let mut there = TcpStream::connect(target).await?;
    tokio::io::copy_bidirectional(&mut stream, &mut there).await.map(|_| ())
}

/// What is found by a kubeconfig in `directory`, with these variables only.
async fn connect(directory: &Path, cluster: &str, user: &str, environment: &[(&str, &str)]) -> Result<Cluster, String> {
    let file = directory.join("config");
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: here\nclusters: [{{name: c, cluster: {{{cluster}}}}}]\n\
         contexts: [{{name: here, context: {{cluster: c, user: joe}}}}]\nusers: [{{name: joe, user: {{{user}}}}}]\n"
    );
    std::fs::write(&file, text).expect("written");
    let settings = Settings { kubeconfig: vec![file], ..Settings::default() };
    let value = |name: &str| environment.iter().find(|(n, _)| *n == name).map(|(_, value)| OsString::from(value));
    Cluster::connect_from(&settings, &value).await.map_err(|error| error.to_string())
}

#[tokio::test]
async fn who_we_are_is_said_as_kubectl_says_it() {
    let directory = tempfile::tempdir().expect("a directory");
    let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).expect("written");
    write("token", "good\n");
    write("blank", " \n");
    write("two", "canary\ncanary\n");
    let script = directory.path().join("login");
    write(
        "login",
        "#!/bin/sh\necho '{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",\"status\":{\"token\":\"given\"}}'\n",
    );
    std::fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o700)).expect("ours");
    let exec = "exec: {apiVersion: client.authentication.k8s.io/v1, command: ./login, interactiveMode: Never}";
    let jwt = |seconds: i64| {
        use base64::Engine;
        let payload = format!(r#"{{"exp":{}}}"#, jiff::Timestamp::now().as_second() + seconds);
        format!("h.{}.canary", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(payload))
    };
    let (fresh, old) = (jwt(3600), jwt(-1));
    let check = async |user: &str, entry: &str, expected: Result<&str, &str>| {
        let (address, requests) = server().await;
        let connected = connect(directory.path(), &format!("server: 'http://{entry}{address}'"), user, &[]).await;
        let sent = |requests: Vec<String>| {
            let request = requests.last().cloned().unwrap_or_default();
            let line = request.lines().find_map(|line| line.strip_prefix("authorization: ")).map(str::to_owned);
            line.unwrap_or_else(|| "nobody".into())
        };
        match (connected, expected) {
            (Ok(cluster), Ok(expected)) => {
                assert_eq!(sent(seen(&requests)), expected.to_ascii_lowercase(), "{user}");
                assert_eq!(cluster.address(), format!("http://{address}"));
                assert_eq!(cluster.cautions().len(), usize::from(expected != "nobody"), "{user}");
            }
            (Err(error), Err(expected)) => {
                assert!(error.contains(expected), "{user}: {error}");
                assert!(!error.contains("canary"), "{error}");
                assert!(seen(&requests).is_empty(), "{user}: nothing was sent");
            }
            (found, expected) => panic!("{user}: {found:?} {expected:?}"),
        }
    };
    check("", "", Ok("nobody")).await;
    check("token: good", "", Ok("Bearer good")).await;
    check("tokenFile: token", "", Ok("Bearer good")).await;
    check("token: stale, tokenFile: token", "", Ok("Bearer good")).await;
    check("token: stale, tokenFile: missing", "", Ok("Bearer stale")).await;
    check("username: a, password: b", "", Ok("Basic YTpi")).await;
    check("", "a:b@", Ok("Basic YTpi")).await;
    check("token: good", "a:b@", Ok("Bearer good")).await;
    check(exec, "", Ok("Bearer given")).await;
    check(&format!("token: good, {exec}"), "", Ok("Bearer good")).await;
    let oidc = |token: &str| format!("auth-provider: {{name: oidc, config: {{id-token: {token}}}}}");
    check(&oidc(&fresh), "", Ok(&format!("Bearer {fresh}"))).await;
    check(&oidc(&old), "", Err("holds no id-token that is still valid")).await;
    check("token: \"canary\\n\"", "", Err("user \"joe\": its token holds a line break or another")).await;
    check("tokenFile: two", "", Err("holds a line break or another character")).await;
    check("tokenFile: missing", "", Err("missing cannot be read: No such file")).await;
    check("tokenFile: blank", "", Err("blank is empty")).await;
    check("tokenFile: /dev/zero", "", Err("its tokenFile /dev/zero cannot be read: it is a device or a pipe")).await;
    check("username: a, password: canary, token: canary", "", Err("a password and a token, and only one")).await;
    let gone = "auth-provider: {name: gcp, config: {access-token: canary}}";
    check(gone, "", Err("its auth-provider \"gcp\" is gone: clients of Kubernetes have none since 1.26; install gke"))
        .await;
    check(&format!("{gone}, {exec}"), "", Err("an exec plugin and an auth-provider, and only one")).await;
    check("client-certificate-data: Y2FuYXJ5", "", Err("it has a client-certificate and no client-key")).await;
    check("client-key: /dev/zero", "", Err("its client-key /dev/zero cannot be read: it is a device")).await;
}

#[tokio::test]
async fn another_person_is_spoken_for() {
    let directory = tempfile::tempdir().expect("a directory");
    let (address, requests) = server().await;
    let user = "as: alice, as-groups: [ops, dev]";
    connect(directory.path(), &format!("server: 'http://{address}'"), user, &[]).await.expect("as set up");
    let request = seen(&requests).pop().expect("as set up");
    for line in ["impersonate-user: alice", "impersonate-group: ops", "impersonate-group: dev"] {
        assert!(request.contains(line), "{request}");
    }
}

#[tokio::test]
async fn a_password_in_an_address_is_not_shown() {
    let directory = tempfile::tempdir().expect("a directory");
    for scheme in ["http", "https"] {
        let cluster = format!("server: '{scheme}://joe:canary@127.0.0.1:1'");
        let error = connect(directory.path(), &cluster, "", &[]).await.expect_err("nobody listens");
        assert!(error.starts_with(&format!("cannot reach the cluster at {scheme}://127.0.0.1:1 to get ")), "{error}");
    }
}

#[tokio::test]
async fn what_is_dangerous_is_said_every_time() {
    let directory = tempfile::tempdir().expect("a directory");
    let (address, _) = server().await;
    let clear = format!("server: 'http://{address}'");
    for _ in 0..2 {
        let cluster = connect(directory.path(), &clear, "token: t", &[]).await.expect("as set up");
        let expected = format!("The credentials of context \"here\" go to the cluster at http://{address} in clear");
        assert!(cluster.cautions()[0].starts_with(&expected), "{:?}", cluster.cautions());
    }
    // No TLS, no certificate that could be checked.
    let unchecked = format!("{clear}, insecure-skip-tls-verify: true");
    assert!(connect(directory.path(), &unchecked, "", &[]).await.expect("as set up").cautions().is_empty());
    let (address, _) = certified_server(Seen::default()).await;
    let unchecked = format!("server: 'https://{address}', insecure-skip-tls-verify: true");
    let pair = directory.path().join("pair.pem");
    std::fs::write(&pair, include_str!("certificate_v1.pem")).expect("written");
    let user = "client-certificate: pair.pem, client-key: pair.pem";
    let cluster = connect(directory.path(), &unchecked, user, &[]).await.expect("as set up");
    let expected = format!("The certificate of the cluster at https://{address} is not checked");
    assert!(cluster.cautions()[0].starts_with(&expected), "{:?}", cluster.cautions());
    assert_eq!(cluster.cautions().len(), 1);
}

/// Takes every client that shows a certificate, and notes how long it is.
#[derive(Debug)]
struct Doorkeeper(Seen);

impl ClientCertVerifier for Doorkeeper {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        self.0.lock().expect("whole").push(end_entity.len().to_string());
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ECDSA_NISTP256_SHA256, SignatureScheme::ED25519]
    }
}

/// A server with a certificate for `api.corp.example` that wants one of its clients; gives `host:port` and the authority.
async fn certified_server(shown: Seen) -> (String, String) {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let signed = rcgen::generate_simple_self_signed(vec!["api.corp.example".to_owned()]).expect("as set up");
    let key = PrivateKeyDer::try_from(signed.signing_key.serialize_der()).expect("as set up");
    let settings = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let settings = settings.expect("as set up").with_client_cert_verifier(Arc::new(Doorkeeper(shown)));
    let settings = settings.with_single_cert(vec![signed.cert.der().clone()], key).expect("as set up");
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(settings));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    greet(stream, Seen::default()).await;
                }
            });
        }
    });
    (address, signed.cert.pem())
}

#[tokio::test]
async fn a_certificate_of_version_1_is_shown_also_through_a_proxy() {
    let directory = tempfile::tempdir().expect("a directory");
    let pair = include_str!("certificate_v1.pem");
    std::fs::write(directory.path().join("pair.pem"), pair).expect("written");
    let shown = Seen::default();
    let (address, authority) = certified_server(shown.clone()).await;
    std::fs::write(directory.path().join("ca.pem"), authority).expect("written");
    let (proxy, asked) = proxy(address.clone(), "").await;
    let user = "client-certificate: pair.pem, client-key: pair.pem";
    let near = format!("server: 'https://{address}', certificate-authority: ca.pem, tls-server-name: api.corp.example");
    connect(directory.path(), &near, user, &[]).await.expect("straight");
    let far = "server: 'https://api.corp.example:6443', certificate-authority: ca.pem";
    let through = [("HTTPS_PROXY", proxy.as_str()), ("NO_PROXY", "localhost,127.0.0.1,")];
    let cluster = connect(directory.path(), far, user, &through).await.expect("through the proxy");
    assert!(cluster.cautions().is_empty());
    let socks = format!("{far}, proxy-url: 'socks5://{proxy}'");
    connect(directory.path(), &socks, user, &[]).await.expect("through the proxy");
    assert_eq!(seen(&asked), ["CONNECT api.corp.example:6443 HTTP/1.1", "SOCKS api.corp.example"]);
    let length = CertificateDer::from_pem_slice(pair.as_bytes()).expect("as set up").len().to_string();
    assert_eq!(seen(&shown), [length.as_str(); 3]);
    let error = connect(directory.path(), &near, "", &[]).await.expect_err("nobody was shown");
    assert!(error.contains(&address), "{error}");
    let wrong = near.replace("tls-server-name: api", "tls-server-name: other");
    let error = connect(directory.path(), &wrong, user, &[]).await.expect_err("another name");
    assert!(error.starts_with("the certificate of the cluster at https://127.0.0.1:"), "{error}");
}

#[tokio::test]
async fn proxies_are_used_where_go_uses_them_and_named_where_they_fail() {
    let directory = tempfile::tempdir().expect("a directory");
    let (address, _) = server().await;
    let near = format!("server: 'http://{address}'");
    let far = "server: 'http://api.corp.example:6443'";
    let dead = "127.0.0.1:1";
    let (open, asked) = proxy(address.clone(), "").await;
    let (locked, _) = proxy(address.clone(), "Basic am9lOmNhbkBhcnk=").await;
    let go = async |cluster: &str, environment: &[(&str, &str)]| {
        connect(directory.path(), cluster, "", environment).await.map(|_| ())
    };
    let count = || seen(&asked).len();
    assert_eq!(go(&near, &[("HTTP_PROXY", dead), ("HTTPS_PROXY", dead)]).await, Ok(()), "never for loopback");
    assert_eq!(go(far, &[("HTTP_PROXY", &open)]).await, Ok(()), "without a scheme");
    assert_eq!(go(far, &[("http_proxy", &format!("http://{open}/"))]).await, Ok(()));
    assert_eq!(count(), 2);
    let named = format!("{near}, proxy-url: 'http://{open}'");
    assert_eq!(go(&named, &[("NO_PROXY", "*"), ("HTTP_PROXY", dead)]).await, Ok(()), "who names it there means it");
    assert_eq!(go(&format!("{far}, proxy-url: 'socks5://{open}'"), &[]).await, Ok(()));
    assert_eq!(count(), 4);
    assert_eq!(go(far, &[("HTTP_PROXY", &format!("http://joe:can%40ary@{locked}"))]).await, Ok(()));
    let fails = async |cluster: &str, environment: &[(&str, &str)], expected: &str| {
        let error = go(cluster, environment).await.expect_err(expected);
        assert!(error.starts_with(expected), "{error}");
        assert!(!error.contains("canary"), "{error}");
    };
    let way = "cannot reach the cluster at http://api.corp.example:6443 through the proxy http://";
    fails(far, &[("HTTP_PROXY", "http://joe:canary@127.0.0.1:1")], &format!("{way}{dead} (HTTP_PROXY) to get ")).await;
    let refused = format!("{way}{locked} (HTTP_PROXY) to get /version: tunnel error: proxy authorization required");
    fails(far, &[("HTTP_PROXY", &format!("http://joe:canary@{locked}"))], &refused).await;
    let here = "the settings of context \"here\" cannot be used: the proxy of ";
    fails(far, &[("HTTP_PROXY", "ftp://p")], &format!("{here}HTTP_PROXY cannot be used: its scheme must")).await;
    fails(&format!("{near}, proxy-url: '{open}'"), &[], &format!("{here}proxy-url cannot be used: it has no scheme"))
        .await;
}
