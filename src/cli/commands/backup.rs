//! `backup` and `restore`

use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::json;

use super::apply;
use super::block_on;
use super::request_asking;
use crate::apply::Events;
use crate::apply::Interrupt;
use crate::apply::events;
use crate::cli::arguments::Backup;
use crate::cli::arguments::Global;
use crate::cli::arguments::Restore;
use crate::cli::error;
use crate::cli::terminal::Terminal;
use crate::cli::terminal::print;
use crate::cli::terminal::say;
use crate::ops;
use crate::ops::Failure;
use crate::ops::Manifest;
use crate::ops::Restored;
use crate::ops::Restoring;

pub fn backup(command: &Backup, global: &Global, terminal: Terminal) -> Result<ExitCode, Failure> {
    let request = request_asking(global, &command.variables, terminal);
    let name = || PathBuf::from(format!("backup-{}", jiff::Timestamp::now().strftime("%Y%m%d-%H%M%S")));
    let to = request.directory.join(command.to.clone().unwrap_or_else(name));
    let made = block_on(shown(terminal, |events, interrupt| {
        let (request, platform, to) = (&request, command.platform.as_ref(), &to);
        async move { ops::backup(request, platform, to, &events, &interrupt).await }
    }))?;
    if command.json {
        print(&format!(
            "{:#}\n",
            json!({"format_version": "1.0", "directory": to.display().to_string(), "backup": made})
        ));
        return Ok(error::DONE.into());
    }
    print(&told(&made, &to.display().to_string(), terminal));
    Ok(error::DONE.into())
}

fn told(made: &Manifest, to: &str, terminal: Terminal) -> String {
    let what = format!("Backup {} of {} at release {}", made.name, made.platform, made.release);
    let mut text = format!("{}\n", terminal.paint.green(&what));
    text.push_str(&format!("  {to}: {}\n", ops::counted(&made.counts)));
    for (component, dump) in &made.databases {
        text.push_str(&format!("  {component}: {}, in the claim {} of the cluster\n", dump.said, dump.claim));
    }
    text.push_str(
        "\nThe directory holds passwords' hashes, generated passwords and signing keys in clear: only you may read it, keep it \
         so.\nObjects in the object store and what is on users' volumes are not part of it.\n",
    );
    text
}

pub fn restore(command: &Restore, global: &Global, terminal: Terminal) -> Result<ExitCode, Failure> {
    let request = request_asking(global, &command.variables, terminal);
    let from = request.directory.join(&command.from);
    let restored = block_on(async {
        let found = ops::look_at_backup(&request, command.platform.as_ref(), &from, command.databases).await?;
        say(&format!("{}\n", terminal.talk.bold(&found.place())));
        print(&plan(&found, command.databases));
        if found.missing.is_empty() && found.databases.is_empty() {
            return Ok(None);
        }
        if !command.auto_approve {
            apply::agree("restore")?;
        }
        let found = &found;
        let done = shown(terminal, |events, interrupt| async move { found.carry_out(&events, &interrupt).await });
        done.await.map(|done| Some((done, found.is_empty)))
    })?;
    let Some((done, is_empty)) = restored else { return Ok(error::DONE.into()) };
    print(&restored_text(&done, is_empty, terminal));
    Ok(if done.refused.is_empty() { error::DONE.into() } else { error::FAILED.into() })
}

/// What a restore would do.
fn plan(found: &Restoring, with_databases: bool) -> String {
    let mut text = format!(
        "Backup {} of {} at release {}\n",
        found.manifest.name, found.manifest.platform, found.manifest.release
    );
    let mut counts = std::collections::BTreeMap::new();
    for object in &found.missing {
        *counts.entry(object.id().group_kind()).or_insert(0) += 1;
    }
    match counts.is_empty() {
        true => text.push_str("  every object of it is there\n"),
        false => text.push_str(&format!("  makes: {}\n", ops::counted(&counts))),
    }
    if found.there > 0 {
        text.push_str(&format!("  leaves as they are: {} objects that are there\n", found.there));
    }
    for (component, dump) in &found.databases {
        text.push_str(&format!(
            "  replaces what the database of {component} holds by {} of the claim {}; stop its users meanwhile\n",
            dump.file, dump.claim
        ));
    }
    if found.is_empty {
        text.push_str(
            "  The platform is not installed yet: only keys, generated passwords and people come back now, so that it takes \
             them over.\n  Then run `stackwright apply`, and restore once more.\n",
        );
    } else if !with_databases && !found.manifest.databases.is_empty() {
        text.push_str("  Databases are left as they are; --databases loads them.\n");
    }
    text
}

fn restored_text(done: &Restored, is_empty: bool, terminal: Terminal) -> String {
    let mut text = String::new();
    for (component, said) in &done.loaded {
        text.push_str(&format!("{} {component}: {said}\n", terminal.paint.green("✓")));
    }
    for (id, reason) in &done.refused {
        text.push_str(&format!("{} {id}: {reason}\n", terminal.paint.red("✗")));
    }
    let noun = if done.made.len() == 1 { "object" } else { "objects" };
    let what = format!("Restore complete! {} {noun} made, {} refused.", done.made.len(), done.refused.len());
    text.push_str(&format!("{}\n", terminal.paint.green(&what)));
    if is_empty {
        text.push_str("Now `stackwright apply` installs the platform with them; then restore once more.\n");
    }
    text
}

/// Does work whose events are shown as they happen, and which Ctrl-C ends.
async fn shown<T, F: Future<Output = Result<T, Failure>>>(
    terminal: Terminal,
    work: impl FnOnce(Events, Interrupt) -> F,
) -> Result<T, Failure> {
    let (events, listener) = events();
    let interrupt = Interrupt::new();
    let listening = tokio::spawn(apply::listen(interrupt.clone()));
    let showing = tokio::spawn(apply::show_work(terminal, listener));
    let done = work(events, interrupt).await;
    listening.abort();
    let _ = showing.await;
    done
}
