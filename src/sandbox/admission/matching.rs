//! Which requests a webhook is asked about: its rules, selectors and match policy.

use serde_json::Value;

use super::webhooks::Review;
use crate::sandbox::http::selector::Selector;
use crate::sandbox::kinds::Resource;
use crate::sandbox::server::Server;
use crate::sandbox::storage::Key;

/// The version of the kind the webhook is to see, where it is to be asked at all.
pub fn matches(server: &Server, webhook: &Value, review: &Review<'_>, object: Option<&Value>) -> Option<String> {
    let resource: &Resource = review.resource;
    let equivalent = webhook["matchPolicy"] != "Exact";
    let mut version = None;
    for rule in webhook["rules"].as_array().into_iter().flatten() {
        if !rule_matches_but_version(rule, review) {
            continue;
        }
        if holds(rule, "apiVersions", &resource.version) {
            version = Some(resource.version.clone());
            break;
        }
        if equivalent && version.is_none() {
            let registry = server.registry();
            let named = rule["apiVersions"].as_array().into_iter().flatten().filter_map(Value::as_str);
            version = named
                .filter(|version| registry.find(&resource.group, version, &resource.plural).is_some())
                .map(str::to_owned)
                .next();
        }
    }
    let version = version?;
    let selector = webhook.get("namespaceSelector").filter(|selector| !selector.is_null());
    if let Some(labels) = namespace_labels(server, review, object)
        && !Selector::from_object(selector).matches_labels(labels.as_ref())
    {
        return None;
    }
    let selector = Selector::from_object(webhook.get("objectSelector").filter(|selector| !selector.is_null()));
    let labels_of = |object: Option<&Value>| object.and_then(|object| object["metadata"].get("labels").cloned());
    let meant =
        [object, review.old].into_iter().flatten().any(|o| selector.matches_labels(labels_of(Some(o)).as_ref()));
    (meant || selector.is_everything()).then_some(version)
}

/// The labels of the namespace that counts; `None` for cluster-scoped objects, which every selector lets through.
fn namespace_labels(server: &Server, review: &Review<'_>, object: Option<&Value>) -> Option<Option<Value>> {
    let is_namespace = review.resource.group.is_empty() && review.resource.kind == "Namespace";
    if is_namespace {
        let own = object.filter(|o| o.is_object()).or(review.old);
        return Some(own.and_then(|object| object["metadata"].get("labels").cloned()));
    }
    if !review.resource.namespaced {
        return None;
    }
    let key = Key {
        group: String::new(),
        plural: "namespaces".into(),
        namespace: String::new(),
        name: review.namespace.to_owned(),
    };
    let found = server.store().get(&key);
    Some(found.and_then(|namespace| namespace.value["metadata"].get("labels").cloned()))
}

fn rule_matches_but_version(rule: &Value, review: &Review<'_>) -> bool {
    let resource: &Resource = review.resource;
    let scope = match rule["scope"].as_str() {
        Some("Namespaced") => resource.namespaced,
        Some("Cluster") => !resource.namespaced,
        _ => true,
    };
    let plural = resource.plural.as_str();
    let named = rule["resources"].as_array().into_iter().flatten().filter_map(Value::as_str).any(|pattern| {
        let (of, sub) = pattern.split_once('/').unwrap_or((pattern, ""));
        let all = pattern == "*/*";
        let sub_matches = all || sub == review.subresource || sub == "*" && !review.subresource.is_empty();
        (of == "*" || of == plural) && (sub_matches || sub == "*" && review.subresource.is_empty())
    });
    scope && named && holds(rule, "apiGroups", &resource.group) && holds(rule, "operations", review.operation.as_str())
}

fn holds(rule: &Value, field: &str, value: &str) -> bool {
    rule[field].as_array().into_iter().flatten().any(|known| known == "*" || known == value)
}
