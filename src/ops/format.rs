//! Brings configuration files into the canonical layout.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use super::Failure;
use super::writing::rewrite;
use crate::diag::Sources;
use crate::lang;
use crate::provider::regular;
use crate::provider::regular::LONGEST_TEXT;

/// A file whose layout is not canonical.
#[derive(Clone, Debug)]
pub struct Reformatted {
    pub path: String,
    pub before: String,
    pub after: String,
}

/// Formats files and directories (all `*.hcl` and `*.hclvars` in them), and writes them where `write` says so. Without
/// paths, the directory itself.
///
/// # Errors
/// A path that cannot be read or written, or a syntax error. Nothing is written then.
pub fn format(directory: &Path, paths: &[PathBuf], recursive: bool, write: bool) -> Result<Vec<Reformatted>, Failure> {
    let mut files = Vec::new();
    let here = [PathBuf::from(".")];
    for path in if paths.is_empty() { &here } else { paths } {
        collect(directory, path, recursive, true, &mut files)?;
    }
    let mut changed = Vec::new();
    for path in files {
        let full = directory.join(&path);
        let shown = path.strip_prefix("./").unwrap_or(&path).display().to_string();
        let before = regular::read_text(&full, LONGEST_TEXT)
            .map_err(|error| Failure::world(format!("Cannot read {shown}"), error))?;
        let after = lay_out(&shown, &before)?;
        if before != after {
            changed.push((full, Reformatted { path: shown, before, after }));
        }
    }
    for (full, file) in changed.iter().filter(|_| write) {
        rewrite(full, &file.after).map_err(|error| Failure::world(format!("Cannot write {}", file.path), error))?;
    }
    Ok(changed.into_iter().map(|(_, file)| file).collect())
}

/// All of standard input, as far as a configuration may be long.
pub fn read_standard_input() -> Result<String, Failure> {
    regular::read_stream(std::io::stdin(), LONGEST_TEXT)
        .map_err(|error| Failure::world("Cannot read standard input", error))
}

/// Formats one text that is read and written as a stream; `name` is shown in findings. As Terraform does, a stream gets a
/// final newline where it has none; a file does not.
pub fn format_text(name: &str, text: &str) -> Result<String, Failure> {
    let mut laid_out = lay_out(name, text)?;
    if !laid_out.ends_with('\n') {
        laid_out.push('\n');
    }
    Ok(laid_out)
}

fn lay_out(name: &str, text: &str) -> Result<String, Failure> {
    lang::format(text).map_err(|findings| {
        let mut sources = Sources::new();
        sources.add(name, text);
        Failure::Input(findings, Box::new(sources))
    })
}

fn collect(
    directory: &Path,
    path: &Path,
    recursive: bool,
    named: bool,
    files: &mut Vec<PathBuf>,
) -> Result<(), Failure> {
    let full = directory.join(path);
    let cannot = |error: std::io::Error| Failure::world(format!("Cannot read {}", path.display()), error);
    let ours = path.extension().is_some_and(|e| e == "hcl" || e == "hclvars");
    // What else lies in a directory may lead nowhere.
    let is_folder = match regular::metadata(&full) {
        Ok(found) => found.is_dir(),
        Err(_) if !named && !ours => return Ok(()),
        Err(error) => return Err(cannot(error)),
    };
    if !is_folder {
        if ours {
            files.push(path.to_owned());
        } else if named {
            let cause = "only files that end in .hcl or .hclvars are formatted";
            return Err(Failure::world(format!("Cannot format {}", path.display()), cause));
        }
        return Ok(());
    }
    let mut entries: Vec<_> = fs::read_dir(&full).map_err(cannot)?.collect::<Result<Vec<_>, _>>().map_err(cannot)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name();
        let hidden = name.to_string_lossy().starts_with('.');
        let is_folder = entry.file_type().map_err(cannot)?.is_dir();
        if !hidden && (!is_folder || recursive) {
            collect(directory, &path.join(&name), recursive, false, files)?;
        }
    }
    Ok(())
}
