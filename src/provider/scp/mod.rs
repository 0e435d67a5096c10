//! Samsung Cloud Platform (version 2): Kubernetes clusters and their node pools, as a [`Maker`].
//!
//! Requests are values that are built purely ([`request`], [`engine`], [`supporting`]); what goes over the network stands
//! in [`transport`]. Versions of the API are pinned with every request, and models read leniently: what is new is ignored,
//! and a state that is not known is kept as text.

mod cloud;
mod clusters;
mod endpoints;
mod engine;
mod error;
mod kubeconfig;
mod lookup;
mod model;
mod offers;
mod pools;
pub mod request;
mod settings;
pub mod signature;
mod supporting;
mod transport;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use super::maker::Maker;

/// As configurations name it.
pub const NAME: &str = "scp";

/// The maker for the arguments of `provider "scp"`. Below `root` it keeps the ways into clusters that it has made.
///
/// # Errors
/// What is missing, and where it was looked for.
pub fn open(arguments: &BTreeMap<String, Value>, root: &Path) -> Result<Arc<dyn Maker>, String> {
    let settings = settings::Settings::find(arguments, &|name| std::env::var(name).ok(), std::env::home_dir())?;
    Ok(Arc::new(cloud::Scp::new(settings, root)?))
}
