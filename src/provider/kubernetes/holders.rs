//! Finds what keeps a namespace from going.

use std::collections::BTreeSet;

use futures::StreamExt;
use futures::stream;
use serde_json::Value;

use super::Cluster;
use super::Resource;
use crate::object::Object;

/// So many objects are named; the others are counted.
const NAMED: usize = 10;

impl Cluster {
    /// What holds a namespace that is being deleted: a line for each object that a finalizer keeps, as
    /// `Widget.example.com alice/one is held by example.com/cleanup`. What may not be listed is left out.
    pub async fn holders(&self, namespace: &Object) -> Vec<String> {
        let Ok(kinds) = self.kinds().await else { return Vec::new() };
        if !namespace.is_deleting() {
            return Vec::new();
        }
        let told = told_kinds(namespace);
        let mut seen = BTreeSet::new();
        let of_interest = |resource: &&Resource| {
            let listable = resource.namespaced && resource.verbs.iter().any(|verb| verb == "list");
            listable && (told.is_empty() || told.contains(&resource.group_plural()))
        };
        // The preferred version comes first.
        let asked: Vec<Resource> =
            kinds.iter().filter(of_interest).filter(|kind| seen.insert(kind.group_plural())).cloned().collect();
        let lists = stream::iter(asked.into_iter().map(|resource| async move {
            let listed = self.list_metadata(&resource, namespace.name(), "").await;
            listed.map(|(objects, _)| objects.iter().filter_map(|object| held(&resource, object)).collect::<Vec<_>>())
        }));
        let found: Vec<_> = lists.buffer_unordered(self.at_once).collect().await;
        let mut lines: Vec<String> = found.into_iter().flatten().flatten().collect();
        lines.sort();
        let more = lines.len().saturating_sub(NAMED);
        lines.truncate(NAMED);
        if more > 0 {
            lines.push(format!("and {more} more"));
        }
        lines
    }
}

/// Plurals with groups that the namespace's own status names, as `widgets.example.com has 1 resource instances`.
fn told_kinds(namespace: &Object) -> BTreeSet<String> {
    let conditions = namespace.get("/status/conditions").and_then(Value::as_array).into_iter().flatten();
    let messages = conditions.filter(|c| c["type"] == "NamespaceContentRemaining" && c["status"] == "True");
    let words: Vec<&str> = messages.filter_map(|c| c["message"].as_str()).flat_map(str::split_whitespace).collect();
    let named = words.windows(2).filter(|pair| pair[1] == "has");
    // Kinds of the core group end in a dot.
    named.map(|pair| pair[0].trim_end_matches('.').to_owned()).collect()
}

fn held(resource: &Resource, object: &Object) -> Option<String> {
    let finalizers = object.get("/metadata/finalizers").and_then(Value::as_array)?;
    let names: Vec<&str> = finalizers.iter().filter_map(Value::as_str).collect();
    let id = resource.id(object.namespace(), object.name());
    (!names.is_empty()).then(|| format!("{id} is held by {}", names.join(", ")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn kinds_that_a_namespace_tells_of() {
        let told = |message: &str| {
            let value = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a"}, "status": {"conditions":
                [{"type": "NamespaceContentRemaining", "status": "True", "message": message}]}});
            told_kinds(&Object::from_value(value).unwrap()).into_iter().collect::<Vec<_>>().join(" ")
        };
        let two = "Some resources are remaining: pods. has 2 resource instances, widgets.x.io has 1 resource instances";
        assert_eq!(told(two), "pods widgets.x.io");
        assert_eq!(told("something else"), "");
    }
}
