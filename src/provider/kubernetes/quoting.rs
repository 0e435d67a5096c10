//! Hides in a server's words about a request what the request kept secret: some quote the whole object. Pure.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::error::is_wording;
use crate::object::Secrets;
use crate::object::secret_fields;

/// The values of the sent object that are secret by its kind and stand in `text`: plain, in base64, and as a text is escaped
/// when it is quoted once or twice.
pub(super) fn quoted(sent: Option<&Value>, text: &str) -> Secrets {
    let Some(sent) = sent else { return Secrets::default() };
    let named = |key: &str| sent.get(key).and_then(Value::as_str).unwrap_or_default();
    let mut forms = BTreeSet::new();
    for field in secret_fields(named("kind"), named("apiVersion")) {
        for text in texts(sent.get(*field)) {
            // What is no base64 is taken as it stands.
            match STANDARD.decode(text).ok().filter(|_| *field != "stringData") {
                Some(bytes) => add(&mut forms, text, String::from_utf8(bytes).ok()),
                None => add(&mut forms, &STANDARD.encode(text), Some(text.to_owned())),
            }
        }
    }
    if forms.is_empty() {
        return Secrets::default();
    }
    // Where the object is and what the server says of itself is no secret, whatever else is called so.
    let public = ["/metadata/name", "/metadata/namespace"].map(|path| sent.pointer(path).and_then(Value::as_str));
    forms.retain(|form| text.contains(form) && !public.contains(&Some(form)) && !is_wording(form));
    Secrets::new(forms)
}

/// A text, or those of a map.
fn texts(value: Option<&Value>) -> Vec<&str> {
    match value {
        Some(Value::Object(map)) => map.values().filter_map(Value::as_str).collect(),
        Some(value) => value.as_str().into_iter().collect(),
        None => Vec::new(),
    }
}

fn add(forms: &mut BTreeSet<String>, encoded: &str, plain: Option<String>) {
    forms.insert(encoded.trim_end_matches('=').to_owned());
    let Some(plain) = plain else { return };
    for part in plain.lines().map(str::trim).chain([plain.as_str()]) {
        let once = escaped(part);
        // Go's encoder of JSON escapes these too.
        forms.insert(once.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026"));
        forms.insert(escaped(&once));
        forms.insert(once);
        // Too short to be looked for by themselves.
        if part.len() < 6 {
            forms.insert(format!("\"{part}\""));
        }
        forms.insert(part.to_owned());
    }
}

/// As it stands between the quotes of JSON, and of Go's `%q`.
fn escaped(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_form_of_a_sent_secret_is_hidden_and_nothing_else() {
        let sent = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "passwords", "namespace": "kubeflow"},
            "data": {"hash": STANDARD.encode("$2y$12$abcdefghij"), "where": STANDARD.encode("kubeflow"),
                "what": STANDARD.encode("immutable")},
            "stringData": {"file": "first: line\n  second \"line\" & <more>", "pin": "1234"}});
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(quoted(Some(&sent), text).hide(text).as_deref(), expected, "{text}");
        };
        check("denied: $2y$12$abcdefghij", Some("denied: (sensitive value)"));
        check(
            &format!("{{\"hash\":\"{}\"}}", STANDARD.encode("$2y$12$abcdefghij")),
            Some("{\"hash\":\"(sensitive value)=\"}"),
        );
        check(&STANDARD.encode("1234"), Some("(sensitive value)=="));
        check("pin is \"1234\" of 1234", Some("pin is (sensitive value) of 1234"));
        check("namespaces \"kubeflow\" not found, field is immutable", None);
        for times in 1..=3 {
            let mut text = sent["stringData"]["file"].as_str().unwrap().to_owned();
            for _ in 1..times {
                text = escaped(&text);
            }
            let hidden = quoted(Some(&sent), &text).hide(&text).unwrap_or_default();
            assert!(!hidden.contains("second"), "quoted {} times: {hidden}", times - 1);
        }
        let go = r#"second \"line\" \u0026 \u003cmore\u003e"#;
        check(go, Some("(sensitive value)"));
        let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"hash": "aGFzaC1oYXNo"}});
        assert_eq!(quoted(Some(&map), "aGFzaC1oYXNo").hide("aGFzaC1oYXNo"), None);
        assert_eq!(quoted(None, "aGFzaC1oYXNo").hide("aGFzaC1oYXNo"), None);
    }
}
