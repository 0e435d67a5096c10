//! Strategic merge patches: what is given is merged into what is there, null takes away, and lists whose schema says so
//! are merged item by item. Held against kubectl's answers.

use serde_json::Map;
use serde_json::Value;

use super::PatchError;
use crate::object::schema::ListType;
use crate::object::schema::Schema;
use crate::object::schema::library;

const PATCH: &str = "$patch";
const RETAIN: &str = "$retainKeys";
const DELETE: &str = "$deleteFromPrimitiveList/";
const ORDER: &str = "$setElementOrder/";

/// Merges patches into the objects of one kind.
#[derive(Clone, Copy, Debug)]
pub struct StrategicMerge<'a> {
    /// Without one, lists are replaced.
    pub schema: Option<&'a Schema>,
    /// Lists of custom kinds are merged as appliers share them; those of built-in kinds have rules of their own.
    pub by_list_type: bool,
}

/// How a list is merged.
enum Rule {
    Replace,
    /// By value.
    Set,
    /// By the values of these fields.
    Keyed(Vec<String>),
}

/// What a `$patch` asks for.
#[derive(Clone, Copy, PartialEq)]
enum Directive {
    Merge,
    Replace,
    Delete,
}

impl StrategicMerge<'_> {
    /// The object with a patch merged into it.
    pub fn merge(&self, object: &Value, patch: &Map<String, Value>) -> Result<Value, PatchError> {
        let empty = Map::new();
        let object = object.as_object().unwrap_or(&empty);
        // Schemas of custom kinds do not spell it out.
        let metadata = library::core("ObjectMeta");
        let mut root = self.schema.cloned().unwrap_or_default();
        root.properties.extend(metadata.map(|metadata| ("metadata".to_owned(), metadata)));
        self.map(Some(&root), object, patch, "").map(Value::Object)
    }

    fn map(
        &self,
        schema: Option<&Schema>,
        object: &Map<String, Value>,
        patch: &Map<String, Value>,
        path: &str,
    ) -> Result<Map<String, Value>, PatchError> {
        let fields = || patch.iter().filter(|(name, _)| !is_directive(name));
        match directive(patch, path)? {
            Directive::Replace => return Ok(fields().map(|(name, value)| (name.clone(), value.clone())).collect()),
            Directive::Delete => return Ok(Map::new()),
            Directive::Merge => {}
        }
        let mut merged = object.clone();
        if let Some(keys) = patch.get(RETAIN) {
            let keys = list(keys, &join(path, RETAIN))?;
            let is_kept = |name: &String| keys.iter().any(|key| key.as_str() == Some(name));
            if let Some((name, _)) = fields().find(|(name, _)| !is_kept(name)) {
                return Err(PatchError::new(join(path, name), format!("is set, and not among its {RETAIN}")));
            }
            merged.retain(|name, _| is_kept(name));
        }
        for (name, gone) in with_prefix(patch, DELETE) {
            let gone = list(gone, &join(path, &format!("{DELETE}{name}")))?;
            if let Some(Value::Array(items)) = merged.get_mut(name) {
                items.retain(|item| !gone.contains(item));
            }
        }
        for (name, value) in fields() {
            if value.is_null() {
                merged.shift_remove(name);
                continue;
            }
            let field = schema.and_then(|schema| schema.field(name)).map(AsRef::as_ref);
            let order = patch.get(&format!("{ORDER}{name}"));
            let next = self.field(field, merged.get(name), value, order, &join(path, name))?;
            merged.insert(name.clone(), next);
        }
        for (name, order) in with_prefix(patch, ORDER).filter(|(name, _)| !patch.contains_key(*name)) {
            let field = schema.and_then(|schema| schema.field(name)).map(AsRef::as_ref);
            let order = list(order, &join(path, &format!("{ORDER}{name}")))?;
            if let Some(Value::Array(items)) = merged.get_mut(name) {
                let keys = self.rule(field).keys();
                let before = items.clone();
                *items = in_order(std::mem::take(items), order, &before, &keys);
            }
        }
        Ok(merged)
    }

    fn field(
        &self,
        schema: Option<&Schema>,
        there: Option<&Value>,
        value: &Value,
        order: Option<&Value>,
        path: &str,
    ) -> Result<Value, PatchError> {
        match value {
            Value::Object(_) if schema.and_then(|schema| schema.patch.as_deref()).is_some_and(|rule| rule.replace) => {
                Ok(value.clone())
            }
            Value::Object(patch) => {
                let empty = Map::new();
                let object = there.and_then(Value::as_object).unwrap_or(&empty);
                self.map(schema, object, patch, path).map(Value::Object)
            }
            Value::Array(items) => {
                let empty = Vec::new();
                let there = there.and_then(Value::as_array).unwrap_or(&empty);
                let rule = self.rule(schema);
                let merged = match &rule {
                    Rule::Replace => self.replaced(schema, items, path)?,
                    Rule::Set => {
                        let new = items.iter().filter(|item| !there.contains(item));
                        there.iter().chain(new).cloned().collect()
                    }
                    Rule::Keyed(keys) => match self.items(schema, there, items, keys, path)? {
                        Merged::Whole(items) => return Ok(Value::Array(items)),
                        Merged::Parts(items) => items,
                    },
                };
                if matches!(rule, Rule::Replace) {
                    return Ok(Value::Array(merged));
                }
                let order = order.map(|order| list(order, path)).transpose()?;
                Ok(Value::Array(in_order(merged, order.unwrap_or(items), there, &rule.keys())))
            }
            value => Ok(value.clone()),
        }
    }

    /// The items of a list that is replaced, without what is only for merging.
    fn replaced(&self, schema: Option<&Schema>, items: &[Value], path: &str) -> Result<Vec<Value>, PatchError> {
        let schema = schema.and_then(|schema| schema.items.as_deref());
        let item = |(at, item): (usize, &Value)| self.field(schema, None, item, None, &format!("{path}[{at}]"));
        items.iter().enumerate().map(item).collect()
    }

    fn items(
        &self,
        schema: Option<&Schema>,
        there: &[Value],
        patch: &[Value],
        keys: &[String],
        path: &str,
    ) -> Result<Merged, PatchError> {
        let schema = schema.and_then(|schema| schema.items.as_deref());
        let at = |at: usize| format!("{path}[{at}]");
        let mut wanted: Vec<(Directive, &Map<String, Value>, usize)> = Vec::new();
        for (index, item) in patch.iter().enumerate() {
            let Some(item) = item.as_object() else {
                return Err(PatchError::new(at(index), "must be an object, as the items of this list are"));
            };
            wanted.push((directive(item, &at(index))?, item, index));
        }
        if wanted.iter().any(|(directive, ..)| *directive == Directive::Replace) {
            let kept = wanted.iter().filter(|(directive, ..)| *directive == Directive::Merge);
            let kept = kept.map(|(_, item, index)| self.map(schema, &Map::new(), item, &at(*index)).map(Value::Object));
            return kept.collect::<Result<_, _>>().map(Merged::Whole);
        }
        let mut merged = there.to_vec();
        for (directive, item, index) in wanted {
            let key = key_of(item, keys, schema).ok_or_else(|| {
                PatchError::new(
                    at(index),
                    format!("needs \"{}\", by which its items are told apart", keys.join("\", \"")),
                )
            })?;
            let is_meant =
                |there: &Value| there.as_object().and_then(|there| key_of(there, keys, schema)).as_ref() == Some(&key);
            let place = merged.iter().position(is_meant);
            match (directive, place) {
                (Directive::Delete, _) => merged.retain(|there| !is_meant(there)),
                (_, Some(place)) => {
                    let empty = Map::new();
                    let object = merged[place].as_object().unwrap_or(&empty);
                    let next = self.map(schema, object, item, &at(index))?;
                    merged[place] = Value::Object(next);
                }
                (_, None) => merged.push(self.map(schema, &Map::new(), item, &at(index)).map(Value::Object)?),
            }
        }
        Ok(Merged::Parts(merged))
    }

    fn rule(&self, schema: Option<&Schema>) -> Rule {
        let Some(schema) = schema else { return Rule::Replace };
        match (schema.patch.as_deref(), &schema.list_type) {
            (Some(rule), _) if rule.merge && rule.merge_key.is_empty() => Rule::Set,
            (Some(rule), _) if rule.merge => Rule::Keyed(vec![rule.merge_key.clone()]),
            (None, Some(ListType::Map(keys))) if self.by_list_type => Rule::Keyed(keys.clone()),
            (None, Some(ListType::Set)) if self.by_list_type => Rule::Set,
            _ => Rule::Replace,
        }
    }
}

impl Rule {
    /// Empty where items are told apart by their values.
    fn keys(&self) -> Vec<String> {
        match self {
            Rule::Keyed(keys) => keys.clone(),
            Rule::Replace | Rule::Set => Vec::new(),
        }
    }
}

enum Merged {
    /// In place of all that was there, as it is.
    Whole(Vec<Value>),
    /// Still to be put in order.
    Parts(Vec<Value>),
}

fn is_directive(name: &str) -> bool {
    name == PATCH || name == RETAIN || name.starts_with(DELETE) || name.starts_with(ORDER)
}

fn directive(patch: &Map<String, Value>, path: &str) -> Result<Directive, PatchError> {
    match patch.get(PATCH).map(Value::as_str) {
        None | Some(Some("merge")) => Ok(Directive::Merge),
        Some(Some("replace")) => Ok(Directive::Replace),
        Some(Some("delete")) => Ok(Directive::Delete),
        Some(_) => Err(PatchError::new(join(path, PATCH), "must be \"merge\", \"replace\" or \"delete\"")),
    }
}

/// The directives about fields, by the field's name.
fn with_prefix<'p>(patch: &'p Map<String, Value>, prefix: &'static str) -> impl Iterator<Item = (&'p str, &'p Value)> {
    patch.iter().filter_map(move |(name, value)| Some((name.strip_prefix(prefix)?, value)))
}

fn list<'v>(value: &'v Value, path: &str) -> Result<&'v Vec<Value>, PatchError> {
    value.as_array().ok_or_else(|| PatchError::new(path, "must be a list"))
}

/// What an item is told by. A key that it leaves out has its default.
fn key_of(item: &Map<String, Value>, keys: &[String], schema: Option<&Schema>) -> Option<Vec<Value>> {
    let default = |key: &str| schema.and_then(|schema| schema.field(key)).and_then(|field| field.default.clone());
    keys.iter().map(|key| item.get(key).filter(|value| !value.is_null()).cloned().or_else(|| default(key))).collect()
}

/// Puts what a patch names in the order in which it names it. The rest keeps its own order, and stands before an item of the
/// patch only where both were there in that order.
fn in_order(items: Vec<Value>, named: &[Value], before: &[Value], keys: &[String]) -> Vec<Value> {
    let id = |item: &Value| match item.as_object() {
        Some(map) if !keys.is_empty() => keys.iter().map(|key| map.get(key).cloned().unwrap_or_default()).collect(),
        _ => vec![item.clone()],
    };
    let named: Vec<Vec<Value>> = named.iter().map(id).collect();
    let before: Vec<Vec<Value>> = before.iter().map(id).collect();
    let place = |list: &[Vec<Value>], item: &Value| {
        let id = id(item);
        list.iter().position(|known| *known == id)
    };
    let (mut first, rest): (Vec<Value>, Vec<Value>) = items.into_iter().partition(|item| place(&named, item).is_some());
    first.sort_by_key(|item| place(&named, item));
    let mut ordered = Vec::with_capacity(first.len() + rest.len());
    let mut rest = rest.into_iter().peekable();
    for item in first {
        let stood = place(&before, &item);
        while let Some(other) = rest.next_if(|other| stood.is_some() && place(&before, other) < stood) {
            ordered.push(other);
        }
        ordered.push(item);
    }
    ordered.extend(rest);
    ordered
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::object::Object;
    use crate::object::schema::schema_from_notation;

    /// What `kubectl patch --local` makes of the same objects.
    #[test]
    fn merges_as_kubectl_does() {
        let cases: Value = serde_json::from_str(include_str!("kubectl.json")).expect("JSON");
        let mut seen = 0;
        for case in cases["cases"].as_array().expect("cases") {
            let object = &cases["objects"][case["object"].as_str().expect("a name")];
            let gvk = Object::from_value(object.clone()).expect("an object").gvk();
            let schema = library::kind(&gvk).expect("a kind");
            let merge = StrategicMerge { schema: Some(&schema), by_list_type: false };
            let merged = merge.merge(object, case["patch"].as_object().expect("a patch"));
            assert_eq!(merged.is_err(), case["refused"] == true, "{}: {merged:?}", case["name"]);
            if let Ok(merged) = merged {
                assert_eq!(merged, case["expected"], "{}", case["name"]);
            }
            seen += 1;
        }
        assert!(seen > 30, "{seen}");
    }

    #[test]
    fn lists_of_custom_kinds_merge_by_their_type() {
        let mut schema = schema_from_notation(
            &json!({"spec": {"parts": [{"name": "string", "size": "integer"}], "words": ["string"], "plain": [{"name": "string"}]}}),
            "",
        )
        .expect("a schema");
        let mut spec = (**schema.field("spec").expect("a field")).clone();
        for (field, list_type) in [("parts", ListType::Map(vec!["name".into()])), ("words", ListType::Set)] {
            let mut list = (*spec.properties[field]).clone();
            list.list_type = Some(list_type);
            spec.properties.insert(field.into(), list.into());
        }
        schema.properties.insert("spec".into(), spec.into());
        let object = json!({"metadata": {"finalizers": ["a"]}, "spec": {"parts": [{"name": "a", "size": 1}],
            "words": ["x"], "plain": [{"name": "a"}]}});
        let patch = json!({"metadata": {"finalizers": ["b"]}, "spec": {"parts": [{"name": "a", "size": 2}, {"name": "b"}],
            "words": ["x", "y"], "plain": [{"name": "b"}]}});
        let merged = |schema, by_list_type| {
            let merge = StrategicMerge { schema, by_list_type };
            merge.merge(&object, patch.as_object().expect("a patch")).expect("it merges")
        };
        let expected = json!({"metadata": {"finalizers": ["b", "a"]}, "spec": {"parts": [{"name": "a", "size": 2}, {"name": "b"}],
            "words": ["x", "y"], "plain": [{"name": "b"}]}});
        assert_eq!(merged(Some(&schema), true), expected);
        assert_eq!(merged(None, true)["spec"]["parts"], patch["spec"]["parts"]);
        let lone = json!({"spec": {"parts": [{"size": 3}]}});
        let merge = StrategicMerge { schema: Some(&schema), by_list_type: true };
        let refused = merge.merge(&object, lone.as_object().expect("a patch")).expect_err("it has no name");
        assert_eq!(refused.to_string(), "spec.parts[0]: needs \"name\", by which its items are told apart");
    }
}
