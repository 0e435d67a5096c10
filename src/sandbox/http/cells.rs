//! The cells of `kubectl get` for built-in kinds: the words that `columns.yaml` uses.

use serde_json::Value;

use super::json_path::find;
use super::json_path::text;

/// What a cell shows of an object, by an expression of `columns.yaml`.
pub fn show(expression: &str, object: &Value) -> String {
    let (function, argument) = expression.split_once(' ').unwrap_or(("", expression));
    let first = |path: &str| find(object, path).into_iter().next();
    let joined = |path: &str| find(object, path).into_iter().map(text).collect::<Vec<_>>().join(",");
    match function {
        "" => or_none(joined(argument)),
        // Empty, or a word of the kind's own, where there is nothing.
        "or" => {
            let (path, other) = argument.split_once(' ').unwrap_or((argument, ""));
            Some(joined(path)).filter(|text| !text.is_empty()).unwrap_or_else(|| other.to_owned())
        }
        "pair" => argument.split(' ').map(joined).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/"),
        "age" => match first(argument).and_then(Value::as_str) {
            Some(time) => age(time),
            None => "<unknown>".to_owned(),
        },
        "since" => first(argument).and_then(Value::as_str).map_or_else(|| "<none>".to_owned(), age),
        "number" => first(argument).map_or_else(|| "0".to_owned(), text),
        "count" => {
            let size = |value: &&Value| match value {
                Value::Array(items) => items.len(),
                Value::Object(map) => map.len(),
                _ => 1,
            };
            let counted = |path: &str| find(object, path).iter().map(size).sum::<usize>();
            argument.split(' ').map(counted).sum::<usize>().to_string()
        }
        "of" => {
            let (part, whole) = argument.split_once(' ').unwrap_or((argument, ""));
            let number = |path: &str| first(path).map_or_else(|| "0".to_owned(), text);
            format!("{}/{}", number(part), number(whole))
        }
        "bool" => if first(argument) == Some(&Value::Bool(true)) { "True" } else { "False" }.to_owned(),
        "labels" => or_none(first(argument).map(pairs).unwrap_or_default()),
        "selector" => or_none(first(argument).map(selector).unwrap_or_default()),
        "phase" if object["metadata"].get("deletionTimestamp").is_some() => "Terminating".to_owned(),
        "phase" => or_none(joined(argument)),
        "modes" => {
            find(object, argument).into_iter().map(|mode| access_mode(&text(mode))).collect::<Vec<_>>().join(",")
        }
        "address" => or_none(address_of_kind(object, argument)),
        "pod" => super::pod_cells::show(argument, object),
        "service" => super::service_cells::show(argument, object),
        "job" => job(argument, object),
        "node" => node(argument, object),
        "scaler" => targets(object),
        "quota" => quota(argument, object),
        "subjects" => {
            let meant = find(object, ".subjects[*]").into_iter().filter(|one| one["kind"] == argument);
            let name = |one: &Value| match one["namespace"].as_str() {
                Some(namespace) if argument == "ServiceAccount" => format!("{namespace}/{}", text(&one["name"])),
                _ => text(&one["name"]),
            };
            meant.map(name).collect::<Vec<_>>().join(", ")
        }
        "event-object" => {
            let about = &object["involvedObject"];
            format!("{}/{}", text(&about["kind"]).to_lowercase(), text(&about["name"]))
        }
        "name" if object["metadata"]["annotations"]["storageclass.kubernetes.io/is-default-class"] == "true" => {
            format!("{} (default)", joined(".metadata.name"))
        }
        "name" => joined(".metadata.name"),
        _ => "<unknown>".to_owned(),
    }
}

/// kubectl's word for nothing.
pub fn or_none(text: String) -> String {
    if text.is_empty() { "<none>".to_owned() } else { text }
}

fn pairs(labels: &Value) -> String {
    let labels = labels.as_object().into_iter().flatten();
    labels.map(|(key, value)| format!("{key}={}", text(value))).collect::<Vec<_>>().join(",")
}

/// A LabelSelector as text: `app=web,tier in (a,b),!old`.
fn selector(selector: &Value) -> String {
    let mut parts = vec![pairs(&selector["matchLabels"])];
    for one in selector["matchExpressions"].as_array().into_iter().flatten() {
        let key = text(&one["key"]);
        let values = one["values"].as_array().into_iter().flatten().map(text).collect::<Vec<_>>().join(",");
        parts.push(match one["operator"].as_str().unwrap_or_default() {
            "In" => format!("{key} in ({values})"),
            "NotIn" => format!("{key} notin ({values})"),
            "DoesNotExist" => format!("!{key}"),
            _ => key,
        });
    }
    parts.retain(|part| !part.is_empty());
    parts.join(",")
}

fn access_mode(mode: &str) -> String {
    match mode {
        "ReadWriteOnce" => "RWO",
        "ReadOnlyMany" => "ROX",
        "ReadWriteMany" => "RWX",
        "ReadWriteOncePod" => "RWOP",
        other => other,
    }
    .to_owned()
}

fn address_of_kind(node: &Value, kind: &str) -> String {
    let all = find(node, ".status.addresses[*]");
    all.into_iter().find(|one| one["type"] == kind).map(|one| text(&one["address"])).unwrap_or_default()
}

fn condition_holds(object: &Value, kind: &str) -> bool {
    find(object, ".status.conditions[*]").iter().any(|one| one["type"] == kind && one["status"] == "True")
}

fn job(what: &str, job: &Value) -> String {
    let status = &job["status"];
    match what {
        "completions" => {
            let succeeded = status["succeeded"].as_i64().unwrap_or(0);
            match (job["spec"]["completions"].as_i64(), job["spec"]["parallelism"].as_i64().unwrap_or(0)) {
                (Some(wanted), _) => format!("{succeeded}/{wanted}"),
                (None, wide @ 2..) => format!("{succeeded}/1 of {wide}"),
                (None, _) => format!("{succeeded}/1"),
            }
        }
        "duration" => match (time(&status["startTime"]), time(&status["completionTime"])) {
            (None, _) => String::new(),
            (Some(start), Some(end)) => duration(end - start),
            (Some(start), None) => duration(jiff::Timestamp::now().as_second() - start),
        },
        _ => {
            let deleting = job["metadata"].get("deletionTimestamp").is_some();
            let found = ["Complete", "Failed"].into_iter().find(|kind| condition_holds(job, kind));
            let later = ["Suspended", "FailureTarget", "SuccessCriteriaMet"];
            let later = || later.into_iter().find(|kind| condition_holds(job, kind));
            found.or(deleting.then_some("Terminating")).or_else(later).unwrap_or("Running").to_owned()
        }
    }
}

fn node(what: &str, node: &Value) -> String {
    if what == "roles" {
        let labels = node["metadata"]["labels"].as_object().into_iter().flatten();
        let mut roles: Vec<&str> = labels
            .filter_map(|(key, _)| key.strip_prefix("node-role.kubernetes.io/"))
            .filter(|r| !r.is_empty())
            .collect();
        roles.sort_unstable();
        return or_none(roles.join(","));
    }
    let base = if condition_holds(node, "Ready") { "Ready" } else { "NotReady" };
    if node["spec"]["unschedulable"] == true { format!("{base},SchedulingDisabled") } else { base.to_owned() }
}

/// What an autoscaler aims at: `cpu: 12%/80%`.
fn targets(scaler: &Value) -> String {
    let current = find(scaler, ".status.currentMetrics[*]");
    let shown = |metric: &Value| {
        let source = &metric["resource"];
        if !source.is_object() {
            return format!("{}: <unknown>", text(&metric["type"]));
        }
        let now =
            current.iter().find(|one| one["resource"]["name"] == source["name"]).map(|one| &one["resource"]["current"]);
        let (field, unit) = if source["target"]["averageUtilization"].is_number() {
            ("averageUtilization", "%")
        } else {
            ("averageValue", "")
        };
        let now = now.map(|now| &now[field]).filter(|now| !now.is_null());
        let now = now.map_or_else(|| "<unknown>".to_owned(), |now| format!("{}{unit}", text(now)));
        format!("{}: {now}/{}{unit}", text(&source["name"]), text(&source["target"][field]))
    };
    or_none(find(scaler, ".spec.metrics[*]").into_iter().map(shown).collect::<Vec<_>>().join(", "))
}

/// Used and hard amounts of requests and counts, or of limits.
fn quota(what: &str, quota: &Value) -> String {
    let hard = quota["status"]["hard"].as_object().into_iter().flatten();
    let meant = hard.filter(|(name, _)| name.starts_with("limits") == (what == "limits"));
    let mut parts: Vec<String> = meant
        .map(|(name, hard)| {
            let used = Some(text(&quota["status"]["used"][name])).filter(|used| !used.is_empty());
            format!("{name}: {}/{}", used.unwrap_or_else(|| "0".to_owned()), text(hard))
        })
        .collect();
    parts.sort();
    parts.join(", ")
}

fn time(value: &Value) -> Option<i64> {
    Some(value.as_str()?.parse::<jiff::Timestamp>().ok()?.as_second())
}

/// How long ago a time was, as kubectl writes it.
pub fn age(time: &str) -> String {
    let Ok(then) = time.parse::<jiff::Timestamp>() else { return "<unknown>".to_owned() };
    duration(jiff::Timestamp::now().as_second() - then.as_second())
}

/// A time span in kubectl's short form.
fn duration(seconds: i64) -> String {
    let seconds = seconds.max(0);
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn words() {
        let check = |expression: &str, object: Value, expected: &str| {
            assert_eq!(show(expression, &object), expected, "{expression} of {object}");
        };
        check("modes .spec.modes[*]", json!({"spec": {"modes": ["ReadWriteOnce", "ReadWriteMany"]}}), "RWO,RWX");
        check("or .spec.a <unset>", json!({}), "<unset>");
        check("pair .a.b .a.c", json!({"a": {"b": "x", "c": "y"}}), "x/y");
        check("since .status.last", json!({}), "<none>");
        check("bool .suspend", json!({"suspend": false}), "False");
        check("selector .s", json!({"s": {}}), "<none>");
        let expressions =
            json!([{"key": "b", "operator": "In", "values": ["c", "d"]}, {"key": "e", "operator": "DoesNotExist"}]);
        check(
            "selector .s",
            json!({"s": {"matchLabels": {"a": "1"}, "matchExpressions": expressions}}),
            "a=1,b in (c,d),!e",
        );
        let conditions =
            |kinds: &[&str]| kinds.iter().map(|kind| json!({"type": kind, "status": "True"})).collect::<Vec<_>>();
        check(
            "job status",
            json!({"status": {"conditions": conditions(&["SuccessCriteriaMet", "Complete"])}}),
            "Complete",
        );
        check("job status", json!({}), "Running");
        check("job completions", json!({"spec": {"completions": 2}, "status": {"succeeded": 1}}), "1/2");
        let run = json!({"startTime": "2026-01-01T00:00:00Z", "completionTime": "2026-01-01T00:03:05Z"});
        check("job duration", json!({"status": run}), "3m5s");
        check(
            "node roles",
            json!({"metadata": {"labels": {"node-role.kubernetes.io/control-plane": ""}}}),
            "control-plane",
        );
        check("node status", json!({"spec": {"unschedulable": true}}), "NotReady,SchedulingDisabled");
        let metric = json!({"type": "Resource", "resource": {"name": "cpu", "target": {"averageUtilization": 80}}});
        check("scaler -", json!({"spec": {"metrics": [metric]}}), "cpu: <unknown>/80%");
        let amounts = json!({"hard": {"cpu": "4", "limits.cpu": "8"}, "used": {"cpu": "1"}});
        check("quota requests", json!({"status": amounts}), "cpu: 1/4");
        check("quota limits", json!({"status": amounts}), "limits.cpu: 0/8");
        let subjects =
            json!([{"kind": "User", "name": "a"}, {"kind": "ServiceAccount", "namespace": "n", "name": "b"}]);
        check("subjects User", json!({"subjects": subjects}), "a");
        check("subjects ServiceAccount", json!({"subjects": subjects}), "n/b");
        check("nothing of ours", json!({}), "<unknown>");
    }
}
