//! Clusters and clouds, as they are reached over the network.
