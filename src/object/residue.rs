//! What the programs of a component make outside its own namespaces and never remove, as its module declares it. It
//! carries no label of ours and stands in no inventory; this declaration is what makes it the component's.

use std::collections::BTreeMap;

use super::Object;
use super::ObjectId;

/// Objects of one name that go when their component goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Residue {
    /// `Kind.group`, or `Kind` alone.
    pub kind: String,
    pub name: String,
    /// Empty: any namespace.
    pub namespace: String,
    /// Labels that the program puts on them.
    pub labels: BTreeMap<String, String>,
}

impl Residue {
    /// Whether an object is one of them.
    pub fn covers(&self, id: &ObjectId, object: &Object) -> bool {
        let labelled = |(key, value): (&String, &String)| object.label(key) == Some(value);
        id.group_kind() == self.kind
            && id.name == self.name
            && (self.namespace.is_empty() || id.namespace == self.namespace)
            && self.labels.iter().all(labelled)
    }

    /// The labels as a selector, as `key=value,other=value`.
    pub fn selector(&self) -> String {
        self.labels.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(",")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn name_place_and_labels_must_fit() {
        let labels: BTreeMap<String, String> = [("made-by".to_owned(), "x".to_owned())].into();
        let residue = |namespace: &str| Residue {
            kind: "ConfigMap".into(),
            name: "root".into(),
            namespace: namespace.into(),
            labels: labels.clone(),
        };
        let covers = |residue: Residue, name: &str, label: &str| {
            let metadata = json!({"name": name, "namespace": "a", "labels": {"made-by": label}});
            let object = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata});
            let object = Object::from_value(object).unwrap();
            residue.covers(&object.id(), &object)
        };
        assert!(covers(residue(""), "root", "x") && covers(residue("a"), "root", "x"));
        assert!(!covers(residue("b"), "root", "x") && !covers(residue(""), "other", "x"));
        assert!(!covers(residue(""), "root", "y"));
        assert_eq!(residue("").selector(), "made-by=x");
    }
}
