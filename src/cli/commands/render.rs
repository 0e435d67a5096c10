//! `render`

use std::process::ExitCode;

use super::request;
use crate::cli::arguments::Global;
use crate::cli::arguments::Render;
use crate::cli::error;
use crate::cli::terminal::Terminal;
use crate::cli::terminal::print;
use crate::cli::terminal::print_data;
use crate::cli::view::yaml_stream;
use crate::ops;
use crate::ops::Failure;

/// Secrets that are generated or hashed stand as placeholders: they are known only to the cluster. Others are hidden unless
/// they are asked for.
pub fn run(command: &Render, global: &Global, terminal: Terminal) -> Result<ExitCode, Failure> {
    let rendered = ops::render(&request(global, &command.variables), command.show_secrets)?;
    error::show(&rendered.warnings, &rendered.sources, terminal);
    let objects: Vec<_> = rendered
        .objects
        .iter()
        .filter(|object| {
            let component = object.owner.component();
            command.component.is_empty() || command.component.iter().any(|name| Some(name.as_str()) == component)
        })
        .map(|object| &object.object)
        .collect();
    if objects.is_empty() && !command.component.is_empty() {
        let mut names: Vec<&str> = rendered.objects.iter().filter_map(|object| object.owner.component()).collect();
        names.sort_unstable();
        names.dedup();
        return Err(Failure::world(
            "Nothing to render",
            format!("no component is called {}", command.component.join(", ")),
        )
        .help(format!("The components are {}.", names.join(", "))));
    }
    let text = yaml_stream(objects);
    if command.show_secrets {
        print_data(&text)
    } else {
        print(&text)
    }
    Ok(error::DONE.into())
}
