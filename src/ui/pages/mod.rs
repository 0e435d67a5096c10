//! The pages of the console: an address to a model, a model to a template. Models are plain values; nothing secret and nothing
//! that acts on a reader is left in them when they are drawn.

mod age;
mod components;
mod drift;
mod history;
mod list;
mod nodes;
mod overview;
mod people;
mod plot;
mod queues;
mod surveys;
mod workloads;

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;
use serde_json::json;
use tera::Context;
use tera::Tera;
use tokio::sync::Mutex;

use super::Veil;
use super::query::Query;
use crate::ops::Failure;
use crate::ops::Lookout;
use crate::ops::Pulse;
use surveys::Surveys;

const TEMPLATES: [(&str, &str); 13] = [
    ("base.html", include_str!("base.html")),
    ("_amounts.html", include_str!("_amounts.html")),
    ("_pager.html", include_str!("_pager.html")),
    ("overview.html", include_str!("overview.html")),
    ("components.html", include_str!("components.html")),
    ("component.html", include_str!("component.html")),
    ("nodes.html", include_str!("nodes.html")),
    ("people.html", include_str!("people.html")),
    ("queues.html", include_str!("queues.html")),
    ("workloads.html", include_str!("workloads.html")),
    ("history.html", include_str!("history.html")),
    ("revision.html", include_str!("revision.html")),
    ("drift.html", include_str!("drift.html")),
];

/// Pages with a place in the navigation: address, and what it is called.
const PAGES: [(&str, &str); 8] = [
    ("/", "Overview"),
    ("/components", "Components"),
    ("/nodes", "Nodes"),
    ("/people", "People"),
    ("/queues", "Queues"),
    ("/workloads", "Workloads"),
    ("/history", "History"),
    ("/drift", "Drift"),
];

/// Everything that pages are made from.
pub struct Console {
    lookout: Lookout,
    surveys: Surveys,
    people: Mutex<Option<people::Found>>,
    drift: Mutex<Option<drift::Told>>,
    tera: Tera,
}

/// A page before it is drawn.
struct Page {
    template: &'static str,
    title: String,
    /// Of the navigation, the page it belongs to.
    within: &'static str,
    model: Value,
}

impl Console {
    /// # Errors
    /// None that a user could bring about: a template is none.
    pub fn new(lookout: Lookout) -> Result<Self, Failure> {
        let mut tera = Tera::default();
        tera.autoescape_on([".html"]);
        tera.add_raw_templates(TEMPLATES).map_err(unfit)?;
        Ok(Self {
            surveys: Surveys::of(&lookout.outposts),
            people: Mutex::new(None),
            drift: Mutex::new(None),
            lookout,
            tera,
        })
    }

    pub fn pulse(&self) -> Arc<Pulse> {
        self.lookout.pulse.clone()
    }

    /// Looks at nothing any more.
    pub fn leave(&self) {
        self.lookout.outposts.iter().for_each(|outpost| outpost.leave());
    }

    /// The page at an address; `None` where there is none.
    ///
    /// # Errors
    /// It cannot be drawn. What cannot be looked at is told on the page.
    pub async fn page(&self, path: &str, query: &Query) -> Result<Option<String>, Failure> {
        let page = match path {
            "/" => Some(self.overview().await),
            "/components" => Some(self.components().await),
            "/component" => self.component(query).await,
            "/nodes" => Some(self.nodes()),
            "/people" => Some(self.people(query).await),
            "/queues" => Some(self.queues()),
            "/workloads" => Some(self.workloads(query)),
            "/history" => Some(self.history().await),
            "/revision" => self.revision(query).await,
            "/drift" => Some(self.drift().await),
            _ => None,
        };
        page.map(|page| self.drawn(page, query)).transpose()
    }

    fn drawn(&self, page: Page, query: &Query) -> Result<String, Failure> {
        let navigation: Vec<Value> = PAGES
            .iter()
            .map(|(path, name)| json!({"path": path, "name": name, "is_here": *path == page.within}))
            .collect();
        let frame = json!({
            "installation": self.lookout.installation,
            "note": self.lookout.note,
            "version": env!("CARGO_PKG_VERSION"),
            "title": page.title,
            "navigation": navigation,
            "query": query.get("q").unwrap_or_default(),
            "now": format!("{:.0}", Timestamp::now()),
        });
        let veil = Veil::new([]);
        let mut context = Context::new();
        for (name, value) in [("frame", frame), ("page", page.model)] {
            context.insert_value(name, tera::Value::from_serializable(&veil.value(value)));
        }
        self.tera.render(page.template, &context).map_err(unfit)
    }
}

fn unfit(error: impl std::error::Error + Send + Sync + 'static) -> Failure {
    Failure::world("Cannot draw the page", error)
}
