//! The data files a run works with: those in the binary, what stands in their place, and users' own components.
//!
//! A table of path and text. It reads nothing from disk and parses nothing.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Bound;

use crate::diag::SourceId;
use crate::diag::Sources;

use super::version::is_version;

/// `FILES`: path and text of every embedded file, sorted by path.
mod embedded {
    include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

    pub fn files() -> &'static [(&'static str, &'static str)] {
        FILES
    }
}

/// All definitions of components, releases and providers, as text by path.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    /// By path from the project's root: `modules/dex/module.hcl`.
    files: BTreeMap<Cow<'static, str>, Cow<'static, str>>,
    /// Users' own components: by the `source` they are configured with, then by path in that directory.
    sources: BTreeMap<String, BTreeMap<String, String>>,
}

impl Catalog {
    /// What the binary carries.
    pub fn embedded() -> Self {
        let files = embedded::files().iter().map(|(path, text)| (Cow::Borrowed(*path), Cow::Borrowed(*text)));
        Self { files: files.collect(), sources: BTreeMap::new() }
    }

    /// A catalog of these files only.
    pub fn from_files(files: impl IntoIterator<Item = (String, String)>) -> Self {
        Self::default().with_overrides(files)
    }

    /// Puts the files of a `--catalog` directory over those it has: a file of the same path replaces, others are
    /// added. Paths are relative to that directory, with forward slashes (`modules/dex/module.hcl`).
    pub fn with_overrides(mut self, files: impl IntoIterator<Item = (String, String)>) -> Self {
        self.files.extend(files.into_iter().map(|(path, text)| (Cow::Owned(path), Cow::Owned(text))));
        self
    }

    /// Adds a user's own component.
    ///
    /// # Arguments
    ///
    /// * `source`: as the `component` block writes it (`./modules/mlflow`).
    /// * `files`: `module.hcl` and `templates/…`, paths relative to that directory, with forward slashes.
    pub fn with_source(mut self, source: impl Into<String>, files: impl IntoIterator<Item = (String, String)>) -> Self {
        self.sources.insert(source.into(), files.into_iter().collect());
        self
    }

    /// The text of a file, by path from the project's root.
    pub fn file(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(|text| text.as_ref())
    }

    /// Path and text of all files under a folder given with its closing slash (`providers/`), in the order of paths.
    pub fn files_under<'a, 'f>(&'a self, folder: &'f str) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a, 'f> {
        self.files
            .range::<str, _>((Bound::Included(folder), Bound::Unbounded))
            .take_while(move |(path, _)| path.starts_with(folder))
            .map(|(path, text)| (path.as_ref(), text.as_ref()))
    }

    /// The names of all components that are built in in some version, sorted.
    pub fn components(&self) -> Vec<&str> {
        let folders = self.files_under("modules/").filter_map(|(path, _)| {
            let folder = path.strip_prefix("modules/")?.strip_suffix("/module.hcl")?;
            match folder.split_once('/') {
                None => Some(folder),
                Some((name, version)) => is_version(version).then_some(name),
            }
        });
        let mut names: Vec<&str> = folders.filter(|name| !name.contains('/')).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Adds a file to `sources`, once.
    pub(super) fn add_source(sources: &mut Sources, path: &str, text: &str) -> SourceId {
        let known = sources.ids().find(|id| sources.path(*id) == path && sources.text(*id) == text);
        known.unwrap_or_else(|| sources.add(path, text))
    }

    /// The files of a user's own component; `None` where its directory was not added.
    pub(super) fn source(&self, source: &str) -> Option<&BTreeMap<String, String>> {
        self.sources.get(source)
    }
}

#[cfg(test)]
mod tests {
    use super::super::files::ComponentFiles;
    use super::super::produce;
    use super::super::template::Templates;
    use super::*;

    fn all_files(catalog: &Catalog) -> Vec<ComponentFiles<'_>> {
        let versions = |name: &str| {
            let folders = [format!("modules/{name}/"), format!("templates/{name}/")];
            let paths = folders.iter().flat_map(|folder| {
                catalog.files_under(folder).map(|(path, _)| path[folder.len()..].split('/').next().unwrap_or(path))
            });
            let mut versions: Vec<String> = paths.filter(|first| is_version(first)).map(str::to_owned).collect();
            versions.push(String::new());
            versions
        };
        let all = catalog.components().into_iter().flat_map(|name| {
            versions(name).into_iter().map(move |version| catalog.component_files(name, None, &version))
        });
        all.collect()
    }

    #[test]
    fn every_template_parses() {
        let catalog = Catalog::embedded();
        for files in all_files(&catalog) {
            let all = files.templates.iter().chain(&files.partials).map(|(path, text)| (path.as_str(), *text));
            assert_eq!(Templates::parse(&files.folder, all).err(), None, "{}", files.folder);
        }
    }

    #[test]
    fn every_definition_reads() {
        let catalog = Catalog::embedded();
        for file in all_files(&catalog).iter().flat_map(|files| &files.definitions) {
            let (objects, problems) = produce::from_notation(file);
            assert_eq!(problems, [], "{}", file.path);
            assert!(!objects.is_empty(), "{} holds nothing", file.path);
        }
    }

    #[test]
    fn overrides_replace_and_add() {
        let file = |path: &str, text: &str| (path.to_owned(), text.to_owned());
        let base = Catalog::from_files([file("modules/a/module.hcl", "1"), file("modules/a/x/module.hcl", "")]);
        let catalog = base.with_overrides([file("modules/a/module.hcl", "2"), file("modules/b/module.hcl", "3")]);
        assert_eq!(catalog.components(), ["a", "b"]);
        assert_eq!(catalog.file("modules/a/module.hcl"), Some("2"));
        assert_eq!(catalog.files_under("modules/b/").collect::<Vec<_>>(), [("modules/b/module.hcl", "3")]);
    }
}
