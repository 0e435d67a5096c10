//! The desired objects of all platforms, without asking a cluster.

use super::Failure;
use super::Known;
use super::Loaded;
use super::Request;
use super::load;
use super::rendering;
use super::secrets;
use crate::catalog;
use crate::catalog::ImageUse;
use crate::catalog::RenderedObject;
use crate::config::Secret;
use crate::diag::Diagnostics;
use crate::diag::Sources;
use crate::object::ObjectId;

/// What `render` and `images` show.
pub struct Rendering {
    pub objects: Vec<RenderedObject>,
    pub images: Vec<ImageUse>,
    /// Live objects that a plan looks at beside those above.
    pub reads: Vec<ObjectId>,
    /// Editions of the platforms, and the mirrors they name.
    pub editions: Vec<&'static str>,
    pub mirrors: Vec<String>,
    pub warnings: Diagnostics,
    pub sources: Sources,
}

/// Loads the configuration and checks that all platforms render.
pub fn validate(request: &Request) -> Result<Loaded, Failure> {
    let mut loaded = load(request, &Known::default())?;
    for platform in loaded.installation.platforms.clone() {
        let (rendered, findings) =
            catalog::render(&loaded.catalog, &loaded.installation, &platform, &mut loaded.sources);
        let secrets = loaded.secrets.clone().with(rendered.hidden.iter().map(Secret::reveal));
        loaded.warnings.extend(secrets::hide_in(findings, &secrets));
    }
    if loaded.warnings.has_errors() {
        return Err(Failure::Input(loaded.warnings, Box::new(loaded.sources)));
    }
    Ok(loaded)
}

/// Renders all platforms, with placeholders for what only a cluster knows. What is secret is hidden, unless it is to be
/// shown.
pub fn render(request: &Request, with_secrets: bool) -> Result<Rendering, Failure> {
    let loaded = load(request, &Known::default())?;
    let (installation, mut sources, mut warnings) =
        (&loaded.installation, loaded.sources.clone(), loaded.warnings.clone());
    let mut objects = Vec::new();
    let mut images = Vec::new();
    let mut reads = Vec::new();
    for platform in &installation.platforms {
        let (mut rendered, findings) = catalog::render(&loaded.catalog, installation, platform, &mut sources);
        let cluster = installation.cluster(&platform.cluster);
        let secrets = cluster.map(|cluster| rendering::secrets_of(&loaded, cluster, &rendered)).unwrap_or_default();
        warnings.extend(secrets::hide_in(findings, &secrets));
        if !with_secrets {
            rendered.hide(&secrets);
        }
        rendered.show_placeholders();
        reads.extend(rendered.reads());
        objects.extend(rendered.objects);
        images.extend(rendered.images);
    }
    if warnings.has_errors() {
        return Err(Failure::Input(warnings, Box::new(sources)));
    }
    let platforms = installation.platforms.iter();
    let mut editions: Vec<&str> = platforms.clone().map(|platform| platform.edition.as_str()).collect();
    editions.sort_unstable();
    editions.dedup();
    let mirrors = platforms.filter_map(|platform| platform.registry.as_ref()?.mirror.clone()).collect();
    Ok(Rendering { objects, images: catalog::join_images(images), reads, editions, mirrors, warnings, sources })
}
