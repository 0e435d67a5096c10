//! A set of fields: what `fieldsV1` of a managedFields entry says. Knows nothing of schemas or owners.

use std::collections::BTreeMap;

use serde_json::Map;
use serde_json::Value;

use super::element;

/// A set of paths, as a tree. A path may be a member and have members below it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldSet {
    nodes: BTreeMap<String, Node>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Node {
    member: bool,
    below: FieldSet,
}

impl FieldSet {
    /// Reads `fieldsV1`. What is no field set counts as empty.
    pub fn from_json(json: &Value) -> Self {
        let mut set = Self::default();
        for (name, below) in json.as_object().into_iter().flatten().filter(|(name, _)| *name != ".") {
            let children = Self::from_json(below);
            let member = children.nodes.is_empty() || below.get(".").is_some();
            set.nodes.insert(name.clone(), Node { member, below: children });
        }
        set
    }

    /// As `fieldsV1`.
    pub fn to_json(&self) -> Value {
        let mut map = Map::new();
        for (name, node) in &self.nodes {
            let mut below = node.below.to_json();
            if node.member
                && !node.below.nodes.is_empty()
                && let Some(below) = below.as_object_mut()
            {
                let rest = std::mem::take(below);
                below.insert(".".into(), Value::Object(Map::new()));
                below.extend(rest);
            }
            map.insert(name.clone(), below);
        }
        Value::Object(map)
    }

    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Makes the path `name` a member.
    pub fn insert(&mut self, name: String) {
        self.nodes.entry(name).or_default().member = true;
    }

    /// Adds the members below `name`.
    pub fn insert_below(&mut self, name: String, below: FieldSet) {
        if !below.is_empty() {
            let node = self.nodes.entry(name).or_default();
            node.below = std::mem::take(&mut node.below).union(&below);
        }
    }

    /// Whether the path `name` itself is a member.
    pub fn has(&self, name: &str) -> bool {
        self.nodes.get(name).is_some_and(|node| node.member)
    }

    /// The members below `name`.
    pub fn below(&self, name: &str) -> Option<&FieldSet> {
        self.nodes.get(name).map(|node| &node.below).filter(|below| !below.is_empty())
    }

    /// Whether there is anything at or below `name`.
    pub fn touches(&self, name: &str) -> bool {
        self.nodes.contains_key(name)
    }

    pub fn union(mut self, other: &Self) -> Self {
        for (name, node) in &other.nodes {
            match self.nodes.get_mut(name) {
                Some(own) => {
                    own.member |= node.member;
                    own.below = std::mem::take(&mut own.below).union(&node.below);
                }
                None => {
                    self.nodes.insert(name.clone(), node.clone());
                }
            }
        }
        self
    }

    pub fn difference(&self, other: &Self) -> Self {
        self.combine(other, |own, theirs| own && !theirs, |own, theirs| own.difference(theirs), true)
    }

    pub fn intersection(&self, other: &Self) -> Self {
        self.combine(other, |own, theirs| own && theirs, |own, theirs| own.intersection(theirs), false)
    }

    /// Without the paths at and below the members of `other`.
    pub fn without(&self, other: &Self) -> Self {
        let mut nodes = BTreeMap::new();
        for (name, node) in &self.nodes {
            match other.nodes.get(name) {
                Some(theirs) if theirs.member && theirs.below.is_empty() => {}
                Some(theirs) => {
                    let below = node.below.without(&theirs.below);
                    let member = node.member && !theirs.member;
                    if member || !below.is_empty() {
                        nodes.insert(name.clone(), Node { member, below });
                    }
                }
                None => {
                    nodes.insert(name.clone(), node.clone());
                }
            }
        }
        Self { nodes }
    }

    /// Every member as a displayed path, parents first.
    pub fn paths(&self) -> Vec<String> {
        let mut out = Vec::new();
        self.visit(&mut Vec::new(), &mut out);
        out
    }

    fn visit(&self, path: &mut Vec<String>, out: &mut Vec<String>) {
        for (name, node) in &self.nodes {
            path.push(name.clone());
            if node.member {
                out.push(element::display(path));
            }
            node.below.visit(path, out);
            path.pop();
        }
    }

    fn combine(
        &self,
        other: &Self,
        member: impl Fn(bool, bool) -> bool,
        below: impl Fn(&Self, &Self) -> Self,
        keep_alone: bool,
    ) -> Self {
        let mut nodes = BTreeMap::new();
        for (name, node) in &self.nodes {
            match other.nodes.get(name) {
                Some(theirs) => {
                    let node =
                        Node { member: member(node.member, theirs.member), below: below(&node.below, &theirs.below) };
                    if node.member || !node.below.is_empty() {
                        nodes.insert(name.clone(), node);
                    }
                }
                None if keep_alone => {
                    nodes.insert(name.clone(), node.clone());
                }
                None => {}
            }
        }
        Self { nodes }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_writes_and_reckons() {
        let json = json!({"f:metadata": {"f:labels": {".": {}, "f:a": {}}}, "f:spec": {"f:ports": {"k:{\"port\":80}": {".": {}, "f:port": {}}}}});
        let set = FieldSet::from_json(&json);
        assert_eq!(set.to_json(), json);
        assert_eq!(
            set.paths(),
            [".metadata.labels", ".metadata.labels.a", ".spec.ports[port=80]", ".spec.ports[port=80].port"]
        );
        let label = FieldSet::from_json(&json!({"f:metadata": {"f:labels": {"f:a": {}}}}));
        assert_eq!(set.intersection(&label), label);
        let rest = set.difference(&label);
        assert_eq!(rest.paths(), [".metadata.labels", ".spec.ports[port=80]", ".spec.ports[port=80].port"]);
        assert_eq!(rest.union(&label), set);
        assert_eq!(
            set.without(&FieldSet::from_json(&json!({"f:spec": {}}))).paths(),
            [".metadata.labels", ".metadata.labels.a"]
        );
    }
}
