//! Stackwright installs, changes and upgrades a Kubeflow-based MLOps platform from HCL.
//!
//! # How data flows
//!
//! `*.hcl` → `lang` (parse, evaluate, diagnostics) → `config` (typed, checked) → `catalog` (render modules to
//! desired objects) → `provider` observes what is live → `plan` compares and orders → `cli` shows it, or
//! `apply` performs exactly it and emits events → `state` records it.
//!
//! # The house
//!
//! A folder imports only those above it; `tests/architecture.rs` reads the imports and fails otherwise.
//!
//! | folder | holds | does I/O |
//! |---|---|---|
//! | `diag` | diagnostics, spans, excerpts, suggestions | no |
//! | `object` | object, id, address, kinds, normalisation, masking, readiness | no |
//! | `lang` | parser front, references, scope, unknown and sensitive values, functions, evaluation | no |
//! | `config` | the typed installation and its rules | no |
//! | `catalog` | embedded modules, templates, providers; releases, rendering, Dex users, images | no |
//! | `plan` | observations in, changes and graph out | no |
//! | `provider` | clusters: `kubernetes`, … | yes |
//! | `state` | inventory, revisions, lock; versioned stored forms | yes |
//! | `apply` | graph walk, gates, waits, cancellation, events | yes |
//! | `sandbox` | the embedded API server and the players of its controllers | in memory and its file |
//! | `ops` | one short file a use case, only wiring | by delegation |
//! | `ui` | the local console: its pages, and who may see them | loopback |
//! | `cli` | arguments, views, exit codes | terminal |
//!
//! All folders are private, so that the compiler sees what nothing uses; [`interface`] is what other programs need.

mod apply;
mod catalog;
mod cli;
mod config;
mod diag;
mod lang;
mod object;
mod ops;
mod plan;
mod provider;
mod sandbox;
mod state;
mod ui;

/// What the program itself, one with a provider of its own, the tests and the fuzz targets use.
pub mod interface {
    pub use crate::cli::run;
    pub use crate::cli::run_with;
    pub use crate::config::reference::Page;
    pub use crate::config::reference::markdown;
    pub use crate::config::schema::Argument;
    pub use crate::config::schema::Block;
    pub use crate::config::schema::Kind;
    pub use crate::config::schema::blocks;
    pub use crate::diag::Sources;
    pub use crate::diag::Style;
    pub use crate::diag::codes::CODES;
    pub use crate::diag::render;
    pub use crate::lang::AssignedValue;
    pub use crate::lang::Assignment;
    pub use crate::lang::Configuration;
    pub use crate::lang::Environment;
    pub use crate::lang::NoFiles;
    pub use crate::lang::NothingComputed;
    pub use crate::lang::Origin;
    pub use crate::lang::format;
    pub use crate::object::schema::crd_from_notation;
    pub use crate::object::schema::schema_from_notation;
    pub use crate::ops::Failure;
    pub use crate::ops::Known;
    pub use crate::ops::Loaded;
    pub use crate::ops::Request;
    pub use crate::ops::format_text;
    pub use crate::ops::load;
    pub use crate::ops::read_plan;
    pub use crate::ops::reference;
    pub use crate::ops::validate;
    pub use crate::provider::maker;
    pub use crate::sandbox::Sandbox;
    pub use crate::sandbox::SandboxOptions;
    pub use crate::sandbox::agree;
    pub use crate::sandbox::players;
}
