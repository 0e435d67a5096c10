//! As whom a cluster is entered: password, token, a file with a token, or a program that gives one.

use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderValue;
use kube::config::AuthInfo;
use kube::config::AuthProviderConfig;
use secrecy::ExposeSecret;
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::identity;
use super::identity::Identity;
use super::kubeconfig;
use super::kubeconfig::Chosen;
use super::plugin::Plugin;
use crate::provider::regular;

/// Why we cannot say who we are; holds no credential.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct CredentialError(pub String);

/// A token's file is read again after this: half of the time between renewal and expiry of a pod's token.
const READ_EVERY: Duration = Duration::from_secs(60);

/// What is sent with every request.
#[derive(Debug)]
pub(super) enum Credentials {
    None,
    Fixed(HeaderValue),
    File(TokenFile),
    Plugin(Box<Plugin>),
}

impl Credentials {
    /// What a kubeconfig says, in kubectl's order: where it says two things, which one counts.
    /// `address` is user and password of the server's address, which count last.
    pub fn of(
        chosen: &Chosen,
        address: Option<(String, String)>,
        identity: &Identity,
    ) -> Result<Self, CredentialError> {
        let (said, user) = (&chosen.credentials, chosen.user.as_str());
        let wrong = |reason: &str| CredentialError(format!("user \"{user}\": {reason}"));
        let shows_certificate = set_certificate(said, identity).map_err(|reason| wrong(&reason))?;
        let token = said.token.as_ref().map(|token| token.expose_secret()).filter(|token| !token.is_empty());
        let file = said.token_file.as_deref().filter(|file| !file.is_empty());
        let name = said.username.as_deref().unwrap_or_default();
        let password = said.password.as_ref().map(|password| password.expose_secret()).unwrap_or_default();
        let basic = !name.is_empty() || !password.is_empty();
        if basic && (token.is_some() || file.is_some()) {
            return Err(wrong("it has a password and a token, and only one of them is allowed"));
        }
        if said.exec.is_some() && said.auth_provider.is_some() {
            return Err(wrong("it has an exec plugin and an auth-provider, and only one of them is allowed"));
        }
        if basic {
            return basic_header(name, password).map(Self::Fixed).map_err(|reason| wrong(&reason));
        }
        let token = token.map(bearer).transpose().map_err(|reason| wrong(&format!("its token {reason}")))?;
        if let Some(file) = file {
            return TokenFile::open(Path::new(file), token).map(Self::File).map_err(|reason| wrong(&reason));
        }
        if let Some(token) = token {
            return Ok(Self::Fixed(token));
        }
        if let Some(provider) = &said.auth_provider {
            return provided(provider).map(Self::Fixed).map_err(|reason| wrong(&reason));
        }
        match (&said.exec, address) {
            // A certificate says who we are; kubectl does not ask a program then.
            (Some(exec), _) if !shows_certificate => {
                let plugin = Plugin::new(user, exec, &chosen.cluster, identity.clone());
                plugin.map(|plugin| Self::Plugin(Box::new(plugin))).map_err(|reason| wrong(&reason))
            }
            (None, Some((name, password))) => {
                basic_header(&name, &password).map(Self::Fixed).map_err(|reason| wrong(&reason))
            }
            _ => Ok(Self::None),
        }
    }

    /// The account of the pod we are in.
    pub fn of_pod(token_file: Option<&str>) -> Result<Self, CredentialError> {
        match token_file {
            Some(file) => TokenFile::open(Path::new(file), None).map(Self::File).map_err(CredentialError),
            None => Ok(Self::None),
        }
    }

    /// Whether something secret is sent that a listener could use.
    pub fn are_sent(&self) -> bool {
        !matches!(self, Self::None)
    }

    /// The `Authorization` of the next request.
    pub async fn header(&self) -> Result<Option<HeaderValue>, CredentialError> {
        match self {
            Self::None => Ok(None),
            Self::Fixed(header) => Ok(Some(header.clone())),
            Self::File(file) => file.header().await.map(Some),
            Self::Plugin(plugin) => plugin.header().await,
        }
    }

    /// The server did not accept what was sent: what can be renewed is, before the next request.
    pub async fn refused(&self, sent: Option<&HeaderValue>) {
        if let Self::Plugin(plugin) = self {
            plugin.refused(sent).await;
        }
    }
}

/// A token in a file that somebody keeps up to date.
#[derive(Debug)]
pub(super) struct TokenFile {
    path: PathBuf,
    /// As it was read last, or the one beside it in the kubeconfig, which counts while the file cannot be read.
    last: Mutex<(HeaderValue, Instant)>,
}

impl TokenFile {
    fn open(path: &Path, beside: Option<HeaderValue>) -> Result<Self, String> {
        let token = match (read_token(path), beside) {
            (Ok(token), _) | (Err(_), Some(token)) => token,
            (Err(reason), None) => return Err(reason),
        };
        Ok(Self { path: path.to_owned(), last: Mutex::new((token, Instant::now())) })
    }

    async fn header(&self) -> Result<HeaderValue, CredentialError> {
        let mut last = self.last.lock().await;
        if last.1.elapsed() >= READ_EVERY {
            let path = self.path.clone();
            // One that is gone or half written leaves the last one in use.
            if let Ok(Ok(token)) = tokio::task::spawn_blocking(move || read_token(&path)).await {
                last.0 = token;
            }
            last.1 = Instant::now();
        }
        Ok(last.0.clone())
    }
}

fn read_token(path: &Path) -> Result<HeaderValue, String> {
    let file = path.display();
    let text = regular::read_text(path, regular::LONGEST_CREDENTIAL)
        .map_err(|error| format!("its tokenFile {file} cannot be read: {error}"))?;
    match text.trim() {
        "" => Err(format!("its tokenFile {file} is empty")),
        token => bearer(token).map_err(|reason| format!("the token in {file} {reason}")),
    }
}

/// The header of a token.
///
/// # Errors
/// The end of a sentence that begins with the token.
pub(super) fn bearer(token: &str) -> Result<HeaderValue, String> {
    sensitive(format!("Bearer {token}")).ok_or_else(|| {
        "holds a line break or another character that no header can carry; write it in one line, without `|`".into()
    })
}

fn basic_header(name: &str, password: &str) -> Result<HeaderValue, String> {
    let encoded = STANDARD.encode(format!("{name}:{password}"));
    sensitive(format!("Basic {encoded}")).ok_or_else(|| "its password cannot be sent".into())
}

fn sensitive(text: String) -> Option<HeaderValue> {
    let mut value = HeaderValue::try_from(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// Takes the client certificate over; whether there is one.
fn set_certificate(said: &AuthInfo, identity: &Identity) -> Result<bool, String> {
    let key = said.client_key_data.as_ref().map(|key| key.expose_secret());
    let chain = kubeconfig::inline_or_file(
        "client-certificate",
        said.client_certificate_data.as_deref(),
        said.client_certificate.as_deref(),
    )?;
    let key = kubeconfig::inline_or_file("client-key", key, said.client_key.as_deref())?;
    match (chain, key) {
        (None, None) => Ok(false),
        (Some(chain), Some(key)) => {
            identity.set(Some(identity::certified(&chain, &key)?));
            Ok(true)
        }
        (Some(_), None) => Err("it has a client-certificate and no client-key".into()),
        (None, Some(_)) => Err("it has a client-key and no client-certificate".into()),
    }
}

/// The token of an `auth-provider`. Clients have none since Kubernetes 1.26 but for OpenID Connect, whose token is used
/// while it lasts.
fn provided(provider: &AuthProviderConfig) -> Result<HeaderValue, String> {
    let remedy = match provider.name.as_str() {
        "gcp" => "install gke-gcloud-auth-plugin and run `gcloud container clusters get-credentials NAME`",
        "azure" => "install kubelogin and run `kubelogin convert-kubeconfig`",
        "oidc" => {
            let token = provider.config.get("id-token").filter(|token| !token.is_empty());
            if let Some(token) = token.filter(|token| !has_expired(token)) {
                return bearer(token).map_err(|reason| format!("its id-token {reason}"));
            }
            return Err(
                "its auth-provider \"oidc\" holds no id-token that is still valid, and only `kubectl` renews it: \
                        run `kubectl version` once, or use an exec plugin such as kubelogin (kubectl oidc-login)"
                    .into(),
            );
        }
        _ => "let an exec plugin take its place",
    };
    Err(format!(
        "its auth-provider \"{}\" is gone: clients of Kubernetes have none since 1.26; {remedy}",
        provider.name.chars().filter(|c| !c.is_control()).take(40).collect::<String>()
    ))
}

/// Whether a JSON Web Token says that its time is over. One that cannot be read is the server's to judge.
fn has_expired(token: &str) -> bool {
    let payload = token.split('.').nth(1).and_then(|part| URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).ok());
    let payload: Option<Value> = payload.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let expires = payload.and_then(|payload| payload.get("exp")?.as_i64());
    expires.is_some_and(|expires| expires <= jiff::Timestamp::now().as_second())
}
