//! Where the platform's own pods run, how large they are and how often: one change of rendered objects, whatever component
//! they are of. What templates say stays where nothing of it is asked for.
//!
//! Not here: pods that others make of custom kinds, and pods on every node (DaemonSets), which are there for their node.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::config::Declared;
use crate::config::Platform;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::diag::nearest;
use crate::object::Object;
use crate::object::Selector;
use crate::object::kinds::pod_spec_mut;
use crate::object::kinds::pod_template;

use super::COMPONENT_LABEL;
use super::Component;
use super::INSTALLATION_LABEL;
use super::RenderedObject;

/// How often what may run several times runs with `availability = "high"`.
const COPIES: u64 = 2;
/// Pods of one workload are kept apart by it, where they can be.
const NODE: &str = "kubernetes.io/hostname";

/// Changes the rendered objects of components as the platform asks for.
///
/// # Arguments
///
/// * `components`: those that are on, by name.
pub(super) fn apply(
    platform: &Declared<Platform>,
    components: &BTreeMap<&str, &Component>,
    objects: &mut Vec<RenderedObject>,
    diagnostics: &mut Diagnostics,
) {
    let asked = Asked::of(platform);
    if asked.is_nothing() {
        return;
    }
    let mut containers: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for rendered in objects.iter_mut() {
        let component = rendered.object.label(COMPONENT_LABEL).unwrap_or_default().to_owned();
        let found = containers.entry(component.clone()).or_default();
        asked.place(&component, &mut rendered.object, found);
    }
    asked.report_containers(platform, &containers, diagnostics);
    if asked.is_high {
        replicate(platform, components, objects, diagnostics);
    }
}

/// What is asked for; by the component's name what is its own.
struct Asked<'a> {
    placement: &'a Value,
    own: BTreeMap<&'a str, &'a Value>,
    is_high: bool,
}

impl<'a> Asked<'a> {
    fn of(platform: &'a Platform) -> Self {
        let set = &platform.projection;
        let blocks = set["component"].as_array().into_iter().flatten();
        Self {
            placement: &set["placement"],
            own: blocks.filter_map(|block| Some((block["label"].as_str()?, block))).collect(),
            is_high: set["availability"] == "high",
        }
    }

    fn is_nothing(&self) -> bool {
        let own = |block: &&Value| !is_empty(&block["placement"]) || !is_empty(&block["resources"]);
        !self.is_high && is_empty(self.placement) && !self.own.values().any(own)
    }

    /// # Arguments
    ///
    /// * `containers`: gets the names of the component's containers.
    fn place(&self, component: &str, object: &mut Object, containers: &mut BTreeSet<String>) {
        let is_on_every_node = object.kind() == "DaemonSet";
        let labels = object.get("/spec/selector/matchLabels").cloned();
        let own = self.own.get(component).copied().unwrap_or(&Value::Null);
        let Some(pod) = pod_spec_mut(object) else { return };
        size(pod, own, containers);
        if is_on_every_node {
            return;
        }
        for placement in [self.placement, &own["placement"]] {
            if let Value::Object(labels) = &placement["node_selector"]
                && !labels.is_empty()
            {
                map(pod, "nodeSelector").extend(labels.clone());
            }
            for toleration in placement["tolerations"].as_array().into_iter().flatten() {
                let list = list(pod, "tolerations");
                if !list.contains(toleration) {
                    list.push(toleration.clone());
                }
            }
        }
        // What the component is said to have goes before what all have; what a template says goes before both.
        let said = |field: &str| [&own["placement"], self.placement].into_iter().find(|one| !is_empty(&one[field]));
        if let Some(placement) = said("priority_class") {
            pod.entry("priorityClassName").or_insert_with(|| placement["priority_class"].clone());
        }
        if let (Some(placement), Some(labels)) = (said("spread_over"), labels) {
            let keys = placement["spread_over"].as_array().into_iter().flatten().filter_map(Value::as_str);
            keys.for_each(|key| spread(pod, key, &labels));
        }
    }

    /// Sizes of containers that their component does not have.
    fn report_containers(
        &self,
        platform: &Declared<Platform>,
        containers: &BTreeMap<String, BTreeSet<String>>,
        diagnostics: &mut Diagnostics,
    ) {
        for (component, block) in &self.own {
            let Some(known) = containers.get(*component) else { continue };
            let sizes = block["resources"].as_array().into_iter().flatten();
            for name in sizes.filter_map(|size| size["label"].as_str()).filter(|name| !known.contains(*name)) {
                let place = platform.place(&format!("component.{component}.resources.{name}"));
                let help = match nearest(name, known.iter().map(String::as_str)) {
                    Some(near) => format!("Did you mean \"{near}\"?"),
                    None => format!("Its containers are {}.", known.iter().cloned().collect::<Vec<_>>().join(", ")),
                };
                let detail = format!("Component \"{component}\" has no container \"{name}\".");
                let finding = Diagnostic::error("Unknown container", detail).at(place.span).help(help);
                diagnostics.push(finding.about(&platform.address));
            }
        }
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.values().all(is_empty),
        _ => false,
    }
}

/// Requests and limits of containers, by their names.
fn size(pod: &mut Map<String, Value>, own: &Value, containers: &mut BTreeSet<String>) {
    let sizes = own["resources"].as_array().map(Vec::as_slice).unwrap_or_default();
    for field in ["initContainers", "containers"] {
        for container in pod.get_mut(field).and_then(Value::as_array_mut).into_iter().flatten() {
            let Some(name) = container["name"].as_str().map(str::to_owned) else { continue };
            for size in sizes.iter().filter(|size| size["label"] == name.as_str()) {
                for part in ["requests", "limits"].into_iter().filter(|part| !is_empty(&size[*part])) {
                    let Some(container) = container.as_object_mut() else { continue };
                    map(map(container, "resources"), part).extend(size[part].as_object().cloned().unwrap_or_default());
                }
            }
            containers.insert(name);
        }
    }
}

/// Keeps the pods of one workload apart by the value of a node's label, as far as that can be.
fn spread(pod: &mut Map<String, Value>, key: &str, labels: &Value) {
    let list = list(pod, "topologySpreadConstraints");
    if !list.iter().any(|one| one["topologyKey"] == key) {
        list.push(json!({"maxSkew": 1, "topologyKey": key, "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": labels}}));
    }
}

/// Runs what can run several times so often, spread over nodes, with a budget that lets one go at a time; tells what runs once.
fn replicate(
    platform: &Declared<Platform>,
    components: &BTreeMap<&str, &Component>,
    objects: &mut Vec<RenderedObject>,
    diagnostics: &mut Diagnostics,
) {
    let mut copied: Vec<Copied> = Vec::new();
    let mut alone: Vec<String> = Vec::new();
    for rendered in objects.iter_mut().filter(|one| matches!(one.object.kind(), "Deployment" | "StatefulSet")) {
        let object = &mut rendered.object;
        let component = object.label(COMPONENT_LABEL).and_then(|name| components.get(name));
        if !component.is_some_and(|component| component.replicated.iter().any(|name| name == object.name())) {
            let why = component.and_then(|component| component.alone.get(object.name()));
            let why = why.map_or(String::new(), |why| format!(": {why}"));
            alone.push(format!("{}/{}{why}", object.namespace(), object.name()));
            continue;
        }
        copied.push(Copied {
            kind: object.kind().to_owned(),
            namespace: object.namespace().to_owned(),
            name: object.name().to_owned(),
            selector: object.get("/spec/selector").cloned().unwrap_or_default(),
            pods: pod_template(object).and_then(|pods| pods.labels().cloned()).unwrap_or_default(),
            owned: RenderedObject {
                object: object.clone(),
                owner: rendered.owner.clone(),
                after: rendered.after.clone(),
            },
        });
        let labels = object.get("/spec/selector/matchLabels").cloned().unwrap_or_default();
        if let Some(pod) = pod_spec_mut(object) {
            spread(pod, NODE, &labels);
        }
        at_least(object, "replicas");
    }
    for rendered in objects.iter_mut() {
        let object = &mut rendered.object;
        match object.kind() {
            "HorizontalPodAutoscaler" => {
                let target = (object.text("/spec/scaleTargetRef/kind"), object.text("/spec/scaleTargetRef/name"));
                let is_copied = |one: &Copied| {
                    (one.kind.as_str(), one.name.as_str()) == target && one.namespace == object.namespace()
                };
                if copied.iter().any(is_copied) {
                    at_least(object, "minReplicas");
                }
            }
            "PodDisruptionBudget" => {
                let selector = Selector::of(object.get("/spec/selector").unwrap_or(&Value::Null));
                let is_selected =
                    |one: &Copied| one.namespace == object.namespace() && selector.selects(Some(&one.pods));
                let selected = copied.iter().position(is_selected);
                if let Some(at) = selected {
                    copied.remove(at);
                    // A share of few pods is all of them, and no node could be emptied.
                    if let Some(Value::Object(spec)) = object.as_map_mut().get_mut("spec") {
                        spec.remove("minAvailable");
                        spec.insert("maxUnavailable".into(), 1.into());
                    }
                }
            }
            _ => {}
        }
    }
    objects.extend(copied.into_iter().filter_map(Copied::budget));
    if !alone.is_empty() {
        alone.sort();
        let detail = format!(
            "{} of the platform run once, also with availability = \"high\":\n{}",
            alone.len(),
            alone.join("\n")
        );
        let finding = Diagnostic::warning("Not replicated", detail).at(platform.place("availability").span);
        let help = "A node that goes takes them along until they run elsewhere. docs/availability.md says what each means, and what \
                    can stand in their place.";
        diagnostics.push(finding.about(&platform.address).help(help));
    }
}

/// A workload that runs several times.
struct Copied {
    kind: String,
    namespace: String,
    name: String,
    selector: Value,
    /// The labels of its pods.
    pods: Map<String, Value>,
    owned: RenderedObject,
}

impl Copied {
    /// Its own budget, of its component.
    fn budget(self) -> Option<RenderedObject> {
        let mut object = Object::from_value(json!({
            "apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
            "metadata": {"name": self.name, "namespace": self.namespace},
            "spec": {"maxUnavailable": 1, "selector": self.selector},
        }))
        .ok()?;
        for label in [INSTALLATION_LABEL, COMPONENT_LABEL] {
            object.set_label(label, self.owned.object.label(label).unwrap_or_default());
        }
        Some(RenderedObject { object, ..self.owned })
    }
}

/// Raises a number of copies. What is none stays: something else starts it.
fn at_least(object: &mut Object, field: &str) {
    if let Some(Value::Object(spec)) = object.as_map_mut().get_mut("spec") {
        let known = spec.get(field).and_then(Value::as_u64).unwrap_or(1);
        if known > 0 && known < COPIES {
            spec.insert(field.into(), COPIES.into());
        }
    }
}

fn map<'a>(holder: &'a mut Map<String, Value>, key: &str) -> &'a mut Map<String, Value> {
    let value = holder.entry(key).or_insert_with(|| json!({}));
    if !value.is_object() {
        *value = json!({});
    }
    value.as_object_mut().expect("it was just made one")
}

fn list<'a>(holder: &'a mut Map<String, Value>, key: &str) -> &'a mut Vec<Value> {
    let value = holder.entry(key).or_insert_with(|| json!([]));
    if !value.is_array() {
        *value = json!([]);
    }
    value.as_array_mut().expect("it was just made one")
}
