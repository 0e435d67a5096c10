//! Requests of one player to the API server, under its own field manager.

use std::sync::Arc;

use http::Request;
use kube::Client;
use serde_json::Value;
use serde_json::json;

use super::error::PlayerError;
use super::look;
use super::world::KindInfo;
use super::world::World;

/// A client that writes as one player. What it writes shows in the players' copy of the cluster at once.
#[derive(Clone)]
pub(super) struct Api {
    client: Client,
    world: Arc<World>,
    manager: &'static str,
}

impl Api {
    pub fn new(client: Client, world: Arc<World>, manager: &'static str) -> Self {
        Self { client, world, manager }
    }

    /// Creates an object; `None` where one of its name is there already.
    pub async fn create(&self, kind: &str, object: &Value) -> Result<Option<Value>, PlayerError> {
        let info = self.info(kind)?;
        let path = info.path(look::namespace(object), "", "");
        // In the version the kind is watched in, which for a custom kind only its CRD knows.
        let mut object = object.clone();
        object["apiVersion"] = info.api_version().into();
        match self.send("POST", &path, "application/json", Some(&object)).await {
            Ok(created) => {
                self.world.observe(&kind.into(), created.clone());
                Ok(Some(created))
            }
            Err(error) if error.code() == 409 => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Merges a patch into an object or a part of it (`status`; empty for the object); `None` where it is gone.
    pub async fn patch(
        &self,
        kind: &str,
        object: &Value,
        subresource: &str,
        patch: Value,
    ) -> Result<Option<Value>, PlayerError> {
        let info = self.info(kind)?;
        let path = info.path(look::namespace(object), look::name(object), subresource);
        match self.send("PATCH", &path, "application/merge-patch+json", Some(&patch)).await {
            Ok(patched) => {
                self.world.observe(&kind.into(), patched.clone());
                Ok(Some(patched))
            }
            Err(error) if error.code() == 404 => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes a status unless it is that already. Fields that the new one does not name are removed.
    pub async fn set_status(&self, kind: &str, object: &Value, status: Value) -> Result<(), PlayerError> {
        if object["status"] == status {
            return Ok(());
        }
        let mut patch = status;
        if let (Some(new), Some(old)) = (patch.as_object_mut(), look::mapping(object, "/status")) {
            for key in old.keys() {
                new.entry(key.clone()).or_insert(Value::Null);
            }
        }
        self.patch(kind, object, "status", json!({"status": patch})).await.map(|_| ())
    }

    /// Deletes an object if it is still the one with this uid. Gone already is fine.
    pub async fn delete(&self, kind: &str, object: &Value, options: Value) -> Result<(), PlayerError> {
        let info = self.info(kind)?;
        let path = info.path(look::namespace(object), look::name(object), "");
        let mut body = json!({"apiVersion": "v1", "kind": "DeleteOptions"});
        if !look::uid(object).is_empty() {
            body["preconditions"] = json!({"uid": look::uid(object)});
        }
        if let (Some(body), Value::Object(options)) = (body.as_object_mut(), options) {
            body.extend(options);
        }
        match self.send("DELETE", &path, "application/json", Some(&body)).await {
            Ok(answer) => {
                // A finalizer or the grace period keeps it: then the answer is the object.
                if answer["kind"] == info.kind.as_str() && look::is_deleting(&answer) {
                    self.world.observe(&kind.into(), answer);
                }
                Ok(())
            }
            Err(error) if matches!(error.code(), 404 | 409) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Sends any other request.
    pub async fn send(
        &self,
        verb: &'static str,
        path: &str,
        content_type: &str,
        body: Option<&Value>,
    ) -> Result<Value, PlayerError> {
        let separator = if path.contains('?') { '&' } else { '?' };
        let uri = match verb {
            "GET" | "DELETE" => path.to_owned(),
            _ => format!("{path}{separator}fieldManager={}", self.manager),
        };
        let request = Request::builder()
            .method(verb)
            .uri(uri)
            .header(http::header::CONTENT_TYPE, content_type)
            .body(body.map(|body| body.to_string().into_bytes()).unwrap_or_default())
            .map_err(|source| PlayerError::Malformed { verb, path: path.to_owned(), source })?;
        let sent = self.client.request::<Value>(request).await;
        sent.map_err(|source| PlayerError::Request { verb, path: path.to_owned(), source: Box::new(source) })
    }

    fn info(&self, kind: &str) -> Result<KindInfo, PlayerError> {
        self.world.info(kind).ok_or_else(|| PlayerError::NoSuchKind(kind.to_owned()))
    }
}
