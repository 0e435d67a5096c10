//! Looks at a target: first at what is recorded of it, then at what is wanted. Compares nothing.

use std::collections::BTreeMap;
use std::time::Instant;

use super::Failure;
use super::Loaded;
use super::plan_request::moves;
use super::planning::Reach;
use super::planning::Site;
use super::records::unreadable;
use super::session::Session;
use crate::catalog::Rendered;
use crate::object::Address;
use crate::object::GroupVersionKind;
use crate::object::INSTALLATION_LABEL;
use crate::plan;
use crate::plan::Observation;
use crate::provider::kubernetes::ClusterError;
use crate::provider::kubernetes::Listed;
use crate::provider::kubernetes::Question;
use crate::state::Inventory;
use crate::state::Output;
use crate::state::Store;

/// What is recorded of a target and was found of that, while nobody knew yet what is wanted.
pub(super) struct Known {
    pub session: Session,
    /// What was found is as old as this.
    pub begun: Instant,
    store: Store,
    inventory: Inventory,
    outputs: BTreeMap<String, Output>,
    listed: Listed,
}

/// What was found at a target.
pub(super) struct Found {
    pub reach: Reach,
    pub inventory: Inventory,
    pub is_unsettled: bool,
    pub observation: Observation,
    pub outputs: BTreeMap<String, Output>,
}

/// Looks at the records of a target, and at all that is recorded.
///
/// # Errors
/// It cannot be asked, or its records cannot be read.
pub(super) async fn known(loaded: &Loaded, target: &Address, session: Session) -> Result<Known, Failure> {
    let begun = Instant::now();
    let store = Store::new(&session.cluster, &loaded.installation.name);
    let cluster = &session.cluster;
    let greeting = async { futures::try_join!(cluster.version(), cluster.kinds()) };
    let (remembered, greeted) = futures::join!(store.remembered(), greeting);
    let (inventory, outputs) = remembered.map_err(unreadable)?;
    greeted.map_err(|error| unseen(target, error))?;
    let question = Question::new(&[], inventory.records(), inventory.revision, selector(loaded));
    let listed = cluster.list_recorded(&question).await.map_err(|error| unseen(target, error))?;
    Ok(Known { session, begun, store, inventory, outputs, listed })
}

/// Looks at what else is wanted of a target.
///
/// # Errors
/// It cannot be asked.
pub(super) async fn look(loaded: &Loaded, site: &Site, rendered: &Rendered, known: Known) -> Result<Found, Failure> {
    let Known { session, store, mut inventory, outputs, listed, .. } = known;
    let mut question = Question::new(&[], inventory.records(), inventory.revision, selector(loaded));
    question.wanted.extend(rendered.objects.iter().map(|object| (object.object.id(), object.object.gvk())));
    for id in rendered.reads() {
        question.wanted.entry(id.clone()).or_insert_with(|| GroupVersionKind::new(&id.group, "v1", &id.kind));
    }
    let observed = session.cluster.observe_beside(question, listed).await;
    let mut observation = observed.map_err(|error| unseen(&site.target, error))?;
    let mended = inventory.mend(&observation.live, INSTALLATION_LABEL, &loaded.installation.name, |id| {
        let desired = rendered.objects.iter().find(|object| object.object.id() == *id);
        // What nobody wants any more and nobody recorded goes with the platform.
        let otherwise = || site.platform.as_ref().map_or(&site.target, |platform| &platform.address).clone();
        desired.map_or_else(otherwise, |object| object.owner.clone())
    });
    let is_unsettled = mended || inventory.is_unsettled();
    observation.records = inventory.records();
    plan::follow_moves(&mut observation.records, &moves(loaded));
    let named = rendered.objects.iter().map(|object| (object.object.id(), &object.owner));
    plan::follow_renamed(&mut observation.records, named, &former(site, rendered));
    Ok(Found { reach: Reach { session, store }, inventory, is_unsettled, observation, outputs })
}

/// The objects of the installation.
pub(super) fn selector(loaded: &Loaded) -> String {
    format!("{INSTALLATION_LABEL}={}", loaded.installation.name)
}

pub(super) fn unseen(target: &Address, error: ClusterError) -> Failure {
    Failure::world(format!("Cannot look at {target}"), error)
}

/// Components of the platform that had other names, or were parts of others, in earlier releases.
fn former(site: &Site, rendered: &Rendered) -> BTreeMap<Address, Vec<Address>> {
    let Some(platform) = &site.platform else { return BTreeMap::new() };
    let renamed = rendered.components.iter().filter(|component| !component.was.is_empty());
    let former = |was: &[String]| was.iter().map(|name| platform.address.with_component(name)).collect();
    renamed.map(|component| (component.address.clone(), former(&component.was))).collect()
}
