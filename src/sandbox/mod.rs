//! An embedded Kubernetes API server and the players that stand in for controllers.
//!
//! A tower service under the same `kube::Client` that talks to real clusters. Where it differs from a kube-apiserver
//! (1.31), it is wrong. Controllers are not in here: [`players`] are ordinary clients. It is for trying out,
//! demonstrations and tests.
//!
//! | folder | holds |
//! |---|---|
//! | `http` | requests, answers, discovery, lists, watches, tables |
//! | `kinds` | what is served: built-in kinds and CRDs |
//! | `storage` | the objects, their history, their file |
//! | `fields` | server-side apply: sets of fields, merging, ownership |
//! | `write` | create, update, patch, delete; defaults, rules, allocation |
//! | `access` | impersonation, roles and bindings: who may do what |
//! | `admission` | webhooks |
//! | `players` | stand-ins for controllers: ordinary clients |
//! | `cloud` | Samsung Cloud Platform, played, with such clusters behind it |

mod access;
mod admission;
#[cfg(test)]
mod apply_tests;
pub mod cloud;
mod counters;
mod error;
mod fields;
mod http;
mod kinds;
pub mod players;
#[allow(clippy::module_inception, reason = "the folder's main noun")]
mod sandbox;
mod serve;
mod server;
mod storage;
#[cfg(test)]
mod tests;
mod tls;
mod tokens;
mod usage;
mod write;

pub use self::admission::agree;
pub use self::error::SandboxError;
pub use self::http::Identity;
pub use self::sandbox::KUBERNETES_VERSION;
pub use self::sandbox::Sandbox;
pub use self::sandbox::SandboxOptions;
pub use self::serve::SERVED_BY;
pub use self::serve::Serving;
pub use crate::provider::kubernetes::Fault;
pub use crate::provider::kubernetes::Faults;
