//! Checksums of what pods read, on their templates: so that a changed ConfigMap or Secret rolls its readers.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use serde_json::Value;
use sha2::Digest as _;
use sha2::Sha256;

use super::RenderedObject;
use super::unhashed;
use crate::object::Read;
use crate::object::reads;

/// On the pod templates of workloads.
pub const CHECKSUM: &str = "stackwright.io/checksum";
/// `live` on a ConfigMap or Secret whose readers notice changes by themselves.
pub const RELOAD: &str = "stackwright.io/reload";

/// The workloads that roll when their template changes. A Job's template cannot change.
const ROLLING: [&str; 3] = ["Deployment", "StatefulSet", "DaemonSet"];

/// Kind, namespace and name of a ConfigMap or Secret.
type Source = (&'static str, String, String);

/// Annotates the pod templates of all workloads that read a ConfigMap or Secret among the objects.
pub(super) fn annotate(objects: &mut [RenderedObject]) {
    let readers: Vec<(usize, BTreeSet<Source>)> = objects
        .iter()
        .enumerate()
        .filter(|(_, rendered)| ROLLING.contains(&rendered.object.kind()))
        .map(|(at, rendered)| {
            let object = &rendered.object;
            (at, object.get("/spec/template/spec").map_or_else(BTreeSet::new, |pod| read_by(pod, object.namespace())))
        })
        .filter(|(_, sources)| !sources.is_empty())
        .collect();
    let wanted: BTreeSet<&Source> = readers.iter().flat_map(|(_, sources)| sources).collect();
    let mut hashes: BTreeMap<Source, [u8; 32]> = BTreeMap::new();
    for rendered in objects.iter() {
        let object = &rendered.object;
        let kind = match (object.api_version(), object.kind()) {
            ("v1", "ConfigMap") => "ConfigMap",
            ("v1", "Secret") => "Secret",
            _ => continue,
        };
        let source = (kind, object.namespace().to_owned(), object.name().to_owned());
        if wanted.contains(&source) && object.annotation(RELOAD) != Some("live") {
            let mut hasher = Sha256::new();
            for field in ["data", "binaryData", "stringData"] {
                hash_value(object.as_map().get(field).unwrap_or(&Value::Null), &mut hasher);
            }
            hashes.insert(source, hasher.finalize().into());
        }
    }
    for (at, sources) in readers {
        let mut hasher = Sha256::new();
        let mut any = false;
        for (source, hash) in sources.iter().filter_map(|source| Some((source, hashes.get(source)?))) {
            any = true;
            hash_text(source.0, &mut hasher);
            hash_text(&source.2, &mut hasher);
            hasher.update(hash);
        }
        if any && let Some(template) = template_annotations(&mut objects[at]) {
            let text: String = hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
            template.insert(CHECKSUM.to_owned(), Value::String(text));
        }
    }
}

fn template_annotations(rendered: &mut RenderedObject) -> Option<&mut serde_json::Map<String, Value>> {
    let template = rendered.object.as_map_mut().get_mut("spec")?.get_mut("template")?.as_object_mut()?;
    let mut map = template;
    for key in ["metadata", "annotations"] {
        let child = map.entry(key).or_insert_with(|| Value::Object(serde_json::Map::new()));
        if child.is_null() {
            *child = Value::Object(serde_json::Map::new());
        }
        map = child.as_object_mut()?;
    }
    Some(map)
}

/// The ConfigMaps and Secrets that the programs of a pod read.
fn read_by(pod: &Value, namespace: &str) -> BTreeSet<Source> {
    let sources = reads(pod).into_iter().filter_map(|read| match read {
        Read::ConfigMap(name) => Some(("ConfigMap", name)),
        Read::Secret(name) => Some(("Secret", name)),
        Read::PullSecret(_) | Read::Claim(_) => None,
    });
    sources.map(|(kind, name)| (kind, namespace.to_owned(), name.to_owned())).collect()
}

/// Without regard to the order of keys, and so that no two values give the same bytes.
fn hash_value(value: &Value, hasher: &mut Sha256) {
    match value {
        Value::Object(map) => {
            let sorted: BTreeMap<&String, &Value> = map.iter().collect();
            hasher.update([b'{']);
            hasher.update((sorted.len() as u64).to_le_bytes());
            for (key, child) in sorted {
                hash_text(key, hasher);
                hash_value(child, hasher);
            }
        }
        Value::String(text) => match unhashed::telling(text) {
            Some(telling) => {
                hasher.update([b'$']);
                hash_text(&telling, hasher);
            }
            None => {
                hasher.update([b'"']);
                hash_text(text, hasher);
            }
        },
        other => {
            hasher.update([b'=']);
            hash_text(&other.to_string(), hasher);
        }
    }
}

fn hash_text(text: &str, hasher: &mut Sha256) {
    hasher.update((text.len() as u64).to_le_bytes());
    hasher.update(text);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::object::Object;

    fn checksum(objects: Vec<Value>) -> Option<String> {
        let mut objects: Vec<RenderedObject> = objects
            .into_iter()
            .map(|value| RenderedObject {
                object: Object::from_value(value).expect("an object"),
                owner: Default::default(),
                after: Vec::new(),
            })
            .collect();
        annotate(&mut objects);
        let text = objects[0].object.get("/spec/template/metadata/annotations/stackwright.io~1checksum")?;
        text.as_str().map(str::to_owned)
    }

    fn reader(pod: Value) -> Value {
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d", "namespace": "n"},
            "spec": {"template": {"spec": pod}}})
    }

    fn config(namespace: &str, data: Value) -> Value {
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": namespace}, "data": data})
    }

    #[test]
    fn finds_every_way_of_reading() {
        let name = json!({"name": "c"});
        for pod in [
            json!({"volumes": [{"configMap": name}]}),
            json!({"volumes": [{"projected": {"sources": [{"configMap": name}]}}]}),
            json!({"containers": [{"envFrom": [{"configMapRef": name}]}]}),
            json!({"initContainers": [{"env": [{"valueFrom": {"configMapKeyRef": name}}]}]}),
        ] {
            let of = |data: Value| checksum(vec![reader(pod.clone()), config("n", data)]);
            assert!(of(json!({"a": "1"})).is_some(), "{pod}");
            assert_eq!(of(json!({"a": "1", "b": "2"})), of(json!({"b": "2", "a": "1"})), "{pod}");
            assert_ne!(of(json!({"a": "1"})), of(json!({"a": "2"})), "{pod}");
            assert_ne!(of(json!({"a": "1", "b": ""})), of(json!({"a": "1b"})), "{pod}");
            assert_eq!(checksum(vec![reader(pod.clone()), config("other", json!({"a": "1"}))]), None, "{pod}");
        }
    }

    #[test]
    fn what_reloads_itself_rolls_nothing() {
        let mut live = config("n", json!({"a": "1"}));
        live["metadata"]["annotations"] = json!({RELOAD: "live"});
        assert_eq!(checksum(vec![reader(json!({"volumes": [{"configMap": {"name": "c"}}]})), live]), None);
    }
}
