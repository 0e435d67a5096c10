//! One call of a webhook: whether its backend can be reached, how long it may take, and what the server says when
//! not.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::sandbox::server::Server;
use crate::sandbox::storage::Key;

/// Calls the program behind `clientConfig`; the error is what the server says of the failed call.
pub async fn call(
    server: &Arc<Server>,
    client_config: &Value,
    review: Value,
    timeout: Duration,
) -> Result<Value, String> {
    let seconds = timeout.as_secs();
    let Some(service) = client_config.get("service").filter(|service| service.is_object()) else {
        let url = client_config["url"].as_str().unwrap_or_default();
        return Err(format!(
            "failed to call webhook: Post \"{url}?timeout={seconds}s\": dial tcp: connect: connection refused"
        ));
    };
    let text = |field: &str| service[field].as_str().unwrap_or_default();
    let (namespace, name) = (text("namespace"), text("name"));
    let path = match text("path") {
        "" => "/",
        path => path,
    };
    let port = service["port"].as_i64().unwrap_or(443);
    let key = |plural: &str, group: &str| Key {
        group: group.into(),
        plural: plural.into(),
        namespace: namespace.into(),
        name: name.into(),
    };
    let Some(found) = server.store().get(&key("services", "")) else {
        return Err(format!(
            "failed to call webhook: Post \"https://{name}.{namespace}.svc:{port}{path}?timeout={seconds}s\": service \"{name}\" not found"
        ));
    };
    let failed = |why: &str| {
        format!(
            "failed to call webhook: Post \"https://{name}.{namespace}.svc:{port}{path}?timeout={seconds}s\": {why}"
        )
    };
    let address = found.value["spec"]["clusterIP"].as_str().unwrap_or("10.96.0.1");
    let refused = || failed(&format!("dial tcp {address}:{port}: connect: connection refused"));
    if !has_ready_endpoint(server, namespace, name) {
        return Err(refused());
    }
    let handler = server.backends().get(namespace, name).ok_or_else(refused)?;
    if client_config["caBundle"].as_str().unwrap_or_default().is_empty() {
        return Err(failed("tls: failed to verify certificate: x509: certificate signed by unknown authority"));
    }
    match tokio::time::timeout(timeout, handler(path.to_owned(), review)).await {
        Ok(answer) => Ok(answer),
        Err(_) => Err(failed("context deadline exceeded")),
    }
}

/// Calls a conversion webhook (`spec.conversion.webhook` of a CRD).
pub async fn call_converter(server: &Arc<Server>, webhook: &Value, review: Value) -> Result<Value, String> {
    call(server, &webhook["clientConfig"], review, Duration::from_secs(30))
        .await
        .map_err(|why| why.trim_start_matches("failed to call webhook: ").to_owned())
}

/// Whether an EndpointSlice or Endpoints of the Service holds an address that is ready.
fn has_ready_endpoint(server: &Server, namespace: &str, name: &str) -> bool {
    let slices = server.store().list("discovery.k8s.io", "endpointslices", namespace, None).0;
    let ready = |endpoint: &Value| {
        endpoint["conditions"]["ready"] != false && endpoint["addresses"].as_array().is_some_and(|a| !a.is_empty())
    };
    let by_slice = slices.iter().any(|slice| {
        slice.value["metadata"]["labels"]["kubernetes.io/service-name"] == *name
            && slice.value["endpoints"].as_array().into_iter().flatten().any(ready)
    });
    let key = Key { group: String::new(), plural: "endpoints".into(), namespace: namespace.into(), name: name.into() };
    by_slice
        || server.store().get(&key).is_some_and(|endpoints| {
            let mut subsets = endpoints.value["subsets"].as_array().into_iter().flatten();
            subsets.any(|subset| subset["addresses"].as_array().is_some_and(|addresses| !addresses.is_empty()))
        })
}
