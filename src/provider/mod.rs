//! Clusters and clouds, as they are reached over the network. Requests are built purely; the transport stands apart.
//!
//! A target is what a plan observes and changes. It speaks one protocol, that of Kubernetes: a cluster does so itself, and
//! a cloud through an API server that serves its things as objects ([`maker`], [`making`]). So whatever is known of
//! objects is known of a cloud's too, and nobody above asks which of the two it has.

pub mod capi;
pub mod given;
pub mod interval;
pub mod kubernetes;
pub mod local;
pub mod maker;
pub mod making;
pub mod private;
pub mod regular;
pub mod scp;
pub mod versions;
