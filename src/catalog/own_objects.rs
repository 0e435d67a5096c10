//! Objects that stand for blocks of the configuration themselves: storage classes and queues.

use serde_json::json;

use crate::config::Installation;
use crate::config::Platform;
use crate::config::Queue;
use crate::config::StorageClass;
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

/// The Volcano queues of a platform. `scheduler` is the address of the component that serves their kind.
pub(super) fn queue_objects(
    installation: &Installation,
    platform: &Platform,
    scheduler: &Address,
) -> Vec<RenderedObject> {
    let queues = installation.queues.iter().filter(|queue| queue.platform == platform.address);
    queues
        .filter_map(|queue| {
            let mut object = queue_object(queue)?;
            object.set_label(INSTALLATION_LABEL, &installation.name);
            Some(RenderedObject { object, owner: queue.address.clone(), after: vec![scheduler.clone()] })
        })
        .collect()
}

fn queue_object(queue: &Queue) -> Option<Object> {
    let mut value = json!({
        "apiVersion": "scheduling.volcano.sh/v1beta1",
        "kind": "Queue",
        "metadata": {"name": queue.name},
        "spec": {"weight": queue.weight.max(1), "reclaimable": queue.reclaimable},
    });
    if !queue.capability.is_empty() {
        value["spec"]["capability"] = json!(queue.capability);
    }
    Object::from_value(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_become_objects() {
        let installation = Installation {
            name: "prod".into(),
            storage_classes: vec![
                StorageClass {
                    address: Address::resource("storage_class", "nfs"),
                    name: "nfs".into(),
                    cluster: Address::resource("cluster", "main"),
                    provisioner: "nfs.csi.k8s.io".into(),
                    parameters: [("share".to_owned(), "/vol1".to_owned())].into(),
                    reclaim_policy: Some("Retain".into()),
                    default: true,
                    ..StorageClass::default()
                },
                StorageClass {
                    cluster: Address::resource("cluster", "other"),
                    name: "x".into(),
                    ..StorageClass::default()
                },
            ],
            queues: vec![Queue {
                address: Address::resource("queue", "training"),
                name: "training".into(),
                platform: Address::resource("platform", "ml"),
                weight: 4,
                capability: [("cpu".to_owned(), "64".to_owned())].into(),
                reclaimable: true,
            }],
            ..Installation::default()
        };
        let platform = Platform { address: Address::resource("platform", "ml"), ..Platform::default() };
        let mut objects = storage_class_objects(&installation, &Address::resource("cluster", "main"));
        objects.extend(queue_objects(&installation, &platform, &platform.address.with_component("volcano")));
        let values: Vec<_> = objects.iter().map(|rendered| rendered.object.to_value()).collect();
        let labels = json!({INSTALLATION_LABEL: "prod"});
        assert_eq!(
            values,
            [
                json!({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "provisioner": "nfs.csi.k8s.io",
                    "metadata": {"name": "nfs", "labels": labels,
                        "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
                    "allowVolumeExpansion": false, "parameters": {"share": "/vol1"}, "reclaimPolicy": "Retain"}),
                json!({"apiVersion": "scheduling.volcano.sh/v1beta1", "kind": "Queue",
                    "metadata": {"name": "training", "labels": labels},
                    "spec": {"weight": 4, "reclaimable": true, "capability": {"cpu": "64"}}}),
            ]
        );
        assert_eq!(objects[1].owner.to_string(), "queue.training");
        assert_eq!(objects[1].after, [platform.address.with_component("volcano")]);
    }
}
