//! What becomes of objects that nobody wants to touch: the same before and after, compared by identity. Pure.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::object::Object;
use crate::object::ObjectId;
use crate::object::field_path::FieldStep;
use crate::object::field_path::differing;
use crate::object::normalize;

/// What became of each.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fates {
    /// The same object, with the same content.
    pub kept: usize,
    /// The same object, with the fields that differ.
    pub changed: Vec<(ObjectId, Vec<String>)>,
    /// Another object of the same name: what it held is lost.
    pub anew: Vec<ObjectId>,
    pub gone: Vec<ObjectId>,
}

/// As much of an object as is compared, in little room.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Likeness {
    uid: String,
    content: String,
}

/// What a server keeps of itself and the status, which controllers write all the time, are not in it.
pub fn likeness(object: &Object) -> Likeness {
    let mut content = object.clone();
    for field in normalize::SERVER_METADATA {
        content.metadata_mut().remove(*field);
    }
    // The version it is read in is the server's to choose.
    content.as_map_mut().retain(|field, _| !matches!(field.as_str(), "status" | "apiVersion"));
    Likeness { uid: object.uid().to_owned(), content: content.into_value().to_string() }
}

/// Compares objects with what is there of them afterwards.
pub fn fates(before: &BTreeMap<ObjectId, Likeness>, after: &BTreeMap<ObjectId, Likeness>) -> Fates {
    let mut fates = Fates::default();
    for (id, old) in before {
        let Some(new) = after.get(id) else {
            fates.gone.push(id.clone());
            continue;
        };
        if old.uid != new.uid {
            fates.anew.push(id.clone());
            continue;
        }
        let fields = if old.content == new.content { Vec::new() } else { fields(old, new) };
        match fields.is_empty() {
            true => fates.kept += 1,
            false => fates.changed.push((id.clone(), fields)),
        }
    }
    fates
}

/// The fields that differ; the order in which they are written is no difference.
fn fields(old: &Likeness, new: &Likeness) -> Vec<String> {
    let value = |one: &Likeness| serde_json::from_str::<Value>(&one.content).unwrap_or_default();
    differing(&value(old), &value(new)).iter().map(|path| text(path)).collect()
}

/// `spec.containers[proxy].image`, `metadata.annotations[a.example/b]`
fn text(path: &[FieldStep]) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            FieldStep::Field(name) if name.contains(['.', '/']) => text.push_str(&format!("[{name}]")),
            FieldStep::Field(name) if text.is_empty() => text.push_str(name),
            FieldStep::Field(name) => text.push_str(&format!(".{name}")),
            FieldStep::Item(name) => text.push_str(&format!("[{}]", name.as_deref().unwrap_or("*"))),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn by_identity() {
        let object = |name: &str, uid: &str, size: u64| {
            let value = json!({"apiVersion": "a.example/v1", "kind": "A", "spec": {"size": size, "list": [{"name": "x", "n": size}]},
                "metadata": {"name": name, "uid": uid, "resourceVersion": size.to_string(),
                    "annotations": {"b.example/c": size.to_string()}}, "status": {"n": size}});
            Object::from_value(value).expect("an object")
        };
        let all =
            |objects: Vec<Object>| objects.iter().map(|one| (one.id(), likeness(one))).collect::<BTreeMap<_, _>>();
        let before = all(vec![
            object("kept", "1", 1),
            object("changed", "2", 1),
            object("anew", "3", 1),
            object("gone", "4", 1),
        ]);
        let mut same = object("kept", "1", 1);
        same.as_map_mut().insert("status".into(), json!({"n": 9}));
        let after = all(vec![same, object("changed", "2", 2), object("anew", "9", 1), object("new", "5", 1)]);
        let found = fates(&before, &after);
        let id = |name: &str| ObjectId::new("a.example", "A", "", name);
        assert_eq!(found.kept, 1);
        let fields = ["metadata.annotations[b.example/c]", "spec.list[x].n", "spec.size"].map(str::to_owned).to_vec();
        assert_eq!(found.changed, [(id("changed"), fields)]);
        assert_eq!((found.anew, found.gone), (vec![id("anew")], vec![id("gone")]));
    }
}
