//! `storage_class`: a Kubernetes StorageClass.

use super::Places;
use super::decoder;
use super::default_name;
use crate::config::Installation;
use crate::config::StorageClass;
use crate::config::rules;
use crate::diag::Diagnostics;
use crate::lang::Resource;

pub fn decode(resource: &Resource, into: &mut Installation, places: &mut Places, diagnostics: &mut Diagnostics) {
    let mut body = decoder(resource, diagnostics);
    for name in ["name", "default"] {
        if body.is_set(name) {
            places.arguments.insert((resource.address.clone(), name), body.place(name));
        }
    }
    let class = StorageClass {
        address: resource.address.clone(),
        name: match body.checked_text("name", "Invalid name", rules::subdomain) {
            Some(found) => found.value,
            None => default_name(resource),
        },
        cluster: body.required_reference("cluster", "cluster").map(|found| found.value).unwrap_or_default(),
        provisioner: body.required_text("provisioner").map_or(String::new(), |found| found.value),
        parameters: body.text_map("parameters"),
        reclaim_policy: body.choice("reclaim_policy", &["Delete", "Retain"]).map(|found| found.value.to_owned()),
        volume_binding_mode: body
            .choice("volume_binding_mode", &["Immediate", "WaitForFirstConsumer"])
            .map(|found| found.value.to_owned()),
        allow_volume_expansion: body.boolean("allow_volume_expansion").unwrap_or(false),
        mount_options: body.texts("mount_options").into_iter().map(|found| found.value).collect(),
        default: body.boolean("default").unwrap_or(false),
    };
    body.finish();
    into.storage_classes.push(class);
}
