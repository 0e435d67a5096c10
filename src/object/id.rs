//! What identifies an object: group, kind, namespace and name, but not the version it is served in.

use std::fmt;
use std::str::FromStr;

/// The kind of an object with the version it is written in. `group` is empty for the core group.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupVersionKind {
    pub group: String,
    pub version: String,
    pub kind: String,
}

impl GroupVersionKind {
    pub fn new(group: impl Into<String>, version: impl Into<String>, kind: impl Into<String>) -> Self {
        Self { group: group.into(), version: version.into(), kind: kind.into() }
    }

    /// From an object's `apiVersion` (`apps/v1`, `v1`) and `kind`.
    pub fn from_api_version(api_version: &str, kind: &str) -> Self {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        Self::new(group, version, kind)
    }

    /// `apps/v1`, or `v1` in the core group.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.clone() } else { format!("{}/{}", self.group, self.version) }
    }
}

impl fmt::Display for GroupVersionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.api_version(), self.kind)
    }
}

/// Identifies one object of a cluster for its whole life. `namespace` is empty for cluster-scoped objects.
///
/// Its text is `Deployment.apps kubeflow/centraldashboard`, `Namespace auth`: as kubectl writes kinds, then as it
/// writes names. Group before kind in the order, so that lists group well.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId {
    pub group: String,
    pub kind: String,
    pub namespace: String,
    pub name: String,
}

impl ObjectId {
    pub fn new(
        group: impl Into<String>,
        kind: impl Into<String>,
        namespace: impl Into<String>,
        name: impl Into<String>,
    ) -> Self {
        Self { group: group.into(), kind: kind.into(), namespace: namespace.into(), name: name.into() }
    }

    /// `Deployment.apps`, or `Service` in the core group.
    pub fn group_kind(&self) -> String {
        if self.group.is_empty() { self.kind.clone() } else { format!("{}.{}", self.kind, self.group) }
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.kind)?;
        if !self.group.is_empty() {
            write!(f, ".{}", self.group)?;
        }
        f.write_str(" ")?;
        if !self.namespace.is_empty() {
            write!(f, "{}/", self.namespace)?;
        }
        f.write_str(&self.name)
    }
}

/// Text that is not of the form `Kind.group namespace/name`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no object's name such as \"Deployment.apps auth/dex\" or \"Namespace auth\"")]
pub struct InvalidObjectId(pub String);

impl FromStr for ObjectId {
    type Err = InvalidObjectId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidObjectId(text.to_owned());
        let (kind, name) = text.trim().split_once(' ').ok_or_else(invalid)?;
        let (kind, group) = kind.split_once('.').unwrap_or((kind, ""));
        let (namespace, name) = name.trim().split_once('/').unwrap_or(("", name.trim()));
        if kind.is_empty() || name.is_empty() || name.contains('/') {
            return Err(invalid());
        }
        Ok(Self::new(group, kind, namespace, name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_back() {
        for text in ["Deployment.apps kubeflow/centraldashboard", "Namespace auth", "Service auth/dex"] {
            assert_eq!(text.parse::<ObjectId>().map(|id| id.to_string()), Ok(text.to_owned()));
        }
        for text in ["", "Namespace", "Namespace a/b/c", " x", ".apps x"] {
            assert!(text.parse::<ObjectId>().is_err(), "{text}");
        }
    }
}
