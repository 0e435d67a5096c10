//! `history`

use std::process::ExitCode;

use serde_json::Value;
use serde_json::json;

use super::block_on;
use super::pages::now;
use super::pages::write_page;
use super::request;
use super::warn_of_records;
use crate::cli::arguments::Global;
use crate::cli::arguments::History;
use crate::cli::error;
use crate::cli::terminal::Terminal;
use crate::cli::terminal::print;
use crate::cli::view::model::HistoryModel;
use crate::cli::view::model::counts_text;
use crate::cli::view::model::release;
use crate::cli::view::model::result_word;
use crate::cli::view::page::history_page;
use crate::cli::view::table;
use crate::object::Address;
use crate::ops;
use crate::ops::Failure;
use crate::state::Revision;
use crate::state::RevisionResult;

pub fn run(command: &History, global: &Global, terminal: Terminal) -> Result<ExitCode, Failure> {
    let request = request(global, &command.variables);
    let (installation, mut revisions, unfinished, targets) = block_on(async {
        let (loaded, records) = ops::open_records(&request).await?;
        warn_of_records(loaded.broken_note(), terminal);
        let (mut all, mut unfinished) = (Vec::new(), Vec::new());
        for one in &records {
            all.extend(one.history().await?.into_iter().map(|revision| (one.target.clone(), revision)));
            unfinished.extend(one.unfinished().await?.map(|what| format!("{}: {what}", one.target)));
            warn_of_records(one.warnings(), terminal);
        }
        Ok((loaded.installation.name.clone(), all, unfinished, records.len()))
    })?;
    if let Some(wanted) = command.revision {
        let numbers: Vec<String> = revisions.iter().map(|(_, revision)| revision.number.to_string()).collect();
        revisions.retain(|(_, revision)| revision.number == wanted);
        if revisions.is_empty() {
            let cause = format!("the recorded runs are {}", numbers.join(", "));
            let cause = if numbers.is_empty() { "nothing was applied yet".to_owned() } else { cause };
            return Err(Failure::world(format!("There is no revision {wanted}"), cause));
        }
    }
    if let Some(path) = &command.html {
        let model = HistoryModel::new(&installation, now(), &revisions, &unfinished, targets > 1);
        write_page(&request.directory.join(path), &history_page(&model)?)?;
    }
    if command.json {
        let list: Vec<Value> = revisions.iter().map(|(target, revision)| revision_json(target, revision)).collect();
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
            let mut row = vec![
                revision.number.to_string(),
                revision.finished.clone(),
                revision.who.clone(),
                revision.command.clone(),
                result,
                counts_text(revision),
                release(revision),
            ];
            if targets > 1 {
                row.insert(0, target.to_string());
            }
            row
        })
        .collect();
    let columns = ["TARGET", "REVISION", "FINISHED", "WHO", "COMMAND", "RESULT", "CHANGES", "RELEASE"];
    print(&table(if targets > 1 { &columns } else { &columns[1..] }, &rows));
    for (target, revision) in &revisions {
        print(&steps(target, revision, targets > 1));
        print(&overridden(target, revision, targets > 1));
    }
    print(&unfinished);
    Ok(error::DONE.into())
}

/// The steps of a hop, where the revision is one; else empty.
fn steps(target: &Address, revision: &Revision, of_several: bool) -> String {
    let hop = &revision.details["hop"];
    let Some(platform) = hop["platform"].as_str() else { return String::new() };
    let of = if of_several { format!("{target}, ") } else { String::new() };
    let mut text = format!("\n{of}revision {}, {platform} {}\n", revision.number, release(revision));
    for step in hop["steps"].as_array().into_iter().flatten() {
        let title = step["step"].as_str().unwrap_or_default();
        let what = step["what"].as_str().filter(|what| !what.is_empty()).map(|what| format!(": {what}"));
        let state = if step["done"] == true { "" } else { ", not at its end" };
        text.push_str(&format!("  {title}{state}{}\n", what.unwrap_or_default()));
    }
    for left in hop["left"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        text.push_str(&format!("  left to do: {left}\n"));
    }
    text
}

/// The policies that a run overrode; else empty.
fn overridden(target: &Address, revision: &Revision, of_several: bool) -> String {
    let of = if of_several { format!("{target}, ") } else { String::new() };
    let names: Vec<String> = revision.overridden().map(|(policy, broken)| format!("{policy} ({broken})")).collect();
    match names.is_empty() {
        true => String::new(),
        false => format!("\n{of}revision {} overrode policies: {}\n", revision.number, names.join(", ")),
    }
}

/// A revision of a target for programs.
fn revision_json(target: &Address, revision: &Revision) -> Value {
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
        "hop": revision.details["hop"],
        "back_to": revision.went_back_to(),
        "overridden_policies": revision.overridden().map(|(policy, broken)| json!({"policy": policy, "broken": broken})).collect::<Vec<_>>(),
        "configuration": revision.configuration.is_some(),
        "target": target.to_string(),
    })
}
