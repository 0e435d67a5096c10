//! Pages that one opens in a browser: a single file each, that asks for nothing from elsewhere and runs no script but its own.
//! What they tell is in `model`; what they look like stands in the templates beside this file.

mod graph;
mod markdown;
#[cfg(test)]
mod tests;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::Value;
use sha2::Digest;
use tera::Context;
use tera::Tera;

use super::model::HistoryModel;
use super::model::PlanModel;
use super::model::ReportModel;
use crate::ops::Failure;
use crate::ui::Veil;

pub use graph::GraphModel;
pub use graph::MOST_BOXES;
pub use graph::nodes;
pub use markdown::Markdown;
pub use markdown::markdown;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
const TEMPLATES: [(&str, &str); 10] = [
    ("base.html", include_str!("base.html")),
    ("plan.html", include_str!("plan.html")),
    ("report.html", include_str!("report.html")),
    ("history.html", include_str!("history.html")),
    ("_told.html", include_str!("_told.html")),
    ("_changes.html", include_str!("_changes.html")),
    ("_rows.html", include_str!("_rows.html")),
    ("_graph.html", include_str!("_graph.html")),
    ("head.md", include_str!("head.md")),
    ("owner.md", include_str!("owner.md")),
];

/// The page of a plan.
///
/// # Errors
/// None that a user could bring about: a template does not fit.
pub fn plan_page(model: &PlanModel, graph: &GraphModel, veil: &Veil) -> Result<String, Failure> {
    drawn("plan.html", &[("plan", value(model, veil)?)], Some(graph))
}

/// The page of a run.
///
/// # Errors
/// As [`plan_page`].
pub fn report_page(model: &ReportModel, graph: &GraphModel, veil: &Veil) -> Result<String, Failure> {
    let report = value(model, veil)?;
    let plan = report["plan"].clone();
    drawn("report.html", &[("report", report), ("plan", plan)], Some(graph))
}

/// The page of recorded runs.
///
/// # Errors
/// As [`plan_page`].
pub fn history_page(model: &HistoryModel) -> Result<String, Failure> {
    drawn("history.html", &[("history", value(model, &Veil::new([]))?)], None)
}

/// A model as its templates see it: nothing secret is in it any more.
fn value(model: &impl Serialize, veil: &Veil) -> Result<Value, Failure> {
    Ok(veil.value(serde_json::to_value(model).map_err(unfit)?))
}

fn drawn(template: &str, values: &[(&'static str, Value)], graph: Option<&GraphModel>) -> Result<String, Failure> {
    let mut context = Context::new();
    for (name, value) in values {
        context.insert_value(*name, tera::Value::from_serializable(value));
    }
    context.insert("policy", &policy());
    context.insert("style", STYLE);
    context.insert("script", SCRIPT);
    context.insert("graph", &graph);
    templates()?.render(template, &context).map_err(unfit)
}

/// What the page may do: use its own style and its own script, and nothing else at all.
fn policy() -> String {
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(sha2::Sha256::digest(text)));
    format!(
        "default-src 'none'; style-src {}; script-src {}; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
}

fn templates() -> Result<Tera, Failure> {
    let mut tera = Tera::default();
    tera.autoescape_on([".html"]);
    markdown::register(&mut tera);
    tera.add_raw_templates(TEMPLATES.map(|(name, text)| (name, without_empty_lines(name, text)))).map_err(unfit)?;
    Ok(tera)
}

/// A line of a page that holds one tag of the template and nothing else leaves no empty line.
fn without_empty_lines(name: &str, text: &str) -> String {
    let is_tag = |line: &str| line.starts_with("{%") && line.ends_with("%}") && line.matches("%}").count() == 1;
    let is_page = name.ends_with(".html");
    let end = |line: &str| if is_page && is_tag(line) { "" } else { "\n" };
    text.lines().flat_map(|line| [line, end(line)]).collect()
}

fn unfit(error: impl std::error::Error + Send + Sync + 'static) -> Failure {
    Failure::world("Cannot draw the page", error)
}
