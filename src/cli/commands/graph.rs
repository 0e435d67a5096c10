//! `graph`

use std::process::ExitCode;
use std::sync::Arc;

use super::block_on;
use super::patiently;
use super::plan;
use super::request;
use super::request_asking;
use crate::cli::arguments::Global;
use crate::cli::error;
use crate::cli::graph_arguments::Graph;
use crate::cli::graph_arguments::GraphContent;
use crate::cli::graph_arguments::GraphFormat;
use crate::cli::terminal::Terminal;
use crate::cli::terminal::print;
use crate::cli::terminal::say;
use crate::cli::view::drawing::Drawing;
use crate::cli::view::drawing::Look;
use crate::cli::view::drawing::Node;
use crate::cli::view::drawing::dot;
use crate::cli::view::drawing::mermaid;
use crate::cli::view::drawing::svg;
use crate::cli::view::page::MOST_BOXES;
use crate::cli::view::page::nodes;
use crate::lang::DeclaredKind;
use crate::ops;
use crate::ops::Failure;
use crate::ops::PlanRequest;

/// GitHub draws no more arrows and no longer texts of Mermaid.
const MOST_ARROWS: usize = 500;
const LONGEST_TEXT: usize = 50_000;

pub fn run(command: &Graph, global: &Global, terminal: Terminal) -> Result<ExitCode, Failure> {
    let nodes = match command.content {
        GraphContent::Config => configuration(command, global, terminal)?,
        GraphContent::Apply => apply(command, global, terminal)?,
    };
    let drawing = Drawing::new(nodes);
    let drawing = if command.full { drawing } else { drawing.reduced() };
    let text = match command.format {
        GraphFormat::Dot => dot(&drawing),
        GraphFormat::Mermaid => mermaid(&drawing),
        GraphFormat::Svg if drawing.nodes() > MOST_BOXES => {
            let cause = format!("nobody could read {} boxes; {MOST_BOXES} are the most", drawing.nodes());
            let help = "Name a part with --target, leave --full out, or give --format dot to graphviz.";
            return Err(Failure::world("Cannot draw the graph", cause).help(help));
        }
        GraphFormat::Svg => svg(&drawing),
    };
    print(&text);
    if command.format == GraphFormat::Mermaid && (drawing.arrows() > MOST_ARROWS || text.len() > LONGEST_TEXT) {
        say(&format!(
            "note: GitHub draws Mermaid of at most {MOST_ARROWS} arrows and {LONGEST_TEXT} letters, and this has {} and {}. \
             --target draws a part, --format svg everything.\n",
            drawing.arrows(),
            text.len()
        ));
    }
    Ok(error::DONE.into())
}

fn configuration(command: &Graph, global: &Global, terminal: Terminal) -> Result<Vec<Node>, Failure> {
    let found = ops::declarations(&request(global, &command.variables), &command.target)?;
    error::show(&found.warnings, &found.sources, terminal);
    let nodes = found.declared.into_iter().map(|one| Node {
        // A call stands beside what it calls, not in it.
        groups: match one.kind {
            DeclaredKind::Module => {
                let around: Vec<String> = one.address.modules().map(|module| module.to_string()).collect();
                around.split_last().map(|(_, around)| around.to_vec()).unwrap_or_default()
            }
            _ => one.address.modules().map(|module| module.to_string()).collect(),
        },
        name: one.address.to_string(),
        note: if one.is_repeated { "repeated".to_owned() } else { String::new() },
        look: look(one.kind),
        needs: one.needs,
    });
    Ok(nodes.collect())
}

fn look(kind: DeclaredKind) -> Look {
    match kind {
        DeclaredKind::Provider => Look::Provider,
        DeclaredKind::Variable | DeclaredKind::Local => Look::Value,
        DeclaredKind::Resource => Look::Block,
        DeclaredKind::Module => Look::Module,
        DeclaredKind::Output => Look::Output,
    }
}

fn apply(command: &Graph, global: &Global, terminal: Terminal) -> Result<Vec<Node>, Failure> {
    let load = request_asking(global, &command.variables, terminal);
    let request = PlanRequest { targets: command.target.clone(), ..PlanRequest::default() };
    block_on(async {
        let loaded = Arc::new(ops::load(&load, &ops::Known::default())?);
        let planned = patiently(terminal, ops::plan_all(&loaded, &request)).await?;
        plan::warn(&loaded, &planned, terminal);
        plan::tell_places(&planned, terminal);
        let nodes = nodes(&planned, command.full);
        if nodes.is_empty() {
            say("An apply has nothing to do.\n");
        }
        Ok(nodes)
    })
}
