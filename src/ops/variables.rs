//! Values for variables from outside, in Terraform's order of precedence.

use std::path::PathBuf;

use super::Failure;
use super::files::Files;
use crate::diag::Diagnostics;
use crate::diag::Sources;
use crate::lang::AssignedValue;
use crate::lang::Assignment;
use crate::lang::Origin;
use crate::lang::parse_assignments;

/// Names of environment variables that set variables begin so.
pub const PREFIX: &str = "STACKWRIGHT_VAR_";

/// What was typed: `--var name=value` and `--var-file path`.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    pub values: Vec<String>,
    pub files: Vec<PathBuf>,
}

/// All assignments, lowest precedence first: environment, `stackwright.hclvars`, `*.auto.hclvars`, `--var-file`, `--var`.
pub fn assignments(
    files: &Files,
    typed: &Typed,
    environment: &[(String, String)],
    sources: &mut Sources,
    diagnostics: &mut Diagnostics,
) -> Result<Vec<Assignment>, Failure> {
    let mut assignments: Vec<Assignment> = environment
        .iter()
        .filter_map(|(name, value)| {
            let name = name.strip_prefix(PREFIX)?.to_owned();
            Some(Assignment { name, value: AssignedValue::Text(value.clone()), origin: Origin::Environment })
        })
        .collect();
    let mut texts = files.variables()?;
    for path in &typed.files {
        texts.push((path.display().to_string(), files.variables_file(path)?));
    }
    for (path, text) in texts {
        let source = sources.add(path, text);
        let (parsed, findings) = parse_assignments(sources, source);
        assignments.extend(parsed);
        diagnostics.extend(findings);
    }
    for value in &typed.values {
        let Some((name, value)) = value.split_once('=') else {
            return Err(Failure::world("Cannot use --var", format!("\"{value}\" is not of the form NAME=VALUE")));
        };
        assignments.push(Assignment {
            name: name.trim().to_owned(),
            value: AssignedValue::Text(value.to_owned()),
            origin: Origin::CommandLine,
        });
    }
    Ok(assignments)
}
