//! Node pools: what an object's `spec` says in the cloud's words, and back. Pure.
//!
//! A pool bears no tags, so the mark of its installation is a label of its nodes.

use std::collections::BTreeMap;

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::clusters::flag;
use super::clusters::list;
use super::clusters::object;
use super::clusters::shown_resources;
use super::clusters::text;
use super::clusters::texts;
use super::engine;
use super::model::Pool;
use crate::object::INSTALLATION_LABEL;
use crate::provider::maker::Made;
use crate::provider::maker::MadeState;

/// Ends the name of a kind of disk that is encrypted.
const ENCRYPTED: &str = "_KMS";

/// The name of a pool's object: pools of two clusters may have one name.
pub fn object_name(cluster: &str, pool: &str) -> String {
    format!("{cluster}.{pool}")
}

/// Cluster and pool of an object's name.
pub fn names(name: &str) -> Option<(&str, &str)> {
    name.split_once('.')
}

/// All labels, with the mark.
pub fn labels(spec: &Map<String, Value>, installation: &str) -> Value {
    let mut labels = texts(spec.get("labels"));
    labels.insert(INSTALLATION_LABEL.to_owned(), installation.to_owned());
    engine::pairs(labels.iter().map(|(key, value)| (key.as_str(), value.as_str())))
}

pub fn taints(spec: &Map<String, Value>) -> Value {
    let taint = |taint: &Value| json!({"effect": taint["effect"], "key": taint["key"], "value": taint["value"]});
    list(spec.get("taints")).map(taint).collect()
}

/// How many nodes, as creation and update take it.
pub fn size(spec: &Map<String, Value>) -> Map<String, Value> {
    let recovery = flag(spec, "auto_recovery");
    object(match spec.get("autoscaling") {
        Some(bounds) => json!({
            "is_auto_recovery": recovery, "is_auto_scale": true,
            "min_node_count": bounds["min"], "max_node_count": bounds["max"],
        }),
        None => json!({
            "is_auto_recovery": recovery, "is_auto_scale": false, "desired_node_count": spec.get("node_count"),
        }),
    })
}

/// The body that makes a pool. `links` are its linked resources with their ids.
pub fn creation(name: &str, cluster_id: &str, installation: &str, spec: &Map<String, Value>, links: &Value) -> Value {
    let storage = spec.get("block_storage").cloned().unwrap_or_else(|| json!({"type": "SSD", "size_gb": 200}));
    let encrypted = if storage["encrypted"] == true { ENCRYPTED } else { "" };
    let mut body = json!({
        "cluster_id": cluster_id,
        "name": name,
        "kubernetes_version": text(spec, "kubernetes_version"),
        "server_type_id": text(spec, "server_type"),
        "image_os": text(spec, "os"),
        "image_os_version": text(spec, "os_version"),
        "keypair_name": text(spec, "keypair"),
        "volume_type_name": format!("{}{encrypted}", storage["type"].as_str().unwrap_or("SSD")),
        "volume_size": storage["size_gb"],
        "labels": labels(spec, installation),
        "taints": taints(spec),
        "linked_resources": links,
    });
    let optional = [
        ("volume_max_iops", storage.get("iops")),
        ("volume_max_throughput", storage.get("throughput")),
        ("scp_gpu_driver", spec.get("gpu_driver")),
        ("custom_image_id", spec.get("custom_image")),
        ("server_group_id", spec.get("server_group")),
        ("advanced_settings", spec.get("advanced")),
    ];
    if let Value::Object(map) = &mut body {
        map.extend(size(spec));
        let given = optional.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?.clone())));
        map.extend(given.filter(|(_, value)| !value.is_null()));
    }
    body
}

pub fn state(status: &str) -> MadeState {
    match status.to_ascii_uppercase().as_str() {
        "RUNNING" => MadeState::Ready,
        "DELETING" => MadeState::Leaving,
        "SCALINGUP" | "CREATING" => MadeState::Busy(format!("{status}; nodes take about ten minutes")),
        "ERROR" | "FAILED" => MadeState::Failed(format!(
            "the cloud says {status}, which does not pass by itself. Look at the node pool in the console; to make it anew, \
             apply with --replace and its address"
        )),
        _ => MadeState::Busy(status.to_owned()),
    }
}

/// A pool as a thing.
pub fn made(cluster: &str, pool: &Pool) -> Made {
    let marked = pool.labels.iter().find(|label| label.key == INSTALLATION_LABEL);
    let shown: BTreeMap<&str, &str> = pool
        .labels
        .iter()
        .filter(|label| label.key != INSTALLATION_LABEL)
        .map(|label| (label.key.as_str(), label.value.as_str()))
        .collect();
    let taint = |taint: &super::model::Taint| json!({"key": taint.key, "value": taint.value, "effect": taint.effect});
    let kind = pool.volume_type.name.as_str();
    let mut storage = json!({
        "type": kind.trim_end_matches(ENCRYPTED),
        "size_gb": pool.volume_size,
        "encrypted": pool.volume_type.encrypt || kind.ends_with(ENCRYPTED),
    });
    for (key, value) in [("iops", pool.volume_max_iops), ("throughput", pool.volume_max_throughput)] {
        if let Some(value) = value {
            storage[key] = json!(value);
        }
    }
    let mut spec = json!({
        "cluster": cluster,
        "kubernetes_version": pool.kubernetes_version,
        "server_type": pool.server_type.id,
        "os": pool.image.os.to_lowercase(),
        "os_version": pool.image.os_version,
        "keypair": pool.keypair.name,
        "block_storage": storage,
        "labels": shown,
        "taints": pool.taints.iter().map(taint).collect::<Vec<_>>(),
        "auto_recovery": pool.auto_recovery_enabled,
        "linked_resources": shown_resources(&pool.linked_resources, true),
    });
    match pool.auto_scale_enabled {
        true => spec["autoscaling"] = json!({"min": pool.min_node_count, "max": pool.max_node_count}),
        false => spec["node_count"] = json!(pool.desired_node_count),
    }
    for (key, text) in [("gpu_driver", &pool.image.scp_gpu_driver), ("server_group", &pool.server_group_id)] {
        if !text.is_empty() {
            spec[key] = json!(text);
        }
    }
    if let Some(advanced) = &pool.advanced_settings {
        spec["advanced"] = advanced.clone();
    }
    if !pool.image.custom_image_name.is_empty() {
        // The cloud tells its name only, and was told its id: which of them is meant cannot be seen.
        spec["custom_image"] = Value::Null;
    }
    Made {
        name: object_name(cluster, &pool.name),
        id: pool.id.clone(),
        installation: marked.map(|label| label.value.clone()).unwrap_or_default(),
        spec: object(spec),
        aliases: object(json!({"linked_resources": shown_resources(&pool.linked_resources, false)})),
        state: state(&pool.status),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_is_made_of_its_specification_and_shown_as_it() {
        let spec = json!({
            "cluster": "ml", "kubernetes_version": "v1.31.8", "server_type": "g1v16m64", "os": "ubuntu",
            "os_version": "22.04", "keypair": "key",
            "block_storage": {"type": "SSD", "size_gb": 200, "encrypted": true},
            "labels": {"pool": "gpu"}, "taints": [{"key": "gpu", "value": "true", "effect": "NoSchedule"}],
            "auto_recovery": true, "linked_resources": [], "autoscaling": {"min": 1, "max": 3},
            "gpu_driver": "ND_570.195.03", "advanced": {"max_pods": 110},
        });
        let body = creation("gpu", "1", "prod", spec.as_object().unwrap(), &json!([]));
        assert_eq!((&body["volume_type_name"], &body["is_auto_scale"]), (&json!("SSD_KMS"), &json!(true)));
        assert_eq!((&body["scp_gpu_driver"], &body["max_node_count"]), (&json!("ND_570.195.03"), &json!(3)));
        assert_eq!(
            body.get("desired_node_count").or(body.get("volume_max_iops")).or(body.get("custom_image_id")),
            None
        );
        let pool = json!({
            "id": "2", "name": "gpu", "status": "Running", "kubernetes_version": "v1.31.8",
            "auto_recovery_enabled": true, "auto_scale_enabled": true, "min_node_count": 1, "max_node_count": 3,
            "desired_node_count": 2, "image": {"os": "ubuntu", "os_version": "22.04", "scp_gpu_driver": "ND_570.195.03"},
            "keypair": {"name": "key"}, "labels": body["labels"], "taints": body["taints"],
            "server_type": {"id": "g1v16m64", "description": "x"}, "volume_type": {"name": "SSD_KMS", "encrypt": true},
            "volume_size": 200, "advanced_settings": {"max_pods": 110},
        });
        let made = made("ml", &serde_json::from_value(pool).unwrap());
        assert_eq!(Value::Object(made.spec), spec);
        assert_eq!((made.name.as_str(), made.installation.as_str()), ("ml.gpu", "prod"));
        assert_eq!(state("Scalingdown"), MadeState::Busy("Scalingdown".into()));
    }
}
