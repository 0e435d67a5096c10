//! Clusters in containers of this machine, through the programs `kind` and `k3d`, as a [`Maker`]. Their node pools are made
//! with them: neither program adds nodes with labels and taints to what is there.
//!
//! What is asked of a program stands in [`tool`], the file it gets in [`configuration`]; both are pure, and so is how nodes
//! are read back, [`nodes`]. Programs are run by [`program`], and what is written ahead of them is kept by [`record`].

mod configuration;
mod machine;
mod nodes;
mod program;
mod record;
mod tool;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use super::interval;
use super::maker::Maker;

use tool::Tool;

/// As configurations name them.
pub const KIND: &str = "kind";
pub const K3D: &str = "k3d";

/// How often to look at what is busy, as `100ms`; for tests.
const POLL: &str = "STACKWRIGHT_LOCAL_POLL";

/// The maker for `provider "kind"`. Below `root` it keeps what it has asked for.
///
/// # Errors
/// A variable of the environment cannot be used.
pub fn open_kind(_arguments: &BTreeMap<String, Value>, root: &Path) -> Result<Arc<dyn Maker>, String> {
    open(Tool::Kind, root)
}

/// The maker for `provider "k3d"`.
///
/// # Errors
/// As [`open_kind`].
pub fn open_k3d(_arguments: &BTreeMap<String, Value>, root: &Path) -> Result<Arc<dyn Maker>, String> {
    open(Tool::K3d, root)
}

fn open(tool: Tool, root: &Path) -> Result<Arc<dyn Maker>, String> {
    let interval = interval::of(POLL, std::env::var(POLL).ok())?;
    Ok(Arc::new(machine::Machine::new(tool, root, interval)))
}
