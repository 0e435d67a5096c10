//! Kubernetes objects as plain values: identity, kinds, schemas, normalisation, masking, readiness.
//!
//! Pure. Nothing here talks to a server or knows of HCL; what is known about single kinds is data beside the code.

mod id;
#[allow(clippy::module_inception, reason = "the folder's main noun")]
mod object;
mod readiness;
pub mod schema;

pub use id::GroupVersionKind;
pub use id::ObjectId;
pub use object::Object;
pub use readiness::Readiness;
pub use readiness::ReadinessRule;
pub use readiness::deletion;
pub use readiness::pod_trouble;
pub use readiness::readiness;
