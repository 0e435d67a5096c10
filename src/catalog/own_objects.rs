//! Objects that stand for blocks of the configuration themselves: storage classes, and what a cloud makes.

use serde_json::Value;
use serde_json::json;

use crate::config::CloudResource;
use crate::config::Cluster;
use crate::config::Installation;
use crate::config::NodePool;
use crate::config::PoolSize;
use crate::config::ProviderFacts;
use crate::config::StorageClass;
use crate::config::Template;
use crate::config::Topology;
use crate::object::Address;
use crate::object::Object;

use super::RenderedObject;
use super::decorate::INSTALLATION_LABEL;

/// The storage classes of a cluster, given by its address. Also for a cluster that has no platform.
pub fn storage_class_objects(installation: &Installation, cluster: &Address) -> Vec<RenderedObject> {
    let classes = installation.storage_classes.iter().filter(|class| class.cluster == *cluster);
    classes
        .filter_map(|class| {
            let mut object = storage_class(class)?;
            object.set_label(INSTALLATION_LABEL, &installation.name);
            Some(RenderedObject { object, owner: class.address.clone(), after: Vec::new() })
        })
        .collect()
}

/// The clusters and node pools that a provider makes, as objects of its group, with what has a meaning there.
pub fn made_objects(
    installation: &Installation,
    facts: &ProviderFacts,
    provider: &str,
    group: &str,
) -> Vec<RenderedObject> {
    let mut made = Vec::new();
    for cluster in installation.clusters.iter().filter(|cluster| cluster.provider == provider) {
        let pools = installation.node_pools.iter().filter(|pool| pool.cluster == cluster.address);
        let mut spec = used(facts, "cluster", cluster_spec(cluster));
        if facts.pools_are_fixed {
            spec["node_pools"] = pools.clone().map(|pool| fixed_pool(pool)).collect();
        }
        made.extend(made_object(installation, group, "Cluster", &cluster.name, &cluster.address, spec));
        for pool in pools.filter(|_| !facts.pools_are_fixed) {
            // Pools of two clusters may have one name.
            let name = format!("{}.{}", cluster.name, pool.name);
            let spec = used(facts, "node_pool", node_pool_spec(cluster, pool));
            let pool = made_object(installation, group, "NodePool", &name, &pool.address, spec);
            made.extend(pool.map(|pool| RenderedObject { after: vec![cluster.address.clone()], ..pool }));
        }
    }
    made
}

/// Without what has no meaning at the provider.
fn used(facts: &ProviderFacts, kind: &str, mut spec: Value) -> Value {
    if let Value::Object(spec) = &mut spec {
        spec.retain(|name, _| facts.uses(kind, name));
    }
    spec
}

fn made_object(
    installation: &Installation,
    group: &str,
    kind: &str,
    name: &str,
    owner: &Address,
    spec: Value,
) -> Option<RenderedObject> {
    let value = json!({
        "apiVersion": format!("{group}/v1"), "kind": kind, "metadata": {"name": name}, "spec": without_nulls(spec),
    });
    let mut object = Object::from_value(value).ok()?;
    object.set_label(INSTALLATION_LABEL, &installation.name);
    Some(RenderedObject { object, owner: owner.clone(), after: Vec::new() })
}

fn cluster_spec(cluster: &Cluster) -> Value {
    let network = cluster.network.as_ref().map(
        |network| json!({"vpc": network.vpc, "subnet": network.subnet, "security_groups": network.security_groups}),
    );
    json!({
        "kubernetes_version": cluster.kubernetes_version,
        "network": network,
        "file_storage": cluster.file_storage,
        "control_plane_logging": cluster.control_plane_logging,
        "service_watch_logging": cluster.service_watch_logging,
        "private_endpoint_access": cluster.private_endpoint_access.iter().map(cloud_resource).collect::<Vec<_>>(),
        // Nothing written means that nobody may, and not that it stays as it is.
        "public_endpoint_access_allow": cluster.public_endpoint_access_allow.clone().unwrap_or_default(),
        "control_plane_count": cluster.control_plane_count,
        "pod_cidrs": (!cluster.pod_cidrs.is_empty()).then_some(&cluster.pod_cidrs),
        "service_cidrs": (!cluster.service_cidrs.is_empty()).then_some(&cluster.service_cidrs),
        "topology": cluster.topology.as_ref().map(topology),
        "control_plane": cluster.control_plane.as_ref().map(template),
        "infrastructure": cluster.infrastructure.as_ref().map(template),
        "image": cluster.image,
        "tags": cluster.tags,
    })
}

fn topology(topology: &Topology) -> Value {
    without_nulls(json!({
        "class": topology.class, "class_namespace": topology.class_namespace, "variables": topology.variables,
    }))
}

/// Which version of its kind is asked for is the management cluster's to say.
fn template(template: &Template) -> Value {
    let group = template.api_version.split('/').next().unwrap_or_default();
    json!({"group": group, "kind": template.kind, "name": template.name})
}

fn node_pool_spec(cluster: &Cluster, pool: &NodePool) -> Value {
    let (count, autoscaling) = match pool.size {
        PoolSize::Fixed(count) => (Some(count), None),
        PoolSize::Autoscaling { min, max } => (None, Some(json!({"min": min, "max": max}))),
    };
    let storage = pool.block_storage.as_ref().map(|storage| {
        without_nulls(json!({
            "type": storage.kind, "size_gb": storage.size_gb, "encrypted": storage.encrypted,
            "iops": storage.iops, "throughput": storage.throughput,
        }))
    });
    json!({
        "cluster": cluster.name,
        // Nodes follow their control plane.
        "kubernetes_version": cluster.kubernetes_version,
        "server_type": (!pool.server_type.is_empty()).then_some(&pool.server_type),
        "machine_class": pool.machine_class,
        "infrastructure": pool.infrastructure.as_ref().map(template),
        "bootstrap": pool.bootstrap.as_ref().map(template),
        "os": pool.os,
        "os_version": pool.os_version,
        "keypair": pool.keypair,
        "gpu_driver": pool.gpu_driver,
        "custom_image": pool.custom_image,
        "server_group": pool.server_group,
        "auto_recovery": pool.auto_recovery,
        "linked_resources": pool.linked_resources.iter().map(cloud_resource).collect::<Vec<_>>(),
        "advanced": (!pool.advanced.is_empty()).then_some(&pool.advanced),
        "block_storage": storage,
        "node_count": count,
        "autoscaling": autoscaling,
        "labels": pool.labels,
        "taints": taints(pool),
    })
}

/// A pool that is made with its cluster.
fn fixed_pool(pool: &NodePool) -> Value {
    let count = match pool.size {
        PoolSize::Fixed(count) => count,
        PoolSize::Autoscaling { min, .. } => min,
    };
    json!({"name": pool.name, "node_count": count, "labels": pool.labels, "taints": taints(pool)})
}

fn taints(pool: &NodePool) -> Vec<Value> {
    pool.taints.iter().map(|t| json!({"key": t.key, "value": t.value, "effect": t.effect})).collect()
}

fn cloud_resource(resource: &CloudResource) -> Value {
    let mut value = json!({"type": resource.kind, "name": resource.name});
    if !resource.id.is_empty() {
        value["id"] = json!(resource.id);
    }
    value
}

fn without_nulls(mut value: Value) -> Value {
    if let Value::Object(map) = &mut value {
        map.retain(|_, value| !value.is_null());
    }
    value
}

fn storage_class(class: &StorageClass) -> Option<Object> {
    let mut value = json!({
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": class.name},
        "provisioner": class.provisioner,
        "allowVolumeExpansion": class.allow_volume_expansion,
    });
    // Written also where it is not the default: a class that was one must lose it.
    value["metadata"]["annotations"] =
        json!({"storageclass.kubernetes.io/is-default-class": class.default.to_string()});
    if !class.parameters.is_empty() {
        value["parameters"] = json!(class.parameters);
    }
    if let Some(policy) = &class.reclaim_policy {
        value["reclaimPolicy"] = json!(policy);
    }
    if let Some(mode) = &class.volume_binding_mode {
        value["volumeBindingMode"] = json!(mode);
    }
    if !class.mount_options.is_empty() {
        value["mountOptions"] = json!(class.mount_options);
    }
    Object::from_value(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Declared;

    #[test]
    fn blocks_become_objects() {
        let nfs = StorageClass {
            name: "nfs".into(),
            cluster: Address::resource("cluster", "main"),
            provisioner: "nfs.csi.k8s.io".into(),
            parameters: [("share".to_owned(), "/vol1".to_owned())].into(),
            reclaim_policy: Some("Retain".into()),
            default: true,
            ..StorageClass::default()
        };
        let elsewhere = StorageClass {
            cluster: Address::resource("cluster", "other"),
            name: "x".into(),
            ..StorageClass::default()
        };
        let installation = Installation {
            name: "prod".into(),
            storage_classes: vec![
                Declared::new(Address::resource("storage_class", "nfs"), nfs),
                Declared::new(Address::resource("storage_class", "x"), elsewhere),
            ],
            ..Installation::default()
        };
        let objects = storage_class_objects(&installation, &Address::resource("cluster", "main"));
        let values: Vec<_> = objects.iter().map(|rendered| rendered.object.to_value()).collect();
        let labels = json!({INSTALLATION_LABEL: "prod"});
        assert_eq!(
            values,
            [json!({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "provisioner": "nfs.csi.k8s.io",
                    "metadata": {"name": "nfs", "labels": labels,
                        "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
                    "allowVolumeExpansion": false, "parameters": {"share": "/vol1"}, "reclaimPolicy": "Retain"}),]
        );
    }
}
