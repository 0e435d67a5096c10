//! The cloud as a maker of clusters and node pools.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use futures::FutureExt;
use futures::StreamExt;
use futures::TryStreamExt;
use futures::future::BoxFuture;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;
use tokio::time::Instant;

use super::clusters;
use super::engine;
use super::error::Trouble;
use super::kubeconfig;
use super::lookup::Lookup;
use super::model::Accepted;
use super::model::Cluster;
use super::model::OneCluster;
use super::model::OnePool;
use super::model::Pair;
use super::model::Pool;
use super::model::Tags;
use super::offers;
use super::pools;
use super::settings::Settings;
use super::supporting;
use super::transport::Transport;
use crate::provider::interval;
use crate::provider::kubernetes::client_of;
use crate::provider::maker::Made;
use crate::provider::maker::MadeKind;
use crate::provider::maker::MadeState;
use crate::provider::maker::Maker;
use crate::provider::maker::MakerError;
use crate::provider::maker::Misfit;
use crate::provider::maker::Wanted;
use crate::provider::versions;

const CLUSTER: &str = "Cluster";
const POOL: &str = "NodePool";
/// Looks at several things at once.
const AT_ONCE: usize = 8;
/// After an answer that never came, a thing is not asked for again before so many looks have not seen it.
const DOUBT: u32 = 3;

/// Samsung Cloud Platform.
pub struct Scp {
    transport: Transport,
    kubeconfigs: kubeconfig::Store,
    seen: Mutex<Seen>,
}

/// What is remembered between looks.
#[derive(Default)]
struct Seen {
    /// The installation that each cluster is marked with, by id: marks come with the making and stay.
    marks: BTreeMap<String, String>,
    /// Clusters that were asked to go.
    leaving: BTreeMap<String, Cluster>,
    /// When something was asked for whose answer never came.
    doubtful: BTreeMap<String, Instant>,
}

impl fmt::Debug for Scp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scp").field("settings", self.transport.settings()).finish_non_exhaustive()
    }
}

impl Scp {
    /// Keeps the ways into clusters below `root`.
    ///
    /// # Errors
    /// The machine's certificates cannot be used.
    pub fn new(settings: Settings, root: &Path) -> Result<Self, String> {
        let transport = Transport::new(settings)?;
        Ok(Self { transport, kubeconfigs: kubeconfig::Store::below(root), seen: Mutex::default() })
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn region(&self) -> &str {
        &self.transport.settings().region
    }

    async fn clusters(&self) -> Result<Vec<Cluster>, Trouble> {
        let all: Vec<Cluster> = self.transport.list(&engine::clusters(), "clusters").await?;
        let mut seen = self.seen();
        let gone = |id: &String| !all.iter().any(|cluster| cluster.id == *id);
        let left: Vec<String> = seen.leaving.keys().filter(|id| gone(id)).cloned().collect();
        for id in left {
            if let Some(cluster) = seen.leaving.remove(&id) {
                self.kubeconfigs.forget(&cluster);
            }
        }
        drop(seen);
        Ok(all)
    }

    async fn tags(&self, cluster: &Cluster) -> Result<Vec<Pair>, Trouble> {
        let request = supporting::tags(self.region(), &cluster.id, &cluster.name);
        let tags = match self.transport.read::<Tags>(&request).await {
            Ok(tags) => tags.content.tags,
            // It went meanwhile.
            Err(Trouble::Missing(_)) => Vec::new(),
            Err(error) => return Err(error),
        };
        self.seen().marks.insert(cluster.id.clone(), clusters::mark(&tags));
        Ok(tags)
    }

    /// The installation that a cluster is marked with.
    async fn mark(&self, cluster: &Cluster) -> Result<String, Trouble> {
        if let Some(mark) = self.seen().marks.get(&cluster.id) {
            return Ok(mark.clone());
        }
        Ok(clusters::mark(&self.tags(cluster).await?))
    }

    async fn list_clusters(&self) -> Result<Vec<Made>, Trouble> {
        let all = self.clusters().await?;
        let look = |cluster: Cluster| async move {
            // A stranger's cluster is known by its name; what it is, is not asked each time.
            let stranger = self.seen().marks.get(&cluster.id).is_some_and(String::is_empty);
            if stranger {
                return Ok(clusters::made(&cluster, &[]));
            }
            let tags = self.tags(&cluster).await?;
            if clusters::mark(&tags).is_empty() {
                return Ok(clusters::made(&cluster, &tags));
            }
            match self.transport.read::<OneCluster>(&engine::cluster(&cluster.id, &cluster.name)).await {
                Ok(whole) => Ok(clusters::made(&whole.cluster, &tags)),
                Err(Trouble::Missing(_)) => Ok(leaving(clusters::made(&cluster, &tags))),
                Err(error) => Err(error),
            }
        };
        futures::stream::iter(all).map(look).buffered(AT_ONCE).try_collect().await
    }

    async fn list_pools(&self) -> Result<Vec<Made>, Trouble> {
        let look = |cluster: Cluster| async move {
            if self.mark(&cluster).await?.is_empty() {
                return Ok(Vec::new());
            }
            self.pools_of(&cluster).await
        };
        let all: Vec<Vec<Made>> =
            futures::stream::iter(self.clusters().await?).map(look).buffered(AT_ONCE).try_collect().await?;
        Ok(all.into_iter().flatten().collect())
    }

    async fn pools_of(&self, cluster: &Cluster) -> Result<Vec<Made>, Trouble> {
        let listed: Vec<Pool> = match self.transport.list(&engine::pools(&cluster.id, &cluster.name), "nodepools").await
        {
            Err(Trouble::Missing(_)) => return Ok(Vec::new()),
            listed => listed?,
        };
        let look = |pool: Pool| async move {
            // One that goes may answer 500 until it is gone.
            if pools::state(&pool.status) == MadeState::Leaving {
                return Ok(pools::made(&cluster.name, &pool));
            }
            match self.transport.read::<OnePool>(&engine::pool(&pool.id, &pool.name)).await {
                Ok(whole) => Ok(pools::made(&cluster.name, &whole.nodepool)),
                Err(Trouble::Missing(_)) => Ok(leaving(pools::made(&cluster.name, &pool))),
                Err(error) => Err(error),
            }
        };
        futures::stream::iter(listed).map(look).buffered(AT_ONCE).try_collect().await
    }

    /// The cluster of a name.
    async fn find(&self, name: &str) -> Result<Cluster, Trouble> {
        let found = self
            .clusters()
            .await?
            .into_iter()
            .find(|cluster| cluster.name == name && clusters::state(&cluster.status) != MadeState::Leaving);
        let found =
            found.ok_or_else(|| Trouble::Missing(format!("there is no cluster {name} in {}", self.region())))?;
        Ok(self.transport.read::<OneCluster>(&engine::cluster(&found.id, name)).await?.cluster)
    }

    /// Asks for something to be made; an answer that never comes leaves a doubt.
    async fn make(&self, key: String, request: &super::request::Request) -> Result<Value, Trouble> {
        let patience = self.transport.settings().interval * DOUBT;
        if self.seen().doubtful.get(&key).is_some_and(|since| since.elapsed() < patience) {
            return Err(Trouble::Unclear(format!(
                "cannot tell yet whether the cloud did this: {}; it is looked for before it is asked again",
                request.what
            )));
        }
        let made = self.transport.ask(request).await;
        match &made {
            Err(Trouble::Unclear(_)) => self.seen().doubtful.insert(key, Instant::now()),
            _ => self.seen().doubtful.remove(&key),
        };
        made
    }

    async fn create_cluster(&self, name: &str, installation: &str, spec: &Map<String, Value>) -> Result<Made, Trouble> {
        let mut lookup = Lookup::new(&self.transport);
        let ids = lookup.of_cluster(spec).await?;
        lookup.offers(clusters::text(spec, "kubernetes_version")).await?;
        let body = clusters::creation(name, installation, spec, &ids);
        let answer = self.make(format!("{CLUSTER} {name}"), &engine::make_cluster(name, body)).await?;
        let accepted: Accepted = serde_json::from_value(answer).unwrap_or_default();
        if !accepted.resource_id.is_empty() {
            self.seen().marks.insert(accepted.resource_id.clone(), installation.to_owned());
        }
        Ok(Made::begun(name, accepted.resource_id, installation, spec))
    }

    async fn create_pool(&self, name: &str, installation: &str, spec: &Map<String, Value>) -> Result<Made, Trouble> {
        let Some((cluster_name, pool)) = pools::names(name) else {
            return Err(Trouble::Refused(format!("{name} is no name of a cluster's node pool")));
        };
        let cluster = self.find(cluster_name).await?;
        if self.mark(&cluster).await? != installation {
            return Err(Trouble::Refused(format!("cluster {cluster_name} is not ours: no node pool is made in it")));
        }
        if clusters::state(&cluster.status) != MadeState::Ready {
            return Err(Trouble::Busy(format!("cluster {cluster_name} is {}", cluster.status)));
        }
        let mut lookup = Lookup::new(&self.transport);
        let links = lookup.links(spec).await?;
        if let Some((_, reason)) = lookup.misfits_of_pool(spec).await?.into_iter().next() {
            return Err(Trouble::Refused(reason));
        }
        let body = pools::creation(pool, &cluster.id, installation, spec, &clusters::resources(Some(&links)));
        let answer = self.make(format!("{POOL} {name}"), &engine::make_pool(pool, body)).await?;
        let id = answer.pointer("/nodepool/id").and_then(Value::as_str).unwrap_or_default().to_owned();
        Ok(Made::begun(name, id, installation, spec))
    }

    /// One step: between two of them the cloud wants the cluster to run again.
    async fn update_cluster(&self, made: &Made, spec: &Map<String, Value>) -> Result<(), Trouble> {
        let set = |part: &'static str, body: Value| async move {
            self.transport.ask(&engine::set_cluster(&made.id, &made.name, part, body)).await.map(|_| ())
        };
        let differs = |key: &str| spec.get(key).is_some_and(|wanted| !made.agrees(key, wanted));
        if differs("control_plane_logging") {
            let on = clusters::flag(spec, "control_plane_logging");
            return set("logging", json!({"cloud_logging_enabled": on})).await;
        }
        if differs("network") {
            let empty = Map::new();
            let network = spec.get("network").and_then(Value::as_object).unwrap_or(&empty);
            let ids = Lookup::new(&self.transport).security_groups(network).await?;
            return set("security-groups", json!({"security_group_id_list": ids})).await;
        }
        if differs("kubernetes_version") {
            return self.upgrade(made, clusters::text(spec, "kubernetes_version")).await;
        }
        if differs("private_endpoint_access") {
            let resources = clusters::resources(spec.get("private_endpoint_access"));
            let body = json!({"private_endpoint_access_control_resources": resources});
            return set("private-access-control", body).await;
        }
        if differs("public_endpoint_access_allow") {
            let address = clusters::text(spec, "public_endpoint_access_allow");
            return set("public-access-control", json!({"public_endpoint_access_control_ip": address})).await;
        }
        if differs("service_watch_logging") {
            let on = clusters::flag(spec, "service_watch_logging");
            return set("service-watch-logging", json!({"service_watch_logging_enabled": on})).await;
        }
        if differs("tags") {
            let tags = clusters::tags(spec, &made.installation);
            let request = supporting::set_tags(self.region(), &made.id, &made.name, tags);
            return self.transport.ask(&request).await.map(|_| ());
        }
        Ok(())
    }

    /// The next step of an upgrade. Nodes follow before the control plane goes on.
    async fn upgrade(&self, made: &Made, wanted: &str) -> Result<(), Trouble> {
        let at = clusters::text(&made.spec, "kubernetes_version");
        let mut lookup = Lookup::new(&self.transport);
        let next = versions::next_version(at, wanted, lookup.versions().await?).map_err(Trouble::Refused)?;
        let cluster = Cluster { id: made.id.clone(), name: made.name.clone(), ..Cluster::default() };
        for pool in self.pools_of(&cluster).await? {
            let (_, name) = pools::names(&pool.name).unwrap_or_default();
            match pool.state {
                MadeState::Ready => {}
                _ => return Err(Trouble::Busy(format!("node pool {name} is busy: an upgrade waits for it"))),
            }
            let version = clusters::text(&pool.spec, "kubernetes_version");
            if versions::minor(version) < versions::minor(at) {
                return self.upgrade_pool(&pool, &pool.spec).await;
            }
        }
        let body = json!({"kubernetes_version": next});
        self.transport.ask(&engine::set_cluster(&made.id, &made.name, "upgrade", body)).await.map(|_| ())
    }

    /// Brings the nodes to the version of their control plane, as the cloud does it: one after another.
    async fn upgrade_pool(&self, made: &Made, spec: &Map<String, Value>) -> Result<(), Trouble> {
        let (_, name) = pools::names(&made.name).unwrap_or_default();
        let mut body = json!({"os_version": clusters::text(&made.spec, "os_version")});
        let driver = clusters::text(spec, "gpu_driver");
        if !driver.is_empty() {
            body["scp_gpu_driver"] = json!(driver);
        }
        self.transport.ask(&engine::set_pool_part(&made.id, name, "upgrade", body)).await.map(|_| ())
    }

    /// One step, as [`Self::update_cluster`].
    async fn update_pool(&self, made: &Made, spec: &Map<String, Value>) -> Result<(), Trouble> {
        let (cluster, name) = pools::names(&made.name).unwrap_or_default();
        let differs = |key: &str| spec.get(key).is_some_and(|wanted| !made.agrees(key, wanted));
        let set = |part: &'static str, body: Value| async move {
            self.transport.ask(&engine::set_pool_part(&made.id, name, part, body)).await.map(|_| ())
        };
        if differs("kubernetes_version") || differs("gpu_driver") {
            let wanted = clusters::text(spec, "kubernetes_version");
            let at = self.find(cluster).await?.kubernetes_version;
            if !wanted.is_empty() && at != wanted {
                return Err(Trouble::Busy(format!("cluster {cluster} runs {at}: nodes follow once it runs {wanted}")));
            }
            return self.upgrade_pool(made, spec).await;
        }
        if differs("labels") {
            return set("labels", json!({"labels": pools::labels(spec, &made.installation)})).await;
        }
        if differs("taints") {
            return set("taints", json!({"taints": pools::taints(spec)})).await;
        }
        if differs("linked_resources") {
            let links = Lookup::new(&self.transport).links(spec).await?;
            return set("linked-resources", json!({"linked_resources": clusters::resources(Some(&links))})).await;
        }
        if differs("node_count") || differs("autoscaling") || differs("auto_recovery") {
            let body = Value::Object(pools::size(spec));
            return self.transport.ask(&engine::set_pool(&made.id, name, body)).await.map(|_| ());
        }
        Ok(())
    }

    async fn delete_cluster(&self, made: &Made) -> Result<(), Trouble> {
        let cluster = Cluster { id: made.id.clone(), name: made.name.clone(), ..Cluster::default() };
        let pools = self.pools_of(&cluster).await?;
        let names = |ours: bool| -> Vec<&str> {
            let of = |pool: &&Made| (pool.installation == made.installation) == ours;
            pools.iter().filter(of).filter_map(|pool| Some(pools::names(&pool.name)?.1)).collect()
        };
        let (ours, others) = (names(true), names(false));
        if !others.is_empty() {
            return Err(Trouble::Refused(format!(
                "cluster {} has node pools that this installation did not make: {}. Delete them in the console first",
                made.name,
                others.join(", ")
            )));
        }
        if !ours.is_empty() {
            return Err(Trouble::Busy(format!("node pools go before their cluster: {}", ours.join(", "))));
        }
        self.transport.ask(&engine::delete_cluster(&made.id, &made.name)).await?;
        self.seen().leaving.insert(made.id.clone(), cluster);
        Ok(())
    }

    async fn way(&self, name: &str) -> Result<(kube::Client, String), Trouble> {
        let cluster = self.find(name).await?;
        let path = self.kubeconfigs.of(&self.transport, &cluster).await?;
        let (client, address) = client_of(&path).map_err(|error| Trouble::Refused(error.to_string()))?;
        Ok((client, format!("cluster {name} of Samsung Cloud Platform at {address}")))
    }
}

/// Already gone by what was heard of it last.
fn leaving(made: Made) -> Made {
    Made { state: MadeState::Leaving, ..made }
}

impl Maker for Scp {
    fn offers<'a>(&'a self, argument: &'a str) -> BoxFuture<'a, Result<Vec<(String, String)>, MakerError>> {
        async move { Ok(offers::of(&self.transport, argument).await?) }.boxed()
    }

    fn misfits<'a>(&'a self, wanted: &'a [Wanted<'a>]) -> BoxFuture<'a, Result<Vec<Misfit>, MakerError>> {
        async move {
            let mut lookup = Lookup::new(&self.transport);
            let mut misfits = Vec::new();
            for (thing, (kind, spec)) in wanted.iter().enumerate() {
                let refused = match *kind {
                    CLUSTER => lookup.misfits_of_cluster(spec).await?,
                    _ => lookup.misfits_of_pool(spec).await?,
                };
                let misfit = |(argument, reason): (&str, String)| Misfit { thing, argument: argument.into(), reason };
                misfits.extend(refused.into_iter().map(misfit));
            }
            Ok(misfits)
        }
        .boxed()
    }

    fn kinds(&self) -> Vec<MadeKind> {
        let kind = |kind: &str, plural: &str, immutable: &[&str]| MadeKind {
            kind: kind.to_owned(),
            plural: plural.to_owned(),
            immutable: immutable.iter().map(|path| (*path).to_owned()).collect(),
        };
        vec![
            kind(CLUSTER, "clusters", &["spec.network.vpc", "spec.network.subnet", "spec.file_storage"]),
            kind(
                POOL,
                "nodepools",
                &[
                    "spec.cluster",
                    "spec.server_type",
                    "spec.os",
                    "spec.os_version",
                    "spec.keypair",
                    "spec.block_storage",
                    "spec.custom_image",
                    "spec.server_group",
                    "spec.advanced",
                ],
            ),
        ]
    }

    fn interval(&self) -> Duration {
        self.transport.settings().interval
    }

    fn patience(&self) -> Duration {
        self.interval() * interval::LOOKS
    }

    fn leaves_behind(&self, kind: &str) -> Vec<String> {
        match kind {
            CLUSTER => vec![
                "what it only used: VPC, subnet, security groups, file storage with its files, key pairs".into(),
                "load balancers and disks that Services and claims of the cluster made, where they were not deleted before it"
                    .into(),
            ],
            _ => Vec::new(),
        }
    }

    fn list(&self, kind: &str) -> BoxFuture<'_, Result<Vec<Made>, MakerError>> {
        let is_cluster = kind == CLUSTER;
        async move { Ok(if is_cluster { self.list_clusters().await? } else { self.list_pools().await? }) }.boxed()
    }

    fn create<'a>(
        &'a self,
        kind: &'a str,
        name: &'a str,
        installation: &'a str,
        spec: &'a Map<String, Value>,
    ) -> BoxFuture<'a, Result<Made, MakerError>> {
        async move {
            Ok(match kind {
                CLUSTER => self.create_cluster(name, installation, spec).await?,
                _ => self.create_pool(name, installation, spec).await?,
            })
        }
        .boxed()
    }

    fn update<'a>(
        &'a self,
        kind: &'a str,
        made: &'a Made,
        spec: &'a Map<String, Value>,
    ) -> BoxFuture<'a, Result<(), MakerError>> {
        async move {
            match kind {
                CLUSTER => self.update_cluster(made, spec).await?,
                _ => self.update_pool(made, spec).await?,
            }
            Ok(())
        }
        .boxed()
    }

    fn delete<'a>(&'a self, kind: &'a str, made: &'a Made) -> BoxFuture<'a, Result<(), MakerError>> {
        async move {
            match kind {
                CLUSTER => self.delete_cluster(made).await?,
                _ => {
                    let (_, name) = pools::names(&made.name).unwrap_or_default();
                    match self.transport.ask(&engine::delete_pool(&made.id, name)).await {
                        // Gone already.
                        Err(Trouble::Missing(_)) => {}
                        asked => asked.map(|_| ())?,
                    }
                }
            }
            Ok(())
        }
        .boxed()
    }

    fn connect<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<(kube::Client, String), MakerError>> {
        async move { Ok(self.way(name).await?) }.boxed()
    }
}
