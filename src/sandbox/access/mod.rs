//! Who may do what: identities, impersonation, and the roles and bindings of RBAC, evaluated as a kube-apiserver does.
//!
//! The administrator and the players are in `system:masters`, which may do everything; everybody else has what roles
//! say. Who a request comes from is told by certificates (`serve`) and [`tokens`](super::tokens).

mod attributes;
mod authorize;
mod born;
mod impersonation;
mod rules;

pub use attributes::Attributes;
pub use authorize::authorize;
pub use authorize::authorize_create;
pub use authorize::decide;
pub use authorize::joined;
pub use authorize::rules_of;
pub use impersonation::impersonate;
