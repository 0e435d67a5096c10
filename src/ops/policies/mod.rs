//! Judges plans by the policies of the configuration. A rule that cannot be evaluated does not hold: what nobody could judge
//! is not let through. Not how verdicts are told.

mod judge;
mod values;
mod verdict;

use serde_json::Value;
use serde_json::json;

use super::Failure;
use super::Loaded;
use super::plan_request::PlanRequest;
use super::planning::Planned;
use crate::config::place_of_policy;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::diag::nearest;
use crate::object::Address;

pub use judge::judge;
use values::Values;
pub use verdict::Breach;
pub use verdict::Verdict;
pub use verdict::VerdictResult;

/// Whether the plans may be carried out.
///
/// # Errors
/// A policy refuses one of them: which, and why.
pub fn check(loaded: &Loaded, planned: &[Planned]) -> Result<(), Failure> {
    let mut refusals = Diagnostics::new();
    for one in planned {
        for verdict in one.judged.iter().filter(|verdict| verdict.result == VerdictResult::Refused) {
            refusals.push(refusal(loaded, verdict));
        }
    }
    if refusals.is_empty() {
        return Ok(());
    }
    refusals.hide_all(loaded.warnings.hidden());
    Err(Failure::Refused(refusals, Box::new(loaded.sources.clone())))
}

/// So many of what breaks a policy are told with the refusal; the plan tells more.
const TOLD: usize = 3;

fn refusal(loaded: &Loaded, verdict: &Verdict) -> Diagnostic {
    let mut lines: Vec<String> = verdict.lines().take(TOLD).map(|(about, text)| with_object(about, &text)).collect();
    match verdict.broken.saturating_sub(TOLD) {
        0 => {}
        more => lines.push(format!("and {more} more")),
    }
    let name = short(&verdict.policy);
    let help = format!(
        "Change what breaks it. Who must go on all the same gives --override-policy {name}; the history records it."
    );
    let finding = Diagnostic::error("Policy broken", lines.join("\n")).about(&verdict.policy).help(help);
    let policy = loaded.installation.policies.iter().find(|policy| policy.address == verdict.policy);
    finding.at_option(policy.map(place_of_policy))
}

/// `Service istio-system/gateway: it is of type LoadBalancer`
pub fn with_object(about: Option<String>, text: &str) -> String {
    about.map_or_else(|| text.to_owned(), |about| format!("{about}: {text}"))
}

/// An address as one types it to override a policy: `quotas`, `policy.teams["a"]` where it has a key.
fn short(policy: &Address) -> String {
    match policy.key() {
        None if *policy == Address::resource(policy.kind(), policy.name()) => policy.name().to_owned(),
        _ => format!("'{policy}'"),
    }
}

/// Whether a name on the command line means a policy: its label, its address, or that of all instances of its block.
fn is_named(policy: &Address, given: &str) -> bool {
    let address = given.parse::<Address>().ok();
    let is_address = |meant: &Address| address.as_ref() == Some(meant);
    let is_plain = *policy == Address::resource(policy.kind(), policy.name());
    is_address(policy) || is_address(&policy.without_keys()) || is_plain && policy.name() == given
}

/// Whether the policies that are to be overridden are there.
///
/// # Errors
/// One of them is not.
pub(super) fn check_names(loaded: &Loaded, request: &PlanRequest) -> Result<(), Failure> {
    let policies = &loaded.installation.policies;
    let mut findings = Diagnostics::new();
    for given in &request.override_policies {
        if policies.iter().any(|policy| is_named(&policy.address, given)) {
            continue;
        }
        let names: Vec<String> = policies.iter().map(|policy| policy.address.name().to_owned()).collect();
        let help = match nearest(given, names.iter().map(String::as_str)) {
            Some(near) => format!("Did you mean {near}?"),
            None if names.is_empty() => "The configuration has no policy.".to_owned(),
            None => format!("The policies are {}.", names.join(", ")),
        };
        findings.push(Diagnostic::error("Unknown policy", format!("There is no policy \"{given}\".")).help(help));
    }
    if findings.is_empty() {
        return Ok(());
    }
    Err(Failure::Refused(findings, Box::new(loaded.sources.clone())))
}

/// What assertions of tests see of a plan: it as a whole, its changes by address, and the objects after it by name.
#[allow(clippy::type_complexity, reason = "what costs is made only where it is asked for")]
pub(super) fn seen<'a>(
    planned: &'a Planned,
    loaded: &'a Loaded,
    request: &'a PlanRequest,
) -> (Value, impl Fn() -> Vec<(String, Value)> + 'a, impl Fn() -> Vec<(String, Value)> + 'a) {
    let values = move || Values::new(planned, loaded, request, &[]);
    let mut plan = values().plan();
    plan["is_empty"] = (planned.plan.is_empty() && planned.upgrade.is_none()).into();
    let verdicts = planned.judged.iter().map(|verdict| (verdict.policy.to_string(), verdict.result.as_str().into()));
    plan["policies"] = Value::Object(verdicts.collect());
    let changes = move || values().changes_by_address();
    (plan, changes, move || values().objects_by_name())
}

/// The policies that were overridden, as the history keeps them; null for none.
pub(super) fn overridden(verdicts: &[Verdict]) -> Value {
    let overridden = verdicts.iter().filter(|verdict| verdict.result == VerdictResult::Overridden);
    let all: Vec<Value> =
        overridden.map(|verdict| json!({"policy": verdict.policy.to_string(), "broken": verdict.broken})).collect();
    if all.is_empty() { Value::Null } else { all.into() }
}
