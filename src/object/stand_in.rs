//! Puts other values in the place of secret ones, of the same kind and length: whoever reads a copy of an object goes on as
//! before and learns nothing. Not for what is shown, which [`mask_object`](super::mask_object) hides.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::MASK;
use super::Object;
use super::mask::LAST_APPLIED;
use super::secret_fields;

/// Replaces all values that are secret by the kind of an object; keys stay. Gives whether there were any.
pub fn stand_in(object: &mut Object) -> bool {
    let (kind, version) = (object.kind().to_owned(), object.api_version().to_owned());
    let fields = secret_fields(&kind, &version);
    let mut found = false;
    for field in fields {
        let is_encoded = kind == "Secret" && *field == "data";
        match object.as_map_mut().get_mut(*field) {
            Some(Value::Object(values)) => {
                found |= !values.is_empty();
                values.values_mut().for_each(|value| replace(value, is_encoded));
            }
            Some(value) => {
                found = true;
                replace(value, false);
            }
            None => {}
        }
    }
    // kubectl keeps the whole object there, data and all.
    if !fields.is_empty() && object.annotation(LAST_APPLIED).is_some() {
        object.set_annotation(LAST_APPLIED, MASK);
        found = true;
    }
    found
}

fn replace(value: &mut Value, is_encoded: bool) {
    let Some(text) = value.as_str() else {
        *value = like(value);
        return;
    };
    let decoded = is_encoded.then(|| STANDARD.decode(text).ok()).flatten();
    *value = match decoded {
        Some(bytes) => STANDARD.encode(of_bytes(&bytes)).into(),
        None => of_text(text).into(),
    };
}

fn of_bytes(bytes: &[u8]) -> Vec<u8> {
    match std::str::from_utf8(bytes) {
        Ok(text) => of_text(text).into_bytes(),
        Err(_) => vec![0; bytes.len()],
    }
}

fn of_text(text: &str) -> String {
    if text.trim_start().starts_with("-----BEGIN ") {
        return of_pem(text);
    }
    match serde_json::from_str::<Value>(text) {
        Ok(value @ (Value::Object(_) | Value::Array(_))) => like(&value).to_string(),
        _ => filled(text),
    }
}

fn filled(text: &str) -> String {
    text.chars().map(|letter| if letter == '\n' { letter } else { 'x' }).collect()
}

/// Certificates and public keys are no secrets, and what is checked by them goes on being so.
fn of_pem(text: &str) -> String {
    let mut is_public = false;
    let lines = text.split_inclusive('\n').map(|line| {
        if let Some(what) = line.trim().strip_prefix("-----BEGIN ") {
            is_public = what.starts_with("CERTIFICATE") || what.starts_with("PUBLIC KEY");
            return line.to_owned();
        }
        let is_end = line.trim().starts_with("-----END ");
        if is_public || is_end { line.to_owned() } else { filled(line) }
    });
    lines.collect()
}

/// A value of the same shape.
fn like(value: &Value) -> Value {
    match value {
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), like(value))).collect(),
        Value::Array(items) => items.iter().map(like).collect(),
        Value::String(text) => filled(text).into(),
        Value::Number(_) => 0.into(),
        Value::Bool(_) | Value::Null => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(of_text(text), expected);
    }

    #[test]
    fn values_of_the_same_kind() {
        check("hunter2", "xxxxxxx");
        check("", "");
        check("12345", "xxxxx");
        check(r#"{"auths":{"r.example":{"auth":"abc","n":7}}}"#, r#"{"auths":{"r.example":{"auth":"xxx","n":0}}}"#);
        check(
            "-----BEGIN CERTIFICATE-----\nAB\n-----END CERTIFICATE-----\n-----BEGIN RSA PRIVATE KEY-----\nCD\n-----END RSA \
             PRIVATE KEY-----\n",
            "-----BEGIN CERTIFICATE-----\nAB\n-----END CERTIFICATE-----\n-----BEGIN RSA PRIVATE KEY-----\nxx\n-----END RSA \
             PRIVATE KEY-----\n",
        );
        assert_eq!(of_bytes(&[255, 1]), [0, 0]);
    }

    #[test]
    fn objects() {
        let object = |value: Value| Object::from_value(value).expect("an object");
        let mut secret = object(json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s",
            "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "canary"}},
            "data": {"a": STANDARD.encode("canary"), "b": "no base64!"}, "stringData": {"c": "canary"}}));
        assert!(stand_in(&mut secret));
        let text = secret.to_value().to_string();
        assert!(!text.contains("canary") && !text.contains(&STANDARD.encode("canary")), "{text}");
        assert_eq!(secret.text("/data/a"), STANDARD.encode("xxxxxx"));
        let mut people = object(json!({"apiVersion": "dex.coreos.com/v1", "kind": "Connector",
            "metadata": {"name": "c"}, "config": "abcd", "id": "ldap"}));
        assert!(stand_in(&mut people));
        assert_eq!((people.text("/config"), people.text("/id")), ("xxxx", "ldap"));
        let mut map =
            object(json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m"}, "data": {"a": "b"}}));
        assert!(!stand_in(&mut map));
        assert_eq!(map.text("/data/a"), "b");
    }
}
