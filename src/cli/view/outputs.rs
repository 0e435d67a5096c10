//! Output values, as Terraform prints them.

use std::collections::BTreeMap;

use serde_json::Value;
use serde_json::json;

use super::Paint;
use super::plan_text::SENSITIVE;
use super::value_text::value_text;
use crate::plan::OutputAction;
use crate::plan::OutputChange;
use crate::state::Output;

/// All outputs under a heading, sensitive ones hidden; nothing where there are none.
pub fn outputs_text(outputs: &BTreeMap<String, Output>, paint: Paint) -> String {
    if outputs.is_empty() {
        return String::new();
    }
    let lines: String = outputs.iter().map(|(name, output)| format!("{name} = {}\n", shown(output))).collect();
    format!("\n{}\n\n{lines}", paint.bold("Outputs:"))
}

/// What becomes of one output that does not stay as it is.
pub struct OutputRow<'a> {
    pub name: &'a str,
    pub action: OutputAction,
    /// As it is and as it will be, sensitive values hidden; empty where there is none.
    pub before: String,
    pub after: String,
}

/// What an apply does to outputs, those that stay left out. No value is longer than `limit` characters.
pub fn output_rows(changes: &BTreeMap<String, OutputChange>, limit: usize) -> Vec<OutputRow<'_>> {
    let changing = changes.iter().filter(|(_, change)| !change.is_nothing());
    let shown = |value: &Option<Value>, is_sensitive: bool| match value {
        _ if is_sensitive => SENSITIVE.to_owned(),
        Some(value) => value_text(value, limit),
        None => String::new(),
    };
    changing
        .map(|(name, change)| OutputRow {
            name,
            action: change.action,
            before: shown(&change.before, change.before_sensitive),
            after: match change.after_unknown {
                true => "(known after apply)".to_owned(),
                false => shown(&change.after, change.after_sensitive),
            },
        })
        .collect()
}

/// What an apply does to outputs, as text; nothing where all of them stay. `full` cuts no value short.
pub fn output_changes_text(changes: &BTreeMap<String, OutputChange>, full: bool, paint: Paint) -> String {
    let rows = output_rows(changes, if full { usize::MAX } else { 100 });
    if rows.is_empty() {
        return String::new();
    }
    let width = rows.iter().map(|row| row.name.chars().count()).max().unwrap_or(0);
    let lines = rows.into_iter().map(|OutputRow { name, action, before, after }| {
        let (mark, value) = match action {
            OutputAction::Create => (paint.green("+"), after),
            OutputAction::Delete => (paint.red("-"), format!("{before} -> null")),
            _ if before == after => (paint.yellow("~"), after),
            _ => (paint.yellow("~"), format!("{before} -> {after}")),
        };
        format!("  {mark} {name:<width$} = {value}\n")
    });
    format!("{}\n{}", paint.bold("Changes to Outputs:"), lines.collect::<String>())
}

/// As `output_changes` of Terraform's plans, unchanged outputs too.
pub fn output_changes_json(changes: &BTreeMap<String, OutputChange>) -> Value {
    let change = |change: &OutputChange| {
        json!({
            "actions": [change.action],
            "before": change.before,
            "after": change.after,
            "after_unknown": change.after_unknown,
            "before_sensitive": change.before_sensitive,
            "after_sensitive": change.after_sensitive,
        })
    };
    changes.iter().map(|(name, one)| (name.clone(), change(one))).collect::<serde_json::Map<_, _>>().into()
}

/// The outputs as the last event of an apply for programs; a sensitive one without its value.
pub fn outputs_json(outputs: &BTreeMap<String, Output>) -> Value {
    let output = |output: &Output| match output.sensitive {
        true => json!({"sensitive": true}),
        false => json!({"sensitive": false, "value": output.value}),
    };
    let outputs = outputs.iter().map(|(name, one)| (name.clone(), output(one)));
    json!({
        "type": "outputs",
        "outputs": outputs.collect::<serde_json::Map<_, _>>(),
        "timestamp": jiff::Timestamp::now().to_string(),
    })
}

/// One value as HCL.
pub fn shown(output: &Output) -> String {
    if output.sensitive { SENSITIVE.to_owned() } else { hcl(&output.value, 0) }
}

/// A value as HCL over several lines.
pub fn hcl(value: &Value, depth: usize) -> String {
    let indent = "  ".repeat(depth + 1);
    let end = "  ".repeat(depth);
    match value {
        Value::Array(items) if !items.is_empty() => {
            let items: String = items.iter().map(|item| format!("{indent}{},\n", hcl(item, depth + 1))).collect();
            format!("[\n{items}{end}]")
        }
        Value::Object(map) if !map.is_empty() => {
            let items: String =
                map.iter().map(|(key, item)| format!("{indent}\"{key}\" = {}\n", hcl(item, depth + 1))).collect();
            format!("{{\n{items}{end}}}")
        }
        other => other.to_string(),
    }
}
