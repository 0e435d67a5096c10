//! Endpoint, storage and the installation's name.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use serde_json::Value;

use super::Found;
use super::Live;
use crate::catalog::INSTALLATION_LABEL;
use crate::catalog::Rendered;
use crate::object::Object;

/// The answers about the platform as a whole.
pub fn service(rendered: &Rendered, live: &Live) -> Found {
    let mut found = Found::default();
    installation(live, &mut found);
    storage(rendered, live, &mut found);
    let gateway = rendered.gateway.as_ref().and_then(|id| live.get(id));
    match gateway {
        Some(gateway) => endpoint(rendered, gateway, live, &mut found),
        None => found.remarks.push("Endpoint: there is no gateway; the defaults are written.".into()),
    }
    found
}

/// The name on the most objects.
fn installation(live: &Live, found: &mut Found) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    live.all()
        .filter_map(|object| object.label(INSTALLATION_LABEL))
        .for_each(|name| *counts.entry(name).or_default() += 1);
    if let Some((name, _)) = counts.iter().max_by_key(|(_, count)| **count) {
        found.answer("installation", *name);
    }
    for name in counts.keys().skip(1) {
        found.remarks.push(format!("Objects of several installations are there; one is \"{name}\"."));
    }
}

/// The class of the platform's claims: it cannot change any more, also where it was the cluster's own once.
fn storage(rendered: &Rendered, live: &Live, found: &mut Found) {
    let own: BTreeSet<&str> = rendered.components.iter().map(|component| component.namespace.as_str()).collect();
    let claims = live.of("PersistentVolumeClaim").filter(|claim| own.contains(claim.namespace()));
    let classes: BTreeSet<&str> =
        claims.map(|claim| claim.text("/spec/storageClassName")).filter(|c| !c.is_empty()).collect();
    match classes.iter().collect::<Vec<_>>()[..] {
        [] => {}
        [class] => found.answer("storage_class", *class),
        _ => {
            let listed: Vec<&str> = classes.into_iter().collect();
            found.remarks.push(format!("Claims have several storage classes, {}: none is written.", listed.join(", ")));
        }
    }
}

fn endpoint(rendered: &Rendered, gateway: &Object, live: &Live, found: &mut Found) {
    let secret = tls_secret(live);
    let wanted = rendered.objects.iter().map(|one| &one.object).find(|one| is_gateway(one)).map(secret_of);
    let tls = match &secret {
        None => "none",
        secret if wanted.as_ref() == Some(secret) => "self_signed",
        Some(secret) => secret,
    };
    let ports = gateway.get("/spec/ports").and_then(Value::as_array).into_iter().flatten();
    let served = if secret.is_some() { 443 } else { 80 };
    let node_port = ports.clone().find(|port| port["port"] == served).and_then(|port| port["nodePort"].as_u64());
    match gateway.text("/spec/type") {
        "NodePort" => {
            found.answer("endpoint", "node_port");
            if let Some(port) = node_port {
                found.answer("port", port);
            }
        }
        "LoadBalancer" => found.answer("endpoint", "load_balancer"),
        _ => found.answer("endpoint", "cluster_ip"),
    }
    found.answer("tls", tls);
}

/// The Secret of the certificate that the platform's gateway shows; `None` without TLS.
fn tls_secret(live: &Live) -> Option<String> {
    secret_of(live.of("Gateway").find(|one| is_gateway(one))?)
}

/// Whether it is the one that people come through.
fn is_gateway(object: &Object) -> bool {
    (object.kind(), object.namespace(), object.name()) == ("Gateway", "kubeflow", "kubeflow-gateway")
}

fn secret_of(gateway: &Object) -> Option<String> {
    let servers = gateway.get("/spec/servers")?.as_array()?;
    servers.iter().find_map(|server| Some(server.pointer("/tls/credentialName")?.as_str()?.to_owned()))
}
