//! The two versions of Cluster API that are spoken, and what one says otherwise than the other. Pure.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::object::GroupVersionKind;
use crate::provider::kubernetes::Kinds;

/// The group of Cluster API's own kinds.
pub const GROUP: &str = "cluster.x-k8s.io";

/// A node that is not ready for so long is replaced, and one that never came after so long.
const UNHEALTHY_SECONDS: u32 = 300;
const STARTUP_SECONDS: u32 = 1200;
/// What a node's `Ready` says then.
const UNHEALTHY: [&str; 2] = ["Unknown", "False"];

/// A version of Cluster API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    V1Beta1,
    V1Beta2,
}

impl Dialect {
    /// All, the preferred one first.
    const ALL: [Self; 2] = [Self::V1Beta2, Self::V1Beta1];

    /// The one that a management cluster speaks.
    pub fn of(kinds: &Kinds) -> Option<Self> {
        Self::ALL.into_iter().find(|dialect| kinds.exact(&dialect.kind("Cluster")).is_some())
    }

    pub fn version(self) -> &'static str {
        match self {
            Self::V1Beta1 => "v1beta1",
            Self::V1Beta2 => "v1beta2",
        }
    }

    pub fn kind(self, kind: &str) -> GroupVersionKind {
        GroupVersionKind::new(GROUP, self.version(), kind)
    }

    pub fn api_version(self) -> String {
        format!("{GROUP}/{}", self.version())
    }

    /// A reference to an object of the same namespace: `template` says `group`, `kind` and `name`. The older version wants
    /// to know the version of the kind too.
    pub fn reference(self, template: &Value, version: &str) -> Value {
        let (group, kind, name) = (&template["group"], &template["kind"], &template["name"]);
        match self {
            Self::V1Beta1 => {
                let api_version = format!("{}/{version}", group.as_str().unwrap_or_default());
                json!({"apiVersion": api_version, "kind": kind, "name": name})
            }
            Self::V1Beta2 => json!({"apiGroup": group, "kind": kind, "name": name}),
        }
    }

    /// A reference as a specification writes it.
    pub fn template(self, reference: &Value) -> Value {
        let group = match self {
            Self::V1Beta1 => reference["apiVersion"].as_str().and_then(|text| text.split('/').next()),
            Self::V1Beta2 => reference["apiGroup"].as_str(),
        };
        json!({"group": group, "kind": reference["kind"], "name": reference["name"]})
    }

    /// The class of a topology, with its namespace where that is another.
    pub fn class(self, name: &Value, namespace: Option<&Value>) -> Map<String, Value> {
        let mut class = match self {
            Self::V1Beta1 => json!({"class": name}),
            Self::V1Beta2 => json!({"classRef": {"name": name}}),
        };
        if let Some(namespace) = namespace.filter(|namespace| !namespace.is_null()) {
            match self {
                Self::V1Beta1 => class["classNamespace"] = namespace.clone(),
                Self::V1Beta2 => class["classRef"]["namespace"] = namespace.clone(),
            }
        }
        class.as_object().cloned().unwrap_or_default()
    }

    /// Name and namespace of the class of a topology.
    pub fn class_of(self, topology: &Value) -> (Value, Value) {
        let at = |pointer: &str| topology.pointer(pointer).cloned().unwrap_or_default();
        match self {
            Self::V1Beta1 => (at("/class"), at("/classNamespace")),
            Self::V1Beta2 => (at("/classRef/name"), at("/classRef/namespace")),
        }
    }

    /// What a topology says of the health of a pool's nodes: the field and its value.
    pub fn health_of_topology(self, is_watched: bool) -> (&'static str, Value) {
        match self {
            Self::V1Beta1 => {
                let mut health = json!({"enable": is_watched});
                extend(&mut health, is_watched.then(|| self.checks()));
                ("machineHealthCheck", health)
            }
            Self::V1Beta2 => {
                let mut health = json!({"enabled": is_watched});
                extend(&mut health, is_watched.then(|| json!({"checks": self.checks()})));
                ("healthCheck", health)
            }
        }
    }

    /// Whether a pool of a topology has its nodes watched.
    pub fn is_watched(self, entry: &Value) -> bool {
        let pointer = match self {
            Self::V1Beta1 => "/machineHealthCheck/enable",
            Self::V1Beta2 => "/healthCheck/enabled",
        };
        entry.pointer(pointer).and_then(Value::as_bool).unwrap_or_default()
    }

    /// What a MachineHealthCheck looks at, beside whose machines.
    pub fn health_of_check(self) -> Value {
        match self {
            Self::V1Beta1 => self.checks(),
            Self::V1Beta2 => json!({"checks": self.checks()}),
        }
    }

    fn checks(self) -> Value {
        let condition = |status: &&str| match self {
            Self::V1Beta1 => json!({"type": "Ready", "status": status, "timeout": duration(UNHEALTHY_SECONDS)}),
            Self::V1Beta2 => json!({"type": "Ready", "status": status, "timeoutSeconds": UNHEALTHY_SECONDS}),
        };
        let conditions: Vec<Value> = UNHEALTHY.iter().map(condition).collect();
        match self {
            Self::V1Beta1 => {
                json!({"nodeStartupTimeout": duration(STARTUP_SECONDS), "unhealthyConditions": conditions})
            }
            Self::V1Beta2 => {
                json!({"nodeStartupTimeoutSeconds": STARTUP_SECONDS, "unhealthyNodeConditions": conditions})
            }
        }
    }

    /// How many machines of a pool are of its newest kind.
    pub fn up_to_date(self) -> &'static str {
        match self {
            Self::V1Beta1 => "/status/updatedReplicas",
            Self::V1Beta2 => "/status/upToDateReplicas",
        }
    }
}

/// As Go writes a time, so that it is not changed by who stores it.
fn duration(seconds: u32) -> String {
    format!("{}m{}s", seconds / 60, seconds % 60)
}

fn extend(value: &mut Value, more: Option<Value>) {
    if let (Value::Object(map), Some(Value::Object(more))) = (value, more) {
        map.extend(more);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_written_and_read_in_both() {
        let template = json!({"group": "infrastructure.cluster.x-k8s.io", "kind": "DockerCluster", "name": "main"});
        let old = Dialect::V1Beta1.reference(&template, "v1beta2");
        assert_eq!(
            old,
            json!({"apiVersion": "infrastructure.cluster.x-k8s.io/v1beta2", "kind": "DockerCluster", "name": "main"})
        );
        let new = Dialect::V1Beta2.reference(&template, "v1beta2");
        assert_eq!(
            new,
            json!({"apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "DockerCluster", "name": "main"})
        );
        assert_eq!((Dialect::V1Beta1.template(&old), Dialect::V1Beta2.template(&new)), (template.clone(), template));
    }

    #[test]
    fn classes_and_health_are_written_and_read_in_both() {
        for dialect in Dialect::ALL {
            let class = Value::Object(dialect.class(&json!("quick"), Some(&json!("classes"))));
            assert_eq!(dialect.class_of(&class), (json!("quick"), json!("classes")));
            let class = Value::Object(dialect.class(&json!("quick"), None));
            assert_eq!(dialect.class_of(&class), (json!("quick"), Value::Null));
            for is_watched in [true, false] {
                let (field, health) = dialect.health_of_topology(is_watched);
                assert_eq!(dialect.is_watched(&json!({field: health})), is_watched, "{dialect:?}");
            }
        }
        let (_, health) = Dialect::V1Beta1.health_of_topology(true);
        assert_eq!(health["unhealthyConditions"][0]["timeout"], "5m0s");
        let (_, health) = Dialect::V1Beta2.health_of_topology(true);
        assert_eq!(health["checks"]["unhealthyNodeConditions"][1]["timeoutSeconds"], 300);
    }
}
