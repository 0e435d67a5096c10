//! Kubeflow's notebook controller: a StatefulSet and a Service for each Notebook, and its status.

use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::Value;
use serde_json::json;

use super::error::PlayerError;
use super::look;
use super::runner::Next;
use super::runner::Player;
use super::runner::Stage;
use super::world::Change;
use super::world::Key;
use super::world::World;

pub(super) struct Notebooks;

const KIND: &str = "notebooks.kubeflow.org";
const SETS: &str = "statefulsets.apps";
const STOPPED: &str = "kubeflow-resource-stopped";
const NAMESPACE: &str = "kubeflow";
const DEPLOYMENT: &str = "notebook-controller-deployment";

impl Player for Notebooks {
    fn watches(&self) -> &'static [&'static str] {
        &[KIND, SETS, "services", "pods", "deployments.apps"]
    }

    fn keys(&self, world: &World, change: &Change) -> Vec<Key> {
        match &*change.key.kind {
            KIND => vec![change.key.clone()],
            "deployments.apps" => {
                if change.key.namespace != NAMESPACE || change.key.name != DEPLOYMENT {
                    return Vec::new();
                }
                let notebooks = world.list(KIND, "");
                notebooks.iter().map(|one| Key::new(KIND, look::namespace(one), look::name(one))).collect()
            }
            "pods" => {
                let notebook = look::label(&change.object, "notebook-name");
                notebook.map(|name| Key::new(KIND, &change.key.namespace, name)).into_iter().collect()
            }
            _ if look::controller(&change.object).is_some_and(|owner| owner["kind"] == "Notebook") => {
                vec![Key::new(KIND, &change.key.namespace, &change.key.name)]
            }
            _ => Vec::new(),
        }
    }

    fn act<'a>(&'a self, stage: &'a Stage, key: &'a Key) -> BoxFuture<'a, Result<Next, PlayerError>> {
        act(stage, key).boxed()
    }
}

async fn act(stage: &Stage, key: &Key) -> Result<Next, PlayerError> {
    let notebook = stage.world.get(KIND, &key.namespace, &key.name);
    let Some(notebook) = notebook.filter(|one| !look::is_deleting(one)) else { return Ok(None) };
    if !stage.serves(NAMESPACE, DEPLOYMENT) || !stage.world.is_listed(SETS) {
        return Ok(None);
    }
    let replicas = i64::from(look::annotation(&notebook, STOPPED).is_none());
    let spec = &notebook["spec"]["template"]["spec"];
    match stage.world.get(SETS, &key.namespace, &key.name) {
        None => {
            stage.api.create(SETS, &stateful_set(&notebook, replicas)).await?;
        }
        Some(set) => {
            if look::number(&set, "/spec/replicas") != Some(replicas) {
                stage.api.patch(SETS, &set, "", json!({"spec": {"replicas": replicas}})).await?;
            }
            let image = "/containers/0/image";
            if set["spec"]["template"]["spec"].pointer(image) != spec.pointer(image) {
                let whole = stateful_set(&notebook, replicas);
                let patch = json!({"spec": {"template": {"spec": {"containers": whole["spec"]["template"]["spec"]["containers"]}}}});
                stage.api.patch(SETS, &set, "", patch).await?;
            }
        }
    }
    if stage.world.get("services", &key.namespace, &key.name).is_none() {
        let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": metadata(&notebook),
            "spec": {"type": "ClusterIP", "selector": {"statefulset": key.name},
                "ports": [{"name": format!("http-{}", key.name), "port": 80, "targetPort": 8888, "protocol": "TCP"}]}});
        stage.api.create("services", &service).await?;
    }
    report(stage, &notebook).await
}

fn metadata(notebook: &Value) -> Value {
    json!({"name": look::name(notebook), "namespace": look::namespace(notebook),
        "ownerReferences": [look::owner_reference(notebook)]})
}

fn stateful_set(notebook: &Value, replicas: i64) -> Value {
    let name = look::name(notebook);
    let labels = json!({"statefulset": name, "notebook-name": name});
    let mut spec = notebook["spec"]["template"]["spec"].clone();
    let prefix = format!("/notebook/{}/{name}", look::namespace(notebook));
    // The CRD of notebooks knows no types below a template in every release.
    if let Some(first) = spec.pointer_mut("/containers/0").filter(|first| first.is_object()) {
        if first["ports"].is_null() {
            first["ports"] = json!([{"containerPort": 8888, "name": "notebook-port", "protocol": "TCP"}]);
        }
        let mut env = look::items(first, "/env").to_vec();
        env.retain(|one| one["name"] != "NB_PREFIX");
        env.push(json!({"name": "NB_PREFIX", "value": prefix}));
        first["env"] = env.into();
    }
    if let Some(spec) = spec.as_object_mut()
        && spec.get("securityContext").is_none_or(Value::is_null)
    {
        spec.insert("securityContext".into(), json!({"fsGroup": 100}));
    }
    json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": metadata(notebook),
        "spec": {"replicas": replicas, "serviceName": "", "selector": {"matchLabels": {"statefulset": name}},
            "template": {"metadata": {"labels": labels}, "spec": spec}}})
}

/// The status repeats what the pod says of itself.
async fn report(stage: &Stage, notebook: &Value) -> Result<Next, PlayerError> {
    let (namespace, name) = (look::namespace(notebook), look::name(notebook));
    let set = stage.world.get(SETS, namespace, name);
    let pod = stage.world.get("pods", namespace, &format!("{name}-0"));
    let ready = set.as_deref().and_then(|set| look::number(set, "/status/readyReplicas")).unwrap_or(0);
    let conditions: Vec<Value> = pod
        .as_deref()
        .map(|pod| look::items(pod, "/status/conditions"))
        .unwrap_or_default()
        .iter()
        .map(|one| {
            let mut copy = json!({"type": one["type"], "status": one["status"],
                "lastProbeTime": one["lastTransitionTime"], "lastTransitionTime": one["lastTransitionTime"]});
            for field in ["reason", "message"] {
                if !one[field].is_null() {
                    copy[field] = one[field].clone();
                }
            }
            copy
        })
        .collect();
    let own = |one: &&Value| one["name"] == name;
    let statuses = pod.as_deref().map(|pod| look::items(pod, "/status/containerStatuses")).unwrap_or_default();
    let state = statuses.iter().find(own).or(statuses.first()).map_or_else(|| json!({}), |one| one["state"].clone());
    let status = json!({"conditions": conditions, "readyReplicas": ready, "containerState": state});
    stage.api.set_status(KIND, notebook, status).await.map(|()| None)
}
