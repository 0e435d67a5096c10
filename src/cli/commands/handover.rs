//! `adopt`, `import` and `forget`: objects change hands, and nothing else happens to them than that.

use std::process::ExitCode;

use super::apply;
use super::block_on;
use super::request_asking;
use crate::cli::arguments::Adopt;
use crate::cli::arguments::Forget;
use crate::cli::arguments::Global;
use crate::cli::arguments::Handover;
use crate::cli::arguments::Import;
use crate::cli::flags::Planning;
use crate::cli::terminal::Terminal;
use crate::object::Address;
use crate::ops;
use crate::ops::Failure;
use crate::ops::PlanRequest;

pub fn adopt(command: &Adopt, global: &Global, terminal: Terminal) -> Result<ExitCode, Failure> {
    carry_out(PlanRequest::adopt(&command.addresses), &command.handover, "adopt", global, terminal)
}

pub fn import(command: &Import, global: &Global, terminal: Terminal) -> Result<ExitCode, Failure> {
    let request = request_asking(global, &command.handover.variables, terminal);
    block_on(ops::check_import(&request, &command.address, &command.object))?;
    let objects = [Address::default().with_object(&command.object)];
    carry_out(PlanRequest::adopt(&objects), &command.handover, "import", global, terminal)
}

pub fn forget(command: &Forget, global: &Global, terminal: Terminal) -> Result<ExitCode, Failure> {
    carry_out(PlanRequest::forget(&command.addresses), &command.handover, "forget", global, terminal)
}

fn carry_out(
    plan: PlanRequest,
    handover: &Handover,
    command: &str,
    global: &Global,
    terminal: Terminal,
) -> Result<ExitCode, Failure> {
    let request = request_asking(global, &handover.variables, terminal);
    let planning = Planning { full: handover.full, json: handover.json, parallelism: 16, ..Planning::default() };
    apply::perform(&request, plan, &planning, &handover.carrying, command, terminal)
}
