//! `preflight`

use std::process::ExitCode;

use serde_json::json;

use super::block_on;
use super::patiently;
use super::request_asking;
use crate::cli::arguments::Global;
use crate::cli::arguments::Preflight;
use crate::cli::error;
use crate::cli::terminal::Terminal;
use crate::cli::terminal::print;
use crate::ops;
use crate::ops::Failure;
use crate::plan::preflight::Check;
use crate::plan::preflight::Verdict;

pub fn run(command: &Preflight, global: &Global, terminal: Terminal) -> Result<ExitCode, Failure> {
    let request = request_asking(global, &command.variables, terminal);
    let found = block_on(patiently(terminal, ops::preflight(&request)))?;
    error::show(&found.warnings, &found.sources, terminal);
    let count = |verdict| found.clusters.iter().flat_map(|one| &one.checks).filter(|c| c.verdict == verdict).count();
    let (failed, warned) = (count(Verdict::Fail), count(Verdict::Warn));
    if command.json {
        let clusters: Vec<_> = found
            .clusters
            .iter()
            .map(|one| json!({"cluster": one.cluster.to_string(), "checks": one.checks.iter().map(row_json).collect::<Vec<_>>()}))
            .collect();
        print(&format!("{:#}\n", json!({"format_version": "1.0", "passed": failed == 0, "clusters": clusters})));
    } else {
        for one in &found.clusters {
            print(&format!("{}\n", terminal.paint.bold(&one.cluster.to_string())));
            one.checks.iter().for_each(|check| print(&row(check, terminal)));
        }
        let noun = |number: usize, one: &str| format!("{number} {one}{}", if number == 1 { "" } else { "s" });
        let sum = match (failed, warned) {
            (0, 0) => "Everything is as it should be.".to_owned(),
            (0, warned) => format!("Nothing stands in the way; {}.", noun(warned, "warning")),
            (failed, warned) => format!("{}, {}.", noun(failed, "obstacle"), noun(warned, "warning")),
        };
        print(&format!("\n{sum}\n"));
    }
    Ok(if failed == 0 { error::DONE.into() } else { error::FAILED.into() })
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Warn => "warn",
        Verdict::Fail => "fail",
    }
}

fn row(check: &Check, terminal: Terminal) -> String {
    let word = match check.verdict {
        Verdict::Pass => terminal.paint.green(word(check.verdict)),
        Verdict::Warn => terminal.paint.yellow(word(check.verdict)),
        Verdict::Fail => terminal.paint.red(word(check.verdict)),
    };
    let mut text = format!("  {word}  {:<18}  {}\n", check.subject, check.found);
    if !check.remedy.is_empty() {
        text.push_str(&format!("{:28}{}\n", "", terminal.paint.dim(&format!("→ {}", check.remedy))));
    }
    text
}

fn row_json(check: &Check) -> serde_json::Value {
    json!({
        "subject": check.subject, "verdict": word(check.verdict), "found": check.found,
        "remedy": if check.remedy.is_empty() { None } else { Some(&check.remedy) },
    })
}
