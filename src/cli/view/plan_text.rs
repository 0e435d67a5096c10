//! A plan for people: resources first, components folded to a line, then the fields that change.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use serde_json::Value;

use super::Paint;
use super::object_text::object_text;
use super::text_diff::text_diff;
use super::value_text::value_text;
use crate::object::Address;
use crate::object::Secrets;
use crate::object::kinds;
use crate::object::kinds::Class;
use crate::plan::Action;
use crate::plan::Change;
use crate::plan::Checked;
use crate::plan::FieldChange;
use crate::plan::Plan;

/// What stands for a value that must not be shown.
pub const SENSITIVE: &str = "(sensitive value)";

/// How a plan is printed.
#[derive(Clone, Copy, Debug)]
pub struct PlanText {
    pub paint: Paint,
    /// What is compared with the configuration: `cluster`, `cloud`.
    pub noun: &'static str,
    /// Show every object and its fields, unfolded.
    pub full: bool,
    /// Outputs change, which is told elsewhere: without changes of objects there is no word about them.
    pub changes_outputs: bool,
}

/// The whole text, with a newline at its end. An empty plan is one sentence. `notes` are paragraphs before the summary.
pub fn plan_text(plan: &Plan, notes: &[String], options: PlanText) -> String {
    let changing: Vec<&Change> = plan.changes.iter().filter(|change| !change.is_nothing()).collect();
    let kept = drifted(plan, options) + &kept(plan, options.paint);
    if changing.is_empty() && plan.drifted().next().is_some() {
        return format!("{kept}{}\n", options.paint.bold("An apply makes it as the configuration says."));
    }
    if changing.is_empty() && options.changes_outputs {
        return plan.secrets.hidden(kept);
    }
    if changing.is_empty() {
        let nothing = format!("No changes. The {} matches the configuration.", options.noun);
        let nothing = options.paint.green(&nothing);
        return format!("{kept}{nothing}\n");
    }
    let mut owners: BTreeMap<&Address, Vec<&Change>> = BTreeMap::new();
    for change in &changing {
        owners.entry(&change.owner).or_default().push(change);
    }
    let unchanged = |owner: &Address| plan.changes.iter().filter(|c| c.owner == *owner && c.is_nothing()).count();
    let mut text = legend(&changing, options.paint);
    for (title, components) in [("Resources", false), ("Components", true)] {
        let part: Vec<_> = owners.iter().filter(|(owner, _)| owner.component().is_some() == components).collect();
        if part.is_empty() {
            continue;
        }
        text.push_str(&format!("{}\n", options.paint.bold(title)));
        let width = part.iter().map(|(owner, _)| owner.to_string().chars().count()).max().unwrap_or(0);
        for (owner, changes) in part {
            let unchanged = unchanged(owner);
            text.push_str(&owner_line(&owner.to_string(), width, changes, unchanged, options.paint));
            let going = changes.iter().filter(|change| change.action == Action::Delete).count();
            for change in changes {
                // What comes or goes as a whole is told by its name; a part of it must be named.
                let whole = unchanged == 0 && change.loss.is_none();
                let is_named = match change.action {
                    Action::Create | Action::NoOp => false,
                    Action::Delete => going <= FEW || takes_more_along(change),
                    _ => true,
                };
                if options.full || is_named || !whole && change.action != Action::NoOp {
                    text.push_str(&change_text(change, &plan.secrets, options));
                }
            }
        }
        text.push('\n');
    }
    text.push_str(&losses(&changing, options.paint));
    text.push_str(&kept);
    text.extend(notes.iter().map(|note| format!("{note}\n\n")));
    text.push_str(&format!("{}\n", options.paint.bold(&summary(plan))));
    plan.secrets.hidden(text)
}

/// So many objects of an owner that goes are named; of more, only those that take others along.
const FEW: usize = 5;

/// Whether more goes with the object than itself.
fn takes_more_along(change: &Change) -> bool {
    matches!(kinds::class(&change.id), Class::Namespace | Class::Volume | Class::Cluster)
}

/// What the symbols mean, of those that occur.
fn legend(changes: &[&Change], paint: Paint) -> String {
    let all = [Action::Create, Action::Update, Action::Replace, Action::Delete, Action::Adopt, Action::Forget];
    let used = all.iter().filter(|action| changes.iter().any(|change| change.action == **action));
    let mut words: Vec<String> = used.map(|action| format!("{} {}", symbol(*action, paint), verb(*action))).collect();
    if changes.iter().any(|change| change.moved_from.is_some()) {
        words.push(format!("{} move", symbol(Action::NoOp, paint)));
    }
    format!("Actions: {}\n\n", words.join("   "))
}

/// `Plan: 3 to add, 1 to change, 0 to destroy.` A replacement counts as both added and destroyed, as in Terraform.
pub fn summary(plan: &Plan) -> String {
    let count = |wanted: &[Action]| plan.changes.iter().filter(|c| wanted.contains(&c.action)).count();
    let mut parts = vec![
        format!("{} to add", count(&[Action::Create, Action::Replace])),
        format!("{} to change", count(&[Action::Update])),
        format!("{} to destroy", count(&[Action::Delete, Action::Replace])),
    ];
    let moved = plan.changes.iter().filter(|change| change.moved_from.is_some()).count();
    let others = [(count(&[Action::Adopt]), "to adopt"), (count(&[Action::Forget]), "to forget"), (moved, "to move")];
    for (number, word) in others {
        if number > 0 {
            parts.push(format!("{number} {word}"));
        }
    }
    format!("Plan: {}.", parts.join(", "))
}

fn owner_line(owner: &str, width: usize, changes: &[&Change], unchanged: usize, paint: Paint) -> String {
    let first = changes[0].action;
    let same = unchanged == 0 && changes.iter().all(|change| change.action == first);
    let action = if same { first } else { Action::Update };
    let mut counts: BTreeMap<Action, usize> = BTreeMap::new();
    for change in changes {
        *counts.entry(change.action).or_default() += 1;
    }
    let mut parts: Vec<String> = counts
        .iter()
        .filter(|(action, _)| **action != Action::NoOp)
        .map(|(action, number)| format!("{number} to {}", verb(*action)))
        .collect();
    let from: BTreeSet<&Address> = changes.iter().filter_map(|change| change.moved_from.as_ref()).collect();
    if !from.is_empty() {
        let from: Vec<String> = from.into_iter().map(Address::to_string).collect();
        parts.insert(0, format!("moved from {}", from.join(", ")));
    }
    if unchanged > 0 {
        parts.push(format!("{unchanged} unchanged"));
    }
    let padding = " ".repeat(width - owner.chars().count());
    format!("{} {}{padding}  {}\n", symbol(action, paint), paint.bold(owner), paint.dim(&parts.join(", ")))
}

fn change_text(change: &Change, secrets: &Secrets, options: PlanText) -> String {
    let paint = options.paint;
    let mut text = format!("    {} {}", symbol(change.action, paint), change.id);
    if let Checked::Offline(why) = &change.checked
        && matches!(change.action, Action::Update | Action::Replace | Action::Adopt)
    {
        text.push_str(&paint.dim(&format!("  # compared offline: {why}")));
    }
    text.push('\n');
    if !change.reason.is_empty() {
        text.push_str(&format!("        {}\n", paint.dim(&format!("# {}", change.reason))));
    }
    if !change.take_over.is_empty() {
        let managers = change.take_over.join(", ");
        text.push_str(&format!("        {}\n", paint.dim(&format!("# takes over the fields of {managers}"))));
    }
    for field in &change.fields {
        text.push_str(&field_text(field, options));
    }
    if let Some(made) = change.after.as_ref().filter(|_| options.full && change.action == Action::Create) {
        text.push_str(&object_text(made, secrets, "          ", paint));
    }
    text
}

fn field_text(field: &FieldChange, options: PlanText) -> String {
    let paint = options.paint;
    let mark = match (&field.before, &field.after) {
        (None, _) => paint.green("+"),
        (_, None) => paint.red("-"),
        _ => paint.yellow("~"),
    };
    let mut note = String::new();
    if field.forces_replacement {
        note.push_str(&paint.red(" # forces replacement"));
    }
    if let Some(manager) = &field.taken_from {
        note.push_str(&paint.dim(&format!(" # set by {manager}")));
    }
    if let (Some(Value::String(before)), Some(Value::String(after))) = (&field.before, &field.after)
        && !field.sensitive
        && (before.contains('\n') || after.contains('\n'))
    {
        let diff = text_diff(before, after, "              ", paint);
        return format!("          {mark} {}:{note}\n{diff}", field.path);
    }
    if field.path.contains(crate::object::CHECKSUM_ANNOTATION) && field.path.contains("template") && !options.full {
        return format!("          {mark} {}\n", paint.dim("# restarts its pods: what they read changes"));
    }
    let limit = if options.full { 2000 } else { 100 };
    let shown = |value: &Value| if field.sensitive { SENSITIVE.to_owned() } else { value_text(value, limit) };
    let value = match (&field.before, &field.after) {
        (Some(before), Some(after)) => format!("{} -> {}", shown(before), shown(after)),
        (None, Some(after)) => shown(after),
        (Some(before), None) => format!("{} -> {}", shown(before), paint.dim("null")),
        (None, None) => String::new(),
    };
    format!("          {mark} {} = {value}{note}\n", field.path)
}

fn losses(changes: &[&Change], paint: Paint) -> String {
    let lost: Vec<String> =
        changes.iter().filter_map(|c| c.loss.as_ref().map(|loss| format!("  - {}: {loss}\n", c.id))).collect();
    if lost.is_empty() {
        return String::new();
    }
    format!("{}\n{}\n", paint.red("This loses data:"), lost.concat())
}

/// What others did to our objects, from what was applied to what is there now.
fn drifted(plan: &Plan, options: PlanText) -> String {
    let mut text = String::new();
    for change in plan.drifted() {
        text.push_str(&format!("  {} {}\n", symbol(Action::Update, options.paint), change.id));
        for field in &change.fields {
            let done = FieldChange {
                before: field.after.clone(),
                after: field.before.clone(),
                forces_replacement: false,
                ..field.clone()
            };
            text.push_str(&field_text(&done, options));
        }
    }
    match text.is_empty() {
        true => text,
        false => format!("{}\n{text}\n", options.paint.yellow("Changed outside of Stackwright:")),
    }
}

/// What is no longer wanted and stays, because nobody agreed to lose what it holds.
fn kept(plan: &Plan, paint: Paint) -> String {
    let stays = plan.changes.iter().filter(|change| change.action == Action::NoOp && change.loss.is_some());
    let lines: Vec<String> = stays.map(|change| format!("  {}: {}\n", change.id, change.reason)).collect();
    if lines.is_empty() {
        return String::new();
    }
    format!("{}\n{}\n", paint.yellow("This stays; --allow-data-loss lets it go:"), lines.concat())
}

fn symbol(action: Action, paint: Paint) -> String {
    match action {
        Action::NoOp => paint.cyan("→"),
        Action::Create => paint.green("+"),
        Action::Update => paint.yellow("~"),
        Action::Replace => format!("{}/{}", paint.red("-"), paint.green("+")),
        Action::Delete => paint.red("-"),
        Action::Adopt => paint.cyan(">"),
        Action::Forget => paint.cyan("."),
    }
}

fn verb(action: Action) -> &'static str {
    match action {
        Action::NoOp => "keep",
        Action::Create => "add",
        Action::Update => "change",
        Action::Replace => "replace",
        Action::Delete => "destroy",
        Action::Adopt => "adopt",
        Action::Forget => "forget",
    }
}
