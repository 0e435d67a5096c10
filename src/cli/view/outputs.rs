//! Output values, as Terraform prints them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Paint;
use super::plan_text::SENSITIVE;
use crate::state::Output;

/// All outputs under a heading, sensitive ones hidden; nothing where there are none.
pub fn outputs_text(outputs: &BTreeMap<String, Output>, paint: Paint) -> String {
    if outputs.is_empty() {
        return String::new();
    }
    let lines: String = outputs.iter().map(|(name, output)| format!("{name} = {}\n", shown(output))).collect();
    format!("\n{}\n\n{lines}", paint.bold("Outputs:"))
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
