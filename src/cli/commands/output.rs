//! `output`

use std::process::ExitCode;

use serde_json::Value;
use serde_json::json;

use super::block_on;
use super::request;
use super::warn_of_records;
use crate::cli::arguments::Global;
use crate::cli::arguments::Output;
use crate::cli::error;
use crate::cli::terminal::Terminal;
use crate::cli::terminal::print;
use crate::cli::terminal::print_data;
use crate::cli::view::hcl;
use crate::cli::view::shown;
use crate::ops;
use crate::ops::Failure;

pub fn run(command: &Output, global: &Global, terminal: Terminal) -> Result<ExitCode, Failure> {
    let request = request(global, &command.variables);
    let (outputs, warnings) = block_on(ops::recorded_outputs(&request, command.name.as_deref()))?;
    warn_of_records(warnings, terminal);
    let Some(name) = &command.name else {
        if command.json {
            let all: serde_json::Map<String, Value> = outputs
                .iter()
                .map(|(name, output)| (name.clone(), json!({"sensitive": output.sensitive, "value": output.value})))
                .collect();
            print(&format!("{:#}\n", Value::Object(all)));
        } else {
            for (name, output) in &outputs {
                print(&format!("{name} = {}\n", shown(output)));
            }
        }
        return Ok(error::DONE.into());
    };
    let Some(output) = outputs.get(name) else {
        let known: Vec<&str> = outputs.keys().map(String::as_str).collect();
        let help = match crate::diag::nearest(name, known.iter().copied()) {
            Some(near) => format!("Did you mean {near}?"),
            None if known.is_empty() => "Nothing was applied yet, or the configuration has no outputs.".to_owned(),
            None => format!("The outputs are {}.", known.join(", ")),
        };
        return Err(Failure::world(format!("No output {name}"), "the last apply recorded none of that name").help(help));
    };
    // A value that is named is wanted, sensitive or not.
    match (&output.value, command.raw, command.json) {
        (Value::String(text), true, _) => print_data(text),
        (Value::Number(_) | Value::Bool(_), true, _) => print_data(&output.value.to_string()),
        (_, true, _) => {
            return Err(Failure::world(
                format!("Cannot print {name} raw"),
                "it is neither text, number nor true or false",
            )
            .help("Use --json."));
        }
        (value, _, true) => print_data(&format!("{value}\n")),
        (value, ..) => print_data(&format!("{}\n", hcl(value, 0))),
    }
    Ok(error::DONE.into())
}
