//! A request to the cloud as a value: what is asked of which service, in which version. Pure.

use std::fmt;

use http::Method;
use percent_encoding::AsciiSet;
use percent_encoding::NON_ALPHANUMERIC;
use percent_encoding::utf8_percent_encode;
use serde_json::Value;

/// All but what needs no encoding anywhere (RFC 3986).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A service of the cloud and the version of its API that is spoken here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    Engine,
    Vpc,
    SecurityGroup,
    FileStorage,
    VirtualServer,
    ResourceManager,
}

impl Service {
    /// As it is called in `Scp-API-Version`, and with `scp-` before it among the endpoints.
    pub fn name(self) -> &'static str {
        match self {
            Self::Engine => "ske",
            Self::Vpc => "vpc",
            Self::SecurityGroup => "security-group",
            Self::FileStorage => "filestorage",
            Self::VirtualServer => "virtualserver",
            Self::ResourceManager => "resourcemanager",
        }
    }

    /// The version whose models are read here; without it the newest answers, whose shapes may differ.
    pub fn version(self) -> &'static str {
        match self {
            Self::Engine => "1.4",
            Self::Vpc => "1.2",
            Self::SecurityGroup | Self::ResourceManager => "1.0",
            Self::FileStorage => "1.1",
            Self::VirtualServer => "1.3",
        }
    }
}

/// What is asked.
#[derive(Clone, PartialEq)]
pub struct Request {
    /// For errors: `make cluster mlops`.
    pub what: String,
    pub service: Service,
    pub method: Method,
    /// Already encoded.
    pub path: String,
    pub query: Vec<(&'static str, String)>,
    pub body: Option<Value>,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.service.name(), self.method, self.target())
    }
}

impl Request {
    pub fn new(what: impl Into<String>, service: Service, method: Method, path: impl Into<String>) -> Self {
        Self { what: what.into(), service, method, path: path.into(), query: Vec::new(), body: None }
    }

    pub fn get(what: impl Into<String>, service: Service, path: impl Into<String>) -> Self {
        Self::new(what, service, Method::GET, path)
    }

    /// With one parameter more.
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    pub fn sending(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    /// Path and query as they go over the wire, which is what is signed.
    pub fn target(&self) -> String {
        let mut target = self.path.clone();
        for (index, (name, value)) in self.query.iter().enumerate() {
            target.push(if index == 0 { '?' } else { '&' });
            target.push_str(name);
            target.push('=');
            target.push_str(&encoded(value));
        }
        target
    }
}

/// A text as one segment of a path or a value of a query.
pub fn encoded(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_encoded_once() {
        let request = Request::get("list", Service::Engine, "/v1/clusters")
            .with("sort", "created_at:desc")
            .with("name", "a b/ü&=%");
        assert_eq!(request.target(), "/v1/clusters?sort=created_at%3Adesc&name=a%20b%2F%C3%BC%26%3D%25");
        assert_eq!(encoded("../x"), "..%2Fx");
    }
}
