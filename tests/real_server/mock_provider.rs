//! A provider of OpenID Connect on loopback, at which Carol is always logged in: discovery, keys, the code and its token.

use std::sync::Arc;
use std::time::SystemTime;
use std::time::UNIX_EPOCH;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rcgen::KeyPair;
use rcgen::PublicKeyData;
use rcgen::SigningKey;
use serde_json::Value;
use serde_json::json;

use super::login::parameter;
use crate::control_plane::loopback;

pub struct Provider {
    pub port: u16,
    pub issuer: String,
}

struct Inside {
    issuer: String,
    /// What the client must prove itself with, as it stands in a header.
    login: String,
    client: String,
    key: KeyPair,
}

impl Provider {
    /// Serves until its runtime ends.
    pub async fn serve(client: &str, secret: &str) -> Self {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let issuer = format!("http://127.0.0.1:{port}");
        // OAuth 2 wants both encoded as in a form, where a space is a plus.
        let form = |text: &str| loopback::encoded(text).replace("%20", "+");
        let login = format!("Basic {}", STANDARD.encode(format!("{}:{}", form(client), form(secret))));
        let key = KeyPair::generate().expect("a key");
        let inside = Arc::new(Inside { issuer: issuer.clone(), login, client: client.to_owned(), key });
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let inside = inside.clone();
                tokio::spawn(async move {
                    let service = service_fn(move |request| {
                        let inside = inside.clone();
                        async move { Ok::<_, std::convert::Infallible>(inside.answer(&request)) }
                    });
                    let served = hyper::server::conn::http1::Builder::new();
                    // Who hangs up has what it wanted.
                    let _ = served.serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        Self { port, issuer }
    }
}

impl Inside {
    fn answer(&self, request: &http::Request<Incoming>) -> http::Response<Full<Bytes>> {
        let address = request.uri().to_string();
        match request.uri().path() {
            "/.well-known/openid-configuration" => answer(200, &self.discovery()),
            "/keys" => answer(200, &self.keys()),
            "/auth" => {
                let part = |name: &str| parameter(&address, name).unwrap_or_else(|| panic!("no {name} in {address}"));
                let back = percent_encoding::percent_decode_str(&part("redirect_uri")).decode_utf8_lossy().into_owned();
                let location = format!("{back}?code=once&state={}", part("state"));
                let response = http::Response::builder().status(302).header("location", location);
                response.body(Full::default()).expect("a valid answer")
            }
            "/token" => match request.headers().get("authorization") {
                Some(login) if login == self.login.as_str() => {
                    answer(200, &json!({"access_token": "x", "token_type": "Bearer", "id_token": self.token()}))
                }
                other => answer(401, &json!({"error": format!("invalid client: {other:?}")})),
            },
            _ => answer(404, &json!({})),
        }
    }

    fn discovery(&self) -> Value {
        let at = |path: &str| format!("{}/{path}", self.issuer);
        json!({"issuer": self.issuer, "authorization_endpoint": at("auth"), "token_endpoint": at("token"),
            "jwks_uri": at("keys"), "response_types_supported": ["code"], "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"]})
    }

    fn keys(&self) -> Value {
        let point = self.key.der_bytes();
        let (x, y) = point[1..].split_at(32);
        let [x, y] = [x, y].map(|half| URL_SAFE_NO_PAD.encode(half));
        json!({"keys": [{"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": "1", "x": x, "y": y}]})
    }

    fn token(&self) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
        let head = json!({"alg": "ES256", "kid": "1", "typ": "JWT"});
        let claims = json!({"iss": self.issuer, "aud": self.client, "sub": "carol-1", "iat": now, "exp": now + 300,
            "name": "Carol", "email": "carol@corp.example", "email_verified": true,
            "groups": ["data$science", "choir"]});
        let [head, claims] = [head, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
        let signed = format!("{head}.{claims}");
        let signature = self.key.sign(signed.as_bytes()).expect("a signature");
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(plain(&signature)))
    }
}

fn answer(code: u16, body: &Value) -> http::Response<Full<Bytes>> {
    let response = http::Response::builder().status(code).header("content-type", "application/json");
    response.body(Full::from(body.to_string())).expect("a valid answer")
}

/// The two numbers of a signature in ASN.1, each in 32 bytes.
fn plain(signature: &[u8]) -> Vec<u8> {
    let mut rest = &signature[2..];
    let mut plain = Vec::new();
    for _ in 0..2 {
        let (number, after) = rest[2..].split_at(usize::from(rest[1]));
        let number = &number[number.len().saturating_sub(32)..];
        plain.extend(std::iter::repeat_n(0, 32 - number.len()));
        plain.extend(number);
        rest = after;
    }
    plain
}
