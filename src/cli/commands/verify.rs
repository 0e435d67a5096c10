//! `verify`

use std::process::ExitCode;

use serde_json::json;

use super::block_on;
use super::request;
use super::warn_of_records;
use crate::cli::arguments::Global;
use crate::cli::arguments::Verify;
use crate::cli::error;
use crate::cli::terminal::Terminal;
use crate::cli::terminal::print;
use crate::ops;
use crate::ops::Failure;

pub fn run(command: &Verify, global: &Global, terminal: Terminal) -> Result<ExitCode, Failure> {
    let request = request(global, &command.variables);
    let (nouns, objects, differences) = block_on(async {
        let (loaded, records) = ops::open_records(&request).await?;
        warn_of_records(loaded.broken_note(), terminal);
        let mut nouns: Vec<&str> = records.iter().map(ops::Records::noun).collect();
        nouns.sort_unstable();
        nouns.dedup();
        let mut objects = 0;
        let mut all = Vec::new();
        for one in &records {
            let (number, differences) = one.verify(&loaded.installation.name).await?;
            objects += number;
            all.extend(differences);
        }
        Ok((nouns.join(" and "), objects, all))
    })?;
    if command.json {
        let list: Vec<String> = differences.iter().map(ToString::to_string).collect();
        print(&format!("{:#}\n", json!({"format_version": "1.0", "objects": objects, "differences": list})));
    } else if differences.is_empty() {
        let noun = if objects == 1 { "object" } else { "objects" };
        let what = format!("Inventory and {nouns} agree on {objects} {noun}.");
        print(&format!("{}\n", terminal.paint.green(&what)));
    } else {
        for difference in &differences {
            print(&format!("{} {difference}\n", terminal.paint.yellow("!")));
        }
        let what = format!("{} of {objects} recorded objects differ.", differences.len());
        print(&format!("\n{what} `stackwright plan` shows how to mend them.\n"));
    }
    Ok(if differences.is_empty() { error::DONE.into() } else { error::FAILED.into() })
}
