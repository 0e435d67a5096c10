//! Namespaces: what each has from the start, and how one is emptied before it goes.

use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::Value;
use serde_json::json;

use super::authority;
use super::error::PlayerError;
use super::look;
use super::runner::Next;
use super::runner::Player;
use super::runner::Stage;
use super::world::Change;
use super::world::Key;
use super::world::World;

pub(super) struct Namespaces;

const KIND: &str = "namespaces";
const ROOT_CA: &str = "kube-root-ca.crt";

impl Player for Namespaces {
    /// Everything: what is gone may have been the last thing a closing namespace held.
    fn watches(&self) -> &'static [&'static str] {
        &[]
    }

    fn keys(&self, world: &World, change: &Change) -> Vec<Key> {
        if &*change.key.kind == KIND {
            return vec![change.key.clone()];
        }
        let base = matches!(
            (&*change.key.kind, change.key.name.as_str()),
            ("serviceaccounts", "default") | ("configmaps", ROOT_CA)
        );
        let closing = || world.get(KIND, "", &change.key.namespace).is_some_and(|one| look::is_deleting(&one));
        if !change.key.namespace.is_empty() && (change.gone && base || closing()) {
            return vec![Key::new(KIND, "", &change.key.namespace)];
        }
        Vec::new()
    }

    fn act<'a>(&'a self, stage: &'a Stage, key: &'a Key) -> BoxFuture<'a, Result<Next, PlayerError>> {
        async move {
            let Some(namespace) = stage.world.get(KIND, "", &key.name) else { return Ok(None) };
            if look::is_deleting(&namespace) { drain(stage, &namespace).await } else { furnish(stage, &key.name).await }
        }
        .boxed()
    }
}

async fn furnish(stage: &Stage, namespace: &str) -> Result<Next, PlayerError> {
    if !stage.world.is_listed("serviceaccounts") || !stage.world.is_listed("configmaps") {
        return Ok(Some(Duration::from_millis(20)));
    }
    if stage.world.get("serviceaccounts", namespace, "default").is_none() {
        let account = json!({"apiVersion": "v1", "kind": "ServiceAccount",
            "metadata": {"name": "default", "namespace": namespace}});
        stage.api.create("serviceaccounts", &account).await?;
    }
    if stage.world.get("configmaps", namespace, ROOT_CA).is_none() {
        let map = json!({"apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": ROOT_CA, "namespace": namespace,
                "annotations": {"kubernetes.io/description": "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters."}},
            "data": {"ca.crt": authority::of_cluster()?}});
        stage.api.create("configmaps", &map).await?;
    }
    Ok(None)
}

/// Deletes what is in it, and lets it go when nothing is left.
async fn drain(stage: &Stage, namespace: &Value) -> Result<Next, PlayerError> {
    let name = look::name(namespace);
    let kinds = stage.world.watched_kinds();
    if kinds.iter().any(|kind| !stage.world.is_listed(kind)) {
        return Ok(Some(Duration::from_millis(50)));
    }
    let mut left = Vec::new();
    for kind in kinds {
        for object in stage.world.list(&kind, name) {
            if !look::is_deleting(&object) {
                stage.api.delete(&kind, &object, json!({"propagationPolicy": "Background"})).await?;
            }
            left.push((std::sync::Arc::clone(&kind), object));
        }
    }
    // The deleted objects report back when they are gone, and then this is called again.
    let held: Vec<_> = left.iter().filter(|(_, object)| look::is_deleting(object)).collect();
    if !left.is_empty() {
        if held.len() == left.len() {
            tell_what_holds(stage, namespace, &held).await?;
        }
        return Ok(None);
    }
    let events = format!("/api/v1/namespaces/{name}/events");
    stage.api.send("DELETE", &events, "application/json", Some(&json!({}))).await?;
    let mut closed = Value::clone(namespace);
    closed["spec"]["finalizers"] = json!([]);
    let path = format!("/api/v1/namespaces/{name}/finalize");
    match stage.api.send("PUT", &path, "application/json", Some(&closed)).await {
        Err(error) if !matches!(error.code(), 404 | 409) => Err(error),
        _ => Ok(None),
    }
}

async fn tell_what_holds(
    stage: &Stage,
    namespace: &Value,
    held: &[&(super::world::Kind, std::sync::Arc<Value>)],
) -> Result<(), PlayerError> {
    let mut finalizers = std::collections::BTreeMap::<String, usize>::new();
    for (_, object) in held {
        for finalizer in look::items(object, "/metadata/finalizers") {
            *finalizers.entry(finalizer.as_str().unwrap_or_default().to_owned()).or_default() += 1;
        }
    }
    if finalizers.is_empty() {
        return Ok(());
    }
    let listed: Vec<String> =
        finalizers.iter().map(|(name, count)| format!("{name} in {count} resource instances")).collect();
    let text = format!("Some content in the namespace has finalizers remaining: {}", listed.join(", "));
    let mut status = namespace["status"].clone();
    let mut conditions = look::items(namespace, "/status/conditions").to_vec();
    look::set_condition(&mut conditions, "NamespaceFinalizersRemaining", "True", "SomeFinalizersRemain", &text);
    status["conditions"] = conditions.into();
    stage.api.set_status(KIND, namespace, status).await
}
