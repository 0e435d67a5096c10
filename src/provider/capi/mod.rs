//! Cluster API: clusters and node pools as objects of a management cluster, as a [`Maker`].
//!
//! What is asked for are objects that are built purely ([`clusters`], [`pools`], in the words of one of the two versions of
//! the API, [`dialect`]) and read back the same way; how far they are stands in [`states`]. Requests go through
//! [`management`].

mod api;
mod clusters;
mod dialect;
mod management;
mod pools;
mod settings;
mod states;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use super::maker::Maker;

/// As configurations name it.
pub const NAME: &str = "capi";

/// The maker for the arguments of `provider "capi"`. `root` is where relative paths begin.
///
/// # Errors
/// What cannot be used.
pub fn open(arguments: &BTreeMap<String, Value>, root: &Path) -> Result<Arc<dyn Maker>, String> {
    let settings = settings::Settings::find(arguments, &|name| std::env::var(name).ok(), root)?;
    Ok(Arc::new(api::ClusterApi::new(settings)))
}
