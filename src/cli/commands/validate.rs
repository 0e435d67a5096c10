//! `validate`

use std::process::ExitCode;

use serde_json::json;

use super::request;
use crate::cli::arguments::Global;
use crate::cli::arguments::Validate;
use crate::cli::error;
use crate::cli::terminal::Terminal;
use crate::cli::terminal::print;
use crate::cli::view::diagnostics_json;
use crate::diag::Diagnostics;
use crate::diag::Sources;
use crate::ops;
use crate::ops::Failure;

pub fn run(command: &Validate, global: &Global, terminal: Terminal) -> Result<ExitCode, Failure> {
    let result = ops::validate(&request(global, &command.variables));
    let (diagnostics, sources) = match result {
        Ok(loaded) => (loaded.warnings, loaded.sources),
        Err(Failure::Input(diagnostics, sources)) if command.json => (diagnostics, *sources),
        Err(failure) => return Err(failure),
    };
    if command.json {
        return Ok(json_result(&diagnostics, &sources));
    }
    error::show(&diagnostics, &sources, terminal);
    print(&format!("{} The configuration is valid.\n", terminal.paint.green("Success!")));
    Ok(error::DONE.into())
}

fn json_result(diagnostics: &Diagnostics, sources: &Sources) -> ExitCode {
    let errors = diagnostics.iter().filter(|d| d.severity == crate::diag::Severity::Error).count();
    let value = json!({
        "format_version": "1.0",
        "valid": errors == 0,
        "error_count": errors,
        "warning_count": diagnostics.len() - errors,
        "diagnostics": diagnostics_json(diagnostics, sources),
    });
    print(&format!("{value:#}\n"));
    if errors == 0 { error::DONE.into() } else { error::FAILED.into() }
}
