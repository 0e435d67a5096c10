//! The use cases, one a file; only wiring.
