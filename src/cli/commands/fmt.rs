//! `fmt`

use std::process::ExitCode;

use crate::cli::arguments::Fmt;
use crate::cli::arguments::Global;
use crate::cli::error;
use crate::cli::terminal::Terminal;
use crate::cli::terminal::print_data;
use crate::cli::view::text_diff;
use crate::ops;
use crate::ops::Failure;

pub fn run(command: &Fmt, global: &Global, terminal: Terminal) -> Result<ExitCode, Failure> {
    if command.paths.iter().any(|path| path.as_os_str() == "-") {
        return standard_input(command);
    }
    let directory = global.chdir.clone().unwrap_or_else(|| ".".into());
    let write = command.write && !command.check;
    let changed = ops::format(&directory, &command.paths, command.recursive, write)?;
    for file in &changed {
        if command.list {
            print_data(&format!("{}\n", file.path));
        }
        if command.diff {
            print_data(&text_diff(&file.before, &file.after, "", terminal.paint));
        }
    }
    let unformatted = command.check && !changed.is_empty();
    Ok(if unformatted { error::NOT_FORMATTED.into() } else { error::DONE.into() })
}

fn standard_input(command: &Fmt) -> Result<ExitCode, Failure> {
    let text = ops::read_standard_input()?;
    let formatted = ops::format_text("<stdin>", &text)?;
    if command.check {
        return Ok(if formatted == text { error::DONE.into() } else { error::NOT_FORMATTED.into() });
    }
    print_data(&formatted);
    Ok(error::DONE.into())
}
