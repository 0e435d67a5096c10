//! Finds the schema of an object: from the library of built-in kinds, or from the CRD that comes with the same plan or
//! was observed.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use super::Desired;
use super::Observation;
use crate::object::GroupVersionKind;
use crate::object::Object;
use crate::object::kinds;
use crate::object::normalize;
use crate::object::schema::Schema;
use crate::object::schema::library;
use crate::object::schema::schema_of_version;

/// Schemas of one comparison; each is looked up once.
pub struct Schemas<'a> {
    crds: HashMap<(&'a str, &'a str), &'a Object>,
    known: RefCell<HashMap<GroupVersionKind, Option<Arc<Schema>>>>,
    metadata: Option<Arc<Schema>>,
}

impl<'a> Schemas<'a> {
    pub fn new(desired: &'a Desired, observation: &'a Observation) -> Self {
        let mut crds = HashMap::new();
        let live = observation.live.values();
        for object in live.chain(desired.objects.iter().map(|d| &d.object)) {
            if normalize::is_crd(object) && object.get("/spec/versions").is_some() {
                crds.insert((object.text("/spec/group"), object.text("/spec/names/kind")), object);
            }
        }
        Self { crds, known: RefCell::default(), metadata: library::core("ObjectMeta") }
    }

    /// The schema of a kind, `None` where nobody tells.
    pub fn get(&self, gvk: &GroupVersionKind) -> Option<Arc<Schema>> {
        if let Some(known) = self.known.borrow().get(gvk) {
            return known.clone();
        }
        let found = if kinds::is_built_in_group(&gvk.group) { library::kind(gvk) } else { self.declared_by_crd(gvk) };
        self.known.borrow_mut().insert(gvk.clone(), found.clone());
        found
    }

    /// The schema of every object's `metadata`, which CRDs do not spell out.
    pub fn metadata(&self) -> Option<Arc<Schema>> {
        self.metadata.clone()
    }

    fn declared_by_crd(&self, gvk: &GroupVersionKind) -> Option<Arc<Schema>> {
        let crd = self.crds.get(&(gvk.group.as_str(), gvk.kind.as_str()))?;
        schema_of_version(crd, &gvk.version).map(Arc::new)
    }
}
