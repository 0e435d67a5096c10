//! What a plan is worth saying beside its changes: whether there is room, and which images stand for others.

use std::collections::BTreeSet;

use super::PlanText;
use crate::catalog::Renewal;
use crate::ops::Planned;
use crate::plan::Action;

/// How long those who are taken out of the login stay logged in.
fn leaving(planned: &Planned) -> Option<String> {
    let login = planned.login.as_ref().filter(|login| !login.sessions.is_empty())?;
    let strangers = planned.strangers.iter().map(|(person, _)| person);
    let all: Vec<&str> = planned.leaving.iter().chain(strangers).map(String::as_str).collect();
    let who = match all.as_slice() {
        [] => return None,
        [one] => format!("{one} logs in no more"),
        few if few.len() <= MOST_NAMED => format!("{} log in no more", few.join(", ")),
        many => format!("{} people log in no more", many.len()),
    };
    let note = format!("{who}; sessions that are open last up to {}.", login.sessions);
    let key = login.sessions_end_with.as_ref().filter(|key| planned.plan.changes.iter().any(|c| c.id == **key));
    Some(match key {
        Some(key) => format!("{note}\nTo end everybody's at once: `stackwright apply --replace \"{key}\"`."),
        None => note,
    })
}

/// So many people are named; of more it is said how many they are.
const MOST_NAMED: usize = 5;

/// Paragraphs, without a newline at their ends. A plan that makes nothing has none.
pub fn plan_notes(planned: &Planned, options: PlanText) -> Vec<String> {
    let mut notes = Vec::new();
    if planned.reach.is_none() && !planned.plan.is_empty() {
        notes.push(format!("{} does not exist yet: all this is made once it serves.", planned.target));
    }
    for (person, writer) in &planned.strangers {
        let what = format!("{person}, whom {writer} has let in, is in no user block and is taken out of the login.");
        let remedy = format!("To keep them, `stackwright user import {person}` writes a user block.");
        notes.push(format!("{}\n{remedy}", options.paint.yellow(&what)));
    }
    notes.extend(leaving(planned));
    for Renewal { secret, keys, notices, .. } in &planned.renewed {
        let what = format!("Made anew in {secret}: {}.", keys.join(", "));
        notes.push(std::iter::once(&what).chain(notices).cloned().collect::<Vec<_>>().join("\n"));
    }
    if let Some(room) = &planned.room {
        let nodes = if room.nodes == 1 { "1 node offers".to_owned() } else { format!("{} nodes offer", room.nodes) };
        let note = format!("Pods will request {}; {nodes} {}.", room.requested, room.offered);
        notes.push(if room.is_short() {
            let remedy = "That is not enough: add nodes, or switch components off (`stackwright preflight`).";
            format!("{note}\n{}", options.paint.yellow(remedy))
        } else {
            note
        });
    }
    let created: BTreeSet<&str> = planned
        .plan
        .changes
        .iter()
        .filter(|change| change.action == Action::Create)
        .filter_map(|change| change.owner.component())
        .collect();
    let replaced: Vec<String> = planned
        .replaced
        .iter()
        .filter(|image| image.components.iter().any(|component| created.contains(component.as_str())))
        .filter_map(|image| Some(format!("  {} for {}", image.image, image.replaces.as_ref()?)))
        .collect();
    if !replaced.is_empty() {
        let are = if replaced.len() == 1 { "is" } else { "are" };
        let what =
            format!("{} of upstream's images {are} gone from the registry; others are used instead", replaced.len());
        notes.push(match options.full {
            true => format!("{what}:\n{}", replaced.join("\n")),
            false => format!("{what} (`stackwright images`)."),
        });
    }
    notes
}
