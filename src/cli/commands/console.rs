//! `console`

use std::io::BufRead;
use std::io::Read;
use std::io::StdinLock;
use std::io::Take;
use std::process::ExitCode;

use rustyline::Behavior;
use rustyline::DefaultEditor;
use rustyline::error::ReadlineError;

use super::request;
use crate::cli::arguments::Console;
use crate::cli::arguments::Global;
use crate::cli::error;
use crate::cli::terminal::Terminal;
use crate::cli::terminal::print_data;
use crate::cli::terminal::say;
use crate::ops;
use crate::ops::Failure;
use crate::provider::regular;

const HELP: &str = "\
Type an expression and press Enter to see its value: var.size * 2,
platform.ml.dashboard_url, type(local.users).
One with open brackets, or with text behind <<, goes on with the next line;
Ctrl-C drops it. Arrows edit the line and go through what was typed before.
To leave: exit, or Ctrl-D.
";

/// Every expression typed is evaluated and its value printed. On a pipe the first mistake ends with an error, so that
/// scripts notice; on a terminal the next one can be typed.
pub fn run(command: &Console, global: &Global, terminal: Terminal) -> Result<ExitCode, Failure> {
    let mut console = ops::Console::open(&request(global, &command.variables))?;
    let mut lines = Lines::open(terminal)?;
    let mut typed = String::new();
    loop {
        let line = lines.next(!typed.is_empty())?;
        let is_over = line == Line::End;
        match line {
            Line::Text(text) => typed.push_str(&text),
            // As a shell: drops what was begun; with nothing begun, leaves.
            Line::Dropped if typed.is_empty() => break,
            Line::Dropped => typed.clear(),
            Line::End => {}
        }
        if !is_over && console.goes_on(&typed) {
            continue;
        }
        let expression = std::mem::take(&mut typed);
        match expression.trim() {
            "" => {}
            "exit" => break,
            "help" if terminal.can_ask => print_data(HELP),
            written => {
                lines.remember(written);
                match console.evaluate(&expression) {
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
        }
        if is_over {
            break;
        }
    }
    Ok(error::DONE.into())
}

/// What was typed.
#[derive(PartialEq)]
enum Line {
    /// With its newline.
    Text(String),
    /// Ctrl-C.
    Dropped,
    End,
}

/// Where lines come from.
enum Lines {
    /// A terminal, with editing and history. What is typed is kept in memory only: it may be secret.
    Edited(Box<DefaultEditor>),
    Piped(Take<StdinLock<'static>>),
}

fn cannot(reason: impl ToString) -> Failure {
    Failure::world("Cannot read standard input", reason.to_string())
}

impl Lines {
    fn open(terminal: Terminal) -> Result<Self, Failure> {
        if !terminal.can_ask {
            return Ok(Self::Piped(std::io::stdin().lock().take(regular::LONGEST_TEXT)));
        }
        // Values go to stdout, which may be a file; the line is edited on the terminal itself.
        let config = rustyline::Config::builder().behavior(Behavior::PreferTerm).build();
        Ok(Self::Edited(Box::new(DefaultEditor::with_config(config).map_err(cannot)?)))
    }

    /// The next line; `is_more` of an expression that is not at its end.
    fn next(&mut self, is_more: bool) -> Result<Line, Failure> {
        match self {
            Self::Edited(editor) => match editor.readline(if is_more { ": " } else { "> " }) {
                Ok(text) => Ok(Line::Text(text + "\n")),
                Err(ReadlineError::Interrupted) => Ok(Line::Dropped),
                Err(ReadlineError::Eof) => {
                    say("\n");
                    Ok(Line::End)
                }
                Err(error) => Err(cannot(error)),
            },
            Self::Piped(input) => {
                let mut text = String::new();
                if input.read_line(&mut text).map_err(cannot)? == 0 {
                    return Ok(Line::End);
                }
                if input.limit() == 0 {
                    return Err(cannot(format!("it is longer than {} MiB", regular::LONGEST_TEXT >> 20)));
                }
                Ok(Line::Text(text))
            }
        }
    }

    fn remember(&mut self, expression: &str) {
        if let Self::Edited(editor) = self {
            // Only a convenience.
            let _ = editor.add_history_entry(expression);
        }
    }
}
