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

/// What was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// `--var NAME=VALUE`
    Value(String),
    /// `--var-file FILE`
    File(PathBuf),
}

/// All assignments, lowest precedence first: environment, `stackwright.hclvars`, `*.auto.hclvars`, then what was typed in its
/// order.
pub fn assignments(
    files: &Files,
    given: &[Given],
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
    let mut read = |path: String, text: String, assignments: &mut Vec<Assignment>| {
        let source = sources.add(path, text);
        let (parsed, findings) = parse_assignments(sources, source);
        assignments.extend(parsed);
        diagnostics.extend(findings);
    };
    for (path, text) in files.variables()? {
        read(path, text, &mut assignments);
    }
    for given in given {
        match given {
            Given::File(path) => {
                read(path.display().to_string(), files.variables_file(path)?, &mut assignments);
            }
            Given::Value(typed) => {
                let Some((name, value)) = typed.split_once('=') else {
                    let reason = format!("\"{typed}\" is not of the form NAME=VALUE");
                    return Err(Failure::world("Cannot use --var", reason));
                };
                assignments.push(Assignment {
                    name: name.trim().to_owned(),
                    value: AssignedValue::Text(value.to_owned()),
                    origin: Origin::CommandLine,
                });
            }
        }
    }
    Ok(assignments)
}
