//! Whether a namespace takes new content.

use crate::sandbox::http::Cause;
use crate::sandbox::http::Failure;
use crate::sandbox::kinds::Resource;
use crate::sandbox::server::Server;
use crate::sandbox::storage::Key;

/// Refuses content for namespaces that are missing (404) or terminating (403).
pub fn check(server: &Server, resource: &Resource, namespace: &str, name: &str) -> Result<(), Failure> {
    if !resource.namespaced {
        return Ok(());
    }
    let key =
        Key { group: String::new(), plural: "namespaces".into(), namespace: String::new(), name: namespace.into() };
    let Some(found) = server.store().get(&key) else { return Err(Failure::not_found("", "namespaces", namespace)) };
    if !found.is_deleting() {
        return Ok(());
    }
    let why = format!("unable to create new content in namespace {namespace} because it is being terminated");
    let mut failure = Failure::forbidden(&resource.group, &resource.plural, name, &why);
    failure.causes([Cause {
        reason: "NamespaceTerminating".into(),
        message: format!("namespace {namespace} is being terminated"),
        field: "metadata.namespace".into(),
    }]);
    Err(failure)
}
