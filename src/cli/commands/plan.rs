//! `plan`

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use serde_json::json;

use super::block_on;
use super::request_asking;
use crate::cli::arguments::Global;
use crate::cli::arguments::LogLevel;
use crate::cli::arguments::Plan;
use crate::cli::arguments::Planning;
use crate::cli::error;
use crate::cli::terminal::Terminal;
use crate::cli::terminal::print;
use crate::cli::terminal::say;
use crate::cli::view::Paint;
use crate::cli::view::PlanText;
use crate::cli::view::plan_json;
use crate::cli::view::plan_notes;
use crate::cli::view::plan_text;
use crate::cli::view::upgrade_json;
use crate::cli::view::upgrade_text;
use crate::object::Address;
use crate::ops;
use crate::ops::Failure;
use crate::ops::Loaded;
use crate::ops::PlanRequest;
use crate::ops::Planned;
use crate::plan::Mode;

pub fn run(command: &Plan, global: &Global, terminal: Terminal) -> Result<ExitCode, Failure> {
    let planning = &command.planning;
    let mut load = request_asking(global, &planning.variables, terminal);
    load.parallelism = Some(planning.parallelism.into());
    let mut plan_request = plan_request(planning, command.mode());
    plan_request.allow_data_loss |= command.mode().agrees_to_losses();
    block_on(async {
        let loaded = Arc::new(ops::load(&load, &ops::Known::default())?);
        let planned = ops::plan_all(&loaded, &plan_request).await?;
        warn(&loaded, &planned, terminal);
        tell_places(&planned, terminal);
        show(&planned, planning, terminal);
        requests(planned.iter().map(|one| (&one.target, one.requests())), terminal);
        if let Some(path) = &command.out {
            let path = load.directory.join(path);
            let text = saved_text(&planned, planning.full);
            ops::save_plan(&path, &loaded, &plan_request, &planned, &text, &json(&planned))?;
            say(&hint(command, global, &loaded));
        }
        let changes = !ops::is_empty(&planned) || planned.iter().any(|one| one.plan.drifted().next().is_some());
        Ok(if command.detailed_exitcode && changes { error::CHANGES.into() } else { error::DONE.into() })
    })
}

/// How a saved plan is performed: from the same directory, with the secrets given again.
fn hint(command: &Plan, global: &Global, loaded: &Loaded) -> String {
    let place = global.chdir.iter().map(|path| format!("--chdir {} ", quoted(path)));
    let plan = command.out.as_deref().map(quoted).unwrap_or_default();
    let mut text = format!(
        "\nSaved the plan. To perform exactly it:\n\n  stackwright {}apply {plan}\n",
        place.collect::<String>()
    );
    let secrets: Vec<String> = loaded.secret_variables().into_keys().collect();
    if !secrets.is_empty() {
        text.push_str(&format!(
            "\nSecret variables are not in it; give them the same values again: {}.\n",
            secrets.join(", ")
        ));
    }
    text
}

/// A path as one types it into a shell.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+@%:,".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
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
pub fn show(planned: &[Planned], planning: &Planning, terminal: Terminal) {
    if planning.json {
        print(&format!("{:#}\n", json(planned)));
        return;
    }
    print(&text(planned, terminal.paint, planning.full));
}

/// One plan as an object; several as a list.
pub fn json(planned: &[Planned]) -> serde_json::Value {
    let timestamp = jiff::Timestamp::now().to_string();
    let mut plans: Vec<serde_json::Value> = planned
        .iter()
        .map(|one| {
            let mut value = plan_json(&one.plan, &timestamp);
            value["cluster"] = one.target.to_string().into();
            if let Some(platform) = &one.platform {
                let now = one.standing.as_ref().map(|standing| &standing.version);
                value["platform"] =
                    json!({"address": platform.address.to_string(), "version": platform.version, "installed": now});
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
            let replaced = one.replaced.iter().map(|i| json!({"image": i.image, "replaces": i.replaces}));
            value["replaced_images"] = replaced.collect::<Vec<_>>().into();
            one.plan.secrets.hide_in(&value).unwrap_or(value)
        })
        .collect();
    if plans.len() == 1 { plans.remove(0) } else { plans.into() }
}

/// What is shown of a saved plan: which clusters are meant, and what happens in them.
fn saved_text(planned: &[Planned], full: bool) -> String {
    let places: String = planned.iter().filter_map(Planned::place).map(|place| format!("{place}\n")).collect();
    let plain = text(planned, Paint::new(false), full);
    if places.is_empty() { plain } else { format!("{places}\n{plain}") }
}

fn text(planned: &[Planned], paint: Paint, full: bool) -> String {
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
        let options = PlanText { paint, noun: one.noun(), full };
        text.push_str(&plan_text(&one.plan, &plan_notes(one, options), options));
    }
    text
}
