//! Whether an object can be imported: the configuration wants it at that address, and it exists.

use super::Failure;
use super::Known;
use super::Loaded;
use super::Request;
use super::load;
use super::rendering;
use super::session;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::object::Address;
use crate::object::ObjectId;
use crate::plan::Observation;

/// Checks one import that the command line asks for.
///
/// # Errors
/// The object's name cannot be read, is not part of the address, or does not exist in any cluster of the installation.
pub async fn check_import(request: &Request, to: &Address, id: &ObjectId) -> Result<(), Failure> {
    let summary = || format!("Cannot import {id}");
    let loaded = load(request, &Known::default())?;
    for cluster in loaded.installation.clusters.clone() {
        let platform = loaded.installation.platforms.iter().find(|p| p.cluster == cluster.address).cloned();
        let mut sources = loaded.sources.clone();
        let (rendered, _) = rendering::render(&loaded, &cluster, platform.as_ref(), &mut sources)?;
        let Some(wanted) = rendered.objects.iter().find(|wanted| wanted.object.id() == *id) else { continue };
        if !to.covers(&wanted.owner, id) {
            return Err(Failure::world(summary(), format!("the configuration has it as a part of {}", wanted.owner))
                .help(format!("Import it there: stackwright import {} \"{id}\"", wanted.owner)));
        }
        let session = session::open(&loaded, &cluster).await?;
        let failed = |error| Failure::world(format!("Cannot look at {}", cluster.address), error);
        let found = match session.cluster.resource(&wanted.object.gvk()).await {
            Ok(resource) => session.cluster.get(&resource, &id.namespace, &id.name).await.map_err(failed)?,
            Err(_) => None,
        };
        return match found {
            Some(_) => Ok(()),
            None => Err(Failure::world(summary(), format!("there is no such object in {}", cluster.address))
                .help("An apply makes what the configuration wants; only what exists can be imported.")),
        };
    }
    Err(Failure::world(summary(), "the configuration does not want such an object")
        .help("`stackwright render` shows what it wants."))
}

/// What `import` blocks name and cannot be: each must be wanted, and be there or ours already.
pub fn refused(loaded: &Loaded, wanted: &[(ObjectId, Address)], observation: &Observation) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    for import in &loaded.evaluated.imports {
        let ((to, place), (text, span)) = (&import.to, &import.id);
        let Ok(id) = text.parse::<ObjectId>() else {
            diagnostics.push(
                Diagnostic::error("Invalid import", format!("\"{text}\" is no object's name."))
                    .at(*span)
                    .help("Write kind, group, namespace and name, as \"Profile.kubeflow.org alice\"."),
            );
            continue;
        };
        let owner = wanted.iter().find(|(wanted, _)| *wanted == id).map(|(_, owner)| owner);
        let covers = |owner: &Address| to.covers(owner, &id);
        match owner {
            Some(owner) if !covers(owner) => diagnostics.push(
                Diagnostic::error("Invalid import", format!("{id} is a part of {owner}."))
                    .at(*place)
                    .help(format!("Write to = {owner}.")),
            ),
            Some(_) if !observation.live.contains_key(&id) && !observation.records.contains_key(&id) => {
                diagnostics.push(
                    Diagnostic::error("Nothing to import", format!("{id} does not exist."))
                        .at(*span)
                        .help("Remove the block: an apply makes what the configuration wants."),
                );
            }
            Some(_) => {}
            // Of another cluster of the installation.
            None if loaded.installation.clusters.len() > 1 => {}
            None => diagnostics.push(
                Diagnostic::error("Invalid import", format!("The configuration does not want {id}."))
                    .at(*span)
                    .help("`stackwright render` shows what it wants."),
            ),
        }
    }
    diagnostics
}
