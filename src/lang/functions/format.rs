//! `format` and `formatlist`: Go's verbs as Terraform knows them.

use unicode_segmentation::UnicodeSegmentation;

use super::Context;
use super::Failure;
use super::Outcome;
use super::encoding;
use super::text::text;
use crate::lang::Content;
use crate::lang::Number;
use crate::lang::Type;
use crate::lang::Value;

/// Widths and precisions beyond are mistakes.
const MAX_WIDTH: usize = 10_000;

#[derive(Default, Clone)]
struct Verb {
    minus: bool,
    plus: bool,
    space: bool,
    zero: bool,
    sharp: bool,
    width: Option<usize>,
    precision: Option<usize>,
    letter: char,
}

pub(super) fn format(arguments: &[Value], _: &Context<'_>) -> Outcome {
    formatted(text(arguments, 0), &arguments[1..]).map(Value::string)
}

/// Lists among the arguments are gone through together; others are the same each time.
pub(super) fn formatlist(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let mut count: Option<usize> = None;
    for (at, argument) in arguments.iter().enumerate().skip(1) {
        let Some(elements) = argument.as_elements() else { continue };
        match count {
            Some(count) if count != elements.len() => {
                let reason = format!("it has {} elements, but others have {count}", elements.len());
                return Err(Failure::of(at, reason));
            }
            _ => count = Some(elements.len()),
        }
    }
    let mut results = Vec::new();
    for turn in 0..count.unwrap_or(1) {
        let row: Vec<Value> = arguments[1..]
            .iter()
            .map(|argument| argument.as_elements().map_or_else(|| argument.clone(), |elements| elements[turn].clone()))
            .collect();
        results.push(Value::string(formatted(text(arguments, 0), &row)?));
    }
    Ok(Value::list(Type::String, results))
}

fn formatted(pattern: &str, arguments: &[Value]) -> Result<String, Failure> {
    let characters: Vec<char> = pattern.chars().collect();
    let mut result = String::new();
    let mut at = 0;
    let mut next = 0;
    let mut explicit = false;
    while at < characters.len() {
        if characters[at] != '%' {
            result.push(characters[at]);
            at += 1;
            continue;
        }
        at += 1;
        if characters.get(at) == Some(&'%') {
            result.push('%');
            at += 1;
            continue;
        }
        let mut verb = Verb::default();
        while let Some(flag) = characters.get(at) {
            match flag {
                '-' => verb.minus = true,
                '+' => verb.plus = true,
                ' ' => verb.space = true,
                '0' => verb.zero = true,
                '#' => verb.sharp = true,
                _ => break,
            }
            at += 1;
        }
        verb.width = digits(&characters, &mut at)?;
        if characters.get(at) == Some(&'.') {
            at += 1;
            verb.precision = Some(digits(&characters, &mut at)?.unwrap_or(0));
        }
        if characters.get(at) == Some(&'[') {
            at += 1;
            let index = digits(&characters, &mut at)?.filter(|index| *index > 0);
            let (Some(index), Some(']')) = (index, characters.get(at)) else {
                return Err(Failure::of(0, "an argument's number in brackets must be 1 or more"));
            };
            next = index - 1;
            explicit = true;
            at += 1;
        }
        let Some(letter) = characters.get(at) else {
            return Err(Failure::of(0, "a percent sign at the end begins no verb; write \"%%\" for the sign itself"));
        };
        verb.letter = *letter;
        at += 1;
        let Some(argument) = arguments.get(next) else {
            let reason = format!("there are not enough arguments for \"%{letter}\": it needs number {}", next + 1);
            return Err(Failure::of(0, reason));
        };
        result.push_str(&value(&verb, argument, next + 1)?);
        if result.len() > crate::lang::evaluate::MAX_TEXT {
            return Err(Failure::new("the result is too long"));
        }
        next += 1;
    }
    if !explicit && next < arguments.len() {
        let reason = format!("there are too many arguments: the text uses only {next}");
        return Err(Failure::of(next + 1, reason));
    }
    Ok(result)
}

fn digits(characters: &[char], at: &mut usize) -> Result<Option<usize>, Failure> {
    let start = *at;
    while characters.get(*at).is_some_and(char::is_ascii_digit) {
        *at += 1;
    }
    if start == *at {
        return Ok(None);
    }
    let text: String = characters[start..*at].iter().collect();
    match text.parse::<usize>() {
        Ok(number) if number <= MAX_WIDTH => Ok(Some(number)),
        _ => Err(Failure::of(0, format!("widths and precisions may be at most {MAX_WIDTH}"))),
    }
}

fn value(verb: &Verb, argument: &Value, position: usize) -> Result<String, Failure> {
    let wrong = |what: &str| Failure::of(position, format!("\"%{}\" needs {what}", verb.letter));
    let converted = |kind: Type, what: &str| {
        if argument.is_null() {
            return Err(wrong(&format!("{what}, not null")));
        }
        argument.convert(&kind).map_err(|_| wrong(what))
    };
    Ok(match verb.letter {
        'v' => {
            if verb.sharp {
                return Ok(padded(verb, encoding::json(argument), false));
            }
            match argument.content() {
                Content::String(text) => padded(verb, text.to_string(), false),
                Content::Number(number) => {
                    let plain = Verb { letter: 'g', ..verb.clone() };
                    padded(&plain, signed(verb, number, general(number, 1e21)), true)
                }
                Content::Bool(truth) => padded(verb, truth.to_string(), false),
                _ => padded(verb, encoding::json(argument), false),
            }
        }
        't' => padded(verb, converted(Type::Bool, "a bool")?.as_bool().unwrap_or(false).to_string(), false),
        's' | 'q' => {
            let value = converted(Type::String, "text")?;
            let text = value.as_str().unwrap_or("");
            let cut: String = match verb.precision {
                Some(precision) => text.graphemes(true).take(precision).collect(),
                None => text.to_string(),
            };
            let text = if verb.letter == 'q' { encoding::json(&Value::string(cut)) } else { cut };
            padded(verb, text, false)
        }
        'd' | 'b' | 'o' | 'x' | 'X' => {
            let value = converted(Type::Number, "a number")?;
            let number = value.as_number().cloned().unwrap_or(Number::ZERO);
            let whole = number.to_integer().filter(|_| number.is_integer()).ok_or_else(|| wrong("a whole number"))?;
            let magnitude = if number.is_negative() { -whole } else { whole };
            let digits = match verb.letter {
                'd' => magnitude.to_string(),
                'b' => format!("{:b}", magnitude),
                'o' => format!("{:o}", magnitude),
                'x' => format!("{:x}", magnitude),
                _ => format!("{:X}", magnitude),
            };
            let digits = match verb.precision {
                Some(precision) => format!("{digits:0>precision$}"),
                None => digits,
            };
            let prefix = match verb.letter {
                _ if !verb.sharp => "",
                'b' => "0b",
                'o' if !digits.starts_with('0') => "0",
                'x' => "0x",
                'X' => "0X",
                _ => "",
            };
            padded(verb, signed(verb, &number, format!("{prefix}{digits}")), true)
        }
        'e' | 'E' | 'f' | 'F' | 'g' | 'G' => {
            let value = converted(Type::Number, "a number")?;
            let number = value.as_number().cloned().unwrap_or(Number::ZERO);
            let digits = match verb.letter {
                'f' | 'F' => fixed(&number, verb.precision.unwrap_or(6)),
                'e' | 'E' => exponent(number.absolute().to_f64(), verb.precision.unwrap_or(6)),
                _ => match verb.precision {
                    None => general(&number, 1e6),
                    Some(precision) => general_with(number.absolute().to_f64(), precision.max(1)),
                },
            };
            let digits = if verb.letter.is_ascii_uppercase() { digits.to_uppercase() } else { digits };
            padded(verb, signed(verb, &number, digits), true)
        }
        other => {
            let reason = format!("\"%{other}\" is no verb; known are v t s q d b o x X e f g");
            return Err(Failure::of(0, reason));
        }
    })
}

fn signed(verb: &Verb, number: &Number, digits: String) -> String {
    let sign = match (number.is_negative(), verb.plus, verb.space) {
        (true, ..) => "-",
        (false, true, _) => "+",
        (false, false, true) => " ",
        _ => "",
    };
    format!("{sign}{digits}")
}

/// Exact digits with so many decimals, rounded half to even; without the sign.
fn fixed(number: &Number, decimals: usize) -> String {
    let magnitude = number.absolute();
    if magnitude.is_infinite() {
        return "Inf".to_string();
    }
    let scale = dashu_int::IBig::from(10).pow(decimals);
    let scaled = magnitude.multiply(&Number::from_integer(scale)).unwrap_or(Number::ZERO);
    let mut whole = scaled.floor();
    let rest = scaled.subtract(&whole).unwrap_or(Number::ZERO);
    let half = Number::from_f64(0.5).unwrap_or(Number::ZERO);
    let odd = whole.to_integer().is_some_and(|w| w % dashu_int::IBig::from(2) != dashu_int::IBig::ZERO);
    if rest > half || rest == half && odd {
        whole = whole.add(&Number::from(1)).unwrap_or(whole);
    }
    let digits = whole.to_integer().unwrap_or(dashu_int::IBig::ZERO).to_string();
    if decimals == 0 {
        return digits;
    }
    let digits = format!("{digits:0>width$}", width = decimals + 1);
    let (before, after) = digits.split_at(digits.len() - decimals);
    format!("{before}.{after}")
}

fn exponent(value: f64, precision: usize) -> String {
    let text = format!("{value:.precision$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    format!("{mantissa}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
}

/// Shortest digits; with an exponent below 1e-4 and from the limit on.
fn general(number: &Number, limit: f64) -> String {
    let magnitude = number.absolute();
    let text = magnitude.to_string();
    let value = magnitude.to_f64();
    if value == 0.0 || (1e-4..limit).contains(&value) || magnitude.is_infinite() {
        return text.trim_start_matches('-').to_string();
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.trim_matches('0');
    let power = match text.find('.') {
        Some(point) if !text.starts_with("0.") => point as i64 - 1,
        Some(_) => -(text[2..].len() as i64 - text[2..].trim_start_matches('0').len() as i64 + 1),
        None => text.len() as i64 - 1,
    };
    let (first, rest) = digits.split_at(1.min(digits.len()));
    let point = if rest.is_empty() { "" } else { "." };
    format!("{first}{point}{rest}e{}{:02}", if power < 0 { '-' } else { '+' }, power.abs())
}

fn general_with(value: f64, precision: usize) -> String {
    if value == 0.0 {
        return "0".to_string();
    }
    let scientific = exponent(value, precision - 1);
    let power: i32 = scientific.split_once('e').and_then(|(_, power)| power.parse().ok()).unwrap_or(0);
    let trim = |text: &str| {
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_string() } else { text.to_string() }
    };
    if power < -4 || power >= precision as i32 {
        let (mantissa, power) = scientific.split_once('e').unwrap_or((&scientific, "+00"));
        return format!("{}e{power}", trim(mantissa));
    }
    trim(&format!("{value:.*}", (precision as i32 - 1 - power).max(0) as usize))
}

fn padded(verb: &Verb, text: String, numeric: bool) -> String {
    let length = text.graphemes(true).count();
    let Some(missing) = verb.width.and_then(|width| width.checked_sub(length)) else { return text };
    if verb.minus {
        return text + &" ".repeat(missing);
    }
    if verb.zero && numeric {
        let signs = text.len() - text.trim_start_matches(['-', '+', ' ']).len();
        return format!("{}{}{}", &text[..signs], "0".repeat(missing), &text[signs..]);
    }
    let fill = if verb.zero { "0" } else { " " };
    fill.repeat(missing) + &text
}
