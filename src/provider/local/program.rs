//! Runs a program of this machine: with words that hold no secret, for so long and no longer. What it writes on its standard
//! output is an answer, and what on the other one is told where it fails.

use std::fs::File;
use std::io;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

use super::record::last_lines;
use super::tool::Tool;

/// An answer is longer for nobody.
const LONGEST: u64 = 4 << 20;
/// Lines that are told of what it said.
const LINES: usize = 5;
/// Looking takes moments, deleting a few.
const PATIENCE: Duration = Duration::from_secs(300);
/// Between two looks whether it has ended.
const LOOK: Duration = Duration::from_millis(5);

/// Why a program did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    #[error("there is no program {0} in PATH: install it from {1}")]
    Missing(&'static str, &'static str),
    #[error("`{what}` ended with {code}:\n{said}")]
    Failed { what: String, code: String, said: String },
    #[error("`{what}` did not end within {} s", PATIENCE.as_secs())]
    Endless { what: String },
    #[error("cannot run `{what}`: {reason}")]
    Broken { what: String, reason: String },
}

fn broken(what: &str, error: &io::Error, tool: Tool) -> Trouble {
    match error.kind() {
        io::ErrorKind::NotFound => Trouble::Missing(tool.program(), tool.home()),
        _ => Trouble::Broken { what: what.to_owned(), reason: error.to_string() },
    }
}

/// How people would write it.
pub fn shown(tool: Tool, words: &[String]) -> String {
    let all = std::iter::once(tool.program()).chain(words.iter().map(String::as_str));
    all.collect::<Vec<_>>().join(" ")
}

fn command(tool: Tool, words: &[String], kubeconfig: &Path) -> Command {
    let mut command = Command::new(tool.program());
    // Whoever has contexts of their own keeps them.
    command.args(words).env("KUBECONFIG", kubeconfig);
    command
}

/// What a program answers.
///
/// # Errors
/// It is not there, fails, or does not end.
pub async fn answer(tool: Tool, words: &[String], kubeconfig: &Path) -> Result<String, Trouble> {
    let mut command = command(tool, words, kubeconfig);
    let what = shown(tool, words);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let asked = what.clone();
    let ended = tokio::task::spawn_blocking(move || finish(tool, &asked, command)).await;
    ended.unwrap_or_else(|error| Err(Trouble::Broken { what, reason: error.to_string() }))
}

fn finish(tool: Tool, what: &str, mut command: Command) -> Result<String, Trouble> {
    let mut child = command.spawn().map_err(|error| broken(what, &error, tool))?;
    // One pipe may fill while the other is read.
    let (stdout, stderr) = (reader(child.stdout.take()), reader(child.stderr.take()));
    let end = Instant::now() + PATIENCE;
    let status = loop {
        match child.try_wait().map_err(|error| broken(what, &error, tool))? {
            Some(status) => break status,
            None if Instant::now() > end => {
                let _may_have_ended = child.kill();
                let _may_have_ended = child.wait();
                return Err(Trouble::Endless { what: what.to_owned() });
            }
            None => std::thread::sleep(LOOK),
        }
    };
    let text = |reader: std::thread::JoinHandle<Vec<u8>>| {
        String::from_utf8_lossy(&reader.join().unwrap_or_default()).into_owned()
    };
    let (stdout, stderr) = (text(stdout), text(stderr));
    match status.success() {
        true => Ok(stdout),
        false => {
            Err(Trouble::Failed { what: what.to_owned(), code: status.to_string(), said: last_lines(&stderr, LINES) })
        }
    }
}

fn reader(pipe: Option<impl Read + Send + 'static>) -> std::thread::JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(pipe) = pipe {
            // What came until it broke is all there is.
            let _broken = pipe.take(LONGEST).read_to_end(&mut bytes);
        }
        bytes
    })
}

/// Starts a program that works for minutes, and may outlive this run. It keeps `lock`, and writes into `log`.
///
/// # Errors
/// It is not there, or cannot be started.
pub fn start(tool: Tool, words: &[String], kubeconfig: &Path, lock: File, log: File) -> Result<Child, Trouble> {
    let what = shown(tool, words);
    let mut command = command(tool, words, kubeconfig);
    let both = log.try_clone().map_err(|error| broken(&what, &error, tool))?;
    // An interrupt of this run is none of it: half a cluster is of use to nobody.
    command.stdin(lock).stdout(log).stderr(both).process_group(0);
    command.spawn().map_err(|error| broken(&what, &error, tool))
}

/// What a program that ended badly says.
pub fn failed(tool: Tool, words: &[String], code: String, said: String) -> Trouble {
    Trouble::Failed { what: shown(tool, words), code, said }
}
