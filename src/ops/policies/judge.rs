//! Evaluates policies over the plan of one target.

use std::time::Duration;
use std::time::Instant;

use serde_json::Value;

use super::is_named;
use super::values::Item;
use super::values::Values;
use super::verdict::Breach;
use super::verdict::Verdict;
use super::verdict::VerdictResult;
use crate::catalog::ImageUse;
use crate::config::Declared;
use crate::config::Expression;
use crate::config::Policy;
use crate::lang::CelExpression;
use crate::lang::CelResult;
use crate::lang::CelScope;
use crate::ops::Loaded;
use crate::ops::known_secrets;
use crate::ops::plan_request::PlanRequest;
use crate::ops::planning::Planned;

/// Of what breaks a policy so many are kept; the others are counted.
const KEPT: usize = 1_000;
/// A policy that takes longer over all that it judges is not evaluated further.
const PATIENCE: Duration = Duration::from_secs(20);
/// Longer messages are cut.
const LONGEST_MESSAGE: usize = 500;

/// What each policy of the configuration says of a plan.
pub fn judge(planned: &Planned, loaded: &Loaded, request: &PlanRequest, images: &[ImageUse]) -> Vec<Verdict> {
    let values = Values::new(planned, loaded, request, images);
    let policies = loaded.installation.policies.iter();
    policies.map(|policy| Judge { planned, policy, values: &values }.verdict(request)).collect()
}

struct Judge<'a> {
    planned: &'a Planned,
    policy: &'a Declared<Policy>,
    values: &'a Values<'a>,
}

/// The expressions of a policy, parsed.
struct Parsed {
    matches: Vec<CelExpression>,
    condition: CelExpression,
    message: Option<CelExpression>,
}

impl Parsed {
    fn new(policy: &Policy) -> Result<Self, String> {
        let parse = |expression: &Expression| {
            CelExpression::parse(&expression.text)
                .map_err(|_| format!("\"{}\" is no CEL expression", expression.argument))
        };
        Ok(Self {
            matches: policy.matches.iter().map(parse).collect::<Result<_, _>>()?,
            condition: parse(&policy.condition)?,
            message: policy.message_expression.as_ref().map(parse).transpose()?,
        })
    }

    fn uses(&self, variable: &str) -> bool {
        let mut all = self.matches.iter().chain([&self.condition]).chain(&self.message);
        all.any(|expression| expression.uses(variable))
    }
}

impl Judge<'_> {
    fn verdict(&self, request: &PlanRequest) -> Verdict {
        let (judged, broken, breaches) = match Parsed::new(self.policy) {
            Ok(parsed) => self.breaches(&parsed),
            Err(reason) => (0, 1, vec![self.breach(None, reason, true)]),
        };
        let is_overridden = request.override_policies.iter().any(|given| is_named(&self.policy.address, given));
        let result = match broken {
            0 => VerdictResult::Held,
            _ if self.policy.only_warns => VerdictResult::Warned,
            _ if is_overridden => VerdictResult::Overridden,
            _ => VerdictResult::Refused,
        };
        Verdict {
            policy: self.policy.address.clone(),
            description: self.hidden(self.policy.description.clone()),
            only_warns: self.policy.only_warns,
            result,
            judged,
            broken,
            breaches,
        }
    }

    fn breaches(&self, parsed: &Parsed) -> (usize, usize, Vec<Breach>) {
        let mut scope = CelScope::new();
        for (name, value) in self.values.shared(|name| parsed.uses(name)) {
            scope.set(name, &value);
        }
        let (mut judged, mut broken, mut breaches) = (0, 0, Vec::new());
        let begun = Instant::now();
        let singular = self.policy.singular();
        for item in self.values.items(self.policy.each.as_deref()) {
            let about = item.about.clone();
            let found = match begun.elapsed() > PATIENCE {
                true => Err((format!("the policy takes longer than {} seconds", PATIENCE.as_secs()), true)),
                false => self.one(&scope, parsed, singular, item),
            };
            judged += usize::from(found != Ok(Found::Left));
            let Err((message, is_failure)) = found else { continue };
            broken += 1;
            if breaches.len() < KEPT {
                breaches.push(self.breach(about, message, is_failure));
            }
            if begun.elapsed() > PATIENCE {
                break;
            }
        }
        (judged, broken, breaches)
    }

    /// Judges one; else why it does not hold, and whether that is because the rule could not be evaluated.
    fn one(
        &self,
        scope: &CelScope,
        parsed: &Parsed,
        singular: Option<&str>,
        item: Item<'_>,
    ) -> Result<Found, (String, bool)> {
        let further: Vec<(&str, Value)> =
            singular.map(|singular| item.variables(singular, |name| parsed.uses(name))).unwrap_or_default();
        for matches in &parsed.matches {
            if !truth("match", scope.evaluate(matches, &further)).map_err(|reason| (reason, true))? {
                return Ok(Found::Left);
            }
        }
        if truth("condition", scope.evaluate(&parsed.condition, &further)).map_err(|reason| (reason, true))? {
            return Ok(Found::Held);
        }
        let otherwise = "the condition does not hold";
        let Some(message) = &parsed.message else {
            return Err((self.policy.message.clone().unwrap_or_else(|| otherwise.to_owned()), false));
        };
        match scope.evaluate(message, &further) {
            Ok(CelResult::Text(text)) => Err((text, false)),
            Ok(_) => Err((format!("{otherwise}; message_expression gives no string"), false)),
            Err(reason) => Err((format!("{otherwise}; message_expression fails: {reason}"), false)),
        }
    }

    fn breach(&self, about: Option<String>, message: String, is_failure: bool) -> Breach {
        let message = if is_failure { format!("cannot be judged: {message}") } else { message };
        // Hidden before it is cut: half a secret is one.
        let mut message = self.hidden(message);
        if message.chars().count() > LONGEST_MESSAGE {
            message = message.chars().take(LONGEST_MESSAGE).chain(['…']).collect();
        }
        Breach { about: about.map(|about| self.hidden(about)), message, is_failure }
    }

    fn hidden(&self, text: String) -> String {
        known_secrets().hidden(self.planned.plan.secrets.hidden(text))
    }
}

/// What came of judging one.
#[derive(PartialEq)]
enum Found {
    Held,
    /// It is none of those that are judged.
    Left,
}

fn truth(argument: &str, result: Result<CelResult, String>) -> Result<bool, String> {
    match result {
        Ok(CelResult::Bool(value)) => Ok(value),
        Ok(CelResult::Text(_)) => Err(format!("{argument} gives a string, not true or false")),
        Ok(CelResult::Other(kind)) => Err(format!("{argument} gives a value of type {kind}, not true or false")),
        Err(reason) => Err(format!("{argument} fails: {reason}")),
    }
}
