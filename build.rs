//! Writes the table of data files (`modules/`, `templates/`, `providers/`) that the binary carries.
//!
//! The files are included as text and looked up at run time; nothing is parsed here, so a mistake in a data file is
//! a diagnostic and not a failed build.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let mut paths = Vec::new();
    println!("cargo:rerun-if-changed=build.rs");
    for folder in ["modules", "templates", "providers"] {
        println!("cargo:rerun-if-changed={folder}");
        collect(&root, Path::new(folder), &mut paths)?;
    }
    paths.sort();
    let mut table = String::from("static FILES: &[(&str, &str)] = &[\n");
    for path in paths {
        writeln!(table, "    ({path:?}, include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/\", {path:?}))),")?;
    }
    table.push_str("];\n");
    fs::write(Path::new(&env::var("OUT_DIR")?).join("embedded.rs"), table)?;
    Ok(())
}

/// Adds the files under `folder` to `paths`, relative to `root`, with forward slashes; hidden files are left out.
fn collect(root: &Path, folder: &Path, paths: &mut Vec<String>) -> Result<(), Box<dyn std::error::Error>> {
    let absolute = root.join(folder);
    if !absolute.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(absolute)? {
        let entry = entry?;
        let name = entry.file_name().into_string().map_err(|name| format!("{name:?} is not UTF-8"))?;
        if name.starts_with('.') {
            continue;
        }
        let path = folder.join(&name);
        // A folder is named too: its own time changes when a file is added or removed.
        println!("cargo:rerun-if-changed={}", path.display());
        if entry.file_type()?.is_dir() {
            collect(root, &path, paths)?;
        } else {
            paths.push(path.to_str().ok_or("not UTF-8")?.replace('\\', "/"));
        }
    }
    Ok(())
}
