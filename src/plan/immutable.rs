//! Fields a server does not let change in place: a table for when it cannot be asked, and reading its refusals.

use super::fields::is_under;
use crate::object::Object;
use crate::object::ObjectId;

/// Group, kind, and paths that cannot change. Facts: the `ValidateUpdate` functions of Kubernetes 1.31.
const IMMUTABLE_FIELDS: &[(&str, &str, &[&str])] = &[
    ("", "PersistentVolume", &["spec.csi", "spec.hostPath", "spec.local", "spec.nfs", "spec.volumeMode"]),
    (
        "",
        "PersistentVolumeClaim",
        &[
            "spec.accessModes",
            "spec.dataSource",
            "spec.dataSourceRef",
            "spec.selector",
            "spec.storageClassName",
            "spec.volumeMode",
            "spec.volumeName",
        ],
    ),
    ("", "Pod", &["spec.volumes", "spec.nodeName", "spec.serviceAccountName", "spec.initContainers"]),
    ("", "Secret", &["type"]),
    ("", "Service", &["spec.clusterIP", "spec.clusterIPs"]),
    ("apiextensions.k8s.io", "CustomResourceDefinition", &["spec.group", "spec.names.plural", "spec.scope"]),
    ("apps", "DaemonSet", &["spec.selector"]),
    ("apps", "Deployment", &["spec.selector"]),
    ("apps", "ReplicaSet", &["spec.selector"]),
    (
        "apps",
        "StatefulSet",
        &["spec.podManagementPolicy", "spec.selector", "spec.serviceName", "spec.volumeClaimTemplates"],
    ),
    ("batch", "Job", &["spec.completionMode", "spec.completions", "spec.selector", "spec.template"]),
    ("networking.k8s.io", "IngressClass", &["spec.controller"]),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding", &["roleRef"]),
    ("rbac.authorization.k8s.io", "RoleBinding", &["roleRef"]),
    ("scheduling.k8s.io", "PriorityClass", &["value", "preemptionPolicy"]),
    ("storage.k8s.io", "StorageClass", &["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"]),
    ("storage.k8s.io", "CSIDriver", &["spec.attachRequired", "spec.fsGroupPolicy"]),
    ("cert-manager.io", "CertificateRequest", &["spec"]),
];

/// The paths of a live object that cannot change in place.
pub fn immutable_fields(id: &ObjectId, live: &Object) -> Vec<String> {
    let rows = IMMUTABLE_FIELDS.iter().filter(|(group, kind, _)| *group == id.group && *kind == id.kind);
    let mut paths: Vec<String> = rows.flat_map(|(_, _, paths)| paths.iter().map(|path| (*path).to_owned())).collect();
    let sealed = matches!(id.kind.as_str(), "ConfigMap" | "Secret") && id.group.is_empty();
    if sealed && live.get("/immutable").and_then(serde_json::Value::as_bool) == Some(true) {
        paths.extend(["binaryData", "data", "immutable"].map(str::to_owned));
    }
    paths
}

/// The fields a server's refusal names: of `… is invalid: spec.selector: Invalid value: …: field is immutable` it is
/// `spec.selector`. Only those that lie among `changed` count; all of `changed` where the message names none.
pub fn refused_fields(message: &str, changed: &[String]) -> Vec<String> {
    let words = message.split([' ', ',', ';', '[', ']', '\n']);
    let named: Vec<&str> = words.filter_map(|word| word.strip_suffix(':')).collect();
    let mut refused: Vec<String> = Vec::new();
    for name in named {
        let meets = |path: &String| is_under(path, name) || is_under(name, path);
        if changed.iter().any(meets) && !refused.iter().any(|known| known == name) {
            refused.push(name.to_owned());
        }
    }
    // `spec: Forbidden: updates to statefulset spec for fields other than …` means any of the spec.
    refused
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_refusals() {
        let check = |message: &str, changed: &[&str], expected: &[&str]| {
            let changed: Vec<String> = changed.iter().map(|path| (*path).to_owned()).collect();
            assert_eq!(refused_fields(message, &changed), expected);
        };
        check(
            "Deployment.apps \"dex\" is invalid: spec.selector: Invalid value: v1.LabelSelector{}: field is immutable",
            &["spec.selector.matchLabels.app", "spec.replicas"],
            &["spec.selector"],
        );
        check(
            "PersistentVolumeClaim \"a\" is invalid: spec: Forbidden: spec is immutable after creation",
            &["spec.storageClassName"],
            &["spec"],
        );
        check("roleRef is what it is", &["roleRef.name"], &[]);
    }
}
