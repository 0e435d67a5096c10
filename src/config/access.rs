//! How people come to a platform: its host as configuration and cluster tell it, its address, what a firewall must let in.
//! Asks nobody: what the cluster tells is given.

use std::net::IpAddr;

use serde_json::Value;

use super::Endpoint;
use super::EndpointKind;
use super::Platform;
use super::Tls;
use crate::object::Object;
use crate::object::ObjectId;

/// Whether only the nodes tell where people reach the platform.
pub fn is_at_node(platform: &Platform) -> bool {
    platform.endpoint.host.is_none() && platform.endpoint.kind == EndpointKind::NodePort
}

/// Host name or address: the configured one, else a node's, the load balancer's, or the Service's name.
///
/// # Arguments
///
/// * `gateway`: the Service people come through, as a component names it; the same in the other functions.
/// * `service`: that Service, where it is there.
pub fn host_of(
    platform: &Platform,
    gateway: Option<&ObjectId>,
    service: Option<&Object>,
    nodes: &[Object],
) -> Option<String> {
    if let Some(host) = &platform.endpoint.host {
        return Some(host.clone());
    }
    match platform.endpoint.kind {
        EndpointKind::NodePort => node_address(nodes),
        EndpointKind::LoadBalancer => {
            let ingress = service?.get("/status/loadBalancer/ingress")?.get(0)?;
            let text = |key: &str| ingress.get(key).and_then(Value::as_str).map(str::to_owned);
            text("hostname").or_else(|| text("ip"))
        }
        EndpointKind::ClusterIp => gateway.map(|id| format!("{}.{}.svc", id.name, id.namespace)),
    }
}

/// An address of a node that people can reach: an external one before an internal one.
fn node_address(nodes: &[Object]) -> Option<String> {
    let find = |kind: &str| {
        nodes.iter().find_map(|node| {
            let addresses = node.get("/status/addresses")?.as_array()?;
            let found = addresses.iter().find(|address| address.get("type").and_then(Value::as_str) == Some(kind))?;
            found.get("address")?.as_str().map(str::to_owned)
        })
    };
    find("ExternalIP").or_else(|| find("InternalIP"))
}

/// How people come to a platform's dashboard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// `https://10.0.0.4:31390`; `None` while no address is known.
    pub url: Option<String>,
    /// TCP ports that a firewall in front of the nodes must let in, and what for.
    pub inbound: Vec<(u16, &'static str)>,
    /// What else to know, in sentences.
    pub advice: Vec<String>,
}

/// The port of the nodes' own shell, which the product guide opens beside the dashboard's.
const SHELL: u16 = 22;

/// Address, inbound rules and cautions of a platform that is reached at `host`.
pub fn access(platform: &Platform, gateway: Option<&ObjectId>, host: Option<&str>) -> Access {
    let endpoint = &platform.endpoint;
    let mut access = Access { url: host.map(|host| dashboard_url(endpoint, host)), ..Access::default() };
    let forward = |port: u16| {
        let (scheme, local) = if endpoint.tls == Tls::None { ("http", 8080) } else { ("https", 8443) };
        gateway.map(|id| {
            format!(
                "`kubectl port-forward -n {} svc/{} {local}:{port}`, then {scheme}://localhost:{local}.",
                id.namespace, id.name
            )
        })
    };
    // As long as no address is known, this way is open.
    if host.is_none() && endpoint.kind != EndpointKind::ClusterIp {
        let port = if endpoint.tls == Tls::None { 80 } else { 443 };
        access.advice.extend(forward(port).map(|how| format!("No address is known yet: {how}")));
    }
    match endpoint.kind {
        EndpointKind::NodePort => {
            access.inbound =
                vec![(endpoint.port, "the dashboard"), (SHELL, "the nodes' shell, for who administers them")];
        }
        EndpointKind::LoadBalancer => access.inbound = vec![(endpoint.port, "the dashboard")],
        EndpointKind::ClusterIp => {
            access.advice.extend(forward(endpoint.port).map(|how| format!("From outside the cluster: {how}")));
        }
    }
    if !access.inbound.is_empty() {
        let public = host.and_then(|host| host.parse().ok()).is_some_and(is_public);
        access.advice.push(match public {
            true => "This is a public address: let in only the addresses you know, never 0.0.0.0/0.".to_owned(),
            false => "Let in only the addresses you know, never 0.0.0.0/0.".to_owned(),
        });
    }
    match endpoint.tls {
        Tls::SelfSigned => {
            access.advice.push("The certificate is self-signed: browsers ask once whether to trust it.".to_owned());
        }
        Tls::None => access.advice.push("Nothing is encrypted: passwords can be read on the way.".to_owned()),
        Tls::Secret(_) => {}
    }
    access
}

/// `https://203.0.113.7:31390`
pub fn dashboard_url(endpoint: &Endpoint, host: &str) -> String {
    let (scheme, usual) = if endpoint.tls == Tls::None { ("http", 80) } else { ("https", 443) };
    let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    if endpoint.port == usual { format!("{scheme}://{host}") } else { format!("{scheme}://{host}:{}", endpoint.port) }
}

/// An address that can be reached from everywhere (RFC 1918, 3927, 4193, 6598 and 4291 name those that cannot).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let shared = v4.octets()[0] == 100 && (64..128).contains(&v4.octets()[1]);
            !(v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_unspecified() || shared)
        }
        IpAddr::V6(v6) => {
            let local = (v6.segments()[0] & 0xfe00) == 0xfc00 || (v6.segments()[0] & 0xffc0) == 0xfe80;
            !(local || v6.is_loopback() || v6.is_unspecified())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(kind: EndpointKind, port: u16, tls: Tls, host: Option<&str>) -> String {
        let endpoint = Endpoint { kind, port, tls, host: None };
        let gateway = ObjectId::new("", "Service", "istio-system", "istio-ingressgateway");
        let found = access(&Platform { endpoint, ..Platform::default() }, Some(&gateway), host);
        let ports: Vec<String> = found.inbound.iter().map(|(port, _)| port.to_string()).collect();
        format!("{} [{}] {}", found.url.unwrap_or_default(), ports.join(" "), found.advice.join(" "))
    }

    #[test]
    fn ways_in() {
        let node_port = |host| said(EndpointKind::NodePort, 31390, Tls::Secret("s".into()), host);
        assert_eq!(
            node_port(Some("10.0.0.4")),
            "https://10.0.0.4:31390 [31390 22] Let in only the addresses you know, never 0.0.0.0/0."
        );
        assert_eq!(
            node_port(Some("203.0.113.7")),
            "https://203.0.113.7:31390 [31390 22] This is a public address: let in only the addresses you know, never \
             0.0.0.0/0."
        );
        assert_eq!(
            node_port(None),
            " [31390 22] No address is known yet: `kubectl port-forward -n istio-system svc/istio-ingressgateway 8443:443`, \
             then https://localhost:8443. Let in only the addresses you know, never 0.0.0.0/0."
        );
        let service = "istio-ingressgateway.istio-system.svc";
        assert_eq!(
            said(EndpointKind::ClusterIp, 443, Tls::SelfSigned, Some(service)),
            format!(
                "https://{service} [] From outside the cluster: `kubectl port-forward -n istio-system \
                 svc/istio-ingressgateway 8443:443`, then https://localhost:8443. The certificate is self-signed: browsers \
                 ask once whether to trust it."
            )
        );
        assert!(
            said(EndpointKind::LoadBalancer, 80, Tls::None, Some("lb.example")).starts_with("http://lb.example [80]")
        );
    }

    #[test]
    fn public_addresses() {
        for (text, expected) in [
            ("10.1.2.3", false),
            ("172.31.0.1", false),
            ("192.168.0.9", false),
            ("100.64.0.1", false),
            ("169.254.1.1", false),
            ("127.0.0.1", false),
            ("203.0.113.7", true),
            ("8.8.8.8", true),
            ("fd00::1", false),
            ("fe80::1", false),
            ("2001:db8::1", true),
        ] {
            assert_eq!(is_public(text.parse().expect("an address")), expected, "{text}");
        }
    }
}
