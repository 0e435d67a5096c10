//! Clusters: what an object's `spec` says in the cloud's words, and back. Pure.

use std::collections::BTreeMap;

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::engine;
use super::model::Cluster;
use super::model::Pair;
use super::model::Resource;
use crate::object::INSTALLATION_LABEL;
use crate::provider::maker::Made;
use crate::provider::maker::MadeState;

/// What an installation's cluster names, by ids.
#[derive(Clone, Debug, Default)]
pub struct Ids {
    pub vpc: String,
    pub subnet: String,
    pub volume: String,
    pub security_groups: Vec<String>,
}

/// A text of a specification, by its pointer; empty where there is none.
pub fn text<'a>(spec: &'a Map<String, Value>, key: &str) -> &'a str {
    spec.get(key).and_then(Value::as_str).unwrap_or_default()
}

pub fn flag(spec: &Map<String, Value>, key: &str) -> bool {
    spec.get(key).and_then(Value::as_bool).unwrap_or_default()
}

pub fn list<'a>(value: Option<&'a Value>) -> impl Iterator<Item = &'a Value> + use<'a> {
    value.and_then(Value::as_array).into_iter().flatten()
}

/// The texts of a map.
pub fn texts(value: Option<&Value>) -> BTreeMap<String, String> {
    let entries = value.and_then(Value::as_object).into_iter().flatten();
    entries.map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned())).collect()
}

/// The tags of a cluster with the mark of its installation.
pub fn tags(spec: &Map<String, Value>, installation: &str) -> Value {
    let mut tags = texts(spec.get("tags"));
    tags.insert(INSTALLATION_LABEL.to_owned(), installation.to_owned());
    engine::pairs(tags.iter().map(|(key, value)| (key.as_str(), value.as_str())))
}

/// What may reach the private endpoint, or is linked, as the cloud takes it.
pub fn resources(value: Option<&Value>) -> Value {
    let resource = |value: &Value| json!({"id": value["id"], "name": value["name"], "type": value["type"]});
    list(value).map(resource).collect()
}

/// The body that makes a cluster.
pub fn creation(name: &str, installation: &str, spec: &Map<String, Value>, ids: &Ids) -> Value {
    let mut body = json!({
        "name": name,
        "kubernetes_version": text(spec, "kubernetes_version"),
        "vpc_id": ids.vpc,
        "subnet_id": ids.subnet,
        "volume_id": ids.volume,
        "security_group_id_list": ids.security_groups,
        "cloud_logging_enabled": flag(spec, "control_plane_logging"),
        "service_watch_logging_enabled": flag(spec, "service_watch_logging"),
        "private_endpoint_access_control_resources": resources(spec.get("private_endpoint_access")),
        "tags": tags(spec, installation),
    });
    let address = text(spec, "public_endpoint_access_allow");
    if !address.is_empty() {
        body["public_endpoint_access_control_ip"] = json!(address);
    }
    body
}

/// The installation that tags name; empty for none.
pub fn mark(tags: &[Pair]) -> String {
    tags.iter().find(|tag| tag.key == INSTALLATION_LABEL).map(|tag| tag.value.clone()).unwrap_or_default()
}

pub fn state(status: &str) -> MadeState {
    match status.to_ascii_uppercase().as_str() {
        "RUNNING" => MadeState::Ready,
        "DELETING" => MadeState::Leaving,
        "CREATING" => MadeState::Busy("CREATING; with its first node pool that takes about half an hour".into()),
        "ERROR" => MadeState::Failed(
            "the cloud says ERROR, which does not pass by itself. Look at the cluster in the console or ask the cloud's \
             support; to make it anew, apply with --replace and the cluster's address"
                .into(),
        ),
        _ => MadeState::Busy(status.to_owned()),
    }
}

/// A cluster as a thing: its specification in names, and the same in ids.
pub fn made(cluster: &Cluster, tags: &[Pair]) -> Made {
    let shown: Map<String, Value> = tags
        .iter()
        .filter(|tag| tag.key != INSTALLATION_LABEL)
        .map(|tag| (tag.key.clone(), tag.value.clone().into()))
        .collect();
    let groups = |of: fn(&super::model::Named) -> &str| -> Vec<String> {
        cluster.security_group_list.iter().map(|group| of(group).to_owned()).collect()
    };
    let spec = json!({
        "kubernetes_version": cluster.kubernetes_version,
        "network": {
            "vpc": cluster.vpc.name, "subnet": cluster.subnet.name, "security_groups": groups(|group| &group.name),
        },
        "file_storage": cluster.volume.name,
        "control_plane_logging": cluster.cloud_logging_enabled,
        "service_watch_logging": cluster.service_watch_logging_enabled,
        "private_endpoint_access": shown_resources(&cluster.private_endpoint_access_control_resources, true),
        "public_endpoint_access_allow": cluster.public_endpoint_access_control_ip,
        "tags": shown,
    });
    let aliases = json!({
        "network": {"vpc": cluster.vpc.id, "subnet": cluster.subnet.id, "security_groups": groups(|group| &group.id)},
        "file_storage": cluster.volume.id,
        "private_endpoint_access": shown_resources(&cluster.private_endpoint_access_control_resources, false),
    });
    Made {
        name: cluster.name.clone(),
        id: cluster.id.clone(),
        installation: mark(tags),
        spec: object(spec),
        aliases: object(aliases),
        state: state(&cluster.status),
    }
}

/// Resources as a specification writes them, with their ids or without.
pub fn shown_resources(resources: &[Resource], ids: bool) -> Value {
    let shown = |resource: &Resource| match ids {
        true => json!({"type": resource.r#type, "name": resource.name, "id": resource.id}),
        false => json!({"type": resource.r#type, "name": resource.name}),
    };
    resources.iter().map(shown).collect()
}

pub fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_is_made_of_its_specification_and_shown_as_it() {
        let spec = json!({
            "kubernetes_version": "v1.31.8", "network": {"vpc": "vpc1", "subnet": "sub1", "security_groups": ["sg"]},
            "file_storage": "nfs_01", "control_plane_logging": true, "service_watch_logging": false,
            "private_endpoint_access": [], "public_endpoint_access_allow": "203.0.113.7", "tags": {"team": "ml"},
        });
        let ids = Ids { vpc: "v".into(), subnet: "s".into(), volume: "f".into(), security_groups: vec!["g".into()] };
        let body = creation("ml", "prod", spec.as_object().unwrap(), &ids);
        assert_eq!(
            body,
            json!({
                "name": "ml", "kubernetes_version": "v1.31.8", "vpc_id": "v", "subnet_id": "s", "volume_id": "f",
                "security_group_id_list": ["g"], "cloud_logging_enabled": true, "service_watch_logging_enabled": false,
                "private_endpoint_access_control_resources": [], "public_endpoint_access_control_ip": "203.0.113.7",
                "tags": [{"key": "stackwright.io/installation", "value": "prod"}, {"key": "team", "value": "ml"}],
            })
        );
        let answer = json!({
            "id": "1", "name": "ml", "status": "RUNNING", "kubernetes_version": "v1.31.8",
            "vpc": {"id": "v", "name": "vpc1"}, "subnet": {"id": "s", "name": "sub1"},
            "volume": {"id": "f", "name": "nfs_01"}, "security_group_list": [{"id": "g", "name": "sg"}],
            "public_endpoint_access_control_ip": "203.0.113.7", "cloud_logging_enabled": true,
        });
        let cluster: Cluster = serde_json::from_value(answer).unwrap();
        let tags: Vec<Pair> = serde_json::from_value(body["tags"].clone()).unwrap();
        let made = made(&cluster, &tags);
        assert_eq!(Value::Object(made.spec), spec);
        assert_eq!((made.installation.as_str(), made.state), ("prod", MadeState::Ready));
        assert_eq!(made.aliases["network"]["vpc"], "v");
    }

    #[test]
    fn states_that_nobody_knows_are_waited_for() {
        assert_eq!(state("HIBERNATING"), MadeState::Busy("HIBERNATING".into()));
        assert!(matches!(state("error"), MadeState::Failed(reason) if reason.contains("--replace")));
    }
}
