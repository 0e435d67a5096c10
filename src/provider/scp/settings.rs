//! Who we are at the cloud and where it is: from the arguments of the provider, else the environment of the cloud's own
//! tools, else their files; in that order, each setting for itself.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

use crate::provider::interval;
use crate::provider::regular;

/// How often to look at what is busy, as `100ms`; for tests.
const POLL: &str = "STACKWRIGHT_SCP_POLL";

/// What is needed to ask.
#[derive(Clone)]
pub struct Settings {
    pub region: String,
    /// Where endpoints are asked for: `https://iam.e.samsungsdscloud.com/v1`.
    pub auth_url: String,
    /// In place of every endpoint that would be looked up.
    pub endpoint_override: Option<String>,
    /// Empty where nobody gave it, as the cloud's own tools send it.
    pub account_id: String,
    pub access_key: String,
    pub secret_key: String,
    pub interval: Duration,
}

/// A secret is not shown.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("region", &self.region)
            .field("auth_url", &self.auth_url)
            .finish_non_exhaustive()
    }
}

/// Where a setting is looked for: its argument, its variable, its file and its name there.
struct Place {
    argument: &'static str,
    variable: &'static str,
    file: &'static str,
    key: &'static str,
}

const CONFIG: &str = "config.json";
const CREDENTIALS: &str = "credentials.json";

const fn place(argument: &'static str, variable: &'static str, file: &'static str, key: &'static str) -> Place {
    Place { argument, variable, file, key }
}

const REGION: Place = place("region", "SCP_TF_DEFAULT_REGION", CONFIG, "default-region");
const AUTH_URL: Place = place("auth_url", "SCP_TF_AUTH_URL", CONFIG, "auth-url");
const OVERRIDE: Place = place("endpoint_override", "SCP_TF_ENDPOINT_OVERRIDE", CONFIG, "endpoint-override");
const ACCOUNT: Place = place("account_id", "SCP_TF_ACCOUNT_ID", CONFIG, "account-id");
const ACCESS_KEY: Place = place("access_key", "SCP_TF_ACCESS_KEY", CREDENTIALS, "access-key");
const SECRET_KEY: Place = place("secret_key", "SCP_TF_SECRET_KEY", CREDENTIALS, "secret-key");

/// A variable of the environment.
type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

impl Settings {
    /// # Errors
    /// All that is missing, with the places that were looked at; a file that cannot be read; an address that is none.
    pub fn find(
        arguments: &BTreeMap<String, Value>,
        environment: Environment<'_>,
        home: Option<PathBuf>,
    ) -> Result<Self, String> {
        let folder = home.map(|home| home.join(".scpconf"));
        let files =
            Files { config: read(folder.as_deref(), CONFIG)?, credentials: read(folder.as_deref(), CREDENTIALS)? };
        let find = |place: &Place| {
            let given = arguments.get(place.argument).and_then(Value::as_str).map(str::to_owned);
            let found = given.or_else(|| environment(place.variable)).or_else(|| files.text(place));
            found.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
        };
        let mut missing = Vec::new();
        let mut need = |place: &Place| {
            find(place).unwrap_or_else(|| {
                missing.push(format!(
                    "{} is not given: neither as an argument, nor as {} in the environment, nor as \"{}\" in \
                     ~/.scpconf/{}",
                    place.argument, place.variable, place.key, place.file
                ));
                String::new()
            })
        };
        let (access_key, secret_key) = (need(&ACCESS_KEY), need(&SECRET_KEY));
        let (region, auth_url) = (need(&REGION), need(&AUTH_URL));
        if !missing.is_empty() {
            return Err(missing.join("\n"));
        }
        let address = |place: &Place, text: String| {
            let text = text.trim_end_matches('/').to_owned();
            check_address(&text).map(|()| text).map_err(|reason| format!("{} {reason}", place.argument))
        };
        let interval = interval::of(POLL, environment(POLL))?;
        Ok(Self {
            region,
            auth_url: address(&AUTH_URL, auth_url)?,
            endpoint_override: find(&OVERRIDE).map(|text| address(&OVERRIDE, text)).transpose()?,
            account_id: find(&ACCOUNT).unwrap_or_default(),
            access_key,
            secret_key,
            interval,
        })
    }
}

/// Credentials and kubeconfigs come this way: in clear only to this machine itself.
///
/// # Errors
/// Why an address cannot be used.
pub fn check_address(text: &str) -> Result<(), String> {
    let uri: http::Uri = text.parse().map_err(|_| "is no address, as https://HOST".to_owned())?;
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    let is_local = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    match uri.scheme_str() {
        Some("https") if !host.is_empty() => Ok(()),
        Some("http") if is_local => Ok(()),
        Some("http") => Err("must begin with https://: what goes there is not for others to read".into()),
        _ => Err("is no address, as https://HOST".into()),
    }
}

/// The files of the cloud's own tools, as far as they are there.
struct Files {
    config: Option<Value>,
    credentials: Option<Value>,
}

impl Files {
    fn text(&self, place: &Place) -> Option<String> {
        let file = if place.file == CONFIG { &self.config } else { &self.credentials };
        file.as_ref()?.get(place.key)?.as_str().map(str::to_owned)
    }
}

fn read(folder: Option<&Path>, name: &str) -> Result<Option<Value>, String> {
    let Some(path) = folder.map(|folder| folder.join(name)) else { return Ok(None) };
    let text = match regular::read_text(&path, regular::LONGEST_CREDENTIAL) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("{} cannot be read: {error}", path.display())),
    };
    // The error tells line and column only: the text may be a secret.
    let wrong = |error: serde_json::Error| {
        format!("{} is no JSON (line {}, column {})", path.display(), error.line(), error.column())
    };
    serde_json::from_str(&text).map(Some).map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn find(arguments: &[(&str, &str)], environment: &[(&str, &str)], home: Option<&Path>) -> Result<Settings, String> {
        let arguments = arguments.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
        let environment =
            |name: &str| environment.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        Settings::find(&arguments, &environment, home.map(Path::to_owned))
    }

    #[test]
    fn arguments_come_before_the_environment_and_that_before_files() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join(".scpconf");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(
            folder.join("config.json"),
            r#"{"auth-url": "https://iam.e.example.com/v1/", "default-region": "file"}"#,
        )
        .unwrap();
        std::fs::write(folder.join("credentials.json"), r#"{"access-key": "file", "secret-key": "canary"}"#).unwrap();
        let environment = [("SCP_TF_DEFAULT_REGION", "env"), ("SCP_TF_ACCESS_KEY", "env"), (POLL, "100ms")];
        let settings = find(&[("access_key", "argument")], &environment, Some(home.path())).unwrap();
        assert_eq!((settings.region.as_str(), settings.access_key.as_str()), ("env", "argument"));
        assert_eq!(
            (settings.auth_url.as_str(), settings.secret_key.as_str()),
            ("https://iam.e.example.com/v1", "canary")
        );
        assert_eq!((settings.interval, settings.endpoint_override.as_deref()), (Duration::from_millis(100), None));
        assert!(!format!("{settings:?}").contains("canary"));
        std::fs::write(folder.join("credentials.json"), "{\"secret-key\": canary}").unwrap();
        let error = find(&[], &environment, Some(home.path())).unwrap_err();
        assert!(error.ends_with("credentials.json is no JSON (line 1, column 16)"), "{error}");
    }

    #[test]
    fn what_is_missing_names_the_places_that_were_looked_at() {
        let error = find(&[], &[("SCP_TF_ACCESS_KEY", " ")], None).unwrap_err();
        let lines: Vec<&str> = error.lines().collect();
        assert_eq!(lines.len(), 4, "{error}");
        assert_eq!(
            lines[1],
            "secret_key is not given: neither as an argument, nor as SCP_TF_SECRET_KEY in the environment, nor as \
             \"secret-key\" in ~/.scpconf/credentials.json"
        );
    }

    #[test]
    fn addresses_are_checked() {
        for (address, expected) in [
            ("https://iam.e.example.com/v1", Ok(())),
            ("http://127.0.0.1:8080/iam/v1", Ok(())),
            ("http://[::1]:8080", Ok(())),
            ("http://iam.example.com", Err("must begin with https://: what goes there is not for others to read")),
            ("iam.example.com", Err("is no address, as https://HOST")),
            ("ftp://iam.example.com", Err("is no address, as https://HOST")),
        ] {
            assert_eq!(check_address(address), expected.map_err(str::to_owned), "{address}");
        }
        let given = [("region", "r"), ("auth_url", "https://a"), ("access_key", "a"), ("secret_key", "s")];
        let error = find(&given, &[(POLL, "soon")], None).unwrap_err();
        assert_eq!(error, "\"soon\" of STACKWRIGHT_SCP_POLL is no time, as 100ms or 10s");
    }
}
