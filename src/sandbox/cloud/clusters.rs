//! The engine's clusters.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use http::Method;
use regex::Regex;
use serde_json::Value;
use serde_json::json;

use super::reply::Body;
use super::reply::Reply;
use super::things::Held;
use super::things::Things;
use super::things::filtered;
use super::things::now_text;
use super::things::offer;
use super::things::page;

/// What things take, in minutes.
const CREATES: i64 = 15;
const CHANGES: i64 = 1;
const UPGRADES: i64 = 8;
const LEAVES: i64 = 5;

static NAME: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^[a-z][a-z0-9\-]*[a-z0-9]$").expect("it is a pattern"));
/// What cannot be left out when a cluster is made.
const REQUIRED: [&str; 8] = [
    "name",
    "kubernetes_version",
    "vpc_id",
    "subnet_id",
    "volume_id",
    "security_group_id_list",
    "cloud_logging_enabled",
    "service_watch_logging_enabled",
];
/// What lists show of a cluster.
const SUMMARY: [&str; 9] = [
    "account_id",
    "id",
    "name",
    "kubernetes_version",
    "node_count",
    "status",
    "subnet_id",
    "created_at",
    "modified_at",
];

/// One request: what it is about, and when.
pub struct Asked<'a> {
    pub method: &'a Method,
    pub path: &'a [&'a str],
    pub query: &'a BTreeMap<String, String>,
    pub body: &'a Value,
    /// Milliseconds since 1970.
    pub now: i64,
    /// Milliseconds of a minute here.
    pub minute: i64,
    /// `http://127.0.0.1:4000`
    pub base: &'a str,
}

impl Asked<'_> {
    pub fn due(&self, minutes: i64) -> i64 {
        self.now + minutes * self.minute
    }
}

pub fn answer(things: &mut Things, asked: &Asked<'_>) -> Reply {
    match (asked.method.as_str(), asked.path) {
        ("GET", ["clusters"]) => list(things, asked.query),
        ("POST", ["clusters"]) => create(things, asked),
        ("GET", ["clusters", id]) => match things.cluster(id) {
            Some(_) => Reply::json(200, json!({"cluster": shown(things, id)})),
            None => Reply::missing("cluster"),
        },
        ("DELETE", ["clusters", id]) => delete(things, id, asked),
        ("GET", ["clusters", id, "kubeconfig"]) => kubeconfig(things, id, asked),
        ("GET", ["clusters", id, "user-kubeconfig"]) => user_kubeconfig(things, id),
        ("PUT", ["clusters", id, part]) => set(things, id, part, asked),
        ("GET", ["kubernetes-versions"]) => versions(),
        _ => Reply::error(403, "Forbidden", "Action definition is not found"),
    }
}

/// As details show it: with how many nodes there are now.
fn shown(things: &Things, id: &str) -> Value {
    let Some(cluster) = things.clusters.iter().find(|cluster| cluster.text("id") == id) else { return Value::Null };
    let mut body = Value::Object(cluster.body.clone());
    let nodes: i64 = things.pools_of(id).map(|pool| pool.number("current_node_count")).sum();
    body["node_count"] = json!(nodes);
    if let Value::Object(map) = &mut body {
        map.remove("subnet_id");
    }
    body
}

fn list(things: &Things, query: &BTreeMap<String, String>) -> Reply {
    let summary = |cluster: &Held| -> Value {
        let whole = shown(things, cluster.text("id"));
        let field = |name: &&str| {
            let value = if *name == "subnet_id" { &whole["subnet"]["id"] } else { &whole[*name] };
            ((*name).to_owned(), value.clone())
        };
        SUMMARY.iter().map(field).collect()
    };
    let all: Vec<Value> = things.clusters.iter().map(summary).collect();
    let all = filtered(&all, query, &["name", "status", "kubernetes_version", "subnet_id"]);
    Reply::json(200, page(all, "clusters", query))
}

fn versions() -> Reply {
    let version = |version: &Value| json!({"kubernetes_version": version, "description": "", "end_dt": null});
    let all: Vec<Value> = offer("kubernetes_versions").iter().map(version).collect();
    Reply::json(200, json!({"kubernetes_versions": all}))
}

/// What must be there and is not.
pub fn lacking(body: &Value, required: &[&str]) -> Option<Reply> {
    let mut details: Vec<Value> = Vec::new();
    for name in required.iter().filter(|name| body.get(**name).is_none_or(Value::is_null)) {
        let text = if *name == "name" { "Value error, the name is invalid" } else { "Field required" };
        details.push(text.into());
    }
    (!details.is_empty()).then(|| Reply::invalid(Value::Array(details)))
}

/// Whether a text is a name of the engine's.
pub fn is_name(text: &str, longest: usize) -> bool {
    (3..=longest).contains(&text.len()) && NAME.is_match(text)
}

/// An id and the name that belongs to it.
fn named(list: &str, id: &Value) -> Option<Value> {
    let found = offer(list).iter().find(|one| one["id"] == *id)?;
    Some(json!({"id": found["id"], "name": found["name"]}))
}

fn groups(ids: &Value) -> Option<Value> {
    ids.as_array()?.iter().map(|id| named("security_groups", id)).collect()
}

fn accepted(things: &Things, id: &str) -> Reply {
    let request = uuid::Uuid::new_v4().simple().to_string();
    Reply::json(202, json!({"account_id": things.account_id, "request_id": request, "resource_id": id}))
}

fn create(things: &mut Things, asked: &Asked<'_>) -> Reply {
    let body = asked.body;
    if let Some(refused) = lacking(body, &REQUIRED) {
        return refused;
    }
    let name = body["name"].as_str().unwrap_or_default();
    if !is_name(name, 30) {
        return Reply::invalid("Value error, the name is invalid");
    }
    if things.clusters.iter().any(|cluster| cluster.text("name") == name) {
        return Reply::error(400, "scp-ske.cluster.duplicated-name", format!("The cluster name {name} is in use."));
    }
    if !offer("kubernetes_versions").contains(&body["kubernetes_version"]) {
        return Reply::invalid("The Kubernetes version is not offered.");
    }
    let (vpc, subnet) = (named("vpcs", &body["vpc_id"]), named("subnets", &body["subnet_id"]));
    let fits = |one: &&Value| one["id"] == body["subnet_id"] && one["vpc_id"] == body["vpc_id"];
    if vpc.is_none() || subnet.is_none() || !offer("subnets").iter().any(|one| fits(&one)) {
        return Reply::invalid("The subnet does not exist in the VPC.");
    }
    let is_nfs = |one: &&Value| one["id"] == body["volume_id"] && one["protocol"] == "NFS";
    if !offer("filestorages").iter().any(|one| is_nfs(&one)) {
        return Reply::invalid("The volume does not exist or is no NFS volume.");
    }
    let Some(groups) = groups(&body["security_group_id_list"]).filter(|groups| groups != &json!([])) else {
        return Reply::invalid("A security group does not exist.");
    };
    let id = uuid::Uuid::new_v4().simple().to_string();
    let time = now_text();
    let address = &body["public_endpoint_access_control_ip"];
    let mut cluster = Held { token: uuid::Uuid::new_v4().to_string(), ..Held::default() };
    let shape = json!({
        "id": id, "name": name, "account_id": things.account_id, "status": "CREATING",
        "kubernetes_version": body["kubernetes_version"], "cluster_namespace": format!("{name}-{}", &id[..5]),
        "node_count": 0, "max_node_count": null, "vpc": vpc, "subnet": subnet,
        "volume": named("filestorages", &body["volume_id"]), "managed_security_group": null,
        "security_group_list": groups,
        "private_endpoint_url": format!("https://{name}.ske.private.kr-west1.samsungsdscloud.com:6443"),
        "public_endpoint_url": public_url(asked.base, &id, address),
        "private_kubeconfig_download_yn": "N", "public_kubeconfig_download_yn": "N",
        "private_endpoint_access_control_resources":
            body.get("private_endpoint_access_control_resources").cloned().unwrap_or_else(|| json!([])),
        "public_endpoint_access_control_ip": address,
        "cloud_logging_enabled": body["cloud_logging_enabled"],
        "service_watch_logging_enabled": body["service_watch_logging_enabled"],
        "created_at": time, "created_by": things.access_key, "modified_at": time, "modified_by": things.access_key,
    });
    cluster.body = shape.as_object().cloned().unwrap_or_default();
    cluster.begin("CREATING", asked.due(CREATES), json!({"status": "RUNNING"}));
    things.clusters.push(cluster);
    things.tags.insert(id.clone(), body.get("tags").cloned().unwrap_or_else(|| json!([])));
    accepted(things, &id)
}

/// Closed until somebody may enter.
fn public_url(base: &str, id: &str, address: &Value) -> Value {
    match address.as_str().filter(|address| !address.is_empty()) {
        Some(_) => format!("{base}/kubernetes/{id}").into(),
        None => Value::Null,
    }
}

fn delete(things: &mut Things, id: &str, asked: &Asked<'_>) -> Reply {
    let has_pools = things.pools_of(id).next().is_some();
    let Some(cluster) = things.cluster(id) else { return Reply::missing("cluster") };
    if cluster.text("status") == "DELETING" {
        return Reply::busy("cluster", "DELETING");
    }
    if has_pools {
        return Reply::error(409, "scp-ske.cluster.nodepool-exists", "The cluster has node pools.");
    }
    cluster.begin("DELETING", asked.due(LEAVES), json!({}));
    cluster.leaves = true;
    accepted(things, id)
}

fn set(things: &mut Things, id: &str, part: &str, asked: &Asked<'_>) -> Reply {
    let body = asked.body;
    let Some(cluster) = things.cluster(id) else { return Reply::missing("cluster") };
    if !cluster.runs() {
        return Reply::busy("cluster", cluster.text("status"));
    }
    let copied = |key: &str| body.get(key).map(|value| json!({key: value}));
    let (minutes, then) = match part {
        "upgrade" => match upgrade(cluster, &body["kubernetes_version"]) {
            Ok(then) => (UPGRADES, Some(then)),
            Err(refused) => return refused,
        },
        "logging" => (CHANGES, copied("cloud_logging_enabled")),
        "service-watch-logging" => (CHANGES, copied("service_watch_logging_enabled")),
        "private-access-control" => (CHANGES, copied("private_endpoint_access_control_resources")),
        "security-groups" => {
            let found = groups(&body["security_group_id_list"]);
            (CHANGES, found.map(|groups| json!({"security_group_list": groups})))
        }
        "public-access-control" => {
            let address = body.get("public_endpoint_access_control_ip");
            let then = address.map(|address| {
                let shown = if address == "" { Value::Null } else { address.clone() };
                json!({
                    "public_endpoint_access_control_ip": shown, "public_endpoint_url": public_url(asked.base, id, address),
                })
            });
            (CHANGES, then)
        }
        _ => return Reply::error(403, "Forbidden", "Action definition is not found"),
    };
    let Some(mut then) = then else { return Reply::invalid(json!(["Field required"])) };
    then["status"] = json!("RUNNING");
    cluster.begin("UPDATING", asked.due(minutes), then);
    if part == "security-groups" {
        return Reply::json(202, json!({"cluster": shown(things, id)}));
    }
    accepted(things, id)
}

/// One minor at a time, and never back.
fn upgrade(cluster: &Held, wanted: &Value) -> Result<Value, Reply> {
    let minor = |text: &str| text.split('.').nth(1).and_then(|number| number.parse::<u32>().ok());
    let (at, to) = (minor(cluster.text("kubernetes_version")), minor(wanted.as_str().unwrap_or_default()));
    let (Some(at), Some(to)) = (at, to) else { return Err(Reply::invalid("The Kubernetes version is invalid.")) };
    if !offer("kubernetes_versions").contains(wanted) || to < at || to > at + 1 {
        return Err(Reply::error(
            400,
            "scp-ske.cluster.invalid-upgrade-version",
            "A cluster is upgraded to an offered version of its own or the next minor.",
        ));
    }
    Ok(json!({"kubernetes_version": wanted}))
}

fn kubeconfig(things: &mut Things, id: &str, asked: &Asked<'_>) -> Reply {
    let kind = asked.query.get("kubeconfig_type").map(String::as_str).unwrap_or_default();
    if !["private", "public"].contains(&kind) {
        return Reply::invalid(json!(["Field required"]));
    }
    let Some(cluster) = things.cluster(id) else { return Reply::missing("cluster") };
    if !cluster.runs() {
        return Reply::busy("cluster", cluster.text("status"));
    }
    let flag = format!("{kind}_kubeconfig_download_yn");
    if cluster.text(&flag) == "Y" {
        return Reply::error(
            400,
            "scp-ske.cluster.kubeconfig-already-downloaded",
            "The administrator's kubeconfig can be downloaded once.",
        );
    }
    let server = cluster.text(&format!("{kind}_endpoint_url")).to_owned();
    if server.is_empty() {
        return Reply::error(400, "scp-ske.cluster.public-endpoint-closed", "The public endpoint is closed.");
    }
    let (name, token) = (cluster.text("name").to_owned(), cluster.token.clone());
    cluster.set(&flag, json!("Y"));
    Reply {
        status: 200,
        body: Body::Text(format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: {name}\nclusters:\n- name: {name}\n  cluster:\n    server: \
             {server}\ncontexts:\n- name: {name}\n  context:\n    cluster: {name}\n    user: kubernetes-admin\nusers:\n- \
             name: kubernetes-admin\n  user:\n    token: {token}\n"
        )),
    }
}

/// A person's, through a program that this sandbox has not.
fn user_kubeconfig(things: &mut Things, id: &str) -> Reply {
    let Some(cluster) = things.cluster(id) else { return Reply::missing("cluster") };
    let name = cluster.text("name");
    let server = cluster.text("private_endpoint_url");
    Reply {
        status: 200,
        body: Body::Text(format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: {name}\nclusters:\n- name: {name}\n  cluster:\n    server: \
             {server}\ncontexts:\n- name: {name}\n  context:\n    cluster: {name}\n    user: scp\nusers:\n- name: scp\n  \
             user:\n    exec:\n      apiVersion: client.authentication.k8s.io/v1\n      command: scp-authenticator\n      \
             interactiveMode: Never\n"
        )),
    }
}
