//! What was answered before anybody is asked: flags and the file of answers, each with its place.

use serde_json::Value;

use super::InitRequest;
use crate::catalog::wizard::Given;
use crate::catalog::wizard::Prices;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::diag::Sources;
use crate::diag::Span;
use crate::lang::AssignedValue;
use crate::lang::parse_assignments;
use crate::ops::Failure;
use crate::provider::regular;
use crate::provider::regular::LONGEST_TEXT;

/// How places of flags are shown.
const FLAG: &str = "--set";

/// All answers, the file's first: what is typed counts more.
pub fn given(init: &InitRequest, sources: &mut Sources) -> Result<(Vec<(String, Given)>, Diagnostics), Failure> {
    let mut diagnostics = Diagnostics::new();
    let mut given = Vec::new();
    if let Some(path) = &init.answers {
        let summary = || format!("Cannot read the answers in {}", path.display());
        let text = regular::read_named(path, LONGEST_TEXT).map_err(|error| Failure::world(summary(), error))?;
        let file = sources.add(path.display().to_string(), text);
        let (assignments, findings) = parse_assignments(sources, file);
        diagnostics.extend(findings);
        for assignment in assignments {
            if let AssignedValue::Value(value, span) = assignment.value {
                given.push((assignment.name, Given { value: value.to_json(), span, is_typed: false }));
            }
        }
    }
    for typed in &init.set {
        let file = sources.add(FLAG, typed.as_str());
        let span = Some(Span::new(file, 0..typed.len()));
        match typed.split_once('=') {
            Some((name, value)) => {
                let value = Value::String(value.to_owned());
                given.push((name.trim().to_owned(), Given { value, span, is_typed: true }));
            }
            None => {
                let detail = format!("\"{typed}\" is not of the form NAME=VALUE.");
                diagnostics.push(Diagnostic::error("Invalid answer", detail).at_option(span));
            }
        }
    }
    Ok((given, diagnostics))
}

/// The prices of a file, where one is named.
pub fn prices(
    init: &InitRequest,
    sources: &mut Sources,
    diagnostics: &mut Diagnostics,
) -> Result<Option<Prices>, Failure> {
    let Some(path) = &init.prices else { return Ok(None) };
    let summary = || format!("Cannot read the prices in {}", path.display());
    let text = regular::read_named(path, LONGEST_TEXT).map_err(|error| Failure::world(summary(), error))?;
    let file = sources.add(path.display().to_string(), text);
    let (prices, findings) = Prices::read(sources, file);
    diagnostics.extend(findings);
    Ok(Some(prices))
}
