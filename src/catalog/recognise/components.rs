//! Edition and components, by the workloads that run.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::Found;
use super::Live;
use super::image::is_same;
use super::live::images_of;
use super::live::is_workload;
use crate::catalog::Release;
use crate::catalog::Rendered;
use crate::object::ObjectId;

/// A platform as one edition would have it.
pub struct Candidate {
    pub edition: String,
    pub rendered: Rendered,
}

/// The edition whose components agree best with what runs. Its answer is `edition`.
pub fn edition<'a>(candidates: &'a [Candidate], live: &Live) -> Option<(&'a Candidate, Found)> {
    // What runs and is not in it, and what is in it and does not run.
    let distance = |candidate: &Candidate| {
        let wanted = workloads(&candidate.rendered);
        let missing = wanted.values().flatten().filter(|id| !live.has(id)).count();
        let covered: BTreeSet<&ObjectId> = wanted.values().flatten().collect();
        let others = live.workloads().filter(|one| !covered.contains(&one.id())).count();
        missing + others
    };
    let best = candidates.iter().min_by_key(|candidate| distance(candidate))?;
    let mut found = Found::default();
    found.answer("edition", best.edition.as_str());
    Some((best, found))
}

/// The components that differ from the edition: those that do not run are off, those that run beside it are on.
pub fn components(release: &Release, rendered: &Rendered, live: &Live) -> Found {
    let mut found = Found::default();
    let wanted = workloads(rendered);
    for (name, ids) in &wanted {
        if !ids.is_empty() && ids.iter().all(|id| !live.has(id)) {
            found.answer(format!("components.{name}.enabled"), false);
        }
    }
    let known: BTreeSet<&ObjectId> = wanted.values().flatten().collect();
    let other_images: Vec<&str> =
        live.workloads().filter(|workload| !known.contains(&workload.id())).flat_map(images_of).collect();
    let is_on: BTreeSet<&str> = rendered.components.iter().map(|component| component.name.as_str()).collect();
    for (name, component) in release.components.iter().filter(|(name, _)| !is_on.contains(name.as_str())) {
        if component.images.values().any(|image| other_images.iter().any(|other| is_same(other, image))) {
            found.answer(format!("components.{name}.enabled"), true);
        }
    }
    found
}

/// Workloads in the platform's namespaces that nothing of the platform is.
pub fn strangers(rendered: &Rendered, live: &Live) -> Vec<String> {
    let ids: BTreeSet<ObjectId> = rendered.objects.iter().map(|one| one.object.id()).collect();
    let names = rendered.objects.iter().filter(|one| one.object.kind() == "Namespace");
    let namespaces: BTreeSet<&str> = names.map(|one| one.object.name()).collect();
    let ours = live.workloads().filter(|workload| namespaces.contains(workload.namespace()));
    ours.map(crate::object::Object::id)
        .filter(|id| !ids.contains(id))
        .map(|id| format!("{id} is no part of the release: it stays as it is."))
        .collect()
}

/// The workloads of each component.
fn workloads(rendered: &Rendered) -> BTreeMap<&str, Vec<ObjectId>> {
    let mut workloads: BTreeMap<&str, Vec<ObjectId>> = BTreeMap::new();
    for component in &rendered.components {
        let owned = rendered.objects.iter().filter(|one| one.owner == component.address && is_workload(&one.object));
        workloads.insert(&component.name, owned.map(|one| one.object.id()).collect());
    }
    workloads
}
