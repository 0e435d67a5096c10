//! Findings for programs, in the form of Terraform's `validate -json`.

use serde_json::Value;
use serde_json::json;

use crate::diag::Diagnostics;
use crate::diag::Severity;
use crate::diag::SourceId;
use crate::diag::Sources;

/// A list of findings, sorted by place.
pub fn diagnostics_json(diagnostics: &Diagnostics, sources: &Sources) -> Value {
    let mut sorted = diagnostics.clone();
    sorted.sort();
    sorted
        .iter()
        .map(|found| {
            let mut detail = found.detail.clone();
            if let Some(help) = &found.help {
                detail.push_str(&format!("\n\n{help}"));
            }
            let mut value = json!({
                "severity": if found.severity == Severity::Error { "error" } else { "warning" },
                "code": found.code,
                "summary": found.summary,
                "detail": detail,
            });
            if let Some(address) = &found.address {
                value["address"] = address.clone().into();
            }
            if let Some(span) = found.span {
                value["range"] = json!({
                    "filename": sources.path(span.source),
                    "start": place(sources, span.source, span.start),
                    "end": place(sources, span.source, span.end),
                });
            }
            value
        })
        .collect()
}

fn place(sources: &Sources, source: SourceId, offset: usize) -> Value {
    let position = sources.position(source, offset);
    json!({"line": position.line, "column": position.column, "byte": offset})
}
