//! Dex's Passwords: people who log in, an object each, for more of them than a ConfigMap can hold.
//!
//! Fields and names are those of Dex's own storage in Kubernetes (v2.41.1, storage/kubernetes/types.go and client.go).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use data_encoding::BASE32_NOPAD;
use serde_json::Value;

use crate::config::Secret;
use crate::object::Object;
use crate::object::ObjectId;

use super::DexUser;

/// What a name ends in: Dex appends the empty sum of 64 bit FNV-1 to the e-mail before it encodes both.
const EMPTY_SUM: u64 = 0xcbf2_9ce4_8422_2325;

/// The longest name of an object.
const LONGEST_NAME: usize = 253;

/// The name under which Dex looks for somebody by their e-mail in lower case; `None` for e-mails of more than 150 bytes, for
/// which there can be none.
pub fn name(email: &str) -> Option<String> {
    let bytes = [email.to_lowercase().as_bytes(), &EMPTY_SUM.to_be_bytes()].concat();
    Some(BASE32_NOPAD.encode(&bytes).to_lowercase()).filter(|name| name.len() <= LONGEST_NAME)
}

/// Whether an object is one of them.
pub fn is_password(object: &Object) -> bool {
    is_password_id(&object.id())
}

/// Whether an object of this id is one of them.
pub fn is_password_id(id: &ObjectId) -> bool {
    id.kind == "Password" && id.group == "dex.coreos.com"
}

/// Somebody as such an object has them, by lower-case e-mail; `None` for other objects.
pub fn user(object: &Object) -> Option<(String, DexUser)> {
    let field = |name: &str| object.as_map().get(name).and_then(Value::as_str);
    let email = field("email").filter(|_| is_password(object))?.to_lowercase();
    let hash = field("hash").and_then(|hash| STANDARD.decode(hash).ok());
    let hash = hash.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
    let text = |name: &str| field(name).unwrap_or_default().to_owned();
    let env = String::new();
    Some((email, DexUser { username: text("username"), user_id: text("userID"), hash: Secret::new(hash), env }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_are_dexs() {
        // What Dex 2.41 calls what it keeps of the client of its own example.
        assert_eq!(name("example-app").as_deref(), Some("mv4gc3lqnrss2ylqodf7fhheqqrcgji"));
        assert_eq!(name("A@Example.com"), name("a@example.com"));
        assert_eq!([150, 151].map(|bytes| name(&"a".repeat(bytes)).is_some()), [true, false]);
    }

    #[test]
    fn reads_what_it_holds() {
        let object = |kind: &str| {
            let value = json!({
                "apiVersion": "dex.coreos.com/v1", "kind": kind, "metadata": {"name": "a"},
                "email": "A@example.com", "hash": STANDARD.encode("$2y$x"), "username": "a", "userID": "7",
            });
            Object::from_value(value).expect("an object")
        };
        let (email, found) = user(&object("Password")).expect("somebody");
        assert_eq!((email.as_str(), found.username.as_str(), found.user_id.as_str()), ("a@example.com", "a", "7"));
        assert_eq!(found.hash.reveal(), "$2y$x");
        assert!(user(&object("Connector")).is_none());
    }
}
