//! Our parser held against hcl-edit's: on all HCL of this repository, and on texts made of it by leaving lines out.
//!
//! hcl-edit takes more than HCL has, a line end between quotes for one; so only what it refuses decides.

use std::path::Path;
use std::path::PathBuf;

use stackwright::interface::format_text;

/// Whether both take a text, ours first.
fn taken(path: &str, text: &str) -> (bool, bool) {
    (format_text(path, text).is_ok(), hcl_edit::parser::parse_body(text).is_ok())
}

/// All regular `*.hcl` and `*.hclvars` files below these folders, with their texts.
fn corpus() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut open: Vec<PathBuf> =
        ["examples", "modules", "providers", "src", "tests"].iter().map(|folder| root.join(folder)).collect();
    let mut found = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder of the repository").flatten() {
            // Cases hold links and pipes, which nobody may follow or read.
            let Ok(kind) = entry.file_type() else { continue };
            let path = entry.path();
            if kind.is_dir() {
                open.push(path);
            } else if kind.is_file() && path.extension().is_some_and(|end| end == "hcl" || end == "hclvars") {
                let shown = path.strip_prefix(root).unwrap_or(&path).display().to_string();
                found.extend(std::fs::read_to_string(&path).ok().map(|text| (shown, text)));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn what_we_take_others_take() {
    let corpus = corpus();
    assert!(corpus.len() > 200, "only {} files were found", corpus.len());
    let mut differ = Vec::new();
    let (mut taken_by_both, mut refused_by_both) = (0, 0);
    for (path, text) in &corpus {
        match taken(path, text) {
            (true, true) => taken_by_both += 1,
            (false, false) => refused_by_both += 1,
            (true, false) => differ.push(format!("{path}: we take it, hcl-edit does not")),
            // Written to be wrong, in a way that hcl-edit lets pass.
            (false, true) if path.starts_with("tests/") => {}
            (false, true) => differ.push(format!("{path}: hcl-edit takes it, we do not")),
        }
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
    assert!(taken_by_both > 200 && refused_by_both > 0, "{taken_by_both} taken, {refused_by_both} refused");
}

#[test]
fn what_others_refuse_we_refuse() {
    let mut differ = Vec::new();
    let mut refused = 0;
    for (path, text) in corpus().iter().filter(|(_, text)| text.len() < 4_000) {
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        for left_out in 0..lines.len() {
            let less: String =
                lines.iter().enumerate().filter(|(number, _)| *number != left_out).map(|(_, line)| *line).collect();
            let (ours, theirs) = taken(path, &less);
            refused += usize::from(!theirs);
            if ours && !theirs {
                differ.push(format!("{path} without line {}: we take it, hcl-edit does not", left_out + 1));
            }
        }
    }
    assert!(refused > 500, "only {refused} texts were refused");
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}
