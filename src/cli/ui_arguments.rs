//! What can be typed for the local console. The documentation comments are the help texts.

use std::net::SocketAddr;

use clap::Args;

use super::flags::Variables;
use crate::object::Address;

/// The local console.
#[derive(Debug, Args)]
pub struct Ui {
    /// Only these clusters, as cluster.main, or those of these platforms; without any, all
    #[arg(value_name = "ADDRESS")]
    pub addresses: Vec<Address>,
    #[command(flatten)]
    pub variables: Variables,
    /// Address to listen on; loopback only. Port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// Only print the address; do not open a browser
    #[arg(long)]
    pub no_open: bool,
}
