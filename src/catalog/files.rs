//! The template files of one component in one version.

use std::collections::BTreeMap;

use crate::config::ComponentSettings;

use super::Catalog;

/// What a component renders from: path and text by path below its template folder.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct ComponentFiles<'a> {
    /// Where names in `{% include %}` are looked for.
    pub folder: String,
    /// Each renders to objects.
    pub templates: Vec<(String, &'a str)>,
    /// Only for inclusion: files whose name starts with `_`.
    pub partials: Vec<(String, &'a str)>,
    /// CRDs in schema notation.
    pub definitions: Vec<(String, &'a str)>,
}

impl Catalog {
    /// Path (for people) and text of a component's definition.
    pub(super) fn definition(&self, name: &str, settings: Option<&ComponentSettings>) -> Option<(String, &str)> {
        match settings.and_then(|settings| settings.source.as_deref()) {
            Some(source) => {
                let text = self.source(source)?.get("module.hcl")?;
                Some((format!("{}/module.hcl", source.trim_end_matches('/')), text))
            }
            None => {
                let path = format!("modules/{name}/module.hcl");
                let text = self.file(&path)?;
                Some((path, text))
            }
        }
    }

    /// The files a component renders from, those of the version in place of the base files of the same name. An empty
    /// file of a version takes the base file away.
    pub(super) fn component_files(
        &self,
        name: &str,
        settings: Option<&ComponentSettings>,
        version: &str,
    ) -> ComponentFiles<'_> {
        let source = settings.and_then(|settings| settings.source.as_deref());
        let own = source.map(|source| {
            let files = self.source(source).into_iter().flatten();
            files
                .filter_map(|(path, text)| Some((path.strip_prefix("templates/")?.to_owned(), text.as_str())))
                .collect()
        });
        let folder = match source {
            Some(source) => format!("{}/templates/", source.trim_end_matches('/')),
            None => format!("templates/{name}/"),
        };
        let files: Vec<(String, &str)> = own.unwrap_or_else(|| {
            let files = self.files_under(&folder);
            files.map(|(path, text)| (path[folder.len()..].to_owned(), text)).collect()
        });
        sort_out(folder, files, version)
    }
}

fn sort_out<'a>(folder: String, files: Vec<(String, &'a str)>, version: &str) -> ComponentFiles<'a> {
    let mut chosen: BTreeMap<String, (String, &str)> = BTreeMap::new();
    let is_override = |path: &str| path.split_once('/').is_some_and(|(first, _)| is_version(first));
    let (overrides, base): (Vec<_>, Vec<_>) = files.into_iter().partition(|(path, _)| is_override(path));
    for (path, text) in base {
        chosen.insert(path.clone(), (path, text));
    }
    for (path, text) in overrides {
        if let Some((_, relative)) = path.split_once('/').filter(|(first, _)| *first == version) {
            chosen.insert(relative.to_owned(), (path, text));
        }
    }
    let mut files = ComponentFiles { folder, ..ComponentFiles::default() };
    for (relative, (path, text)) in chosen {
        let file = relative.rsplit('/').next().unwrap_or(&relative);
        let entry = (format!("{}{path}", files.folder), text);
        if text.trim().is_empty() || file.starts_with('.') {
            continue;
        }
        if file.ends_with(".crd") {
            files.definitions.push(entry);
        } else if file.starts_with('_') {
            // By the name it would have in the base folder, so that includes find it.
            files.partials.push((format!("{}{relative}", files.folder), text));
        } else if file.ends_with(".yaml") || file.ends_with(".yml") {
            files.templates.push(entry);
        }
    }
    files
}

/// Whether a folder is named after a version: `2.39.1`, `v1.2`.
fn is_version(name: &str) -> bool {
    name.strip_prefix('v').unwrap_or(name).starts_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_replace_base_files() {
        let files = [
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
            ("2.0/b.yaml", "two"),
        ]
        .map(|(path, text)| (path.to_owned(), text));
        let files = sort_out("templates/c/".into(), files.to_vec(), "1.0");
        let list =
            |files: &[(String, &str)]| files.iter().map(|(path, text)| format!("{path}={text}")).collect::<Vec<_>>();
        assert_eq!(
            list(&files.templates),
            ["templates/c/a.yaml=base", "templates/c/1.0/b.yaml=one", "templates/c/1.0/new.yaml=one"]
        );
        assert_eq!(list(&files.partials), ["templates/c/_part.yaml=one"]);
        assert_eq!(list(&files.definitions), ["templates/c/crds/x.crd=base"]);
    }
}
