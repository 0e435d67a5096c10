//! Hides secret values in objects that are shown: the data of Secrets, and what is known to be secret wherever it appears.

use serde_json::Value;

use super::Object;
use super::Secrets;
use super::field_path::replace_at;

/// What stands where a secret value would.
pub const MASK: &str = "(sensitive value)";

/// The object as it may be shown: values of a Secret's `data` and `stringData`, copies of them in annotations, fields that
/// are known to hold secrets, and known secret texts are hidden. Keys stay.
pub fn mask_object(object: &Object, secrets: &Secrets) -> Object {
    let mut masked = object.clone();
    let fields = secret_fields(object.kind(), object.api_version());
    if !fields.is_empty() {
        for field in fields {
            match masked.as_map_mut().get_mut(*field) {
                Some(Value::Object(data)) => data.values_mut().for_each(|value| *value = Value::from(MASK)),
                Some(value) => *value = Value::from(MASK),
                None => {}
            }
        }
        // kubectl keeps the whole object there, data and all.
        if masked.annotation(LAST_APPLIED).is_some() {
            masked.set_annotation(LAST_APPLIED, MASK);
        }
    }
    let (mut value, id) = (masked.into_value(), object.id());
    secrets.fields(&id).for_each(|path| replace_at(&mut value, path, &MASK.into()));
    let value = secrets.hide_in(&value).unwrap_or(value);
    // What makes an object one is hidden by texts, and is one still.
    Object::from_value(value).unwrap_or_else(|_| nameless(object))
}

/// What is left where nothing of an object may be shown.
fn nameless(object: &Object) -> Object {
    let mut shown = object.clone();
    let map = shown.as_map_mut();
    map.retain(|field, _| matches!(field.as_str(), "apiVersion" | "kind" | "metadata"));
    shown.metadata_mut().clear();
    shown.metadata_mut().insert("name".into(), MASK.into());
    shown
}

/// The kinds with fields that are secret whatever stands in them, by API version. Of a map all values are, and no key.
const SECRET_FIELDS: [(&str, &str, &[&str]); 4] = [
    ("v1", "Secret", &["data", "stringData"]),
    // Dex's storage (storage/kubernetes/types.go): people, programs that ask it, and where else people log in.
    ("dex.coreos.com/v1", "Password", &["hash"]),
    ("dex.coreos.com/v1", "OAuth2Client", &["secret"]),
    ("dex.coreos.com/v1", "Connector", &["config"]),
];

/// The fields of objects of a kind that hold what is secret; empty for most kinds.
pub fn secret_fields(kind: &str, api_version: &str) -> &'static [&'static str] {
    let found = SECRET_FIELDS.iter().find(|(version, name, _)| *name == kind && *version == api_version);
    found.map_or(&[], |(_, _, fields)| fields)
}

/// Whether a field of an object holds what is secret by its kind, by its path as in `FieldChange::path`.
pub fn is_secret_path(kind: &str, api_version: &str, path: &str) -> bool {
    let fields = secret_fields(kind, api_version);
    let section =
        |name: &&str| path.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']));
    fields.iter().any(section) || !fields.is_empty() && path == format!("metadata.annotations[{LAST_APPLIED}]")
}

pub(super) const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(value: Value, expected: Value) {
        let secrets = Secrets::new(["hunter2-long".to_owned(), "short".to_owned(), "hunter2-longer".to_owned()]);
        let object = Object::from_value(value).expect("an object");
        assert_eq!(mask_object(&object, &secrets).into_value(), expected);
    }

    #[test]
    fn hides_data_of_secrets_and_known_values_elsewhere() {
        check(
            json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"},
                   "data": {"a": "eA=="}, "stringData": {"b": "x"}, "type": "Opaque"}),
            json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"},
                   "data": {"a": MASK}, "stringData": {"b": MASK}, "type": "Opaque"}),
        );
        check(
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"},
                   "data": {"a": "user: x\npassword: hunter2-longer\n", "b": "short"}}),
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"},
                   "data": {"a": format!("user: x\npassword: {MASK}\n"), "b": "short"}}),
        );
        check(
            json!({"apiVersion": "dex.coreos.com/v1", "kind": "Password", "metadata": {"name": "p"},
                   "email": "a@example.com", "hash": "eA=="}),
            json!({"apiVersion": "dex.coreos.com/v1", "kind": "Password", "metadata": {"name": "p"},
                   "email": "a@example.com", "hash": MASK}),
        );
    }

    #[test]
    fn knows_secret_paths() {
        for (path, expected) in
            [("data.a", true), ("data[a.b]", true), ("data", true), ("database", false), ("type", false)]
        {
            assert_eq!(is_secret_path("Secret", "v1", path), expected, "{path}");
            assert!(!is_secret_path("ConfigMap", "v1", path), "{path}");
        }
        assert!(is_secret_path("Password", "dex.coreos.com/v1", "hash"));
        assert!(!is_secret_path("Password", "dex.coreos.com/v1", "email"));
    }
}
