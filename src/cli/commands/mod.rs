//! One file a command: arguments to a use case, its result to a view.

mod apply;
mod backup;
mod completions;
mod console;
mod docs;
mod fmt;
mod graph;
mod handover;
mod history;
mod images;
mod init;
mod man;
mod output;
mod pages;
mod permissions;
mod plan;
mod preflight;
mod rehearse;
mod render;
mod rollback;
mod sandbox;
mod show;
mod status;
mod test;
mod ui;
mod unlock;
mod upgrade;
mod user;
mod validate;
mod verify;
mod version;

use std::process::ExitCode;
use std::time::Duration;

use indicatif::ProgressBar;

use super::arguments::Arguments;
use super::arguments::Command;
use super::arguments::Global;
use super::flags::Variables;
use super::hidden::ask_hidden;
use super::terminal::Terminal;
use super::terminal::ask;
use super::terminal::say;
use crate::ops::Failure;
use crate::ops::Request;

/// Runs one command.
pub fn run(arguments: Arguments, terminal: Terminal) -> Result<ExitCode, Failure> {
    let global = &arguments.global;
    if let Some(directory) = &global.chdir
        && !directory.is_dir()
    {
        let summary = format!("Cannot change to {}", directory.display());
        let reason = if directory.exists() { "it is not a directory" } else { "there is no such directory" };
        return Err(Failure::world(summary, reason));
    }
    match arguments.command {
        Command::Init(command) => init::run(&command, global, terminal),
        Command::Validate(command) => validate::run(&command, global, terminal),
        Command::Test(command) => test::run(&command, global, terminal),
        Command::Fmt(command) => fmt::run(&command, global, terminal),
        Command::Console(command) => console::run(&command, global, terminal),
        Command::Graph(command) => graph::run(&command, global, terminal),
        Command::Render(command) => render::run(&command, global, terminal),
        Command::Images(command) => images::run(&command, global, terminal),
        Command::Completions(command) => Ok(completions::run(&command)),
        Command::Man(command) => man::run(&command, global),
        Command::Preflight(command) => preflight::run(&command, global, terminal),
        Command::Plan(command) => plan::run(&command, global, terminal),
        Command::Apply(command) => apply::run(&command, global, terminal),
        Command::Upgrade(command) => upgrade::run(&command, global, terminal),
        Command::Rollback(command) => rollback::run(&command, global, terminal),
        Command::Backup(command) => backup::backup(&command, global, terminal),
        Command::Restore(command) => backup::restore(&command, global, terminal),
        Command::Destroy(command) => apply::destroy(&command, global, terminal),
        Command::Show(command) => show::run(&command, global, terminal),
        Command::Output(command) => output::run(&command, global, terminal),
        Command::Permissions(command) => permissions::run(&command, global),
        Command::Status(command) => status::run(&command, global, terminal),
        Command::History(command) => history::run(&command, global, terminal),
        Command::Verify(command) => verify::run(&command, global, terminal),
        Command::Adopt(command) => handover::adopt(&command, global, terminal),
        Command::Import(command) => handover::import(&command, global, terminal),
        Command::Forget(command) => handover::forget(&command, global, terminal),
        Command::Unlock(command) => unlock::run(&command, global, terminal),
        Command::User(command) => user::run(&command, global, terminal),
        Command::Ui(command) => ui::run(&command, global, terminal),
        Command::Sandbox(command) => sandbox::run(&command, global, terminal),
        Command::Docs(command) => docs::run(&command, global, terminal),
        Command::Version(command) => Ok(version::run(&command)),
    }
}

/// What to load.
fn request(global: &Global, variables: &Variables) -> Request {
    Request {
        directory: global.chdir.clone().unwrap_or_else(|| ".".into()),
        variables: variables.given.clone(),
        environment: std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect(),
        catalog: global.catalog.clone(),
        makers: global.makers.clone(),
        parallelism: None,
        answers: Vec::new(),
        planned: Default::default(),
        edited: Default::default(),
        returning: None,
    }
}

/// As [`request`]; on a terminal, asks for variables that have no value, as Terraform does. Elsewhere they are errors.
fn request_asking(global: &Global, variables: &Variables, terminal: Terminal) -> Request {
    asking(request(global, variables), terminal)
}

/// Asks on a terminal for variables that a request lacks.
fn asking(mut request: Request, terminal: Terminal) -> Request {
    if !terminal.can_ask {
        return request;
    }
    for variable in crate::ops::missing_variables(&request) {
        let described = variable.description.iter().flat_map(|text| text.lines().map(|line| format!("  {line}\n")));
        let described: String = described.collect();
        let question =
            format!("{}\n{described}\n  Enter a value: ", terminal.talk.bold(&format!("var.{}", variable.name)));
        let answer = if variable.sensitive { ask_hidden(&question) } else { ask(&question) };
        // At the end of input nobody answers any more; the rest is reported as missing.
        let Some(answer) = answer else { break };
        say("\n");
        request.answers.push((variable.name, answer));
    }
    request
}

/// Tells on stderr what was found amiss in records and stopped nothing.
fn warn_of_records(warnings: impl IntoIterator<Item = String>, terminal: Terminal) {
    for warning in warnings {
        say(&format!("{} {warning}\n", terminal.talk.yellow("warning:")));
    }
}

/// Work that looks at clusters gives a sign of life where it takes long: a spinner on a terminal, one line elsewhere.
async fn patiently<T>(terminal: Terminal, work: impl Future<Output = T>) -> T {
    tokio::pin!(work);
    let patience = if terminal.interactive { Duration::from_millis(300) } else { Duration::from_secs(2) };
    tokio::select! {
        done = &mut work => return done,
        () = tokio::time::sleep(patience) => {}
    }
    if !terminal.interactive {
        say(&format!("{LOOKING}\n"));
        return work.await;
    }
    let spinner = ProgressBar::new_spinner().with_message(LOOKING);
    spinner.enable_steady_tick(Duration::from_millis(120));
    let done = work.await;
    spinner.finish_and_clear();
    done
}

/// What is said while a command looks at clusters.
const LOOKING: &str = "Looking at what is there.";

/// Runs asynchronous work to its end. Few threads: the work waits for a server, it does not compute.
fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::world("Cannot start", error))?;
    let result = runtime.block_on(work);
    for notice in crate::ops::take_notices() {
        say(&format!("note: {notice}\n"));
    }
    // Players and watches may still run; nobody waits for them.
    runtime.shutdown_background();
    result
}
