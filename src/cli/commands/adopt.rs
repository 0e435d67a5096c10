//! `adopt`, `import` and `forget`: what is ours, without changing the rest.

use std::process::ExitCode;

use super::apply;
use super::request_asking;
use crate::cli::arguments::Adopt;
use crate::cli::arguments::Carrying;
use crate::cli::arguments::Forget;
use crate::cli::arguments::Global;
use crate::cli::arguments::Import;
use crate::cli::arguments::Planning;
use crate::cli::arguments::Variables;
use crate::cli::terminal::Terminal;
use crate::ops::Failure;
use crate::ops::Only;
use crate::ops::PlanRequest;

pub fn run(command: &Adopt, global: &Global, terminal: Terminal) -> Result<ExitCode, Failure> {
    let chosen = (Only::Adopt, command.addresses.clone());
    perform(chosen, &command.variables, &command.carrying, "adopt", global, terminal)
}

pub fn import(command: &Import, global: &Global, terminal: Terminal) -> Result<ExitCode, Failure> {
    // An object is told by its kind and name; of a resource with one object the name alone would do, but not safely.
    let address = format!("{}/{}", command.address, command.id);
    perform((Only::Adopt, vec![address]), &command.variables, &command.carrying, "import", global, terminal)
}

pub fn forget(command: &Forget, global: &Global, terminal: Terminal) -> Result<ExitCode, Failure> {
    let chosen = (Only::Forget, command.addresses.clone());
    perform(chosen, &command.variables, &command.carrying, "forget", global, terminal)
}

fn perform(
    (only, targets): (Only, Vec<String>),
    variables: &Variables,
    carrying: &Carrying,
    command: &str,
    global: &Global,
    terminal: Terminal,
) -> Result<ExitCode, Failure> {
    let request = request_asking(global, variables, terminal);
    let plan_request = PlanRequest { only: Some(only), targets, ..PlanRequest::default() };
    let planning = Planning { parallelism: 16, full: true, ..Planning::default() };
    apply::perform(&request, plan_request, &planning, carrying, command, terminal)
}
