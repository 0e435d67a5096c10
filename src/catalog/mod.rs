//! What a platform of a release consists of: embedded definitions, releases, rendering to desired objects, users.
//!
//! Pure: the definitions are in the binary or given as text, nothing is read from disk or asked of a cluster. It does
//! not know what is live, except for what [`Rendered::fill`] is given.

#[allow(clippy::module_inception, reason = "the folder's main noun")]
mod catalog;
mod image;
mod manifest;
mod rendered;
mod secret;
mod template;

pub use catalog::Catalog;
pub use image::ImageUse;
pub use image::mirrored;
pub use rendered::EnabledComponent;
pub use rendered::Rendered;
pub use rendered::RenderedObject;
pub use secret::NeededSecret;
pub use secret::SecretFormat;
pub use secret::generate;
