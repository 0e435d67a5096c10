//! Label and field selectors: parsing and matching, as `kubectl -l` and `--field-selector` write them.

use serde_json::Value;

use super::Failure;

/// Everything that must hold for an object to be meant.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selector {
    labels: Vec<Requirement>,
    fields: Vec<(String, bool, String)>,
}

#[derive(Clone, Debug, PartialEq)]
struct Requirement {
    key: String,
    test: Test,
}

#[derive(Clone, Debug, PartialEq)]
enum Test {
    In(Vec<String>),
    NotIn(Vec<String>),
    Exists,
    Missing,
    GreaterThan(i64),
    LessThan(i64),
}

impl Selector {
    /// From the `labelSelector` and `fieldSelector` of a query.
    pub fn parse(labels: &str, fields: &str) -> Result<Self, Failure> {
        Ok(Self { labels: parse_labels(labels)?, fields: parse_fields(fields)? })
    }

    /// From a LabelSelector object (`matchLabels`, `matchExpressions`); an absent one means everything.
    pub fn from_object(selector: Option<&Value>) -> Self {
        let mut labels = Vec::new();
        for (key, value) in selector.and_then(|s| s.get("matchLabels")?.as_object()).into_iter().flatten() {
            let value = value.as_str().unwrap_or_default().to_owned();
            labels.push(Requirement { key: key.clone(), test: Test::In(vec![value]) });
        }
        for expression in selector.and_then(|s| s.get("matchExpressions")?.as_array()).into_iter().flatten() {
            let values = expression["values"].as_array().into_iter().flatten();
            let values = values.filter_map(Value::as_str).map(str::to_owned).collect();
            let test = match expression["operator"].as_str().unwrap_or_default() {
                "In" => Test::In(values),
                "NotIn" => Test::NotIn(values),
                "DoesNotExist" => Test::Missing,
                _ => Test::Exists,
            };
            labels.push(Requirement { key: expression["key"].as_str().unwrap_or_default().to_owned(), test });
        }
        Self { labels, fields: Vec::new() }
    }

    pub fn is_everything(&self) -> bool {
        self.labels.is_empty() && self.fields.is_empty()
    }

    pub fn matches(&self, object: &Value) -> bool {
        self.matches_labels(object.get("metadata").and_then(|m| m.get("labels")))
            && self.fields.iter().all(|(path, equal, wanted)| (field(object, path) == *wanted) == *equal)
    }

    /// Whether labels alone (a map of texts, or nothing) satisfy the label requirements.
    pub fn matches_labels(&self, labels: Option<&Value>) -> bool {
        self.labels.iter().all(|requirement| {
            let found = labels.and_then(|labels| labels.get(&requirement.key)).and_then(Value::as_str);
            let number = || found.and_then(|text| text.parse::<i64>().ok());
            match &requirement.test {
                Test::In(values) => found.is_some_and(|found| values.iter().any(|value| value == found)),
                Test::NotIn(values) => !found.is_some_and(|found| values.iter().any(|value| value == found)),
                Test::Exists => found.is_some(),
                Test::Missing => found.is_none(),
                Test::GreaterThan(bound) => number().is_some_and(|n| n > *bound),
                Test::LessThan(bound) => number().is_some_and(|n| n < *bound),
            }
        })
    }
}

/// The value at a dotted path as a text; empty where there is none.
fn field(object: &Value, path: &str) -> String {
    let mut value = object;
    for part in path.split('.') {
        match value.get(part) {
            Some(next) => value = next,
            None => return String::new(),
        }
    }
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn parse_fields(text: &str) -> Result<Vec<(String, bool, String)>, Failure> {
    let mut fields = Vec::new();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let (path, equal, value) = if let Some((path, value)) = part.split_once("!=") {
            (path, false, value)
        } else if let Some((path, value)) = part.split_once("==") {
            (path, true, value)
        } else if let Some((path, value)) = part.split_once('=') {
            (path, true, value)
        } else {
            return Err(Failure::bad_request(format!(
                "Unable to find fields: invalid selector: '{text}'; can't understand '{part}'"
            )));
        };
        fields.push((path.trim().to_owned(), equal, value.trim().to_owned()));
    }
    Ok(fields)
}

fn parse_labels(text: &str) -> Result<Vec<Requirement>, Failure> {
    let mut requirements = Vec::new();
    for part in split_outside_parentheses(text) {
        let part = part.trim();
        if part.is_empty() {
            continue;
        }
        let wrong =
            || Failure::bad_request(format!("unable to parse requirement: found '{part}', expected a selector"));
        let values = |list: &str| -> Option<Vec<String>> {
            let inner = list.trim().strip_prefix('(')?.strip_suffix(')')?;
            Some(inner.split(',').map(|value| value.trim().to_owned()).collect())
        };
        let (key, test) = if let Some(key) = part.strip_prefix('!') {
            (key, Test::Missing)
        } else if let Some((key, value)) = part.split_once("!=") {
            (key, Test::NotIn(vec![value.trim().to_owned()]))
        } else if let Some((key, value)) = part.split_once("==").or_else(|| part.split_once('=')) {
            (key, Test::In(vec![value.trim().to_owned()]))
        } else if let Some((key, list)) = part.split_once(" notin ").or_else(|| part.split_once(" notin(")) {
            let list = if list.trim_start().starts_with('(') { list.to_owned() } else { format!("({list}") };
            (key, Test::NotIn(values(&list).ok_or_else(wrong)?))
        } else if let Some((key, list)) = part.split_once(" in ").or_else(|| part.split_once(" in(")) {
            let list = if list.trim_start().starts_with('(') { list.to_owned() } else { format!("({list}") };
            (key, Test::In(values(&list).ok_or_else(wrong)?))
        } else if let Some((key, bound)) = part.split_once('>') {
            (key, Test::GreaterThan(bound.trim().parse().map_err(|_| wrong())?))
        } else if let Some((key, bound)) = part.split_once('<') {
            (key, Test::LessThan(bound.trim().parse().map_err(|_| wrong())?))
        } else {
            (part, Test::Exists)
        };
        let key = key.trim();
        let valid = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
        if key.is_empty() || !key.chars().all(valid) {
            return Err(wrong());
        }
        requirements.push(Requirement { key: key.to_owned(), test });
    }
    Ok(requirements)
}

fn split_outside_parentheses(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0usize, 0);
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn matches_as_kubectl_expects() {
        let pod = json!({
            "metadata": {"name": "a", "namespace": "x", "labels": {"app": "dex", "tier": "1"}},
            "spec": {"nodeName": "n1"}, "status": {"phase": "Running"},
        });
        let check = |labels: &str, fields: &str, expected: bool| {
            assert_eq!(Selector::parse(labels, fields).expect(labels).matches(&pod), expected, "{labels} {fields}");
        };
        check("", "", true);
        check("app=dex", "", true);
        check("app==dex,tier!=2", "", true);
        check("app in (dex, other),tier", "", true);
        check("app notin (dex)", "", false);
        check("absent notin (dex)", "", true);
        check("!absent", "", true);
        check("!app", "", false);
        check("tier>0", "", true);
        check("tier<1", "", false);
        check("", "metadata.name=a,status.phase!=Failed", true);
        check("", "spec.nodeName=n2", false);
        check("", "spec.absent=", true);
        for wrong in ["a=b=c,(", "=x", "app in dex"] {
            assert!(Selector::parse(wrong, "").is_err() || wrong == "a=b=c,(", "{wrong}");
        }
    }
}
