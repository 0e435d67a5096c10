//! Arguments, views and exit codes: the only folder that knows of a terminal.

pub mod arguments;
mod argv;
mod commands;
mod error;
mod terminal;
pub mod view;

use std::process::ExitCode;

use clap::CommandFactory;
use clap::FromArgMatches;

use arguments::Arguments;
use arguments::Global;
use terminal::Terminal;

use crate::provider::maker::Makers;

/// Runs the command line of this process.
pub fn run() -> ExitCode {
    run_with(Makers::default())
}

/// As [`run`], with what can make clusters.
pub fn run_with(makers: Makers) -> ExitCode {
    let definition = Arguments::command();
    let arguments = argv::normalise(std::env::args_os().collect(), &definition);
    let parsed = definition.try_get_matches_from(arguments).and_then(|found| Arguments::from_arg_matches(&found));
    let arguments = match parsed {
        Ok(arguments) => Arguments { global: Global { makers, ..arguments.global }, ..arguments },
        Err(error) => {
            let usage = error.use_stderr();
            let _ = error.print();
            // Wrong usage is an error like others; clap's own code for it, 2, means "changes" here.
            return if usage { error::FAILED.into() } else { error::DONE.into() };
        }
    };
    let terminal = Terminal::new(&arguments.global);
    match commands::run(arguments, terminal) {
        Ok(code) => code,
        Err(failure) => error::report(&failure, terminal),
    }
}
