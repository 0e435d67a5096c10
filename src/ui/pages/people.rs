//! Who may log in, with their namespaces, what these use of their quotas, and who else works there.

use std::time::Duration;
use std::time::Instant;

use serde_json::Value;
use serde_json::json;

use super::Console;
use super::Page;
use super::list::slice;
use crate::ops;
use crate::ops::LastLogin;
use crate::ops::Listed;
use crate::ui::query::Query;

const PATH: &str = "/people";
/// What is not followed, as who may log in, is asked for again after so long.
const FRESH: Duration = Duration::from_secs(15);

/// People as they were found, with what had been seen by then.
pub struct Found {
    seen: u64,
    at: Instant,
    /// With the cluster of each.
    people: Vec<(String, Listed)>,
    lines: Vec<String>,
}

impl Console {
    pub(super) async fn people(&self, query: &Query) -> Page {
        let mut lines = self.lines(&["people"]);
        let mut found = self.people.lock().await;
        let seen = self.lookout.pulse.counts().get("people").copied().unwrap_or(0);
        let is_fresh = found.as_ref().is_some_and(|found| found.seen == seen && found.at.elapsed() < FRESH);
        if !is_fresh {
            *found = Some(self.find(seen).await);
        }
        let empty = (Vec::new(), Vec::new());
        let (people, told) = found.as_ref().map_or((&empty.0, &empty.1), |found| (&found.people, &found.lines));
        lines.extend(told.iter().cloned());
        let words = |(cluster, one): &&(String, Listed)| {
            let profile = one.profile.as_ref().map(|profile| profile.name.clone()).unwrap_or_default();
            [cluster.clone(), one.name.clone(), one.email.clone(), profile].join(" ")
        };
        let shown = slice(PATH, query, people.iter().collect(), words, &[]);
        let rows: Vec<Value> = shown.rows.iter().map(|(cluster, one)| row(cluster, one)).collect();
        let model =
            json!({"lines": lines, "pager": shown.pager, "rows": rows, "has_clusters": self.outposts().len() > 1});
        Page { template: "people.html", title: "People".to_owned(), within: PATH, model }
    }

    async fn find(&self, seen: u64) -> Found {
        let mut found = Found { seen, at: Instant::now(), people: Vec::new(), lines: Vec::new() };
        let loaded = match self.lookout.configuration().await {
            Ok(loaded) => loaded,
            Err(failure) => {
                found.lines.push(failure.line());
                return found;
            }
        };
        for outpost in self.outposts().iter().filter(|outpost| outpost.away().is_none()) {
            match ops::list_seen_users(outpost, &loaded).await {
                Ok(people) => found.people.extend(people.into_iter().map(|one| (outpost.address(), one))),
                Err(failure) => found.lines.push(failure.line()),
            }
        }
        found
    }
}

fn row(cluster: &str, one: &Listed) -> Value {
    let profile = one.profile.as_ref();
    let quota = profile.into_iter().flat_map(|profile| &profile.quota);
    let contributors = profile.into_iter().flat_map(|profile| &profile.contributors);
    json!({
        "cluster": cluster,
        "name": one.name,
        "email": one.email,
        "address": one.address.as_ref().map(ToString::to_string),
        "login": match (one.can_log_in, one.has_other_hash) {
            (None, _) => "unknown",
            (Some(false), _) => "not yet",
            (Some(true), true) => "other password",
            (Some(true), false) => "yes",
        },
        "profile": profile.map(|profile| profile.name.clone()),
        "is_there": profile.and_then(|profile| profile.is_there),
        "quota": quota.map(|(name, (used, hard))| json!({"name": name, "used": used, "hard": hard})).collect::<Vec<_>>(),
        "contributors": contributors.map(|(email, role)| format!("{email} ({role})")).collect::<Vec<_>>(),
        "contributes": one.contributes.iter().map(|(project, role)| format!("{role} in {project}")).collect::<Vec<_>>(),
        "last_login": match &one.last_login {
            LastLogin::Unknown => "unknown",
            LastLogin::At(at) => at,
        },
    })
}
