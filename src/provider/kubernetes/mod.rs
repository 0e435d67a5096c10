//! A Kubernetes cluster behind any `kube::Client`: a real one, or the embedded sandbox's that the caller hands in.
//!
//! Knows how to ask and how to read answers; decides nothing about what should be there.

mod answer;
mod call;
mod client;
mod cluster;
mod connect;
mod credentials;
mod diagnose;
mod discovery;
mod dry_run;
mod error;
mod faults;
mod find;
mod holders;
mod holdings;
#[cfg(test)]
mod hostile;
mod identity;
mod kubeconfig;
mod list;
mod loopback;
mod observe;
mod picture;
mod plugin;
mod proxy;
mod quoting;
mod residues;
mod retry;
#[cfg(test)]
pub(crate) mod scripted;
mod survey;
mod takeover;
#[cfg(test)]
mod tests;
mod transport;
mod watch;
#[cfg(test)]
mod ways;
mod write;

pub use crate::object::FIELD_MANAGER;
pub use cluster::Cluster;
pub use connect::Settings;
pub use connect::client_in;
pub use connect::client_of;
pub use connect::contexts;
pub use connect::install_crypto;
pub use diagnose::Happening;
pub use discovery::Kinds;
pub use discovery::Resource;
pub use error::ClusterError;
pub use error::Refusal;
pub use faults::Fault;
pub use faults::FaultRule;
pub use faults::Faults;
pub use loopback::Loopback;
pub use observe::Listed;
pub use observe::Question;
pub use picture::Picture;
pub use retry::Patience;
pub use retry::Retried;
pub use watch::Seen;
pub use write::Deletion;
pub use write::Propagation;
