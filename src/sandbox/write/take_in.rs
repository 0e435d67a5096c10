//! Objects of another cluster, stored without a request, as they are there. Not for what a client of ours makes.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::crd;
use crate::object::Object;
use crate::object::ObjectId;
use crate::sandbox::SandboxError;
use crate::sandbox::kinds::Resource;
use crate::sandbox::server::Server;
use crate::sandbox::storage::Expectation;
use crate::sandbox::storage::Key;
use crate::sandbox::storage::Refusal;

/// Stores objects, definitions first, so that the kinds of the others are known. What has the name of something that is
/// there is left out. Gives those of kinds that are not served.
pub fn take_in(server: &Server, objects: Vec<Object>) -> Result<Vec<ObjectId>, SandboxError> {
    let is_definition = |object: &Object| object.id().group == crd::GROUP && object.kind() == crd::KIND;
    let (definitions, others): (Vec<Object>, Vec<Object>) = objects.into_iter().partition(is_definition);
    let mut unknown = Vec::new();
    for object in definitions {
        let (name, value) = (object.name().to_owned(), object.to_value());
        put(server, &served(server), object, &mut unknown)?;
        server.crd_changed(&name, Some(&value));
    }
    let kinds = served(server);
    for object in others {
        put(server, &kinds, object, &mut unknown)?;
    }
    Ok(unknown)
}

type Kinds = BTreeMap<(String, String), Vec<Arc<Resource>>>;

/// What is served, by group and kind, in all versions.
fn served(server: &Server) -> Kinds {
    let mut kinds = Kinds::new();
    for resource in server.registry().all() {
        kinds.entry((resource.group.clone(), resource.kind.clone())).or_default().push(resource.clone());
    }
    kinds
}

fn put(server: &Server, kinds: &Kinds, object: Object, unknown: &mut Vec<ObjectId>) -> Result<(), SandboxError> {
    let id = object.id();
    let versions = kinds.get(&(id.group.clone(), id.kind.clone())).map(Vec::as_slice).unwrap_or_default();
    let Some(first) = versions.first() else {
        unknown.push(id);
        return Ok(());
    };
    let key = Key { group: id.group, plural: first.plural.clone(), namespace: id.namespace, name: id.name };
    let mut value = object.into_value();
    // All versions of a built-in kind hold the same here; a custom one is kept in the version it was read in.
    let is_served = versions.iter().any(|resource| value["apiVersion"] == *resource.api_version());
    if first.crd_name().is_none() && !is_served {
        value["apiVersion"] = first.api_version().into();
    }
    match server.store().put(key, value, Expectation::Absent) {
        Ok(_) | Err(Refusal::Exists | Refusal::Changed) => Ok(()),
        Err(Refusal::Disk(error)) => Err(error),
    }
}
