//! The two programs, and what is said to each. Pure.

use std::path::Path;

use serde_json::Value;

/// A program that makes clusters in containers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    Kind,
    K3d,
}

impl Tool {
    /// As it is looked for in `PATH`.
    pub fn program(self) -> &'static str {
        match self {
            Self::Kind => "kind",
            Self::K3d => "k3d",
        }
    }

    /// Where it is to be had.
    pub fn home(self) -> &'static str {
        match self {
            Self::Kind => "https://kind.sigs.k8s.io",
            Self::K3d => "https://k3d.io",
        }
    }

    pub fn list(self) -> Vec<String> {
        words(match self {
            Self::Kind => &["get", "clusters"],
            Self::K3d => &["cluster", "list", "-o", "json"],
        })
    }

    /// The names in the answer to [`Self::list`].
    ///
    /// # Errors
    /// It is no list.
    pub fn names(self, answer: &str) -> Result<Vec<String>, String> {
        match self {
            Self::Kind => {
                Ok(answer.lines().map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect())
            }
            Self::K3d => {
                let list: Value = serde_json::from_str(answer).map_err(|_| "its list of clusters is no JSON")?;
                let names = list.as_array().into_iter().flatten().filter_map(|cluster| cluster["name"].as_str());
                Ok(names.map(str::to_owned).collect())
            }
        }
    }

    /// Makes the cluster that a configuration file describes.
    pub fn create(self, name: &str, file: &Path) -> Vec<String> {
        let file = file.display().to_string();
        match self {
            Self::Kind => words(&["create", "cluster", "--name", name, "--config", &file]),
            // The file has the name.
            Self::K3d => words(&["cluster", "create", "--config", &file]),
        }
    }

    pub fn delete(self, name: &str) -> Vec<String> {
        match self {
            Self::Kind => words(&["delete", "cluster", "--name", name]),
            Self::K3d => words(&["cluster", "delete", name]),
        }
    }

    /// Prints the administrator's kubeconfig.
    pub fn kubeconfig(self, name: &str) -> Vec<String> {
        match self {
            Self::Kind => words(&["get", "kubeconfig", "--name", name]),
            Self::K3d => words(&["kubeconfig", "get", name]),
        }
    }

    /// The image of nodes of a version of Kubernetes.
    pub fn image(self, version: &str) -> String {
        let version = version.trim_start_matches('v');
        match self {
            Self::Kind => format!("kindest/node:v{version}"),
            Self::K3d => format!("rancher/k3s:v{version}-k3s1"),
        }
    }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_both_are_read() {
        assert_eq!(Tool::Kind.names("a\n\n b \n"), Ok(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(Tool::Kind.names(""), Ok(Vec::new()));
        assert_eq!(Tool::K3d.names(r#"[{"name": "a", "nodes": []}]"#), Ok(vec!["a".to_owned()]));
        assert!(Tool::K3d.names("NAME SERVERS").is_err());
        assert_eq!(Tool::Kind.image("1.34.0"), "kindest/node:v1.34.0");
        assert_eq!(Tool::K3d.image("v1.33.4"), "rancher/k3s:v1.33.4-k3s1");
    }
}
