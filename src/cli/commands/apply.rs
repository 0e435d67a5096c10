//! `apply` and `destroy`

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

use super::asking;
use super::block_on;
use super::pages::Report;
use super::patiently;
use super::plan;
use super::request;
use super::request_asking;
use crate::apply;
use crate::apply::Interrupt;
use crate::apply::Listener;
use crate::apply::Outcome;
use crate::cli::arguments::Apply;
use crate::cli::arguments::Destroy;
use crate::cli::arguments::Drift;
use crate::cli::arguments::Global;
use crate::cli::error;
use crate::cli::flags::Carrying;
use crate::cli::flags::Planning;
use crate::cli::terminal::Terminal;
use crate::cli::terminal::ask;
use crate::cli::terminal::interrupt_typed;
use crate::cli::terminal::print;
use crate::cli::terminal::say;
use crate::cli::view::Progress;
use crate::cli::view::model::Chronicle;
use crate::cli::view::outputs_json;
use crate::cli::view::outputs_text;
use crate::ops;
use crate::ops::Applied;
use crate::ops::Carriage;
use crate::ops::Failure;
use crate::ops::Loaded;
use crate::ops::PlanRequest;
use crate::ops::Planned;
use crate::ops::Request;
use crate::ops::SavedPlan;
use crate::plan::Mode;
use crate::state::Output;

pub fn run(command: &Apply, global: &Global, terminal: Terminal) -> Result<ExitCode, Failure> {
    let mut request = request(global, &command.planning.variables);
    request.parallelism = Some(command.planning.parallelism.into());
    match &command.plan {
        Some(path) => {
            refuse_plan_options(&command.planning, &command.drift)?;
            let plan = ops::read_plan(&request.directory.join(path))?;
            request.planned = plan.variables.clone();
            saved(&plan, &asking(request, terminal), &command.planning, &command.carrying, terminal)
        }
        None => {
            let request = asking(request, terminal);
            let plan_request = plan::plan_request(&command.planning, command.drift.mode());
            perform(&request, plan_request, &command.planning, &command.carrying, "apply", terminal)
        }
    }
}

pub fn destroy(command: &Destroy, global: &Global, terminal: Terminal) -> Result<ExitCode, Failure> {
    let mut request = request_asking(global, &command.planning.variables, terminal);
    request.parallelism = Some(command.planning.parallelism.into());
    let mut plan_request = plan::plan_request(&command.planning, Mode::Destroy { keep_data: command.keep_data });
    plan_request.allow_data_loss |= plan_request.mode.agrees_to_losses();
    perform(&request, plan_request, &command.planning, &command.carrying, "destroy", terminal)
}

/// Plans, shows, asks, and carries out.
pub(super) fn perform(
    request: &Request,
    plan_request: PlanRequest,
    planning: &Planning,
    carrying: &Carrying,
    command: &str,
    terminal: Terminal,
) -> Result<ExitCode, Failure> {
    block_on(async {
        let loaded = Arc::new(ops::load(request, &ops::Known::default())?);
        let planned = patiently(terminal, ops::plan_all(&loaded, &plan_request)).await?;
        plan::warn(&loaded, &planned, terminal);
        plan::tell_places(&planned, terminal);
        let mode = plan_request.mode;
        let outputs = ops::output_changes(&loaded, &planned, &plan_request);
        let is_empty = ops::is_empty(&planned) && !plan::changes_outputs(&outputs);
        if mode == Mode::Adopt && is_empty && !planning.json {
            print("Nothing to adopt: of what is wanted, nothing exists that belongs to no installation.\n");
        } else if !planning.json {
            plan::show(&planned, &outputs, planning, terminal);
            if loaded.returning.is_some() && !is_empty {
                print(&what_stays(&ops::not_brought_back(&loaded, &planned), terminal));
            }
        }
        ops::check_policies(&loaded, &planned)?;
        let settles = mode != Mode::Drift && is_empty && ops::is_unfinished(&planned).await?;
        if settles && !mode.wants_nothing() {
            say("A run before this one did not come to its end; going on with it.\n");
            return carry_out(&loaded, &plan_request, planned, planning, carrying, command, terminal).await;
        }
        if is_empty && !settles && (mode == Mode::Adopt || !mode.wants_nothing()) {
            Report::wanted(&loaded, &plan_request, &planned, planning, carrying)
                .map_or(Ok(()), |report| report.write(command, &Chronicle::default(), None, Vec::new()))?;
        }
        if is_empty && mode == Mode::Adopt {
            return Ok(error::DONE.into());
        }
        if is_empty && !mode.wants_nothing() {
            tell_what_is_not_ready(&planned).await;
            print_outputs(&ops::outputs(&loaded, &planned), planning, terminal);
            return Ok(error::DONE.into());
        }
        ops::check_consent(&planned, plan_request.allow_data_loss)?;
        if !carrying.auto_approve && !is_empty {
            approve(command, &planned)?;
        }
        carry_out(&loaded, &plan_request, planned, planning, carrying, command, terminal).await
    })
}

/// What going back does not bring back, as a paragraph.
fn what_stays(sentences: &[String], terminal: Terminal) -> String {
    if sentences.is_empty() {
        return String::new();
    }
    let lines: String = sentences.iter().map(|sentence| format!("  - {sentence}\n")).collect();
    format!("\n{}\n{lines}", terminal.paint.yellow("Not all goes back:"))
}

fn saved(
    saved: &SavedPlan,
    request: &Request,
    planning: &Planning,
    carrying: &Carrying,
    terminal: Terminal,
) -> Result<ExitCode, Failure> {
    block_on(async {
        let loaded = Arc::new(ops::load(request, &ops::Known::default())?);
        saved.check_secrets(&loaded)?;
        let planned = patiently(terminal, ops::plan_all(&loaded, &saved.request)).await?;
        let outputs = ops::output_changes(&loaded, &planned, &saved.request);
        saved.check(&planned, &outputs)?;
        ops::check_policies(&loaded, &planned)?;
        plan::tell_places(&planned, terminal);
        let is_empty = ops::is_empty(&planned) && !plan::changes_outputs(&outputs);
        let command = if saved.request.mode.is_destroy() { "destroy" } else { "apply" };
        if is_empty && !saved.request.mode.wants_nothing() {
            plan::show(&planned, &outputs, planning, terminal);
            Report::wanted(&loaded, &saved.request, &planned, planning, carrying)
                .map_or(Ok(()), |report| report.write(command, &Chronicle::default(), None, Vec::new()))?;
            return Ok(error::DONE.into());
        }
        carry_out(&loaded, &saved.request, planned, planning, carrying, command, terminal).await
    })
}

/// Nothing is to be changed, but that does not mean that everything serves.
async fn tell_what_is_not_ready(planned: &[Planned]) {
    for health in ops::not_ready(planned).await {
        for one in &health.unready {
            say(&format!("{} is not ready: {}: {}\n", health.owner, one.id, one.reason));
            one.detail.iter().for_each(|line| say(&format!("    {line}\n")));
        }
    }
}

/// A saved plan is performed as it is.
fn refuse_plan_options(planning: &Planning, drift: &Drift) -> Result<(), Failure> {
    let Planning { target, exclude, replace, allow_data_loss, restart, override_policy, .. } = planning;
    let plain = target.is_empty() && exclude.is_empty() && replace.is_empty() && override_policy.is_empty();
    if plain && !drift.refresh_only && !allow_data_loss && !restart {
        return Ok(());
    }
    Err(Failure::world("Cannot use plan options here", "a saved plan is performed exactly as it was made")
        .help("Give the options to `stackwright plan --out FILE`."))
}

/// Asks whether the plan is to be carried out: a person, or whatever the input is read from, as Terraform does.
///
/// # Errors
/// The answer is no, or nobody gives one.
fn approve(command: &str, planned: &[Planned]) -> Result<(), Failure> {
    let (question, expected) = match (command, planned.iter().find_map(|one| one.platform.as_ref())) {
        ("destroy", Some(platform)) => {
            let loses = planned.iter().any(|one| one.plan.losses().next().is_some());
            let data = if loses { ", with all data in it" } else { "" };
            let question = format!(
                "\nThis removes everything above{data}; it cannot be undone.\n\
                 Type the platform's name, {}, to go on: ",
                platform.name
            );
            (question, platform.name.clone())
        }
        _ => return agree(command),
    };
    answered(command, &question, &expected)
}

/// Asks whether what was shown is to be done.
pub(super) fn agree(command: &str) -> Result<(), Failure> {
    answered(command, "\nDo you want to perform these actions? Only \"yes\" will do: ", "yes")
}

fn answered(command: &str, question: &str, expected: &str) -> Result<(), Failure> {
    match ask(question) {
        Some(answer) if answer.trim() == expected => Ok(()),
        Some(_) => Err(Failure::Declined),
        None => {
            say("\n");
            let verb = if command.starts_with("rollback") { "roll back" } else { command };
            let failure = Failure::world(format!("Cannot {verb}"), "nobody approved it: the input has ended");
            Err(failure.help(match verb {
                "restore" | "roll back" => "Give --auto-approve.",
                _ => "Give --auto-approve, or save a plan with `stackwright plan --out FILE` and apply that.",
            }))
        }
    }
}

async fn carry_out(
    loaded: &Arc<Loaded>,
    plan_request: &PlanRequest,
    planned: Vec<Planned>,
    planning: &Planning,
    carrying: &Carrying,
    command: &str,
    terminal: Terminal,
) -> Result<ExitCode, Failure> {
    let carriage = Carriage {
        parallelism: planning.parallelism.into(),
        lock_timeout: carrying.lock_timeout,
        wait_timeout: carrying.wait_timeout,
        command: command.to_owned(),
    };
    let (events, listener) = apply::events();
    let interrupt = Interrupt::new();
    let listening = tokio::spawn(listen(interrupt.clone()));
    let clusters = planned.len();
    let changes: usize = planned.iter().map(|one| one.plan.counts().changed()).sum();
    let progress = progress(planning, clusters, terminal);
    let report = Report::wanted(loaded, plan_request, &planned, planning, carrying);
    let chronicle = report.as_ref().map(|_| Chronicle::default());
    // Writing to a terminal that stands still waits; no other work shares its thread.
    let handle = tokio::runtime::Handle::current();
    let showing = tokio::task::spawn_blocking(move || handle.block_on(show_progress(progress, listener, chronicle)));
    let result = ops::apply_all(loaded, plan_request, planned, &carriage, &events, &interrupt).await;
    listening.abort();
    drop(events);
    let chronicle = showing.await.ok().flatten().unwrap_or_default();
    let notices = result.as_ref().map(|applied| applied.notices.clone()).unwrap_or_default();
    let ended = result.and_then(|applied| tell_end(applied, plan_request, planning, command, changes, terminal));
    let Some(report) = report else { return ended };
    match (report.write(command, &chronicle, ended.as_ref().err(), notices), ended) {
        (Ok(()), ended) => ended,
        (Err(unwritten), Ok(_)) => Err(unwritten),
        // What stopped the run is what counts; that the report is missing is told too.
        (Err(unwritten), Err(failure)) => {
            error::report(&unwritten, terminal);
            Err(failure)
        }
    }
}

/// Tells what came of a run.
///
/// # Errors
/// Something failed, or the run was interrupted.
fn tell_end(
    applied: Applied,
    plan_request: &PlanRequest,
    planning: &Planning,
    command: &str,
    changes: usize,
    terminal: Terminal,
) -> Result<ExitCode, Failure> {
    for notice in &applied.notices {
        say(&format!("{notice}\n"));
    }
    plan::requests(applied.requests.iter().map(|(address, counts)| (address, counts.clone())), terminal);
    let failed: usize = applied.outcomes.iter().map(Outcome::causes).sum();
    if failed > 0 {
        return Err(Failure::Incomplete { failed });
    }
    if let Some(reason) = applied.outcomes.iter().find_map(|outcome| outcome.unrecorded.as_ref()) {
        return Err(Failure::world("Everything was done, but not recorded", reason.as_str())
            .help("Run the same command again: what was done is found and recorded."));
    }
    if applied.outcomes.iter().any(|outcome| outcome.interrupted) {
        let done: usize = applied.outcomes.iter().map(Outcome::changed).sum();
        say(&format!("{done} of {changes} changes were made.\n"));
        return Err(Failure::Interrupted);
    }
    if planning.json {
        print_outputs(&applied.outputs, planning, terminal);
        return Ok(error::DONE.into());
    }
    let sum = |count: fn(&Outcome) -> usize| applied.outcomes.iter().map(count).sum::<usize>();
    let adopted = if plan_request.mode.hands_over() { sum(|o| o.adopted) } else { 0 };
    let handover = [(adopted, "adopted"), (sum(|o| o.forgotten), "forgotten")];
    let handover = handover.iter().filter(|(number, _)| *number > 0);
    let what = format!(
        "{}{} complete! Objects: {} added, {} changed, {} destroyed{}.",
        command[..1].to_uppercase(),
        &command[1..],
        sum(|o| o.created + o.replaced),
        sum(|o| o.updated) + if plan_request.mode.hands_over() { 0 } else { sum(|o| o.adopted) },
        sum(|o| o.deleted + o.replaced),
        handover.map(|(number, word)| format!(", {number} {word}")).collect::<String>(),
    );
    print(&format!("\n{}\n", terminal.paint.green(&what)));
    print_outputs(&applied.outputs, planning, terminal);
    Ok(error::DONE.into())
}

/// The outputs as they are now, as the last that is said.
fn print_outputs(outputs: &BTreeMap<String, Output>, planning: &Planning, terminal: Terminal) {
    match planning.json {
        true if outputs.is_empty() => {}
        true => print(&format!("{}\n", outputs_json(outputs))),
        false => print(&outputs_text(outputs, terminal.paint)),
    }
}

/// Every Ctrl-C (and SIGTERM, as service managers send it) is counted; the second one stops at once.
pub(super) async fn listen(interrupt: Interrupt) {
    let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) else { return };
    loop {
        tokio::select! {
            result = tokio::signal::ctrl_c() => match result {
                Ok(()) => interrupt_typed(),
                Err(_) => return,
            },
            _ = terminate.recv() => {}
        }
        interrupt.interrupt();
    }
}

fn progress(planning: &Planning, clusters: usize, terminal: Terminal) -> Progress {
    if planning.json {
        Progress::json(clusters)
    } else if terminal.interactive {
        Progress::terminal(clusters, terminal.talk, terminal.verbose())
    } else {
        Progress::lines(clusters, terminal.talk, terminal.verbose())
    }
}

/// After so long without news a log says what is still waited for.
const REMINDER: Duration = Duration::from_secs(10);
/// News that come closer together than this are told together.
const TOGETHER: Duration = Duration::from_millis(200);

/// Shows what happens in one cluster beside any apply.
pub(super) async fn show_work(terminal: Terminal, listener: Listener) {
    show_progress(progress(&Planning::default(), 1, terminal), listener, None).await;
}

/// Shows what happens, and takes it down where it is to be told afterwards.
async fn show_progress(
    mut progress: Progress,
    mut listener: Listener,
    mut chronicle: Option<Chronicle>,
) -> Option<Chronicle> {
    let begun = Instant::now();
    loop {
        let patience = if progress.has_untold() { TOGETHER } else { REMINDER };
        match tokio::time::timeout(patience, listener.next()).await {
            Ok(Some(told)) => {
                if let Some(chronicle) = &mut chronicle {
                    chronicle.take(&told.target, &told.event, begun.elapsed());
                }
                progress.show(&told.target, &told.event);
            }
            Ok(None) => break,
            Err(_) if progress.has_untold() => progress.tell_waits(),
            Err(_) => progress.remind(),
        }
    }
    progress.tell_waits();
    progress.end();
    chronicle
}
