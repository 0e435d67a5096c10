//! Quantities (`500m`, `1.5Gi`, `2e3`): exact, in nano-units, with Kubernetes' canonical text.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// An amount with the family of its suffix. Equal and ordered by the amount alone: `1024Mi` equals `1Gi`.
#[derive(Clone, Copy, Debug)]
pub struct Quantity {
    nanos: i128,
    family: Family,
}

/// Which suffixes the canonical text uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    /// `m`, `k`, `M`, …
    Decimal,
    /// `Ki`, `Mi`, …
    Binary,
    /// `e3`, `E6`, …
    Exponent,
}

/// Text that is no quantity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")]
pub struct InvalidQuantity;

const NANO: i128 = 1_000_000_000;

/// Binary suffixes from 2¹⁰ on.
const BINARY: [&str; 6] = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/// Decimal suffixes and their exponents of ten.
const DECIMAL: [(&str, i32); 10] =
    [("n", -9), ("u", -6), ("m", -3), ("", 0), ("k", 3), ("M", 6), ("G", 9), ("T", 12), ("P", 15), ("E", 18)];

impl Quantity {
    /// The pattern a CRD gives a quantity, as its generators write it.
    pub const PATTERN: &str = r"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$";

    /// From an amount in units of 10⁻⁹; its text uses decimal suffixes.
    pub fn from_nanos(nanos: i128) -> Self {
        Self { nanos, family: Family::Decimal }
    }

    /// From a JSON text or number, as servers accept both.
    pub fn from_json(value: &serde_json::Value) -> Result<Self, InvalidQuantity> {
        match value {
            serde_json::Value::String(text) => text.parse(),
            serde_json::Value::Number(number) => number.to_string().parse(),
            _ => Err(InvalidQuantity),
        }
    }

    /// The amount in units of 10⁻⁹.
    pub fn nanos(self) -> i128 {
        self.nanos
    }

    /// The sum, in the suffix family of `self`; saturates.
    pub fn plus(self, other: Self) -> Self {
        Self { nanos: self.nanos.saturating_add(other.nanos), family: self.family }
    }

    /// The difference, in the suffix family of `self`; saturates.
    pub fn minus(self, other: Self) -> Self {
        Self { nanos: self.nanos.saturating_sub(other.nanos), family: self.family }
    }
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.nanos == other.nanos
    }
}

impl Eq for Quantity {}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> Ordering {
        self.nanos.cmp(&other.nanos)
    }
}

impl FromStr for Quantity {
    type Err = InvalidQuantity;

    /// Amounts below 10⁻⁹ are rounded up, away from zero; those beyond 2⁶³-1 are cut there, as the server does.
    fn from_str(text: &str) -> Result<Self, InvalidQuantity> {
        let (negative, rest) = match text.as_bytes().first() {
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            _ => (false, text),
        };
        let number_end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, suffix) = rest.split_at(number_end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
            return Err(InvalidQuantity);
        }
        let (family, power_of_two, power_of_ten) = suffix_of(suffix)?;
        let digits = format!("{whole}{fraction}");
        let digits = digits.trim_start_matches('0');
        let exponent = i64::from(power_of_ten) + 9 - fraction.len() as i64;
        let limit = i128::from(i64::MAX) * NANO;
        let nanos = scale(digits, exponent, power_of_two).map_or(limit, |nanos| nanos.min(limit));
        Ok(Self { nanos: if negative { -nanos } else { nanos }, family })
    }
}

/// `digits × 10^exponent × 2^power_of_two`, rounded up; `None` where it does not fit.
fn scale(digits: &str, exponent: i64, power_of_two: u32) -> Option<i128> {
    if digits.is_empty() {
        return Some(0);
    }
    // What lies this many digits below the point can only round up.
    let kept = if digits.len() > 28 && exponent < 0 {
        let cut = (digits.len() - 28).min(usize::try_from(-exponent).ok()?);
        let kept = digits[..digits.len() - cut].parse::<i128>().ok()?;
        return scale_number(kept + 1, exponent + cut as i64, power_of_two);
    } else {
        digits.parse::<i128>().ok()?
    };
    scale_number(kept, exponent, power_of_two)
}

fn scale_number(number: i128, exponent: i64, power_of_two: u32) -> Option<i128> {
    let doubled = number.checked_mul(1i128 << power_of_two)?;
    if exponent >= 0 {
        return doubled.checked_mul(10i128.checked_pow(u32::try_from(exponent).ok()?)?);
    }
    match u32::try_from(-exponent).ok().and_then(|exponent| 10i128.checked_pow(exponent)) {
        Some(divisor) => Some(div_up(doubled, divisor)),
        None => Some(1),
    }
}

fn suffix_of(suffix: &str) -> Result<(Family, u32, i32), InvalidQuantity> {
    if let Some(at) = BINARY.iter().position(|binary| *binary == suffix) {
        return Ok((Family::Binary, 10 * (at as u32 + 1), 0));
    }
    if let Some((_, exponent)) = DECIMAL.iter().find(|(decimal, _)| *decimal == suffix) {
        return Ok((Family::Decimal, 0, *exponent));
    }
    let exponent = suffix.strip_prefix(['e', 'E']).ok_or(InvalidQuantity)?;
    let exponent = exponent.strip_prefix('+').unwrap_or(exponent).parse::<i32>().map_err(|_| InvalidQuantity)?;
    Ok((Family::Exponent, 0, exponent))
}

fn div_up(number: i128, divisor: i128) -> i128 {
    number.div_euclid(divisor) + i128::from(number.rem_euclid(divisor) != 0)
}

impl fmt::Display for Quantity {
    /// The canonical text: no fraction, the largest suffix that allows it. A binary amount below 1024 or with a
    /// fraction is written with decimal suffixes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.nanos == 0 {
            return f.write_str("0");
        }
        let in_binary = self.family == Family::Binary && self.nanos.abs() >= 1024 * NANO && self.nanos % NANO == 0;
        if in_binary {
            let (mut amount, mut suffix) = (self.nanos / NANO, "");
            for next in BINARY {
                if amount % 1024 != 0 {
                    break;
                }
                (amount, suffix) = (amount / 1024, next);
            }
            return write!(f, "{amount}{suffix}");
        }
        let (mut amount, mut exponent) = (self.nanos, -9);
        while amount % 1000 == 0 && exponent < 18 {
            (amount, exponent) = (amount / 1000, exponent + 3);
        }
        if self.family == Family::Exponent {
            return if exponent == 0 { write!(f, "{amount}") } else { write!(f, "{amount}e{exponent}") };
        }
        let suffix = DECIMAL.iter().find(|(_, power)| *power == exponent).map_or("", |(suffix, _)| suffix);
        write!(f, "{amount}{suffix}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_text() {
        for (text, canonical) in [
            ("0", "0"),
            ("1", "1"),
            ("1.0", "1"),
            ("2000m", "2"),
            ("1500m", "1500m"),
            ("0.5", "500m"),
            (".5", "500m"),
            ("1024Mi", "1Gi"),
            ("1.5Gi", "1536Mi"),
            ("0.5Mi", "512Ki"),
            ("0.5Ki", "512"),
            ("1000Ki", "1000Ki"),
            ("1Ei", "1Ei"),
            ("12E", "9223372036854775807"),
            ("5E", "5E"),
            ("9223372036854775807", "9223372036854775807"),
            ("1e3", "1e3"),
            ("1E3", "1e3"),
            ("100e2", "10e3"),
            ("1e-3", "1e-3"),
            ("-1", "-1"),
            ("+2k", "2k"),
            ("128974848", "128974848"),
            ("129M", "129M"),
            ("1n", "1n"),
            ("0.1n", "1n"),
            ("0.1m", "100u"),
            ("1000k", "1M"),
            ("0Gi", "0"),
            ("1.", "1"),
        ] {
            assert_eq!(text.parse::<Quantity>().map(|q| q.to_string()), Ok(canonical.to_owned()), "{text}");
        }
    }

    #[test]
    fn refuses_other_text() {
        for text in ["", "Gi", "1.2.3", "1 Gi", "1gi", "1KI", "e3", "1e", "1ee3", "--1", "1K", "abc", "."] {
            assert_eq!(text.parse::<Quantity>(), Err(InvalidQuantity), "{text}");
        }
    }

    #[test]
    fn compares_amounts() {
        let quantity = |text: &str| text.parse::<Quantity>().expect("a quantity");
        for (less, more) in [("999m", "1"), ("1G", "1Gi"), ("-1", "0"), ("1023Mi", "1Gi"), ("1e3", "1Ki")] {
            assert!(quantity(less) < quantity(more), "{less} < {more}");
        }
        for (one, other) in [("1Gi", "1024Mi"), ("1000m", "1"), ("1e3", "1k")] {
            assert_eq!(quantity(one), quantity(other));
        }
        assert_eq!(quantity("1Gi").plus(quantity("1Gi")).to_string(), "2Gi");
    }
}
