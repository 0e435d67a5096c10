//! Kubernetes objects as plain values: identity, kinds, schemas, normalisation, masking, readiness.
//!
//! Pure. Nothing here talks to a server or knows of HCL; what is known about single kinds is data beside the code.

pub(crate) mod address;
mod bundle;
pub mod field_path;
mod id;
pub mod kinds;
mod mask;
pub mod normalize;
#[allow(clippy::module_inception, reason = "the folder's main noun")]
mod object;
mod ownership;
pub mod patch;
pub mod pod_security;
mod readiness;
mod reads;
mod residue;
pub mod schema;
mod secrets;
mod selector;
mod stand_in;
mod string_data;

pub use address::Address;
pub use address::InvalidAddress;
pub use address::Key;
pub use bundle::holds_certificate;
pub use id::GroupVersionKind;
pub use id::ObjectId;
pub use mask::MASK;
pub use mask::is_secret_path;
pub use mask::mask_object;
pub use mask::secret_fields;
pub use object::Object;
pub use ownership::CHECKSUM_ANNOTATION;
pub use ownership::FIELD_MANAGER;
pub use ownership::INSTALLATION_LABEL;
pub use readiness::BEING_DELETED;
pub use readiness::MADE_FINALIZER;
pub use readiness::Readiness;
pub use readiness::ReadinessRule;
pub use readiness::deletion;
pub use readiness::is_unsteady;
pub use readiness::pod_trouble;
pub use readiness::readiness;
pub use reads::Read;
pub use reads::reads;
pub use residue::Residue;
pub use secrets::SHORTEST_SEARCHED;
pub use secrets::Secrets;
pub use secrets::is_searched;
pub use selector::Selector;
pub use stand_in::stand_in;
pub use string_data::encode_string_data;
