//! Carries out the tests of a configuration: runs of `*.test.hcl` files, each file in sandboxes of its own that live in memory.
//! No cluster of the configuration is contacted, whatever its provider. Not how results are told.

mod run;
mod stage;

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use super::Failure;
use super::Request;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::diag::Sources;
use crate::lang::TestFile;
use crate::provider::regular;
use crate::provider::regular::LONGEST_TEXT;
use stage::Stage;

/// What files of tests are called.
pub const ENDING: &str = ".test.hcl";
/// Where they may lie, beside the configuration itself.
const FOLDER: &str = "tests";

/// What is to be tested.
#[derive(Clone, Debug)]
pub struct TestRequest {
    pub request: Request,
    /// Only these files; all where there are none.
    pub files: Vec<PathBuf>,
    /// Only runs of these names; all where there are none.
    pub runs: Vec<String>,
    /// Files at once.
    pub parallelism: usize,
    /// How long a run may wait for anything to serve.
    pub wait_timeout: Duration,
}

/// What came of a file.
#[derive(Debug)]
pub struct TestedFile {
    /// Relative to the directory.
    pub path: String,
    pub runs: Vec<TestedRun>,
    pub took: Duration,
    /// What is wrong with the file itself; it has no runs then.
    pub findings: Option<Findings>,
}

/// Findings, and the files to show them in.
pub type Findings = (Diagnostics, Sources);

/// What came of a run.
#[derive(Debug)]
pub struct TestedRun {
    pub name: String,
    pub result: TestResult,
    pub took: Duration,
    /// Why it failed; warnings too.
    pub findings: Findings,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TestResult {
    Passed,
    /// Something does not hold.
    Failed,
    /// It could not be carried out to its end.
    Errored,
    /// It is not asked for, or a run before it could not be carried out.
    Skipped,
}

impl TestResult {
    /// For people and programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "pass",
            Self::Failed => "fail",
            Self::Errored => "error",
            Self::Skipped => "skip",
        }
    }
}

impl TestedFile {
    /// How its worst run ended.
    pub fn result(&self) -> TestResult {
        let has = |result: TestResult| self.runs.iter().any(|run| run.result == result);
        match self.findings {
            Some(_) => TestResult::Errored,
            None if has(TestResult::Errored) => TestResult::Errored,
            None if has(TestResult::Failed) => TestResult::Failed,
            None if has(TestResult::Passed) => TestResult::Passed,
            None => TestResult::Skipped,
        }
    }
}

/// Begins with all files, some of them at once; each is to be waited for, in their order.
///
/// # Errors
/// There is none, or one that is asked for is not there.
pub fn begin(request: &TestRequest) -> Result<Vec<(String, JoinHandle<TestedFile>)>, Failure> {
    let paths = chosen(request)?;
    let turns = Arc::new(Semaphore::new(request.parallelism.max(1)));
    let begun = paths.into_iter().map(|path| {
        let (request, turns, file) = (request.clone(), turns.clone(), path.clone());
        let work = tokio::spawn(async move {
            let _turn = turns.acquire().await;
            carry_out(&request, file).await
        });
        (path, work)
    });
    Ok(begun.collect())
}

fn chosen(request: &TestRequest) -> Result<Vec<String>, Failure> {
    let root = &request.request.directory;
    let mut all = Vec::new();
    for folder in ["", FOLDER] {
        all.extend(names(&root.join(folder)).into_iter().map(|name| match folder {
            "" => name,
            _ => format!("{folder}/{name}"),
        }));
    }
    all.sort();
    let plain = |path: &Path| path.strip_prefix("./").unwrap_or(path).to_path_buf();
    for wanted in &request.files {
        if !all.iter().any(|path| Path::new(path) == plain(wanted)) {
            let cause = match all.is_empty() {
                true => "the directory has no tests".to_owned(),
                false => format!("the files are {}", all.join(", ")),
            };
            return Err(Failure::world(format!("There is no file of tests {}", wanted.display()), cause));
        }
    }
    if !request.files.is_empty() {
        all.retain(|path| request.files.iter().any(|wanted| Path::new(path) == plain(wanted)));
    }
    if all.is_empty() {
        let cause = format!("neither {} nor its folder {FOLDER} holds a file that ends in {ENDING}", root.display());
        return Err(Failure::world("Nothing to test", cause));
    }
    Ok(all)
}

/// Names of files of tests in a folder; none where there is no such folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let names =
        entries.filter(|entry| !entry.path().is_dir()).map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.filter(|name| name.ends_with(ENDING) && !name.starts_with('.')).collect()
}

async fn carry_out(request: &TestRequest, path: String) -> TestedFile {
    let begun = Instant::now();
    let mut tested = TestedFile { path: path.clone(), runs: Vec::new(), took: Duration::ZERO, findings: None };
    let text = match regular::read_text(&request.request.directory.join(&path), LONGEST_TEXT) {
        Ok(text) => text,
        Err(error) => {
            let finding = Diagnostic::error("Run failed", format!("{path} cannot be read: {error}."));
            return TestedFile { findings: Some((finding.into(), Sources::new())), ..tested };
        }
    };
    let mut sources = Sources::new();
    let file = sources.add(path.as_str(), text.as_str());
    let (file, mut findings) = TestFile::read(&sources, file);
    for name in request.runs.iter().filter(|_| request.files.len() == 1) {
        if !file.runs.iter().any(|run| run.name == *name) {
            findings.push(Diagnostic::error("Run failed", format!("{path} has no run \"{name}\".")));
        }
    }
    if findings.has_errors() {
        return TestedFile { findings: Some((findings, sources)), took: begun.elapsed(), ..tested };
    }
    let mut stage = Stage::new(request, &path, &text);
    let mut is_stopped = false;
    for at in 0..file.runs.len() {
        let name = file.runs[at].name.clone();
        let is_asked = request.runs.is_empty() || request.runs.contains(&name);
        if is_stopped || !is_asked {
            let findings = (Diagnostics::new(), Sources::new());
            tested.runs.push(TestedRun { name, result: TestResult::Skipped, took: Duration::ZERO, findings });
            continue;
        }
        let begun = Instant::now();
        let (result, findings) = stage.carry_out(at).await;
        is_stopped = result == TestResult::Errored;
        tested.runs.push(TestedRun { name, result, took: begun.elapsed(), findings });
    }
    tested.took = begun.elapsed();
    tested
}
