//! What is served: the built-in kinds, and the kinds that CustomResourceDefinitions add.

mod custom;
mod registry;
mod resource;

pub use custom::CustomKind;
pub use custom::CustomVersion;
pub use registry::Registry;
pub use resource::Resource;
