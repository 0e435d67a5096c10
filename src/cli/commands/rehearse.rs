//! `upgrade --rehearse` and `plan --rehearse`

use std::process::ExitCode;
use std::time::Duration;

use serde_json::json;

use super::block_on;
use super::plan;
use crate::cli::error;
use crate::cli::flags::Planning;
use crate::cli::terminal::Terminal;
use crate::cli::terminal::print;
use crate::cli::terminal::say;
use crate::cli::view::rehearsal_json;
use crate::cli::view::rehearsal_text;
use crate::object::Address;
use crate::ops;
use crate::ops::Carriage;
use crate::ops::Failure;
use crate::ops::PlanRequest;
use crate::ops::Rehearsal;
use crate::ops::Request;

/// Rehearses and prints what came of it. `carrying` is the command as the history calls it, and how long anything may take
/// to serve.
pub fn run(
    request: &Request,
    plan_request: &PlanRequest,
    planning: &Planning,
    only: Option<&Address>,
    (command, patience): (&str, Duration),
    terminal: Terminal,
) -> Result<ExitCode, Failure> {
    let carriage = Carriage {
        parallelism: planning.parallelism.into(),
        lock_timeout: Duration::ZERO,
        wait_timeout: patience,
        command: command.to_owned(),
    };
    say("Rehearsing in a copy of what the cluster holds; the cluster itself is only read.\n");
    let rehearsals = block_on(ops::rehearse(request, plan_request, only, &carriage))?;
    plan::requests(rehearsals.iter().map(|one| (&one.target, one.requests.clone())), terminal);
    if planning.json {
        let all: Vec<_> = rehearsals.iter().map(rehearsal_json).collect();
        print(&format!("{:#}\n", json!({"format_version": "1.0", "rehearsals": all})));
    } else {
        let texts: Vec<String> =
            rehearsals.iter().map(|one| rehearsal_text(one, terminal.paint, planning.full)).collect();
        print(&texts.join("\n"));
    }
    let is_success = rehearsals.iter().all(Rehearsal::is_success);
    Ok(if is_success { error::DONE.into() } else { error::FAILED.into() })
}
