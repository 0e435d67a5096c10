//! Generated values: made once, kept only in the cluster, and filled into the rendered objects at the last moment.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::config::Secret;
use crate::object::Object;
use crate::object::ObjectId;

use super::placeholder;

/// How a generated value is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SecretFormat {
    /// Letters and digits, `length` of them.
    #[default]
    Alphanumeric,
    /// `length` random bytes as lower-case hexadecimal digits.
    Hex,
    /// `length` random bytes in standard base64 with padding.
    Base64,
    /// `length` random bytes in URL-safe base64 without padding.
    Base64Url,
}

impl SecretFormat {
    /// All formats as a module writes them.
    pub const NAMES: [(&'static str, SecretFormat); 4] = [
        ("alphanumeric", SecretFormat::Alphanumeric),
        ("hex", SecretFormat::Hex),
        ("base64", SecretFormat::Base64),
        ("base64url", SecretFormat::Base64Url),
    ];

    /// By its name in a module.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, format)| *format)
    }
}

/// A value some rendered object lacks, and the place in the cluster that keeps it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NeededSecret {
    pub component: String,
    /// Name of the `generated` block.
    pub name: String,
    /// The Secret that keeps it.
    pub secret_namespace: String,
    pub secret_name: String,
    pub key: String,
    pub format: SecretFormat,
    /// Characters for alphanumeric values, bytes for the others.
    pub length: usize,
    /// The claim whose data were made with it, and do not open with another value.
    pub data: Option<ObjectId>,
    /// Who notices a new value and what is to be done, in sentences; empty where nobody does.
    pub renewal: String,
}

impl NeededSecret {
    /// The text that stands in rendered objects for the value.
    pub fn placeholder(&self) -> String {
        placeholder::generated(&self.component, &self.name)
    }

    /// The Secret that keeps it.
    pub fn kept_in(&self) -> ObjectId {
        ObjectId::new("", "Secret", &self.secret_namespace, &self.secret_name)
    }

    /// The value a live Secret holds under the key; `None` where it has none or an empty one.
    pub fn read(&self, secret: &Object) -> Option<Secret> {
        secret_text(secret, &self.key).filter(|text| !text.is_empty()).map(Secret::new)
    }
}

/// A fresh random value.
///
/// # Errors
///
/// The operating system gives no random numbers.
pub fn generate(format: SecretFormat, length: usize) -> Result<Secret, getrandom::Error> {
    let bytes = |count: usize| {
        let mut bytes = vec![0u8; count];
        getrandom::fill(&mut bytes).map(|()| bytes)
    };
    Ok(Secret::new(match format {
        SecretFormat::Alphanumeric => alphanumeric(length, bytes)?,
        SecretFormat::Hex => bytes(length)?.iter().map(|byte| format!("{byte:02x}")).collect(),
        SecretFormat::Base64 => STANDARD.encode(bytes(length)?),
        SecretFormat::Base64Url => URL_SAFE_NO_PAD.encode(bytes(length)?),
    }))
}

/// Draws evenly: bytes past the largest multiple of 62 are thrown away.
fn alphanumeric<E>(length: usize, bytes: impl Fn(usize) -> Result<Vec<u8>, E>) -> Result<String, E> {
    const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut text = String::with_capacity(length);
    while text.len() < length {
        let even = bytes(length - text.len())?.into_iter().filter(|byte| *byte < 248);
        text.extend(even.map(|byte| char::from(LETTERS[usize::from(byte) % 62])));
    }
    Ok(text)
}

/// The text a Secret holds under a key, in `data` or `stringData`.
pub(super) fn secret_text(secret: &Object, key: &str) -> Option<String> {
    let field = |name: &str| secret.as_map().get(name).and_then(Value::as_object)?.get(key)?.as_str();
    if let Some(text) = field("stringData") {
        return Some(text.to_owned());
    }
    String::from_utf8(STANDARD.decode(field("data")?).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn generates_in_every_format() {
        for (name, length, characters) in [
            ("alphanumeric", 32, 32),
            ("alphanumeric", 0, 0),
            ("hex", 16, 32),
            ("base64", 32, 44),
            ("base64url", 32, 43),
        ] {
            let format = SecretFormat::from_name(name).expect("a known format");
            let first = generate(format, length).expect("random numbers");
            let second = generate(format, length).expect("random numbers");
            assert_eq!(first.reveal().len(), characters, "{name}");
            assert!(first != second || length == 0, "{name}: twice the same");
        }
        assert_eq!(SecretFormat::from_name("base32"), None);
    }

    #[test]
    fn reads_live_values() {
        let secret = Object::from_value(json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"},
            "data": {"a": "YWJj", "empty": "", "binary": "/w==", "wrong": "?"},
        }))
        .expect("an object");
        let read = |key: &str| {
            let needed = NeededSecret { key: key.into(), ..NeededSecret::default() };
            needed.read(&secret).map(|value| value.reveal().to_owned())
        };
        assert_eq!(read("a").as_deref(), Some("abc"));
        for key in ["empty", "binary", "wrong", "missing"] {
            assert_eq!(read(key), None, "{key}");
        }
    }
}
