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
    types: Option<Vec<Map<String, Value>>>,
    /// Of nodes without and with GPUs.
    images: BTreeMap<&'static str, Vec<NodeImage>>,
    versions: Option<Vec<String>>,
    /// Whether there is a key pair of a name.
    keypairs: BTreeMap<String, bool>,
}

/// Why each argument of a thing that names something not there is refused, by the argument.
pub type Refused = Vec<(&'static str, String)>;

/// Notes a refusal beside others; other troubles remain.
fn note<T>(argument: &'static str, looked: Result<T, Trouble>, refused: &mut Refused) -> Result<Option<T>, Trouble> {
    match looked {
        Ok(found) => Ok(Some(found)),
        Err(Trouble::Refused(reason)) => {
            refused.push((argument, reason));
            Ok(None)
        }
        Err(trouble) => Err(trouble),
    }
}

impl<'a> Lookup<'a> {
    pub fn new(transport: &'a Transport) -> Self {
        Self {
            transport,
            known: BTreeMap::new(),
            types: None,
            images: BTreeMap::new(),
            versions: None,
            keypairs: BTreeMap::new(),
        }
    }

    /// What a cluster's specification names.
    ///
    /// # Errors
    /// Something is not there, or there are several of a name.
    pub async fn of_cluster(&mut self, spec: &Map<String, Value>) -> Result<Ids, Trouble> {
        let (ids, refused) = self.named_by_cluster(spec).await?;
        if let Some((_, reason)) = refused.into_iter().next() {
            return Err(Trouble::Refused(reason));
        }
        if ids.security_groups.is_empty() {
            return Err(Trouble::Refused(
                "the cloud makes no cluster without a security group: name one in network.security_groups".into(),
            ));
        }
        Ok(ids)
    }

    /// What a cluster's specification names that is not there.
    ///
    /// # Errors
    /// The cloud cannot be asked.
    pub async fn misfits_of_cluster(&mut self, spec: &Map<String, Value>) -> Result<Refused, Trouble> {
        let (_, mut refused) = self.named_by_cluster(spec).await?;
        note("kubernetes_version", self.offers(text(spec, "kubernetes_version")).await, &mut refused)?;
        Ok(refused)
    }

    /// The ids of what is there, and what is not.
    async fn named_by_cluster(&mut self, spec: &Map<String, Value>) -> Result<(Ids, Refused), Trouble> {
        let mut refused = Refused::new();
        let mut ids = Ids::default();
        let empty = Map::new();
        let network = spec.get("network").and_then(Value::as_object).unwrap_or(&empty);
        let vpc = self.find(Thing::Vpc, text(network, "vpc"), "").await;
        if let Some(vpc) = note("network.vpc", vpc, &mut refused)? {
            let subnet = self.find(Thing::Subnet, text(network, "subnet"), &vpc).await;
            ids.subnet = note("network.subnet", subnet, &mut refused)?.unwrap_or_default();
            ids.vpc = vpc;
        }
        for group in list(network.get("security_groups")).filter_map(Value::as_str) {
            let group = self.find(Thing::SecurityGroup, group, "").await;
            ids.security_groups.extend(note("network.security_groups", group, &mut refused)?);
        }
        let volume = self.find(Thing::FileStorage, text(spec, "file_storage"), "").await;
        ids.volume = note("file_storage", volume, &mut refused)?.unwrap_or_default();
        Ok((ids, refused))
    }

    /// Whether a version of Kubernetes is on offer.
    ///
    /// # Errors
    /// It is not.
    pub async fn offers(&mut self, wanted: &str) -> Result<(), Trouble> {
        let offered = self.versions().await?;
        if offered.iter().any(|version| version == wanted) {
            return Ok(());
        }
        Err(Trouble::Refused(format!("the cloud does not offer Kubernetes {wanted}; it offers {}", offered.join(", "))))
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
    pub async fn versions(&mut self) -> Result<&[String], Trouble> {
        if self.versions.is_none() {
            let all: Vec<Version> = self.transport.list(&engine::versions(), "kubernetes_versions").await?;
            self.versions = Some(all.into_iter().map(|version| version.kubernetes_version).collect());
        }
        Ok(self.versions.as_deref().unwrap_or_default())
    }

    /// What a pool's specification names that is not there: server type, key pair, image, linked resources.
    ///
    /// # Errors
    /// The cloud cannot be asked.
    pub async fn misfits_of_pool(&mut self, spec: &Map<String, Value>) -> Result<Refused, Trouble> {
        let mut refused = Refused::new();
        note("linked_resources", self.links(spec).await, &mut refused)?;
        note("server_type", self.server_type(text(spec, "server_type")).await, &mut refused)?;
        note("keypair", self.keypair(text(spec, "keypair")).await, &mut refused)?;
        let version = text(spec, "kubernetes_version");
        // Of a version that is not there are no images either: its cluster tells.
        let is_offered = self.versions().await?.iter().any(|offered| offered == version);
        if is_offered && !spec.contains_key("custom_image") {
            note("os_version", self.image(spec).await, &mut refused)?;
        }
        Ok(refused)
    }

    async fn server_type(&mut self, wanted: &str) -> Result<(), Trouble> {
        if self.types.is_none() {
            self.types = Some(self.transport.list(&supporting::server_types(), "server_types").await?);
        }
        let types = self.types.as_deref().unwrap_or_default();
        if types.iter().any(|one| text(one, "id") == wanted) {
            return Ok(());
        }
        let ids: Vec<&str> = types.iter().map(|one| text(one, "id")).collect();
        Err(Trouble::Refused(match types.iter().find(|one| text(one, "name") == wanted) {
            Some(one) => format!("server type {wanted} has the id {}: write that", text(one, "id")),
            None => absent("server type", wanted, &ids),
        }))
    }

    async fn keypair(&mut self, wanted: &str) -> Result<(), Trouble> {
        if !self.keypairs.contains_key(wanted) {
            let is_there = match self.transport.look(&supporting::keypair(wanted)).await {
                Err(Trouble::Missing(_)) => false,
                other => other.map(|_| true)?,
            };
            self.keypairs.insert(wanted.to_owned(), is_there);
        }
        if self.keypairs[wanted] {
            return Ok(());
        }
        Err(Trouble::Refused(format!(
            "there is no key pair \"{wanted}\": make it in the console under Virtual Server, or name another"
        )))
    }

    /// Whether there is an image for the nodes of a pool.
    async fn image(&mut self, spec: &Map<String, Value>) -> Result<(), Trouble> {
        let driver = text(spec, "gpu_driver");
        let kind = if driver.is_empty() { "k8s" } else { "k8s_gpu" };
        if !self.images.contains_key(kind) {
            self.images.insert(kind, self.transport.list(&engine::images(kind), "nodepool_images").await?);
        }
        let images = &self.images[kind];
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
