//! One served resource: a kind in one version, with what requests and discovery need of it.

use std::sync::Arc;
use std::sync::OnceLock;

use super::CustomKind;
use crate::object::GroupVersionKind;
use crate::object::schema::Schema;
use crate::object::schema::library;
use crate::object::schema::library::BuiltInKind;

/// A part of an object with a path of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subresource {
    pub name: String,
    pub gvk: GroupVersionKind,
    pub verbs: Vec<String>,
}

/// A kind in one served version.
#[derive(Debug)]
pub struct Resource {
    pub group: String,
    pub version: String,
    pub kind: String,
    pub plural: String,
    pub singular: String,
    pub short_names: Vec<String>,
    pub categories: Vec<String>,
    pub namespaced: bool,
    pub verbs: Vec<String>,
    pub subresources: Vec<Subresource>,
    schema: OnceLock<Option<Arc<Schema>>>,
    custom: Option<(Arc<CustomKind>, usize)>,
}

impl Resource {
    pub fn built_in(kind: &BuiltInKind) -> Self {
        let own = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Self {
            group: kind.gvk.group.clone(),
            version: kind.gvk.version.clone(),
            kind: kind.gvk.kind.clone(),
            plural: kind.plural.to_owned(),
            singular: kind.singular.to_owned(),
            short_names: own(&kind.short_names),
            categories: own(&kind.categories),
            namespaced: kind.namespaced,
            verbs: own(&kind.verbs),
            subresources: kind
                .subresources
                .iter()
                .map(|sub| Subresource { name: sub.name.into(), gvk: sub.gvk.clone(), verbs: own(&sub.verbs) })
                .collect(),
            schema: OnceLock::new(),
            custom: None,
        }
    }

    /// A version of a CRD; `version` counts in its list of versions.
    pub(super) fn custom(custom: &Arc<CustomKind>, version: usize) -> Self {
        let facts = &custom.versions[version];
        let all = ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];
        let own = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let mut subresources = Vec::new();
        if facts.has_status {
            subresources.push(Subresource {
                name: "status".into(),
                gvk: GroupVersionKind::new(&custom.group, &facts.name, &custom.kind),
                verbs: own(&["get", "patch", "update"]),
            });
        }
        if facts.scale.is_some() {
            subresources.push(Subresource {
                name: "scale".into(),
                gvk: GroupVersionKind::new("autoscaling", "v1", "Scale"),
                verbs: own(&["get", "patch", "update"]),
            });
        }
        Self {
            group: custom.group.clone(),
            version: facts.name.clone(),
            kind: custom.kind.clone(),
            plural: custom.plural.clone(),
            singular: custom.singular.clone(),
            short_names: custom.short_names.clone(),
            categories: custom.categories.clone(),
            namespaced: custom.namespaced,
            verbs: own(&all),
            subresources,
            schema: OnceLock::from(Some(facts.schema.clone())),
            custom: Some((custom.clone(), version)),
        }
    }

    pub fn gvk(&self) -> GroupVersionKind {
        GroupVersionKind::new(&self.group, &self.version, &self.kind)
    }

    pub fn api_version(&self) -> String {
        self.gvk().api_version()
    }

    /// The schema of this version; none for a kind nothing is known of.
    pub fn schema(&self) -> Option<&Arc<Schema>> {
        self.schema.get_or_init(|| library::kind(&self.gvk())).as_ref()
    }

    /// The CRD behind this resource, and the facts of this version; none for built-in kinds.
    pub fn custom_kind(&self) -> Option<&Arc<CustomKind>> {
        self.custom.as_ref().map(|(custom, _)| custom)
    }

    /// The facts of this version of a CRD.
    pub fn custom_version(&self) -> Option<&super::CustomVersion> {
        self.custom.as_ref().and_then(|(custom, version)| custom.versions.get(*version))
    }

    pub fn crd_name(&self) -> Option<&str> {
        self.custom_kind().map(|custom| custom.name.as_str())
    }

    pub fn is_custom(&self) -> bool {
        self.custom.is_some()
    }

    pub fn has_subresource(&self, name: &str) -> bool {
        self.subresources.iter().any(|sub| sub.name == name)
    }

    pub fn has_verb(&self, verb: &str) -> bool {
        self.verbs.iter().any(|known| known == verb)
    }
}
