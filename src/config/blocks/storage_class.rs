//! `storage_class`: a Kubernetes StorageClass.

use crate::config::StorageClass;
use crate::config::node::Node;

pub fn read(node: &Node<'_>) -> Option<StorageClass> {
    Some(StorageClass {
        name: node.text("name")?,
        cluster: node.reference("cluster")?,
        provisioner: node.text("provisioner")?,
        parameters: node.text_map("parameters"),
        reclaim_policy: node.text("reclaim_policy"),
        volume_binding_mode: node.text("volume_binding_mode"),
        allow_volume_expansion: node.flag("allow_volume_expansion"),
        mount_options: node.texts("mount_options"),
        default: node.flag("default"),
    })
}
