//! Whether one rule of a role covers a request.

use serde_json::Value;

use super::Attributes;

/// Whether a PolicyRule allows what is asked.
pub fn allows(rule: &Value, asked: &Attributes) -> bool {
    if !holds(rule, "verbs", &asked.verb) {
        return false;
    }
    if !asked.path.is_empty() {
        return texts(rule, "nonResourceURLs").any(|url| covers_path(url, &asked.path));
    }
    let names = texts(rule, "resourceNames").count();
    holds(rule, "apiGroups", &asked.group)
        && texts(rule, "resources").any(|resource| covers_resource(resource, asked))
        && (names == 0 || texts(rule, "resourceNames").any(|name| name == asked.name))
}

fn texts<'a>(rule: &'a Value, field: &str) -> impl Iterator<Item = &'a str> {
    rule.get(field).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

fn holds(rule: &Value, field: &str, wanted: &str) -> bool {
    texts(rule, field).any(|known| known == "*" || known == wanted)
}

fn covers_resource(resource: &str, asked: &Attributes) -> bool {
    let any_of_this_part = resource.strip_prefix("*/").is_some_and(|part| part == asked.subresource);
    resource == "*" || resource == asked.whole_resource() || any_of_this_part && !asked.subresource.is_empty()
}

fn covers_path(url: &str, path: &str) -> bool {
    url == "*" || url == path || url.strip_suffix('*').is_some_and(|begin| path.starts_with(begin))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn as_a_real_server_reads_them() {
        let check = |rule: Value, verb: &str, group: &str, resource: &str, name: &str, expected: bool| {
            let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
            let asked = Attributes {
                verb: verb.into(),
                group: group.into(),
                resource: resource.into(),
                subresource: subresource.into(),
                name: name.into(),
                ..Attributes::default()
            };
            assert_eq!(allows(&rule, &asked), expected, "{rule} {asked:?}");
        };
        let pods = |resources: &[&str]| json!({"verbs": ["get"], "apiGroups": [""], "resources": resources});
        check(pods(&["pods"]), "get", "", "pods", "a", true);
        check(pods(&["pods"]), "list", "", "pods", "", false);
        check(pods(&["pods"]), "get", "apps", "pods", "a", false);
        check(pods(&["pods"]), "get", "", "pods/log", "a", false);
        check(pods(&["pods/log"]), "get", "", "pods/log", "a", true);
        check(pods(&["pods/*"]), "get", "", "pods/log", "a", false);
        check(pods(&["*/log"]), "get", "", "pods/log", "a", true);
        check(pods(&["*/log"]), "get", "", "pods", "a", false);
        check(pods(&["*"]), "get", "", "pods/log", "a", true);
        let named = json!({"verbs": ["*"], "apiGroups": ["*"], "resources": ["secrets"], "resourceNames": ["x"]});
        check(named.clone(), "get", "", "secrets", "x", true);
        check(named.clone(), "get", "", "secrets", "y", false);
        check(named, "list", "", "secrets", "", false);
        let paths = json!({"verbs": ["get"], "nonResourceURLs": ["/healthz", "/openapi/*"]});
        for (path, expected) in [("/healthz", true), ("/healthz/x", false), ("/openapi/v2", true), ("/openapi", false)]
        {
            let asked = Attributes { verb: "get".into(), path: path.into(), ..Attributes::default() };
            assert_eq!(allows(&paths, &asked), expected, "{path}");
        }
        check(paths, "get", "", "healthz", "", false);
    }
}
