//! The local console: pages that show an installation as it is, to whoever started it, on loopback. Only reads, and only
//! through `ops`. What is told stands in `pages`, who may ask in `gate`.

mod gate;
mod live;
mod pages;
mod query;
mod server;
mod veil;
mod visible;

use std::net::SocketAddr;

use crate::ops::Failure;
use crate::ops::Lookout;
use pages::Console;

pub use server::Served;
pub use veil::Veil;
pub use visible::visible;

/// Serves the pages of what a lookout sees.
///
/// # Errors
/// The address cannot be listened on, or is none of this machine's own.
pub async fn serve(lookout: Lookout, listen: SocketAddr) -> Result<Served, Failure> {
    server::serve(Console::new(lookout)?, listen).await
}
