//! What an account has to choose from, for who writes a first configuration.

use serde_json::Map;
use serde_json::Value;

use super::clusters::text;
use super::engine;
use super::error::Trouble;
use super::model::Version;
use super::supporting;
use super::supporting::Thing;
use super::transport::Transport;

/// The names for an argument, each with a word about it; none for an argument that has no list.
///
/// # Errors
/// The cloud cannot be asked.
pub async fn of(transport: &Transport, argument: &str) -> Result<Vec<(String, String)>, Trouble> {
    let thing = match argument {
        "kubernetes_versions" => {
            let all: Vec<Version> = transport.list(&engine::versions(), "kubernetes_versions").await?;
            return Ok(all.into_iter().map(|version| (version.kubernetes_version, String::new())).collect());
        }
        "server_type" => {
            let all: Vec<Map<String, Value>> = transport.list(&supporting::server_types(), "server_types").await?;
            return Ok(all.iter().map(|one| (text(one, "id").to_owned(), text(one, "name").to_owned())).collect());
        }
        "vpc" => Thing::Vpc,
        "subnet" => Thing::Subnet,
        "security_group" => Thing::SecurityGroup,
        "file_storage" => Thing::FileStorage,
        _ => return Ok(Vec::new()),
    };
    let (request, key) = thing.all();
    let all: Vec<Map<String, Value>> = transport.list(&request, key).await?;
    let named = |one: &Map<String, Value>| {
        // Two of a name are told apart by their ids, but for subnets of different VPCs: those are known by their VPC's.
        let is_like =
            |other: &&Map<String, Value>| ["name", "vpc_id"].iter().all(|key| text(other, key) == text(one, key));
        let is_alone = all.iter().filter(is_like).count() == 1;
        let (name, id) = (text(one, "name").to_owned(), text(one, "id").to_owned());
        if is_alone { (name, id) } else { (id, name) }
    };
    let mut offered: Vec<(String, String)> = all.iter().map(named).collect();
    offered.sort();
    offered.dedup_by(|one, other| one.0 == other.0);
    Ok(offered)
}
