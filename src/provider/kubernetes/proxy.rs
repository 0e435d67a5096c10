//! Which proxy stands between here and an address, by the rules of Go's net/http and so of kubectl. Pure.

use std::net::IpAddr;

use http::HeaderValue;
use http::Uri;
use ipnet::IpNet;
use percent_encoding::percent_decode_str;

/// How a proxy is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    Http,
    Https,
    Socks5,
}

/// A proxy and who named it.
#[derive(Clone, PartialEq)]
pub(super) struct Proxy {
    pub protocol: Protocol,
    /// Without user and password, with its port.
    pub uri: Uri,
    pub user: Option<(String, String)>,
    /// `HTTPS_PROXY`
    pub named_by: &'static str,
}

impl std::fmt::Debug for Proxy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Proxy").field("uri", &self.uri).field("named_by", &self.named_by).finish_non_exhaustive()
    }
}

impl Proxy {
    /// `http://proxy.corp.example:3128 (HTTPS_PROXY)`
    pub fn describe(&self) -> String {
        format!("{} ({})", self.uri.to_string().trim_end_matches('/'), self.named_by)
    }

    /// The `Proxy-Authorization` of its user.
    pub fn authorization(&self) -> Option<HeaderValue> {
        use base64::Engine;
        let (name, password) = self.user.as_ref()?;
        let encoded = base64::engine::general_purpose::STANDARD.encode(format!("{name}:{password}"));
        HeaderValue::try_from(format!("Basic {encoded}")).ok()
    }
}

/// The proxy for an address. What the kubeconfig names in `proxy-url` is used always; what the environment names is not
/// for this machine itself and what `NO_PROXY` lists.
///
/// # Errors
/// What was named is no address of a proxy.
pub(super) fn proxy_for(
    target: &Uri,
    proxy_url: Option<&str>,
    environment: impl Fn(&str) -> Option<String>,
) -> Result<Option<Proxy>, String> {
    if let Some(named) = proxy_url.map(str::trim).filter(|named| !named.is_empty()) {
        return read(named, "proxy-url", false).map(Some);
    }
    let set = |names: [&'static str; 2]| {
        let values = names.into_iter().filter_map(|name| Some((name, environment(name)?)));
        values.map(|(name, value)| (name, value.trim().to_owned())).find(|(_, value)| !value.is_empty())
    };
    let names = match target.scheme_str() {
        Some("https") => ["HTTPS_PROXY", "https_proxy"],
        _ => ["HTTP_PROXY", "http_proxy"],
    };
    let Some((name, value)) = set(names) else { return Ok(None) };
    let excepted = set(["NO_PROXY", "no_proxy"]).map(|(_, value)| value).unwrap_or_default();
    if goes_straight(target, &excepted) { Ok(None) } else { read(&value, name, true).map(Some) }
}

fn read(text: &str, named_by: &'static str, without_scheme: bool) -> Result<Proxy, String> {
    let invalid = |reason: &str| format!("the proxy of {named_by} cannot be used: {reason}");
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => (scheme.to_ascii_lowercase(), rest),
        // `host:port`, as people set it in the environment; kubectl refuses it in a kubeconfig.
        None if without_scheme => ("http".into(), text),
        None => return Err(invalid("it has no scheme; write it as http://HOST:PORT")),
    };
    let (protocol, scheme, port) = match scheme.as_str() {
        "http" => (Protocol::Http, "http", 80),
        "https" => (Protocol::Https, "https", 443),
        // Both leave it to the proxy to look names up, as in Go.
        "socks5" | "socks5h" => (Protocol::Socks5, "socks5", 1080),
        _ => return Err(invalid("its scheme must be http, https or socks5")),
    };
    let rest = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (user, place) = match rest.rsplit_once('@') {
        Some((user, place)) => (Some(user), place),
        None => (None, rest),
    };
    let (host, port) = match split_port(place) {
        Some((host, given)) => (host, given.parse().map_err(|_| invalid("its port is no number"))?),
        None => (place, port),
    };
    if host.is_empty() {
        return Err(invalid("it names no host"));
    }
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let user = user.map(|user| {
        let (name, password) = user.split_once(':').unwrap_or((user, ""));
        (decoded(name), decoded(password))
    });
    let host = if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host.to_owned() };
    let uri = format!("{scheme}://{host}:{port}").parse().map_err(|_| invalid("it names no host"))?;
    Ok(Proxy { protocol, uri, user, named_by })
}

/// Whether requests to the address leave the environment's proxy out.
fn goes_straight(target: &Uri, excepted: &str) -> bool {
    let host = target.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    let port = target.port_u16().unwrap_or(if target.scheme_str() == Some("https") { 443 } else { 80 }).to_string();
    let address: Option<IpAddr> = host.parse().ok().map(|address: IpAddr| address.to_canonical());
    if host == "localhost" || address.is_some_and(|address| address.is_loopback()) {
        return true;
    }
    let host = host.to_ascii_lowercase();
    let entries = excepted.split(',').map(|entry| entry.trim().to_ascii_lowercase());
    entries.filter(|entry| !entry.is_empty()).any(|entry| covers(&entry, &host, &port, address))
}

/// Whether an entry of `NO_PROXY` means the host: `*`, `10.0.0.0/8`, `10.0.0.1:6443`, `corp.example` with what is below
/// it, `.corp.example` for only that.
fn covers(entry: &str, host: &str, port: &str, address: Option<IpAddr>) -> bool {
    if entry == "*" {
        return true;
    }
    if let Ok(net) = entry.parse::<IpNet>() {
        return address.is_some_and(|address| net.contains(&address));
    }
    let (name, only) = match split_port(entry) {
        Some((name, only)) => (name.trim_start_matches('[').trim_end_matches(']'), only),
        None => (entry, ""),
    };
    if !only.is_empty() && only != port {
        return false;
    }
    if let Ok(named) = name.parse::<IpAddr>() {
        return address == Some(named.to_canonical());
    }
    let name = name.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(name);
    if address.is_some() || name.is_empty() {
        return false;
    }
    match name.starts_with('.') {
        true => host.ends_with(name),
        false => host == name || host.strip_suffix(name).is_some_and(|rest| rest.ends_with('.')),
    }
}

/// Host and port of `host:port` and `[address]:port`; `None` where there is no port.
fn split_port(text: &str) -> Option<(&str, &str)> {
    let (host, port) = text.rsplit_once(':')?;
    let bracketed = host.starts_with('[') && host.ends_with(']');
    (bracketed || !host.contains([':', '[', ']'])).then_some((host, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(target: &str, proxy_url: Option<&str>, environment: &[(&str, &str)]) -> Result<Option<String>, String> {
        let value = |name: &str| environment.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
        let proxy = proxy_for(&target.parse().unwrap(), proxy_url, value)?;
        Ok(proxy.map(|proxy| proxy.describe()))
    }

    /// Each line was asked of golang.org/x/net/http/httpproxy 0.38: the address, `NO_PROXY`, whether a proxy is used.
    const AS_GO_DOES: &str = include_str!("proxy_cases.txt");

    #[test]
    fn exceptions_are_those_of_go() {
        let mut count = 0;
        for line in AS_GO_DOES.lines().filter(|line| !line.starts_with('#')) {
            let [target, excepted, expected] = line.split('|').collect::<Vec<_>>()[..] else { panic!("{line}") };
            let proxies = [("HTTPS_PROXY", "http://p:1"), ("HTTP_PROXY", "http://p:1"), ("NO_PROXY", excepted)];
            let used = found(target, None, &proxies).unwrap().is_some();
            assert_eq!(used, expected == "proxy", "{line}");
            count += 1;
        }
        assert!(count > 50, "{count} cases");
    }

    #[test]
    fn who_names_the_proxy() {
        let api = "https://api.corp.example:6443";
        let check = |proxy_url: Option<&str>, environment: &[(&str, &str)], expected: Option<&str>| {
            assert_eq!(
                found(api, proxy_url, environment).unwrap().as_deref(),
                expected,
                "{proxy_url:?} {environment:?}"
            );
        };
        check(None, &[], None);
        check(None, &[("HTTPS_PROXY", "p:3128")], Some("http://p:3128 (HTTPS_PROXY)"));
        check(None, &[("https_proxy", "http://p"), ("HTTPS_PROXY", "")], Some("http://p:80 (https_proxy)"));
        check(None, &[("HTTP_PROXY", "http://p:1")], None);
        check(None, &[("HTTPS_PROXY", "socks5h://p")], Some("socks5://p:1080 (HTTPS_PROXY)"));
        check(None, &[("HTTPS_PROXY", "http://user:pa%40ss@p:3128/x?y")], Some("http://p:3128 (HTTPS_PROXY)"));
        check(None, &[("HTTPS_PROXY", "http://[fd00::1]:3128")], Some("http://[fd00::1]:3128 (HTTPS_PROXY)"));
        let both = [("HTTPS_PROXY", "http://p:1"), ("NO_PROXY", "*")];
        check(None, &both, None);
        check(Some("https://q"), &both, Some("https://q:443 (proxy-url)"));
        let local = found("https://127.0.0.1:6443", Some("http://127.0.0.1:9"), &both).unwrap();
        assert_eq!(local.as_deref(), Some("http://127.0.0.1:9 (proxy-url)"), "who writes it there means it");
        let refuse = |proxy_url: Option<&str>, named: &str, expected: &str| {
            let error = found(api, proxy_url, &[("HTTPS_PROXY", named)]).unwrap_err();
            assert!(error.contains(expected) && !error.contains("canary"), "{error}");
        };
        refuse(
            Some("p:3128"),
            "",
            "the proxy of proxy-url cannot be used: it has no scheme; write it as http://HOST:PORT",
        );
        refuse(
            None,
            "ftp://u:canary@p",
            "the proxy of HTTPS_PROXY cannot be used: its scheme must be http, https or socks5",
        );
        refuse(None, "http://u:canary@p:x", "its port is no number");
        refuse(None, "http://", "it names no host");
    }

    #[test]
    fn the_password_of_a_proxy_is_used_and_not_shown() {
        let proxy = read("http://user:can%40ary@p:3128", "HTTPS_PROXY", true).unwrap();
        assert_eq!(proxy.authorization().unwrap(), "Basic dXNlcjpjYW5AYXJ5");
        assert!(!format!("{proxy:?} {}", proxy.describe()).contains("ary"));
    }
}
