//! This machine as a maker of clusters, through one of the programs.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::Map;
use serde_json::Value;

use super::configuration;
use super::nodes;
use super::program;
use super::program::Trouble;
use super::record::Record;
use super::record::Records;
use super::tool::Tool;
use crate::object::GroupVersionKind;
use crate::object::Object;
use crate::provider::given;
use crate::provider::interval::LOOKS;
use crate::provider::kubernetes::Cluster;
use crate::provider::kubernetes::client_in;
use crate::provider::maker::Made;
use crate::provider::maker::MadeKind;
use crate::provider::maker::MadeState;
use crate::provider::maker::Maker;
use crate::provider::maker::MakerError;

const CLUSTER: &str = "Cluster";
/// A server on this machine answers at once, or not.
const PATIENCE: Duration = Duration::from_secs(10);
/// Lines that are told of what a program said.
const LINES: usize = 5;
/// What both programs say of a name that is taken.
const ALREADY: &str = "already exist";

/// Clusters in containers of this machine.
pub struct Machine {
    tool: Tool,
    records: Records,
    root: PathBuf,
    interval: Duration,
    /// Clusters that this run makes, or why that failed.
    making: Arc<Mutex<BTreeMap<String, Option<String>>>>,
}

impl fmt::Debug for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Machine").field("tool", &self.tool).finish_non_exhaustive()
    }
}

impl From<Trouble> for MakerError {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Endless { .. } => Self::Unclear(trouble.to_string()),
            _ => Self::Refused(trouble.to_string()),
        }
    }
}

impl Machine {
    pub fn new(tool: Tool, root: &Path, interval: Duration) -> Self {
        let records = Records::below(root, tool.program());
        Self { tool, records, root: root.to_owned(), interval, making: Arc::default() }
    }

    fn making(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Option<String>>> {
        self.making.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a program answers; it writes no contexts anywhere but below our directory.
    async fn ask(&self, words: &[String], name: &str) -> Result<String, Trouble> {
        program::answer(self.tool, words, &self.records.path(name, "kubeconfig")).await
    }

    async fn names(&self) -> Result<Vec<String>, MakerError> {
        let answer = self.ask(&self.tool.list(), "list").await?;
        self.tool.names(&answer).map_err(MakerError::Refused)
    }

    async fn list_clusters(&self) -> Result<Vec<Made>, MakerError> {
        let names = self.names().await?;
        let mut made = Vec::new();
        for name in &names {
            made.push(self.look(name).await?);
        }
        // One that is begun may have no container yet.
        for name in self.begun() {
            if !names.contains(&name) && self.records.is_at_work(&name) {
                made.extend(self.records.read(&name).map(|record| self.at_work(&name, record)));
            }
        }
        Ok(made)
    }

    /// Clusters that were asked for below our directory.
    fn begun(&self) -> Vec<String> {
        let folder = self.records.path("x", "json").parent().map(Path::to_owned).unwrap_or_else(|| self.root.clone());
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let names =
            entries.filter_map(|entry| entry.file_name().to_string_lossy().strip_suffix(".json").map(str::to_owned));
        names.collect()
    }

    fn at_work(&self, name: &str, record: Record) -> Made {
        let said = self.records.last_lines(name, 1);
        let words = format!("{} makes it{}{said}", self.tool.program(), if said.is_empty() { "" } else { ": " });
        thing(name, record.installation, record.spec, MadeState::Busy(words))
    }

    /// One cluster that is there.
    async fn look(&self, name: &str) -> Result<Made, MakerError> {
        let record = self.records.read(name);
        if let Some(record) = record.clone()
            && self.records.is_at_work(name)
        {
            return Ok(self.at_work(name, record));
        }
        let seen = match self.nodes(name).await {
            Ok(seen) => seen,
            Err(MakerError::Unclear(reason) | MakerError::Refused(reason)) => {
                return Ok(match record {
                    Some(record) if record.is_made => {
                        let state = MadeState::Busy(format!(
                            "its API server cannot be asked: {reason}. Where its containers were stopped, start them \
                             (`docker ps -a`)"
                        ));
                        thing(name, record.installation, record.spec, state)
                    }
                    Some(record) if !self.was_there(name) => half(name, record),
                    _ => thing(name, String::new(), Map::new(), MadeState::Busy(reason)),
                });
            }
        };
        let (there, ready) = nodes::counts(&seen);
        let mark = nodes::mark(&seen);
        // Nodes are born with the mark: a cluster with others is somebody else's, whatever was begun under its name.
        let is_ours = |record: &&Record| record.installation == mark || seen.is_empty() && !self.was_there(name);
        if let Some(record) = record.as_ref().filter(|record| !record.is_made).filter(is_ours) {
            if there < configuration::nodes(&record.spec) {
                return Ok(half(name, record.clone()));
            }
            self.keep(name, &Record { is_made: true, ..record.clone() })?;
        }
        let asked = record.filter(|record| record.installation == mark);
        let spec = nodes::spec(&seen, asked.as_ref().map(|record| &record.spec));
        let state = match there == ready {
            true => MadeState::Ready,
            false => MadeState::Busy(format!("{ready} of {there} nodes ready")),
        };
        let id = format!("{}/{name}", self.tool.program());
        Ok(Made { id, aliases: nodes::aliases(&spec), ..thing(name, mark, spec, state) })
    }

    /// Whether the program refused to make a cluster as there was one of that name.
    fn was_there(&self, name: &str) -> bool {
        self.records.last_lines(name, LINES).contains(ALREADY)
    }

    async fn nodes(&self, name: &str) -> Result<Vec<Object>, MakerError> {
        let (client, address) = self.way(name).await?;
        let cluster = Cluster::from_client(client, address);
        let look = async {
            let resource = cluster.resource(&GroupVersionKind::new("", "v1", "Node")).await?;
            cluster.list(&resource, "", "").await.map(|(nodes, _)| nodes)
        };
        match tokio::time::timeout(PATIENCE, look).await {
            Ok(nodes) => nodes.map_err(|error| MakerError::Unclear(error.to_string())),
            Err(_) => Err(MakerError::Unclear(format!("no answer within {} s", PATIENCE.as_secs()))),
        }
    }

    fn keep(&self, name: &str, record: &Record) -> Result<(), MakerError> {
        let path = self.records.path(name, "json");
        self.records.write(name, record).map_err(|error| refused_file(&path, &error))
    }

    async fn create_cluster(
        &self,
        name: &str,
        installation: &str,
        spec: &Map<String, Value>,
    ) -> Result<Made, MakerError> {
        match self.making().get(name) {
            Some(Some(reason)) => return Err(MakerError::Refused(reason.clone())),
            Some(None) => return Err(MakerError::Unclear(format!("{} makes {name}", self.tool.program()))),
            None => {}
        }
        let begun = self.records.read(name).filter(|record| record.installation == installation && !record.is_made);
        let path = self.records.path(name, "lock");
        let Some(lock) = self.records.lock(name).map_err(|error| refused_file(&path, &error))? else {
            return Err(MakerError::Unclear(format!("{} is at work on {name} already", self.tool.program())));
        };
        if self.names().await?.iter().any(|known| known == name) {
            if begun.is_none() {
                return Err(MakerError::Unclear(format!("{name} is there already: looking whose it is")));
            }
            self.ask(&self.tool.delete(name), name).await?;
        }
        self.keep(name, &Record { installation: installation.to_owned(), spec: spec.clone(), is_made: false })?;
        let file = configuration::file(self.tool, name, installation, spec);
        let written = self.records.write_configuration(name, &file);
        let file = written.map_err(|error| refused_file(&self.records.path(name, "yaml"), &error))?;
        let log = self.records.log(name).map_err(|error| refused_file(&self.records.path(name, "log"), &error))?;
        let words = self.tool.create(name, &file);
        let mut child = program::start(self.tool, &words, &self.records.path(name, "kubeconfig"), lock, log)?;
        self.making().insert(name.to_owned(), None);
        let (tool, records, making, told) = (self.tool, self.records.clone(), self.making.clone(), name.to_owned());
        // It may outlive this run: nothing waits for the thread.
        std::thread::spawn(move || {
            let ended = child.wait();
            let _may_never_have_been_there = std::fs::remove_file(records.path(&told, "kubeconfig"));
            let mut making = making.lock().unwrap_or_else(PoisonError::into_inner);
            if ended.as_ref().is_ok_and(std::process::ExitStatus::success) {
                // Where that cannot be kept, the nodes tell it.
                let _kept = records.read(&told).map(|record| records.write(&told, &Record { is_made: true, ..record }));
                making.remove(&told);
                return;
            }
            let code = ended.map_or_else(|error| error.to_string(), |status| status.to_string());
            let trouble = program::failed(tool, &words, code, records.last_lines(&told, LINES));
            making.insert(told, Some(trouble.to_string()));
        });
        let state = MadeState::Busy(format!("{} makes it", self.tool.program()));
        Ok(thing(name, installation.to_owned(), spec.clone(), state))
    }

    async fn delete_cluster(&self, made: &Made) -> Result<(), MakerError> {
        if self.records.is_at_work(&made.name) {
            return Err(MakerError::Unclear(format!("{} is still at work on {}", self.tool.program(), made.name)));
        }
        self.ask(&self.tool.delete(&made.name), &made.name).await?;
        self.records.forget(&made.name);
        self.making().remove(&made.name);
        Ok(())
    }

    /// The program gives the administrator's kubeconfig each time.
    async fn way(&self, name: &str) -> Result<(kube::Client, String), MakerError> {
        let words = self.tool.kubeconfig(name);
        let text = self.ask(&words, name).await?;
        let refused = |reason: String| {
            let what = program::shown(self.tool, &words);
            MakerError::Refused(format!("the kubeconfig that `{what}` gives cannot be used: {reason}"))
        };
        let text = given::check(&text).map_err(refused)?;
        let (client, address) = client_in(text).map_err(|error| refused(error.to_string()))?;
        Ok((client, format!("cluster {name} of {} at {address}", self.tool.program())))
    }
}

fn refused_file(path: &Path, error: &std::io::Error) -> MakerError {
    MakerError::Refused(format!("cannot write {}: {error}", path.display()))
}

/// One that a run that was interrupted began, and whose program has ended too.
fn half(name: &str, record: Record) -> Made {
    let state = MadeState::Half("half made by a run that was interrupted; made anew".into());
    thing(name, record.installation, record.spec, state)
}

fn thing(name: &str, installation: String, spec: Map<String, Value>, state: MadeState) -> Made {
    Made { name: name.to_owned(), id: name.to_owned(), installation, spec, aliases: Map::new(), state }
}

impl Maker for Machine {
    fn kinds(&self) -> Vec<MadeKind> {
        let immutable = ["kubernetes_version", "control_plane_count", "image", "node_pools"];
        vec![MadeKind {
            kind: CLUSTER.into(),
            plural: "clusters".into(),
            immutable: immutable.map(|name| format!("spec.{name}")).to_vec(),
        }]
    }

    fn interval(&self) -> Duration {
        // Nobody far away is asked.
        self.interval / 5
    }

    fn patience(&self) -> Duration {
        self.interval * LOOKS / 5
    }

    fn leaves_behind(&self, _kind: &str) -> Vec<String> {
        vec!["images that were loaded for it, in the store of the container runtime".into()]
    }

    fn list(&self, _kind: &str) -> BoxFuture<'_, Result<Vec<Made>, MakerError>> {
        self.list_clusters().boxed()
    }

    fn create<'a>(
        &'a self,
        _kind: &'a str,
        name: &'a str,
        installation: &'a str,
        spec: &'a Map<String, Value>,
    ) -> BoxFuture<'a, Result<Made, MakerError>> {
        self.create_cluster(name, installation, spec).boxed()
    }

    fn update<'a>(
        &'a self,
        _kind: &'a str,
        made: &'a Made,
        _spec: &'a Map<String, Value>,
    ) -> BoxFuture<'a, Result<(), MakerError>> {
        let refused = format!(
            "{} cannot change {} in place: apply with --replace and its address",
            self.tool.program(),
            made.name
        );
        async move { Err(MakerError::Refused(refused)) }.boxed()
    }

    fn delete<'a>(&'a self, _kind: &'a str, made: &'a Made) -> BoxFuture<'a, Result<(), MakerError>> {
        self.delete_cluster(made).boxed()
    }

    fn connect<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<(kube::Client, String), MakerError>> {
        self.way(name).boxed()
    }
}
