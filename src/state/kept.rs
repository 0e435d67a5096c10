//! The configuration of a run as its record keeps it: every file it was read from and the plain values of its variables, so
//! that it can be planned again. Pure.
//!
//! Files may hold hashes of passwords, so this leaves the process only into a Secret of the records, and into a directory that
//! a person names. Values of secret variables are no part of it, and a configuration with a secret in clear is not kept.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;

use super::StateError;
use super::stored;

/// What a run was made from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct KeptConfiguration {
    /// What files held, by the path by which they were read.
    pub files: BTreeMap<String, Content>,
    /// Whether something is there, where expressions asked no more.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub existing: BTreeMap<String, bool>,
    /// What directories held, where expressions listed them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub listed: BTreeMap<String, Vec<String>>,
    /// Values of all variables that are no secrets.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variables: BTreeMap<String, Value>,
    /// Names of those that are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<String>,
}

/// What a file held.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Content {
    Text(String),
    /// What is no text, in base64.
    Bytes {
        base64: String,
    },
}

impl Content {
    pub fn of(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::Text(text.to_owned()),
            Err(_) => Self::Bytes { base64: STANDARD.encode(bytes) },
        }
    }

    /// What the file held; `None` where the record was tampered with.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        match self {
            Self::Text(text) => Some(text.clone().into_bytes()),
            Self::Bytes { base64 } => STANDARD.decode(base64).ok(),
        }
    }
}

/// A configuration as it is stored.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PackedConfiguration(pub(super) Vec<u8>);

/// Never what is in it.
impl fmt::Debug for PackedConfiguration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PackedConfiguration({} bytes)", self.0.len())
    }
}

impl KeptConfiguration {
    /// As it is stored, or why it is not, as a sentence's end: a record has its limits.
    pub fn pack(&self) -> Result<PackedConfiguration, String> {
        let bytes = stored::pack(self).map_err(|error| error.to_string())?;
        if bytes.len() > stored::SHARD {
            let most = stored::SHARD / 1024;
            return Err(format!(
                "its configuration takes {} KiB, and a record holds {most}",
                bytes.len().div_ceil(1024)
            ));
        }
        Ok(PackedConfiguration(bytes))
    }
}

impl PackedConfiguration {
    /// What was packed. `revision` is for the error.
    ///
    /// # Errors
    /// The record is damaged.
    pub fn unpack(&self, revision: u64) -> Result<KeptConfiguration, StateError> {
        stored::unpack(&format!("of the configuration of revision {revision}"), &self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(files: &[(&str, &[u8])]) -> KeptConfiguration {
        let files = files.iter().map(|(path, bytes)| ((*path).to_owned(), Content::of(bytes)));
        KeptConfiguration { files: files.collect(), ..KeptConfiguration::default() }
    }

    #[test]
    fn texts_and_bytes_round_trip() {
        let before = kept(&[("main.hcl", b"a = 1\n"), ("logo", &[0xff, 0, 1])]);
        let packed = before.pack().unwrap();
        let after = packed.unpack(3).unwrap();
        assert_eq!(after, before);
        assert_eq!(after.files["logo"].bytes().unwrap(), [0xff, 0, 1]);
        assert!(!format!("{packed:?}").contains("main"), "{packed:?}");
        assert!(PackedConfiguration(vec![1]).unpack(3).unwrap_err().to_string().contains("of revision 3"));
    }

    #[test]
    fn what_fits_no_record_is_told() {
        let mut random = vec![0; 2 << 20];
        getrandom::fill(&mut random).unwrap();
        let reason = kept(&[("big", &random)]).pack().unwrap_err();
        assert!(reason.contains("and a record holds 700"), "{reason}");
    }
}
