//! What policies say of a plan: for people behind its summary, and for programs.

use serde_json::Value;
use serde_json::json;

use super::Paint;
use crate::ops::Breach;
use crate::ops::Verdict;
use crate::ops::VerdictResult;

/// So many of what breaks a policy are shown, unless everything is asked for.
const SHOWN: usize = 10;

/// One paragraph with an empty line before it; empty where there are no policies. Those that hold are counted, unless
/// everything is asked for.
pub fn policies_text(verdicts: &[Verdict], full: bool, paint: Paint) -> String {
    if verdicts.is_empty() {
        return String::new();
    }
    let mut text = format!("\n{}\n", paint.bold("Policies"));
    for verdict in verdicts.iter().filter(|verdict| full || verdict.result != VerdictResult::Held) {
        text.push_str(&verdict_text(verdict, full, paint));
    }
    let held = verdicts.iter().filter(|verdict| verdict.result == VerdictResult::Held).count();
    match held {
        _ if full => {}
        0 => {}
        1 if verdicts.len() == 1 => text.push_str(&format!("  {} {}\n", paint.green("holds"), verdicts[0].policy)),
        1 => text.push_str("  1 policy holds.\n"),
        all => text.push_str(&format!("  {all} policies hold.\n")),
    }
    text
}

fn verdict_text(verdict: &Verdict, full: bool, paint: Paint) -> String {
    let word = match verdict.result {
        VerdictResult::Held => paint.green("holds"),
        VerdictResult::Warned => paint.yellow("warns"),
        VerdictResult::Refused => paint.red("refuses"),
        VerdictResult::Overridden => paint.yellow("overridden"),
    };
    let mut text = format!("  {word} {}", paint.bold(&verdict.policy.to_string()));
    if !verdict.description.is_empty() {
        text.push_str(&format!("  {}", paint.dim(&verdict.description)));
    }
    text.push('\n');
    let shown = if full { usize::MAX } else { SHOWN };
    for (about, message) in verdict.lines().take(shown) {
        let about = about.map(|about| format!("{about}: ")).unwrap_or_default();
        text.push_str(&format!("    - {about}{message}\n"));
    }
    match verdict.broken.saturating_sub(shown.min(verdict.breaches.len())) {
        0 => {}
        more => text.push_str(&format!("    and {more} more\n")),
    }
    text
}

/// The same for programs.
pub fn policies_json(verdicts: &[Verdict]) -> Value {
    let breach =
        |breach: &Breach| json!({"about": breach.about, "message": breach.message, "failed": breach.is_failure});
    let all = verdicts.iter().map(|verdict| {
        json!({
            "policy": verdict.policy.to_string(),
            "description": verdict.description,
            "enforcement": if verdict.only_warns { "warn" } else { "refuse" },
            "result": verdict.result.as_str(),
            "judged": verdict.judged,
            "broken": verdict.broken,
            "breaches": verdict.breaches.iter().map(breach).collect::<Vec<_>>(),
        })
    });
    all.collect()
}
