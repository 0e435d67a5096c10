//! Releases, components and how they become Kubernetes objects. Pure; the data is embedded.
