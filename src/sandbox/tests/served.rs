//! The sandbox on a socket, before peers that are slow on purpose.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::ServerName;
use rustls::pki_types::pem::PemObject;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::super::serve::Patience;
use super::*;

/// One second where a served sandbox waits 30 and 60.
const PATIENCE: Patience = Patience { head: Duration::from_secs(1), body: Duration::from_secs(1) };

async fn serving(directory: &Path) -> (Sandbox, Serving) {
    let sandbox = sandbox();
    let address = "127.0.0.1:0".parse().expect("an address");
    let serving = sandbox.serve_with(address, &directory.join("kubeconfig"), PATIENCE).await;
    (sandbox, serving.expect("serves"))
}

/// A connection of the administrator, with the certificate of the kubeconfig.
async fn connect(serving: &Serving, directory: &Path, protocol: &[u8]) -> TlsStream<TcpStream> {
    let text = std::fs::read_to_string(directory.join("kubeconfig")).expect("a kubeconfig");
    let data = |field: &str| {
        use base64::Engine;
        let line = text.lines().find_map(|line| line.trim().strip_prefix(&format!("{field}: "))).expect(field);
        base64::engine::general_purpose::STANDARD.decode(line).expect("base64")
    };
    let mut roots = rustls::RootCertStore::empty();
    let authority = CertificateDer::from_pem_slice(&data("certificate-authority-data")).expect("a certificate");
    roots.add(authority).expect("a root");
    let certificate = CertificateDer::from_pem_slice(&data("client-certificate-data")).expect("a certificate");
    let key = PrivateKeyDer::from_pem_slice(&data("client-key-data")).expect("a key");
    let mut config = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_client_auth_cert(vec![certificate], key)
        .expect("a client");
    config.alpn_protocols = vec![protocol.to_vec()];
    let stream = TcpStream::connect(serving.address()).await.expect("connects");
    let name = ServerName::try_from("localhost").expect("a name");
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.expect("a handshake")
}

/// Everything the server still says, and how long it took to hang up.
async fn until_closed(mut stream: impl AsyncReadExt + Unpin) -> (String, Duration) {
    let start = Instant::now();
    let mut said = Vec::new();
    // A connection that is cut off ends as well.
    let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut said)).await;
    assert!(read.is_ok(), "the connection is kept");
    (String::from_utf8_lossy(&said).into_owned(), start.elapsed())
}

#[tokio::test]
async fn half_a_request_is_not_kept() {
    let directory = tempfile::tempdir().expect("a directory");
    let (_sandbox, serving) = serving(directory.path()).await;
    // No handshake at all.
    let stream = TcpStream::connect(serving.address()).await.expect("connects");
    until_closed(stream).await;
    for (protocol, text) in [
        ("http/1.1", ""),
        ("http/1.1", "GET /version HTTP/1.1\r\nHost: x\r\nAccept: "),
        ("h2", ""),
        ("h2", "PRI * HTTP/2.0\r\n"),
    ] {
        let mut stream = connect(&serving, directory.path(), protocol.as_bytes()).await;
        stream.write_all(text.as_bytes()).await.expect("writes");
        let (_, waited) = until_closed(stream).await;
        assert!(waited >= Duration::from_millis(500), "{protocol} {text:?}: {waited:?}");
    }
    // A body that stops coming.
    let mut stream = connect(&serving, directory.path(), b"http/1.1").await;
    let head =
        "POST /api/v1/namespaces HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 100\r\n\r\n{\"metadata\"";
    stream.write_all(head.as_bytes()).await.expect("writes");
    let (said, _) = until_closed(stream).await;
    assert!(said.starts_with("HTTP/1.1 408"), "{said}");
}

#[tokio::test]
async fn who_is_slow_but_comes_is_served() {
    let directory = tempfile::tempdir().expect("a directory");
    let (_sandbox, serving) = serving(directory.path()).await;
    let mut stream = connect(&serving, directory.path(), b"http/1.1").await;
    let body = r#"{"metadata":{"name":"slow"}}"#;
    let head = format!(
        "POST /api/v1/namespaces HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.expect("writes");
    // Longer than the patience for one part, in several parts.
    for part in body.as_bytes().chunks(7) {
        tokio::time::sleep(Duration::from_millis(400)).await;
        stream.write_all(part).await.expect("writes");
        stream.flush().await.expect("writes");
    }
    let (said, _) = until_closed(stream).await;
    assert!(said.starts_with("HTTP/1.1 201"), "{said}");
    // A watch that says nothing is no half request.
    let mut stream = connect(&serving, directory.path(), b"http/1.1").await;
    let watch = "GET /api/v1/nodes?watch=true&timeoutSeconds=4 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    stream.write_all(watch.as_bytes()).await.expect("writes");
    let (said, waited) = until_closed(stream).await;
    assert!(said.starts_with("HTTP/1.1 200") && waited > Duration::from_secs(3), "{waited:?} {said}");
}
