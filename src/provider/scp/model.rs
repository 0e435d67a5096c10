//! What the cloud answers, as far as it is read here. Anything may be missing or null, what is new is ignored, and states
//! are texts: a service that is newer than this program is no reason to stop.

use serde::Deserialize;
use serde::Deserializer;
use serde_json::Value;

/// Null is as good as nothing.
fn lenient<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

macro_rules! model {
    ($(#[$meta:meta])* $name:ident { $($field:ident: $type:ty,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq, Deserialize)]
        #[serde(default)]
        pub struct $name {
            $(#[serde(deserialize_with = "lenient")] pub $field: $type,)*
        }
    };
}

model! {
    /// Something by its name and id.
    Named { id: String, name: String, }
}

model! {
    /// Something with a type too, as what may reach a private endpoint.
    Resource {
        id: String,
        name: String,
        r#type: String,
    }
}

model! {
    /// A cluster, whole or as lists show it.
    Cluster {
        id: String,
        name: String,
        status: String,
        kubernetes_version: String,
        vpc: Named,
        subnet: Named,
        volume: Named,
        security_group_list: Vec<Named>,
        private_endpoint_access_control_resources: Vec<Resource>,
        public_endpoint_access_control_ip: String,
        cloud_logging_enabled: bool,
        service_watch_logging_enabled: bool,
        private_kubeconfig_download_yn: String,
        public_kubeconfig_download_yn: String,
        private_endpoint_url: String,
    }
}

model! {
    /// The answer about one cluster.
    OneCluster { cluster: Cluster, }
}

model! {
    /// A key and a value, as labels and tags are.
    Pair { key: String, value: String, }
}

model! {
    Taint { key: String, value: String, effect: String, }
}

model! {
    Image {
        os: String,
        os_version: String,
        custom_image_name: String,
        scp_gpu_driver: String,
    }
}

model! {
    VolumeType { name: String, encrypt: bool, }
}

model! {
    /// A node pool, whole or as lists show it.
    Pool {
        id: String,
        name: String,
        status: String,
        kubernetes_version: String,
        auto_recovery_enabled: bool,
        auto_scale_enabled: bool,
        desired_node_count: i64,
        min_node_count: i64,
        max_node_count: i64,
        image: Image,
        keypair: Named,
        labels: Vec<Pair>,
        taints: Vec<Taint>,
        server_type: Named,
        volume_type: VolumeType,
        volume_size: i64,
        volume_max_iops: Option<i64>,
        volume_max_throughput: Option<i64>,
        server_group_id: String,
        advanced_settings: Option<Value>,
        linked_resources: Vec<Resource>,
    }
}

model! {
    /// The answer about one node pool.
    OnePool { nodepool: Pool, }
}

model! {
    /// The answer to the making of a cluster.
    Accepted { resource_id: String, }
}

model! {
    /// A version of Kubernetes on offer.
    Version { kubernetes_version: String, }
}

model! {
    /// An image for nodes.
    NodeImage {
        os: String,
        os_version: String,
        kubernetes_version: String,
        scp_gpu_driver: String,
    }
}

model! {
    Tagged { tags: Vec<Pair>, }
}

model! {
    /// The answer about the tags of a thing.
    Tags { content: Tagged, }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_new_or_missing_is_no_error() {
        let text = r#"{"cluster": {"id": "1", "status": "HIBERNATING", "vpc": null, "node_count": null, "new": [1],
            "security_group_list": [{"id": "2", "name": "sg", "more": true}], "public_endpoint_access_control_ip": null}}"#;
        let OneCluster { cluster } = serde_json::from_str(text).unwrap();
        assert_eq!((cluster.status.as_str(), cluster.vpc.name.as_str()), ("HIBERNATING", ""));
        assert_eq!(cluster.security_group_list[0].name, "sg");
        let text = r#"{"nodepool": {"volume_type": {"id": "x", "name": "SSD"}, "advanced_settings": null, "volume_max_iops": null}}"#;
        let OnePool { nodepool } = serde_json::from_str(text).unwrap();
        assert_eq!(nodepool.volume_type, VolumeType { name: "SSD".into(), encrypt: false });
    }
}
