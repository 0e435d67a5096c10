//! Our records as Secrets: what they are called, how bytes are put in and taken out. Pure.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::NAMESPACE;
use super::StateError;
use crate::object::Object;

/// What a record is: value of the label `stackwright.io/record`, and of the Secret's type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Inventory,
    Shard,
    Revision,
    Outputs,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Inventory => "inventory",
            Kind::Shard => "inventory-shard",
            Kind::Revision => "revision",
            Kind::Outputs => "outputs",
        }
    }
}

/// Says what a record is. Records never carry the ownership label of managed objects: they are not managed.
pub(super) const RECORD: &str = "stackwright.io/record";
/// Says which installation a record belongs to.
pub(super) const OF: &str = "stackwright.io/records-of";

/// Whether an object is a record of an installation.
pub fn is_record_of(object: &Object, installation: &str) -> bool {
    object.kind() == "Secret" && object.namespace() == NAMESPACE && object.label(OF) == Some(installation)
}

/// Selects the records of one installation.
pub(super) fn selector(kind: Kind, installation: &str) -> String {
    format!("{RECORD}={},{OF}={installation}", kind.as_str())
}

/// A Secret with the given fields.
pub(super) fn secret(kind: Kind, installation: &str, name: &str, fields: &[(&str, &[u8])]) -> Object {
    let data: Map<String, Value> =
        fields.iter().map(|(key, bytes)| ((*key).to_owned(), STANDARD.encode(bytes).into())).collect();
    let value = json!({
        "apiVersion": "v1", "kind": "Secret", "type": format!("stackwright.io/{}", kind.as_str()),
        "metadata": {
            "name": name, "namespace": NAMESPACE,
            "labels": {RECORD: kind.as_str(), OF: installation, "app.kubernetes.io/managed-by": "stackwright"},
        },
        "data": data,
    });
    Object::from_value(value).expect("it has kind, version and name")
}

/// The bytes of a field.
pub(super) fn field(secret: &Object, key: &str) -> Result<Vec<u8>, StateError> {
    let damaged = |reason: &str| StateError::Damaged { name: secret.name().into(), reason: reason.into() };
    let text = secret.get("/data").and_then(|d| d.get(key)).and_then(Value::as_str);
    let text = text.ok_or_else(|| damaged(&format!("it has no field \"{key}\"")))?;
    STANDARD.decode(text).map_err(|_| damaged(&format!("its field \"{key}\" is not base64")))
}

/// The bytes of a field that an earlier form has not.
pub(super) fn optional(secret: &Object, key: &str) -> Result<Option<Vec<u8>>, StateError> {
    if secret.get("/data").and_then(|data| data.get(key)).is_none() {
        return Ok(None);
    }
    field(secret, key).map(Some)
}

/// The number in a field.
pub(super) fn number(secret: &Object, key: &str) -> Result<u64, StateError> {
    let bytes = field(secret, key)?;
    let text = String::from_utf8_lossy(&bytes);
    text.parse().map_err(|_| StateError::Damaged {
        name: secret.name().into(),
        reason: format!("its field \"{key}\" is not a number"),
    })
}

/// Refuses a form that came after this program.
pub(super) fn check_form(secret: &Object, known: u64) -> Result<(), StateError> {
    let found = number(secret, "form")?;
    if found > known {
        return Err(StateError::TooNew { name: secret.name().into(), found, known });
    }
    Ok(())
}
