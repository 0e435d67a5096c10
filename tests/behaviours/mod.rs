//! What holds on every cluster, each written once and tried on the sandbox and on a real control plane.

pub mod adoption;
pub mod bounds;
pub mod drift;
pub mod keeping;
pub mod killed;
pub mod levels;
pub mod locks;
pub mod rollback;
pub mod saved;
pub mod surroundings;
