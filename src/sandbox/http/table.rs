//! Tables: the columns of `kubectl get`, from a data table for built-in kinds and from the CRD for others.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::Value;
use serde_json::json;

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
    let mut definitions = vec![definition("Name", "string", "name", 0)];
    let mut shows: Vec<Show> = vec![Show::Own(".metadata.name".into())];
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
        Show::Own(expression) => own(expression, object),
        Show::Path(path) => match &find(object, path)[..] {
            [] => Value::Null,
            [one] if one.is_string() || one.is_number() || one.is_boolean() => (*one).clone(),
            many => many.iter().map(|value| text(value)).collect::<Vec<_>>().join(",").into(),
        },
        Show::Date(path) => match find(object, path).first().and_then(|value| value.as_str()) {
            Some(time) => age(time).into(),
            None => Value::Null,
        },
    }
}

fn own(expression: &str, object: &Value) -> Value {
    let (function, argument) = expression.split_once(' ').unwrap_or(("", expression));
    let joined = |path: &str| find(object, path).into_iter().map(text).collect::<Vec<_>>().join(",");
    let or_none = |text: String| if text.is_empty() { "<none>".to_owned() } else { text };
    let shown = match function {
        "" => or_none(joined(argument)),
        "age" => match find(object, argument).first().and_then(|value| value.as_str()) {
            Some(time) => age(time),
            None => "<unknown>".to_owned(),
        },
        "number" => find(object, argument).first().map_or_else(|| "0".to_owned(), |value| text(value)),
        "count" => {
            let counted = |path: &str| {
                find(object, path)
                    .iter()
                    .map(|v| v.as_array().map_or_else(|| v.as_object().map_or(1, |m| m.len()), Vec::len))
                    .sum::<usize>()
            };
            argument.split(' ').map(counted).sum::<usize>().to_string()
        }
        "of" => {
            let (part, whole) = argument.split_once(' ').unwrap_or((argument, ""));
            let number = |path: &str| find(object, path).first().map_or_else(|| "0".to_owned(), |value| text(value));
            format!("{}/{}", number(part), number(whole))
        }
        "labels" => {
            let pairs = find(object, argument).first().and_then(|value| value.as_object()).cloned().unwrap_or_default();
            or_none(pairs.iter().map(|(key, value)| format!("{key}={}", text(value))).collect::<Vec<_>>().join(","))
        }
        "ports" => or_none(ports(object)),
        "pod" => pod(argument, object),
        "conditions" => {
            let list = find(object, ".status.conditions[*]");
            let up = list.iter().filter(|c| c["status"] == "True").filter_map(|c| c["type"].as_str());
            or_none(up.collect::<Vec<_>>().join(","))
        }
        "ready-node" => {
            let ready =
                find(object, ".status.conditions[*]").iter().any(|c| c["type"] == "Ready" && c["status"] == "True");
            let base = if ready { "Ready" } else { "NotReady" };
            if object["spec"]["unschedulable"] == true { format!("{base},SchedulingDisabled") } else { base.to_owned() }
        }
        _ => "<unknown>".to_owned(),
    };
    shown.into()
}

fn ports(service: &Value) -> String {
    let port = |port: &&Value| {
        let protocol = port["protocol"].as_str().unwrap_or("TCP").to_owned();
        match port["nodePort"].as_i64().filter(|port| *port != 0) {
            Some(node_port) => format!("{}:{node_port}/{protocol}", port["port"]),
            None => format!("{}/{protocol}", port["port"]),
        }
    };
    find(service, ".spec.ports[*]").iter().map(port).collect::<Vec<_>>().join(",")
}

fn pod(what: &str, pod: &Value) -> String {
    let statuses = find(pod, ".status.containerStatuses[*]");
    match what {
        "ready" => {
            let ready = statuses.iter().filter(|status| status["ready"] == true).count();
            format!("{ready}/{}", find(pod, ".spec.containers[*]").len())
        }
        "restarts" => statuses.iter().filter_map(|status| status["restartCount"].as_i64()).sum::<i64>().to_string(),
        _ => {
            if pod["metadata"].get("deletionTimestamp").is_some() {
                return "Terminating".to_owned();
            }
            let reason = |status: &&&Value| {
                let state = &status["state"];
                let reason = state["waiting"]["reason"].as_str().or_else(|| state["terminated"]["reason"].as_str());
                reason.map(str::to_owned)
            };
            let phase =
                pod["status"]["reason"].as_str().or_else(|| pod["status"]["phase"].as_str()).unwrap_or("Unknown");
            statuses.iter().find_map(|status| reason(&status)).unwrap_or_else(|| phase.to_owned())
        }
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// How long ago a time was, as kubectl writes it.
fn age(time: &str) -> String {
    let Ok(then) = time.parse::<jiff::Timestamp>() else { return "<unknown>".to_owned() };
    let seconds = (jiff::Timestamp::now().as_second() - then.as_second()).max(0);
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    let pair = |large: i64, unit: &str, small: i64, small_unit: &str| {
        if small == 0 { format!("{large}{unit}") } else { format!("{large}{unit}{small}{small_unit}") }
    };
    match seconds {
        0..120 => format!("{seconds}s"),
        120..600 => pair(minutes, "m", seconds % 60, "s"),
        600..10_800 => format!("{minutes}m"),
        10_800..28_800 => pair(hours, "h", minutes % 60, "m"),
        28_800..172_800 => format!("{hours}h"),
        172_800..691_200 => pair(days, "d", hours % 24, "h"),
        691_200..63_072_000 => format!("{days}d"),
        _ => pair(days / 365, "y", days % 365, "d"),
    }
}

/// The values a JSON path of kubectl means: `.a.b`, `.a[0]`, `.a[*].b`, `.a['b.c']`, `.a[?(@.type=="x")].b`.
fn find<'a>(object: &'a Value, path: &str) -> Vec<&'a Value> {
    let mut found = vec![object];
    let mut rest = path.trim().trim_start_matches('{').trim_end_matches('}').trim_start_matches('$');
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('[') {
            let Some(end) = closing(after) else { return Vec::new() };
            let inside = &after[..end];
            rest = &after[end + 1..];
            found = found.into_iter().flat_map(|value| bracket(value, inside)).collect();
            continue;
        }
        let after = rest.strip_prefix('.').unwrap_or(rest);
        let mut end = 0;
        let mut name = String::new();
        let mut escaped = false;
        for (at, c) in after.char_indices() {
            if !escaped && (c == '.' || c == '[') {
                break;
            }
            end = at + c.len_utf8();
            if !escaped && c == '\\' {
                escaped = true;
                continue;
            }
            escaped = false;
            name.push(c);
        }
        rest = &after[end..];
        if name.is_empty() {
            if rest.is_empty() || !rest.starts_with('[') {
                break;
            }
            continue;
        }
        found = found.into_iter().filter_map(|value| value.get(&name)).collect();
    }
    found.retain(|value| !value.is_null());
    found
}

/// Where the bracket ends that was opened just before `text`; brackets inside quotes do not count.
fn closing(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (None, ']') => return Some(at),
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
    }
    None
}

fn bracket<'a>(value: &'a Value, inside: &str) -> Vec<&'a Value> {
    let items = || value.as_array().map(Vec::as_slice).unwrap_or_default();
    if inside == "*" {
        return match value {
            Value::Object(map) => map.values().collect(),
            _ => items().iter().collect(),
        };
    }
    if let Some(filter) = inside.strip_prefix("?(").and_then(|text| text.strip_suffix(')')) {
        let (path, wanted, equal) = match (filter.split_once("=="), filter.split_once("!=")) {
            (Some((path, wanted)), _) => (path, wanted, true),
            (None, Some((path, wanted))) => (path, wanted, false),
            (None, None) => return Vec::new(),
        };
        let wanted = wanted.trim().trim_matches(['"', '\'']);
        let path = path.trim().trim_start_matches('@');
        return items()
            .iter()
            .filter(|item| find(item, path).first().is_some_and(|found| (text(found) == wanted) == equal))
            .collect();
    }
    let name = inside.trim_matches(['"', '\'']);
    if name.len() != inside.len() {
        return value.get(name).into_iter().collect();
    }
    let length = i64::try_from(items().len()).unwrap_or(i64::MAX);
    let place = |text: &str, usual: i64| match text.parse::<i64>() {
        Ok(index) if index < 0 => (length + index).max(0),
        Ok(index) => index.min(length),
        Err(_) => usual,
    };
    let (from, to) = match inside.split_once(':') {
        Some((from, to)) => (place(from, 0), place(to, length)),
        None => match inside.parse::<i64>() {
            Ok(index) if index >= -length => (place(inside, 0), place(inside, 0) + 1),
            _ => return Vec::new(),
        },
    };
    let (from, to) = (usize::try_from(from).unwrap_or(0), usize::try_from(to.min(length)).unwrap_or(0));
    items().get(from..to).unwrap_or_default().iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_kubectl() {
        let object = json!({
            "metadata": {"annotations": {"a.b/c": "x"}},
            "status": {"conditions": [{"type": "Ready", "status": "True"}, {"type": "Synced", "status": "False"}]},
            "list": [1, 2, 3],
        });
        let check = |path: &str, expected: &[&str]| {
            let found: Vec<String> = find(&object, path).into_iter().map(text).collect();
            assert_eq!(found, expected, "{path}");
        };
        check(".status.conditions[?(@.type==\"Ready\")].status", &["True"]);
        check(".status.conditions[?(@.type=='Synced')].status", &["False"]);
        check(".status.conditions[*].type", &["Ready", "Synced"]);
        check(".metadata.annotations['a.b/c']", &["x"]);
        check(".metadata.annotations.a\\.b/c", &["x"]);
        check(".list[0]", &["1"]);
        check(".list[-1:]", &["3"]);
        check(".list[1:]", &["2", "3"]);
        check(".list[7]", &[]);
        check(".list[-7]", &[]);
        check(".list[-1]", &["3"]);
        check(".none.at.all", &[]);
        check(".list[", &[]);
    }

    #[test]
    fn the_column_file_is_read() {
        assert!(COLUMNS.contains_key("Pod") && COLUMNS.contains_key("*"));
    }
}
