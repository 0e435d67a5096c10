//! Tables: the columns of `kubectl get`, from a data table for built-in kinds and from the CRD for others.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::Value;
use serde_json::json;

use super::cells;
use super::json_path::find;
use super::json_path::text;
use super::negotiate::metadata_only;
use crate::sandbox::kinds::Resource;

/// A column of a built-in kind, as `columns.yaml` describes it.
#[derive(Clone, Debug, Deserialize)]
struct Cell {
    name: String,
    /// What is shown; see the head of `columns.yaml`.
    show: String,
    #[serde(default)]
    wide: bool,
}

static COLUMNS: LazyLock<HashMap<String, Vec<Cell>>> = LazyLock::new(|| {
    // The file is part of the program; a test reads it. Without it every kind has a name and an age.
    serde_saphyr::from_str(include_str!("columns.yaml")).unwrap_or_default()
});

/// The Table of some objects. `include`: `None`, `Metadata` (the usual) or `Object`, what each row carries.
pub fn table(resource: &Resource, objects: &[Arc<Value>], metadata: Value, include: &str) -> Value {
    let mut definitions = Vec::new();
    let mut shows: Vec<Show> = Vec::new();
    // Events are told apart by what they say.
    if resource.kind != "Event" {
        definitions.push(definition("Name", "string", "name", 0));
        shows.push(Show::Own("name -".into()));
    }
    if let Some(version) = resource.custom_version() {
        for column in &version.columns {
            definitions.push(definition(&column.name, &column.value_type, &column.format, column.priority));
            let path = column.path.clone();
            shows.push(if column.value_type == "date" { Show::Date(path) } else { Show::Path(path) });
        }
        if version.columns.is_empty() {
            definitions.push(definition("Age", "date", "", 0));
            shows.push(Show::Date(".metadata.creationTimestamp".into()));
        }
    } else {
        let key = super::qualified(&resource.kind, &resource.group);
        for cell in COLUMNS.get(&key).or_else(|| COLUMNS.get("*")).into_iter().flatten() {
            definitions.push(definition(&cell.name, "string", "", i64::from(cell.wide)));
            shows.push(Show::Own(cell.show.clone()));
        }
    }
    let rows: Vec<Value> = objects
        .iter()
        .map(|object| {
            let cells: Vec<Value> = shows.iter().map(|show| cell(show, object)).collect();
            let carried = match include {
                "None" => Value::Null,
                "Object" => (**object).clone(),
                _ => metadata_only(object),
            };
            json!({"cells": cells, "object": carried})
        })
        .collect();
    json!({
        "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata,
        "columnDefinitions": definitions, "rows": rows,
    })
}

enum Show {
    /// An expression of `columns.yaml`.
    Own(String),
    /// A JSON path of a CRD.
    Path(String),
    Date(String),
}

fn definition(name: &str, value_type: &str, format: &str, priority: i64) -> Value {
    let value_type = if value_type == "date" { "string" } else { value_type };
    json!({"name": name, "type": value_type, "format": format, "description": "", "priority": priority})
}

fn cell(show: &Show, object: &Value) -> Value {
    match show {
        Show::Own(expression) => cells::show(expression, object).into(),
        Show::Path(path) => match &find(object, path)[..] {
            [] => Value::Null,
            [one] if one.is_string() || one.is_number() || one.is_boolean() => (*one).clone(),
            many => many.iter().map(|value| text(value)).collect::<Vec<_>>().join(",").into(),
        },
        Show::Date(path) => match find(object, path).first().and_then(|value| value.as_str()) {
            Some(time) => cells::age(time).into(),
            None => Value::Null,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_column_file_is_read() {
        assert!(COLUMNS.contains_key("Pod") && COLUMNS.contains_key("*"));
    }
}
