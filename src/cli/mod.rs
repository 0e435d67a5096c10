//! Arguments, views and exit codes: the only folder that knows of a terminal.

pub mod arguments;
mod argv;
mod commands;
mod error;
pub mod flags;
pub mod graph_arguments;
mod habits;
mod hidden;
mod manual;
pub mod rollback_arguments;
mod terminal;
mod test_arguments;
pub mod ui_arguments;
pub mod user_arguments;
pub mod view;

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::Arc;

use clap::CommandFactory;
use clap::FromArgMatches;
use clap::error::ContextKind;
use clap::error::ContextValue;

use arguments::Arguments;
use arguments::Global;
use terminal::Terminal;

use crate::provider::capi;
use crate::provider::local;
use crate::provider::maker::Makers;
use crate::provider::scp;

/// Runs the command line of this process.
pub fn run() -> ExitCode {
    let makers = Makers::default()
        .with(capi::NAME, Arc::new(capi::open))
        .with(local::KIND, Arc::new(local::open_kind))
        .with(local::K3D, Arc::new(local::open_k3d))
        .with(scp::NAME, Arc::new(scp::open));
    run_with(makers)
}

/// As [`run`], with what can make clusters.
pub fn run_with(makers: Makers) -> ExitCode {
    let definition = Arguments::command();
    let arguments = argv::normalise(std::env::args_os().collect(), &definition);
    let typed = arguments.get(1..).unwrap_or_default().to_vec();
    let parsed = definition.try_get_matches_from(arguments).and_then(|found| Arguments::from_arg_matches(&found));
    let arguments = match parsed {
        Ok(arguments) => Arguments { global: Global { makers, ..arguments.global }, ..arguments },
        Err(error) => {
            let usage = error.use_stderr();
            let _ = with_habits(error, &typed).print();
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

/// Says instead of a guess what does here what was meant, where somebody has another tool's habit.
fn with_habits(mut error: clap::Error, typed: &[OsString]) -> clap::Error {
    let culprit = [ContextKind::InvalidArg, ContextKind::InvalidSubcommand].into_iter().find_map(|kind| {
        let ContextValue::String(word) = error.get(kind)? else { return None };
        Some(word.clone())
    });
    if let Some(instead) = culprit.and_then(|word| habits::instead(typed, &word)) {
        for guess in [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue] {
            error.remove(guess);
        }
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![instead.to_owned().into()]));
    }
    error
}
