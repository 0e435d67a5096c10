//! Kubeflow's profile controller: a namespace with accounts, roles, access policy and quota for each Profile.

use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::Map;
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

pub(super) struct Profiles;

const KIND: &str = "profiles.kubeflow.org";
const ACCOUNTS: &str = "serviceaccounts";
const BINDINGS: &str = "rolebindings.rbac.authorization.k8s.io";
const POLICIES: &str = "authorizationpolicies.security.istio.io";
const QUOTAS: &str = "resourcequotas";
const QUOTA: &str = "kf-resource-quota";
const FINALIZER: &str = "profile-finalizer";
const NAMESPACE: &str = "kubeflow";
const DEPLOYMENT: &str = "profiles-deployment";

/// What a namespace gets when the controller's ConfigMap does not say.
const LABELS: [(&str, &str); 4] = [
    ("app.kubernetes.io/part-of", "kubeflow-profile"),
    ("katib.kubeflow.org/metrics-collector-injection", "enabled"),
    ("pipelines.kubeflow.org/enabled", "true"),
    ("serving.kubeflow.org/inferenceservice", "enabled"),
];

impl Player for Profiles {
    fn watches(&self) -> &'static [&'static str] {
        &[KIND, "namespaces", ACCOUNTS, BINDINGS, POLICIES, QUOTAS, "deployments.apps", "configmaps"]
    }

    fn keys(&self, world: &World, change: &Change) -> Vec<Key> {
        let all = || {
            let profiles = world.list(KIND, "");
            profiles.iter().map(|one| Key::new(KIND, "", look::name(one))).collect::<Vec<_>>()
        };
        match &*change.key.kind {
            KIND => vec![change.key.clone()],
            "deployments.apps" if change.key.namespace == NAMESPACE && change.key.name == DEPLOYMENT => all(),
            "deployments.apps" => Vec::new(),
            "configmaps" if is_labels(&change.object) => all(),
            "configmaps" => Vec::new(),
            "namespaces" => vec![Key::new(KIND, "", &change.key.name)],
            // What the controller made and someone took away or changed.
            _ if look::controller(&change.object).is_some_and(|owner| owner["kind"] == "Profile") => {
                vec![Key::new(KIND, "", &change.key.namespace)]
            }
            _ => Vec::new(),
        }
    }

    fn act<'a>(&'a self, stage: &'a Stage, key: &'a Key) -> BoxFuture<'a, Result<Next, PlayerError>> {
        act(stage, key).boxed()
    }
}

fn is_labels(map: &Value) -> bool {
    look::namespace(map) == NAMESPACE && look::name(map).starts_with("namespace-labels-data")
}

async fn act(stage: &Stage, key: &Key) -> Result<Next, PlayerError> {
    let Some(profile) = stage.world.get(KIND, "", &key.name) else { return Ok(None) };
    if !stage.serves(NAMESPACE, DEPLOYMENT) || !stage.world.is_listed("namespaces") {
        return Ok(None);
    }
    let finalizers = look::items(&profile, "/metadata/finalizers");
    if look::is_deleting(&profile) {
        let kept: Vec<&Value> = finalizers.iter().filter(|one| **one != FINALIZER).collect();
        if kept.len() < finalizers.len() {
            stage.api.patch(KIND, &profile, "", json!({"metadata": {"finalizers": kept}})).await?;
        }
        return Ok(None);
    }
    if !ensure_namespace(stage, &profile).await? {
        return Ok(None);
    }
    let owner = look::text(&profile, "/spec/owner/name");
    for (account, role) in [("default-editor", "kubeflow-edit"), ("default-viewer", "kubeflow-view")] {
        let object = json!({"apiVersion": "v1", "kind": "ServiceAccount"});
        ensure(stage, &profile, ACCOUNTS, account, object).await?;
        let subject = json!({"kind": "ServiceAccount", "name": account, "namespace": look::name(&profile)});
        ensure(stage, &profile, BINDINGS, account, binding(role, &subject)).await?;
    }
    let mut admin = binding("kubeflow-admin", &profile["spec"]["owner"]);
    admin["metadata"] = json!({"annotations": {"user": owner, "role": "admin"}});
    ensure(stage, &profile, BINDINGS, "namespaceAdmin", admin).await?;
    if stage.world.info(POLICIES).is_some() {
        ensure(stage, &profile, POLICIES, "ns-owner-access-istio", policy(&profile, owner)).await?;
    }
    let quota = &profile["spec"]["resourceQuotaSpec"];
    if look::mapping(quota, "/hard").is_some_and(|hard| !hard.is_empty()) {
        let object = json!({"apiVersion": "v1", "kind": "ResourceQuota", "spec": quota});
        ensure(stage, &profile, QUOTAS, QUOTA, object).await?;
    } else if let Some(quota) = stage.world.get(QUOTAS, look::name(&profile), QUOTA) {
        stage.api.delete(QUOTAS, &quota, json!({})).await?;
    }
    if !finalizers.iter().any(|one| one == FINALIZER) {
        let mut all = finalizers.to_vec();
        all.push(FINALIZER.into());
        stage.api.patch(KIND, &profile, "", json!({"metadata": {"finalizers": all}})).await?;
    }
    Ok(None)
}

/// Makes or labels the namespace; false where it belongs to someone else or is going.
async fn ensure_namespace(stage: &Stage, profile: &Value) -> Result<bool, PlayerError> {
    let name = look::name(profile);
    let owner = look::text(profile, "/spec/owner/name");
    let labels = namespace_labels(stage);
    let Some(known) = stage.world.get("namespaces", "", name) else {
        let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {
            "name": name, "labels": labels, "annotations": {"owner": owner},
            "ownerReferences": [look::owner_reference(profile)]}});
        return Ok(stage.api.create("namespaces", &namespace).await?.is_some());
    };
    if look::is_deleting(&known) {
        return Ok(false);
    }
    if look::annotation(&known, "owner") != Some(owner) {
        let text = format!("namespace already exist, but not owned by profile creator {owner}");
        let status = json!({"conditions": [{"type": "Failed", "message": text}]});
        stage.api.set_status(KIND, profile, status).await?;
        return Ok(false);
    }
    // Values that are there already are kept, as the controller keeps them.
    let missing: Map<String, Value> =
        labels.into_iter().filter(|(key, _)| look::label(&known, key).is_none()).collect();
    if !missing.is_empty() {
        stage.api.patch("namespaces", &known, "", json!({"metadata": {"labels": missing}})).await?;
    }
    Ok(true)
}

fn namespace_labels(stage: &Stage) -> Map<String, Value> {
    let mut labels = Map::new();
    labels.insert("istio-injection".into(), "enabled".into());
    let maps = stage.world.list("configmaps", NAMESPACE);
    let text =
        maps.iter().find(|map| is_labels(map)).map(|map| look::text(map, "/data/namespace-labels.yaml").to_owned());
    let pairs: Vec<(String, String)> = match &text {
        Some(text) => text
            .lines()
            .filter(|line| !line.trim_start().starts_with('#'))
            .filter_map(|line| line.split_once(':'))
            .map(|(key, value)| (unquoted(key), unquoted(value)))
            .collect(),
        None => LABELS.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
    };
    // An empty value means that the label is to be absent.
    labels.extend(pairs.into_iter().filter(|(_, value)| !value.is_empty()).map(|(key, value)| (key, value.into())));
    labels
}

fn unquoted(text: &str) -> String {
    text.trim().trim_matches(['"', '\'']).to_owned()
}

fn binding(role: &str, subject: &Value) -> Value {
    json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role}, "subjects": [subject]})
}

fn policy(profile: &Value, owner: &str) -> Value {
    let account = |namespace: &str, name: &str| format!("cluster.local/ns/{namespace}/sa/{name}");
    let gateway = account("istio-system", "istio-ingressgateway-service-account");
    let pipelines = account("kubeflow", "ml-pipeline-ui");
    let notebooks = account("kubeflow", "notebook-controller-service-account");
    json!({"apiVersion": "security.istio.io/v1beta1", "kind": "AuthorizationPolicy",
    "metadata": {"annotations": {"user": owner, "role": "admin"}},
    "spec": {"rules": [
        {"from": [{"source": {"principals": [gateway, pipelines]}}],
            "when": [{"key": "request.headers[kubeflow-userid]", "values": [owner]}]},
        {"when": [{"key": "source.namespace", "values": [look::name(profile)]}]},
        {"to": [{"operation": {"paths": ["/healthz", "/metrics", "/wait-for-drain"]}}]},
        {"from": [{"source": {"principals": [notebooks]}}],
            "to": [{"operation": {"methods": ["GET"], "paths": ["*/api/kernels"]}}]},
    ]}})
}

/// Makes an object of the profile's namespace, or brings its content back to what it should be.
async fn ensure(stage: &Stage, profile: &Value, kind: &str, name: &str, mut object: Value) -> Result<(), PlayerError> {
    let namespace = look::name(profile);
    let Some(known) = stage.world.get(kind, namespace, name) else {
        object["metadata"]["name"] = name.into();
        object["metadata"]["namespace"] = namespace.into();
        object["metadata"]["ownerReferences"] = json!([look::owner_reference(profile)]);
        return match stage.api.create(kind, &object).await {
            Err(error) if matches!(error.code(), 403 | 404) => Ok(()),
            other => other.map(|_| ()),
        };
    };
    let differs = |field: &str| !object[field].is_null() && !covers(&known[field], &object[field]);
    let fields: Map<String, Value> = ["spec", "subjects"]
        .iter()
        .filter(|field| differs(field))
        .map(|field| ((*field).to_owned(), object[*field].clone()))
        .collect();
    if fields.is_empty() || look::is_deleting(&known) {
        return Ok(());
    }
    let known: Arc<Value> = known;
    stage.api.patch(kind, &known, "", Value::Object(fields)).await.map(|_| ())
}

/// Whether `known` has all that `wanted` says; a server may have added defaults and rewritten quantities.
fn covers(known: &Value, wanted: &Value) -> bool {
    match (known, wanted) {
        (Value::Object(known), Value::Object(wanted)) => {
            wanted.iter().all(|(key, value)| known.get(key).is_some_and(|known| covers(known, value)))
        }
        (Value::Array(known), Value::Array(wanted)) => {
            known.len() == wanted.len() && known.iter().zip(wanted).all(|(known, wanted)| covers(known, wanted))
        }
        _ => {
            let quantity = |value: &Value| crate::object::schema::Quantity::from_json(value).ok();
            known == wanted || quantity(known).is_some() && quantity(known) == quantity(wanted)
        }
    }
}
