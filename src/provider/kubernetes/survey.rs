//! Looks at the cluster itself: nodes, storage, who else is there, and what the user may do. Judges nothing.

use futures::StreamExt;
use futures::stream;
use serde_json::Value;
use serde_json::json;

use super::Cluster;
use super::ClusterError;
use super::Kinds;
use super::Patience;
use super::Resource;
use super::call::Call;
use crate::object::GroupVersionKind;
use crate::plan::preflight::Seen;
use crate::plan::preflight::Survey;
use crate::plan::preflight::domain::of_corefile;

/// What an apply, a plan and a destroy do with objects.
const VERBS: [&str; 6] = ["get", "list", "watch", "create", "patch", "delete"];
/// ConfigMaps of CoreDNS: kubeadm's and most clouds' (also k3s'), and RKE2's.
const COREFILES: [&str; 2] = ["coredns", "rke2-coredns-rke2-coredns"];

impl Cluster {
    /// What a preflight wants to know. `wanted` are the kinds that will be written.
    ///
    /// # Errors
    /// The cluster cannot be reached. What may not be looked at is told in the survey.
    pub async fn survey(&self, wanted: &[GroupVersionKind]) -> Result<Survey, ClusterError> {
        let (server_version, kinds) = futures::try_join!(self.version(), self.kinds())?;
        let (nodes, pods, namespaces, services) = futures::join!(
            self.seen("", "v1", "Node"),
            self.seen("", "v1", "Pod"),
            self.seen("", "v1", "Namespace"),
            self.seen("", "v1", "Service"),
        );
        let (definitions, classes, volumes, drivers, domain, denied) = futures::join!(
            self.seen_definitions(),
            self.seen("storage.k8s.io", "v1", "StorageClass"),
            self.seen("", "v1", "PersistentVolume"),
            self.seen("storage.k8s.io", "v1", "CSIDriver"),
            self.domain(),
            self.denied(&kinds, wanted),
        );
        Ok(Survey {
            server_version,
            nodes,
            pods,
            namespaces,
            services,
            definitions,
            classes,
            volumes,
            drivers,
            domain,
            denied: denied.map_err(|error| error.to_string()),
        })
    }

    /// All objects of a kind; else why they cannot be seen.
    pub async fn seen(&self, group: &str, version: &str, kind: &str) -> Seen {
        let listed = async {
            let resource = self.resource(&GroupVersionKind::new(group, version, kind)).await?;
            self.list(&resource, "", "").await
        };
        listed.await.map(|(objects, _)| objects).map_err(|error| error.to_string())
    }

    /// The DNS domain of the cluster's Services, as its CoreDNS is told; empty where there is none or it may not be read.
    /// That takes one ConfigMap of kube-system, where a kubelet's own configuration would take rights over nodes.
    pub async fn domain(&self) -> String {
        let kind = GroupVersionKind::new("", "v1", "ConfigMap");
        let Ok(resource) = self.resource(&kind).await else { return String::new() };
        for name in COREFILES {
            if let Ok(Some(found)) = self.get(&resource, "kube-system", name).await {
                return of_corefile(found.text("/data/Corefile"));
            }
        }
        String::new()
    }

    async fn seen_definitions(&self) -> Seen {
        let kind = GroupVersionKind::new("apiextensions.k8s.io", "v1", "CustomResourceDefinition");
        let listed = async {
            let resource = self.resource(&kind).await?;
            self.list_metadata(&resource, "", "").await
        };
        listed.await.map(|(objects, _)| objects).map_err(|error| error.to_string())
    }

    /// What the user may not do with these kinds, as `create deployments.apps`. An administrator costs one question.
    async fn denied(&self, kinds: &Kinds, wanted: &[GroupVersionKind]) -> Result<Vec<String>, ClusterError> {
        let review = GroupVersionKind::new("authorization.k8s.io", "v1", "SelfSubjectAccessReview");
        let review = self.resource(&review).await?;
        if self.may(&review, "*", "*", "*").await? {
            return Ok(Vec::new());
        }
        // Kinds that do not exist yet are asked about by their usual plural: rights do not wait for a definition.
        let places = wanted.iter().map(|gvk| match kinds.nearest(gvk) {
            Some(resource) => (resource.group.clone(), resource.plural.clone()),
            None => (gvk.group.clone(), usual_plural(&gvk.kind)),
        });
        let questions: Vec<(String, String, &str)> =
            places.flat_map(|(group, plural)| VERBS.map(|verb| (group.clone(), plural.clone(), verb))).collect();
        let review = &review;
        let answers = stream::iter(questions.iter().map(|(group, plural, verb)| async move {
            let may = self.may(review, group, plural, verb).await?;
            let name = if group.is_empty() { plural.clone() } else { format!("{plural}.{group}") };
            Ok((!may).then(|| format!("{verb} {name}")))
        }));
        let answers: Vec<Result<Option<String>, ClusterError>> = answers.buffered(self.at_once).collect().await;
        answers.into_iter().filter_map(Result::transpose).collect()
    }

    async fn may(&self, review: &Resource, group: &str, plural: &str, verb: &str) -> Result<bool, ClusterError> {
        let body = json!({
            "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": {"group": group, "resource": plural, "verb": verb}},
        });
        let call = Call::create(review, "", "", body);
        let answer = self.transport.send(&call, Patience::READ, None).await?;
        Ok(answer.pointer("/status/allowed") == Some(&Value::Bool(true)))
    }
}

/// As a CRD's author would name it; English plurals of kinds are regular but for `-y` and sibilants.
fn usual_plural(kind: &str) -> String {
    let name = kind.to_lowercase();
    if let Some(stem) = name.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'o', 'u'])) {
        return format!("{stem}ies");
    }
    let suffix = if name.ends_with(['s', 'x']) || name.ends_with("ch") || name.ends_with("sh") { "es" } else { "s" };
    name + suffix
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plurals() {
        for (kind, expected) in [
            ("Profile", "profiles"),
            ("ClusterPolicy", "clusterpolicies"),
            ("Gateway", "gateways"),
            ("Ingress", "ingresses"),
            ("PodDefault", "poddefaults"),
        ] {
            assert_eq!(usual_plural(kind), expected);
        }
    }
}
