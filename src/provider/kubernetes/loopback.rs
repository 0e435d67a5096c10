//! The way to a server of ours on this machine, as its kubeconfig tells it. Whoever hands us a directory may have put
//! another file in its place: nothing but an address on loopback and certificates is taken from it.

use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::Uri;
use kube::config::AuthInfo;
use kube::config::Cluster as Entry;
use kube::config::Kubeconfig;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::Value;

use super::Cluster;
use super::ClusterError;
use super::Faults;
use super::connect;
use super::kubeconfig::Chosen;

/// All that may be said of the server, and of us.
const OF_SERVER: [&str; 2] = ["certificate-authority-data", "server"];
const OF_US: [&str; 2] = ["client-certificate-data", "client-key-data"];

/// Where a server of ours listens, and the certificates on both sides.
#[derive(Clone, Debug)]
pub struct Loopback {
    chosen: Chosen,
}

impl Loopback {
    /// Reads what a server of ours has written.
    ///
    /// # Errors
    /// It is not what a server of ours writes; says in what.
    pub fn read(text: &str) -> Result<Self, String> {
        let config = Kubeconfig::from_yaml(text).map_err(|_| "it is no kubeconfig".to_owned())?;
        let ([cluster], [user]) = (config.clusters.as_slice(), config.auth_infos.as_slice()) else {
            return Err("it does not have one cluster and one user".into());
        };
        let (Some(cluster), Some(user)) = (&cluster.cluster, &user.auth_info) else {
            return Err("it says nothing of its cluster or its user".into());
        };
        only(cluster, &OF_SERVER)?;
        only(user, &OF_US)?;
        let server = cluster.server.clone().unwrap_or_default();
        let uri: Uri = server.parse().map_err(|_| "its server is no address".to_owned())?;
        let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        let is_here = host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        if uri.scheme_str() != Some("https") || !is_here || uri.port().is_none() || uri.path() != "/" {
            return Err(format!("its server is not one on this machine: {server}"));
        }
        let authority = bytes(cluster.certificate_authority_data.as_deref());
        let certificate = bytes(user.client_certificate_data.as_deref());
        let key = bytes(user.client_key_data.as_ref().map(|key| key.expose_secret()));
        let is_certificate = |pem: &[u8]| CertificateDer::from_pem_slice(pem).is_ok();
        if !is_certificate(&authority) || !is_certificate(&certificate) || PrivateKeyDer::from_pem_slice(&key).is_err()
        {
            return Err("it does not hold certificates and a key".into());
        }
        let cluster = Entry {
            server: cluster.server.clone(),
            certificate_authority_data: cluster.certificate_authority_data.clone(),
            ..Entry::default()
        };
        let credentials = AuthInfo {
            client_certificate_data: user.client_certificate_data.clone(),
            client_key_data: user.client_key_data.clone(),
            ..AuthInfo::default()
        };
        Ok(Self { chosen: Chosen { context: String::new(), cluster, user: String::new(), credentials } })
    }

    /// `https://127.0.0.1:40123`
    pub fn address(&self) -> &str {
        self.chosen.cluster.server.as_deref().unwrap_or_default()
    }
}

impl Cluster {
    /// Connects to a server of ours and asks for its version. No proxy is asked, whatever the environment says.
    ///
    /// # Errors
    /// It does not answer, or is another one than its certificates say.
    pub async fn connect_loopback(way: &Loopback, description: &str, faults: Faults) -> Result<Self, ClusterError> {
        connect::chosen(way.chosen.clone(), description, &faults).await
    }
}

/// Refuses what says more than these fields.
fn only(said: &impl Serialize, fields: &[&str]) -> Result<(), String> {
    let Ok(Value::Object(said)) = serde_json::to_value(said) else { return Err("it is no kubeconfig".into()) };
    match said.iter().find(|(name, value)| !value.is_null() && !fields.contains(&name.as_str())) {
        Some((name, _)) => Err(format!("it has \"{name}\", which no server of ours writes")),
        None => Ok(()),
    }
}

fn bytes(base64: Option<&str>) -> Vec<u8> {
    base64.and_then(|text| STANDARD.decode(text).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_what_our_servers_write_is_taken() {
        let signed = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
        let (certificate, key) =
            (STANDARD.encode(signed.cert.pem()), STANDARD.encode(signed.signing_key.serialize_pem()));
        let text = |cluster: &str, user: &str| {
            format!(
                "apiVersion: v1\nkind: Config\ncurrent-context: c\nclusters: [{{name: c, cluster: {{\
                 certificate-authority-data: {certificate}, {cluster}}}}}]\nusers: [{{name: u, user: {{\
                 client-certificate-data: {certificate}, client-key-data: {key}{user}}}}}]\n\
                 contexts: [{{name: c, context: {{cluster: c, user: u}}}}]\n"
            )
        };
        let here = "server: 'https://127.0.0.1:6443'";
        assert_eq!(Loopback::read(&text(here, "")).unwrap().address(), "https://127.0.0.1:6443");
        assert!(Loopback::read(&text("server: 'https://[::1]:6443'", "")).is_ok());
        let check = |cluster: &str, user: &str, expected: &str| {
            assert_eq!(Loopback::read(&text(cluster, user)).unwrap_err(), expected, "{cluster} {user}");
        };
        for server in [
            "https://10.0.0.1:6443",
            "http://127.0.0.1:6443",
            "https://localhost:6443",
            "https://127.0.0.1.evil.example:6443",
            "https://127.0.0.1:6443/elsewhere",
            "https://127.0.0.1",
        ] {
            let expected = format!("its server is not one on this machine: {server}");
            check(&format!("server: '{server}'"), "", &expected);
        }
        let more = |name: &str| format!("it has \"{name}\", which no server of ours writes");
        for (name, value) in [
            ("exec", "{apiVersion: client.authentication.k8s.io/v1, command: sh}"),
            ("auth-provider", "{name: gcp, config: {cmd-path: sh}}"),
            ("token", "x"),
            ("tokenFile", "/etc/passwd"),
            ("client-key", "/etc/passwd"),
            ("as", "somebody"),
        ] {
            check(here, &format!(", {name}: {value}"), &more(name));
        }
        for (name, value) in [
            ("proxy-url", "http://evil.example:1"),
            ("insecure-skip-tls-verify", "true"),
            ("tls-server-name", "evil.example"),
            ("certificate-authority", "/etc/passwd"),
        ] {
            check(&format!("{here}, {name}: '{value}'").replace("'true'", "true"), "", &more(name));
        }
        for (text, expected) in [
            ("", "it does not have one cluster and one user"),
            ("a: [1", "it is no kubeconfig"),
            ("clusters: [{name: c}]\nusers: [{name: u}]\n", "it says nothing of its cluster or its user"),
        ] {
            assert_eq!(Loopback::read(text).unwrap_err(), expected, "{text}");
        }
    }
}
