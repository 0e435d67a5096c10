//! Real certificates for what the players issue: key pairs, self-signed or signed by an authority.

use std::sync::OnceLock;

use rcgen::BasicConstraints;
use rcgen::CertificateParams;
use rcgen::DnType;
use rcgen::ExtendedKeyUsagePurpose;
use rcgen::IsCa;
use rcgen::Issuer;
use rcgen::KeyPair;
use rcgen::KeyUsagePurpose;

use super::error::PlayerError;

/// What a certificate is for.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    pub common_name: String,
    /// DNS names and addresses.
    pub names: Vec<String>,
    pub is_authority: bool,
    pub days: i64,
}

/// A certificate with its key, as PEM texts. Never printed.
pub(super) struct Issued {
    pub certificate: String,
    pub key: String,
    /// The certificate that vouches for it: its own when it is self-signed.
    pub authority: String,
}

/// An authority to sign with.
pub(super) struct Authority<'a> {
    pub common_name: &'a str,
    pub certificate: &'a str,
    pub key: &'a str,
}

/// Makes a certificate, signed by `authority` or by itself.
pub(super) fn issue(wanted: &Wanted, authority: Option<&Authority<'_>>) -> Result<Issued, PlayerError> {
    issue_inner(wanted, authority)
        .map_err(|source| PlayerError::Certificate { subject: wanted.common_name.clone(), source })
}

/// The authority of the cluster itself, made once a process; its certificate as PEM.
pub(super) fn of_cluster() -> Result<String, PlayerError> {
    static CLUSTER: OnceLock<String> = OnceLock::new();
    if let Some(known) = CLUSTER.get() {
        return Ok(known.clone());
    }
    let wanted = Wanted { common_name: "kubernetes".into(), is_authority: true, days: 3650, ..Wanted::default() };
    let made = issue(&wanted, None)?.certificate;
    Ok(CLUSTER.get_or_init(|| made).clone())
}

fn issue_inner(wanted: &Wanted, authority: Option<&Authority<'_>>) -> Result<Issued, rcgen::Error> {
    let mut params = CertificateParams::new(wanted.names.clone())?;
    params.distinguished_name = rcgen::DistinguishedName::new();
    if !wanted.common_name.is_empty() {
        params.distinguished_name.push(DnType::CommonName, &wanted.common_name);
    }
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let until = today.saturating_add(jiff::Span::new().days(wanted.days.clamp(1, 36_500)));
    let day = |date: jiff::civil::Date| {
        rcgen::date_time_ymd(i32::from(date.year()), date.month().unsigned_abs(), date.day().unsigned_abs())
    };
    params.not_before = day(today);
    params.not_after = day(until);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
    if wanted.is_authority {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages.push(KeyUsagePurpose::KeyCertSign);
    }
    let key = KeyPair::generate()?;
    let (certificate, authority) = match authority {
        None => {
            let certificate = params.self_signed(&key)?.pem();
            (certificate.clone(), certificate)
        }
        Some(authority) => {
            let mut signer = CertificateParams::default();
            signer.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            signer.distinguished_name = rcgen::DistinguishedName::new();
            signer.distinguished_name.push(DnType::CommonName, authority.common_name);
            let issuer = Issuer::new(signer, KeyPair::from_pem(authority.key)?);
            (params.signed_by(&key, &issuer)?.pem(), authority.certificate.to_owned())
        }
    };
    Ok(Issued { certificate, key: key.serialize_pem(), authority })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chains() {
        let wanted = Wanted { common_name: "ca".into(), is_authority: true, days: 10, ..Wanted::default() };
        let root = issue(&wanted, None).expect("a certificate");
        assert_eq!(root.certificate, root.authority);
        let authority = Authority { common_name: "ca", certificate: &root.certificate, key: &root.key };
        let wanted = Wanted { names: vec!["a.b.svc".into(), "127.0.0.1".into()], days: 1, ..Wanted::default() };
        let leaf = issue(&wanted, Some(&authority)).expect("a certificate");
        assert_eq!(leaf.authority, root.certificate);
        assert_ne!(leaf.certificate, root.certificate);
        assert!(leaf.key.starts_with("-----BEGIN PRIVATE KEY-----"));
    }
}
