//! Numbers.

use dashu_int::IBig;

use super::Care;
use super::Context;
use super::Failure;
use super::Function;
use super::Outcome;
use super::Parameter;
use super::function;
use crate::lang::Number;
use crate::lang::Type;
use crate::lang::Value;

pub(super) const FUNCTIONS: &[Function] = &[
    function("abs", &[Parameter::Number], None, Type::Number, Care::Whole, abs),
    function("ceil", &[Parameter::Number], None, Type::Number, Care::Whole, ceil),
    function("floor", &[Parameter::Number], None, Type::Number, Care::Whole, floor),
    function("log", &[Parameter::Number, Parameter::Number], None, Type::Number, Care::Whole, log),
    function("max", &[Parameter::Number], Some(Parameter::Number), Type::Number, Care::Whole, max),
    function("min", &[Parameter::Number], Some(Parameter::Number), Type::Number, Care::Whole, min),
    function("parseint", &[Parameter::Any, Parameter::Number], None, Type::Number, Care::Whole, parseint),
    function("pow", &[Parameter::Number, Parameter::Number], None, Type::Number, Care::Whole, pow),
    function("signum", &[Parameter::Number], None, Type::Number, Care::Whole, signum),
    function("sum", &[Parameter::Any], None, Type::Number, Care::Whole, sum),
];

fn number(arguments: &[Value], at: usize) -> Number {
    arguments.get(at).and_then(Value::as_number).cloned().unwrap_or(Number::ZERO)
}

fn abs(arguments: &[Value], _: &Context<'_>) -> Outcome {
    Ok(Value::number(number(arguments, 0).absolute()))
}

fn ceil(arguments: &[Value], _: &Context<'_>) -> Outcome {
    Ok(Value::number(number(arguments, 0).ceiling()))
}

fn floor(arguments: &[Value], _: &Context<'_>) -> Outcome {
    Ok(Value::number(number(arguments, 0).floor()))
}

/// A machine float by its shortest digits, which is what Terraform prints of one.
fn float(value: f64) -> Outcome {
    let number = if value.is_finite() { Number::parse(&value.to_string()) } else { Number::from_f64(value) };
    number.map(Value::number).ok_or_else(|| Failure::new("the result is not a number"))
}

/// As Terraform's, through machine floats: `log(1000, 10)` is 2.9999999999999996.
fn log(arguments: &[Value], _: &Context<'_>) -> Outcome {
    float(number(arguments, 0).to_f64().ln() / number(arguments, 1).to_f64().ln())
}

/// As Terraform's, through machine floats.
fn pow(arguments: &[Value], _: &Context<'_>) -> Outcome {
    float(number(arguments, 0).to_f64().powf(number(arguments, 1).to_f64()))
}

fn max(arguments: &[Value], _: &Context<'_>) -> Outcome {
    Ok(Value::number(arguments.iter().filter_map(Value::as_number).max().cloned().unwrap_or(Number::ZERO)))
}

fn min(arguments: &[Value], _: &Context<'_>) -> Outcome {
    Ok(Value::number(arguments.iter().filter_map(Value::as_number).min().cloned().unwrap_or(Number::ZERO)))
}

fn parseint(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let text = arguments[0].as_str().ok_or_else(|| Failure::of(0, "the first argument must be a string"))?;
    let base = arguments[1].as_i64().filter(|base| (2..=62).contains(base));
    let base = base.ok_or_else(|| Failure::of(1, "the base must be a whole number from 2 to 62"))?;
    let invalid = || Failure::of(0, format!("{text:?} is no whole number of base {base}"));
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.is_empty() || digits.len() > 10_000 {
        return Err(invalid());
    }
    let mut value = IBig::ZERO;
    for c in digits.chars() {
        // Up to base 36 upper and lower case mean the same.
        let digit = match c {
            '0'..='9' => c as i64 - '0' as i64,
            'a'..='z' => c as i64 - 'a' as i64 + 10,
            'A'..='Z' if base <= 36 => c as i64 - 'A' as i64 + 10,
            'A'..='Z' => c as i64 - 'A' as i64 + 36,
            _ => return Err(invalid()),
        };
        if digit >= base {
            return Err(invalid());
        }
        value = value * IBig::from(base) + IBig::from(digit);
    }
    Ok(Value::number(Number::from_integer(if negative { -value } else { value })))
}

fn signum(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let number = number(arguments, 0);
    if number.to_i64().is_none() {
        return Err(Failure::of(0, "a whole number of at most 64 bits is required"));
    }
    Ok(Value::number(if number.is_zero() {
        0
    } else if number.is_negative() {
        -1
    } else {
        1
    }))
}

fn sum(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let elements =
        arguments[0].as_elements().ok_or_else(|| Failure::of(0, "the argument must be a list, set or tuple"))?;
    if elements.is_empty() {
        return Err(Failure::of(0, "cannot sum an empty list"));
    }
    let mut total = Number::ZERO;
    for element in elements {
        let converted = element.convert(&Type::Number).ok();
        let number = converted.as_ref().and_then(Value::as_number);
        let number = number.ok_or_else(|| Failure::of(0, "the argument must be a list, set or tuple of numbers"))?;
        total = total.add(number).ok_or_else(|| Failure::new("the sum is not a number"))?;
    }
    Ok(Value::number(total))
}
