//! What is to be decided: a verb on a resource or a path.

use crate::sandbox::http::Query;
use crate::sandbox::http::Target;

/// One thing somebody wants to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attributes {
    pub verb: String,
    pub group: String,
    pub resource: String,
    pub subresource: String,
    /// Empty at the cluster scope.
    pub namespace: String,
    pub name: String,
    /// Not empty for what is no resource; all but the verb is empty then.
    pub path: String,
}

impl Attributes {
    /// Of a request to a resource.
    pub fn of_target(verb: &str, target: &Target, query: &Query) -> Self {
        let is_namespace = target.group.is_empty() && target.plural == "namespaces";
        let mut name = target.name.clone();
        if name.is_empty() && matches!(verb, "list" | "watch") {
            name = named_by_selector(query.text("fieldSelector")).to_owned();
        }
        Self {
            verb: verb.to_owned(),
            group: target.group.clone(),
            resource: target.plural.clone(),
            subresource: target.subresource.clone(),
            // A namespace is in itself: its own roles may allow to read it.
            namespace: if is_namespace { target.name.clone() } else { target.namespace.clone() },
            name,
            path: String::new(),
        }
    }

    /// Of a request to any other path.
    pub fn of_path(method: &http::Method, path: &str) -> Self {
        Self { verb: method.as_str().to_lowercase(), path: path.to_owned(), ..Self::default() }
    }

    /// `pods/log`
    pub fn whole_resource(&self) -> String {
        if self.subresource.is_empty() {
            self.resource.clone()
        } else {
            format!("{}/{}", self.resource, self.subresource)
        }
    }
}

/// The name that a list or watch of one object asks for.
fn named_by_selector(selector: &str) -> &str {
    let mut parts = selector.split(',').map(str::trim);
    let name = parts.find_map(|part| part.strip_prefix("metadata.name=")).unwrap_or_default();
    name.strip_prefix('=').unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::http::request;

    #[test]
    fn of_requests() {
        let check = |verb: &str, path: &str, query: &str, expected: [&str; 4]| {
            let target = request::target(path).expect(path);
            let found = Attributes::of_target(verb, &target, &Query::parse(query));
            let whole = found.whole_resource();
            assert_eq!([&found.group, &whole, &found.namespace, &found.name].map(String::as_str), expected, "{path}");
        };
        check("get", "/api/v1/namespaces/a/pods/b/log", "", ["", "pods/log", "a", "b"]);
        check("get", "/api/v1/namespaces/a", "", ["", "namespaces", "a", "a"]);
        check("list", "/apis/apps/v1/deployments", "", ["apps", "deployments", "", ""]);
        check("watch", "/api/v1/namespaces/a/secrets", "fieldSelector=metadata.name%3Dx", ["", "secrets", "a", "x"]);
        check("create", "/api/v1/namespaces/a/secrets", "fieldSelector=metadata.name%3Dx", ["", "secrets", "a", ""]);
    }
}
