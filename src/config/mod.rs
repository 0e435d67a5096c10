//! The typed installation: what the blocks of a configuration mean, with defaults and rules. Pure.
//!
//! [`decode`] turns evaluated blocks into an [`Installation`] and reports everything that is wrong with them at once.
//! Not here: the language itself (`lang`), and what a platform consists of (`catalog`).

mod access;
mod blocks;
mod check;
mod declared;
mod decoder;
mod facts;
#[cfg(test)]
pub mod fixture;
mod foreign;
mod installation;
mod lifecycle;
mod node;
mod policy;
pub mod reference;
pub mod rules;
pub mod schema;
mod sign_in;
#[cfg(test)]
mod tests;

pub use access::Access;
pub use access::access;
pub use access::dashboard_url;
pub use access::host_of;
pub use access::is_at_node;
pub use blocks::RESOURCE_KINDS;
pub use blocks::decode;
pub use blocks::decode_places;
pub use blocks::endpoint_of;
pub use declared::Declaration;
pub use declared::Declared;
pub use decoder::Decoder;
pub use decoder::Unknown;
pub use facts::Facts;
pub use facts::LeastSize;
pub use facts::ProviderFacts;
pub use foreign::Apart;
pub use foreign::Foreign;
pub use foreign::Source;
pub use installation::*;
pub use node::Node;
pub use node::Place;
pub use node::Typed;
pub use policy::EACH as JUDGED;
pub use policy::Expression;
pub use policy::check_policies;
pub use policy::place_of as place_of_policy;
pub use policy::values as policy_values;
