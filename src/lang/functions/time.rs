//! Times in RFC 3339. The clock is unknown until apply.

use jiff::civil::DateTime;

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

/// A time as it is written, with its offset to UTC in seconds. Every year of four digits is one, also those whose instants
/// the library does not take.
struct Moment {
    local: DateTime,
    offset: i32,
}

impl Moment {
    fn nanoseconds(&self) -> i128 {
        let since = self.local.duration_since(DateTime::constant(1970, 1, 1, 0, 0, 0, 0));
        since.as_nanos() - i128::from(self.offset) * 1_000_000_000
    }
}

fn time(arguments: &[Value], at: usize) -> Result<Moment, Failure> {
    let source = text(arguments, at);
    moment(source)
        .ok_or_else(|| Failure::of(at, format!("{source:?} is no RFC 3339 time such as 2006-01-02T15:04:05Z")))
}

/// Exactly this form: `2006-01-02T15:04:05`, any number of decimals, and `Z` or `+07:00`.
fn moment(source: &str) -> Option<Moment> {
    let number = |range: std::ops::Range<usize>| {
        let digits = source.get(range)?;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse::<i32>().ok()).flatten()
    };
    let bytes = source.as_bytes();
    let marks = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if marks.iter().any(|(at, mark)| bytes.get(*at) != Some(mark)) {
        return None;
    }
    let rest = source.get(19..)?;
    let (decimals, zone) = match rest.strip_prefix('.') {
        Some(rest) => rest.split_at(rest.find(|c: char| !c.is_ascii_digit())?),
        None => ("", rest),
    };
    if rest.starts_with('.') && decimals.is_empty() {
        return None;
    }
    // What is finer than a nanosecond is left out.
    let nanoseconds: i32 = format!("{:0<9}", decimals.get(..9).unwrap_or(decimals)).parse().ok()?;
    let offset = match zone {
        "Z" => 0,
        _ => {
            let start = source.len() - zone.len();
            let (hours, minutes) = (number(start + 1..start + 3)?, number(start + 4..start + 6)?);
            if zone.len() != 6 || zone.as_bytes()[3] != b':' || hours > 23 || minutes > 59 {
                return None;
            }
            match zone.as_bytes()[0] {
                b'+' => (hours * 60 + minutes) * 60,
                b'-' => -(hours * 60 + minutes) * 60,
                _ => return None,
            }
        }
    };
    let part = |range| i8::try_from(number(range)?).ok();
    let year = i16::try_from(number(0..4)?).ok()?;
    let local =
        DateTime::new(year, part(5..7)?, part(8..10)?, part(11..13)?, part(14..16)?, part(17..19)?, nanoseconds);
    Some(Moment { local: local.ok()?, offset })
}

fn offset_text(time: &Moment, colon: bool, zulu: &str) -> String {
    let seconds = time.offset;
    if seconds == 0 && !zulu.is_empty() {
        return zulu.to_string();
    }
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.abs() / 60;
    format!("{sign}{:02}{}{:02}", minutes / 60, if colon { ":" } else { "" }, minutes % 60)
}

/// As Terraform writes it, without parts of seconds.
fn timeadd(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let time = time(arguments, 0)?;
    let nanoseconds = duration(text(arguments, 1))
        .ok_or_else(|| Failure::of(1, "a duration is written such as 1h30m, -5s or 1.5h"))?;
    let span = jiff::SignedDuration::from_nanos(nanoseconds);
    let moved = time.local.checked_add(span).ok().filter(|moved| moved.year() >= 0);
    let moved = moved.ok_or_else(|| Failure::new("the time lies too far away"))?;
    let text = moved.strftime("%Y-%m-%dT%H:%M:%S").to_string();
    Ok(Value::string(format!("{text}{}", offset_text(&time, true, "Z"))))
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
    let order = time(arguments, 0)?.nanoseconds().cmp(&time(arguments, 1)?.nanoseconds());
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

fn date_part(moment: &Moment, verb: char, length: usize) -> Option<String> {
    let time = moment.local;
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
        ('Z', 1) => offset_text(moment, true, "Z"),
        ('Z', 3) => offset_text(moment, false, "UTC"),
        ('Z', 4) => offset_text(moment, false, ""),
        ('Z', 5) => offset_text(moment, true, ""),
        _ => return None,
    })
}
