//! Releases: which components a platform version is made of, in which versions, with which images.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::diag::Sources;
use crate::lang::Block;
use crate::lang::NoFiles;
use crate::lang::Scope;
use crate::lang::Value;
use crate::lang::evaluate_definition;

use super::Catalog;
use super::decode::Decoder;
use super::decode::label;

/// A platform version.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Release {
    pub version: String,
    /// Oldest and newest Kubernetes minor version, as `1.29`; empty for no bound.
    pub kubernetes_min: String,
    pub kubernetes_max: String,
    pub components: BTreeMap<String, ReleaseComponent>,
}

/// A component as a release has it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReleaseComponent {
    pub version: String,
    /// Image references by the key that templates use.
    pub images: BTreeMap<String, String>,
    /// By the same key: the image that upstream's release names and that its registry does not have any more.
    pub replaces: BTreeMap<String, String>,
    /// By the same key, where it is known: the processors an image is published for, as `amd64, arm64`.
    pub architectures: BTreeMap<String, String>,
    /// Values that differ from the defaults of the component's variables.
    pub inputs: BTreeMap<String, Value>,
}

const FOLDER: &str = "modules/releases/";

impl Catalog {
    /// The versions of all releases, oldest first.
    pub fn releases(&self) -> Vec<String> {
        let mut versions: Vec<String> = self
            .files_under(FOLDER)
            .filter_map(|(path, _)| path.strip_prefix(FOLDER)?.strip_suffix(".hcl"))
            .map(|path| path.split('/').next().unwrap_or(path).to_owned())
            .collect();
        versions.sort_by(|a, b| compare_versions(a, b));
        versions.dedup();
        versions
    }

    /// The releases on the way of an upgrade, each a hop from the one before: those after `from`, up to `to`.
    ///
    /// `None` where there is no way: one of the two is unknown, or `to` is the older one.
    pub fn hops(&self, from: &str, to: &str) -> Option<Vec<String>> {
        let releases = self.releases();
        let at = |version: &str| releases.iter().position(|known| known == version);
        let (from, to) = (at(from)?, at(to)?);
        releases.get(from + 1..=to).map(<[String]>::to_vec)
    }

    /// Reads a release. Its files are added to `sources`, so that findings in them can be shown.
    ///
    /// `None` where there is no such release: then the findings say which there are.
    pub fn release(&self, version: &str, sources: &mut Sources) -> (Option<Release>, Diagnostics) {
        let mut diagnostics = Diagnostics::new();
        let main = format!("{FOLDER}{version}.hcl");
        let folder = format!("{FOLDER}{version}/");
        let files: Vec<_> = self
            .file(&main)
            .map(|text| (main.as_str(), text))
            .into_iter()
            .chain(self.files_under(&folder).filter(|(path, _)| path.ends_with(".hcl")))
            .map(|(path, text)| Self::add_source(sources, path, text))
            .collect();
        if files.is_empty() {
            diagnostics.push(
                Diagnostic::error("Unknown release", format!("There is no release \"{version}\"."))
                    .help(format!("Known releases: {}.", self.releases().join(", "))),
            );
            return (None, diagnostics);
        }
        let definition = evaluate_definition(sources, &files, &["release"], &Scope::default(), &[], &NoFiles);
        diagnostics.extend(definition.diagnostics);
        let mut release = Release { version: version.to_owned(), ..Release::default() };
        for block in &definition.blocks {
            read_block(block, &mut release, &mut diagnostics);
        }
        (Some(release), diagnostics)
    }
}

impl Release {
    /// Whether a cluster's version (`v1.31.8`, `1.31`) lies in the window. `None` where it is no version.
    pub fn supports_kubernetes(&self, version: &str) -> Option<bool> {
        let minor = |text: &str| {
            let mut parts = text.trim_start_matches('v').split('.').map(|part| part.parse::<u32>().ok());
            Some((parts.next()??, parts.next()??))
        };
        let version = minor(version)?;
        let above = minor(&self.kubernetes_min).is_none_or(|min| version >= min);
        let below = minor(&self.kubernetes_max).is_none_or(|max| version <= max);
        Some(above && below)
    }
}

fn read_block(block: &Block, release: &mut Release, diagnostics: &mut Diagnostics) {
    if let Some(version) = label(block, "the release's version", diagnostics)
        && version != release.version
    {
        let detail = format!("This file belongs to release {}, but describes \"{version}\".", release.version);
        diagnostics.push(Diagnostic::error("Wrong release", detail).at(block.span));
        return;
    }
    let mut decoder = Decoder::new(block, &["kubernetes"], &["component"], diagnostics);
    let window = decoder.text_map("kubernetes");
    if let Some(min) = window.get("min") {
        release.kubernetes_min.clone_from(min);
    }
    if let Some(max) = window.get("max") {
        release.kubernetes_max.clone_from(max);
    }
    for nested in block.body.blocks_of("component") {
        let Some(name) = label(nested, "the component's name", diagnostics) else { continue };
        let mut decoder =
            Decoder::new(nested, &["version", "images", "replaces", "architectures", "inputs"], &[], diagnostics);
        let component = ReleaseComponent {
            version: decoder.required_text("version"),
            images: decoder.text_map("images"),
            replaces: decoder.text_map("replaces"),
            architectures: decoder.text_map("architectures"),
            inputs: decoder.values("inputs"),
        };
        let told_of = component.replaces.keys().chain(component.architectures.keys());
        for key in told_of.filter(|key| !component.images.contains_key(*key)) {
            let detail = format!("Component \"{name}\" has no image \"{key}\".");
            diagnostics.push(Diagnostic::error("Unknown image", detail).at(nested.span));
        }
        if release.components.insert(name.clone(), component).is_some() {
            let detail = format!("Component \"{name}\" is already part of release {}.", release.version);
            diagnostics.push(Diagnostic::error("Duplicate component", detail).at(nested.span));
        }
    }
}

/// Compares versions by their numbers (`1.10.2` after `1.9.1`), texts by letters.
pub(super) fn compare_versions(a: &str, b: &str) -> Ordering {
    let parts = |text: &str| -> Vec<(u64, String)> {
        text.split(['.', '-'])
            .map(|part| part.parse().map_or((u64::MAX, part.to_owned()), |number| (number, String::new())))
            .collect()
    };
    parts(a).cmp(&parts(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows() {
        let release = Release { kubernetes_min: "1.29".into(), kubernetes_max: "1.32".into(), ..Release::default() };
        for (version, expected) in [
            ("v1.29.0", Some(true)),
            ("1.32", Some(true)),
            ("v1.32.11+k3s1", Some(true)),
            ("v1.28.9", Some(false)),
            ("1.33.0", Some(false)),
            ("latest", None),
        ] {
            assert_eq!(release.supports_kubernetes(version), expected, "{version}");
        }
        assert_eq!(Release::default().supports_kubernetes("1.5"), Some(true));
    }

    #[test]
    fn lists_releases_in_order() {
        let paths = ["1.9.1.hcl", "1.10.2.hcl", "1.9.1/dex.hcl", "26.03/a.hcl", "1.8.1.hcl", "1.8.1/readme.md"];
        let catalog = Catalog::from_files(paths.map(|path| (format!("{FOLDER}{path}"), String::new())));
        assert_eq!(catalog.releases(), ["1.8.1", "1.9.1", "1.10.2", "26.03"]);
        for (from, to, expected) in [
            ("1.8.1", "1.10.2", Some("1.9.1 1.10.2")),
            ("1.8.1", "1.8.1", Some("")),
            ("1.10.2", "1.8.1", None),
            ("1.10.2", "1.9.1", None),
            ("1.7", "1.9.1", None),
        ] {
            let hops = catalog.hops(from, to).map(|hops| hops.join(" "));
            assert_eq!(hops.as_deref(), expected, "{from} to {to}");
        }
    }
}
