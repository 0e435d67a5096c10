//! A plan for programs. The form is documented in `docs/plan-json.md`; names that Terraform's plan has too mean the same.

use std::sync::Arc;

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::Action;
use super::Change;
use super::Checked;
use super::Plan;
use crate::object::MASK;
use crate::object::Object;
use crate::object::mask_object;

/// Version of the form: the first number changes when something is removed or changes its meaning.
const FORMAT_VERSION: &str = "1.0";

/// The plan as one JSON value, secrets masked.
pub fn plan_json(plan: &Plan, timestamp: &str) -> Value {
    let changes: Vec<Value> = plan.changes.iter().map(|change| change_json(change, plan)).collect();
    json!({
        "format_version": FORMAT_VERSION,
        "stackwright_version": env!("CARGO_PKG_VERSION"),
        "installation": plan.installation,
        "inventory_revision": plan.revision,
        "timestamp": timestamp,
        "errored": false,
        "resource_changes": changes,
    })
}

/// An entry of `resource_changes`, secrets masked.
pub fn change_json(change: &Change, plan: &Plan) -> Value {
    let fields: Vec<Value> = change
        .fields
        .iter()
        .map(|field| {
            let shown = |value: &Option<Value>| match value {
                Some(_) if field.sensitive => Value::from(MASK),
                Some(value) => value.clone(),
                None => Value::Null,
            };
            let mut map = Map::new();
            map.insert("path".into(), field.path.clone().into());
            map.insert("before".into(), shown(&field.before));
            map.insert("after".into(), shown(&field.after));
            map.insert("sensitive".into(), field.sensitive.into());
            if field.forces_replacement {
                map.insert("forces_replacement".into(), true.into());
            }
            if let Some(manager) = &field.taken_from {
                map.insert("taken_from".into(), manager.clone().into());
            }
            Value::Object(map)
        })
        .collect();
    let mut checked = json!({ "how": match &change.checked {
        Checked::Owned => "owned",
        Checked::Server => "server",
        Checked::Offline(_) => "offline",
    }});
    if let Checked::Offline(why) = &change.checked {
        checked["reason"] = why.clone().into();
    }
    let shown = |object: &Option<Arc<Object>>| {
        object.as_deref().map(|object| mask_object(object, &plan.secrets).into_value()).unwrap_or(Value::Null)
    };
    let mut map = json!({
        "address": change.owner.with_object(&change.id).to_string(),
        "owner": change.owner.to_string(),
        "type": change.id.group_kind(),
        "api_version": change.gvk.api_version(),
        "namespace": change.id.namespace,
        "name": change.id.name,
        "change": {
            "actions": actions(change.action),
            "before": shown(&change.before),
            "after": shown(&change.after),
            "fields": fields,
        },
        "action_reason": change.reason,
        "checked": checked,
    });
    if let Some(former) = &change.moved_from {
        map["previous_address"] = former.with_object(&change.id).to_string().into();
    }
    if let Some(patches) = plan.patched.get(&change.id) {
        map["patched_by"] = patches.iter().map(|patch| patch.to_string()).collect();
    }
    if let Some(loss) = &change.loss {
        map["data_loss"] = loss.clone().into();
    }
    map
}

fn actions(action: Action) -> Value {
    match action {
        Action::Replace => json!([Action::Delete.as_str(), Action::Create.as_str()]),
        other => json!([other.as_str()]),
    }
}
