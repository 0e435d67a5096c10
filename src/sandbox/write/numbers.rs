//! Whole numbers that a typed server cannot hold: `int32` and `int64` have their bounds whatever a schema says.

use serde_json::Value;

use crate::object::schema::Schema;
use crate::object::schema::Type;

/// A number that does not fit, where it stands, and the type it does not fit in.
#[derive(Debug, PartialEq)]
pub struct OutOfRange {
    pub path: String,
    pub value: Value,
    pub format: &'static str,
    /// Whether the schema names the format; where it names none, a whole number has 64 bits.
    pub is_declared: bool,
}

/// The first number below `value` that its field cannot hold.
pub fn find(schema: &Schema, value: &Value) -> Option<OutOfRange> {
    within(schema, value, "")
}

fn within(schema: &Schema, value: &Value, path: &str) -> Option<OutOfRange> {
    match value {
        Value::Number(number) if schema.value_type == Type::Integer => {
            let format = if &*schema.format == "int32" { "int32" } else { "int64" };
            let whole = number.as_f64().is_some_and(|number| number.fract() == 0.0);
            let fits = match number.as_i64() {
                Some(number) => format == "int64" || i32::try_from(number).is_ok(),
                // Written with a point or an exponent: `3.0` is 3.
                None => whole && number.as_f64().is_some_and(|number| number.abs() < bound(format)),
            };
            let is_declared = !schema.format.is_empty();
            (whole && !fits).then(|| OutOfRange { path: path.to_owned(), value: value.clone(), format, is_declared })
        }
        Value::Object(map) => map.iter().find_map(|(name, child)| {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            within(schema.field(name)?, child, &path)
        }),
        Value::Array(items) => {
            let of = schema.items.as_deref()?;
            items.iter().enumerate().find_map(|(index, item)| within(of, item, &format!("{path}[{index}]")))
        }
        _ => None,
    }
}

fn bound(format: &str) -> f64 {
    if format == "int32" { 2_f64.powi(31) } else { 2_f64.powi(63) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn finds_what_does_not_fit() {
        let small = json!({"type": "integer", "format": "int32"});
        let schema = Schema::from_json(&json!({"type": "object", "properties": {
            "a": small, "b": {"type": "integer"}, "list": {"type": "array", "items": small},
            "map": {"type": "object", "additionalProperties": small},
        }}))
        .expect("a schema");
        let check = |value: Value, expected: Option<(&str, &str)>| {
            let found = find(&schema, &value).map(|found| (found.path, found.format));
            assert_eq!(found, expected.map(|(path, format)| (path.to_owned(), format)), "{value}");
        };
        check(json!({"a": i32::MAX, "b": i64::MAX, "list": [i32::MIN], "map": {"x": 3.0}}), None);
        check(json!({"a": i64::from(i32::MAX) + 1}), Some(("a", "int32")));
        check(json!({"a": 1e300}), Some(("a", "int32")));
        check(json!({"b": u64::MAX}), Some(("b", "int64")));
        check(json!({"list": [1, i64::from(i32::MIN) - 1]}), Some(("list[1]", "int32")));
        check(json!({"map": {"x": 1, "y": 3e9}}), Some(("map.y", "int32")));
        // Of another type: told elsewhere.
        check(json!({"a": "9999999999", "b": 1.5}), None);
    }
}
