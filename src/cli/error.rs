//! Failures as people see them, and the exit code each has.

use std::process::ExitCode;

use super::terminal::Terminal;
use super::terminal::say;
use crate::diag::Diagnostics;
use crate::diag::Sources;
use crate::diag::Style;
use crate::diag::render;
use crate::ops::Failure;

/// Exit codes: `CHANGES` only where `plan --detailed-exitcode` asks for it, as Terraform has it.
pub const DONE: u8 = 0;
pub const FAILED: u8 = 1;
pub const CHANGES: u8 = 2;
pub const NOT_FORMATTED: u8 = 3;
pub const INTERRUPTED: u8 = 130;

/// Prints a failure on stderr and gives its exit code.
pub fn report(failure: &Failure, terminal: Terminal) -> ExitCode {
    match failure {
        Failure::Input(diagnostics, sources) => {
            show(diagnostics, sources, terminal);
            let errors = diagnostics.iter().filter(|d| d.severity == crate::diag::Severity::Error).count();
            let noun = if errors == 1 { "error" } else { "errors" };
            say(&format!("{errors} {noun} in the configuration; nothing was changed.\n"));
            FAILED.into()
        }
        Failure::Refused(diagnostics, sources) => {
            show(diagnostics, sources, terminal);
            let errors = diagnostics.iter().filter(|d| d.severity == crate::diag::Severity::Error).count();
            let noun = if errors == 1 { "error" } else { "errors" };
            say(&format!("{errors} {noun} in the plan; nothing was changed.\n"));
            FAILED.into()
        }
        Failure::Answers(diagnostics, sources) => {
            show(diagnostics, sources, terminal);
            let errors = diagnostics.iter().filter(|d| d.severity == crate::diag::Severity::Error).count();
            let noun = if errors == 1 { "error" } else { "errors" };
            say(&format!("{errors} {noun} in the answers; nothing was written.\n"));
            FAILED.into()
        }
        Failure::World(world) => {
            let mut text = format!("{} {}\n", terminal.talk.red("error:"), terminal.talk.bold(&clean(&world.summary)));
            for reason in world.reasons() {
                for (n, line) in clean(&reason).lines().enumerate() {
                    text.push_str(&format!("  {}{line}\n", if n == 0 { "because " } else { "  " }));
                }
            }
            if let Some(help) = world.remedy() {
                text.push('\n');
                text.push_str(&clean(help).lines().map(|line| format!("  {line}\n")).collect::<String>());
            }
            say(&text);
            FAILED.into()
        }
        Failure::Several(failures) => {
            for (n, failure) in failures.iter().enumerate() {
                if n > 0 {
                    say("\n");
                }
                report(failure, terminal);
            }
            FAILED.into()
        }
        Failure::Incomplete { failed } => {
            let noun = if *failed == 1 { "step" } else { "steps" };
            let what = format!("{failed} {noun} failed; what does not depend on them was done.");
            say(&format!(
                "\n{} {what}\n\n  Mend the cause and run the same command again: it goes on from here.\n",
                terminal.talk.red("error:")
            ));
            FAILED.into()
        }
        Failure::Declined => {
            say("Nothing was changed.\n");
            FAILED.into()
        }
        Failure::Interrupted => {
            say(&format!("{} Run the same command again to go on.\n", terminal.talk.yellow("Interrupted.")));
            INTERRUPTED.into()
        }
    }
}

/// Prints findings on stderr.
pub fn show(diagnostics: &Diagnostics, sources: &Sources, terminal: Terminal) {
    let style = if terminal.talk.is_coloured() { Style::Coloured } else { Style::Plain };
    say(&render(diagnostics, sources, style));
}

/// Text from servers must not steer the terminal.
fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}
