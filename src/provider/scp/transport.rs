//! Sends requests to the cloud: endpoints, signatures, patience. Looking is tried again, asking for something never is:
//! whether that was done is for the caller to look up.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::BytesMut;
use http::Method;
use http::header;
use jiff::Timestamp;
use reqwest::redirect::Policy;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::Mutex;

use super::endpoints::Endpoints;
use super::error::Answer;
use super::error::Trouble;
use super::request::Request;
use super::request::Service;
use super::settings::Settings;
use super::settings::check_address;
use super::signature::CLIENT_TYPE;
use super::signature::Signed;
use crate::provider::kubernetes::install_crypto;

const CONNECTS_WITHIN: Duration = Duration::from_secs(10);
const ANSWERS_WITHIN: Duration = Duration::from_secs(60);
/// No answer of ours is a tenth as long.
const LONGEST_ANSWER: usize = 32 << 20;
/// How often something is looked at that does not answer, and the first pause between; the others double.
const ATTEMPTS: u32 = 5;
const PAUSE: Duration = Duration::from_millis(400);
/// Things on one page of a list.
const PAGE: usize = 100;
/// More pages are no list of things of one account.
const MOST_PAGES: usize = 1000;

/// The way to the cloud.
#[derive(Debug)]
pub struct Transport {
    settings: Settings,
    client: reqwest::Client,
    /// Found once.
    endpoints: Mutex<Option<Endpoints>>,
    addresses: Mutex<BTreeMap<Service, String>>,
}

impl Transport {
    /// # Errors
    /// The machine's certificates cannot be used.
    pub fn new(settings: Settings) -> Result<Self, String> {
        install_crypto();
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECTS_WITHIN)
            .timeout(ANSWERS_WITHIN)
            // A signature holds for one address.
            .redirect(Policy::none())
            .user_agent(concat!("stackwright/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| format!("no connections can be made: {}", innermost(&error)))?;
        Ok(Self { settings, client, endpoints: Mutex::default(), addresses: Mutex::default() })
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Looks at something, again where the answer fails.
    ///
    /// # Errors
    /// The last trouble.
    pub async fn look(&self, request: &Request) -> Result<Value, Trouble> {
        self.json(request, &self.patiently(request).await?)
    }

    /// As [`Self::look`], as a model.
    ///
    /// # Errors
    /// The last trouble, and an answer of another shape.
    pub async fn read<T: DeserializeOwned>(&self, request: &Request) -> Result<T, Trouble> {
        let value = self.look(request).await?;
        serde_json::from_value(value).map_err(|error| nonsense(request, &error))
    }

    /// All things of a list, `key` in the answers, page by page.
    ///
    /// # Errors
    /// The last trouble, and an answer of another shape.
    pub async fn list<T: DeserializeOwned>(&self, request: &Request, key: &str) -> Result<Vec<T>, Trouble> {
        let mut all: Vec<Value> = Vec::new();
        for page in 0..MOST_PAGES {
            let asked = paged(request, page, all.len());
            let mut answer = self.look(&asked).await?;
            let count = answer.get("count").and_then(Value::as_u64);
            let Some(Value::Array(things)) = answer.get_mut(key).map(Value::take) else {
                return Err(nonsense(request, &format!("it has no {key}")));
            };
            // Some lists ignore pages, and would be read for ever.
            let is_last = things.is_empty() || all.ends_with(&things);
            if !is_last {
                all.extend(things);
            }
            let is_complete = count.is_none_or(|count| all.len() as u64 >= count);
            if is_last || is_complete {
                break;
            }
        }
        let read = |value| serde_json::from_value(value).map_err(|error| nonsense(request, &error));
        all.into_iter().map(read).collect()
    }

    /// Asks for something to be done; once, whatever comes of it, unless nothing was sent.
    ///
    /// # Errors
    /// What came of it.
    pub async fn ask(&self, request: &Request) -> Result<Value, Trouble> {
        let bytes = self.once(request).await?;
        if bytes.is_empty() { Ok(Value::Null) } else { self.json(request, &bytes) }
    }

    /// As [`Self::ask`], of a text.
    ///
    /// # Errors
    /// As [`Self::ask`].
    pub async fn ask_text(&self, request: &Request) -> Result<String, Trouble> {
        String::from_utf8(self.once(request).await?).map_err(|error| nonsense(request, &error))
    }

    fn json(&self, request: &Request, bytes: &[u8]) -> Result<Value, Trouble> {
        serde_json::from_slice(bytes).map_err(|error| nonsense(request, &error))
    }

    async fn patiently(&self, request: &Request) -> Result<Vec<u8>, Trouble> {
        let mut attempt = 1;
        loop {
            match self.once(request).await {
                Err(Trouble::Unclear(_)) if attempt < ATTEMPTS => {
                    let pause = PAUSE.min(self.settings.interval) * 2_u32.pow(attempt - 1);
                    tokio::time::sleep(pause).await;
                    attempt += 1;
                }
                done => return done,
            }
        }
    }

    async fn once(&self, request: &Request) -> Result<Vec<u8>, Trouble> {
        let base = self.address(request.service).await?;
        let version = format!("{} {}", request.service.name(), request.service.version());
        let url = format!("{base}{}", request.target());
        self.send(&url, request, Some(&version)).await
    }

    /// The address of a service.
    async fn address(&self, service: Service) -> Result<String, Trouble> {
        if let Some(address) = &self.settings.endpoint_override {
            return Ok(address.clone());
        }
        let mut addresses = self.addresses.lock().await;
        if let Some(address) = addresses.get(&service) {
            return Ok(address.clone());
        }
        let mut endpoints = self.endpoints.lock().await;
        if endpoints.is_none() {
            *endpoints = Some(self.find_endpoints().await?);
        }
        let chosen = endpoints.as_ref().map(|known| known.choose(service, &self.settings.region));
        let address = chosen.unwrap_or_else(|| Err("no endpoints".into())).map_err(Trouble::Refused)?;
        check_address(&address).map_err(|reason| {
            Trouble::Refused(format!("the address of {}, \"{address}\", {reason}", service.name()))
        })?;
        addresses.insert(service, address.clone());
        Ok(address)
    }

    async fn find_endpoints(&self) -> Result<Endpoints, Trouble> {
        let request = Request::get("find the endpoints of the services", Service::Engine, "/endpoints");
        let url = format!("{}/endpoints", self.settings.auth_url);
        let mut attempt = 1;
        let bytes = loop {
            match self.send(&url, &request, None).await {
                Err(Trouble::Unclear(_)) if attempt < ATTEMPTS => {
                    tokio::time::sleep(PAUSE.min(self.settings.interval) * 2_u32.pow(attempt - 1)).await;
                    attempt += 1;
                }
                done => break done?,
            }
        };
        serde_json::from_slice(&bytes).map_err(|error| nonsense(&request, &error))
    }

    async fn send(&self, url: &str, request: &Request, version: Option<&str>) -> Result<Vec<u8>, Trouble> {
        let url = reqwest::Url::parse(url).map_err(|error| nonsense(request, &error))?;
        let host = match (url.host_str(), url.port()) {
            (Some(host), Some(port)) => format!("{host}:{port}"),
            (host, _) => host.unwrap_or_default().to_owned(),
        };
        let now = Timestamp::now();
        let timestamp = now.as_millisecond().to_string();
        let settings = &self.settings;
        let signed = Signed {
            method: request.method.as_str(),
            // As it will be sent, whatever was made of ours.
            url: url.as_str(),
            timestamp: &timestamp,
            access_key: &settings.access_key,
            account_id: &settings.account_id,
        };
        let signature = signed.sign(&settings.secret_key);
        let mut sending = self
            .client
            .request(request.method.clone(), url)
            .header("Scp-AccessKey", &settings.access_key)
            .header("Scp-Timestamp", &timestamp)
            .header("Scp-Signature", signature)
            .header("Scp-ClientType", CLIENT_TYPE)
            .header("Scp-AccountId", &settings.account_id)
            .header(header::ACCEPT_LANGUAGE, "en-US")
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, "application/json");
        if let Some(version) = version {
            sending = sending.header("Scp-API-Version", version);
        }
        if let Some(body) = &request.body {
            sending = sending.body(body.to_string());
        }
        let failed = |error: reqwest::Error| {
            let cause = innermost(&error);
            Trouble::Unclear(match error.is_timeout() {
                true => format!("cannot {} at {host}: no answer within {} s", request.what, ANSWERS_WITHIN.as_secs()),
                false => format!(
                    "cannot {} at {host}: {cause}. Can this machine reach {host}, directly or through HTTPS_PROXY?",
                    request.what
                ),
            })
        };
        let mut response = sending.send().await.map_err(failed)?;
        let status = response.status();
        let told = response.headers().get(header::DATE).and_then(|value| value.to_str().ok());
        let theirs = told.and_then(|text| jiff::fmt::rfc2822::parse(text).ok()).map(|time| time.timestamp());
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > LONGEST_ANSWER {
                return Err(nonsense(request, &"it does not end"));
            }
            body.extend_from_slice(&chunk);
        }
        if status.is_success() {
            return Ok(body.to_vec());
        }
        let answer = Answer { status: status.as_u16(), body: &body, clocks: theirs.map(|theirs| (theirs, now)) };
        Err(answer.trouble(request, &host))
    }
}

/// A page of a list, in the way that its service turns pages.
fn paged(request: &Request, page: usize, known: usize) -> Request {
    let request = request.clone();
    match request.service {
        Service::FileStorage => request.with("offset", known.to_string()).with("limit", PAGE.to_string()),
        // Lists everything at once.
        Service::VirtualServer => request,
        _ => request.with("page", page.to_string()).with("size", PAGE.to_string()),
    }
}

/// An answer that cannot be read: after a write nobody knows what was done.
fn nonsense(request: &Request, reason: &dyn std::fmt::Display) -> Trouble {
    let text = format!("cannot {}: the cloud's answer makes no sense: {reason}", request.what);
    if request.method == Method::GET { Trouble::Refused(text) } else { Trouble::Unclear(text) }
}

fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}
