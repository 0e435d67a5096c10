//! Bundles of certificates that servers are checked by, as webhook configurations, CRDs and APIServices carry them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A certificate in a text begins so (RFC 7468). Comments may stand before it.
const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// Whether a `caBundle` holds a certificate. Manifests ship `""`, `Cg==` (a line break) and other dummies for somebody to
/// fill in.
pub fn holds_certificate(bundle: &str) -> bool {
    STANDARD.decode(bundle.trim()).is_ok_and(|bytes| bytes.windows(BEGIN.len()).any(|window| window == BEGIN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dummies_are_no_certificates() {
        let certificate = "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n";
        for (text, expected) in [
            (STANDARD.encode(certificate), true),
            (format!(" {}\n", STANDARD.encode(certificate)), true),
            (STANDARD.encode(format!("# our own\n{certificate}")), true),
            (STANDARD.encode("-----BEGIN CERTIFICATE REQUEST-----"), false),
            (STANDARD.encode("\n"), false),
            (String::new(), false),
            ("no base64".to_owned(), false),
        ] {
            assert_eq!(holds_certificate(&text), expected, "{text}");
        }
    }
}
