//! The reference in `docs` is what the program knows: pages of blocks, and the codes of findings.
//! `STACKWRIGHT_UPDATE=1 cargo test` writes it anew.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use stackwright::interface;
use stackwright::interface::CODES;
use stackwright::interface::Page;
use stackwright::interface::markdown;

use crate::program::Directory;

const NOTICE: &str = "<!-- Written from the schemas; `STACKWRIGHT_UPDATE=1 cargo test` writes it anew. -->\n\n";

fn pages() -> Vec<Page> {
    interface::reference(&interface::Request::default()).expect("the built-in catalog is sound")
}

/// A file for each block that lies in no other; an index beside them.
fn reference() -> BTreeMap<PathBuf, String> {
    let folder = Path::new("docs/reference");
    let mut files: BTreeMap<PathBuf, String> = BTreeMap::new();
    let mut index = format!(
        "{NOTICE}# Reference\n\nThe blocks of a configuration and of definitions. `stackwright docs BLOCK` prints the same \
         page.\n\n| block | what it is |\n|---|---|\n"
    );
    for page in pages() {
        let is_definition = page.path.starts_with("definition.");
        let depth = page.path.split('.').count() - usize::from(is_definition);
        let parts: Vec<&str> = page.path.split('.').take(if is_definition { 2 } else { 1 }).collect();
        let name = format!("{}.md", parts.join("-"));
        if depth == 1 {
            index.push_str(&format!("| [`{}`]({name}) | {} |\n", page.path, page.documentation));
        }
        let text = files.entry(folder.join(name)).or_insert_with(|| NOTICE.to_owned());
        if depth > 1 {
            text.push('\n');
        }
        text.push_str(&markdown(&page, depth));
    }
    files.insert(folder.join("README.md"), index);
    files
}

fn diagnostics() -> String {
    let mut text = "<!-- Written from src/diag/codes.rs; `STACKWRIGHT_UPDATE=1 cargo test` writes it anew. -->\n\n# \
                    Diagnostics\n\nEvery finding about a configuration has a code, which stays whatever its words become. \
                    `validate --json` gives it as\n`code`.\n\n| code | heading |\n|---|---|\n"
        .to_owned();
    let mut sorted: Vec<_> = CODES.to_vec();
    sorted.sort_unstable();
    for (code, words) in sorted {
        text.push_str(&format!("| `{code}` | {words} |\n"));
    }
    text
}

#[test]
fn documents_are_up_to_date() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = reference();
    files.insert("docs/diagnostics.md".into(), diagnostics());
    let update = std::env::var_os("STACKWRIGHT_UPDATE").is_some();
    let mut stale = Vec::new();
    for (path, text) in &files {
        let file = root.join(path);
        if fs::read_to_string(&file).unwrap_or_default() == *text {
            continue;
        }
        if update {
            fs::create_dir_all(file.parent().expect("a folder")).expect("the folder can be made");
            fs::write(&file, text).expect("the page can be written");
        } else {
            stale.push(path.display().to_string());
        }
    }
    let present = fs::read_dir(root.join("docs/reference")).expect("there is a reference");
    let names = present.map(|entry| Path::new("docs/reference").join(entry.expect("an entry").file_name()));
    stale.extend(names.filter(|name| !files.contains_key(name)).map(|name| format!("{} (no block)", name.display())));
    assert!(stale.is_empty(), "STACKWRIGHT_UPDATE=1 cargo test writes them anew: {stale:#?}");
}

/// Every example of the reference is in the canonical layout.
#[test]
fn examples_are_formatted() {
    for page in pages() {
        let text = format!("{}\n", page.example);
        let formatted = interface::format_text(&page.path, &text).expect("an example that parses");
        assert_eq!(formatted, text, "{}", page.path);
    }
}

#[test]
fn pages_are_printed() {
    let directory = Directory::new();
    let list = directory.run(&["docs"]);
    assert_eq!(list.code, Some(0), "{}", list.stderr);
    for page in pages() {
        assert!(list.stdout.lines().any(|line| line.split_whitespace().next() == Some(&page.path)), "{}", page.path);
        let one = directory.run(&["docs", &page.path]);
        assert_eq!(one.code, Some(0), "{}", one.stderr);
        for row in &page.rows {
            assert!(one.stdout.contains(&format!("\n  {}  ", row.name)), "{}\n{}", row.name, one.stdout);
        }
    }
    let unknown = directory.run(&["docs", "platform.endpiont"]);
    assert_eq!(unknown.code, Some(1));
    assert!(unknown.stderr.contains("Did you mean \"platform.endpoint\"?"), "{}", unknown.stderr);
}

/// Programs go by the code, not by the words.
#[test]
fn findings_carry_their_codes() {
    let directory = Directory::example("quickstart");
    directory.append("main.hcl", "queue \"a\" {\n  wieght = 1\n}\n");
    let answer = directory.run(&["validate", "--json"]);
    let value: serde_json::Value = serde_json::from_str(&answer.stdout).expect("JSON");
    let codes: Vec<&str> =
        value["diagnostics"].as_array().expect("a list").iter().filter_map(|found| found["code"].as_str()).collect();
    assert_eq!(codes, ["missing-argument", "unknown-argument"], "{}", answer.stdout);
}

/// The words of every finding in the sources have a code.
#[test]
fn every_finding_has_a_code() {
    let made = regex::Regex::new(
        // Made by itself, by an evaluator or parser, or kept for later.
        r#"(?:Diagnostic::(?:error|warning)\(\s*(?:&?format!\(\s*)?|\.(?:error|fail|truth)\(\s*[^,"]*,\s*(?:[^,"]*,\s*)?|line_end\(\s*|summary(?:: &str)? = |summary: )"([A-Z](?:[^"\\]|\\.)*)""#,
    )
    .expect("a pattern");
    let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut without = Vec::new();
    let mut seen = 0;
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).expect("the source tree is readable") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            if path.extension().is_none_or(|end| end != "rs") || path.to_string_lossy().contains("tests") {
                continue;
            }
            let text = fs::read_to_string(&path).expect("sources are text");
            let own = text.split("#[cfg(test)]").next().unwrap_or_default();
            for found in made.captures_iter(own) {
                seen += 1;
                let words = found[1].replace("\\\"", "\"");
                // Whole sentences are details.
                if words.ends_with('.') {
                    continue;
                }
                // A name that is put in stands for the rest.
                let begin = words.split('{').next().unwrap_or_default().to_owned();
                let has = CODES.iter().any(|(_, known)| match known.strip_suffix('…') {
                    Some(start) => words.starts_with(start),
                    None => *known == words || begin != words && known.starts_with(&begin),
                });
                if !has {
                    without.push(format!("{}: {words}", path.display()));
                }
            }
        }
    }
    assert!(seen > 100, "{seen}");
    assert!(without.is_empty(), "add them to src/diag/codes.rs: {without:#?}");
}

/// Findings that were met in whole runs have codes too, wherever their words are made.
#[test]
fn findings_of_transcripts_have_codes() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let heading = regex::Regex::new(r"^! (?:error|warning): (?:.*: )?([A-Z].*)$").expect("a pattern");
    let mut seen = 0;
    for case in fs::read_dir(cases).expect("the cases can be read") {
        let path = case.expect("an entry").path().join("transcript");
        let text = fs::read_to_string(&path).expect("a transcript");
        let lines: Vec<&str> = text.lines().collect();
        for pair in lines.windows(2).filter(|pair| pair[1].trim_start_matches('!').trim_start().starts_with("-->")) {
            let Some(found) = heading.captures(pair[0]) else { continue };
            seen += 1;
            let words = &found[1];
            let known = |known: &str| known == words || known.strip_suffix('…').is_some_and(|b| words.starts_with(b));
            assert!(CODES.iter().any(|(_, words)| known(words)), "{}: {words}", path.display());
        }
    }
    assert!(seen > 50, "{seen}");
    let suite = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lang/suite/cases");
    let line = regex::Regex::new(r"^[\w./]+\.hcl:\d+:\d+ ([A-Z][^:]*):").expect("a pattern");
    for case in fs::read_dir(suite).expect("the cases can be read") {
        let path = case.expect("an entry").path();
        for found in fs::read_to_string(&path).expect("text").lines().filter_map(|text| line.captures(text)) {
            let words = &found[1];
            let known = |known: &str| known == words || known.strip_suffix('…').is_some_and(|b| words.starts_with(b));
            assert!(CODES.iter().any(|(_, words)| known(words)), "{}: {words}", path.display());
        }
    }
}
