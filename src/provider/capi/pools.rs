//! Node pools: what an object's `spec` says as a MachineDeployment with its MachineHealthCheck, or as an entry in the
//! topology of its cluster, and back. Pure.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::clusters::mark;
use super::dialect::Dialect;
use super::states;
use crate::object::INSTALLATION_LABEL;
use crate::object::Object;
use crate::provider::maker::Made;
use crate::provider::maker::MadeState;

/// The cluster of everything that belongs to one.
pub const CLUSTER_LABEL: &str = "cluster.x-k8s.io/cluster-name";
/// The MachineDeployment of a machine.
const DEPLOYMENT_LABEL: &str = "cluster.x-k8s.io/deployment-name";
/// Of a MachineDeployment that a topology made: the entry it is of.
const ENTRY_LABEL: &str = "topology.cluster.x-k8s.io/deployment-name";
/// The name of a pool, on its MachineDeployment.
const POOL: &str = "stackwright.io/node-pool";
/// What the cluster autoscaler reads.
const LEAST: &str = "cluster.x-k8s.io/cluster-api-autoscaler-node-group-min-size";
const MOST: &str = "cluster.x-k8s.io/cluster-api-autoscaler-node-group-max-size";
/// What a pool without a topology refers to: its argument, and the pointer into the object.
pub const REFERENCES: [(&str, &str); 2] = [
    ("infrastructure", "/spec/template/spec/infrastructureRef"),
    ("bootstrap", "/spec/template/spec/bootstrap/configRef"),
];
/// The longest value of a label, which names of MachineDeployments become.
const LONGEST: usize = 63;

/// The name of a pool's object: pools of two clusters may have one name.
pub fn object_name(cluster: &str, pool: &str) -> String {
    format!("{cluster}.{pool}")
}

/// Cluster and pool of an object's name.
pub fn names(name: &str) -> Option<(&str, &str)> {
    name.split_once('.')
}

/// The name of a pool's MachineDeployment.
///
/// # Errors
/// It would be too long.
pub fn deployment_name(cluster: &str, pool: &str) -> Result<String, String> {
    let name = format!("{cluster}-{pool}");
    match name.len() > LONGEST {
        true => Err(format!(
            "the name {name} of the MachineDeployment is longer than {LONGEST}: give the node pool a shorter one"
        )),
        false => Ok(name),
    }
}

/// A node pool that is asked for.
pub struct Wanted<'a> {
    pub dialect: Dialect,
    pub namespace: &'a str,
    pub cluster: &'a str,
    pub pool: &'a str,
    /// That of its MachineDeployment, where it has no topology.
    pub name: &'a str,
    pub installation: &'a str,
    pub spec: &'a Map<String, Value>,
}

impl Wanted<'_> {
    /// Its entry in the topology of its cluster.
    pub fn entry(&self) -> Value {
        let mut labels = map(self.spec.get("labels"));
        labels.insert(INSTALLATION_LABEL.into(), self.installation.into());
        let mut metadata = json!({"labels": labels});
        let annotations = bounds(self.spec);
        if !annotations.is_empty() {
            metadata["annotations"] = Value::Object(annotations);
        }
        let (health, watched) = self.dialect.health_of_topology(self.is_watched());
        let mut entry = json!({"class": self.spec.get("machine_class"), "name": self.pool, "metadata": metadata});
        entry[health] = watched;
        self.size(&mut entry);
        entry
    }

    /// Its MachineDeployment. `references` are as the API has them: infrastructure and bootstrap.
    pub fn deployment(&self, version: &str, references: &[Value; 2]) -> Object {
        let own = json!({CLUSTER_LABEL: self.cluster, DEPLOYMENT_LABEL: self.name});
        let mut labels = map(self.spec.get("labels"));
        labels.extend(map(Some(&own)));
        let mut annotations = bounds(self.spec);
        annotations.insert(POOL.into(), self.pool.into());
        let [infrastructure, bootstrap] = references;
        let mut machine = json!({
            "clusterName": self.cluster, "version": version,
            "bootstrap": {"configRef": bootstrap}, "infrastructureRef": infrastructure,
        });
        let mut spec = json!({"clusterName": self.cluster, "selector": {"matchLabels": own}});
        self.size(&mut spec);
        if let Some(taints) = spec.as_object_mut().and_then(|spec| spec.remove("taints")) {
            machine["taints"] = taints;
        }
        spec["template"] = json!({"metadata": {"labels": labels}, "spec": machine});
        let object = json!({
            "apiVersion": self.dialect.api_version(), "kind": "MachineDeployment",
            "metadata": {
                "name": self.name, "namespace": self.namespace, "annotations": annotations,
                "labels": {INSTALLATION_LABEL: self.installation, CLUSTER_LABEL: self.cluster},
            },
            "spec": spec,
        });
        Object::from_value(object).expect("it has kind, version and name")
    }

    /// What has its failed nodes replaced.
    pub fn health_check(&self) -> Object {
        let mut spec = json!({
            "clusterName": self.cluster,
            "selector": {"matchLabels": {CLUSTER_LABEL: self.cluster, DEPLOYMENT_LABEL: self.name}},
        });
        if let (Value::Object(spec), Value::Object(health)) = (&mut spec, self.dialect.health_of_check()) {
            spec.extend(health);
        }
        let object = json!({
            "apiVersion": self.dialect.api_version(), "kind": "MachineHealthCheck",
            "metadata": {
                "name": self.name, "namespace": self.namespace,
                "labels": {INSTALLATION_LABEL: self.installation, CLUSTER_LABEL: self.cluster},
            },
            "spec": spec,
        });
        Object::from_value(object).expect("it has kind, version and name")
    }

    pub fn is_watched(&self) -> bool {
        self.spec.get("auto_recovery").and_then(Value::as_bool).unwrap_or_default()
    }

    /// How many, and what keeps pods off them. Where somebody else counts, no number is written.
    fn size(&self, spec: &mut Value) {
        if let Some(count) = self.spec.get("node_count").filter(|count| !count.is_null()) {
            spec["replicas"] = count.clone();
        }
        let taints: Vec<Value> = list(self.spec.get("taints")).map(taint).collect();
        if !taints.is_empty() {
            spec["taints"] = taints.into();
        }
    }
}

fn taint(said: &Value) -> Value {
    let mut taint = json!({"key": said["key"], "effect": said["effect"], "propagation": "Always"});
    if said["value"].as_str().is_some_and(|value| !value.is_empty()) {
        taint["value"] = said["value"].clone();
    }
    taint
}

fn shown_taint(live: &Value) -> Value {
    json!({"key": live["key"], "value": live["value"].as_str().unwrap_or_default(), "effect": live["effect"]})
}

fn list<'a>(value: Option<&'a Value>) -> impl Iterator<Item = &'a Value> + use<'a> {
    value.and_then(Value::as_array).into_iter().flatten()
}

fn map(value: Option<&Value>) -> Map<String, Value> {
    value.and_then(Value::as_object).cloned().unwrap_or_default()
}

/// The autoscaler's bounds.
fn bounds(spec: &Map<String, Value>) -> Map<String, Value> {
    let Some(bounds) = spec.get("autoscaling") else { return Map::new() };
    [(LEAST, &bounds["min"]), (MOST, &bounds["max"])]
        .into_iter()
        .map(|(name, number)| (name.to_owned(), number.to_string().into()))
        .collect()
}

/// Whether a topology made it.
pub fn is_of_topology(deployment: &Object) -> bool {
    deployment.label(ENTRY_LABEL).is_some()
}

/// The MachineDeployment that a topology made for an entry.
pub fn of_entry<'a>(deployments: &'a [Object], cluster: &str, pool: &str) -> Option<&'a Object> {
    let is = |label: &str, value: &str, object: &Object| object.label(label) == Some(value);
    deployments.iter().find(|object| is(CLUSTER_LABEL, cluster, object) && is(ENTRY_LABEL, pool, object))
}

/// The name of the pool that a MachineDeployment is; a stranger's has it by its own name.
fn pool_of(deployment: &Object, cluster: &str) -> String {
    let own = deployment.annotation(POOL).or(deployment.label(ENTRY_LABEL));
    let name = deployment.name();
    own.unwrap_or_else(|| name.strip_prefix(&format!("{cluster}-")).unwrap_or(name)).to_owned()
}

/// What a MachineDeployment and an entry say alike: how many, bounds, taints.
fn shown(size: &Value, taints: Option<&Value>, annotations: &Map<String, Value>) -> Map<String, Value> {
    let mut spec = Map::new();
    let bound = |name: &str| annotations.get(name)?.as_str()?.parse::<u32>().ok();
    match (bound(LEAST), bound(MOST)) {
        (Some(min), Some(max)) => _ = spec.insert("autoscaling".into(), json!({"min": min, "max": max})),
        _ => _ = spec.insert("node_count".into(), size["replicas"].clone()),
    }
    spec.insert("taints".into(), list(taints).map(shown_taint).collect());
    spec
}

/// A MachineDeployment as a thing, with what watches its nodes.
pub fn made(dialect: Dialect, deployment: &Object, health: Option<&Object>) -> Made {
    let cluster = deployment.text("/spec/clusterName");
    let pool = pool_of(deployment, cluster);
    let annotations = map(deployment.get("/metadata/annotations"));
    let size = deployment.get("/spec").cloned().unwrap_or_default();
    let mut spec = shown(&size, deployment.get("/spec/template/spec/taints"), &annotations);
    spec.insert("cluster".into(), cluster.into());
    spec.insert("kubernetes_version".into(), deployment.text("/spec/template/spec/version").into());
    for (argument, pointer) in REFERENCES {
        let reference = deployment.get(pointer);
        spec.extend(reference.map(|reference| (argument.to_owned(), dialect.template(reference))));
    }
    let mut labels = map(deployment.get("/spec/template/metadata/labels"));
    labels.retain(|name, _| name != CLUSTER_LABEL && name != DEPLOYMENT_LABEL);
    spec.insert("labels".into(), labels.into());
    spec.insert("auto_recovery".into(), health.is_some_and(|health| !health.is_deleting()).into());
    Made {
        name: object_name(cluster, &pool),
        id: deployment.uid().to_owned(),
        installation: mark(deployment),
        spec,
        aliases: Map::new(),
        state: states::of_pool(dialect, Some(deployment)),
    }
}

/// An entry of a topology as a thing, with the MachineDeployment that came of it.
pub fn made_of_entry(dialect: Dialect, cluster: &Object, entry: &Value, deployment: Option<&Object>) -> Made {
    let pool = entry["name"].as_str().unwrap_or_default();
    let annotations = map(entry.pointer("/metadata/annotations"));
    let mut spec = shown(entry, entry.get("taints"), &annotations);
    let version = deployment.map(|deployment| deployment.text("/spec/template/spec/version"));
    spec.insert("cluster".into(), cluster.name().into());
    spec.insert("kubernetes_version".into(), version.unwrap_or_else(|| cluster.text("/spec/topology/version")).into());
    spec.insert("machine_class".into(), entry["class"].clone());
    let mut labels = map(entry.pointer("/metadata/labels"));
    let installation = labels.remove(INSTALLATION_LABEL);
    spec.insert("labels".into(), labels.into());
    spec.insert("auto_recovery".into(), dialect.is_watched(entry).into());
    Made {
        name: object_name(cluster.name(), pool),
        id: format!("{}/{pool}", cluster.uid()),
        installation: installation.and_then(|mark| mark.as_str().map(str::to_owned)).unwrap_or_default(),
        spec,
        aliases: Map::new(),
        state: match cluster.is_deleting() {
            true => MadeState::Leaving,
            false => states::of_pool(dialect, deployment),
        },
    }
}

/// A pool whose entry was taken out of its topology, and whose machines go.
pub fn leaving(deployment: &Object) -> Made {
    let cluster = deployment.label(CLUSTER_LABEL).unwrap_or_default();
    Made {
        name: object_name(cluster, &pool_of(deployment, cluster)),
        id: deployment.uid().to_owned(),
        installation: mark(deployment),
        spec: Map::new(),
        aliases: Map::new(),
        state: MadeState::Leaving,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted<'a>(dialect: Dialect, spec: &'a Map<String, Value>) -> Wanted<'a> {
        Wanted { dialect, namespace: "mlops", cluster: "ml", pool: "gpu", name: "ml-gpu", installation: "prod", spec }
    }

    fn taints() -> Value {
        json!([{"key": "gpu", "value": "", "effect": "NoSchedule"}, {"key": "a", "value": "b", "effect": "NoExecute"}])
    }

    #[test]
    fn a_deployment_is_made_of_its_specification_and_shown_as_it() {
        let template = |kind: &str| json!({"group": "g.x-k8s.io", "kind": kind, "name": "gpu"});
        let spec = json!({
            "cluster": "ml", "kubernetes_version": "v1.34.1", "infrastructure": template("Machine"),
            "bootstrap": template("Config"), "labels": {"node.cluster.x-k8s.io/pool": "gpu"}, "taints": taints(),
            "auto_recovery": true, "autoscaling": {"min": 1, "max": 3},
        });
        let spec = spec.as_object().unwrap();
        for dialect in [Dialect::V1Beta1, Dialect::V1Beta2] {
            let wanted = wanted(dialect, spec);
            let references = REFERENCES.map(|(argument, _)| dialect.reference(&spec[argument], "v1beta9"));
            let deployment = wanted.deployment("v1.34.1", &references);
            assert_eq!(deployment.annotation(LEAST), Some("1"));
            assert_eq!(deployment.get("/spec/replicas"), None, "the autoscaler counts");
            assert_eq!(deployment.get("/spec/template/spec/taints/0/value"), None, "an empty one is none");
            let seen = made(dialect, &deployment, Some(&wanted.health_check()));
            assert_eq!(Value::Object(seen.spec), json!(spec), "{dialect:?}");
            assert_eq!((seen.name.as_str(), seen.installation.as_str()), ("ml.gpu", "prod"));
            assert_eq!(made(dialect, &deployment, None).spec["auto_recovery"], false);
        }
    }

    #[test]
    fn an_entry_is_made_of_its_specification_and_shown_as_it() {
        let spec = json!({
            "cluster": "ml", "kubernetes_version": "v1.34.1", "machine_class": "worker", "labels": {"pool": "gpu"},
            "taints": taints(), "auto_recovery": false, "node_count": 2,
        });
        let spec = spec.as_object().unwrap();
        let cluster = json!({"apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Cluster",
            "metadata": {"name": "ml", "uid": "1"}, "spec": {"topology": {"version": "v1.34.1"}}});
        let cluster = Object::from_value(cluster).unwrap();
        for dialect in [Dialect::V1Beta1, Dialect::V1Beta2] {
            let seen = made_of_entry(dialect, &cluster, &wanted(dialect, spec).entry(), None);
            assert_eq!(Value::Object(seen.spec), json!(spec), "{dialect:?}");
            assert_eq!((seen.name.as_str(), seen.installation.as_str()), ("ml.gpu", "prod"));
        }
        assert!(deployment_name("ml", &"x".repeat(63)).unwrap_err().contains("longer than 63"));
    }
}
