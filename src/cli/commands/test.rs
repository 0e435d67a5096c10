//! `test`

use std::process::ExitCode;

use super::block_on;
use super::request;
use crate::cli::arguments::Global;
use crate::cli::error;
use crate::cli::terminal::Terminal;
use crate::cli::terminal::print;
use crate::cli::test_arguments::Test;
use crate::cli::view::tests_json;
use crate::cli::view::tests_junit;
use crate::diag::Diagnostics;
use crate::diag::Sources;
use crate::ops;
use crate::ops::Failure;
use crate::ops::TestRequest;
use crate::ops::TestResult;
use crate::ops::TestedFile;

pub fn run(command: &Test, global: &Global, terminal: Terminal) -> Result<ExitCode, Failure> {
    let request = TestRequest {
        request: request(global, &command.variables),
        files: command.filter.clone(),
        runs: command.run.clone(),
        parallelism: command.parallelism.map_or_else(cores, usize::from),
        wait_timeout: command.wait_timeout,
    };
    let tested = block_on(async {
        // All is in memory: who interrupts leaves nothing behind.
        tokio::select! {
            tested = carry_out(&request, command.json, terminal) => tested,
            _ = tokio::signal::ctrl_c() => Err(Failure::Interrupted),
        }
    })?;
    if let Some(path) = &command.junit {
        let path = request.request.directory.join(path);
        let written = std::fs::write(&path, tests_junit(&tested));
        written.map_err(|error| Failure::world(format!("Cannot write {}", path.display()), error))?;
    }
    let count =
        |result: TestResult| tested.iter().flat_map(|file| &file.runs).filter(|run| run.result == result).count();
    let broken = tested.iter().filter(|file| file.findings.is_some()).count();
    let (passed, skipped) = (count(TestResult::Passed), count(TestResult::Skipped));
    let failed = count(TestResult::Failed) + count(TestResult::Errored) + broken;
    if command.json {
        print(&format!("{:#}\n", tests_json(&tested)));
    } else {
        let skipped = if skipped > 0 { format!(", {skipped} skipped") } else { String::new() };
        let word = if failed == 0 { terminal.paint.green("Success!") } else { terminal.paint.red("Failure!") };
        print(&format!("\n{word} {passed} passed, {failed} failed{skipped}.\n"));
    }
    Ok(if failed == 0 { error::DONE.into() } else { error::FAILED.into() })
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from)
}

async fn carry_out(request: &TestRequest, is_quiet: bool, terminal: Terminal) -> Result<Vec<TestedFile>, Failure> {
    let mut tested = Vec::new();
    for (path, work) in ops::begin_tests(request)? {
        let file = work.await.map_err(|error| Failure::world(format!("Cannot test with {path}"), error))?;
        if !is_quiet {
            tell(&file, terminal);
        }
        tested.push(file);
    }
    Ok(tested)
}

fn tell(file: &TestedFile, terminal: Terminal) {
    let paint = |result: TestResult| match result {
        TestResult::Passed => terminal.paint.green(result.as_str()),
        TestResult::Skipped => terminal.paint.dim(result.as_str()),
        _ => terminal.paint.red(result.as_str()),
    };
    print(&format!("{}... {}\n", file.path, paint(file.result())));
    file.findings.iter().for_each(|findings| show(findings, terminal));
    for run in &file.runs {
        print(&format!("  run \"{}\"... {}\n", run.name, paint(run.result)));
        show(&run.findings, terminal);
    }
}

fn show((findings, sources): &(Diagnostics, Sources), terminal: Terminal) {
    error::show(findings, sources, terminal);
}
