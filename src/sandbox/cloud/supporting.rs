//! The services around the engine: networks, security groups, file storage, servers, tags, and where they all are.

use std::collections::BTreeMap;

use http::Method;
use serde_json::Value;
use serde_json::json;

use super::reply::Reply;
use super::things::Things;
use super::things::filtered;
use super::things::offer;
use super::things::page;

/// Most tags of a thing.
const TAGS: usize = 50;

/// The addresses of all services, each below a path of its own.
pub fn endpoints(base: &str, region: &str) -> Reply {
    let endpoint = |name: &Value| {
        let name = name.as_str().unwrap_or_default();
        let service = format!("scp-{name}");
        json!({"region": region, "service_type": service, "service_name": service, "url": format!("{base}/{name}")})
    };
    let endpoints: Vec<Value> = offer("services").iter().map(endpoint).collect();
    Reply::json(200, json!({"endpoints": endpoints}))
}

/// What a service says of its versions, to anybody.
pub fn versions(service: &str) -> Reply {
    let versions: &[&str] = match service {
        "ske" | "iam" => &["1.4"],
        "vpc" => &["1.2", "1.1", "1.0"],
        "filestorage" => &["1.1"],
        "virtualserver" | "loadbalancer" => &["1.3"],
        _ => &["1.0"],
    };
    let version = |(index, version): (usize, &&str)| {
        let status = if index == 0 { "CURRENT" } else { "SUPPORTED" };
        json!({"id": format!("v{version}"), "links": [], "not_before": "2099-12-31", "status": status})
    };
    let versions: Vec<Value> = versions.iter().enumerate().map(version).collect();
    Reply::json(200, json!({"versions": versions}))
}

pub fn answer(
    things: &mut Things,
    service: &str,
    method: &Method,
    path: &[&str],
    query: &BTreeMap<String, String>,
    body: &Value,
) -> Reply {
    let is_get = *method == Method::GET;
    match (service, path) {
        ("vpc", ["vpcs"]) if is_get => page_of("vpcs", query, &["id", "name", "state"]),
        ("vpc", ["vpcs", id]) if is_get => one("vpcs", "vpc", id),
        ("vpc", ["subnets"]) if is_get => {
            page_of("subnets", query, &["id", "name", "state", "type", "vpc_id", "vpc_name"])
        }
        ("vpc", ["subnets", id]) if is_get => one("subnets", "subnet", id),
        ("security-group", ["security-groups"]) if is_get => page_of("security_groups", query, &["id", "name"]),
        ("security-group", ["security-groups", id]) if is_get => one("security_groups", "security_group", id),
        ("filestorage", ["volumes"]) if is_get => volumes(query),
        ("filestorage", ["volumes", id]) if is_get => volume(id),
        ("virtualserver", ["server-types"]) if is_get => {
            Reply::json(200, json!({"server_types": offer("server_types")}))
        }
        ("virtualserver", ["server-types", id]) if is_get => one("server_types", "server_type", id),
        ("virtualserver", ["keypairs"]) if is_get => Reply::json(200, json!({"keypairs": offer("keypairs")})),
        ("virtualserver", ["keypairs", name]) if is_get => {
            let found = offer("keypairs").iter().find(|pair| pair["name"] == *name);
            found.map_or_else(|| Reply::missing("keypair"), |pair| Reply::json(200, pair.clone()))
        }
        ("iam", ["access-keys"]) if is_get => {
            let key = json!({"access_key": things.access_key, "account_id": things.account_id, "is_enabled": true});
            Reply::json(200, json!({"access_keys": [key], "count": 1}))
        }
        ("resourcemanager", ["tags", rest @ ..]) => tags(things, method, rest, body),
        _ => Reply::error(403, "Forbidden", "Action definition is not found"),
    }
}

fn page_of(key: &str, query: &BTreeMap<String, String>, fields: &[&str]) -> Reply {
    Reply::json(200, page(filtered(offer(key), query, fields), key, query))
}

fn one(list: &str, key: &str, id: &str) -> Reply {
    match offer(list).iter().find(|one| one["id"] == id) {
        Some(found) => {
            let mut answer = json!({});
            answer[key] = found.clone();
            Reply::json(200, answer)
        }
        None => Reply::missing(key),
    }
}

/// Turns pages in its own way.
fn volumes(query: &BTreeMap<String, String>) -> Reply {
    let number = |name: &str| query.get(name).and_then(|text| text.parse::<usize>().ok());
    let all = filtered(offer("filestorages"), query, &["name", "type_name"]);
    let limit = number("limit").filter(|limit| *limit > 0).unwrap_or(20);
    let count = all.len();
    let shown: Vec<Value> = all.into_iter().skip(number("offset").unwrap_or(0)).take(limit).collect();
    Reply::json(200, json!({"count": count, "filestorages": shown}))
}

/// Flat, and with what lists do not show.
fn volume(id: &str) -> Reply {
    let Some(found) = offer("filestorages").iter().find(|one| one["id"] == id) else { return Reply::missing("volume") };
    let mut shown = found.clone();
    shown["encryption_enabled"] = json!(false);
    shown["path"] = json!(format!("10.0.0.9:/{}", found["name"].as_str().unwrap_or_default()));
    shown["endpoint_path"] = Value::Null;
    shown["usage"] = json!(0);
    Reply::json(200, shown)
}

/// Of clusters, by their SRN or by the parts of it.
fn tags(things: &mut Things, method: &Method, path: &[&str], body: &Value) -> Reply {
    let (id, is_bulk) = match path {
        [_region, "ske", "cluster", id] => ((*id).to_owned(), false),
        [_region, "ske", "cluster", id, "bulk"] => ((*id).to_owned(), true),
        [srn] => (of_srn(srn), false),
        [srn, "bulk"] => (of_srn(srn), true),
        _ => return Reply::error(403, "Forbidden", "Action definition is not found"),
    };
    if things.cluster(&id).is_none() {
        return Reply::missing("resource");
    }
    let shown = |tags: &Value| {
        let count = tags.as_array().map_or(0, Vec::len);
        json!({"content": {"srn": id, "tags": tags}, "count": count, "page": 0, "size": 20, "sort": ""})
    };
    let none = json!([]);
    match (method.as_str(), is_bulk) {
        ("GET", false) => Reply::json(200, shown(things.tags.get(&id).unwrap_or(&none))),
        ("PUT", true) => {
            let Some(tags) = body["tags"].as_array() else { return Reply::invalid(json!(["Field required"])) };
            if tags.len() > TAGS {
                return Reply::invalid("At most 50 tags are allowed.");
            }
            things.tags.insert(id.clone(), Value::Array(tags.clone()));
            Reply::json(200, shown(&body["tags"]))
        }
        _ => Reply::error(403, "Forbidden", "Action definition is not found"),
    }
}

/// The id at the end of an SRN in Base64.
fn of_srn(text: &str) -> String {
    use base64::Engine;
    let bytes = base64::engine::general_purpose::STANDARD.decode(text).unwrap_or_default();
    let srn = String::from_utf8(bytes).unwrap_or_default();
    srn.rsplit('/').next().unwrap_or_default().to_owned()
}
