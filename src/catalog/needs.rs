//! What arguments need of a release: components without which they have no effect, in which version.

use std::collections::BTreeMap;

use crate::config::Declaration;
use crate::config::Declared;
use crate::config::Installation;
use crate::config::Platform;
use crate::config::schema;
use crate::config::schema::Block;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;

use super::Component;
use super::release::Release;
use super::version;

/// Reports arguments of a platform, its connectors and its people's namespaces that its release does not know.
///
/// # Arguments
///
/// * `available`: all components that the platform could have, by name.
/// * `enabled`: the names of those that it has.
pub(super) fn check(
    installation: &Installation,
    platform: &Declared<Platform>,
    release: &Release,
    available: &BTreeMap<String, Component>,
    enabled: &[String],
    diagnostics: &mut Diagnostics,
) {
    let own = schema::block("platform").map(|schema| (platform.declaration(), schema));
    let connectors = installation.connectors.iter().filter(|connector| connector.platform == platform.address);
    let connectors = connectors.filter_map(|connector| {
        let variants = &schema::block("connector")?.variants;
        Some((connector.declaration(), variants.iter().find(|variant| variant.variant == connector.variant)?))
    });
    let users = installation.users.iter().filter(|user| user.platform == platform.address && !user.space.is_null());
    let users = users.filter_map(|user| Some((user.declaration(), schema::block("user")?)));
    let shared = installation.profiles.iter().filter(|profile| profile.platform == platform.address);
    let shared = shared.filter_map(|profile| Some((profile.declaration(), schema::block("profile")?)));
    for (declaration, schema) in own.into_iter().chain(connectors).chain(users).chain(shared) {
        for (path, needs) in written(declaration, schema) {
            for (name, least) in needs {
                let version = release.components.get(name).map_or("", |component| component.version.as_str());
                let title = available.get(name).map_or(name.as_str(), |component| component.title.as_str());
                let lacks = match version {
                    "" => format!("which release {} does not have", release.version),
                    _ if !enabled.contains(name) => "which is switched off".to_owned(),
                    _ if least.is_empty() || version::holds_in(least, version) => continue,
                    _ => format!("and release {} has {version}", release.version),
                };
                let what = if path.is_empty() { "This".to_owned() } else { format!("\"{path}\"") };
                let wanted = if least.is_empty() { title.to_owned() } else { format!("{title} {least}") };
                let place = declaration.place(&path).or_else(|| declaration.place(""));
                let finding = Diagnostic::error("Not in this release", format!("{what} needs {wanted}, {lacks}."));
                let finding = match place {
                    Some(place) if place.sensitive => finding.at(place.span).hidden(),
                    Some(place) => finding.at(place.span),
                    None => finding,
                };
                diagnostics.push(finding.about(declaration.address));
            }
        }
    }
}

/// The paths that are written, each with what it needs; of the block itself, the path of what decides for its variant.
fn written<'s>(declaration: Declaration<'_>, schema: &'s Block) -> Vec<(String, &'s BTreeMap<String, String>)> {
    let whole = if schema.variant.is_empty() { String::new() } else { "type".to_owned() };
    let mut all = vec![(whole, &schema.needs)];
    all.extend(declaration.paths().filter_map(|path| Some((path.to_owned(), needs_of(schema, path)?))));
    all.retain(|(_, needs)| !needs.is_empty());
    all
}

/// What the argument at a path needs. Labels stand between dots too.
fn needs_of<'s>(schema: &'s Block, path: &str) -> Option<&'s BTreeMap<String, String>> {
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    if let Some(argument) = schema.argument(first) {
        return Some(&argument.needs);
    }
    let block = schema.block(first)?;
    let rest = if block.label.is_empty() { rest } else { rest.split_once('.').map_or("", |(_, rest)| rest) };
    if rest.is_empty() { Some(&block.needs) } else { needs_of(block, rest) }
}
