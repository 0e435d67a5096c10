//! `history`

use std::process::ExitCode;

use serde_json::Value;
use serde_json::json;

use super::block_on;
use super::request;
use super::warn_of_records;
use crate::cli::arguments::Global;
use crate::cli::arguments::History;
use crate::cli::error;
use crate::cli::terminal::Terminal;
use crate::cli::terminal::print;
use crate::cli::view::table;
use crate::ops;
use crate::ops::Failure;
use crate::state::Revision;
use crate::state::RevisionResult;

pub fn run(command: &History, global: &Global, terminal: Terminal) -> Result<ExitCode, Failure> {
    let request = request(global, &command.variables);
    let (revisions, unfinished, targets) = block_on(async {
        let (loaded, records) = ops::open_records(&request).await?;
        warn_of_records(loaded.broken_note(), terminal);
        let (mut all, mut unfinished) = (Vec::new(), Vec::new());
        for one in &records {
            all.extend(one.history().await?.into_iter().map(|revision| (one.target.clone(), revision)));
            unfinished.extend(one.unfinished().await?.map(|what| format!("{}: {what}", one.target)));
            warn_of_records(one.warnings(), terminal);
        }
        Ok((all, unfinished, records.len()))
    })?;
    if command.json {
        let list: Vec<Value> = revisions
            .iter()
            .map(|(target, revision)| {
                let mut run = revision_json(revision);
                run["target"] = json!(target.to_string());
                run
            })
            .collect();
        print(&format!("{:#}\n", json!({"format_version": "1.0", "revisions": list, "unfinished": unfinished})));
        return Ok(error::DONE.into());
    }
    let unfinished: String = unfinished.into_iter().map(|what| what + "\n").collect();
    if revisions.is_empty() {
        print(if unfinished.is_empty() { "Nothing was applied yet.\n" } else { &unfinished });
        return Ok(error::DONE.into());
    }
    let rows: Vec<Vec<String>> = revisions
        .iter()
        .map(|(target, revision)| {
            let result = match revision.result {
                RevisionResult::Done => terminal.paint.green(result_word(revision)),
                _ => terminal.paint.red(result_word(revision)),
            };
            let changes: Vec<String> =
                revision.counts.iter().filter(|(_, n)| **n > 0).map(|(word, n)| format!("{n} {word}")).collect();
            let mut row = vec![
                revision.number.to_string(),
                revision.finished.clone(),
                revision.who.clone(),
                revision.command.clone(),
                result,
                changes.join(", "),
            ];
            if targets > 1 {
                row.insert(0, target.to_string());
            }
            row
        })
        .collect();
    let columns = ["TARGET", "REVISION", "FINISHED", "WHO", "COMMAND", "RESULT", "CHANGES"];
    print(&table(if targets > 1 { &columns } else { &columns[1..] }, &rows));
    print(&unfinished);
    Ok(error::DONE.into())
}

fn result_word(revision: &Revision) -> &'static str {
    match revision.result {
        RevisionResult::Done => "done",
        RevisionResult::Failed => "failed",
        RevisionResult::Interrupted => "interrupted",
    }
}

/// A revision for programs.
pub fn revision_json(revision: &Revision) -> Value {
    json!({
        "revision": revision.number,
        "who": revision.who,
        "command": revision.command,
        "started": revision.started,
        "finished": revision.finished,
        "result": result_word(revision),
        "counts": revision.counts,
        "versions": revision.versions,
        "failures": revision.failures,
    })
}
