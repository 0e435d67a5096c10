//! Performs one change.

use super::Event;
use super::context::Context;
use super::gate;
use super::gate::Trouble;
use crate::object::INSTALLATION_LABEL;
use crate::object::Object;
use crate::object::normalize::drops_conversion;
use crate::plan::Action;
use crate::plan::Change;
use crate::provider::kubernetes::ClusterError;
use crate::provider::kubernetes::Deletion;
use crate::provider::kubernetes::Patience;
use crate::provider::kubernetes::Propagation;
use crate::provider::kubernetes::Resource;

/// What a change has led to.
#[derive(Clone, Debug)]
pub(super) enum Done {
    /// Nothing was to do.
    Nothing,
    /// The object is stored so.
    Stored(Box<Object>),
    /// The object is proven gone.
    Gone,
    /// The object stays and is not ours any more.
    Released,
}

/// Performs a change, telling of begin and end. A replacement is performed in two steps where the graph has two for
/// it: `removes` is the first of them.
pub(super) async fn perform(context: &Context, change: &Change, removes: bool) -> Result<Done, Trouble> {
    if change.action == Action::NoOp {
        return Ok(Done::Nothing);
    }
    let permit = context.slots.acquire().await;
    if context.soft.is_cancelled() {
        return Err(Trouble::Interrupted);
    }
    let (id, owner, action) = (change.id.clone(), change.owner.clone(), change.action);
    // The second step of a replacement goes on with what the first began.
    let goes_on = action == Action::Replace && context.is_gone(&id);
    if !goes_on {
        context.tell(Event::Changing { id: id.clone(), owner: owner.clone(), action });
    }
    let begun = tokio::time::Instant::now();
    let done = match action {
        Action::NoOp => Ok(Done::Nothing),
        Action::Create => store(context, change, false).await,
        Action::Update | Action::Adopt => store(context, change, true).await,
        Action::Replace => {
            if !goes_on {
                // Pods of the old life must be gone before the new one claims their names and volumes.
                remove(context, change, Propagation::Foreground, permit).await?;
            }
            if removes {
                return Ok(Done::Nothing);
            }
            // What was removed is made again, even if no more is to be begun.
            let _place = if goes_on { None } else { Some(context.slots.acquire().await) };
            store(context, change, false).await
        }
        Action::Delete => {
            remove(context, change, Propagation::Background, permit).await?;
            Ok(Done::Gone)
        }
        Action::Forget => release(context, change).await,
    }?;
    context.tell(Event::Changed { id, owner, action, took: begun.elapsed() });
    Ok(done)
}

async fn store(context: &Context, change: &Change, exists: bool) -> Result<Done, Trouble> {
    let Some(after) = &change.after else { return Err(incomplete(change)) };
    let resource = context.served(&change.gvk, context.wait_timeout.min(NEW_KIND)).await?;
    let patience = Patience::apply(context.wait_timeout);
    if exists
        && !change.take_over.is_empty()
        && let Some(before) = &change.before
    {
        context.cluster.take_over(&resource, before, &change.take_over, Patience::write(context.wait_timeout)).await?;
    }
    if let Some(before) = change.before.as_ref().filter(|before| exists && drops_conversion(before, after)) {
        let none = serde_json::json!({"spec": {"conversion": null}});
        let patience = Patience::write(context.wait_timeout);
        context.cluster.merge(&resource, before.namespace(), before.name(), "", none, patience).await?;
    }
    let begun = tokio::time::Instant::now();
    let stored = loop {
        match context.cluster.apply(after, patience).await {
            Err(error)
                if error.refusal().is_some_and(|refusal| refusal.is_misfit() || refusal.code == 422)
                    && begun.elapsed() < NEW_DEFINITION
                    && context.redefines(&change.gvk) =>
            {
                tokio::time::sleep(std::time::Duration::from_millis(250)).await;
            }
            answer => break answer?,
        }
    };
    context.remember(stored.clone());
    Ok(Done::Stored(Box::new(stored)))
}

/// A kind whose CRD was established must show up in discovery within this.
const NEW_KIND: std::time::Duration = std::time::Duration::from_secs(60);

/// A server goes by a changed definition within this; until then it refuses what only the new one allows.
const NEW_DEFINITION: std::time::Duration = std::time::Duration::from_secs(15);

/// Deletes an object and waits until it is gone. Waiting for finalizers takes nobody's `place`.
async fn remove<P>(context: &Context, change: &Change, propagation: Propagation, place: P) -> Result<(), Trouble> {
    let pending = request_deletion(context, change, propagation).await?;
    drop(place);
    if pending {
        gate::gone(context, &change.id, uid(change)).await?;
    }
    context.remember_gone(&change.id);
    Ok(())
}

/// Asks for the deletion; gives whether it must still be waited for.
async fn request_deletion(context: &Context, change: &Change, propagation: Propagation) -> Result<bool, Trouble> {
    let Some(resource) = deletable(context, change).await? else { return Ok(false) };
    let id = &change.id;
    let patience = Patience::write(context.wait_timeout);
    let deleted =
        context.cluster.delete(&resource, &id.namespace, &id.name, uid(change), propagation, patience).await?;
    match deleted {
        Deletion::Gone | Deletion::AlreadyGone => Ok(false),
        Deletion::Accepted => Ok(true),
        // The object we recorded is gone; what bears its name now is not ours to delete.
        Deletion::Another if change.action == Action::Delete => Ok(false),
        Deletion::Another => {
            Err(Trouble::Failed(format!("{id} was made again by somebody else since the plan; plan again")))
        }
    }
}

async fn release(context: &Context, change: &Change) -> Result<Done, Trouble> {
    // What carries another installation's label by now keeps it.
    let labelled = |object: &&Object| object.label(INSTALLATION_LABEL) == Some(&context.plan.installation);
    if let (Some(before), Some(resource)) =
        (change.before.as_deref().filter(labelled), deletable(context, change).await?)
    {
        context.cluster.release(&resource, before, Patience::write(context.wait_timeout)).await?;
    }
    Ok(Done::Released)
}

/// The kind of an object that goes; `None` where it is not served any more, and its objects went with it.
async fn deletable(context: &Context, change: &Change) -> Result<Option<Resource>, Trouble> {
    match context.resource(&change.id).await {
        Ok(resource) => Ok(Some(resource)),
        Err(ClusterError::UnknownKind { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn uid(change: &Change) -> &str {
    let planned = change.precondition.as_ref().map(|p| p.uid.as_str()).filter(|uid| !uid.is_empty());
    planned.or(change.before.as_deref().map(Object::uid)).unwrap_or_default()
}

fn incomplete(change: &Change) -> Trouble {
    Trouble::Failed(format!("the plan does not say what {} should become", change.id))
}
