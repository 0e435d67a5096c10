//! Label selectors, as Kubernetes evaluates them (`k8s.io/apimachinery/pkg/labels`, 1.31): read from objects or from the text
//! of a query, written as the text of a query. Field selectors are not here.

use std::fmt;

use serde_json::Map;
use serde_json::Value;

use super::Object;
use super::kinds;
use super::kinds::Class;

/// What labels must be like. Without requirements it selects everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector(Vec<Requirement>);

/// What the label of one key must be like.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Requirement {
    key: String,
    operator: Operator,
    values: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    In,
    NotIn,
    Exists,
    DoesNotExist,
    /// A word that no server knows: nothing is selected.
    Unknown,
}

impl Selector {
    /// A LabelSelector: `matchLabels` and `matchExpressions`. One that is missing or empty selects everything.
    pub fn of(selector: &Value) -> Self {
        let labels = selector.get("matchLabels").and_then(Value::as_object);
        let mut found = labels.map(Self::of_labels).unwrap_or_default();
        let expressions = selector.get("matchExpressions").and_then(Value::as_array);
        found.0.extend(expressions.into_iter().flatten().map(Requirement::of));
        found
    }

    /// A map of labels that must be there, as a Service has it.
    pub fn of_labels(labels: &Map<String, Value>) -> Self {
        let equal = |(key, value): (&String, &Value)| Requirement {
            key: key.clone(),
            operator: Operator::In,
            values: value.as_str().map(str::to_owned).into_iter().collect(),
        };
        Self(labels.iter().map(equal).collect())
    }

    /// What selects the pods of a Service or of what makes pods; `None` where nothing is selected, as by a Service without
    /// selector, and for other kinds: a claim selects volumes.
    pub fn of_pods(object: &Object) -> Option<Self> {
        let selector = object.get("/spec/selector")?;
        let is_plain = matches!(object.kind(), "Service" | "ReplicationController");
        if !is_plain && kinds::class(&object.id()) != Class::Workload {
            return None;
        }
        let found = if is_plain { selector.as_object().map(Self::of_labels)? } else { Self::of(selector) };
        (!found.0.is_empty()).then_some(found)
    }

    /// The labels that must be equal, in the text of a query: `a=1,b=2`, `a`.
    pub fn of_text(text: &str) -> Self {
        let terms = text.split(',').map(str::trim).filter(|term| !term.is_empty());
        let requirement = |term: &str| match term.split_once('=') {
            Some((key, value)) => {
                let value = value.trim_start_matches('=').trim().to_owned();
                Requirement { key: key.trim().to_owned(), operator: Operator::In, values: vec![value] }
            }
            None => Requirement { key: term.to_owned(), operator: Operator::Exists, values: Vec::new() },
        };
        Self(terms.map(requirement).collect())
    }

    /// Whether it selects labels that are looked up.
    pub fn matches<'a>(&self, label: impl Fn(&str) -> Option<&'a str>) -> bool {
        self.0.iter().all(|requirement| requirement.holds(label(&requirement.key)))
    }

    /// Whether it selects metadata with these labels.
    pub fn selects(&self, labels: Option<&Map<String, Value>>) -> bool {
        self.matches(|key| labels?.get(key)?.as_str())
    }

    /// Whether it selects an object.
    pub fn selects_object(&self, object: &Object) -> bool {
        self.matches(|key| object.label(key))
    }
}

impl Requirement {
    fn of(expression: &Value) -> Self {
        let text = |key: &str| expression.get(key).and_then(Value::as_str).unwrap_or_default();
        let values = expression.get("values").and_then(Value::as_array).into_iter().flatten();
        let operator = match text("operator") {
            "In" => Operator::In,
            "NotIn" => Operator::NotIn,
            "Exists" => Operator::Exists,
            "DoesNotExist" => Operator::DoesNotExist,
            _ => Operator::Unknown,
        };
        let values = values.filter_map(Value::as_str).map(str::to_owned).collect();
        Self { key: text("key").to_owned(), operator, values }
    }

    fn holds(&self, label: Option<&str>) -> bool {
        let is_in = || label.is_some_and(|label| self.values.iter().any(|value| value == label));
        match self.operator {
            Operator::In => is_in(),
            Operator::NotIn => !is_in(),
            Operator::Exists => label.is_some(),
            Operator::DoesNotExist => label.is_none(),
            Operator::Unknown => false,
        }
    }
}

/// As the query `labelSelector` takes it.
impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, Requirement { key, operator, values }) in self.0.iter().enumerate() {
            f.write_str(if number > 0 { "," } else { "" })?;
            match (operator, values.as_slice()) {
                (Operator::In, [value]) => write!(f, "{key}={value}")?,
                (Operator::In, values) => write!(f, "{key} in ({})", values.join(","))?,
                (Operator::NotIn, values) => write!(f, "{key} notin ({})", values.join(","))?,
                (Operator::Exists, _) => f.write_str(key)?,
                (Operator::DoesNotExist, _) => write!(f, "!{key}")?,
                // What no server knows selects nothing there either.
                (Operator::Unknown, _) => write!(f, "{key},!{key}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Of the label sets `a=1`, `a=2`, `b=1` and none, those that are selected.
    fn selected(selector: &Selector) -> Vec<&'static str> {
        let sets =
            [("a=1", json!({"a": "1"})), ("a=2", json!({"a": "2"})), ("b=1", json!({"b": "1"})), ("", json!({}))];
        sets.iter().filter(|(_, labels)| selector.selects(labels.as_object())).map(|(name, _)| *name).collect()
    }

    #[test]
    fn selects_as_a_server_does() {
        let check = |selector: Value, text: &str, expected: &[&str]| {
            let selector = Selector::of(&selector);
            assert_eq!(selector.to_string(), text);
            assert_eq!(selected(&selector), expected, "{text}");
        };
        check(json!({}), "", &["a=1", "a=2", "b=1", ""]);
        check(json!({"matchLabels": {"a": "1"}}), "a=1", &["a=1"]);
        let expression = |operator: &str, values: Value| json!({"matchExpressions": [{"key": "a", "operator": operator, "values": values}]});
        check(expression("In", json!(["1", "2"])), "a in (1,2)", &["a=1", "a=2"]);
        check(expression("NotIn", json!(["1"])), "a notin (1)", &["a=2", "b=1", ""]);
        check(expression("Exists", json!([])), "a", &["a=1", "a=2"]);
        check(expression("DoesNotExist", json!([])), "!a", &["b=1", ""]);
        check(expression("Gt", json!(["1"])), "a,!a", &[]);
        check(
            json!({"matchLabels": {"a": "1"}, "matchExpressions": [{"key": "b", "operator": "Exists"}]}),
            "a=1,b",
            &[],
        );
    }

    #[test]
    fn reads_the_text_of_a_query() {
        assert_eq!(selected(&Selector::of_text("a=1")), ["a=1"]);
        assert_eq!(selected(&Selector::of_text("a==1 ")), ["a=1"]);
        assert_eq!(selected(&Selector::of_text("a")), ["a=1", "a=2"]);
        assert_eq!(selected(&Selector::of_text("a=1,b=2")), Vec::<&str>::new());
    }

    #[test]
    fn pods_are_selected_by_whoever_has_a_selector() {
        let of = |kind: &str, selector: Value| {
            let object = json!({"apiVersion": if kind == "Deployment" { "apps/v1" } else { "v1" }, "kind": kind, "metadata": {"name": "x"}, "spec": {"selector": selector}});
            Selector::of_pods(&Object::from_value(object).unwrap()).map(|selector| selector.to_string())
        };
        assert_eq!(of("Service", json!({"app": "x"})).as_deref(), Some("app=x"));
        assert_eq!(of("Deployment", json!({"matchLabels": {"app": "x"}})).as_deref(), Some("app=x"));
        assert_eq!(of("Service", json!({})), None);
        assert_eq!(of("PersistentVolumeClaim", json!({"matchLabels": {"app": "x"}})), None);
    }
}
