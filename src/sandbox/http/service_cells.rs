//! Addresses and ports of Services, their endpoints and Ingresses, as `kubectl get` says them.

use serde_json::Value;

use super::cells::or_none;
use super::json_path::find;
use super::json_path::text;

/// `external`, `ports`, `endpoints`, `hosts`, `address`, `ingress-ports` or `slice-ports`.
pub fn show(what: &str, object: &Value) -> String {
    let all = |path: &str| find(object, path).into_iter().map(text).collect::<Vec<_>>();
    match what {
        "external" => external(object),
        "ports" => or_none(ports(object)),
        "endpoints" => endpoints(object),
        "hosts" => {
            let hosts = all(".spec.rules[*].host");
            if hosts.is_empty() { "*".to_owned() } else { few(&hosts) }
        }
        "address" => addresses(object).join(","),
        "ingress-ports" if object["spec"]["tls"].as_array().is_some_and(|tls| !tls.is_empty()) => "80, 443".to_owned(),
        "ingress-ports" => "80".to_owned(),
        "slice-ports" => {
            Some(few(&all(".ports[*].port"))).filter(|text| !text.is_empty()).unwrap_or_else(|| "<unset>".to_owned())
        }
        "slice-endpoints" => Some(few(&all(".endpoints[*].addresses[*]")))
            .filter(|text| !text.is_empty())
            .unwrap_or_else(|| "<unset>".to_owned()),
        _ => "<unknown>".to_owned(),
    }
}

fn addresses(object: &Value) -> Vec<String> {
    let one =
        |one: &Value| Some(text(&one["ip"])).filter(|ip| !ip.is_empty()).unwrap_or_else(|| text(&one["hostname"]));
    find(object, ".status.loadBalancer.ingress[*]").into_iter().map(one).collect()
}

fn external(service: &Value) -> String {
    let own = find(service, ".spec.externalIPs[*]").into_iter().map(text);
    match service["spec"]["type"].as_str() {
        Some("ExternalName") => text(&service["spec"]["externalName"]),
        Some("LoadBalancer") => {
            let shown = addresses(service).into_iter().chain(own).collect::<Vec<_>>().join(",");
            if shown.is_empty() { "<pending>".to_owned() } else { shown }
        }
        _ => or_none(own.collect::<Vec<_>>().join(",")),
    }
}

fn ports(service: &Value) -> String {
    let port = |port: &&Value| {
        let protocol = port["protocol"].as_str().unwrap_or("TCP").to_owned();
        match port["nodePort"].as_i64().filter(|port| *port != 0) {
            Some(node_port) => format!("{}:{node_port}/{protocol}", port["port"]),
            None => format!("{}/{protocol}", port["port"]),
        }
    };
    find(service, ".spec.ports[*]").iter().map(port).collect::<Vec<_>>().join(",")
}

/// Every address with every port of its subset.
fn endpoints(endpoints: &Value) -> String {
    let mut all = Vec::new();
    for subset in find(endpoints, ".subsets[*]") {
        let addresses = find(subset, ".addresses[*].ip");
        let ports = find(subset, ".ports[*].port");
        for port in &ports {
            all.extend(addresses.iter().map(|address| format!("{}:{}", text(address), text(port))));
        }
        if ports.is_empty() {
            all.extend(addresses.iter().map(|address| text(address)));
        }
    }
    or_none(few(&all))
}

/// The first three of a list, and how many more there are.
fn few(all: &[String]) -> String {
    let shown = all.iter().take(3).cloned().collect::<Vec<_>>().join(",");
    if all.len() > 3 { format!("{shown} + {} more...", all.len() - 3) } else { shown }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn services() {
        let check = |what: &str, object: Value, expected: &str| assert_eq!(show(what, &object), expected, "{object}");
        check("external", json!({"spec": {"type": "ClusterIP"}}), "<none>");
        check("external", json!({"spec": {"type": "LoadBalancer"}}), "<pending>");
        let balanced = json!({"loadBalancer": {"ingress": [{"hostname": "a.b"}]}});
        check("external", json!({"spec": {"type": "LoadBalancer"}, "status": balanced}), "a.b");
        check("external", json!({"spec": {"type": "ExternalName", "externalName": "x.y"}}), "x.y");
        check(
            "ports",
            json!({"spec": {"ports": [{"port": 80, "nodePort": 30080}, {"port": 53, "protocol": "UDP"}]}}),
            "80:30080/TCP,53/UDP",
        );
        let subset = json!({"addresses": [{"ip": "1"}, {"ip": "2"}], "ports": [{"port": 80}, {"port": 81}]});
        check("endpoints", json!({"subsets": [subset]}), "1:80,2:80,1:81 + 1 more...");
        check("endpoints", json!({}), "<none>");
        check("hosts", json!({}), "*");
        check("ingress-ports", json!({"spec": {"tls": [{}]}}), "80, 443");
    }
}
