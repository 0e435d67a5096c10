//! Secret values replaced by others of their kind: what is rendered with both differs where they reach, however short they
//! are and whatever is made of them. Not here: who renders and compares (`ops`).

use super::Body;
use super::Content;
use super::Value;

/// Puts others in place of the secrets of a body.
pub fn disguise_body(body: &mut Body) {
    for attribute in body.attributes.values_mut() {
        attribute.value = disguised(&attribute.value);
    }
    body.blocks.iter_mut().for_each(|block| disguise_body(&mut block.body));
}

/// The value with others in place of its secrets.
pub fn disguised(value: &Value) -> Value {
    value.with_secrets_changed(false, &|secret| match secret.content() {
        Content::String(text) => Some(Value::string(text.chars().map(other).collect::<String>())),
        Content::Number(_) => secret.as_i64().and_then(|number| number.checked_add(1)).map(Value::number),
        _ => None,
    })
}

/// Another character that may stand where this one may.
fn other(c: char) -> char {
    match c {
        '9' => '8',
        'z' => 'y',
        'Z' => 'Y',
        '0'..='8' | 'a'..='y' | 'A'..='Y' => char::from_u32(u32::from(c) + 1).unwrap_or(c),
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_secrets_change() {
        let pair = |pin: Value| Value::object([("pin".to_owned(), pin), ("port".to_owned(), Value::number(8080))]);
        let secret = |value: Value| value.with_sensitivity(true);
        for (value, expected) in [
            (pair(secret(Value::string("1z-9"))), pair(secret(Value::string("2y-8")))),
            (pair(secret(Value::number(41))), pair(secret(Value::number(42)))),
            (pair(Value::string("1234")), pair(Value::string("1234"))),
        ] {
            assert_eq!(disguised(&value), expected);
        }
    }
}
