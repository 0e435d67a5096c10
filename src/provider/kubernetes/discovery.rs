//! Which kinds a cluster serves, asked by the aggregated endpoint: two requests whatever the number of CRDs.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use futures::StreamExt;
use futures::stream;
use serde_json::Value;

use super::ClusterError;
use super::Patience;
use super::call::Call;
use super::cluster::described;
use super::transport::Transport;
use crate::object::GroupVersionKind;
use crate::object::Object;
use crate::object::ObjectId;

/// One kind in one served version.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    /// Empty for the core group.
    pub group: String,
    pub version: String,
    pub kind: String,
    /// The name in paths: `deployments`.
    pub plural: String,
    pub namespaced: bool,
    pub verbs: Vec<String>,
}

impl Resource {
    pub fn gvk(&self) -> GroupVersionKind {
        GroupVersionKind::new(&self.group, &self.version, &self.kind)
    }

    /// `deployments.apps`, as kubectl and RBAC errors write it.
    pub fn group_plural(&self) -> String {
        if self.group.is_empty() { self.plural.clone() } else { format!("{}.{}", self.plural, self.group) }
    }

    /// The identity of one of its objects; drops the namespace of a cluster-scoped one.
    pub fn id(&self, namespace: &str, name: &str) -> ObjectId {
        let namespace = if self.namespaced { namespace } else { "" };
        ObjectId::new(&self.group, &self.kind, namespace, name)
    }

    /// The kind that a CRD defines, in each version it serves.
    pub fn of_crd(crd: &Object) -> Vec<Resource> {
        let versions = crd.get("/spec/versions").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let served = versions.iter().filter(|v| v.get("served").and_then(Value::as_bool).unwrap_or(false));
        let names = served.filter_map(|v| v.get("name").and_then(Value::as_str));
        names
            .map(|version| Resource {
                group: crd.text("/spec/group").to_owned(),
                version: version.to_owned(),
                kind: crd.text("/spec/names/kind").to_owned(),
                plural: crd.text("/spec/names/plural").to_owned(),
                namespaced: crd.text("/spec/scope") != "Cluster",
                verbs: Vec::new(),
            })
            .collect()
    }
}

/// All kinds a cluster serves, preferred version first.
#[derive(Clone, Debug, Default)]
pub struct Kinds {
    by_kind: BTreeMap<(String, String), Vec<Resource>>,
}

impl Kinds {
    /// The kind in exactly this version.
    pub fn exact(&self, gvk: &GroupVersionKind) -> Option<&Resource> {
        self.versions(&gvk.group, &gvk.kind).iter().find(|r| r.version == gvk.version)
    }

    /// The kind in its preferred version.
    pub fn preferred(&self, group: &str, kind: &str) -> Option<&Resource> {
        self.versions(group, kind).first()
    }

    /// The kind in the version asked for, else in the preferred one.
    pub fn nearest(&self, gvk: &GroupVersionKind) -> Option<&Resource> {
        self.exact(gvk).or_else(|| self.preferred(&gvk.group, &gvk.kind))
    }

    /// All served kinds as `Kind.group` (core: `Kind`).
    pub fn names(&self) -> BTreeSet<String> {
        self.by_kind.keys().map(|(group, kind)| ObjectId::new(group, kind, "", "").group_kind()).collect()
    }

    pub fn iter(&self) -> impl Iterator<Item = &Resource> {
        self.by_kind.values().flatten()
    }

    pub(super) fn insert(&mut self, resource: Resource) {
        let versions = self.by_kind.entry((resource.group.clone(), resource.kind.clone())).or_default();
        if !versions.iter().any(|r| r.version == resource.version) {
            versions.push(resource);
        }
    }

    fn versions(&self, group: &str, kind: &str) -> &[Resource] {
        self.by_kind.get(&(group.to_owned(), kind.to_owned())).map(Vec::as_slice).unwrap_or_default()
    }

    /// Reads an answer of the aggregated endpoint (apidiscovery.k8s.io v2 and v2beta1 are alike).
    fn read_aggregated(&mut self, answer: &Value) {
        for group in items(answer, "items") {
            let name = text(group.get("metadata").unwrap_or(&Value::Null), "name");
            for version in items(group, "versions") {
                for resource in items(version, "resources") {
                    let kind = resource.get("responseKind").unwrap_or(&Value::Null);
                    // A sub-resource without a parent of its own has no kind of its own either.
                    if text(kind, "kind").is_empty() || text(resource, "resource").contains('/') {
                        continue;
                    }
                    self.insert(Resource {
                        group: name.clone(),
                        version: text(version, "version"),
                        kind: text(kind, "kind"),
                        plural: text(resource, "resource"),
                        namespaced: text(resource, "scope") == "Namespaced",
                        verbs: texts(resource, "verbs"),
                    });
                }
            }
        }
    }

    /// Reads an `APIResourceList` of one group version, the way before aggregation.
    fn read_list(&mut self, group: &str, version: &str, answer: &Value) {
        for resource in items(answer, "resources") {
            if text(resource, "name").contains('/') {
                continue;
            }
            self.insert(Resource {
                group: group.to_owned(),
                version: version.to_owned(),
                kind: text(resource, "kind"),
                plural: text(resource, "name"),
                namespaced: resource.get("namespaced").and_then(Value::as_bool).unwrap_or(false),
                verbs: texts(resource, "verbs"),
            });
        }
    }
}

/// Group and kind of some that every cluster serves.
const EVERYWHERE: [(&str, &str); 3] =
    [("", "Secret"), ("apps", "Deployment"), ("apiextensions.k8s.io", "CustomResourceDefinition")];

const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
    application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

/// Asks which kinds are served. Servers before 1.27 are asked group by group.
pub(super) async fn discover(transport: &Transport) -> Result<Kinds, ClusterError> {
    let ask = async |path: &str| {
        let call = Call { what: format!("discover {path}"), ..Call::path(path).accepting(AGGREGATED) };
        transport.send(&call, Patience::READ, None).await
    };
    let (core, groups) = futures::try_join!(ask("/api"), ask("/apis"))?;
    let mut kinds = Kinds::default();
    let mut paths = Vec::new();
    for (answer, root) in [(&core, "/api"), (&groups, "/apis")] {
        let nonsense = |reason: String| ClusterError::Nonsense { what: format!("discover {root}"), reason };
        let kind = text(answer, "kind");
        // A kind that is not served is taken for one whose objects are gone: what is no list must not hide any.
        let parts = [("APIGroupDiscoveryList", "items"), ("APIVersions", "versions"), ("APIGroupList", "groups")];
        for (_, part) in parts.into_iter().filter(|(name, _)| *name == kind) {
            if !answer.get(part).is_some_and(Value::is_array) {
                return Err(nonsense(format!("it has no {part}")));
            }
        }
        match kind.as_str() {
            "APIGroupDiscoveryList" => kinds.read_aggregated(answer),
            "APIVersions" => paths.extend(texts(answer, "versions").into_iter().map(|v| (String::new(), v))),
            "APIGroupList" => paths.extend(items(answer, "groups").flat_map(group_versions)),
            other => {
                return Err(nonsense(format!("expected a list of groups, got {}", described(other))));
            }
        }
    }
    let answers = stream::iter(paths.into_iter().map(|(group, version)| async move {
        let path = if group.is_empty() { format!("/api/{version}") } else { format!("/apis/{group}/{version}") };
        let answer = transport.send(&Call::path(&path), Patience::READ, None).await;
        (group, version, answer)
    }));
    // A group whose aggregated server is down must not hide the others.
    let answers: Vec<_> = answers.buffered(16).collect().await;
    for (group, version, answer) in answers {
        match answer {
            Ok(answer) if text(&answer, "kind") == "APIResourceList" => kinds.read_list(&group, &version, &answer),
            Ok(answer) => {
                let reason = format!("expected a list of kinds, got {}", described(&text(&answer, "kind")));
                return Err(ClusterError::Nonsense { what: format!("discover {group}/{version}"), reason });
            }
            Err(ClusterError::Refused { refusal, .. }) if matches!(refusal.code, 404 | 500..=599) => {}
            Err(error) => return Err(error),
        }
    }
    match EVERYWHERE.iter().find(|(group, kind)| kinds.preferred(group, kind).is_none()) {
        None => Ok(kinds),
        Some((_, kind)) => Err(ClusterError::Nonsense {
            what: "discover /api and /apis".into(),
            reason: format!("it serves no {kind}s; is this the address of a Kubernetes API server?"),
        }),
    }
}

/// Group and version, preferred version first.
fn group_versions(group: &Value) -> Vec<(String, String)> {
    let name = text(group, "name");
    let preferred = text(group.get("preferredVersion").unwrap_or(&Value::Null), "version");
    let mut versions: Vec<String> = items(group, "versions").map(|v| text(v, "version")).collect();
    versions.sort_by_key(|version| *version != preferred);
    versions.into_iter().map(|version| (name.clone(), version)).collect()
}

fn items<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn text(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn texts(value: &Value, key: &str) -> Vec<String> {
    items(value, key).filter_map(Value::as_str).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_the_aggregated_answer() {
        let mut kinds = Kinds::default();
        let resource = |plural: &str, kind: &str, scope: &str| json!({"resource": plural, "responseKind": {"kind": kind}, "scope": scope, "verbs": ["list"]});
        kinds.read_aggregated(&json!({"kind": "APIGroupDiscoveryList", "items": [
            {"metadata": {}, "versions": [{"version": "v1", "resources": [resource("pods", "Pod", "Namespaced")]}]},
            {"metadata": {"name": "autoscaling"}, "versions": [
                {"version": "v2", "resources": [resource("hpas", "HPA", "Namespaced")]},
                {"version": "v1", "resources": [resource("hpas", "HPA", "Namespaced")]}]},
        ]}));
        let check = |group: &str, version: &str, kind: &str, expected: Option<&str>| {
            let found = kinds.nearest(&GroupVersionKind::new(group, version, kind));
            assert_eq!(found.map(|r| r.version.as_str()), expected, "{group} {version} {kind}");
        };
        check("", "v1", "Pod", Some("v1"));
        check("autoscaling", "v1", "HPA", Some("v1"));
        check("autoscaling", "v2beta2", "HPA", Some("v2"));
        check("apps", "v1", "Deployment", None);
        assert_eq!(kinds.names().into_iter().collect::<Vec<_>>(), ["HPA.autoscaling", "Pod"]);
    }
}
