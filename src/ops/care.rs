//! What the configuration says of the life of its resources, as a plan takes it.

use std::collections::BTreeMap;

use super::Failure;
use super::Loaded;
use super::rendering;
use crate::catalog::RenderedObject;
use crate::config::Declaration;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::lang::IgnoreChanges;
use crate::object::Address;
use crate::object::ObjectId;
use crate::plan::Care;
use crate::plan::Ignored;

/// The care of every resource that asks for any. What `ignore_changes` means for objects is found by rendering once more
/// without the ignored arguments; nothing is rendered where nobody ignores anything.
///
/// # Errors
/// An argument that decides objects which are not the resource's own cannot be ignored.
pub fn of(loaded: &Loaded) -> Result<BTreeMap<Address, Care>, Failure> {
    let mut care: BTreeMap<Address, Care> = BTreeMap::new();
    let mut arguments: BTreeMap<Address, Vec<String>> = BTreeMap::new();
    let mut whole: Vec<&Address> = Vec::new();
    for Declaration { address, lifecycle, .. } in loaded.installation.declarations() {
        match &lifecycle.ignore_changes {
            IgnoreChanges::None => {}
            IgnoreChanges::All => whole.push(address),
            IgnoreChanges::Some(names) => {
                arguments.insert(address.clone(), names.clone());
            }
        }
        if lifecycle.prevent_destroy || !lifecycle.replace_triggered_by.is_empty() {
            let one = care.entry(address.clone()).or_default();
            one.is_protected = lifecycle.prevent_destroy;
            one.replaced_with = lifecycle.replace_triggered_by.clone();
        }
    }
    if arguments.is_empty() && whole.is_empty() {
        return Ok(care);
    }
    let (mut without, findings) = loaded.without(&arguments);
    if let Some(finding) = findings.iter().find(|finding| finding.severity == crate::diag::Severity::Error) {
        let is_about = |one: &Declaration<'_>| Some(one.address.to_string()) == finding.address;
        let ignorer = loaded.installation.declarations().find(is_about);
        let detail = format!("An argument that must be given cannot be ignored: {}", finding.detail);
        return Err(refused(loaded, ignorer, detail));
    }
    without.name = loaded.installation.name.clone();
    for cluster in &loaded.installation.clusters {
        let with = objects(loaded, &loaded.installation, cluster)?;
        for (id, made) in with.iter().filter(|(_, made)| whole.contains(&&made.owner)) {
            care.entry(made.owner.clone()).or_default().ignored.insert(id.clone(), Ignored::All);
        }
        if arguments.is_empty() {
            continue;
        }
        let without = objects(loaded, &without, cluster)?;
        for (id, made) in &with {
            let Some(ignored) = Ignored::between(&made.object, without.get(id).map(|made| &made.object)) else {
                continue;
            };
            if !arguments.contains_key(&made.owner) {
                let detail = format!(
                    "What is to be ignored decides {id} too, which is a part of {}: it cannot stay as it is.",
                    made.owner
                );
                let ignorer = loaded.installation.declarations().find(|one| arguments.contains_key(one.address));
                return Err(refused(loaded, ignorer, detail));
            }
            care.entry(made.owner.clone()).or_default().ignored.insert(id.clone(), ignored);
        }
    }
    Ok(care)
}

fn objects(
    loaded: &Loaded,
    installation: &crate::config::Installation,
    cluster: &crate::config::Declared<crate::config::Cluster>,
) -> Result<BTreeMap<ObjectId, RenderedObject>, Failure> {
    let platform = installation.platforms.iter().find(|platform| platform.cluster == cluster.address);
    let mut sources = loaded.sources.clone();
    let (rendered, _) = rendering::render_of(loaded, installation, cluster, platform, &mut sources)?;
    Ok(rendered.objects.into_iter().map(|made| (made.object.id(), made)).collect())
}

fn refused(loaded: &Loaded, ignorer: Option<Declaration<'_>>, detail: String) -> Failure {
    let mut finding = Diagnostic::error("Argument cannot be ignored", detail)
        .at_option(ignorer.and_then(|declaration| declaration.span))
        .help("Take it out of ignore_changes.");
    if let Some(declaration) = ignorer {
        finding = finding.about(declaration.address);
    }
    let mut diagnostics = Diagnostics::new();
    diagnostics.push(finding);
    Failure::Input(diagnostics, Box::new(loaded.sources.clone()))
}
