//! What a killed process had begun is brought to its end when its file is opened again: objects that nothing holds any
//! more go, and CRDs that go take their instances with them. Not for what controllers do: players see to that.

use std::sync::Arc;

use super::commit::is_dying;
use super::commit::may_go;
use super::crd;
use crate::sandbox::server::Server;

/// Ends every deletion that was cut off between two writes.
pub fn settle(server: &Arc<Server>) {
    for resource in server.registry().all() {
        for object in server.store().list(&resource.group, &resource.plural, "", None).0 {
            if is_dying(&object.value) && may_go(&object.value, resource) {
                // One that cannot be removed now is as it was: the next write of it, or the next start, tries again.
                server.store().remove(&object.key, object.revision).ok();
                crd::after_write(server, resource, &object.key, None);
            } else if object.is_deleting() && resource.group == crd::GROUP && resource.kind == crd::KIND {
                crd::clean_up(server, &object.key.name);
            }
        }
    }
}
