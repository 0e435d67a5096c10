//! What is installed under an address, as the cluster has it now. Compares nothing: that is `plan`.

use std::collections::BTreeSet;

use futures::StreamExt;
use futures::TryStreamExt;
use futures::stream;

use super::Failure;
use super::Request;
use super::records;
use super::records::Records;
use crate::catalog;
use crate::config::Secret;
use crate::diag::nearest;
use crate::object::Address;
use crate::object::GroupVersionKind;
use crate::object::Object;
use crate::object::ObjectId;
use crate::object::Secrets;
use crate::object::mask_object;
use crate::provider::kubernetes::ClusterError;
use crate::state::Entry;

/// So many objects are read at once.
const AT_ONCE: usize = 16;

/// What was found under an address.
#[derive(Debug)]
pub struct Live {
    /// Masked, in the order of their names.
    pub objects: Vec<Object>,
    /// Recorded objects that are not there.
    pub missing: Vec<ObjectId>,
    /// What was found amiss on the way.
    pub warnings: Vec<String>,
}

/// Reads the installed objects of a block, a component, or one object.
///
/// # Errors
/// The address names nothing that is installed, or a target cannot be asked.
pub async fn live(request: &Request, address: &Address) -> Result<Live, Failure> {
    let (loaded, records) = records::open(request).await?;
    let mut live =
        Live { objects: Vec::new(), missing: Vec::new(), warnings: loaded.broken_note().into_iter().collect() };
    let mut owners = BTreeSet::new();
    for one in &records {
        let inventory = one.inventory().await?;
        live.warnings.extend(one.warnings());
        owners.extend(inventory.entries.values().map(|entry| entry.owner.clone()));
        let named = inventory.entries.iter().filter(|(id, entry)| address.covers(&entry.owner, id));
        let reading = stream::iter(named).map(|(id, entry)| read(one, id, entry)).buffered(AT_ONCE);
        let failed = |error| Failure::world(format!("Cannot look at {}", one.target), error);
        let found: Vec<(ObjectId, Option<Object>)> = reading.try_collect().await.map_err(failed)?;
        for (id, object) in found {
            match object {
                Some(object) => live.objects.push(shown(&object, &loaded.secrets)),
                None => live.missing.push(id),
            }
        }
    }
    if live.objects.is_empty() && live.missing.is_empty() {
        return Err(nothing_under(address, &owners, " A saved plan is shown by the path of its file."));
    }
    Ok(live)
}

/// The refusal of an address under which nothing is installed; `owners` are the addresses of what is, `hint` ends it.
pub(super) fn nothing_under(address: &Address, owners: &BTreeSet<Address>, hint: &str) -> Failure {
    let owners: Vec<String> = owners.iter().map(Address::to_string).collect();
    let near = nearest(&address.to_string(), owners.iter().map(String::as_str));
    let near = near.map(|near| format!("Did you mean {near}? ")).unwrap_or_default();
    Failure::world(format!("Nothing to show of {address}"), "nothing is installed under this address")
        .help(format!("{near}`stackwright show` lists what is.{hint}"))
}

async fn read(records: &Records, id: &ObjectId, entry: &Entry) -> Result<(ObjectId, Option<Object>), ClusterError> {
    let version = entry.api_version.rsplit('/').next().unwrap_or_default();
    let cluster = &records.session.cluster;
    let object = match cluster.resource(&GroupVersionKind::new(&id.group, version, &id.kind)).await {
        Ok(resource) => cluster.get(&resource, &id.namespace, &id.name).await?,
        // A kind that is gone has no objects.
        Err(ClusterError::UnknownKind { .. }) => None,
        Err(error) => return Err(error),
    };
    Ok((id.clone(), object))
}

/// As people are shown it: as by kubectl, without who wrote which field.
fn shown(object: &Object, known: &Secrets) -> Object {
    let mut shown = mask_object(object, &secrets_in(object, known));
    shown.metadata_mut().shift_remove("managedFields");
    shown
}

/// With what a configuration in a ConfigMap says by the names of its fields to be secret: somebody else may have put it
/// there.
fn secrets_in(object: &Object, known: &Secrets) -> Secrets {
    if object.kind() != "ConfigMap" {
        return known.clone();
    }
    let keys = object.as_map().get("data").and_then(|data| data.as_object()).into_iter().flatten();
    let found: Vec<Secret> = keys.flat_map(|(key, _)| catalog::login_secrets(object, key)).collect();
    known.clone().with(found.iter().map(Secret::reveal))
}
