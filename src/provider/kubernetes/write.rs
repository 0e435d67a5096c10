//! Changes to single objects: server-side apply, create, update, patch, delete.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::Cluster;
use super::ClusterError;
use super::FIELD_MANAGER;
use super::Patience;
use super::Resource;
use super::call::Call;
use super::cluster::article;
use super::cluster::described;
use super::takeover;
use crate::object::Object;

const APPLY: &str = "application/apply-patch+yaml";
pub(super) const MERGE: &str = "application/merge-patch+json";
const JSON_PATCH: &str = "application/json-patch+json";

/// What became of a request to delete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deletion {
    /// It is gone: the server says it had nothing to wait for.
    Gone,
    /// The server will delete it, after finalizers or a grace period.
    Accepted,
    /// There was none.
    AlreadyGone,
    /// There is another object of that name now; it was not touched.
    Another,
}

/// What happens to the objects that the deleted one owns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Propagation {
    /// They go first.
    Foreground,
    /// They go afterwards.
    Background,
    /// They stay.
    Orphan,
}

impl Propagation {
    fn as_str(self) -> &'static str {
        match self {
            Propagation::Foreground => "Foreground",
            Propagation::Background => "Background",
            Propagation::Orphan => "Orphan",
        }
    }
}

impl Cluster {
    /// Server-side apply by force under our field manager; gives the stored object.
    pub async fn apply(&self, object: &Object, patience: Patience) -> Result<Object, ClusterError> {
        self.apply_as(object, false, patience).await
    }

    pub(super) async fn apply_as(
        &self,
        object: &Object,
        dry_run: bool,
        patience: Patience,
    ) -> Result<Object, ClusterError> {
        let (resource, id) = self.place(object).await?;
        let call = Call::patch(&resource, object.namespace(), object.name(), APPLY, object.to_value());
        let mut call = call.with("fieldManager", FIELD_MANAGER).with("force", "true").with("fieldValidation", "Strict");
        if dry_run {
            call = call.with("dryRun", "All");
        }
        let stored = self.transport.send(&call, patience, Some(&id)).await?;
        self.answered(&resource, object.name(), stored)
    }

    /// Whether a dry-run apply of the object gets past the webhooks: `Ok` with `None`, or the text of the webhook that
    /// does not answer. Any other refusal means the webhooks did answer.
    ///
    /// # Errors
    /// The cluster cannot be reached.
    pub async fn probe_webhooks(&self, object: &Object) -> Result<Option<String>, ClusterError> {
        match self.apply_as(object, true, Patience::NONE).await {
            Err(ClusterError::Refused { refusal, .. }) if refusal.is_webhook_down() => {
                Ok(Some(refusal.message.clone()))
            }
            Ok(_) | Err(ClusterError::Refused { .. } | ClusterError::UnknownKind { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Creates an object. An answer that got lost is not guessed at: the object is read, and when it is there it
    /// counts as created.
    ///
    /// # Errors
    /// 409 where it existed before, and all others.
    pub async fn create(&self, object: &Object, patience: Patience) -> Result<Object, ClusterError> {
        let (resource, id) = self.place(object).await?;
        let call = Call::create(&resource, object.namespace(), object.name(), object.to_value());
        let call = call.with("fieldManager", FIELD_MANAGER);
        match self.transport.send(&call, Patience::NONE, Some(&id)).await {
            Ok(stored) => self.answered(&resource, object.name(), stored),
            Err(
                lost @ (ClusterError::Unreachable { .. } | ClusterError::Cut { .. } | ClusterError::TimedOut { .. }),
            ) => match self.get(&resource, object.namespace(), object.name()).await? {
                Some(stored) => Ok(stored),
                None if patience == Patience::NONE => Err(lost),
                None => {
                    let stored = self.transport.send(&call, patience, Some(&id)).await?;
                    self.answered(&resource, object.name(), stored)
                }
            },
            Err(first) if patience.class(&first).is_some() => {
                let stored = self.transport.send(&call, patience, Some(&id)).await?;
                self.answered(&resource, object.name(), stored)
            }
            Err(error) => Err(error),
        }
    }

    /// Creates an object under the name of another field manager, for what is not to be taken for ours.
    ///
    /// # Errors
    /// 409 where it existed before, and all others.
    pub async fn create_as(&self, object: &Object, manager: &str) -> Result<Object, ClusterError> {
        let (resource, _) = self.place(object).await?;
        let call = Call::create(&resource, object.namespace(), object.name(), object.to_value());
        let stored = self.transport.send(&call.with("fieldManager", manager), Patience::NONE, None).await?;
        self.object(&resource, stored)
    }

    /// Writes a sub-resource as a controller does.
    pub async fn replace_part(&self, resource: &Resource, object: &Object, part: &str) -> Result<(), ClusterError> {
        let mut call = Call::replace(resource, object.namespace(), object.name(), object.to_value());
        call.path.push_str(&format!("/{part}"));
        self.transport.send(&call.with("fieldManager", "controller"), Patience::NONE, None).await.map(|_| ())
    }

    /// Replaces the whole object; its resourceVersion must still be the stored one.
    ///
    /// # Errors
    /// 409 where it changed meanwhile. After a lost answer that 409 may be our own doing: read again.
    pub async fn replace(&self, object: &Object, patience: Patience) -> Result<Object, ClusterError> {
        let (resource, id) = self.place(object).await?;
        let call = Call::replace(&resource, object.namespace(), object.name(), object.to_value());
        let stored = self.transport.send(&call.with("fieldManager", FIELD_MANAGER), patience, Some(&id)).await?;
        self.answered(&resource, object.name(), stored)
    }

    /// Deletes the object if it still has this UID (empty: whichever there is).
    pub async fn delete(
        &self,
        resource: &Resource,
        namespace: &str,
        name: &str,
        uid: &str,
        propagation: Propagation,
        patience: Patience,
    ) -> Result<Deletion, ClusterError> {
        let mut options =
            json!({"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": propagation.as_str()});
        if !uid.is_empty() {
            options["preconditions"] = json!({"uid": uid});
        }
        let call = Call::delete(resource, namespace, name, options);
        match self.transport.send(&call, patience, Some(&resource.id(namespace, name))).await {
            // The server answers with a Status when the object is gone, and with the object when it still waits.
            Ok(answer) => {
                let text = |key: &str| answer.get(key).and_then(Value::as_str).unwrap_or_default();
                match text("kind") {
                    "Status" if text("status") == "Success" => Ok(Deletion::Gone),
                    kind if kind == resource.kind => Ok(Deletion::Accepted),
                    kind => {
                        let reason =
                            format!("expected a success or {}, got {}", article(&resource.kind), described(kind));
                        Err(ClusterError::Nonsense { what: call.what, reason })
                    }
                }
            }
            Err(error) if error.is_not_found() => Ok(Deletion::AlreadyGone),
            Err(error) if error.is_conflict() && !uid.is_empty() => Ok(Deletion::Another),
            Err(error) => Err(error),
        }
    }

    /// Takes our labels and annotations (those of the domain `stackwright.io`, and our `managed-by`) off an object
    /// that stays. An object that is gone is fine.
    pub async fn release(&self, resource: &Resource, object: &Object, patience: Patience) -> Result<(), ClusterError> {
        let Some(patch) = release_patch(object) else { return Ok(()) };
        let call = Call::patch(resource, object.namespace(), object.name(), MERGE, patch);
        match self.transport.send_raw(&call.with("fieldManager", FIELD_MANAGER), patience, Some(&object.id())).await {
            Err(error) if !error.is_not_found() => Err(error),
            _ => Ok(()),
        }
    }

    /// Makes the fields that `managers` own ours, so that an apply may remove them. Nothing happens where they own
    /// nothing, or the object is gone.
    pub async fn take_over(
        &self,
        resource: &Resource,
        object: &Object,
        managers: &[String],
        patience: Patience,
    ) -> Result<(), ClusterError> {
        let mut live = object.clone();
        // Controllers write meanwhile; each round works on what is stored now.
        for _ in 0..5 {
            let Some(fields) = takeover::managed_fields(&live, managers) else { return Ok(()) };
            let patch = json!([
                {"op": "test", "path": "/metadata/resourceVersion", "value": live.resource_version()},
                {"op": "replace", "path": "/metadata/managedFields", "value": fields},
            ]);
            let call = Call::patch(resource, live.namespace(), live.name(), JSON_PATCH, patch);
            let call = call.with("fieldManager", FIELD_MANAGER);
            match self.transport.send_raw(&call, patience, Some(&live.id())).await {
                Ok(_) => return Ok(()),
                Err(error) if error.is_not_found() => return Ok(()),
                // A failed "test" is a 422, a lost race a 409.
                Err(error) if error.refusal().is_some_and(|r| matches!(r.code, 409 | 422)) => {
                    match self.get(resource, live.namespace(), live.name()).await? {
                        Some(now) => live = now,
                        None => return Ok(()),
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Err(ClusterError::TimedOut {
            what: format!("take over the fields of {}: it changes too fast", object.id()),
            after: patience.limit,
        })
    }
}

/// The merge patch that takes what is ours off the metadata; `None` where there is nothing.
fn release_patch(object: &Object) -> Option<Value> {
    let ours = |section: &str| -> Map<String, Value> {
        let entries = object.metadata().and_then(|m| m.get(section)).and_then(Value::as_object);
        let entries = entries.into_iter().flatten().filter(|(key, value)| {
            key.split_once('/').is_some_and(|(domain, _)| domain == "stackwright.io")
                || (*key == "app.kubernetes.io/managed-by" && value.as_str() == Some(FIELD_MANAGER))
        });
        entries.map(|(key, _)| (key.clone(), Value::Null)).collect()
    };
    let (labels, annotations) = (ours("labels"), ours("annotations"));
    let empty = labels.is_empty() && annotations.is_empty();
    (!empty).then(|| json!({"metadata": {"labels": labels, "annotations": annotations}}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_ours_is_taken_off() {
        let object = |labels: Value| {
            Object::from_value(
                json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x", "labels": labels}}),
            )
            .unwrap()
        };
        assert_eq!(release_patch(&object(json!({"app": "x", "app.kubernetes.io/managed-by": "Helm"}))), None);
        assert_eq!(
            release_patch(&object(json!({"app": "x", "stackwright.io/owner": "y"}))),
            Some(json!({"metadata": {"labels": {"stackwright.io/owner": null}, "annotations": {}}}))
        );
    }
}
