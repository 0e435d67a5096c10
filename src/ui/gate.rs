//! Who may ask the console for what: judged by the head of a request alone. Pure.
//!
//! The page is for whoever was given the printed address and for nobody else on this machine or in this browser: not another
//! page that knows the port (origin, fetch metadata), not a name that was made to point here (host), not another user (token,
//! then a cookie that no script can read and no other site sends along).

use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

use http::HeaderMap;
use http::Method;
use http::StatusCode;
use http::header;
use sha2::Digest;

use super::query::Query;

/// What is done about a request.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is answered.
    Enter,
    /// Its token is good: it gets this cookie and goes to the page.
    LogIn {
        cookie: String,
    },
    Refuse(StatusCode, &'static str),
}

/// The secrets of one console.
pub struct Gate {
    /// Authorities that are ours: `127.0.0.1:40123`.
    hosts: Vec<String>,
    cookie: String,
    token: String,
    session: String,
    is_used: AtomicBool,
}

const NO_ENTRY: &str =
    "This console is entered once, by the address that `stackwright ui` has printed. Start it again for a new one.";

impl Gate {
    /// For a console at these authorities, the first of which is printed.
    pub fn new(hosts: Vec<String>, port: u16, token: String, session: String) -> Self {
        // Cookies do not know ports: two consoles must not take each other's.
        Self { hosts, cookie: format!("stackwright_ui_{port}"), token, session, is_used: AtomicBool::new(false) }
    }

    pub fn judge(&self, method: &Method, query: &Query, headers: &HeaderMap) -> Verdict {
        let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        if !text(header::HOST).is_some_and(|host| self.hosts.iter().any(|own| own.eq_ignore_ascii_case(host))) {
            return Verdict::Refuse(StatusCode::MISDIRECTED_REQUEST, "This is not the address of the console.");
        }
        if text(header::ORIGIN).is_some_and(|origin| !self.is_own(origin)) {
            return Verdict::Refuse(StatusCode::FORBIDDEN, "Another site has asked for this.");
        }
        if !matches!(*method, Method::GET | Method::HEAD) {
            return Verdict::Refuse(
                StatusCode::METHOD_NOT_ALLOWED,
                "The console only shows: nothing can be sent to it.",
            );
        }
        if let Some(token) = query.get("token") {
            let is_good = is_same(token, &self.token) && *method == Method::GET;
            if is_good && !self.is_used.swap(true, Ordering::SeqCst) {
                let cookie = format!("{}={}; Path=/; HttpOnly; SameSite=Strict", self.cookie, self.session);
                return Verdict::LogIn { cookie };
            }
            return Verdict::Refuse(StatusCode::FORBIDDEN, NO_ENTRY);
        }
        // A page at another port of this host is the same site, and its requests bring the cookie along.
        let site = headers.get("sec-fetch-site").and_then(|value| value.to_str().ok());
        if site.is_some_and(|site| !matches!(site, "same-origin" | "none")) {
            return Verdict::Refuse(StatusCode::FORBIDDEN, "Another site has asked for this.");
        }
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut cookies = cookies.flat_map(|line| line.split(';')).filter_map(|one| one.trim().split_once('='));
        match cookies.any(|(name, value)| name == self.cookie && is_same(value, &self.session)) {
            true => Verdict::Enter,
            false => Verdict::Refuse(StatusCode::FORBIDDEN, NO_ENTRY),
        }
    }

    fn is_own(&self, origin: &str) -> bool {
        origin.strip_prefix("http://").is_some_and(|host| self.hosts.iter().any(|own| own.eq_ignore_ascii_case(host)))
    }
}

/// Whether two secrets are one. How long it takes tells nothing of where they differ.
fn is_same(given: &str, own: &str) -> bool {
    sha2::Sha256::digest(given) == sha2::Sha256::digest(own)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate() -> Gate {
        Gate::new(vec!["127.0.0.1:80".into(), "localhost:80".into()], 80, "token".into(), "session".into())
    }

    fn judge(gate: &Gate, method: Method, path: &str, headers: &[(&'static str, &str)]) -> Verdict {
        let mut map = HeaderMap::new();
        map.insert("host", "127.0.0.1:80".parse().unwrap());
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        gate.judge(&method, &Query::of(path), &map)
    }

    #[test]
    fn a_token_is_good_once() {
        let gate = gate();
        let refused = Verdict::Refuse(StatusCode::FORBIDDEN, NO_ENTRY);
        assert_eq!(judge(&gate, Method::GET, "token=wrong", &[]), refused);
        // A look at the head of the page does not use it up.
        assert_eq!(judge(&gate, Method::HEAD, "token=token", &[]), refused);
        let cookie = "stackwright_ui_80=session; Path=/; HttpOnly; SameSite=Strict".to_owned();
        assert_eq!(judge(&gate, Method::GET, "token=token", &[]), Verdict::LogIn { cookie });
        assert_eq!(judge(&gate, Method::GET, "token=token", &[]), refused);
    }

    #[test]
    fn who_has_the_cookie_enters() {
        let check = |method: Method, headers: &[(&'static str, &str)], expected: Option<u16>| {
            let mut all = vec![("cookie", "a=b; stackwright_ui_80=session")];
            all.extend(headers);
            let found = match judge(&gate(), method, "", &all) {
                Verdict::Enter => None,
                Verdict::Refuse(status, _) => Some(status.as_u16()),
                Verdict::LogIn { .. } => Some(0),
            };
            assert_eq!(found, expected, "{headers:?}");
        };
        check(Method::GET, &[], None);
        check(Method::HEAD, &[], None);
        check(Method::GET, &[("host", "LOCALHOST:80")], None);
        check(Method::GET, &[("origin", "http://127.0.0.1:80"), ("sec-fetch-site", "same-origin")], None);
        check(Method::GET, &[("host", "evil.example:80")], Some(421));
        check(Method::GET, &[("host", "127.0.0.1:81")], Some(421));
        check(Method::GET, &[("origin", "https://127.0.0.1:80")], Some(403));
        check(Method::GET, &[("sec-fetch-site", "same-site")], Some(403));
        check(Method::GET, &[("sec-fetch-site", "cross-site")], Some(403));
        check(Method::POST, &[("origin", "http://evil.example")], Some(403));
        check(Method::POST, &[("origin", "null")], Some(403));
        check(Method::POST, &[], Some(405));
        check(Method::DELETE, &[], Some(405));
        check(Method::GET, &[("cookie", "stackwright_ui_80=other")], Some(403));
        check(Method::GET, &[("cookie", "stackwright_ui_81=session")], Some(403));
    }
}
