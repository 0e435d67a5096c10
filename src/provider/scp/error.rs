//! What went wrong at the cloud, in sentences that say what to do; and how the cloud's answers are read. Pure.

use jiff::Timestamp;
use serde_json::Value;

use super::request::Request;
use crate::provider::maker::MakerError;

/// More of a text of the cloud is not told.
const LONGEST: usize = 600;
/// Clocks that differ by more are told of: the cloud does not say how much it bears.
const SKEW_SECONDS: i64 = 60;

/// Why a request came to nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// Whether it was done is not known, or it was not for a reason that passes.
    #[error("{0}")]
    Unclear(String),
    /// The thing is busy with something else: later.
    #[error("{0}")]
    Busy(String),
    /// There is no such thing: the service itself says so.
    #[error("{0}")]
    Missing(String),
    /// It will be refused again.
    #[error("{0}")]
    Refused(String),
}

impl From<Trouble> for MakerError {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Unclear(text) | Trouble::Busy(text) => Self::Unclear(text),
            Trouble::Missing(text) | Trouble::Refused(text) => Self::Refused(text),
        }
    }
}

/// An answer that is no success.
pub struct Answer<'a> {
    pub status: u16,
    pub body: &'a [u8],
    /// What the cloud's clock and ours said then.
    pub clocks: Option<(Timestamp, Timestamp)>,
}

impl Answer<'_> {
    /// What it means.
    pub fn trouble(&self, request: &Request, host: &str) -> Trouble {
        let details = Details::read(self.body);
        let said = details.as_ref().map(Details::text).unwrap_or_default();
        let code = details.as_ref().map(|details| details.code.as_str()).unwrap_or_default();
        let begin = format!("cannot {} at {host}: ", request.what);
        let sentence = |cause: &str, remedy: &str| {
            let said = if said.is_empty() { String::new() } else { format!(": {said}") };
            format!("{begin}{cause} ({}){said}. {remedy}", self.status)
        };
        match self.status {
            401 => Trouble::Refused(format!(
                "{begin}the cloud does not accept the signature (401). {}",
                self.clock().unwrap_or_else(|| {
                    "Check access_key and secret_key, and whether the key has expired or was locked.".into()
                })
            )),
            404 if details.is_none() => Trouble::Refused(format!(
                "{begin}the gateway knows neither the path nor who asks (404 without a reason). It answers so where \
                 headers of the signature are missing or the address is wrong: check auth_url, endpoint_override and \
                 access_key."
            )),
            404 => Trouble::Missing(sentence("it is not there", "").trim_end().to_owned()),
            406 => Trouble::Refused(sentence(
                "the service does not speak the version of its API that is asked for",
                &format!(
                    "{} {} is needed; a newer version of this program may speak a newer one.",
                    request.service.name(),
                    request.service.version()
                ),
            )),
            403 if code.contains("quota") || code.contains("exceed") => Trouble::Refused(sentence(
                "a quota of the account is used up",
                "Delete what is not needed, or ask for more under Quota in the console, and apply again.",
            )),
            400 if code.contains("exceed-max") => Trouble::Refused(sentence(
                "a limit of the account is reached",
                "Delete what is not needed, or ask for more under Quota in the console, and apply again.",
            )),
            403 => Trouble::Refused(sentence(
                "it is not permitted",
                "Give the user of the access key a policy that allows it in IAM; also the access key's list of addresses may forbid this machine.",
            )),
            409 => Trouble::Busy(sentence("it is busy with something else", "It is tried again.")),
            400 if code.contains("invalid-state") => {
                Trouble::Busy(sentence("it is in a state that does not allow it", "It is tried again."))
            }
            417 => Trouble::Unclear(format!(
                "{begin}the cloud's firewall turned the request away (417 with a page of HTML), as it does after many \
                 requests within a minute. It is tried again; where that lasts, wait some minutes."
            )),
            429 => Trouble::Unclear(sentence("too many requests", "It is tried again.")),
            500..=599 => Trouble::Unclear(sentence(
                "the service failed",
                "It is tried again; where that lasts, ask the cloud's support with the number of the request.",
            )),
            _ => Trouble::Refused(sentence("the cloud refuses", "").trim_end().to_owned()),
        }
    }

    /// What clocks have to do with it, where they differ.
    fn clock(&self) -> Option<String> {
        let (theirs, ours) = self.clocks?;
        let skew = ours.as_second() - theirs.as_second();
        let (amount, word) = (skew.abs(), if skew > 0 { "ahead of" } else { "behind" });
        (amount > SKEW_SECONDS).then(|| {
            format!(
                "This machine's clock is {amount} s {word} the cloud's, and signatures bear the time: set the clock, as \
                 with NTP, and try again."
            )
        })
    }
}

/// The first of the errors in an answer of a service.
struct Details {
    code: String,
    detail: String,
    request: String,
}

impl Details {
    /// `None` for what is no answer of a service: pages of HTML, and the gateway's own.
    fn read(body: &[u8]) -> Option<Self> {
        let value: Value = serde_json::from_slice(body).ok()?;
        let first = value.get("errors")?.as_array()?.first()?.clone();
        let text = |name: &str| match first.get(name) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Array(texts)) => texts.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("; "),
            _ => String::new(),
        };
        Some(Self { code: text("code"), detail: text("detail"), request: text("request_id") })
    }

    fn text(&self) -> String {
        let mut text = match (self.code.is_empty(), self.detail.is_empty()) {
            (false, false) => format!("{} ({})", self.detail.trim_end_matches('.'), self.code),
            (false, true) => self.code.clone(),
            _ => self.detail.trim_end_matches('.').to_owned(),
        };
        if !self.request.is_empty() {
            text = format!("{text}, request {}", self.request);
        }
        text.chars().take(LONGEST).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::scp::request::Service;

    fn trouble(status: u16, body: &str, clocks: Option<(i64, i64)>) -> Trouble {
        let time = |second| Timestamp::from_second(second).unwrap();
        let clocks = clocks.map(|(theirs, ours)| (time(theirs), time(ours)));
        let request = Request::get("make cluster ml", Service::Engine, "/v1/clusters");
        Answer { status, body: body.as_bytes(), clocks }.trouble(&request, "ske.example.com")
    }

    const QUOTA: &str = r#"{"errors":[{"code":"quota.value.exceeded","title":"quota.value.exceeded","detail":"Max 3.","status":403,"request_id":"req-1"}]}"#;
    const MISSING: &str =
        r#"{"errors":[{"code":"ValidationError","detail":["Field required","Field required"],"status":400}]}"#;
    const GATEWAY: &str = r#"{"timestamp":"t","path":"/v1/clusters","status":404,"error":"Not Found","requestId":"r"}"#;

    #[test]
    fn every_shape_is_a_sentence() {
        let at = "cannot make cluster ml at ske.example.com: ";
        for (status, body, clocks, expected) in [
            (401, GATEWAY, None, "the cloud does not accept the signature (401). Check access_key and secret_key"),
            (401, "", Some((1000, 1900)), "This machine's clock is 900 s ahead of the cloud's"),
            (401, "", Some((1900, 1000)), "This machine's clock is 900 s behind the cloud's"),
            (401, "", Some((1000, 1030)), "Check access_key"),
            (404, GATEWAY, None, "the gateway knows neither the path nor who asks (404 without a reason)"),
            (
                403,
                QUOTA,
                None,
                "a quota of the account is used up (403): Max 3 (quota.value.exceeded), request req-1. Delete",
            ),
            (400, MISSING, None, "the cloud refuses (400): Field required; Field required (ValidationError)."),
            (406, "", None, "does not speak the version of its API that is asked for (406). ske 1.4 is needed"),
            (403, "{}", None, "it is not permitted (403). Give the user of the access key a policy"),
        ] {
            let Trouble::Refused(text) = trouble(status, body, clocks) else { panic!("{status} {body}") };
            assert!(text.starts_with(at) && text.contains(expected), "{text}");
        }
        let page = "<html><body>Request Rejected</body></html>";
        assert!(
            matches!(trouble(417, page, None), Trouble::Unclear(text) if !text.contains('<') && text.contains("firewall"))
        );
        assert!(matches!(trouble(503, page, None), Trouble::Unclear(_)));
        assert!(matches!(trouble(409, "{}", None), Trouble::Busy(_)));
        let state = r#"{"errors":[{"code":"scp.cluster.invalid-state1","detail":"UPDATING"}]}"#;
        assert!(matches!(trouble(400, state, None), Trouble::Busy(_)));
        assert!(matches!(trouble(404, state, None), Trouble::Missing(_)));
    }
}
