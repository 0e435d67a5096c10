//! What is known about single kinds: where their pod templates are, what class they belong to when things are ordered
//! or removed, how their plural reads. Data with lookups; schemas are in `schema`.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde_json::Map;
use serde_json::Value;

use super::Object;
use super::ObjectId;
use super::schema::library;

/// What kind of thing an object is, for order and for care when it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    Namespace,
    CustomResourceDefinition,
    /// A mutating or validating webhook configuration.
    Webhook,
    ApiService,
    /// Makes pods, or is one.
    Workload,
    /// Holds a person's data: a PersistentVolumeClaim or PersistentVolume.
    Volume,
    /// A whole cluster that a cloud makes: everything in it goes with it.
    Cluster,
    /// An object of any other kind that a CRD defines.
    Custom,
    Other,
}

/// Groups that an API server itself serves. Groups of CRDs that end in `k8s.io` (`gateway.networking.k8s.io`) are not
/// in it.
const BUILT_IN_GROUPS: &[&str] = &[
    "",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "apiregistration.k8s.io",
    "apps",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "autoscaling",
    "batch",
    "certificates.k8s.io",
    "coordination.k8s.io",
    "discovery.k8s.io",
    "events.k8s.io",
    "extensions",
    "flowcontrol.apiserver.k8s.io",
    "internal.apiserver.k8s.io",
    "networking.k8s.io",
    "node.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "resource.k8s.io",
    "scheduling.k8s.io",
    "storage.k8s.io",
    "storagemigration.k8s.io",
];

/// Group, kind and pointer to the pod template of every built-in kind that makes pods. A Pod is its own template.
const POD_TEMPLATES: &[(&str, &str, &str)] = &[
    ("", "Pod", ""),
    ("", "ReplicationController", "/spec/template"),
    ("apps", "DaemonSet", "/spec/template"),
    ("apps", "Deployment", "/spec/template"),
    ("apps", "ReplicaSet", "/spec/template"),
    ("apps", "StatefulSet", "/spec/template"),
    ("batch", "CronJob", "/spec/jobTemplate/spec/template"),
    ("batch", "Job", "/spec/template"),
];

/// Namespaces a cluster cannot do without; they are never deleted.
const SYSTEM_NAMESPACES: &[&str] = &["default", "kube-node-lease", "kube-public", "kube-system"];

/// The end of the groups of what clouds make: `scp.stackwright.io`.
const MADE_GROUPS: &str = ".stackwright.io";

/// The group of what a provider makes.
pub fn made_group(provider: &str) -> String {
    format!("{provider}{MADE_GROUPS}")
}

/// Whether the API server itself serves the group, so that its objects have typed defaults.
pub fn is_built_in_group(group: &str) -> bool {
    BUILT_IN_GROUPS.binary_search(&group).is_ok()
}

/// The class of a kind.
pub fn class(id: &ObjectId) -> Class {
    match (id.group.as_str(), id.kind.as_str()) {
        ("", "Namespace") => Class::Namespace,
        ("", "PersistentVolumeClaim" | "PersistentVolume") => Class::Volume,
        ("apiextensions.k8s.io", "CustomResourceDefinition") => Class::CustomResourceDefinition,
        ("admissionregistration.k8s.io", "MutatingWebhookConfiguration" | "ValidatingWebhookConfiguration") => {
            Class::Webhook
        }
        ("apiregistration.k8s.io", "APIService") => Class::ApiService,
        (group, "Cluster") if group.ends_with(MADE_GROUPS) => Class::Cluster,
        (group, kind) if pod_template_pointer(group, kind).is_some() => Class::Workload,
        (group, _) if !is_built_in_group(group) => Class::Custom,
        _ => Class::Other,
    }
}

/// Whether the object is a namespace a cluster cannot do without.
pub fn is_system_namespace(id: &ObjectId) -> bool {
    class(id) == Class::Namespace && SYSTEM_NAMESPACES.contains(&id.name.as_str())
}

/// The pod template (with `metadata` and `spec`) of an object that makes pods; the object itself for a Pod.
pub fn pod_template(object: &Object) -> Option<PodTemplate<'_>> {
    let gvk = object.gvk();
    let pointer = pod_template_pointer(&gvk.group, &gvk.kind)?;
    let (metadata, spec) = if pointer.is_empty() {
        (object.get("/metadata"), object.get("/spec"))
    } else {
        let template = object.get(pointer)?;
        (template.get("metadata"), template.get("spec"))
    };
    Some(PodTemplate { metadata, spec: spec? })
}

/// The spec of the pods that an object makes, or of a Pod itself.
pub fn pod_spec_mut(object: &mut Object) -> Option<&mut Map<String, Value>> {
    let gvk = object.gvk();
    let pointer = pod_template_pointer(&gvk.group, &gvk.kind)?;
    let mut steps = pointer.split('/').skip(1);
    let map = object.as_map_mut();
    let spec = match steps.next() {
        None => map.get_mut("spec")?,
        Some(first) => steps.try_fold(map.get_mut(first)?, |value, key| value.get_mut(key))?.get_mut("spec")?,
    };
    spec.as_object_mut()
}

/// The two halves of a pod template.
#[derive(Clone, Copy, Debug)]
pub struct PodTemplate<'a> {
    pub metadata: Option<&'a Value>,
    pub spec: &'a Value,
}

impl<'a> PodTemplate<'a> {
    /// The labels its pods will have.
    pub fn labels(&self) -> Option<&'a Map<String, Value>> {
        self.metadata?.get("labels")?.as_object()
    }
}

/// The plural of a built-in kind, as `networkpolicies`; `None` for others, whose CRD tells.
pub fn plural(group: &str, kind: &str) -> Option<&'static str> {
    static PLURALS: LazyLock<HashMap<(&'static str, &'static str), &'static str>> = LazyLock::new(|| {
        let kinds = library::kinds().iter();
        kinds.map(|known| ((known.gvk.group.as_str(), known.gvk.kind.as_str()), known.plural)).collect()
    });
    PLURALS.get(&(group, kind)).copied()
}

fn pod_template_pointer(group: &str, kind: &str) -> Option<&'static str> {
    POD_TEMPLATES.iter().find(|(g, k, _)| *g == group && *k == kind).map(|(_, _, pointer)| *pointer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_groups_are_sorted_for_the_search() {
        assert!(BUILT_IN_GROUPS.is_sorted());
        assert!(is_built_in_group(""));
        assert!(!is_built_in_group("gateway.networking.k8s.io"));
    }

    #[test]
    fn kinds_have_classes() {
        let check = |text: &str, expected| assert_eq!(class(&text.parse().expect(text)), expected, "{text}");
        check("Namespace auth", Class::Namespace);
        check("Deployment.apps auth/dex", Class::Workload);
        check("Profile.kubeflow.org alice", Class::Custom);
        check("Notebook.kubeflow.org alice/n", Class::Custom);
        check("Service auth/dex", Class::Other);
    }

    #[test]
    fn knows_plurals() {
        let check = |group, kind, expected| assert_eq!(plural(group, kind), expected);
        check("networking.k8s.io", "NetworkPolicy", Some("networkpolicies"));
        check("", "Endpoints", Some("endpoints"));
        check("", "Pod", Some("pods"));
        check("kubeflow.org", "Profile", None);
    }
}
