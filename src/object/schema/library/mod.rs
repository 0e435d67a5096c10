//! The types and kinds that Kubernetes itself serves: facts of its 1.31 API, from data files.
//!
//! Nothing is read before it is asked for: a type is parsed on its first look-up, with the types it holds, and shared
//! from then on. The format of the data files is described in `types.rs`, `kinds.rs` and `data/defaults.txt`.

mod kinds;
mod server_defaults;
mod types;

use std::sync::Arc;

use super::Schema;
use crate::object::GroupVersionKind;

pub use kinds::BuiltInKind;

/// The schema of a built-in kind in one of its served versions, with the defaults its server sets.
pub fn kind(gvk: &GroupVersionKind) -> Option<Arc<Schema>> {
    let group = gvk.group.split('.').next().unwrap_or_default();
    if !kinds::is_built_in_group(&gvk.group) {
        return None;
    }
    let name = match (group, gvk.version.as_str()) {
        ("", "v1") => gvk.kind.clone(),
        (_, "v1") => format!("{group}.{}", gvk.kind),
        (_, version) => format!("{group}.{version}.{}", gvk.kind),
    };
    let schema = types::resolve(&name, types::Purpose::Serve)?;
    schema.properties.contains_key("apiVersion").then_some(schema)
}

/// A type of core/v1 or meta/v1 by its name (`PodSpec`, `LabelSelector`), or of another group with the group before it
/// (`apps.DeploymentSpec`, `autoscaling.v2.MetricSpec`), as its own server treats it.
pub fn core(name: &str) -> Option<Arc<Schema>> {
    types::resolve(name, types::Purpose::Serve)
}

/// The same type as a CustomResourceDefinition that embeds it has it: structural, with declared defaults only, without
/// strategic merge rules, and with the metadata of embedded templates spelled out.
pub fn core_in_crd(name: &str) -> Option<Arc<Schema>> {
    types::resolve(name, types::Purpose::Embed)
}

/// All built-in kinds, by group (core first), version, then plural.
pub fn kinds() -> &'static [BuiltInKind] {
    kinds::all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::schema::ListType;
    use crate::object::schema::Type;

    #[test]
    fn every_listed_kind_has_a_schema() {
        assert_eq!(kinds().len(), 59);
        for kind_row in kinds() {
            let schema = kind(&kind_row.gvk).unwrap_or_else(|| panic!("{} has no schema", kind_row.gvk));
            assert!(schema.properties.contains_key("metadata"), "{}", kind_row.gvk);
        }
        for (api_version, name) in [("v1", "PodSpec"), ("apps/v2", "Deployment"), ("apps.example.com/v1", "Deployment")]
        {
            assert_eq!(kind(&GroupVersionKind::from_api_version(api_version, name)), None, "{api_version} {name}");
        }
    }

    #[test]
    fn kinds_carry_what_discovery_shows() {
        let find = |plural: &str| kinds().iter().find(|k| k.plural == plural).expect("listed");
        let deployments = find("deployments");
        assert_eq!(deployments.gvk, GroupVersionKind::new("apps", "v1", "Deployment"));
        assert_eq!(deployments.short_names, ["deploy"]);
        assert_eq!(deployments.categories, ["all"]);
        assert_eq!(deployments.verbs.join(" "), "create delete deletecollection get list patch update watch");
        let scale = &deployments.subresources[0];
        assert_eq!((scale.name, scale.gvk.to_string().as_str()), ("scale", "autoscaling/v1 Scale"));
        assert!(!find("namespaces").namespaced);
        assert!(!find("namespaces").verbs.contains(&"deletecollection"));
    }

    #[test]
    fn fields_know_how_they_merge() {
        let pod = core("PodSpec").expect("a type");
        let containers = &pod.properties["containers"];
        assert_eq!(containers.list_keys(), Some(&["name".to_owned()][..]));
        assert_eq!(containers.patch.as_ref().map(|p| p.merge_key.as_str()), Some("name"));
        let container = containers.items.as_ref().expect("an array");
        assert_eq!(container.properties["args"].list_type, Some(ListType::Atomic));
        assert_eq!(container.properties["ports"].list_keys().map(<[String]>::len), Some(2));
        let limits = &container.properties["resources"].properties["limits"];
        assert_eq!(limits.additional.as_ref().map(|a| a.value_type), Some(Type::Quantity));
        assert!(pod.properties["volumes"].patch.as_ref().is_some_and(|p| p.retain_keys));
    }

    #[test]
    fn embedded_types_are_structural() {
        fn walk(path: &str, schema: &Schema) {
            if let (Some(keys), Some(items)) = (schema.list_keys(), &schema.items) {
                for key in keys {
                    let set = items.required.contains(key) || items.properties[key].default.is_some();
                    assert!(set, "{path}: list key {key} neither required nor defaulted");
                }
            }
            assert!(schema.server_defaults.is_empty() && schema.patch.is_none() && !schema.omit_empty, "{path}");
            for (name, field) in &schema.properties {
                walk(&format!("{path}.{name}"), field);
            }
            for (part, field) in [("[]", &schema.items), ("{}", &schema.additional)] {
                if let Some(field) = field {
                    walk(&format!("{path}{part}"), field);
                }
            }
        }
        for name in ["PodSpec", "PodTemplateSpec", "ServiceSpec", "PersistentVolumeClaimSpec", "Affinity"] {
            walk(name, &core_in_crd(name).expect("a type"));
        }
    }

    #[test]
    fn types_are_shared() {
        let one = core("PodSpec").expect("a type");
        let deployment = kind(&GroupVersionKind::new("apps", "v1", "Deployment")).expect("a kind");
        let template = &deployment.properties["spec"].properties["template"];
        assert!(Arc::ptr_eq(&one.properties["containers"], &template.properties["spec"].properties["containers"]));
    }
}
