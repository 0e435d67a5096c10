//! Plain HTTP to programs on loopback, with any Host header: they believe to be where their clients know them.

use std::time::Duration;

use http_body_util::BodyExt;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;

/// What a program answered.
#[derive(Clone, Debug)]
pub struct Answer {
    pub code: u16,
    pub location: Option<String>,
    pub body: String,
}

/// A GET; `None` where nobody answers.
pub async fn get(port: u16, host: &str, path: &str) -> Option<Answer> {
    let request = http::Request::get(path).header("host", host);
    send(port, request.body(Full::default()).expect("a valid request")).await
}

/// A POST of a form, with a name and a password where they are given.
pub async fn post(
    port: u16,
    host: &str,
    path: &str,
    form: &[(&str, &str)],
    login: Option<(&str, &str)>,
) -> Option<Answer> {
    use base64::Engine;
    let body = form_urlencoded(form);
    let mut request = http::Request::post(path).header("host", host);
    request = request.header("content-type", "application/x-www-form-urlencoded");
    if let Some((name, password)) = login {
        let text = base64::engine::general_purpose::STANDARD.encode(format!("{name}:{password}"));
        request = request.header("authorization", format!("Basic {text}"));
    }
    send(port, request.body(Full::from(body)).expect("a valid request")).await
}

/// Text as it stands in a query.
pub fn encoded(text: &str) -> String {
    let keep = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    text.bytes().map(|byte| if keep(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

fn form_urlencoded(form: &[(&str, &str)]) -> String {
    let pairs = form.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value)));
    pairs.collect::<Vec<_>>().join("&")
}

async fn send(port: u16, request: http::Request<Full<Bytes>>) -> Option<Answer> {
    tokio::time::timeout(Duration::from_secs(20), exchange(port, request)).await.ok()?
}

async fn exchange(port: u16, request: http::Request<Full<Bytes>>) -> Option<Answer> {
    let stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.ok()?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.ok()?;
    let connection = tokio::spawn(connection);
    let answer = sender.send_request(request).await.ok()?;
    let location = answer.headers().get("location").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let code = answer.status().as_u16();
    let body = answer.into_body().collect().await.ok()?.to_bytes();
    connection.abort();
    Some(Answer { code, location, body: String::from_utf8_lossy(&body).into_owned() })
}
