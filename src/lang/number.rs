//! Exact numbers: binary floats of 512 bits, as Terraform's. Not a general big-number library.

use std::cmp::Ordering;
use std::fmt;

use dashu_int::IBig;
use dashu_int::UBig;
use dashu_int::ops::BitTest;
use dashu_int::ops::UnsignedAbs;

/// Bits of the mantissa (HashiCorp's HCL parses and computes with `big.Float` of this precision).
const PRECISION: usize = 512;
/// Powers of two beyond this become infinite (or zero): without a bound a few squarings fill the memory when printed.
const MAX_EXPONENT: i64 = 1 << 17;
/// Decimal exponents beyond this are refused in literals.
const MAX_DECIMAL_EXPONENT: i64 = 30_000;

/// A number as Terraform has it: `mantissa * 2^exponent` with at most 512 bits of mantissa, or an infinity.
///
/// Small integers, by far the most, are kept as machine words; the form of every number is unique.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Number(Form);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Form {
    Small(i64),
    /// The mantissa is odd; never a number that fits `Small`.
    Big(IBig, i64),
    NegativeZero,
    Infinite {
        negative: bool,
    },
}

impl Number {
    /// Positive infinity, the result of `1 / 0`.
    pub const INFINITY: Number = Number(Form::Infinite { negative: false });
    pub const ZERO: Number = Number(Form::Small(0));

    /// Reads a decimal literal as `-12.5e3`. None for other text, or for an exponent beyond 30,000.
    pub fn parse(text: &str) -> Option<Number> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        if let Ok(small) = digits.parse::<i64>()
            && digits.bytes().all(|b| b.is_ascii_digit())
        {
            return Some(if negative { Number(Form::Small(small)).negate() } else { Number(Form::Small(small)) });
        }
        let (mantissa, exponent) = match digits.find(['e', 'E']) {
            Some(at) => (&digits[..at], digits[at + 1..].parse::<i64>().ok()?),
            None => (digits, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        if whole.is_empty() && fraction.is_empty()
            || !(whole.bytes().chain(fraction.bytes())).all(|b| b.is_ascii_digit())
        {
            return None;
        }
        let joined = format!("{whole}{fraction}");
        let joined = joined.trim_start_matches('0');
        let exponent = exponent.checked_sub(fraction.len() as i64)?;
        if joined.is_empty() {
            return Some(if negative { Number(Form::NegativeZero) } else { Number::ZERO });
        }
        if exponent.abs() > MAX_DECIMAL_EXPONENT || joined.len() > MAX_DECIMAL_EXPONENT as usize {
            return None;
        }
        let mut value = IBig::from(joined.parse::<UBig>().ok()?);
        if negative {
            value = -value;
        }
        let power = UBig::from(5u8).pow(exponent.unsigned_abs() as usize);
        Some(if exponent >= 0 {
            Number::rounded(value * IBig::from(power), exponent, false)
        } else {
            Number::quotient(&value, exponent, &IBig::from(power), 0)
        })
    }

    /// The nearest number to a machine float; NaN is none.
    pub fn from_f64(value: f64) -> Option<Number> {
        if value.is_nan() {
            return None;
        }
        if value.is_infinite() {
            return Some(Number(Form::Infinite { negative: value < 0.0 }));
        }
        let bits = value.to_bits();
        let negative = bits >> 63 == 1;
        let exponent = ((bits >> 52) & 0x7ff) as i64;
        let fraction = bits & ((1 << 52) - 1);
        let (mantissa, exponent) =
            if exponent == 0 { (fraction, -1074) } else { (fraction | 1 << 52, exponent - 1075) };
        if mantissa == 0 {
            return Some(if negative { Number(Form::NegativeZero) } else { Number::ZERO });
        }
        let mantissa = if negative { -IBig::from(mantissa) } else { IBig::from(mantissa) };
        Some(Number::rounded(mantissa, exponent, false))
    }

    /// The nearest machine float, infinite when out of its range.
    pub fn to_f64(&self) -> f64 {
        match &self.0 {
            Form::Small(small) => *small as f64,
            Form::NegativeZero => -0.0,
            Form::Infinite { negative } => {
                if *negative {
                    f64::NEG_INFINITY
                } else {
                    f64::INFINITY
                }
            }
            // Rust's reading of decimal text is correctly rounded; the text is exact enough to decide every tie.
            Form::Big(..) => self.to_string().parse().unwrap_or(f64::NAN),
        }
    }

    /// The integer, when it is one and fits.
    pub fn to_i64(&self) -> Option<i64> {
        match self.0 {
            Form::Small(small) => Some(small),
            Form::NegativeZero => Some(0),
            _ => None,
        }
    }

    pub fn is_integer(&self) -> bool {
        match &self.0 {
            Form::Small(_) | Form::NegativeZero => true,
            Form::Big(_, exponent) => *exponent >= 0,
            Form::Infinite { .. } => false,
        }
    }

    pub fn is_infinite(&self) -> bool {
        matches!(self.0, Form::Infinite { .. })
    }

    pub fn is_zero(&self) -> bool {
        matches!(self.0, Form::Small(0) | Form::NegativeZero)
    }

    pub fn is_negative(&self) -> bool {
        match &self.0 {
            Form::Small(small) => *small < 0,
            Form::Big(mantissa, _) => *mantissa < IBig::ZERO,
            Form::NegativeZero => true,
            Form::Infinite { negative } => *negative,
        }
    }

    pub fn negate(&self) -> Number {
        match &self.0 {
            Form::Small(0) => Number(Form::NegativeZero),
            Form::NegativeZero => Number::ZERO,
            Form::Infinite { negative } => Number(Form::Infinite { negative: !negative }),
            Form::Small(_) | Form::Big(..) => {
                let (mantissa, exponent) = self.parts();
                Number::rounded(-mantissa, exponent, false)
            }
        }
    }

    pub fn absolute(&self) -> Number {
        if self.is_negative() { self.negate() } else { self.clone() }
    }

    /// The sum; none for infinity minus infinity.
    pub fn add(&self, other: &Number) -> Option<Number> {
        if let (Form::Small(a), Form::Small(b)) = (&self.0, &other.0)
            && let Some(sum) = a.checked_add(*b)
        {
            return Some(Number(Form::Small(sum)));
        }
        match (&self.0, &other.0) {
            (Form::Infinite { negative: a }, Form::Infinite { negative: b }) => (a == b).then(|| self.clone()),
            (Form::Infinite { .. }, _) => Some(self.clone()),
            (_, Form::Infinite { .. }) => Some(other.clone()),
            _ if self.is_zero() => Some(other.clone()),
            _ if other.is_zero() => Some(self.clone()),
            _ => {
                let (a, ea) = self.parts();
                let (b, eb) = other.parts();
                let low = ea.min(eb);
                Some(Number::rounded((a << (ea - low) as usize) + (b << (eb - low) as usize), low, false))
            }
        }
    }

    /// The difference; none for infinity minus infinity.
    pub fn subtract(&self, other: &Number) -> Option<Number> {
        if other.is_zero() { Some(self.clone()) } else { self.add(&other.negate()) }
    }

    /// The product; none for zero times infinity.
    pub fn multiply(&self, other: &Number) -> Option<Number> {
        if let (Form::Small(a), Form::Small(b)) = (&self.0, &other.0)
            && *a != 0
            && *b != 0
            && let Some(product) = a.checked_mul(*b)
        {
            return Some(Number(Form::Small(product)));
        }
        let negative = self.is_negative() != other.is_negative();
        if self.is_infinite() || other.is_infinite() {
            return (!self.is_zero() && !other.is_zero()).then_some(Number(Form::Infinite { negative }));
        }
        if self.is_zero() || other.is_zero() {
            return Some(if negative { Number(Form::NegativeZero) } else { Number::ZERO });
        }
        let (a, ea) = self.parts();
        let (b, eb) = other.parts();
        Some(Number::rounded(a * b, ea + eb, false))
    }

    /// The quotient; infinite for a zero divisor, none for `0 / 0` and infinity by infinity.
    pub fn divide(&self, other: &Number) -> Option<Number> {
        let negative = self.is_negative() != other.is_negative();
        match (self.is_zero() || other.is_infinite(), other.is_zero() || self.is_infinite()) {
            (true, true) => None,
            (true, false) => Some(if negative { Number(Form::NegativeZero) } else { Number::ZERO }),
            (false, true) => Some(Number(Form::Infinite { negative })),
            (false, false) => {
                let (a, ea) = self.parts();
                let (b, eb) = other.parts();
                Some(Number::quotient(&a, ea, &b, eb))
            }
        }
    }

    /// The remainder with the sign of the dividend; `x % 0` is `x` and `x % infinity` is `x`, as Terraform has it.
    pub fn remainder(&self, other: &Number) -> Option<Number> {
        if other.is_zero() || other.is_infinite() || self.is_infinite() {
            return (!self.is_infinite()).then(|| self.clone());
        }
        let (a, ea) = self.parts();
        let (b, eb) = other.parts();
        let low = ea.min(eb);
        let rest = (a << (ea - low) as usize) % (b << (eb - low) as usize);
        let rest = Number::rounded(rest, low, false);
        Some(if rest.is_zero() && self.is_negative() { Number(Form::NegativeZero) } else { rest })
    }

    /// The nearest integer towards zero; infinities stay.
    pub fn truncate(&self) -> Number {
        match &self.0 {
            Form::Big(mantissa, exponent) if *exponent < 0 => {
                let shift = (-exponent) as usize;
                let magnitude = IBig::from(mantissa.clone().unsigned_abs() >> shift);
                Number::rounded(if self.is_negative() { -magnitude } else { magnitude }, 0, false)
            }
            _ => self.clone(),
        }
    }

    /// The greatest integer not above.
    pub fn floor(&self) -> Number {
        let whole = self.truncate();
        if self.is_negative() && whole != *self { whole.subtract(&Number::from(1)).unwrap_or(whole) } else { whole }
    }

    /// The least integer not below.
    pub fn ceiling(&self) -> Number {
        let whole = self.truncate();
        if !self.is_negative() && whole != *self { whole.add(&Number::from(1)).unwrap_or(whole) } else { whole }
    }

    /// The whole part as an exact integer; none for infinities.
    pub fn to_integer(&self) -> Option<IBig> {
        if self.is_infinite() {
            return None;
        }
        let (mantissa, exponent) = self.truncate().parts();
        Some(mantissa << exponent.max(0) as usize)
    }

    /// The number of an exact integer, rounded to 512 bits.
    pub fn from_integer(value: IBig) -> Number {
        Number::rounded(value, 0, false)
    }

    fn parts(&self) -> (IBig, i64) {
        match &self.0 {
            Form::Small(small) => (IBig::from(*small), 0),
            Form::Big(mantissa, exponent) => (mantissa.clone(), *exponent),
            Form::NegativeZero | Form::Infinite { .. } => (IBig::ZERO, 0),
        }
    }

    /// `mantissa * 2^exponent` rounded half to even; `sticky` says that a non-zero rest below was cut off.
    fn rounded(mantissa: IBig, exponent: i64, sticky: bool) -> Number {
        if mantissa == IBig::ZERO {
            return Number::ZERO;
        }
        let negative = mantissa < IBig::ZERO;
        let mut magnitude = mantissa.unsigned_abs();
        let mut exponent = exponent;
        let bits = magnitude.bit_len();
        if bits > PRECISION {
            let drop = bits - PRECISION;
            let half = magnitude.bit(drop - 1);
            let below = sticky || magnitude.trailing_zeros().is_some_and(|zeros| zeros < drop - 1);
            magnitude >>= drop;
            exponent += drop as i64;
            if half && (below || magnitude.bit(0)) {
                magnitude += UBig::ONE;
            }
        }
        let zeros = magnitude.trailing_zeros().unwrap_or(0);
        magnitude >>= zeros;
        exponent += zeros as i64;
        let top = exponent + magnitude.bit_len() as i64;
        if top > MAX_EXPONENT {
            return Number(Form::Infinite { negative });
        }
        if top < -MAX_EXPONENT {
            return Number::ZERO;
        }
        if exponent >= 0 && top <= 63 {
            let whole = i64::try_from(&(magnitude.clone() << exponent as usize)).unwrap_or(0);
            return Number(Form::Small(if negative { -whole } else { whole }));
        }
        let magnitude = IBig::from(magnitude);
        Number(Form::Big(if negative { -magnitude } else { magnitude }, exponent))
    }

    fn quotient(a: &IBig, ea: i64, b: &IBig, eb: i64) -> Number {
        let negative = (*a < IBig::ZERO) != (*b < IBig::ZERO);
        let a = a.clone().unsigned_abs();
        let b = b.clone().unsigned_abs();
        // Two bits beyond the precision and a sticky bit decide every rounding.
        let shift = (PRECISION + 2 + b.bit_len()).saturating_sub(a.bit_len());
        let numerator = a << shift;
        let whole = &numerator / &b;
        let rest = numerator - &whole * &b;
        let whole = IBig::from(whole);
        Number::rounded(if negative { -whole } else { whole }, ea - eb - shift as i64, rest != UBig::ZERO)
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        if value == i64::MIN {
            // Its magnitude does not fit the small form's sign change.
            return Number::rounded(IBig::from(value), 0, false);
        }
        Number(Form::Small(value))
    }
}

impl From<i32> for Number {
    fn from(value: i32) -> Self {
        Number(Form::Small(i64::from(value)))
    }
}

impl From<usize> for Number {
    fn from(value: usize) -> Self {
        Number::rounded(IBig::from(value), 0, false)
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (Form::Small(a), Form::Small(b)) => a.cmp(b),
            (Form::Infinite { negative: a }, Form::Infinite { negative: b }) => b.cmp(a),
            (Form::Infinite { negative }, _) => {
                if *negative {
                    Ordering::Less
                } else {
                    Ordering::Greater
                }
            }
            (_, Form::Infinite { .. }) => other.cmp(self).reverse(),
            _ => {
                let (a, ea) = self.parts();
                let (b, eb) = other.parts();
                let low = ea.min(eb);
                (a << (ea - low) as usize).cmp(&(b << (eb - low) as usize))
            }
        }
    }
}

/// The shortest digits that read back as the same number, without an exponent.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Form::Small(small) => write!(f, "{small}"),
            Form::NegativeZero => f.write_str("-0"),
            Form::Infinite { negative } => f.write_str(if *negative { "-Inf" } else { "+Inf" }),
            Form::Big(mantissa, exponent) => {
                let (digits, point) = shortest(&mantissa.clone().unsigned_abs(), *exponent);
                if self.is_negative() {
                    f.write_str("-")?;
                }
                if point <= 0 {
                    write!(f, "0.{}{digits}", "0".repeat(point.unsigned_abs() as usize))
                } else if point as usize >= digits.len() {
                    write!(f, "{digits}{}", "0".repeat(point as usize - digits.len()))
                } else {
                    write!(f, "{}.{}", &digits[..point as usize], &digits[point as usize..])
                }
            }
        }
    }
}

/// Shortest digits inside the rounding interval of `mantissa * 2^exponent`, and where the decimal point stands.
///
/// The three numbers (value, lower and upper border) are written out as exact decimals of one scale; the first
/// position at which cutting or rounding up stays between the borders ends the digits.
fn shortest(mantissa: &UBig, exponent: i64) -> (String, i64) {
    let pad = PRECISION - mantissa.bit_len().min(PRECISION);
    let full = mantissa.clone() << pad;
    let even = !full.bit(0);
    let exponent = exponent - pad as i64;
    // A power of two has a nearer lower neighbour.
    let narrow = full.bit_len() > 1 && full.trailing_zeros() == Some(full.bit_len() - 1);
    let scale = |quarters: UBig| -> UBig {
        let exponent = exponent - 2;
        if exponent >= 0 { quarters << exponent as usize } else { quarters * UBig::from(5u8).pow((-exponent) as usize) }
    };
    let four = full << 2usize;
    let lower = scale(&four - UBig::from(if narrow { 1u8 } else { 2u8 })).to_string();
    let upper = scale(&four + UBig::from(2u8)).to_string();
    let exact = scale(four).to_string();
    let width = upper.len();
    let decimal = if exponent - 2 >= 0 { 0 } else { exponent - 2 };
    let wide = |text: String| format!("{text:0>width$}").into_bytes();
    let (lower, exact, upper) = (wide(lower), wide(exact), wide(upper));
    let point = width as i64 + decimal;
    for at in 0..width {
        let cut_down: bool = {
            let tail_zero = lower[at + 1..].iter().all(|d| *d == b'0');
            let prefix = exact[..=at].cmp(&lower[..=at]);
            prefix == Ordering::Greater || prefix == Ordering::Equal && even && tail_zero
        };
        let mut raised = exact[..=at].to_vec();
        let carried = raise(&mut raised);
        let cut_up = !carried && {
            let prefix = raised[..].cmp(&upper[..=at]);
            let tail_zero = upper[at + 1..].iter().all(|d| *d == b'0');
            prefix == Ordering::Less || prefix == Ordering::Equal && (!tail_zero || even)
        };
        let down = exact[..=at].to_vec();
        let chosen = match (cut_down, cut_up) {
            (true, true) => {
                let up = exact.get(at + 1).is_some_and(|d| {
                    *d > b'5'
                        || *d == b'5' && (exact[at + 2..].iter().any(|d| *d != b'0') || (exact[at] - b'0') % 2 == 1)
                });
                if up { raised } else { down }
            }
            (true, false) => down,
            (false, true) => raised,
            (false, false) => continue,
        };
        return trimmed(chosen, point);
    }
    trimmed(exact, point)
}

/// Adds one in the last place; true when it ran out of digits.
fn raise(digits: &mut [u8]) -> bool {
    for digit in digits.iter_mut().rev() {
        if *digit == b'9' {
            *digit = b'0';
        } else {
            *digit += 1;
            return false;
        }
    }
    true
}

fn trimmed(digits: Vec<u8>, point: i64) -> (String, i64) {
    let text = String::from_utf8(digits).unwrap_or_default();
    let leading = text.len() - text.trim_start_matches('0').len();
    (text.trim_matches('0').to_string(), point - leading as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(input: &str, expected: &str) {
        assert_eq!(Number::parse(input).map(|n| n.to_string()).as_deref(), Some(expected), "{input}");
    }

    #[test]
    fn prints_the_shortest_digits() {
        for (input, expected) in [
            ("0", "0"),
            ("-0", "-0"),
            ("1.0", "1"),
            ("0.1", "0.1"),
            ("1e3", "1000"),
            ("1.5e-3", "0.0015"),
            ("18446744073709551616", "18446744073709551616"),
            ("-9223372036854775808", "-9223372036854775808"),
            ("123456789012345678901234567890.125", "123456789012345678901234567890.125"),
        ] {
            check(input, expected);
        }
        check("1e400", &format!("1{}", "0".repeat(400)));
        assert_eq!(Number::parse("1e99999999999"), None);
        assert_eq!(Number::parse("1.2.3"), None);
    }

    #[test]
    fn computes_as_terraform() {
        let n = |text: &str| Number::parse(text).expect("a number");
        let third = Number::from(1).divide(&Number::from(3)).expect("finite");
        assert_eq!(third.to_string(), format!("0.{}5", "3".repeat(154)));
        assert_eq!(n("0.1").add(&n("0.2")), Some(n("0.3")));
        assert_eq!(n("4.35").multiply(&n("100")), Some(n("435")));
        assert_eq!(n("-7").remainder(&n("5")), Some(n("-2")));
        assert_eq!(n("5").remainder(&n("0")), Some(n("5")));
        assert_eq!(n("1").divide(&n("0")).map(|n| n.to_string()).as_deref(), Some("+Inf"));
        assert_eq!(n("0").divide(&n("0")), None);
        assert_eq!(n("-1.5").floor(), n("-2"));
        assert_eq!(n("-1.5").ceiling(), n("-1"));
    }

    proptest! {
        #[test]
        fn text_reads_back(a in any::<f64>(), b in 1i64..1_000_000) {
            prop_assume!(a.is_finite());
            let number = Number::from_f64(a).expect("finite").divide(&Number::from(b)).expect("finite");
            prop_assert_eq!(Number::parse(&number.to_string()), Some(number));
        }

        #[test]
        fn floats_survive(a in any::<f64>()) {
            prop_assume!(a.is_finite());
            prop_assert_eq!(Number::from_f64(a).expect("finite").to_f64(), a);
        }
    }
}
