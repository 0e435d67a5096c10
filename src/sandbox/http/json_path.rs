//! JSON paths as kubectl and CRDs write them, and the text of what they find.

use serde_json::Value;

/// The values a JSON path of kubectl means: `.a.b`, `.a[0]`, `.a[*].b`, `.a['b.c']`, `.a[?(@.type=="x")].b`.
pub fn find<'a>(object: &'a Value, path: &str) -> Vec<&'a Value> {
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

/// A value as a table shows it; texts without quotes.
pub fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

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
}
