//! What a request asks for, read from its method, path and query. Its body is not looked at here.

use std::collections::BTreeMap;

use http::Method;

/// The user a request comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub user: String,
    pub groups: Vec<String>,
}

impl Identity {
    /// The one who may do everything: roles are not asked about `system:masters`. The players act as this one too:
    /// a sandbox does not hold the roles of the controllers they stand in for.
    pub fn admin() -> Self {
        Self { user: "kubernetes-admin".into(), groups: vec!["system:masters".into(), "system:authenticated".into()] }
    }

    /// The identity of a ServiceAccount.
    pub fn service_account(namespace: &str, name: &str) -> Self {
        Self {
            user: format!("system:serviceaccount:{namespace}:{name}"),
            groups: vec![
                "system:serviceaccounts".into(),
                format!("system:serviceaccounts:{namespace}"),
                "system:authenticated".into(),
            ],
        }
    }
}

/// The place a request is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    pub group: String,
    pub version: String,
    pub plural: String,
    pub namespace: String,
    pub name: String,
    pub subresource: String,
}

/// A request with its query taken apart.
#[derive(Clone, Debug)]
pub struct Query {
    values: BTreeMap<String, String>,
}

impl Query {
    pub fn parse(text: &str) -> Self {
        let mut values = BTreeMap::new();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            values.insert(decode(key), decode(value));
        }
        Self { values }
    }

    /// The value of a parameter; empty where it was not given.
    pub fn text(&self, name: &str) -> &str {
        self.values.get(name).map(String::as_str).unwrap_or_default()
    }

    /// `true` and `1` are true, as is a parameter without a value.
    pub fn flag(&self, name: &str) -> bool {
        self.values.get(name).is_some_and(|value| matches!(value.as_str(), "true" | "1" | "True" | ""))
    }

    pub fn number(&self, name: &str) -> Option<u64> {
        self.values.get(name)?.parse().ok()
    }
}

/// The target of a resource path (`/api/v1/...`, `/apis/GROUP/VERSION/...`); `None` for every other path.
pub fn target(path: &str) -> Option<Target> {
    let parts: Vec<String> = path.trim_matches('/').split('/').map(decode).collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let (group, version, rest) = match parts.as_slice() {
        ["api", version, rest @ ..] => ("", *version, rest),
        ["apis", group, version, rest @ ..] => (*group, *version, rest),
        _ => return None,
    };
    let mut target = Target { group: group.into(), version: version.into(), ..Target::default() };
    let rest = match rest {
        // Namespaces are objects too, and have subresources.
        ["namespaces"] => rest,
        ["namespaces", _] => rest,
        ["namespaces", _, "status" | "finalize"] if group.is_empty() => rest,
        ["namespaces", namespace, rest @ ..] => {
            target.namespace = (*namespace).into();
            rest
        }
        _ => rest,
    };
    match rest {
        [plural] => target.plural = (*plural).into(),
        [plural, name, sub @ ..] => {
            target.plural = (*plural).into();
            target.name = (*name).into();
            target.subresource = sub.join("/");
        }
        [] => return None,
    }
    if target.plural.is_empty() {
        return None;
    }
    Some(target)
}

/// The verb of a resource request, as RBAC names it.
pub fn verb(method: &Method, target: &Target, query: &Query) -> &'static str {
    match (method.as_str(), target.name.is_empty()) {
        ("GET" | "HEAD", _) if query.flag("watch") => "watch",
        ("GET" | "HEAD", true) => "list",
        ("GET" | "HEAD", false) => "get",
        ("POST", _) => "create",
        ("PUT", _) => "update",
        ("PATCH", _) => "patch",
        ("DELETE", true) => "deletecollection",
        ("DELETE", false) => "delete",
        _ => "",
    }
}

/// Undoes percent encoding and `+`; what is no valid escape stays as it is.
fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escaped = (bytes[at] == b'%')
            .then(|| text.get(at + 1..at + 3))
            .flatten()
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (bytes[at], escaped) {
            (_, Some(byte)) => {
                out.push(byte);
                at += 3;
            }
            (b'+', _) => {
                out.push(b' ');
                at += 1;
            }
            (byte, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_paths() {
        let check = |path: &str, expected: [&str; 6]| {
            let target = target(path).expect(path);
            let found =
                [&target.group, &target.version, &target.namespace, &target.plural, &target.name, &target.subresource];
            assert_eq!(found.map(String::as_str), expected, "{path}");
        };
        check("/api/v1/pods", ["", "v1", "", "pods", "", ""]);
        check("/api/v1/namespaces", ["", "v1", "", "namespaces", "", ""]);
        check("/api/v1/namespaces/a", ["", "v1", "", "namespaces", "a", ""]);
        check("/api/v1/namespaces/a/finalize", ["", "v1", "", "namespaces", "a", "finalize"]);
        check("/api/v1/namespaces/a/pods/b/log", ["", "v1", "a", "pods", "b", "log"]);
        check("/apis/apps/v1/namespaces/a/deployments/b/scale", ["apps", "v1", "a", "deployments", "b", "scale"]);
        check("/apis/g/v1/clusterroles/system:a%2Fb", ["g", "v1", "", "clusterroles", "system:a/b", ""]);
        for path in ["/api/v1", "/apis/apps/v1", "/version", "/"] {
            assert_eq!(target(path), None, "{path}");
        }
    }

    #[test]
    fn reads_queries() {
        let query = Query::parse("watch=true&labelSelector=a%3Db%2Cc&limit=500&dryRun=All&x");
        assert!(query.flag("watch") && query.flag("x") && !query.flag("limit"));
        assert_eq!(query.text("labelSelector"), "a=b,c");
        assert_eq!(query.number("limit"), Some(500));
    }
}
