//! Structural schemas: what fields a kind has, and what a server does with an object because of them.
//!
//! [`Schema`] is the one value all of it works on; it comes from a CRD's `openAPIV3Schema` ([`Schema::from_json`]),
//! from our own CRD notation ([`crd_from_notation`]) or from the [`library`] of built-in kinds. [`prune`],
//! [`apply_defaults`] and [`validate`] do what a kube-apiserver does, in its words. Pure: no server is asked.

mod crd;
mod defaults;
mod field_error;
mod json;
pub mod library;
mod normalize;
mod notation;
mod prune;
pub mod quantity;
#[allow(clippy::module_inception, reason = "the folder's main noun")]
mod schema;
mod validate;

pub use crd::crd_from_notation;
pub use crd::schema_of_version;
pub use defaults::apply_defaults;
pub use field_error::FieldError;
pub use field_error::Reason;
pub use json::InvalidSchema;
pub use normalize::normalize;
pub use notation::NotationError;
pub use notation::schema_from_notation;
pub use prune::prune;
pub use quantity::Quantity;
pub use schema::Combination;
pub use schema::Condition;
pub use schema::DefaultValue;
pub use schema::Limits;
pub use schema::ListType;
pub use schema::MapType;
pub use schema::PatchRule;
pub use schema::Schema;
pub use schema::ServerDefault;
pub use schema::Type;
pub use validate::validate;
