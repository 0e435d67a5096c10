//! Logging in for real: Dex runs as the platform configures it, on the server's own storage with the rights of its
//! ServiceAccount, and is talked to as a browser and OAuth2 Proxy do.

use std::time::Duration;
use std::time::Instant;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use sha2::Digest;
use sha2::Sha256;

use super::mini;
use crate::control_plane::ControlPlane;
use crate::control_plane::Running;
use crate::control_plane::Setup;
use crate::control_plane::loopback;
use crate::control_plane::loopback::Answer;
use crate::onboarding::BOB;
use crate::onboarding::bob_is_added;

const ADMIN: (&str, &str) = ("admin@example.com", "correct horse battery");
const BOBS: (&str, &str) = ("bob@example.com", "a long enough passphrase");

#[test]
#[ignore = "needs a control plane: tests/run builds one"]
fn people_log_in_and_out_of_the_platform() {
    let cluster = ControlPlane::start_with(Setup { nodes: 3, dex: true, ..Setup::default() });
    let directory = mini(&cluster);
    directory.succeed(&["apply", "--auto-approve"]);
    let first = dex(&cluster);

    let admin = log_in(&cluster, ADMIN).expect("the administrator logs in");
    assert_eq!(log_in(&cluster, ("ADMIN@example.com", ADMIN.1)).expect("spelt otherwise"), admin);
    assert_eq!(log_in(&cluster, (ADMIN.0, "correct horse batterx")), Err(Refusal::Password));
    assert_eq!(log_in(&cluster, BOBS), Err(Refusal::Password), "before he is added");

    bob_is_added(&directory);
    let second = dex(&cluster);
    assert_ne!(second, first, "a new life");
    let bob = log_in(&cluster, BOBS).expect("he logs in");
    assert_eq!(bob.email, BOBS.0);
    assert_ne!(bob.subject, admin.subject);
    assert_eq!(log_in(&cluster, ADMIN).expect("still"), admin, "the same subject after the restart");

    directory.replace("main.hcl", BOB, "");
    directory.succeed(&["apply", "--auto-approve", "--allow-data-loss"]);
    let third = dex(&cluster);
    assert_ne!(third, second, "a new life");
    assert_eq!(log_in(&cluster, BOBS), Err(Refusal::Password), "after he is removed");
    assert_eq!(log_in(&cluster, ADMIN).expect("still"), admin);

    let objects = "  component \"dex\" {\n    inputs = { most_configured_users = 0 }\n  }\n  endpoint {\n";
    directory.replace("main.hcl", "  endpoint {\n", objects);
    directory.succeed(&["apply", "--auto-approve"]);
    let fourth = dex(&cluster);
    assert_eq!(log_in(&cluster, ADMIN).expect("from an object of their own"), admin);
    directory.append("main.hcl", BOB);
    directory.succeed(&["apply", "--auto-approve"]);
    assert_eq!(log_in(&cluster, BOBS).expect("he logs in").email, BOBS.0);
    assert_eq!(dex(&cluster), fourth, "whom it looks up it needs no restart for");

    let ends: Vec<_> = cluster.containers().into_iter().filter(|container| container.restarts > 0).collect();
    assert!(ends.is_empty(), "Dex ended by itself: {ends:?}");
}

/// The pod whose Dex runs, once the one before it has ended.
fn dex(cluster: &ControlPlane) -> String {
    only_dex(cluster).pod
}

/// The one Dex that people are sent to: an apply ends when the new one serves, and the old one a moment later.
fn only_dex(cluster: &ControlPlane) -> Running {
    let started = Instant::now();
    loop {
        let all = cluster.containers().into_iter().filter(|container| container.account == "dex");
        match &all.collect::<Vec<_>>()[..] {
            [only] if only.ready => return only.clone(),
            all => assert!(started.elapsed() < Duration::from_secs(60), "{all:?}"),
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// What the platform knows somebody by.
#[derive(Debug, PartialEq)]
struct Person {
    email: String,
    subject: String,
}

#[derive(Debug, PartialEq)]
enum Refusal {
    Password,
}

/// The authorisation code flow with a password of the platform's, as OAuth2 Proxy is configured to do it.
fn log_in(cluster: &ControlPlane, (email, password): (&str, &str)) -> Result<Person, Refusal> {
    let visit = Visit::new(cluster);
    let form = visit.form(&visit.entrance(""));
    let answer = visit.post(&form, &[("login", email), ("password", password)], None);
    if answer.location.is_none() {
        assert!(answer.body.contains("Invalid"), "{answer:?}");
        return Err(Refusal::Password);
    }
    let claims = visit.claims(answer);
    assert_eq!(claims["email_verified"], true);
    let text = |name: &str| claims[name].as_str().unwrap_or_else(|| panic!("no {name} in {claims}")).to_owned();
    Ok(Person { email: text("email"), subject: text("sub") })
}

/// A browser that somebody logs in with, and OAuth2 Proxy at its other end.
pub(super) struct Visit<'a> {
    cluster: &'a ControlPlane,
    proxy: Proxy,
    port: u16,
    host: String,
    verifier: String,
}

impl<'a> Visit<'a> {
    pub fn new(cluster: &'a ControlPlane) -> Self {
        let proxy = Proxy::of(cluster);
        let port = only_dex(cluster).port;
        let host = proxy.issuer.split("://").nth(1).and_then(|rest| rest.strip_suffix("/dex"));
        let host = host.expect("an address that ends in /dex").to_owned();
        let verifier = "a verifier of at least forty-three characters, as it must be".replace([' ', ','], "-");
        let visit = Self { cluster, proxy, port, host, verifier };
        let found = visit.get("/dex/.well-known/openid-configuration").body;
        let found: Value = serde_json::from_str(&found).expect("JSON");
        assert_eq!(found["issuer"], visit.proxy.issuer.as_str());
        visit
    }

    pub fn get(&self, path: &str) -> Answer {
        self.cluster.block_on(loopback::get(self.port, &self.host, path)).expect("an answer")
    }

    pub fn post(&self, path: &str, form: &[(&str, &str)], login: Option<(&str, &str)>) -> Answer {
        self.cluster.block_on(loopback::post(self.port, &self.host, path, form, login)).expect("an answer")
    }

    /// Where the browser is sent to log in: at a connector, as by its button, or where Dex decides.
    pub fn entrance(&self, connector: &str) -> String {
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&self.verifier));
        let query = [
            ("client_id", self.proxy.id.as_str()),
            ("redirect_uri", &self.proxy.redirect),
            ("response_type", "code"),
            ("scope", &self.proxy.scope),
            ("state", "of-the-proxy"),
            ("nonce", "said-once"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        let query: Vec<String> = query.iter().map(|(k, v)| format!("{k}={}", loopback::encoded(v))).collect();
        let connector = if connector.is_empty() { String::new() } else { format!("/{connector}") };
        format!("{}{connector}?{}", self.proxy.login, query.join("&"))
    }

    /// The path of the form for a password that the browser comes to from page to page.
    pub fn form(&self, entrance: &str) -> String {
        let mut path = entrance.to_owned();
        let mut page = self.get(&path);
        while let Some(next) = page.location.take() {
            path = next;
            page = self.get(&path);
        }
        assert!(page.code == 200 && page.body.contains("type=\"password\""), "{page:?}");
        path
    }

    /// What the proxy learns of somebody after Dex's answer: the claims of the token.
    pub fn claims(&self, mut answer: Answer) -> Value {
        // Back to the proxy, without a question for consent.
        let back = loop {
            let next = answer.location.take().unwrap_or_else(|| panic!("a page instead of the way back: {answer:?}"));
            if next.starts_with(&self.proxy.redirect) {
                break next;
            }
            answer = self.get(&next);
        };
        assert_eq!(parameter(&back, "state").as_deref(), Some("of-the-proxy"), "{back}");
        let code = parameter(&back, "code").unwrap_or_else(|| panic!("{back}"));

        // The proxy changes the code for tokens. With another secret it gets none.
        let (id, secret) = (self.proxy.id.as_str(), self.proxy.secret.as_str());
        let form = [
            ("grant_type", "authorization_code"),
            ("redirect_uri", &self.proxy.redirect),
            ("code_verifier", &self.verifier),
            ("code", &code),
        ];
        let wrong = self.post("/dex/token", &form, Some((id, "another secret")));
        assert_eq!(wrong.code, 401, "{wrong:?}");
        let answer = self.post("/dex/token", &form, Some((id, secret)));
        assert_eq!(answer.code, 200, "{answer:?}");
        let tokens: Value = serde_json::from_str(&answer.body).expect("JSON");
        let claims = claims(tokens["id_token"].as_str().expect("a token"));
        assert_eq!(claims["iss"], self.proxy.issuer.as_str());
        assert_eq!(claims["aud"], id);
        assert_eq!(claims["nonce"], "said-once");
        claims
    }
}

/// A parameter of an address, as it is written there.
pub(super) fn parameter(address: &str, name: &str) -> Option<String> {
    let mut pairs = address.split_once('?')?.1.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
}

/// What OAuth2 Proxy is told, from its own ConfigMap and Secret.
struct Proxy {
    issuer: String,
    login: String,
    redirect: String,
    scope: String,
    id: String,
    secret: String,
}

impl Proxy {
    fn of(cluster: &ControlPlane) -> Self {
        let map = cluster.get("/api/v1/namespaces/oauth2-proxy/configmaps/oauth2-proxy");
        let file = map["data"]["oauth2_proxy.cfg"].as_str().expect("its configuration");
        let setting = |name: &str| {
            let line = file.lines().find_map(|line| line.trim().strip_prefix(name)?.trim_start().strip_prefix('='));
            let value = line.and_then(|value| value.split('"').nth(1));
            value.unwrap_or_else(|| panic!("no {name} in {file}")).to_owned()
        };
        let secret = cluster.get("/api/v1/namespaces/oauth2-proxy/secrets/oauth2-proxy");
        let decoded = |key: &str| {
            let bytes = STANDARD.decode(secret["data"][key].as_str().expect("a key")).expect("base64");
            String::from_utf8(bytes).expect("text")
        };
        Self {
            issuer: setting("oidc_issuer_url"),
            login: setting("login_url"),
            redirect: setting("redirect_url"),
            scope: setting("scope"),
            id: decoded("client-id"),
            secret: decoded("client-secret"),
        }
    }
}

/// The claims of a token.
fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).expect("three parts");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).expect("base64")).expect("JSON")
}
