//! Queues with their shares, and what waits in them and why.

use jiff::Timestamp;
use serde_json::Value;
use serde_json::json;

use super::Console;
use super::Page;
use super::age::age;
use crate::ops;
use crate::ops::Queue;

/// So many of what waits in a queue are told.
const MOST: usize = 200;

impl Console {
    pub(super) fn queues(&self) -> Page {
        let now = Timestamp::now();
        let clusters: Vec<Value> = self
            .outposts()
            .iter()
            .map(|outpost| {
                let queues = ops::queues(outpost);
                let sum = queues.iter().filter_map(|queue| queue.weight).sum::<i64>();
                json!({
                    "address": outpost.address(),
                    "queues": queues.iter().map(|queue| row(queue, sum, now)).collect::<Vec<_>>(),
                })
            })
            .collect();
        let model = json!({"lines": self.lines(&["queues"]), "clusters": clusters});
        Page { template: "queues.html", title: "Queues".to_owned(), within: "/queues", model }
    }
}

fn row(queue: &Queue, weights: i64, now: Timestamp) -> Value {
    let share = queue.weight.filter(|_| weights > 0).map(|weight| weight.saturating_mul(100) / weights);
    let waiting = queue.waiting.iter().take(MOST).map(|one| {
        json!({
            "place": one.place, "kind": one.kind, "namespace": one.namespace, "name": one.name,
            "born": one.since, "age": age(&one.since, now), "asks": one.asks.to_string(), "reason": one.reason,
        })
    });
    json!({
        "name": queue.name, "of": queue.of, "weight": queue.weight, "share": share, "state": queue.state,
        "allocated": queue.allocated.to_string(), "capability": queue.capability.to_string(), "running": queue.running,
        "count": queue.waiting.len(), "more": queue.waiting.len().saturating_sub(MOST),
        "waiting": waiting.collect::<Vec<_>>(),
    })
}
