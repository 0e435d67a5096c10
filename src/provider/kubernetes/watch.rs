//! A watch of one kind as a sequence of what was seen.

use std::time::Duration;

use bytes::BytesMut;
use futures::StreamExt;
use http_body_util::BodyDataStream;
use http_body_util::BodyExt;
use kube::client::Body;
use serde_json::Value;

use super::Cluster;
use super::ClusterError;
use super::Refusal;
use super::Resource;
use super::call::Call;
use crate::object::Object;

/// One thing seen.
#[derive(Clone, Debug, PartialEq)]
pub enum Seen {
    /// It is there, new or changed.
    There(Object),
    /// It is gone; the last state.
    Gone(Object),
    /// Nothing happened up to this resourceVersion.
    Bookmark(String),
    /// The server's history does not go back that far, or nothing at all has come for longer than a server that lives
    /// is silent: list again.
    Expired,
}

/// An open watch. It ends by itself after some minutes; open it again at the last resourceVersion then.
pub struct Watch {
    cluster: Cluster,
    resource: Resource,
    body: BodyDataStream<Body>,
    buffer: BytesMut,
    /// So much of the buffer holds no end of a line.
    searched: usize,
    pub(super) silent_after: Duration,
}

/// A server tells every minute how far its history has come (a bookmark). One that says nothing for longer, or a proxy
/// that keeps what it says, is not waited for: what is there is asked for anew.
const SILENT_AFTER: Duration = Duration::from_secs(75);
/// Bytes of one event: an object as big as may be, and room for what a server adds.
const LONGEST_LINE: usize = 16 << 20;
/// Seconds after which the server ends a watch: kubectl's and client-go's choice lies between 5 and 10 minutes.
const ENDS_AFTER: u32 = 300;

impl Cluster {
    /// Opens a watch of a kind (of one namespace where it is not empty) from a resourceVersion on.
    ///
    /// # Errors
    /// As a LIST; forbidden where only LIST is allowed.
    pub async fn watch(
        &self,
        resource: &Resource,
        namespace: &str,
        selector: &str,
        resource_version: &str,
    ) -> Result<Watch, ClusterError> {
        let mut call = Call::watch(resource, namespace).with("resourceVersion", resource_version);
        if !selector.is_empty() {
            call = call.with("labelSelector", selector);
        }
        self.open_watch(resource, call).await
    }

    /// Opens a watch of one object, which begins with the object as it is now, where it is there.
    ///
    /// # Errors
    /// As [`Self::watch`].
    pub async fn watch_one(&self, resource: &Resource, namespace: &str, name: &str) -> Result<Watch, ClusterError> {
        let call = Call::watch(resource, namespace).with("fieldSelector", format!("metadata.name={name}"));
        self.open_watch(resource, call).await
    }

    async fn open_watch(&self, resource: &Resource, call: Call) -> Result<Watch, ClusterError> {
        let call = call.with("timeoutSeconds", ENDS_AFTER.to_string());
        let response = self.transport.open(&call).await?;
        Ok(Watch {
            cluster: self.clone(),
            resource: resource.clone(),
            body: response.into_body().into_data_stream(),
            buffer: BytesMut::new(),
            searched: 0,
            silent_after: SILENT_AFTER,
        })
    }
}

impl Watch {
    /// The next thing seen; `None` when the watch has ended (or its connection was lost, which is the same to the
    /// caller: open it again).
    ///
    /// # Errors
    /// The server ends the watch with a refusal, or sends what makes no sense.
    pub async fn next(&mut self) -> Option<Result<Seen, ClusterError>> {
        loop {
            if let Some(end) = self.buffer[self.searched..].iter().position(|byte| *byte == b'\n') {
                let line = self.buffer.split_to(self.searched + end + 1);
                self.searched = 0;
                if line.iter().all(u8::is_ascii_whitespace) {
                    continue;
                }
                match self.read(&line) {
                    Ok(None) => continue,
                    Ok(Some(seen)) => return Some(Ok(seen)),
                    Err(error) => return Some(Err(error)),
                }
            }
            self.searched = self.buffer.len();
            if self.searched > LONGEST_LINE {
                let what = format!("watch {}", self.resource.group_plural());
                return Some(Err(ClusterError::TooLong { what, limit: LONGEST_LINE }));
            }
            match tokio::time::timeout(self.silent_after, self.body.next()).await {
                Ok(Some(Ok(bytes))) => self.buffer.extend_from_slice(&bytes),
                Ok(Some(Err(_)) | None) => return None,
                Err(_silent) => return Some(Ok(Seen::Expired)),
            }
        }
    }

    fn read(&self, line: &[u8]) -> Result<Option<Seen>, ClusterError> {
        let what = || format!("watch {}", self.resource.group_plural());
        let mut event: Value =
            serde_json::from_slice(line).map_err(|e| ClusterError::Nonsense { what: what(), reason: e.to_string() })?;
        let object = event.get_mut("object").map(Value::take).unwrap_or(Value::Null);
        let kind = event.get("type").and_then(Value::as_str).unwrap_or_default();
        match kind {
            "ADDED" | "MODIFIED" => Ok(Some(Seen::There(self.cluster.object(&self.resource, object)?))),
            "DELETED" => Ok(Some(Seen::Gone(self.cluster.object(&self.resource, object)?))),
            "BOOKMARK" => {
                let version = object.pointer("/metadata/resourceVersion").and_then(Value::as_str).unwrap_or_default();
                Ok(Some(Seen::Bookmark(version.to_owned())))
            }
            "ERROR" => {
                let code =
                    object.get("code").and_then(Value::as_u64).and_then(|c| u16::try_from(c).ok()).unwrap_or(500);
                if code == 410 {
                    return Ok(Some(Seen::Expired));
                }
                let refusal = Refusal::read(code, None, object.to_string().as_bytes(), None);
                Err(ClusterError::Refused { what: what(), refusal: Box::new(refusal) })
            }
            // A kind of event that came after this was written.
            _ => Ok(None),
        }
    }
}
