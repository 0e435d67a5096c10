//! Renders what is wanted of a cluster, and finds out what of it is secret.

use super::Failure;
use super::Loaded;
use super::secrets;
use crate::catalog;
use crate::catalog::Rendered;
use crate::config;
use crate::config::Declared;
use crate::config::Secret;
use crate::diag::Diagnostics;
use crate::diag::Sources;
use crate::object::Secrets;

/// What is secret in the objects of a cluster: values of the configuration and of components, and the fields that they
/// reach.
pub fn secrets_of(loaded: &Loaded, cluster: &Declared<config::Cluster>, rendered: &Rendered) -> Secrets {
    let fields = secrets::fields(loaded, &rendered.objects, !rendered.hidden.is_empty(), |installation| {
        let platform = installation.platforms.iter().find(|platform| platform.cluster == cluster.address);
        let (rendered, _) = render_of(loaded, installation, cluster, platform, &mut loaded.sources.clone()).ok()?;
        Some(rendered.objects)
    });
    loaded.secrets.clone().with(rendered.hidden.iter().map(Secret::reveal)).with_fields(fields)
}

/// The desired objects of a cluster, with placeholders for secrets, and what there is to warn of.
pub fn render(
    loaded: &Loaded,
    cluster: &Declared<config::Cluster>,
    platform: Option<&Declared<config::Platform>>,
    sources: &mut Sources,
) -> Result<(Rendered, Diagnostics), Failure> {
    render_of(loaded, &loaded.installation, cluster, platform, sources)
}

/// As [`render`], of another installation than the one that was loaded.
pub fn render_of(
    loaded: &Loaded,
    installation: &config::Installation,
    cluster: &Declared<config::Cluster>,
    platform: Option<&Declared<config::Platform>>,
    sources: &mut Sources,
) -> Result<(Rendered, Diagnostics), Failure> {
    let (rendered, mut findings) = match platform {
        Some(platform) => catalog::render(&loaded.catalog, installation, platform, sources),
        // Without a platform there are only the cluster's own storage classes. What a platform that was taken out of the
        // configuration leaves may hold namespaces.
        None => {
            let mut rendered = Rendered::default();
            rendered.readiness = loaded.catalog.holding_rules();
            rendered.objects = catalog::storage_class_objects(installation, &cluster.address);
            (rendered, Diagnostics::new())
        }
    };
    if findings.has_errors() {
        findings.hide_all(loaded.warnings.hidden());
        let secrets = loaded.secrets.clone().with(rendered.hidden.iter().map(Secret::reveal));
        let findings = secrets::hide_in(findings, &secrets);
        return Err(Failure::Input(findings, Box::new(sources.clone())));
    }
    Ok((rendered, findings))
}
