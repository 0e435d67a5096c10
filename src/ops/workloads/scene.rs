//! What stands around a workload: pods, nodes, queues, events, whose namespaces they are. Indexed once for a page. Pure but for
//! being taken from an outpost.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use super::amounts::Amounts;
use super::room::NodeRoom;
use super::room::bottleneck;
use super::room::rooms;
use super::room::shortage;
use super::waiting::Waiting;
use super::waiting::waiting;
use crate::object::Object;
use crate::object::pod_trouble;
use crate::ops::lookout::KINDS;
use crate::ops::lookout::Outpost;
use crate::ops::lookout::State;

/// Namespace, label and its value.
type Labelled = (String, &'static str, String);

#[derive(Default)]
pub(super) struct Scene {
    pods: HashMap<Labelled, Vec<Arc<Value>>>,
    rooms: BTreeMap<String, NodeRoom>,
    /// By namespace, the newest last.
    warnings: HashMap<String, Vec<Arc<Value>>>,
    /// E-mails by namespace.
    owners: HashMap<String, String>,
    /// By namespace, kind and name of whom they are for.
    waiting: HashMap<(String, String, String), Waiting>,
    /// By namespace and experiment: when it was born, and what it came to.
    trials: HashMap<(String, String), Vec<(String, f64)>>,
}

pub(super) fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The kind of what has trials, and the label by which they name it.
const EXPERIMENT: (&str, &str) = ("Experiment", "/metadata/labels/katib.kubeflow.org~1experiment");

impl Scene {
    pub fn of(outpost: &Outpost) -> Self {
        let pods = outpost.objects("Pod");
        let mut scene = Self { rooms: rooms(&outpost.objects("Node"), &pods), ..Self::default() };
        let labels: Vec<&'static str> =
            KINDS.iter().filter_map(|row| Some(row.workload.as_ref()?.pods.as_ref()?.label.as_str())).collect();
        for pod in &pods {
            for label in &labels {
                if let Some(value) = pod["metadata"]["labels"].get(*label).and_then(Value::as_str) {
                    let key = (text(pod, "/metadata/namespace").to_owned(), *label, value.to_owned());
                    let of = scene.pods.entry(key).or_default();
                    if !of.last().is_some_and(|last| Arc::ptr_eq(last, pod)) {
                        of.push(pod.clone());
                    }
                }
            }
        }
        for event in outpost.objects("Event").into_iter().filter(|event| event["type"] == "Warning") {
            scene.warnings.entry(text(&event, "/metadata/namespace").to_owned()).or_default().push(event);
        }
        for events in scene.warnings.values_mut() {
            events.sort_by_key(|event| when(event).to_owned());
        }
        for profile in outpost.objects("Profile") {
            let owner = text(&profile, "/spec/owner/name").to_owned();
            scene.owners.insert(text(&profile, "/metadata/name").to_owned(), owner);
        }
        for one in waiting(outpost) {
            scene.waiting.insert((one.namespace.clone(), one.kind.clone(), one.name.clone()), one);
        }
        for trial in outpost.objects("Trial") {
            let latest = trial.pointer("/status/observation/metrics/0/latest").and_then(Value::as_str);
            let Some(value) = latest.and_then(|text| text.parse::<f64>().ok()).filter(|value| value.is_finite()) else {
                continue;
            };
            let experiment = text(&trial, EXPERIMENT.1).to_owned();
            let key = (text(&trial, "/metadata/namespace").to_owned(), experiment);
            let born = text(&trial, "/metadata/creationTimestamp").to_owned();
            scene.trials.entry(key).or_default().push((born, value));
        }
        scene.trials.values_mut().for_each(|trials| trials.sort_by(|a, b| a.0.cmp(&b.0)));
        scene
    }

    pub fn pods_of(&self, namespace: &str, label: &'static str, value: &str) -> Vec<Arc<Value>> {
        self.pods.get(&(namespace.to_owned(), label, value.to_owned())).cloned().unwrap_or_default()
    }

    pub fn owner_of<'a>(&'a self, namespace: &'a str) -> &'a str {
        self.owners.get(namespace).map(String::as_str).filter(|owner| !owner.is_empty()).unwrap_or(namespace)
    }

    pub fn trials_of(&self, kind: &str, namespace: &str, name: &str) -> Vec<f64> {
        if kind != EXPERIMENT.0 {
            return Vec::new();
        }
        let trials = self.trials.get(&(namespace.to_owned(), name.to_owned())).into_iter().flatten();
        trials.map(|(_, value)| *value).collect()
    }

    /// What keeps something from going on: its pods, its place in a queue, its quota.
    pub fn waits_for(
        &self,
        kind: &str,
        object: &Value,
        pods: &[Arc<Value>],
        (templates, state): (&[(i64, Amounts)], State),
        queue: Option<&str>,
    ) -> Option<String> {
        let (namespace, name) = (text(object, "/metadata/namespace"), text(object, "/metadata/name"));
        let in_queue = self.waiting.get(&(namespace.to_owned(), kind.to_owned(), name.to_owned()));
        if let Some(one) = in_queue.filter(|one| one.place > 0) {
            return Some(one.to_string());
        }
        if let Some(trouble) = pods.iter().find_map(|pod| self.trouble(pod)) {
            return Some(trouble);
        }
        if state != State::Waiting {
            return None;
        }
        let warned = self.warned(namespace, name);
        let short = || shortage(templates, &self.rooms).filter(|_| pods.is_empty());
        warned.or_else(short).or_else(|| queue.map(|queue| format!("queue {queue}")))
    }

    /// What is wrong with a pod, and what no node has for it.
    fn trouble(&self, pod: &Value) -> Option<String> {
        let (trouble, _) = pod_trouble(&Object::from_value(pod.clone()).ok()?)?;
        let is_placed = !text(pod, "/spec/nodeName").is_empty();
        let short = bottleneck(&Amounts::of_pod(&pod["spec"]), &self.rooms).filter(|_| !is_placed);
        Some(match short {
            Some(short) => format!("{short}; {trouble}"),
            None => trouble,
        })
    }

    /// The last warning about something, or about what a controller makes of it.
    fn warned(&self, namespace: &str, name: &str) -> Option<String> {
        let is_meant = |event: &&Arc<Value>| {
            let about = text(event, "/involvedObject/name");
            about.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        };
        let event = self.warnings.get(namespace)?.iter().rev().find(is_meant)?;
        Some(text(event, "/message").to_owned()).filter(|message| !message.is_empty())
    }
}

/// When something was last told.
fn when(event: &Value) -> &str {
    ["/series/lastObservedTime", "/lastTimestamp", "/eventTime", "/metadata/creationTimestamp"]
        .into_iter()
        .map(|place| text(event, place))
        .find(|when| !when.is_empty())
        .unwrap_or_default()
}
