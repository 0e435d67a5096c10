//! Certificates of `sandbox serve`: a CA of its own for each run, one server and one client certificate.

use std::net::IpAddr;
use std::sync::Arc;

use rcgen::BasicConstraints;
use rcgen::CertificateParams;
use rcgen::DnType;
use rcgen::ExtendedKeyUsagePurpose;
use rcgen::IsCa;
use rcgen::Issuer;
use rcgen::KeyPair;
use rcgen::KeyUsagePurpose;
use rustls::RootCertStore;
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::server::WebPkiClientVerifier;

use super::SandboxError;

/// What a server and its kubeconfig need. The keys live only in memory and in the kubeconfig.
pub struct Credentials {
    pub authority_pem: String,
    pub client_pem: String,
    pub client_key_pem: String,
    pub server: Arc<ServerConfig>,
}

/// Makes everything new for a server on `address`.
pub fn credentials(address: IpAddr) -> Result<Credentials, SandboxError> {
    let certificates = |source| SandboxError::Certificates { source };
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    authority.distinguished_name.push(DnType::CommonName, "stackwright-sandbox");
    let authority_key = KeyPair::generate().map_err(certificates)?;
    let authority_certificate = authority.self_signed(&authority_key).map_err(certificates)?;
    let issuer = Issuer::new(authority, authority_key);

    let names = vec!["localhost".to_owned(), "kubernetes.default.svc".to_owned(), address.to_string()];
    let mut server = CertificateParams::new(names).map_err(certificates)?;
    server.distinguished_name.push(DnType::CommonName, "kube-apiserver");
    server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let server_key = KeyPair::generate().map_err(certificates)?;
    let server_certificate = server.signed_by(&server_key, &issuer).map_err(certificates)?;

    let mut client = CertificateParams::default();
    client.distinguished_name.push(DnType::OrganizationName, "system:masters");
    client.distinguished_name.push(DnType::CommonName, "kubernetes-admin");
    client.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let client_key = KeyPair::generate().map_err(certificates)?;
    let client_certificate = client.signed_by(&client_key, &issuer).map_err(certificates)?;

    let tls = |source| SandboxError::Tls { source };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(authority_certificate.der().clone()).map_err(tls)?;
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone())
        .allow_unauthenticated()
        .build()
        .map_err(|error| tls(rustls::Error::General(error.to_string())))?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(server_key.serialize_der()));
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(tls)?
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![server_certificate.der().clone()], key)
        .map_err(tls)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Credentials {
        authority_pem: authority_certificate.pem(),
        client_pem: client_certificate.pem(),
        client_key_pem: client_key.serialize_pem(),
        server: Arc::new(config),
    })
}
