//! What `plan` would say now: which objects an apply would change, and which somebody else has changed. Only told; nothing here
//! carries it out. Values of fields are left to `plan`.

use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

use serde_json::Value;
use serde_json::json;

use super::Console;
use super::Page;
use crate::object::Address;
use crate::ops;
use crate::ops::Failure;
use crate::ops::Known;
use crate::ops::PlanRequest;
use crate::ops::Planned;
use crate::plan::Action;
use crate::plan::Change;

/// So many changes of a cluster are told.
const MOST: usize = 500;
/// The configuration may have been edited: a plan is told again for no longer than this.
const FRESH: Duration = Duration::from_secs(5);
/// So many fields of a change are named.
const FIELDS: usize = 20;

/// A plan as it was told, with what had been seen by then.
pub struct Told {
    seen: Vec<u64>,
    at: Instant,
    model: Value,
}

impl Console {
    pub(super) async fn drift(&self) -> Page {
        let mut told = self.drift.lock().await;
        let seen: Vec<u64> = self.outposts().iter().map(|outpost| outpost.stirred()).collect();
        if told.as_ref().is_none_or(|told| told.seen != seen || told.at.elapsed() > FRESH) {
            let model = match self.plan().await {
                Ok(clusters) => json!({"lines": [], "clusters": clusters}),
                Err(failure) => json!({"lines": [failure.line()], "clusters": []}),
            };
            *told = Some(Told { seen, at: Instant::now(), model });
        }
        let model = told.as_ref().map(|told| told.model.clone()).unwrap_or_default();
        Page { template: "drift.html", title: "Drift".to_owned(), within: "/drift", model }
    }

    async fn plan(&self) -> Result<Vec<Value>, Failure> {
        let request = self.lookout.request.clone();
        let read = tokio::task::spawn_blocking(move || ops::load(&request, &Known::default()));
        let loaded = read.await.map_err(|error| Failure::world("Cannot read the configuration", error))??;
        let planned = ops::plan_all(&Arc::new(loaded), &PlanRequest::default()).await?;
        let is_shown = |target: &Address| {
            let is_cloud = target.kind() != "cluster";
            is_cloud || self.outposts().iter().any(|outpost| outpost.cluster.address == *target)
        };
        Ok(planned.iter().filter(|one| is_shown(&one.target)).map(cluster).collect())
    }
}

fn cluster(one: &Planned) -> Value {
    let secrets = &one.plan.secrets;
    let changes: Vec<&Change> = one.plan.changes.iter().filter(|change| !change.is_nothing()).collect();
    let count = |action: Action| changes.iter().filter(|change| change.action == action).count();
    let counts = [
        ("to add", Action::Create),
        ("to change", Action::Update),
        ("to replace", Action::Replace),
        ("to destroy", Action::Delete),
        ("to adopt", Action::Adopt),
        ("to forget", Action::Forget),
    ];
    let counts = counts.map(|(word, action)| (word, count(action)));
    let counts: Vec<String> =
        counts.into_iter().filter(|(_, number)| *number > 0).map(|(word, number)| format!("{number} {word}")).collect();
    let drifted: Vec<String> = one.plan.drifted().map(|change| change.id.to_string()).collect();
    let hidden = |text: &str| secrets.hidden(text.to_owned());
    let rows = changes.iter().take(MOST).map(|change| {
        json!({
            "action": change.action.as_str(),
            "object": change.id.to_string(),
            "owner": change.owner.to_string(),
            "reason": hidden(&change.reason),
            "loss": change.loss.as_deref().map(hidden),
            "fields": change.fields.iter().take(FIELDS).map(|field| hidden(&field.path.to_string())).collect::<Vec<_>>(),
            "more": change.fields.len().saturating_sub(FIELDS),
        })
    });
    json!({
        "address": one.target.to_string(),
        "counts": counts.join(", "),
        "upgrade": one.upgrade.as_ref().map(|upgrade| upgrade.path()),
        "drifted": drifted.len(),
        "rows": rows.collect::<Vec<_>>(),
        "more": changes.len().saturating_sub(MOST),
        "is_empty": changes.is_empty() && one.upgrade.is_none(),
    })
}
