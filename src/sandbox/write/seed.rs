//! Objects a cluster is born with, stored without a request.

use serde_json::Value;

use super::meta;
use crate::sandbox::SandboxError;
use crate::sandbox::server::Server;
use crate::sandbox::storage::Expectation;
use crate::sandbox::storage::Key;
use crate::sandbox::storage::Refusal;

/// Stores an object unless there is one of its name.
pub fn seed(server: &Server, group: &str, plural: &str, mut object: Value) -> Result<(), SandboxError> {
    let key = Key {
        group: group.to_owned(),
        plural: plural.to_owned(),
        namespace: meta::text(&object, "namespace").to_owned(),
        name: meta::text(&object, "name").to_owned(),
    };
    let metadata = meta::metadata_mut(&mut object);
    metadata.insert("uid".into(), uuid::Uuid::new_v4().to_string().into());
    metadata.insert("creationTimestamp".into(), meta::now().into());
    match server.store().put(key, object, Expectation::Absent) {
        Ok(_) | Err(Refusal::Exists | Refusal::Changed) => Ok(()),
        Err(Refusal::Disk(error)) => Err(error),
    }
}
