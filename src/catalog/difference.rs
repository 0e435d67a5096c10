//! What the files of a release say: what differs from the release it follows, or everything where it follows none.

use std::collections::BTreeMap;

use crate::config::LeastSize;
use crate::config::Node;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::diag::Span;
use crate::lang::Block;
use crate::lang::Value;

use super::Hop;
use super::release::Release;
use super::release::ReleaseComponent;
use super::schemas;

/// A release as it is written.
#[derive(Debug, Default)]
pub(super) struct Difference {
    /// The release it follows, and where that is said.
    pub follows: Option<(String, Span)>,
    kubernetes: BTreeMap<String, String>,
    editions: BTreeMap<String, EditionDifference>,
    components: BTreeMap<String, ComponentDifference>,
    /// The ways here from other releases.
    pub hops: Vec<Hop>,
}

/// What is left out stays as it was.
#[derive(Debug)]
struct EditionDifference {
    span: Span,
    cpu: Option<usize>,
    memory_gb: Option<usize>,
    nodes: Option<usize>,
}

#[derive(Debug)]
struct ComponentDifference {
    span: Span,
    /// `false` takes it away.
    present: bool,
    version: Option<String>,
    was: Vec<String>,
    /// In these maps null takes away.
    images: BTreeMap<String, Option<String>>,
    replaces: BTreeMap<String, Option<String>>,
    architectures: BTreeMap<String, Option<String>>,
    inputs: BTreeMap<String, Value>,
}

impl Difference {
    /// Reads the `release` blocks of one version's files.
    pub fn read(version: &str, blocks: &[Block], diagnostics: &mut Diagnostics) -> Self {
        let mut difference = Self::default();
        for block in blocks {
            difference.read_block(version, block, diagnostics);
        }
        difference
    }

    fn read_block(&mut self, version: &str, block: &Block, diagnostics: &mut Diagnostics) {
        let Some(node) = schemas::decode(block, diagnostics) else { return };
        if let Some((said, _)) = node.label.as_ref().filter(|(said, _)| said != version) {
            let detail = format!("This file belongs to release {version}, but describes \"{said}\".");
            diagnostics.push(Diagnostic::error("Wrong release", detail).at(block.span));
            return;
        }
        self.kubernetes.extend(node.text_map("kubernetes"));
        if let Some(followed) = node.text("follows") {
            let place = node.place("follows").span;
            match &self.follows {
                Some((first, span)) if *first != followed => {
                    let detail = format!("Release {version} follows {first} already; there can be one only.");
                    let twice = Diagnostic::error("Two releases followed", detail).at(place);
                    diagnostics.push(twice.related(*span, "first here"));
                }
                _ => self.follows = Some((followed, place)),
            }
        }
        for nested in node.blocks("hop") {
            let Some(hop) = Hop::read(version, nested, diagnostics) else { continue };
            if self.hops.iter().any(|known| known.from == hop.from) {
                let detail = format!("The way from {} to {version} is described already.", hop.from);
                diagnostics.push(Diagnostic::error("Duplicate hop", detail).at(nested.span));
                continue;
            }
            self.hops.push(hop);
        }
        for nested in node.blocks("edition") {
            let Some((name, _)) = nested.label.clone() else { continue };
            if self.editions.insert(name.clone(), EditionDifference::of(nested)).is_some() {
                let detail = format!("Edition \"{name}\" of release {version} is described already.");
                diagnostics.push(Diagnostic::error("Duplicate edition", detail).at(nested.span));
            }
        }
        for nested in node.blocks("component") {
            let Some((name, _)) = nested.label.clone() else { continue };
            let change = ComponentDifference::of(nested, diagnostics);
            if self.components.insert(name.clone(), change).is_some() {
                let detail = format!("Component \"{name}\" is already part of release {version}.");
                diagnostics.push(Diagnostic::error("Duplicate component", detail).at(nested.span));
            }
        }
    }

    /// The release: everything of the one it follows, then what differs.
    pub fn over(self, base: Option<Release>, version: &str, diagnostics: &mut Diagnostics) -> Release {
        let mut release = base.unwrap_or_default();
        version.clone_into(&mut release.version);
        for (bound, target) in [("min", &mut release.kubernetes_min), ("max", &mut release.kubernetes_max)] {
            if let Some(text) = self.kubernetes.get(bound) {
                target.clone_from(text);
            }
        }
        for (name, edition) in self.editions {
            let size = edition.over(release.editions.get(&name).copied(), &name, diagnostics);
            release.editions.insert(name, size);
        }
        let (going, others): (Vec<_>, Vec<_>) = self.components.into_iter().partition(|(_, change)| !change.present);
        let mut gone = BTreeMap::new();
        let before: Vec<String> = release.components.keys().cloned().collect();
        for (name, change) in going {
            match release.components.remove(&name) {
                Some(component) => drop(gone.insert(name, component)),
                None => {
                    let detail = format!("There is no component \"{name}\" that release {version} could take away.");
                    diagnostics.push(Diagnostic::error("Unknown component", detail).at(change.span));
                }
            }
        }
        for (name, change) in others {
            let mut was: Vec<String> = Vec::new();
            for old in &change.was {
                if !before.contains(old) {
                    let detail = format!("\"{name}\" was \"{old}\", which the release before does not have.");
                    diagnostics.push(Diagnostic::error("Unknown component", detail).at(change.span));
                }
                let earlier = gone.get(old).or_else(|| release.components.get(old)).map(|old| old.was.clone());
                was.push(old.clone());
                was.extend(earlier.unwrap_or_default());
            }
            let mut component = release.components.remove(&name).unwrap_or_default();
            // What goes is renamed: the new one is made of the same.
            let successor = change.was.iter().filter_map(|old| gone.get(old)).cloned();
            for old in successor {
                component = merged(component, old);
            }
            component.was.extend(was);
            let mut seen = std::collections::BTreeSet::new();
            component.was.retain(|old| *old != name && seen.insert(old.clone()));
            change.apply(&mut component, &name, diagnostics);
            release.components.insert(name, component);
        }
        release
    }
}

/// Of two components that become one; the first says what both say.
fn merged(mut component: ReleaseComponent, old: ReleaseComponent) -> ReleaseComponent {
    if component.version.is_empty() {
        component.version = old.version;
    }
    for (target, source) in [
        (&mut component.images, old.images),
        (&mut component.replaces, old.replaces),
        (&mut component.architectures, old.architectures),
    ] {
        for (key, text) in source {
            target.entry(key).or_insert(text);
        }
    }
    for (name, value) in old.inputs {
        component.inputs.entry(name).or_insert(value);
    }
    component
}

impl EditionDifference {
    fn of(node: &Node<'_>) -> Self {
        let count = |name: &str| node.number(name).and_then(|count| usize::try_from(count).ok());
        Self { span: node.span, cpu: count("cpu"), memory_gb: count("memory_gb"), nodes: count("nodes") }
    }

    fn over(self, base: Option<LeastSize>, name: &str, diagnostics: &mut Diagnostics) -> LeastSize {
        let mut of = |argument: &str, given: Option<usize>, before: Option<u64>| {
            given.map(|count| count as u64).or(before).unwrap_or_else(|| {
                let detail = format!("Edition \"{name}\" is new, and needs the argument \"{argument}\".");
                diagnostics.push(Diagnostic::error("Missing argument", detail).at(self.span));
                0
            })
        };
        LeastSize {
            cpu: of("cpu", self.cpu, base.map(|size| size.cpu)),
            memory_gb: of("memory_gb", self.memory_gb, base.map(|size| size.memory_gb)),
            nodes: of("nodes", self.nodes, base.map(|size| size.nodes)),
        }
    }
}

impl ComponentDifference {
    fn of(node: &Node<'_>, diagnostics: &mut Diagnostics) -> Self {
        let present = node.flag("present");
        if !present && node.arguments.values().filter(|found| found.place.is_some()).count() > 1 {
            let detail = "Of a component that goes, nothing else can be said.";
            let finding = Diagnostic::error("Conflicting arguments", detail).at(node.place("present").span);
            diagnostics.push(finding);
        }
        Self {
            span: node.span,
            present,
            version: node.text("version"),
            was: node.texts("was"),
            images: node.changes("images"),
            replaces: node.changes("replaces"),
            architectures: node.changes("architectures"),
            inputs: node.map("inputs"),
        }
    }

    fn apply(self, component: &mut ReleaseComponent, name: &str, diagnostics: &mut Diagnostics) {
        let mut report = |summary: &str, detail: String| {
            diagnostics.push(Diagnostic::error(summary, detail).at(self.span));
        };
        match self.version {
            Some(version) => component.version = version,
            None if component.version.is_empty() => {
                report("Missing argument", format!("Component \"{name}\" is new, and needs a \"version\"."));
            }
            None => {}
        }
        for (key, image) in self.images {
            let before = component.images.get(&key);
            if before != image.as_ref() {
                // What was told of the image before is not true of this one.
                component.replaces.remove(&key);
                component.architectures.remove(&key);
            }
            match image {
                Some(image) => drop(component.images.insert(key, image)),
                None if before.is_none() => {
                    report("Unknown image", format!("Component \"{name}\" has no image \"{key}\" to take away."));
                }
                None => drop(component.images.remove(&key)),
            }
        }
        for (told, target) in
            [(self.replaces, &mut component.replaces), (self.architectures, &mut component.architectures)]
        {
            for (key, text) in told {
                if !component.images.contains_key(&key) {
                    report("Unknown image", format!("Component \"{name}\" has no image \"{key}\"."));
                }
                match text {
                    Some(text) => drop(target.insert(key, text)),
                    None => drop(target.remove(&key)),
                }
            }
        }
        for (input, value) in self.inputs {
            if value.is_null() {
                component.inputs.remove(&input);
            } else {
                component.inputs.insert(input, value);
            }
        }
    }
}

#[cfg(test)]
mod tests;
