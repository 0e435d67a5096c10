//! Operators and conditionals.

use super::Evaluator;
use crate::diag::Diagnostic;
use crate::diag::Span;
use crate::lang::Content;
use crate::lang::Number;
use crate::lang::Type;
use crate::lang::Value;
use crate::lang::convert::unify;
use crate::lang::syntax::BinaryOperator;
use crate::lang::syntax::Expression;
use crate::lang::syntax::UnaryOperator;

impl Evaluator<'_> {
    /// A bool of a value: None when unknown or after an error.
    pub(crate) fn truth(&mut self, value: &Value, span: Span, summary: &str) -> Option<bool> {
        match value.content() {
            Content::Unknown(_) => None,
            Content::Null(_) => {
                self.error(span, summary, "The condition is null; it must be true or false.");
                None
            }
            _ => match value.convert(&Type::Bool) {
                Ok(value) => value.as_bool(),
                Err(_) => {
                    let detail = format!("The condition must be true or false, not {}.", value.kind().friendly());
                    self.error(span, summary, detail);
                    None
                }
            },
        }
    }

    pub(super) fn unary(&mut self, signs: &[(UnaryOperator, Span)], operand: &Expression) -> Value {
        let mut value = self.evaluate(operand);
        for (sign, span) in signs.iter().rev() {
            let kind = match sign {
                UnaryOperator::Not => Type::Bool,
                UnaryOperator::Negate => Type::Number,
            };
            let Some(converted) = self.operand_of(&value, kind.clone(), operand.span) else {
                return Value::unknown(kind);
            };
            let sensitive = converted.is_sensitive();
            let result = match converted.content() {
                Content::Bool(truth) => Value::bool(!truth),
                Content::Number(number) => Value::number(number.negate()),
                _ => Value::unknown(kind),
            };
            let _ = span;
            value = result.with_sensitivity(sensitive);
        }
        value
    }

    /// An operand converted to what the operator needs; None after an error.
    fn operand_of(&mut self, value: &Value, kind: Type, span: Span) -> Option<Value> {
        if value.is_null() {
            self.error(span, "Invalid operand", format!("A {} is needed here, but the value is null.", kind.word()));
            return None;
        }
        match value.convert(&kind) {
            Ok(converted) => Some(converted),
            Err(_) => {
                let detail = format!("A {} is needed here, not {}.", kind.word(), value.kind().friendly());
                self.error(span, "Invalid operand", detail);
                None
            }
        }
    }

    pub(super) fn binary(&mut self, first: &Expression, rest: &[(BinaryOperator, Expression)]) -> Value {
        let mut left = self.evaluate(first);
        let mut span = first.span;
        for (operator, operand) in rest {
            let right = self.evaluate(operand);
            left = self.apply(*operator, (&left, span), (&right, operand.span));
            span = span.to(operand.span);
        }
        left
    }

    fn apply(&mut self, operator: BinaryOperator, left: (&Value, Span), right: (&Value, Span)) -> Value {
        use BinaryOperator as Op;
        let result = match operator {
            Op::Equal | Op::NotEqual => {
                if !self.look_at(left.0.weight().saturating_add(right.0.weight())) {
                    return self.exhausted(left.1.to(right.1));
                }
                let sensitive = left.0.contains_sensitive() || right.0.contains_sensitive();
                return match equal(left.0, right.0) {
                    Some(same) => Value::bool(same == (operator == Op::Equal)),
                    None => Value::unknown(Type::Bool),
                }
                .with_sensitivity(sensitive);
            }
            Op::Or | Op::And => Type::Bool,
            Op::Less | Op::LessOrEqual | Op::Greater | Op::GreaterOrEqual => Type::Bool,
            _ => Type::Number,
        };
        let wanted = if matches!(operator, Op::Or | Op::And) { Type::Bool } else { Type::Number };
        let converted_left = self.operand_of(left.0, wanted.clone(), left.1);
        let converted_right = self.operand_of(right.0, wanted, right.1);
        let (Some(a), Some(b)) = (converted_left, converted_right) else { return Value::unknown(result) };
        let sensitive = a.is_sensitive() || b.is_sensitive();
        let value = match (a.content(), b.content()) {
            (Content::Bool(a), Content::Bool(b)) => Value::bool(if operator == Op::Or { *a || *b } else { *a && *b }),
            // A known operand may decide: `false && x`.
            (Content::Bool(decided), Content::Unknown(_)) | (Content::Unknown(_), Content::Bool(decided))
                if *decided == (operator == Op::Or) =>
            {
                Value::bool(*decided)
            }
            (Content::Number(x), Content::Number(y)) => self.arithmetic(operator, x, y, left.1.to(right.1)),
            _ => Value::unknown(result),
        };
        value.with_sensitivity(sensitive)
    }

    fn arithmetic(&mut self, operator: BinaryOperator, x: &Number, y: &Number, span: Span) -> Value {
        use BinaryOperator as Op;
        let result = match operator {
            Op::Less => return Value::bool(x < y),
            Op::LessOrEqual => return Value::bool(x <= y),
            Op::Greater => return Value::bool(x > y),
            Op::GreaterOrEqual => return Value::bool(x >= y),
            Op::Add => x.add(y),
            Op::Subtract => x.subtract(y),
            Op::Multiply => x.multiply(y),
            Op::Divide => x.divide(y),
            _ => x.remainder(y),
        };
        match result {
            Some(number) => Value::number(number),
            None => {
                let summary = if matches!(operator, Op::Divide) { "Division by zero" } else { "Operation failed" };
                self.error(span, summary, "The result of the operation is not defined.");
                Value::unknown(Type::Number)
            }
        }
    }

    pub(super) fn conditional(&mut self, arms: &[(Expression, Expression)], last: &Expression) -> Value {
        // The chain is evaluated from its end: each arm's type takes part in the result's type.
        let (mut value, mut found) = self.attempt(last);
        for (test, then) in arms.iter().rev() {
            let (chosen, chosen_found) = self.attempt(then);
            let (condition, condition_found) = self.attempt(test);
            let mut all = condition_found;
            let before = std::mem::take(&mut self.diagnostics);
            let truth = self.truth(&condition, test.span, "Incorrect condition type");
            all.extend(std::mem::replace(&mut self.diagnostics, before));
            // What failed still takes part with the type that is known of it.
            let unified = {
                if !self.look_at(chosen.weight().saturating_add(value.weight())) {
                    return self.exhausted(then.span);
                }
                let kinds = (chosen.kind(), value.kind());
                // With a bare null inside, only trying tells.
                let fits = |kind: &Type| match truth {
                    Some(is_first) => (if is_first { &chosen } else { &value }).convert(kind).is_ok(),
                    None => true,
                };
                let unified = unify([kinds.0.clone(), kinds.1.clone()]).filter(fits);
                if unified.is_none() {
                    let detail = format!(
                        "Both results must have one type, but they are {} and {}.",
                        kinds.0.friendly(),
                        kinds.1.friendly()
                    );
                    let diagnostic = Diagnostic::error("Inconsistent conditional result types", detail);
                    all.push(diagnostic.at(then.span.to(last.span)));
                }
                unified
            };
            // Which of the two it is may tell about the other one.
            let sensitive = condition.contains_sensitive() || chosen.is_sensitive() || value.is_sensitive();
            let as_unified = |value: &Value| match &unified {
                Some(kind) => value.convert(kind).unwrap_or_else(|_| value.clone()),
                None => Value::unknown(Type::Any),
            };
            value = match truth {
                Some(true) => {
                    all.extend(chosen_found);
                    as_unified(&chosen)
                }
                Some(false) => {
                    all.extend(found);
                    as_unified(&value)
                }
                None => {
                    let sensitive = chosen.contains_sensitive() || value.contains_sensitive();
                    Value::unknown(unified.unwrap_or(Type::Any)).with_sensitivity(sensitive)
                }
            }
            .with_sensitivity(sensitive);
            found = all;
        }
        self.diagnostics.extend(found);
        value
    }
}

/// Equality as `==` has it; None when it depends on what is unknown.
pub(crate) fn equal(a: &Value, b: &Value) -> Option<bool> {
    if a.is_unknown() || b.is_unknown() {
        return differs_at_start(a, b).or(differs_at_start(b, a));
    }
    if a.is_null() || b.is_null() {
        return Some(a.is_null() && b.is_null());
    }
    if a.is_wholly_known() && b.is_wholly_known() {
        return Some(a.same(b));
    }
    match (a.content(), b.content()) {
        (Content::List(_, x), Content::List(_, y)) | (Content::Tuple(x), Content::Tuple(y)) => {
            if x.len() != y.len() {
                return Some(false);
            }
            all_equal(x.iter().zip(y.iter()))
        }
        (Content::Map(_, x), Content::Map(_, y)) | (Content::Object(x), Content::Object(y)) => {
            if !x.keys().eq(y.keys()) {
                return Some(false);
            }
            all_equal(x.values().zip(y.values()))
        }
        (Content::Set(..), Content::Set(..)) => None,
        _ => Some(false),
    }
}

/// `Some(false)` where all that is known of an unknown text tells it from the other value already.
fn differs_at_start(unknown: &Value, other: &Value) -> Option<bool> {
    let prefix = unknown.known_prefix()?;
    let starts = other.as_str().is_some_and(|text| text.starts_with(prefix));
    (!other.is_unknown() && !starts).then_some(false)
}

fn all_equal<'a>(pairs: impl Iterator<Item = (&'a Value, &'a Value)>) -> Option<bool> {
    let mut result = Some(true);
    for (a, b) in pairs {
        match equal(a, b) {
            Some(false) => return Some(false),
            None => result = None,
            Some(true) => {}
        }
    }
    result
}
