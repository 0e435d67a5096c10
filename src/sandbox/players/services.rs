//! Services: the addresses behind them, in Endpoints and EndpointSlices, and load balancers' addresses.

use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::Value;
use serde_json::json;

use super::error::PlayerError;
use super::look;
use super::pods;
use super::runner::Next;
use super::runner::Player;
use super::runner::Stage;
use super::world::Change;
use super::world::Key;
use super::world::World;

pub(super) struct Services;

const KIND: &str = "services";
const SLICES: &str = "endpointslices.discovery.k8s.io";

impl Player for Services {
    fn watches(&self) -> &'static [&'static str] {
        &[KIND, "pods", "endpoints", SLICES]
    }

    fn keys(&self, world: &World, change: &Change) -> Vec<Key> {
        match &*change.key.kind {
            KIND => vec![change.key.clone()],
            "pods" => {
                let before = change.before.as_deref().filter(|_| !change.gone);
                if before.is_some_and(|before| seen(before) == seen(&change.object)) {
                    return Vec::new();
                }
                let labels = look::mapping(&change.object, "/metadata/labels");
                let behind = |service: &&std::sync::Arc<Value>| {
                    look::mapping(service, "/spec/selector").is_some_and(|wanted| look::has_all(wanted, labels))
                };
                let services = world.list(KIND, &change.key.namespace);
                services
                    .iter()
                    .filter(behind)
                    .map(|one| Key::new(KIND, look::namespace(one), look::name(one)))
                    .collect()
            }
            "endpoints" if change.gone => vec![Key::new(KIND, &change.key.namespace, &change.key.name)],
            _ if change.gone => {
                let service = look::label(&change.object, "kubernetes.io/service-name").unwrap_or_default();
                vec![Key::new(KIND, &change.key.namespace, service)]
            }
            _ => Vec::new(),
        }
    }

    fn act<'a>(&'a self, stage: &'a Stage, key: &'a Key) -> BoxFuture<'a, Result<Next, PlayerError>> {
        act(stage, key).boxed()
    }
}

/// What of a pod shows in the addresses.
fn seen(pod: &Value) -> (bool, bool, Value, Value) {
    (pods::is_ready(pod), pods::is_active(pod), pod["status"]["podIP"].clone(), pod["metadata"]["labels"].clone())
}

async fn act(stage: &Stage, key: &Key) -> Result<Next, PlayerError> {
    let Some(service) = stage.world.get(KIND, &key.namespace, &key.name) else {
        // Slices go with their owner; Endpoints only share the name.
        return match stage.world.get("endpoints", &key.namespace, &key.name) {
            Some(endpoints) => stage.api.delete("endpoints", &endpoints, json!({})).await.map(|()| None),
            None => Ok(None),
        };
    };
    if look::is_deleting(&service) {
        return Ok(None);
    }
    balance(stage, &service).await?;
    let Some(selector) = look::mapping(&service, "/spec/selector").filter(|selector| !selector.is_empty()) else {
        return Ok(None);
    };
    let listed = ["pods", "endpoints", SLICES].iter().all(|kind| stage.world.is_listed(kind));
    if !listed {
        return Ok(Some(std::time::Duration::from_millis(20)));
    }
    let mut behind = stage.world.list("pods", &key.namespace);
    behind.retain(|pod| {
        look::has_all(selector, look::mapping(pod, "/metadata/labels"))
            && pods::is_active(pod)
            && !look::text(pod, "/status/podIP").is_empty()
    });
    write_endpoints(stage, &service, &behind).await?;
    write_slice(stage, &service, &behind).await?;
    Ok(None)
}

/// Gives a load balancer an address of the documentation range.
async fn balance(stage: &Stage, service: &Value) -> Result<(), PlayerError> {
    let wanted = service["spec"]["type"] == "LoadBalancer";
    let has = !look::items(service, "/status/loadBalancer/ingress").is_empty();
    if wanted == has {
        return Ok(());
    }
    let status = if wanted {
        let number =
            look::uid(service).bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31) + u32::from(byte)) % 254 + 1;
        json!({"loadBalancer": {"ingress": [{"ip": format!("203.0.113.{number}"), "ipMode": "VIP"}]}})
    } else {
        json!({"loadBalancer": {"ingress": null}})
    };
    stage.api.patch(KIND, service, "status", json!({"status": status})).await.map(|_| ())
}

/// The ports as pods have them. A named target port is looked up in the first pod that has it.
fn ports(service: &Value, behind: &[std::sync::Arc<Value>]) -> Vec<Value> {
    let mut found = Vec::new();
    for port in look::items(service, "/spec/ports") {
        let number = match &port["targetPort"] {
            Value::String(name) => {
                let ports = behind
                    .iter()
                    .flat_map(|pod| look::items(pod, "/spec/containers"))
                    .flat_map(|one| look::items(one, "/ports"));
                let named = ports.into_iter().find(|one| one["name"] == name.as_str());
                named.map(|one| one["containerPort"].clone())
            }
            Value::Number(number) if number.as_i64() != Some(0) => Some(Value::Number(number.clone())),
            _ => Some(port["port"].clone()),
        };
        if let Some(number) = number {
            let mut entry = json!({"port": number, "protocol": port["protocol"].as_str().unwrap_or("TCP")});
            for field in ["name", "appProtocol"] {
                if !look::text(port, &format!("/{field}")).is_empty() {
                    entry[field] = port[field].clone();
                }
            }
            found.push(entry);
        }
    }
    found
}

fn target(pod: &Value) -> Value {
    json!({"kind": "Pod", "namespace": look::namespace(pod), "name": look::name(pod), "uid": look::uid(pod)})
}

async fn write_endpoints(stage: &Stage, service: &Value, behind: &[std::sync::Arc<Value>]) -> Result<(), PlayerError> {
    let address = |pod: &std::sync::Arc<Value>| json!({"ip": pod["status"]["podIP"], "nodeName": pod["spec"]["nodeName"], "targetRef": target(pod)});
    let all = service["spec"]["publishNotReadyAddresses"] == true;
    let (ready, waiting): (Vec<_>, Vec<_>) = behind.iter().partition(|pod| all || pods::is_ready(pod));
    let mut subset = json!({});
    for (field, pods) in [("addresses", ready), ("notReadyAddresses", waiting)] {
        if !pods.is_empty() {
            subset[field] = pods.into_iter().map(address).collect();
        }
    }
    let ports = ports(service, behind);
    if !ports.is_empty() {
        subset["ports"] = ports.into();
    }
    let subsets = if behind.is_empty() { Value::Null } else { json!([subset]) };
    let namespace = look::namespace(service);
    match stage.world.get("endpoints", namespace, look::name(service)) {
        Some(known) if known["subsets"] == subsets => Ok(()),
        Some(known) => stage.api.patch("endpoints", &known, "", json!({"subsets": subsets})).await.map(|_| ()),
        None => {
            let mut endpoints = json!({"apiVersion": "v1", "kind": "Endpoints", "metadata": {
                "name": look::name(service), "namespace": namespace,
                "labels": look::mapping(service, "/metadata/labels").cloned().unwrap_or_default()}});
            if !subsets.is_null() {
                endpoints["subsets"] = subsets;
            }
            stage.api.create("endpoints", &endpoints).await.map(|_| ())
        }
    }
}

async fn write_slice(stage: &Stage, service: &Value, behind: &[std::sync::Arc<Value>]) -> Result<(), PlayerError> {
    let all = service["spec"]["publishNotReadyAddresses"] == true;
    let endpoint = |pod: &std::sync::Arc<Value>| {
        let ready = pods::is_ready(pod);
        json!({"addresses": [pod["status"]["podIP"]], "nodeName": pod["spec"]["nodeName"], "targetRef": target(pod),
            "conditions": {"ready": all || ready, "serving": ready, "terminating": false}})
    };
    let endpoints: Vec<Value> = behind.iter().map(endpoint).collect();
    let mut ports = ports(service, behind);
    for port in &mut ports {
        if port["name"].is_null() {
            port["name"] = "".into();
        }
    }
    let namespace = look::namespace(service);
    let name = format!("{}-{}", look::name(service), look::short_hash(look::uid(service), 5));
    match stage.world.get(SLICES, namespace, &name) {
        Some(known) if known["endpoints"] == json!(endpoints) && known["ports"] == json!(ports) => Ok(()),
        Some(known) => {
            let patch = json!({"endpoints": endpoints, "ports": ports});
            stage.api.patch(SLICES, &known, "", patch).await.map(|_| ())
        }
        None => {
            let mut labels = look::mapping(service, "/metadata/labels").cloned().unwrap_or_default();
            labels.insert("kubernetes.io/service-name".into(), look::name(service).into());
            labels.insert("endpointslice.kubernetes.io/managed-by".into(), "endpointslice-controller.k8s.io".into());
            let slice = json!({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
                "metadata": {"name": name, "namespace": namespace, "labels": labels, "ownerReferences": [owner(service)]},
                "endpoints": endpoints, "ports": ports});
            stage.api.create(SLICES, &slice).await.map(|_| ())
        }
    }
}

fn owner(service: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Service", "name": look::name(service), "uid": look::uid(service),
        "controller": true, "blockOwnerDeletion": true})
}
