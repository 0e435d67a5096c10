//! Stackwright installs, changes and upgrades a Kubeflow-based MLOps platform from HCL.
//!
//! # How data flows
//!
//! `*.hcl` → [`lang`] (parse, evaluate, diagnostics) → [`config`] (typed, checked) → [`catalog`] (render modules to
//! desired objects) → [`provider`] observes what is live → [`plan`] compares and orders → [`cli`] shows it, or
//! [`apply`] performs exactly it and emits events → [`state`] records it.
//!
//! # The house
//!
//! A folder imports only those above it; `tests/architecture.rs` reads the imports and fails otherwise.
//!
//! | folder | holds | does I/O |
//! |---|---|---|
//! | [`diag`] | diagnostics, spans, excerpts, suggestions | no |
//! | [`object`] | object, id, address, kinds, normalisation, masking, readiness | no |
//! | [`lang`] | parser front, references, scope, unknown and sensitive values, functions, evaluation | no |
//! | [`config`] | the typed installation and its rules | no |
//! | [`catalog`] | embedded modules, templates, providers; releases, rendering, Dex users, images | no |
//! | [`plan`] | observations in, changes and graph out | no |
//! | [`provider`] | clusters: `kubernetes`, … | yes |
//! | [`state`] | inventory, revisions, lock; versioned stored forms | yes |
//! | [`apply`] | graph walk, gates, waits, cancellation, events | yes |
//! | [`sandbox`] | the embedded API server and the players of its controllers | in memory and its file |
//! | [`ops`] | one short file a use case, only wiring | by delegation |
//! | [`cli`] | arguments, views, exit codes | terminal |

pub mod apply;
pub mod catalog;
pub mod cli;
pub mod config;
pub mod diag;
pub mod lang;
pub mod object;
pub mod ops;
pub mod plan;
pub mod provider;
pub mod sandbox;
pub mod state;
