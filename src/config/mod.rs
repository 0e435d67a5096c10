//! The typed installation: what the blocks of a configuration mean, with defaults and rules. Pure.
//!
//! [`decode`] turns evaluated blocks into an [`Installation`] and reports everything that is wrong with them at once.
//! Not here: the language itself (`lang`), and what a platform consists of (`catalog`).

mod blocks;
mod check;
mod decoder;
mod facts;
mod installation;
pub mod rules;

pub use blocks::RESOURCE_KINDS;
pub use blocks::decode;
pub use check::LEAST_NODES;
pub use check::in_window;
pub use facts::ArgumentFacts;
pub use facts::Facts;
pub use facts::LeastSize;
pub use facts::ProviderFacts;
pub use facts::ReleaseFacts;
pub use installation::*;
