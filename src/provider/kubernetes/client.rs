//! A `kube::Client` over the way that was found to a cluster: proxy, TLS with our certificate, credentials, timeouts.
//!
//! Its parts are kube's own but for those that must tell more, or less, than kube's: credentials and proxies.

use std::sync::Arc;
use std::time::Duration;

use http::Request;
use http::Response;
use http::StatusCode;
use http::Uri;
use http::header::AUTHORIZATION;
use hyper::rt::Read;
use hyper::rt::Write;
use hyper_rustls::FixedServerNameResolver;
use hyper_rustls::HttpsConnector;
use hyper_rustls::HttpsConnectorBuilder;
use hyper_timeout::TimeoutConnector;
use hyper_util::client::legacy::connect::Connection;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::SocksV5;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::rt::TokioExecutor;
use kube::Config;
use kube::client::Body;
use kube::client::ConfigExt;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tower::BoxError;
use tower::Layer;
use tower::Service;
use tower::ServiceExt;

use super::credentials::Credentials;
use super::identity::Identity;
use super::proxy::Protocol;
use super::proxy::Proxy;

/// A watch is ended by the server before this; a connection silent for longer is dead.
const SILENCE: Duration = Duration::from_secs(330);
const CONNECTS_WITHIN: Duration = Duration::from_secs(10);
const WRITES_WITHIN: Duration = Duration::from_secs(60);

/// What is between here and a cluster.
pub(super) struct Way {
    /// Address, authorities, name in the certificate, whom to impersonate. Without credentials.
    pub config: Config,
    pub credentials: Credentials,
    pub identity: Identity,
    pub proxy: Option<Proxy>,
}

/// A client over the way.
///
/// # Errors
/// Why the settings cannot be used.
pub(super) fn client(way: Way) -> Result<kube::Client, String> {
    let mut connector = HttpConnector::new();
    connector.enforce_http(false);
    let Some(proxy) = way.proxy.clone() else { return over(connector, way) };
    match proxy.protocol {
        Protocol::Http => over(tunnel(&proxy, connector), way),
        // The proxy's certificate is held against the same authorities as the cluster's, as in Go.
        Protocol::Https => {
            let tls = way.config.rustls_client_config().map_err(|error| error.to_string())?;
            over(tunnel(&proxy, https(connector, tls, None)), way)
        }
        Protocol::Socks5 => {
            let connector = SocksV5::new(proxy.uri, connector);
            match proxy.user {
                Some((name, password)) => over(connector.with_auth(name, password), way),
                None => over(connector, way),
            }
        }
    }
}

fn tunnel<C>(proxy: &Proxy, connector: C) -> Tunnel<C> {
    let tunnel = Tunnel::new(proxy.uri.clone(), connector);
    match proxy.authorization() {
        Some(authorization) => tunnel.with_auth(authorization),
        None => tunnel,
    }
}

fn https<C>(connector: C, tls: ClientConfig, name: Option<ServerName<'static>>) -> HttpsConnector<C> {
    let mut builder = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http();
    if let Some(name) = name {
        builder = builder.with_server_name_resolver(FixedServerNameResolver::new(name));
    }
    builder.enable_http1().wrap_connector(connector)
}

fn over<C>(connector: C, way: Way) -> Result<kube::Client, String>
where
    C: Service<Uri> + Clone + Send + Sync + 'static,
    C::Response: Connection + Read + Write + Send + Unpin + 'static,
    C::Future: Send + 'static,
    C::Error: std::error::Error + Send + Sync + 'static,
{
    let Way { config, credentials, identity, .. } = way;
    let mut tls = config.rustls_client_config().map_err(|error| error.to_string())?;
    tls.client_auth_cert_resolver = Arc::new(identity);
    let name = config.tls_server_name.clone().filter(|name| !name.is_empty());
    let name = name.map(ServerName::try_from).transpose().map_err(|_| "its tls-server-name is no name of a host")?;
    let mut connector = TimeoutConnector::new(https(connector, tls, name));
    connector.set_connect_timeout(Some(CONNECTS_WITHIN));
    connector.set_read_timeout(Some(SILENCE));
    connector.set_write_timeout(Some(WRITES_WITHIN));
    connector.set_reset_reader_on_write(true);
    let client = hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build::<_, Body>(connector);
    let headers = config.extra_headers_layer().map_err(|error| error.to_string())?;
    let inner = config.base_uri_layer().layer(headers.layer(client));
    let credentials = Arc::new(credentials);
    let service = tower::service_fn(move |mut request: Request<Body>| {
        let (credentials, inner) = (credentials.clone(), inner.clone());
        async move {
            let header = credentials.header().await?;
            if let Some(header) = &header {
                request.headers_mut().insert(AUTHORIZATION, header.clone());
            }
            let response: Response<_> = inner.oneshot(request).await?;
            if response.status() == StatusCode::UNAUTHORIZED {
                credentials.refused(header.as_ref()).await;
            }
            Ok::<_, BoxError>(response)
        }
    });
    Ok(kube::Client::new(service, config.default_namespace))
}
