//! Times in RFC 3339. The clock is unknown until apply.

use jiff::Timestamp;
use jiff::Zoned;
use jiff::tz::Offset;
use jiff::tz::TimeZone;

use super::Care;
use super::Context;
use super::Failure;
use super::Function;
use super::Outcome;
use super::Parameter::Text;
use super::function;
use super::text::text;
use crate::lang::Type;
use crate::lang::Value;

const WHOLE: Care = Care::Whole;

pub(super) const FUNCTIONS: &[Function] = &[
    function("formatdate", &[Text, Text], None, Type::String, WHOLE, formatdate),
    function("plantimestamp", &[], None, Type::String, WHOLE, unknown),
    function("timeadd", &[Text, Text], None, Type::String, WHOLE, timeadd),
    function("timecmp", &[Text, Text], None, Type::Number, WHOLE, timecmp),
    function("timestamp", &[], None, Type::String, WHOLE, unknown),
];

fn unknown(_: &[Value], _: &Context<'_>) -> Outcome {
    Ok(Value::unknown(Type::String))
}

/// A time with its own offset.
fn time(arguments: &[Value], at: usize) -> Result<Zoned, Failure> {
    let source = text(arguments, at);
    let invalid = || Failure::of(at, format!("{source:?} is no RFC 3339 time such as 2006-01-02T15:04:05Z"));
    // Exactly this form: what else jiff reads, Terraform refuses.
    let bytes = source.as_bytes();
    let fixed = bytes.len() >= 20 && bytes[10] == b'T' && bytes[4] == b'-' && bytes[13] == b':' && bytes[16] == b':';
    let timestamp: Timestamp = source.parse().ok().filter(|_| fixed).ok_or_else(invalid)?;
    let offset = match source.strip_suffix('Z') {
        Some(_) => Offset::UTC,
        None => {
            let tail = source.get(source.len() - 6..).ok_or_else(invalid)?;
            let (hours, minutes) = tail[1..].split_once(':').ok_or_else(invalid)?;
            let (hours, minutes): (i32, i32) =
                (hours.parse().map_err(|_| invalid())?, minutes.parse().map_err(|_| invalid())?);
            let seconds = (hours * 60 + minutes) * 60;
            Offset::from_seconds(if tail.starts_with('-') { -seconds } else { seconds }).map_err(|_| invalid())?
        }
    };
    Ok(timestamp.to_zoned(TimeZone::fixed(offset)))
}

fn offset_text(time: &Zoned, colon: bool, zulu: &str) -> String {
    let seconds = time.offset().seconds();
    if seconds == 0 && !zulu.is_empty() {
        return zulu.to_string();
    }
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.abs() / 60;
    format!("{sign}{:02}{}{:02}", minutes / 60, if colon { ":" } else { "" }, minutes % 60)
}

fn timeadd(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let time = time(arguments, 0)?;
    let nanoseconds = duration(text(arguments, 1))
        .ok_or_else(|| Failure::of(1, "a duration is written such as 1h30m, -5s or 1.5h"))?;
    let span = jiff::SignedDuration::from_nanos(nanoseconds);
    let moved = time.checked_add(span).map_err(|_| Failure::new("the time lies too far away"))?;
    let fraction = if moved.subsec_nanosecond() == 0 { String::new() } else { fraction(&moved) };
    let text = moved.strftime("%Y-%m-%dT%H:%M:%S").to_string();
    Ok(Value::string(format!("{text}{fraction}{}", offset_text(&moved, true, "Z"))))
}

fn fraction(time: &Zoned) -> String {
    format!(".{:09}", time.subsec_nanosecond()).trim_end_matches('0').to_string()
}

/// Go's durations, in nanoseconds.
fn duration(source: &str) -> Option<i64> {
    let (sign, mut rest) = match source.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, source.strip_prefix('+').unwrap_or(source)),
    };
    if rest == "0" {
        return Some(0);
    }
    let mut total = 0.0f64;
    let mut any = false;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let unit_end = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
        total += number
            * match &rest[..unit_end] {
                "ns" => 1.0,
                "us" | "µs" | "μs" => 1e3,
                "ms" => 1e6,
                "s" => 1e9,
                "m" => 60e9,
                "h" => 3600e9,
                _ => return None,
            };
        rest = &rest[unit_end..];
        any = true;
    }
    (any && total < 9.2e18).then_some((sign * total) as i64)
}

fn timecmp(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let order = time(arguments, 0)?.timestamp().cmp(&time(arguments, 1)?.timestamp());
    Ok(Value::number(order as i64))
}

const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

fn formatdate(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let time = time(arguments, 1)?;
    let pattern: Vec<char> = text(arguments, 0).chars().collect();
    let mut out = String::new();
    let mut at = 0;
    while at < pattern.len() {
        let c = pattern[at];
        if c == '\'' {
            at += 1;
            loop {
                match (pattern.get(at), pattern.get(at + 1)) {
                    (Some('\''), Some('\'')) => {
                        out.push('\'');
                        at += 2;
                    }
                    (Some('\''), _) => {
                        at += 1;
                        break;
                    }
                    (Some(other), _) => {
                        out.push(*other);
                        at += 1;
                    }
                    (None, _) => return Err(Failure::of(0, "the quoted text has no end (')")),
                }
            }
            continue;
        }
        let length = pattern[at..].iter().take_while(|other| **other == c).count();
        at += length;
        if !c.is_ascii_alphabetic() {
            out.extend(std::iter::repeat_n(c, length));
            continue;
        }
        out.push_str(&date_part(&time, c, length).ok_or_else(|| {
            let verb = c.to_string().repeat(length.min(20));
            Failure::of(0, format!("{verb:?} is no verb of a date; quote literal text: 'text'"))
        })?);
    }
    Ok(Value::string(out))
}

fn date_part(time: &Zoned, verb: char, length: usize) -> Option<String> {
    let twelve = match time.hour() % 12 {
        0 => 12,
        hour => hour,
    };
    let day = DAYS[(time.weekday().to_monday_zero_offset() as usize).min(6)];
    let month = MONTHS[(time.month() as usize).saturating_sub(1).min(11)];
    let morning = time.hour() < 12;
    Some(match (verb, length) {
        ('Y', 2) => format!("{:02}", time.year() % 100),
        ('Y', 4) => format!("{:04}", time.year()),
        ('M', 1) => time.month().to_string(),
        ('M', 2) => format!("{:02}", time.month()),
        ('M', 3) => month[..3].to_string(),
        ('M', 4) => month.to_string(),
        ('D', 1) => time.day().to_string(),
        ('D', 2) => format!("{:02}", time.day()),
        ('E', 3) => day[..3].to_string(),
        ('E', 4) => day.to_string(),
        ('h', 1) => time.hour().to_string(),
        ('h', 2) => format!("{:02}", time.hour()),
        ('H', 1) => twelve.to_string(),
        ('H', 2) => format!("{twelve:02}"),
        ('A', 2) => if morning { "AM" } else { "PM" }.to_string(),
        ('a', 2) => if morning { "am" } else { "pm" }.to_string(),
        ('m', 1) => time.minute().to_string(),
        ('m', 2) => format!("{:02}", time.minute()),
        ('s', 1) => time.second().to_string(),
        ('s', 2) => format!("{:02}", time.second()),
        ('Z', 1) => offset_text(time, true, "Z"),
        ('Z', 3) => offset_text(time, false, "UTC"),
        ('Z', 4) => offset_text(time, false, ""),
        ('Z', 5) => offset_text(time, true, ""),
        _ => return None,
    })
}
