//! Tokens of ServiceAccounts: signed by a key of this run, checked when they come back. No certificates here.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use serde_json::json;
use sha2::Digest;
use sha2::Sha256;

/// Issues and checks tokens. The key is as old as the process: tokens do not survive it, as nothing that runs does.
pub struct Tokens {
    key: [u8; 64],
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokens")
    }
}

impl Default for Tokens {
    fn default() -> Self {
        let mut key = [0; 64];
        // Version 4 UUIDs are made of the system's randomness.
        for part in key.chunks_mut(16) {
            part.copy_from_slice(uuid::Uuid::new_v4().as_bytes());
        }
        Self { key }
    }
}

/// Whom a token is for that names nobody: the API server itself.
pub const API_AUDIENCE: &str = "https://kubernetes.default.svc.cluster.local";

/// What a valid token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    pub namespace: String,
    pub name: String,
    /// Of the ServiceAccount: one that was deleted and made anew is another.
    pub uid: String,
    pub audiences: Vec<String>,
}

impl Tokens {
    /// A JSON Web Token (HS256) for a ServiceAccount until `expires` (seconds since 1970). With no audience it is for
    /// the API server itself.
    pub fn issue(&self, namespace: &str, name: &str, uid: &str, audiences: &[String], expires: i64) -> String {
        let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let own = [API_AUDIENCE.to_owned()];
        let audiences = if audiences.is_empty() { &own } else { audiences };
        let head = part(json!({"alg": "HS256", "typ": "JWT"}));
        let body = part(json!({
            "iss": API_AUDIENCE, "sub": format!("system:serviceaccount:{namespace}:{name}"),
            "aud": audiences, "exp": expires,
            "kubernetes.io": {"namespace": namespace, "serviceaccount": {"name": name, "uid": uid}},
        }));
        let signed = format!("{head}.{body}");
        let signature = URL_SAFE_NO_PAD.encode(self.sign(signed.as_bytes()));
        format!("{signed}.{signature}")
    }

    /// What a token says; `None` where it is not ours or has expired.
    pub fn read(&self, token: &str) -> Option<Claims> {
        let (signed, signature) = token.trim().rsplit_once('.')?;
        let expected = self.sign(signed.as_bytes());
        let given = URL_SAFE_NO_PAD.decode(signature).ok()?;
        let differs = given.len() != expected.len() || given.iter().zip(expected).fold(0, |d, (a, b)| d | (a ^ b)) != 0;
        if differs {
            return None;
        }
        let (_, body) = signed.split_once('.')?;
        let body: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(body).ok()?).ok()?;
        if body.get("exp")?.as_i64()? < jiff::Timestamp::now().as_second() {
            return None;
        }
        let own = body.get("kubernetes.io")?;
        let account = own.get("serviceaccount")?;
        let text = |value: &Value, field: &str| value.get(field).and_then(Value::as_str).map(str::to_owned);
        let audiences = body.get("aud")?.as_array()?.iter().filter_map(Value::as_str).map(str::to_owned);
        Some(Claims {
            namespace: text(own, "namespace")?,
            name: text(account, "name")?,
            uid: text(account, "uid")?,
            audiences: audiences.collect(),
        })
    }

    /// HMAC-SHA256 (RFC 2104); the key is exactly one block long.
    fn sign(&self, text: &[u8]) -> [u8; 32] {
        let pad = |byte: u8| self.key.map(|k| k ^ byte);
        let inner = Sha256::new().chain_update(pad(0x36)).chain_update(text).finalize();
        Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_unexpired_tokens_count() {
        let tokens = Tokens::default();
        let later = jiff::Timestamp::now().as_second() + 60;
        let token = tokens.issue("kubeflow", "pipeline", "u", &[], later);
        let claims = tokens.read(&token).expect("its own");
        assert_eq!((claims.namespace.as_str(), claims.name.as_str()), ("kubeflow", "pipeline"));
        assert_eq!((claims.uid.as_str(), claims.audiences), ("u", vec![API_AUDIENCE.to_owned()]));
        assert_eq!(tokens.read(&token.replace('.', "x")), None);
        assert_eq!(Tokens::default().read(&token), None);
        assert_eq!(tokens.read(&tokens.issue("a", "b", "u", &[], later - 120)), None);
    }
}
