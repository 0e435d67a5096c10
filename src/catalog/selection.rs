//! Which components a platform consists of, and in which order they can be made.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::config::Declared;
use crate::config::Platform;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;

use super::Component;

/// The enabled components, each after those it requires or must come after.
///
/// # Arguments
///
/// * `available`: all components of the release and the platform's own, by name.
pub(super) fn select<'a>(
    platform: &Declared<Platform>,
    available: &'a BTreeMap<String, Component>,
) -> (Vec<&'a Component>, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    let mut enabled: BTreeSet<&str> = BTreeSet::new();
    for component in available.values() {
        let settings = platform.components.get(&component.name);
        let is_on = settings.and_then(|settings| settings.enabled).unwrap_or_else(|| {
            settings.is_some_and(|settings| settings.source.is_some())
                || component.editions.contains(&platform.edition) && component.when
        });
        if is_on {
            enabled.insert(&component.name);
        }
    }
    require(platform, available, &mut enabled, &mut diagnostics);
    for component in enabled.iter().filter_map(|name| available.get(*name)) {
        for (other, reason) in &component.conflicts {
            if enabled.contains(other.as_str()) {
                let detail = format!("\"{}\" cannot stand beside \"{other}\": {reason}", component.name);
                let written = [&component.name, other].map(|name| platform.components.get(name));
                let place = written.into_iter().flatten().find_map(|settings| settings.span);
                diagnostics.push(
                    Diagnostic::error("Conflicting components", detail)
                        .at(place.unwrap_or(platform.span))
                        .about(&platform.address)
                        .help(format!("Set enabled = false for one of them in {}.", platform.address)),
                );
            }
        }
    }
    (order(platform, available, &enabled, &mut diagnostics), diagnostics)
}

/// Adds what enabled components require, and what those require.
fn require<'a>(
    platform: &Declared<Platform>,
    available: &'a BTreeMap<String, Component>,
    enabled: &mut BTreeSet<&'a str>,
    diagnostics: &mut Diagnostics,
) {
    let mut open: Vec<&str> = enabled.iter().copied().collect();
    while let Some(name) = open.pop() {
        let Some(component) = available.get(name) else { continue };
        for wanted in &component.requires {
            if enabled.contains(wanted.as_str()) {
                continue;
            }
            let Some(required) = available.get(wanted) else {
                let detail =
                    format!("\"{name}\" requires \"{wanted}\", which release {} does not have.", platform.version);
                diagnostics.push(
                    Diagnostic::error("Missing component", detail).at_option(component.span).about(&platform.address),
                );
                continue;
            };
            if let Some(settings) = platform.components.get(wanted)
                && settings.enabled == Some(false)
            {
                let detail = format!("\"{wanted}\" is switched off, but \"{name}\" requires it.");
                let finding = Diagnostic::error("Required component is disabled", detail)
                    .at_option(settings.span)
                    .about(&platform.address)
                    .help(format!("Remove enabled = false from component \"{wanted}\", or switch off \"{name}\" too."));
                diagnostics.push(finding);
            }
            enabled.insert(&required.name);
            open.push(&required.name);
        }
    }
}

/// Components that stand before another one, where they are enabled.
pub(super) fn before(component: &Component, is_enabled: impl Fn(&str) -> bool) -> Vec<&str> {
    let all: BTreeSet<&str> = component.requires.iter().chain(&component.after).map(String::as_str).collect();
    all.into_iter().filter(|name| is_enabled(name)).collect()
}

/// Kahn's order, by name among those that are free.
fn order<'a>(
    platform: &Declared<Platform>,
    available: &'a BTreeMap<String, Component>,
    enabled: &BTreeSet<&str>,
    diagnostics: &mut Diagnostics,
) -> Vec<&'a Component> {
    let mut waiting: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut readers: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for component in enabled.iter().filter_map(|name| available.get(*name)) {
        let first: BTreeSet<&str> = before(component, |name| enabled.contains(name)).into_iter().collect();
        for name in &first {
            readers.entry(name).or_default().push(&component.name);
        }
        waiting.insert(&component.name, first);
    }
    let mut free: BTreeSet<&str> =
        waiting.iter().filter(|(_, first)| first.is_empty()).map(|(name, _)| *name).collect();
    let mut ordered = Vec::new();
    while let Some(name) = free.pop_first() {
        waiting.remove(name);
        ordered.extend(available.get(name));
        for reader in readers.get(name).into_iter().flatten() {
            if let Some(first) = waiting.get_mut(reader)
                && first.remove(name)
                && first.is_empty()
            {
                free.insert(reader);
            }
        }
    }
    if let Some(start) = waiting.keys().next().copied() {
        let cycle = cycle_from(start, &waiting);
        let span = available.get(cycle[0]).and_then(|component| component.span);
        let detail = format!("These components wait for each other: {}.", cycle.join(" -> "));
        diagnostics.push(Diagnostic::error("Cycle of components", detail).at_option(span).about(&platform.address));
        ordered.extend(waiting.keys().filter_map(|name| available.get(*name)));
    }
    ordered
}

/// Every component left waits for another one left: following them must come back to one seen before.
fn cycle_from<'a>(start: &'a str, waiting: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> Vec<&'a str> {
    let mut path = vec![start];
    loop {
        let last = path[path.len() - 1];
        let Some(next) = waiting.get(last).and_then(|first| first.iter().find(|name| waiting.contains_key(*name)))
        else {
            return path;
        };
        if let Some(at) = path.iter().position(|name| name == next) {
            path.push(next);
            return path.split_off(at);
        }
        path.push(next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ComponentSettings;
    use crate::config::Edition;

    /// `a: b c, d` is a component `a` that requires `b` and `c`, comes after `d`; a leading `-` switches it off by default.
    fn check(definitions: &[&str], settings: &[(&str, bool)], expected: Result<&str, &str>) {
        let available: BTreeMap<String, Component> = definitions
            .iter()
            .map(|text| {
                let (name, rest) = text.split_once(':').expect("a colon");
                let (requires, after) = rest.split_once(',').unwrap_or((rest, ""));
                let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
                let component = Component {
                    name: name.trim_start_matches('-').to_owned(),
                    requires: words(requires),
                    after: words(after),
                    conflicts: [("enemy".to_owned(), "they fight.".to_owned())]
                        .into_iter()
                        .filter(|_| name == "fighter")
                        .collect(),
                    editions: if name.starts_with('-') { Vec::new() } else { vec![Edition::Mini] },
                    when: true,
                    ..Component::default()
                };
                (component.name.clone(), component)
            })
            .collect();
        let components = settings.iter().map(|(name, enabled)| {
            ((*name).to_owned(), ComponentSettings { enabled: Some(*enabled), ..ComponentSettings::default() })
        });
        let platform = Platform { version: "1.9.1".into(), components: components.collect(), ..Platform::default() };
        let (selected, diagnostics) = select(&Declared::new("platform.ml", platform), &available);
        let names: Vec<&str> = selected.iter().map(|component| component.name.as_str()).collect();
        let first = diagnostics.iter().next().map(|d| format!("{} {}", d.detail, d.help.clone().unwrap_or_default()));
        match expected {
            Ok(order) => assert_eq!((names.join(" ").as_str(), first), (order, None), "{definitions:?}"),
            Err(part) => assert!(first.as_ref().is_some_and(|text| text.contains(part)), "{definitions:?}: {first:?}"),
        }
    }

    #[test]
    fn selects_in_order() {
        check(&["a: b c", "b:", "c: b", "-d:"], &[], Ok("b c a"));
        check(&["a: b", "-b: c", "-c:", "-d:"], &[], Ok("c b a"));
        check(&["a:, z", "z:"], &[], Ok("z a"));
        check(&["a:, z", "-z:"], &[], Ok("a"));
        check(&["a:", "-b:"], &[("a", false), ("b", true)], Ok("b"));
        check(&["a:"], &[("gone", false)], Ok("a"));
    }

    #[test]
    fn says_what_is_wrong() {
        check(&["a: b", "b: c", "c: a", "d: a"], &[], Err("a -> b -> c -> a"));
        check(&["a: a"], &[], Err("a -> a"));
        check(&["a: b", "b:"], &[("b", false)], Err("\"b\" is switched off, but \"a\" requires it"));
        check(&["a: b"], &[], Err("requires \"b\", which release 1.9.1 does not have"));
        check(&["fighter:", "enemy:"], &[], Err("they fight"));
    }
}
