//! `man`

use std::fs;
use std::process::ExitCode;

use clap::CommandFactory;

use crate::cli::arguments::Arguments;
use crate::cli::arguments::Global;
use crate::cli::arguments::Man;
use crate::cli::error;
use crate::cli::manual;
use crate::cli::terminal::print;
use crate::cli::terminal::print_data;
use crate::ops::Failure;

pub fn run(command: &Man, global: &Global) -> Result<ExitCode, Failure> {
    let pages =
        manual::pages(Arguments::command()).map_err(|error| Failure::world("Cannot make manual pages", error))?;
    let Some(directory) = &command.directory else {
        if let Some((_, page)) = pages.first() {
            print_data(page);
        }
        return Ok(error::DONE.into());
    };
    let directory = global.chdir.clone().unwrap_or_default().join(directory);
    let cannot = |path: &std::path::Path| {
        let summary = format!("Cannot write {}", path.display());
        |error| Failure::world(summary, error)
    };
    fs::create_dir_all(&directory).map_err(cannot(&directory))?;
    for (file, page) in &pages {
        let path = directory.join(file);
        fs::write(&path, page).map_err(cannot(&path))?;
    }
    print(&format!("Wrote {} pages to {}.\n", pages.len(), directory.display()));
    Ok(error::DONE.into())
}
