//! The files of one component in one version: its definition and what it renders from.
//!
//! A folder named after a version holds from that version on: of each file the newest that is not newer than the
//! component is taken, else the base file. An empty one takes the file away from there on. Custom kinds can also say only
//! what differs: `x.crd.changes` in such a folder is laid over `x.crd`.

use std::collections::BTreeMap;

use crate::config::ComponentSettings;

use super::Catalog;
use super::version;

/// Pieces that templates of all components may include.
pub(super) const SHARED: &str = "templates/_shared/";

/// What a component renders from: path and text of each file.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct ComponentFiles<'a> {
    /// Where names in `{% include %}` are looked for, before [`SHARED`].
    pub folder: String,
    /// Each renders to objects.
    pub templates: Vec<(String, &'a str)>,
    /// Only for inclusion: files whose name starts with `_`, and the shared ones.
    pub partials: Vec<(String, &'a str)>,
    /// CRDs in schema notation.
    pub definitions: Vec<DefinitionFile<'a>>,
}

/// A file of CRDs in schema notation, with what differs from it in later versions.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct DefinitionFile<'a> {
    pub path: String,
    pub text: &'a str,
    /// Path and text of each file of changes that holds, in the order in which they are laid over.
    pub changes: Vec<(String, &'a str)>,
}

impl<'a> ComponentFiles<'a> {
    /// The text of one of them, by its path.
    pub fn text(&self, path: &str) -> Option<&'a str> {
        let definitions = self.definitions.iter().map(|file| (&file.path, file.text));
        let changes = self.definitions.iter().flat_map(|file| &file.changes);
        let others = self.templates.iter().chain(&self.partials).chain(changes).map(|(path, text)| (path, *text));
        others.chain(definitions).find(|(known, _)| *known == path).map(|(_, text)| text)
    }
}

/// How the name of a file of changes ends, behind the name of what it changes.
const CHANGES: &str = ".changes";

impl Catalog {
    /// Path (for people) and text of a component's definition in a version.
    pub(super) fn definition(
        &self,
        name: &str,
        settings: Option<&ComponentSettings>,
        version: &str,
    ) -> Option<(String, &str)> {
        let (folder, files) = match settings.and_then(|settings| settings.source.as_deref()) {
            Some(source) => {
                let files = self.source(source)?.iter().map(|(path, text)| (path.as_str(), text.as_str()));
                (format!("{}/", source.trim_end_matches('/')), files.collect())
            }
            None => {
                let folder = format!("modules/{name}/");
                let files: Vec<_> =
                    self.files_under(&folder).map(|(path, text)| (&path[folder.len()..], text)).collect();
                (folder, files)
            }
        };
        let (path, text) = in_version(files, version).remove("module.hcl")?;
        (!text.trim().is_empty()).then(|| (format!("{folder}{path}"), text))
    }

    /// The files a component renders from in a version.
    pub(super) fn component_files(
        &self,
        name: &str,
        settings: Option<&ComponentSettings>,
        version: &str,
    ) -> ComponentFiles<'_> {
        let (folder, files) = match settings.and_then(|settings| settings.source.as_deref()) {
            Some(source) => {
                let files = self.source(source).into_iter().flatten();
                let files = files.filter_map(|(path, text)| Some((path.strip_prefix("templates/")?, text.as_str())));
                (format!("{}/templates/", source.trim_end_matches('/')), files.collect())
            }
            None => {
                let folder = format!("templates/{name}/");
                let files: Vec<_> =
                    self.files_under(&folder).map(|(path, text)| (&path[folder.len()..], text)).collect();
                (folder, files)
            }
        };
        let mut files = sort_out(folder, &files, version);
        files.partials.extend(self.files_under(SHARED).map(|(path, text)| (path.to_owned(), text)));
        files
    }
}

/// The files in force in a version, by path below the base folder: each with the path it really has.
fn in_version<'a>(files: Vec<(&'a str, &'a str)>, version: &str) -> BTreeMap<&'a str, (&'a str, &'a str)> {
    let mut chosen: BTreeMap<&str, (Option<&str>, &str, &str)> = BTreeMap::new();
    for (path, text) in files {
        let (folder, relative) = in_folder(path);
        let is_newer = |other: Option<&str>| match (folder, other) {
            (Some(folder), Some(other)) => version::compare(folder, other).is_gt(),
            (folder, _) => folder.is_some(),
        };
        if folder.is_none_or(|folder| version::holds_in(folder, version))
            && chosen.get(relative).is_none_or(|(other, ..)| is_newer(*other))
        {
            chosen.insert(relative, (folder, path, text));
        }
    }
    chosen.into_iter().map(|(relative, (_, path, text))| (relative, (path, text))).collect()
}

/// The folder of a version that a path lies in, and the path below it or below the base folder.
fn in_folder(path: &str) -> (Option<&str>, &str) {
    let folder = path.split_once('/').filter(|(first, _)| version::is_version(first));
    folder.map_or((None, path), |(folder, relative)| (Some(folder), relative))
}

/// What is laid over a file: changes of it from folders that hold and are newer than its own, oldest first.
fn changes_of<'a>(relative: &str, path: &str, files: &[(&'a str, &'a str)], version: &str) -> Vec<(&'a str, &'a str)> {
    let own = in_folder(path).0;
    let mut found: Vec<(&str, &str, &str)> = Vec::new();
    for (path, text) in files {
        let (Some(folder), changed) = in_folder(path) else { continue };
        let is_of_it = changed.strip_suffix(CHANGES) == Some(relative);
        let is_newer = own.is_none_or(|own| version::compare(folder, own).is_gt());
        if is_of_it && is_newer && version::holds_in(folder, version) {
            found.push((folder, path, text));
        }
    }
    found.sort_by(|a, b| version::compare(a.0, b.0));
    found.into_iter().map(|(_, path, text)| (path, text)).collect()
}

/// What the files in force in a version are for.
fn sort_out<'a>(folder: String, all: &[(&'a str, &'a str)], version: &str) -> ComponentFiles<'a> {
    let mut files = ComponentFiles { folder, ..ComponentFiles::default() };
    for (relative, (path, text)) in in_version(all.to_vec(), version) {
        let file = relative.rsplit('/').next().unwrap_or(relative);
        let entry = (format!("{}{path}", files.folder), text);
        if text.trim().is_empty() || file.starts_with('.') {
            continue;
        }
        if file.ends_with(".crd") {
            let changes = changes_of(relative, path, all, version).into_iter();
            let changes = changes.map(|(path, text)| (format!("{}{path}", files.folder), text)).collect();
            let (path, text) = entry;
            files.definitions.push(DefinitionFile { path, text, changes });
        } else if file.starts_with('_') {
            // By the name it would have in the base folder, so that includes find it.
            files.partials.push((format!("{}{relative}", files.folder), text));
        } else if file.ends_with(".yaml") || file.ends_with(".yml") {
            files.templates.push(entry);
        }
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(files: &[(String, &str)]) -> String {
        files.iter().map(|(path, text)| format!("{path}={text}")).collect::<Vec<_>>().join(" ")
    }

    fn defined(files: &[DefinitionFile<'_>]) -> String {
        let changes =
            |file: &DefinitionFile<'_>| file.changes.iter().map(|(_, text)| format!("+{text}")).collect::<String>();
        files.iter().map(|file| format!("{}={}{}", file.path, file.text, changes(file))).collect::<Vec<_>>().join(" ")
    }

    const FILES: [(&str, &str); 18] = [
        ("a.yaml", "base"),
        ("b.yaml", "base"),
        ("gone.yaml", "base"),
        ("_part.yaml", "base"),
        ("crds/x.crd", "base"),
        ("readme.md", "base"),
        ("1.0/b.yaml", "one"),
        ("1.0/_part.yaml", "one"),
        ("1.0/new.yaml", "one"),
        ("1.0/gone.yaml", "\n"),
        ("1.0/crds/x.crd.changes", "(one)"),
        ("1.2/crds/x.crd", "two"),
        ("v1.10/crds/x.crd.changes", "(ten)"),
        ("1.9/crds/x.crd.changes", "(nine)"),
        ("v1.10/b.yaml", "ten"),
        ("v1.10/new.yaml", ""),
        ("1.10.3/gone.yaml", "back"),
        ("2.0/b.yaml", "twenty"),
    ];

    #[test]
    fn a_folder_holds_from_its_version_on() {
        for (version, templates, partials, definitions) in [
            ("", "a.yaml=base b.yaml=base gone.yaml=base", "_part.yaml=base", "crds/x.crd=base"),
            ("0.9", "a.yaml=base b.yaml=base gone.yaml=base", "_part.yaml=base", "crds/x.crd=base"),
            ("1.0", "a.yaml=base 1.0/b.yaml=one 1.0/new.yaml=one", "_part.yaml=one", "crds/x.crd=base+(one)"),
            ("1.2", "a.yaml=base 1.0/b.yaml=one 1.0/new.yaml=one", "_part.yaml=one", "1.2/crds/x.crd=two"),
            ("1.9.9", "a.yaml=base 1.0/b.yaml=one 1.0/new.yaml=one", "_part.yaml=one", "1.2/crds/x.crd=two+(nine)"),
            ("1.10.2", "a.yaml=base v1.10/b.yaml=ten", "_part.yaml=one", "1.2/crds/x.crd=two+(nine)+(ten)"),
            (
                "1.11",
                "a.yaml=base v1.10/b.yaml=ten 1.10.3/gone.yaml=back",
                "_part.yaml=one",
                "1.2/crds/x.crd=two+(nine)+(ten)",
            ),
        ] {
            let files = sort_out(String::new(), &FILES, version);
            assert_eq!(list(&files.templates), templates, "{version}");
            assert_eq!(list(&files.partials), partials, "{version}");
            assert_eq!(defined(&files.definitions), definitions, "{version}");
        }
    }

    /// Definitions and users' own components follow the same rule.
    #[test]
    fn definitions_have_versions_too() {
        let owned = |files: &[(&str, &str)]| -> Vec<(String, String)> {
            files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
        };
        let catalog = Catalog::from_files(owned(&[
            ("modules/a/module.hcl", "base"),
            ("modules/a/1.2/module.hcl", "two"),
            ("modules/a/1.4/module.hcl", "\n"),
            ("modules/late/2.0/module.hcl", "late"),
            ("templates/_shared/_s.yaml", "shared"),
        ]))
        .with_source(
            "./own/",
            owned(&[("module.hcl", "base"), ("1.10/module.hcl", "ten"), ("templates/1.10/x.yaml", "ten")]),
        );
        let own = ComponentSettings { source: Some("./own/".into()), ..ComponentSettings::default() };
        for (name, settings, version, expected) in [
            ("a", None, "1.1", Some(("modules/a/module.hcl", "base"))),
            ("a", None, "1.3.9", Some(("modules/a/1.2/module.hcl", "two"))),
            ("a", None, "1.4", None),
            ("late", None, "1.9", None),
            ("late", None, "2.0", Some(("modules/late/2.0/module.hcl", "late"))),
            ("own", Some(&own), "1.9.1", Some(("./own/module.hcl", "base"))),
            ("own", Some(&own), "1.10.2", Some(("./own/1.10/module.hcl", "ten"))),
        ] {
            let found = catalog.definition(name, settings, version);
            let found = found.as_ref().map(|(path, text)| (path.as_str(), *text));
            assert_eq!(found, expected, "{name} {version}");
        }
        let files = catalog.component_files("own", Some(&own), "1.10.2");
        assert_eq!(list(&files.templates), "./own/templates/1.10/x.yaml=ten");
        assert_eq!(list(&files.partials), "templates/_shared/_s.yaml=shared");
        assert_eq!(catalog.component_files("own", Some(&own), "1.9.1").templates, []);
        assert_eq!(catalog.components(), ["a", "late"]);
    }
}
