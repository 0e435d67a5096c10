//! The files of a crate as its `mod` lines reach them from its root. Judges nothing.

use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;

use super::source::Source;

/// The root of the project.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file that is reached from a crate's root, which is named from the project's.
pub fn reached(crate_root: &str) -> Vec<Source> {
    let path = PathBuf::from(crate_root);
    let folder = path.parent().expect("a file lies in a folder").to_owned();
    let mut reached = Vec::new();
    let mut open = vec![(path, folder, "crate".to_owned(), false)];
    while let Some((path, below, module, is_test)) = open.pop() {
        let text = std::fs::read_to_string(root().join(&path)).expect("a source is a text");
        let source = Source::read(path, &text, &module, is_test);
        for (name, for_tests) in &source.children {
            let folder = below.join(name);
            let alone = below.join(format!("{name}.rs"));
            let child = if root().join(&alone).is_file() { alone } else { folder.join("mod.rs") };
            open.push((child, folder, format!("{module}::{name}"), is_test || *for_tests));
        }
        reached.push(source);
    }
    reached.sort_by(|a, b| a.path.cmp(&b.path));
    reached
}

/// The files with an ending below a folder of the project, named from its root.
pub fn files(folder: &str, ending: &str) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a readable folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                found.insert(path.strip_prefix(root()).expect("below the root").to_owned());
            }
        }
    }
    found
}
