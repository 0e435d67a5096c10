//! The house's rules, read from the source: import direction, what is pure, opening comments, sizes, files that nobody
//! compiles. Whole files are judged, but for what is compiled for tests only.
//!
//! Which folders there are, in which order, and which do no I/O is said once: in the table of `src/lib.rs`.

mod source;
mod tree;

use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;
use std::sync::LazyLock;

use source::Name;
use source::Source;

/// The library and the program.
static SOURCES: LazyLock<Vec<Source>> = LazyLock::new(|| {
    let mut sources = tree::reached("src/lib.rs");
    sources.extend(tree::reached("src/main.rs"));
    assert!(sources.len() > 300, "only {} sources were found", sources.len());
    sources
});

/// A row of the table in `src/lib.rs`.
struct Folder {
    name: String,
    is_pure: bool,
}

static FOLDERS: LazyLock<Vec<Folder>> = LazyLock::new(|| {
    let map = std::fs::read_to_string(tree::root().join("src/lib.rs")).expect("the map");
    let rows = map.lines().filter_map(|line| line.strip_prefix("//! | `"));
    let folder = |row: &str| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let name = cells[0].trim_end_matches('`').to_owned();
        Folder { name, is_pure: cells.get(2) == Some(&"no") }
    };
    rows.map(folder).collect()
});

/// What reaches out of the process, or differs from one run to the next: a pure folder names none of it. A path stands for
/// all below it, one that begins with `…::` for every path that ends so.
const OUTSIDE: [&str; 24] = [
    "std::fs",
    "std::env",
    "std::net::TcpListener",
    "std::net::TcpStream",
    "std::net::ToSocketAddrs",
    "std::net::UdpSocket",
    "std::os",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
    "…::stderr",
    "…::stdin",
    "…::stdout",
    "getrandom",
    "…::Uuid::new_v4",
    "…::Timestamp::now",
    "…::Zoned::now",
    "hyper",
    "hyper_util",
    "kube",
    "reqwest",
    "tokio",
    "tower",
];

/// Where a pure folder names such a thing all the same, and why. One that is no longer needed fails.
const EXCEPTIONS: [(&str, &str, &str); 4] = [
    ("src/catalog/secret.rs", "getrandom", "generates a secret's value; who asks for it decides when"),
    ("src/catalog/credential.rs", "getrandom", "names the error of what it has generated"),
    ("src/catalog/verified.rs", "getrandom", "makes keys and salts; who asks for them decides when"),
    ("src/catalog/parallel.rs", "std::thread", "renders on all processors; the order of the results does not show it"),
];

/// No file of a folder is read to its end that is longer.
const LONGEST: usize = 600;

fn folder(path: &Path) -> Option<usize> {
    let name = path.components().nth(1)?.as_os_str().to_str()?;
    let name = name.trim_end_matches(".rs");
    FOLDERS.iter().position(|folder| folder.name == name)
}

/// Whether a name is a path, or lies below it.
fn is_below(name: &str, path: &str) -> bool {
    match path.strip_prefix("…::") {
        Some(end) => name == end || name.ends_with(&format!("::{end}")),
        None => name.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with("::")),
    }
}

fn at(source: &Source, name: &Name) -> String {
    format!("{}:{}: {}", source.path.display(), name.line, name.text)
}

/// The names in what is not for tests.
fn names(is_meant: impl Fn(&Source) -> bool) -> impl Iterator<Item = (&'static Source, &'static Name)> {
    let sources = SOURCES.iter().filter(move |source| !source.is_test && is_meant(source));
    sources.flat_map(|source| source.names.iter().map(move |name| (source, name)))
}

#[track_caller]
fn assert_none(broken: &[String]) {
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn the_map_names_every_folder() {
    let told: BTreeSet<String> = FOLDERS.iter().map(|folder| folder.name.clone()).collect();
    let map = SOURCES.iter().find(|source| source.path == Path::new("src/lib.rs")).expect("the map");
    let there: BTreeSet<String> = map.children.iter().map(|(name, _)| name.clone()).collect();
    assert_eq!(told, there, "the table in src/lib.rs");
    assert!(FOLDERS.iter().filter(|folder| folder.is_pure).count() >= 6, "the table tells what is pure");
}

#[test]
fn folders_import_only_those_above_them() {
    let broken: Vec<String> = names(|_| true)
        .filter_map(|(source, name)| {
            let own = folder(&source.path)?;
            let used = name.text.strip_prefix("crate::").or_else(|| name.text.strip_prefix("$crate::"))?;
            let used = used.split("::").next()?;
            let below = FOLDERS.iter().position(|folder| folder.name == used)? > own;
            below.then(|| format!("{}, which stands below {}", at(source, name), FOLDERS[own].name))
        })
        .collect();
    assert_none(&broken);
}

#[test]
fn pure_folders_do_no_input_or_output() {
    let mut broken = Vec::new();
    let mut needed = BTreeSet::new();
    let is_pure = |source: &Source| folder(&source.path).is_some_and(|own| FOLDERS[own].is_pure);
    for (source, name) in names(is_pure) {
        let Some(outside) = OUTSIDE.iter().find(|outside| is_below(&name.text, outside)) else { continue };
        let exception = EXCEPTIONS.iter().position(|(file, what, _)| source.path == Path::new(file) && what == outside);
        match exception {
            Some(exception) => drop(needed.insert(exception)),
            None => broken.push(at(source, name)),
        }
    }
    let idle = EXCEPTIONS.iter().enumerate().filter(|(at, _)| !needed.contains(at));
    broken.extend(idle.map(|(_, (file, what, _))| format!("{file} needs no exception for {what} any more")));
    assert_none(&broken);
}

#[test]
fn only_the_command_line_prints() {
    let is_meant = |source: &Source| folder(&source.path).is_some_and(|own| FOLDERS[own].name != "cli");
    let prints = ["print!", "println!", "eprint!", "eprintln!", "dbg!"];
    let printing = names(is_meant).filter(|(_, name)| prints.contains(&name.text.as_str()));
    assert_none(&printing.map(|(source, name)| at(source, name)).collect::<Vec<_>>());
}

#[test]
fn nothing_is_left_open() {
    let open = [".unwrap()", "todo!", "unimplemented!", "unsafe"];
    let left = names(|_| true).filter(|(_, name)| open.contains(&name.text.as_str()));
    assert_none(&left.map(|(source, name)| at(source, name)).collect::<Vec<_>>());
}

#[test]
fn every_file_says_what_it_is_and_is_read_at_once() {
    let mut broken = Vec::new();
    for path in tree::files("src", ".rs").into_iter().chain(tree::files("tests", ".rs")) {
        let text = std::fs::read_to_string(tree::root().join(&path)).expect("a text");
        if !text.trim_start().starts_with("//!") {
            broken.push(format!("{}: no opening comment that says what it is and is not", path.display()));
        }
        let lines = text.lines().count();
        if lines > LONGEST {
            broken.push(format!("{}: {lines} lines; which nouns live in it?", path.display()));
        }
    }
    assert_none(&broken);
}

#[test]
fn no_file_is_forgotten() {
    let mut reached: BTreeSet<PathBuf> = SOURCES.iter().map(|source| source.path.clone()).collect();
    for root in programs() {
        reached.extend(tree::reached(&root).into_iter().map(|source| source.path));
    }
    let there = tree::files("src", ".rs").into_iter().chain(tree::files("tests", ".rs"));
    let forgotten = there.filter(|path| !reached.contains(path));
    assert_none(&forgotten.map(|path| format!("{}: no mod line leads here", path.display())).collect::<Vec<_>>());
}

/// The roots of the programs below `tests`, as Cargo is told.
fn programs() -> Vec<String> {
    let manifest = std::fs::read_to_string(tree::root().join("Cargo.toml")).expect("the manifest");
    let paths = manifest.lines().filter_map(|line| line.strip_prefix("path = \"")?.strip_suffix('"'));
    let programs: Vec<String> = paths.filter(|path| path.starts_with("tests/")).map(str::to_owned).collect();
    assert!(programs.iter().any(|path| path == "tests/main.rs"), "{programs:?}");
    programs
}

#[test]
fn no_fixture_is_forgotten() {
    let read: Vec<String> = tree::files("tests", ".rs")
        .iter()
        .map(|path| std::fs::read_to_string(tree::root().join(path)).expect("a text"))
        .collect();
    let folders = std::fs::read_dir(tree::root().join("tests")).expect("the tests");
    let mut broken: Vec<String> = folders
        .map(|entry| entry.expect("an entry"))
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        // Of modules tells `no_file_is_forgotten`.
        .filter(|name| tree::files(&format!("tests/{name}"), ".rs").is_empty())
        .filter(|name| !["bench", "control-plane", "hooks", "language", "parity"].contains(&name.as_str()))
        .filter(|name| !read.iter().any(|text| text.contains(&format!("tests/{name}"))))
        .map(|name| format!("tests/{name}: no test reads it"))
        .collect();
    let cases = std::fs::read_dir(tree::root().join("tests/cases")).expect("the cases");
    let silent = cases.map(|entry| entry.expect("an entry").path()).filter(|case| !case.join("transcript").is_file());
    broken.extend(silent.map(|case| format!("{}: it has no transcript", case.display())));
    assert_none(&broken);
}

#[test]
fn no_test_ends_early_in_silence() {
    // Written so that this file is not found.
    let silent = ["else { ", "return };"].concat();
    let mut broken = Vec::new();
    for path in tree::files("tests", ".rs") {
        let text = std::fs::read_to_string(tree::root().join(&path)).expect("a text");
        let lines = text.lines().enumerate().filter(|(_, line)| line.contains(&silent));
        broken.extend(lines.map(|(at, line)| format!("{}:{}: {}", path.display(), at + 1, line.trim())));
    }
    assert!(broken.is_empty(), "what cannot run says so with skip!:\n{}", broken.join("\n"));
}
