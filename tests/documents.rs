//! The pages in `docs`: each can be found, and where one points there is something.

use std::collections::BTreeSet;
use std::fs;
use std::path::Component;
use std::path::Path;
use std::path::PathBuf;
use std::sync::LazyLock;

use regex::Regex;

/// The table of contents of the site that mdBook makes of the pages.
const CONTENTS: &str = "docs/SUMMARY.md";

static LINK: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\]\(([^)\s]+)\)").expect("a valid pattern"));
static CODE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?s)```.*?```|`[^`]*`").expect("a valid pattern"));

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// All pages, from the root of the project.
fn pages() -> BTreeSet<String> {
    let mut pages = BTreeSet::new();
    for folder in ["docs", "docs/reference"] {
        let entries = fs::read_dir(root().join(folder)).expect("a folder");
        let names = entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
        pages.extend(names.filter(|name| name.ends_with(".md")).map(|name| format!("{folder}/{name}")));
    }
    assert!(pages.len() > 40, "only {} pages were found", pages.len());
    pages
}

/// Where a page points: path from the root, and the part behind `#`. Not what lies on other machines.
fn links(page: &str) -> Vec<(String, String)> {
    let text = read(page);
    let text = CODE.replace_all(&text, "code");
    let targets = LINK.captures_iter(&text).map(|found| found[1].to_owned());
    let ours = targets.filter(|target| !target.contains("://") && !target.starts_with("mailto:"));
    let folder = Path::new(page).parent().expect("a folder");
    ours.map(|target| {
        let (path, part) = target.split_once('#').unwrap_or((&target, ""));
        let path = if path.is_empty() { page.to_owned() } else { plain(&folder.join(path)) };
        (path, part.to_owned())
    })
    .collect()
}

/// Without `..`.
fn plain(path: &Path) -> String {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => assert!(plain.pop(), "{} leads out of the project", path.display()),
            other => plain.push(other),
        }
    }
    plain.to_string_lossy().into_owned()
}

/// The names of a page's parts, as sites make them of headings.
fn parts(page: &str) -> BTreeSet<String> {
    let text = read(page);
    let headings = text.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let name = |heading: &str| {
        let plain = heading.to_lowercase().replace(' ', "-");
        plain.chars().filter(|c| c.is_alphanumeric() || ['-', '_'].contains(c)).collect()
    };
    headings.map(name).collect()
}

#[test]
fn every_link_leads_somewhere() {
    let mut all = pages();
    all.extend(["README.md", "CHANGELOG.md"].map(str::to_owned));
    let mut broken = Vec::new();
    for page in &all {
        for (path, part) in links(page) {
            let is_there = root().join(&path).exists();
            let is_part = part.is_empty() || !path.ends_with(".md") || (is_there && parts(&path).contains(&part));
            if !is_there || !is_part {
                broken.push(format!("{page}: {path}#{part}"));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn every_page_is_found() {
    let listed: Vec<String> = links(CONTENTS).into_iter().map(|(path, _)| path).collect();
    let once: BTreeSet<String> = listed.iter().cloned().collect();
    assert_eq!(listed.len(), once.len(), "a page stands twice in {CONTENTS}");
    let mut expected = pages();
    expected.remove(CONTENTS);
    assert_eq!(once, expected, "{CONTENTS}");
    let shown: BTreeSet<String> = links("README.md").into_iter().map(|(path, _)| path).collect();
    let is_hidden = |page: &&String| !page.starts_with("docs/reference/") && !shown.contains(*page);
    let hidden: Vec<&String> = expected.iter().filter(is_hidden).collect();
    assert!(hidden.is_empty(), "README.md does not name {hidden:?}");
}
