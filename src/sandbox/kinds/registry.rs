//! What is served: built-in kinds and the kinds of established CRDs, by group, version and plural name.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::LazyLock;

use super::CustomKind;
use super::Resource;
use crate::object::schema::library;

/// A picture of everything served at one moment; a CRD's change makes a new one.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    resources: BTreeMap<(String, String, String), Arc<Resource>>,
    /// By the CRD's name.
    custom: BTreeMap<String, Arc<CustomKind>>,
}

impl Registry {
    /// The built-in kinds.
    pub fn built_in() -> Self {
        static BUILT_IN: LazyLock<Registry> = LazyLock::new(|| {
            let mut registry = Registry::default();
            for kind in library::kinds() {
                registry.add(Resource::built_in(kind));
            }
            registry
        });
        BUILT_IN.clone()
    }

    /// The same with a CRD's kinds instead of what was served for it before; `None` takes them away.
    pub fn with_custom(&self, name: &str, custom: Option<Arc<CustomKind>>) -> Self {
        let mut next = self.clone();
        if next.custom.remove(name).is_some() {
            next.resources.retain(|_, resource| resource.crd_name() != Some(name));
        }
        if let Some(custom) = custom {
            for resource in CustomKind::resources(&custom) {
                next.add(resource);
            }
            next.custom.insert(name.to_owned(), custom);
        }
        next
    }

    pub fn find(&self, group: &str, version: &str, plural: &str) -> Option<&Arc<Resource>> {
        self.resources.get(&(group.to_owned(), version.to_owned(), plural.to_owned()))
    }

    pub fn all(&self) -> impl Iterator<Item = &Arc<Resource>> {
        self.resources.values()
    }

    fn add(&mut self, resource: Resource) {
        let key = (resource.group.clone(), resource.version.clone(), resource.plural.clone());
        self.resources.insert(key, Arc::new(resource));
    }
}
