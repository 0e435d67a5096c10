//! Rules for single values: names, addresses, passwords, quantities. Each gives the reason why a value is refused.
//!
//! Rules between values (one platform for each cluster, unique e-mails) stand in `check`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::LazyLock;

use regex::Regex;
use regex::RegexBuilder;

use super::schema;
use crate::object::ObjectId;
use crate::object::schema::quantity::Quantity;

/// A rule that a schema names or says itself.
pub struct Rule {
    /// As schemas name it; empty for one that they say.
    pub name: String,
    /// The heading of its findings.
    pub summary: String,
    /// What it asks for, for the reference pages.
    pub documentation: String,
    /// Texts that keep it, for suggestions where one does not.
    pub known: Vec<String>,
    pub check: Check,
}

/// How a rule is asked. A reason never repeats the text itself: it may be a secret.
pub enum Check {
    /// A text; each value of a list or map of texts.
    Text(fn(&str) -> Result<(), String>),
    /// The same, of what patterns can say. The first that is not kept tells the reason.
    Patterns(Vec<Pattern>),
    /// A map as a whole.
    Map(fn(&BTreeMap<String, String>) -> Result<(), String>),
}

/// A regular expression that a text must keep.
pub struct Pattern {
    expression: Regex,
    /// Whether it must be found nowhere in the text; else it must be all of it.
    is_refused: bool,
    /// What is wrong, as a person reads it.
    reason: String,
}

impl Pattern {
    /// A text must be of this form.
    ///
    /// # Errors
    /// Why it is no regular expression.
    pub fn must(expression: &str, reason: &str) -> Result<Self, String> {
        Self::new(&format!("^(?:{expression})$"), false, reason)
    }

    /// A text may hold nothing of this form.
    ///
    /// # Errors
    /// Why it is no regular expression.
    pub fn must_not(expression: &str, reason: &str) -> Result<Self, String> {
        Self::new(expression, true, reason)
    }

    fn new(expression: &str, is_refused: bool, reason: &str) -> Result<Self, String> {
        let expression = RegexBuilder::new(expression).dot_matches_new_line(true).build();
        let expression = expression.map_err(|error| error.to_string())?;
        Ok(Self { expression, is_refused, reason: reason.to_owned() })
    }
}

impl Rule {
    /// Whether a text keeps it. A rule for maps asks nothing of texts.
    ///
    /// # Errors
    /// The reason why not.
    pub fn text(&self, text: &str) -> Result<(), String> {
        match &self.check {
            Check::Text(check) => check(text),
            Check::Patterns(patterns) => {
                let broken = patterns.iter().find(|pattern| pattern.expression.is_match(text) == pattern.is_refused);
                broken.map_or(Ok(()), |pattern| Err(pattern.reason.clone()))
            }
            Check::Map(_) => Ok(()),
        }
    }
}

impl std::fmt::Debug for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)
    }
}

/// By its name.
pub fn named(name: &str) -> Option<Arc<Rule>> {
    RULES.iter().find(|rule| rule.name == name).cloned()
}

/// All rules that schemas may name: what patterns can say is data, the rest is code.
static RULES: LazyLock<Vec<Arc<Rule>>> = LazyLock::new(|| {
    let coded = CODED.map(|(name, summary, documentation, check)| Rule {
        name: name.into(),
        summary: summary.into(),
        documentation: documentation.into(),
        known: Vec::new(),
        check,
    });
    coded.into_iter().chain(schema::rules(PATTERNS).0).map(Arc::new).collect()
});

/// Name and text of the file of those that patterns can say.
const PATTERNS: (&str, &str) = ("rules.hcl", include_str!("schema/rules.hcl"));

/// Name, heading of findings, what it asks for, and how it is asked.
const CODED: [(&str, &str, &str, Check); 9] = [
    ("address", "Invalid address", "an IP address or a range", Check::Text(address)),
    ("email", "Invalid e-mail address", "an e-mail address", Check::Text(email)),
    (
        "password",
        "Unsuitable password",
        "8 characters to 72 bytes, and none that is tried first",
        Check::Text(password),
    ),
    ("bcrypt_hash", "Invalid hash", "a bcrypt hash of cost 10 to 16", Check::Text(bcrypt_hash)),
    ("quantity", "Invalid amount", "amounts such as 16, 500m or 64Gi", Check::Text(quantity)),
    ("tls", "Invalid value", "self_signed, none, or the name of a Secret", Check::Text(subdomain_or_word)),
    ("object", "Invalid value", "an object, as Kind.group {namespace}/{name}", Check::Text(object)),
    ("namespace_object", "Invalid value", "a namespace, as Namespace {name}", Check::Text(namespace_object)),
    ("tags", "Invalid tags", "at most 50, keys of 1 to 128 characters, values of at most 256", Check::Map(tags)),
];

/// Whether a text keeps a rule that patterns say.
fn keeps(name: &str, text: &str) -> Result<(), String> {
    named(name).map_or(Ok(()), |rule| rule.text(text))
}

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
    if domain.len() > 253 || keeps("subdomain", &domain.to_ascii_lowercase()).is_err() || !domain.contains('.') {
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
    match bcrypt_cost(text) {
        Some(cost) if BCRYPT_COSTS.contains(&cost) => Ok(()),
        Some(cost) => Err(format!("its cost is {cost}; Dex accepts 10 to 16")),
        None => Err("it is not a bcrypt hash, which looks like $2y$12$ and 53 more characters".into()),
    }
}

/// The cost of a bcrypt hash, whether Dex takes it or not; `None` for any other text.
pub fn bcrypt_cost(text: &str) -> Option<u32> {
    let mut parts = text.strip_prefix('$')?.split('$');
    let (Some("2a" | "2b" | "2y"), Some(cost), Some(rest), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    let encoded = |c: u8| c.is_ascii_alphanumeric() || c == b'.' || c == b'/';
    let is_whole = cost.len() == 2 && rest.len() == 53 && rest.bytes().all(encoded);
    is_whole.then(|| cost.parse().ok())?
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

/// An IP address or a range of them.
pub fn address(text: &str) -> Result<(), String> {
    let is_address = text.parse::<std::net::IpAddr>().is_ok() || text.parse::<ipnet::IpNet>().is_ok();
    if is_address { Ok(()) } else { Err("it is no IP address or range".into()) }
}

/// `self_signed`, `none`, or the name of a Secret.
fn subdomain_or_word(text: &str) -> Result<(), String> {
    if text == "self_signed" || text == "none" {
        return Ok(());
    }
    keeps("subdomain", text).map_err(|reason| {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rule: &str, good: &[&str], bad: &[&str]) {
        let rule = named(rule).expect("a rule");
        for text in good {
            assert_eq!(rule.text(text), Ok(()), "{text}");
        }
        for text in bad {
            assert!(rule.text(text).is_err(), "{text}");
        }
    }

    #[test]
    fn patterns_are_sound_and_findings_have_codes() {
        let (read, diagnostics) = schema::rules(PATTERNS);
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        assert!(read.len() + CODED.len() == RULES.len() && !read.is_empty());
        for rule in RULES.iter() {
            let finding = crate::diag::Diagnostic::error(&rule.summary, "");
            assert_ne!(finding.code, crate::diag::codes::UNLISTED, "{}", rule.name);
            assert!(!rule.documentation.is_empty(), "{}", rule.name);
        }
    }

    #[test]
    fn the_first_broken_pattern_tells_the_reason() {
        let rule = named("registry").expect("a rule");
        assert_eq!(rule.text("https://a.b"), Err("write it without https://".into()));
        assert_eq!(rule.text("a b"), Err("it must look like registry.example.com/path".into()));
        assert!(Pattern::must("(", "no").is_err());
    }

    #[test]
    fn names() {
        let long = "a".repeat(64);
        check("label", &["a", "a-1", "0", &long[1..]], &["", "-a", "a-", "A", "a.b", "ä", "a\n", &long]);
        check("installation_name", &["prod"], &["", "Prod"]);
        check("cluster_name", &["abc", "a-1", &long[..30]], &["ab", "1ab", "aBc", "a_b", "abc\n", &long[..31]]);
        let longest = [&long[1..]; 4].join(".");
        check("subdomain", &["a", "a.b-c.d", &longest[2..]], &["", "a..b", ".a", "a.", "a_b", &longest, &long]);
        check("kubernetes_version", &["v1.31.8", "1.31"], &["", "1", "v1.x", "1.2.3.4", "v1.99999999999"]);
        check("not_empty", &["a", "\n"], &[""]);
        check("namespaced", &["a/b"], &["", "a", "/b", "a/", "a/b/c"]);
        check("named", &["{name}", "x-{name}\n"], &["", "name"]);
    }

    #[test]
    fn images_and_registries() {
        let port = "registry.example.com:5000/a";
        check("registry", &["a", port, "[::1]:5000/a"], &["", "/a", "a/", "a b", "https://a.b", "ä.b"]);
        check("image", &[port, "a:b@sha256:c"], &["", "a b", "a\n", "docker://a"]);
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
            "email",
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
            "password",
            &["correct horse", &long],
            &["", "short", "12341234", "Password", "aaaaaaaaaa", &too_long, "abc\0defgh"],
        );
        let body = "N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy";
        let hash = |head: &str| format!("{head}{body}");
        check(
            "bcrypt_hash",
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
        check("quantity", &["1", "500m", "64Gi", "1.5"], &["", "-1", "64 Gi", "lots"]);
        let tag = |key: &str, value: &str| tags(&[(key.to_owned(), value.to_owned())].into());
        assert_eq!(tag("env", "prod"), Ok(()));
        assert!(tag("", "x").is_err());
        assert!(tag(&"k".repeat(129), "x").is_err());
        assert!(tag("k", &"v".repeat(257)).is_err());
        assert!(tags(&(0..51).map(|n| (n.to_string(), String::new())).collect()).is_err());
    }
}
