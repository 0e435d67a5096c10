//! How much pods ask for and how much nodes offer. Adds up requests; knows nothing of what pods really use, and nothing
//! of containers that webhooks inject.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use crate::object::Object;
use crate::object::ObjectId;
use crate::object::kinds;
use crate::object::schema::Quantity;

/// An amount of processors and memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// In units of 10⁻⁹ processors.
    cpu: i128,
    /// In units of 10⁻⁹ bytes.
    memory: i128,
}

const NANO: i128 = 1_000_000_000;

impl Size {
    /// Of whole processors and gigabytes (10⁹ bytes), as a product's guide counts.
    pub fn new(cpu: u64, gigabytes: u64) -> Self {
        Self { cpu: i128::from(cpu) * NANO, memory: i128::from(gigabytes) * NANO * NANO }
    }

    /// From a list of resources, as `requests`, `capacity` or `allocatable`.
    pub fn of(resources: Option<&Value>) -> Self {
        let amount = |name: &str| {
            let value = resources.and_then(|resources| resources.get(name));
            value.and_then(|value| Quantity::from_json(value).ok()).map_or(0, Quantity::nanos)
        };
        Self { cpu: amount("cpu"), memory: amount("memory") }
    }

    /// Both added up.
    pub fn plus(self, other: Self) -> Self {
        Self { cpu: self.cpu.saturating_add(other.cpu), memory: self.memory.saturating_add(other.memory) }
    }

    /// What is left of it, nothing where `other` is larger.
    pub fn minus(self, other: Self) -> Self {
        Self { cpu: (self.cpu - other.cpu).max(0), memory: (self.memory - other.memory).max(0) }
    }

    /// So many of it.
    pub fn times(self, number: u64) -> Self {
        let number = i128::from(number);
        Self { cpu: self.cpu.saturating_mul(number), memory: self.memory.saturating_mul(number) }
    }

    /// Of each the larger amount.
    pub fn larger(self, other: Self) -> Self {
        Self { cpu: self.cpu.max(other.cpu), memory: self.memory.max(other.memory) }
    }

    /// Whether it finds room in `other`.
    pub fn fits_into(self, other: Self) -> bool {
        self.cpu <= other.cpu && self.memory <= other.memory
    }

    /// As Kubernetes writes it: `2250m`.
    pub fn cpu_text(self) -> String {
        Quantity::from_nanos(self.cpu).to_string()
    }

    /// As Kubernetes writes it, in bytes.
    pub fn memory_text(self) -> String {
        Quantity::from_nanos(self.memory).to_string()
    }

    /// `96.2 GB`, for comparing with a product's guide.
    pub fn gigabytes(self) -> f64 {
        self.memory as f64 / (NANO * NANO) as f64
    }

    /// Whole processors, rounded down.
    pub fn processors(self) -> i128 {
        self.cpu / NANO
    }
}

/// `2.25 CPU and 6.7 GiB of memory`
impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let trim = |text: String| text.trim_end_matches('0').trim_end_matches('.').to_owned();
        let cpu = trim(format!("{:.2}", self.cpu as f64 / NANO as f64));
        let memory = trim(format!("{:.1}", self.memory as f64 / NANO as f64 / f64::from(1_u32 << 30)));
        write!(f, "{cpu} CPU and {memory} GiB of memory")
    }
}

/// What the pods of these objects request together, on a cluster of `nodes` nodes. Pods that end by themselves (Jobs)
/// do not count; an autoscaled workload counts with its least replicas.
pub fn requested<'a>(objects: impl IntoIterator<Item = &'a Object> + Clone, nodes: usize) -> Size {
    let mut least: BTreeMap<ObjectId, u64> = BTreeMap::new();
    for scaler in objects.clone().into_iter().filter(|object| object.kind() == "HorizontalPodAutoscaler") {
        let number = scaler.get("/spec/minReplicas").and_then(Value::as_u64).unwrap_or(1);
        let kind = scaler.text("/spec/scaleTargetRef/kind");
        let group = scaler.text("/spec/scaleTargetRef/apiVersion").rsplit_once('/').map_or("", |(group, _)| group);
        let name = scaler.text("/spec/scaleTargetRef/name");
        least.insert(ObjectId::new(group, kind, scaler.namespace(), name), number);
    }
    let mut sum = Size::default();
    for object in objects {
        let Some(template) = kinds::pod_template(object) else { continue };
        let replicas = match object.kind() {
            "Job" | "CronJob" => 0,
            "DaemonSet" => nodes as u64,
            _ => {
                let written = object.get("/spec/replicas").and_then(Value::as_u64);
                least.get(&object.id()).copied().or(written).unwrap_or(1)
            }
        };
        sum = sum.plus(of_pod(template.spec).times(replicas));
    }
    sum
}

/// A pod's request, as the scheduler counts: its containers together, or its largest initial one where that is more.
pub fn of_pod(spec: &Value) -> Size {
    let of = |list: &str| {
        let containers = spec.get(list).and_then(Value::as_array).into_iter().flatten();
        containers.map(|container| Size::of(container.pointer("/resources/requests")))
    };
    let together = of("containers").fold(Size::default(), Size::plus);
    of("initContainers").fold(together, Size::larger).plus(Size::of(spec.get("overhead")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Object {
        Object::from_value(value).expect("an object")
    }

    fn workload(kind: &str, replicas: Value, cpu: &str, memory: &str) -> Object {
        let requests = json!({"cpu": cpu, "memory": memory});
        object(json!({"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "x", "namespace": "n"}, "spec": {
            "replicas": replicas, "template": {"spec": {"containers": [{"resources": {"requests": requests}}, {}]}}}}))
    }

    #[test]
    fn sums_by_replicas() {
        let check = |objects: &[Object], expected: &str| {
            assert_eq!(requested(objects.iter(), 3).to_string(), expected);
        };
        check(&[], "0 CPU and 0 GiB of memory");
        check(&[workload("Deployment", json!(2), "150m", "512Mi")], "0.3 CPU and 1 GiB of memory");
        check(&[workload("StatefulSet", json!(null), "2", "1.5Gi")], "2 CPU and 1.5 GiB of memory");
        check(&[workload("DaemonSet", json!(null), "100m", "1Gi")], "0.3 CPU and 3 GiB of memory");
        let scaler = object(json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
            "metadata": {"name": "s", "namespace": "n"}, "spec": {"minReplicas": 4,
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "x"}}}));
        check(&[workload("Deployment", json!(1), "1", "1Gi"), scaler], "4 CPU and 4 GiB of memory");
        let job = object(json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j", "namespace": "n"},
            "spec": {"template": {"spec": {"containers": [{"resources": {"requests": {"cpu": "9"}}}]}}}}));
        check(&[job], "0 CPU and 0 GiB of memory");
    }

    #[test]
    fn a_pod_asks_for_its_largest_moment() {
        let pod = json!({"containers": [{"resources": {"requests": {"cpu": "1", "memory": "1Gi"}}}],
            "initContainers": [{"resources": {"requests": {"cpu": "3"}}}], "overhead": {"memory": "1Gi"}});
        assert_eq!(of_pod(&pod).to_string(), "3 CPU and 2 GiB of memory");
    }

    #[test]
    fn rooms() {
        assert!(Size::new(32, 128).fits_into(Size::of(Some(&json!({"cpu": "32", "memory": "128G"})))));
        assert!(!Size::new(32, 128).fits_into(Size::of(Some(&json!({"cpu": "31900m", "memory": "128G"})))));
    }
}
