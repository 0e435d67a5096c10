//! Everything that changes the store: create, update, patch, apply, delete, and what a server adds and forbids then.

mod allocate;
mod commit;
mod convert;
pub mod crd;
mod create;
mod delete;
mod immutable;
mod job;
pub mod json_patch;
mod labels;
mod meta;
mod namespace;
mod numbers;
mod options;
mod patch;
mod prepare;
mod quotas;
mod rules;
mod seed;
mod settle;
mod sizes;
mod strategic;
mod templates;
mod update;

pub use convert::check_known;
pub use convert::in_version;
pub use create::create;
pub use delete::delete;
pub use delete::delete_collection;
pub use options::Outcome;
pub use options::WriteOptions;
pub use patch::PatchKind;
pub use patch::patch;
pub use seed::seed;
pub use settle::settle;
pub use update::update;
