//! Results of tests for programs: as JSON, and as JUnit's XML, which continuous integration servers read.

use std::time::Duration;

use serde_json::Value;
use serde_json::json;

use super::diagnostics_json;
use crate::diag::Diagnostics;
use crate::diag::Sources;
use crate::diag::Style;
use crate::diag::render;
use crate::ops::TestResult;
use crate::ops::TestedFile;

/// All results. The form is documented in `docs/testing.md`.
pub fn tests_json(files: &[TestedFile]) -> Value {
    let findings = |(found, sources): &(Diagnostics, Sources)| diagnostics_json(found, sources);
    let file = |file: &TestedFile| {
        let runs = file.runs.iter().map(|run| {
            json!({
                "run": run.name,
                "status": run.result.as_str(),
                "elapsed_seconds": seconds(run.took),
                "diagnostics": findings(&run.findings),
            })
        });
        json!({
            "file": file.path,
            "status": file.result().as_str(),
            "elapsed_seconds": seconds(file.took),
            "runs": runs.collect::<Vec<_>>(),
            "diagnostics": file.findings.as_ref().map_or_else(|| json!([]), findings),
        })
    };
    let count =
        |result: TestResult| files.iter().flat_map(|file| &file.runs).filter(|run| run.result == result).count();
    json!({
        "format_version": "1.0",
        "passed": count(TestResult::Passed),
        "failed": count(TestResult::Failed),
        "errored": count(TestResult::Errored) + files.iter().filter(|file| file.findings.is_some()).count(),
        "skipped": count(TestResult::Skipped),
        "files": files.iter().map(file).collect::<Vec<_>>(),
    })
}

fn seconds(took: Duration) -> f64 {
    (took.as_secs_f64() * 1000.0).round() / 1000.0
}

/// The same as JUnit's XML: a suite for each file, a case for each run.
pub fn tests_junit(files: &[TestedFile]) -> String {
    let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n".to_owned();
    for file in files {
        let count = |result: TestResult| file.runs.iter().filter(|run| run.result == result).count();
        let broken = usize::from(file.findings.is_some());
        text.push_str(&format!(
            "  <testsuite name=\"{}\" tests=\"{}\" skipped=\"{}\" failures=\"{}\" errors=\"{}\" time=\"{}\">\n",
            escaped(&file.path),
            file.runs.len() + broken,
            count(TestResult::Skipped),
            count(TestResult::Failed),
            count(TestResult::Errored) + broken,
            seconds(file.took),
        ));
        if let Some(findings) = &file.findings {
            text.push_str(&case(&file.path, &file.path, TestResult::Errored, file.took, findings));
        }
        for run in &file.runs {
            text.push_str(&case(&file.path, &run.name, run.result, run.took, &run.findings));
        }
        text.push_str("  </testsuite>\n");
    }
    text.push_str("</testsuites>\n");
    text
}

fn case(
    file: &str,
    name: &str,
    result: TestResult,
    took: Duration,
    (found, sources): &(Diagnostics, Sources),
) -> String {
    let (file, name, time) = (escaped(file), escaped(name), seconds(took));
    let head = format!("    <testcase name=\"{name}\" classname=\"{file}\" time=\"{time}\"");
    let element = match result {
        TestResult::Passed => return format!("{head}/>\n"),
        TestResult::Skipped => return format!("{head}>\n      <skipped/>\n    </testcase>\n"),
        TestResult::Failed => "failure",
        TestResult::Errored => "error",
    };
    let first = found.iter().next().map(|finding| finding.summary.as_str()).unwrap_or_default();
    let told = render(found, sources, Style::Plain);
    format!(
        "{head}>\n      <{element} message=\"{}\">{}</{element}>\n    </testcase>\n",
        escaped(first),
        escaped(told.trim_end())
    )
}

/// As XML takes it; what it cannot hold is replaced.
fn escaped(text: &str) -> String {
    let mut made = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => made.push_str("&amp;"),
            '<' => made.push_str("&lt;"),
            '>' => made.push_str("&gt;"),
            '"' => made.push_str("&quot;"),
            '\n' | '\t' => made.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => made.push('\u{fffd}'),
            c => made.push(c),
        }
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Diagnostic;
    use crate::ops::TestedRun;

    fn tested() -> TestedFile {
        let run = |name: &str, result: TestResult, findings: Diagnostics| TestedRun {
            name: name.to_owned(),
            result,
            took: Duration::from_millis(1500),
            findings: (findings, Sources::new()),
        };
        let finding = Diagnostic::error("Test assertion failed", "1 < 2 & \u{1b}[31m \"a\"");
        TestedFile {
            path: "a.test.hcl".to_owned(),
            runs: vec![
                run("first", TestResult::Passed, Diagnostics::new()),
                run("second <>", TestResult::Failed, finding.into()),
                run("third", TestResult::Skipped, Diagnostics::new()),
            ],
            took: Duration::from_secs(2),
            findings: None,
        }
    }

    #[test]
    fn junit_is_well_formed() {
        let text = tests_junit(&[tested()]);
        assert!(
            text.contains(
                "<testsuite name=\"a.test.hcl\" tests=\"3\" skipped=\"1\" failures=\"1\" errors=\"0\" time=\"2\">"
            ),
            "{text}"
        );
        assert!(text.contains("<testcase name=\"second &lt;&gt;\" classname=\"a.test.hcl\" time=\"1.5\">"), "{text}");
        assert!(text.contains("1 &lt; 2 &amp;") && !text.contains('\u{1b}'), "{text}");
    }

    #[test]
    fn json_counts_and_tells() {
        let value = tests_json(&[tested()]);
        assert_eq!((&value["passed"], &value["failed"], &value["skipped"]), (&json!(1), &json!(1), &json!(1)));
        assert_eq!(value["files"][0]["runs"][1]["diagnostics"][0]["summary"], "Test assertion failed");
        assert_eq!(value["files"][0]["status"], "fail");
    }
}
