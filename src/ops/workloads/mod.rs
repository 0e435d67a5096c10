//! What people run: each of their notebooks, jobs, experiments, runs and services with who, since when, how far, what it
//! holds and what it waits for. Put together from what the lookout has seen, by its table; pure.

mod amounts;
mod room;
mod scene;
mod waiting;

use std::sync::Arc;

use serde_json::Value;

use super::lookout::Form;
use super::lookout::KINDS;
use super::lookout::Outpost;
use super::lookout::Path;
use super::lookout::PodsRow;
use super::lookout::State;
use super::lookout::StateRow;
use super::lookout::WorkloadRow;
use scene::Scene;
use scene::text;

pub use amounts::Amounts;
pub use amounts::amount_text;
pub use room::NodeRoom;
use room::holds;
pub use room::rooms;
pub use waiting::Queue;
pub use waiting::queues;

/// One thing somebody runs.
#[derive(Clone, Debug)]
pub struct Workload {
    /// The heading it stands under.
    pub group: &'static str,
    /// `PyTorchJob`
    pub kind: String,
    pub namespace: String,
    pub name: String,
    /// Whose namespace it is in; the namespace where nobody owns it.
    pub who: String,
    /// RFC 3339: when it was made.
    pub since: String,
    pub state: State,
    /// What it says of its state.
    pub reason: String,
    /// Replicas that are there, where that is told, and those that are asked for.
    pub replicas: Option<(Option<i64>, i64)>,
    /// What its pods hold of nodes.
    pub holds: Amounts,
    /// What its templates ask for, where it has no pods.
    pub asks: Amounts,
    pub waits_for: Option<String>,
    pub queue: Option<String>,
    /// Where it is reached.
    pub link: Option<String>,
    pub columns: Vec<(String, Form, String)>,
    /// Values of the trials of an experiment, in the order of their birth.
    pub trials: Vec<f64>,
}

/// Everything people run in a cluster: what failed first, then what waits; within that the newest first.
pub fn workloads(outpost: &Outpost) -> Vec<Workload> {
    let scene = Scene::of(outpost);
    let mut all: Vec<Workload> = KINDS
        .iter()
        .filter_map(|row| Some((row, row.workload.as_ref()?)))
        .flat_map(|(row, work)| {
            let objects = outpost.of_row(row);
            objects.iter().map(|object| workload(&row.kind, work, object, &scene)).collect::<Vec<_>>()
        })
        .collect();
    all.sort_by(|a, b| (a.state, &b.since, &a.namespace, &a.name).cmp(&(b.state, &a.since, &b.namespace, &b.name)));
    all
}

/// The headings in their order.
pub fn workload_groups() -> Vec<&'static str> {
    let mut groups: Vec<&'static str> = Vec::new();
    for work in KINDS.iter().filter_map(|row| row.workload.as_ref()) {
        if !groups.contains(&work.group.as_str()) {
            groups.push(&work.group);
        }
    }
    groups
}

fn workload(kind: &str, work: &'static WorkloadRow, object: &Arc<Value>, scene: &Scene) -> Workload {
    let (namespace, name) = (text(object, "/metadata/namespace"), text(object, "/metadata/name"));
    let named = |pods: &PodsRow| match &pods.value {
        Some(path) => shown(path.first(object)),
        None => name.to_owned(),
    };
    let pods = work.pods.as_ref().map(|pods| scene.pods_of(namespace, &pods.label, &named(pods))).unwrap_or_default();
    let holding = pods.iter().filter(|pod| holds(pod));
    let holds = holding.fold(Amounts::default(), |sum, pod| sum.plus(&Amounts::of_pod(&pod["spec"]), 1));
    let (state, mut reason) = state(work, object);
    if let Some(said) = first(&work.reason, object).filter(|_| reason.is_empty()) {
        reason = said;
    }
    let wanted = sum(&work.wanted, object);
    let templates = templates(work, object);
    let asks = templates.iter().fold(Amounts::default(), |all, (times, pod)| all.plus(pod, (*times).into()));
    let is_open = matches!(state, State::Waiting | State::Running | State::Ready);
    let queue = first(&work.queue, object);
    let waits_for =
        is_open.then(|| scene.waits_for(kind, object, &pods, (&templates, state), queue.as_deref())).flatten();
    Workload {
        group: &work.group,
        kind: work.title.clone().unwrap_or_else(|| kind.to_owned()),
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        who: scene.owner_of(namespace).to_owned(),
        since: text(object, "/metadata/creationTimestamp").to_owned(),
        replicas: wanted.map(|wanted| (sum(&work.running, object), wanted)),
        asks: if holds.is_empty() && is_open { asks } else { Amounts::default() },
        holds,
        waits_for,
        queue,
        link: first(&work.link, object),
        columns: work
            .columns
            .iter()
            .map(|column| (column.title.clone(), column.form, column_text(column.form, &column.path, object)))
            .collect(),
        trials: scene.trials_of(kind, namespace, name),
        state,
        reason,
    }
}

/// How far it is, and what the condition says that tells it.
fn state(work: &WorkloadRow, object: &Value) -> (State, String) {
    let condition = |kind: &str, status: &str| {
        let all = object.pointer("/status/conditions").and_then(Value::as_array).into_iter().flatten();
        all.into_iter().find(|one| one["type"] == kind && one["status"] == status)
    };
    let said = |condition: &Value| {
        [text(condition, "/message"), text(condition, "/reason")]
            .into_iter()
            .find(|text| !text.is_empty())
            .unwrap_or_default()
            .to_owned()
    };
    for row in &work.states {
        if let Some(met) = row.condition.as_ref().and_then(|kind| condition(kind, "True")) {
            let tells = row.is == State::Failed;
            return (row.is, if tells { said(met) } else { String::new() });
        }
        if row.path.as_ref().is_some_and(|path| fits(row, path, object)) {
            return (row.is, String::new());
        }
    }
    let hindered = work.hindered.as_ref().and_then(|kind| condition(kind, "False"));
    (work.otherwise, hindered.map(said).unwrap_or_default())
}

fn fits(row: &StateRow, path: &Path, object: &Value) -> bool {
    match (row.above, row.texts.is_empty()) {
        (Some(least), _) => path.sum(object).is_some_and(|sum| sum > least),
        (None, false) => path.all(object).into_iter().any(|found| row.texts.contains(&shown(Some(found)))),
        (None, true) => path.first(object).is_some(),
    }
}

/// The pods that the templates ask for: how many, and what each of them asks for.
fn templates(work: &WorkloadRow, object: &Value) -> Vec<(i64, Amounts)> {
    let Some(row) = &work.asks else { return Vec::new() };
    let template = |template: &Value| {
        let times = row.replicas.as_ref().and_then(|path| path.first(template)).and_then(Value::as_i64).unwrap_or(1);
        (times, row.pod.first(template).map(Amounts::of_pod).unwrap_or_default())
    };
    row.each.all(object).into_iter().map(template).collect()
}

fn sum(paths: &[Path], object: &Value) -> Option<i64> {
    paths.iter().find_map(|path| path.sum(object))
}

/// The first text at these places.
fn first(paths: &[Path], object: &Value) -> Option<String> {
    paths.iter().map(|path| shown(path.first(object))).find(|text| !text.is_empty())
}

fn column_text(form: Form, path: &Path, object: &Value) -> String {
    match form {
        Form::Text | Form::Since => shown(path.first(object)),
        Form::Pairs => {
            let pair = |one: &Value| format!("{} = {}", shown(one.get("name")), shown(one.get("value")));
            path.all(object).into_iter().map(pair).collect::<Vec<_>>().join(", ")
        }
    }
}

/// A value as a text; empty for what is none.
fn shown(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(plain) => plain.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(kind: &str, object: Value, scene: &Scene) -> Workload {
        let row = KINDS.iter().find(|row| row.kind == kind).expect("a row");
        let kept = row.kept().kept(object);
        workload(kind, row.workload.as_ref().expect("of people"), &Arc::new(kept), scene)
    }

    #[test]
    fn a_job_in_its_states() {
        let job = |conditions: Value| {
            json!({"metadata": {"name": "j", "namespace": "alice", "creationTimestamp": "2026-01-01T00:00:00Z"},
                "spec": {"pytorchReplicaSpecs": {
                    "Master": {"replicas": 1, "template": {"spec": {"containers": [{"resources": {"requests": {"cpu": "1"}}}]}}},
                    "Worker": {"replicas": 3, "template": {"spec": {"containers": [{"resources": {"limits": {"nvidia.com/gpu": 2}}}]}}}}},
                "status": {"conditions": conditions, "replicaStatuses": {"Worker": {"active": 2}}}})
        };
        let check = |conditions: Value, expected: State, reason: &str| {
            let found = told("PyTorchJob", job(conditions), &Scene::default());
            assert_eq!((found.state, found.reason.as_str()), (expected, reason));
            assert_eq!(found.replicas, Some((Some(2), 4)));
            found
        };
        let waiting = check(json!([{"type": "Created", "status": "True", "message": "created"}]), State::Waiting, "");
        assert_eq!(waiting.asks.to_string(), "1 CPU, 6 nvidia.com/gpu");
        assert_eq!(waiting.who, "alice");
        check(json!([{"type": "Running", "status": "True"}]), State::Running, "");
        let failed = json!([{"type": "Running", "status": "False"}, {"type": "Failed", "status": "True", "message": "out of memory"}]);
        assert!(check(failed, State::Failed, "out of memory").asks.is_empty());
    }

    #[test]
    fn what_has_phases_and_texts() {
        let run = json!({"metadata": {"name": "r"}, "status": {"phase": "Error", "message": "no such image", "progress": "1/3"}});
        let run = told("Workflow", run, &Scene::default());
        assert_eq!((run.state, run.reason.as_str()), (State::Failed, "no such image"));
        assert_eq!(run.columns[0], ("Progress".to_owned(), Form::Text, "1/3".to_owned()));
        let stopped = json!({"metadata": {"name": "n", "annotations": {"kubeflow-resource-stopped": "2026"}}, "status": {"readyReplicas": 1}});
        assert_eq!(told("Notebook", stopped, &Scene::default()).state, State::Stopped);
        let best = json!({"metadata": {"name": "e"}, "status": {"currentOptimalTrial": {"bestTrialName": "t", "parameterAssignments": [{"name": "lr", "value": "0.1"}, {"name": "n", "value": "3"}]}}});
        let best = told("Experiment", best, &Scene::default());
        assert!(
            best.columns.contains(&("With".to_owned(), Form::Pairs, "lr = 0.1, n = 3".to_owned())),
            "{:?}",
            best.columns
        );
        let unready = json!({"metadata": {"name": "s"}, "status": {"url": "http://s", "conditions": [{"type": "Ready", "status": "False", "message": "no model"}]}});
        let unready = told("InferenceService", unready, &Scene::default());
        assert_eq!(
            (unready.state, unready.reason.as_str(), unready.link.as_deref()),
            (State::Waiting, "no model", Some("http://s"))
        );
    }
}
