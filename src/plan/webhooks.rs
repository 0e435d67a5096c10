//! Which objects an admission webhook sees: its rules and selectors, evaluated as a server does.

use std::collections::BTreeMap;
use std::collections::HashMap;

use serde_json::Map;
use serde_json::Value;

use super::Desired;
use super::Observation;
use crate::object::Object;
use crate::object::ObjectId;
use crate::object::Selector;
use crate::object::kinds;
use crate::object::kinds::Class;
use crate::object::kinds::PodTemplate;

/// Set by every server on every namespace.
const NAME_LABEL: &str = "kubernetes.io/metadata.name";

/// One webhook of a configuration that calls a Service.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// Index of the configuration in `Desired::objects`.
    pub configuration: usize,
    pub configuration_id: ObjectId,
    pub service: ObjectId,
    /// Requests go through when it does not answer.
    pub may_fail: bool,
    rules: Vec<Rule>,
    namespace_selector: Selector,
    object_selector: Selector,
}

#[derive(Clone, Debug)]
struct Rule {
    groups: Vec<String>,
    resources: Vec<String>,
    operations: Vec<String>,
    scope: String,
}

/// Labels of the namespaces objects are made in.
pub struct Namespaces(HashMap<String, BTreeMap<String, String>>);

impl Namespaces {
    pub fn new(desired: &Desired, observation: &Observation) -> Self {
        let mut namespaces: HashMap<String, BTreeMap<String, String>> = HashMap::new();
        let objects = observation.live.values().chain(desired.objects.iter().map(|d| &d.object));
        for object in objects {
            let id = object.id();
            let (name, labels): (String, Vec<(&str, &str)>) = if kinds::class(&id) == Class::Namespace {
                (id.name, labels_of(object.metadata()))
            } else {
                let held = desired.readiness.iter().find_map(|rule| Some((rule.held_by(&id)?, rule)));
                let Some((held, rule)) = held else { continue };
                let labels = rule.held_labels.iter().filter(|(_, value)| !value.is_empty());
                (held.name, labels.map(|(key, value)| (key.as_str(), value.as_str())).collect())
            };
            let known = namespaces.entry(name.clone()).or_default();
            known.insert(NAME_LABEL.to_owned(), name);
            known.extend(labels.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())));
        }
        Self(namespaces)
    }

    fn matches(&self, namespace: &str, selector: &Selector) -> bool {
        match self.0.get(namespace) {
            Some(labels) => selector.matches(|key| labels.get(key).map(String::as_str)),
            None => selector.matches(|key| (key == NAME_LABEL).then_some(namespace)),
        }
    }
}

/// The webhooks of a configuration. Where it ships without rules (a controller writes them), the live ones count.
pub fn webhooks_of(index: usize, configuration: &Object, live: Option<&Object>) -> Vec<Webhook> {
    let list = |object: Option<&Object>| -> Vec<Value> {
        object.and_then(|o| o.get("/webhooks")).and_then(Value::as_array).cloned().unwrap_or_default()
    };
    let found = list(live);
    let webhooks = list(Some(configuration)).into_iter().filter_map(|webhook| {
        let service = webhook.pointer("/clientConfig/service")?;
        let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let twin = found.iter().find(|other| other.get("name") == webhook.get("name"));
        let rules = [Some(&webhook), twin].into_iter().flatten().filter_map(|w| w.get("rules")?.as_array());
        let rules = rules.into_iter().find(|rules| !rules.is_empty()).map_or(&[][..], Vec::as_slice);
        let field = |key: &str| webhook.get(key).or_else(|| twin?.get(key)).cloned().unwrap_or(Value::Null);
        Some(Webhook {
            configuration: index,
            configuration_id: configuration.id(),
            service: ObjectId::new("", "Service", text(service, "namespace"), text(service, "name")),
            may_fail: text(&webhook, "failurePolicy") == "Ignore",
            rules: rules.iter().map(Rule::new).collect(),
            namespace_selector: Selector::of(&field("namespaceSelector")),
            object_selector: Selector::of(&field("objectSelector")),
        })
    });
    webhooks.collect()
}

impl Webhook {
    /// Whether it is called when the object is made (or changed, with `is_update`).
    pub fn sees_object(
        &self,
        object: &Object,
        id: &ObjectId,
        plural: &str,
        is_update: bool,
        namespaces: &Namespaces,
    ) -> bool {
        // Servers never call webhooks for webhook configurations.
        if kinds::class(id) == Class::Webhook {
            return false;
        }
        let operation = if is_update { "UPDATE" } else { "CREATE" };
        if !self.rules.iter().any(|rule| rule.covers(&id.group, plural, operation, !id.namespace.is_empty())) {
            return false;
        }
        let namespace = match kinds::class(id) {
            Class::Namespace => Some(id.name.as_str()),
            _ if id.namespace.is_empty() => None,
            _ => Some(id.namespace.as_str()),
        };
        let labels = object.metadata().and_then(|m| m.get("labels")?.as_object());
        namespace.is_none_or(|namespace| namespaces.matches(namespace, &self.namespace_selector))
            && self.object_selector.selects(labels)
    }

    /// Whether it is called for the pods made from a template.
    pub fn sees_pods(&self, template: PodTemplate<'_>, namespace: &str, namespaces: &Namespaces) -> bool {
        let labels = template.metadata.and_then(|m| m.get("labels")?.as_object());
        self.rules.iter().any(|rule| rule.covers("", "pods", "CREATE", true))
            && namespaces.matches(namespace, &self.namespace_selector)
            && self.object_selector.selects(labels)
    }
}

impl Rule {
    fn new(rule: &Value) -> Self {
        let texts = |key: &str| -> Vec<String> {
            let items = rule.get(key).and_then(Value::as_array).into_iter().flatten();
            items.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        Self {
            groups: texts("apiGroups"),
            resources: texts("resources"),
            operations: texts("operations"),
            scope: rule.get("scope").and_then(Value::as_str).unwrap_or("*").to_owned(),
        }
    }

    /// Versions do not count: servers convert requests to a version the webhook knows.
    fn covers(&self, group: &str, plural: &str, operation: &str, is_namespaced: bool) -> bool {
        let has = |list: &[String], value: &str| list.iter().any(|item| item == "*" || item == value);
        let scope = match self.scope.as_str() {
            "Namespaced" => is_namespaced,
            "Cluster" => !is_namespaced,
            _ => true,
        };
        // `pods/*` and `pods/status` are subresources of pods, `*/*` is everything.
        let resource = self.resources.iter().any(|item| matches!(item.as_str(), "*" | "*/*") || item == plural);
        scope && has(&self.groups, group) && has(&self.operations, operation) && resource
    }
}

fn labels_of(metadata: Option<&Map<String, Value>>) -> Vec<(&str, &str)> {
    let labels = metadata.and_then(|m| m.get("labels")?.as_object());
    labels.into_iter().flatten().filter_map(|(key, value)| Some((key.as_str(), value.as_str()?))).collect()
}
