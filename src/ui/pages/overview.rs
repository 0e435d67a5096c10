//! The first page: each cluster of the configuration, and what is sick in it before all else.

use serde_json::Value;
use serde_json::json;

use super::Console;
use super::Page;
use crate::ops::Outpost;
use crate::ops::Part;
use crate::ops::Survey;
use crate::ui::query::address;

/// So many of what does not serve are told; the page of components has them all.
const MOST: usize = 50;

impl Console {
    pub(super) async fn overview(&self) -> Page {
        let mut clusters: Vec<Value> =
            self.surveys.all().await.into_iter().map(|(outpost, looked)| cluster(outpost, &looked)).collect();
        // Stable: within a state the order of the configuration stays.
        clusters.sort_by_key(|cluster| {
            ["away", "sick", "empty", "well"].iter().position(|state| cluster["state"] == *state)
        });
        let is_well = !clusters.is_empty() && clusters.iter().all(|cluster| cluster["state"] == "well");
        Page {
            template: "overview.html",
            title: "Overview".to_owned(),
            within: "/",
            model: json!({"clusters": clusters, "is_well": is_well}),
        }
    }
}

fn cluster(outpost: &Outpost, looked: &Result<Survey, String>) -> Value {
    let platform = outpost.platform.as_ref();
    let mut lines = outpost.hindrances(&["pods", "nodes", "health"]);
    let mut model = json!({
        "address": outpost.address(),
        "place": outpost.place(),
        "version": outpost.version(),
        "provider": outpost.cluster.provider,
        "platform": platform.map(|platform| platform.address.to_string()),
        "release": platform.map(|platform| platform.version.clone()),
        "wanted": null, "sick": [], "more": 0, "ready": 0, "total": 0, "url": null, "inbound": [], "advice": [], "login": [],
    });
    match looked {
        Err(reason) => {
            model["state"] = "away".into();
            lines.insert(0, reason.clone());
        }
        Ok(survey) => {
            let sick: Vec<Value> = survey.parts.iter().flat_map(|part| sick(outpost, part)).collect();
            let count = |of: fn(&Part) -> usize| survey.parts.iter().map(of).sum::<usize>();
            model["state"] = if survey.parts.is_empty() {
                "empty"
            } else if sick.is_empty() {
                "well"
            } else {
                "sick"
            }
            .into();
            model["more"] = sick.len().saturating_sub(MOST).into();
            model["sick"] = sick.into_iter().take(MOST).collect();
            model["ready"] = count(|part| part.health.ready).into();
            model["total"] = count(|part| part.health.total).into();
            if let Some(release) = &survey.release {
                model["release"] = release.clone().into();
            }
            model["wanted"] = json!(survey.wanted);
            model["url"] = json!(survey.access.url);
            model["inbound"] =
                survey.access.inbound.iter().map(|(port, what)| json!({"port": port, "what": what})).collect();
            model["advice"] = json!(survey.access.advice);
            model["login"] = json!(survey.login);
            lines.extend(survey.unfinished.clone());
            lines.extend(survey.warnings.iter().cloned());
        }
    }
    model["lines"] = json!(lines);
    model
}

/// What of a part does not serve: what failed before what is on its way.
fn sick(outpost: &Outpost, part: &Part) -> Vec<Value> {
    let owner = part.address().to_string();
    let mut unready: Vec<_> = part.health.unready.iter().collect();
    unready.sort_by_key(|unready| !unready.failed);
    let told = unready.into_iter().map(|unready| {
        json!({
            "owner": owner,
            "href": address("/component", &[("cluster", &outpost.address()), ("address", &owner)]),
            "object": unready.id.to_string(),
            "reason": unready.reason,
            "is_failed": unready.failed,
            "detail": unready.detail,
        })
    });
    told.collect()
}
