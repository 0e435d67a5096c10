//! Looks for what programs have left behind.

use std::collections::BTreeMap;

use super::Cluster;
use super::ClusterError;
use crate::object::Object;
use crate::object::ObjectId;
use crate::object::Residue;

impl Cluster {
    /// The objects that the given declarations cover: one LIST each. What may not be listed is left out: it stays.
    ///
    /// # Errors
    /// The cluster cannot be reached.
    pub async fn residues(&self, wanted: &[Residue]) -> Result<BTreeMap<ObjectId, Object>, ClusterError> {
        let mut found = BTreeMap::new();
        if wanted.is_empty() {
            return Ok(found);
        }
        let kinds = self.kinds().await?;
        for residue in wanted {
            let of_kind = |resource: &&super::Resource| resource.id("", "").group_kind() == residue.kind;
            let Some(resource) = kinds.iter().find(of_kind) else { continue };
            let listed = match self.list(resource, &residue.namespace, &residue.selector()).await {
                Ok((listed, _)) => listed,
                Err(error) if error.refusal().is_some() => continue,
                Err(error) => return Err(error),
            };
            let own = listed.into_iter().map(|object| (object.id(), object));
            found.extend(own.filter(|(id, object)| residue.covers(id, object)));
        }
        Ok(found)
    }
}
