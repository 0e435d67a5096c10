//! How large objects may be: what a typed server refuses by its rules, and what its store cannot take.

use serde_json::Value;

use crate::object::schema::FieldError;
use crate::object::schema::Reason;
use crate::sandbox::http::Failure;
use crate::sandbox::kinds::Resource;

/// The data of a ConfigMap or Secret, all entries together.
const DATA_BYTES: usize = 1024 * 1024;
/// What etcd takes in one request.
const STORED_BYTES: usize = 1536 * 1024;

/// `Too long: must have at most 5 bytes`, as a server of 1.31 says it.
pub fn too_long(path: &str, most: usize) -> FieldError {
    let message = format!("Too long: must have at most {most} bytes");
    FieldError { path: path.to_owned(), reason: Reason::TooLong, message }
}

/// Whether the data of a ConfigMap is too large; the server speaks of the whole object then.
pub fn check_config_map(map: &Value) -> Option<FieldError> {
    let size = texts(&map["data"]) + decoded(&map["binaryData"]);
    (size > DATA_BYTES).then(|| too_long("[]", DATA_BYTES))
}

/// The same of a Secret.
pub fn check_secret(secret: &Value) -> Option<FieldError> {
    (decoded(&secret["data"]) > DATA_BYTES).then(|| too_long("data", DATA_BYTES))
}

/// Refuses what etcd would refuse. Built-in kinds are stored there in a binary form, in which base64 is decoded; all
/// else of it is about as long as its JSON.
pub fn check_stored(resource: &Resource, object: &Value) -> Result<(), Failure> {
    let saved: usize = match (resource.group.as_str(), resource.kind.as_str()) {
        ("", "Secret") => texts(&object["data"]) - decoded(&object["data"]),
        ("", "ConfigMap") => texts(&object["binaryData"]) - decoded(&object["binaryData"]),
        _ => 0,
    };
    if super::json_patch::size(object) - saved > STORED_BYTES {
        return Err(Failure::new(500, "", "etcdserver: request is too large"));
    }
    Ok(())
}

/// The bytes of all texts of a map.
fn texts(map: &Value) -> usize {
    map.as_object().into_iter().flatten().filter_map(|(_, value)| value.as_str()).map(str::len).sum()
}

/// The bytes that texts in base64 stand for.
fn decoded(map: &Value) -> usize {
    let bytes = |text: &str| {
        let padding = text.bytes().rev().take(2).filter(|byte| *byte == b'=').count();
        (text.len() / 4 * 3).saturating_sub(padding)
    };
    map.as_object().into_iter().flatten().filter_map(|(_, value)| value.as_str()).map(bytes).sum()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn counts_bytes_not_characters_of_base64() {
        let secret = |bytes: usize| {
            use base64::Engine;
            json!({"data": {"a": base64::engine::general_purpose::STANDARD.encode(vec![0; bytes])}})
        };
        assert_eq!(check_secret(&secret(DATA_BYTES)), None);
        let wrong = check_secret(&secret(DATA_BYTES + 1)).expect("too large");
        assert_eq!(wrong.to_string(), "data: Too long: must have at most 1048576 bytes");
        let map = |size: usize| json!({"data": {"a": "x".repeat(size)}, "binaryData": {"b": "AAE="}});
        assert_eq!(check_config_map(&map(DATA_BYTES - 2)), None);
        let wrong = check_config_map(&map(DATA_BYTES - 1)).expect("too large");
        assert_eq!(wrong.to_string(), "[]: Too long: must have at most 1048576 bytes");
    }
}
