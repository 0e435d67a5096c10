//! Logging in for real: Dex runs as the platform configures it, on the server's own storage with the rights of its
//! ServiceAccount, and is talked to as a browser and OAuth2 Proxy do.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use sha2::Digest;
use sha2::Sha256;

use super::mini;
use crate::control_plane::ControlPlane;
use crate::control_plane::Setup;
use crate::control_plane::loopback;
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
    assert_eq!(first.difference(&second).count(), 1, "one new life: {first:?}, {second:?}");
    let bob = log_in(&cluster, BOBS).expect("he logs in");
    assert_eq!(bob.email, BOBS.0);
    assert_ne!(bob.subject, admin.subject);
    assert_eq!(log_in(&cluster, ADMIN).expect("still"), admin, "the same subject after the restart");

    directory.replace("main.hcl", BOB, "");
    directory.succeed(&["apply", "--auto-approve", "--allow-data-loss"]);
    let third = dex(&cluster);
    assert_eq!(second.difference(&third).count(), 1, "one new life: {second:?}, {third:?}");
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

/// The pods whose Dex runs: exactly one.
fn dex(cluster: &ControlPlane) -> BTreeSet<String> {
    let all = cluster.containers().into_iter().filter(|container| container.account == "dex");
    let pods: BTreeSet<String> = all.map(|container| container.pod).collect();
    assert_eq!(pods.len(), 1, "{pods:?}");
    pods
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

/// The authorisation code flow, as OAuth2 Proxy is configured to do it.
fn log_in(cluster: &ControlPlane, (email, password): (&str, &str)) -> Result<Person, Refusal> {
    let proxy = Proxy::of(cluster);
    let port = cluster.containers().first().expect("Dex runs").port;
    let host = proxy.issuer.trim_start_matches("http://").trim_end_matches("/dex").to_owned();
    let get = |path: &str| cluster.block_on(loopback::get(port, &host, path)).expect("an answer");
    let post = |path: &str, form: &[(&str, &str)], login: Option<(&str, &str)>| {
        cluster.block_on(loopback::post(port, &host, path, form, login)).expect("an answer")
    };

    let found: Value = serde_json::from_str(&get("/dex/.well-known/openid-configuration").body).expect("JSON");
    assert_eq!(found["issuer"], proxy.issuer.as_str());

    // The browser is sent to Dex, and from page to page to the form.
    let verifier = "a verifier of at least forty-three characters, as it must be";
    let verifier: String = verifier.replace([' ', ','], "-");
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&verifier));
    let query = [
        ("client_id", proxy.id.as_str()),
        ("redirect_uri", &proxy.redirect),
        ("response_type", "code"),
        ("scope", &proxy.scope),
        ("state", "of-the-proxy"),
        ("nonce", "said-once"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    let query: Vec<String> = query.iter().map(|(k, v)| format!("{k}={}", loopback::encoded(v))).collect();
    let mut path = format!("{}?{}", proxy.login, query.join("&"));
    let mut page = get(&path);
    while let Some(next) = page.location.take() {
        path = next;
        page = get(&path);
    }
    assert!(page.code == 200 && page.body.contains("type=\"password\""), "{page:?}");

    let mut answer = post(&path, &[("login", email), ("password", password)], None);
    if answer.location.is_none() {
        assert!(answer.body.contains("Invalid"), "{answer:?}");
        return Err(Refusal::Password);
    }
    // Back to the proxy, without a question for consent.
    let back = loop {
        let next = answer.location.take().unwrap_or_else(|| panic!("a page instead of the way back: {answer:?}"));
        if next.starts_with(&proxy.redirect) {
            break next;
        }
        answer = get(&next);
    };
    let parameters: Vec<(&str, &str)> =
        back.split_once('?').expect("parameters").1.split('&').filter_map(|pair| pair.split_once('=')).collect();
    let parameter = |name: &str| parameters.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
    assert_eq!(parameter("state"), Some("of-the-proxy"), "{back}");
    let code = parameter("code").unwrap_or_else(|| panic!("{back}"));

    // The proxy changes the code for tokens. With another secret it gets none.
    let form = |code| {
        let redirect = proxy.redirect.as_str();
        let fixed = [("grant_type", "authorization_code"), ("redirect_uri", redirect), ("code_verifier", &*verifier)];
        fixed.into_iter().chain([("code", code)]).collect::<Vec<_>>()
    };
    let wrong = post("/dex/token", &form(code), Some((&proxy.id, "another secret")));
    assert_eq!(wrong.code, 401, "{wrong:?}");
    let answer = post("/dex/token", &form(code), Some((&proxy.id, &proxy.secret)));
    assert_eq!(answer.code, 200, "{answer:?}");
    let tokens: Value = serde_json::from_str(&answer.body).expect("JSON");
    let claims = claims(tokens["id_token"].as_str().expect("a token"));
    assert_eq!(claims["iss"], proxy.issuer.as_str());
    assert_eq!(claims["aud"], proxy.id.as_str());
    assert_eq!(claims["email_verified"], true);
    assert_eq!(claims["nonce"], "said-once");
    let text = |name: &str| claims[name].as_str().unwrap_or_else(|| panic!("no {name} in {claims}")).to_owned();
    Ok(Person { email: text("email"), subject: text("sub") })
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
