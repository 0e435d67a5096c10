//! `console`

use std::io::BufRead;
use std::io::Read;
use std::process::ExitCode;

use super::request;
use crate::cli::arguments::Console;
use crate::cli::arguments::Global;
use crate::cli::error;
use crate::cli::terminal::Terminal;
use crate::cli::terminal::print_data;
use crate::cli::terminal::say;
use crate::ops;
use crate::ops::Cause;
use crate::ops::Failure;
use crate::provider::regular;

/// Every line of stdin is an expression; its value is printed. On a pipe the first mistake ends with an error, so that
/// scripts notice; on a terminal the next line can be typed.
pub fn run(command: &Console, global: &Global, terminal: Terminal) -> Result<ExitCode, Failure> {
    let mut console = ops::Console::open(&request(global, &command.variables))?;
    let prompt = || {
        if terminal.can_ask {
            say("> ");
        }
    };
    prompt();
    let mut input = std::io::stdin().lock().take(regular::LONGEST_TEXT);
    let mut line = String::new();
    let cannot = |cause: Cause| Failure::world("Cannot read standard input", cause);
    while input.read_line(&mut line).map_err(|error| cannot(error.into()))? > 0 {
        if input.limit() == 0 {
            return Err(cannot(format!("it is longer than {} MiB", regular::LONGEST_TEXT >> 20).into()));
        }
        let line = std::mem::take(&mut line);
        if line.trim() == "exit" {
            break;
        }
        if !line.trim().is_empty() {
            match console.evaluate(&line) {
                Ok(value) => print_data(&format!("{value}\n")),
                Err(Failure::Input(diagnostics, sources)) => {
                    error::show(&diagnostics, &sources, terminal);
                    if !terminal.can_ask {
                        return Ok(error::FAILED.into());
                    }
                }
                Err(failure) => return Err(failure),
            }
        }
        prompt();
    }
    Ok(error::DONE.into())
}
