//! A rehearsal for programs. Its form is documented in docs/upgrading.md.

use serde_json::Value;
use serde_json::json;

use super::upgrade_json;
use crate::object::ObjectId;
use crate::ops::Rehearsal;
use crate::plan::Action;

/// All that a rehearsal has found out.
pub fn rehearsal_json(one: &Rehearsal) -> Value {
    let steps = one.steps.iter().map(|step| {
        json!({
            "to": step.to,
            "step": step.step,
            "reason": step.reason,
            "what": step.what,
            "milliseconds": milliseconds(step.took),
            "resumed": step.is_resumed,
        })
    });
    let cut = one.cut.as_ref().map(|cut| json!({"step": cut.step, "changes_made": cut.made, "changes": cut.all}));
    let changed = one.users.changed.iter().map(|(id, fields)| json!({"object": id.to_string(), "fields": fields}));
    let counts = &one.counts;
    json!({
        "cluster": one.target.to_string(),
        "place": one.place,
        "succeeded": one.is_success(),
        "nothing_to_do": one.is_empty,
        "copied": {
            "objects": one.taken.objects,
            "masked": one.taken.masked,
            "missing_kinds": one.taken.missing,
        },
        "requests_to_cluster": one.requests,
        "upgrade": one.upgrade.as_ref().map(upgrade_json),
        "counts": {
            "create": counts.create, "update": counts.update, "replace": counts.replace, "delete": counts.delete,
            "adopt": counts.adopt, "forget": counts.forget, "unchanged": counts.unchanged,
        },
        "changes": actions(&one.changes),
        "losses": one.losses,
        "steps": steps.collect::<Vec<_>>(),
        "cut": cut,
        "refused": one.refused,
        "failures": one.failures,
        "still_to_do": actions(&one.open),
        "not_ready": one.unready,
        "left_over": one.left,
        "users_objects": {
            "kept": one.users.kept,
            "changed": changed.collect::<Vec<_>>(),
            "made_anew": texts(&one.users.anew),
            "gone": texts(&one.users.gone),
        },
        "not_rehearsed": one.unknown,
        "milliseconds": milliseconds(one.took),
    })
}

fn actions(changes: &[(ObjectId, Action)]) -> Vec<Value> {
    let one = |(id, action): &(ObjectId, Action)| json!({"object": id.to_string(), "action": action.as_str()});
    changes.iter().map(one).collect()
}

fn texts(ids: &[ObjectId]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}

fn milliseconds(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
