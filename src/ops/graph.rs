//! What the configuration declares and what needs what, without values and without a cluster.

use std::collections::BTreeSet;

use super::Failure;
use super::Request;
use super::configuration::catalog;
use super::files::Files;
use super::secrets;
use crate::config::RESOURCE_KINDS;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::diag::Sources;
use crate::diag::nearest;
use crate::lang::Configuration;
use crate::lang::Declared;
use crate::object::Address;

/// The declarations that are meant, and what there is to warn of.
pub struct Declarations {
    pub declared: Vec<Declared>,
    pub warnings: Diagnostics,
    pub sources: Sources,
}

/// All declarations, or those that `targets` name with all that they need.
///
/// # Errors
/// Mistakes of syntax, references to nothing, cycles, and targets that name nothing: all at once.
pub fn declarations(request: &Request, targets: &[Address]) -> Result<Declarations, Failure> {
    let files = Files::new(&request.directory);
    let mut sources = Sources::new();
    let texts = files.configuration()?;
    let ids: Vec<_> = texts.into_iter().map(|(path, text)| sources.add(path, text)).collect();
    let (configuration, mut diagnostics) = Configuration::load(&mut sources, &ids, &RESOURCE_KINDS, &files);
    let (declared, findings) = configuration.dependencies();
    diagnostics.extend(findings);
    let mut wanted = BTreeSet::new();
    for target in targets {
        let place = target.of_block().without_keys();
        let meant = declared.iter().enumerate().filter(|(_, one)| !place.is_root() && place.contains(&one.address));
        let meant: Vec<usize> = meant.map(|(at, _)| at).collect();
        if meant.is_empty() {
            diagnostics.push(unknown(target, &declared));
        }
        wanted.extend(meant);
    }
    let (facts, _) = catalog(request)?.facts(&mut Sources::new());
    let own: Vec<_> = sources.ids().collect();
    secrets::hide_written(&own, &sources, &facts, &mut diagnostics);
    if diagnostics.has_errors() {
        return Err(Failure::Input(diagnostics, Box::new(sources)));
    }
    let declared = if targets.is_empty() { declared } else { with_needs(declared, wanted) };
    Ok(Declarations { declared, warnings: diagnostics, sources })
}

fn unknown(target: &Address, declared: &[Declared]) -> Diagnostic {
    let names: Vec<String> = declared.iter().map(|one| one.address.to_string()).collect();
    let near = nearest(&target.to_string(), names.iter().map(String::as_str));
    let help = match (near, target.object()) {
        (Some(near), _) => Some(format!("Did you mean {near}?")),
        (None, Some(_)) => Some("Objects are in the graph of an apply: --type apply --full.".to_owned()),
        (None, None) => None,
    };
    let detail = format!("--target: the configuration declares no {target}.");
    Diagnostic::error("Unknown address", detail).help_option(help)
}

/// Some declarations, and all that they need.
fn with_needs(declared: Vec<Declared>, mut wanted: BTreeSet<usize>) -> Vec<Declared> {
    let mut open: Vec<usize> = wanted.iter().copied().collect();
    while let Some(at) = open.pop() {
        open.extend(declared[at].needs.iter().copied().filter(|need| wanted.insert(*need)));
    }
    let places: Vec<usize> = wanted.iter().copied().collect();
    let mut kept = Vec::new();
    for (_, mut one) in declared.into_iter().enumerate().filter(|(at, _)| wanted.contains(at)) {
        // All that is needed is kept.
        one.needs = one.needs.iter().filter_map(|need| places.binary_search(need).ok()).collect();
        kept.push(one);
    }
    kept
}
