//! Releases: which components a platform version is made of, in which versions, with which images.
//!
//! What a release's files say is read and laid over the release it follows in `difference`.

use std::collections::BTreeMap;

use crate::config::LeastSize;
use crate::config::rules;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::diag::Sources;
use crate::lang::NoFiles;
use crate::lang::Scope;
use crate::lang::Value;
use crate::lang::evaluate_definition;

use super::Catalog;
use super::Deed;
use super::Hop;
use super::HopStep;
use super::difference::Difference;
use super::version;

/// A platform version.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Release {
    pub version: String,
    /// Oldest and newest Kubernetes minor version, as `1.29`; empty for no bound.
    pub kubernetes_min: String,
    pub kubernetes_max: String,
    /// What each edition asks of a cluster, by its name.
    pub editions: BTreeMap<String, LeastSize>,
    pub components: BTreeMap<String, ReleaseComponent>,
}

/// A component as a release has it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReleaseComponent {
    pub version: String,
    /// Names it had, or those of the components it was a part of, in earlier releases.
    pub was: Vec<String>,
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
        versions.sort_by(|a, b| version::compare(a, b));
        versions.dedup();
        versions
    }

    /// The hops that lead to a release, from the oldest on, with what is wrong with what its files say.
    pub fn hops_to(&self, version: &str, sources: &mut Sources) -> (Vec<Hop>, Diagnostics) {
        let mut diagnostics = Diagnostics::new();
        let mut hops = self.difference(version, sources, &mut diagnostics).hops;
        hops.sort_by(|a, b| version::compare(&a.from, &b.from));
        let known = self.releases();
        for hop in hops.iter().filter(|hop| !known.contains(&hop.from)) {
            let detail = format!("A hop to {version} comes from \"{}\", which is no release.", hop.from);
            diagnostics.push(Diagnostic::error("Unknown release", detail).help(self.known_releases()));
        }
        for hop in &mut hops {
            self.fill_programs(hop, sources, &mut diagnostics);
        }
        (hops, diagnostics)
    }

    /// The texts of the programs that steps of a hop run; their images must be in the release they are taken from.
    fn fill_programs(&self, hop: &mut Hop, sources: &mut Sources, diagnostics: &mut Diagnostics) {
        if hop.steps.iter().all(|step| step.job().is_none()) {
            return;
        }
        let (from, to) = (self.release(&hop.from, sources).0, self.release(&hop.to, sources).0);
        let (from, to) = (from.unwrap_or_default(), to.unwrap_or_default());
        let place = format!("of the hop from {} to {}", hop.from, hop.to);
        for step in &mut hop.steps {
            let title = step.title();
            let Deed::Run(job) = &step.deed else { continue };
            if job.published(&from, &to).is_none() {
                let detail = format!(
                    "{title} {place} runs the image {}.{}, which its release has not.",
                    job.image.0, job.image.1
                );
                diagnostics.push(Diagnostic::error("Unknown image", detail));
            }
            if let Err(reason) = self.fill_program(step) {
                diagnostics.push(Diagnostic::error("Unknown program", format!("{title} {place}: {reason}.")));
            }
        }
    }

    /// Adds the text of its program to a step that runs one.
    ///
    /// # Errors
    /// There is no such file.
    pub fn fill_program(&self, step: &mut HopStep) -> Result<(), String> {
        match &mut step.deed {
            Deed::Run(job) => job.fill(|path| self.file(path)),
            _ => Ok(()),
        }
    }

    /// What the files of a release say.
    fn difference(&self, version: &str, sources: &mut Sources, diagnostics: &mut Diagnostics) -> Difference {
        let files: Vec<_> =
            self.release_files(version).into_iter().map(|(path, text)| Self::add_source(sources, path, text)).collect();
        let definition = evaluate_definition(sources, &files, &["release"], &Scope::default(), &[], &NoFiles);
        diagnostics.extend(definition.diagnostics);
        Difference::read(version, &definition.blocks, diagnostics)
    }

    /// Reads a release, with those it follows. Their files are added to `sources`, so that findings in them can be shown.
    ///
    /// `None` where there is no such release: then the findings say which there are.
    pub fn release(&self, version: &str, sources: &mut Sources) -> (Option<Release>, Diagnostics) {
        let mut diagnostics = Diagnostics::new();
        if self.release_files(version).is_empty() {
            let unknown = Diagnostic::error("Unknown release", format!("There is no release \"{version}\"."));
            diagnostics.push(unknown.help(self.known_releases()));
            return (None, diagnostics);
        }
        let release = self.resolve(version, &mut Vec::new(), sources, &mut diagnostics);
        (release, diagnostics)
    }

    /// A release on top of the one it follows. `None` where that one cannot be had.
    ///
    /// # Arguments
    ///
    /// * `followers`: the releases on the way here, which must not come again.
    fn resolve(
        &self,
        version: &str,
        followers: &mut Vec<String>,
        sources: &mut Sources,
        diagnostics: &mut Diagnostics,
    ) -> Option<Release> {
        let difference = self.difference(version, sources, diagnostics);
        followers.push(version.to_owned());
        let base = match &difference.follows {
            None => None,
            Some((followed, span)) => {
                if followers.contains(followed) {
                    let detail = format!("These releases follow each other: {} -> {followed}.", followers.join(" -> "));
                    diagnostics.push(Diagnostic::error("Circle of releases", detail).at(*span));
                    return None;
                }
                if self.release_files(followed).is_empty() {
                    let detail = format!("Release {version} follows \"{followed}\", which is no release.");
                    let unknown = Diagnostic::error("Unknown release", detail).at(*span);
                    diagnostics.push(unknown.help(self.known_releases()));
                    return None;
                }
                Some(self.resolve(followed, followers, sources, diagnostics)?)
            }
        };
        Some(difference.over(base, version, diagnostics))
    }

    /// Path and text of what describes a release: a file of its name, and all in a folder of its name.
    fn release_files(&self, version: &str) -> Vec<(&str, &str)> {
        let (main, folder) = (format!("{FOLDER}{version}.hcl"), format!("{FOLDER}{version}/"));
        let files = self.files_under(FOLDER).filter(|(path, _)| *path == main || path.starts_with(&folder));
        files.filter(|(path, text)| path.ends_with(".hcl") && !text.trim().is_empty()).collect()
    }

    fn known_releases(&self) -> String {
        format!("Known releases: {}.", self.releases().join(", "))
    }
}

impl Release {
    /// Whether a cluster's version (`v1.31.8`, `1.31`) lies in the window. `None` where it is no version.
    pub fn supports_kubernetes(&self, version: &str) -> Option<bool> {
        rules::kubernetes_in_window(version, &self.kubernetes_min, &self.kubernetes_max)
    }

    /// Names of components that went, each with the names that what was theirs has now.
    pub fn successors(&self) -> BTreeMap<&str, Vec<&str>> {
        let mut successors: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, was) in self.renamed() {
            let gone = was.iter().filter(|old| !self.components.contains_key(*old));
            gone.for_each(|old| successors.entry(old.as_str()).or_default().push(name));
        }
        successors
    }

    /// The components that were renamed or split out of others: under which names to look for what is theirs.
    pub fn renamed(&self) -> BTreeMap<&str, &[String]> {
        let renamed = self.components.iter().filter(|(_, component)| !component.was.is_empty());
        renamed.map(|(name, component)| (name.as_str(), component.was.as_slice())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_releases_in_order() {
        let paths = ["1.9.1.hcl", "1.10.2.hcl", "1.9.1/dex.hcl", "26.03/a.hcl", "1.8.1.hcl", "1.8.1/readme.md"];
        let catalog = Catalog::from_files(paths.map(|path| (format!("{FOLDER}{path}"), String::new())));
        assert_eq!(catalog.releases(), ["1.8.1", "1.9.1", "1.10.2", "26.03"]);
    }
}
