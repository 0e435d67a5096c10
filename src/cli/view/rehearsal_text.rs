//! A rehearsal for people: what was done, in which order, and what came of it.

use std::time::Duration;

use super::Paint;
use super::upgrade_text;
use crate::object::ObjectId;
use crate::ops::Cut;
use crate::ops::Rehearsal;
use crate::ops::RehearsedStep;

/// Lines of one part; the others are counted.
const MOST: usize = 20;

/// All that a rehearsal has found out. Every line where `full`.
pub fn rehearsal_text(one: &Rehearsal, paint: Paint, full: bool) -> String {
    let most = if full { usize::MAX } else { MOST };
    let asked: Vec<String> = one.requests.iter().map(|(verb, number)| format!("{number} {verb}")).collect();
    let masked = match one.taken.masked {
        0 => String::new(),
        number => format!("; other values stand for secret ones in {number}"),
    };
    let mut text = format!(
        "{}\n{}\nCopied {} objects{masked}. Asked of the cluster: {}.\n\n",
        paint.bold(&format!("Rehearsal on {}", one.target)),
        one.place,
        one.taken.objects,
        asked.join(", "),
    );
    if one.is_empty {
        text.push_str("Nothing to rehearse: a plan finds no changes.\n");
        return text;
    }
    if let Some(upgrade) = &one.upgrade {
        text.push_str(&upgrade_text(upgrade, paint, full));
    }
    let counts = &one.counts;
    let parts = [
        (counts.create, "create"),
        (counts.update, "change"),
        (counts.replace, "replace"),
        (counts.delete, "destroy"),
        (counts.adopt, "adopt"),
        (counts.forget, "forget"),
    ];
    let parts: Vec<String> =
        parts.iter().filter(|(number, _)| *number > 0).map(|(number, word)| format!("{number} to {word}")).collect();
    let parts = if parts.is_empty() { "no objects to change".to_owned() } else { parts.join(", ") };
    text.push_str(&format!("Plan: {parts}.\n\n"));
    let mut part = |title: String, lines: &[String]| {
        if lines.is_empty() {
            return;
        }
        text.push_str(&format!("{title}\n"));
        lines.iter().take(most).for_each(|line| text.push_str(&format!("  {line}\n")));
        if lines.len() > most {
            text.push_str(&format!("  and {} more (--full shows them)\n", lines.len() - most));
        }
        text.push('\n');
    };
    part(paint.red("This needs --allow-data-loss:"), &one.losses);
    part(paint.bold("What was done, and how long it took in the sandbox:"), &steps(&one.steps, one.cut.as_ref()));
    part(paint.red("It did not come to its end:"), &one.failures);
    part(paint.red("Admission refused:"), &one.refused);
    let open: Vec<String> = one.open.iter().map(|(id, action)| format!("{id}: {}", action.as_str())).collect();
    part(paint.yellow("A plan at the end still finds something to do:"), &open);
    part(paint.yellow("At the end this does not serve:"), &one.unready);
    let users = &one.users;
    let mut lines: Vec<String> =
        users.changed.iter().map(|(id, fields)| format!("changed    {id}: {}", fields.join(", "))).collect();
    let named = |word: &str, ids: &[ObjectId]| ids.iter().map(|id| format!("{word:<9}  {id}")).collect::<Vec<_>>();
    lines.extend(named("made anew", &users.anew));
    lines.extend(named("gone", &users.gone));
    if lines.is_empty() {
        lines.push("nothing else".to_owned());
    }
    part(
        paint.bold(&format!(
            "Users' objects: {} kept as they were, {} changed, {} made anew, {} gone",
            users.kept,
            users.changed.len(),
            users.anew.len(),
            users.gone.len()
        )),
        &lines,
    );
    part(paint.bold("Left over:"), &one.left);
    part(paint.bold("What could not be rehearsed:"), &one.unknown);
    text.push_str(&match one.is_success() {
        true => paint.green(
            "The rehearsal came to its end: nothing was refused, everything serves, and a plan finds nothing more.",
        ),
        false => paint.red("The rehearsal did not end well: see above."),
    });
    text.push('\n');
    text
}

/// The steps with the place of the cut among them.
fn steps(steps: &[RehearsedStep], cut: Option<&Cut>) -> Vec<String> {
    let width = steps.iter().map(|step| step.step.chars().count()).max().unwrap_or(0);
    let line = |step: &RehearsedStep| {
        let what = if step.what.is_empty() { "done" } else { &step.what };
        format!("{}  {:<width$}  {:>7}  {what}", step.to, step.step, seconds(step.took))
    };
    let (before, after): (Vec<_>, Vec<_>) = steps.iter().partition(|step| !step.is_resumed);
    let mut lines: Vec<String> = before.into_iter().map(line).collect();
    if let Some(cut) = cut {
        let place = if cut.step.is_empty() { String::new() } else { format!(" in step {}", cut.step) };
        lines.push(format!(
            "cut off{place} after {} of {} changes, as by kill -9; the same command went on:",
            cut.made, cut.all
        ));
        if after.is_empty() {
            lines.push("it made the other changes".to_owned());
        }
    }
    lines.extend(after.into_iter().map(line));
    lines
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::Address;
    use crate::plan::Action;
    use crate::plan::Fates;

    #[test]
    fn what_went_wrong_stands_where_it_is_looked_for() {
        let id = |name: &str| ObjectId::new("", "ConfigMap", "a", name);
        let one = Rehearsal {
            target: Address::resource("cluster", "main"),
            place: "context prod".into(),
            requests: [("get", 2), ("list", 40)].into(),
            losses: vec!["delete archive loses the archive".into()],
            cut: Some(Cut { step: String::new(), made: 2, all: 4 }),
            failures: vec!["the hop broke off".into()],
            refused: vec!["Pod a/b: exceeded quota".into()],
            open: vec![(id("open"), Action::Update)],
            unready: vec!["Deployment a/c: 0 of 1".into()],
            left: (0..MOST + 2).map(|number| format!("left {number}")).collect(),
            users: Fates {
                kept: 3,
                changed: vec![(id("x"), vec!["data.k".into()])],
                anew: vec![id("y")],
                gone: vec![id("z")],
            },
            ..Rehearsal::default()
        };
        let text = rehearsal_text(&one, Paint::new(false), false);
        for part in [
            "Rehearsal on cluster.main\ncontext prod\nCopied 0 objects. Asked of the cluster: 2 get, 40 list.\n",
            "Plan: no objects to change.\n",
            "This needs --allow-data-loss:\n  delete archive loses",
            "  cut off after 2 of 4 changes, as by kill -9; the same command went on:\n  it made the other changes\n",
            "It did not come to its end:\n  the hop broke off\n",
            "Admission refused:\n  Pod a/b: exceeded quota\n",
            "still finds something to do:\n  ConfigMap a/open: update\n",
            "does not serve:\n  Deployment a/c: 0 of 1\n",
            "Users' objects: 3 kept as they were, 1 changed, 1 made anew, 1 gone\n  changed    ConfigMap a/x: data.k\n  made anew  \
             ConfigMap a/y\n  gone       ConfigMap a/z\n",
            "  left 19\n  and 2 more (--full shows them)\n",
            "The rehearsal did not end well: see above.\n",
        ] {
            assert!(text.contains(part), "{part:?} is not in\n{text}");
        }
        assert!(rehearsal_text(&one, Paint::new(false), true).contains("left 21\n"));
    }
}
