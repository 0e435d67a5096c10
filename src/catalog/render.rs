//! A platform's configuration to everything that should exist for it.

use crate::config::Installation;
use crate::config::Platform;
use crate::diag::Diagnostics;
use crate::diag::Sources;

use super::Catalog;
use super::Rendered;

/// Renders a platform: its components, users, profiles, queues, and the storage classes of its cluster.
///
/// The same input gives the same output. The definitions used are added to `sources`, so that findings in them can
/// be shown. Where there are errors, the result holds what could be rendered.
pub fn render(
    catalog: &Catalog,
    installation: &Installation,
    platform: &Platform,
    sources: &mut Sources,
) -> (Rendered, Diagnostics) {
    let _ = (catalog, installation, platform, sources);
    (Rendered::default(), Diagnostics::new())
}
