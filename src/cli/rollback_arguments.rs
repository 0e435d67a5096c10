//! What can be typed behind `rollback`. The documentation comments are the help texts.

use std::path::PathBuf;

use clap::Args;

use super::flags::Carrying;
use super::flags::Planning;
use crate::object::Address;

#[derive(Debug, Args)]
pub struct Rollback {
    /// The revision, as `history` numbers it; without it, the one before the last change
    pub revision: Option<u64>,
    /// The cluster whose history is meant, where there are several
    #[arg(long, value_name = "ADDRESS")]
    pub of: Option<Address>,
    /// Only write the configuration of the revision into a new directory; change nothing
    #[arg(long, value_name = "DIR")]
    pub write: Option<PathBuf>,
    #[command(flatten)]
    pub planning: Planning,
    #[command(flatten)]
    pub carrying: Carrying,
}
