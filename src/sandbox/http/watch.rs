//! Watches: the changes of a resource as a stream, from a revision on.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::stream;
use http::HeaderValue;
use http::Response;
use http::header;
use http_body::Frame;
use http_body_util::BodyExt;
use http_body_util::StreamBody;
use serde_json::Value;
use serde_json::json;
use tokio::sync::watch::Receiver;
use tokio::time::Instant;

use super::Failure;
use super::Query;
use super::ReplyBody;
use super::Target;
use super::list;
use super::negotiate::Form;
use super::negotiate::metadata_only;
use super::selector::Selector;
use super::table;
use crate::sandbox::kinds::Resource;
use crate::sandbox::server::Server;
use crate::sandbox::storage::Change;
use crate::sandbox::storage::ChangeKind;
use crate::sandbox::storage::Stored;

/// A watch without `timeoutSeconds` ends after this long, and the client starts another.
const USUAL_TIMEOUT: Duration = Duration::from_secs(45 * 60);
/// More than any watch lives; clocks do not reach as far as a client can write.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(365 * 24 * 3600);

struct Watching {
    server: Arc<Server>,
    resource: Arc<Resource>,
    target: Target,
    selector: Selector,
    form: Form,
    bookmarks: bool,
    /// Everything up to here was sent.
    revision: u64,
    queue: VecDeque<Bytes>,
    signal: Receiver<u64>,
    end: Instant,
    next_bookmark: Instant,
    over: bool,
}

/// Answers a WATCH.
pub async fn watch(
    server: &Arc<Server>,
    resource: &Arc<Resource>,
    target: &Target,
    query: &Query,
    form: Form,
) -> Result<Response<ReplyBody>, Failure> {
    let mut fields = query.text("fieldSelector").to_owned();
    if !target.name.is_empty() {
        fields = format!("metadata.name={}", target.name);
    }
    let selector = Selector::parse(query.text("labelSelector"), &fields)?;
    let version = query.text("resourceVersion");
    let initial_events = query.flag("sendInitialEvents") && !query.text("sendInitialEvents").is_empty();
    let signal = server.store().subscribe(&target.group, &target.plural);
    let timeout = query.number("timeoutSeconds").filter(|s| *s > 0).map_or(USUAL_TIMEOUT, Duration::from_secs);
    let timeout = timeout.min(LONGEST_TIMEOUT);
    let now = Instant::now();
    let mut watching = Watching {
        server: server.clone(),
        resource: resource.clone(),
        target: target.clone(),
        selector,
        form,
        bookmarks: query.flag("allowWatchBookmarks"),
        revision: 0,
        queue: VecDeque::new(),
        signal,
        end: now + timeout,
        next_bookmark: now + server.bookmark_interval(),
        over: false,
    };
    if version.is_empty() || version == "0" || initial_events {
        watching.begin(initial_events).await?;
    } else {
        watching.revision = version.parse().map_err(|_| {
            Failure::bad_request(format!("resourceVersion: Invalid value: {version:?}: must be an unsigned integer"))
        })?;
    }
    let frames = stream::unfold(watching, |mut watching| async move {
        let bytes = watching.next().await?;
        Some((Ok::<_, std::io::Error>(Frame::data(bytes)), watching))
    });
    let mut response = Response::new(StreamBody::new(frames).boxed_unsync());
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

impl Watching {
    /// Sends what is there as if it were just added.
    async fn begin(&mut self, mark_end: bool) -> Result<(), Failure> {
        let (objects, revision) =
            self.server.store().list(&self.target.group, &self.target.plural, &self.target.namespace, None);
        for object in objects {
            if list::matches(&self.server, &self.resource, &self.selector, &object).await? {
                self.push("ADDED", &object).await?;
            }
        }
        self.revision = revision;
        if mark_end {
            self.bookmark(true);
        }
        Ok(())
    }

    /// The next line of the stream; `None` when it ends.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(line) = self.queue.pop_front() {
                return Some(line);
            }
            if self.over {
                return None;
            }
            self.signal.mark_unchanged();
            if let Err(failure) = self.collect().await {
                self.over = true;
                self.queue.push_back(line("ERROR", failure.to_status().to_string().as_bytes()));
                continue;
            }
            if !self.queue.is_empty() {
                continue;
            }
            let deadline = if self.bookmarks { self.end.min(self.next_bookmark) } else { self.end };
            tokio::select! {
                changed = self.signal.changed() => {
                    if changed.is_err() {
                        return None;
                    }
                }
                () = tokio::time::sleep_until(deadline) => {
                    if Instant::now() >= self.end {
                        if self.bookmarks {
                            self.bookmark(false);
                        }
                        self.over = true;
                    } else {
                        self.next_bookmark = Instant::now() + self.server.bookmark_interval();
                        self.bookmark(false);
                    }
                }
            }
        }
    }

    /// Queues what changed since the last look.
    async fn collect(&mut self) -> Result<(), Failure> {
        let changes = self.server.store().changes_after(&self.target.group, &self.target.plural, self.revision);
        let changes = changes.map_err(|gone| {
            Failure::expired(format!("too old resource version: {} ({})", self.revision, gone.oldest))
        })?;
        for change in changes {
            self.revision = change.object.revision;
            if !self.target.namespace.is_empty() && change.object.key.namespace != self.target.namespace {
                continue;
            }
            if let Some(kind) = self.seen(&change).await? {
                self.push(kind, &change.object).await?;
            }
        }
        Ok(())
    }

    /// How a change looks through the selector: objects that begin to match are added, that cease to are deleted.
    async fn seen(&self, change: &Change) -> Result<Option<&'static str>, Failure> {
        if self.selector.is_everything() {
            return Ok(Some(match change.kind {
                ChangeKind::Added => "ADDED",
                ChangeKind::Modified => "MODIFIED",
                ChangeKind::Deleted => "DELETED",
            }));
        }
        let now = change.kind != ChangeKind::Deleted
            && list::matches(&self.server, &self.resource, &self.selector, &change.object).await?;
        let before = match &change.before {
            Some(before) => list::matches(&self.server, &self.resource, &self.selector, before).await?,
            None => false,
        };
        Ok(match (before, now) {
            (false, true) => Some("ADDED"),
            (true, true) => Some("MODIFIED"),
            (true, false) => Some("DELETED"),
            (false, false) => None,
        })
    }

    async fn push(&mut self, kind: &str, object: &Stored) -> Result<(), Failure> {
        let bytes = match self.form {
            Form::Whole => list::bytes_in_version(&self.server, &self.resource, object).await?,
            Form::Metadata => Bytes::from(metadata_only(&object.value).to_string()),
            Form::Table => {
                let value = crate::sandbox::write::in_version(&self.server, &self.resource, &object.value).await?;
                let metadata = json!({"resourceVersion": object.revision.to_string()});
                Bytes::from(table::table(&self.resource, &[value], metadata, "").to_string())
            }
        };
        self.queue.push_back(line(kind, &bytes));
        Ok(())
    }

    fn bookmark(&mut self, end_of_initial_events: bool) {
        // Nothing of this resource happened between what was sent and now, or it would be in the history.
        let mut metadata = json!({"resourceVersion": self.revision.to_string(), "creationTimestamp": null});
        if end_of_initial_events {
            metadata["annotations"] = json!({"k8s.io/initial-events-end": "true"});
        }
        let (kind, version) = match self.form {
            Form::Metadata => ("PartialObjectMetadata".to_owned(), "meta.k8s.io/v1".to_owned()),
            _ => (self.resource.kind.clone(), self.resource.api_version()),
        };
        let object: Value = json!({"kind": kind, "apiVersion": version, "metadata": metadata});
        self.queue.push_back(line("BOOKMARK", object.to_string().as_bytes()));
    }
}

fn line(kind: &str, object: &[u8]) -> Bytes {
    let mut text = Vec::with_capacity(object.len() + 32);
    text.extend_from_slice(format!("{{\"type\":\"{kind}\",\"object\":").as_bytes());
    text.extend_from_slice(object);
    text.extend_from_slice(b"}\n");
    Bytes::from(text)
}
