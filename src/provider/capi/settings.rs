//! Where the management cluster is, and where in it things lie.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::provider::interval;
use crate::provider::kubernetes;

/// How often to look at what is busy, as `100ms`; for tests.
const POLL: &str = "STACKWRIGHT_CAPI_POLL";
/// Faults that requests to any cluster meet; for tests.
const FAULTS: &str = "STACKWRIGHT_FAULTS";
const NAMESPACE: &str = "default";

/// What is needed to ask.
#[derive(Clone, Debug)]
pub struct Settings {
    pub management: kubernetes::Settings,
    pub namespace: String,
    /// The versions of Kubernetes that machines can have; empty where nobody said.
    pub versions: Vec<String>,
    pub interval: Duration,
}

/// A variable of the environment.
type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

impl Settings {
    /// # Errors
    /// A variable of the environment cannot be used.
    pub fn find(
        arguments: &BTreeMap<String, Value>,
        environment: Environment<'_>,
        root: &Path,
    ) -> Result<Self, String> {
        let text = |name: &str| arguments.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        // A path that begins at home is expanded by whoever reads it.
        let kubeconfig =
            text("kubeconfig").map(|path| if path.starts_with("~/") { path.into() } else { root.join(path) });
        let versions = arguments.get("kubernetes_versions").and_then(Value::as_array).into_iter().flatten();
        let faults = environment(FAULTS).unwrap_or_default();
        Ok(Self {
            management: kubernetes::Settings {
                kubeconfig: kubeconfig.into_iter().collect(),
                context: text("context").map(str::to_owned),
                in_cluster: false,
                faults: faults.parse().map_err(|reason| format!("cannot use {FAULTS}: {reason}"))?,
            },
            namespace: text("namespace").unwrap_or(NAMESPACE).to_owned(),
            versions: versions.filter_map(Value::as_str).map(str::to_owned).collect(),
            interval: interval::of(POLL, environment(POLL))?,
        })
    }
}
