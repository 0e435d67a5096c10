//! `plan`

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use serde_json::json;

use super::block_on;
use super::pages;
use super::patiently;
use super::rehearse;
use super::request_asking;
use crate::cli::arguments::Global;
use crate::cli::arguments::LogLevel;
use crate::cli::arguments::Plan;
use crate::cli::error;
use crate::cli::flags::Planning;
use crate::cli::terminal::Terminal;
use crate::cli::terminal::print;
use crate::cli::terminal::say;
use crate::cli::view::Paint;
use crate::cli::view::PlanText;
use crate::cli::view::output_changes_json;
use crate::cli::view::output_changes_text;
use crate::cli::view::plan_notes;
use crate::cli::view::plan_text;
use crate::cli::view::policies_json;
use crate::cli::view::policies_text;
use crate::cli::view::upgrade_json;
use crate::cli::view::upgrade_text;
use crate::object::Address;
use crate::ops;
use crate::ops::Failure;
use crate::ops::Loaded;
use crate::ops::PlanRequest;
use crate::ops::Planned;
use crate::plan::Mode;
use crate::plan::OutputChange;
use crate::plan::plan_json;

/// What becomes of each output, by its name.
pub type OutputChanges = BTreeMap<String, OutputChange>;

pub fn run(command: &Plan, global: &Global, terminal: Terminal) -> Result<ExitCode, Failure> {
    let planning = &command.planning;
    let mut load = request_asking(global, &planning.variables, terminal);
    load.parallelism = Some(planning.parallelism.into());
    let mut plan_request = plan_request(planning, command.mode());
    plan_request.allow_data_loss |= command.mode().agrees_to_losses();
    if planning.json && command.markdown == Some(None) {
        return Err(Failure::world("Cannot print JSON and Markdown at once", "both go to stdout")
            .help("Give the Markdown a file: --markdown FILE."));
    }
    if command.rehearse {
        let carrying = ("apply", ops::REHEARSAL_PATIENCE);
        return rehearse::run(&load, &plan_request, planning, None, carrying, terminal);
    }
    block_on(async {
        let loaded = Arc::new(ops::load(&load, &ops::Known::default())?);
        let planned = patiently(terminal, ops::plan_all(&loaded, &plan_request)).await?;
        warn(&loaded, &planned, terminal);
        tell_places(&planned, terminal);
        let outputs = ops::output_changes(&loaded, &planned, &plan_request);
        let pages = pages::Pages::new(command, global, &loaded, &plan_request, (&planned, &outputs));
        if !pages.print_markdown()? {
            show(&planned, &outputs, planning, terminal);
        }
        requests(planned.iter().map(|one| (&one.target, one.requests())), terminal);
        let refused = ops::check_policies(&loaded, &planned).err();
        if let Some(path) = command.out.as_ref().filter(|_| refused.is_none()) {
            let path = load.directory.join(path);
            let text = saved_text(&planned, &outputs, planning.full);
            let json = json(&planned, &outputs);
            ops::save_plan(&path, &loaded, &plan_request, &planned, &outputs, (&text, &json))?;
            say(&hint(command, global, &loaded));
        }
        pages.write(&load.directory)?;
        if let Some(refused) = refused {
            if command.out.is_some() {
                say("A refused plan is not saved.\n");
            }
            return Err(refused);
        }
        let drifted = planned.iter().any(|one| one.plan.drifted().next().is_some());
        let changes = drifted || !ops::is_empty(&planned) || changes_outputs(&outputs);
        Ok(if command.detailed_exitcode && changes { error::CHANGES.into() } else { error::DONE.into() })
    })
}

/// How a saved plan is performed: from the same directory, with the secrets given again.
fn hint(command: &Plan, global: &Global, loaded: &Loaded) -> String {
    let mut text = "\nSaved the plan. To perform exactly it:\n\n".to_owned();
    text.extend(command.out.as_deref().map(|plan| format!("  {}\n", perform(global, plan))));
    let secrets: Vec<String> = loaded.secret_variables().into_keys().collect();
    if !secrets.is_empty() {
        text.push_str(&format!(
            "\nSecret variables are not in it; give them the same values again: {}.\n",
            secrets.join(", ")
        ));
    }
    text
}

/// The command that performs a saved plan.
pub(super) fn perform(global: &Global, plan: &Path) -> String {
    format!("stackwright {}apply {}", place(global), quoted(plan))
}

/// The flag for the directory that the program works in, with a space behind it.
pub(super) fn place(global: &Global) -> String {
    global.chdir.iter().map(|path| format!("--chdir {} ", quoted(path))).collect()
}

/// A path as one types it into a shell.
pub(super) fn quoted(path: &Path) -> String {
    quoted_text(&path.display().to_string())
}

/// A word as one types it into a shell.
pub(super) fn quoted_text(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+@%:,".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

/// Tells how many requests a cluster answered, where the user wants to know everything.
pub fn requests<'a>(
    clusters: impl IntoIterator<Item = (&'a Address, BTreeMap<&'static str, u64>)>,
    terminal: Terminal,
) {
    if terminal.log < LogLevel::Debug {
        return;
    }
    for (address, counts) in clusters {
        let parts: Vec<String> = counts.iter().map(|(verb, number)| format!("{number} {verb}")).collect();
        let all: u64 = counts.values().sum();
        say(&format!("{}: {all} requests ({})\n", address, parts.join(", ")));
    }
}

/// What to plan, as the use case wants it.
pub fn plan_request(planning: &Planning, mode: Mode) -> PlanRequest {
    PlanRequest {
        mode,
        targets: planning.target.clone(),
        excludes: planning.exclude.clone(),
        replace: planning.replace.clone(),
        allow_data_loss: planning.allow_data_loss,
        restart: planning.restart,
        looks: false,
        override_policies: planning.override_policy.clone(),
    }
}

/// Shows what the configuration and its renderings give reason to warn of.
pub fn warn(loaded: &Loaded, planned: &[Planned], terminal: Terminal) {
    error::show(&loaded.warnings, &loaded.sources, terminal);
    for Planned { warnings: (findings, sources), .. } in planned {
        error::show(findings, sources, terminal);
    }
}

/// Says which clusters are meant, above everything that is said of them.
pub fn tell_places(planned: &[Planned], terminal: Terminal) {
    planned.iter().filter_map(Planned::place).for_each(|place| say(&format!("{}\n", terminal.talk.bold(&place))));
}

/// Prints plans on stdout.
pub fn show(planned: &[Planned], outputs: &OutputChanges, planning: &Planning, terminal: Terminal) {
    if planning.json {
        print(&format!("{:#}\n", json(planned, outputs)));
        return;
    }
    print(&text(planned, outputs, planning.full, terminal.paint));
}

/// Whether an apply records other outputs than there are.
pub fn changes_outputs(outputs: &OutputChanges) -> bool {
    outputs.values().any(|change| !change.is_nothing())
}

/// One plan as an object; several as a list.
pub fn json(planned: &[Planned], outputs: &OutputChanges) -> serde_json::Value {
    let timestamp = jiff::Timestamp::now().to_string();
    let mut plans: Vec<serde_json::Value> = planned
        .iter()
        .map(|one| {
            let mut value = plan_json(&one.plan, &timestamp);
            value["cluster"] = one.target.to_string().into();
            if !one.is_cloud() {
                value["output_changes"] = output_changes_json(outputs);
            }
            if let Some(platform) = &one.platform {
                let now = one.standing.as_ref().map(|standing| &standing.version);
                value["platform"] =
                    json!({"address": platform.address.to_string(), "version": platform.version, "installed": now});
            }
            if !one.judged.is_empty() {
                value["policies"] = policies_json(&one.judged);
            }
            if let Some(upgrade) = &one.upgrade {
                value["upgrade"] = upgrade_json(upgrade);
            }
            if let Some(room) = &one.room {
                let size = |size: crate::plan::Size| json!({"cpu": size.cpu_text(), "memory": size.memory_text()});
                value["pods"] = json!({"requested": size(room.requested), "offered": size(room.offered)});
            }
            let strangers = one.strangers.iter().map(|(email, by)| json!({"email": email, "written_by": by}));
            value["people_taken_out"] = strangers.collect::<Vec<_>>().into();
            let renewed = one
                .renewed
                .iter()
                .map(|r| json!({"secret": r.secret.to_string(), "keys": r.keys, "notices": r.notices}));
            value["renewed_secrets"] = renewed.collect::<Vec<_>>().into();
            let replaced = one.replaced.iter().map(|i| json!({"image": i.image, "replaces": i.replaces}));
            value["replaced_images"] = replaced.collect::<Vec<_>>().into();
            one.plan.secrets.hide_in(&value).unwrap_or(value)
        })
        .collect();
    if plans.len() == 1 { plans.remove(0) } else { plans.into() }
}

/// What is shown of a saved plan: which clusters are meant, and what happens in them.
fn saved_text(planned: &[Planned], outputs: &OutputChanges, full: bool) -> String {
    let places: String = planned.iter().filter_map(Planned::place).map(|place| format!("{place}\n")).collect();
    let plain = text(planned, outputs, full, Paint::new(false));
    if places.is_empty() { plain } else { format!("{places}\n{plain}") }
}

fn text(planned: &[Planned], outputs: &OutputChanges, full: bool, paint: Paint) -> String {
    // That nothing changes is worth saying of one of several clusters.
    let changes_outputs = changes_outputs(outputs) && planned.len() == 1;
    let mut text = String::new();
    for (number, one) in planned.iter().enumerate() {
        if number > 0 {
            text.push('\n');
        }
        if planned.len() > 1 {
            text.push_str(&format!("{}\n\n", paint.bold(&one.target.to_string())));
        }
        if let Some(upgrade) = &one.upgrade {
            text.push_str(&upgrade_text(upgrade, paint, full));
        }
        let options = PlanText { paint, noun: one.noun(), is_there: one.reach.is_some(), full, changes_outputs };
        text.push_str(&plan_text(&one.plan, &plan_notes(one, options), options));
        text.push_str(&policies_text(&one.judged, full, paint));
    }
    let changes = output_changes_text(outputs, full, paint);
    if !changes.is_empty() && !text.is_empty() {
        text.push('\n');
    }
    text.push_str(&changes);
    if !changes.is_empty() && ops::is_empty(planned) {
        text.push_str("\nAn apply records these outputs and changes nothing in the cluster.\n");
    }
    text
}
