//! How programs of the platform reach what is outside of the cluster: a proxy in their environment, authorities in a
//! directory that they read. One change of rendered objects; which programs go out their components say.
//!
//! Not here: people's pods, which have it from a PodDefault (`templates/users`).

use std::collections::BTreeMap;

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::config::Platform;
use crate::object::Object;
use crate::object::kinds::pod_spec_mut;

use super::COMPONENT_LABEL;
use super::Component;
use super::INSTALLATION_LABEL;
use super::RenderedObject;

/// What is never reached by a proxy, beside the cluster's own domain: this machine, Services, private addresses.
const NEAR: [&str; 7] = ["localhost", "127.0.0.1", "::1", ".svc", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];
/// Where the authorities are mounted, and where a program looks for the usual ones.
pub(super) const DIRECTORY: &str = "/etc/stackwright/authorities";
const DIRECTORIES: &str = "/etc/ssl/certs:/etc/pki/tls/certs:/etc/stackwright/authorities";
const VOLUME: &str = "stackwright-authorities";

/// `proxy` of templates, with all that is reached without it.
pub(super) fn variables(proxy: &Value, domain: &str) -> Map<String, Value> {
    let text = |name: &str| proxy[name].as_str().filter(|text| !text.is_empty());
    let mut variables = Map::new();
    for (name, value) in [("HTTPS_PROXY", text("https")), ("HTTP_PROXY", text("http"))] {
        for name in [name.to_owned(), name.to_lowercase()] {
            variables.extend(value.map(|value| (name, value.into())));
        }
    }
    if !variables.is_empty() {
        let given = proxy["no_proxy"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
        let near: Vec<String> =
            NEAR.map(str::to_owned).into_iter().chain([format!(".{domain}")]).chain(given).collect();
        for name in ["NO_PROXY", "no_proxy"] {
            variables.insert(name.into(), near.join(",").into());
        }
    }
    if text("ca_bundle").is_some() {
        variables.insert("SSL_CERT_DIR".into(), DIRECTORIES.into());
    }
    variables
}

/// Gives the programs of components that go out what the platform says of it.
pub(super) fn apply(
    platform: &Platform,
    domain: &str,
    components: &BTreeMap<&str, &Component>,
    objects: &mut Vec<RenderedObject>,
) {
    let proxy = &platform.projection["proxy"];
    let variables = variables(proxy, domain);
    if variables.is_empty() {
        return;
    }
    let bundle = proxy["ca_bundle"].as_str().filter(|text| !text.is_empty());
    // By namespace and name, since a component may have programs in several.
    let mut maps: BTreeMap<(String, String), RenderedObject> = BTreeMap::new();
    for rendered in objects.iter_mut() {
        let object = &mut rendered.object;
        let component = object.label(COMPONENT_LABEL).and_then(|name| components.get(name).copied());
        let Some(component) = component.filter(|one| one.goes_out.iter().any(|name| name == object.name())) else {
            continue;
        };
        let (namespace, name) = (object.namespace().to_owned(), format!("{}-authorities", component.name));
        let label = |label: &str| object.label(label).unwrap_or_default().to_owned();
        let labels = [INSTALLATION_LABEL, COMPONENT_LABEL].map(|name| (name, label(name)));
        let Some(pod) = pod_spec_mut(object) else { continue };
        for field in ["initContainers", "containers"] {
            let containers = pod.get_mut(field).and_then(Value::as_array_mut).into_iter().flatten();
            let containers = containers.filter_map(Value::as_object_mut);
            containers.for_each(|container| equip(container, &variables, bundle.is_some()));
        }
        let Some(bundle) = bundle else { continue };
        let volumes = pod.entry("volumes").or_insert_with(|| json!([]));
        if let Value::Array(volumes) = volumes {
            volumes.push(json!({"name": VOLUME, "configMap": {"name": name}}));
        }
        let map = Object::from_value(json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": namespace},
            "data": {"authorities.crt": bundle},
        }));
        if let Ok(mut object) = map {
            labels.iter().for_each(|(name, value)| object.set_label(name, value));
            let map = RenderedObject { object, owner: rendered.owner.clone(), after: rendered.after.clone() };
            maps.insert((namespace, name), map);
        }
    }
    objects.extend(maps.into_values());
}

/// A container that says a variable itself keeps it.
fn equip(container: &mut Map<String, Value>, variables: &Map<String, Value>, has_bundle: bool) {
    let environment = container.entry("env").or_insert_with(|| json!([]));
    if let Value::Array(environment) = environment {
        for (name, value) in variables {
            if !environment.iter().any(|one| one["name"] == name.as_str()) {
                environment.push(json!({"name": name, "value": value}));
            }
        }
    }
    if !has_bundle {
        return;
    }
    let mounts = container.entry("volumeMounts").or_insert_with(|| json!([]));
    if let Value::Array(mounts) = mounts {
        mounts.push(json!({"name": VOLUME, "mountPath": DIRECTORY, "readOnly": true}));
    }
}
