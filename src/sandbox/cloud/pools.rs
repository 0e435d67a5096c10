//! The engine's node pools, and the images of their nodes.

use serde_json::Value;
use serde_json::json;

use super::clusters::Asked;
use super::clusters::is_name;
use super::clusters::lacking;
use super::reply::Reply;
use super::things::Held;
use super::things::Things;
use super::things::filtered;
use super::things::now_text;
use super::things::offer;
use super::things::page;

/// What things take, in minutes.
const CREATES: i64 = 7;
const SCALES: i64 = 3;
const UPGRADES: i64 = 10;
const LEAVES: i64 = 3;
/// The most nodes of a pool.
const NODES: i64 = 100;
/// The smallest disk that an image fits on, in GB.
const IMAGE: i64 = 48;

/// What cannot be left out when a pool is made.
const REQUIRED: [&str; 11] = [
    "name",
    "cluster_id",
    "kubernetes_version",
    "server_type_id",
    "image_os",
    "image_os_version",
    "keypair_name",
    "volume_type_name",
    "volume_size",
    "is_auto_recovery",
    "is_auto_scale",
];
/// What lists show of a pool.
const SUMMARY: [&str; 12] = [
    "id",
    "name",
    "account_id",
    "status",
    "kubernetes_version",
    "auto_recovery_enabled",
    "auto_scale_enabled",
    "current_node_count",
    "desired_node_count",
    "image",
    "server_type",
    "volume_type",
];
const DISKS: [&str; 5] = ["SSD", "SSD_KMS", "HDD", "HDD_KMS", "SSD_Provisioned"];

pub fn answer(things: &mut Things, asked: &Asked<'_>) -> Reply {
    match (asked.method.as_str(), asked.path) {
        ("GET", ["clusters", id, "nodepools"]) => list(things, id, asked),
        ("POST", ["nodepools"]) => create(things, asked),
        ("GET", ["nodepools", id]) => match things.pool(id) {
            // As the real one does for a moment.
            Some(pool) if pool.leaves => Reply::error(500, "ContactAdminForAssistance", "Contact the administrator."),
            Some(pool) => Reply::json(200, json!({"nodepool": pool.body})),
            None => Reply::missing("nodepool"),
        },
        ("GET", ["nodepools", id, "nodes"]) => nodes(things, id, asked),
        ("PUT", ["nodepools", id]) => resize(things, id, asked),
        ("PUT", ["nodepools", id, part]) => set(things, id, part, asked),
        ("DELETE", ["nodepools", id]) => delete(things, id, asked),
        ("GET", ["images"]) => images(asked),
        _ => Reply::error(403, "Forbidden", "Action definition is not found"),
    }
}

fn list(things: &mut Things, cluster: &str, asked: &Asked<'_>) -> Reply {
    if things.cluster(cluster).is_none() {
        return Reply::missing("cluster");
    }
    let summary = |pool: &Held| -> Value {
        let mut shown: Value = SUMMARY
            .iter()
            .map(|name| ((*name).to_owned(), pool.body.get(*name).cloned().unwrap_or_default()))
            .collect();
        if let Some(map) = shown["volume_type"].as_object_mut() {
            map.remove("encrypt");
        }
        shown
    };
    let all: Vec<Value> = things.pools_of(cluster).map(summary).collect();
    let name = asked.query.get("nodepool_name").filter(|name| !name.is_empty());
    let all = all.into_iter().filter(|pool| name.is_none_or(|name| pool["name"] == name.as_str())).collect();
    Reply::json(200, page(all, "nodepools", asked.query))
}

fn done(things: &Things, status: u16, id: &str) -> Reply {
    let request = uuid::Uuid::new_v4().simple().to_string();
    Reply::json(status, json!({"account_id": things.account_id, "request_id": request, "resource_id": id}))
}

/// How many nodes are wanted: desired, least, most.
fn bounds(body: &Value, scales: bool) -> Result<(i64, i64, i64), Reply> {
    let number = |key: &str| body[key].as_i64();
    let (desired, min, max) = match scales {
        false => (number("desired_node_count"), number("desired_node_count"), number("desired_node_count")),
        true => (number("min_node_count"), number("min_node_count"), number("max_node_count")),
    };
    let (Some(desired), Some(min), Some(max)) = (desired, min, max) else {
        return Err(Reply::invalid(json!(["Field required"])));
    };
    match min < 0 || max > NODES || min > max {
        true => Err(Reply::invalid("The number of nodes must be 0 to 100, and the least not above the most.")),
        false => Ok((desired, min, max)),
    }
}

fn create(things: &mut Things, asked: &Asked<'_>) -> Reply {
    let body = asked.body;
    if let Some(refused) = lacking(body, &REQUIRED) {
        return refused;
    }
    let name = body["name"].as_str().unwrap_or_default();
    if !is_name(name, 20) {
        return Reply::invalid("Value error, the name is invalid");
    }
    let cluster_id = body["cluster_id"].as_str().unwrap_or_default();
    let Some(cluster) = things.cluster(cluster_id) else { return Reply::missing("cluster") };
    if !cluster.runs() {
        return Reply::busy("cluster", cluster.text("status"));
    }
    if cluster.body.get("kubernetes_version") != body.get("kubernetes_version") {
        return Reply::invalid("The Kubernetes version must be the cluster's.");
    }
    let Some(server) = offer("server_types").iter().find(|one| one["id"] == body["server_type_id"]) else {
        return Reply::invalid("The server type does not exist.");
    };
    let is_image = |one: &Value| one["os"] == body["image_os"] && one["os_version"] == body["image_os_version"];
    if !offer("node_images").iter().any(is_image) {
        return Reply::invalid("The image does not exist.");
    }
    if !offer("keypairs").iter().any(|one| one["name"] == body["keypair_name"]) {
        return Reply::error(404, "scp-virtualserver.keypair.not-found", "keypair_name: the key pair does not exist.");
    }
    let disk = body["volume_type_name"].as_str().unwrap_or_default();
    let size = body["volume_size"].as_i64().unwrap_or_default();
    if !DISKS.contains(&disk) || size < IMAGE || size % 8 != 0 {
        return Reply::invalid("The volume must be of a known type, and its size a multiple of 8 the image fits on.");
    }
    let promised = [("volume_max_iops", 5000..=20000), ("volume_max_throughput", 250..=1000)];
    let fits =
        |(key, range): &(&str, std::ops::RangeInclusive<i64>)| body[*key].as_i64().is_some_and(|n| range.contains(&n));
    if disk == "SSD_Provisioned" && !promised.iter().all(fits) {
        return Reply::invalid("SSD_Provisioned needs volume_max_iops and volume_max_throughput.");
    }
    let scales = body["is_auto_scale"] == true;
    let (desired, min, max) = match bounds(body, scales) {
        Ok(bounds) => bounds,
        Err(refused) => return refused,
    };
    let id = uuid::Uuid::new_v4().to_string();
    let time = now_text();
    let given = |key: &str, otherwise: Value| body.get(key).cloned().unwrap_or(otherwise);
    let shape = json!({
        "id": id, "name": name, "account_id": things.account_id, "cluster": {"id": cluster_id}, "status": "ScalingUp",
        "auto_recovery_enabled": body["is_auto_recovery"], "auto_scale_enabled": scales,
        "current_node_count": 0, "desired_node_count": desired, "min_node_count": min, "max_node_count": max,
        "image": {
            "custom_image_name": body.get("custom_image_id").map(|_| "custom"), "os": body["image_os"],
            "os_version": body["image_os_version"], "scp_gpu_driver": given("scp_gpu_driver", Value::Null),
        },
        "keypair": {"name": body["keypair_name"]}, "kubernetes_version": body["kubernetes_version"],
        "labels": given("labels", json!([])), "taints": given("taints", json!([])),
        "linked_resources": given("linked_resources", json!([])),
        "server_type": {"id": server["id"], "description": server["description"]},
        "volume_type": {"id": disk.to_lowercase(), "name": disk, "encrypt": disk.ends_with("_KMS")},
        "volume_size": size, "volume_max_iops": given("volume_max_iops", Value::Null),
        "volume_max_throughput": given("volume_max_throughput", Value::Null),
        "server_group_id": given("server_group_id", Value::Null),
        "advanced_settings": given("advanced_settings", Value::Null),
        "created_at": time, "created_by": things.access_key, "modified_at": time, "modified_by": things.access_key,
    });
    let mut pool = Held { body: shape.as_object().cloned().unwrap_or_default(), ..Held::default() };
    pool.begin("ScalingUp", asked.due(CREATES), json!({"status": "Running", "current_node_count": desired}));
    let shown = pool.body.clone();
    things.pools.push(pool);
    Reply::json(200, json!({"nodepool": shown}))
}

/// The pool where both it and its cluster may be changed.
fn changeable<'a>(things: &'a mut Things, id: &str) -> Result<&'a mut Held, Reply> {
    let Some(pool) = things.pool(id) else { return Err(Reply::missing("nodepool")) };
    if !pool.runs() {
        return Err(Reply::busy("nodepool", pool.text("status")));
    }
    let cluster = pool.body["cluster"]["id"].as_str().unwrap_or_default().to_owned();
    let status = things.cluster(&cluster).map(|cluster| cluster.text("status").to_owned()).unwrap_or_default();
    if status != "RUNNING" {
        return Err(Reply::busy("cluster", &status));
    }
    things.pool(id).ok_or_else(|| Reply::missing("nodepool"))
}

fn resize(things: &mut Things, id: &str, asked: &Asked<'_>) -> Reply {
    let pool = match changeable(things, id) {
        Ok(pool) => pool,
        Err(refused) => return refused,
    };
    let body = asked.body;
    let flag = |key: &str, now: &str, pool: &Held| {
        body[key].as_bool().unwrap_or_else(|| pool.body.get(now) == Some(&json!(true)))
    };
    let scales = flag("is_auto_scale", "auto_scale_enabled", pool);
    let recovers = flag("is_auto_recovery", "auto_recovery_enabled", pool);
    let mut whole = Value::Object(pool.body.clone());
    for key in ["desired_node_count", "min_node_count", "max_node_count"] {
        if let Some(value) = body.get(key).filter(|value| !value.is_null()) {
            whole[key] = value.clone();
        }
    }
    let (desired, min, max) = match bounds(&whole, scales) {
        Ok(bounds) => bounds,
        Err(refused) => return refused,
    };
    // One that scales by itself keeps the nodes it has, within its bounds.
    let now = pool.number("current_node_count");
    let desired = if scales { now.clamp(min, max) } else { desired };
    pool.set("auto_scale_enabled", json!(scales));
    pool.set("auto_recovery_enabled", json!(recovers));
    pool.set("desired_node_count", json!(desired));
    pool.set("min_node_count", json!(min));
    pool.set("max_node_count", json!(max));
    let status = if desired < now { "ScalingDown" } else { "ScalingUp" };
    pool.begin(status, asked.due(SCALES), json!({"status": "Running", "current_node_count": desired}));
    done(things, 200, id)
}

fn set(things: &mut Things, id: &str, part: &str, asked: &Asked<'_>) -> Reply {
    let cluster_version = {
        let cluster = things.pool(id).map(|pool| pool.body["cluster"]["id"].clone()).unwrap_or_default();
        let cluster = things.cluster(cluster.as_str().unwrap_or_default());
        cluster.map(|cluster| cluster.text("kubernetes_version").to_owned()).unwrap_or_default()
    };
    let pool = match changeable(things, id) {
        Ok(pool) => pool,
        Err(refused) => return refused,
    };
    match part {
        "labels" | "taints" | "linked-resources" => {
            let key = part.replace('-', "_");
            let Some(list) = asked.body.get(&key).filter(|list| list.is_array()) else {
                return Reply::invalid(json!(["Field required"]));
            };
            pool.set(&key, list.clone());
            // Whoever watches the nodes is told by the next look.
            pool.due = pool.due.or(Some(asked.now));
        }
        "upgrade" => {
            if asked.body["os_version"].as_str().is_none_or(str::is_empty) {
                return Reply::invalid(json!(["Field required"]));
            }
            let mut image = pool.body["image"].clone();
            image["os_version"] = asked.body["os_version"].clone();
            if let Some(driver) = asked.body.get("scp_gpu_driver").filter(|driver| !driver.is_null()) {
                image["scp_gpu_driver"] = driver.clone();
            }
            let then = json!({"status": "Running", "kubernetes_version": cluster_version, "image": image});
            pool.begin("Updating", asked.due(UPGRADES), then);
        }
        _ => return Reply::error(403, "Forbidden", "Action definition is not found"),
    }
    done(things, 200, id)
}

fn delete(things: &mut Things, id: &str, asked: &Asked<'_>) -> Reply {
    let Some(pool) = things.pool(id) else { return Reply::missing("nodepool") };
    if pool.leaves {
        return Reply::busy("nodepool", "Deleting");
    }
    pool.begin("Deleting", asked.due(LEAVES), json!({}));
    pool.leaves = true;
    done(things, 202, id)
}

fn nodes(things: &mut Things, id: &str, asked: &Asked<'_>) -> Reply {
    let account = things.account_id.clone();
    let Some(pool) = things.pool(id) else { return Reply::missing("nodepool") };
    let node = |number: i64| {
        json!({
            "account_id": account, "name": node_name(pool, number), "status": "Ready",
            "kubernetes_version": pool.text("kubernetes_version"),
        })
    };
    let all: Vec<Value> = (1..=pool.number("current_node_count")).map(node).collect();
    Reply::json(200, page(all, "nodes", asked.query))
}

/// What a pool's node is called.
pub fn node_name(pool: &Held, number: i64) -> String {
    let id = pool.text("id");
    format!("{}-{}-{number}", pool.text("name"), &id[..id.len().min(5)])
}

fn images(asked: &Asked<'_>) -> Reply {
    let kind = asked.query.get("scp_original_image_type").map(String::as_str).unwrap_or_default();
    let drivers: Vec<Value> = match kind {
        "k8s" => vec![Value::Null],
        "k8s_gpu" => offer("gpu_drivers").to_vec(),
        _ => return Reply::invalid(json!(["Field required"])),
    };
    let mut all = Vec::new();
    for version in offer("kubernetes_versions") {
        for image in offer("node_images").iter().filter(|image| kind == "k8s" || image["os"] == "ubuntu") {
            for driver in &drivers {
                let (os, os_version) = (image["os"].as_str().unwrap_or_default(), &image["os_version"]);
                let name = format!(
                    "{os}-{}-k8s-{}",
                    os_version.as_str().unwrap_or_default(),
                    version.as_str().unwrap_or_default()
                );
                all.push(json!({
                    "id": uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, format!("{name}{driver}").as_bytes()).to_string(),
                    "name": name, "os": os, "os_version": os_version, "kubernetes_version": version,
                    "end_of_support": false, "scp_image_type": kind, "scp_original_image_type": kind,
                    "volume": {"size": IMAGE}, "scp_gpu_driver": driver,
                }));
            }
        }
    }
    let all = filtered(&all, asked.query, &["kubernetes_version", "os"]);
    Reply::json(200, page(all, "nodepool_images", asked.query))
}
