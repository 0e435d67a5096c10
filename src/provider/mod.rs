//! Clusters and clouds, as they are reached over the network. Requests are built purely; the transport stands apart.

pub mod kubernetes;
