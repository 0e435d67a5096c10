//! `unlock`

use std::process::ExitCode;

use super::block_on;
use super::request;
use super::warn_of_records;
use crate::cli::arguments::Global;
use crate::cli::arguments::Unlock;
use crate::cli::error;
use crate::cli::terminal::Terminal;
use crate::cli::terminal::ask;
use crate::cli::terminal::print;
use crate::ops;
use crate::ops::Failure;

pub fn run(command: &Unlock, global: &Global, terminal: Terminal) -> Result<ExitCode, Failure> {
    let request = request(global, &command.variables);
    block_on(async {
        let (loaded, records) = ops::open_records(&request).await?;
        warn_of_records(loaded.broken_note(), terminal);
        for one in &records {
            let Some(holder) = one.holder().await? else {
                print(&format!("{} is not locked.\n", one.target));
                continue;
            };
            let state = match (holder.process_gone, holder.expired) {
                (true, _) => "and its process is gone: the next run takes the lock over by itself",
                (false, true) => "and it has expired: the next run takes it over by itself",
                (false, false) => "and it is alive: its run may still be writing",
            };
            let who =
                format!("{} holds the lock for {} since {}, {state}.", holder.identity, holder.operation, holder.since);
            if !command.force {
                if !terminal.can_ask {
                    return Err(Failure::world("Cannot break the lock", who).help("Give --force."));
                }
                let answer = ask(&format!("{who}\nDo you want to break it? Only \"yes\" will do: "));
                if answer.as_deref() != Some("yes") {
                    return Err(Failure::Declined);
                }
            }
            one.unlock().await?;
            print(&format!("Broke the lock of {}.\n", holder.identity));
        }
        Ok(error::DONE.into())
    })
}
