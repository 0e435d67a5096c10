//! Writes the files of a first configuration, and nothing over what is there without consent.

use std::fs;
use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::io::Write;
use std::path::Path;

use super::InitRequest;
use crate::catalog::wizard::Files;
use crate::catalog::wizard::SECRETS;
use crate::ops::Failure;
use crate::ops::writing::rewrite;
use crate::ops::writing::write_private;
use crate::provider::regular;
use crate::provider::regular::LONGEST_TEXT;

/// The file of the configuration.
pub const MAIN: &str = "main.hcl";
const IGNORE: &str = ".gitignore";

/// Whether files can be written without harm to others.
///
/// # Errors
/// What is in the way.
pub fn check_free(init: &InitRequest) -> Result<(), Failure> {
    let directory = &init.request.directory;
    let shown = directory.display();
    let summary = || format!("Cannot write a configuration into {shown}");
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) if error.kind() == ErrorKind::NotADirectory => {
            return Err(Failure::world(summary(), "it is not a directory"));
        }
        Err(error) => return Err(Failure::world(summary(), error)),
    };
    let mut names: Vec<String> =
        entries.filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned())).collect();
    names.sort();
    let is_ours = |name: &&String| [MAIN, SECRETS].contains(&name.as_str());
    let (ours, others): (Vec<&String>, Vec<&String>) = names
        .iter()
        .filter(|name| !name.starts_with('.') && (name.ends_with(".hcl") || **name == SECRETS))
        .partition(is_ours);
    let list = |names: &[&String]| names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
    if !others.is_empty() {
        let reason = format!("{} would be read together with it", list(&others));
        return Err(Failure::world(summary(), reason).help("Name another directory: stackwright init DIR"));
    }
    if !ours.is_empty() && !init.force {
        let reason = format!("{} is there already", list(&ours));
        let help = "Name another directory: stackwright init DIR\nTo overwrite what is there, add --force.";
        return Err(Failure::world(summary(), reason).help(help));
    }
    Ok(())
}

/// Writes everything, the configuration last: without it nothing is read. Gives the names of the files.
pub fn write(init: &InitRequest, files: &Files) -> Result<Vec<String>, Failure> {
    let directory = &init.request.directory;
    let failed = |name: &str, error: std::io::Error| {
        Failure::world(format!("Cannot write {}", directory.join(name).display()), error)
    };
    fs::create_dir_all(directory).map_err(|error| failed("", error))?;
    let mut written = Vec::new();
    if ignore(&directory.join(IGNORE), &files.ignored).map_err(|error| failed(IGNORE, error))? {
        written.push(IGNORE.to_owned());
    }
    if let Some(secrets) = files.secrets() {
        write_private(&directory.join(SECRETS), secrets.reveal())?;
        written.push(SECRETS.to_owned());
    }
    let main = directory.join(MAIN);
    let is_there = fs::symlink_metadata(&main).is_ok();
    match is_there && init.force {
        true => rewrite(&main, &files.main),
        false => create(&main, &files.main),
    }
    .map_err(|error| failed(MAIN, error))?;
    written.push(MAIN.to_owned());
    Ok(written)
}

/// Somebody may have made it meanwhile: it is not overwritten.
fn create(path: &Path, text: &str) -> std::io::Result<()> {
    OpenOptions::new().write(true).create_new(true).open(path)?.write_all(text.as_bytes())
}

/// Adds the lines that are missing. Whether there were any.
fn ignore(path: &Path, lines: &[String]) -> std::io::Result<bool> {
    let before = match regular::read_text(path, LONGEST_TEXT) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let text = before.clone().unwrap_or_default();
    let has = |line: &str| text.lines().any(|known| known.trim().trim_matches('/') == line.trim_matches('/'));
    let missing: Vec<&String> = lines.iter().filter(|line| !has(line)).collect();
    if missing.is_empty() {
        return Ok(false);
    }
    let mut after = text.clone();
    if !after.is_empty() && !after.ends_with('\n') {
        after.push('\n');
    }
    missing.iter().for_each(|line| after.push_str(&format!("{line}\n")));
    match before {
        Some(_) => rewrite(path, &after)?,
        None => create(path, &after)?,
    }
    Ok(true)
}
