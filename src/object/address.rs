//! Addresses as people write them to select things: an owner, everything under it, or one object.

use std::fmt;
use std::str::FromStr;

use super::ObjectId;

/// Names an owner with everything under it (`platform.ml` covers `platform.ml.dex`), one object, or one object of an
/// owner (`platform.ml.dex/Deployment.apps auth/dex`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Empty where only an object is named.
    owner: String,
    object: Option<ObjectId>,
}

/// Text that names nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is neither an address such as \"platform.ml.dex\" nor an object such as \"Deployment.apps auth/dex\"")]
pub struct InvalidAddress(pub String);

impl Address {
    /// Whether the object `id` of `owner` is meant.
    pub fn covers(&self, owner: &str, id: &ObjectId) -> bool {
        self.covers_owner(owner) && self.object.as_ref().is_none_or(|object| object == id)
    }

    fn covers_owner(&self, owner: &str) -> bool {
        match owner.strip_prefix(self.owner.as_str()) {
            Some(rest) => self.owner.is_empty() || rest.is_empty() || rest.starts_with(['.', '[', '/']),
            None => false,
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.owner)?;
        match &self.object {
            Some(object) if self.owner.is_empty() => write!(f, "{object}"),
            Some(object) => write!(f, "/{object}"),
            None => Ok(()),
        }
    }
}

impl FromStr for Address {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidAddress(text.to_owned());
        let text = text.trim();
        // An instance key may hold a blank or a slash: `user.all["a b"]`.
        let plain_end = text.rfind(']').map_or(0, |end| end + 1);
        if !text[plain_end..].contains(' ') {
            let well_formed = text.contains('.') && !text.starts_with('.') && !text.ends_with('.');
            return if well_formed { Ok(Self { owner: text.to_owned(), object: None }) } else { Err(invalid()) };
        }
        let blank = plain_end + text[plain_end..].find(' ').ok_or_else(invalid)?;
        let (owner, object) = match text[plain_end..blank].find('/') {
            Some(slash) => (&text[..plain_end + slash], &text[plain_end + slash + 1..]),
            None => ("", text),
        };
        Ok(Self { owner: owner.to_owned(), object: Some(object.parse().map_err(|_| invalid())?) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn covers_owners_and_objects() {
        let check = |address: &str, owner: &str, object: &str, expected: bool| {
            let parsed: Address = address.parse().expect(address);
            assert_eq!(parsed.to_string(), address);
            assert_eq!(parsed.covers(owner, &object.parse().expect(object)), expected, "{address} {owner} {object}");
        };
        check("platform.ml", "platform.ml.dex", "Service auth/dex", true);
        check("platform.ml.dex", "platform.ml.dex", "Service auth/dex", true);
        check("platform.ml", "platform.mlx", "Service auth/dex", false);
        check("user.all[\"a b\"]", "user.all[\"a b\"]", "Profile.kubeflow.org a", true);
        check("user.all", "user.all[\"a\"]", "Profile.kubeflow.org a", true);
        check("Service auth/dex", "platform.ml.dex", "Service auth/dex", true);
        check("Service auth/dex", "platform.ml.dex", "Service auth/other", false);
        check("platform.ml.dex/Service auth/dex", "platform.ml.dex", "Service auth/dex", true);
        check("platform.ml.istio/Service auth/dex", "platform.ml.dex", "Service auth/dex", false);
    }

    #[test]
    fn refuses_what_names_nothing() {
        for text in ["", "platform", ".x", "x.", "Service ", "Service a/b/c"] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }
}
