//! What stands behind the question mark of an address, and how an address is written. Pure.

use std::collections::BTreeMap;

use percent_encoding::NON_ALPHANUMERIC;
use percent_encoding::percent_decode_str;
use percent_encoding::utf8_percent_encode;

/// Names and their values; of two of one name the last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query(BTreeMap<String, String>);

impl Query {
    pub fn of(text: &str) -> Self {
        let plain = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        Self(pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).map(|(a, b)| (plain(a), plain(b))).collect())
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A text that somebody looks for, in lower case; empty where nothing is looked for.
    pub fn wanted(&self) -> String {
        self.get("q").unwrap_or_default().trim().to_lowercase()
    }

    /// The page of a long list, from 1.
    pub fn page(&self) -> usize {
        self.get("page").and_then(|text| text.parse().ok()).unwrap_or(1).max(1)
    }
}

/// An address of ours.
pub fn address(path: &str, pairs: &[(&str, &str)]) -> String {
    let code = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={}", code(value))).collect();
    if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        let written = address("/part", &[("address", "platform.ml[\"a b\"].x&y=é")]);
        let (path, query) = written.split_once('?').unwrap();
        assert_eq!((path, Query::of(query).get("address")), ("/part", Some("platform.ml[\"a b\"].x&y=é")));
        assert_eq!(Query::of("q=+A%20b&page=0&x").wanted(), "a b");
        assert_eq!(Query::of("page=-1").page(), 1);
        assert_eq!(Query::of("%ff=%zz").get("\u{fffd}"), Some("%zz"));
    }
}
