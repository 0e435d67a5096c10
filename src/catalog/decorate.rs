//! What every rendered object gets and loses: namespace, labels, images, pull secrets, storage class, foreign fields.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::config::Platform;
use crate::object::Object;
use crate::object::holds_certificate;
use crate::object::kinds::pod_spec_mut;
use crate::object::normalize::SERVER_METADATA;
use crate::object::schema::library;

use super::RenderedObject;

/// Ownership, on the metadata of every object.
pub const INSTALLATION_LABEL: &str = "stackwright.io/installation";
/// The component, on the metadata of every object.
pub const COMPONENT_LABEL: &str = "stackwright.io/component";
/// In templates only: the address that asked for the object where it is not the component's, as `user.alice`.
const OWNER: &str = "stackwright.io/owner";
/// In templates only: further addresses that must serve before, separated by commas.
const AFTER: &str = "stackwright.io/after";

/// Which kinds live in namespaces: the built-in ones and those of the CRDs at hand.
#[derive(Debug, Default)]
pub(super) struct Scopes {
    /// By group and kind.
    namespaced: BTreeMap<(String, String), bool>,
}

impl Scopes {
    /// Adds the kinds of CRDs among `objects` to the built-in ones.
    pub fn new<'a>(objects: impl IntoIterator<Item = &'a Object>) -> Self {
        let built_in = library::kinds().iter();
        let mut namespaced: BTreeMap<_, _> =
            built_in.map(|kind| ((kind.gvk.group.clone(), kind.gvk.kind.clone()), kind.namespaced)).collect();
        for object in objects.into_iter().filter(|object| object.kind() == "CustomResourceDefinition") {
            let kind = (object.text("/spec/group").to_owned(), object.text("/spec/names/kind").to_owned());
            namespaced.insert(kind, object.text("/spec/scope") != "Cluster");
        }
        Self { namespaced }
    }

    /// Kinds that nobody here defines are taken for namespaced, as most are.
    fn is_namespaced(&self, object: &Object) -> bool {
        let gvk = object.gvk();
        self.namespaced.get(&(gvk.group, gvk.kind)).copied().unwrap_or(true)
    }
}

/// What all objects of a platform get.
#[derive(Debug)]
pub(super) struct Decorator<'a> {
    installation: &'a str,
    pull_secret: Option<&'a str>,
    storage_class: Option<&'a str>,
    scopes: Scopes,
}

impl<'a> Decorator<'a> {
    pub fn new(installation: &'a str, platform: &'a Platform, scopes: Scopes) -> Self {
        Self {
            installation,
            pull_secret: platform.registry.as_ref().and_then(|registry| registry.pull_secret.as_deref()),
            storage_class: platform.storage_class.as_deref().filter(|name| !name.is_empty()),
            scopes,
        }
    }

    /// Decorates one object of a component.
    ///
    /// # Arguments
    ///
    /// * `component`: its name, empty for none.
    /// * `namespace`: of the component.
    pub fn decorate(&self, rendered: &mut RenderedObject, component: &str, namespace: &str) {
        take_hints(rendered);
        let object = &mut rendered.object;
        strip(object);
        if !self.scopes.is_namespaced(object) {
            object.metadata_mut().remove("namespace");
        } else if object.namespace().is_empty() && !namespace.is_empty() {
            object.set_namespace(namespace);
        }
        object.set_label(INSTALLATION_LABEL, self.installation);
        if !component.is_empty() {
            object.set_label(COMPONENT_LABEL, component);
        }
        if let Some(secret) = self.pull_secret {
            if object.kind() == "ServiceAccount" {
                add_pull_secret(object.as_map_mut(), secret);
            } else if let Some(pod) = pod_spec_mut(object) {
                add_pull_secret(pod, secret);
            }
        }
        if let Some(class) = self.storage_class {
            set_storage_class(object, class);
        }
    }
}

/// Templates say by annotations who asked for an object; they do not stay.
fn take_hints(rendered: &mut RenderedObject) {
    let metadata = rendered.object.metadata_mut();
    let Some(Value::Object(annotations)) = metadata.get_mut("annotations") else { return };
    // Templates have them from the names they see, where they are written as texts.
    if let Some(owner) = annotations.remove(OWNER).as_ref().and_then(Value::as_str).and_then(|text| text.parse().ok()) {
        rendered.owner = owner;
    }
    if let Some(Value::String(after)) = annotations.remove(AFTER) {
        rendered.after.extend(after.split(',').filter_map(|address| address.trim().parse().ok()));
    }
    if annotations.is_empty() {
        metadata.remove("annotations");
    }
}

/// What the server sets, and what other controllers fill in.
fn strip(object: &mut Object) {
    let is_definition = object.kind() == "CustomResourceDefinition";
    object.as_map_mut().remove("status");
    for field in SERVER_METADATA {
        object.metadata_mut().remove(*field);
    }
    // A null in a schema may be a default; elsewhere it means a field that is not set.
    if is_definition {
        drop_nulls(object.metadata_mut());
    } else {
        drop_nulls(object.as_map_mut());
    }
    let gvk = object.gvk();
    let map = object.as_map_mut();
    match (gvk.group.as_str(), gvk.kind.as_str()) {
        ("admissionregistration.k8s.io", _) => {
            for webhook in map.get_mut("webhooks").and_then(Value::as_array_mut).into_iter().flatten() {
                strip_bundle(webhook.get_mut("clientConfig"));
            }
        }
        ("apiextensions.k8s.io", _) => {
            strip_bundle(pointer_mut(map, &["spec", "conversion", "webhook", "clientConfig"]))
        }
        ("apiregistration.k8s.io", _) => strip_bundle(map.get_mut("spec")),
        // The control plane sums the rules up.
        ("rbac.authorization.k8s.io", "ClusterRole") if map.contains_key("aggregationRule") => {
            map.remove("rules");
        }
        _ => {}
    }
}

/// Removes a certificate bundle that somebody fills in later; a real certificate of the author's own stays.
fn strip_bundle(client: Option<&mut Value>) {
    let Some(Value::Object(client)) = client else { return };
    if !client.get("caBundle").and_then(Value::as_str).is_some_and(holds_certificate) {
        client.remove("caBundle");
    }
}

fn drop_nulls(map: &mut Map<String, Value>) {
    map.retain(|_, value| !value.is_null());
    for value in map.values_mut() {
        drop_nulls_in(value);
    }
}

fn drop_nulls_in(value: &mut Value) {
    match value {
        Value::Object(map) => drop_nulls(map),
        Value::Array(items) => items.iter_mut().for_each(drop_nulls_in),
        _ => {}
    }
}

fn pointer_mut<'v>(map: &'v mut Map<String, Value>, path: &[&str]) -> Option<&'v mut Value> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(map.get_mut(*first)?, |value, key| value.get_mut(*key))
}

fn add_pull_secret(holder: &mut Map<String, Value>, secret: &str) {
    let list = holder.entry("imagePullSecrets").or_insert_with(|| json!([]));
    if let Value::Array(list) = list
        && !list.iter().any(|item| item.get("name").and_then(Value::as_str) == Some(secret))
    {
        list.push(json!({"name": secret}));
    }
}

/// A claim that names a class keeps it.
fn set_storage_class(object: &mut Object, class: &str) {
    let set = |claim: &mut Value| {
        if let Some(spec) = claim.get_mut("spec").and_then(Value::as_object_mut) {
            spec.entry("storageClassName").or_insert_with(|| class.into());
        }
    };
    match object.kind() {
        "PersistentVolumeClaim" => {
            if let Some(Value::Object(spec)) = object.as_map_mut().get_mut("spec") {
                spec.entry("storageClassName").or_insert_with(|| class.into());
            }
        }
        "StatefulSet" => {
            if let Some(Value::Array(claims)) = pointer_mut(object.as_map_mut(), &["spec", "volumeClaimTemplates"]) {
                claims.iter_mut().for_each(set);
            }
        }
        _ => {}
    }
}

/// Takes `replicas` from workloads whose number an autoscaler decides.
pub(super) fn yield_replicas(objects: &mut [RenderedObject]) {
    let scaled: BTreeSet<(String, String, String)> = objects
        .iter()
        .map(|rendered| &rendered.object)
        .filter(|object| object.kind() == "HorizontalPodAutoscaler" || object.kind() == "ScaledObject")
        .map(|object| {
            let target = |field: &str| object.text(&format!("/spec/scaleTargetRef/{field}")).to_owned();
            (target("kind"), object.namespace().to_owned(), target("name"))
        })
        .collect();
    for rendered in objects {
        let object = &mut rendered.object;
        let key = (object.kind().to_owned(), object.namespace().to_owned(), object.name().to_owned());
        if scaled.contains(&key)
            && let Some(Value::Object(spec)) = object.as_map_mut().get_mut("spec")
        {
            spec.remove("replicas");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Registry;
    use crate::object::Address;
    use crate::object::address::address;
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    fn check(input: Value, expected: Value) {
        let platform = Platform {
            storage_class: Some("nfs".into()),
            registry: Some(Registry { mirror: None, pull_secret: Some("regcred".into()) }),
            ..Platform::default()
        };
        let object = Object::from_value(input).expect("an object");
        let mut rendered = RenderedObject { object, owner: Address::default(), after: Vec::new() };
        let mut scopes = Scopes::default();
        scopes.namespaced.insert(("rbac.authorization.k8s.io".into(), "ClusterRole".into()), false);
        let decorator = Decorator::new("prod", &platform, scopes);
        decorator.decorate(&mut rendered, "dex", "auth");
        let once = rendered.object.to_value();
        decorator.decorate(&mut rendered, "dex", "auth");
        assert_eq!(rendered.object.to_value(), once, "a second time");
        let mut expected = expected;
        expected["metadata"]["labels"] = json!({INSTALLATION_LABEL: "prod", COMPONENT_LABEL: "dex"});
        assert_eq!(once, expected);
    }

    #[test]
    fn objects_get_and_lose() {
        check(
            json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "a", "creationTimestamp": null},
                "spec": {"template": {"metadata": {"creationTimestamp": null}, "spec": {"containers": []}},
                    "volumeClaimTemplates": [{"spec": {}}, {"spec": {"storageClassName": "own"}}]}, "status": {}}),
            json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "a", "namespace": "auth"},
                "spec": {"template": {"metadata": {}, "spec": {"containers": [], "imagePullSecrets": [{"name": "regcred"}]}},
                    "volumeClaimTemplates": [{"spec": {"storageClassName": "nfs"}}, {"spec": {"storageClassName": "own"}}]}}),
        );
        check(
            json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "rules": [],
                "metadata": {"name": "a", "namespace": "x"}, "aggregationRule": {}}),
            json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
                "metadata": {"name": "a"}, "aggregationRule": {}}),
        );
        check(
            json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "a", "namespace": "x"},
                "imagePullSecrets": [{"name": "own"}]}),
            json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "a", "namespace": "x"},
                "imagePullSecrets": [{"name": "own"}, {"name": "regcred"}]}),
        );
        let own = STANDARD.encode("-----BEGIN CERTIFICATE-----");
        check(
            json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration",
                "metadata": {"name": "a"}, "webhooks": [{"clientConfig": {"caBundle": "Cg=="}}, {"clientConfig": {"caBundle": own}}]}),
            json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration",
                "metadata": {"name": "a", "namespace": "auth"}, "webhooks": [{"clientConfig": {}}, {"clientConfig": {"caBundle": own}}]}),
        );
    }

    #[test]
    fn knows_scopes() {
        let object = |api: &str, kind: &str| {
            Object::from_value(json!({"apiVersion": api, "kind": kind, "metadata": {"name": "a"}})).expect("an object")
        };
        let mut definition = object("apiextensions.k8s.io/v1", "CustomResourceDefinition");
        definition
            .as_map_mut()
            .insert("spec".into(), json!({"group": "kubeflow.org", "scope": "Cluster", "names": {"kind": "Profile"}}));
        let scopes = Scopes::new([&definition]);
        for (api, kind, expected) in [
            ("v1", "Namespace", false),
            ("v1", "Service", true),
            ("apps/v1", "Deployment", true),
            ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", false),
            ("storage.k8s.io/v1", "StorageClass", false),
            ("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", false),
            ("apiextensions.k8s.io/v1", "CustomResourceDefinition", false),
            ("scheduling.k8s.io/v1", "PriorityClass", false),
            ("kubeflow.org/v1", "Profile", false),
            ("example.com/v1", "Unheard", true),
        ] {
            assert_eq!(scopes.is_namespaced(&object(api, kind)), expected, "{api} {kind}");
        }
    }

    #[test]
    fn hints_are_taken() {
        let object = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a",
            "annotations": {OWNER: "user.alice", AFTER: "platform.a, platform.b"}}});
        let object = Object::from_value(object).expect("an object");
        let mut rendered = RenderedObject { object, owner: Address::default(), after: vec![address("platform.z")] };
        take_hints(&mut rendered);
        assert_eq!(rendered.owner, address("user.alice"));
        assert_eq!(rendered.after, ["platform.z", "platform.a", "platform.b"].map(address));
        assert_eq!(rendered.object.get("/metadata/annotations"), None);
    }
}
