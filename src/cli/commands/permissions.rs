//! `permissions`

use std::process::ExitCode;

use super::request;
use crate::cli::arguments::Global;
use crate::cli::arguments::Permissions;
use crate::cli::error;
use crate::cli::terminal::print;
use crate::cli::view::yaml_stream;
use crate::ops;
use crate::ops::Failure;
use crate::plan::Purpose;

pub fn run(command: &Permissions, global: &Global) -> Result<ExitCode, Failure> {
    let purpose = if command.read_only { Purpose::Look } else { Purpose::Install };
    let objects = ops::permissions(&request(global, &command.variables), purpose, command.from.as_deref())?;
    print(&yaml_stream(&objects));
    Ok(error::DONE.into())
}
