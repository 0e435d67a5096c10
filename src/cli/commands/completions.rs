//! `completions`

use std::process::ExitCode;

use clap::CommandFactory;

use crate::cli::arguments::Arguments;
use crate::cli::arguments::Completions;
use crate::cli::error;
use crate::cli::terminal::print;

pub fn run(command: &Completions) -> ExitCode {
    let mut script = Vec::new();
    clap_complete::generate(command.shell, &mut Arguments::command(), "stackwright", &mut script);
    print(&String::from_utf8_lossy(&script));
    error::DONE.into()
}
