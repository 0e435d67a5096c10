//! The components that a platform could have, on their way from a definition's text to what it means.

use std::collections::BTreeMap;

use crate::config::Declared;
use crate::config::Platform;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::diag::SourceId;
use crate::diag::Sources;
use crate::diag::Span;
use crate::lang::AssignedValue;
use crate::lang::Assignment;
use crate::lang::Origin;
use crate::lang::Value;
use crate::object::Address;

use super::Catalog;
use super::Component;
use super::component;
use super::files::ComponentFiles;
use super::menu::menu;
use super::names::Names;
use super::names::Said;
use super::parallel;
use super::release::Release;
use super::release::ReleaseComponent;

/// One component on its way.
pub(super) struct Entry<'a> {
    pub release: ReleaseComponent,
    pub component: Component,
    pub files: ComponentFiles<'a>,
    /// The definition has no errors; else its templates would only repeat them.
    pub is_sound: bool,
    pub diagnostics: Diagnostics,
    file: SourceId,
    inputs: Vec<Assignment>,
    /// Nothing of the definition waits for names that are not decided.
    is_known: bool,
}

/// By the component's name.
pub(super) type Entries<'a> = BTreeMap<String, Entry<'a>>;

/// Address of a component.
pub(super) fn address(platform: &Declared<Platform>, component: &str) -> Address {
    platform.address.with_component(component)
}

/// Findings without a place are about what the address names.
pub(super) fn about(diagnostics: Diagnostics, address: &Address) -> Diagnostics {
    diagnostics.map(|diagnostic| {
        let has_place = diagnostic.span.is_some() || diagnostic.address.is_some();
        if has_place { diagnostic } else { diagnostic.about(address) }
    })
}

/// The components that could be enabled: those of the release, and the platform's own.
pub(super) fn entries<'a>(
    catalog: &'a Catalog,
    platform: &Declared<Platform>,
    release: &Release,
    sources: &mut Sources,
    diagnostics: &mut Diagnostics,
) -> Entries<'a> {
    let own = platform.components.iter().filter(|(_, settings)| settings.source.is_some()).map(|(name, _)| name);
    let mut entries = BTreeMap::new();
    for name in release.components.keys().chain(own) {
        let settings = platform.components.get(name);
        let source = settings.and_then(|settings| settings.source.as_deref());
        let of_release = release.components.get(name).filter(|_| source.is_none()).cloned().unwrap_or_default();
        // A component of the user's own has no version; what differs in its folders differs by platform.
        let version = if source.is_some() { &release.version } else { &of_release.version };
        let Some((path, text)) = catalog.definition(name, settings, version) else {
            diagnostics.push(missing(name, source, release, version).about(&platform.address));
            continue;
        };
        let files = catalog.component_files(name, settings, version);
        let given = of_release.inputs.iter().map(|(input, value)| (input.clone(), (value.clone(), None)));
        let mut inputs: BTreeMap<String, (Value, Option<Span>)> = given.collect();
        if let Some(settings) = settings {
            // What is wrong with a value is shown where the user wrote it.
            let own = settings.inputs.iter();
            inputs.extend(own.map(|(input, value)| (input.clone(), (value.clone(), settings.inputs_span))));
        }
        let assignment = |(name, (value, span))| Assignment {
            name,
            value: AssignedValue::Value(value, span),
            origin: Origin::Caller,
        };
        entries.insert(
            name.clone(),
            Entry {
                files,
                release: of_release,
                file: Catalog::add_source(sources, &path, text),
                inputs: inputs.into_iter().map(assignment).collect(),
                component: Component::default(),
                is_known: false,
                is_sound: true,
                diagnostics: Diagnostics::new(),
            },
        );
    }
    entries
}

fn missing(name: &str, source: Option<&str>, release: &Release, version: &str) -> Diagnostic {
    match source {
        Some(source) => {
            let what = format!("Component \"{name}\" has no file \"module.hcl\" in \"{source}\".");
            Diagnostic::error("Missing component", what)
                .help("The source of a component is a directory with module.hcl and a folder templates.")
        }
        None => {
            let what =
                format!("Release {} names component \"{name}\" {version}, which has no definition.", release.version);
            Diagnostic::error("Missing component", what)
        }
    }
}

/// Evaluates the definitions that are not wholly known yet: variables, which all else may refer to, then the rest.
pub(super) fn evaluate(entries: &mut Entries<'_>, platform: &Declared<Platform>, names: &Names, sources: &Sources) {
    let open: Vec<(&String, &Entry<'_>)> = entries.iter().filter(|(_, entry)| !entry.is_known).collect();
    let results = parallel::map(&open, |(name, entry)| {
        let scope = |known: Option<&Component>| names.scope(known, name, &entry.release);
        let known = (!entry.component.name.is_empty()).then_some(&entry.component);
        component::evaluate(name, entry.file, sources, &scope(known), &entry.inputs, names.is_disguised)
    });
    let open = entries.iter_mut().filter(|(_, entry)| !entry.is_known);
    for ((name, entry), (component, is_known, diagnostics)) in open.zip(results) {
        entry.component = component;
        entry.is_known = is_known;
        entry.diagnostics = about(diagnostics, &address(platform, name));
    }
}

/// Keeps the chosen components. What was found in them, and in definitions that cannot be read and might have been wanted,
/// is reported as far as it is final.
pub(super) fn keep(entries: &mut Entries<'_>, order: &[String], diagnostics: &mut Diagnostics) {
    entries.retain(|name, entry| {
        let is_unreadable = entry.component.span.is_none();
        if is_unreadable || order.contains(name) && entry.is_known {
            report(entry, diagnostics);
        }
        order.contains(name)
    });
}

/// Evaluates the chosen components until nothing more becomes known: what one exports, another may read.
pub(super) fn settle(
    entries: &mut Entries<'_>,
    platform: &Declared<Platform>,
    names: &mut Names,
    sources: &Sources,
    diagnostics: &mut Diagnostics,
) {
    // Each round makes a value known that the one before lacked, and no chain of values is longer than the components.
    for _ in 0..=entries.len() {
        if !names.say(said(entries)) || entries.values().all(|entry| entry.is_known) {
            break;
        }
        evaluate(entries, platform, names, sources);
    }
    let open: Vec<&str> = entries
        .iter()
        .filter(|(_, entry)| !entry.is_known && !entry.diagnostics.has_errors())
        .map(|(name, _)| name.as_str())
        .collect();
    if !open.is_empty() && entries.values().all(|entry| !entry.diagnostics.has_errors()) {
        let detail = format!("These components wait for values of each other: {}.", open.join(", "));
        let span = entries.get(open[0]).and_then(|entry| entry.component.span);
        diagnostics
            .push(Diagnostic::error("Cycle of exported values", detail).at_option(span).about(&platform.address));
    }
    for entry in entries.values_mut() {
        report(entry, diagnostics);
    }
}

fn report(entry: &mut Entry<'_>, diagnostics: &mut Diagnostics) {
    entry.is_sound &= !entry.diagnostics.has_errors();
    diagnostics.extend(std::mem::take(&mut entry.diagnostics));
}

fn said(entries: &Entries<'_>) -> Said {
    let components = || entries.values().map(|entry| &entry.component);
    let exports = components().map(|component| {
        let values = component.exports.iter().map(|(name, value)| (name.clone(), value.clone()));
        (component.name.clone(), Value::object(values))
    });
    let menu_is_known = components().all(|component| component.menu_is_known);
    Said { exports: Some(Value::object(exports)), menu: menu_is_known.then(|| menu(components())) }
}
