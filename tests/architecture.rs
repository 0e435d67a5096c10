//! The house's rules, read from the source: import direction, opening comments, no printing outside `cli`.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

/// DESIGN.md section 4: a folder imports only those above it.
const ORDER: [&str; 12] =
    ["diag", "object", "lang", "config", "catalog", "plan", "provider", "state", "apply", "sandbox", "ops", "cli"];

/// Folders that do no I/O, and what would be I/O.
const PURE: [&str; 6] = ["diag", "object", "lang", "config", "catalog", "plan"];
const INPUT_OUTPUT: [&str; 6] = ["std::fs", "std::net::Tcp", "std::process", "tokio", "kube::", "hyper"];

fn sources() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("the source tree is readable") {
            let path = entry.expect("the source tree is readable").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") && !path.to_string_lossy().ends_with("tests.rs") {
                let text = fs::read_to_string(&path).expect("sources are text");
                let path = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).expect("below the root").to_owned();
                found.push((path, text));
            }
        }
    }
    assert!(found.len() > 20, "the source tree was not found");
    found
}

/// The text before the unit tests, which may use anything.
fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap_or(text)
}

fn room(path: &Path) -> Option<usize> {
    let folder = path.components().nth(1)?.as_os_str().to_str()?;
    ORDER.iter().position(|name| *name == folder)
}

#[test]
fn folders_import_only_those_above_them() {
    let mut broken = Vec::new();
    for (path, text) in sources() {
        let Some(own) = room(&path) else { continue };
        for (below, name) in ORDER.iter().enumerate().skip(own + 1) {
            if without_tests(&text)
                .lines()
                .any(|l| !l.trim_start().starts_with("//") && l.contains(&format!("crate::{name}")))
            {
                broken.push(format!("{} imports {name}, which stands below {}", path.display(), ORDER[own]));
            }
            let _ = below;
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn pure_folders_do_no_input_or_output() {
    let mut broken = Vec::new();
    for (path, text) in sources() {
        let Some(own) = room(&path) else { continue };
        if !PURE.contains(&ORDER[own]) {
            continue;
        }
        for line in without_tests(&text).lines().filter(|l| !l.trim_start().starts_with("//")) {
            if let Some(what) = INPUT_OUTPUT.iter().find(|what| line.contains(**what)) {
                broken.push(format!("{}: {what} in {}", path.display(), line.trim()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn only_the_command_line_prints() {
    let mut broken = Vec::new();
    for (path, text) in sources() {
        if room(&path).is_none_or(|own| ORDER[own] == "cli") {
            continue;
        }
        for line in without_tests(&text).lines().filter(|l| !l.trim_start().starts_with("//")) {
            if ["println!", "eprintln!", "print!(", "dbg!"].iter().any(|what| line.contains(what)) {
                broken.push(format!("{}: {}", path.display(), line.trim()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_module_says_what_it_is() {
    let silent: Vec<String> = sources()
        .into_iter()
        .filter(|(_, text)| !text.trim_start().starts_with("//!"))
        .map(|(path, _)| path.display().to_string())
        .collect();
    assert!(silent.is_empty(), "no opening comment in {}", silent.join(", "));
}
