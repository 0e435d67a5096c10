//! Conditions: what all kinds share, and rules that name conditions.

use serde_json::Value;

use super::Readiness;
use super::ReadinessRule;
use crate::object::Object;

/// One entry of `status.conditions`.
pub(super) struct Condition<'a> {
    value: &'a Value,
}

impl<'a> Condition<'a> {
    pub fn status(&self) -> &'a str {
        self.text("status")
    }

    pub fn reason(&self) -> &'a str {
        self.text("reason")
    }

    pub fn is_true(&self) -> bool {
        self.status() == "True"
    }

    /// Message, else reason, else the condition's own name.
    pub fn words(&self) -> &'a str {
        [self.text("message"), self.reason(), self.text("type")].into_iter().find(|t| !t.is_empty()).unwrap_or_default()
    }

    /// It tells of an older generation of the object.
    fn is_stale(&self, generation: i64) -> bool {
        self.value.get("observedGeneration").and_then(Value::as_i64).is_some_and(|observed| observed < generation)
    }

    fn text(&self, key: &str) -> &'a str {
        self.value.get(key).and_then(Value::as_str).unwrap_or_default()
    }
}

/// The condition of that type, if it tells of the present generation.
pub(super) fn condition<'a>(object: &'a Object, kind: &str) -> Option<Condition<'a>> {
    let conditions = object.get("/status/conditions")?.as_array()?;
    let value = conditions.iter().find(|c| c.get("type").and_then(Value::as_str) == Some(kind))?;
    let condition = Condition { value };
    (!condition.is_stale(generation(object))).then_some(condition)
}

/// Messages of those conditions that are true, joined.
pub(super) fn messages(object: &Object, kinds: &[&str]) -> String {
    let found = kinds.iter().filter_map(|kind| condition(object, kind)).filter(Condition::is_true);
    found.map(|c| c.words().to_owned()).collect::<Vec<_>>().join("; ")
}

pub(super) fn number(object: &Object, pointer: &str) -> i64 {
    object.get(pointer).and_then(Value::as_i64).unwrap_or(0)
}

pub(super) fn generation(object: &Object) -> i64 {
    number(object, "/metadata/generation")
}

/// `InProgress` while the status tells of an older generation than the stored one.
pub(super) fn stale(object: &Object) -> Option<Readiness> {
    let observed = object.get("/status/observedGeneration").and_then(Value::as_i64)?;
    let waits = observed < generation(object);
    waits.then(|| Readiness::InProgress("its controller has not seen the change yet".into()))
}

/// By a module's rule: all its conditions true, none of its failures.
pub(super) fn by_rule(object: &Object, rule: &ReadinessRule) -> Readiness {
    for kind in &rule.failures {
        if let Some(failure) = condition(object, kind).filter(Condition::is_true) {
            return Readiness::Failed(format!("{kind}: {}", failure.words()));
        }
    }
    if let Some(stale) = stale(object) {
        return stale;
    }
    for kind in &rule.conditions {
        match condition(object, kind) {
            Some(found) if found.is_true() => {}
            Some(found) => return Readiness::InProgress(format!("{kind} is {}: {}", found.status(), found.words())),
            None => return Readiness::InProgress(format!("its controller has not said {kind} yet")),
        }
    }
    Readiness::Current
}

/// What any kind may tell, as kstatus reads it: observedGeneration, `Reconciling`, `Stalled`, and `Ready` where it is
/// there and not true. A kind without status is ready as soon as it exists.
pub(super) fn generic(object: &Object) -> Readiness {
    if let Some(stale) = stale(object) {
        return stale;
    }
    if let Some(stalled) = condition(object, "Stalled").filter(Condition::is_true) {
        return Readiness::Failed(stalled.words().to_owned());
    }
    if let Some(reconciling) = condition(object, "Reconciling").filter(Condition::is_true) {
        return Readiness::InProgress(reconciling.words().to_owned());
    }
    match condition(object, "Ready") {
        Some(ready) if !ready.is_true() => Readiness::InProgress(format!("not ready: {}", ready.words())),
        _ => Readiness::Current,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::readiness;
    use super::super::tests::check;
    use super::*;

    #[test]
    fn kinds_that_nobody_told_us_about() {
        let conditions = |list: Value| json!({"status": {"conditions": list}});
        check("x/v1", "X", json!({}), "");
        check("x/v1", "X", conditions(json!([{"type": "Ready", "status": "True"}])), "");
        check(
            "x/v1",
            "X",
            conditions(json!([{"type": "Ready", "status": "False", "reason": "Why"}])),
            "not ready: Why",
        );
        check("x/v1", "X", conditions(json!([{"type": "Stalled", "status": "True", "message": "no way"}])), "!no way");
        check("x/v1", "X", conditions(json!([{"type": "Reconciling", "status": "True", "message": "busy"}])), "busy");
        check("x/v1", "X", conditions(json!([{"type": "Ready", "status": "False", "observedGeneration": 1}])), "");
        check("x/v1", "X", json!({"status": {"observedGeneration": 1}}), "its controller has not seen the change yet");
        check("x/v1", "X", json!({"status": {"observedGeneration": 2}}), "");
    }

    #[test]
    fn rules_of_modules() {
        let rule = ReadinessRule {
            group: "cert-manager.io".into(),
            kind: "Certificate".into(),
            conditions: vec!["Ready".into()],
            failures: vec!["Denied".into()],
            ..ReadinessRule::default()
        };
        let check = |conditions: Value, expected: Readiness| {
            let object = Object::from_value(json!({
                "apiVersion": "cert-manager.io/v1", "kind": "Certificate", "metadata": {"name": "x", "generation": 1},
                "status": {"conditions": conditions},
            }))
            .unwrap();
            assert_eq!(readiness(&object, std::slice::from_ref(&rule)), expected);
        };
        check(json!([]), Readiness::InProgress("its controller has not said Ready yet".into()));
        check(json!([{"type": "Ready", "status": "True"}]), Readiness::Current);
        check(
            json!([{"type": "Ready", "status": "False", "message": "no issuer"}]),
            Readiness::InProgress("Ready is False: no issuer".into()),
        );
        check(
            json!([{"type": "Ready", "status": "True"}, {"type": "Denied", "status": "True", "reason": "Policy"}]),
            Readiness::Failed("Denied: Policy".into()),
        );
    }
}
