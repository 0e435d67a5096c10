//! `rollback`

use std::path::Path;
use std::process::ExitCode;

use super::apply;
use super::asking;
use super::block_on;
use super::plan;
use super::plan::quoted;
use super::request;
use crate::cli::arguments::Global;
use crate::cli::error;
use crate::cli::rollback_arguments::Rollback;
use crate::cli::terminal::Terminal;
use crate::cli::terminal::print;
use crate::cli::terminal::say;
use crate::cli::view::model::release;
use crate::ops;
use crate::ops::Failure;
use crate::plan::Mode;
use crate::state::Revision;

pub fn run(command: &Rollback, global: &Global, terminal: Terminal) -> Result<ExitCode, Failure> {
    let mut request = request(global, &command.planning.variables);
    request.parallelism = Some(command.planning.parallelism.into());
    let found = block_on(ops::find_revision(&request, command.of.as_ref(), command.revision))?;
    let revision = &found.revision;
    if let Some(to) = &command.write {
        let written = ops::write_out(&found, &request.directory.join(to))?;
        print(&format!("Wrote the configuration of {} into {}:\n", named(revision), to.display()));
        written.files.iter().for_each(|file| print(&format!("  {file}\n")));
        if !written.left.is_empty() {
            print(&format!("Not written, for they lie elsewhere or are hidden: {}.\n", written.left.join(", ")));
        }
        if !written.secrets.is_empty() {
            print(&format!("Secret variables are not kept, give them: {}.\n", written.secrets.join(", ")));
        }
        return Ok(error::DONE.into());
    }
    let back = asking(found.request(&request)?, terminal);
    found.check_way(&request, &back)?;
    say(&format!("Going back to {} of {}.\n", named(revision), found.target));
    let plan_request = plan::plan_request(&command.planning, Mode::Converge);
    let verb = ops::rollback_command(revision.number);
    let done = apply::perform(&back, plan_request, &command.planning, &command.carrying, &verb, terminal)?;
    if !found.is_here {
        let directory = global.chdir.as_deref().map(|path| format!("--chdir {} ", quoted(path))).unwrap_or_default();
        let to = format!("revision-{}", revision.number);
        say(&format!(
            "\nThe files here are not those of revision {0}: the next `stackwright apply` brings theirs back.\nTo see the \
             ones that belong to it: `stackwright {directory}rollback {0} --write {1}`.\n",
            revision.number,
            quoted(Path::new(&to))
        ));
    }
    Ok(done)
}

/// `revision 3 (apply by alice@laptop, 2026-12-01T00:00:00Z, release 1.9.1)`
fn named(revision: &Revision) -> String {
    let release = release(revision);
    let release = if release.is_empty() { release } else { format!(", release {release}") };
    let Revision { number, command, who, finished, .. } = revision;
    format!("revision {number} ({command} by {who}, {finished}{release})")
}
