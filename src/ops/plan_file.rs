//! A saved plan: what was asked, what would happen, and by what it is told whether that still holds. Plain variables travel
//! in it. No secret does: secret ones are given again, and held against a salted digest that is slow to try.

use std::path::Path;

use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::Digest;

use super::Cause;
use super::Failure;
use super::Loaded;
use super::plan_request::PlanRequest;
use super::planning::Planned;
use super::writing::write_private;
use crate::object::Address;
use crate::object::normalize::hexadecimal;
use crate::plan::Fingerprint;
use crate::plan::Mode;
use crate::plan::OutputChange;
use crate::provider::regular;

/// Form 1 said what is asked by flags, of which only some went together; form 2 held no variables.
const FORM: u64 = 3;
/// Of the digests of secrets: a guess takes as long as one at the weakest password hash that is taken.
const COST: u32 = 10;
/// Stands for the secrets that are written into the configuration itself; no variable is called so.
const WRITTEN: &str = "";

/// The file's form 3.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SavedPlan {
    form: u64,
    stackwright_version: String,
    /// The question the plan answers; asked again when it is applied.
    pub request: PlanRequest,
    /// Values of the variables that are not secret and were given from outside.
    #[serde(default)]
    pub variables: BTreeMap<String, Value>,
    /// Digests of the values of secret variables.
    #[serde(default)]
    secrets: BTreeMap<String, String>,
    /// One for each cluster, by the cluster's address.
    fingerprints: Vec<(Address, Fingerprint)>,
    /// What becomes of the outputs; `None` in files of before they were planned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    outputs: Option<BTreeMap<String, OutputChange>>,
    /// As `plan` printed it, without colour.
    pub text: String,
    /// As `plan --json` prints it.
    pub json: Value,
    /// Of all the rest: what is shown of a plan and what is performed belong together.
    #[serde(default)]
    digest: String,
}

/// Saves plans for a later apply.
pub fn save_plan(
    path: &Path,
    loaded: &Loaded,
    request: &PlanRequest,
    planned: &[Planned],
    outputs: &BTreeMap<String, OutputChange>,
    (text, json): (&str, &Value),
) -> Result<(), Failure> {
    let failed = |error: Cause| Failure::world("Cannot save the plan", error);
    let mut secrets = BTreeMap::new();
    for (name, value) in secret_values(loaded) {
        let digest = bcrypt::hash(prepared(&name, &value), COST).map_err(|error| failed(error.into()))?;
        secrets.insert(name, digest);
    }
    let mut saved = SavedPlan {
        form: FORM,
        stackwright_version: env!("CARGO_PKG_VERSION").to_owned(),
        request: request.clone(),
        variables: loaded.plain_variables(),
        secrets,
        fingerprints: planned.iter().map(|one| (one.target.clone(), one.plan.fingerprint())).collect(),
        outputs: Some(outputs.clone()),
        text: text.to_owned(),
        json: json.clone(),
        digest: String::new(),
    };
    saved.digest = saved.digest_of_all();
    let text = serde_json::to_string(&saved).map_err(|error| failed(error.into()))?;
    write_private(path, &text)
}

/// What is secret and decides a plan: variables by name, and what is written into the configuration itself.
fn secret_values(loaded: &Loaded) -> BTreeMap<String, String> {
    let mut values = loaded.secret_variables();
    let written = loaded.installation.secrets.iter().map(|secret| secret.reveal());
    values.insert(WRITTEN.to_owned(), written.map(|text| format!("{} {text}", text.len())).collect());
    values
}

/// Of any length, in the 72 bytes that bcrypt looks at.
fn prepared(name: &str, value: &str) -> String {
    STANDARD.encode(sha2::Sha256::digest(format!("{} {name}{value}", name.len())))
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
        Some(2) => serde_json::from_value(value).map_err(|_| no_plan()),
        Some(FORM) => {
            let saved: SavedPlan = serde_json::from_value(value).map_err(|_| no_plan())?;
            if saved.digest == saved.digest_of_all() {
                return Ok(saved);
            }
            Err(Failure::world(summary(), "it was changed or damaged since it was saved").help("Plan again."))
        }
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
    fn digest_of_all(&self) -> String {
        let plain = Self { digest: String::new(), ..self.clone() };
        let text = serde_json::to_string(&plain).unwrap_or_default();
        hexadecimal(&sha2::Sha256::digest(text))
    }

    /// Names of the secret variables that must be given again.
    pub fn secret_variables(&self) -> impl Iterator<Item = &str> {
        self.secrets.keys().map(String::as_str).filter(|name| *name != WRITTEN)
    }

    /// Whether the secrets are those that the plan was made with.
    ///
    /// # Errors
    /// They are others; says which.
    pub fn check_secrets(&self, loaded: &Loaded) -> Result<(), Failure> {
        let now = secret_values(loaded);
        let differs = |(name, digest): &(&String, &String)| {
            let value = now.get(*name).map_or("", String::as_str);
            !bcrypt::verify(prepared(name, value), digest).unwrap_or(false)
        };
        let mut causes = Vec::new();
        for (name, _) in self.secrets.iter().filter(differs) {
            match name.as_str() {
                // Variables stand in the configuration too: it is told by itself only where it is the only one.
                WRITTEN => {}
                name => {
                    causes.push(format!("the secret variable \"{name}\" has another value than the plan was made with"))
                }
            }
        }
        if causes.is_empty() && self.secrets.iter().any(|pair| pair.0 == WRITTEN && differs(&pair)) {
            causes.push("a secret in the configuration has another value than the plan was made with".to_owned());
        }
        if causes.is_empty() {
            return Ok(());
        }
        Err(Failure::worlds("The plan is stale", causes)
            .help("Give the value of before, or plan again and look at what it shows now."))
    }

    /// Whether a plan made now is the saved one: same configuration, same inventory, same state of every touched object,
    /// same outputs.
    ///
    /// # Errors
    /// The plan is stale; says in what.
    pub fn check(&self, planned: &[Planned], outputs: &BTreeMap<String, OutputChange>) -> Result<(), Failure> {
        let mut causes = Vec::new();
        for one in planned {
            let Some((_, saved)) = self.fingerprints.iter().find(|(address, _)| *address == one.target) else {
                causes.push(format!("{} is not in the saved plan", one.target));
                continue;
            };
            let reason = saved.stale_because(&one.plan.fingerprint());
            causes.extend(reason.map(|reason| format!("{}: {reason}", one.target)));
        }
        if let Some(saved) = self.outputs.as_ref().filter(|_| causes.is_empty()) {
            let names: BTreeSet<&String> = saved.keys().chain(outputs.keys()).collect();
            let other = names.into_iter().filter(|name| saved.get(*name) != outputs.get(*name));
            causes
                .extend(other.map(|name| format!("what becomes of output \"{name}\" changed since the plan was made")));
        }
        if causes.is_empty() {
            return Ok(());
        }
        Err(Failure::worlds("The plan is stale", causes).help("Plan again and look at what it shows now."))
    }
}
