//! Finds by name or id what clusters and pools name that exists already.

use std::collections::BTreeMap;

use serde_json::Map;
use serde_json::Value;

use super::clusters::Ids;
use super::clusters::list;
use super::clusters::text;
use super::engine;
use super::error::Trouble;
use super::model::NodeImage;
use super::model::Version;
use super::supporting;
use super::supporting::Thing;
use super::transport::Transport;
use crate::diag::nearest;

/// Names and ids as they were found; each list is asked for once.
#[derive(Debug)]
pub struct Lookup<'a> {
    transport: &'a Transport,
    known: BTreeMap<Thing, Vec<Map<String, Value>>>,
}

impl<'a> Lookup<'a> {
    pub fn new(transport: &'a Transport) -> Self {
        Self { transport, known: BTreeMap::new() }
    }

    /// What a cluster's specification names.
    ///
    /// # Errors
    /// Something is not there, or there are several of a name.
    pub async fn of_cluster(&mut self, spec: &Map<String, Value>) -> Result<Ids, Trouble> {
        let empty = Map::new();
        let network = spec.get("network").and_then(Value::as_object).unwrap_or(&empty);
        let vpc = self.find(Thing::Vpc, text(network, "vpc"), "").await?;
        let subnet = self.find(Thing::Subnet, text(network, "subnet"), &vpc).await?;
        let security_groups = self.security_groups(network).await?;
        if security_groups.is_empty() {
            return Err(Trouble::Refused(
                "the cloud makes no cluster without a security group: name one in network.security_groups".into(),
            ));
        }
        let volume = self.find(Thing::FileStorage, text(spec, "file_storage"), "").await?;
        Ok(Ids { vpc, subnet, volume, security_groups })
    }

    /// The security groups of a `network`, by ids.
    ///
    /// # Errors
    /// As [`Self::of_cluster`].
    pub async fn security_groups(&mut self, network: &Map<String, Value>) -> Result<Vec<String>, Trouble> {
        let mut ids = Vec::new();
        for group in list(network.get("security_groups")).filter_map(Value::as_str) {
            ids.push(self.find(Thing::SecurityGroup, group, "").await?);
        }
        Ok(ids)
    }

    /// Linked resources with what was not said of them: file storages by name or id, others must have both.
    ///
    /// # Errors
    /// As [`Self::of_cluster`].
    pub async fn links(&mut self, spec: &Map<String, Value>) -> Result<Value, Trouble> {
        let mut links = Vec::new();
        for link in list(spec.get("linked_resources")) {
            let mut link = link.clone();
            if link.get("id").is_none() {
                let name = link["name"].as_str().unwrap_or_default().to_owned();
                if link["type"] != "fs" {
                    return Err(Trouble::Refused(format!(
                        "linked resource {name}: only file storages (type \"fs\") are looked up by name; give its id too"
                    )));
                }
                link["id"] = self.find(Thing::FileStorage, &name, "").await?.into();
            }
            links.push(link);
        }
        Ok(Value::Array(links))
    }

    /// The id of a thing. A subnet is one of the VPC's.
    async fn find(&mut self, thing: Thing, wanted: &str, vpc: &str) -> Result<String, Trouble> {
        if !self.known.contains_key(&thing) {
            let (request, key) = thing.all();
            let all = self.transport.list(&request, key).await?;
            self.known.insert(thing, all);
        }
        let all = &self.known[&thing];
        let is_near = |one: &&Map<String, Value>| vpc.is_empty() || text(one, "vpc_id") == vpc;
        let near: Vec<&Map<String, Value>> = all.iter().filter(is_near).collect();
        if near.iter().any(|one| text(one, "id") == wanted) {
            return Ok(wanted.to_owned());
        }
        let named: Vec<&str> =
            near.iter().filter(|one| text(one, "name") == wanted).map(|one| text(one, "id")).collect();
        match named[..] {
            [id] => Ok(id.to_owned()),
            [] => {
                let names: Vec<&str> = near.iter().map(|one| text(one, "name")).collect();
                Err(Trouble::Refused(absent(thing.word(), wanted, &names)))
            }
            _ => Err(Trouble::Refused(format!(
                "there are {} {}s of the name {wanted}: write the id of the one that is meant: {}",
                named.len(),
                thing.word(),
                named.join(", ")
            ))),
        }
    }

    /// The versions on offer, newest first.
    ///
    /// # Errors
    /// They cannot be asked for.
    pub async fn versions(&self) -> Result<Vec<String>, Trouble> {
        let all: Vec<Version> = self.transport.list(&engine::versions(), "kubernetes_versions").await?;
        Ok(all.into_iter().map(|version| version.kubernetes_version).collect())
    }

    /// Whether a pool's server type, key pair and image are there, so that what is missing is said by its name.
    ///
    /// # Errors
    /// Something is not there.
    pub async fn check_pool(&self, spec: &Map<String, Value>) -> Result<(), Trouble> {
        let wanted = text(spec, "server_type");
        let types: Vec<Map<String, Value>> = self.transport.list(&supporting::server_types(), "server_types").await?;
        if !types.iter().any(|one| text(one, "id") == wanted) {
            let ids: Vec<&str> = types.iter().map(|one| text(one, "id")).collect();
            return Err(Trouble::Refused(match types.iter().find(|one| text(one, "name") == wanted) {
                Some(one) => format!("server type {wanted} has the id {}: write that", text(one, "id")),
                None => absent("server type", wanted, &ids),
            }));
        }
        let keypair = text(spec, "keypair");
        match self.transport.look(&supporting::keypair(keypair)).await {
            Err(Trouble::Missing(_)) => {
                return Err(Trouble::Refused(format!(
                    "there is no key pair \"{keypair}\": make it in the console under Virtual Server, or name another"
                )));
            }
            other => other?,
        };
        if spec.contains_key("custom_image") {
            return Ok(());
        }
        let driver = text(spec, "gpu_driver");
        let kind = if driver.is_empty() { "k8s" } else { "k8s_gpu" };
        let images: Vec<NodeImage> = self.transport.list(&engine::images(kind), "nodepool_images").await?;
        let (version, os, os_version) = (text(spec, "kubernetes_version"), text(spec, "os"), text(spec, "os_version"));
        let fits = |image: &&NodeImage| {
            image.kubernetes_version == version
                && image.os.eq_ignore_ascii_case(os)
                && image.os_version == os_version
                && (driver.is_empty() || image.scp_gpu_driver == driver)
        };
        if images.iter().any(|image| fits(&image)) {
            return Ok(());
        }
        let of_version = images.iter().filter(|image| image.kubernetes_version == version);
        let mut offered: Vec<String> = of_version
            .map(|image| format!("{} {} {}", image.os, image.os_version, image.scp_gpu_driver).trim_end().to_owned())
            .collect();
        offered.sort_unstable();
        offered.dedup();
        let offered = if offered.is_empty() { "none".to_owned() } else { offered.join(", ") };
        let wanted = format!("{os} {os_version} {driver}");
        Err(Trouble::Refused(format!(
            "the cloud has no image of nodes with {} for Kubernetes {version}; it has: {offered}",
            wanted.trim_end()
        )))
    }
}

/// That something is not there, and what may be meant.
fn absent(word: &str, wanted: &str, names: &[&str]) -> String {
    let help = match nearest(wanted, names.iter().copied()) {
        Some(near) => format!("Did you mean {near}?"),
        None if names.is_empty() => format!("There is no {word} at all in this region."),
        None => format!("There are: {}", names.iter().take(20).copied().collect::<Vec<_>>().join(", ")),
    };
    format!("there is no {word} \"{wanted}\", by name or id. {help}")
}
