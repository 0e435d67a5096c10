//! What people run, in all namespaces of all clusters.

use jiff::Timestamp;
use serde_json::Value;
use serde_json::json;

use super::Console;
use super::Page;
use super::age::age;
use super::list::slice;
use super::plot::plot;
use crate::ops;
use crate::ops::Form;
use crate::ops::Outpost;
use crate::ops::WorkState;
use crate::ops::Workload;
use crate::ui::query::Query;
use crate::ui::query::address;

/// Rows of a group before one asks for all of it.
const FEW: usize = 50;
const PATH: &str = "/workloads";
const PARTS: [&str; 4] = ["workloads", "pods", "queues", "nodes"];

impl Console {
    pub(super) fn workloads(&self, query: &Query) -> Page {
        let now = Timestamp::now();
        let mut lines = self.lines(&PARTS);
        let mut all: Vec<(String, Workload)> = Vec::new();
        for outpost in self.outposts() {
            all.extend(ops::workloads(outpost).into_iter().map(|work| (outpost.address(), work)));
        }
        let counts = [WorkState::Failed, WorkState::Waiting, WorkState::Running, WorkState::Ready]
            .map(|state| json!({"state": state.as_str(), "number": all.iter().filter(|(_, work)| work.state == state).count()}));
        let only = query.get("group").unwrap_or_default();
        let names: Vec<&'static str> = ops::workload_groups();
        let mut groups = Vec::new();
        for name in names.into_iter().filter(|name| only.is_empty() || *name == only) {
            let of_group: Vec<(String, Workload)> = all.extract_if(.., |(_, work)| work.group == name).collect();
            let shown = slice(PATH, query, of_group, |(cluster, work)| words(cluster, work), &["group"]);
            let limit = if only.is_empty() { FEW } else { usize::MAX };
            let columns: Vec<(String, Form)> = shown.rows.first().map(|(_, work)| titles(work)).unwrap_or_default();
            let mixed = shown.rows.iter().any(|(_, work)| titles(work) != columns);
            groups.push(json!({
                "name": name,
                "found": shown.pager["found"],
                "pager": (!only.is_empty()).then_some(shown.pager.clone()),
                "all": address(PATH, &[("group", name)]),
                "is_cut": shown.rows.len() > limit,
                "has_replicas": shown.rows.iter().any(|(_, work)| work.replicas.is_some()),
                "has_links": shown.rows.iter().any(|(_, work)| work.link.is_some()),
                "titles": if mixed { vec!["More".to_owned()] } else { columns.iter().map(|(title, _)| title.clone()).collect() },
                "rows": shown.rows.iter().take(limit).map(|(cluster, work)| row(cluster, work, mixed, now)).collect::<Vec<_>>(),
            }));
        }
        lines.sort_unstable();
        Page {
            template: "workloads.html",
            title: "Workloads".to_owned(),
            within: PATH,
            model: json!({
                "lines": lines, "groups": groups, "counts": counts, "group": only,
                "has_clusters": self.outposts().len() > 1,
            }),
        }
    }

    pub(super) fn outposts(&self) -> &[std::sync::Arc<Outpost>] {
        &self.lookout.outposts
    }

    /// What stands in the way of a page that shows these parts.
    pub(super) fn lines(&self, parts: &[&str]) -> Vec<String> {
        let of = |outpost: &std::sync::Arc<Outpost>| {
            let away = outpost.away().map(|away| format!("{} is away: {away}", outpost.address()));
            let blind = outpost.hindrances(parts).into_iter().map(|line| format!("{}: {line}", outpost.address()));
            away.into_iter().chain(blind).collect::<Vec<_>>()
        };
        self.outposts().iter().flat_map(of).collect()
    }
}

/// What one may look for.
fn words(cluster: &str, work: &Workload) -> String {
    [
        cluster,
        &work.namespace,
        &work.name,
        &work.who,
        &work.kind,
        work.state.as_str(),
        work.queue.as_deref().unwrap_or_default(),
    ]
    .join(" ")
}

fn titles(work: &Workload) -> Vec<(String, Form)> {
    work.columns.iter().map(|(title, form, _)| (title.clone(), *form)).collect()
}

fn row(cluster: &str, work: &Workload, mixed: bool, now: Timestamp) -> Value {
    let told = |form: Form, text: &str| match form {
        Form::Since => age(text, now),
        Form::Text | Form::Pairs => text.to_owned(),
    };
    let columns: Vec<String> = match mixed {
        false => work.columns.iter().map(|(_, form, text)| told(*form, text)).collect(),
        true => {
            let filled = work.columns.iter().filter(|(_, _, text)| !text.is_empty());
            vec![
                filled
                    .map(|(title, form, text)| format!("{title}: {}", told(*form, text)))
                    .collect::<Vec<_>>()
                    .join(", "),
            ]
        }
    };
    // What comes from a cluster may be anything; only these lead to a page.
    let link = work.link.as_ref().filter(|link| link.starts_with("http://") || link.starts_with("https://"));
    json!({
        "cluster": cluster,
        "kind": work.kind,
        "namespace": work.namespace,
        "name": work.name,
        "who": work.who,
        "born": work.since,
        "age": age(&work.since, now),
        "state": work.state.as_str(),
        "reason": work.reason,
        "replicas": work.replicas.map(|(there, wanted)| match there {
            Some(there) => format!("{there} of {wanted}"),
            None => wanted.to_string(),
        }),
        "holds": work.holds.to_string(),
        "asks": work.asks.to_string(),
        "waits_for": work.waits_for,
        "queue": work.queue,
        "link": link,
        "columns": columns,
        "plot": plot(&work.trials),
    })
}
