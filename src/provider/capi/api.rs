//! Cluster API as a maker of clusters and node pools.

use std::fmt;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures::FutureExt;
use futures::StreamExt;
use futures::TryStreamExt;
use futures::future::BoxFuture;
use serde_json::Map;
use serde_json::Value;

use super::clusters;
use super::dialect::Dialect;
use super::management::Management;
use super::pools;
use super::settings::Settings;
use crate::object::Object;
use crate::provider::given;
use crate::provider::interval::LOOKS;
use crate::provider::kubernetes::client_in;
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
const DEPLOYMENT: &str = "MachineDeployment";
const HEALTH: &str = "MachineHealthCheck";
/// Looks at several things at once.
const AT_ONCE: usize = 8;

/// Clusters and node pools of a management cluster.
pub struct ClusterApi {
    management: Management,
}

impl fmt::Debug for ClusterApi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClusterApi").field("namespace", &self.settings().namespace).finish_non_exhaustive()
    }
}

fn text<'a>(spec: &'a Map<String, Value>, key: &str) -> &'a str {
    spec.get(key).and_then(Value::as_str).unwrap_or_default()
}

impl ClusterApi {
    pub fn new(settings: Settings) -> Self {
        Self { management: Management::new(settings) }
    }

    fn settings(&self) -> &Settings {
        self.management.settings()
    }

    /// The object that is a cluster's control plane, as far as there is one.
    async fn control_plane(&self, cluster: &Object) -> Result<Option<Object>, MakerError> {
        let Some(reference) = cluster.get("/spec/controlPlaneRef") else { return Ok(None) };
        let dialect = self.management.dialect().await?;
        self.management.found(&dialect.template(reference)).await
    }

    async fn list_clusters(&self) -> Result<Vec<Made>, MakerError> {
        let dialect = self.management.dialect().await?;
        let look = |cluster: Object| async move {
            // A stranger's cluster is known by its name; what it is, is not asked.
            let control_plane = match clusters::mark(&cluster).is_empty() {
                true => None,
                false => self.control_plane(&cluster).await?,
            };
            Ok(clusters::made(dialect, &cluster, control_plane.as_ref()))
        };
        let all = self.management.list(CLUSTER).await?;
        futures::stream::iter(all).map(look).buffered(AT_ONCE).try_collect().await
    }

    async fn list_pools(&self) -> Result<Vec<Made>, MakerError> {
        let dialect = self.management.dialect().await?;
        let (all, checks) = (self.management.list(DEPLOYMENT).await?, self.management.list(HEALTH).await?);
        let mut made = Vec::new();
        let mut known = Vec::new();
        for cluster in self.management.list(CLUSTER).await? {
            for entry in cluster.get(clusters::ENTRIES).and_then(Value::as_array).into_iter().flatten() {
                let deployment = pools::of_entry(&all, cluster.name(), entry["name"].as_str().unwrap_or_default());
                known.extend(deployment.map(|deployment| deployment.uid().to_owned()));
                made.push(pools::made_of_entry(dialect, &cluster, entry, deployment));
            }
        }
        for deployment in all.iter().filter(|deployment| !known.iter().any(|uid| uid == deployment.uid())) {
            made.push(match pools::is_of_topology(deployment) {
                true => pools::leaving(deployment),
                false => {
                    let own = |check: &&Object| check.name() == deployment.name();
                    pools::made(dialect, deployment, checks.iter().find(own))
                }
            });
        }
        Ok(made)
    }

    async fn pools_of(&self, cluster: &str) -> Result<Vec<Made>, MakerError> {
        let mut pools = self.list_pools().await?;
        pools.retain(|pool| pools::names(&pool.name).is_some_and(|(of, _)| of == cluster));
        Ok(pools)
    }

    /// The cluster of a name, which is ours.
    async fn ours(&self, name: &str, installation: &str) -> Result<Object, MakerError> {
        let found = self.management.get(CLUSTER, name).await?;
        let found = found.ok_or_else(|| MakerError::Unclear(format!("there is no cluster {name}")))?;
        match clusters::mark(&found) == installation {
            true => Ok(found),
            false => Err(MakerError::Refused(format!("cluster {name} is not ours, and is left alone"))),
        }
    }

    /// What a cluster refers to, as the API has it; the objects must be there.
    async fn references(&self, spec: &Map<String, Value>) -> Result<(Map<String, Value>, Option<Object>), MakerError> {
        let dialect = self.management.dialect().await?;
        let (mut references, mut control_plane) = (Map::new(), None);
        for (argument, field) in clusters::REFERENCES {
            let Some(template) = spec.get(argument) else { continue };
            let (object, version) = self.management.referred(template).await?;
            references.insert(field.to_owned(), dialect.reference(template, &version));
            if argument == "control_plane" {
                control_plane = Some(object);
            }
        }
        Ok((references, control_plane))
    }

    async fn create_cluster(
        &self,
        name: &str,
        installation: &str,
        spec: &Map<String, Value>,
    ) -> Result<Made, MakerError> {
        if self.management.get(CLUSTER, name).await?.is_some() {
            return Err(MakerError::Unclear(format!("{name} is there already: looking whose it is")));
        }
        let (references, control_plane) = self.references(spec).await?;
        let version = text(spec, "kubernetes_version");
        if let Some(found) = &control_plane {
            // Before there is a cluster, so that its machines are made of the right version at once.
            self.management.apply(clusters::control_plane(found, spec, version), None).await?;
        }
        let dialect = self.management.dialect().await?;
        let wanted = clusters::Wanted { references, ..self.wanted(dialect, name, installation, spec, version) };
        let stored = self.management.apply(wanted.object(), None).await?;
        let state = MadeState::Busy("asked for".into());
        Ok(Made { state, ..clusters::made(dialect, &stored, control_plane.as_ref()) })
    }

    /// A cluster as it is to be, with neither references nor node pools.
    fn wanted<'a>(
        &'a self,
        dialect: Dialect,
        name: &'a str,
        installation: &'a str,
        spec: &'a Map<String, Value>,
        version: &'a str,
    ) -> clusters::Wanted<'a> {
        let namespace = self.settings().namespace.as_str();
        let (references, entries) = (Map::new(), Vec::new());
        clusters::Wanted { dialect, namespace, name, installation, spec, version, references, entries }
    }

    /// Our node pools in a cluster's topology, as we write them.
    async fn entries(&self, cluster: &Object, installation: &str) -> Result<Vec<(String, Value)>, MakerError> {
        let dialect = self.management.dialect().await?;
        let live = cluster.get(clusters::ENTRIES).and_then(Value::as_array).into_iter().flatten();
        let ours = live.map(|entry| pools::made_of_entry(dialect, cluster, entry, None));
        let written = ours.filter(|made| made.installation == installation).filter_map(|made| {
            let (_, pool) = pools::names(&made.name)?;
            Some((pool.to_owned(), self.wanted_pool(dialect, &made.name, "", installation, &made.spec)?.entry()))
        });
        Ok(written.collect())
    }

    fn wanted_pool<'a>(
        &'a self,
        dialect: Dialect,
        object: &'a str,
        name: &'a str,
        installation: &'a str,
        spec: &'a Map<String, Value>,
    ) -> Option<pools::Wanted<'a>> {
        let (cluster, pool) = pools::names(object)?;
        let namespace = self.settings().namespace.as_str();
        Some(pools::Wanted { dialect, namespace, cluster, pool, name, installation, spec })
    }

    async fn update_cluster(&self, made: &Made, spec: &Map<String, Value>) -> Result<(), MakerError> {
        let cluster = self.ours(&made.name, &made.installation).await?;
        let (at, wanted) = (text(&made.spec, "kubernetes_version"), text(spec, "kubernetes_version"));
        let mut version = at.to_owned();
        if at != wanted && !wanted.is_empty() {
            version = versions::next_version(at, wanted, &self.settings().versions).map_err(MakerError::Refused)?;
            if !self.are_with_it(&made.name, at, &made.installation).await? {
                return Ok(());
            }
        }
        let (references, control_plane) = self.references(spec).await?;
        if let Some(found) = &control_plane {
            self.management.apply(clusters::control_plane(found, spec, &version), None).await?;
        }
        let entries = self.entries(&cluster, &made.installation).await?.into_iter().map(|(_, entry)| entry).collect();
        let dialect = self.management.dialect().await?;
        let wanted = self.wanted(dialect, &made.name, &made.installation, spec, &version);
        let wanted = clusters::Wanted { references, entries, ..wanted };
        self.management.apply(wanted.object(), Some(&cluster)).await.map(|_| ())
    }

    /// Whether all nodes are of the minor of their control plane, so that it may go on. Those that are not are brought
    /// there, where that is ours to do.
    async fn are_with_it(&self, cluster: &str, at: &str, installation: &str) -> Result<bool, MakerError> {
        for pool in self.pools_of(cluster).await?.iter().filter(|pool| pool.installation == installation) {
            let (_, name) = pools::names(&pool.name).unwrap_or_default();
            if pool.state != MadeState::Ready {
                return Err(MakerError::Unclear(format!("node pool {name} is busy: an upgrade waits for it")));
            }
            if versions::minor(text(&pool.spec, "kubernetes_version")) < versions::minor(at) {
                if pool.spec.contains_key("machine_class") {
                    return Err(MakerError::Unclear(format!("node pool {name} follows to {at}")));
                }
                self.apply_pool(pool, &pool.spec, at).await?;
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn create_pool(&self, name: &str, installation: &str, spec: &Map<String, Value>) -> Result<Made, MakerError> {
        let Some((cluster, pool)) = pools::names(name) else {
            return Err(MakerError::Refused(format!("{name} is no name of a cluster's node pool")));
        };
        let found = self.ours(cluster, installation).await?;
        let begun = Made::begun(name, "", installation, spec);
        if clusters::has_topology(&found) {
            self.apply_entry(&found, &begun, Some(spec)).await?;
            return Ok(begun);
        }
        let deployment = pools::deployment_name(cluster, pool).map_err(MakerError::Refused)?;
        if self.management.get(DEPLOYMENT, &deployment).await?.is_some() {
            return Err(MakerError::Unclear(format!("{deployment} is there already: looking whose it is")));
        }
        self.apply_pool(&begun, spec, text(spec, "kubernetes_version")).await?;
        Ok(begun)
    }

    /// Writes the entry of a pool into the topology of its cluster, or takes it out.
    async fn apply_entry(
        &self,
        cluster: &Object,
        made: &Made,
        spec: Option<&Map<String, Value>>,
    ) -> Result<(), MakerError> {
        let dialect = self.management.dialect().await?;
        let (_, pool) = pools::names(&made.name).unwrap_or_default();
        let mut entries = self.entries(cluster, &made.installation).await?;
        entries.retain(|(name, _)| name != pool);
        let wanted = spec.and_then(|spec| self.wanted_pool(dialect, &made.name, "", &made.installation, spec));
        entries.extend(wanted.map(|wanted| (pool.to_owned(), wanted.entry())));
        let entries = entries.into_iter().map(|(_, entry)| entry).collect();
        let whole = clusters::made(dialect, cluster, None);
        let version = text(&whole.spec, "kubernetes_version");
        let wanted = self.wanted(dialect, cluster.name(), &made.installation, &whole.spec, version);
        let wanted = clusters::Wanted { entries, ..wanted };
        self.management.apply(wanted.object(), Some(cluster)).await.map(|_| ())
    }

    /// Applies the MachineDeployment of a pool and what watches its nodes.
    async fn apply_pool(&self, made: &Made, spec: &Map<String, Value>, version: &str) -> Result<(), MakerError> {
        let dialect = self.management.dialect().await?;
        let (cluster, pool) = pools::names(&made.name).unwrap_or_default();
        let name = pools::deployment_name(cluster, pool).map_err(MakerError::Refused)?;
        let mut references = [Value::Null, Value::Null];
        for (reference, (argument, _)) in references.iter_mut().zip(pools::REFERENCES) {
            let template = spec.get(argument).cloned().unwrap_or_default();
            let (_, served) = self.management.referred(&template).await?;
            *reference = dialect.reference(&template, &served);
        }
        let Some(wanted) = self.wanted_pool(dialect, &made.name, &name, &made.installation, spec) else {
            return Ok(());
        };
        self.management.apply(wanted.deployment(version, &references), None).await?;
        match (wanted.is_watched(), self.management.get(HEALTH, &name).await?) {
            (true, _) => self.management.apply(wanted.health_check(), None).await.map(|_| ()),
            (false, Some(check)) if clusters::mark(&check) == made.installation => self.management.delete(&check).await,
            (false, _) => Ok(()),
        }
    }

    async fn update_pool(&self, made: &Made, spec: &Map<String, Value>) -> Result<(), MakerError> {
        let (cluster_name, name) = pools::names(&made.name).unwrap_or_default();
        let cluster = self.ours(cluster_name, &made.installation).await?;
        let (at, wanted) = (text(&made.spec, "kubernetes_version"), text(spec, "kubernetes_version"));
        let is_newer = at != wanted && !wanted.is_empty();
        let control_plane = self.control_plane(&cluster).await?;
        let reached = clusters::version(&cluster, control_plane.as_ref()) == wanted
            && control_plane.as_ref().is_some_and(|object| object.text("/status/version") == wanted);
        let others = spec.iter().any(|(key, value)| key != "kubernetes_version" && !made.agrees(key, value));
        let has_topology = clusters::has_topology(&cluster);
        if is_newer && !others && (has_topology || !reached) {
            return Err(MakerError::Unclear(match reached {
                true => format!("node pool {name} follows to {wanted}"),
                false => format!("nodes follow once the control plane of {cluster_name} runs {wanted}"),
            }));
        }
        if has_topology {
            return self.apply_entry(&cluster, made, Some(spec)).await;
        }
        self.apply_pool(made, spec, if is_newer && !reached { at } else { wanted }).await
    }

    async fn delete_cluster(&self, made: &Made) -> Result<(), MakerError> {
        let cluster = self.ours(&made.name, &made.installation).await?;
        let pools = self.pools_of(&made.name).await?;
        let names = |ours: bool| -> Vec<&str> {
            let of = |pool: &&Made| (pool.installation == made.installation) == ours;
            pools.iter().filter(of).filter_map(|pool| Some(pools::names(&pool.name)?.1)).collect()
        };
        let (ours, others) = (names(true), names(false));
        if !others.is_empty() {
            return Err(MakerError::Refused(format!(
                "cluster {} has node pools that this installation did not make: {}. Delete them in the management cluster \
                 first",
                made.name,
                others.join(", ")
            )));
        }
        if !ours.is_empty() {
            return Err(MakerError::Unclear(format!("node pools go before their cluster: {}", ours.join(", "))));
        }
        self.management.delete(&cluster).await
    }

    async fn delete_pool(&self, made: &Made) -> Result<(), MakerError> {
        let (cluster_name, pool) = pools::names(&made.name).unwrap_or_default();
        if let Some(cluster) = self.management.get(CLUSTER, cluster_name).await?
            && clusters::has_topology(&cluster)
        {
            return self.apply_entry(&cluster, made, None).await;
        }
        let name = pools::deployment_name(cluster_name, pool).map_err(MakerError::Refused)?;
        for kind in [HEALTH, DEPLOYMENT] {
            if let Some(object) = self.management.get(kind, &name).await?
                && clusters::mark(&object) == made.installation
            {
                self.management.delete(&object).await?;
            }
        }
        Ok(())
    }

    /// The way into a cluster: its administrator's kubeconfig lies in a Secret, and is not kept anywhere else.
    async fn way(&self, name: &str) -> Result<(kube::Client, String), MakerError> {
        let secret_name = format!("{name}-kubeconfig");
        let namespace = &self.settings().namespace;
        let place = format!("the Secret {secret_name} in the namespace {namespace} of the management cluster");
        let secret = self.management.secret(&secret_name).await?.ok_or_else(|| {
            MakerError::Unclear(format!("{place} is not there: Cluster API writes the kubeconfig of {name} into it"))
        })?;
        let refused =
            |reason: String| MakerError::Refused(format!("the kubeconfig in {place} cannot be used: {reason}"));
        let bytes = STANDARD.decode(secret.text("/data/value")).map_err(|_| refused("it is not base64".into()))?;
        let text = String::from_utf8(bytes).map_err(|_| refused("it is no text".into()))?;
        let text = given::check(&text).map_err(refused)?;
        let (client, address) = client_in(text).map_err(|error| refused(error.to_string()))?;
        Ok((client, format!("cluster {name} of Cluster API at {address}")))
    }
}

impl Maker for ClusterApi {
    fn kinds(&self) -> Vec<MadeKind> {
        let kind = |kind: &str, plural: &str, immutable: &[&str]| MadeKind {
            kind: kind.to_owned(),
            plural: plural.to_owned(),
            immutable: immutable.iter().map(|path| (*path).to_owned()).collect(),
        };
        let of_cluster = ["spec.control_plane", "spec.infrastructure", "spec.pod_cidrs", "spec.service_cidrs"];
        vec![kind(CLUSTER, "clusters", &of_cluster), kind(POOL, "nodepools", &["spec.cluster", "spec.machine_class"])]
    }

    fn interval(&self) -> Duration {
        self.settings().interval
    }

    fn patience(&self) -> Duration {
        self.interval() * LOOKS
    }

    fn misfits<'a>(&'a self, wanted: &'a [Wanted<'a>]) -> BoxFuture<'a, Result<Vec<Misfit>, MakerError>> {
        async move {
            let mut misfits = Vec::new();
            for (thing, (_, spec)) in wanted.iter().enumerate() {
                for (argument, _) in clusters::REFERENCES.iter().chain(&pools::REFERENCES) {
                    let Some(template) = spec.get(*argument) else { continue };
                    match self.management.referred(template).await {
                        Ok(_) => {}
                        Err(MakerError::Refused(reason)) => {
                            misfits.push(Misfit { thing, argument: (*argument).to_owned(), reason });
                        }
                        Err(unclear) => return Err(unclear),
                    }
                }
            }
            Ok(misfits)
        }
        .boxed()
    }

    fn leaves_behind(&self, kind: &str) -> Vec<String> {
        match kind {
            CLUSTER => vec![
                "what it was made of in the management cluster: ClusterClasses, templates, credentials of infrastructure \
                 providers. A control plane and an infrastructure that it referred to go with it"
                    .into(),
                "load balancers and disks that Services and claims of the cluster made, where they were not deleted before it"
                    .into(),
            ],
            _ => Vec::new(),
        }
    }

    fn list(&self, kind: &str) -> BoxFuture<'_, Result<Vec<Made>, MakerError>> {
        let is_cluster = kind == CLUSTER;
        async move { if is_cluster { self.list_clusters().await } else { self.list_pools().await } }.boxed()
    }

    fn create<'a>(
        &'a self,
        kind: &'a str,
        name: &'a str,
        installation: &'a str,
        spec: &'a Map<String, Value>,
    ) -> BoxFuture<'a, Result<Made, MakerError>> {
        match kind {
            CLUSTER => self.create_cluster(name, installation, spec).boxed(),
            _ => self.create_pool(name, installation, spec).boxed(),
        }
    }

    fn update<'a>(
        &'a self,
        kind: &'a str,
        made: &'a Made,
        spec: &'a Map<String, Value>,
    ) -> BoxFuture<'a, Result<(), MakerError>> {
        match kind {
            CLUSTER => self.update_cluster(made, spec).boxed(),
            _ => self.update_pool(made, spec).boxed(),
        }
    }

    fn delete<'a>(&'a self, kind: &'a str, made: &'a Made) -> BoxFuture<'a, Result<(), MakerError>> {
        match kind {
            CLUSTER => self.delete_cluster(made).boxed(),
            _ => self.delete_pool(made).boxed(),
        }
    }

    fn connect<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<(kube::Client, String), MakerError>> {
        self.way(name).boxed()
    }
}
