//! The hops of an upgrade: for people, before the objects that differ, and for programs.

use serde_json::Value;
use serde_json::json;

use super::Paint;
use crate::catalog::Deed;
use crate::catalog::HopStep;
use crate::catalog::Phase;
use crate::ops::Leg;
use crate::ops::Look;
use crate::ops::Upgrade;
use crate::ops::at_risk;
use crate::ops::is_felt;
use crate::ops::one_way;
use crate::plan::hindrance::Hindrance;

/// What is risky first, then step by step; with an empty line at its end. Programs are told whole where `full`.
pub fn upgrade_text(upgrade: &Upgrade, paint: Paint, full: bool) -> String {
    let mut text = format!("{}\n\n", paint.bold(&format!("Upgrade of {}: {}", upgrade.platform, upgrade.path())));
    let lines = |told: Vec<String>| told.into_iter().map(|line| format!("  {line}\n")).collect::<String>();
    let (one_way, warned) = (lines(one_way(upgrade)), lines(at_risk(upgrade)));
    if !one_way.is_empty() {
        text.push_str(&format!("{}\n{one_way}\n", paint.red("This cannot be undone:")));
    }
    if !warned.is_empty() {
        text.push_str(&format!("{}\n{warned}\n", paint.yellow("This is at risk:")));
    }
    for leg in &upgrade.legs {
        text.push_str(&leg_text(leg, paint, full));
    }
    text
}

fn leg_text(leg: &Leg, paint: Paint, full: bool) -> String {
    let heading = format!("{} -> {}", leg.hop.from, leg.hop.to);
    let mut text = format!("{}  {}\n", paint.bold(&heading), paint.dim(&objects_text(leg)));
    let width = leg.looks.iter().map(|look| look.step.title().chars().count()).max().unwrap_or(0).max(5);
    for StepRow { title, what, reason, program } in step_rows(leg, paint, full) {
        text.push_str(&format!("  {title:<width$}  {what}\n"));
        for told in reason.lines().chain(program.lines()) {
            text.push_str(&format!("    {}\n", paint.dim(told)));
        }
    }
    text.push('\n');
    text
}

/// `3 objects come, 1 object goes`
pub fn objects_text(leg: &Leg) -> String {
    let count =
        |number: usize, verb: &str| format!("{number} {} {verb}", if number == 1 { "object" } else { "objects" });
    let (comes, goes) = match (leg.comes, leg.goes) {
        (1, 1) => ("comes", "goes"),
        (1, _) => ("comes", "go"),
        (_, 1) => ("come", "goes"),
        _ => ("come", "go"),
    };
    format!("{}, {}", count(leg.comes, comes), count(leg.goes, goes))
}

/// A step of a hop as it is told.
pub struct StepRow {
    pub title: String,
    pub what: String,
    pub reason: String,
    /// What it runs; empty where it runs nothing.
    pub program: String,
}

/// The steps of a hop in the order in which they are done, what the release differs in among them, then its notes.
pub fn step_rows(leg: &Leg, paint: Paint, full: bool) -> Vec<StepRow> {
    let row = |look: &Look| StepRow {
        title: look.step.title(),
        what: what(look, paint),
        reason: look.step.reason.clone(),
        program: program(look, full),
    };
    let is_check = |look: &&Look| matches!(look.step.deed, Deed::Check { .. });
    let of = |phase: Phase| leg.looks.iter().filter(move |look| look.step.is_deed() && look.step.phase == phase);
    let mut rows: Vec<StepRow> = leg.looks.iter().filter(is_check).chain(of(Phase::Before)).map(row).collect();
    let is_applied = leg.underway.as_ref().is_some_and(|underway| underway.has_done(crate::catalog::APPLY));
    let applied = if is_applied { "done already" } else { "what the release differs in, until it serves" };
    let (title, reason, program) = (crate::catalog::APPLY.to_owned(), String::new(), String::new());
    rows.push(StepRow { title, what: applied.to_owned(), reason, program });
    rows.extend(of(Phase::After).map(row));
    rows.extend(leg.looks.iter().filter(|look| look.step.deed == Deed::Note).map(|look| StepRow {
        title: look.step.title(),
        what: if look.step.one_way { "cannot be undone".to_owned() } else { String::new() },
        reason: look.step.reason.clone(),
        program: String::new(),
    }));
    rows
}

/// What a step runs, where it runs something: by the name of its file, or whole.
fn program(look: &Look, full: bool) -> String {
    let Some(program) = &look.program else { return String::new() };
    let job = &program.job;
    let mut text = format!("in namespace {} with {}: {}", job.namespace, program.image, job.command_text());
    let claims: Vec<String> = job.claims.iter().map(|claim| format!("{} at {}", claim.name, claim.path)).collect();
    if !claims.is_empty() {
        text.push_str(&format!(" (claims: {})", claims.join(", ")));
    }
    if let Some(script) = job.command.last().filter(|_| full && !job.file.is_empty()) {
        script.lines().for_each(|line| text.push_str(&format!("\n  {line}")));
    }
    text
}

fn what(look: &Look, paint: Paint) -> String {
    if look.is_done {
        return "done already".to_owned();
    }
    let found = match (&look.step.deed, look.found.is_empty()) {
        (Deed::Store { version }, _) => format!("only {version} stays stored"),
        (Deed::Run(_), _) => "runs a program".to_owned(),
        (Deed::Check { .. }, true) => paint.green("nothing found"),
        (_, true) => "nothing there now".to_owned(),
        (Deed::Check { .. }, false) => paint.yellow(&look.what()),
        (Deed::Scale { replicas, .. }, false) => format!("to {replicas} pods: {}", look.what()),
        (Deed::Restart { asks: true, .. }, false) => format!("{} (only with --restart)", look.what()),
        (_, false) => look.what(),
    };
    if look.step.one_way && is_felt(look) { format!("{found}; {}", paint.red("cannot be undone")) } else { found }
}

/// The same for programs.
pub fn upgrade_json(upgrade: &Upgrade) -> Value {
    let hops: Vec<Value> = upgrade.legs.iter().map(leg_json).collect();
    json!({
        "platform": upgrade.platform.to_string(),
        "from": upgrade.from,
        "to": upgrade.to,
        "loses_data": upgrade.losses().count() > 0,
        "hindrances": upgrade.hindrances.iter().map(hindrance_json).collect::<Vec<_>>(),
        "hops": hops,
    })
}

fn hindrance_json(hindrance: &Hindrance) -> Value {
    json!({
        "name": hindrance.name,
        "refuses": hindrance.refuses,
        "found": hindrance.found.len(),
        "objects": hindrance.found.iter().take(MOST).map(ToString::to_string).collect::<Vec<_>>(),
        "detail": hindrance.detail,
        "remedy": hindrance.remedy,
    })
}

fn leg_json(leg: &Leg) -> Value {
    let steps: Vec<Value> = leg
        .looks
        .iter()
        .map(|look| {
            let mut step = step_json(&look.step);
            if let Some(program) = &look.program {
                step["image"] = program.image.as_str().into();
            }
            step["done"] = look.is_done.into();
            step["found"] = look.found.len().into();
            step["objects"] = look.found.iter().take(MOST).map(ToString::to_string).collect::<Vec<_>>().into();
            step
        })
        .collect();
    json!({
        "from": leg.hop.from,
        "to": leg.hop.to,
        "kubernetes": {"min": leg.kubernetes.0, "max": leg.kubernetes.1},
        "objects": {"come": leg.comes, "go": leg.goes},
        "one_way": leg.hop.is_one_way(),
        "applied": leg.underway.as_ref().is_some_and(|underway| underway.has_done(crate::catalog::APPLY)),
        "steps": steps,
    })
}

/// Objects that one step names.
const MOST: usize = 100;

/// What a step is.
pub fn step_json(step: &HopStep) -> Value {
    let mut value = json!({
        "step": step.title(),
        "kind": step.kind(),
        "name": step.name,
        "reason": step.reason,
        "phase": match (&step.deed, step.phase) {
            (Deed::Check { .. }, _) => "check",
            (Deed::Note, _) => "note",
            (_, Phase::Before) => "before",
            (_, Phase::After) => "after",
        },
        "one_way": step.one_way,
        "loses": step.loses,
    });
    if let Some(subject) = step.subject() {
        value["about"] = subject.kinds_text().into();
    }
    if let Some(job) = step.job() {
        value["namespace"] = job.namespace.as_str().into();
        value["command"] = job.command.clone().into();
        value["deadline_minutes"] = job.deadline_minutes.into();
        value["retries"] = job.retries.into();
    }
    if let Deed::Check { refuses, remedy, .. } = &step.deed {
        value["refuses"] = (*refuses).into();
        value["remedy"] = remedy.clone().into();
    }
    value
}
