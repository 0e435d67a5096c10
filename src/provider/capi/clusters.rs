//! Clusters: what an object's `spec` says as a `Cluster` of Cluster API, and back. Pure.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::dialect::Dialect;
use super::states;
use crate::object::INSTALLATION_LABEL;
use crate::object::Object;
use crate::provider::maker::Made;

/// What was written of tags and variables: the latter are completed by their class, and what it adds is no drift.
const TAGS: &str = "stackwright.io/tags";
const VARIABLES: &str = "stackwright.io/variables";
/// Where a topology keeps its node pools.
pub const ENTRIES: &str = "/spec/topology/workers/machineDeployments";
/// What a cluster without a topology refers to: its argument, and the field of the object.
pub const REFERENCES: [(&str, &str); 2] =
    [("control_plane", "controlPlaneRef"), ("infrastructure", "infrastructureRef")];
/// Ranges of addresses: the argument, and whose they are.
const RANGES: [(&str, &str); 2] = [("pod_cidrs", "pods"), ("service_cidrs", "services")];

/// A cluster that is asked for.
pub struct Wanted<'a> {
    pub dialect: Dialect,
    pub namespace: &'a str,
    pub name: &'a str,
    pub installation: &'a str,
    pub spec: &'a Map<String, Value>,
    /// That it gets now: on the way to the one of the specification.
    pub version: &'a str,
    /// References as the API has them, by their fields.
    pub references: Map<String, Value>,
    /// Node pools of ours in its topology.
    pub entries: Vec<Value>,
}

impl Wanted<'_> {
    /// The object that is applied.
    pub fn object(&self) -> Object {
        let mut spec = self.references.clone();
        let network = self.network();
        if !network.is_empty() {
            spec.insert("clusterNetwork".into(), Value::Object(network));
        }
        if let Some(topology) = self.spec.get("topology") {
            spec.insert("topology".into(), self.topology(topology));
        }
        let mut annotations = Map::new();
        let said =
            [(TAGS, self.spec.get("tags")), (VARIABLES, self.spec.get("topology").and_then(|t| t.get("variables")))];
        for (name, value) in said {
            if let Some(value) = value.filter(|value| value.as_object().is_some_and(|map| !map.is_empty())) {
                annotations.insert(name.into(), value.to_string().into());
            }
        }
        let object = json!({
            "apiVersion": self.dialect.api_version(), "kind": "Cluster",
            "metadata": {
                "name": self.name, "namespace": self.namespace, "annotations": annotations,
                "labels": {INSTALLATION_LABEL: self.installation},
            },
            "spec": spec,
        });
        Object::from_value(object).expect("it has kind, version and name")
    }

    fn network(&self) -> Map<String, Value> {
        let range = |(argument, field): &(&str, &str)| {
            Some(((*field).to_owned(), json!({"cidrBlocks": self.spec.get(*argument)?})))
        };
        RANGES.iter().filter_map(range).collect()
    }

    fn topology(&self, said: &Value) -> Value {
        let mut topology = self.dialect.class(&said["class"], said.get("class_namespace"));
        topology.insert("version".into(), self.version.into());
        if let Some(count) = self.spec.get("control_plane_count") {
            topology.insert("controlPlane".into(), json!({"replicas": count}));
        }
        let variables = said["variables"].as_object().into_iter().flatten();
        let variables: Vec<Value> = variables.map(|(name, value)| json!({"name": name, "value": value})).collect();
        if !variables.is_empty() {
            topology.insert("variables".into(), variables.into());
        }
        if !self.entries.is_empty() {
            topology.insert("workers".into(), json!({"machineDeployments": self.entries}));
        }
        Value::Object(topology)
    }
}

/// What a control plane that is referred to gets of a specification.
pub fn control_plane(found: &Object, spec: &Map<String, Value>, version: &str) -> Object {
    let mut wanted = json!({"version": version});
    if let Some(count) = spec.get("control_plane_count") {
        wanted["replicas"] = count.clone();
    }
    let object = json!({
        "apiVersion": found.api_version(), "kind": found.kind(),
        "metadata": {"name": found.name(), "namespace": found.namespace()},
        "spec": wanted,
    });
    Object::from_value(object).expect("it has kind, version and name")
}

pub fn has_topology(cluster: &Object) -> bool {
    cluster.get("/spec/topology").is_some()
}

/// The version that is asked of a cluster now.
pub fn version<'a>(cluster: &'a Object, control_plane: Option<&'a Object>) -> &'a str {
    match has_topology(cluster) {
        true => cluster.text("/spec/topology/version"),
        false => control_plane.map(|object| object.text("/spec/version")).unwrap_or_default(),
    }
}

/// The installation that an object is marked with; empty for none.
pub fn mark(object: &Object) -> String {
    object.label(INSTALLATION_LABEL).unwrap_or_default().to_owned()
}

/// A cluster as a thing.
pub fn made(dialect: Dialect, cluster: &Object, control_plane: Option<&Object>) -> Made {
    let at = version(cluster, control_plane);
    let mut spec = Map::new();
    spec.insert("kubernetes_version".into(), at.into());
    let count = match has_topology(cluster) {
        true => cluster.get("/spec/topology/controlPlane/replicas"),
        false => control_plane.and_then(|object| object.get("/spec/replicas")),
    };
    spec.extend(count.map(|count| ("control_plane_count".to_owned(), count.clone())));
    spec.insert("tags".into(), written(cluster, TAGS));
    for (argument, field) in RANGES {
        let blocks = cluster.get(&format!("/spec/clusterNetwork/{field}/cidrBlocks"));
        spec.extend(blocks.map(|blocks| (argument.to_owned(), blocks.clone())));
    }
    match cluster.get("/spec/topology") {
        Some(topology) => _ = spec.insert("topology".into(), shown_topology(dialect, cluster, topology)),
        None => {
            for (argument, field) in REFERENCES {
                let reference = cluster.get(&format!("/spec/{field}"));
                spec.extend(reference.map(|reference| (argument.to_owned(), dialect.template(reference))));
            }
        }
    }
    Made {
        name: cluster.name().to_owned(),
        id: cluster.uid().to_owned(),
        installation: mark(cluster),
        spec,
        aliases: Map::new(),
        state: states::of_cluster(cluster, control_plane, at),
    }
}

fn shown_topology(dialect: Dialect, cluster: &Object, topology: &Value) -> Value {
    let (class, namespace) = dialect.class_of(topology);
    let said = written(cluster, VARIABLES);
    let live = |name: &str| {
        let mut all = topology["variables"].as_array().into_iter().flatten();
        all.find(|variable| variable["name"] == name).map(|variable| variable["value"].clone())
    };
    let shown = said.as_object().into_iter().flatten().filter_map(|(name, said)| {
        let live = live(name)?;
        Some((name.clone(), if holds(&live, said) { said.clone() } else { live }))
    });
    let mut shown = json!({"class": class, "variables": shown.collect::<Map<_, _>>()});
    if !namespace.is_null() {
        shown["class_namespace"] = namespace;
    }
    shown
}

/// Whether a value is all that was said, completed perhaps.
fn holds(live: &Value, said: &Value) -> bool {
    match (live, said) {
        (Value::Object(live), Value::Object(said)) => {
            said.iter().all(|(key, said)| live.get(key).is_some_and(|live| holds(live, said)))
        }
        (Value::Array(live), Value::Array(said)) => {
            live.len() == said.len() && live.iter().zip(said).all(|(live, said)| holds(live, said))
        }
        _ => live == said,
    }
}

/// The map in an annotation of ours; empty for none.
fn written(object: &Object, annotation: &str) -> Value {
    let text = object.annotation(annotation).unwrap_or_default();
    serde_json::from_str(text).ok().filter(Value::is_object).unwrap_or_else(|| json!({}))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::maker::MadeState;

    fn wanted<'a>(dialect: Dialect, spec: &'a Map<String, Value>, references: Map<String, Value>) -> Wanted<'a> {
        let version = spec["kubernetes_version"].as_str().unwrap();
        Wanted {
            dialect,
            namespace: "mlops",
            name: "ml",
            installation: "prod",
            spec,
            version,
            references,
            entries: Vec::new(),
        }
    }

    #[test]
    fn a_topology_is_made_of_its_specification_and_shown_as_it() {
        let spec = json!({
            "kubernetes_version": "v1.34.1", "control_plane_count": 3, "pod_cidrs": ["192.168.0.0/16"],
            "topology": {"class": "quick", "class_namespace": "classes", "variables": {"size": {"cpu": 4}, "zone": "a"}},
            "tags": {"team": "ml"},
        });
        let spec = spec.as_object().unwrap();
        for dialect in [Dialect::V1Beta1, Dialect::V1Beta2] {
            let mut object = wanted(dialect, spec, Map::new()).object();
            assert_eq!(object.get("/spec/topology/version"), Some(&json!("v1.34.1")));
            let seen = made(dialect, &object, None);
            assert_eq!(Value::Object(seen.spec), json!(spec), "{dialect:?}");
            assert_eq!((seen.installation.as_str(), seen.state), ("prod", MadeState::Busy("Pending".into())));
            // A class completes what is written, and has variables of its own; what somebody changes is seen.
            object.as_map_mut()["spec"]["topology"]["variables"] = json!([
                {"name": "size", "value": {"cpu": 4, "memory": 16}}, {"name": "zone", "value": "b"},
                {"name": "own", "value": true},
            ]);
            let seen = made(dialect, &object, None).spec;
            assert_eq!(seen["topology"]["variables"], json!({"size": {"cpu": 4}, "zone": "b"}));
        }
    }

    #[test]
    fn a_cluster_without_a_topology_refers_to_what_is_there() {
        let template = |kind: &str| json!({"group": format!("{kind}.x-k8s.io"), "kind": kind, "name": "ml"});
        let spec = json!({
            "kubernetes_version": "v1.34.1", "control_plane_count": 3, "tags": {},
            "control_plane": template("Plane"), "infrastructure": template("Infra"),
        });
        let spec = spec.as_object().unwrap();
        for dialect in [Dialect::V1Beta1, Dialect::V1Beta2] {
            let references = REFERENCES
                .iter()
                .map(|(argument, field)| ((*field).to_owned(), dialect.reference(&spec[*argument], "v1beta9")))
                .collect();
            let object = wanted(dialect, spec, references).object();
            let found = json!({"apiVersion": "Plane.x-k8s.io/v1", "kind": "Plane", "metadata": {"name": "ml", "namespace": "mlops"}});
            let plane = control_plane(&Object::from_value(found).unwrap(), spec, "v1.34.1");
            assert_eq!(plane.get("/spec"), Some(&json!({"version": "v1.34.1", "replicas": 3})));
            assert_eq!(Value::Object(made(dialect, &object, Some(&plane)).spec), json!(spec), "{dialect:?}");
        }
    }
}
