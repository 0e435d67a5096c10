//! The client certificate that is shown to a server, where there is one.
//!
//! Certificates of X.509 version 1 too: guides that sign with bare `openssl x509 -req` make them, and servers take them.

use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::RwLock;

use rustls::InconsistentKeys;
use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use rustls::sign::CertifiedKey;

/// What connections show from now on; clones share it, and it may change while they live.
#[derive(Clone, Debug, Default)]
pub(super) struct Identity(Arc<RwLock<Option<Arc<CertifiedKey>>>>);

impl Identity {
    pub fn set(&self, certified: Option<Arc<CertifiedKey>>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = certified;
    }

    fn get(&self) -> Option<Arc<CertifiedKey>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ResolvesClientCert for Identity {
    fn resolve(&self, _known_authorities: &[&[u8]], _schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.get()
    }

    fn has_certs(&self) -> bool {
        self.get().is_some()
    }
}

/// A chain of certificates and the key of its first, both in PEM.
///
/// # Errors
/// What is wrong with them, without their text.
pub(super) fn certified(chain: &[u8], key: &[u8]) -> Result<Arc<CertifiedKey>, String> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(chain).collect();
    let chain = chain.map_err(|_| "its client certificate is not PEM".to_owned())?;
    if chain.is_empty() {
        return Err("its client certificate holds no certificate".into());
    }
    let key = PrivateKeyDer::from_pem_slice(key)
        .map_err(|_| "its client key is no private key in PEM, or it is encrypted".to_owned())?;
    let key = any_supported_type(&key).map_err(|_| "its client key is of a kind that is not supported".to_owned())?;
    let certified = CertifiedKey::new(chain, key);
    // A certificate that the library cannot look into is the server's to judge.
    if let Err(rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch)) = certified.keys_match() {
        return Err("its client key does not belong to its client certificate".into());
    }
    Ok(Arc::new(certified))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_told_from_what_is_none() {
        let signed = |name: &str| rcgen::generate_simple_self_signed(vec![name.to_owned()]).unwrap();
        let (one, other) = (signed("one"), signed("other"));
        let (chain, key) = (one.cert.pem(), one.signing_key.serialize_pem());
        let check = |chain: &str, key: &str, expected: Option<&str>| {
            let found = certified(chain.as_bytes(), key.as_bytes()).map(|_| ());
            assert_eq!(found.err().as_deref(), expected);
        };
        check(&chain, &key, None);
        check(
            &format!("{chain}{key}"),
            &format!("-----BEGIN EC PARAMETERS-----\nAAAA\n-----END EC PARAMETERS-----\n{key}"),
            None,
        );
        check(
            &chain,
            &other.signing_key.serialize_pem(),
            Some("its client key does not belong to its client certificate"),
        );
        check(&key, &key, Some("its client certificate holds no certificate"));
        check(&chain, &chain, Some("its client key is no private key in PEM, or it is encrypted"));
        // Of X.509 version 1, as bare `openssl x509 -req` signs.
        let pair = include_str!("certificate_v1.pem");
        check(pair, pair, None);
    }
}
