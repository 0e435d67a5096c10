//! Rules for single values: names, addresses, passwords, quantities. Each gives the reason why a value is refused.
//!
//! Rules between values (one platform for each cluster, unique e-mails) stand in `check`.

use std::collections::BTreeMap;

use crate::object::ObjectId;
use crate::object::schema::quantity::Quantity;

/// A rule that a schema names.
pub struct Rule {
    /// As schemas name it.
    pub name: &'static str,
    /// The heading of its findings.
    pub summary: &'static str,
    /// What it asks for, for the reference pages.
    pub documentation: &'static str,
    pub check: Check,
}

/// How a rule is asked. A reason never repeats the text itself: it may be a secret.
pub enum Check {
    /// A text; each value of a list or map of texts.
    Text(fn(&str) -> Result<(), String>),
    /// A map as a whole.
    Map(fn(&BTreeMap<String, String>) -> Result<(), String>),
}

impl std::fmt::Debug for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// By its name.
pub fn named(name: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.name == name)
}

const fn text(
    name: &'static str,
    summary: &'static str,
    documentation: &'static str,
    check: fn(&str) -> Result<(), String>,
) -> Rule {
    Rule { name, summary, documentation, check: Check::Text(check) }
}

/// All rules that schemas may name.
pub static RULES: [Rule; 19] = [
    text("label", "Invalid name", "1 to 63 of a-z, 0-9 and -, beginning and ending with a letter or digit", label),
    text("subdomain", "Invalid name", "labels of a-z, 0-9 and -, with dots between them", subdomain),
    text("installation_name", "Invalid installation name", "1 to 63 of a-z, 0-9 and -", label),
    text("cluster_name", "Invalid cluster name", "3 to 30 of a-z, 0-9 and -, beginning with a letter", cluster_name),
    text("not_empty", "Invalid value", "not empty", not_empty),
    text("address", "Invalid address", "an IP address or a range", address),
    text("email", "Invalid e-mail address", "an e-mail address", email),
    text("password", "Unsuitable password", "8 characters to 72 bytes, and none that is tried first", password),
    text("bcrypt_hash", "Invalid hash", "a bcrypt hash of cost 10 to 16", bcrypt_hash),
    text("quantity", "Invalid amount", "amounts such as 16, 500m or 64Gi", quantity),
    text("kubernetes_version", "Invalid version", "a version such as v1.31.8", kubernetes_version),
    text("registry", "Invalid registry", "registry.example.com/path, without https://", registry),
    text("image", "Invalid image", "an image reference", image),
    text("tls", "Invalid value", "self_signed, none, or the name of a Secret", subdomain_or_word),
    text("namespaced", "Invalid value", "namespace/name", namespaced),
    text("object", "Invalid value", "an object, as Kind.group {namespace}/{name}", object),
    text("namespace_object", "Invalid value", "a namespace, as Namespace {name}", namespace_object),
    text("named", "Invalid value", "a text that holds {name}", named_text),
    Rule {
        name: "tags",
        summary: "Invalid tags",
        documentation: "at most 50, keys of 1 to 128 characters, values of at most 256",
        check: Check::Map(tags),
    },
];

/// bcrypt reads 72 bytes; more would be cut off silently.
pub const PASSWORD_BYTES: usize = 72;
/// Shorter passwords fall to guessing; Dex itself sets no limit.
pub const PASSWORD_MINIMUM: usize = 8;
/// The costs Dex accepts (dex 2.36 to 2.45, `server/handlers.go`: checked at log-in, so a cheap hash fails late).
pub const BCRYPT_COSTS: std::ops::RangeInclusive<u32> = 10..=16;
/// Samsung Cloud Platform product guide.
pub const TAGS: usize = 50;
pub const TAG_KEY: usize = 128;
pub const TAG_VALUE: usize = 256;

/// Passwords that are public or guessed first.
const KNOWN_PASSWORDS: [&str; 9] =
    ["12341234", "password", "12345678", "123456789", "1234567890", "qwertyuiop", "kubeflow", "changeme", "admin123"];

/// An RFC 1123 label: what Kubernetes takes for namespaces.
pub fn label(text: &str) -> Result<(), String> {
    let valid = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    if text.is_empty() || text.len() > 63 {
        return Err("it must have 1 to 63 characters".into());
    }
    if !text.starts_with(valid) || !text.ends_with(valid) || !text.chars().all(|c| valid(c) || c == '-') {
        return Err("it may hold a-z, 0-9 and -, and must begin and end with a letter or digit".into());
    }
    Ok(())
}

/// An RFC 1123 subdomain: what Kubernetes takes for most other names.
pub fn subdomain(text: &str) -> Result<(), String> {
    if text.is_empty() || text.len() > 253 {
        return Err("it must have 1 to 253 characters".into());
    }
    text.split('.').try_for_each(|part| {
        label(part).map_err(|_| {
            "it may hold a-z, 0-9, - and ., and each part between dots must begin and end with a letter or digit"
                .to_owned()
        })
    })
}

/// A cluster's name by the product guide: 3 to 30 of `a-z0-9-`, starting with a letter.
pub fn cluster_name(text: &str) -> Result<(), String> {
    if !(3..=30).contains(&text.len()) {
        return Err("it must have 3 to 30 characters".into());
    }
    if !text.starts_with(|c: char| c.is_ascii_lowercase())
        || !text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
    {
        return Err("it may hold a-z, 0-9 and -, and must begin with a letter".into());
    }
    Ok(())
}

/// An e-mail address that Dex can match and that is safe in every place it goes to.
pub fn email(text: &str) -> Result<(), String> {
    let Some((local, domain)) = text.rsplit_once('@') else { return Err("it has no @".into()) };
    let plain = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    if local.is_empty() || local.len() > 64 || !local.chars().all(plain) {
        return Err("the part before the @ is empty, too long, or holds a character that is not allowed".into());
    }
    if local.starts_with('.') || local.ends_with('.') || local.contains("..") {
        return Err("a dot may not begin or end the part before the @, or follow another".into());
    }
    if domain.len() > 253 || subdomain(&domain.to_ascii_lowercase()).is_err() || !domain.contains('.') {
        return Err("the part after the @ is not a domain name".into());
    }
    Ok(())
}

/// A password for a person. Never repeats the password in its answer.
pub fn password(text: &str) -> Result<(), String> {
    if text.len() > PASSWORD_BYTES {
        return Err(format!("it has {} bytes; bcrypt takes at most {PASSWORD_BYTES}", text.len()));
    }
    if text.contains('\0') {
        return Err("it holds a NUL byte".into());
    }
    if text.chars().count() < PASSWORD_MINIMUM {
        return Err(format!("it has fewer than {PASSWORD_MINIMUM} characters"));
    }
    if KNOWN_PASSWORDS.contains(&text.to_lowercase().as_str()) {
        return Err("it is one of those that everybody tries first".into());
    }
    let first = text.chars().next();
    if text.chars().all(|c| Some(c) == first) {
        return Err("it repeats one character".into());
    }
    Ok(())
}

/// A bcrypt hash that Dex accepts: `$2a$`, `$2b$` or `$2y$`, cost 10 to 16.
pub fn bcrypt_hash(text: &str) -> Result<(), String> {
    let shape = || "it is not a bcrypt hash, which looks like $2y$12$ and 53 more characters".to_owned();
    let mut parts = text.split('$').skip(1);
    let (Some(version), Some(cost), Some(rest), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Err(shape());
    };
    let encoded = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '/';
    if !text.starts_with('$')
        || !["2a", "2b", "2y"].contains(&version)
        || rest.len() != 53
        || !rest.chars().all(encoded)
    {
        return Err(shape());
    }
    match cost.parse::<u32>() {
        Ok(cost) if BCRYPT_COSTS.contains(&cost) => Ok(()),
        Ok(cost) => Err(format!("its cost is {cost}; Dex accepts 10 to 16")),
        Err(_) => Err(shape()),
    }
}

/// Whether Dex takes the cost of a hash.
pub fn is_accepted_cost(hash: &str) -> bool {
    let cost = hash.split('$').nth(2).and_then(|cost| cost.parse::<u32>().ok());
    cost.is_some_and(|cost| BCRYPT_COSTS.contains(&cost))
}

/// Tags: their number and lengths.
pub fn tags(tags: &BTreeMap<String, String>) -> Result<(), String> {
    if tags.len() > TAGS {
        return Err(format!("{} tags are given; at most {TAGS} are allowed", tags.len()));
    }
    for (key, value) in tags {
        if key.is_empty() || key.chars().count() > TAG_KEY {
            return Err(format!(
                "the key \"{}…\" must have 1 to {TAG_KEY} characters",
                key.chars().take(20).collect::<String>()
            ));
        }
        if value.chars().count() > TAG_VALUE {
            return Err(format!("the value of \"{key}\" has more than {TAG_VALUE} characters"));
        }
    }
    Ok(())
}

/// An amount as Kubernetes writes it: `16`, `500m`, `64Gi`; not negative.
pub fn quantity(text: &str) -> Result<(), String> {
    match text.parse::<Quantity>() {
        Ok(_) if !text.starts_with('-') => Ok(()),
        Ok(_) => Err("it must not be negative".into()),
        Err(_) => Err("it is not an amount such as 16, 500m or 64Gi".into()),
    }
}

/// Something, whatever it is.
pub fn not_empty(text: &str) -> Result<(), String> {
    if text.is_empty() { Err("it is empty".into()) } else { Ok(()) }
}

/// An IP address or a range of them.
pub fn address(text: &str) -> Result<(), String> {
    let is_address = text.parse::<std::net::IpAddr>().is_ok() || text.parse::<ipnet::IpNet>().is_ok();
    if is_address { Ok(()) } else { Err("it is no IP address or range".into()) }
}

/// The prefix of a registry.
pub fn registry(text: &str) -> Result<(), String> {
    let valid = |c: char| c.is_ascii_alphanumeric() || ".-_:/[]".contains(c);
    if text.contains("://") {
        return Err("write it without https://".into());
    }
    if text.is_empty() || text.starts_with('/') || text.ends_with('/') || !text.chars().all(valid) {
        return Err("it must look like registry.example.com/path".into());
    }
    Ok(())
}

/// A reference to an image.
pub fn image(text: &str) -> Result<(), String> {
    if text.is_empty() || text.contains(char::is_whitespace) || text.contains("://") {
        return Err("it is no image reference such as registry/name:tag".into());
    }
    Ok(())
}

/// `self_signed`, `none`, or the name of a Secret.
fn subdomain_or_word(text: &str) -> Result<(), String> {
    if text == "self_signed" || text == "none" {
        return Ok(());
    }
    subdomain(text).map_err(|reason| {
        format!(
            "it is not \"self_signed\" or \"none\", and no name of a TLS Secret in namespace istio-system: {reason}"
        )
    })
}

/// An object. The braces of `{name}` and `{namespace}` are as good as letters here.
fn object(text: &str) -> Result<(), String> {
    let id = text.parse::<ObjectId>();
    id.map(|_| ()).map_err(|_| "it is no object, as \"Kind.group {namespace}/{name}\"".into())
}

fn namespace_object(text: &str) -> Result<(), String> {
    let is_namespace = text.parse::<ObjectId>().is_ok_and(|id| id.group_kind() == "Namespace");
    if is_namespace { Ok(()) } else { Err("it is no namespace, as \"Namespace {name}\"".into()) }
}

fn named_text(text: &str) -> Result<(), String> {
    if text.contains("{name}") { Ok(()) } else { Err("it must hold {name}".into()) }
}

/// A name with its namespace.
fn namespaced(text: &str) -> Result<(), String> {
    let is_one = |(namespace, name): &(&str, &str)| !namespace.is_empty() && !name.is_empty() && !name.contains('/');
    let parts = text.split_once('/').filter(is_one);
    parts.map(|_| ()).ok_or_else(|| "it must be given as namespace/name".into())
}

/// Whether a version of Kubernetes (`v1.31.8`, `1.31`) lies in a window of minor versions, each end of which may be
/// left out (empty). `None` where it is no version.
pub fn kubernetes_in_window(version: &str, oldest: &str, newest: &str) -> Option<bool> {
    let minor = |text: &str| {
        let mut parts = text.trim_start_matches('v').split('.').map(|part| part.parse::<u32>().ok());
        Some((parts.next()??, parts.next()??))
    };
    let version = minor(version)?;
    let above = minor(oldest).is_none_or(|oldest| version >= oldest);
    let below = minor(newest).is_none_or(|newest| version <= newest);
    Some(above && below)
}

/// A Kubernetes version such as `v1.31.8` or `1.31`.
pub fn kubernetes_version(text: &str) -> Result<(), String> {
    let parts: Vec<&str> = text.strip_prefix('v').unwrap_or(text).split('.').collect();
    if (2..=3).contains(&parts.len()) && parts.iter().all(|part| part.parse::<u32>().is_ok()) {
        Ok(())
    } else {
        Err("it is not a version such as v1.31.8".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rule: fn(&str) -> Result<(), String>, good: &[&str], bad: &[&str]) {
        for text in good {
            assert_eq!(rule(text), Ok(()), "{text}");
        }
        for text in bad {
            assert!(rule(text).is_err(), "{text}");
        }
    }

    #[test]
    fn names() {
        check(label, &["a", "a-1", "0", &"a".repeat(63)], &["", "-a", "a-", "A", "a.b", "ä", &"a".repeat(64)]);
        check(cluster_name, &["abc", "a-1", &"a".repeat(30)], &["ab", "1ab", "aBc", "a_b", &"a".repeat(31)]);
        check(subdomain, &["a", "a.b-c.d"], &["", "a..b", ".a", "a.", "a_b"]);
        check(kubernetes_version, &["v1.31.8", "1.31"], &["", "1", "v1.x", "1.2.3.4"]);
    }

    #[test]
    fn windows_compare_minor_versions() {
        for (version, expected) in [
            ("v1.29.0", Some(true)),
            ("1.32", Some(true)),
            ("v1.32.11+k3s1", Some(true)),
            ("v1.28.9", Some(false)),
            ("1.33.0", Some(false)),
            ("v2.30", Some(false)),
            ("latest", None),
        ] {
            assert_eq!(kubernetes_in_window(version, "1.29", "1.32"), expected, "{version}");
        }
        assert_eq!(kubernetes_in_window("1.5", "", ""), Some(true));
    }

    #[test]
    fn emails() {
        check(
            email,
            &["a@b.co", "first.last+tag@example.com", "a@x.y.z"],
            &[
                "",
                "a",
                "@b.co",
                "a@",
                "a@b",
                "a b@c.de",
                "a@b..co",
                ".a@b.co",
                "a..b@c.de",
                "a@b.co\n",
                "\"a\"@b.co",
                "ä@b.co",
            ],
        );
    }

    #[test]
    fn passwords_and_hashes() {
        let long = "x1".repeat(36);
        let too_long = "x1".repeat(37);
        check(
            password,
            &["correct horse", &long],
            &["", "short", "12341234", "Password", "aaaaaaaaaa", &too_long, "abc\0defgh"],
        );
        let body = "N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy";
        let hash = |head: &str| format!("{head}{body}");
        check(
            bcrypt_hash,
            &[&hash("$2a$10$"), &hash("$2b$12$"), &hash("$2y$16$")],
            &[
                "",
                "$2y$12$short",
                &hash("$2y$09$"),
                &hash("$2y$17$"),
                &hash("$1$12$"),
                &hash("2y$12$"),
                &format!("{}x", hash("$2y$12$")),
            ],
        );
    }

    #[test]
    fn amounts_and_tags() {
        check(quantity, &["1", "500m", "64Gi", "1.5"], &["", "-1", "64 Gi", "lots"]);
        let tag = |key: &str, value: &str| tags(&[(key.to_owned(), value.to_owned())].into());
        assert_eq!(tag("env", "prod"), Ok(()));
        assert!(tag("", "x").is_err());
        assert!(tag(&"k".repeat(129), "x").is_err());
        assert!(tag("k", &"v".repeat(257)).is_err());
        assert!(tags(&(0..51).map(|n| (n.to_string(), String::new())).collect()).is_err());
    }
}
