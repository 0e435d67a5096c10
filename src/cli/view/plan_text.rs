//! A plan for people: resources first, components folded to a line, then the fields that change.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Paint;
use super::object_text::object_text;
use super::owners::Owner;
use super::owners::owners;
use super::text_diff::text_diff;
use super::value_text::value_text;
use crate::object::Address;
use crate::object::kinds;
use crate::object::kinds::Class;
use crate::plan::Action;
use crate::plan::Change;
use crate::plan::Checked;
use crate::plan::Counts;
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
    /// Whether that exists by now.
    pub is_there: bool,
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
        let nothing = match options.is_there {
            true => format!("No changes. The {} matches the configuration.", options.noun),
            false => format!("The {} is not there yet, and nothing is wanted in it.", options.noun),
        };
        let nothing = options.paint.green(&nothing);
        return format!("{kept}{nothing}\n");
    }
    let owners = owners(plan);
    let mut text = legend(&changing, options.paint);
    for (title, components) in [("Resources", false), ("Components", true)] {
        let part = owners.iter().filter(|owner| owner.is_component() == components);
        let mut rows: Vec<Row> = part.map(|owner| Row::new(owner, details(owner, plan, options))).collect();
        if rows.is_empty() {
            continue;
        }
        text.push_str(&format!("{}\n", options.paint.bold(title)));
        if !options.full {
            rows = folded(rows);
        }
        let width = rows.iter().map(|row| row.name.chars().count()).max().unwrap_or(0);
        rows.iter().for_each(|row| text.push_str(&row.text(width, options.paint)));
        text.push('\n');
    }
    text.push_str(&losses(&changing, options.paint));
    text.push_str(&kept);
    text.extend(notes.iter().map(|note| format!("{note}\n\n")));
    text.push_str(&format!("{}\n", options.paint.bold(&summary(plan))));
    plan.secrets.hidden(text)
}

/// What is told of one owner, or of many instances of one block.
struct Row {
    name: String,
    /// The block, where the owner is one of its instances.
    family: Option<Address>,
    action: Action,
    counts: String,
    /// Its objects, as far as they are told.
    details: String,
}

impl Row {
    fn new(owner: &Owner, details: String) -> Self {
        Self {
            name: owner.address.to_string(),
            family: Some(owner.address.without_keys()).filter(|family| family != owner.address),
            action: owner.action(),
            counts: owner.counts(),
            details,
        }
    }

    fn text(&self, width: usize, paint: Paint) -> String {
        let padding = " ".repeat(width - self.name.chars().count());
        let (symbol, name) = (symbol(self.action, paint), paint.bold(&self.name));
        format!("{symbol} {name}{padding}  {}\n{}", paint.dim(&self.counts), self.details)
    }
}

/// More instances of one block that nothing else is told of share a line.
const MANY: usize = 10;

/// With one row in place of many that say the same of instances of one block, where the first of them stands.
fn folded(rows: Vec<Row>) -> Vec<Row> {
    let alike = |row: &Row| {
        let family = row.family.as_ref().filter(|_| row.details.is_empty())?;
        Some((family.clone(), row.action, row.counts.clone()))
    };
    let mut numbers: BTreeMap<_, usize> = BTreeMap::new();
    for kind in rows.iter().filter_map(alike) {
        *numbers.entry(kind).or_default() += 1;
    }
    numbers.retain(|_, number| *number > MANY);
    let mut left = Vec::new();
    for row in rows {
        let Some(kind) = alike(&row) else {
            left.push(row);
            continue;
        };
        match numbers.get_mut(&kind) {
            None => left.push(row),
            Some(0) => {}
            Some(number) => {
                let counts = format!("{number} instances, each {}", row.counts);
                left.push(Row { name: format!("{}[…]", kind.0), counts, ..row });
                *number = 0;
            }
        }
    }
    left
}

/// The objects of an owner that are told one by one.
fn details(owner: &Owner, plan: &Plan, options: PlanText) -> String {
    let Owner { changes, unchanged, .. } = owner;
    let going = changes.iter().filter(|change| change.action == Action::Delete).count();
    let is_told = |change: &Change| {
        // What comes or goes as a whole is told by its name; a part of it must be named.
        let whole = *unchanged == 0 && change.loss.is_none();
        let is_named = match change.action {
            Action::Create => plan.patched.contains_key(&change.id),
            Action::NoOp => false,
            Action::Delete => going <= FEW || takes_more_along(change),
            _ => true,
        };
        options.full || is_named || !whole && change.action != Action::NoOp
    };
    changes.iter().filter(|change| is_told(change)).map(|change| change_text(change, plan, options)).collect()
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

/// `Plan: 3 to add, 1 to change, 0 to destroy.`
pub fn summary(plan: &Plan) -> String {
    let moved = plan.changes.iter().filter(|change| change.moved_from.is_some()).count();
    summary_of(&plan.counts(), moved)
}

/// A replacement counts as both added and destroyed, as in Terraform.
pub fn summary_of(counts: &Counts, moved: usize) -> String {
    let mut parts = vec![
        format!("{} to add", counts.create + counts.replace),
        format!("{} to change", counts.update),
        format!("{} to destroy", counts.delete + counts.replace),
    ];
    let others = [(counts.adopt, "to adopt"), (counts.forget, "to forget"), (moved, "to move")];
    for (number, word) in others {
        if number > 0 {
            parts.push(format!("{number} {word}"));
        }
    }
    format!("Plan: {}.", parts.join(", "))
}

fn change_text(change: &Change, plan: &Plan, options: PlanText) -> String {
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
    if let Some(patches) = plan.patched.get(&change.id) {
        let patches: Vec<String> = patches.iter().map(Address::to_string).collect();
        text.push_str(&format!("        {}\n", paint.dim(&format!("# patched by {}", patches.join(", ")))));
    }
    if !change.take_over.is_empty() {
        let managers = change.take_over.join(", ");
        text.push_str(&format!("        {}\n", paint.dim(&format!("# takes over the fields of {managers}"))));
    }
    for field in &change.fields {
        text.push_str(&field_text(field, options));
    }
    if let Some(made) = change.after.as_ref().filter(|_| options.full && change.action == Action::Create) {
        text.push_str(&object_text(made, &plan.secrets, "          ", paint));
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
    let lines: Vec<String> = plan.kept().map(|change| format!("  {}: {}\n", change.id, change.reason)).collect();
    if lines.is_empty() {
        return String::new();
    }
    let remedy = "This stays; --allow-data-loss lets it go, as does a removed block with delete_data = true:";
    format!("{}\n{}\n", paint.yellow(remedy), lines.concat())
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

/// What is done, as people say it: so many "to add".
pub fn verb(action: Action) -> &'static str {
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
