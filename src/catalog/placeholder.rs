//! Texts that stand in rendered objects for values that only the cluster keeps.
//!
//! They are written between two characters of Unicode's private use, which nothing that a user sets may hold: nobody can
//! write a placeholder, nor put one together from several inputs. People are shown them as `<generated dex.secret>`.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::config::Secret;
use crate::object::Address;

const OPEN: char = '\u{f8f0}';
const CLOSE: char = '\u{f8f1}';
const USER_ID: &str = "user_id ";

/// Of a component's generated value.
pub(super) fn generated(component: &str, name: &str) -> String {
    placeholder(&format!("generated {component}.{name}"))
}

/// Of a person's password hash. `env` is their key in the log-in's environment, as in the next two.
pub(super) fn hash(env: &str) -> String {
    placeholder(&format!("hash {env}"))
}

/// As [`hash`], in base64.
pub(super) fn encoded_hash(env: &str) -> String {
    placeholder(&format!("encoded_hash {env}"))
}

pub(super) fn user_id(env: &str) -> String {
    placeholder(&format!("{USER_ID}{env}"))
}

/// Of a generated password, in the Secret that keeps it.
pub(super) fn password(env: &str) -> String {
    placeholder(&format!("password {env}"))
}

/// Of a secret that the configuration gives.
pub(super) fn given(address: &Address, argument: &str) -> String {
    placeholder(&format!("given {address}.{argument}"))
}

/// As [`given`], as it stands between the quotes of JSON.
pub(super) fn escaped(address: &Address, argument: &str) -> String {
    placeholder(&format!("escaped {address}.{argument}"))
}

fn placeholder(what: &str) -> String {
    format!("{OPEN}{what}{CLOSE}")
}

/// Whether a text holds a placeholder, or a part of one.
pub(super) fn is_in(text: &str) -> bool {
    text.contains([OPEN, CLOSE])
}

/// Whether a text holds a placeholder of something secret: user ids are none.
pub(super) fn is_secret_in(text: &str) -> bool {
    text.split(OPEN).skip(1).any(|rest| !rest.starts_with(USER_ID))
}

/// Where in a value that a user has set a placeholder's characters stand, as `tags.team`; empty for the value itself.
pub(super) fn forged(value: &Value) -> Option<String> {
    let below = |step: String, rest: String| if rest.is_empty() { step } else { format!("{step}.{rest}") };
    match value {
        Value::String(text) => is_in(text).then(String::new),
        Value::Array(items) => {
            items.iter().enumerate().find_map(|(at, item)| Some(below(at.to_string(), forged(item)?)))
        }
        Value::Object(map) => map.iter().find_map(|(key, child)| match is_in(key) {
            true => Some("a key".to_owned()),
            false => Some(below(key.clone(), forged(child)?)),
        }),
        _ => None,
    }
}

/// Fills in all placeholders of a value.
pub(super) fn fill(value: &mut Value, values: &BTreeMap<String, Secret>) {
    each_text(value, &|text| replaced(text, |placeholder| values.get(placeholder).map(Secret::reveal)));
}

/// Writes placeholders as people are shown them.
pub(super) fn show(value: &mut Value) {
    each_text(value, &|text| is_in(text).then(|| text.replace(OPEN, "<").replace(CLOSE, ">")));
}

/// Changes texts of a value, keys apart.
pub(super) fn each_text(value: &mut Value, change: &dyn Fn(&str) -> Option<String>) {
    match value {
        Value::String(text) => {
            if let Some(changed) = change(text) {
                *text = changed;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| each_text(item, change)),
        Value::Object(map) => map.values_mut().for_each(|child| each_text(child, change)),
        _ => {}
    }
}

/// The text with its placeholders replaced; `None` where it has none. What comes in is not looked at again.
fn replaced<'v>(text: &str, value: impl Fn(&str) -> Option<&'v str>) -> Option<String> {
    if !text.contains(OPEN) {
        return None;
    }
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(OPEN) {
        filled.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.find(CLOSE).map_or(OPEN.len_utf8(), |end| end + CLOSE.len_utf8());
        let (placeholder, after) = rest.split_at(end);
        filled.push_str(value(placeholder).unwrap_or(placeholder));
        rest = after;
    }
    filled.push_str(rest);
    Some(filled)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fills_once() {
        let values = BTreeMap::from([
            (generated("a", "b"), Secret::new(hash("K"))),
            (hash("K"), Secret::new("never")),
            (user_id("K"), Secret::new("7")),
        ]);
        for (text, expected) in [
            (format!("x {} y", user_id("K")), "x 7 y".to_owned()),
            // What is filled in is no placeholder, whatever it looks like.
            (generated("a", "b"), hash("K")),
            ("<user_id K>".to_owned(), "<user_id K>".to_owned()),
            (format!("{OPEN}{}", user_id("K")), format!("{OPEN}{}", user_id("K"))),
            (format!("{OPEN}"), format!("{OPEN}")),
            (generated("a", "c"), generated("a", "c")),
        ] {
            let mut value = json!({"a": [text]});
            fill(&mut value, &values);
            assert_eq!(value, json!({"a": [expected]}), "{text}");
        }
    }

    #[test]
    fn nobody_can_write_one() {
        for (value, expected) in [
            (json!("<user_id DEX_USER_PASSWORD>"), None),
            (json!(user_id("K")), Some("")),
            (json!({"a": ["x", format!("{CLOSE}")]}), Some("a.1")),
            (json!({"a": {format!("{OPEN}"): 1}}), Some("a.a key")),
            (json!([1, null, true]), None),
        ] {
            assert_eq!(forged(&value).as_deref(), expected, "{value}");
        }
    }

    #[test]
    fn only_ids_are_no_secrets() {
        assert!(!is_secret_in(&user_id("K")) && is_in(&user_id("K")));
        assert!(is_secret_in(&format!("{} {}", user_id("K"), hash("K"))));
        let mut value = json!(format!("u:{}@h", generated("a", "b")));
        show(&mut value);
        assert_eq!(value, json!("u:<generated a.b>@h"));
    }
}
