//! Claims: the default class, a volume for each, and what becomes of the volume afterwards.

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

pub(super) struct Volumes;

const CLAIMS: &str = "persistentvolumeclaims";
const VOLUMES: &str = "persistentvolumes";
const CLASSES: &str = "storageclasses.storage.k8s.io";
const DEFAULT_CLASS: &str = "storageclass.kubernetes.io/is-default-class";
const FIRST_CLASS: &str = "standard";
const SELECTED_NODE: &str = "volume.kubernetes.io/selected-node";

impl Player for Volumes {
    fn watches(&self) -> &'static [&'static str] {
        &[CLAIMS, VOLUMES, CLASSES]
    }

    fn start(&self) -> Vec<Key> {
        vec![Key::new(CLASSES, "", FIRST_CLASS)]
    }

    fn keys(&self, world: &World, change: &Change) -> Vec<Key> {
        match &*change.key.kind {
            CLAIMS if change.gone => {
                let volume = look::text(&change.object, "/spec/volumeName");
                vec![change.key.clone(), Key::new(VOLUMES, "", volume)]
            }
            CLASSES => {
                let claims = world.list(CLAIMS, "");
                let unbound = claims.iter().filter(|claim| look::text(claim, "/status/phase") != "Bound");
                unbound.map(|claim| Key::new(CLAIMS, look::namespace(claim), look::name(claim))).collect()
            }
            _ => vec![change.key.clone()],
        }
    }

    fn act<'a>(&'a self, stage: &'a Stage, key: &'a Key) -> BoxFuture<'a, Result<Next, PlayerError>> {
        async move {
            if !stage.world.is_listed(CLASSES) || !stage.world.is_listed(VOLUMES) || !stage.world.is_listed(CLAIMS) {
                return Ok(Some(std::time::Duration::from_millis(20)));
            }
            match &*key.kind {
                CLAIMS => bind(stage, key).await,
                CLASSES => first_class(stage).await,
                _ => release(stage, key).await,
            }
        }
        .boxed()
    }
}

/// A cluster without any class gets one, as hosted clusters come with one.
async fn first_class(stage: &Stage) -> Result<Next, PlayerError> {
    if stage.world.list(CLASSES, "").is_empty() {
        let class = json!({
            "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass",
            "metadata": {"name": FIRST_CLASS, "annotations": {DEFAULT_CLASS: "true"}},
            "provisioner": "sandbox.stackwright.io/volumes", "reclaimPolicy": "Delete",
            "volumeBindingMode": "WaitForFirstConsumer", "allowVolumeExpansion": true,
        });
        stage.api.create(CLASSES, &class).await?;
    }
    Ok(None)
}

async fn bind(stage: &Stage, key: &Key) -> Result<Next, PlayerError> {
    let Some(claim) = stage.world.get(CLAIMS, &key.namespace, &key.name) else { return Ok(None) };
    if look::is_deleting(&claim) {
        return unprotect(stage, &claim).await;
    }
    if look::text(&claim, "/status/phase") == "Bound" {
        return Ok(None);
    }
    let named = look::text(&claim, "/spec/volumeName");
    if !named.is_empty() {
        return match stage.world.get(VOLUMES, "", named) {
            Some(volume) => take(stage, &claim, &volume).await,
            None => Ok(None),
        };
    }
    let class_name = match claim["spec"]["storageClassName"].as_str() {
        Some("") => return Ok(None),
        Some(name) => name.to_owned(),
        None => {
            let classes = stage.world.list(CLASSES, "");
            // Of several defaults the youngest counts.
            let defaults = classes.iter().filter(|class| look::annotation(class, DEFAULT_CLASS) == Some("true"));
            let default = defaults.max_by_key(|class| {
                let first = look::name(class) != FIRST_CLASS;
                (look::text(class, "/metadata/creationTimestamp").to_owned(), first)
            });
            let Some(default) = default else { return Ok(None) };
            let name = look::name(default).to_owned();
            stage.api.patch(CLAIMS, &claim, "", json!({"spec": {"storageClassName": name}})).await?;
            name
        }
    };
    let Some(class) = stage.world.get(CLASSES, "", &class_name) else {
        let text = format!("storageclass.storage.k8s.io \"{class_name}\" not found");
        stage.events.record("persistentvolume-controller", &claim, "Warning", "ProvisioningFailed", &text);
        return Ok(None);
    };
    if class["volumeBindingMode"] == "WaitForFirstConsumer" && look::annotation(&claim, SELECTED_NODE).is_none() {
        let text = "waiting for first consumer to be created before binding";
        stage.events.record("persistentvolume-controller", &claim, "Normal", "WaitForFirstConsumer", text);
        return Ok(None);
    }
    let volume = json!({
        "apiVersion": "v1", "kind": "PersistentVolume",
        "metadata": {"name": format!("pvc-{}", look::uid(&claim)),
            "annotations": {"pv.kubernetes.io/provisioned-by": class["provisioner"]}},
        "spec": {
            "accessModes": claim["spec"]["accessModes"],
            "capacity": {"storage": claim["spec"]["resources"]["requests"]["storage"]},
            "claimRef": {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": look::namespace(&claim),
                "name": look::name(&claim), "uid": look::uid(&claim)},
            "csi": {"driver": class["provisioner"], "volumeHandle": look::uid(&claim)},
            "persistentVolumeReclaimPolicy": class["reclaimPolicy"].as_str().unwrap_or("Delete"),
            "storageClassName": class_name,
            "volumeMode": claim["spec"]["volumeMode"].as_str().unwrap_or("Filesystem"),
        },
    });
    let created = stage.api.create(VOLUMES, &volume).await?;
    let patch = json!({"spec": {"volumeName": volume["metadata"]["name"]},
        "metadata": {"annotations": {"pv.kubernetes.io/bind-completed": "yes", "pv.kubernetes.io/bound-by-controller": "yes",
            "volume.kubernetes.io/storage-provisioner": class["provisioner"]}}});
    let Some(claim) = stage.api.patch(CLAIMS, &claim, "", patch).await? else { return Ok(None) };
    finish(stage, &claim, &created.unwrap_or(volume)).await
}

/// Binds a claim to the volume that it names, unless that one is another claim's.
async fn take(stage: &Stage, claim: &Value, volume: &Value) -> Result<Next, PlayerError> {
    let reference = &volume["spec"]["claimRef"];
    let of_claim = look::text(reference, "/namespace") == look::namespace(claim)
        && look::text(reference, "/name") == look::name(claim)
        && (reference["uid"].is_null() || reference["uid"] == look::uid(claim));
    if of_claim && !reference["uid"].is_null() {
        return finish(stage, claim, volume).await;
    }
    if !reference.is_null() && !of_claim {
        let text = format!("volume \"{}\" already bound to a different claim.", look::name(volume));
        stage.events.record("persistentvolume-controller", claim, "Warning", "FailedBinding", &text);
        return Ok(None);
    }
    // With its version: of two claims that find a volume free, one is refused and looks again.
    let patch = json!({
        "metadata": {"resourceVersion": volume["metadata"]["resourceVersion"]},
        "spec": {"claimRef": {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "name": look::name(claim),
            "namespace": look::namespace(claim), "uid": look::uid(claim)}},
    });
    match stage.api.patch(VOLUMES, volume, "", patch).await? {
        Some(volume) => finish(stage, claim, &volume).await,
        None => Ok(None),
    }
}

async fn finish(stage: &Stage, claim: &Value, volume: &Value) -> Result<Next, PlayerError> {
    let status =
        json!({"phase": "Bound", "accessModes": volume["spec"]["accessModes"], "capacity": volume["spec"]["capacity"]});
    stage.api.set_status(CLAIMS, claim, status).await?;
    if look::text(volume, "/status/phase") != "Bound" {
        stage.api.patch(VOLUMES, volume, "status", json!({"status": {"phase": "Bound"}})).await?;
    }
    Ok(None)
}

/// Lets a claim go that no running pod uses any more.
async fn unprotect(stage: &Stage, claim: &Value) -> Result<Next, PlayerError> {
    let kept: Vec<&Value> = look::items(claim, "/metadata/finalizers")
        .iter()
        .filter(|one| **one != "kubernetes.io/pvc-protection")
        .collect();
    if kept.len() < look::items(claim, "/metadata/finalizers").len() {
        stage.api.patch(CLAIMS, claim, "", json!({"metadata": {"finalizers": kept}})).await?;
    }
    Ok(None)
}

/// Deletes or keeps the volume of a claim that is gone.
async fn release(stage: &Stage, key: &Key) -> Result<Next, PlayerError> {
    let Some(volume) = stage.world.get(VOLUMES, "", &key.name) else { return Ok(None) };
    if look::is_deleting(&volume) {
        if !look::items(&volume, "/metadata/finalizers").is_empty() {
            stage.api.patch(VOLUMES, &volume, "", json!({"metadata": {"finalizers": null}})).await?;
        }
        return Ok(None);
    }
    let reference = &volume["spec"]["claimRef"];
    if reference.is_null() {
        if look::text(&volume, "/status/phase") != "Available" {
            stage.api.patch(VOLUMES, &volume, "status", json!({"status": {"phase": "Available"}})).await?;
        }
        return Ok(None);
    }
    let claim = stage.world.get(CLAIMS, look::text(reference, "/namespace"), look::text(reference, "/name"));
    let same = claim.is_some_and(|claim| reference["uid"].is_null() || look::uid(&claim) == reference["uid"]);
    if same || look::text(&volume, "/status/phase") == "Released" || look::text(&volume, "/status/phase") != "Bound" {
        return Ok(None);
    }
    if volume["spec"]["persistentVolumeReclaimPolicy"] == "Delete" {
        stage.api.delete(VOLUMES, &volume, json!({})).await?;
    } else {
        stage.api.patch(VOLUMES, &volume, "status", json!({"status": {"phase": "Released"}})).await?;
    }
    Ok(None)
}
