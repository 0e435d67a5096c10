//! Components and resources of the installation: all of them, and one with its objects, pods and what was told of it last.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;
use serde_json::json;

use super::Console;
use super::Page;
use super::age::age;
use crate::object::Address;
use crate::object::Object;
use crate::object::pod_trouble;
use crate::ops::Outpost;
use crate::ops::Part;
use crate::ui::query::Query;
use crate::ui::query::address;

const PARTS: [&str; 3] = ["health", "pods", "events"];
const PATH: &str = "/components";
/// So many of the latest events are told.
const EVENTS: usize = 30;
/// Resources beyond this, as user blocks, are left to the page of people.
const RESOURCES: usize = 200;

impl Console {
    pub(super) async fn components(&self) -> Page {
        let mut clusters = Vec::new();
        for (outpost, looked) in self.surveys.all().await {
            let pods = outpost.objects("Pod");
            let mut lines = outpost.hindrances(&PARTS);
            let (mut components, mut resources, mut more) = (Vec::new(), Vec::new(), 0);
            match &*looked {
                Err(reason) => lines.insert(0, reason.clone()),
                Ok(survey) => {
                    components.extend(
                        survey.parts.iter().filter(|part| part.is_component).map(|part| row(outpost, part, &pods)),
                    );
                    let others: Vec<&Part> = survey.parts.iter().filter(|part| !part.is_component).collect();
                    more = others.len().saturating_sub(RESOURCES);
                    resources.extend(others.iter().take(RESOURCES).map(|part| row(outpost, part, &[])));
                }
            }
            // What is sick stands first; the sort keeps the order of names.
            components.sort_by_key(|row: &Value| row["is_well"] == true);
            resources.sort_by_key(|row: &Value| row["is_well"] == true);
            clusters.push(json!({"address": outpost.address(), "lines": lines, "components": components, "resources": resources, "more": more}));
        }
        Page {
            template: "components.html",
            title: "Components".to_owned(),
            within: PATH,
            model: json!({"clusters": clusters}),
        }
    }

    /// One part; `None` where there is none under that address.
    pub(super) async fn component(&self, query: &Query) -> Option<Page> {
        let (cluster, wanted) = (query.get("cluster")?, query.get("address")?);
        let named: Address = wanted.parse().ok()?;
        let (outpost, looked) =
            self.surveys.all().await.into_iter().find(|(outpost, _)| outpost.address() == cluster)?;
        let mut lines = outpost.hindrances(&PARTS);
        let now = Timestamp::now();
        let model = match &*looked {
            Err(reason) => {
                lines.insert(0, reason.clone());
                json!({"address": wanted, "cluster": cluster, "title": "", "version": "", "lines": lines, "objects": [], "pods": [], "images": [], "events": []})
            }
            Ok(survey) => {
                let part = survey.parts.iter().find(|part| *part.address() == named)?;
                let pods = part.pods(&outpost.objects("Pod"));
                json!({
                    "address": wanted, "cluster": cluster, "title": part.title, "version": part.version, "lines": lines,
                    "images": part.images,
                    "objects": objects(part),
                    "pods": pods.iter().map(|pod| pod_row(pod, now)).collect::<Vec<_>>(),
                    "events": events(outpost, part, &pods, now),
                })
            }
        };
        Some(Page { template: "component.html", title: wanted.to_owned(), within: PATH, model })
    }
}

fn row(outpost: &Outpost, part: &Part, pods: &[Arc<Value>]) -> Value {
    let own = part.pods(pods);
    let first = part.health.unready.iter().min_by_key(|unready| !unready.failed);
    let owner = part.address().to_string();
    json!({
        "href": address("/component", &[("cluster", &outpost.address()), ("address", &owner)]),
        "address": owner,
        "title": part.title,
        "version": part.version,
        "images": part.images,
        "is_well": first.is_none(),
        "state": match first {
            None => "ready",
            Some(unready) if unready.failed => "failed",
            Some(_) => "waiting",
        },
        "why": first.map(|unready| {
            let detail: String = unready.detail.iter().map(|line| format!("; {line}")).collect();
            format!("{}: {}{detail}", unready.id, unready.reason)
        }),
        "ready": part.health.ready,
        "total": part.health.total,
        "pods": own.len(),
        "restarts": own.iter().map(|pod| restarts(pod)).sum::<u64>(),
    })
}

fn objects(part: &Part) -> Vec<Value> {
    let mut rows: Vec<Value> = part
        .objects
        .iter()
        .map(|(id, unready)| {
            let state = match unready {
                None => "ready",
                Some(unready) if unready.failed => "failed",
                Some(_) => "waiting",
            };
            json!({
                "kind": id.kind, "group": id.group, "namespace": id.namespace, "name": id.name, "state": state,
                "reason": unready.as_ref().map(|unready| unready.reason.clone()),
                "detail": unready.as_ref().map(|unready| unready.detail.clone()).unwrap_or_default(),
            })
        })
        .collect();
    rows.sort_by_key(|row| row["state"] == "ready");
    rows
}

fn restarts(pod: &Value) -> u64 {
    let all = pod.pointer("/status/containerStatuses").and_then(Value::as_array).into_iter().flatten();
    all.filter_map(|container| container["restartCount"].as_u64()).sum()
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn pod_row(pod: &Value, now: Timestamp) -> Value {
    let trouble = Object::from_value(pod.clone()).ok().and_then(|pod| pod_trouble(&pod));
    let containers = pod.pointer("/spec/containers").and_then(Value::as_array).into_iter().flatten();
    json!({
        "namespace": text(pod, "/metadata/namespace"),
        "name": text(pod, "/metadata/name"),
        "phase": text(pod, "/status/phase"),
        "node": text(pod, "/spec/nodeName"),
        "restarts": restarts(pod),
        "age": age(text(pod, "/metadata/creationTimestamp"), now),
        "trouble": trouble.map(|(text, _)| text),
        "images": containers.map(|container| text(container, "/image").to_owned()).collect::<Vec<_>>(),
    })
}

/// What was last told of a part, of what it makes, and of its pods.
fn events(outpost: &Outpost, part: &Part, pods: &[Arc<Value>], now: Timestamp) -> Vec<Value> {
    let is_pod = |namespace: &str, name: &str| {
        pods.iter().any(|pod| text(pod, "/metadata/namespace") == namespace && text(pod, "/metadata/name") == name)
    };
    let when = |event: &Value| {
        let places = ["/series/lastObservedTime", "/lastTimestamp", "/eventTime", "/metadata/creationTimestamp"];
        places.into_iter().map(|place| text(event, place)).find(|when| !when.is_empty()).unwrap_or_default().to_owned()
    };
    let mut found: Vec<(String, Arc<Value>)> = outpost
        .objects("Event")
        .into_iter()
        .filter(|event| {
            let (namespace, name) = (text(event, "/involvedObject/namespace"), text(event, "/involvedObject/name"));
            is_pod(namespace, name) || part.is_about(namespace, name)
        })
        .map(|event| (when(&event), event))
        .collect();
    found.sort_by(|a, b| b.0.cmp(&a.0));
    let row = |(when, event): &(String, Arc<Value>)| {
        json!({
            "when": when, "age": age(when, now), "is_warning": event["type"] == "Warning",
            "object": format!("{} {}", text(event, "/involvedObject/kind"), text(event, "/involvedObject/name")),
            "reason": text(event, "/reason"), "message": text(event, "/message"),
            "count": event["count"].as_u64().unwrap_or(1),
        })
    };
    found.iter().take(EVENTS).map(row).collect()
}
