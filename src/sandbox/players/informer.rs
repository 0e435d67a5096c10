//! Keeps the players' copy of one kind: a list, then a watch, again whenever the watch breaks.

use std::sync::Arc;
use std::time::Duration;

use futures::TryStreamExt;
use http::Request;
use kube::Client;
use kube::core::WatchEvent;
use serde_json::Value;
use serde_json::json;

use super::look;
use super::world::Kind;
use super::world::KindInfo;
use super::world::World;

/// Watches for as long as the task lives. A kind that is not served yet, or a server that does not answer, is asked
/// again after a pause that grows up to a few seconds.
pub(super) async fn watch(client: Client, world: Arc<World>, info: KindInfo) {
    let kind = info.key();
    let mut pause = FIRST_PAUSE;
    loop {
        match follow(&client, &world, &info, &kind).await {
            // The server ends watches from time to time; that is no failure.
            Ok(()) => pause = FIRST_PAUSE,
            Err(error) => {
                // Of a kind that is not served there is nothing, and nobody needs to wait to know it.
                if matches!(&error, kube::Error::Api(status) if status.code == 404) {
                    world.replace(&kind, Vec::new());
                }
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }
}

const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

async fn follow(client: &Client, world: &World, info: &KindInfo, kind: &Kind) -> Result<(), kube::Error> {
    let path = info.path("", "", "");
    let mut list: Value = client.request(get(&path)?).await?;
    let version = look::text(&list, "/metadata/resourceVersion").to_owned();
    let objects = list.get_mut("items").and_then(Value::as_array_mut).map(std::mem::take).unwrap_or_default();
    // Items of a list carry neither apiVersion nor kind.
    let complete = |mut object: Value| {
        object["apiVersion"] = info.api_version().into();
        object["kind"] = info.kind.as_str().into();
        reduce(kind, object)
    };
    world.replace(kind, objects.into_iter().map(complete).collect());
    let uri = format!("{path}?watch=true&allowWatchBookmarks=true&resourceVersion={version}");
    let events = client.request_events::<Value>(get(&uri)?).await?;
    let mut events = std::pin::pin!(events);
    while let Some(event) = events.try_next().await? {
        match event {
            WatchEvent::Added(object) | WatchEvent::Modified(object) => world.observe(kind, reduce(kind, object)),
            WatchEvent::Deleted(object) => world.forget(kind, &object),
            WatchEvent::Bookmark(_) => {}
            WatchEvent::Error(status) => return Err(kube::Error::Api(status)),
        }
    }
    Ok(())
}

/// Drops what no player reads, so that the copy stays small: managed fields everywhere, the schemas of CRDs.
fn reduce(kind: &str, mut object: Value) -> Value {
    if let Some(metadata) = object["metadata"].as_object_mut() {
        metadata.remove("managedFields");
    }
    if kind == "customresourcedefinitions.apiextensions.k8s.io" {
        let versions = object.pointer_mut("/spec/versions").and_then(Value::as_array_mut);
        for version in versions.into_iter().flatten() {
            *version = json!({"name": version["name"], "served": version["served"], "storage": version["storage"]});
        }
    }
    object
}

fn get(uri: &str) -> Result<Request<Vec<u8>>, kube::Error> {
    Request::get(uri).body(Vec::new()).map_err(kube::Error::HttpError)
}
