//! What a platform of a release consists of: embedded definitions, releases, rendering to desired objects, users.
//!
//! Pure: the definitions are in the binary or given as text, nothing is read from disk or asked of a cluster. It does
//! not know what is live, except for what [`Rendered::fill`] is given.

#[allow(clippy::module_inception, reason = "the folder's main noun")]
mod catalog;
mod changes;
mod checksum;
mod component;
mod consistency;
mod credential;
mod decorate;
mod definition;
mod difference;
mod entry;
mod facts;
mod files;
mod fill;
mod fits;
mod image;
mod login;
mod manifest;
mod menu;
mod names;
mod own_objects;
mod parallel;
mod people;
mod placeholder;
mod produce;
mod release;
mod render;
mod rendered;
mod role;
mod schemas;
mod secret;
mod selection;
mod template;
mod version;

pub use catalog::Catalog;
pub use checksum::CHECKSUM;
pub use checksum::RELOAD;
pub use component::Component;
pub use credential::CredentialError;
pub use credential::DexUser;
pub use credential::NeededCredential;
pub use credential::VerifiedPasswords;
pub use credential::dex_users;
pub use credential::login_secrets;
pub use decorate::COMPONENT_LABEL;
pub use decorate::INSTALLATION_LABEL;
pub use image::ImageUse;
pub use image::join as join_images;
pub use image::mirrored;
pub use login::Login;
pub use menu::MenuEntry;
pub use own_objects::made_objects;
pub use own_objects::storage_class_objects;
pub use release::Release;
pub use release::ReleaseComponent;
pub use render::render;
pub use rendered::EnabledComponent;
pub use rendered::Rendered;
pub use rendered::RenderedObject;
pub use role::Role;
pub use schemas::definitions;
pub use secret::NeededSecret;
pub use secret::SecretFormat;
pub use secret::generate;
