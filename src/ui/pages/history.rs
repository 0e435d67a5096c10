//! Recorded runs: all of them, and one.

use serde_json::Value;
use serde_json::json;

use super::Console;
use super::Page;
use crate::object::Address;
use crate::ops;
use crate::state::Revision;
use crate::state::RevisionResult;
use crate::ui::query::Query;
use crate::ui::query::address;

const PATH: &str = "/history";

impl Console {
    pub(super) async fn history(&self) -> Page {
        let (runs, lines, unfinished) = self.runs().await;
        let rows: Vec<Value> = runs.iter().rev().map(|(target, run)| row(target, run)).collect();
        let model =
            json!({"lines": lines, "rows": rows, "unfinished": unfinished, "has_clusters": self.outposts().len() > 1});
        Page { template: "history.html", title: "History".to_owned(), within: PATH, model }
    }

    /// One run; `None` where there is none of that number.
    pub(super) async fn revision(&self, query: &Query) -> Option<Page> {
        let target: Address = query.get("cluster")?.parse().ok()?;
        let number: u64 = query.get("number")?.parse().ok()?;
        let (runs, lines, _) = self.runs().await;
        let found = runs.iter().find(|(of, run)| *of == target && run.number == number);
        let mut model = match found {
            Some((target, run)) => row(target, run),
            // A cluster that is away may have it.
            None if !lines.is_empty() => json!({"number": null}),
            None => return None,
        };
        model["lines"] = json!(lines);
        Some(Page { template: "revision.html", title: format!("Revision {number}"), within: PATH, model })
    }

    async fn runs(&self) -> (Vec<(Address, Revision)>, Vec<String>, Vec<String>) {
        let (mut runs, mut lines, mut unfinished) = (Vec::new(), self.lines(&[]), Vec::new());
        for outpost in self.outposts().iter().filter(|outpost| outpost.away().is_none()) {
            let Some(records) = outpost.records() else { continue };
            match futures::try_join!(records.history(), records.unfinished()) {
                Ok((history, open)) => {
                    runs.extend(history.into_iter().map(|run| (records.target.clone(), run)));
                    unfinished.extend(open.map(|what| format!("{}: {what}", records.target)));
                    lines.extend(records.warnings());
                }
                Err(failure) => lines.push(failure.line()),
            }
        }
        runs.sort_by(|a, b| a.1.finished.cmp(&b.1.finished));
        (runs, lines, unfinished)
    }
}

fn row(target: &Address, run: &Revision) -> Value {
    let hop = &run.details["hop"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let steps = hop["steps"].as_array().into_iter().flatten();
    let steps = steps.map(
        |step| json!({"title": text(&step["step"]), "what": text(&step["what"]), "is_done": step["done"] == true}),
    );
    let counts = run.counts.iter().filter(|(_, number)| **number > 0).map(|(word, number)| format!("{number} {word}"));
    let number = run.number.to_string();
    json!({
        "href": address("/revision", &[("cluster", &target.to_string()), ("number", &number)]),
        "number": run.number,
        "target": target.to_string(),
        "who": run.who,
        "command": run.command,
        "started": run.started,
        "finished": run.finished,
        "result": match run.result {
            RevisionResult::Done => "done",
            RevisionResult::Failed => "failed",
            RevisionResult::Interrupted => "interrupted",
        },
        "counts": counts.collect::<Vec<_>>().join(", "),
        "versions": run.versions.iter().map(|(name, version)| json!({"name": name, "version": version})).collect::<Vec<_>>(),
        "failures": run.failures,
        "overridden": run.overridden().map(|(policy, broken)| format!("{policy}, broken by {broken}")).collect::<Vec<_>>(),
        "back_to": run.went_back_to(),
        "steps": steps.collect::<Vec<_>>(),
        "left": hop["left"].as_array().into_iter().flatten().map(text).collect::<Vec<_>>(),
        "can_be_gone_back_to": run.configuration.is_some(),
        "rollback": format!("{} {number}", ops::ROLLBACK),
    })
}
