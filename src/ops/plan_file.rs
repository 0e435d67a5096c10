//! A saved plan: what was asked, what would happen, and by what it is told whether that still holds. No secret in it.

use std::path::Path;

use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;

use super::Failure;
use super::plan_request::PlanRequest;
use super::planning::Planned;
use super::writing::write_private;
use crate::object::Address;
use crate::plan::Fingerprint;
use crate::plan::Mode;
use crate::provider::regular;

/// Form 1 said what is asked by flags, of which only some went together.
const FORM: u64 = 2;

/// The file's form 2.
#[derive(Debug, Serialize, Deserialize)]
pub struct SavedPlan {
    form: u64,
    stackwright_version: String,
    /// The question the plan answers; asked again when it is applied.
    pub request: PlanRequest,
    /// One for each cluster, by the cluster's address.
    fingerprints: Vec<(Address, Fingerprint)>,
    /// As `plan` printed it, without colour.
    pub text: String,
    /// As `plan --json` prints it.
    pub json: Value,
}

/// Saves plans for a later apply.
pub fn save_plan(
    path: &Path,
    request: &PlanRequest,
    planned: &[Planned],
    text: &str,
    json: &Value,
) -> Result<(), Failure> {
    let saved = SavedPlan {
        form: FORM,
        stackwright_version: env!("CARGO_PKG_VERSION").to_owned(),
        request: request.clone(),
        fingerprints: planned.iter().map(|one| (one.target.clone(), one.plan.fingerprint())).collect(),
        text: text.to_owned(),
        json: json.clone(),
    };
    let text = serde_json::to_string(&saved).map_err(|error| Failure::world("Cannot save the plan", error))?;
    write_private(path, &text)
}

/// Reads a saved plan.
pub fn read_plan(path: &Path) -> Result<SavedPlan, Failure> {
    let summary = || format!("Cannot read the plan {}", path.display());
    let text = regular::read_text(path, regular::LONGEST_PLAN).map_err(|error| Failure::world(summary(), error))?;
    let no_plan = || {
        Failure::world(summary(), "it is not a plan that `stackwright plan --out FILE` saved")
            .help("To apply a configuration directory, name it with --chdir DIR.")
    };
    let value: Value = serde_json::from_str(&text).map_err(|_| no_plan())?;
    match value.get("form").and_then(Value::as_u64) {
        Some(1) => serde_json::from_value(from_form_1(value)).map_err(|_| no_plan()),
        Some(FORM) => serde_json::from_value(value).map_err(|_| no_plan()),
        Some(form) => {
            Err(Failure::world(summary(), format!("it has form {form}; this program reads up to form {FORM}"))
                .help("Plan again with this program."))
        }
        None => Err(no_plan()),
    }
}

/// A plan of form 1 in today's: its flags become a mode.
fn from_form_1(mut plan: Value) -> Value {
    let Some(request) = plan.get_mut("request").and_then(Value::as_object_mut) else { return plan };
    let flag = |name: &str| request.get(name).and_then(Value::as_bool).unwrap_or(false);
    let forgets = request.get("forget").and_then(Value::as_array).is_some_and(|forget| !forget.is_empty());
    let mode = match (forgets, flag("destroy"), flag("refresh_only"), flag("adopt_only")) {
        (true, ..) => Mode::Forget,
        (_, true, ..) => Mode::Destroy { keep_data: flag("keep_data") },
        (_, _, true, _) => Mode::Drift,
        (.., true) => Mode::Adopt,
        _ => Mode::Converge,
    };
    request.insert("mode".into(), serde_json::to_value(mode).unwrap_or_default());
    plan
}

impl SavedPlan {
    /// Whether a plan made now is the saved one: same configuration, same inventory, same state of every touched object.
    ///
    /// # Errors
    /// The plan is stale; says in what.
    pub fn check(&self, planned: &[Planned]) -> Result<(), Failure> {
        let mut causes = Vec::new();
        for one in planned {
            let Some((_, saved)) = self.fingerprints.iter().find(|(address, _)| *address == one.target) else {
                causes.push(format!("{} is not in the saved plan", one.target));
                continue;
            };
            let reason = saved.stale_because(&one.plan.fingerprint());
            causes.extend(reason.map(|reason| format!("{}: {reason}", one.target)));
        }
        if causes.is_empty() {
            return Ok(());
        }
        Err(Failure::World {
            summary: "The plan is stale".into(),
            causes,
            help: Some("Plan again and look at what it shows now.".into()),
        })
    }
}
