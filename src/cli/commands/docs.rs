//! `docs`

use std::process::ExitCode;

use super::request;
use crate::cli::arguments::Docs;
use crate::cli::arguments::Global;
use crate::cli::error;
use crate::cli::flags::Variables;
use crate::cli::terminal::Terminal;
use crate::cli::terminal::print;
use crate::cli::view::reference_list;
use crate::cli::view::reference_page;
use crate::ops;
use crate::ops::Failure;

pub fn run(command: &Docs, global: &Global, terminal: Terminal) -> Result<ExitCode, Failure> {
    let pages = ops::reference(&request(global, &Variables::default()))?;
    let text = match &command.block {
        Some(path) => reference_page(ops::page(&pages, path)?, terminal.paint),
        None => reference_list(&pages, terminal.paint),
    };
    print(&text);
    Ok(error::DONE.into())
}
