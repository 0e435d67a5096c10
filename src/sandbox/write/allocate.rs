//! Addresses and node ports of Services: given out when a Service is stored, refused when taken.

use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use serde_json::Value;
use serde_json::json;

use super::meta;
use crate::object::schema::FieldError;
use crate::object::schema::Reason;
use crate::sandbox::http::Failure;
use crate::sandbox::kinds::Resource;
use crate::sandbox::server::Server;

/// The range of node ports.
const NODE_PORTS: std::ops::RangeInclusive<i64> = 30000..=32767;
/// Cluster addresses are 10.96.x.y.
const PREFIX: &str = "10.96.";

/// One at a time may look for what is free and take it.
pub fn guard(server: &Server) -> MutexGuard<'_, ()> {
    let lock: &Mutex<()> = server.allocation();
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Gives a Service its address and node ports, or refuses those it asks for.
pub fn allocate(server: &Server, resource: &Resource, old: Option<&Value>, service: &mut Value) -> Result<(), Failure> {
    if !resource.group.is_empty() || resource.kind != "Service" {
        return Ok(());
    }
    let name = meta::text(service, "name").to_owned();
    let namespace = meta::text(service, "namespace").to_owned();
    let others = server.store().list("", "services", "", None).0;
    let others: Vec<_> = others.into_iter().filter(|o| o.key.name != name || o.key.namespace != namespace).collect();
    let mut errors = Vec::new();
    let kind = service["spec"]["type"].as_str().unwrap_or("ClusterIP").to_owned();
    let Some(spec) = service.get_mut("spec").and_then(Value::as_object_mut) else { return Ok(()) };
    if kind == "ExternalName" {
        for field in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
            spec.shift_remove(field);
        }
        return Ok(());
    }
    let taken: HashSet<String> =
        others.iter().filter_map(|o| o.value["spec"]["clusterIP"].as_str()).map(str::to_owned).collect();
    let kept = old.and_then(|old| old["spec"]["clusterIP"].as_str()).unwrap_or_default();
    let asked = spec.get("clusterIP").and_then(Value::as_str).unwrap_or_default();
    let address = match asked {
        "" if !kept.is_empty() => kept.to_owned(),
        "" => free_address(&taken, &format!("{namespace}/{name}")),
        "None" => "None".to_owned(),
        asked if taken.contains(asked) => {
            let detail = format!("failed to allocate IP {asked}: provided IP is already allocated");
            errors.push(FieldError::invalid("spec.clusterIPs", &json!([asked]), &detail));
            asked.to_owned()
        }
        asked => asked.to_owned(),
    };
    spec.insert("clusterIP".into(), address.clone().into());
    spec.insert("clusterIPs".into(), json!([address]));
    // Whose endpoints are made by hand may have both families, whatever the cluster has.
    let by_hand = address == "None" && spec.get("selector").and_then(Value::as_object).is_none_or(|s| s.is_empty());
    let (families, policy) =
        if by_hand { (json!(["IPv4", "IPv6"]), "RequireDualStack") } else { (json!(["IPv4"]), "SingleStack") };
    spec.entry("ipFamilies").or_insert(families);
    spec.entry("ipFamilyPolicy").or_insert_with(|| policy.into());
    let wants_ports = matches!(kind.as_str(), "NodePort")
        || kind == "LoadBalancer" && spec.get("allocateLoadBalancerNodePorts") != Some(&Value::Bool(false));
    let mut used: HashSet<i64> = others.iter().flat_map(|o| node_ports(&o.value)).collect();
    let former: Vec<(i64, i64)> = old.map(ports_with_node_ports).unwrap_or_default();
    let mut own: HashSet<(i64, String)> = HashSet::new();
    for (index, port) in spec.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten().enumerate() {
        let Some(port) = port.as_object_mut() else { continue };
        let protocol = port.get("protocol").and_then(Value::as_str).unwrap_or("TCP").to_owned();
        match port.get("nodePort").and_then(Value::as_i64).filter(|port| *port != 0) {
            _ if !wants_ports => {
                if kind == "ClusterIP" {
                    port.shift_remove("nodePort");
                }
            }
            Some(asked) => {
                let path = format!("spec.ports[{index}].nodePort");
                if !NODE_PORTS.contains(&asked) {
                    let detail = "provided port is not in the valid range. The range of valid ports is 30000-32767";
                    errors.push(FieldError::invalid(path, &asked.into(), detail));
                } else if used.contains(&asked) || !own.insert((asked, protocol)) {
                    let detail = "provided port is already allocated";
                    errors.push(FieldError {
                        reason: Reason::Invalid,
                        ..FieldError::invalid(path, &asked.into(), detail)
                    });
                }
            }
            None => {
                let number = port.get("port").and_then(Value::as_i64).unwrap_or_default();
                let kept = former.iter().find(|(of, _)| *of == number).map(|(_, node_port)| *node_port);
                let given = kept
                    .filter(|port| !used.contains(port))
                    .or_else(|| NODE_PORTS.clone().rev().find(|free| !used.contains(free) && *free != 31390));
                if let Some(given) = given {
                    own.insert((given, protocol));
                    used.insert(given);
                    port.insert("nodePort".into(), given.into());
                }
            }
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(Failure::invalid("", "Service", &name, &errors)) }
}

fn ports_with_node_ports(service: &Value) -> Vec<(i64, i64)> {
    let ports = service["spec"]["ports"].as_array().into_iter().flatten();
    ports.filter_map(|port| Some((port["port"].as_i64()?, port["nodePort"].as_i64()?))).collect()
}

fn node_ports(service: &Value) -> Vec<i64> {
    let ports = service["spec"]["ports"].as_array().into_iter().flatten();
    ports.filter_map(|port| port["nodePort"].as_i64()).chain(service["spec"]["healthCheckNodePort"].as_i64()).collect()
}

/// An address that depends on the name, so that runs look alike, and the next free one where that is taken.
fn free_address(taken: &HashSet<String>, seed: &str) -> String {
    let start = seed.bytes().fold(17u32, |hash, byte| hash.wrapping_mul(31).wrapping_add(u32::from(byte)));
    let candidates = (0..60_000u32).map(|step| (start.wrapping_add(step)) % 60_000 + 256);
    let address = |number: u32| format!("{PREFIX}{}.{}", number / 256, number % 256);
    candidates.map(address).find(|address| !taken.contains(address)).unwrap_or_else(|| format!("{PREFIX}255.255"))
}
