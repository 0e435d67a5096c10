//! One run: loads the configuration with its variables, plans and carries out in the sandboxes of its file, and asks its
//! assertions.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value as Json;

use super::Findings;
use super::TestResult;
use super::stage::Stage;
use crate::apply;
use crate::apply::Interrupt;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::diag::Severity;
use crate::diag::Sources;
use crate::lang;
use crate::lang::Scope;
use crate::lang::TestCommand;
use crate::lang::TestFile;
use crate::lang::TestRun;
use crate::object::mask_object;
use crate::ops::Failure;
use crate::ops::Known;
use crate::ops::Loaded;
use crate::ops::applying;
use crate::ops::applying::Carriage;
use crate::ops::duplicate::Duplicate;
use crate::ops::files::Files;
use crate::ops::hopping;
use crate::ops::load;
use crate::ops::outputs;
use crate::ops::plan_request::PlanRequest;
use crate::ops::planning;
use crate::ops::planning::Planned;
use crate::ops::policies;
use crate::ops::policies::VerdictResult;
use crate::ops::secrets;
use crate::ops::variables::Given;
use crate::plan::Mode;
use crate::provider::kubernetes::Faults;
use crate::state::Output;

/// Requests in flight at once to each sandbox.
const PARALLELISM: usize = 8;

pub struct Run<'s, 'r> {
    stage: &'s mut Stage<'r>,
    at: usize,
}

/// What a run has found out, for its assertions.
#[derive(Default)]
struct Seen {
    plan: Json,
    changes: serde_json::Map<String, Json>,
    objects: serde_json::Map<String, Json>,
    outputs: BTreeMap<String, lang::Value>,
}

/// Why a run goes no further.
enum Stop {
    /// Something that may be expected: findings about the configuration, or a policy.
    Findings(Diagnostics, Box<Sources>),
    Failure(Failure),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Input(findings, sources) | Failure::Refused(findings, sources) => {
                Self::Findings(findings, sources)
            }
            other => Self::Failure(other),
        }
    }
}

impl<'s, 'r> Run<'s, 'r> {
    pub fn new(stage: &'s mut Stage<'r>, at: usize) -> Self {
        Self { stage, at }
    }

    pub async fn carry_out(&mut self) -> (TestResult, Findings) {
        let mut own = Sources::new();
        let file = self.stage.file(&mut own);
        let run = &file.runs[self.at];
        let files = Files::new(&self.stage.request.request.directory);
        let (values, findings) = file.variables(run, &self.given(), &files);
        if findings.has_errors() {
            return (TestResult::Errored, (findings, own));
        }
        match self.loaded(&values) {
            Ok(loaded) => self.with(Arc::new(loaded), &values).await,
            Err(Stop::Findings(findings, sources)) => expected(run, &own, findings, *sources),
            Err(Stop::Failure(failure)) => (TestResult::Errored, (told(&failure, run), own)),
        }
    }

    /// The names that variables of a run may use.
    fn given(&self) -> Scope {
        let mut scope = Scope::new();
        for (name, outputs) in &self.stage.given {
            scope.set_in("run", name.as_str(), outputs.clone());
        }
        scope
    }

    fn loaded(&self, values: &BTreeMap<String, lang::Value>) -> Result<Loaded, Stop> {
        let mut request = self.stage.request.request.clone();
        // What the test says counts before what was typed.
        request.variables.retain(|given| match given {
            Given::Value(text) => !values.contains_key(text.split('=').next().unwrap_or_default().trim()),
            Given::File(_) => true,
        });
        request.planned = values.iter().map(|(name, value)| (name.clone(), value.to_json())).collect();
        Ok(load(&request, &Known::default())?)
    }

    async fn with(&mut self, loaded: Arc<Loaded>, values: &BTreeMap<String, lang::Value>) -> (TestResult, Findings) {
        let mut sources = loaded.sources.clone();
        let file = self.stage.file(&mut sources);
        let run = &file.runs[self.at];
        let unknown: Vec<&String> = values.keys().filter(|name| !loaded.declares(name)).collect();
        if !unknown.is_empty() {
            let names: Vec<String> = unknown.iter().map(|name| format!("\"{name}\"")).collect();
            let detail = format!("The configuration declares no variable {}.", names.join(", "));
            return (TestResult::Errored, (Diagnostic::error("Run failed", detail).at(run.span).into(), sources));
        }
        let seen = match self.act(&loaded, &file, run).await {
            Ok((seen, broken)) => {
                let mut found = checks(&loaded, run);
                found.extend(missed(run, &broken, &loaded));
                found.extend(self.ask(&loaded, run, &seen, &sources));
                let found = secrets::hide_in(found, &loaded.secrets);
                let result = if found.has_errors() { TestResult::Failed } else { TestResult::Passed };
                let outputs = seen.outputs.clone();
                self.stage.given.insert(run.name.clone(), lang::Value::object(outputs));
                return (result, (found, sources));
            }
            Err(stop) => stop,
        };
        match seen {
            // They speak of the same files, before the tests' own.
            Stop::Findings(findings, _) => expected(run, &sources.clone(), findings, sources),
            Stop::Failure(failure) => {
                (TestResult::Errored, (secrets::hide_in(told(&failure, run), &loaded.secrets), sources))
            }
        }
    }

    /// Plans, and carries out what is to be. Gives what was seen, and the policies that do not hold.
    async fn act(&mut self, loaded: &Arc<Loaded>, file: &TestFile, run: &TestRun) -> Result<(Seen, Vec<String>), Stop> {
        let is_destroy = run.command == TestCommand::Destroy;
        let mode = if is_destroy { Mode::Destroy { keep_data: false } } else { Mode::Converge };
        let request =
            PlanRequest { mode, allow_data_loss: run.allow_data_loss || is_destroy, ..PlanRequest::default() };
        let mut planned: Vec<Planned> = Vec::new();
        for cluster in &loaded.installation.clusters {
            let sandbox = self.stage.sandbox(loaded, cluster, &file.sandbox).await?;
            let session = Duplicate::enter(&sandbox, &Faults::default());
            planned.push(planning::plan_through(loaded, &request, cluster.clone(), session).await?);
        }
        let broken: Vec<String> = planned
            .iter()
            .flat_map(|one| &one.judged)
            .filter(|verdict| verdict.result != VerdictResult::Held)
            .map(|verdict| verdict.policy.to_string())
            .collect();
        policies::check(loaded, &planned)?;
        let mut seen = Seen { outputs: planned_outputs(loaded, &planned), ..Seen::default() };
        for one in &planned {
            let (plan, changes, objects) = policies::seen(one, loaded, &request);
            seen.plan = plan;
            if run.names("changes") {
                seen.changes.extend(changes());
            }
            if run.command == TestCommand::Plan && run.names("objects") {
                seen.objects.extend(objects());
            }
        }
        if run.command != TestCommand::Plan {
            let veils: Vec<_> = planned.iter().map(|one| one.plan.secrets.clone()).collect();
            hopping::check_consent(&planned, request.allow_data_loss)?;
            let outputs = self.apply(loaded, &request, planned).await?;
            seen.outputs.extend(outputs);
            if run.names("objects") {
                for (cluster, veil) in loaded.installation.clusters.iter().zip(veils) {
                    let sandbox = self.stage.sandbox(loaded, cluster, &file.sandbox).await?;
                    let session = Duplicate::enter(&sandbox, &Faults::default());
                    let picture = session.cluster.picture().await;
                    let picture = picture.map_err(|error| Failure::world("Cannot read the sandbox", error))?;
                    let objects = picture.objects.iter();
                    seen.objects.extend(
                        objects.map(|object| (object.id().to_string(), mask_object(object, &veil).into_value())),
                    );
                }
            }
        }
        Ok((seen, broken))
    }

    async fn apply(
        &self,
        loaded: &Arc<Loaded>,
        request: &PlanRequest,
        planned: Vec<Planned>,
    ) -> Result<BTreeMap<String, lang::Value>, Failure> {
        let carriage = Carriage {
            parallelism: PARALLELISM,
            lock_timeout: Duration::ZERO,
            wait_timeout: self.stage.request.wait_timeout,
            command: "test".to_owned(),
        };
        let (events, _listener) = apply::events();
        let applied = applying::apply_agreed(loaded, request, planned, &carriage, &events, &Interrupt::new()).await?;
        let failures: Vec<String> = applied
            .outcomes
            .iter()
            .flat_map(|outcome| &outcome.failures)
            .map(|failure| {
                std::iter::once(failure.to_string()).chain(failure.detail.clone()).collect::<Vec<_>>().join("\n")
            })
            .collect();
        if !failures.is_empty() {
            return Err(Failure::worlds("The apply failed", failures));
        }
        Ok(applied.outputs.into_iter().map(|(name, output)| (name, output_value(output))).collect())
    }

    /// Asks the assertions.
    fn ask(&self, loaded: &Loaded, run: &TestRun, seen: &Seen, sources: &Sources) -> Diagnostics {
        let mut scope = loaded.evaluated.names();
        let value = |json: &Json| lang::Value::from_json(json);
        scope.set("plan", value(&seen.plan));
        scope.set("changes", value(&Json::Object(seen.changes.clone())));
        scope.set("objects", value(&Json::Object(seen.objects.clone())));
        for (name, output) in &seen.outputs {
            scope.set_in("output", name.as_str(), output.clone());
        }
        for (name, outputs) in &self.stage.given {
            scope.set_in("run", name.as_str(), outputs.clone());
        }
        run.check(&scope, sources, &loaded.files)
    }
}

/// The outputs that a plan leads to; those that only an apply makes known are unknown.
fn planned_outputs(loaded: &Loaded, planned: &[Planned]) -> BTreeMap<String, lang::Value> {
    let known = outputs::outputs(loaded, planned);
    let names = loaded.evaluated.outputs.keys();
    let value = |name: &String| match known.get(name) {
        Some(output) => output_value(output.clone()),
        None => lang::Value::unknown(lang::Type::Any),
    };
    names.map(|name| (name.clone(), value(name))).collect()
}

fn output_value(output: Output) -> lang::Value {
    lang::Value::from_json(&output.value).with_sensitivity(output.sensitive)
}

/// Checks of the configuration that do not hold and are not expected to fail.
fn checks(loaded: &Loaded, run: &TestRun) -> Diagnostics {
    let mut found = Diagnostics::new();
    let failed = loaded.evaluated.checks.iter().filter(|check| check.passed == Some(false));
    for check in failed {
        if run.expected.iter().any(|(name, _)| *name == format!("check.{}", check.name)) {
            continue;
        }
        let detail = format!("check.{}: {}", check.name, check.message);
        found.push(Diagnostic::error("Check block assertion failed", detail).at(check.span));
    }
    found
}

/// What was expected to fail and did not.
fn missed(run: &TestRun, broken: &[String], loaded: &Loaded) -> Diagnostics {
    let mut found = Diagnostics::new();
    let checks = loaded.evaluated.checks.iter().filter(|check| check.passed == Some(false));
    let checks: Vec<String> = checks.map(|check| format!("check.{}", check.name)).collect();
    for (name, span) in run.expected.iter().filter(|(name, _)| !broken.contains(name) && !checks.contains(name)) {
        let detail = format!("{name} was expected to fail, and holds.");
        found.push(Diagnostic::error("Missing expected failure", detail).at(*span));
    }
    found
}

/// Whether all that stopped a run was expected, and all that was expected stopped it.
fn expected(run: &TestRun, own: &Sources, findings: Diagnostics, sources: Sources) -> (TestResult, Findings) {
    let is_of = |finding: &Diagnostic, name: &str| {
        finding.address.as_deref() == Some(name)
            || finding.related.iter().any(|(span, _)| sources.excerpt(*span).contains(name))
            || finding.span.is_some_and(|span| sources.excerpt(span) == name)
    };
    let errors = || findings.iter().filter(|finding| finding.severity == Severity::Error);
    if run.expected.is_empty() || errors().any(|error| !run.expected.iter().any(|(name, _)| is_of(error, name))) {
        return (TestResult::Errored, (findings, sources));
    }
    let mut missing = Diagnostics::new();
    for (name, span) in run.expected.iter().filter(|(name, _)| !errors().any(|error| is_of(error, name))) {
        let detail = format!("{name} was expected to fail; the run was stopped by something else that was.");
        missing.push(Diagnostic::error("Missing expected failure", detail).at(*span));
    }
    match missing.is_empty() {
        true => (TestResult::Passed, (Diagnostics::new(), sources)),
        false => (TestResult::Failed, (missing, own.clone())),
    }
}

/// What stopped a run, as a finding about it.
fn told(failure: &Failure, run: &TestRun) -> Diagnostics {
    let detail = match failure {
        Failure::World(world) => format!("{}.\n{}", world.summary, world.reasons().join("\n")),
        Failure::Several(all) => {
            let each = all.iter().flat_map(|failure| told(failure, run).into_iter()).map(|finding| finding.detail);
            each.collect::<Vec<_>>().join("\n")
        }
        Failure::Incomplete { failed } => format!("{failed} steps failed."),
        Failure::Interrupted => "It was interrupted.".to_owned(),
        Failure::Declined => "It was declined.".to_owned(),
        Failure::Input(found, _) | Failure::Refused(found, _) | Failure::Answers(found, _) => {
            found.iter().map(|finding| finding.detail.clone()).collect::<Vec<_>>().join("\n")
        }
    };
    let help = match failure {
        Failure::World(world) => world.remedy().map(str::to_owned),
        _ => None,
    };
    Diagnostic::error("Run failed", detail).at(run.span).help_option(help).into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_of_outputs_keep_their_mark() {
        let secret = output_value(Output { value: json!("x"), sensitive: true });
        assert!(secret.contains_sensitive());
    }
}
